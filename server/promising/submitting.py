"""Orders come in, join contracts, and may leave them again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain

from pydantic import TypeAdapter

from models.contract import Contract, ContractStatus, JoinedOrder
from models.issues import Conflict, InputError, Issue, IssueCode
from models.order import Order
from scenarios.formation import Formed, Register, detach, form
from scenarios.identity import Known
from scenarios.legible import LegibleOrder
from scenarios.order_checks import legible_issues
from server.ledger import Transaction
from server.promising.core import NOTHING, Core, Request, not_found, require_contract
from server.promising.results import Detached, Submitted

_OPEN = (ContractStatus.DRAFT, ContractStatus.QUOTED, ContractStatus.ACTIVE)
_ORDERS: TypeAdapter[Sequence[Order]] = TypeAdapter(Sequence[Order])


class Submitting(Core):
    def submit(self, orders: Sequence[Order], *, request_id: str) -> tuple[Submitted, ...]:
        """Put every order into a contract of its customer: all of the call, or none.

        Raises
        ------
        InputError
            With every issue of every order.
        Conflict
            ORDER_ALREADY_SUBMITTED, if nothing else is wrong.
        """
        if not orders:
            raise InputError(_no_orders())
        request = Request("submit", request_id, _ORDERS.dump_json(orders).decode())
        return self._once(request, tuple[Submitted, ...], lambda tx, now: (self._submit(tx, orders, now), NOTHING))

    def legible_issues(self, orders: Sequence[LegibleOrder]) -> tuple[Issue, ...]:
        """What else is wrong with orders that are not whole; nothing is kept of them."""
        return legible_issues(
            orders, catalogue=self._world.catalogue, streets=self._world.streets, now=self._clock.now()
        )

    def _submit(self, tx: Transaction, orders: Sequence[Order], now: datetime) -> tuple[Submitted, ...]:
        formed = form(
            orders,
            self._register(tx, orders),
            tenant_id=self._tenant_id,
            catalogue=self._world.catalogue,
            streets=self._world.streets,
            now=now,
            new_id=self._new_id,
        )
        _file(tx, formed, {order.order_id: order for order in orders}, now)
        return tuple(self._submitted(tx, i, order, formed) for i, order in enumerate(orders))

    def _register(self, tx: Transaction, orders: Sequence[Order]) -> Register:
        """What the ledger knows about the customers of these orders."""
        owner_by_key = tx.customers_by_key(chain.from_iterable(order.identity.keys() for order in orders))
        customer_ids = sorted(set(owner_by_key.values()))
        contracts = {each: tx.contracts_of_customer(each, _OPEN) for each in customer_ids}
        wanted = [order.order_id for order in orders]
        wanted += [joined.order_id for group in contracts.values() for each in group for joined in each.orders]
        return Register(
            customers=tuple(Known(each, tx.keys_of_customer(each)) for each in customer_ids),
            contracts_by_customer_id=contracts,
            held_ids=frozenset(self._books.hold_by_contract_id),
            orders={each: order for each in wanted if (order := tx.order(each))},
        )

    def _submitted(self, tx: Transaction, i: int, order: Order, formed: Formed) -> Submitted:
        contract = require_contract(tx, tx.contract_id_of_order(order.order_id) or "")
        return Submitted(
            order_id=order.order_id,
            contract_id=contract.contract_id,
            contract_revision=contract.revision,
            reasons=_joined(contract, order.order_id).reasons,
            linked_contract_ids=contract.linked_contract_ids,
            issues=tuple(issue for issue in formed.issues if issue.path.startswith(f"orders[{i}].")),
        )

    def detach(self, order_id: str, *, request_id: str) -> Detached:
        """Take an order out of its contract, into one of its own.

        Raises
        ------
        NotFound
            ORDER_NOT_FOUND.
        Conflict
            ORDER_NOT_DETACHABLE: the contract is held, agreed or over, or has no other order.
        """
        return self._once(
            Request("detach", request_id, order_id),
            Detached,
            lambda tx, now: (self._detach(tx, order_id, now), NOTHING),
        )

    def _detach(self, tx: Transaction, order_id: str, now: datetime) -> Detached:
        contract_id = tx.contract_id_of_order(order_id)
        if contract_id is None:
            raise not_found(IssueCode.ORDER_NOT_FOUND, "order_id", order_id)
        if hold := self._books.hold_by_contract_id.get(contract_id):
            raise Conflict(_held(order_id, hold.reservation_id))
        remaining, alone = detach(require_contract(tx, contract_id), order_id, now=now, new_id=self._new_id)
        tx.put_contract(remaining)
        tx.put_contract(alone)
        tx.move_order(order_id, alone.contract_id)
        payload = {"order_id": order_id, "contract_id": alone.contract_id, "from_contract_id": contract_id}
        for each in (remaining, alone):
            tx.emit("order.detached", each.contract_id, time=now, payload=payload)
        return Detached(order_id=order_id, contract_id=alone.contract_id, from_contract_id=contract_id)


def _file(tx: Transaction, formed: Formed, order_by_id: dict[str, Order], now: datetime) -> None:
    for into, absorbed in formed.absorbed.items():
        tx.merge_customers(into, absorbed)
    for customer_id, keys in formed.new_keys.items():
        tx.bind_keys(keys, customer_id)
    for contract in formed.contracts:
        tx.put_contract(contract)
        for joined in _new_orders(contract, formed):
            customer_id = formed.customer_id_by_order_id[joined.order_id]
            tx.add_order(order_by_id[joined.order_id], contract.contract_id, customer_id=customer_id)
            reasons = ",".join(joined.reasons)
            payload = {"order_id": joined.order_id, "revision": str(contract.revision), "reasons": reasons}
            tx.emit("order.joined", contract.contract_id, time=now, payload=payload)


def _new_orders(contract: Contract, formed: Formed) -> Iterable[JoinedOrder]:
    return (joined for joined in contract.orders if joined.order_id in formed.contract_id_by_order_id)


def _joined(contract: Contract, order_id: str) -> JoinedOrder:
    return next(joined for joined in contract.orders if joined.order_id == order_id)


def _no_orders() -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path="orders",
        message="number of orders (0) must be >= 1",
        hint="send at least one order",
    )


def _held(order_id: str, reservation_id: str) -> Issue:
    return Issue(
        code=IssueCode.ORDER_NOT_DETACHABLE,
        path="order_id",
        message=f"to detach {order_id} from its contract, number of live holds (1: {reservation_id}) must be 0",
        hint="release the hold first",
    )

"""Orders and contracts kept in memory, for plans without a server."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from models.contract import Contract
from models.issues import Conflict, InputError, Issue, IssueCode
from models.order import Order
from scenarios.formation import Register, form
from scenarios.identity import Known
from scenarios.order_checks import duplicate_ids
from scenarios.world import World


@dataclass
class OrderBook:
    """What a ledger would know of customers, orders and contracts."""

    keys_by_customer_id: dict[str, set[str]] = field(default_factory=dict)
    contract_by_id: dict[str, Contract] = field(default_factory=dict)
    order_by_id: dict[str, Order] = field(default_factory=dict)
    _customer_id_by_key: dict[str, str] = field(default_factory=dict)
    _contract_ids_by_customer_id: dict[str, list[str]] = field(default_factory=dict)

    def take(self, order: Order, world: World, *, tenant_id: str, new_id: Callable[[], str]) -> None:
        """Put an order into a contract, at the time when it was placed.

        Raises
        ------
        InputError
            With every issue of the order.
        Conflict
            ORDER_ALREADY_SUBMITTED, if nothing else is wrong.
        """
        formed = form(
            [order],
            self._register(order),
            tenant_id=tenant_id,
            catalogue=world.catalogue,
            streets=world.streets,
            now=order.placed_time,
            new_id=new_id,
        )
        for customer_id, keys in formed.new_keys.items():
            self._bind(customer_id, keys)
        for customer_id, absorbed in formed.absorbed.items():
            self._absorb(customer_id, absorbed)
        for contract in formed.contracts:
            if contract.contract_id not in self.contract_by_id:
                self._contract_ids_by_customer_id.setdefault(contract.customer_id, []).append(contract.contract_id)
            self.contract_by_id[contract.contract_id] = contract
        self.order_by_id[order.order_id] = order

    def _register(self, order: Order) -> Register:
        """What is known of the customers that the order's keys lead to; nobody else matters to it."""
        led_to = set(map(self._customer_id_by_key.get, order.identity.keys()))
        customer_ids = sorted(each for each in led_to if each is not None)
        return Register(
            customers=tuple(Known(each, tuple(sorted(self.keys_by_customer_id[each]))) for each in customer_ids),
            contracts_by_customer_id={
                each: tuple(self.contract_by_id[known] for known in self._contract_ids_by_customer_id.get(each, ()))
                for each in customer_ids
            },
            orders=self.order_by_id,
        )

    def _bind(self, customer_id: str, keys: Iterable[str]) -> None:
        self.keys_by_customer_id.setdefault(customer_id, set()).update(keys)
        self._customer_id_by_key.update(dict.fromkeys(keys, customer_id))

    def _absorb(self, customer_id: str, absorbed: Iterable[str]) -> None:
        theirs = self._contract_ids_by_customer_id.setdefault(customer_id, [])
        for each in absorbed:
            self._bind(customer_id, self.keys_by_customer_id.pop(each, set()))
            for contract_id in self._contract_ids_by_customer_id.pop(each, ()):
                moved = self.contract_by_id[contract_id].model_copy(update={"customer_id": customer_id})
                self.contract_by_id[contract_id] = moved
                theirs.append(contract_id)
        in_order = {contract_id: n for n, contract_id in enumerate(self.contract_by_id)}
        theirs.sort(key=in_order.__getitem__)


def contracts_of(
    orders: Sequence[Order], world: World, *, tenant_id: str, new_id: Callable[[], str]
) -> tuple[Contract, ...]:
    """The contracts that orders come to when each arrives at its placed time.

    Raises
    ------
    InputError
        With every issue of every order; paths count the orders as they were given.
    """
    book, issues = OrderBook(), list(duplicate_ids(orders))
    for position, order in sorted(enumerate(orders), key=lambda each: (each[1].placed_time, each[0])):
        try:
            book.take(order, world, tenant_id=tenant_id, new_id=new_id)
        except (InputError, Conflict) as error:
            issues += _of_file(error.issues, position)
    if issues:
        raise InputError(*issues)
    return tuple(book.contract_by_id.values())


def _of_file(issues: Iterable[Issue], position: int) -> Iterator[Issue]:
    """Issues of one order; that its id comes again is known already."""
    for issue in issues:
        if issue.code is not IssueCode.ORDER_ALREADY_SUBMITTED:
            yield issue.model_copy(update={"path": _moved(issue.path, position)})


def _moved(path: str, position: int) -> str:
    return path.replace("orders[0]", f"orders[{position}]", 1)

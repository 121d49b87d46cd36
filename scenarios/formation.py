"""Orders become contracts.

An order joins the oldest contract of its customer that is DRAFT or QUOTED, not held, and
younger than the policy's merge window. If there is none, it opens one, linked to the
customer's contracts that are already agreed or held. Orders of one call that belong to one
customer go the same way together. Nobody waits for a merge.

Each order becomes an item for the goods of each temperature, those that take two people to carry
apart from the others and those that must not travel together apart from each other, and the
services that its goods come with (`scenarios.service_packs`).

Everything here is pure: what the ledger knows comes in as `Register`, ids from a callable.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from models.catalogue import Catalogue
from models.contract import (
    Contract,
    ContractStatus,
    Demand,
    JoinedOrder,
    JoinReason,
    ResourceConstraint,
    ServiceItem,
    ServiceItemKind,
    SlaTerm,
)
from models.issues import Conflict, InputError, Issue, IssueCode, issues_of
from models.order import Load, Method, Order, OrderLine, Sku, classes_of, shortest_on_board
from models.place import Place
from models.policy import Policy
from scenarios.consignments import consignments
from scenarios.identity import Known, resolve
from scenarios.order_checks import Snapper, check_orders
from scenarios.service_packs import services_of
from solver.geometry import crow_flies_m

OPEN_TO_JOIN = (ContractStatus.DRAFT, ContractStatus.QUOTED)

_KIND_BY_METHOD = {
    Method.ANY: (ServiceItemKind.DELIVERY, (ServiceItemKind.STORE_PICKUP,)),
    Method.DELIVERY: (ServiceItemKind.DELIVERY, ()),
    Method.STORE_PICKUP: (ServiceItemKind.STORE_PICKUP, ()),
}
_REASON_BY_KIND_OF_KEY = {
    "member": JoinReason.SAME_MEMBER,
    "phone": JoinReason.SAME_PHONE,
    "open": JoinReason.SAME_OPEN_ID,
}


@dataclass(frozen=True)
class Register:
    """What the ledger knows about the customers of the orders that arrive.

    Parameters
    ----------
    customers
        Every customer that one of the orders' keys is bound to, with all of its keys.
    contracts_by_customer_id
        Their contracts that are DRAFT, QUOTED or ACTIVE.
    held_ids
        Those of the contracts that have a live hold: nothing joins them.
    orders
        By id: those that the contracts hold, and those that came before under an id of this call.
    """

    customers: tuple[Known, ...] = ()
    contracts_by_customer_id: Mapping[str, tuple[Contract, ...]] = field(default_factory=dict)
    held_ids: frozenset[str] = frozenset()
    orders: Mapping[str, Order] = field(default_factory=dict)


@dataclass(frozen=True)
class Formed:
    """What a call's orders come to; nothing of it is stored yet.

    Parameters
    ----------
    contracts
        New ones, and those that changed with their next revision.
    contract_id_by_order_id, customer_id_by_order_id
        Of the orders that are new.
    new_keys, absorbed, issues
        As in `scenarios.identity.Resolution`.
    """

    contracts: tuple[Contract, ...]
    contract_id_by_order_id: dict[str, str]
    customer_id_by_order_id: dict[str, str]
    new_keys: dict[str, tuple[str, ...]]
    absorbed: dict[str, tuple[str, ...]]
    issues: tuple[Issue, ...]


def form(
    orders: Sequence[Order],
    register: Register,
    *,
    tenant_id: str,
    catalogue: Catalogue,
    streets: Snapper,
    now: datetime,
    new_id: Callable[[], str],
) -> Formed:
    """Validate all orders of one call and put each into a contract.

    An order that came before with the same content is left where it is.

    Raises
    ------
    InputError
        With every issue of every order; nothing is formed then.
    """
    places = check_orders(orders, register.orders, catalogue=catalogue, streets=streets, now=now)
    fresh = [i for i, order in enumerate(orders) if order.order_id not in register.orders]
    resolution = resolve([orders[i].identity for i in fresh], register.customers, new_id=new_id)
    joining: dict[str, list[_Joining]] = {}
    for i, customer_id in zip(fresh, resolution.customer_ids, strict=True):
        joining.setdefault(customer_id, []).append(_Joining(orders[i], places[i]))
    contracts = {}
    for customer_id, group in joining.items():
        one_and_the_same = (customer_id, *resolution.absorbed.get(customer_id, ()))
        theirs = [each for who in one_and_the_same for each in register.contracts_by_customer_id.get(who, ())]
        target = _open_contract(theirs, register, catalogue.policy, now) or _new_contract(
            theirs, register, tenant_id=tenant_id, customer_id=customer_id, now=now, new_id=new_id
        )
        located = list(_at_known_doors(group, theirs, catalogue.policy))
        contracts[customer_id] = _join(target, customer_id, located, register, catalogue=catalogue, now=now)
    return Formed(
        contracts=tuple(contracts.values()),
        contract_id_by_order_id={
            each.order.order_id: contracts[who].contract_id for who, group in joining.items() for each in group
        },
        customer_id_by_order_id={each.order.order_id: who for who, group in joining.items() for each in group},
        new_keys=resolution.new_keys,
        absorbed=resolution.absorbed,
        issues=tuple(_renumbered(resolution.issues, fresh)),
    )


def detach(contract: Contract, order_id: str, *, now: datetime, new_id: Callable[[], str]) -> tuple[Contract, Contract]:
    """Take one order out of a contract, into a contract of its own.

    Returns
    -------
    tuple
        The contract without the order, as its next revision, and the new one.

    Raises
    ------
    Conflict
        ORDER_NOT_DETACHABLE: the contract is agreed or over, or the order is its only one.
    """
    if contract.status not in OPEN_TO_JOIN:
        raise Conflict(_not_detachable(order_id, f"status ({contract.status}) must be DRAFT or QUOTED"))
    if len(contract.orders) < 2:
        raise Conflict(_not_detachable(order_id, f"number of orders ({len(contract.orders)}) must be >= 2"))
    remaining = _reduced(contract, lambda each: each != order_id)
    alone = _reduced(contract, lambda each: each == order_id)
    return (
        _revised(remaining, revision=contract.revision + 1, status=ContractStatus.DRAFT),
        _revised(alone, contract_id=new_id(), revision=1, status=ContractStatus.DRAFT, created_time=now),
    )


@dataclass(frozen=True)
class _Joining:
    order: Order
    place: Place


def _at_known_doors(group: Iterable[_Joining], contracts: Iterable[Contract], policy: Policy) -> Iterator[_Joining]:
    """Channels locate one door some metres apart: it is the customer's door that was known first."""
    doors = [item.place for contract in contracts for item in contract.items]
    for joining in group:
        near = (door for door in doors if crow_flies_m(door, joining.place) <= policy.same_door_m)
        place = next(near, joining.place)
        doors.append(place)
        yield replace(joining, place=place)


def _not_detachable(order_id: str, rule: str) -> Issue:
    return Issue(
        code=IssueCode.ORDER_NOT_DETACHABLE,
        path="order_id",
        message=f"to detach {order_id} from its contract, {rule}",
        hint="cancel the contract and submit the orders that are wanted again",
    )


def _renumbered(issues: Iterable[Issue], positions: Sequence[int]) -> Iterator[Issue]:
    """Paths count the orders that are new; callers count all that they sent."""
    for issue in issues:
        head, _, rest = issue.path.partition("]")
        position = positions[int(head.removeprefix("orders["))]
        yield issue.model_copy(update={"path": f"orders[{position}]{rest}"})


def _open_contract(contracts: Iterable[Contract], register: Register, policy: Policy, now: datetime) -> Contract | None:
    joinable = [
        each
        for each in contracts
        if each.status in OPEN_TO_JOIN
        and each.contract_id not in register.held_ids
        and now - each.created_time < policy.merge_window
    ]
    return min(joinable, key=lambda each: (each.created_time, each.contract_id), default=None)


def _new_contract(
    contracts: Iterable[Contract],
    register: Register,
    *,
    tenant_id: str,
    customer_id: str,
    now: datetime,
    new_id: Callable[[], str],
) -> Contract:
    """With nothing in it yet, and revision 0: joining makes it 1."""
    agreed = sorted(
        each.contract_id
        for each in contracts
        if each.status is ContractStatus.ACTIVE or each.contract_id in register.held_ids
    )
    return Contract.model_construct(
        contract_id=new_id(),
        tenant_id=tenant_id,
        customer_id=customer_id,
        revision=0,
        created_time=now,
        orders=(),
        demands=(),
        items=(),
        linked_contract_ids=tuple(agreed),
    )


def _join(
    contract: Contract,
    customer_id: str,
    group: Sequence[_Joining],
    register: Register,
    *,
    catalogue: Catalogue,
    now: datetime,
) -> Contract:
    keys = set[str]()
    for joined in contract.orders:
        keys.update(register.orders[joined.order_id].identity.keys())
    orders = list(contract.orders)
    for joining in group:
        orders.append(_joined(joining.order, keys if orders else None, now))
        keys.update(joining.order.identity.keys())
    demands = [demand for joining in group for demand in _demands(joining.order)]
    goods = [tuple(_items(joining, catalogue)) for joining in group]
    services = [
        services_of(joining.order, its_goods, joining.place, catalogue=catalogue)
        for joining, its_goods in zip(group, goods, strict=True)
    ]
    items = (item for pair in zip(goods, services, strict=True) for item in (*pair[0], *pair[1].items))
    return _revised(
        contract,
        customer_id=customer_id,
        status=ContractStatus.DRAFT,
        revision=contract.revision + 1,
        orders=tuple(orders),
        demands=(*contract.demands, *demands),
        items=(*contract.items, *items),
        precedences=(*contract.precedences, *(link for each in services for link in each.precedences)),
        same_visits=(*contract.same_visits, *(link for each in services for link in each.same_visits)),
        same_starts=(*contract.same_starts, *(link for each in services for link in each.same_starts)),
    )


def _joined(order: Order, keys: set[str] | None, now: datetime) -> JoinedOrder:
    return JoinedOrder(
        order_id=order.order_id,
        channel=order.channel,
        joined_time=now,
        reasons=(JoinReason.FIRST_ORDER,) if keys is None else _reasons(order, keys),
    )


def _reasons(order: Order, keys: set[str]) -> tuple[JoinReason, ...]:
    kinds = [key.partition(":")[0] for key in filter(keys.__contains__, order.identity.keys())]
    shared = [_REASON_BY_KIND_OF_KEY[kind] for kind in kinds]
    return tuple(dict.fromkeys(shared)) or (JoinReason.SAME_CUSTOMER,)


def _demands(order: Order) -> Iterator[Demand]:
    for line in order.lines:
        yield Demand(
            demand_id=f"{order.order_id}.{line.line_id}",
            order_id=order.order_id,
            line_id=line.line_id,
            sku_id=line.sku_id,
            quantity=line.quantity,
        )


def _items(joining: _Joining, catalogue: Catalogue) -> Iterator[ServiceItem]:
    order = joining.order
    kind, also = _KIND_BY_METHOD[order.method]
    for each in consignments(order.lines, catalogue, fetched=order.method is Method.STORE_PICKUP):
        yield ServiceItem(
            item_id=f"{order.order_id}.{each.name}",
            kind=kind,
            also=also,
            channel=order.channel,
            demand_ids=tuple(f"{order.order_id}.{line.line_id}" for line, _ in each.goods),
            place=joining.place,
            load=_load((sku, line.quantity) for line, sku in each.goods),
            service_duration=_handover(each.goods, catalogue.policy),
            max_on_board=shortest_on_board(sku for _, sku in each.goods),
            goods_classes=classes_of(sku for _, sku in each.goods),
            constraint=ResourceConstraint(crew=each.crew),
            sla=SlaTerm(service_level_id=order.service_level_id, windows=order.windows),
        )


def _handover(goods: Iterable[tuple[OrderLine, Sku]], policy: Policy) -> timedelta:
    pieces = sum(line.quantity for line, _ in goods)
    return policy.customer_handover + math.sqrt(pieces) * policy.customer_handover_per_root_piece


def _load(goods: Iterable[tuple[Sku, int]]) -> Load:
    return sum((sku.load(quantity) for sku, quantity in goods), start=Load())


def _reduced(contract: Contract, keeps: Callable[[str], bool]) -> Contract:
    """The contract with the orders that are kept. Links between items that part are dropped."""
    orders = [order for order in contract.orders if keeps(order.order_id)]
    demands = [demand for demand in contract.demands if keeps(demand.order_id)]
    kept = {demand.demand_id for demand in demands}
    items = [item for item in contract.items if kept.intersection(item.demand_ids + item.for_demand_ids)]
    item_ids = {item.item_id for item in items}
    first = orders[0].model_copy(update={"reasons": (JoinReason.FIRST_ORDER,)})
    return contract.model_copy(
        update={
            "orders": (first, *orders[1:]),
            "demands": tuple(demands),
            "items": tuple(items),
            "precedences": tuple(
                link for link in contract.precedences if {link.before_item_id, link.after_item_id} <= item_ids
            ),
            "same_visits": tuple(link for link in contract.same_visits if item_ids.issuperset(link.item_ids)),
            "same_starts": tuple(link for link in contract.same_starts if item_ids.issuperset(link.item_ids)),
        }
    )


def _revised(contract: Contract, **changes: Any) -> Contract:
    """A validated copy: ids that only clash inside one contract are found here."""
    try:
        return Contract(**{**{name: getattr(contract, name) for name in Contract.model_fields}, **changes})
    except ValidationError as error:
        raise InputError(*issues_of(error, path="contract")) from error

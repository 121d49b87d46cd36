"""The agreement: demands, service items, resource constraints and SLA terms."""

from collections import Counter
from collections.abc import Collection, Iterator
from enum import StrEnum
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import Attributes, Id, Model
from models.document import Document
from models.issues import IssueCode, broken_rule
from models.order import Channel, Crew, Load, check_distinct
from models.place import Place
from models.promise import CompensationLadder, Promise, SameStart, SameVisit
from models.resource import ResourceKind, SkillLevel
from models.timing import Duration, Instant, TimeWindows


class ServiceItemKind(StrEnum):
    DELIVERY = "DELIVERY"
    STORE_PICKUP = "STORE_PICKUP"
    TECHNICIAN_VISIT = "TECHNICIAN_VISIT"
    COLLECTION = "COLLECTION"
    REMOTE_SESSION = "REMOTE_SESSION"
    DIGITAL = "DIGITAL"


GOODS_KINDS = frozenset({ServiceItemKind.DELIVERY, ServiceItemKind.STORE_PICKUP})
"""The kinds that hand goods from a site's stock to the customer."""


class Demand(Model):
    """What the customer wants: a quantity of one SKU, and the order line it came from."""

    demand_id: Id
    order_id: Id
    line_id: Id
    sku_id: Id
    quantity: Annotated[int, Field(ge=1)]


class ResourceConstraint(Model):
    """What may do an item. An empty tuple means "no restriction".

    Parameters
    ----------
    extra_radius_m
        How far beyond `Site.radius_m` its goods may come from: agreed for this item alone.
    crew
        People whom it takes at the customer's place; of goods at least the largest `Sku.crew` among
        them. Carriers and desks send one. Who fetches goods at a counter brings as many as it takes.
    """

    skills: tuple[SkillLevel, ...] = ()
    tools: tuple[Id, ...] = ()
    kinds: tuple[ResourceKind, ...] = ()
    allowed_ids: tuple[Id, ...] = ()
    excluded_ids: tuple[Id, ...] = ()
    allowed_site_ids: tuple[Id, ...] = ()
    extra_radius_m: Annotated[int, Field(ge=0, le=100_000)] = 0
    crew: Crew = 1


class SlaTerm(Model):
    """What is asked of the promise for an item.

    Parameters
    ----------
    service_level_id
        The level that the customer asked for; a wish, the quote marks the options that meet it.
    windows
        A limit: every promised window must lie within one of them. None: any time.
    ladder
        What is owed for lateness, if the level that is promised names none of its own.
    """

    service_level_id: Id | None = None
    windows: TimeWindows = ()
    ladder: CompensationLadder = CompensationLadder()


class ServiceItem(Model):
    """A piece of work in a contract.

    Parameters
    ----------
    kind
        What the item is. `also` names kinds that the customer accepts in its place
        (a delivery that may become a store pickup).
    for_demand_ids
        Of a service that comes with goods: the demands of those goods. It hands over none of them.
    load
        What the goods of its demands take up together; of a collection, what it takes back.
    service_duration
        Time of the service itself at `place`, without travel and set-up.
    max_on_board
        How long its goods may travel, the least of its SKUs: from the end of the visit that fetches
        them to the start of the handover. It binds neither a parcel nor who fetches goods at a counter.
    goods_classes
        The classes of its goods, in the order of the alphabet; of a collection, of what it takes back.
        They bind neither a parcel nor who fetches goods at a counter.
    split_of
        Of a part of what no single site holds: the item that the contract had in its place.
    quantities
        Of a part that brings only some pieces of a demand: how many, by demand. No entry: all.
    """

    item_id: Id
    kind: ServiceItemKind
    also: tuple[ServiceItemKind, ...] = ()
    channel: Channel
    demand_ids: tuple[Id, ...] = ()
    for_demand_ids: tuple[Id, ...] = ()
    place: Place
    load: Load = Load()
    service_duration: Duration
    max_on_board: Duration | None = None
    goods_classes: tuple[Id, ...] = ()
    constraint: ResourceConstraint = ResourceConstraint()
    sla: SlaTerm = SlaTerm()
    split_of: Id | None = None
    quantities: dict[Id, Annotated[int, Field(ge=1)]] = {}
    attributes: Attributes = {}


class Precedence(Model):
    """`after_item_id` starts no earlier than `lag` after `before_item_id` has ended.

    Enforced on promised windows: the earliest start promised for the later item is at least
    the latest start promised for the earlier one, plus its service, plus the lag.
    """

    before_item_id: Id
    after_item_id: Id
    lag: Duration


class JoinReason(StrEnum):
    FIRST_ORDER = "FIRST_ORDER"
    SAME_MEMBER = "SAME_MEMBER"
    SAME_PHONE = "SAME_PHONE"
    SAME_OPEN_ID = "SAME_OPEN_ID"
    SAME_CUSTOMER = "SAME_CUSTOMER"
    """No key in common with this contract's orders, but connected through others of the customer."""


class JoinedOrder(Model):
    """An order that the contract holds, and why it is here."""

    order_id: Id
    channel: Channel
    joined_time: Instant
    reasons: Annotated[tuple[JoinReason, ...], Field(min_length=1)]


class ContractStatus(StrEnum):
    DRAFT = "DRAFT"
    QUOTED = "QUOTED"
    ACTIVE = "ACTIVE"
    FULFILLED = "FULFILLED"
    BREACHED = "BREACHED"
    CANCELED = "CANCELED"


class Contract(Model):
    """Everything agreed, or about to be agreed, with one customer.

    Parameters
    ----------
    revision
        Counts up with every change of demands, items, promises, papers or status.
    linked_contract_ids
        Active contracts of the same customer that this one was opened beside.
    documents
        The papers of its goods, as of the sources that the plan has for them; none before it is ACTIVE.
    """

    contract_id: Id
    tenant_id: Id
    customer_id: Id
    status: ContractStatus = ContractStatus.DRAFT
    revision: Annotated[int, Field(ge=1)] = 1
    created_time: Instant
    orders: tuple[JoinedOrder, ...]
    demands: tuple[Demand, ...]
    items: tuple[ServiceItem, ...]
    precedences: tuple[Precedence, ...] = ()
    same_visits: tuple[SameVisit, ...] = ()
    same_starts: tuple[SameStart, ...] = ()
    linked_contract_ids: tuple[Id, ...] = ()
    promises: tuple[Promise, ...] = ()
    documents: tuple[Document, ...] = ()
    attributes: Attributes = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_distinct("item_id", [item.item_id for item in self.items])
        check_distinct("demand_id", [demand.demand_id for demand in self.demands])
        _check_references(self)
        order_by_precedence(self)
        return self

    def item(self, item_id: str) -> ServiceItem:
        return self._item_by_id[item_id]

    def demands_of(self, item: ServiceItem) -> tuple[Demand, ...]:
        """What an item hands over; of a demand that is divided, its own pieces."""
        demands = tuple(self._demand_by_id[demand_id] for demand_id in item.demand_ids)
        return tuple(_pieces(each, item) for each in demands) if item.quantities else demands

    def part(self, item_ids: Collection[str]) -> "Contract":
        """The contract cut down to some items, and to what is said of these alone."""
        if all(item.item_id in item_ids for item in self.items):
            return self
        kept: dict[str, object] = {
            name: tuple(each for each in getattr(self, name) if each.item_id in item_ids)
            for name in ("items", "promises", "documents")
        }
        for name in ("same_visits", "same_starts"):
            kept[name] = tuple(link for link in getattr(self, name) if set(link.item_ids) <= set(item_ids))
        kept["precedences"] = tuple(
            link for link in self.precedences if {link.before_item_id, link.after_item_id} <= set(item_ids)
        )
        kept["demands"] = tuple(self._brought_by(item_ids))
        return self.model_copy(update=kept)

    def _brought_by(self, item_ids: Collection[str]) -> Iterator[Demand]:
        """What some items bring of the demands."""
        pieces = Counter[str]()
        for item in self.items:
            for demand in self.demands_of(item) if item.item_id in item_ids else ():
                pieces[demand.demand_id] += demand.quantity
        for demand in self.demands:
            if brought := min(demand.quantity, pieces[demand.demand_id]):
                yield demand.model_copy(update={"quantity": brought})

    @cached_property
    def _item_by_id(self) -> dict[str, ServiceItem]:
        return {item.item_id: item for item in self.items}

    @cached_property
    def _demand_by_id(self) -> dict[str, Demand]:
        return {demand.demand_id: demand for demand in self.demands}


def _pieces(demand: Demand, item: ServiceItem) -> Demand:
    return demand.model_copy(update={"quantity": item.quantities.get(demand.demand_id, demand.quantity)})


def _check_references(contract: Contract) -> None:
    item_ids = {item.item_id for item in contract.items}
    demand_ids = {demand.demand_id for demand in contract.demands}
    wanted = [
        (name, each, demand_ids)
        for item in contract.items
        for name in ("demand_ids", "for_demand_ids", "quantities")
        for each in getattr(item, name)
    ]
    for link in contract.precedences:
        wanted += [(name, getattr(link, name), item_ids) for name in ("before_item_id", "after_item_id")]
    wanted += [("same_visits", each, item_ids) for group in contract.same_visits for each in group.item_ids]
    wanted += [("same_starts", each, item_ids) for group in contract.same_starts for each in group.item_ids]
    wanted += [("promises", promise.item_id, item_ids) for promise in contract.promises]
    wanted += [("documents", document.item_id, item_ids) for document in contract.documents]
    dangling = sorted({f"{field} -> {each}" for field, each, known in wanted if each not in known})
    if dangling:
        raise broken_rule(
            IssueCode.REFERENCE_DANGLING,
            "every reference must name a part of this contract; {count} of {all} do not: {dangling}",
            hint="add what is missing or remove the reference",
            count=len(dangling),
            all=len(wanted),
            dangling=", ".join(dangling[:5]),
        )


def order_by_precedence(contract: Contract) -> tuple[str, ...]:
    """Item ids so that nothing stands before what it has to wait for; otherwise as in the contract."""
    before: dict[str, list[str]] = {item.item_id: [] for item in contract.items}
    for link in contract.precedences:
        before[link.after_item_id].append(link.before_item_id)
    try:
        return tuple(TopologicalSorter(before).static_order())
    except CycleError as error:
        raise broken_rule(
            IssueCode.LINK_CYCLE,
            "precedences must form no cycle, found {cycle}",
            hint="remove one link of the cycle",
            cycle=" -> ".join(error.args[1]),
        ) from error

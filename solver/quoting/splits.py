"""Baskets that no single site holds: parted over several, by an attribute of the goods first.

A split is another contract: in the place of an item it has parts, items like any other, each with
goods that some site has on hand. Which site serves a part is not decided here; bundles of both
contracts compete as options.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import count

from models.contract import GOODS_KINDS, Contract, ContractStatus, Precedence, ServiceItem
from models.option import Refusal
from models.order import Load, Sku, classes_of, shortest_on_board
from models.plan import ReasonCode, ReasonCount
from models.promise import SameStart, SameVisit
from models.resource import ResourceKind
from solver.alternatives.eligibility import site_reason
from solver.availability import Availability
from solver.geometry import crow_flies_m
from solver.instance import Instance

MAX_STARTS = 6
"""Sites that a cover is begun with: the nearest that have any of the goods."""

LONGEST_ID = 64

Pieces = dict[str, int]
"""Pieces by demand."""


@dataclass(frozen=True)
class _Line:
    """A demand of the item that is parted: `group` is the value of the attribute that goods are parted by."""

    demand_id: str
    sku: Sku
    quantity: int
    group: str


@dataclass(frozen=True)
class _Shelf:
    """What one site has of the goods of an item."""

    distance_m: float
    radius_m: float
    on_hand: Mapping[str, int]

    @property
    def is_near(self) -> bool:
        """Whether a rider may bring the goods."""
        return self.distance_m <= self.radius_m

    def takes(self, left: Sequence[_Line], *, divide: bool) -> Pieces:
        """What of these lines the site can bring: whole lines, or any number of pieces of them."""
        on_hand, taken = dict(self.on_hand), Pieces()
        for line in left:
            pieces = min(line.quantity, on_hand[line.sku.sku_id])
            if pieces == line.quantity or (divide and pieces):
                taken[line.demand_id] = pieces
                on_hand[line.sku.sku_id] -= pieces
        return taken


class Splitter:
    """How the goods of one contract can be parted, on the stock that is free now."""

    def __init__(self, contract: Contract, instance: Instance, availability: Availability) -> None:
        self._contract, self._instance, self._availability = contract, instance, availability
        self._policy = instance.catalogue.policy

    def scattered(self) -> tuple[str, ...]:
        """The items whose goods no single site has."""
        if self._policy.max_split == 1:
            return ()
        return tuple(item.item_id for item in self._contract.items if self._may_split(item) and not self._is_held(item))

    def splits(self, item_ids: Collection[str]) -> tuple[Contract, ...]:
        """Contracts in which these items are parted, no two alike; those that cannot be stay whole.

        By attribute, over as few sites as possible, and over sites that riders may come from.
        """
        wanted = [self._contract.item(item_id) for item_id in item_ids if self._may_split(self._contract.item(item_id))]
        found: dict[object, Contract] = {}
        for way in ("attribute", "fewest", "near"):
            contract = self._contract
            for item in wanted:
                contract = self._parted(contract, item, way)
            parts = tuple((item.split_of, item.demand_ids, tuple(item.quantities.items())) for item in contract.items)
            if contract is not self._contract:
                found.setdefault(parts, contract)
        return tuple(found.values())

    def refusals(self, item_ids: Iterable[str]) -> tuple[Refusal, ...]:
        """Why these items cannot be parted: lines that nobody has, or more parcels than the policy allows."""
        items = (self._contract.item(item_id) for item_id in item_ids)
        refused = ((item.item_id, self._reason(item)) for item in items if self._may_split(item))
        return tuple(Refusal(item_id=item_id, reasons=(reason,)) for item_id, reason in refused if reason)

    # -- conditions

    def _may_split(self, item: ServiceItem) -> bool:
        """Not what is agreed: of what is promised anew, the order's other parcels are not here to be counted."""
        if self._contract.status is ContractStatus.ACTIVE:
            return False
        if item.kind not in GOODS_KINDS or self._limit(self._contract, item) < 2:
            return False
        demands = self._contract.demands_of(item)
        return len(demands) > 1 or (self._policy.divide_lines and any(each.quantity > 1 for each in demands))

    def _is_held(self, item: ServiceItem) -> bool:
        demands = self._contract.demands_of(item)
        skus = [self._instance.catalogue.sku_by_id[each.sku_id] for each in demands]
        return any(
            self._availability.has_stock(site.site_id, demands) and site_reason(site, item, skus) is None
            for site in self._instance.catalogue.sites
        )

    def _limit(self, contract: Contract, item: ServiceItem) -> int:
        """The parcels that are left for an item: `max_split` is for all goods of an order together."""
        orders = {each.order_id for each in contract.demands_of(item)}
        parcels = [
            sum(any(each.order_id == order_id for each in contract.demands_of(other)) for other in contract.items)
            for order_id in orders
        ]
        return self._policy.max_split - max(parcels, default=1) + 1

    def _reason(self, item: ServiceItem) -> ReasonCount | None:
        lines = self._lines(self._contract, item)
        parts, left = self._cover(lines, self._shelves(item, lines), limit=len(lines))
        code, first = ReasonCode.NO_STOCK, left
        if not left:
            code, limit = ReasonCode.SPLIT_LIMIT, self._limit(self._contract, item)
            brought = {demand_id for part in parts[:limit] for demand_id in part}
            first = [line for line in lines if line.demand_id not in brought]
        if not first:
            return None
        return ReasonCount(code=code, count=len(first), total=len(lines), example_id=first[0].sku.sku_id)

    # -- parting

    def _parted(self, contract: Contract, item: ServiceItem, way: str) -> Contract:
        lines, limit = self._lines(contract, item), self._limit(contract, item)
        shelves = self._shelves(item, lines)
        parts: list[Pieces] | None
        if way == "attribute":
            parts = self._by_attribute(lines, shelves, limit=limit)
        else:
            near = [shelf for shelf in shelves if shelf.is_near] if way == "near" else shelves
            parts, left = self._cover(lines, near, limit=limit)
            parts = None if left else parts
        if parts is None or not 1 < len(parts) <= limit:
            return contract
        parts.sort(key=lambda part: min(map(item.demand_ids.index, part)))
        items = [self._part(contract, item, each) for each in _numbered(contract, item, parts)]
        return with_parts(contract, items)

    def _by_attribute(self, lines: Sequence[_Line], shelves: Sequence[_Shelf], *, limit: int) -> list[Pieces] | None:
        parts: list[Pieces] = []
        for group in dict.fromkeys(line.group for line in lines):
            found, left = self._cover([line for line in lines if line.group == group], shelves, limit=limit)
            if left:
                return None
            parts += found
        return parts

    def _cover(
        self, lines: Sequence[_Line], shelves: Sequence[_Shelf], *, limit: int
    ) -> tuple[list[Pieces], list[_Line]]:
        """The fewest sites that have all lines, near ones first; and the lines that are left over.

        Greedy from each of the nearest sites: the next one is always that which has most of what is left.
        """
        stocked = [shelf for shelf in shelves if shelf.takes(lines, divide=self._policy.divide_lines)]
        tried = [self._greedy(lines, [first, *stocked], limit=limit) for first in stocked[:MAX_STARTS]]
        return min(tried, key=lambda found: (len(found[1]), len(found[0])), default=([], list(lines)))

    def _greedy(
        self, lines: Sequence[_Line], shelves: Sequence[_Shelf], *, limit: int
    ) -> tuple[list[Pieces], list[_Line]]:
        divide, left, parts = self._policy.divide_lines, list(lines), list[Pieces]()
        part = shelves[0].takes(left, divide=divide)
        while part:
            parts.append(part)
            left = _without(left, part)
            if len(parts) == limit:
                break
            offers = (shelf.takes(left, divide=divide) for shelf in shelves)
            part = max(offers, key=lambda offer: (len(offer), sum(offer.values())))
        return parts, left

    # -- goods and stock

    def _lines(self, contract: Contract, item: ServiceItem) -> list[_Line]:
        sku_by_id, attribute = self._instance.catalogue.sku_by_id, self._policy.split_by
        return [
            _Line(each.demand_id, sku, each.quantity, sku.attributes.get(attribute, "") if attribute else "")
            for each in contract.demands_of(item)
            for sku in [sku_by_id[each.sku_id]]
        ]

    def _shelves(self, item: ServiceItem, lines: Sequence[_Line]) -> list[_Shelf]:
        """Of every site that the goods may come from, the nearest first."""
        shelves = []
        for site in self._instance.catalogue.sites:
            on_hand = {
                line.sku.sku_id: self._availability.pieces(site.site_id, line.sku.sku_id)
                if site_reason(site, item, (line.sku,)) is None
                else 0
                for line in lines
            }
            radius_m = site.radius_m.get(ResourceKind.RIDER, float("inf"))
            shelves.append(_Shelf(crow_flies_m(site.place, item.place), radius_m, on_hand))
        return sorted(shelves, key=lambda shelf: shelf.distance_m)

    def _part(self, contract: Contract, item: ServiceItem, numbered: tuple[str, Pieces]) -> ServiceItem:
        item_id, pieces = numbered
        demands = [each for each in contract.demands_of(item) if each.demand_id in pieces]
        sku_by_id = self._instance.catalogue.sku_by_id
        loads = (sku_by_id[each.sku_id].load(pieces[each.demand_id]) for each in demands)
        divided = {each.demand_id: pieces[each.demand_id] for each in demands if pieces[each.demand_id] < each.quantity}
        changes = {
            "item_id": item_id,
            "split_of": item.item_id,
            "demand_ids": tuple(each.demand_id for each in demands),
            "quantities": divided,
            "load": sum(loads, Load()),
            "service_duration": self._handover(contract, item, sum(pieces.values())),
            "max_on_board": shortest_on_board(sku_by_id[each.sku_id] for each in demands),
            "goods_classes": classes_of(sku_by_id[each.sku_id] for each in demands),
        }
        return item.model_copy(update=changes)

    def _handover(self, contract: Contract, item: ServiceItem, pieces: int) -> timedelta:
        """Fewer pieces take less time at the door, by the square root."""
        total = sum(demand.quantity for demand in contract.demands_of(item))
        saved = (math.sqrt(total) - math.sqrt(pieces)) * self._policy.customer_handover_per_root_piece
        return max(timedelta(0), item.service_duration - saved)


def _without(lines: Iterable[_Line], part: Pieces) -> list[_Line]:
    rest = ((line, line.quantity - part.get(line.demand_id, 0)) for line in lines)
    return [_Line(line.demand_id, line.sku, pieces, line.group) for line, pieces in rest if pieces]


def _numbered(contract: Contract, item: ServiceItem, parts: Iterable[Pieces]) -> Iterator[tuple[str, Pieces]]:
    """Each part with an id that no item of the contract has."""
    taken = {each.item_id for each in contract.items}
    room = LONGEST_ID - len(".p00")
    stem = item.item_id
    if len(stem) > room:
        stem = f"{stem[: room - 9]}-{sha256(stem.encode()).hexdigest()[:8]}"
    numbers = (f"{stem}.p{n}" for n in count(1))
    free = (each for each in numbers if each not in taken)
    return zip(free, parts, strict=False)


# -- what hangs on an item that is parted


def with_parts(contract: Contract, parts: Sequence[ServiceItem]) -> Contract:
    """The contract with parts in the place of their wholes, and with every link to a whole led to its parts.

    What comes with goods (`for_demand_ids`) waits for, or comes with, the parts that have them;
    everything else that named the whole means all of its parts.
    """
    by_whole: dict[str, tuple[ServiceItem, ...]] = {}
    for part in parts:
        if any(item.item_id == part.split_of for item in contract.items):
            by_whole[part.split_of or ""] = (*by_whole.get(part.split_of or "", ()), part)
    if not by_whole:
        return contract
    items = (each for item in contract.items for each in by_whole.get(item.item_id, (item,)))
    return contract.model_copy(
        update={
            "items": tuple(items),
            "precedences": tuple(_precedences(contract, by_whole)),
            "same_visits": tuple(_same_visits(contract, by_whole)),
            "same_starts": tuple(_same_starts(contract, by_whole)),
        }
    )


_ByWhole = Mapping[str, tuple[ServiceItem, ...]]


def _meant(contract: Contract, by_whole: _ByWhole, item_id: str, other_id: str) -> tuple[str, ...]:
    """Which items a link means that named `item_id` beside `other_id`."""
    if item_id not in by_whole:
        return (item_id,)
    goods = set(contract.item(other_id).for_demand_ids)
    with_goods = tuple(part.item_id for part in by_whole[item_id] if goods & {*part.demand_ids})
    return with_goods or tuple(part.item_id for part in by_whole[item_id])


def _precedences(contract: Contract, by_whole: _ByWhole) -> Iterator[Precedence]:
    for link in contract.precedences:
        before, after = link.before_item_id, link.after_item_id
        for first in _meant(contract, by_whole, before, after):
            for second in _meant(contract, by_whole, after, before):
                yield Precedence(before_item_id=first, after_item_id=second, lag=link.lag)


def _same_starts(contract: Contract, by_whole: _ByWhole) -> Iterator[SameStart]:
    """Who starts with the goods starts with the parts that have them."""
    for group in contract.same_starts:
        other = next((each for each in group.item_ids if each not in by_whole), group.item_ids[0])
        meant = (each for item_id in group.item_ids for each in _meant(contract, by_whole, item_id, other))
        yield SameStart(item_ids=tuple(dict.fromkeys(meant)))


def _same_visits(contract: Contract, by_whole: _ByWhole) -> Iterator[SameVisit]:
    for group in contract.same_visits:
        wholes = [each for each in group.item_ids if each in by_whole]
        if not wholes:
            yield group
            continue
        others = [each for each in group.item_ids if each not in by_whole]
        with_what: dict[tuple[str, ...], list[str]] = {}
        for other in others:
            parts = tuple(part for whole in wholes for part in _meant(contract, by_whole, whole, other))
            with_what.setdefault(parts, []).append(other)
        for parts, members in with_what.items():
            yield SameVisit(item_ids=(*parts, *members))
        if not others:
            yield SameVisit(item_ids=tuple(part.item_id for whole in wholes for part in by_whole[whole]))

"""What is free for contracts that are planned together: stock, cells, and hours of people."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from models.plan import CapacityKind, Route
from models.timing import seconds_of
from solver.availability import Availability, Cell, use_of
from solver.capacity import capacity_of
from solver.instance import Instance, Mobile, Span

Owner = tuple[str, str]
"""Whose time it is: PICKING of a site, DESK of a desk, or a kind of resource and its pools."""

StockKey = tuple[str, str]
"""(site_id, sku_id)"""

TIMED = (CapacityKind.PICKING, CapacityKind.DESK)
"""Kinds whose cell a promise leaves open: the work may be done in any cell of a span of time."""


@dataclass
class Room:
    """What is left beside the contracts that stay as they are.

    Parameters
    ----------
    free
        Stock and cells without what the contracts take that are planned together.
    busy
        Seconds `[start, end)` by vehicle index in which it travels or works for others.
    """

    instance: Instance
    free: Availability
    busy: dict[int, list[Span]] = field(default_factory=dict)

    def pieces(self, key: StockKey) -> int:
        return self.free.pieces(*key)

    def amount(self, cell: Cell) -> int:
        """What is left of a cell."""
        kind, owner_id, start = cell
        return capacity_of(use_of(kind, owner_id, start, 1), self.instance) - self.free.used(cell)

    def seconds(self, owner: Owner, span: Span) -> int:
        """Seconds of work that the owner can still do within a span, all of its people together."""
        if owner[0] == CapacityKind.PICKING:
            return sum(self._buckets(CapacityKind.PICKING, owner[1], span))
        if owner[0] == CapacityKind.DESK:
            bucket_s = seconds_of(self.instance.catalogue.policy.desk_bucket)
            return bucket_s * sum(self._buckets(CapacityKind.DESK, owner[1], span))
        return sum(self._idle_s(r, span) for r in self._members[owner])

    def owner_of(self, vehicle_idx: int) -> Owner:
        """Vehicles of one kind and the same pools are one owner."""
        return _owner_of(self.instance.vehicles[vehicle_idx], self.instance)

    def _buckets(self, kind: CapacityKind, owner_id: str, span: Span) -> Iterable[int]:
        """What is left of every open cell that lies within a span."""
        policy, horizon = self.instance.catalogue.policy, self.instance.horizon
        bucket_s = seconds_of(policy.pick_bucket if kind is CapacityKind.PICKING else policy.desk_bucket)
        for opens, closes in self.instance.hours_by_owner_id[owner_id]:
            first, last = max(opens, span[0]), min(closes, span[1])
            start_s = self.free.bucket_start_s(first + bucket_s - 1, bucket_s)
            for each in range(start_s, last - bucket_s + 1, bucket_s):
                yield max(0, self.amount((kind, owner_id, horizon.start + timedelta(seconds=each))))

    def _idle_s(self, vehicle_idx: int, span: Span) -> int:
        shift = int(self.instance.fleet.shift_start[vehicle_idx]), int(self.instance.fleet.shift_end[vehicle_idx])
        on_duty = _overlap(shift, span)
        return max(0, on_duty - sum(_overlap(each, span) for each in self.busy.get(vehicle_idx, ())))

    @cached_property
    def _members(self) -> dict[Owner, list[int]]:
        members: defaultdict[Owner, list[int]] = defaultdict(list)
        for r in range(len(self.instance.vehicles)):
            members[self.owner_of(r)].append(r)
        return dict(members)


def busy_spans(routes: Iterable[Route], instance: Instance, *, without: Collection[str]) -> dict[int, list[Span]]:
    """When vehicles travel and work for others than these contracts."""
    seconds = instance.horizon.seconds
    return {
        instance.idx_by_vehicle_id[route.resource_id]: [
            (seconds(visit.depart), seconds(visit.end)) for visit in route.visits if visit.contract_id not in without
        ]
        for route in routes
    }


def _owner_of(mobile: Mobile, instance: Instance) -> Owner:
    pools = instance.catalogue.pools_by_resource_id.get(mobile.resource_id, ())
    return mobile.kind.value, "+".join(sorted(pool.pool_id for pool in pools))


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))

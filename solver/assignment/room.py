"""What is free for contracts that are planned together: stock, cells, and hours of people."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

import numpy as np

from models.plan import CapacityKind, Route
from models.timing import seconds_of
from solver.availability import Availability, Cell, use_of
from solver.capacity import capacity_of
from solver.instance import Instance, Mobile, Span
from solver.kernels.arrays import I64

Owner = tuple[str, str]
"""Whose time it is: PICKING of a site, DESK of a desk, or a kind of resource and its pools."""

StockKey = tuple[str, str]
"""(site_id, sku_id)"""

TIMED = (CapacityKind.PICKING, CapacityKind.DESK)
"""Kinds whose cell a promise leaves open: the work may be done in any cell of a span of time."""


_Shelf = tuple[list[int], list[int], tuple[int, ...]]
"""Starts and ends of an owner's buckets, and what is left in all before each of them."""


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
    _shelves: dict[Owner, _Shelf] = field(default_factory=dict)
    _times: dict[Owner, tuple[I64, I64, I64]] = field(default_factory=dict)

    def pieces(self, key: StockKey) -> int:
        return self.free.pieces(*key)

    def amount(self, cell: Cell) -> int:
        """What is left of a cell."""
        kind, owner_id, start = cell
        return capacity_of(use_of(kind, owner_id, start, 1), self.instance) - self.free.used(cell)

    def seconds(self, owner: Owner, span: Span) -> int:
        """Seconds of work that the owner can still do within a span, all of its people together."""
        if owner[0] in TIMED:
            starts, ends, free = self._shelf(owner)
            first, last = bisect_left(starts, span[0]), bisect_right(ends, span[1])
            return free[last] - free[first] if first < last else 0
        shifts, busy, whose = self._times_of(owner)
        on_duty = _overlaps(shifts, span)
        taken = np.bincount(whose, weights=_overlaps(busy, span), minlength=len(on_duty))
        return int(np.maximum(0, on_duty - taken).sum())

    def owner_of(self, vehicle_idx: int) -> Owner:
        """Vehicles of one kind and the same pools are one owner."""
        return _owner_of(self.instance.vehicles[vehicle_idx], self.instance)

    def _shelf(self, owner: Owner) -> _Shelf:
        if owner not in self._shelves:
            buckets = list(self._buckets(CapacityKind(owner[0]), owner[1]))
            free = (0, *accumulate(seconds for _, _, seconds in buckets))
            self._shelves[owner] = [start for start, _, _ in buckets], [end for _, end, _ in buckets], free
        return self._shelves[owner]

    def _buckets(self, kind: CapacityKind, owner_id: str) -> Iterable[tuple[int, int, int]]:
        """Start and end of every bucket that is open throughout, and the seconds of work that are left in it."""
        policy, horizon = self.instance.catalogue.policy, self.instance.horizon
        is_picking = kind is CapacityKind.PICKING
        bucket_s = seconds_of(policy.pick_bucket if is_picking else policy.desk_bucket)
        for opens, closes in self.instance.hours_by_owner_id[owner_id]:
            first = self.free.bucket_start_s(opens + bucket_s - 1, bucket_s)
            for start in range(first, closes - bucket_s + 1, bucket_s):
                left = max(0, self.amount((kind, owner_id, horizon.instant(start))))
                yield start, start + bucket_s, left if is_picking else left * bucket_s

    def _times_of(self, owner: Owner) -> tuple[I64, I64, I64]:
        """[V, 2] shifts of an owner's vehicles, [B, 2] when one of them is busy, and [B] which one."""
        if owner not in self._times:
            fleet, members = self.instance.fleet, self._members[owner]
            shifts = np.column_stack((fleet.shift_start[members], fleet.shift_end[members])).astype(np.int64)
            spans = [(*span, n) for n, r in enumerate(members) for span in self.busy.get(r, ())]
            busy = np.array(spans, dtype=np.int64).reshape(-1, 3)
            self._times[owner] = shifts, busy[:, :2], busy[:, 2]
        return self._times[owner]

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


def _overlaps(spans: I64, span: Span) -> I64:
    """[N], how long each of [N, 2] spans lies within one."""
    within: I64 = np.maximum(0, np.minimum(spans[:, 1], span[1]) - np.maximum(spans[:, 0], span[0]))
    return within

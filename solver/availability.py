"""What is left of stock, picking, counters and carriers' quota."""

from collections import Counter
from collections.abc import Iterable
from copy import copy
from datetime import UTC, datetime, timedelta

from models.contract import Demand
from models.plan import CapacityKind, CapacityUse
from models.problem import Problem
from models.resource import Carrier, Desk, Site
from models.timing import seconds_of
from models.zone import CarrierZone
from solver.capacity import capacity_of, or_unlimited
from solver.instance import Instance

Cell = tuple[CapacityKind, str, datetime]
"""(kind, owner_id, bucket_start)"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Availability:
    """Free stock and capacity; taken and given back as contracts come and go."""

    def __init__(self, instance: Instance, problem: Problem) -> None:
        self._instance = instance
        self.stock = problem.stock
        self._free_stock = Counter({(row.site_id, row.sku_id): row.on_hand for row in problem.stock})
        self._used: Counter[Cell] = Counter()

    def copy(self, instance: Instance) -> "Availability":
        """The same, to be taken from on its own."""
        copied = copy(self)
        copied._instance = instance
        copied._free_stock, copied._used = self._free_stock.copy(), self._used.copy()
        return copied

    def take(
        self, site_id: str | None, demands: Iterable[Demand], uses: Iterable[CapacityUse], *, sign: int = 1
    ) -> None:
        """Take stock and capacity away; `sign=-1` gives them back. Without a site there are no demands."""
        for demand in demands:
            self._free_stock[site_id or "", demand.sku_id] -= sign * demand.quantity
        for use in uses:
            self._used[use.kind, use.owner_id, use.bucket_start] += sign * use.amount

    def has_room(self, uses: Iterable[CapacityUse]) -> bool:
        """Whether each of these cells has as much left."""
        cells = ((use, (use.kind, use.owner_id, use.bucket_start)) for use in uses)
        return all(self._used[cell] + use.amount <= capacity_of(use, self._instance) for use, cell in cells)

    def has_stock(self, site_id: str, demands: Iterable[Demand]) -> bool:
        wanted = Counter[str]()
        for demand in demands:
            wanted[demand.sku_id] += demand.quantity
        return all(self._free_stock[site_id, sku_id] >= quantity for sku_id, quantity in wanted.items())

    def used(self, cell: Cell) -> int:
        """What is taken of a cell."""
        return self._used[cell]

    def pieces(self, site_id: str, sku_id: str) -> int:
        """What is free of one SKU at one site."""
        return self._free_stock[site_id, sku_id]

    def picking(self, site: Site, num_lines: int, *, from_s: int) -> tuple[int, tuple[CapacityUse, ...]] | None:
        """Pick as soon as possible: when it is done, and the cells it takes; None if never.

        Picking starts with the first whole bucket that begins at or after `from_s`.
        """
        work_s = num_lines * seconds_of(site.pick_duration_per_line)
        bucket_s = seconds_of(self._instance.catalogue.policy.pick_bucket)
        uses: list[CapacityUse] = []
        span = self._instance.opening_span(site.site_id, from_s)
        while work_s > 0 and span is not None and site.pickers:
            start_s = self._ceiling(max(from_s, span[0]), bucket_s)
            while work_s > 0 and start_s + bucket_s <= span[1]:
                start = self._instance.horizon.instant(start_s)
                free = site.pickers * bucket_s - self._used[CapacityKind.PICKING, site.site_id, start]
                if free > 0:
                    uses.append(use_of(CapacityKind.PICKING, site.site_id, start, min(free, work_s)))
                    work_s -= min(free, work_s)
                start_s += bucket_s
            from_s = span[1]
            span = self._instance.opening_span(site.site_id, from_s)
        if work_s > 0:
            return None
        ready = self._instance.horizon.seconds(uses[-1].bucket_start) + bucket_s if uses else from_s
        return ready, tuple(uses)

    def counter(self, site: Site, *, earliest_s: int, latest_s: int) -> tuple[CapacityUse, ...] | None:
        """A place at the counter in every bucket that `[earliest, latest]` touches; None if one is full."""
        bucket_s = seconds_of(self._instance.catalogue.policy.counter_bucket)
        first = self.bucket_start_s(earliest_s, bucket_s)
        starts = [self._instance.horizon.instant(s) for s in range(first, latest_s + 1, bucket_s)]
        if any(self._used[CapacityKind.COUNTER, site.site_id, start] >= site.counter_places for start in starts):
            return None
        return tuple(use_of(CapacityKind.COUNTER, site.site_id, start, 1) for start in starts)

    def session(self, desk: Desk, *, from_s: int, latest_s: int, duration_s: int) -> tuple[int, tuple[int, ...]] | None:
        """The first start in `[from, latest]` at which a desk has an agent free for that long.

        Returns
        -------
        start, buckets
            When the session begins, and the starts of the buckets that it takes; None if there is none.
        """
        bucket_s = seconds_of(self._instance.catalogue.policy.desk_bucket)
        start_s = self._ceiling(from_s, bucket_s)
        span = self._instance.opening_span(desk.resource_id, start_s)
        while span is not None and (start_s := self._ceiling(max(start_s, span[0]), bucket_s)) <= latest_s:
            buckets = tuple(range(start_s, start_s + duration_s, bucket_s))
            if start_s + duration_s > span[1]:
                start_s = span[1]
                span = self._instance.opening_span(desk.resource_id, start_s)
            elif all(self._sessions(desk, bucket) < desk.concurrency for bucket in buckets):
                return start_s, buckets
            else:
                start_s += bucket_s
        return None

    def _ceiling(self, instant_s: int, bucket_s: int) -> int:
        return self.bucket_start_s(instant_s + bucket_s - 1, bucket_s)

    def _sessions(self, desk: Desk, bucket_start_s: int) -> int:
        return self._used[CapacityKind.DESK, desk.resource_id, self._instance.horizon.instant(bucket_start_s)]

    def parcel(self, carrier: Carrier, zone: CarrierZone | None, day: datetime) -> tuple[CapacityUse, ...] | None:
        """A parcel of the day that starts at this local midnight; None if a quota is used up."""
        start = day.astimezone(UTC)
        wanted = [(use_of(CapacityKind.CARRIER, carrier.resource_id, start, 1), carrier.daily_quota)]
        if zone is not None:
            wanted.append((use_of(CapacityKind.CARRIER_ZONE, zone.zone_id, start, 1), or_unlimited(zone.daily_quota)))
        full = any(self._used[use.kind, use.owner_id, start] >= most for use, most in wanted)
        return None if full else tuple(use for use, _ in wanted)

    def returned(self, site: Site, day: datetime) -> CapacityUse | None:
        """Room for a collected item on the day that starts at this local midnight; None if there is none."""
        start = day.astimezone(UTC)
        if self._used[CapacityKind.RETURNS, site.site_id, start] >= or_unlimited(site.returns_per_day):
            return None
        return use_of(CapacityKind.RETURNS, site.site_id, start, 1)

    def bucket_start_s(self, instant_s: int, bucket_s: int) -> int:
        """Start of the bucket that holds this time; buckets are counted from the Unix epoch."""
        offset = (self._instance.horizon.start - _EPOCH) // timedelta(seconds=1)
        return (instant_s + offset) // bucket_s * bucket_s - offset


def use_of(kind: CapacityKind, owner_id: str, start: datetime, amount: int) -> CapacityUse:
    # Built of our own values only: validation would cost more than the search for them.
    return CapacityUse.model_construct(kind=kind, owner_id=owner_id, bucket_start=start, amount=amount)

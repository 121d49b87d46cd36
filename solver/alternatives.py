"""Every way to do one item now: source x mode x resource x promised window.

Ways that cannot work are cut by data first, and the first constraint that rules out a site or
a vehicle is counted.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta

import numpy as np

from models.contract import Contract, ServiceItem, ServiceItemKind
from models.money import round_half_up
from models.option import Refusal
from models.order import LOAD_DIMENSIONS, Hazard
from models.place import Place
from models.plan import CapacityUse, ReasonCode, ReasonCount
from models.policy import ServiceLevel
from models.promise import Mode, Promise
from models.resource import Carrier, ResourceKind, Site, Vehicle
from models.timing import seconds_of
from solver.availability import Availability
from solver.instance import Instance, load_row
from solver.kernels.arrays import COST_UNITS, I64, NEVER, U8, Request
from solver.kernels.insertion import LOAD_FULL, SHIFT_OVER, UNREACHABLE, WINDOW_MISSED
from solver.live_routes import LiveRoutes, RoutedWork

EARTH_RADIUS_M = 6371008.8
MIDNIGHT = time(0)
MAX_SOURCES = 4
"""Sites tried for a routed item: the nearest that have what it needs."""

ROUTED = (Mode.RIDER, Mode.VAN)
Window = tuple[int, int]
"""Earliest and latest start of service, both inclusive, in seconds."""

PromiseKey = tuple[Mode, str, Window]
"""What the customer sees of an alternative: mode, service level and window."""

_REASON_BY_STAGE = {
    UNREACHABLE: ReasonCode.UNREACHABLE,
    LOAD_FULL: ReasonCode.LOAD_FULL,
    WINDOW_MISSED: ReasonCode.WINDOW_MISSED,
    SHIFT_OVER: ReasonCode.SHIFT_OVER,
}


@dataclass(frozen=True, slots=True)
class Insertion:
    """Where an item goes on a vehicle: its visits behind these positions of the route."""

    vehicle_idx: int
    work: RoutedWork
    pickup_after: int
    delivery_after: int


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to do an item. `cost_units` is what it adds now, all kinds of cost together."""

    item: ServiceItem
    mode: Mode
    level: ServiceLevel
    window: Window
    site: Site
    ready_s: int
    uses: tuple[CapacityUse, ...]
    cost_units: int
    insertion: Insertion | None = None
    carrier_id: str | None = None

    @property
    def promise_key(self) -> PromiseKey:
        return self.mode, self.level.service_level_id, self.window


@dataclass
class Tally:
    """Who was ruled out by what, per way of doing an item."""

    total: int = 0
    reasons: dict[str, ReasonCode] = field(default_factory=dict)

    def rule_out(self, each_id: str, code: ReasonCode) -> None:
        self.reasons[each_id] = code

    def counts(self) -> Iterator[ReasonCount]:
        times = Counter(self.reasons.values())
        first = {code: each_id for each_id, code in reversed(self.reasons.items())}
        for code in sorted(times, key=lambda code: (-times[code], code)):
            yield ReasonCount(code=code, count=times[code], total=max(self.total, times[code]), example_id=first[code])


@dataclass(frozen=True)
class Wanted:
    """What an alternative has to respect beyond its own item.

    Parameters
    ----------
    not_before_s
        From precedence: the promised window starts no earlier.
    vehicle_idx, window
        From a same visit: that vehicle, that window.
    promise
        From a hold: exactly this mode, level and window.
    """

    not_before_s: int = 0
    vehicle_idx: int | None = None
    window: Window | None = None
    promise: Promise | None = None


class Finder:
    """Finds the alternatives of one contract's items at one moment.

    Parameters
    ----------
    now_s
        The moment the plan can still be changed from; nothing departs or is picked before.
    asked_s
        The moment that windows like "within the hour" are counted from.
    """

    def __init__(
        self,
        contract: Contract,
        instance: Instance,
        routes: LiveRoutes,
        availability: Availability,
        *,
        now_s: int,
        asked_s: int,
    ) -> None:
        self._contract, self._instance = contract, instance
        self._routes, self._availability = routes, availability
        self._now_s, self._asked_s = now_s, asked_s
        self._policy = instance.catalogue.policy
        self._eligible: dict[str, tuple[U8, dict[int, ReasonCode]]] = {}
        self._sites_by_item_id: dict[str, list[tuple[float, Site]]] = {}

    def find(self, item: ServiceItem, wanted: Wanted) -> tuple[list[Alternative], tuple[Refusal, ...]]:
        """The cheapest alternative per promise, in the order of the policy, and what is impossible."""
        found: dict[PromiseKey, Alternative] = {}
        refusals: list[Refusal] = []
        if not {item.kind, *item.also} & {ServiceItemKind.DELIVERY, ServiceItemKind.STORE_PICKUP}:
            reason = ReasonCount(code=ReasonCode.KIND_NOT_PLANNED, count=1, total=1, example_id=item.kind)
            return [], (Refusal(item_id=item.item_id, reasons=(reason,)),)
        for level, mode in self._ways(wanted):
            tally = Tally()
            before = len(found)
            for alternative in self._find_one_way(item, level, mode, wanted, tally):
                known = found.get(alternative.promise_key)
                if known is None or alternative.cost_units < known.cost_units:
                    found[alternative.promise_key] = alternative
            if len(found) == before and tally.reasons:
                reasons = tuple(tally.counts())
                refusals.append(
                    Refusal(item_id=item.item_id, mode=mode, service_level_id=level.service_level_id, reasons=reasons)
                )
        return list(found.values()), tuple(refusals)

    def _ways(self, wanted: Wanted) -> Iterator[tuple[ServiceLevel, Mode]]:
        promise = wanted.promise
        for level in self._policy.service_levels:
            for mode in level.modes:
                if promise is None or (level.service_level_id, mode) == (promise.service_level_id, promise.mode):
                    yield level, mode

    def _find_one_way(
        self, item: ServiceItem, level: ServiceLevel, mode: Mode, wanted: Wanted, tally: Tally
    ) -> Iterator[Alternative]:
        kind = ServiceItemKind.STORE_PICKUP if mode is Mode.PICKUP else ServiceItemKind.DELIVERY
        if kind not in (item.kind, *item.also):
            tally.rule_out(item.item_id, ReasonCode.METHOD_NOT_WANTED)
        elif mode is Mode.PICKUP:
            yield from self._at_counters(item, level, wanted, tally)
        elif mode is Mode.CARRIER:
            yield from self._by_carriers(item, level, wanted, tally)
        else:
            yield from self._by_vehicles(item, level, mode, wanted, tally)

    # -- sources

    def _sites(self, item: ServiceItem, tally: Tally) -> Iterator[tuple[float, Site]]:
        """Sites that have the goods, nearest first, with their distance in metres."""
        tally.total = len(self._instance.catalogue.sites)
        for distance_m, site in self._sites_by_distance(item):
            if (reason := self._site_reason(site, item)) is None:
                yield distance_m, site
            else:
                tally.rule_out(site.site_id, reason)

    def _sites_by_distance(self, item: ServiceItem) -> list[tuple[float, Site]]:
        if item.item_id not in self._sites_by_item_id:
            by_distance = [(crow_flies_m(site.place, item.place), site) for site in self._instance.catalogue.sites]
            self._sites_by_item_id[item.item_id] = sorted(by_distance, key=lambda each: (each[0], each[1].site_id))
        return self._sites_by_item_id[item.item_id]

    def _site_reason(self, site: Site, item: ServiceItem) -> ReasonCode | None:
        allowed = item.constraint.allowed_site_ids
        if allowed and site.site_id not in allowed:
            return ReasonCode.SITE_NOT_ALLOWED
        demands = self._contract.demands_of(item)
        skus = self._instance.catalogue.sku_by_id
        if any(skus[demand.sku_id].temperature not in site.temperatures for demand in demands):
            return ReasonCode.NO_TEMPERATURE_ZONE
        return None if self._availability.has_stock(site.site_id, demands) else ReasonCode.NO_STOCK

    def _picked(self, site: Site, item: ServiceItem, tally: Tally) -> tuple[int, tuple[CapacityUse, ...]] | None:
        picked = self._availability.picking(site, len(item.demand_ids), from_s=self._now_s)
        if picked is None:
            span = self._instance.opening_span(site.site_id, self._now_s)
            tally.rule_out(site.site_id, ReasonCode.PICKING_FULL if span else ReasonCode.SITE_CLOSED)
        return picked

    # -- windows

    def _windows(self, item: ServiceItem, level: ServiceLevel, wanted: Wanted) -> Iterator[Window]:
        """What a level with windows of its own may promise, inside the item's limit."""
        if wanted.promise is not None:
            yield self._window_of(wanted.promise)
            return
        low, high = self._limit(item, wanted)
        for earliest, latest in self._level_windows(level):
            window = (max(earliest, low), min(latest, high)) if level.within is not None else (earliest, latest)
            if low <= window[0] <= window[1] <= high and wanted.window in (None, window):
                yield window

    def _limit(self, item: ServiceItem, wanted: Wanted) -> Window:
        limit = item.sla.window
        low = max(self._asked_s, wanted.not_before_s)
        if limit is None:
            return low, NEVER
        seconds = self._instance.horizon.seconds
        return max(low, seconds(limit.earliest + timedelta(microseconds=999_999))), seconds(limit.latest)

    def _level_windows(self, level: ServiceLevel) -> Iterator[Window]:
        if level.within is not None:
            yield self._asked_s, self._asked_s + level.within // timedelta(seconds=1)
        if level.slot_duration is not None:
            slot_s = seconds_of(level.slot_duration)
            midnight = self._instance.local_seconds(self._instance.local_date(self._asked_s), MIDNIGHT)
            first = (self._asked_s - midnight) // slot_s + 1
            for n in range(first, first + level.num_slots):
                yield midnight + n * slot_s, midnight + (n + 1) * slot_s

    def _window_of(self, promise: Promise) -> Window:
        seconds = self._instance.horizon.seconds
        return seconds(promise.window.earliest), seconds(promise.window.latest)

    # -- vehicles

    def _by_vehicles(
        self, item: ServiceItem, level: ServiceLevel, mode: Mode, wanted: Wanted, tally: Tally
    ) -> Iterator[Alternative]:
        windows = list(self._windows(item, level, wanted))
        if not windows:
            tally.rule_out(item.item_id, ReasonCode.OUTSIDE_LIMIT)
            return
        kind = ResourceKind(mode.value)
        sources = list(self._reachable_sources(item, kind, tally))
        if not sources:
            return
        eligible = self._eligible_of_kind(item, kind, wanted, tally)
        stages = np.zeros(len(eligible), dtype=np.int64)
        for site, ready_s, uses in sources:
            for window in windows:
                alternative = self._by_best_vehicle(item, level, mode, (site, ready_s, uses), window, eligible, stages)
                if alternative is not None:
                    yield alternative
        for r in np.flatnonzero(eligible):
            if (code := _REASON_BY_STAGE.get(int(stages[r]))) is not None:
                tally.rule_out(self._instance.vehicles[r].resource_id, code)

    def _reachable_sources(
        self, item: ServiceItem, kind: ResourceKind, tally: Tally
    ) -> Iterator[tuple[Site, int, tuple[CapacityUse, ...]]]:
        num_found = 0
        for distance_m, site in self._sites(item, tally):
            if distance_m > site.radius_m.get(kind, NEVER):
                tally.rule_out(site.site_id, ReasonCode.OUT_OF_RADIUS)
            elif num_found < MAX_SOURCES and (picked := self._picked(site, item, tally)) is not None:
                num_found += 1
                yield site, *picked

    def _eligible_of_kind(self, item: ServiceItem, kind: ResourceKind, wanted: Wanted, tally: Tally) -> U8:
        mask, reasons = self._eligibility(item)
        eligible = mask.copy()
        tally.total = 0
        for r, vehicle in enumerate(self._instance.vehicles):
            if vehicle.kind is not kind:
                eligible[r] = 0
                continue
            tally.total += 1
            if wanted.vehicle_idx not in (None, r):
                eligible[r] = 0
            elif not eligible[r]:
                tally.rule_out(vehicle.resource_id, reasons[r])
        tally.total = max(tally.total, len(tally.reasons))
        return eligible

    def _eligibility(self, item: ServiceItem) -> tuple[U8, dict[int, ReasonCode]]:
        if item.item_id not in self._eligible:
            reasons = {
                r: reason
                for r, vehicle in enumerate(self._instance.vehicles)
                if (reason := vehicle_reason(vehicle, item, self._instance)) is not None
            }
            mask = np.ones(len(self._instance.vehicles), dtype=np.uint8)
            mask[list(reasons)] = 0
            self._eligible[item.item_id] = mask, reasons
        return self._eligible[item.item_id]

    def _by_best_vehicle(
        self,
        item: ServiceItem,
        level: ServiceLevel,
        mode: Mode,
        source: tuple[Site, int, tuple[CapacityUse, ...]],
        window: Window,
        eligible: U8,
        stages: I64,
    ) -> Alternative | None:
        site, ready_s, uses = source
        work = routed_work(self._contract, item, site, ready_s=ready_s, window=window, instance=self._instance)
        if work is None:
            return None
        scanned = self._routes.scan(work.request, eligible=eligible, now=self._now_s)
        np.maximum(stages, scanned.reason, out=stages)
        r = int(np.argmin(scanned.cost))
        if scanned.cost[r] >= NEVER:
            return None
        insertion = Insertion(r, work, int(scanned.pickup_after[r]), int(scanned.delivery_after[r]))
        cost_units = int(scanned.cost[r]) + self._handling_units(item, mode)
        return Alternative(item, mode, level, window, site, ready_s, uses, cost_units, insertion)

    def _handling_units(self, item: ServiceItem, mode: Mode) -> int:
        policy = self._policy
        return COST_UNITS * (len(item.demand_ids) * policy.picking_per_line + policy.handling_per_item[mode])

    # -- counters

    def _at_counters(
        self, item: ServiceItem, level: ServiceLevel, wanted: Wanted, tally: Tally
    ) -> Iterator[Alternative]:
        for _, site in self._sites(item, tally):
            if not site.counter_places:
                tally.rule_out(site.site_id, ReasonCode.NO_COUNTER)
                continue
            picked = self._picked(site, item, tally)
            if picked is None:
                continue
            window = self._pickup_window(site, item, picked[0], wanted)
            if window is None:
                tally.rule_out(site.site_id, ReasonCode.OUTSIDE_LIMIT)
                continue
            places = self._availability.counter(site, earliest_s=window[0], latest_s=window[1])
            if places is None:
                tally.rule_out(site.site_id, ReasonCode.COUNTER_FULL)
                continue
            cost_units = self._handling_units(item, Mode.PICKUP)
            yield Alternative(item, Mode.PICKUP, level, window, site, picked[0], picked[1] + places, cost_units)
            return  # the nearest till: one farther off would be no better to anybody

    def _pickup_window(self, site: Site, item: ServiceItem, ready_s: int, wanted: Wanted) -> Window | None:
        if wanted.promise is not None:
            window = self._window_of(wanted.promise)
            return window if ready_s <= window[0] and same_place(wanted.promise.place, site.place) else None
        low, high = self._limit(item, wanted)
        span = self._instance.opening_span(site.site_id, max(ready_s, low))
        if span is None:
            return None
        earliest = max(ready_s, low, span[0])
        latest = min(earliest + seconds_of(self._policy.pickup_hold), span[1], high)
        return (earliest, latest) if earliest <= latest else None

    # -- carriers

    def _by_carriers(
        self, item: ServiceItem, level: ServiceLevel, wanted: Wanted, tally: Tally
    ) -> Iterator[Alternative]:
        tally.total = len(self._instance.catalogue.carriers)
        carriers = []
        for carrier in self._instance.catalogue.carriers:
            if (reason := self._carrier_reason(carrier, item)) is None:
                carriers.append(carrier)
            else:
                tally.rule_out(carrier.resource_id, reason)
        if not carriers:
            return
        for site, ready_s, uses in self._reachable_sources(item, ResourceKind.CARRIER, tally):
            sent = [self._by_carrier(item, level, each, (site, ready_s, uses), wanted, tally) for each in carriers]
            if any(sent):
                yield from (each for each in sent if each is not None)
                return  # the tariff does not depend on the site

    def _by_carrier(
        self,
        item: ServiceItem,
        level: ServiceLevel,
        carrier: Carrier,
        source: tuple[Site, int, tuple[CapacityUse, ...]],
        wanted: Wanted,
        tally: Tally,
    ) -> Alternative | None:
        site, ready_s, uses = source
        instance = self._instance
        day = instance.local_date(ready_s)
        if ready_s > instance.local_seconds(day, carrier.cut_off):
            day += timedelta(days=1)
        arrival_day = day + timedelta(days=carrier.transit_days)
        closes = carrier.delivery_hours.closes
        last_day = arrival_day + timedelta(days=1) if closes == MIDNIGHT else arrival_day
        window = (
            instance.local_seconds(arrival_day, carrier.delivery_hours.opens),
            instance.local_seconds(last_day, closes),
        )
        low, high = self._limit(item, wanted)
        promised = wanted.promise is None or self._window_of(wanted.promise) == window
        if not (low <= window[0] and window[1] <= high and promised):
            tally.rule_out(carrier.resource_id, ReasonCode.OUTSIDE_LIMIT)
            return None
        parcel = self._availability.carrier(carrier, instance.local_instant(day, MIDNIGHT))
        if parcel is None:
            tally.rule_out(carrier.resource_id, ReasonCode.QUOTA_FULL)
            return None
        cost_units = self._handling_units(item, Mode.CARRIER) + COST_UNITS * tariff(carrier, item)
        uses = (*uses, parcel)
        return Alternative(
            item, Mode.CARRIER, level, window, site, ready_s, uses, cost_units, None, carrier.resource_id
        )

    def _carrier_reason(self, carrier: Carrier, item: ServiceItem) -> ReasonCode | None:
        constraint = item.constraint
        if not _allowed(carrier.resource_id, carrier.kind, item) or constraint.skills:
            return ReasonCode.RESOURCE_NOT_ALLOWED
        if not shared_with(self._instance, carrier.resource_id, item):
            return ReasonCode.POOL_NOT_SHARED
        skus = [self._instance.catalogue.sku_by_id[demand.sku_id] for demand in self._contract.demands_of(item)]
        refused = any(
            sku.temperature not in carrier.temperatures
            or (sku.fragile and not carrier.accepts_fragile)
            or (sku.hazard is not Hazard.NONE and not carrier.accepts_hazard)
            for sku in skus
        )
        if refused or item.load.weight_g > carrier.max_weight_g:
            return ReasonCode.GOODS_NOT_ACCEPTED
        return None


def vehicle_reason(vehicle: Vehicle, item: ServiceItem, instance: Instance) -> ReasonCode | None:
    """Why a vehicle can never do an item, whatever its route."""
    if not _allowed(vehicle.resource_id, vehicle.kind, item):
        return ReasonCode.RESOURCE_NOT_ALLOWED
    if not shared_with(instance, vehicle.resource_id, item):
        return ReasonCode.POOL_NOT_SHARED
    level_by_skill = {each.skill: each.level for each in vehicle.skills}
    if any(level_by_skill.get(needed.skill, 0) < needed.level for needed in item.constraint.skills):
        return ReasonCode.SKILL_MISSING
    wanted = [(getattr(item.load, name), getattr(vehicle.capacity, name)) for name in LOAD_DIMENSIONS]
    if any(load and not capacity for load, capacity in wanted):
        return ReasonCode.NO_COMPARTMENT
    if any(load > capacity for load, capacity in wanted):
        return ReasonCode.LOAD_FULL
    return None


def _allowed(resource_id: str, kind: ResourceKind, item: ServiceItem) -> bool:
    constraint = item.constraint
    return (
        (not constraint.kinds or kind in constraint.kinds)
        and (not constraint.allowed_ids or resource_id in constraint.allowed_ids)
        and resource_id not in constraint.excluded_ids
    )


def shared_with(instance: Instance, resource_id: str, item: ServiceItem) -> bool:
    """Whether one of the resource's pools works for the item's channel; in no pool, it works for all."""
    pools = [pool for pool in instance.catalogue.pools if resource_id in pool.resource_ids]
    return not pools or any(not pool.channels or item.channel in pool.channels for pool in pools)


def tariff(carrier: Carrier, item: ServiceItem) -> int:
    """What the carrier charges for an item, in minor units."""
    return carrier.tariff_base + round_half_up(item.load.weight_g * carrier.tariff_per_kg, 1000)


def routed_work(
    contract: Contract, item: ServiceItem, site: Site, *, ready_s: int, window: Window, instance: Instance
) -> RoutedWork | None:
    """An item's pickup and delivery as the kernels want them; None if the site does not open again."""
    span = instance.opening_span(site.site_id, ready_s)
    if span is None:
        return None
    request = Request(
        pickup_node=instance.node(site.place),
        pickup_place=instance.place_idx(site.place),
        pickup_earliest=max(ready_s, span[0]),
        pickup_latest=span[1] - 1,
        pickup_service=seconds_of(site.handover_duration),
        pickup_setup=seconds_of(site.setup_duration),
        delivery_node=instance.node(item.place),
        delivery_place=instance.place_idx(item.place),
        delivery_earliest=window[0],
        delivery_latest=window[1],
        delivery_service=seconds_of(item.service_duration),
        delivery_setup=instance.customer_setup_s(item.place),
        load=load_row(item.load),
    )
    return RoutedWork((contract.contract_id, item.item_id), request, site.place, item.place)


def crow_flies_m(a: Place, b: Place) -> float:
    """Great-circle distance in metres (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    d_lat, d_lon = lat_b - lat_a, math.radians(b.lon - a.lon)
    half = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(half))


def same_place(a: Place, b: Place) -> bool:
    return (a.street_node_id, a.lat, a.lon) == (b.street_node_id, b.lat, b.lon)

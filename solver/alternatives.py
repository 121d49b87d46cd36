"""Every way to do one item now: source x mode x resource x promised window.

Ways that cannot work are cut by data first, and the first constraint that rules out a site or
a vehicle is counted.
"""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from itertools import islice
from typing import NamedTuple

import numpy as np

from models.contract import GOODS_KINDS, Contract, Demand, ServiceItem, ServiceItemKind
from models.counter_offer import NO_WISH, Wish
from models.option import Refusal
from models.order import Sku
from models.plan import CapacityKind, CapacityUse, ReasonCode, ReasonCount, VisitKind
from models.policy import ServiceLevel
from models.promise import Mode, Promise
from models.resource import Carrier, Desk, ResourceKind, Site
from models.timing import seconds_of
from solver.availability import Availability, use_of
from solver.eligibility import carrier_reason, desk_reason, mobile_reason, site_reason
from solver.fees import Fees
from solver.geometry import crow_flies_m, place_key
from solver.instance import Instance, load_row
from solver.kernels.arrays import COST_UNITS, NEVER, NO_VISIT, U8, Request
from solver.lateness import lead_time_quantile
from solver.live_routes import LiveRoutes, RoutedWork, Scan, Stop
from solver.parcels import arrival, dispatch_days, tariff, zone_of
from solver.reasons import in_radius, reason_by_vehicle

MAX_DISPATCH_DAYS = 7
"""Working days of a carrier that are tried, from the first one on which the parcel can leave."""

MAX_SOURCES = 4
"""Sites tried for a routed item: the nearest that have what it needs."""

_TRAVELLING = (Mode.RIDER, Mode.VAN, Mode.TECHNICIAN)
"""Modes of which somebody comes: only then can items start together."""

_FETCHING = (ResourceKind.RIDER, ResourceKind.VAN)
"""Who comes to the site: it has to be open once more when the goods are picked."""

MIDNIGHT = time(0)

KINDS_BY_MODE = {
    Mode.RIDER: {ServiceItemKind.DELIVERY, ServiceItemKind.COLLECTION},
    Mode.VAN: {ServiceItemKind.DELIVERY, ServiceItemKind.COLLECTION},
    Mode.CARRIER: {ServiceItemKind.DELIVERY},
    Mode.PICKUP: {ServiceItemKind.STORE_PICKUP},
    Mode.TECHNICIAN: {ServiceItemKind.TECHNICIAN_VISIT},
    Mode.REMOTE: {ServiceItemKind.REMOTE_SESSION},
    Mode.DIGITAL: {ServiceItemKind.DIGITAL},
}
"""What each mode can do."""

Window = tuple[int, int]
"""Earliest and latest start of service, both inclusive, in seconds."""

PromiseKey = tuple[Mode, str, Window]
"""What the customer sees of an alternative: mode, service level and window."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """Where an item goes on a vehicle: its visits behind these positions of the route."""

    vehicle_idx: int
    work: RoutedWork
    pickup_after: int
    delivery_after: int

    @property
    def position(self) -> tuple[int, int, int]:
        return self.vehicle_idx, self.pickup_after, self.delivery_after


class Source(NamedTuple):
    """A site that has the goods: when they are picked, and the picking cells that takes.

    For a collection, the site that the goods go to; without goods there is no site, and `ready_s`
    is the start of the promised window.
    """

    site: Site | None
    ready_s: int
    uses: tuple[CapacityUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to do an item. `cost_units` is what it adds now, all kinds of cost together."""

    item: ServiceItem
    mode: Mode
    level: ServiceLevel
    window: Window
    source: Source
    uses: tuple[CapacityUse, ...]
    cost_units: int
    insertion: Insertion | None = None
    performer: Carrier | Desk | None = None
    start_s: int | None = None
    """Planned start, where no route decides it and it is not that of the window, or where others start with it."""
    fee: int = 0
    """What its stop costs the customer, if nothing dearer is done there."""
    co2_mg: int = 0
    """Milligrams that it adds now."""

    @property
    def site_id(self) -> str | None:
        return self.source.site.site_id if self.source.site else None

    @property
    def stop_key(self) -> object:
        """Equal for items that are fetched, posted or sent together; for those on a vehicle, see its route."""
        together = self.item.item_id if self.mode is Mode.REMOTE else self.site_id
        came = self.window if self.mode is Mode.CARRIER else None  # two days are two parcels
        return self.mode, self.performer and self.performer.resource_id, together, came

    @property
    def promise_key(self) -> PromiseKey:
        return self.mode, self.level.service_level_id, self.window

    @property
    def source_key(self) -> Hashable:
        """What the customer sees, and what it takes goods and capacity from."""
        return self.promise_key, self.site_id, self.performer and self.performer.resource_id


@dataclass
class Tally:
    """Who was ruled out by what, for one way of doing an item."""

    total: int = 0
    reasons: dict[str, ReasonCode] = field(default_factory=dict)

    def rule_out(self, each_id: str, code: ReasonCode) -> None:
        self.reasons[each_id] = code

    def counts(self) -> tuple[ReasonCount, ...]:
        times = Counter(self.reasons.values())
        first = {code: each_id for each_id, code in reversed(self.reasons.items())}
        total = max(self.total, len(self.reasons))
        return tuple(
            ReasonCount(code=code, count=times[code], total=total, example_id=first[code])
            for code in sorted(times, key=lambda code: (-times[code], code))
        )


@dataclass(frozen=True)
class Wanted:
    """What an alternative has to respect beyond its own item.

    Parameters
    ----------
    not_before_s
        From precedence: the promised window starts no earlier.
    vehicle_idx, window
        To share a visit: that vehicle, and for items that must share it, that window.
    behind
        To be collected in that visit: behind that position of the route. Else it would be cheapest
        to fetch it first, on the way to the goods.
    promise
        From a hold: exactly this mode, level and window.
    """

    not_before_s: int = 0
    vehicle_idx: int | None = None
    window: Window | None = None
    behind: int = 0
    promise: Promise | None = None


@dataclass(frozen=True)
class _ItemFacts:
    """What does not change about an item while its contract is quoted."""

    demands: tuple[Demand, ...]
    skus: tuple[Sku, ...]
    sites: tuple[tuple[float, Site], ...]
    site_reasons: dict[str, ReasonCode]
    eligible: U8
    vehicle_reasons: dict[int, ReasonCode]


_ScanKey = tuple[str | None, int, Window, int]
"""Site, when the goods are ready, promised window, and the position to stay behind."""


@dataclass
class _Look:
    """One look at the plan for one item, with what was found out on the way."""

    item: ServiceItem
    facts: _ItemFacts
    wanted: Wanted
    scans: dict[_ScanKey, tuple[RoutedWork, Scan]]
    start_s: int | None = None
    """To start with others: at that second."""
    apart_from: tuple[int, ...] = ()
    """Vehicles that do not count: those who do the others."""
    sources: dict[str, Source | ReasonCode] = field(default_factory=dict)


class Finder:
    """Finds the alternatives of one contract's items at one moment.

    Parameters
    ----------
    now_s
        The moment the plan can still be changed from; nothing departs or is picked before.
    asked_s
        The moment that windows like "within the hour" are counted from.
    wish
        What a counter-offer asks of the promises: their end, modes and level.
    by_source
        Find the same promise from each site and by each carrier or desk, not only the cheapest of them.
    only_wished
        Of an item that asks for a level, look at this level alone.
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
        by_source: bool = False,
        wish: Wish = NO_WISH,
        only_wished: bool = False,
    ) -> None:
        self._contract, self._instance, self._wish = contract, instance, wish
        self._routes, self._availability = routes, availability
        self._now_s, self._asked_s, self._by_source = now_s, asked_s, by_source
        self._only_wished = only_wished
        self._policy = instance.catalogue.policy
        self._fees = Fees(instance.catalogue)
        self._fee_by_class: dict[tuple[str, float, float, int], int] = {}
        self._kept: dict[str, Source] = {}
        self._facts: dict[str, _ItemFacts] = {}
        self._scans: dict[Hashable, dict[_ScanKey, tuple[RoutedWork, Scan]]] = {}
        self._explained: dict[Hashable, dict[str, ReasonCode]] = {}

    def find(
        self, item: ServiceItem, wanted: Wanted, *, routed: Hashable = ()
    ) -> tuple[list[Alternative], tuple[Refusal, ...]]:
        """The cheapest alternative per promise, in the order of the policy, and what is impossible.

        Parameters
        ----------
        routed
            Names what is in the routes on trial: with the same name they are the same, and what
            was found out about them is not asked again.
        """
        scans = self._scans.setdefault((item.item_id, routed), {})
        look = _Look(item, self._facts_of(item), wanted, scans)
        found: dict[Hashable, Alternative] = {}
        refusals: list[Refusal] = []
        for level, mode in self._ways(item, wanted):
            tally, num_found = Tally(), 0
            for alternative in self._find_one_way(look, level, mode, tally):
                num_found += 1
                key = alternative.source_key if self._by_source else alternative.promise_key
                known = found.get(key)
                if known is None or alternative.cost_units < known.cost_units:
                    found[key] = alternative
            if not num_found:
                way = {"mode": mode, "service_level_id": level.service_level_id}
                reasons = tally.counts() or _one(ReasonCode.NO_RESOURCE, example_id=mode)
                refusals.append(Refusal(item_id=item.item_id, reasons=reasons, **way))
        if not found and not refusals:
            reasons = _one(ReasonCode.KIND_NOT_PLANNED, example_id=item.kind)
            refusals.append(Refusal(item_id=item.item_id, reasons=reasons))
        return [self._valued(each) for each in found.values()], tuple(refusals)

    def _valued(self, alternative: Alternative) -> Alternative:
        """With its fee and its CO2."""
        return replace(alternative, fee=self._fee(alternative), co2_mg=self._co2_mg(alternative))

    def _fee(self, alternative: Alternative) -> int:
        """Looked up anew for each place, level and begin of a window only."""
        place, opens_s = alternative.item.place, alternative.window[0]
        key = (alternative.level.service_level_id, place.lat, place.lon, opens_s)
        if key not in self._fee_by_class:
            opens = self._instance.horizon.instant(opens_s)
            self._fee_by_class[key] = self._fees.fee(alternative.level, place, opens=opens)
        return self._fee_by_class[key]

    def _co2_mg(self, alternative: Alternative) -> int:
        if alternative.mode is Mode.CARRIER:
            return 1000 * self._policy.co2_g_per_parcel
        insertion = alternative.insertion
        if insertion is None:
            return 0
        per_km = self._policy.co2_g_per_km.get(self._instance.vehicles[insertion.vehicle_idx].kind, 0)
        return per_km * self._routes.added_metres(
            insertion.work.request,
            vehicle_idx=insertion.vehicle_idx,
            pickup_after=insertion.pickup_after,
            delivery_after=insertion.delivery_after,
        )

    def _ways(self, item: ServiceItem, wanted: Wanted) -> Iterator[tuple[ServiceLevel, Mode]]:
        """Levels and modes that could be asked about: goods have many, a service has its own."""
        kinds = {item.kind, *item.also}
        asked = GOODS_KINDS if kinds & GOODS_KINDS else kinds
        promise = wanted.promise
        kind = None if wanted.vehicle_idx is None else self._instance.vehicles[wanted.vehicle_idx].kind.value
        for level in self._levels(item, asked):
            for mode in level.modes:
                if promise is not None and (promise.service_level_id, promise.mode) != (level.service_level_id, mode):
                    continue
                if kind in (None, mode.value) and KINDS_BY_MODE[mode] & asked:
                    yield level, mode

    def _levels(self, item: ServiceItem, asked: Collection[ServiceItemKind]) -> tuple[ServiceLevel, ...]:
        """The level that is wished for, if it can do such items; else every level."""
        own = item.sla.service_level_id if self._only_wished else None
        wished = self._policy.service_level(own or self._wish.service_level_id or "")
        if wished is not None and any(KINDS_BY_MODE[mode] & set(asked) for mode in wished.modes):
            return (wished,)
        return self._policy.service_levels

    def _find_one_way(self, look: _Look, level: ServiceLevel, mode: Mode, tally: Tally) -> Iterator[Alternative]:
        if not self._may_be_done_by(mode, look.item):
            tally.rule_out(look.item.item_id, ReasonCode.METHOD_NOT_WANTED)
        elif mode is Mode.PICKUP:
            yield from self._at_counters(look, level, tally)
        elif mode is Mode.CARRIER:
            yield from self._by_carriers(look, level, tally)
        elif mode is Mode.REMOTE:
            yield from self._at_desks(look, level, tally)
        elif mode is Mode.DIGITAL:
            yield from self._sent(look, level, tally)
        else:
            yield from self._by_mobiles(look, level, mode, tally)

    def _may_be_done_by(self, mode: Mode, item: ServiceItem) -> bool:
        return mode not in self._wish.unwanted_modes and bool(KINDS_BY_MODE[mode] & {item.kind, *item.also})

    def find_at(
        self, item: ServiceItem, wanted: Wanted, start_s: int, *, apart_from: Iterable[int], routed: Hashable
    ) -> list[Alternative]:
        """The cheapest alternative per promise whose service starts at that second, with others.

        Parameters
        ----------
        wanted
            Its window is that of the others. A level with slots may promise it, whichever its own are.
        apart_from
            The vehicles that do the others.
        """
        apart = tuple(sorted(apart_from))
        scans = self._scans.setdefault((item.item_id, routed, start_s, apart), {})
        look = _Look(item, self._facts_of(item), wanted, scans, start_s=start_s, apart_from=apart)
        found: dict[PromiseKey, Alternative] = {}
        for level, mode in self._ways(item, wanted):
            if not self._may_be_done_by(mode, item) or mode not in _TRAVELLING:
                continue
            windows = self._windows_with_others(look, level)
            for source, window in self._sources_and_windows(look, mode, windows, Tally()):
                alternative = self._by_best_mobile(look, level, mode, source, window=window)
                if alternative is not None:
                    known = found.get(alternative.promise_key)
                    if known is None or alternative.cost_units < known.cost_units:
                        found[alternative.promise_key] = alternative
        return [self._valued(each) for each in found.values()]

    def starting_at(self, alternative: Alternative, start_s: int) -> Alternative | None:
        """The same, but so that its service starts at that second; None if its site is closed before."""
        window = (start_s, start_s)
        work = routed_work(self._contract, alternative.item, alternative.source, window=window, instance=self._instance)
        if work is None or alternative.insertion is None:
            return None
        return replace(alternative, insertion=replace(alternative.insertion, work=work), start_s=start_s)

    def keep(self, item_id: str, source: Source) -> None:
        """Say that an item's goods are picked, or are to be, at a site: there they need not be picked again."""
        self._kept[item_id] = source

    def num_eligible(self, item: ServiceItem) -> int:
        """How many vehicles may do an item, whatever their routes."""
        return int(self._facts_of(item).eligible.sum())

    # -- facts

    def _facts_of(self, item: ServiceItem) -> _ItemFacts:
        if item.item_id not in self._facts:
            self._facts[item.item_id] = self._find_facts(item)
        return self._facts[item.item_id]

    def _find_facts(self, item: ServiceItem) -> _ItemFacts:
        catalogue = self._instance.catalogue
        demands = self._contract.demands_of(item)
        skus = tuple(catalogue.sku_by_id[demand.sku_id] for demand in demands)
        site_reasons, sites = {}, []
        for site in catalogue.sites:
            if site.site_id in catalogue.unavailable_ids:
                site_reasons[site.site_id] = ReasonCode.OUT_OF_ORDER
            elif (reason := site_reason(site, item, skus)) is None:
                sites.append((crow_flies_m(site.place, item.place), site))
            else:
                site_reasons[site.site_id] = reason
        reasons = {
            r: reason
            for r, vehicle in enumerate(self._instance.vehicles)
            if (reason := mobile_reason(vehicle, item, catalogue)) is not None
        }
        eligible = np.ones(len(self._instance.vehicles), dtype=np.uint8)
        eligible[list(reasons)] = 0
        sites.sort(key=lambda each: (each[0], each[1].site_id))
        return _ItemFacts(demands, skus, tuple(sites), site_reasons, eligible, reasons)

    # -- sources

    def _sources(self, look: _Look, tally: Tally, *, kind: ResourceKind | None) -> Iterator[tuple[Site, Source]]:
        """Sites that have the goods, nearest first, within the radius that they deliver in."""
        tally.total = len(self._instance.catalogue.sites)
        tally.reasons.update(look.facts.site_reasons)
        for distance_m, site in look.facts.sites:
            if kind is not None and distance_m > _reach_m(site, kind, look.item):
                tally.rule_out(site.site_id, ReasonCode.OUT_OF_RADIUS)
            elif kind is None and not site.counter_places:
                tally.rule_out(site.site_id, ReasonCode.NO_COUNTER)
            elif isinstance(source := self._source(look, site), ReasonCode):
                tally.rule_out(site.site_id, source)
            elif kind in _FETCHING and self._instance.opening_span(site.site_id, source.ready_s) is None:
                tally.rule_out(site.site_id, ReasonCode.SITE_CLOSED)
            else:
                yield site, source

    def _source(self, look: _Look, site: Site) -> Source | ReasonCode:
        """Asked once a look, whatever the level and mode."""
        if site.site_id not in look.sources:
            look.sources[site.site_id] = self._find_source(look, site)
        return look.sources[site.site_id]

    def _find_source(self, look: _Look, site: Site) -> Source | ReasonCode:
        if not self._availability.has_stock(site.site_id, look.facts.demands):
            return ReasonCode.NO_STOCK
        kept = self._kept.get(look.item.item_id)
        if kept is not None and kept.site == site:
            return kept
        # In a plan of many contracts some ask later than the moment that it can be changed from.
        from_s = max(self._now_s, self._asked_s)
        picked = self._availability.picking(site, len(look.item.demand_ids), from_s=from_s)
        if picked is not None:
            return Source(site, *picked)
        closed = self._instance.opening_span(site.site_id, self._now_s) is None
        return ReasonCode.SITE_CLOSED if closed else ReasonCode.PICKING_FULL

    # -- windows

    def _windows(self, look: _Look, level: ServiceLevel) -> Iterator[Window]:
        """What a level with windows of its own may promise, inside the item's limit."""
        if look.wanted.promise is not None:
            yield self._window_of(look.wanted.promise)
            return
        limits = self._limits(look)
        for earliest, latest in level_windows(level, self._instance, asked_s=self._asked_s):
            for low, high in limits:
                window = (max(earliest, low), min(latest, high)) if level.within is not None else (earliest, latest)
                if low <= window[0] <= window[1] <= high and look.wanted.window in (None, window):
                    yield window

    def _windows_with_others(self, look: _Look, level: ServiceLevel) -> list[Window]:
        """The others' window, if a level may promise it: its own windows, or any if it has slots."""
        own = list(self._windows(look, level))
        window = look.wanted.window
        if own or window is None or level.slot_duration is None or look.wanted.promise is not None:
            return [each for each in own if window in (None, each)]
        return [window] if any(low <= window[0] and window[1] <= high for low, high in self._limits(look)) else []

    def _limits(self, look: _Look) -> list[Window]:
        """A promised window has to lie within one of these; what is over is left out."""
        low = max(self._asked_s, look.wanted.not_before_s)
        horizon, wished = self._instance.horizon, self._wish.latest_end
        high = NEVER if wished is None else horizon.seconds(wished)
        limits = [(horizon.seconds_up(each.earliest), horizon.seconds(each.latest)) for each in look.item.sla.windows]
        cut = ((max(low, earliest), min(high, latest)) for earliest, latest in limits or [(low, high)])
        return [(earliest, latest) for earliest, latest in cut if earliest <= latest]

    def _window_of(self, promise: Promise) -> Window:
        seconds = self._instance.horizon.seconds
        return seconds(promise.window.earliest), seconds(promise.window.latest)

    # -- riders, vans, technicians

    def _by_mobiles(self, look: _Look, level: ServiceLevel, mode: Mode, tally: Tally) -> Iterator[Alternative]:
        windows = list(self._windows(look, level))
        if not windows:
            tally.rule_out(look.item.item_id, self._outside(look))
            return
        tried: list[tuple[Source, Window]] = []
        num_found = 0
        for source, window in self._sources_and_windows(look, mode, windows, tally):
            tried.append((source, window))
            alternative = self._by_best_mobile(look, level, mode, source, window=window)
            if alternative is not None:
                num_found += 1
                yield alternative
        if tried and not num_found:
            # The nearest site and the last window stand for all that were tried.
            self._tally_mobiles(look, level, ResourceKind(mode.value), tried[0][0], window=tried[-1][1], tally=tally)

    def _sources_and_windows(
        self, look: _Look, mode: Mode, windows: Sequence[Window], tally: Tally
    ) -> Iterator[tuple[Source, Window]]:
        """Goods come from the nearest sites that have them; what is collected goes to one; a technician brings none."""
        if mode is Mode.TECHNICIAN:
            yield from ((Source(None, window[0]), window) for window in windows)
        elif look.item.kind is ServiceItemKind.COLLECTION:
            pairs = ((site, window) for _, site in look.facts.sites for window in windows)
            found = ((self._taking_in(site, window, tally), window) for site, window in pairs)
            fitting = ((source, window) for source, window in found if source is not None)
            yield from islice(fitting, MAX_SOURCES * len(windows))
        else:
            sources = islice(self._sources(look, tally, kind=ResourceKind(mode.value)), MAX_SOURCES)
            yield from ((source, window) for _, source in sources for window in windows)

    def _taking_in(self, site: Site, window: Window, tally: Tally) -> Source | None:
        """A site that takes in what is collected in a window, on the day on which it is open next."""
        tally.total = len(self._instance.catalogue.sites)
        day = self._instance.day_at_site(site.site_id, window[0])
        if day is None:
            tally.rule_out(site.site_id, ReasonCode.SITE_CLOSED)
            return None
        use = self._availability.returned(site, self._instance.local_instant(day, MIDNIGHT))
        if use is None:
            tally.rule_out(site.site_id, ReasonCode.RETURNS_FULL)
            return None
        return Source(site, window[0], (use,))

    def _outside(self, look: _Look) -> ReasonCode:
        """Why no window of a level can be promised."""
        return ReasonCode.PRECEDENCE if look.wanted.not_before_s > self._asked_s else ReasonCode.OUTSIDE_LIMIT

    def _by_best_mobile(
        self, look: _Look, level: ServiceLevel, mode: Mode, source: Source, *, window: Window
    ) -> Alternative | None:
        scanned = self._scan(look, source, window)
        if scanned is None:
            return None
        work, scan = scanned
        span = self._instance.vehicles_of(ResourceKind(mode.value))
        if look.wanted.vehicle_idx is not None:
            span = slice(look.wanted.vehicle_idx, look.wanted.vehicle_idx + 1)
        r = span.start + int(np.argmin(scan.cost[span])) if span.stop > span.start else None
        if r is None or scan.cost[r] >= NEVER:
            return None
        insertion = Insertion(r, work, int(scan.pickup_after[r]), int(scan.delivery_after[r]))
        cost_units = int(scan.cost[r]) + self._handling_units(look.item, mode)
        return Alternative(
            look.item, mode, level, window, source, source.uses, cost_units, insertion, start_s=look.start_s
        )

    def _scan(self, look: _Look, source: Source, window: Window) -> tuple[RoutedWork, Scan] | None:
        """All vehicles at once: riders and vans of one level share the scan, and bundles with the same routes."""
        behind = look.wanted.behind
        key = (source.site.site_id if source.site else None, source.ready_s, window, behind)
        if key not in look.scans:
            start = window if look.start_s is None else (look.start_s, look.start_s)
            work = routed_work(self._contract, look.item, source, window=start, instance=self._instance)
            if work is None:
                return None
            eligible = look.facts.eligible.copy()
            eligible[list(look.apart_from)] = 0
            look.scans[key] = work, self._routes.scan(work.request, eligible=eligible, now=self._now_s, behind=behind)
        return look.scans[key]

    def _tally_mobiles(
        self, look: _Look, level: ServiceLevel, kind: ResourceKind, source: Source, *, window: Window, tally: Tally
    ) -> None:
        """Sites are there, so it is the vehicles that count: those in radius, or the one it must be."""
        scanned, wished = self._scan(look, source, window), look.wanted.vehicle_idx
        way = (look.item.item_id, level.service_level_id, kind, wished)
        if scanned is None:
            return
        if way not in self._explained:  # once is enough: it costs more than the search itself
            span = self._instance.vehicles_of(kind)
            near = in_radius(self._routes, range(span.start, span.stop), source.site, kind, now=self._now_s)
            reasons = look.facts.vehicle_reasons | reason_by_vehicle(
                self._routes, *scanned, eligible=look.facts.eligible, now=self._now_s, behind=look.wanted.behind
            )
            self._explained[way] = {
                self._instance.vehicles[r].resource_id: reasons[r] for r in (near if wished is None else [wished])
            }
        tally.total, tally.reasons = 0, self._explained[way]

    def _handling_units(self, item: ServiceItem, mode: Mode) -> int:
        policy = self._policy
        return COST_UNITS * (len(item.demand_ids) * policy.picking_per_line + policy.handling_per_item[mode])

    # -- desks, and what is only sent

    def _at_desks(self, look: _Look, level: ServiceLevel, tally: Tally) -> Iterator[Alternative]:
        catalogue = self._instance.catalogue
        tally.total = len(catalogue.desks)
        windows = list(self._windows(look, level))
        for desk in catalogue.desks:
            if (reason := desk_reason(desk, look.item, catalogue)) is not None:
                tally.rule_out(desk.resource_id, reason)
                continue
            found = [self._at_desk(look, level, desk, window) for window in windows]
            yield from (each for each in found if each is not None)
            if not any(found):
                closed = self._instance.opening_span(desk.resource_id, self._now_s) is None
                full = ReasonCode.DESK_CLOSED if closed else ReasonCode.DESK_FULL
                tally.rule_out(desk.resource_id, full if windows else self._outside(look))

    def _at_desk(self, look: _Look, level: ServiceLevel, desk: Desk, window: Window) -> Alternative | None:
        duration_s = seconds_of(look.item.service_duration)
        from_s = max(window[0], self._now_s)  # and before the slot's end: then it is the next one's
        session = self._availability.session(desk, from_s=from_s, latest_s=window[1] - 1, duration_s=duration_s)
        if session is None:
            return None
        start_s, buckets = session
        instant = self._instance.horizon.instant
        uses = tuple(use_of(CapacityKind.DESK, desk.resource_id, instant(bucket), 1) for bucket in buckets)
        cost_units = self._handling_units(look.item, Mode.REMOTE)
        source = Source(None, window[0])
        return Alternative(
            look.item, Mode.REMOTE, level, window, source, uses, cost_units, performer=desk, start_s=start_s
        )

    def _sent(self, look: _Look, level: ServiceLevel, tally: Tally) -> Iterator[Alternative]:
        cost_units = self._handling_units(look.item, Mode.DIGITAL)
        windows = list(self._windows(look, level))
        if not windows:
            tally.rule_out(look.item.item_id, self._outside(look))
        for window in windows:
            yield Alternative(look.item, Mode.DIGITAL, level, window, Source(None, window[0]), (), cost_units)

    # -- counters

    def _at_counters(self, look: _Look, level: ServiceLevel, tally: Tally) -> Iterator[Alternative]:
        num_found = 0
        for site, source in self._sources(look, tally, kind=None):
            window = self._pickup_window(look, site, source.ready_s)
            if window is None:
                tally.rule_out(site.site_id, self._outside(look))
                continue
            places = self._availability.counter(site, earliest_s=window[0], latest_s=window[1])
            if places is None:
                tally.rule_out(site.site_id, ReasonCode.COUNTER_FULL)
                continue
            cost_units = self._handling_units(look.item, Mode.PICKUP)
            yield Alternative(look.item, Mode.PICKUP, level, window, source, source.uses + places, cost_units)
            num_found += 1
            if num_found == (MAX_SOURCES if self._by_source else 1):
                return  # the nearest till: one farther off would be no better to anybody

    def _pickup_window(self, look: _Look, site: Site, ready_s: int) -> Window | None:
        promise = look.wanted.promise
        if promise is not None:
            window = self._window_of(promise)
            here = place_key(promise.place) == place_key(site.place)
            return window if here and ready_s <= window[0] else None
        limits = self._limits(look)
        return next((each for limit in limits if (each := self._waiting(site, ready_s, limit)) is not None), None)

    def _waiting(self, site: Site, ready_s: int, limit: Window) -> Window | None:
        """How long goods wait for their customer at a counter, within a limit."""
        low, high = limit
        span = self._instance.opening_span(site.site_id, max(ready_s, low))
        if span is None:
            return None
        spread = lead_time_quantile(self._policy.pickup_confidence, self._policy.residual_cv[Mode.PICKUP])
        surely_ready = self._asked_s + math.ceil((ready_s - self._asked_s) * spread)
        earliest = max(surely_ready, ready_s, low, span[0])
        latest = min(earliest + seconds_of(self._policy.pickup_hold), span[1], high)
        return (earliest, latest) if earliest <= latest else None

    # -- carriers

    def _by_carriers(self, look: _Look, level: ServiceLevel, tally: Tally) -> Iterator[Alternative]:
        catalogue = self._instance.catalogue
        reasons = {
            each.resource_id: reason
            for each in catalogue.carriers
            if (reason := carrier_reason(each, look.item, look.facts.skus, catalogue)) is not None
        }
        carriers = [each for each in catalogue.carriers if each.resource_id not in reasons]
        most = MAX_SOURCES if self._by_source else 1  # the tariff does not depend on the site: the nearest will do
        found = self._sources(look, tally, kind=ResourceKind.CARRIER) if carriers else ()
        sources = [source for _, source in islice(found, most)]
        if sources or not carriers:  # then it is the carriers that count
            tally.total, tally.reasons = len(catalogue.carriers), reasons
        for source in sources:
            for carrier in carriers:
                alternative = self._by_carrier(look, level, carrier, source, tally=tally)
                if alternative is not None:
                    yield alternative

    def _by_carrier(
        self, look: _Look, level: ServiceLevel, carrier: Carrier, source: Source, *, tally: Tally
    ) -> Alternative | None:
        instance, place = self._instance, look.item.place
        zone = zone_of(carrier, place, instance)
        if carrier.zones and zone is None:
            tally.rule_out(carrier.resource_id, ReasonCode.OUT_OF_ZONE)
            return None
        reasons = []
        for day in islice(dispatch_days(carrier, source.ready_s, instance), MAX_DISPATCH_DAYS):
            window = arrival(carrier, place, day, instance)
            if not self._may_promise(look, window):
                reasons.append(self._late_reason(look, carrier, source))
                continue
            parcel = self._availability.parcel(carrier, zone, instance.local_instant(day, MIDNIGHT))
            if parcel is not None:
                cost_units = COST_UNITS * tariff(carrier, look.item, instance)
                cost_units += self._handling_units(look.item, Mode.CARRIER)
                uses = source.uses + parcel
                return Alternative(look.item, Mode.CARRIER, level, window, source, uses, cost_units, performer=carrier)
            reasons.append(ReasonCode.QUOTA_FULL)
        full = ReasonCode.QUOTA_FULL in reasons
        tally.rule_out(carrier.resource_id, ReasonCode.QUOTA_FULL if full else reasons[0])
        return None

    def _late_reason(self, look: _Look, carrier: Carrier, source: Source) -> ReasonCode:
        """Why no parcel of those goods comes when it may: picked in the morning, would it have come?"""
        instance = self._instance
        midnight_s = instance.local_seconds(instance.local_date(source.ready_s), MIDNIGHT)
        first = next(dispatch_days(carrier, midnight_s, instance))
        missed = source.ready_s > instance.local_seconds(first, carrier.cut_off)
        would_do = missed and self._may_promise(look, arrival(carrier, look.item.place, first, instance))
        return ReasonCode.CUT_OFF_MISSED if would_do else self._outside(look)

    def _may_promise(self, look: _Look, window: Window) -> bool:
        promise = look.wanted.promise
        if promise is not None and self._window_of(promise) != window:
            return False
        return any(low <= window[0] and window[1] <= high for low, high in self._limits(look))


def _one(code: ReasonCode, *, example_id: str) -> tuple[ReasonCount, ...]:
    return (ReasonCount(code=code, count=1, total=1, example_id=example_id),)


def level_windows(level: ServiceLevel, instance: Instance, *, asked_s: int) -> Iterator[Window]:
    """What a level may promise that has windows of its own, in their order."""
    if level.within is not None:
        yield asked_s, asked_s + level.within // timedelta(seconds=1)
    if level.slot_duration is not None:
        slot_s = seconds_of(level.slot_duration)
        midnight = instance.local_seconds(instance.local_date(asked_s), MIDNIGHT)
        first = (asked_s - midnight) // slot_s + 1
        for n in range(first, first + level.num_slots):
            yield midnight + n * slot_s, midnight + (n + 1) * slot_s


def _reach_m(site: Site, kind: ResourceKind, item: ServiceItem) -> int:
    """How far a site delivers an item by a kind of resource."""
    radius_m = site.radius_m.get(kind)
    return NEVER if radius_m is None else radius_m + item.constraint.extra_radius_m


def routed_work(
    contract: Contract, item: ServiceItem, source: Source, *, window: Window, instance: Instance
) -> RoutedWork | None:
    """An item's visits as the kernels want them; None if its site does not open again."""
    key = (contract.contract_id, item.item_id)
    at_customer = (
        instance.node(item.place),
        instance.place_idx(item.place),
        *window,
        seconds_of(item.service_duration),
        instance.customer_setup_s(item.place),
    )
    site = source.site
    if site is None:
        request = Request(NO_VISIT, 0, 0, 0, 0, 0, *at_customer, load_row(item.load))
        return RoutedWork(key, request, (Stop(VisitKind.SERVICE, item.place, True),))
    from_s = max(source.ready_s, _least_pickup(item, window[0], seconds_of(site.handover_duration)))
    span = instance.opening_span(site.site_id, from_s)
    if span is None:
        return None
    closes_s = span[1]
    if item.kind is ServiceItemKind.COLLECTION:  # its place among the returns is one of that day
        closes_s = min(closes_s, instance.midnight_after_s(max(from_s, span[0])))
    at_site = (
        instance.node(site.place),
        instance.place_idx(site.place),
        max(from_s, span[0]),
        closes_s - 1,
        seconds_of(site.handover_duration),
        seconds_of(site.setup_duration),
    )
    if item.kind is ServiceItemKind.COLLECTION:
        request = _in_time(Request(*at_customer, *at_site, load_row(item.load)), item)
        return RoutedWork(
            key, request, (Stop(VisitKind.PICKUP, item.place, True), Stop(VisitKind.DELIVERY, site.place, False))
        )
    request = _in_time(Request(*at_site, *at_customer, load_row(item.load)), item)
    return RoutedWork(
        key, request, (Stop(VisitKind.PICKUP, site.place, False), Stop(VisitKind.DELIVERY, item.place, True))
    )


def _least_pickup(item: ServiceItem, delivery_s: int, service_s: int) -> int:
    """When goods may come on board at the earliest, so that they need not wait there for the delivery's window."""
    return 0 if item.max_on_board is None else delivery_s - item.max_on_board // timedelta(seconds=1) - service_s


def _in_time(request: Request, item: ServiceItem) -> Request:
    """The request of goods that may be on board for so long only."""
    if item.max_on_board is None:
        return request
    least = _least_pickup(item, request.delivery_earliest, request.pickup_service)
    return request._replace(
        pickup_earliest=max(request.pickup_earliest, least), max_on_board=item.max_on_board // timedelta(seconds=1)
    )

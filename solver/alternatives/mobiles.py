"""Riders, vans and technicians: the best place in the routes as they stand."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from models.contract import ServiceItemKind
from models.policy import ServiceLevel
from models.promise import Mode
from models.resource import ResourceKind
from solver.alternatives.alternative import Alternative, Insertion, Source, Window
from solver.alternatives.handling import handling_units
from solver.alternatives.look import Look
from solver.alternatives.reasons import in_radius, reason_by_vehicle
from solver.alternatives.routed_work import routed_work
from solver.alternatives.sources import MAX_SOURCES, sources, taking_in
from solver.alternatives.tally import Tally
from solver.alternatives.windows import outside_reason, windows, windows_with_others
from solver.kernels.arrays import NEVER, U8
from solver.live_routes import RoutedWork, Scan


def by_mobiles(look: Look, level: ServiceLevel, mode: Mode, tally: Tally) -> Iterator[Alternative]:
    promisable = list(windows(look, level))
    if not promisable:
        tally.rule_out(look.item.item_id, outside_reason(look))
        return
    tried: list[tuple[Source, Window]] = []
    num_found = 0
    for source, window in sources_and_windows(look, mode, promisable, tally):
        tried.append((source, window))
        alternative = _by_best_mobile(look, level, mode, source, window=window)
        if alternative is not None:
            num_found += 1
            yield alternative
    if tried and not num_found:
        # The nearest site and the last window stand for all that were tried.
        _tally_mobiles(look, level, ResourceKind(mode.value), tried[0][0], window=tried[-1][1], tally=tally)


def by_mobiles_with_others(look: Look, level: ServiceLevel, mode: Mode) -> Iterator[Alternative]:
    """The same, but starting with others; nobody asks why not."""
    for source, window in sources_and_windows(look, mode, windows_with_others(look, level), Tally()):
        alternative = _by_best_mobile(look, level, mode, source, window=window)
        if alternative is not None:
            yield alternative


def sources_and_windows(
    look: Look, mode: Mode, promisable: Sequence[Window], tally: Tally
) -> Iterator[tuple[Source, Window]]:
    """Goods come from the nearest sites that have them; what is collected goes to one; a technician brings none."""
    if mode is Mode.TECHNICIAN:
        yield from ((Source(None, window[0]), window) for window in promisable)
    elif look.item.kind is ServiceItemKind.COLLECTION:
        pairs = ((site, window) for _, site in look.facts.sites for window in promisable)
        found = ((taking_in(look, site, window, tally=tally), window) for site, window in pairs)
        fitting = ((source, window) for source, window in found if source is not None)
        yield from islice(fitting, MAX_SOURCES * len(promisable))
    else:
        nearest = islice(sources(look, tally, kind=ResourceKind(mode.value)), MAX_SOURCES)
        yield from ((source, window) for _, source in nearest for window in promisable)


def _by_best_mobile(
    look: Look, level: ServiceLevel, mode: Mode, source: Source, *, window: Window
) -> Alternative | None:
    scanned = _scan(look, source, window)
    if scanned is None:
        return None
    work, scan = scanned
    span = look.inquiry.instance.vehicles_of(ResourceKind(mode.value))
    if look.wanted.vehicle_idx is not None:
        span = slice(look.wanted.vehicle_idx, look.wanted.vehicle_idx + 1)
    r = span.start + int(np.argmin(scan.cost[span])) if span.stop > span.start else None
    if r is None or scan.cost[r] >= NEVER:
        return None
    insertion = Insertion(r, work, int(scan.pickup_after[r]), int(scan.delivery_after[r]))
    cost_units = int(scan.cost[r]) + handling_units(look, mode)
    return Alternative(look.item, mode, level, window, source, source.uses, cost_units, insertion, start_s=look.start_s)


def _scan(look: Look, source: Source, window: Window) -> tuple[RoutedWork, Scan] | None:
    """All vehicles at once: riders and vans of one level share the scan, and bundles with the same routes."""
    inquiry, behind = look.inquiry, look.wanted.behind
    key = (source.site.site_id if source.site else None, source.ready_s, window, behind)
    if key not in look.scans:
        start = window if look.start_s is None else (look.start_s, look.start_s)
        work = routed_work(inquiry.contract, look.item, source, window=start, instance=inquiry.instance)
        if work is None:
            return None
        scan = inquiry.routes.scan(work.request, eligible=_asked(look), now=inquiry.now_s, behind=behind)
        look.scans[key] = work, scan
    return look.scans[key]


def _asked(look: Look) -> U8:
    """[R]: 1 for who may do it; if it is promised, in the mode that it is promised by."""
    asked, promise = look.facts.eligible.copy(), look.wanted.promise
    asked[list(look.apart_from)] = 0
    if promise is not None:
        span = look.inquiry.instance.vehicles_of(ResourceKind(promise.mode.value))
        asked[: span.start] = asked[span.stop :] = 0
    return asked


def _tally_mobiles(
    look: Look, level: ServiceLevel, kind: ResourceKind, source: Source, *, window: Window, tally: Tally
) -> None:
    """Sites are there, so it is the vehicles that count: those in radius, or the one it must be."""
    scanned, wished = _scan(look, source, window), look.wanted.vehicle_idx
    way = (look.item.item_id, level.service_level_id, kind, wished)
    if scanned is None:
        return
    if way not in look.explained:  # once is enough: it costs more than the search itself
        inquiry = look.inquiry
        vehicles, now_s = inquiry.instance.vehicles, inquiry.now_s
        span = inquiry.instance.vehicles_of(kind)
        near = in_radius(inquiry.routes, range(span.start, span.stop), source.site, kind, now=now_s)
        reasons = look.facts.vehicle_reasons | reason_by_vehicle(
            inquiry.routes, *scanned, eligible=_asked(look), now=now_s, behind=look.wanted.behind
        )
        look.explained[way] = {vehicles[r].resource_id: reasons[r] for r in (near if wished is None else [wished])}
    tally.total, tally.reasons = 0, look.explained[way]

"""Which constraint rules out a vehicle or technician, and which of them are worth counting.

Counted are those *in radius*: a site that delivers 5 km far by riders counts the riders who are
within 5 km of it. Each counts once, under the first of the load, goods on board that the item's
must not travel with, the item's window and its bound on board whose removal alone would let the
vehicle take the item: what a planner has to change. If not even the removal of all of them does,
it is the shift. The kernel's own answer, what the position that got furthest failed at, would
hide a full vehicle behind a window missed at another position of its route; it is given where
only several removals together help.
"""

import numpy as np
from numpy.typing import NDArray

from models.plan import ReasonCode
from models.resource import ResourceKind, Site
from solver.geometry import crow_flies_m
from solver.kernels.arrays import NEVER, U8, Request
from solver.kernels.insertion import KEPT_APART, LOAD_FULL, ON_BOARD_TOO_LONG, SHIFT_OVER, UNREACHABLE, WINDOW_MISSED
from solver.live_routes import LiveRoutes, RoutedWork, Scan

_NO_END_S = 2**30
"""Later than every shift. NEVER would not go together with durations of 32 bits where kernels run uncompiled."""

_REASON_BY_STAGE = {
    UNREACHABLE: ReasonCode.UNREACHABLE,
    LOAD_FULL: ReasonCode.LOAD_FULL,
    KEPT_APART: ReasonCode.KEPT_APART,
    WINDOW_MISSED: ReasonCode.WINDOW_MISSED,
    ON_BOARD_TOO_LONG: ReasonCode.ON_BOARD_TOO_LONG,
    SHIFT_OVER: ReasonCode.SHIFT_OVER,
}


def in_radius(routes: LiveRoutes, vehicles: range, site: Site | None, kind: ResourceKind, *, now: int) -> list[int]:
    """Those who are now, or at their last stop before, within the radius of the site; all, if nobody is."""
    radius_m = None if site is None else site.radius_m.get(kind)
    if site is None or radius_m is None:
        return list(vehicles)
    near = [r for r in vehicles if crow_flies_m(routes.whereabouts(r, now=now), site.place) <= radius_m]
    return near or list(vehicles)


def reason_by_vehicle(
    routes: LiveRoutes, work: RoutedWork, scanned: Scan, *, eligible: U8, now: int, behind: int
) -> dict[int, ReasonCode]:
    """For every eligible vehicle that cannot take the work, the constraint to blame.

    Parameters
    ----------
    scanned
        What the kernel found for this work.
    """
    refused = np.flatnonzero((eligible > 0) & (scanned.cost >= NEVER))
    without = [
        (ReasonCode.LOAD_FULL, work.request._replace(load=np.zeros_like(work.request.load))),
        (ReasonCode.WINDOW_MISSED, _at_any_later_time(work)),
    ]
    if work.request.apart:
        without.insert(1, (ReasonCode.KEPT_APART, work.request._replace(apart=0)))
    if work.request.max_on_board < NEVER:
        without.append((ReasonCode.ON_BOARD_TOO_LONG, work.request._replace(max_on_board=NEVER)))

    def fits(request: Request) -> NDArray[np.bool_]:
        return routes.scan(request, eligible=eligible, now=now, behind=behind).cost < NEVER

    helps = [(code, fits(request)) for code, request in without]
    free = np.zeros_like(work.request.load)
    unbound = fits(
        work.request._replace(
            pickup_latest=_NO_END_S, delivery_latest=_NO_END_S, load=free, max_on_board=NEVER, apart=0
        )
    )
    return {
        int(r): next((code for code, fitting in helps if fitting[r]), _last_reason(int(scanned.reason[r]), unbound[r]))
        for r in refused
    }


def _last_reason(stage: int, fits_unbound: np.bool_) -> ReasonCode:
    """Where nothing helps alone: what not even helps together with all others is the shift."""
    if fits_unbound or stage == UNREACHABLE:
        return _REASON_BY_STAGE[stage]
    return ReasonCode.SHIFT_OVER


def _at_any_later_time(work: RoutedWork) -> Request:
    """The request without a latest start at the customer."""
    if len(work.stops) > 1 and work.stops[0].at_customer:
        return work.request._replace(pickup_latest=_NO_END_S)
    return work.request._replace(delivery_latest=_NO_END_S)

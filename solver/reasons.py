"""Which constraint rules out a vehicle or technician, and which of them are worth counting.

Counted are those *in radius*: a site that delivers 5 km far by riders counts the riders who are
within 5 km of it. Each counts once, under the first of the load, the window and the shift
whose removal alone would let it take the item: what a planner has to change. The kernel's own
answer, how far the best position got, says which of them a position failed at last; it would
hide a full vehicle behind a window missed at another position of its route.
"""

import numpy as np

from models.plan import ReasonCode
from models.resource import ResourceKind, Site
from solver.geometry import crow_flies_m
from solver.kernels.arrays import NEVER, U8, Request
from solver.kernels.insertion import LOAD_FULL, ON_BOARD_TOO_LONG, SHIFT_OVER, UNREACHABLE, WINDOW_MISSED
from solver.live_routes import LiveRoutes, RoutedWork, Scan

_REASON_BY_STAGE = {
    UNREACHABLE: ReasonCode.UNREACHABLE,
    LOAD_FULL: ReasonCode.LOAD_FULL,
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
    if work.request.max_on_board < NEVER:
        without.append((ReasonCode.ON_BOARD_TOO_LONG, work.request._replace(max_on_board=NEVER)))
    helps = [
        (code, routes.scan(request, eligible=eligible, now=now, behind=behind).cost < NEVER)
        for code, request in without
    ]
    return {
        int(r): next((code for code, fits in helps if fits[r]), _REASON_BY_STAGE[int(scanned.reason[r])])
        for r in refused
    }


def _at_any_later_time(work: RoutedWork) -> Request:
    """The request without a latest start at the customer."""
    if len(work.stops) > 1 and work.stops[0].at_customer:
        return work.request._replace(pickup_latest=NEVER)
    return work.request._replace(delivery_latest=NEVER)

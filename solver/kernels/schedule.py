"""When a route's visits happen, and how much later they could.

A vehicle leaves as late as it can without starting a service later: it waits where it is, so
that whatever has not been departed for can still change. In traffic that is the last second from which
it is there in time. A visit is *started* once its
vehicle has departed for it; a break is started when it begins.

References
----------
Savelsbergh, M. W. P. (1992). The vehicle routing problem with time windows: minimizing route
duration. ORSA Journal on Computing 4(2). doi:10.1287/ijoc.4.2.146
"""

from solver.kernels.arrays import (
    END_PLACE,
    FIRST_BREAK,
    I64,
    NEVER,
    OPEN_END,
    START_PLACE,
    Fleet,
    Routes,
    Travel,
    Visits,
)
from solver.kernels.compiling import compiled, inlined, inner, merged
from solver.kernels.traffic import arrive_at, leave_from

UNKNOWN = -1
"""Seconds of a leg that has to be looked up."""


@merged
def leg_seconds(
    travel: Travel, profile: int, a_node: int, a_place: int, b_node: int, b_place: int, b_setup: int
) -> int:
    """Travel and set-up from a to b; negative if there is no way. An open end is everywhere."""
    if b_node == OPEN_END or a_place == b_place:
        return 0
    seconds = travel.duration[profile, a_node, b_node]
    if seconds < 0:
        return -1
    return seconds + b_setup


@merged
def leg_metres(travel: Travel, profile: int, a_node: int, a_place: int, b_node: int, b_place: int) -> int:
    """Metres from a to b, which must be reachable."""
    if b_node == OPEN_END or a_place == b_place:
        return 0
    return travel.distance[profile, a_node, b_node]


@merged
def setup_at(visits: Visits, routes: Routes, r: int, k: int) -> int:
    if k > routes.length[r]:
        return 0
    return visits.setup[routes.visit[r, k]]


@inner
def end_at(fleet: Fleet, visits: Visits, routes: Routes, r: int, k: int) -> int:
    """When the vehicle is free to leave position k."""
    if k == 0:
        return fleet.shift_start[r]
    return routes.start[r, k] + visits.service[routes.visit[r, k]]


@inner
def start_from(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, k: int, departure: int) -> int:
    """When service at position k, whose leg is known, can start if the position before is left at `departure`.

    Without traffic that is `departure + leg_s`; where it is asked often, this is not called for that.
    """
    seconds = routes.leg_s[r, k]
    if travel.traffic.shape[2] == 0 or seconds == 0:
        return departure + seconds
    profile = fleet.profile[r]
    here, there = routes.node[r, k - 1], routes.node[r, k]
    arrival = arrive_at(
        travel.traffic, travel.border, profile, here, there, departure, travel.duration[profile, here, there]
    )
    return arrival + setup_at(visits, routes, r, k)


@inner
def leave_by(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, k: int, start: int) -> int:
    """When the position before k has to be left at the latest, for service at k to start by then."""
    seconds = routes.leg_s[r, k]
    if travel.traffic.shape[2] == 0 or seconds == 0:
        return start - seconds
    profile = fleet.profile[r]
    here, there = routes.node[r, k - 1], routes.node[r, k]
    arrival = start - setup_at(visits, routes, r, k)
    return leave_from(
        travel.traffic, travel.border, profile, here, there, arrival, travel.duration[profile, here, there]
    )


@compiled
def last_started(routes: Routes, r: int, now: int) -> int:
    """The last position that the vehicle has departed for at `now`; 0 if none."""
    k = 0
    while k < routes.length[r] and routes.start[r, k + 1] - routes.leg_s[r, k + 1] <= now:
        k += 1
    return k


@compiled
def count_started(routes: Routes, now: int, first: I64) -> None:
    """`last_started` of every route, into `first` [R]."""
    for r in range(first.shape[0]):
        first[r] = last_started(routes, r, now)


@compiled
def is_idle(visits: Visits, routes: Routes, r: int) -> bool:
    """Whether a route has no visit but breaks."""
    for k in range(1, routes.length[r] + 1):
        if visits.place[routes.visit[r, k]] > FIRST_BREAK:
            return False
    return True


@merged
def link(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, k: int) -> bool:
    """Compute place, the leg that leads to position k and the load behind it; False if there is no way."""
    if k == 1:
        routes.node[r, 0], routes.place[r, 0] = fleet.start_node[r], START_PLACE
    a_node, a_place = routes.node[r, k - 1], routes.place[r, k - 1]
    profile = fleet.profile[r]
    if k > routes.length[r]:
        b_node, b_place, setup = fleet.end_node[r], END_PLACE, 0
    else:
        visit = routes.visit[r, k]
        b_node, b_place, setup = visits.node[visit], visits.place[visit], visits.setup[visit]
        if b_place <= FIRST_BREAK:
            b_node = a_node
    routes.node[r, k], routes.place[r, k] = b_node, b_place
    for d in range(visits.load.shape[1]):
        added = visits.load[routes.visit[r, k], d] if k <= routes.length[r] else 0
        routes.load[r, k, d] = routes.load[r, k - 1, d] + added
    if b_place <= FIRST_BREAK:
        routes.leg_s[r, k] = routes.leg_m[r, k] = 0
        return True
    seconds = leg_seconds(travel, profile, a_node, a_place, b_node, b_place, setup)
    if seconds < 0:
        return False
    routes.leg_s[r, k] = seconds
    routes.leg_m[r, k] = leg_metres(travel, profile, a_node, a_place, b_node, b_place)
    return True


@inner
def position_before(routes: Routes, r: int, visit: int, k: int) -> int:
    """Where a visit stands that is known to stand before position k."""
    while routes.visit[r, k - 1] != visit:
        k -= 1
    return k - 1


@inlined
def compute_slacks(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int) -> None:
    """The latest start of every position, from the end backwards.

    Goods that may not be on board for long have to be handed over soon after their pickup as it is
    planned now. Whatever delays the pickup as well could delay the delivery further: that is left out.
    """
    length, calm = routes.length[r], travel.traffic.shape[2] == 0
    routes.latest_start[r, length + 1] = fleet.shift_end[r]
    for k in range(length, 0, -1):
        visit = routes.visit[r, k]
        latest = visits.latest[visit]
        if visits.bound[visit] < NEVER:
            pickup = position_before(routes, r, visits.pickup[visit], k)
            latest = min(latest, end_at(fleet, visits, routes, r, pickup) + visits.bound[visit])
        left_by = routes.latest_start[r, k + 1] - routes.leg_s[r, k + 1]
        if not calm:
            left_by = leave_by(travel, fleet, visits, routes, r, k + 1, routes.latest_start[r, k + 1])
        slack = left_by - visits.service[visit]
        routes.latest_start[r, k] = min(latest, slack)


@inlined
def _start_early(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, now: int, first: int) -> bool:
    """Start every position behind `first` as early as it can; False if a window or a bound forbids it.

    Goods must not come on board so early that they wait there for longer than they may: then their
    pickup starts later, and what stands between again follows it. The starts only ever rise to
    what every schedule of this sequence needs, so the earliest of all schedules is found.
    """
    length, calm = routes.length[r], travel.traffic.shape[2] == 0
    least = routes.latest_start  # free until the slacks are computed
    for k in range(first + 1, length + 1):
        least[r, k] = visits.earliest[routes.visit[r, k]]
    feasible, raised, k = True, 0, first + 1
    while k <= length:
        visit = routes.visit[r, k]
        ready = max(end_at(fleet, visits, routes, r, k - 1), now)
        reached = ready + routes.leg_s[r, k] if calm else start_from(travel, fleet, visits, routes, r, k, ready)
        start = max(reached, least[r, k])
        routes.start[r, k] = start
        feasible = feasible and start <= visits.latest[visit]
        if visits.bound[visit] < NEVER:
            pickup = position_before(routes, r, visits.pickup[visit], k)
            wanted = start - visits.bound[visit] - visits.service[visits.pickup[visit]]
            if routes.start[r, pickup] < wanted:
                feasible = feasible and pickup > first and raised < length * length
                if feasible:
                    least[r, pickup], raised, k = wanted, raised + 1, pickup
                    continue
        k += 1
    return feasible


@inner
def mend(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, now: int, first: int) -> bool:
    """`refresh` of a route without breaks that was linked before `insert_visit` and `remove_visit` changed it.

    Only the legs that they left unknown are looked up.
    """
    length = routes.length[r]
    for k in range(first + 1, length + 2):
        if routes.leg_s[r, k] == UNKNOWN:
            if not link(travel, fleet, visits, routes, r, k):
                return False
        else:
            for d in range(visits.load.shape[1]):
                added = visits.load[routes.visit[r, k], d] if k <= length else 0
                routes.load[r, k, d] = routes.load[r, k - 1, d] + added
    return _timed(travel, fleet, visits, routes, r, now, first)


@compiled
def refresh(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, now: int, first: int) -> bool:
    """Recompute route r after its sequence changed behind position `first`.

    Positions up to `first` keep their start; every later one starts as early as it can,
    departing at `now` at the earliest. Returns False, with the arrays in disorder, if a window, the shift,
    a bound or a missing way forbids the sequence; loads are computed, not judged.
    """
    length = routes.length[r]
    for k in range(first + 1, length + 2):
        if not link(travel, fleet, visits, routes, r, k):
            return False
    return _timed(travel, fleet, visits, routes, r, now, first)


@inlined
def _timed(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, now: int, first: int) -> bool:
    """Starts, the end and slacks of a route whose legs are known; False if something is too late."""
    length = routes.length[r]
    feasible = _start_early(travel, fleet, visits, routes, r, now, first)
    routes.start[r, length + 1] = end_at(fleet, visits, routes, r, length) + routes.leg_s[r, length + 1]
    if travel.traffic.shape[2]:
        _time_legs(travel, fleet, visits, routes, r, first)
    compute_slacks(travel, fleet, visits, routes, r)
    if fleet.max_span[r] < NEVER and feasible:
        feasible = _span(travel, fleet, visits, routes, r) <= fleet.max_span[r]
    return feasible and routes.start[r, length + 1] <= fleet.shift_end[r]


@inner
def _time_legs(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, first: int) -> None:
    """What the legs behind `first` and the way to the end really take, in traffic and with the starts as they are."""
    length = routes.length[r]
    ready = end_at(fleet, visits, routes, r, length)
    routes.start[r, length + 1] = start_from(travel, fleet, visits, routes, r, length + 1, ready)
    for k in range(first + 1, length + 1):
        start = routes.start[r, k]
        routes.leg_s[r, k] = start - leave_by(travel, fleet, visits, routes, r, k, start)
    routes.leg_s[r, length + 1] = routes.start[r, length + 1] - ready


@inner
def _span(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int) -> int:
    """The least time from leaving the start to the end, both windows and waiting considered.

    Leaving later first eats up waiting, up to the point where a window closes. In traffic it also changes
    the way, so there nothing is left later than it is planned.
    """
    length = routes.length[r]
    if length == 0:
        return 0
    if travel.traffic.shape[2]:
        return routes.start[r, length + 1] - routes.start[r, 1] + routes.leg_s[r, 1]
    return _calm_span(fleet, visits, routes, r)


@inner
def _calm_span(fleet: Fleet, visits: Visits, routes: Routes, r: int) -> int:
    """The span of a route with visits, if its legs always take what they take now."""
    length = routes.length[r]
    departure = routes.start[r, 1] - routes.leg_s[r, 1]
    waited, least = 0, NEVER
    for k in range(1, length + 1):
        if k > 1:
            waited += routes.start[r, k] - routes.leg_s[r, k] - end_at(fleet, visits, routes, r, k - 1)
        least = min(least, waited + visits.latest[routes.visit[r, k]] - routes.start[r, k])
    return routes.start[r, length + 1] - departure - min(waited, least)


@compiled
def relink(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int) -> bool:
    """Recompute everything but the starts, which are facts read from a published route."""
    length = routes.length[r]
    for k in range(1, length + 2):
        if not link(travel, fleet, visits, routes, r, k):
            return False
    routes.start[r, length + 1] = end_at(fleet, visits, routes, r, length) + routes.leg_s[r, length + 1]
    if travel.traffic.shape[2]:
        _time_legs(travel, fleet, visits, routes, r, 0)
    compute_slacks(travel, fleet, visits, routes, r)
    return True


@compiled
def insert_visit(routes: Routes, r: int, i: int, visit: int) -> None:
    """Put one visit behind position i; the legs to it and from it are unknown until they are linked."""
    for k in range(routes.length[r] + 1, i, -1):
        _move(routes, r, k, k + 1)
    routes.visit[r, i + 1] = visit
    routes.leg_s[r, i + 1] = routes.leg_s[r, i + 2] = UNKNOWN
    routes.length[r] += 1


@compiled
def insert_pair(routes: Routes, r: int, i: int, j: int, pickup: int, delivery: int) -> None:
    """Put the pickup behind position i and the delivery behind position j >= i (old numbering)."""
    insert_visit(routes, r, j, delivery)
    insert_visit(routes, r, i, pickup)


@compiled
def remove_visit(routes: Routes, r: int, visit: int) -> int:
    """Take one visit out; returns the position it had, 0 if it was not there."""
    for k in range(1, routes.length[r] + 1):
        if routes.visit[r, k] == visit:
            for following in range(k, routes.length[r] + 1):
                _move(routes, r, following + 1, following)
            routes.leg_s[r, k] = UNKNOWN
            routes.length[r] -= 1
            return k
    return 0


@merged
def _move(routes: Routes, r: int, k: int, to: int) -> None:
    """What is known of a position without those around it moves along; starts, loads and slacks are computed anew."""
    routes.visit[r, to], routes.node[r, to], routes.place[r, to] = (
        routes.visit[r, k],
        routes.node[r, k],
        routes.place[r, k],
    )
    routes.leg_s[r, to], routes.leg_m[r, to] = routes.leg_s[r, k], routes.leg_m[r, k]


@compiled
def route_totals(routes: Routes, visits: Visits, r: int) -> tuple[int, int]:
    """Metres, and seconds of travel, set-up and service, of a whole route."""
    metres = 0
    seconds = 0
    if is_idle(visits, routes, r):
        return metres, seconds
    for k in range(1, routes.length[r] + 2):
        metres += routes.leg_m[r, k]
        seconds += routes.leg_s[r, k]
        if routes.place[r, k] >= 0:
            seconds += visits.service[routes.visit[r, k]]
    return metres, seconds


@compiled
def overtime_seconds(fleet: Fleet, visits: Visits, routes: Routes, r: int) -> int:
    """How long a route goes on behind the end of its shift as it was before anybody extended it."""
    if is_idle(visits, routes, r):
        return 0
    return max(0, routes.start[r, routes.length[r] + 1] - fleet.regular_end[r])


@compiled
def route_cost(fleet: Fleet, routes: Routes, visits: Visits, r: int) -> int:
    """Unrounded cost of a route, in COST_UNITS."""
    if is_idle(visits, routes, r):
        return 0
    metres, seconds = route_totals(routes, visits, r)
    overtime = overtime_seconds(fleet, visits, routes, r) * fleet.cost_overtime[r]
    waiting = waiting_seconds(fleet, visits, routes, r, seconds) * fleet.cost_wait[r]
    return fleet.cost_use[r] + metres * fleet.cost_m[r] + seconds * fleet.cost_s[r] + overtime + waiting


@compiled
def waiting_seconds(fleet: Fleet, visits: Visits, routes: Routes, r: int, work: int) -> int:
    """How long a route of so much work waits in all if it leaves as late as nothing suffers; 0 where that is free."""
    if fleet.cost_wait[r] == 0 or is_idle(visits, routes, r):
        return 0
    waiting = _calm_span(fleet, visits, routes, r) - work
    for k in range(1, routes.length[r] + 1):
        if routes.place[r, k] <= FIRST_BREAK:
            waiting -= visits.service[routes.visit[r, k]]
    return waiting

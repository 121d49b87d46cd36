"""The cheapest place for one pickup and delivery in every route: the scan behind each quote.

For every pair of positions feasibility is decided in O(1) per step from the cached slacks:
the pickup delays what follows, the delay is carried forward until the delivery, and behind it
`latest_start` answers for the whole rest of the route. Visits in a row at one place are one
stop, and nothing from elsewhere goes between them: items of one visit stay together.

A break goes where its vehicle stands. What is put right before it takes it along, to a place of
its own; the way on then leads from there, and is looked up behind the break.

What time alone rules out is skipped before any travel is looked up, and what the delivery adds
behind a position is looked up once, not once per pair. Overtime is no part of these costs.

Where a vehicle's waiting is paid, or its span bounded, the route is timed anew for each pair of positions that
could be the cheapest: from the pickup to the delivery step by step, and what is before and behind is known
from one pass over the route. A detour may save waiting, so such a pair counts as possibly cheaper by all of it.

In traffic, times are exact too. Costs are not: a leg is priced for the time at which it would be driven, but
what later legs cost if they are driven later is left out, and behind a delivery the way on is priced as if
nothing before it had been delayed; and waiting is left out. What a change really costs shows when it is done.

References
----------
Savelsbergh, M. W. P. (1992). doi:10.1287/ijoc.4.2.146
"""

from solver.kernels.arrays import (
    FIRST_BREAK,
    I32,
    I64,
    NEVER,
    NO_VISIT,
    OPEN_END,
    Fleet,
    Request,
    Routes,
    Travel,
    Visits,
)
from solver.kernels.compiling import compiled, inlined, inner, merged
from solver.kernels.schedule import end_at, is_idle, leg_seconds, setup_at, start_from
from solver.kernels.traffic import leave_for, start_after

# Why a vehicle cannot take the request, the furthest that any pair of positions got.
FITS = 0
UNREACHABLE = 1
LOAD_FULL = 2
KEPT_APART = 3
WINDOW_MISSED = 4
ON_BOARD_TOO_LONG = 5
SHIFT_OVER = 6

# Per position j, what a delivery behind it takes.
TO_DELIVERY = 0
"""Seconds of travel and set-up from j to the delivery."""
LATEST_END = 1
"""When the delivery has to be done for the rest of the route to keep its times; -NEVER: not possible."""
COST_OF_REST = 2
"""Cost of the way from the delivery on, less that of the leg today."""
COST_OF_DETOUR = 3
"""The same with the way from j to the delivery; NEVER: not possible."""
CHEAPEST_DETOUR = 4
"""Least cost of a detour at j or behind."""
# Per position k of a route whose waiting or span matters. Work is travel, set-up, service and breaks here.
WORK_TO = 5
"""Seconds of work from leaving the start to the end of service at k."""
LEAVE_BY = 6
"""When the start has to be left at the latest, by the windows up to k."""
WORK_FROM = 7
"""Seconds of work from the start of service at k to the end of the route."""
END_FROM = 8
"""When the route ends at the earliest, by the windows from k on."""
START_BY = 9
"""When service at k has to start at the latest, by the windows from k on."""
NUM_DETOURS = 10

TOO_LONG = 2 * NEVER
"""Dearer than every limit: the span would be longer than it may."""


@merged
def _seconds(duration: I32, profile: int, a_node: int, a_place: int, b_node: int, b_place: int, b_setup: int) -> int:
    """`leg_seconds` on the bare table: a named tuple in an inner loop costs more than the look-up."""
    if b_node == OPEN_END or a_place == b_place:
        return 0
    seconds = duration[profile, a_node, b_node]
    if seconds < 0:
        return -1
    return seconds + b_setup


@merged
def _metres(distance: I32, profile: int, a_node: int, a_place: int, b_node: int, b_place: int) -> int:
    if b_node == OPEN_END or a_place == b_place:
        return 0
    return distance[profile, a_node, b_node]


@merged
def _seconds_to(
    duration_to: I32, profile: int, a_node: int, a_place: int, b_node: int, b_place: int, b_setup: int
) -> int:
    """The same from the table by destination; b is a visit and no end."""
    if a_place == b_place:
        return 0
    seconds = duration_to[profile, b_node, a_node]
    if seconds < 0:
        return -1
    return seconds + b_setup


@merged
def _metres_to(distance_to: I32, profile: int, a_node: int, a_place: int, b_node: int, b_place: int) -> int:
    if a_place == b_place:
        return 0
    return distance_to[profile, b_node, a_node]


@merged
def _obstacle(load: I64, r: int, k: int, request_load: I64, capacity: I64, apart: int) -> int:
    """Why the load cannot join what is on board behind position k; FITS if it can."""
    for d in range(request_load.shape[0]):
        if request_load[d] > 0 and load[r, k, d] + request_load[d] > capacity[r, d]:
            return LOAD_FULL
    if apart:
        for d in range(load.shape[2]):
            if apart >> d & 1 and load[r, k, d] > 0:
                return KEPT_APART
    return FITS


@merged
def _fits_from(load: I64, r: int, first: int, length: int, request_load: I64, capacity: I64, apart: int) -> int:
    """The first position from which on it fits to the end of the route; behind the end if nowhere."""
    loaded = apart != 0
    for d in range(request_load.shape[0]):
        loaded = loaded or request_load[d] > 0
    if not loaded:
        return first
    k = length
    while k >= first and _obstacle(load, r, k, request_load, capacity, apart) == FITS:
        k -= 1
    return k + 1


@merged
def _behind_breaks(place: I64, r: int, k: int) -> int:
    """The first position from k on that is no break."""
    while place[r, k] <= FIRST_BREAK:
        k += 1
    return k


@inner
def _latest_before_breaks(
    sequence: I64, earliest: I64, latest: I64, service: I64, r: int, k: int, m: int, latest_end: int
) -> int:
    """When the breaks at positions from k up to m have to begin, so that the last is over by `latest_end`."""
    for b in range(m - 1, k - 1, -1):
        each = sequence[r, b]
        latest_end = min(latest_end - service[each], latest[each])
        if latest_end < earliest[each]:
            return -NEVER
    return latest_end


@inner
def _spent(
    traffic: I64, border: I64, profile: int, a_node: int, b_node: int, start: int, seconds: int, setup: int
) -> int:
    """What a leg really takes whose service is to start then."""
    return start - leave_for(traffic, border, profile, a_node, b_node, start, seconds, setup)


@inlined
def _delivery_detours(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    duration: I32,
    distance: I32,
    duration_to: I32,
    distance_to: I32,
    sequence: I64,
    node: I64,
    place: I64,
    leg_s: I64,
    leg_m: I64,
    latest_start: I64,
    r: int,
    length: int,
    profile: int,
    cost_m: int,
    cost_s: int,
    low: int,
    ready: int,
    d_node: int,
    d_place: int,
    d_setup: int,
    d_earliest: int,
    d_latest: int,
    d_service: int,
    detours: I64,
) -> int:
    """Look up what the delivery adds behind each position from `low` on; returns the last one that time allows."""
    setup, earliest, latest, service = visits.setup, visits.earliest, visits.latest, visits.service
    traffic, border = travel.traffic, travel.border
    calm = traffic.shape[2] == 0
    high = low
    for j in range(low, length + 1):
        if j > low:
            visit = sequence[r, j]
            arrival = ready + leg_s[r, j] if calm else start_from(travel, fleet, visits, routes, r, j, ready)
            ready = max(arrival, earliest[visit]) + service[visit]
            if ready > d_latest:
                break
        high = j
        detours[j, LATEST_END], detours[j, COST_OF_DETOUR] = -NEVER, NEVER
        b_node, b_place = node[r, j], place[r, j]
        if b_place == place[r, j + 1] and d_place != b_place:
            continue  # a stop is not torn apart
        b_to_d = _seconds_to(duration_to, profile, b_node, b_place, d_node, d_place, d_setup)
        m, from_place = j + 1, d_place
        if place[r, m] <= FIRST_BREAK:
            m, from_place = _behind_breaks(place, r, m), FIRST_BREAK
        m_setup = setup[sequence[r, m]] if m <= length else 0
        d_to_m = _seconds(duration, profile, d_node, from_place, node[r, m], place[r, m], m_setup)
        if d_to_m >= 0:
            latest_end, to_s, on_s = latest_start[r, m] - d_to_m, b_to_d, d_to_m
            if not calm:
                m_node = node[r, m]
                latest_end = leave_for(traffic, border, profile, d_node, m_node, latest_start[r, m], d_to_m, m_setup)
                begin = ready
                if b_to_d >= 0:
                    begin = start_after(traffic, border, profile, b_node, d_node, ready, b_to_d, d_setup)
                begin = max(begin, d_earliest)
                if b_to_d >= 0:
                    to_s = _spent(traffic, border, profile, b_node, d_node, begin, b_to_d, d_setup)
                begin = start_after(traffic, border, profile, d_node, m_node, begin + d_service, d_to_m, m_setup)
                begin = max(begin, earliest[sequence[r, m]]) if m <= length else begin
                on_s = _spent(traffic, border, profile, d_node, m_node, begin, d_to_m, m_setup)
            if m > j + 1:
                latest_end = _latest_before_breaks(sequence, earliest, latest, service, r, j + 1, m, latest_end)
            metres = _metres(distance, profile, d_node, from_place, node[r, m], place[r, m]) - leg_m[r, m]
            rest = metres * cost_m + (on_s - leg_s[r, m]) * cost_s
            detours[j, LATEST_END], detours[j, COST_OF_REST] = latest_end, rest
            if b_to_d >= 0:
                metres = _metres_to(distance_to, profile, b_node, b_place, d_node, d_place)
                detours[j, TO_DELIVERY] = b_to_d
                detours[j, COST_OF_DETOUR] = rest + metres * cost_m + to_s * cost_s
    detours[high + 1, CHEAPEST_DETOUR] = NEVER
    for j in range(high, low - 1, -1):
        detours[j, CHEAPEST_DETOUR] = min(detours[j, COST_OF_DETOUR], detours[j + 1, CHEAPEST_DETOUR])
    return high


@inner
def _lay_times(visits: Visits, routes: Routes, r: int, detours: I64) -> int:
    """Fill in the rows from WORK_TO on; returns how long the route waits today, on leaving as late as it can."""
    length = routes.length[r]
    detours[0, WORK_TO], detours[0, LEAVE_BY] = 0, NEVER
    for k in range(1, length + 1):
        visit = routes.visit[r, k]
        work = detours[k - 1, WORK_TO] + routes.leg_s[r, k]
        detours[k, LEAVE_BY] = min(detours[k - 1, LEAVE_BY], visits.latest[visit] - work)
        detours[k, WORK_TO] = work + visits.service[visit]
    detours[length + 1, WORK_FROM], detours[length + 1, END_FROM], detours[length + 1, START_BY] = 0, -NEVER, NEVER
    for k in range(length, 0, -1):
        visit = routes.visit[r, k]
        to_next = visits.service[visit] + routes.leg_s[r, k + 1]
        detours[k, WORK_FROM] = to_next + detours[k + 1, WORK_FROM]
        detours[k, END_FROM] = max(detours[k + 1, END_FROM], visits.earliest[visit] + detours[k, WORK_FROM])
        detours[k, START_BY] = min(visits.latest[visit], detours[k + 1, START_BY] - to_next)
    if is_idle(visits, routes, r):
        return 0
    work = detours[length, WORK_TO] + routes.leg_s[r, length + 1]
    return max(routes.start[r, length + 1] - detours[length, LEAVE_BY] - work, 0)


@inner
def _cost_of_time(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    request: Request,
    r: int,
    i: int,
    j: int,
    now: int,
    detours: I64,
    waiting: int,
    cost_wait: int,
) -> int:
    """What the change of `waiting` costs if the request goes behind positions i and j; TOO_LONG by the longest span.

    What may not be on board for long could have to start later still.
    """
    profile = fleet.profile[r]
    node, place = routes.node[r, i], routes.place[r, i]
    ready = max(end_at(fleet, visits, routes, r, i), now)
    work, leave = detours[i, WORK_TO], detours[i, LEAVE_BY]
    k, picked_up, delivered = i, request.pickup_node == NO_VISIT, False
    while not delivered or routes.place[r, k + 1] <= FIRST_BREAK:
        if not picked_up:
            picked_up = True
            to_node, to_place, setup = request.pickup_node, request.pickup_place, request.pickup_setup
            earliest, latest, service = request.pickup_earliest, request.pickup_latest, request.pickup_service
        elif k == j and not delivered:
            delivered = True
            to_node, to_place, setup = request.delivery_node, request.delivery_place, request.delivery_setup
            earliest, latest, service = request.delivery_earliest, request.delivery_latest, request.delivery_service
        else:
            k += 1
            visit = routes.visit[r, k]
            to_node, to_place, setup = visits.node[visit], visits.place[visit], visits.setup[visit]
            earliest, latest, service = visits.earliest[visit], visits.latest[visit], visits.service[visit]
            if to_place <= FIRST_BREAK:
                to_node = node
        seconds = 0 if to_place <= FIRST_BREAK else leg_seconds(travel, profile, node, place, to_node, to_place, setup)
        work += seconds
        leave = min(leave, latest - work)
        ready, work = max(ready + seconds, earliest) + service, work + service
        node, place = to_node, to_place
    k += 1
    to_next = leg_seconds(
        travel, profile, node, place, routes.node[r, k], routes.place[r, k], setup_at(visits, routes, r, k)
    )
    leave = min(leave, detours[k, START_BY] - work - to_next)
    to_end = to_next + detours[k, WORK_FROM]
    end, work = max(ready + to_end, detours[k, END_FROM]), work + to_end
    waits = max(end - leave - work, 0)
    if work + waits > fleet.max_span[r]:
        return TOO_LONG
    return (waits - waiting) * cost_wait


@inlined
def best_visit_in_route(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    request: Request,
    r: int,
    first: int,
    now: int,
    limit: int,
    detours: I64,
) -> tuple[int, int, int]:
    """Cost in COST_UNITS, position and reason of the cheapest insertion of one visit that costs less than `limit`.

    What it takes on board stays there to the end.
    """
    profile, calm = fleet.profile[r], travel.traffic.shape[2] == 0
    length = routes.length[r]
    node, place = request.delivery_node, request.delivery_place
    idle, cost_wait = is_idle(visits, routes, r), fleet.cost_wait[r] if calm else 0
    timed = cost_wait > 0 or fleet.max_span[r] < NEVER
    waiting = _lay_times(visits, routes, r, detours) if timed else 0
    used = fleet.cost_use[r] if idle else 0
    best, best_i, reason = NEVER, -1, UNREACHABLE
    low = _fits_from(routes.load, r, first, length, request.load, fleet.capacity, request.apart)
    if low > first:
        reason = _obstacle(routes.load, r, low - 1, request.load, fleet.capacity, request.apart)
    if now > fleet.shift_end[r]:
        low, reason = length + 1, SHIFT_OVER
    for i in range(low, length + 1):
        a_node, a_place = routes.node[r, i], routes.place[r, i]
        if a_place == routes.place[r, i + 1] and place != a_place:
            continue  # a stop is not torn apart
        m, from_place = i + 1, place
        if routes.place[r, m] <= FIRST_BREAK:
            m, from_place = _behind_breaks(routes.place, r, m), FIRST_BREAK
        b_node, b_place = routes.node[r, m], routes.place[r, m]
        ready = max(end_at(fleet, visits, routes, r, i), now)
        setup = setup_at(visits, routes, r, m)
        to_s = _seconds_to(travel.duration_to, profile, a_node, a_place, node, place, request.delivery_setup)
        on_s = _seconds(travel.duration, profile, node, from_place, b_node, b_place, setup)
        if to_s < 0 or on_s < 0:
            continue
        reached, latest_end = ready + to_s, routes.latest_start[r, m] - on_s
        if not calm:
            reached = start_after(
                travel.traffic, travel.border, profile, a_node, node, ready, to_s, request.delivery_setup
            )
            latest_end = leave_for(
                travel.traffic, travel.border, profile, node, b_node, routes.latest_start[r, m], on_s, setup
            )
        start = max(reached, request.delivery_earliest)
        if start > request.delivery_latest:
            reason = max(reason, WINDOW_MISSED)
            break  # every later position is later still
        if m > i + 1:
            latest_end = _latest_before_breaks(
                routes.visit, visits.earliest, visits.latest, visits.service, r, i + 1, m, latest_end
            )
        if start + request.delivery_service > latest_end:
            reason = max(reason, SHIFT_OVER if m > length else WINDOW_MISSED)
            continue
        metres = _metres_to(travel.distance_to, profile, a_node, a_place, node, place)
        metres += _metres(travel.distance, profile, node, from_place, b_node, b_place)
        if not calm:
            traffic, border, done = travel.traffic, travel.border, start + request.delivery_service
            then = start_after(traffic, border, profile, node, b_node, done, on_s, setup)
            then = max(then, visits.earliest[routes.visit[r, m]]) if m <= length else then
            to_s = _spent(traffic, border, profile, a_node, node, start, to_s, request.delivery_setup)
            on_s = _spent(traffic, border, profile, node, b_node, then, on_s, setup)
        seconds = to_s + on_s + request.delivery_service
        if not idle:  # the empty route's way from start to end is not paid
            metres -= routes.leg_m[r, m]
            seconds -= routes.leg_s[r, m]
        cost = used + metres * fleet.cost_m[r] + seconds * fleet.cost_s[r]
        if timed and cost - waiting * cost_wait < min(best, limit):
            cost += _cost_of_time(
                travel, fleet, visits, routes, request, r, i, i, now, detours, waiting, cost_wait
            )  # fmt: skip
            if cost > NEVER:
                reason = SHIFT_OVER
        if cost < best and cost < limit:
            best, best_i = cost, i
    if best_i >= 0:
        reason = FITS
    return best, best_i, reason


@compiled
def scan(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    request: Request,
    candidates: I64,
    num_candidates: int,
    first: I64,
    now: int,
    limit: int,
    cheapest_only: bool,
    cost: I64,
    pickup_after: I64,
    delivery_after: I64,
    reason: I64,
    detours: I64,
) -> None:
    """The cheapest feasible insertion into the routes of some vehicles, behind position `first` [R].

    Of a request of one visit, both positions are the one that it goes behind.

    Parameters
    ----------
    candidates
        Indices of vehicles, the first `num_candidates` of which are looked at.
    limit
        What costs as much or more does not count.
    cheapest_only
        Only the cheapest of all counts: what one vehicle costs is the limit for those behind it.
    cost, pickup_after, delivery_after, reason
        Results, [R] each, of the candidates. Cost is in COST_UNITS; the pickup goes behind position
        i, the delivery behind position j >= i, both in today's numbering; without one the limit
        that held (NEVER: it does not fit), -1, -1 and why.
    """
    if request.pickup_node == NO_VISIT:
        for n in range(num_candidates):
            r = candidates[n]
            best, i, why = best_visit_in_route(travel, fleet, visits, routes, request, r, first[r], now, limit, detours)
            cost[r], pickup_after[r], delivery_after[r], reason[r] = best if i >= 0 else limit, i, i, why
            if cheapest_only and i >= 0:
                limit = best
        return

    # Arrays are taken out of their tuples once: in the loops that would cost more than the work.
    duration, distance, duration_to, distance_to, traffic, border = travel
    calm = traffic.shape[2] == 0
    sequence, start, lengths, latest_start = routes.visit, routes.start, routes.length, routes.latest_start
    node, place, leg_s, leg_m = routes.node, routes.place, routes.leg_s, routes.leg_m
    load, capacity = routes.load, fleet.capacity
    setup, earliest, latest, service = visits.setup, visits.earliest, visits.latest, visits.service
    p_node, p_place, p_setup = request.pickup_node, request.pickup_place, request.pickup_setup
    d_node, d_place, d_setup = request.delivery_node, request.delivery_place, request.delivery_setup
    p_service, d_service, request_load = request.pickup_service, request.delivery_service, request.load
    p_earliest, p_latest = request.pickup_earliest, request.pickup_latest
    d_earliest, d_latest, max_on_board = request.delivery_earliest, request.delivery_latest, request.max_on_board
    apart = request.apart
    for n in range(num_candidates):
        r = candidates[n]
        cost[r], pickup_after[r], delivery_after[r] = NEVER, -1, -1
        if now > fleet.shift_end[r]:
            reason[r] = SHIFT_OVER
            continue

        # What time rules out, before any travel is looked up. A break may become later than it could be today.
        length, low, why = lengths[r], first[r], UNREACHABLE
        while low <= length and place[r, low + 1] > FIRST_BREAK and p_earliest + p_service > latest_start[r, low + 1]:
            low, why = low + 1, WINDOW_MISSED
        profile = fleet.profile[r]
        p_to_d = _seconds(duration, profile, p_node, p_place, d_node, d_place, d_setup)
        if low > length or p_to_d < 0:
            reason[r] = WINDOW_MISSED if low > length else UNREACHABLE
            continue
        latest_leave = d_latest - p_to_d
        if not calm:
            latest_leave = leave_for(traffic, border, profile, p_node, d_node, d_latest, p_to_d, d_setup)
        latest_pickup = min(p_latest, latest_leave - p_service)
        ready = fleet.shift_start[r] if low == 0 else start[r, low] + service[sequence[r, low]]
        if max(ready, now) > latest_pickup:
            reason[r] = WINDOW_MISSED
            continue

        cost_m, cost_s, cost_wait = fleet.cost_m[r], fleet.cost_s[r], fleet.cost_wait[r] if calm else 0
        timed = cost_wait > 0 or fleet.max_span[r] < NEVER
        waiting = _lay_times(visits, routes, r, detours) if timed else 0
        saved = waiting * cost_wait  # at most
        high = _delivery_detours(
            travel,
            fleet,
            visits,
            routes,
            duration,
            distance,
            duration_to,
            distance_to,
            sequence,
            node,
            place,
            leg_s,
            leg_m,
            latest_start,
            r,
            length,
            profile,
            cost_m,
            cost_s,
            low,
            ready,
            d_node,
            d_place,
            d_setup,
            d_earliest,
            d_latest,
            d_service,
            detours,
        )
        p_to_d_metres = _metres(distance, profile, p_node, p_place, d_node, d_place) * cost_m
        p_to_d_cost = p_to_d_metres + p_to_d * cost_s
        # Behind a break it is a stop of its own, also where the pickup is.
        again = d_setup if p_place == d_place else p_to_d
        again_cost = p_to_d_metres + again * cost_s
        fixed_cost = (p_service + d_service) * cost_s
        if is_idle(visits, routes, r):  # the way from start to end is not paid today
            fixed_cost += fleet.cost_use[r] + leg_m[r, length + 1] * cost_m + leg_s[r, length + 1] * cost_s
        best, best_i, best_j = limit, -1, -1
        cost[r] = limit
        for i in range(low, length + 1):
            ready = max(fleet.shift_start[r] if i == 0 else start[r, i] + service[sequence[r, i]], now)
            if ready > latest_pickup:
                why = max(why, WINDOW_MISSED)
                break
            a_node, a_place = node[r, i], place[r, i]
            if a_place == place[r, i + 1] and p_place != a_place:
                continue  # a stop is not torn apart
            a_to_p = _seconds_to(duration_to, profile, a_node, a_place, p_node, p_place, p_setup)
            if a_to_p < 0:
                continue
            obstacle = _obstacle(load, r, i, request_load, capacity, apart)
            if obstacle != FITS:
                why = max(why, obstacle)
                continue
            reached = ready + a_to_p
            if not calm:
                reached = start_after(traffic, border, profile, a_node, p_node, ready, a_to_p, p_setup)
            pickup_start = max(reached, p_earliest)
            if pickup_start > latest_pickup:  # the triangle inequality: behind later visits it is later still
                why = max(why, WINDOW_MISSED)
                continue
            pickup_end = pickup_start + p_service
            d_by = d_latest if max_on_board >= NEVER else min(d_latest, pickup_end + max_on_board)
            if not calm:
                a_to_p = _spent(traffic, border, profile, a_node, p_node, pickup_start, a_to_p, p_setup)
            pickup_cost = fixed_cost + a_to_p * cost_s
            pickup_cost += _metres_to(distance_to, profile, a_node, a_place, p_node, p_place) * cost_m

            # The delivery right behind the pickup.
            if detours[i, LATEST_END] > -NEVER:
                delivery_start = max(pickup_end + p_to_d, d_earliest)
                if not calm:
                    to_d = start_after(traffic, border, profile, p_node, d_node, pickup_end, p_to_d, d_setup)
                    delivery_start = max(to_d, d_earliest)
                    spent = _spent(traffic, border, profile, p_node, d_node, delivery_start, p_to_d, d_setup)
                    p_to_d_cost = p_to_d_metres + spent * cost_s
                if delivery_start > d_by:
                    why = max(why, ON_BOARD_TOO_LONG)
                elif delivery_start + d_service > detours[i, LATEST_END]:
                    why = max(why, SHIFT_OVER if i == length else WINDOW_MISSED)
                elif pickup_cost + p_to_d_cost + detours[i, COST_OF_REST] - saved < best:
                    total = pickup_cost + p_to_d_cost + detours[i, COST_OF_REST]
                    if timed:
                        total += _cost_of_time(
                            travel, fleet, visits, routes, request, r, i, i, now, detours, waiting, cost_wait
                        )  # fmt: skip
                    if total < best:
                        best, best_i, best_j = total, i, i
                    elif total > NEVER:
                        why = SHIFT_OVER

            # The delivery behind breaks that the pickup takes along.
            departure, m, from_place = pickup_end, i + 1, p_place
            while place[r, m] <= FIRST_BREAK and departure <= latest[sequence[r, m]]:
                from_place = FIRST_BREAK
                departure = max(departure, earliest[sequence[r, m]]) + service[sequence[r, m]]
                if m <= high and detours[m, LATEST_END] > -NEVER:
                    delivery_start = max(departure + again, d_earliest)
                    if not calm:
                        to_d = start_after(traffic, border, profile, p_node, d_node, departure, again, d_setup)
                        delivery_start = max(to_d, d_earliest)
                        spent = _spent(traffic, border, profile, p_node, d_node, delivery_start, again, d_setup)
                        again_cost = p_to_d_metres + spent * cost_s
                    if delivery_start > d_by:
                        why = max(why, WINDOW_MISSED if delivery_start > d_latest else ON_BOARD_TOO_LONG)
                    elif delivery_start + d_service > detours[m, LATEST_END]:
                        why = max(why, SHIFT_OVER if m == length else WINDOW_MISSED)
                    elif pickup_cost + again_cost + detours[m, COST_OF_REST] - saved < best:
                        total = pickup_cost + again_cost + detours[m, COST_OF_REST]
                        if timed:
                            total += _cost_of_time(
                                travel, fleet, visits, routes, request, r, i, m, now, detours, waiting, cost_wait
                            )  # fmt: skip
                        if total < best:
                            best, best_i, best_j = total, i, m
                        elif total > NEVER:
                            why = SHIFT_OVER
                m += 1
            if m > length:
                continue
            if place[r, m] <= FIRST_BREAK:
                why = max(why, WINDOW_MISSED)
                continue

            # The delivery further behind: carry the delay forward.
            p_to_m = _seconds(duration, profile, p_node, from_place, node[r, m], place[r, m], setup[sequence[r, m]])
            if p_to_m < 0:
                continue
            arrival = departure + p_to_m
            if not calm:
                m_setup, m_earliest = setup[sequence[r, m]], earliest[sequence[r, m]]
                m_node = node[r, m]
                arrival = start_after(traffic, border, profile, p_node, m_node, departure, p_to_m, m_setup)
                p_to_m = _spent(traffic, border, profile, p_node, m_node, max(arrival, m_earliest), p_to_m, m_setup)
            pickup_cost += (p_to_m - leg_s[r, m]) * cost_s
            metres = _metres(distance, profile, p_node, from_place, node[r, m], place[r, m]) - leg_m[r, m]
            pickup_cost += metres * cost_m
            for j in range(m, length + 1):
                if best < NEVER and (j > high or pickup_cost + detours[j, CHEAPEST_DETOUR] - saved >= best):
                    break
                if arrival > latest_start[r, j]:
                    why = max(why, WINDOW_MISSED)
                    break
                obstacle = _obstacle(load, r, j, request_load, capacity, apart)
                if obstacle != FITS:
                    why = max(why, obstacle)
                    break
                visit = sequence[r, j]
                departure = max(arrival, earliest[visit]) + service[visit]
                if departure > d_by or j > high:
                    why = max(why, WINDOW_MISSED if departure > d_latest or j > high else ON_BOARD_TOO_LONG)
                    break
                if detours[j, COST_OF_DETOUR] < NEVER:
                    delivery_start = max(departure + detours[j, TO_DELIVERY], d_earliest)
                    if not calm:
                        to_d = start_after(
                            traffic, border, profile, node[r, j], d_node, departure, detours[j, TO_DELIVERY], d_setup
                        )
                        delivery_start = max(to_d, d_earliest)
                    if delivery_start > d_by:
                        why = max(why, WINDOW_MISSED if delivery_start > d_latest else ON_BOARD_TOO_LONG)
                    elif delivery_start + d_service > detours[j, LATEST_END]:
                        why = max(why, SHIFT_OVER if j == length else WINDOW_MISSED)
                    elif pickup_cost + detours[j, COST_OF_DETOUR] - saved < best:
                        total = pickup_cost + detours[j, COST_OF_DETOUR]
                        if timed:
                            total += _cost_of_time(
                                travel, fleet, visits, routes, request, r, i, j, now, detours, waiting, cost_wait
                            )  # fmt: skip
                        if total < best:
                            best, best_i, best_j = total, i, j
                        elif total > NEVER:
                            why = SHIFT_OVER
                if calm:
                    arrival = departure + leg_s[r, j + 1]
                else:
                    arrival = start_from(travel, fleet, visits, routes, r, j + 1, departure)
        reason[r] = why
        if best_i >= 0:
            cost[r], pickup_after[r], delivery_after[r], reason[r] = best, best_i, best_j, FITS
            if cheapest_only:
                limit = best

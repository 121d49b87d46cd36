"""The cheapest place for one pickup and delivery in every route: the scan behind each quote.

For every pair of positions feasibility is decided in O(1) per step from the cached slacks:
the pickup delays what follows, the delay is carried forward until the delivery, and behind it
`latest_start` answers for the whole rest of the route. Visits in a row at one place are one
stop, and nothing from elsewhere goes between them: items of one visit stay together.

References
----------
Savelsbergh, M. W. P. (1992). doi:10.1287/ijoc.4.2.146
"""

from numba import njit

from solver.kernels.arrays import I64, NEVER, NO_VISIT, U8, Fleet, Request, Routes, Travel, Visits
from solver.kernels.schedule import end_at, last_started, leg_metres, leg_seconds, node_at, place_at, setup_at

# Why a vehicle cannot take the request, the furthest that any pair of positions got.
FITS = 0
UNREACHABLE = 1
LOAD_FULL = 2
WINDOW_MISSED = 3
SHIFT_OVER = 4


@njit(cache=True)
def _fits(load: I64, request_load: I64, capacity: I64) -> bool:
    for d in range(load.shape[0]):
        if request_load[d] > 0 and load[d] + request_load[d] > capacity[d]:
            return False
    return True


@njit(cache=True)
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
) -> tuple[int, int, int, int]:
    """As `best_in_route`, for a request of one visit; i and j are the same position."""
    profile = fleet.profile[r]
    length = routes.length[r]
    node, place = request.delivery_node, request.delivery_place
    used = fleet.cost_use[r] if length == 0 else 0
    best, best_i, reason = NEVER, -1, UNREACHABLE
    if now > fleet.shift_end[r]:
        return best, best_i, best_i, SHIFT_OVER
    for i in range(first, length + 1):
        a_node, a_place = node_at(fleet, visits, routes, r, i), place_at(visits, routes, r, i)
        b_node, b_place = node_at(fleet, visits, routes, r, i + 1), place_at(visits, routes, r, i + 1)
        if a_place == b_place and place != a_place:
            continue  # a stop is not torn apart
        ready = max(end_at(fleet, visits, routes, r, i), now)
        to_s = leg_seconds(travel, profile, a_node, a_place, node, place, request.delivery_setup)
        on_s = leg_seconds(travel, profile, node, place, b_node, b_place, setup_at(visits, routes, r, i + 1))
        if to_s < 0 or on_s < 0:
            continue
        start = max(ready + to_s, request.delivery_earliest)
        if start > request.delivery_latest:
            reason = max(reason, WINDOW_MISSED)
            break  # every later position is later still
        if start + request.delivery_service + on_s > routes.latest_start[r, i + 1]:
            reason = max(reason, SHIFT_OVER if i == length else WINDOW_MISSED)
            continue
        metres = leg_metres(travel, profile, a_node, a_place, node, place)
        metres += leg_metres(travel, profile, node, place, b_node, b_place)
        seconds = to_s + on_s + request.delivery_service
        if length > 0:  # the empty route's way from start to end is not paid
            metres -= routes.leg_m[r, i + 1]
            seconds -= routes.leg_s[r, i + 1]
        cost = used + metres * fleet.cost_m[r] + seconds * fleet.cost_s[r]
        if cost < best and cost < limit:
            best, best_i = cost, i
    if best_i >= 0:
        reason = FITS
    return best, best_i, best_i, reason


@njit(cache=True)
def best_in_route(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    request: Request,
    r: int,
    first: int,
    now: int,
    limit: int,
) -> tuple[int, int, int, int]:
    """Cheapest feasible insertion into route r behind position `first` that costs less than `limit`.

    Returns
    -------
    cost, i, j, reason
        In COST_UNITS; the pickup goes behind position i, the delivery behind position j >= i,
        both in today's numbering. Without one: (NEVER, -1, -1, why).
    """
    profile = fleet.profile[r]
    length = routes.length[r]
    cost_m, cost_s = fleet.cost_m[r], fleet.cost_s[r]
    p_node, p_place = request.pickup_node, request.pickup_place
    d_node, d_place = request.delivery_node, request.delivery_place
    best, best_i, best_j, reason = NEVER, -1, -1, UNREACHABLE
    if now > fleet.shift_end[r]:
        return best, best_i, best_j, SHIFT_OVER
    p_to_d = leg_seconds(travel, profile, p_node, p_place, d_node, d_place, request.delivery_setup)
    if p_to_d < 0:
        return best, best_i, best_j, reason
    p_to_d_m = leg_metres(travel, profile, p_node, p_place, d_node, d_place)
    service = request.pickup_service + request.delivery_service
    used = fleet.cost_use[r] if length == 0 else 0
    fixed_cost = used + service * cost_s
    capacity = fleet.capacity[r]
    for i in range(first, length + 1):
        if request.pickup_earliest + request.pickup_service > routes.latest_start[r, i + 1]:
            reason = max(reason, WINDOW_MISSED)
            continue
        a_node, a_place = node_at(fleet, visits, routes, r, i), place_at(visits, routes, r, i)
        n_node, n_place = node_at(fleet, visits, routes, r, i + 1), place_at(visits, routes, r, i + 1)
        if a_place == n_place and p_place != a_place:
            continue  # a stop is not torn apart
        ready = max(end_at(fleet, visits, routes, r, i), now)
        if ready > request.pickup_latest:
            reason = max(reason, WINDOW_MISSED)
            break
        a_to_p = leg_seconds(travel, profile, a_node, a_place, p_node, p_place, request.pickup_setup)
        if a_to_p < 0:
            continue
        if not _fits(routes.load[r, i], request.load, capacity):
            reason = max(reason, LOAD_FULL)
            continue
        pickup_start = max(ready + a_to_p, request.pickup_earliest)
        if pickup_start > request.pickup_latest:
            reason = max(reason, WINDOW_MISSED)
            continue
        pickup_end = pickup_start + request.pickup_service
        n_setup = setup_at(visits, routes, r, i + 1)
        a_to_p_m = leg_metres(travel, profile, a_node, a_place, p_node, p_place)

        # The delivery right behind the pickup.
        delivery_start = max(pickup_end + p_to_d, request.delivery_earliest)
        if delivery_start > request.delivery_latest:
            reason = max(reason, WINDOW_MISSED)
            continue  # the triangle inequality: any other delivery position is later still
        d_to_n = leg_seconds(travel, profile, d_node, d_place, n_node, n_place, n_setup)
        if d_to_n >= 0 and (a_place != n_place or d_place == a_place):
            if delivery_start + request.delivery_service + d_to_n <= routes.latest_start[r, i + 1]:
                metres = a_to_p_m + p_to_d_m - routes.leg_m[r, i + 1]
                metres += leg_metres(travel, profile, d_node, d_place, n_node, n_place)
                seconds = a_to_p + p_to_d + d_to_n - routes.leg_s[r, i + 1]
                if length == 0:  # the empty route's way from start to end is not paid
                    metres += routes.leg_m[r, i + 1]
                    seconds += routes.leg_s[r, i + 1]
                cost = fixed_cost + metres * cost_m + seconds * cost_s
                if cost < best and cost < limit:
                    best, best_i, best_j = cost, i, i
            else:
                reason = max(reason, SHIFT_OVER if i == length else WINDOW_MISSED)

        # The delivery further behind: carry the delay forward.
        if i == length:
            continue
        p_to_n = leg_seconds(travel, profile, p_node, p_place, n_node, n_place, n_setup)
        if p_to_n < 0:
            continue
        detour_m = a_to_p_m + leg_metres(travel, profile, p_node, p_place, n_node, n_place) - routes.leg_m[r, i + 1]
        detour_s = a_to_p + p_to_n - routes.leg_s[r, i + 1]
        arrival = pickup_end + p_to_n
        for j in range(i + 1, length + 1):
            if arrival > routes.latest_start[r, j]:
                reason = max(reason, WINDOW_MISSED)
                break
            if not _fits(routes.load[r, j], request.load, capacity):
                reason = max(reason, LOAD_FULL)
                break
            visit = routes.visit[r, j]
            departure = max(arrival, visits.earliest[visit]) + visits.service[visit]
            if departure > request.delivery_latest:
                reason = max(reason, WINDOW_MISSED)
                break
            b_node, b_place = visits.node[visit], visits.place[visit]
            c_node, c_place = node_at(fleet, visits, routes, r, j + 1), place_at(visits, routes, r, j + 1)
            c_setup = setup_at(visits, routes, r, j + 1)
            torn_apart = b_place == c_place and d_place != b_place
            b_to_d = leg_seconds(travel, profile, b_node, b_place, d_node, d_place, request.delivery_setup)
            d_to_c = leg_seconds(travel, profile, d_node, d_place, c_node, c_place, c_setup)
            if b_to_d >= 0 and d_to_c >= 0 and not torn_apart:
                delivery_start = max(departure + b_to_d, request.delivery_earliest)
                if delivery_start > request.delivery_latest:
                    reason = max(reason, WINDOW_MISSED)
                elif delivery_start + request.delivery_service + d_to_c <= routes.latest_start[r, j + 1]:
                    metres = detour_m - routes.leg_m[r, j + 1]
                    metres += leg_metres(travel, profile, b_node, b_place, d_node, d_place)
                    metres += leg_metres(travel, profile, d_node, d_place, c_node, c_place)
                    seconds = detour_s + b_to_d + d_to_c - routes.leg_s[r, j + 1]
                    cost = fixed_cost + metres * cost_m + seconds * cost_s
                    if cost < best and cost < limit:
                        best, best_i, best_j = cost, i, j
                else:
                    reason = max(reason, SHIFT_OVER if j == length else WINDOW_MISSED)
            arrival = departure + routes.leg_s[r, j + 1]
    if best_i >= 0:
        reason = FITS
    return best, best_i, best_j, reason


@njit(cache=True)
def best_insertion(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    request: Request,
    r: int,
    first: int,
    now: int,
    limit: int,
) -> tuple[int, int, int, int]:
    """The cheapest insertion of a request of one or two visits; see `best_in_route`."""
    if request.pickup_node == NO_VISIT:
        return best_visit_in_route(travel, fleet, visits, routes, request, r, first, now, limit)
    return best_in_route(travel, fleet, visits, routes, request, r, first, now, limit)


@njit(cache=True, nogil=True)
def scan(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    request: Request,
    eligible: U8,
    now: int,
    cost: I64,
    pickup_after: I64,
    delivery_after: I64,
    reason: I64,
) -> None:
    """`best_insertion` for every eligible vehicle, into the last four arrays [R]."""
    for r in range(eligible.shape[0]):
        if eligible[r]:
            first = last_started(routes, r, now)
            best, i, j, why = best_insertion(travel, fleet, visits, routes, request, r, first, now, NEVER)
            cost[r], pickup_after[r], delivery_after[r], reason[r] = best, i, j, why
        else:
            cost[r], pickup_after[r], delivery_after[r] = NEVER, -1, -1

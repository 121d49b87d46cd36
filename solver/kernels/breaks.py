"""Where breaks go: to the place in a route at which they delay it least.

A break is taken where the vehicle stands, between two stops, and never moves the vehicle. So it
costs nothing but time, and where it stands is decided after every change of the route.
"""

from solver.kernels.arrays import FIRST_BREAK, NEVER, Fleet, Routes, Travel, Visits
from solver.kernels.compiling import compiled, inner
from solver.kernels.schedule import end_at, insert_visit, is_idle, refresh, remove_visit, start_from


@compiled
def settle(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, now: int, first: int) -> bool:
    """`refresh`; then each break that has not started goes to where the route ends earliest.

    Breaks keep their order. What `refresh` accepts is still accepted afterwards.
    """
    feasible = refresh(travel, fleet, visits, routes, r, now, first)
    if not feasible or is_idle(visits, routes, r):
        return feasible
    low, k = first, first + 1
    while k <= routes.length[r]:
        if routes.place[r, k] <= FIRST_BREAK:
            low = k = _resettle(travel, fleet, visits, routes, r, now, first, low, k)
        k += 1
    return True


@inner
def _resettle(
    travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, now: int, first: int, low: int, k: int
) -> int:
    """Move the break at position k to the best place behind `low`; returns its new position."""
    each = routes.visit[r, k]
    remove_visit(routes, r, each)
    best = low - 1
    if refresh(travel, fleet, visits, routes, r, now, first):
        best = _best_gap(travel, fleet, visits, routes, r, each, now, low)
    if best >= low:
        insert_visit(routes, r, best, each)
        if refresh(travel, fleet, visits, routes, r, now, first):
            return best + 1
        remove_visit(routes, r, each)
    insert_visit(routes, r, k - 1, each)
    refresh(travel, fleet, visits, routes, r, now, first)
    return k


@inner
def _best_gap(
    travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, each: int, now: int, low: int
) -> int:
    """The position from `low` on behind which a break lets the route end earliest, delaying visits least.

    Less than `low` if there is none. Not inside of a stop, and not behind the next break.
    """
    best, best_end, best_delay = low - 1, NEVER, NEVER
    for i in range(low, routes.length[r] + 1):
        if i > low and routes.place[r, i] <= FIRST_BREAK:
            break
        start = max(end_at(fleet, visits, routes, r, i), now, visits.earliest[each])
        if start > visits.latest[each]:
            break
        arrival = start_from(travel, fleet, visits, routes, r, i + 1, start + visits.service[each])
        if routes.place[r, i] == routes.place[r, i + 1] or arrival > routes.latest_start[r, i + 1]:
            continue
        end, delay = _delayed(travel, fleet, visits, routes, r, i + 1, arrival)
        if end < best_end or (end == best_end and delay < best_delay):
            best, best_end, best_delay = i, end, delay
    return best


@inner
def _delayed(
    travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, k: int, arrival: int
) -> tuple[int, int]:
    """When a route ends that arrives at position k then, and by how much its visits are delayed in all."""
    length, delay = routes.length[r], 0
    while k <= length and arrival > routes.start[r, k]:
        delay += arrival - routes.start[r, k]
        arrival = start_from(travel, fleet, visits, routes, r, k + 1, arrival + visits.service[routes.visit[r, k]])
        k += 1
    return max(arrival, routes.start[r, length + 1]) if k > length else routes.start[r, length + 1], delay

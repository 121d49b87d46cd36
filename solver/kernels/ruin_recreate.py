"""Ruin and recreate on the routes in force: strings of neighbouring requests out, cheapest insertion in.

References
----------
Christiaens, J., and Vanden Berghe, G. (2020). Slack Induction by String Removals for Vehicle
Routing Problems. Transportation Science 54(2). doi:10.1287/trsc.2019.0914
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from solver.kernels.arrays import I64, NEVER, NO_VISIT, U8, Fleet, Request, Routes, Travel, Visits
from solver.kernels.breaks import settle
from solver.kernels.insertion import scan
from solver.kernels.schedule import insert_pair, insert_visit, remove_visit, route_cost

MEAN_REMOVED = 10
MAX_STRING = 10
BLINK_PER_MILLE = 10


class Requests(NamedTuple):
    """Q requests.

    Their visits [Q] (pickup NO_VISIT: there is only one), whether they may be moved [Q], who may
    serve them [Q, R], and the nearest other requests, nearest first [Q, K] (-1: no more).
    """

    pickup: I64
    delivery: I64
    movable: U8
    eligible: U8
    neighbours: I64


class Search(NamedTuple):
    """The state of a search between two slices of it.

    `vehicle` [Q]: who serves a request now. `random` [1]: the generator's state, from 1 to 2**31 - 2.
    `cost` [2]: of the current and of the best routes, in COST_UNITS.
    """

    vehicle: I64
    random: I64
    cost: I64


@njit(cache=True)
def _draw(random: I64, below: int) -> int:
    """Uniform in [0, below): the minimal standard generator, the same on every machine.

    References
    ----------
    Park, S. K., Miller, K. W., and Stockmeyer, P. K. (1993). Technical correspondence. CACM 36(7).
    """
    random[0] = random[0] * 48271 % 2147483647
    return random[0] % below


@njit(cache=True)
def _copy_route(source: Routes, target: Routes, r: int) -> None:
    target.length[r] = source.length[r]
    for k in range(source.length[r] + 2):
        target.visit[r, k] = source.visit[r, k]
        target.start[r, k] = source.start[r, k]
        target.leg_s[r, k] = source.leg_s[r, k]
        target.leg_m[r, k] = source.leg_m[r, k]
        target.latest_start[r, k] = source.latest_start[r, k]
        target.node[r, k] = source.node[r, k]
        target.place[r, k] = source.place[r, k]
        for d in range(source.load.shape[2]):
            target.load[r, k, d] = source.load[r, k, d]


@njit(cache=True)
def _request_of(visits: Visits, requests: Requests, q: int) -> Request:
    p, d = requests.pickup[q], requests.delivery[q]
    if p == NO_VISIT:
        p = d
    return Request(
        visits.node[p] if p != d else NO_VISIT,
        visits.place[p],
        visits.earliest[p],
        visits.latest[p],
        visits.service[p],
        visits.setup[p],
        visits.node[d],
        visits.place[d],
        visits.earliest[d],
        visits.latest[d],
        visits.service[d],
        visits.setup[d],
        visits.load[p],
        visits.bound[d],
    )


@njit(cache=True)
def _ruin(
    routes: Routes, requests: Requests, search: Search, request_by_visit: I64, first: I64, removed: I64, touched: U8
) -> int:
    """Choose what to remove, and mark the routes; returns how many. Nothing is changed yet."""
    num_requests = requests.pickup.shape[0]
    seed = _draw(search.random, num_requests)
    num_strings = 1 + _draw(search.random, 2 * MEAN_REMOVED // 5)
    num_removed = 0
    for n in range(-1, requests.neighbours.shape[1]):
        q = seed if n < 0 else requests.neighbours[seed, n]
        if q < 0 or num_strings == 0:
            break
        r = search.vehicle[q]
        if not requests.movable[q] or r < 0 or touched[r]:
            continue
        touched[r] = 1
        num_strings -= 1
        position = 1
        while routes.visit[r, position] != requests.pickup[q] and routes.visit[r, position] != requests.delivery[q]:
            position += 1
        string = 1 + _draw(search.random, MAX_STRING)
        low = max(first[r] + 1, position - _draw(search.random, string))
        for k in range(low, min(routes.length[r], low + string - 1) + 1):
            each = request_by_visit[routes.visit[r, k]]
            if each >= 0 and requests.movable[each] and search.vehicle[each] >= 0 and num_removed < removed.shape[0]:
                search.vehicle[each] = -1 - r
                removed[num_removed] = each
                num_removed += 1
    return num_removed


@njit(cache=True)
def _sort_removed(visits: Visits, requests: Requests, random: I64, removed: I64, count: int) -> None:
    """Order of insertion: at random, tightest window first, or earliest deadline first."""
    rule = _draw(random, 4)
    keys = np.empty(count, dtype=np.int64)
    for n in range(count):
        d = requests.delivery[removed[n]]
        if rule <= 1:
            keys[n] = _draw(random, 1 << 30)
        elif rule == 2:
            keys[n] = visits.latest[d] - visits.earliest[d]
        else:
            keys[n] = visits.latest[d]
    for n in range(1, count):  # insertion sort: short, stable, and quick to compile
        key, each = keys[n], removed[n]
        k = n - 1
        while k >= 0 and keys[k] > key:
            keys[k + 1], removed[k + 1] = keys[k], removed[k]
            k -= 1
        keys[k + 1], removed[k + 1] = key, each


@njit(cache=True)
def _recreate(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    requests: Requests,
    search: Search,
    backup: Routes,
    first: I64,
    now: int,
    removed: I64,
    count: int,
    touched: U8,
) -> bool:
    """Put everything back, each where it is cheapest; False if something fits nowhere."""
    num_vehicles, num_positions = routes.visit.shape
    eligible = np.empty(num_vehicles, dtype=np.uint8)
    found = np.empty((4, num_vehicles), dtype=np.int64)
    cost, after = found[0], found[1:3]
    for n in range(count):
        q = removed[n]
        request = _request_of(visits, requests, q)
        for r in range(num_vehicles):
            eligible[r] = (
                requests.eligible[q, r]
                and routes.length[r] + 4 <= num_positions
                and _draw(search.random, 1000) >= BLINK_PER_MILLE
            )
        scan(
            travel, fleet, visits, routes, request, eligible, first, now, True, cost, after[0], after[1], found[3]
        )  # fmt: skip
        best_r = int(np.argmin(cost))
        if cost[best_r] == NEVER:
            return False
        if not touched[best_r]:
            touched[best_r] = 1
            _copy_route(routes, backup, best_r)
        if requests.pickup[q] == NO_VISIT:
            insert_visit(routes, best_r, after[1, best_r], requests.delivery[q])
        else:
            insert_pair(routes, best_r, after[0, best_r], after[1, best_r], requests.pickup[q], requests.delivery[q])
        settle(travel, fleet, visits, routes, best_r, now, first[best_r])
        search.vehicle[q] = best_r
    return True


@njit(cache=True, nogil=True)
def improve(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    best: Routes,
    requests: Requests,
    search: Search,
    request_by_visit: I64,
    first: I64,
    now: int,
    iterations: int,
    temperature: float,
    cooling: float,
) -> int:
    """Run some iterations of simulated annealing; `routes` is the current plan, `best` the best.

    Positions up to `first` [R] are not touched. Every plan on the way serves every request in its
    window: one that would not is taken back. Returns how often the best plan got better.
    """
    num_vehicles = routes.length.shape[0]
    backup = Routes(
        routes.length.copy(),
        routes.visit.copy(),
        routes.start.copy(),
        routes.leg_s.copy(),
        routes.leg_m.copy(),
        routes.latest_start.copy(),
        routes.node.copy(),
        routes.place.copy(),
        routes.load.copy(),
    )
    touched = np.zeros(num_vehicles, dtype=np.uint8)
    changed_since_best = np.ones(num_vehicles, dtype=np.uint8)
    removed = np.empty(MAX_STRING * MEAN_REMOVED, dtype=np.int64)
    old_vehicle = search.vehicle.copy()
    num_better = 0
    for _ in range(iterations):
        temperature *= cooling
        touched[:] = 0
        count = _ruin(routes, requests, search, request_by_visit, first, removed, touched)
        if count == 0:
            continue
        before = 0
        for r in range(num_vehicles):
            if touched[r]:
                before += route_cost(fleet, routes, visits, r)
                _copy_route(routes, backup, r)
        for n in range(count):
            q = removed[n]
            r = -1 - search.vehicle[q]
            if requests.pickup[q] != NO_VISIT:
                remove_visit(routes, r, requests.pickup[q])
            remove_visit(routes, r, requests.delivery[q])
        for r in range(num_vehicles):
            if touched[r]:
                settle(travel, fleet, visits, routes, r, now, first[r])
        ruined = touched.copy()
        _sort_removed(visits, requests, search.random, removed, count)
        complete = _recreate(
            travel, fleet, visits, routes, requests, search, backup, first, now, removed, count, touched
        )
        after = 0
        for r in range(num_vehicles):
            if touched[r]:
                after += route_cost(fleet, routes, visits, r)
                if not ruined[r]:
                    before += route_cost(fleet, backup, visits, r)
        luck = 1.0 - _draw(search.random, 1 << 30) / (1 << 30)
        if complete and after - before < -temperature * math.log(luck):
            search.cost[0] += after - before
            for n in range(count):
                old_vehicle[removed[n]] = search.vehicle[removed[n]]
            for r in range(num_vehicles):
                changed_since_best[r] |= touched[r]
            if search.cost[0] < search.cost[1]:
                search.cost[1] = search.cost[0]
                num_better += 1
                for r in range(num_vehicles):
                    if changed_since_best[r]:
                        _copy_route(routes, best, r)
                        changed_since_best[r] = 0
        else:
            for n in range(count):
                search.vehicle[removed[n]] = old_vehicle[removed[n]]
            for r in range(num_vehicles):
                if touched[r]:
                    _copy_route(backup, routes, r)
    return num_better

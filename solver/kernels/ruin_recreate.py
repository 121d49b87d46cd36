"""Ruin and recreate over alternatives: strings of neighbouring visits out, cheapest insertion in.

What an insertion into a route costs is remembered for as long as the route stays as it is: most
routes do from one iteration to the next, and those that an iteration changes are looked at anew.

References
----------
Christiaens, J., and Vanden Berghe, G. (2020). Slack Induction by String Removals for Vehicle
Routing Problems. Transportation Science 54(2). doi:10.1287/trsc.2019.0914
"""

import math
from typing import NamedTuple

from solver.kernels.arrays import FIRST_BREAK, I32, I64, NEVER, NO_VISIT, U8, Fleet, Request, Routes, Travel, Visits
from solver.kernels.breaks import settle
from solver.kernels.compiling import compiled, inlined, inner, merged
from solver.kernels.insertion import scan
from solver.kernels.schedule import insert_pair, insert_visit, is_idle, mend, remove_visit, route_cost

MOST_LEFT_TRIED = 20
"""Of what is left out, so much is tried again in one iteration."""

MOODS = 10
GENEROUS, SPARING = 0, 1
"""Of so many iterations one may put in what costs more than leaving it out, and one leave out what costs less."""

DEAREST_OPTIONAL = 2**46
"""What costs more to leave out has to be done."""

# Of an alternative and a vehicle, what an insertion costs.
SEEN = 0
"""The state of the route that was looked at."""
COST = 1
"""What it cost, or what it costs at least."""
POSITIONS = 2
"""Where it goes: see `_packed`; -1 if the cost is but a least one."""
NUM_KNOWN = 3

NOBODY = -1
LEFT_OUT = -1
"""The alternative of a request that is left out."""


class Settings(NamedTuple):
    """How much an iteration changes.

    At most `strings` strings of at most `longest` visits are taken out; of a thousand requests `blinks` overlook
    their cheapest place; a route that none of a request's `near` nearest neighbours is in is not looked at
    (0: all are).
    """

    strings: int
    longest: int
    blinks: int
    near: int


class Requests(NamedTuple):
    """Q requests with A alternatives; those of request q are `first[q]` to `first[q + 1]` (excluded).

    Alternative a has the parts `first_part[a]` to `first_part[a + 1]` (excluded), which one vehicle does; most have
    one part. Of each part [M] its visits (pickup NO_VISIT: there is only one), and which of the two has to be at one
    stop with those of the other parts, with nothing from elsewhere between (`together`; NO_VISIT: neither).
    Of each alternative [A] what it costs beside the way; who may do it [A, R]. Of each request [Q] whether it may
    be moved, what leaving it out costs, who had it at first and what it costs to give it to somebody else. Of each
    visit [N] the nearest others [N, K], nearest first (-1: no more), and its request `of_visit` (-1: it has none).
    Costs are in COST_UNITS.
    """

    first: I64
    first_part: I64
    pickup: I64
    delivery: I64
    together: I64
    extra_cost: I64
    eligible: U8
    movable: U8
    refusal: I64
    home: I64
    disturbance: I64
    neighbours: I32
    of_visit: I64


class Search(NamedTuple):
    """The state of a search between two slices of it.

    `chosen` [Q]: the alternative in force; `vehicle` [Q]: who does it (NOBODY: it is left out). `random` [1]: the
    generator's state, from 1 to 2**31 - 2. `cost` [2]: of the current and of the best routes, in COST_UNITS, all
    that is left out included. `best_chosen`, `best_vehicle` [Q]: of the best routes.
    """

    chosen: I64
    vehicle: I64
    random: I64
    cost: I64
    best_chosen: I64
    best_vehicle: I64


class Memory(NamedTuple):
    """What insertions cost, and into which state of a route.

    `state` [R] numbers the states of the routes, `last_state` [1] is the last number given; idle
    vehicles that are alike share a negative one. Of alternative a and vehicle r `known` [A, R, NUM_KNOWN]: what is
    looked up together stands together.
    """

    state: I64
    last_state: I64
    known: I64


class Trial(NamedTuple):
    """Room for one iteration: for R vehicles, Q requests and P positions of a route.

    `touched`, `old_state`, `candidates` [R] and `scanned` [4, R]; `route_cost` and `new_cost` [R]: what routes cost,
    and what those do that an iteration touched; routes are looked at whose `near` [R] is at least `stamp` [1], which
    it always is (NEVER) where there is no visit, or something was touched;
    `removed`, `old_chosen`, `old_vehicle`, `keys` [Q]; `detours` [P, NUM_DETOURS]; `changed` [R] are the routes
    that differ from the best ones; `refused` the `num_refused` [1] vehicles that turned out not to fit; `mood` [1]
    is how the iteration treats what is optional. `alone` [1] is a list of one candidate, and `spare` keeps a route
    while the parts of a request are tried in it.
    """

    touched: U8
    route_cost: I64
    new_cost: I64
    old_state: I64
    removed: I64
    old_chosen: I64
    old_vehicle: I64
    candidates: I64
    scanned: I64
    near: I64
    stamp: I64
    keys: I64
    detours: I64
    changed: U8
    refused: I64
    num_refused: I64
    mood: I64
    alone: I64
    spare: Routes


@merged
def _draw(random: I64, below: int) -> int:
    """Uniform in [0, below): the minimal standard generator, the same on every machine.

    References
    ----------
    Park, S. K., Miller, K. W., and Stockmeyer, P. K. (1993). Technical correspondence. CACM 36(7).
    """
    random[0] = random[0] * 48271 % 2147483647
    return random[0] % below


@merged
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


@merged
def _request_of(visits: Visits, requests: Requests, m: int) -> Request:
    p, d = requests.pickup[m], requests.delivery[m]
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
        visits.apart[d],
    )


@merged
def _cost_of(requests: Requests, search: Search, q: int) -> int:
    """What a request costs beside the way of its vehicle."""
    a = search.chosen[q]
    if a == LEFT_OUT:
        return requests.refusal[q]
    moved = requests.disturbance[q] if search.vehicle[q] != requests.home[q] else 0
    return requests.extra_cost[a] + moved


@merged
def _settle(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, r: int, now: int, first: int) -> bool:
    """`settle`, or `mend` where there is no break to be placed."""
    for k in range(first + 1, routes.length[r] + 1):
        if visits.place[routes.visit[r, k]] <= FIRST_BREAK:
            return settle(travel, fleet, visits, routes, r, now, first)
    return mend(travel, fleet, visits, routes, r, now, first)


@merged
def _touch(routes: Routes, backup: Routes, memory: Memory, trial: Trial, r: int) -> None:
    """Keep a route as it is, and give what becomes of it a state of its own."""
    trial.touched[r], trial.near[r] = 1, NEVER
    _copy_route(routes, backup, r)
    trial.old_state[r] = memory.state[r]
    memory.last_state[0] += 1
    memory.state[r] = memory.last_state[0]


@merged
def _remove(search: Search, trial: Trial, q: int, count: int) -> int:
    trial.old_chosen[count], trial.old_vehicle[count] = search.chosen[q], search.vehicle[q]
    trial.removed[count] = q
    search.chosen[q] = LEFT_OUT
    search.vehicle[q] = NOBODY
    return count + 1


@merged
def _is_chosen(requests: Requests, search: Search, q: int, visit: int) -> bool:
    a = search.chosen[q]
    if a == LEFT_OUT:
        return False
    for m in range(requests.first_part[a], requests.first_part[a + 1]):
        if requests.pickup[m] == visit or requests.delivery[m] == visit:
            return True
    return False


@merged
def _draw_visit(requests: Requests, search: Search) -> int:
    """A visit of a request that is done, negative if the one that was drawn is left out."""
    q = _draw(search.random, search.chosen.shape[0])
    a = search.chosen[q]
    if a == LEFT_OUT:
        return -1
    m = requests.first_part[a]
    num_parts = requests.first_part[a + 1] - m
    if num_parts > 1:
        m += _draw(search.random, num_parts)
    if requests.pickup[m] != NO_VISIT and _draw(search.random, 2):
        return requests.pickup[m]
    return requests.delivery[m]


@merged
def _take_out_part(routes: Routes, requests: Requests, m: int, r: int) -> None:
    if requests.pickup[m] != NO_VISIT:
        remove_visit(routes, r, requests.pickup[m])
    remove_visit(routes, r, requests.delivery[m])


@merged
def _take_out(routes: Routes, requests: Requests, a: int, r: int) -> None:
    """Take the visits of an alternative out of a route, as far as they are in it."""
    for m in range(requests.first_part[a], requests.first_part[a + 1]):
        _take_out_part(routes, requests, m, r)


@merged
def _ruin(
    routes: Routes,
    backup: Routes,
    requests: Requests,
    search: Search,
    memory: Memory,
    trial: Trial,
    settings: Settings,
    first: I64,
) -> int:
    """Take strings of requests out of routes near each other; returns how many.

    The routes are not computed anew yet.
    """
    seed = _draw_visit(requests, search)
    if seed < 0:
        return 0
    num_strings = 1 + _draw(search.random, settings.strings) if settings.strings else 0
    count = 0
    for n in range(-1, requests.neighbours.shape[1]):
        visit = seed if n < 0 else requests.neighbours[seed, n]
        if visit < 0 or num_strings == 0:
            break
        q = requests.of_visit[visit]
        r = search.vehicle[q] if q >= 0 else NOBODY
        if r < 0 or not requests.movable[q] or trial.touched[r] or not _is_chosen(requests, search, q, visit):
            continue
        _touch(routes, backup, memory, trial, r)
        num_strings -= 1
        position = 1
        while routes.visit[r, position] != visit:
            position += 1
        length = routes.length[r]
        string = 1 + _draw(search.random, min(settings.longest, length - first[r]))
        low = max(first[r] + 1, position - _draw(search.random, string))
        kept = low + 1 + _draw(search.random, string - 1) if string > 2 and _draw(search.random, 2) else 0
        before = count
        for k in range(low, min(length, low + string - 1) + 1):
            each = requests.of_visit[routes.visit[r, k]]
            if k != kept and each >= 0 and requests.movable[each] and search.vehicle[each] == r:
                count = _remove(search, trial, each, count)
        for n_out in range(before, count):
            _take_out(routes, requests, trial.old_chosen[n_out], r)
    return count


@merged
def _add_left_out(requests: Requests, search: Search, trial: Trial, count: int) -> int:
    """What is left out tries again."""
    num_requests = search.chosen.shape[0]
    at = _draw(search.random, num_requests)
    before = count
    for n in range(num_requests):
        q = (at + n) % num_requests
        if search.chosen[q] == LEFT_OUT and requests.movable[q] and not _is_among(trial.removed, before, q):
            count = _remove(search, trial, q, count)
            if count - before == MOST_LEFT_TRIED:
                break
    return count


@merged
def _is_among(numbers: I64, count: int, wanted: int) -> bool:
    for n in range(count):
        if numbers[n] == wanted:
            return True
    return False


@merged
def _sort_removed(visits: Visits, requests: Requests, search: Search, trial: Trial, count: int) -> None:
    """Order of insertion: at random, tightest window first, or earliest deadline first."""
    rule = _draw(search.random, 4)
    keys = trial.keys
    for n in range(count):
        d = requests.delivery[requests.first_part[requests.first[trial.removed[n]]]]
        if rule <= 1:
            keys[n] = _draw(search.random, 1 << 30)
        elif rule == 2:
            keys[n] = visits.latest[d] - visits.earliest[d]
        else:
            keys[n] = visits.latest[d]
    for n in range(1, count):  # insertion sort: short, stable, and quick to compile
        key, each = keys[n], trial.removed[n]
        chosen, vehicle = trial.old_chosen[n], trial.old_vehicle[n]
        k = n - 1
        while k >= 0 and keys[k] > key:
            keys[k + 1], trial.removed[k + 1] = keys[k], trial.removed[k]
            trial.old_chosen[k + 1], trial.old_vehicle[k + 1] = trial.old_chosen[k], trial.old_vehicle[k]
            k -= 1
        keys[k + 1], trial.removed[k + 1] = key, each
        trial.old_chosen[k + 1], trial.old_vehicle[k + 1] = chosen, vehicle


@merged
def _mark_near(requests: Requests, search: Search, trial: Trial, q: int, near: int) -> None:
    trial.stamp[0] += 1
    first, last = requests.first_part[requests.first[q]], requests.first_part[requests.first[q + 1]]
    for m in range(first, last):
        _mark_near_visit(requests, search, trial, requests.delivery[m], near)
        if requests.pickup[m] != NO_VISIT:
            _mark_near_visit(requests, search, trial, requests.pickup[m], near)


@merged
def _mark_near_visit(requests: Requests, search: Search, trial: Trial, visit: int, near: int) -> None:
    for n in range(min(near, requests.neighbours.shape[1])):
        other = requests.neighbours[visit, n]
        if other < 0:
            return
        q = requests.of_visit[other]
        if q >= 0 and search.vehicle[q] >= 0 and _is_chosen(requests, search, q, other):
            trial.near[search.vehicle[q]] = max(trial.near[search.vehicle[q]], trial.stamp[0])


@merged
def _collect(
    routes: Routes, requests: Requests, memory: Memory, trial: Trial, a: int, q: int, limit: int
) -> tuple[int, int, int, int, int]:
    """Look up what is known about inserting an alternative, and list the vehicles that have to be looked at.

    Returns the number of those, the cheapest and the second cheapest known vehicle, and what each of the two costs.
    """
    num_vehicles, num_positions = routes.visit.shape
    count, best_r, second_r, best, second = 0, NOBODY, NOBODY, limit, limit
    last_idle, stamp = 0, trial.stamp[0]
    room = 2 * (requests.first_part[a + 1] - requests.first_part[a]) + 2
    for r in range(num_vehicles):
        if trial.near[r] < stamp:
            continue
        state = memory.state[r]
        if state < 0:  # idle, and alike if the state is the same: they stand one behind the other
            if state == last_idle:
                continue
            last_idle = state
        if not requests.eligible[a, r] or routes.length[r] + room > num_positions:
            continue
        if trial.num_refused[0] and _is_among(trial.refused, trial.num_refused[0], r):
            continue
        moved = requests.disturbance[q] if r != requests.home[q] else 0
        if not trial.touched[r] and memory.known[a, r, SEEN] == state:
            cost = memory.known[a, r, COST] + moved
            if cost >= second:
                continue
            if memory.known[a, r, POSITIONS] >= 0:
                if cost < best:
                    best, second, best_r, second_r = cost, best, r, best_r
                else:
                    second, second_r = cost, r
                continue
        trial.candidates[count] = r
        count += 1
    return count, best_r, second_r, best, second


@merged
def _packed(i: int, j: int) -> int:
    """Two positions as one number (of an alternative of several parts, twice the part that goes first); -1 if none."""
    return i << 32 | j if j >= 0 else -1


@merged
def _unpacked(positions: int) -> tuple[int, int]:
    return positions >> 32, positions & 0xFFFFFFFF


@merged
def _remember(memory: Memory, a: int, r: int, cost: int, i: int, j: int) -> None:
    memory.known[a, r, SEEN], memory.known[a, r, COST] = memory.state[r], cost
    memory.known[a, r, POSITIONS] = _packed(i, j)


@merged
def _put(routes: Routes, requests: Requests, m: int, r: int, i: int, j: int) -> None:
    if requests.pickup[m] == NO_VISIT:
        insert_visit(routes, r, j, requests.delivery[m])
    else:
        insert_pair(routes, r, i, j, requests.pickup[m], requests.delivery[m])


@inner
def _put_parts(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    requests: Requests,
    trial: Trial,
    first: I64,
    now: int,
    a: int,
    r: int,
    turn: int,
) -> bool:
    """Put the parts of an alternative into a route one after another, from part `turn` on, each where it is cheapest.

    A second time round each looks for a better place among the others. False, with the route in disorder, if one
    finds no place or what belongs to one stop does not stand at one.
    """
    trial.alone[0] = r
    found_i, found_j = trial.scanned[1], trial.scanned[2]
    low, num_parts = requests.first_part[a], requests.first_part[a + 1] - requests.first_part[a]
    for n in range(2 * num_parts):
        m = low + (turn + n) % num_parts
        if n >= num_parts:
            _take_out_part(routes, requests, m, r)
            if not _settle(travel, fleet, visits, routes, r, now, first[r]):
                return False
        scan(
            travel, fleet, visits, routes, _request_of(visits, requests, m), trial.alone, 1, first, now,
            NEVER, True, trial.scanned[0], found_i, found_j, trial.scanned[3], trial.detours,
        )  # fmt: skip
        if found_j[r] < 0:
            return False
        _put(routes, requests, m, r, found_i[r], found_j[r])
        if not _settle(travel, fleet, visits, routes, r, now, first[r]):
            return False
    return _stands_together(routes, requests, a, r)


@inner
def _stands_together(routes: Routes, requests: Requests, a: int, r: int) -> bool:
    """Whether all that belongs to one stop stands at one, with nothing from elsewhere between."""
    low, high = routes.length[r] + 1, 0
    for m in range(requests.first_part[a], requests.first_part[a + 1]):
        if requests.together[m] == NO_VISIT:
            continue
        position = 1
        while routes.visit[r, position] != requests.together[m]:
            position += 1
        low, high = min(low, position), max(high, position)
    for k in range(low + 1, high + 1):
        if routes.place[r, k] != routes.place[r, low]:
            return False
    return True


@inner
def _cost_together(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    requests: Requests,
    trial: Trial,
    first: I64,
    now: int,
    a: int,
    r: int,
) -> tuple[int, int]:
    """What it costs to put all parts of an alternative into a route, which stays as it is, and which part goes first.

    NEVER, and a negative part, if they do not fit.
    """
    before, best, best_turn = route_cost(fleet, routes, visits, r), NEVER, -1
    _copy_route(routes, trial.spare, r)
    for turn in range(requests.first_part[a + 1] - requests.first_part[a]):
        if _put_parts(travel, fleet, visits, routes, requests, trial, first, now, a, r, turn):
            cost = route_cost(fleet, routes, visits, r) - before
            if cost < best:
                best, best_turn = cost, turn
        _copy_route(trial.spare, routes, r)
    return best, best_turn


@inlined
def _insert(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    backup: Routes,
    requests: Requests,
    search: Search,
    memory: Memory,
    trial: Trial,
    settings: Settings,
    first: I64,
    now: int,
    q: int,
) -> bool:
    """Put a request where it is cheapest, unless leaving it out is cheaper.

    What a scan does not judge (a longest span, goods on board that wait) shows when it is done: then the next
    vehicle is tried. False if a route cannot be brought back to keeping its times.
    """
    if settings.near:
        _mark_near(requests, search, trial, q, settings.near)
    trial.num_refused[0] = 0
    while True:
        a, r, i, j = _cheapest(
            travel, fleet, visits, routes, requests, search, memory, trial, settings, first, now, q
        )  # fmt: skip
        search.chosen[q], search.vehicle[q] = a, r
        if a == LEFT_OUT:
            return True
        if not trial.touched[r]:
            _touch(routes, backup, memory, trial, r)
        m = requests.first_part[a]
        if requests.first_part[a + 1] - m > 1:
            if _put_parts(travel, fleet, visits, routes, requests, trial, first, now, a, r, i):
                return True
        else:
            _put(routes, requests, m, r, i, j)
            if _settle(travel, fleet, visits, routes, r, now, first[r]):
                return True
        _take_out(routes, requests, a, r)
        if not _settle(travel, fleet, visits, routes, r, now, first[r]):
            return False
        trial.refused[trial.num_refused[0]] = r
        trial.num_refused[0] += 1


@merged
def _limit(requests: Requests, trial: Trial, search: Search, q: int) -> int:
    """What an insertion may cost at most: as much as leaving it out, unless the mood is another.

    Two requests may be worth a vehicle of which each alone is not; and one that is in may keep out two.
    """
    refusal = requests.refusal[q]
    if trial.mood[0] == GENEROUS and _draw(search.random, 2):
        return NEVER
    if trial.mood[0] == SPARING and _draw(search.random, 2):
        return -NEVER if refusal < DEAREST_OPTIONAL else refusal
    return refusal


@inlined
def _cheapest(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    requests: Requests,
    search: Search,
    memory: Memory,
    trial: Trial,
    settings: Settings,
    first: I64,
    now: int,
    q: int,
) -> tuple[int, int, int, int]:
    """Alternative, vehicle and positions of the cheapest insertion; LEFT_OUT if leaving it out is cheaper.

    Now and then the cheapest is overlooked, which keeps the search from going round in circles.
    """
    best, best_a, best_r, best_i, best_j = _limit(requests, trial, search, q), LEFT_OUT, NOBODY, 0, 0
    if trial.num_refused[0] == trial.refused.shape[0]:
        return LEFT_OUT, NOBODY, 0, 0
    blinks = _draw(search.random, 1000) < settings.blinks
    found_cost, found_i, found_j = trial.scanned[0], trial.scanned[1], trial.scanned[2]
    for a in range(requests.first[q], requests.first[q + 1]):
        extra = requests.extra_cost[a]
        count, known_r, second_r, known, second = _collect(routes, requests, memory, trial, a, q, best - extra)
        if blinks and second_r != NOBODY:
            known_r, known = second_r, second
        if known_r != NOBODY and known + extra < best:
            best, best_a, best_r = known + extra, a, known_r
            best_i, best_j = _unpacked(memory.known[a, known_r, POSITIONS])
        if count == 0:
            continue
        if requests.first_part[a + 1] - requests.first_part[a] > 1:
            for n in range(count):
                r = trial.candidates[n]
                cost, turn = _cost_together(travel, fleet, visits, routes, requests, trial, first, now, a, r)
                if not trial.touched[r]:
                    _remember(memory, a, r, cost, turn, turn)
                cost += extra + (requests.disturbance[q] if r != requests.home[q] else 0)
                if cost < best and not (blinks and best_a != LEFT_OUT and not _draw(search.random, 4)):
                    best, best_a, best_r, best_i, best_j = cost, a, r, turn, turn
            continue
        scan(
            travel, fleet, visits, routes, _request_of(visits, requests, requests.first_part[a]), trial.candidates,
            count, first, now, best - extra, True, found_cost, found_i, found_j, trial.scanned[3], trial.detours,
        )  # fmt: skip
        for n in range(count):
            r = trial.candidates[n]
            cost = found_cost[r] + extra
            if requests.disturbance[q] and r != requests.home[q]:
                cost += requests.disturbance[q]
            if found_j[r] >= 0 and cost < best and not (blinks and best_a != LEFT_OUT and not _draw(search.random, 4)):
                best, best_a, best_r, best_i, best_j = cost, a, r, found_i[r], found_j[r]
            if not trial.touched[r]:
                _remember(memory, a, r, found_cost[r], found_i[r], found_j[r])
    return best_a, best_r, best_i, best_j


@merged
def _same_sequence(a: Routes, b: Routes, r: int) -> bool:
    if a.length[r] != b.length[r]:
        return False
    for k in range(1, a.length[r] + 1):
        if a.visit[r, k] != b.visit[r, k]:
            return False
    return True


@merged
def _keep_best(routes: Routes, best: Routes, search: Search, changed: U8) -> None:
    search.cost[1] = search.cost[0]
    for q in range(search.chosen.shape[0]):
        search.best_chosen[q], search.best_vehicle[q] = search.chosen[q], search.vehicle[q]
    for r in range(changed.shape[0]):
        if changed[r]:
            _copy_route(routes, best, r)
            changed[r] = 0


@compiled
def improve(
    travel: Travel,
    fleet: Fleet,
    visits: Visits,
    routes: Routes,
    best: Routes,
    backup: Routes,
    requests: Requests,
    search: Search,
    memory: Memory,
    trial: Trial,
    alike: I64,
    settings: Settings,
    first: I64,
    now: int,
    iterations: int,
    temperature: float,
) -> None:
    """Run some iterations of simulated annealing; `routes` is the current plan, `best` the best.

    Positions up to `first` [R] are not touched. Idle vehicles with the same negative number in `alike` [R]
    stand one behind the other and are the same to every request. Every plan on the way is feasible: without
    the triangle inequality even a removal may break a window, and what does is undone.
    """
    num_vehicles, num_requests = routes.length.shape[0], search.chosen.shape[0]
    num_left = 0
    for q in range(num_requests):
        num_left += search.chosen[q] == LEFT_OUT and requests.movable[q] != 0
    for _ in range(iterations):
        for r in range(num_vehicles):
            if trial.touched[r]:
                trial.touched[r], trial.near[r] = 0, NEVER if is_idle(visits, routes, r) else 0
        count = _ruin(routes, backup, requests, search, memory, trial, settings, first)
        if num_left:
            count = _add_left_out(requests, search, trial, count)
        if count == 0:
            continue
        before, after, valid = 0, 0, True
        for r in range(num_vehicles):
            if trial.touched[r]:
                valid = _settle(travel, fleet, visits, routes, r, now, first[r]) and valid
        _sort_removed(visits, requests, search, trial, count)
        trial.mood[0] = _draw(search.random, MOODS)
        num_left_then = num_left
        for n in range(count):
            q = trial.removed[n]
            if trial.old_chosen[n] == LEFT_OUT:
                before += requests.refusal[q]
                num_left_then -= 1
            else:
                moved = requests.disturbance[q] if trial.old_vehicle[n] != requests.home[q] else 0
                before += requests.extra_cost[trial.old_chosen[n]] + moved
            valid = valid and _insert(
                travel, fleet, visits, routes, backup, requests, search, memory, trial, settings, first, now, q
            )
            after += _cost_of(requests, search, q)
            num_left_then += search.chosen[q] == LEFT_OUT
        for r in range(num_vehicles):
            if trial.touched[r]:
                trial.new_cost[r] = route_cost(fleet, routes, visits, r)
                before += trial.route_cost[r]
                after += trial.new_cost[r]
        luck = 1.0 - _draw(search.random, 1 << 30) / (1 << 30)
        if valid and after - before < -temperature * math.log(luck):
            search.cost[0] += after - before
            num_left = num_left_then
            for r in range(num_vehicles):
                if not trial.touched[r]:
                    continue
                trial.route_cost[r] = trial.new_cost[r]
                if _same_sequence(routes, backup, r):
                    memory.state[r] = trial.old_state[r]
                else:
                    trial.changed[r] = 1
                    if alike[r] < 0 and is_idle(visits, routes, r):
                        memory.state[r] = alike[r]
            if search.cost[0] < search.cost[1]:
                _keep_best(routes, best, search, trial.changed)
        else:
            for n in range(count):
                q = trial.removed[n]
                search.chosen[q], search.vehicle[q] = trial.old_chosen[n], trial.old_vehicle[n]
            for r in range(num_vehicles):
                if trial.touched[r]:
                    _copy_route(backup, routes, r)
                    memory.state[r] = trial.old_state[r]

"""The insertion kernel against brute force: every pair of positions, simulated from scratch."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from solver.kernels.arrays import (
    COST_UNITS,
    FIRST_BREAK,
    NEVER,
    NO_BORDER,
    NO_TRAFFIC,
    NO_VISIT,
    OPEN_END,
    Fleet,
    Request,
    Routes,
    Travel,
    Visits,
)
from solver.kernels.breaks import settle
from solver.kernels.insertion import (
    FITS,
    KEPT_APART,
    LOAD_FULL,
    NUM_DETOURS,
    ON_BOARD_TOO_LONG,
    SHIFT_OVER,
    UNREACHABLE,
    WINDOW_MISSED,
    scan,
)
from solver.kernels.schedule import insert_pair, insert_visit, last_started, refresh, route_cost

REASONS = (UNREACHABLE, LOAD_FULL, KEPT_APART, WINDOW_MISSED, ON_BOARD_TOO_LONG, SHIFT_OVER)

NUM_NODES = 14
DIMS, CLASSES = 6, (4, 5)
"""The last two dimensions count goods of two classes, of which one excludes the other."""


@dataclass
class City:
    """Random but triangle-true travel, one vehicle, and a pool of visits."""

    travel: Travel
    fleet: Fleet
    visits: Visits
    routes: Routes


def a_city(rng: np.random.Generator, *, open_end: bool, num_visits: int = 40) -> City:
    points = rng.integers(0, 1500, size=(NUM_NODES, 2)).astype(float)
    away = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1))
    duration, distance = np.ceil(away).astype(np.int32), np.ceil(away * 3).astype(np.int32)
    cut_off = rng.integers(NUM_NODES)
    if rng.random() < 0.3:  # a node across the river
        for table in (duration, distance):
            table[cut_off, :], table[:, cut_off] = -1, -1
            table[cut_off, cut_off] = 0
    for table in (duration, distance):
        table.setflags(write=False)  # as mapped tables are
    num_columns = [np.zeros(num_visits, dtype=np.int64) for _ in range(6)]
    shift_end = int(rng.integers(9_000, 30_000))
    return City(
        travel=Travel(
            duration[None],
            distance[None],
            turned(duration[None]),
            turned(distance[None]),
            traffic=NO_TRAFFIC,
            border=NO_BORDER,
        ),
        fleet=Fleet(
            profile=column(0),
            start_node=column(int(rng.integers(NUM_NODES))),
            end_node=column(OPEN_END if open_end else int(rng.integers(NUM_NODES))),
            shift_start=column(0),
            shift_end=column(shift_end),
            regular_end=column(shift_end),
            capacity=np.array([[10, 10, 6, 0, NEVER, NEVER]], dtype=np.int64),
            cost_m=column(200 * COST_UNITS // 1000),
            cost_s=column(3000 * COST_UNITS // 3600),
            cost_use=column(500 * COST_UNITS),
            cost_overtime=column(0),
            max_span=column(NEVER),
            cost_wait=column(0),
        ),
        visits=Visits._make(
            [
                *num_columns,
                np.zeros((num_visits, DIMS), dtype=np.int64),
                np.zeros(num_visits, dtype=np.int64),
                np.full(num_visits, NEVER, dtype=np.int64),
                np.zeros(num_visits, dtype=np.int64),
            ]
        ),
        routes=Routes._make(
            [
                np.zeros(1, dtype=np.int64),
                *(np.zeros((1, num_visits + 4), dtype=np.int64) for _ in range(7)),
                np.zeros((1, num_visits + 4, DIMS), dtype=np.int64),
            ]
        ),
    )


def turned(table: NDArray[np.int32]) -> NDArray[np.int32]:
    """By destination."""
    copy = np.ascontiguousarray(table.transpose(0, 2, 1))
    copy.setflags(write=False)
    return copy


def column(value: int) -> NDArray[np.int64]:
    return np.array([value], dtype=np.int64)


def a_request(rng: np.random.Generator) -> Request:
    pickup, delivery = rng.integers(NUM_NODES, size=2)
    ready = int(rng.integers(0, 9_000))
    due = ready + int(rng.integers(1_500, 9_000))
    load = np.zeros(DIMS, dtype=np.int64)
    load[:3] = rng.integers(0, 4, size=4)[:3]
    return Request(
        pickup_node=int(pickup),
        pickup_place=int(pickup) * 2 + int(rng.integers(2)),
        pickup_earliest=ready,
        pickup_latest=ready + 20_000,
        pickup_service=int(rng.integers(0, 90)),
        pickup_setup=60,
        delivery_node=int(delivery),
        delivery_place=int(delivery) * 2 + int(rng.integers(2)),
        delivery_earliest=ready + int(rng.integers(0, 1500)),
        delivery_latest=due,
        delivery_service=int(rng.integers(0, 90)),
        delivery_setup=60,
        load=load,
    )


def a_request_of_one_visit(rng: np.random.Generator) -> Request:
    return a_request(rng)._replace(pickup_node=NO_VISIT, load=np.zeros(DIMS, dtype=np.int64))


def a_request_in_a_hurry(rng: np.random.Generator) -> Request:
    """Its goods may not be on board for long; the pickup waits where waiting for the window would eat that up."""
    request, bound = a_request(rng), int(rng.integers(600, 3_000))
    least = request.delivery_earliest - bound - request.pickup_service
    return request._replace(pickup_earliest=max(request.pickup_earliest, least), max_on_board=bound)


def a_request_of_a_class(rng: np.random.Generator) -> Request:
    """Of one class or the other, sometimes of none."""
    request, own = a_request(rng), int(rng.integers(3))
    if own == 2:
        return request
    load = np.minimum(request.load, 2)
    load[CLASSES[own]] = 1
    return request._replace(load=load, apart=1 << CLASSES[1 - own])


def give_breaks(city: City, rng: np.random.Generator, *, count: int) -> None:
    """The vehicle gets breaks, one after the other, taken as early as they may start."""
    clock = int(rng.integers(500, 4_000))
    for number in range(count):
        visit = len(city.visits.node) - 4 + number
        latest, duration = clock + int(rng.integers(0, 4_000)), int(rng.integers(1, 1_800))
        if latest + duration > city.fleet.shift_end[0]:
            return
        for array, value in zip(city.visits[:6], (0, FIRST_BREAK - number, clock, latest, duration, 0), strict=True):
            array[visit] = value
        city.routes.visit[0, number + 1] = visit
        city.routes.length[0] += 1
        clock = latest + duration + int(rng.integers(0, 2_000))


def add(city: City, request: Request, *, pickup: int) -> None:
    """Write a request's visits; one of one visit has its own at `pickup + 1`."""
    city.visits.pickup[pickup + 1], city.visits.bound[pickup + 1] = pickup, request.max_on_board
    for array, p_value, d_value in zip(city.visits[:6], request[:6], request[6:12], strict=True):
        array[pickup], array[pickup + 1] = p_value, d_value
    city.visits.load[pickup], city.visits.load[pickup + 1] = request.load, -request.load
    city.visits.apart[[pickup, pickup + 1]] = request.apart


def best_in_route(city: City, request: Request, *, first: int = 0, now: int = 0) -> tuple[int, int, int, int]:
    """Cost, both positions and the reason of a scan over the only vehicle."""
    cost, i, j, reason = (column(0) for _ in range(4))
    detours = np.empty((city.routes.visit.shape[1], NUM_DETOURS), dtype=np.int64)
    scan(
        city.travel, city.fleet, city.visits, city.routes, request, column(0), 1, column(first), now, NEVER, False,
        cost, i, j, reason, detours,
    )  # fmt: skip
    return int(cost[0]), int(i[0]), int(j[0]), int(reason[0])


def brute_force(city: City, request: Request, *, now: int) -> tuple[int, set[tuple[int, int]]]:
    """Cheapest cost over all pairs of positions, and the pairs that reach it."""
    length = int(city.routes.length[0])
    sequence = [int(v) for v in city.routes.visit[0, 1 : length + 1]]
    starts = [int(s) for s in city.routes.start[0, 1 : length + 1]]
    legs = [int(leg) for leg in city.routes.leg_s[0, 1 : length + 1]]
    fixed = sum(1 for start, leg in zip(starts, legs, strict=True) if start - leg <= now)
    before = simulate(city, sequence, starts[:fixed], now=now)
    assert before is not None
    pickup = len(city.visits.node) - 2
    add(city, request, pickup=pickup)
    best = NEVER
    pairs: set[tuple[int, int]] = set()
    for i in range(fixed, length + 1):
        for j in range(i, length + 1):
            first_visit = [] if request.pickup_node == NO_VISIT else [pickup]
            if i != j and not first_visit:
                continue
            trial = [*sequence[:i], *first_visit, *sequence[i:j], pickup + 1, *sequence[j:]]
            if tears_a_stop(city, sequence, trial):
                continue
            after = simulate(city, trial, starts[:fixed], now=now)
            if after is not None and after - before <= best:
                pairs = {(i, j)} if after - before < best else pairs | {(i, j)}
                best = after - before
    return best, pairs


def tears_a_stop(city: City, sequence: list[int], trial: list[int]) -> bool:
    place = city.visits.place
    position = {visit: k for k, visit in enumerate(trial)}
    for a, b in itertools.pairwise(sequence):
        between = trial[position[a] + 1 : position[b]]
        if place[a] == place[b] and any(place[visit] != place[a] for visit in between):
            return True
    return False


def simulate(city: City, sequence: list[int], fixed_starts: list[int], *, now: int) -> int | None:
    """Cost of a sequence in COST_UNITS, or None if it breaks a rule. Shares no code with the kernels."""
    fleet, visits, duration, distance = city.fleet, city.visits, city.travel.duration[0], city.travel.distance[0]
    node, place = int(fleet.start_node[0]), -1
    load, metres, seconds = np.zeros(DIMS, dtype=np.int64), 0, 0
    legs = []
    for visit in sequence:
        where, service = int(visits.place[visit]), int(visits.service[visit])
        at_break = where <= FIRST_BREAK
        here = node if at_break else int(visits.node[visit])
        leg = 0
        if where != place and not at_break:
            if duration[node, here] < 0:
                return None
            leg, metres = int(duration[node, here] + visits.setup[visit]), metres + int(distance[node, here])
        legs.append(leg)
        load = load + visits.load[visit]
        if (load > fleet.capacity[0]).any() or (load[list(CLASSES)] > 0).all():
            return None
        seconds += leg + (0 if at_break else service)
        node, place = here, where
    starts = schedule(city, sequence, legs, fixed_starts, now=now)
    if starts is None:
        return None
    clock = starts[-1] + int(visits.service[sequence[-1]]) if sequence else int(fleet.shift_start[0])
    way = way_m = 0
    if fleet.end_node[0] != OPEN_END:
        way, way_m = int(duration[node, fleet.end_node[0]]), int(distance[node, fleet.end_node[0]])
    if way < 0 or clock + way > fleet.shift_end[0]:
        return None
    if all(visits.place[visit] <= FIRST_BREAK for visit in sequence):
        return 0
    return int(fleet.cost_use[0] + (metres + way_m) * fleet.cost_m[0] + (seconds + way) * fleet.cost_s[0])


def schedule(
    city: City, sequence: list[int], legs: list[int], fixed_starts: list[int], *, now: int
) -> list[int] | None:
    """The earliest starts, by raising them until nothing is wrong any more; None if one gets too late."""
    visits = city.visits
    starts = [*fixed_starts, *(int(visits.earliest[visit]) for visit in sequence[len(fixed_starts) :])]
    changed = True
    while changed:
        changed = False
        for k in range(len(fixed_starts), len(sequence)):
            end = starts[k - 1] + int(visits.service[sequence[k - 1]]) if k else int(city.fleet.shift_start[0])
            least = max(end, now) + legs[k]
            least = max([least, *(start - on_board for start, on_board in waiting_for(city, sequence, k, starts))])
            if starts[k] < least:
                starts[k], changed = least, True
                if least > visits.latest[sequence[k]]:
                    return None
    for k in range(len(fixed_starts)):
        if any(starts[k] < start - on_board for start, on_board in waiting_for(city, sequence, k, starts)):
            return None
    return starts


def waiting_for(city: City, sequence: list[int], k: int, starts: list[int]) -> list[tuple[int, int]]:
    """Start of the delivery of what comes on board at position k, and how long before it the pickup may start."""
    visits = city.visits
    return [
        (start, int(visits.bound[each] + visits.service[sequence[k]]))
        for each, start in zip(sequence, starts, strict=True)
        if visits.bound[each] < NEVER and visits.pickup[each] == sequence[k]
    ]


@pytest.mark.parametrize("num_breaks", [0, 1, 2])
@pytest.mark.parametrize("seed", range(60))
def test_the_kernel_finds_what_brute_force_finds(seed: int, num_breaks: int) -> None:
    compare_with_brute_force(seed, a_request, num_breaks=num_breaks)


@pytest.mark.parametrize("seed", range(40))
def test_goods_that_must_not_travel_together_go_where_brute_force_puts_them(seed: int) -> None:
    """Also beside what is on board of a vehicle that is under way."""
    compare_with_brute_force(seed, a_request_of_a_class, num_breaks=seed % 3)


def compare_with_brute_force(seed: int, make: Callable[[np.random.Generator], Request], *, num_breaks: int) -> None:
    rng = np.random.default_rng(seed)
    city = a_city(rng, open_end=bool(seed % 2))
    give_breaks(city, rng, count=num_breaks)
    num_inserted, now = 0, 0
    if not refresh(city.travel, city.fleet, city.visits, city.routes, 0, 0, 0):
        return  # the vehicle cannot even get home
    for _ in range(14):
        request = make(rng) if rng.random() < 0.7 else a_request_of_one_visit(rng)
        now += int(rng.integers(0, 400))
        first = last_started(city.routes, 0, now)
        expected, pairs = brute_force(city, request, now=now)
        cost, i, j, reason = best_in_route(city, request, first=first, now=now)
        assert cost == expected
        if expected == NEVER:
            assert reason in REASONS
            continue
        assert (i, j) in pairs
        assert reason == FITS
        put(city, request, i, j, number=num_inserted, cost=cost, now=now)
        assert settle(city.travel, city.fleet, city.visits, city.routes, 0, now, first)
        num_inserted += 1


@pytest.mark.parametrize("seed", range(80))
def test_goods_in_a_hurry_are_never_put_where_they_are_on_board_for_too_long(seed: int) -> None:
    """The scan may refuse what would fit if other visits were put off; what it finds always fits."""
    rng = np.random.default_rng(seed)
    city = a_city(rng, open_end=bool(seed % 2))
    give_breaks(city, rng, count=seed % 3)
    num_inserted, now = 0, 0
    if not refresh(city.travel, city.fleet, city.visits, city.routes, 0, 0, 0):
        return
    for _ in range(14):
        request = a_request_in_a_hurry(rng) if rng.random() < 0.7 else a_request(rng)
        now += int(rng.integers(0, 400))
        first = last_started(city.routes, 0, now)
        expected, _ = brute_force(city, request, now=now)
        cost, i, j, reason = best_in_route(city, request, first=first, now=now)
        assert cost >= expected
        if cost == NEVER:
            assert reason in REASONS
            continue
        put(city, request, i, j, number=num_inserted, cost=cost, now=now)
        assert settle(city.travel, city.fleet, city.visits, city.routes, 0, now, first)
        num_inserted += 1


def put(city: City, request: Request, i: int, j: int, *, number: int, cost: int, now: int) -> None:
    """Insert what a scan found, which has to be possible and to cost what it said."""
    first, pickup = last_started(city.routes, 0, now), 2 * number
    cost_before = route_cost(city.fleet, city.routes, city.visits, 0)
    add(city, request, pickup=pickup)
    if request.pickup_node == NO_VISIT:
        insert_visit(city.routes, 0, i, pickup + 1)
    else:
        insert_pair(city.routes, 0, i, j, pickup, pickup + 1)
    assert refresh(city.travel, city.fleet, city.visits, city.routes, 0, now, first)
    assert route_cost(city.fleet, city.routes, city.visits, 0) - cost_before == cost
    length = int(city.routes.length[0])
    sequence = [int(visit) for visit in city.routes.visit[0, 1 : length + 1]]
    starts = [int(start) for start in city.routes.start[0, 1 : length + 1]]
    legs = [int(leg) for leg in city.routes.leg_s[0, 1 : length + 1]]
    assert schedule(city, sequence, legs, starts[:first], now=now) == starts


@pytest.mark.parametrize(
    ("make", "num_breaks", "least"),
    [(a_request, 0, 60), (a_request, 2, 50), (a_request_in_a_hurry, 0, 40), (a_request_of_a_class, 0, 60)],
)
def test_enough_of_the_random_requests_fit(
    make: Callable[[np.random.Generator], Request], num_breaks: int, least: int
) -> None:
    """Guards the tests above against comparing refusals only."""
    served = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        city = a_city(rng, open_end=True)
        give_breaks(city, rng, count=num_breaks)
        refresh(city.travel, city.fleet, city.visits, city.routes, 0, 0, 0)
        for n in range(8):
            request = make(rng)
            cost, i, j, _ = best_in_route(city, request, first=last_started(city.routes, 0, 0))
            if cost < NEVER:
                put(city, request, i, j, number=n, cost=cost, now=0)
                served += 1
    assert served >= least


def test_on_board_are_goods_of_one_class_only_and_without_the_rule_there_would_be_both() -> None:
    """Guards the comparison above against a rule that never binds."""
    bound = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        city = a_city(rng, open_end=True)
        refresh(city.travel, city.fleet, city.visits, city.routes, 0, 0, 0)
        for n in range(8):
            request, first = a_request_of_a_class(rng), last_started(city.routes, 0, 0)
            cost, i, j, _ = best_in_route(city, request, first=first)
            bound += best_in_route(city, request._replace(apart=0), first=first)[0] < cost
            if cost < NEVER:
                put(city, request, i, j, number=n, cost=cost, now=0)
        on_board = city.routes.load[0, : city.routes.length[0] + 1][:, list(CLASSES)]
        assert not (on_board > 0).all(axis=1).any()
    assert bound >= 20

"""Traffic in the kernels: the clock to the second, insertions against brute force."""

import itertools

import numpy as np
import pytest

from solver.kernels.arrays import FIRST_BREAK, NEVER, NO_TRAFFIC, NO_VISIT, OPEN_END, Request
from solver.kernels.breaks import settle
from solver.kernels.schedule import insert_pair, insert_visit, last_started, refresh, route_cost
from solver.kernels.traffic import arrive, leave
from tests.solver.clock import Clock, some_peaks
from tests.solver.test_insertion import (
    REASONS,
    City,
    a_city,
    a_request,
    a_request_of_one_visit,
    add,
    best_in_route,
    give_breaks,
    tears_a_stop,
)

# -- the clock


@pytest.mark.parametrize("seed", range(20))
def test_arriving_and_leaving_are_what_counting_seconds_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    clock = some_peaks(rng, last=4_000)
    traffic = clock.steps()
    for instant, seconds in rng.integers((-1_000, 0), (5_000, 1_500), size=(200, 2)).tolist():
        assert arrive(traffic, 0, instant, seconds) == clock.arrive(instant, seconds)
        assert leave(traffic, 0, instant, seconds) == clock.leave(instant, seconds)


@pytest.mark.parametrize("seed", range(10))
def test_nobody_overtakes_by_leaving_later_and_the_last_departure_arrives_in_time(seed: int) -> None:
    traffic = some_peaks(np.random.default_rng(seed), last=900).steps()
    for seconds in (0, 1, 77, 400):
        arrivals = [arrive(traffic, 0, departure, seconds) for departure in range(-500, 1_000)]
        assert all(one <= other for one, other in itertools.pairwise(arrivals))
        for arrival in range(0, 1_000, 7):
            departure = leave(traffic, 0, arrival, seconds)
            assert arrive(traffic, 0, departure, seconds) <= arrival < arrive(traffic, 0, departure + 1, seconds)


@pytest.mark.parametrize("seed", range(10))
def test_a_detour_is_never_faster(seed: int) -> None:
    rng = np.random.default_rng(seed)
    traffic = some_peaks(rng, last=3_000).steps()
    for departure, one, other in rng.integers(0, (3_000, 800, 800), size=(100, 3)).tolist():
        straight = arrive(traffic, 0, departure, int(rng.integers(one + other + 1)))
        assert straight <= arrive(traffic, 0, arrive(traffic, 0, departure, one), other)


def test_half_the_speed_takes_twice_as_long_and_only_as_long_as_it_lasts() -> None:
    traffic = Clock([(100, 200, 50)]).steps()
    assert arrive(traffic, 0, 100, 30) == 160
    assert arrive(traffic, 0, 80, 40) == 140
    assert arrive(traffic, 0, 180, 40) == 230
    assert arrive(traffic, 0, 50, 120) == 220
    assert leave(traffic, 0, 220, 120) == 50


def test_without_traffic_a_leg_takes_what_the_tables_say_however_late() -> None:
    assert (arrive(NO_TRAFFIC, 0, NEVER, 7), leave(NO_TRAFFIC, 0, NEVER, 7)) == (NEVER + 7, NEVER - 7)
    traffic = Clock([(100, 200, 50)]).steps()
    assert (arrive(traffic, 0, NEVER, 7), leave(traffic, 0, NEVER, 7)) == (NEVER + 7, NEVER - 7)


# -- insertions against brute force


def a_city_in_traffic(rng: np.random.Generator, *, open_end: bool) -> tuple[City, Clock]:
    city, clock = a_city(rng, open_end=open_end), some_peaks(rng, last=20_000)
    city.travel = city.travel._replace(traffic=clock.steps())
    return city, clock


def simulate(city: City, clock: Clock, sequence: list[int], fixed_starts: list[int], *, now: int) -> int | None:
    """Cost of a sequence in COST_UNITS, or None if it breaks a rule."""
    fleet, visits, duration, distance = city.fleet, city.visits, city.travel.duration[0], city.travel.distance[0]
    node, place, load = int(fleet.start_node[0]), -1, np.zeros_like(fleet.capacity[0])
    end, metres, seconds = int(fleet.shift_start[0]), 0, 0
    for k, visit in enumerate(sequence):
        where, service, setup = (int(array[visit]) for array in (visits.place, visits.service, visits.setup))
        at_break = where <= FIRST_BREAK
        here = node if at_break else int(visits.node[visit])
        moves = where != place and not at_break
        free, setup = (int(duration[node, here]), setup) if moves else (0, 0)
        start = max(clock.arrive(max(end, now), free) + setup, int(visits.earliest[visit]))
        load = load + visits.load[visit]
        start = fixed_starts[k] if k < len(fixed_starts) else start
        too_late = k >= len(fixed_starts) and start > visits.latest[visit]
        if free < 0 or too_late or (load > fleet.capacity[0]).any():
            return None
        seconds += start - clock.leave(start - setup, free) + (0 if at_break else service)
        metres += int(distance[node, here]) if moves else 0
        end, node, place = start + service, here, where
    home = int(fleet.end_node[0])
    if home != OPEN_END:
        if duration[node, home] < 0:
            return None
        seconds, metres = seconds - end, metres + int(distance[node, home])
        end = clock.arrive(end, int(duration[node, home]))
        seconds += end
    if end > fleet.shift_end[0]:
        return None
    if all(visits.place[visit] <= FIRST_BREAK for visit in sequence):
        return 0
    return int(fleet.cost_use[0] + metres * fleet.cost_m[0] + seconds * fleet.cost_s[0])


def fitting(city: City, clock: Clock, request: Request, *, now: int) -> dict[tuple[int, int], int]:
    """Of each pair of positions that is possible, the cost of the route."""
    length = int(city.routes.length[0])
    sequence = [int(v) for v in city.routes.visit[0, 1 : length + 1]]
    starts = [int(s) for s in city.routes.start[0, 1 : length + 1]]
    fixed = last_started(city.routes, 0, now)
    pickup = len(city.visits.node) - 2
    add(city, request, pickup=pickup)
    single = request.pickup_node == NO_VISIT
    found = {}
    for i, j in itertools.combinations_with_replacement(range(fixed, length + 1), 2):
        trial = [*sequence[:i], *([] if single else [pickup]), *sequence[i:j], pickup + 1, *sequence[j:]]
        if (single and i != j) or tears_a_stop(city, sequence, trial):
            continue
        cost = simulate(city, clock, trial, starts[:fixed], now=now)
        if cost is not None:
            found[i, j] = cost
    return found


@pytest.mark.parametrize("num_breaks", [0, 1, 2])
@pytest.mark.parametrize("seed", range(30))
def test_in_traffic_the_kernel_finds_a_place_just_if_there_is_one_and_the_route_costs_what_it_takes(
    seed: int, num_breaks: int
) -> None:
    rng = np.random.default_rng(seed)
    city, clock = a_city_in_traffic(rng, open_end=bool(seed % 2))
    give_breaks(city, rng, count=num_breaks)
    num_inserted, now = 0, 0
    if not refresh(city.travel, city.fleet, city.visits, city.routes, 0, 0, 0):
        return
    for _ in range(12):
        request = a_request(rng) if rng.random() < 0.7 else a_request_of_one_visit(rng)
        now += int(rng.integers(0, 400))
        first = last_started(city.routes, 0, now)
        possible = fitting(city, clock, request, now=now)
        cost, i, j, reason = best_in_route(city, request, first=first, now=now)
        assert (cost == NEVER) == (not possible)
        if not possible:
            assert reason in REASONS
            continue
        assert (i, j) in possible
        add(city, request, pickup=2 * num_inserted)
        if request.pickup_node == NO_VISIT:
            insert_visit(city.routes, 0, j, 2 * num_inserted + 1)
        else:
            insert_pair(city.routes, 0, i, j, 2 * num_inserted, 2 * num_inserted + 1)
        num_inserted += 1
        assert refresh(city.travel, city.fleet, city.visits, city.routes, 0, now, first)
        assert route_cost(city.fleet, city.routes, city.visits, 0) == possible[i, j]
        assert settle(city.travel, city.fleet, city.visits, city.routes, 0, now, first)
        sequence = [int(v) for v in city.routes.visit[0, 1 : city.routes.length[0] + 1]]
        starts = [int(s) for s in city.routes.start[0, 1 : first + 1]]
        settled = simulate(city, clock, sequence, starts, now=now)
        assert settled == route_cost(city.fleet, city.routes, city.visits, 0)

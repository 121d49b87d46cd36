"""Traffic in the kernels: the clock to the second, insertions against brute force."""

import itertools

import numpy as np
import pytest

from solver.kernels.arrays import FIRST_BREAK, NEVER, NO_TRAFFIC, NO_VISIT, OPEN_END, Request
from solver.kernels.breaks import settle
from solver.kernels.schedule import insert_pair, insert_visit, last_started, refresh, route_cost
from solver.kernels.traffic import arrive, arrive_at, leave, leave_from
from tests.solver.clock import Clock, Legs, some_peaks
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


# -- an area that is slow


def some_legs(rng: np.random.Generator, *, last: int) -> Legs:
    """Of a random city, with traffic in an area of some of its crossings."""
    city, clock = a_city(rng, open_end=False), some_peaks(rng, last=last)
    inside = rng.random(len(city.travel.duration[0])) < rng.choice([0.2, 0.5, 0.9])
    return Legs(clock, city.travel.duration[0], inside)


def a_street_through_the_area(*slow: tuple[int, int, int]) -> Legs:
    """Crossings 0 to 5, 10 s apart; 2, 3 and 4 lie in the area."""
    apart = np.abs(np.arange(6)[:, None] - np.arange(6)[None]).astype(np.int32) * 10
    return Legs(Clock(slow), apart, np.array([False, False, True, True, True, False]))


@pytest.mark.parametrize(
    ("a", "b", "seconds"),
    [
        pytest.param(0, 1, 10, id="outside"),
        pytest.param(0, 5, 50, id="past the area, which streets outside may be, too"),
        pytest.param(0, 2, 10 + 20, id="into the area: 10 s from its border"),
        pytest.param(0, 3, 10 + 40, id="deeper into it"),
        pytest.param(3, 0, 40 + 10, id="out of it"),
        pytest.param(2, 3, 20, id="within it"),
        pytest.param(2, 4, 40, id="within it from border to border"),
    ],
)
def test_of_a_leg_that_is_slow_which_cannot_be_driven_outside_the_area(a: int, b: int, seconds: int) -> None:
    legs = a_street_through_the_area((-500, 500, 50))
    free = int(legs.apart[a, b])
    assert arrive_at(legs.clock.steps(), legs.border(), 0, a, b, 0, free) == seconds
    assert leave_from(legs.clock.steps(), legs.border(), 0, a, b, seconds, free) == 0


def test_in_an_area_as_anywhere_it_is_slow_only_as_long_as_the_spell_lasts() -> None:
    """From 0 to 3: 10 s outside, then 20 s in the area."""
    spell_begins_on_the_way = a_street_through_the_area((20, 500, 50))
    spell_ends_on_the_way = a_street_through_the_area((-500, 20, 50))
    for legs, seconds in ((spell_begins_on_the_way, 10 + 10 + 20), (spell_ends_on_the_way, 10 + 10 + 15)):
        assert arrive_at(legs.clock.steps(), legs.border(), 0, 0, 3, 0, 30) == seconds


@pytest.mark.parametrize("seed", range(10))
def test_in_an_area_leaving_is_the_inverse_of_arriving_and_nobody_overtakes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    legs = some_legs(rng, last=3_000)
    traffic, border = legs.clock.steps(), legs.border()
    for a, b in rng.integers(len(legs.apart), size=(6, 2)).tolist():
        if (seconds := int(legs.apart[a, b])) < 0:
            continue
        arrivals = [arrive_at(traffic, border, 0, a, b, departure, seconds) for departure in range(0, 2_000, 3)]
        assert arrivals == [legs.arrive(a, b, departure) for departure in range(0, 2_000, 3)]
        assert all(one <= other for one, other in itertools.pairwise(arrivals))
        for arrival in range(0, 4_000, 119):
            assert leave_from(traffic, border, 0, a, b, arrival, seconds) == legs.leave(a, b, arrival)


@pytest.mark.parametrize("seed", range(20))
def test_no_detour_is_faster_with_an_area_either(seed: int) -> None:
    rng = np.random.default_rng(seed)
    legs = some_legs(rng, last=3_000)
    traffic, border, apart = legs.clock.steps(), legs.border(), legs.apart

    def arrival(a: int, b: int, departure: int) -> int:
        return int(arrive_at(traffic, border, 0, a, b, departure, int(apart[a, b])))

    for a, b, c in rng.integers(len(apart), size=(150, 3)).tolist():
        if min(apart[a, b], apart[b, c], apart[a, c]) >= 0:
            departure = int(rng.integers(3_000))
            assert arrival(a, c, departure) <= arrival(b, c, arrival(a, b, departure))


# -- insertions against brute force


def a_city_in_traffic(rng: np.random.Generator, *, open_end: bool, in_an_area: bool) -> tuple[City, Legs]:
    city, clock = a_city(rng, open_end=open_end), some_peaks(rng, last=20_000)
    inside = rng.random(len(city.travel.duration[0])) < 0.6 if in_an_area else None
    legs = Legs(clock, city.travel.duration[0], inside)
    city.travel = city.travel._replace(traffic=clock.steps(), border=legs.border())
    return city, legs


def simulate(city: City, legs: Legs, sequence: list[int], fixed_starts: list[int], *, now: int) -> int | None:
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
        leaves = max(end, now)
        arrival = legs.arrive(node, here, leaves) + setup if moves else leaves
        start = max(arrival, int(visits.earliest[visit]))
        load = load + visits.load[visit]
        start = fixed_starts[k] if k < len(fixed_starts) else start
        too_late = k >= len(fixed_starts) and start > visits.latest[visit]
        if free < 0 or too_late or (load > fleet.capacity[0]).any():
            return None
        seconds += start - legs.leave(node, here, start - setup) if moves else 0
        seconds += 0 if at_break else service
        metres += int(distance[node, here]) if moves else 0
        end, node, place = start + service, here, where
    home = int(fleet.end_node[0])
    if home != OPEN_END:
        if duration[node, home] < 0:
            return None
        seconds, metres = seconds - end, metres + int(distance[node, home])
        end = legs.arrive(node, home, end)
        seconds += end
    if end > fleet.shift_end[0]:
        return None
    if all(visits.place[visit] <= FIRST_BREAK for visit in sequence):
        return 0
    return int(fleet.cost_use[0] + metres * fleet.cost_m[0] + seconds * fleet.cost_s[0])


def fitting(city: City, legs: Legs, request: Request, *, now: int) -> dict[tuple[int, int], int]:
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
        cost = simulate(city, legs, trial, starts[:fixed], now=now)
        if cost is not None:
            found[i, j] = cost
    return found


@pytest.mark.parametrize("in_an_area", [False, True])
@pytest.mark.parametrize("num_breaks", [0, 1, 2])
@pytest.mark.parametrize("seed", range(20))
def test_in_traffic_the_kernel_finds_a_place_just_if_there_is_one_and_the_route_costs_what_it_takes(
    seed: int, num_breaks: int, in_an_area: bool
) -> None:
    rng = np.random.default_rng(seed)
    city, legs = a_city_in_traffic(rng, open_end=bool(seed % 2), in_an_area=in_an_area)
    give_breaks(city, rng, count=num_breaks)
    num_inserted, now = 0, 0
    if not refresh(city.travel, city.fleet, city.visits, city.routes, 0, 0, 0):
        return
    for _ in range(12):
        request = a_request(rng) if rng.random() < 0.7 else a_request_of_one_visit(rng)
        now += int(rng.integers(0, 400))
        first = last_started(city.routes, 0, now)
        possible = fitting(city, legs, request, now=now)
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
        settled = simulate(city, legs, sequence, starts, now=now)
        assert settled == route_cost(city.fleet, city.routes, city.visits, 0)

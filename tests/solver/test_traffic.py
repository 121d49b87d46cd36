"""Traffic by the time of day: the clock to the second, insertions against brute force, plans under the checker."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from models.contract import SlaTerm
from models.issues import InputError, IssueCode
from models.opening import PublicHolidays, Weekday, WorkingDays
from models.policy import ServiceLevel
from models.promise import Mode
from models.resource import TravelProfile, Van
from models.timing import Horizon, TimeWindow
from models.traffic import TrafficSpell
from models.travel import PROFILES
from solver.board import Board
from solver.check import check, recompute_cost
from solver.check.codes import ViolationCode as Code
from solver.kernels.arrays import FIRST_BREAK, NEVER, NO_TRAFFIC, NO_VISIT, OPEN_END, STEP_PERCENT, STEP_START, Request
from solver.kernels.breaks import settle
from solver.kernels.schedule import insert_pair, insert_visit, last_started, refresh, route_cost
from solver.kernels.traffic import arrive, leave
from solver.oracle import solve
from solver.repair import repair
from solver.replan import replan
from solver.traffic import traffic_of
from tests.builders import (
    a_catalogue,
    a_contract,
    a_peak,
    a_place,
    a_policy,
    a_problem,
    a_rider,
    a_van,
    an_item,
    at,
    between,
)
from tests.solver.clock import Clock, some_peaks
from tests.solver.market import Market, quote
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


# -- spells on the calendar


def speed_at(clock: str, *spells: TrafficSpell, days: int = 0, profile: TravelProfile = TravelProfile.CAR) -> int:
    """In per cent; the tests' day is a Monday, the horizon three days long."""
    horizon = Horizon(start=at("06:00"), end=at("00:00", days=3))
    traffic = traffic_of(a_catalogue(traffic=spells, holidays=PublicHolidays(country="CN")), horizon)
    starts, percents = traffic[PROFILES.index(profile)]
    return int(percents[np.searchsorted(starts, horizon.seconds(at(clock, days=days)), side="right") - 1])


def test_a_spell_is_slow_from_its_start_to_its_end_in_local_time_on_every_day() -> None:
    clocks = ("07:29:59", "07:30", "09:29:59", "09:30")
    for days in range(-1, 3):
        assert [speed_at(clock, a_peak(), days=days) for clock in clocks] == [100, 50, 50, 100]


def test_only_the_profiles_that_it_names_are_slowed_down() -> None:
    assert speed_at("08:00", a_peak(), profile=TravelProfile.BIKE) == 100


def test_of_spells_that_overlap_the_slowest_counts() -> None:
    spells = (a_peak(percent=60), a_peak("08:00", "10:00", percent=40), a_peak("08:30", "08:40", percent=90))
    clocks = ("07:45", "08:00", "08:35", "09:45", "10:00")
    assert [speed_at(clock, *spells) for clock in clocks] == [60, 40, 40, 40, 100]


def test_midnight_ends_the_day() -> None:
    assert [speed_at("23:59:59", a_peak("22:00", "00:00")), speed_at("00:00", a_peak("22:00", "00:00"), days=1)] == [
        50,
        100,
    ]


def test_a_spell_holds_on_its_days() -> None:
    days = WorkingDays(weekdays=(Weekday.MONDAY, Weekday.WEDNESDAY))
    assert [speed_at("08:00", a_peak(days=days), days=n) for n in range(3)] == [50, 100, 50]


def test_on_a_holiday_streets_are_free_if_only_working_days_are_slow() -> None:
    """1 May is a Friday; the Saturday of the week after is worked in exchange."""
    weekdays = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)
    days = WorkingDays(weekdays=weekdays, on_holidays=False)
    catalogue = a_catalogue(traffic=(a_peak(days=days),), holidays=PublicHolidays(country="CN"))
    since = date(2026, 4, 30) - date(2026, 3, 2)
    horizon = Horizon(start=at("00:00", days=since.days), end=at("00:00", days=since.days + 10))
    starts, percents = traffic_of(catalogue, horizon)[PROFILES.index(TravelProfile.CAR)]
    slow = [horizon.start + timedelta(seconds=int(s)) for s, p in zip(starts, percents, strict=True) if p == 50]
    dates = {instant.astimezone(catalogue.zone).date() for instant in slow}
    assert date(2026, 4, 30) in dates
    assert date(2026, 5, 1) not in dates
    assert date(2026, 5, 9) in dates


def test_a_city_without_spells_has_no_steps() -> None:
    problem = a_problem()
    assert traffic_of(problem.catalogue, problem.horizon) is NO_TRAFFIC


def test_steps_begin_before_all_time_and_differ_from_one_another() -> None:
    problem = a_problem(catalogue=a_catalogue(traffic=(a_peak(), a_peak("09:30", "10:00"))))
    for steps in traffic_of(problem.catalogue, problem.horizon):
        real = steps[:, steps[STEP_START] < NEVER]
        assert real[STEP_START, 0] == -NEVER
        assert (np.diff(real[STEP_START]) > 0).all()
        assert (np.diff(real[STEP_PERCENT]) != 0).all()


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
@pytest.mark.parametrize("seed", range(40))
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


# -- plans under the checker


def a_van_market(*spells: TrafficSpell, vans: tuple[Van, ...] | None = None) -> Market:
    """Two contracts for the van that is cold, and nobody else."""
    vans = (a_van(),) if vans is None else vans
    catalogue = a_catalogue(riders=(), vans=vans, carriers=(), pools=(), traffic=spells)
    market = Market.opened(a_problem(catalogue=catalogue))
    for n in (4, 7):
        market.take(a_contract(f"C-{n}", [an_item(f"i-{n}", place=a_place(n))]))
    return market


def travel_s(market: Market) -> list[int]:
    """Of every visit of the plan that somebody moves for."""
    visits = [visit for route in market.board.plan().routes for visit in route.visits]
    return [int((v.arrival - v.depart).total_seconds()) for v in visits if v.arrival > v.depart]


def test_in_a_peak_every_leg_takes_as_much_longer_and_is_paid_for() -> None:
    free, slow = a_van_market(), a_van_market(a_peak("00:00", "00:00", 25))
    assert travel_s(slow) == [4 * seconds for seconds in travel_s(free)]
    more_s = slow.board.plan().routes[0].work_s - free.board.plan().routes[0].work_s
    assert more_s == 3 * sum(travel_s(free)) > 0
    assert slow.board.plan().cost.labour > free.board.plan().cost.labour


def test_who_is_not_slowed_down_is_planned_as_ever() -> None:
    plans = []
    for spells in ((), (a_peak("06:00", "22:00", 10),)):
        market = Market.opened(a_problem(catalogue=a_catalogue(vans=(), carriers=(), pools=(), traffic=spells)))
        market.take(a_contract())
        plans.append(market.board.plan())
    assert plans[0] == plans[1]


def test_a_plan_that_knows_no_traffic_breaks_the_clock_work_and_cost() -> None:
    market = a_van_market()
    catalogue = market.problem.catalogue.model_copy(update={"traffic": (a_peak("06:00", "12:00", 80),)})
    found = check(replace(market.snapshot(), catalogue=catalogue), market.board.plan())
    assert {each.code for each in found} >= {Code.ARRIVAL_WRONG, Code.WORK_WRONG, Code.COST_WRONG}


@pytest.mark.parametrize("seconds", [-1, 1])
def test_the_checker_counts_travel_to_the_second(seconds: int) -> None:
    market = a_van_market(a_peak("06:00", "12:00", 33))
    plan = market.board.plan()
    (route,) = plan.routes
    visits = [*route.visits]
    visits[0] = visits[0].model_copy(update={"depart": visits[0].depart + timedelta(seconds=seconds)})
    spoiled = plan.model_copy(update={"routes": (route.model_copy(update={"visits": tuple(visits)}),)})
    assert Code.ARRIVAL_WRONG in {each.code for each in check(market.snapshot(), spoiled)}


@pytest.mark.parametrize(("percent", "comes"), [(100, True), (10, False)])
def test_a_window_that_traffic_makes_too_tight_is_not_promised(percent: int, comes: bool) -> None:
    """On free streets, the van is 150 s from the store, and the store 420 s from crossing 8."""
    sla = SlaTerm(windows=(between("08:00", "08:40"),))
    catalogue = a_catalogue(riders=(), carriers=(), pools=(), traffic=(a_peak("06:00", "12:00", percent),))
    board = Board.of(a_problem(catalogue=catalogue))
    found = quote(board, a_contract("C-1", [an_item(place=a_place(8), sla=sla)]), now=at("07:00"))
    assert bool(found.options) is comes


def test_the_way_home_is_driven_in_the_traffic_behind_the_last_visit() -> None:
    vans = (a_van(end_place=a_place(3)),)
    free, slow = a_van_market(vans=vans), a_van_market(a_peak("00:00", "00:00", 50), vans=vans)
    (free_route,), (slow_route,) = free.board.plan().routes, slow.board.plan().routes
    assert slow_route.way_home_s == 2 * free_route.way_home_s > 0


def test_a_replan_in_traffic_is_valid_and_no_dearer() -> None:
    riders = tuple(a_rider(f"R-{n}", start_place=a_place(2 * n), end_place=a_place(2 * n)) for n in range(1, 4))
    peaks = tuple(
        a_peak(*peak, profiles=(TravelProfile.BIKE,)) for peak in (("07:00", "07:20", 40), ("07:50", "09:00", 70))
    )
    levels = (ServiceLevel(service_level_id="morning", name="Morning", modes=(Mode.RIDER,), within=timedelta(hours=3)),)
    catalogue = a_catalogue(riders=riders, pools=(), traffic=peaks, policy=a_policy(service_levels=levels))
    market = Market.opened(a_problem(catalogue=catalogue, now=at("06:40"), freeze_until=at("06:40")))
    for n in range(8):
        due = at("07:30") + timedelta(minutes=7 * n % 40)
        sla = SlaTerm(windows=(TimeWindow(earliest=due, latest=due + timedelta(minutes=40)),))
        market.take(a_contract(f"C-{n}", [an_item(place=a_place(2 + 5 * n % 7), sla=sla)]))
    problem = market.snapshot()
    plan = replan(problem, seed=1, iterations=600)
    assert check(problem, plan) == ()
    assert plan.cost == recompute_cost(problem, plan)
    assert plan.cost.total < problem.initial_plan.cost.total


def test_what_a_van_was_to_bring_in_traffic_is_brought_by_the_other() -> None:
    market = a_van_market(a_peak("06:00", "12:00", 40), vans=(a_van("V-1"), a_van("V-2")))
    busy = next(route.resource_id for route in market.board.plan().routes if route.visits)
    catalogue = market.problem.catalogue.model_copy(update={"unavailable_ids": frozenset((busy,))})
    problem = replace(market.snapshot(), catalogue=catalogue)
    outcome = repair(problem, market.board, ranks=lambda: ("C-4", "C-7"))
    plan = outcome.board.plan()
    assert outcome.lost == ()
    assert check(problem, plan) == ()
    assert {each.resource_id for each in plan.assignments} == {"V-1", "V-2"} - {busy}


def test_the_oracle_says_that_it_knows_no_traffic() -> None:
    with pytest.raises(InputError) as caught:
        solve(a_problem(catalogue=a_catalogue(traffic=(a_peak(),))))
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.ORACLE_SCOPE, "catalogue.traffic")
    assert issue.message == "spells of traffic (1) must be 0: the oracle's legs take as long at any time"

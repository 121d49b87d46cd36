"""Traffic by the time of day: spells on the calendar, and plans under the checker."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from models.area import Area
from models.contract import SlaTerm
from models.issues import InputError, IssueCode
from models.opening import PublicHolidays, Weekday, WorkingDays
from models.policy import ServiceLevel
from models.promise import Mode
from models.resource import TravelProfile, Van
from models.timing import Horizon, TimeWindow
from models.traffic import TrafficSpell
from models.travel import PROFILES
from models.zone import Corner
from solver.check import check, recompute_cost
from solver.check.codes import ViolationCode as Code
from solver.kernels.arrays import NEVER, NO_TRAFFIC, STEP_PERCENT, STEP_START
from solver.oracle import solve
from solver.replanning.repair import repair
from solver.replanning.replan import replan
from solver.traffic import border_of, traffic_of
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
)
from tests.solver.market import Market, a_board, quote

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
    level = ServiceLevel(service_level_id="soon", name="Soon", modes=(Mode.VAN,), within=timedelta(minutes=30))
    peaks, policy = (a_peak("06:00", "12:00", percent),), a_policy(service_levels=(level,))
    board = a_board(riders=(), carriers=(), pools=(), traffic=peaks, policy=policy)
    found = quote(board, a_contract("C-1", [an_item(place=a_place(8))]), now=at("07:00"))
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


# -- an area that is slow

CENTRE = Area(ring=tuple(Corner(lat=lat, lon=lon) for lat, lon in ((31.1, 121.42), (31.1, 121.436), (31.3, 121.428))))
"""Crossings 6 and 7: its sides pass 5 and 8."""

AROUND_7 = Area(center=Corner(lat=31.2, lon=121.4294), radius_m=450)
"""The same two and crossing 8; the next one is 800 m away."""


def a_spell_in(area: Area, percent: int = 50, **changes: Any) -> TrafficSpell:
    return a_peak("00:00", "00:00", percent, area=area, **changes)


def test_a_way_is_slow_only_as_far_as_it_cannot_be_driven_outside_the_area() -> None:
    """Of what is outside, crossing 8 is nearest to 7: a block back takes 75 s, the two forth from 5 take 120."""
    free, slow = (travel_s(a_van_market(*spells)) for spells in ((), (a_spell_in(CENTRE),)))
    assert slow == [*free[:-1], free[-1] + 75]


@pytest.mark.parametrize("area", [CENTRE, AROUND_7])
@pytest.mark.parametrize("hours", [("00:00", "00:00"), ("07:00", "07:10"), ("06:55", "07:04")])
def test_plans_in_an_area_that_is_slow_at_some_hours_pass_the_checker(area: Area, hours: tuple[str, str]) -> None:
    market = a_van_market(a_peak(*hours, 30, area=area))
    assert check(market.snapshot(), market.board.plan()) == ()
    plan = replan(market.snapshot(), seed=1, iterations=100)
    assert check(market.snapshot(), plan) == ()


@pytest.mark.parametrize(("planned", "true"), [(None, CENTRE), (CENTRE, None), (CENTRE, AROUND_7)])
def test_a_plan_that_takes_another_area_for_slow_breaks_the_clock(planned: Area | None, true: Area | None) -> None:
    market = a_van_market(a_peak("00:00", "00:00", 50, area=planned))
    catalogue = market.problem.catalogue.model_copy(update={"traffic": (a_peak("00:00", "00:00", 50, area=true),)})
    found = check(replace(market.snapshot(), catalogue=catalogue), market.board.plan())
    assert Code.ARRIVAL_WRONG in {each.code for each in found}


def test_an_area_of_all_crossings_is_as_slow_as_everywhere() -> None:
    everything = Area(center=Corner(lat=31.2, lon=121.42), radius_m=100_000)
    plans = [a_van_market(a_peak("00:00", "00:00", 40, area=area)).board.plan() for area in (None, everything)]
    assert plans[0] == plans[1]


def test_each_profile_has_an_area_of_its_own() -> None:
    bikes = a_spell_in(AROUND_7, 90, profiles=(TravelProfile.BIKE,))
    assert travel_s(a_van_market(a_spell_in(CENTRE), bikes)) == travel_s(a_van_market(a_spell_in(CENTRE)))


def test_tables_that_do_not_know_where_crossings_are_have_no_areas() -> None:
    problem = a_problem(catalogue=a_catalogue(traffic=(a_spell_in(CENTRE),)))
    with pytest.raises(ValueError, match="must have points"):
        border_of(problem.catalogue, replace(problem.travel, points=None))


def test_the_border_is_as_far_as_the_nearest_crossing_outside_in_either_direction() -> None:
    problem = a_problem(catalogue=a_catalogue(traffic=(a_spell_in(CENTRE),)))
    border = border_of(problem.catalogue, problem.travel)
    car = PROFILES.index(TravelProfile.CAR)
    ids = problem.travel.node_ids.tolist()
    assert border[0, car, [ids.index(6), ids.index(7)]].tolist() == [75, 60]
    assert border[1, car, [ids.index(6), ids.index(7)]].tolist() == [60, 75]
    assert not border[:, car, [ids.index(n) for n in (1, 5, 8, 9)]].any()
    assert (border[:, 1 - car] == NEVER).all()


def test_the_oracle_says_that_it_knows_no_traffic() -> None:
    with pytest.raises(InputError) as caught:
        solve(a_problem(catalogue=a_catalogue(traffic=(a_peak(),))))
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.ORACLE_SCOPE, "catalogue.traffic")
    assert issue.message == "spells of traffic (1) must be 0: the oracle's legs take as long at any time"

"""Replanning: cheaper routes for the same promises, the same every time."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest

from models.contract import ContractStatus, SlaTerm
from models.plan import Plan, VisitKind
from models.policy import ServiceLevel
from models.problem import Problem
from models.promise import Mode, SameVisit
from models.timing import TimeWindow
from solver.check import check, moved_promises, recompute_cost
from solver.disturbance import changed_hands, disturbance
from solver.regions.interface import Counted, Timed
from solver.replanning.replan import look_of, replan
from solver.routing.budget import SLICE
from solver.stop import after_calls
from tests.builders import a_catalogue, a_contract, a_place, a_policy, a_problem, a_rider, an_item, at
from tests.solver.market import Market

ITERATIONS = 600
MORNING = timedelta(hours=3)
SKUS = ("LEEKS", "MILK", "EGGS", "TISSUES")


@cache
def a_busy_morning() -> Market:
    """Twelve contracts with tight windows that came in no order; so there is something to gain."""
    riders = tuple(a_rider(f"R-{n}", start_place=a_place(2 * n), end_place=a_place(2 * n)) for n in range(1, 5))
    level = ServiceLevel(service_level_id="morning", name="Morning", modes=(Mode.RIDER, Mode.VAN), within=MORNING)
    catalogue = a_catalogue(riders=riders, pools=(), policy=a_policy(service_levels=(level,)))
    problem = a_problem(catalogue=catalogue, now=at("06:40"), freeze_until=at("06:40"))
    market = Market.opened(problem)
    for n in range(12):
        place, due = a_place(2 + 5 * n % 7), at("07:30") + timedelta(minutes=7 * n % 40)
        sla = SlaTerm(windows=(TimeWindow(earliest=due, latest=due + timedelta(minutes=15)),))
        items = [an_item(f"i-{k}", place=place, goods=[(SKUS[(n + k) % 4], 1)], sla=sla) for k in range(1 + n % 2)]
        together = (SameVisit(item_ids=("i-0", "i-1")),) if n % 4 == 1 else ()
        market.take(a_contract(f"C-{n:02}", items, same_visits=together))
    return market


def a_snapshot(now: str = "06:40") -> Problem:
    return replace(a_busy_morning().snapshot(), now=at(now), freeze_until=at(now))


def replanned(problem: Problem, *, seed: int = 1, iterations: int = ITERATIONS) -> Plan:
    plan = replan(problem, seed=seed, iterations=iterations)
    assert check(problem, plan) == ()
    assert plan.cost == recompute_cost(problem, plan)
    return plan


def test_a_busy_morning_gets_cheaper_and_stays_valid() -> None:
    problem = a_snapshot()
    plan = replanned(problem)
    assert plan.cost.total < problem.initial_plan.cost.total
    assert moved_promises(problem.contracts, problem.contracts) == ()
    changed = [route for route in plan.routes if route not in problem.initial_plan.routes]
    versions = {route.resource_id: route.version for route in problem.initial_plan.routes}
    assert changed
    assert all(route.version == versions.get(route.resource_id, 0) + 1 for route in changed)


def test_every_item_is_done_by_the_mode_that_was_promised() -> None:
    problem = a_snapshot()
    before = {(each.contract_id, each.item_id): each.mode for each in problem.initial_plan.assignments}
    after = {(each.contract_id, each.item_id): each.mode for each in replanned(problem).assignments}
    assert after == before


def test_every_delivery_stays_in_its_promised_window() -> None:
    problem = a_snapshot()
    windows = {
        (contract.contract_id, promise.item_id): promise.window
        for contract in problem.contracts
        for promise in contract.promises
    }
    for route in replanned(problem).routes:
        for visit in route.visits:
            if visit.kind is VisitKind.DELIVERY:
                assert visit.start in windows[visit.contract_id, visit.item_id]


@pytest.mark.parametrize("now", ["07:12", "07:25", "07:40"])
def test_what_has_started_stays(now: str) -> None:
    problem = a_snapshot(now)
    plan = replanned(problem)
    after = {route.resource_id: route.visits for route in plan.routes}
    num_frozen = 0
    for route in problem.initial_plan.routes:
        frozen = tuple(visit for visit in route.visits if visit.depart <= at(now))
        assert after[route.resource_id][: len(frozen)] == frozen
        num_frozen += len(frozen)
    assert num_frozen


def test_a_freeze_in_the_middle_of_a_second_plans_nothing_into_the_past() -> None:
    now = at("07:12") + timedelta(microseconds=600_000)
    replanned(replace(a_snapshot(), now=now, freeze_until=now))


def test_a_freeze_ahead_of_now_keeps_more() -> None:
    problem = replace(a_snapshot(), freeze_until=at("07:30"))
    plan = replanned(problem)
    after = {route.resource_id: route.visits for route in plan.routes}
    for route in problem.initial_plan.routes:
        frozen = tuple(visit for visit in route.visits if visit.depart <= at("07:30"))
        assert after[route.resource_id][: len(frozen)] == frozen


def test_the_same_seed_gives_the_same_plan_byte_for_byte() -> None:
    problem = a_snapshot()
    plans = [replanned(problem, seed=7).model_dump_json() for _ in range(3)]
    assert len(set(plans)) == 1


def test_seeds_of_any_size_are_welcome() -> None:
    for seed in (0, 2**31 - 2, 2**63, -5):
        replanned(a_snapshot(), seed=seed, iterations=50)


def test_without_an_improvement_the_plan_in_force_comes_back_itself() -> None:
    problem = a_snapshot()
    best = replanned(problem)
    for _ in range(10):
        again = replace(problem, initial_plan=best)
        better = replanned(again, seed=3)
        if better is best:
            return
        best = better
    pytest.fail("no plan is ever the best")


def test_nothing_to_move_is_the_plan_in_force_itself() -> None:
    empty = a_problem()
    assert replan(empty, seed=1, iterations=100) is empty.initial_plan
    late = a_snapshot("12:00")
    assert replan(late, seed=1, iterations=100) is late.initial_plan


def test_a_world_without_vehicles_has_nothing_to_replan() -> None:
    nobody = a_problem(catalogue=a_catalogue(riders=(), vans=(), pools=()))
    market = Market.opened(nobody)
    market.take(a_contract())
    problem = market.snapshot()
    assert replan(problem, seed=1, iterations=100) is problem.initial_plan


def test_no_iterations_change_nothing() -> None:
    problem = a_snapshot()
    assert replan(problem, seed=1, iterations=0) is problem.initial_plan


def test_a_stop_is_honoured_at_once_and_between_slices() -> None:
    problem = a_snapshot()
    assert replan(problem, seed=1, iterations=10**9, stop=after_calls(1)) is problem.initial_plan
    stopped = replan(problem, seed=1, iterations=10**9, stop=after_calls(3))
    assert check(problem, stopped) == ()


def test_a_stop_leaves_what_was_found_by_then() -> None:
    problem = a_snapshot()
    stopped = replan(problem, seed=1, iterations=4 * SLICE, stop=after_calls(3))
    assert stopped.cost.total <= problem.initial_plan.cost.total
    assert check(problem, stopped) == ()


def test_the_order_of_contracts_does_not_matter_to_validity_and_cost() -> None:
    problem = a_snapshot()
    turned = replace(problem, contracts=tuple(reversed(problem.contracts)))
    assert replanned(turned).cost == replanned(problem).cost


def test_items_of_one_visit_stay_together_and_where_they_are() -> None:
    problem = a_snapshot()
    plan = replanned(problem)
    together = [contract for contract in problem.contracts if contract.same_visits]
    assert len(together) >= 3
    for contract in together:
        stops = [
            (route.resource_id, n, visit.place)
            for route in plan.routes
            for n, visit in enumerate(route.visits)
            if visit.contract_id == contract.contract_id and visit.kind is VisitKind.DELIVERY
        ]
        (vehicle_a, n_a, place_a), (vehicle_b, n_b, _) = stops
        assert vehicle_a == vehicle_b
        route = next(route for route in plan.routes if route.resource_id == vehicle_a)
        assert {visit.place for visit in route.visits[min(n_a, n_b) : max(n_a, n_b) + 1]} == {place_a}


def test_several_pickups_at_one_site_in_a_row_share_their_set_up() -> None:
    plan = replanned(a_snapshot())
    shared = 0
    for route in plan.routes:
        for before, after in zip(route.visits, route.visits[1:], strict=False):
            if before.place == after.place and before.kind is after.kind is VisitKind.PICKUP:
                assert after.depart == after.arrival
                shared += after.start == before.end
    assert shared


def test_a_replanned_day_goes_on() -> None:
    """What came out of a replan is the plan in force of the next quotes and the next replan."""
    market = Market.opened(a_snapshot())
    for hour in range(3):
        plan = replan(market.snapshot(), seed=hour, iterations=ITERATIONS)
        if plan is not market.snapshot().initial_plan:
            market.adopt(plan)
        assert market.board.plan().cost == plan.cost
        market.now += timedelta(minutes=11)
        late = a_contract(f"D-{hour}", [an_item(place=a_place(3 + hour), goods=[("RICE", 1)])], created_time=market.now)
        market.take(late)


def test_a_contract_that_is_only_held_keeps_its_promises_too() -> None:
    problem = a_snapshot()
    held = tuple(each.model_copy(update={"status": ContractStatus.QUOTED}) for each in problem.contracts)
    plan = replanned(replace(problem, contracts=held))
    assert plan.cost.total < problem.initial_plan.cost.total


def test_no_vehicle_departs_before_now() -> None:
    now: datetime = at("07:12")
    problem = a_snapshot("07:12")
    old = {visit for route in problem.initial_plan.routes for visit in route.visits if visit.depart <= now}
    for route in replanned(problem).routes:
        for visit in route.visits:
            assert visit in old or visit.depart >= now


# what a change of hands counts


def test_the_dearer_a_change_of_hands_the_fewer_there_are() -> None:
    problem = a_snapshot()
    home = problem.initial_plan
    moved = [len(changed_hands(home, replanned(replace(problem, disturbance=price)))) for price in (0, 100, 10_000)]
    assert moved[0] > moved[1] >= moved[2] == 0


def test_a_replan_saves_more_than_what_it_disturbs_counts() -> None:
    problem = replace(a_snapshot(), disturbance=100)
    plan = replanned(problem)
    counted = disturbance(problem.initial_plan, plan, price=100)
    assert counted == 100 * len(changed_hands(problem.initial_plan, plan)) > 0
    assert plan.cost.total + counted < problem.initial_plan.cost.total


def test_what_a_change_of_hands_counts_is_no_part_of_the_cost_of_the_plan() -> None:
    problem = replace(a_snapshot(), disturbance=100)
    plan = replanned(problem)
    assert plan.cost == recompute_cost(a_snapshot(), plan)


def test_a_pinned_item_stays_with_its_resource_and_its_site() -> None:
    problem = a_snapshot()
    home = problem.initial_plan
    moved = changed_hands(home, replanned(problem))
    pinned = replace(problem, pinned=frozenset(moved[:2]))
    assert not set(moved[:2]) & set(changed_hands(home, replanned(pinned)))
    everything = {(each.contract_id, each.item_id) for each in home.assignments}
    assert changed_hands(home, replanned(replace(problem, pinned=frozenset(everything)))) == ()


def test_the_checker_sees_a_pinned_item_that_moved() -> None:
    problem = a_snapshot()
    plan = replanned(problem)
    key = changed_hands(problem.initial_plan, plan)[0]
    (found,) = check(replace(problem, pinned=frozenset({key})), plan)
    assert found.code == "PINNED_ITEM_MOVED"


def test_more_contracts_are_looked_at_the_longer_the_routes_are_searched() -> None:
    assert [look_of(Counted(iterations)).most for iterations in (1, 6000, 20_000)] == [60, 60, 200]
    ticks = iter((0.0, 2.9, 3.0, 4.9, 5.0))
    look = look_of(Timed(10.0, lambda: next(ticks)))
    assert look.most is None
    assert [look.enough(), look.enough()] == [False, True]
    assert [look.over(), look.over()] == [False, True]

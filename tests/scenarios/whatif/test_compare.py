"""Base and scenario are planned alike, and what differs is counted, with its cause."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from models.contract import Contract
from models.evaluation import Cause, Comparison, Evaluation
from models.issues import InputError, IssueCode
from models.plan import Cost, Route, Visit
from models.plan_file import PlanFile
from models.scenario import BASE, Scenario
from scenarios.batch import plan_file, plan_world
from scenarios.generate_orders import generate_morning, generate_orders
from scenarios.whatif import FIGURES, Base, Budget, Evaluated, Runs, evaluate, summary
from scenarios.whatif.compare import ORDERS, difference, touches
from scenarios.world import World
from solver.check import check
from tests.scenarios.whatif.conftest import a_scenario

BUDGET = Budget(iterations=30, offers=3)


@pytest.fixture(scope="module")
def base(town: World) -> Base:
    return Base(town, num_orders=14)


@pytest.fixture(scope="module")
def planned(base: Base) -> Evaluated:
    return evaluate(base, BASE, seed=1, budget=BUDGET)


def compared(base: Base, scenario: Scenario) -> Comparison:
    [comparison] = Runs(base, BUDGET).compare([scenario], seeds=[1])
    return comparison


def violations(comparison: Comparison) -> Iterator[object]:
    for each in (*comparison.evaluations, *comparison.base_evaluations):
        yield from each.violations


def busiest(evaluation: Evaluation) -> str:
    sites = [item.site_id for each in evaluation.contracts for item in each.items if item.site_id]
    return max(sorted(set(sites)), key=sites.count)


def test_an_evaluation_is_the_same_every_time(base: Base, planned: Evaluated) -> None:
    assert evaluate(base, BASE, seed=1, budget=BUDGET).evaluation == planned.evaluation
    assert evaluate(base, BASE, seed=2, budget=BUDGET).evaluation.digest != planned.evaluation.digest


def test_an_evaluation_counts_what_is_in_its_plan(base: Base, planned: Evaluated) -> None:
    found, stored = planned.evaluation, planned.plan_file
    assert not found.violations
    assert found.cost - Cost(expected_compensation=found.cost.expected_compensation) == stored.plan.cost
    promises = [promise for contract in stored.contracts for promise in contract.promises]
    assert found.kept + found.at_risk == len(promises) > 0
    assert found.fees == sum(promise.fee for promise in promises)
    assert found.distance_m == sum(route.distance_m for route in stored.plan.routes) > 0
    assert 0.8 < found.on_time <= 1
    assert found.co2_g > 0
    assert found.offers.contracts == 3
    assert sum(option.recommended for option in found.offers.options) == 3


def test_pools_are_busy_as_long_as_their_members_are(base: Base, planned: Evaluated) -> None:
    busy = sum(each.busy_s for each in planned.evaluation.utilisation)
    visits = [visit for route in planned.plan_file.plan.routes for visit in route.visits]
    assert busy == sum(round((visit.end - visit.depart).total_seconds()) for visit in visits) > 0
    riders = [each for each in base.world.catalogue.riders if not each.on_call]
    shifts = sum((each.shift.end - each.shift.start).total_seconds() for each in riders)
    rests = sum((each.duration.total_seconds() for rider in riders for each in rider.breaks), 0.0)
    available = sum(each.available_s for each in planned.evaluation.utilisation if each.pool_id == "city-riders")
    assert available == shifts - rests
    assert all(0 <= each.share <= 1 for each in planned.evaluation.utilisation)


def test_no_change_is_no_difference(base: Base) -> None:
    comparison = compared(base, Scenario(name="nothing"))
    assert all(each.mean == each.low == each.high == 0 for each in comparison.differences.values())
    assert set(comparison.differences) == set(FIGURES)
    assert not comparison.changes
    assert not comparison.resourced


def test_customers_are_the_same_ones_in_base_and_scenario(base: Base) -> None:
    comparison = compared(base, a_scenario({"change": "multiply_demand", "factor": 1.5}))
    before, after = (
        {each.contract_id for each in e[0].contracts} for e in (comparison.base_evaluations, comparison.evaluations)
    )
    assert before < after
    new = {each.contract_id for each in comparison.changes if each.cause is Cause.ORDER_NEW}
    assert after - before <= new
    assert all(each.because_of == (0,) for each in comparison.changes if each.contract_id in new)
    assert comparison.differences["contracts"].mean == len(after - before)
    assert not [*violations(comparison)]


def test_a_closed_site_is_named_as_the_cause(base: Base, planned: Evaluated) -> None:
    site_id = busiest(planned.evaluation)
    rain = {"change": "policy", "waiting_per_hour": 400}
    comparison = compared(base, a_scenario(rain, {"change": "close_site", "site_id": site_id}))
    [evaluation] = comparison.evaluations
    assert all(item.site_id != site_id for each in evaluation.contracts for item in each.items)
    had = {e.contract_id for e in planned.evaluation.contracts if any(i.site_id == site_id for i in e.items)}
    of_site = [each for each in comparison.changes if each.contract_id in had]
    assert len(of_site) + comparison.resourced >= len(had) > 0
    assert {each.cause for each in of_site} <= {Cause.SITE_OUT, Cause.REFUSED}
    assert all(1 in each.because_of for each in of_site)
    assert not [*violations(comparison)]


def test_a_refusal_says_what_rules_it_out(base: Base) -> None:
    comparison = compared(base, a_scenario({"change": "change_stock", "factor": 0}))
    refused = [each for each in comparison.changes if each.cause is Cause.REFUSED]
    assert comparison.evaluations[0].refused == len(comparison.evaluations[0].contracts) > 0
    assert len(refused) == len(comparison.changes) > 0
    assert all(each.reasons and not each.after.items and each.before.items for each in refused)
    assert summary(comparison).on_time == 1


def test_another_fee_is_a_change_of_the_level(base: Base) -> None:
    levels = [level.service_level_id for level in base.world.catalogue.policy.service_levels]
    fees = [{"change": "fee", "service_level_id": each, "amount": 777} for each in levels]
    comparison = compared(base, a_scenario(*fees))
    assert comparison.changes
    assert {each.cause for each in comparison.changes} == {Cause.LEVEL_CHANGED}
    assert comparison.differences["fees"].mean > 0
    assert comparison.differences["fee_per_option"].mean > 0


def test_a_wish_for_a_level_that_is_withdrawn_is_no_wish_any_more(base: Base) -> None:
    comparison = compared(base, a_scenario({"change": "withdraw_service_level", "service_level_id": "slot-2h"}))
    promised = {item.service_level_id for each in comparison.evaluations[0].contracts for item in each.items}
    assert "slot-2h" not in promised
    assert not [*violations(comparison)]


def test_what_parts_orders_otherwise_is_named_by_those_whom_it_parts(base: Base) -> None:
    of_goods = {"change": "policy", "max_split": 1}
    named = touches(base, a_scenario({"change": "policy", "merge": False}, of_goods))
    assert [ORDERS in each for each in named] == [True, False]


def test_one_seed_has_no_interval_and_several_have_that_of_student() -> None:
    assert difference([5.0]).model_dump() == {"mean": 5, "low": 5, "high": 5}
    found = difference([1.0, 2.0, 3.0])
    assert (found.mean, found.low, found.high) == pytest.approx((2, 2 - 2.4841, 2 + 2.4841), abs=1e-3)


# From a snapshot


@pytest.fixture(scope="module")
def snapshot(town: World) -> Base:
    orders = generate_morning(town, seed=1, num_orders=14)
    done = plan_world(town, orders, seed=1, iterations=0, rounds=0)
    return Base(town, snapshot=plan_file(town, done.problem, done.plan))


def promises_of(contracts: tuple[Contract, ...]) -> list[tuple[str, object, int]]:
    return [(promise.item_id, promise.window, promise.fee) for each in contracts for promise in each.promises]


def test_a_snapshot_keeps_its_promises_and_who_cannot_is_at_risk(snapshot: Base) -> None:
    assert snapshot.snapshot
    kept = evaluate(snapshot, BASE, seed=1, budget=BUDGET)
    assert not kept.evaluation.violations
    site_id = busiest(kept.evaluation)
    lost = evaluate(snapshot, a_scenario({"change": "close_site", "site_id": site_id}), seed=1, budget=BUDGET)
    assert not lost.evaluation.violations
    assert promises_of(lost.plan_file.contracts) == promises_of(snapshot.snapshot.contracts)
    gone = [item for each in lost.evaluation.contracts for item in each.items if not item.p_on_time]
    assert all(item.reasons and item.site_id is None for item in gone)
    assert lost.evaluation.kept + lost.evaluation.at_risk == len(promises_of(snapshot.snapshot.contracts))
    assert not any(item.site_id == site_id for each in lost.evaluation.contracts for item in each.items)
    again = lost.plan_file.problem(catalogue=lost.variant.catalogue, travel=lost.variant.world.streets.tables())
    assert not check(again, lost.plan_file.plan)


def test_a_snapshot_has_the_options_of_the_next_customer_on_both_sides(snapshot: Base) -> None:
    assert snapshot.snapshot
    budget = BUDGET.model_copy(update={"offers": 6})
    dear = a_scenario(
        {"change": "fee", "service_level_id": "within-hour", "amount": 5000, "fee_ladder": {}}, name="dear"
    )
    [compared] = Runs(snapshot, budget).compare([dear], seeds=[1])
    before, after = compared.base_evaluations[0].offers, compared.evaluations[0].offers
    known = {f"{contract.contract_id}+next" for contract in snapshot.snapshot.contracts}
    for offers in (before, after):
        assert offers.contracts == 6
        assert {option.contract_id for option in offers.options} <= known
        assert sum(option.recommended for option in offers.options) == 6
    assert max(option.fee for option in before.options) < 5000 <= max(option.fee for option in after.options)
    assert compared.differences["fee_per_option"].mean > 0
    assert not compared.changes


def test_nobody_asks_at_a_snapshot_whose_limits_are_over_by_then(snapshot: Base) -> None:
    stored = snapshot.snapshot
    assert stored
    limits = [_limit(each) for each in stored.contracts]
    late = max(each for each in limits if each)
    at_end = stored.model_copy(update={"now": late, "freeze_until": late})
    everybody = BUDGET.model_copy(update={"offers": 99})
    found = evaluate(Base(snapshot.world, snapshot=at_end), BASE, seed=1, budget=everybody)
    assert found.evaluation.offers.contracts == limits.count(None)


def _limit(contract: Contract) -> datetime | None:
    """When the last window ends that the customer has given."""
    return max((item.sla.windows[-1].latest for item in contract.items if item.sla.windows), default=None)


def test_a_snapshot_meets_slower_ways_and_new_people(snapshot: Base) -> None:
    later = {"change": "shift_times", "kind": "VAN", "start_by": "PT1H"}
    more = {"change": "add_resources", "kind": "RIDER", "count": 2}
    less = {"change": "remove_resources", "kind": "RIDER", "resource_ids": ["rider-02", "rider-03"]}
    found = evaluate(snapshot, a_scenario(later, more, less), seed=1, budget=BUDGET)
    assert not found.evaluation.violations
    assert found.variant.catalogue.vans[0].shift.start - snapshot.world.catalogue.vans[0].shift.start == timedelta(
        hours=1
    )


def test_hours_of_slow_ways_cost_time_with_orders_and_with_a_snapshot(town: World, snapshot: Base) -> None:
    shower = a_scenario({"change": "travel_factor", "duration_factor": {"BIKE": 2, "CAR": 2}, "until_time": "13:00"})
    for base in (snapshot, Base(town, num_orders=14)):
        dry, wet = (evaluate(base, each, seed=1, budget=BUDGET) for each in (BASE, shower))
        assert not wet.evaluation.violations
        assert wet.evaluation.cost.labour > dry.evaluation.cost.labour


def test_hours_of_slow_ways_in_an_area_cost_less_time_than_everywhere(town: World, snapshot: Base) -> None:
    site = town.catalogue.sites[0].place
    area = {"center": {"lat": site.lat, "lon": site.lon}, "radius_m": 700}
    rush = {"change": "travel_factor", "duration_factor": {"BIKE": 3, "CAR": 3}, "until_time": "13:00"}
    for base in (snapshot, Base(town, num_orders=14)):
        free, there, everywhere = (
            evaluate(base, each, seed=1, budget=BUDGET)
            for each in (BASE, a_scenario({**rush, "area": area}), a_scenario(rush))
        )
        assert not there.evaluation.violations
        labour = [each.evaluation.cost.labour for each in (free, there, everywhere)]
        assert labour == sorted(set(labour))


TWO_HOURS = timedelta(hours=2)


def under_way(town: World) -> PlanFile:
    """A plan of two hours of orders, at the end of these."""
    start = town.horizon.start
    at = start + TWO_HOURS
    orders = generate_orders(town, seed=1, num_orders=14, start=start + timedelta(minutes=30), end=at)
    done = plan_world(town, orders, seed=1, iterations=0, rounds=0)
    return plan_file(town, done.problem, done.plan).model_copy(update={"now": at, "freeze_until": at})


def most_begun(stored: PlanFile) -> str:
    """Who has most behind them when the snapshot is taken."""
    return max(stored.plan.routes, key=lambda route: len(begun_visits(route, stored.now))).resource_id


def test_what_contradicts_what_has_begun_is_said_before_anything_is_planned(town: World) -> None:
    stored = under_way(town)
    who = most_begun(stored)
    kind = town.catalogue.mobile_by_id[who].kind
    by = {"start_by": "PT2H", "end_by": "PT2H"}
    later = a_scenario({"change": "shift_times", "kind": kind, "resource_ids": [who], **by})
    with pytest.raises(InputError) as refused:
        Runs(Base(town, snapshot=stored), BUDGET).compare([later], seeds=[1])
    assert {(issue.code, issue.path) for issue in refused.value.issues} == {
        (IssueCode.SCENARIO_CONTRADICTORY, "changes")
    }
    assert "what has started must stay valid" in refused.value.issues[0].message


def test_what_has_begun_stays_with_whom_it_is_even_if_they_are_removed(town: World) -> None:
    stored, at = under_way(town), town.horizon.start + TWO_HOURS
    begun = {route.resource_id: begun_visits(route, at) for route in stored.plan.routes if begun_visits(route, at)}
    away = most_begun(stored)
    kind = town.catalogue.mobile_by_id[away].kind
    gone = a_scenario({"change": "remove_resources", "kind": kind, "resource_ids": [away]})
    found = evaluate(Base(town, snapshot=stored), gone, seed=1, budget=BUDGET)
    assert not found.evaluation.violations
    routes = {route.resource_id: route for route in found.plan_file.plan.routes}
    assert {each: begun_visits(routes[each], at) for each in begun} == begun


def begun_visits(route: Route, at: datetime) -> list[Visit]:
    return [visit for visit in route.visits if visit.depart <= at]

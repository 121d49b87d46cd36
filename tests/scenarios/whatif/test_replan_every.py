"""Orders that are planned as they come, with the plan searched anew every so often."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.contract import Contract
from models.issues import InputError, IssueCode
from models.scenario import BASE
from scenarios.batch import plan_file, plan_world
from scenarios.generate_orders import generate_morning
from scenarios.one_by_one import PlayedDay, plan_one_by_one
from scenarios.whatif import Base, Budget, Runs, apply, evaluate
from scenarios.whatif.evaluate import Evaluated, contracts_in
from scenarios.world import World
from solver.stop import Stop, never
from tests.scenarios.whatif.conftest import a_scenario

BUDGET = Budget(iterations=600, offers=0)
ORDERS = 40
RUSH = 120
"""So many that a replan finds something."""


def every(minutes: int) -> dict[str, Any]:
    return {"change": "policy", "replan_every": f"PT{minutes}M"}


@pytest.fixture(scope="module")
def contracts(town: World) -> tuple[Contract, ...]:
    orders = generate_morning(town, seed=1, num_orders=ORDERS)
    return contracts_in(apply(town, BASE), orders)


def day_of(town: World, contracts: tuple[Contract, ...], *, minutes: int) -> tuple[PlayedDay, list[int]]:
    """The day, and of how many replans each was told that it is one."""
    told = list[int]()

    def budget(replans: int) -> Stop:
        told.append(replans)
        return never

    by = timedelta(minutes=minutes)
    return plan_one_by_one(town, contracts, replan_every=by, seed=1, iterations=60, budget=budget), told


def test_nobody_sets_out_for_an_order_that_has_not_come(town: World, contracts: tuple[Contract, ...]) -> None:
    day, _ = day_of(town, contracts, minutes=20)
    asked = {each.contract_id: max(order.joined_time for order in each.orders) for each in contracts}
    visits = [visit for route in day.plan.routes for visit in route.visits]
    assert not day.violations
    assert len(visits) > ORDERS / 2
    assert all(visit.depart > asked[visit.contract_id] for visit in visits)


def test_the_plan_is_searched_once_in_every_interval_in_which_orders_come(
    town: World, contracts: tuple[Contract, ...]
) -> None:
    times = sorted(max(order.joined_time for order in each.orders) for each in contracts)
    start, by = town.horizon.start, timedelta(minutes=20)
    _, told = day_of(town, contracts, minutes=20)
    expected = _intervals(times[-1], start, by) - _intervals(times[0], start, by) + 1
    assert told == [expected] * expected


def _intervals(time: datetime, start: datetime, by: timedelta) -> int:
    return -((start - time) // by)


def test_what_cannot_be_promised_is_refused_with_reasons(town: World, contracts: tuple[Contract, ...]) -> None:
    day, _ = day_of(replace(town, stock=()), contracts, minutes=60)
    lost = {each.contract_id for each in day.plan.unplanned}
    assert lost
    assert lost == {each.contract_id for each in day.problem.contracts if not each.promises}
    assert all(each.reasons for each in day.plan.unplanned)


def found(town: World, minutes: int, *, num_orders: int) -> Evaluated:
    scenario = a_scenario(every(minutes))
    return evaluate(Base(town, num_orders=num_orders), scenario, seed=1, budget=BUDGET)


@pytest.fixture(scope="module")
def often(town: World) -> Evaluated:
    return found(town, 10, num_orders=RUSH)


@pytest.fixture(scope="module")
def seldom(town: World) -> Evaluated:
    return found(town, 240, num_orders=RUSH)


def test_another_interval_gives_other_figures_for_the_same_customers(often: Evaluated, seldom: Evaluated) -> None:
    one, other = often.evaluation, seldom.evaluation
    assert one.cost.total != other.cost.total
    assert one.distance_m != other.distance_m
    customers = [{contract.order_ids for contract in each.contracts} for each in (one, other)]
    assert customers[0] == customers[1]
    assert not one.violations
    assert not other.violations


def test_the_base_may_be_played_and_a_scenario_may_say_otherwise(
    town: World, often: Evaluated, seldom: Evaluated
) -> None:
    base = Base(town, num_orders=RUSH, replan_every=timedelta(minutes=240))
    [compared] = Runs(base, BUDGET).compare([a_scenario(every(10))], seeds=[1])
    assert compared.base_evaluations[0].cost == seldom.evaluation.cost
    assert compared.evaluations[0].cost == often.evaluation.cost


def test_the_same_seed_gives_the_same_day(town: World) -> None:
    assert found(town, 30, num_orders=20).plan_file == found(town, 30, num_orders=20).plan_file


def test_with_a_snapshot_no_order_comes(town: World) -> None:
    done = plan_world(town, generate_morning(town, seed=1, num_orders=3), seed=1, iterations=0, rounds=0)
    base = Base(town, snapshot=plan_file(town, done.problem, done.plan))
    with pytest.raises(InputError) as refused:
        Runs(base, BUDGET).compare([a_scenario({"change": "policy", "merge": False}, every(10))], seeds=[1])
    [issue] = refused.value.issues
    assert (issue.code, issue.path) == (IssueCode.SCENARIO_CONTRADICTORY, "changes[1].replan_every")
    assert issue.message == "replan_every (0:10:00) needs orders that come, and a snapshot has none"

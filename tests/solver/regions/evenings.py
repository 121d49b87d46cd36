"""A plan with promises that is worth a night, large enough for a few regions of a few items."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

from models.contract import SlaTerm
from models.plan import Plan
from models.policy import ServiceLevel
from models.problem import Problem
from models.promise import Mode
from models.timing import TimeWindow
from solver.check import check, moved_promises, recompute_cost
from tests.builders import a_catalogue, a_contract, a_place, a_policy, a_problem, a_rider, an_item, at
from tests.solver.market import Market

REGION = 6
"""Items: an evening has a few regions."""

SKUS = ("LEEKS", "MILK", "EGGS", "TISSUES")


@cache
def an_evening() -> Problem:
    """Eighteen contracts on eight riders that came in no order; so there is something to gain."""
    riders = tuple(a_rider(f"R-{n}", start_place=a_place(n), end_place=a_place(n)) for n in range(1, 9))
    level = ServiceLevel(
        service_level_id="morning", name="Morning", modes=(Mode.RIDER, Mode.VAN), within=timedelta(hours=3)
    )
    catalogue = a_catalogue(riders=riders, pools=(), policy=a_policy(service_levels=(level,)))
    market = Market.opened(a_problem(catalogue=catalogue, now=at("06:40"), freeze_until=at("06:40")))
    for n in range(18):
        place, due = a_place(2 + 5 * n % 7), at("07:30") + timedelta(minutes=5 * (n % 4))
        sla = SlaTerm(windows=(TimeWindow(earliest=due, latest=due + timedelta(minutes=10)),))
        market.take(a_contract(f"C-{n:02}", [an_item("i-0", place=place, goods=[(SKUS[n % 4], 1)], sla=sla)]))
    return replace(market.snapshot(), now=at("06:40"), freeze_until=at("06:40"))


def checked(problem: Problem, plan: Plan) -> Plan:
    """The plan, which breaks no rule, moves no promise, says what it costs and is no dearer."""
    assert check(problem, plan) == ()
    assert plan.cost == recompute_cost(problem, plan)
    assert plan.cost.total <= problem.initial_plan.cost.total
    assert moved_promises(problem.contracts, problem.contracts) == ()
    return plan

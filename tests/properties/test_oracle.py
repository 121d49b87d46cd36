"""Whatever contracts come: the oracle serves them all, its plan is valid, and the engine never beats it."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.check import check
from solver.oracle import Verdict, solve
from solver.replanning.replan import replan
from tests.properties.test_random_contracts import come, problems
from tests.solver.market import Market


@settings(max_examples=25)
@given(st.data())
def test_what_the_engine_plans_the_oracle_plans_at_least_as_cheaply(data: st.DataObject) -> None:
    problem = data.draw(problems(), label="problem")
    market = Market.opened(replace(problem, catalogue=problem.catalogue.model_copy(update={"traffic": ()})))
    for number in range(data.draw(st.integers(1, 3), label="contracts")):
        come(market, data, number)
    problem = market.snapshot()
    plan = replan(problem, seed=1, iterations=200)
    answer = solve(problem, effort=5.0)
    assert answer.verdict in (Verdict.PROVED, Verdict.FOUND)
    assert answer.plan is not None
    assert check(problem, answer.plan) == ()
    assert answer.bound <= plan.cost.total
    if answer.verdict is Verdict.PROVED:
        assert answer.bound == answer.cost

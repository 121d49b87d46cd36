"""Every rule that can be stated: the answer keeps it, and is the cheapest there is on tiny problems."""

import numpy as np
import pytest

from solver.routing.answering import Answer
from solver.routing.budget import Iterations
from solver.routing.solving import solve
from solver.routing.stating import Statement
from tests.solver.routing.statements import RULES, Rule, a_random_one
from tests.solver.routing.trial import cheapest, check_answer, cost_of


def solved(statement: Statement, *, iterations: int = 1500, seed: int = 1) -> Answer:
    """The answer, carried out."""
    answer = solve(statement, seed=seed, budget=Iterations(iterations))
    check_answer(statement, answer)
    return answer


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_under_each_rule_the_cheapest_of_all_is_found(rule: Rule, seed: int) -> None:
    rng = np.random.default_rng(seed)
    statement = rule(a_random_one(rng), rng)
    assert cost_of(statement, solved(statement)) == cheapest(statement)

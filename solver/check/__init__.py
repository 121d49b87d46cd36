"""The independent checker: re-verifies a plan from the problem alone and recomputes its cost.

It shares no code with the engine, so that it can disagree with it. Each rule is one small
function from a `Case` to the violations it finds; all rules always run. The rules are
described, code by code, in `docs/checker.md`.
"""

from collections.abc import Callable, Iterator

from models.plan import Plan, Violation
from models.problem import Problem
from solver.check import (
    apart,
    breaks,
    counters,
    coverage,
    dispatch,
    freezing,
    loads,
    money,
    onboard,
    outages,
    picking,
    promises,
    resources,
    services,
    sessions,
    sources,
    splits,
    starts,
    timeline,
    visits,
)
from solver.check.case import Case
from solver.check.codes import ViolationCode
from solver.check.money import recompute_cost
from solver.check.moved import moved_promises

__all__ = ["ViolationCode", "check", "moved_promises", "recompute_cost"]

RULES: tuple[Callable[[Case], Iterator[Violation]], ...] = (
    *coverage.RULES,
    *sources.RULES,
    *picking.RULES,
    *visits.RULES,
    *timeline.RULES,
    *breaks.RULES,
    *loads.RULES,
    *onboard.RULES,
    *apart.RULES,
    *resources.RULES,
    *promises.RULES,
    *starts.RULES,
    *counters.RULES,
    *dispatch.RULES,
    *services.RULES,
    *sessions.RULES,
    *splits.RULES,
    *freezing.RULES,
    *outages.RULES,
    *money.RULES,
)


def check(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every violation of every rule, in the order of the rules; empty for a valid plan.

    The plan is judged against exactly the contracts, stock and initial plan that the problem
    holds: a part of a plan can be checked on its own if all three are cut down alike.
    """
    case = Case(problem, plan)
    return tuple(violation for rule in RULES for violation in rule(case))

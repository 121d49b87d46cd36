"""The referee: a proven cheapest plan for a handful of contracts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ortools.sat.python import cp_model

from models.plan import Plan
from models.problem import Problem
from solver.oracle.constraints import CONSTRAINTS
from solver.oracle.objective import cost_of
from solver.oracle.question import Question
from solver.oracle.reading import plan_of
from solver.oracle.variables import Variables, variables_of

EFFORT = 60.0
"""Deterministic time of one answer: at most a minute or so, and the same answer on every machine."""


class Verdict(StrEnum):
    """What is known of a question."""

    PROVED = "PROVED"
    """The plan is valid and none is cheaper."""
    FOUND = "FOUND"
    """The plan is valid; a cheaper one may exist, but none below the bound."""
    IMPOSSIBLE = "IMPOSSIBLE"
    """There is no valid plan."""
    UNKNOWN = "UNKNOWN"
    """No plan was found, and none was ruled out."""


@dataclass(frozen=True)
class Answer:
    """What the oracle says.

    Parameters
    ----------
    plan
        None if there is none, or none was found. Its routes start as late or early as they may.
    bound
        No valid plan that serves as many contracts costs less, in minor units.
    served
        Ids of the contracts in the plan.
    problem
        The one that the plan answers: of the contracts that are served; with joined windows, if
        precedence was exact.
    """

    verdict: Verdict
    plan: Plan | None
    bound: int
    served: tuple[str, ...]
    problem: Problem

    @property
    def cost(self) -> int:
        return self.plan.cost.total if self.plan else 0


def solve(
    problem: Problem,
    *,
    alternatives: Sequence[Sequence[str]] = (),
    exact: bool = False,
    seed: int = 1,
    effort: float = EFFORT,
) -> Answer:
    """The cheapest valid plan behind the promises of a problem in which nothing has begun.

    Mode, level, window and fee of every item are as promised, and so is the instant of what starts
    together, if the initial plan has one; source, resource, order and times are free.

    Parameters
    ----------
    alternatives
        Groups of contracts' ids of which at most one is served: a contract that has no promise yet,
        once for every promise that it could get. As many groups as possible are served, and those
        as cheaply as possible. All other contracts have to be served.
    exact
        Precedence between visits holds for their planned times, not for their promised windows.

    Raises
    ------
    InputError
        ORACLE_SCOPE: something has begun, an item has no promise that stands, or there is traffic.
    """
    question = Question.of(problem, alternatives=alternatives, exact=exact)
    model, variables = _built(question)
    solver = _solver(seed=seed, effort=effort)
    if alternatives:
        served = _served_of(question, variables)
        model.maximize(served)
        if solver.solve(model) == cp_model.OPTIMAL:
            model.add(served == round(solver.objective_value))
    model.minimize(cost_of(model, question, variables))
    return _answer(question, variables, solver, solver.solve(model))


def most_served(
    problem: Problem, *, alternatives: Sequence[Sequence[str]], seed: int = 1, effort: float = EFFORT
) -> int | None:
    """How many groups of `solve`'s alternatives can be served at most; None if that is not known in time."""
    question = Question.of(problem, alternatives=alternatives)
    model, variables = _built(question)
    model.maximize(_served_of(question, variables))
    solver = _solver(seed=seed, effort=effort)
    return round(solver.objective_value) if solver.solve(model) == cp_model.OPTIMAL else None


def _built(question: Question) -> tuple[cp_model.CpModel, Variables]:
    model = cp_model.CpModel()
    variables = variables_of(model, question)
    for constraint in CONSTRAINTS:
        constraint(model, question, variables)
    return model, variables


def _served_of(question: Question, variables: Variables) -> cp_model.LinearExpr:
    return cp_model.LinearExpr.sum([variables.served[each] for group in question.alternatives for each in group])


def _solver(*, seed: int, effort: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (2**31 - 1)
    solver.parameters.linearization_level = 1
    solver.parameters.max_deterministic_time = effort
    return solver


def _answer(
    question: Question, variables: Variables, solver: cp_model.CpSolver, status: cp_model.CpSolverStatus
) -> Answer:
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        impossible = status == cp_model.INFEASIBLE
        verdict = Verdict.IMPOSSIBLE if impossible else Verdict.UNKNOWN
        return Answer(verdict, None, 0 if impossible else round(solver.best_objective_bound), (), question.problem)
    served = tuple(contract_id for contract_id, each in variables.served.items() if solver.value(each))
    contracts = tuple(each for each in question.problem.contracts if each.contract_id in served)
    return Answer(
        verdict=Verdict.PROVED if status == cp_model.OPTIMAL else Verdict.FOUND,
        plan=plan_of(question, variables, solver.value),
        bound=round(solver.best_objective_bound),
        served=served,
        problem=replace(question.problem, contracts=contracts),
    )

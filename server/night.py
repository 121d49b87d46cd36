"""The replan that the solver's process carries out: with helpers of its own, if the plan is large."""

from multiprocessing import cpu_count

from models.plan import Plan
from models.problem import Problem
from solver.regions.interface import Counted
from solver.regions.pool import LocalPool
from solver.regions.serial import Serial
from solver.replanning.night import NotedSteps
from solver.replanning.notebook import Notebook
from solver.replanning.promise_prices import Prices, promise_prices
from solver.replanning.replan import ONE_SEARCH, replan_large
from solver.stop import Stop


def replan(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Plan:
    """A cheaper plan, noted region by region; the same whoever carries it out."""
    if not iterations or stop():
        return problem.initial_plan
    is_large = sum(len(route.visits) for route in problem.initial_plan.routes) > 2 * ONE_SEARCH and cpu_count() > 1
    executor = LocalPool(cpu_count()) if is_large else Serial()
    try:
        return replan_large(
            problem,
            seed=seed,
            effort=Counted(iterations),
            executor=executor,
            stop=stop,
            checkpoints=NotedSteps(problem, notebook),
        )
    finally:
        executor.close()


MOST_AREAS = 6
"""Pairs of service level and area whose promises are priced, beside each level everywhere."""


def prices(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Prices:
    """What it costs to keep each kind of promise of the plan in force."""
    return promise_prices(
        problem, seed=seed, iterations=iterations, most_areas=MOST_AREAS, stop=stop, notebook=notebook
    )

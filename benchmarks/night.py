"""How long a night of thousands of open contracts takes, and what it saves.

The plan that it begins with is made by `benchmarks.evening` and is no part of what is measured. Then,
as in a night: other sources, routes by regions, and the checker over the whole plan. Behind it, and no
part of its time, a proved bound of what other sources could save in the plan that it began with.
"""

import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import sqrt
from pathlib import Path
from time import monotonic

import numpy as np

from benchmarks.evening import IN_ROUTES, Evening, evening_of
from benchmarks.figures import Figures, machine
from models.plan import Plan
from models.problem import Problem
from solver.assignment.reassigning import bound_of_sources
from solver.check import check, recompute_cost
from solver.kernels import warm_up
from solver.live_routes import ItemKey
from solver.regions.interface import Executor, InMemory, Timed
from solver.regions.pool import LocalPool
from solver.replanning.replan import replan_large

SECONDS_PER_ROUTED = 0.06
"""Of the search of the routes, for each contract that has something in one, unless it is given."""

BOUND_SECONDS_PER_CONTRACT = 0.02
"""Of the look-up of what each contract could take instead, for the bound; who comes later has what he has."""

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""Of a growth curve: each size gets nights that are so long beside its longest one."""

SHORTEST = 1 / 256
"""Where even the first of these is long enough, shorter ones down to this share."""

CLOSE = 1.01
"""A night is long enough when its plan costs at most so many times what the longest one's does."""


@dataclass
class Watched(InMemory):
    """Checkpoints that note how long the first step took."""

    began: float = field(default_factory=monotonic)
    sources_s: float = 0.0

    def keep_sources(self, plan: Plan) -> None:
        super().keep_sources(plan)
        self.sources_s = monotonic() - self.began


def measure(num_contracts: int, *, seed: int, seconds: float | None, workers: int, cache: Path) -> Figures:
    """One night, with all that it found; the machine's memory is that of the whole process so far."""
    evening = evening_of(num_contracts, seed=seed, folder=cache)
    warm_up()
    executor = LocalPool(workers)
    try:
        figures = _night(evening, seed=seed, seconds=seconds or _usual_s(evening), executor=executor)
    finally:
        executor.close()
    rss_gb = _rss_gb(workers)
    bound = _bound(evening.problem, seed=seed)
    return {**figures, **bound, "rss_gb": rss_gb, "seed": seed, "workers": workers, "machine": machine()}


def growth(sizes: Sequence[int], *, seed: int, seconds: float | None, workers: int, cache: Path) -> Figures:
    """Nights of several sizes and lengths: how the time grows that it takes to come close to the longest one's cost.

    Parameters
    ----------
    seconds
        Of the longest search of routes per routed contract; None: the usual.
    """
    rows = []
    warm_up()
    executor = LocalPool(workers)
    try:
        for size in sizes:
            evening = evening_of(size, seed=seed, folder=cache)
            longest_s = _usual_s(evening) if seconds is None else seconds * evening.routed
            nights, enough = long_enough(partial(_part_of_night, evening, longest_s, seed=seed, executor=executor))
            rows.append({"contracts": size, "seconds": enough["seconds"], "nights": nights})
    finally:
        executor.close()
    return {
        "sizes": rows,
        "exponent": fitted_exponent([row["contracts"] for row in rows], [row["seconds"] for row in rows]),
        "rss_gb": _rss_gb(workers),
        "seed": seed,
        "workers": workers,
        "machine": machine(),
    }


def long_enough(night: Callable[[float], Figures]) -> tuple[list[Figures], Figures]:
    """All nights that were tried, shortest first, and the shortest that comes close to the longest one's cost.

    Lengths double, and one more lies between the last that was too short and the first that was not: the time that
    is enough is known to a factor of 1.4.

    Parameters
    ----------
    night
        One of that share of the longest one's time.
    """
    nights = {share: night(share) for share in SHARES}

    def enough() -> float:
        mark = CLOSE * nights[SHARES[-1]]["cost_after"]
        return min(share for share, each in nights.items() if each["cost_after"] <= mark)

    while (shortest := min(nights)) == enough() and shortest > SHORTEST:
        nights[shortest / 2] = night(shortest / 2)
    too_short = [share for share in nights if share < enough()]
    if too_short:
        between = sqrt(max(too_short) * enough())
        nights[between] = night(between)
    return [nights[share] for share in sorted(nights)], nights[enough()]


def fitted_exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float | None:
    """Of the power law that fits best, as a line through the logarithms; None for a single size."""
    if len(set(sizes)) < 2:
        return None
    return round(float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0]), 3)


def _usual_s(evening: Evening) -> float:
    return SECONDS_PER_ROUTED * evening.routed


def _part_of_night(evening: Evening, longest_s: float, share: float, *, seed: int, executor: Executor) -> Figures:
    return _night(evening, seed=seed, seconds=longest_s * share, executor=executor)


def _night(evening: Evening, *, seed: int, seconds: float, executor: Executor) -> Figures:
    """Costs are recomputed by the checker. `seconds` counts all of it: sources, routes and checking."""
    problem, watched = evening.problem, Watched()
    effort = Timed(seconds, monotonic)
    plan = replan_large(problem, seed=seed, effort=effort, executor=executor, checkpoints=watched)
    replanned_s = monotonic() - watched.began
    violations = check(problem, plan)
    total_s = monotonic() - watched.began
    return {
        "contracts": len(problem.contracts),
        "routed": evening.routed,
        "routed_items": sum(each.mode in IN_ROUTES for each in plan.assignments),
        "seconds": round(total_s, 1),
        "seconds_sources": round(watched.sources_s, 1),
        "seconds_routes": round(replanned_s - watched.sources_s, 1),
        "seconds_check": round(total_s - replanned_s, 1),
        "cost_before": recompute_cost(problem, problem.initial_plan).total,
        "cost_after": recompute_cost(problem, plan).total,
        "promises_moved": len(_kept(problem, problem.initial_plan) - _kept(problem, plan)),
        "checker_violations": len(violations),
        "regions": len(watched.results),
        "iterations": sum(each.iterations for each in watched.results.values()),
    }


def _bound(problem: Problem, *, seed: int) -> Figures:
    """What `solver.assignment.reassigning.SourcesBound` says of the plan in force, within a time of its own."""
    began = monotonic()
    until = began + BOUND_SECONDS_PER_CONTRACT * len(problem.contracts)
    bound = bound_of_sources(problem, seed=seed, enough=lambda: monotonic() >= until)
    return {
        "lower_bound_assignment": bound.lower_bound,
        "chosen_assignment": bound.chosen,
        "assignment_before": bound.as_it_is,
        "looked_at_assignment": bound.num_looked_at,
        "candidates_assignment": bound.num_candidates,
        "seconds_bound": round(monotonic() - began, 1),
    }


def _kept(problem: Problem, plan: Plan) -> set[ItemKey]:
    """The items that a plan does by the mode and within the window that were promised."""
    promises = {(each.contract_id, promise.item_id): promise for each in problem.contracts for promise in each.promises}
    assigned = {(each.contract_id, each.item_id): each for each in plan.assignments}
    return {
        key
        for key, promise in promises.items()
        if key in assigned and assigned[key].mode is promise.mode and assigned[key].planned_start in promise.window
    }


def _rss_gb(workers: int) -> float:
    """The peak of this process and, for each worker that has ended, that of the largest: never too little."""
    peak_kb = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, largest_worker = peak_kb
    return round((own + workers * largest_worker) / 2**20, 2)

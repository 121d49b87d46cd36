"""The assignment of very many contracts: how cheap a choice is found, how near the bound is, and how soon."""

import resource
import sys
from time import perf_counter, process_time

from benchmarks.assignment_instance import generate
from benchmarks.assignment_referee import judge
from benchmarks.figures import Figures, machine
from solver.lagrangian import solve

PRICING = 0.4
"""Of the time, at most: the rest is for the choice."""

TURNS = 1000
"""More than there is time for."""

WARM_UP = 30
"""Contracts of the instance on which the kernels are compiled before the clock starts."""


def measure(num_contracts: int, num_options: int, *, seed: int, seconds: float) -> Figures:
    """Bounds in minor units, both recomputed by the referee; `wrong` counts what it does not agree with.

    `seconds` is wall time, `cpu_seconds` what the search got of a core meanwhile.
    """
    solve(generate(WARM_UP, num_options, seed=seed), seed=seed)
    menu = generate(num_contracts, num_options, seed=seed)
    start, cpu_start = perf_counter(), process_time()
    solution = solve(
        menu,
        seed=seed,
        turns=TURNS,
        stop_pricing=lambda: perf_counter() - start >= PRICING * seconds,
        stop=lambda: perf_counter() - start >= seconds,
    )
    taken, cpu_taken = perf_counter() - start, process_time() - cpu_start
    rss_gb = _rss_gb()  # before the referee takes memory of its own
    verdict = judge(menu, solution.chosen, solution.bound.price, scale=solution.bound.scale)
    differs = (verdict.bound != solution.lower_bound) + (verdict.cost != solution.upper_bound)
    return {
        "contracts": menu.num_contracts,
        "lower_bound": verdict.bound,
        "upper_bound": verdict.cost,
        "gap": round((verdict.cost - verdict.bound) / verdict.cost, 5) if verdict.cost else 0.0,
        "seconds": round(taken, 1),
        "rss_gb": round(rss_gb, 2),
        "cpu_seconds": round(cpu_taken, 1),
        "refused": int((solution.chosen < 0).sum()),
        "options": menu.num_options,
        "rows": menu.num_rows,
        "scarce_rows": int((solution.bound.price > 0).sum()),
        "wrong": differs + verdict.overfull_rows + verdict.foreign_options,
        "seed": seed,
        "machine": machine(),
    }


def _rss_gb() -> float:
    """The most that this process has had in memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)

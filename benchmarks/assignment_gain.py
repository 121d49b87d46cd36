"""What it gains to plan contracts together, against first come, first served.

Both ways know the same contracts of a generated morning, from the start of the day and with the
same options; none is planned before its last order has come. First come: in that order each takes
the cheapest bundle that meets its wish and still fits, by cheapest insertion. Afterwards the same
search of the routes polishes both plans, so that what is left is the gain of other promises,
sources and modes alone.
"""

from dataclasses import replace
from time import perf_counter

from benchmarks.figures import WORLD, Figures, machine
from benchmarks.quote import morning_of
from models.problem import Problem
from scenarios.world import load_world
from solver.assignment import Assigned, assign
from solver.cache import cache_dir
from solver.check import check, recompute_cost
from solver.kernels import warm_up
from solver.replanning.replan import replan

POLISH_ITERATIONS = 20_000
ORDERS_PER_CONTRACT = 1.3
"""More than enough: of a morning's customers not a third orders again."""


def measure(seed: int, num_contracts: int, *, rounds: int) -> Figures:
    """Costs in minor units, recomputed by the checker; refusals and missed wishes stand beside them."""
    world = load_world(WORLD, cache_dir=cache_dir())
    warm_up()
    num_orders = round(num_contracts * ORDERS_PER_CONTRACT)
    contracts = morning_of(world, seed=seed, num_orders=num_orders)[:num_contracts]
    start, tables = world.horizon.start, world.streets.tables()
    problem = Problem(world.catalogue, tables, world.horizon, now=start, freeze_until=start, stock=world.stock)
    began = perf_counter()
    first_come = assign(problem, contracts, seed=seed, rounds=0)
    between = perf_counter()
    assigned = assign(problem, contracts, seed=seed, rounds=rounds)
    ended = perf_counter()
    one, other = _polished(problem, first_come, seed=seed), _polished(problem, assigned, seed=seed)
    return {
        "contracts": len(contracts),
        "cost_first_come": one["cost"],
        "cost_assigned": other["cost"],
        "checker_violations": one["violations"] + other["violations"],
        "served_first_come": len(contracts) - len(first_come.refused),
        "served_assigned": len(contracts) - len(assigned.refused),
        "wishes_missed_first_come": first_come.score[1],
        "wishes_missed_assigned": assigned.score[1],
        "polished_first_come": one["polished"],
        "polished_assigned": other["polished"],
        "seconds_first_come": round(between - began, 1),
        "seconds_assigned": round(ended - between, 1),
        "rounds": [
            {
                "candidates": each.num_candidates,
                "rows": each.num_rows,
                "scarce": each.num_scarce,
                "choice": each.chosen,
                "choice_bound": each.bound,
                "proved": each.proved,
                "wanted": each.num_wanted,
                "moved": each.num_moved,
                "neighbourhoods": each.num_replanned,
                "cost": each.score[2],
            }
            for each in assigned.rounds
        ],
        "seed": seed,
        "machine": machine(),
    }


def _polished(problem: Problem, planned: Assigned, *, seed: int) -> Figures:
    """A plan's cost before and after the routes are searched once more, and what the checker finds in both."""
    solved = replace(problem, contracts=planned.contracts)
    polished = replan(replace(solved, initial_plan=planned.plan), seed=seed, iterations=POLISH_ITERATIONS)
    return {
        "cost": recompute_cost(solved, planned.plan).total,
        "polished": recompute_cost(solved, polished).total,
        "violations": len(check(solved, planned.plan)) + len(check(solved, polished)),
    }

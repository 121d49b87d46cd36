"""How long it takes until everything that one vehicle was to do is with others, on a full board.

One vehicle after another breaks down, each on the same board, before anybody has set out. What is
timed is the repair that a server makes of such a change (`solver.replanning.repair`), from the changed problem
to the routes and assignments after it; the checker, which a server asks before it writes them, is
timed beside it. What is lost is tried once more by a search that has much more time and looks at
every vehicle: what that finds a place for could have been kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from benchmarks.figures import WORLD, Figures, machine, percentiles_ms, seconds_taken
from benchmarks.full_board import full_board
from models.plan import Assignment, Plan
from models.problem import Problem
from scenarios.world import load_world
from solver.cache import cache_dir
from solver.check import check, recompute_cost
from solver.kernels import warm_up
from solver.quoting.board import Board
from solver.replanning.making_room import make_room
from solver.replanning.repair import Repaired, repair, with_states
from solver.routing.budget import Until


@dataclass(frozen=True)
class Breakdown:
    """What became of one."""

    seconds: float
    seconds_to_check: float
    taken_over: int
    lost: int
    could_be_kept: int
    violations: int


def measure(num_vehicles: int, num_visits: int, *, seed: int, repeats: int, search_seconds: float) -> Figures:
    """Times of `repeats` breakdowns, what was lost in all of them, and how much of that could have been kept.

    Parameters
    ----------
    num_visits
        Of every vehicle, two a request; those that break down have so many requests.
    search_seconds
        Of the search for what was lost.
    """
    world = load_world(WORLD, cache_dir=cache_dir())
    warm_up()
    broken = np.random.default_rng(seed).permutation(num_vehicles)[:repeats].tolist()
    problem = full_board(world, num_vehicles=num_vehicles, num_visits=num_visits, broken=broken, seed=seed)
    violations = len(check(problem, problem.initial_plan))
    board = Board.of(problem)
    repair(_without(problem, broken[0]), board, ranks=_in_turn(problem))  # not timed: the first one loads
    downs = [_broken_down(problem, board, each, search_seconds=search_seconds) for each in broken]
    times = percentiles_ms(down.seconds for down in downs)
    return {
        "vehicles": num_vehicles,
        "visits": num_visits,
        "contracts": len(problem.contracts),
        "breakdowns": len(downs),
        "p50_ms": times["p50_ms"],
        "p99_ms": times["p99_ms"],
        "max_ms": times["max_ms"],
        "check_p50_ms": percentiles_ms(down.seconds_to_check for down in downs)["p50_ms"],
        "taken_over": sum(down.taken_over for down in downs),
        "lost": sum(down.lost for down in downs),
        "could_be_kept": sum(down.could_be_kept for down in downs),
        "search_seconds": search_seconds,
        "checker_violations": violations + sum(down.violations for down in downs),
        "seed": seed,
        "machine": machine(),
    }


def _broken_down(problem: Problem, board: Board, vehicle_idx: int, *, search_seconds: float) -> Breakdown:
    after, ranks = _without(problem, vehicle_idx), _in_turn(problem)
    began = perf_counter()
    repaired = repair(after, board, ranks=ranks)
    seconds = perf_counter() - began
    violations = 0

    def look() -> None:
        nonlocal violations
        violations = num_violations(after, repaired)

    seconds_to_check = seconds_taken(look)
    return Breakdown(
        seconds=seconds,
        seconds_to_check=seconds_to_check,
        taken_over=len(repaired.added),
        lost=len(repaired.lost),
        could_be_kept=could_be_kept(after, repaired, seconds=search_seconds),
        violations=violations,
    )


def _without(problem: Problem, vehicle_idx: int) -> Problem:
    broken = problem.catalogue.mobiles[vehicle_idx].resource_id
    return replace(problem, catalogue=problem.catalogue.model_copy(update={"unavailable_ids": frozenset([broken])}))


def _in_turn(problem: Problem) -> "_Ranks":
    return _Ranks(tuple(contract.contract_id for contract in problem.contracts))


@dataclass(frozen=True)
class _Ranks:
    """Contracts were agreed in the order of their ids."""

    contract_ids: Sequence[str]

    def __call__(self) -> Sequence[str]:
        return self.contract_ids


def num_violations(problem: Problem, repaired: Repaired) -> int:
    """What the checker finds in the plan after a repair, its cost included."""
    states = {key[0]: {key[1]: state} for key, state in repaired.states.items()}
    contracts = tuple(with_states(each, states.get(each.contract_id, {})) for each in problem.contracts)
    changed = replace(problem, contracts=contracts)
    plan: Plan = repaired.board.plan().model_copy(update={"unplanned": repaired.lost})
    return len(check(changed, plan)) + (plan.cost != recompute_cost(changed, plan))


def could_be_kept(problem: Problem, repaired: Repaired, *, seconds: float) -> int:
    """How many of what was lost a long search over all vehicles finds a place for, all others kept."""
    lost = {(each.contract_id, each.item_id) for each in repaired.lost}
    wanted: list[Assignment] = [
        each for each in problem.initial_plan.assignments if (each.contract_id, each.item_id) in lost
    ]
    if not wanted:
        return 0
    board, start = repaired.board.copy(), perf_counter()
    make_room(
        board,
        wanted,
        now=problem.now,
        fixed=(),
        most_vehicles=len(board.instance.vehicles),
        seed=1,
        budget=Until(perf_counter, start, start + seconds),
    )
    return len(lost & board.assignments.keys())

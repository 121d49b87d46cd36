"""Plan a world's orders as they come, without a server.

Each contract is promised when its last order has come, on the plan as it is then: nobody knows who
comes next, and nobody sets out for it earlier. Every so often the plan is searched for a cheaper one
behind the same promises; what a vehicle has departed for by then stays.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.contract import Contract
from models.plan import Plan, Violation
from models.problem import Problem
from scenarios.batch import asked_time, empty_problem, in_turn, promised
from scenarios.replan_times import replan_times
from scenarios.world import World
from solver.assignment import assign
from solver.check import check
from solver.quoting.board import Board
from solver.replanning.replan import replan
from solver.stop import Stop, never


def plan_one_by_one(
    world: World,
    contracts: Iterable[Contract],
    *,
    replan_every: timedelta,
    seed: int,
    iterations: int,
    budget: Callable[[int], Stop] = lambda _replans: never,
) -> "PlayedDay":
    """Promise contracts one after another, replan in between, check every plan.

    Replans begin with the first interval in which somebody asks, and end with the one after the last.

    Parameters
    ----------
    iterations
        Of all replans together: each gets the same share of them, and at least one.
    budget
        Called when a replan begins, with the number of all; what it gives ends that replan.
    """
    waiting = in_turn(contracts)
    times = _times(waiting, world, every=replan_every)
    day = _Day(empty_problem(world))
    for number, at in enumerate(times, 1):
        day = day.with_contracts([each for each in waiting if asked_time(each) <= at], seed=seed)
        waiting = [each for each in waiting if asked_time(each) > at]
        day = day.replanned(
            at, seed=seed + number, iterations=max(1, iterations // len(times)), stop=budget(len(times))
        )
    return day.with_contracts(waiting, seed=seed).ended(world)


def _times(contracts: Sequence[Contract], world: World, *, every: timedelta) -> tuple[datetime, ...]:
    """From the first interval in which somebody asks, to the end of the last."""
    if not contracts:
        return ()
    first, last = asked_time(contracts[0]), asked_time(contracts[-1])
    times = replan_times(world.horizon.start, min(world.horizon.end, last + every), every=every)
    return tuple(each for each in times if each >= first)


@dataclass(frozen=True, eq=False)
class PlayedDay:
    """What became of the contracts.

    Parameters
    ----------
    problem
        The day as a whole, seen from its start: every promise counts from when it was asked for.
    plan
        As it was in the end.
    violations
        What the checker finds in any plan of the day; none, unless there is a defect.
    """

    problem: Problem
    plan: Plan
    violations: tuple[Violation, ...]


@dataclass(frozen=True)
class _Day:
    """How far it is planned.

    Parameters
    ----------
    problem
        Of all who have asked so far; its initial plan is in force.
    """

    problem: Problem
    violations: tuple[Violation, ...] = ()

    def with_contracts(self, contracts: Sequence[Contract], *, seed: int) -> "_Day":
        """Each is promised what is best when it asks."""
        problem, board = self.problem, Board.of(self.problem)
        for contract in contracts:
            now = asked_time(contract)
            moment = replace(problem, now=now, freeze_until=now)
            assigned = assign(moment, [contract], seed=seed, rounds=0, board=board)
            known = (*problem.contracts, *map(promised, assigned.contracts))
            problem = replace(moment, contracts=known, initial_plan=assigned.plan)
        return replace(self, problem=problem)

    def replanned(self, at: datetime, *, seed: int, iterations: int, stop: Stop) -> "_Day":
        problem = replace(self.problem, now=at, freeze_until=at)
        plan = replan(problem, seed=seed, iterations=iterations, stop=stop)
        return _Day(replace(problem, initial_plan=plan), (*self.violations, *check(problem, plan)))

    def ended(self, world: World) -> PlayedDay:
        start, plan = world.horizon.start, self.problem.initial_plan
        whole = replace(self.problem, now=start, freeze_until=start)
        return PlayedDay(whole, plan, (*self.violations, *check(whole, plan)))

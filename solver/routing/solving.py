"""From a statement to its answer."""

from collections.abc import Callable
from dataclasses import dataclass

from solver.routing.answering import Answer, answered
from solver.routing.budget import Budget
from solver.routing.expanding import Expanded, expand
from solver.routing.faults import check
from solver.routing.laying import lay_out
from solver.routing.left_out import LeftOut, never_late
from solver.routing.search import SETTINGS, WAITING_PAID, Routed, search, unwatched
from solver.routing.stating import Statement
from solver.routing.stuck import make_room_for_stuck, relieve

_ANSWER_S = 4e-5
"""What it takes to read one job out of the routes."""


@dataclass(frozen=True)
class Stated:
    """A statement that was checked, expanded and laid out: ready to be searched.

    Parameters
    ----------
    stuck
        By request: goods on board that cannot be delivered any more, and why.
    """

    expanded: Expanded
    stuck: dict[int, LeftOut]

    def searched(self, *, seed: int, budget: Budget, watch: Callable[[int], None] = unwatched) -> Routed:
        """The routes. Where a stop has several visits, so many more neighbours are looked at."""
        settings = WAITING_PAID if self.expanded.routing.fleet.cost_wait.any() else SETTINGS
        settings = settings._replace(near=settings.near * self.expanded.visits_per_stop)
        ends = budget.ahead(_ANSWER_S * len(self.expanded.jobs))
        routed = search(self.expanded.routing, seed=seed, budget=ends, settings=settings, watch=watch)
        relieve(self.expanded, routed, stuck_before=self.stuck)
        return routed

    def answered(self, routed: Routed, *, budget: Budget | None = None) -> Answer:
        """What was found, in the words of the statement, with as many reasons as there is time for."""
        is_late = budget.is_late if budget else never_late
        return answered(self.expanded, routed, known=self.stuck, is_late=is_late)


def stated(statement: Statement) -> Stated:
    """A statement as arrays.

    Raises
    ------
    InputError
        It is malformed: every issue of it.
    """
    check(statement)
    expanded = expand(statement)
    lay_out(expanded)
    return Stated(expanded, make_room_for_stuck(expanded))


def solve(statement: Statement, *, seed: int, budget: Budget, watch: Callable[[int], None] = unwatched) -> Answer:
    """The best routes within a budget; the same every time for a seed, if it counts iterations.

    A budget of time should begin before the call, so that what it takes to make arrays counts.

    Raises
    ------
    InputError
        The statement is malformed: every issue of it.
    """
    ready = stated(statement)
    return ready.answered(ready.searched(seed=seed, budget=budget, watch=watch), budget=budget)

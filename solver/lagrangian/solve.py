"""From a menu to a choice, the bound that says how good it is, and what a unit of each row is worth."""

from dataclasses import dataclass

import numpy as np

from solver.kernels.arrays import I64
from solver.lagrangian.bound import F64, Bound, find_prices, measures_of
from solver.lagrangian.choosing import Choosing
from solver.lagrangian.kernels import NONE
from solver.lagrangian.menu import Menu
from solver.stop import Stop, never

ITERATIONS = 300
"""Of the search for prices."""

SWEEPS = 40
"""Over all contracts, before the choice is improved."""

TURNS = 5
"""Of the widest looks, at most: what later ones gain is little for the time they take."""


@dataclass(frozen=True, eq=False)
class Solution:
    """A choice that keeps every row.

    Parameters
    ----------
    chosen
        [N], the option of each contract; -1: refused.
    bound
        The prices of the rows, and what they prove.
    upper_bound
        What the choice costs, refusals at their price, in minor units.
    """

    chosen: I64
    bound: Bound
    upper_bound: int

    @property
    def lower_bound(self) -> int:
        """No choice costs less, in minor units."""
        return self.bound.lower_bound

    @property
    def gap(self) -> float:
        """The share of the cost by which a better choice could be cheaper, at most."""
        difference = self.upper_bound - self.lower_bound
        return difference / abs(self.upper_bound) if difference else 0.0

    @property
    def proved(self) -> bool:
        """No choice is better."""
        return self.upper_bound == self.lower_bound

    @property
    def row_prices(self) -> F64:
        """[R], what one unit more of a row is worth, in minor units."""
        return self.bound.price / self.bound.scale


def solve(
    menu: Menu,
    *,
    seed: int,
    iterations: int = ITERATIONS,
    sweeps: int = SWEEPS,
    turns: int = TURNS,
    stop_pricing: Stop = never,
    stop: Stop = never,
    start: I64 | None = None,
) -> Solution:
    """A cheap choice, and a bound for all.

    The result depends on the arguments alone, unless a stop ends it early. There is always a choice, and
    it is never dearer than `start` or than refusing everybody.

    Parameters
    ----------
    iterations, sweeps, turns
        Of the search for prices, over all contracts, and of its improvement: what it does, at most.
    stop_pricing
        Ends the search for prices, so that time is left for the choice.
    start
        [N], a choice that is known already, as in `Solution.chosen`; one that breaks a row is not looked at.
    """
    measures = measures_of(menu)
    bound = find_prices(menu, measures, iterations=iterations, stop=lambda: stop_pricing() or stop())
    choosing = Choosing(menu, measures, bound, seed=seed)
    choosing.settle(sweeps=sweeps, stop=stop)
    choosing.improve(turns=turns, stop=stop)
    known = [choosing.chosen, np.full(menu.num_contracts, NONE, dtype=np.int64)]
    if start is not None and menu.keeps(start):
        known.append(start.astype(np.int64))
    best = min(known, key=menu.cost_of)
    return Solution(best, bound, menu.cost_of(best))

"""Judges a choice and a bound: recomputes both with numpy, and shares nothing with the code that found them.

It takes from a solution what was chosen and what a unit of each row costs, nothing else.
"""

from dataclasses import dataclass

import numpy as np

from solver.kernels.arrays import I64
from solver.lagrangian.menu import Menu

BLOCK = 50_000
"""Contracts that are looked at together, so that little memory is needed."""


@dataclass(frozen=True)
class Verdict:
    """What is true of a solution.

    Parameters
    ----------
    bound
        The Lagrangian bound of these prices, in minor units, rounded up to one.
    cost
        Of the choice, refusals at their price.
    overfull_rows
        Rows of which the choice takes more than there is.
    foreign_options
        Contracts that were given an option of another one.
    """

    bound: int
    cost: int
    overfull_rows: int
    foreign_options: int


def judge(menu: Menu, chosen: I64, price: I64, *, scale: int) -> Verdict:
    """Prices are in 1/scale minor units; any that are not negative prove a bound."""
    if np.any(price < 0):
        raise ValueError(f"prices must be >= 0, and the least is {price.min()}")
    served = np.flatnonzero(chosen >= 0)
    low, high = menu.first_option[served], menu.first_option[served + 1]
    foreign = (chosen[served] < low) | (chosen[served] >= high)
    cost = sum(menu.cost[chosen[served]].tolist()) + sum(np.delete(menu.refusal, served).tolist())
    load = _load(menu, chosen[served])
    scaled = _relaxed(menu, price, scale=scale)
    scaled -= sum(a * b for a, b in zip(price.tolist(), menu.capacity.tolist(), strict=True))
    return Verdict(-(-scaled // scale), cost, int((load > menu.capacity).sum()), int(foreign.sum()))


def _load(menu: Menu, options: I64) -> I64:
    load = np.zeros(menu.num_rows, dtype=np.int64)
    start, left = menu.first_use[options], np.diff(menu.first_use)[options]
    for nth in range(int(left.max(initial=0))):
        use = start[left > nth] + nth
        np.add.at(load, menu.row[use], menu.amount[use])
    return load


def _relaxed(menu: Menu, price: I64, *, scale: int) -> int:
    """What it costs when everybody takes what is cheapest at these prices, times `scale`.

    An option that alone takes more of a row than there is is none.
    """
    total = 0
    for start in range(0, menu.num_contracts, BLOCK):
        end = min(start + BLOCK, menu.num_contracts)
        first, last = int(menu.first_option[start]), int(menu.first_option[end])
        uses = slice(int(menu.first_use[first]), int(menu.first_use[last]))
        sums = np.concatenate(([0], np.cumsum(price[menu.row[uses]] * menu.amount[uses])))
        delimiters = menu.first_use[first : last + 1] - menu.first_use[first]
        value = scale * menu.cost[first:last] + sums[delimiters[1:]] - sums[delimiters[:-1]]
        overs = np.concatenate(([0], np.cumsum(menu.amount[uses] > menu.capacity[menu.row[uses]])))
        possible = overs[delimiters[1:]] == overs[delimiters[:-1]]
        least = scale * menu.refusal[start:end]
        owner = np.repeat(np.arange(end - start), np.diff(menu.first_option[start : end + 1]))
        np.minimum.at(least, owner[possible], value[possible])
        total += sum(least.tolist())
    return total

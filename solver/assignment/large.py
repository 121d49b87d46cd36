"""Which bundle each contract takes, decided for more contracts than CP-SAT can prove anything of in time.

The same candidates and rows as for CP-SAT, as arrays for the Lagrangian method: a choice, a bound that is
proved, and what scarce things are worth. The candidates of a contract are its options, "none" is its refusal.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from solver.assignment.constraints import Offers, Row
from solver.assignment.cp_sat import Choice, Decision, Prices
from solver.kernels.arrays import I64
from solver.lagrangian import NONE, Menu, solve
from solver.stop import Stop, never

MOST_EXACT = 2000
"""Contracts that are left to CP-SAT; of more it proves too little in the time that there is."""

DEAR = 10
"""A wish or a contract is given up if that gives so many others the most that bundles of one contract differ by."""


@dataclass(frozen=True)
class FinitePrices(Prices):
    """Wishes and refusals at a price that no exchange of a few contracts reaches.

    Prices that no number of contracts reaches grow with the square of their number: they would
    leave 64 bits, and money would vanish beside them in the search.
    """

    @cached_property
    def wish(self) -> int:
        return 1 + DEAR * self._widest

    @cached_property
    def refusal(self) -> int:
        most_missed = max((each.missed for offer in self.offers for each in offer), default=0)
        return 1 + DEAR * (self._widest + self.wish * most_missed)

    @cached_property
    def _widest(self) -> int:
        prices = ([0, *(each.price for each in offer)] for offer in self.offers)
        return max((max(each) - min(each) for each in prices), default=0)


@dataclass(frozen=True)
class Answer:
    """A choice for many contracts.

    Parameters
    ----------
    bound, cost
        No choice among these candidates costs less than the one; the other is what this one costs. In minor
        units, refusals and missed wishes at `FinitePrices`.
    worth
        By row: what one more of it would save, about.
    """

    decision: Decision
    bound: int
    cost: int
    worth: Mapping[Hashable, float]


def decide_many(offers: Offers, rows: Sequence[Row], *, hint: Choice, seed: int, stop: Stop = never) -> Answer:
    """A cheap choice that keeps every row, no dearer than the hint if that keeps them too.

    The result depends on the arguments alone, unless `stop` ends it early.
    """
    first = np.array([0, *accumulate(map(len, offers))], dtype=np.int64)
    menu = menu_of(offers, rows, FinitePrices(offers), first=first)
    start = np.array([NONE if b is None else first[c] + b for c, b in enumerate(hint)], dtype=np.int64)
    solution = solve(menu, seed=seed, start=start, stop=stop)
    choice = tuple(None if o == NONE else int(o - first[c]) for c, o in enumerate(solution.chosen.tolist()))
    worth = {row.key: price for row, price in zip(rows, solution.row_prices.tolist(), strict=True)}
    decision = Decision(choice, proved=solution.proved)
    return Answer(decision, solution.lower_bound, solution.upper_bound, worth)


def menu_of(offers: Offers, rows: Sequence[Row], prices: Prices, *, first: I64) -> Menu:
    """The candidates as options, in their order; of a row with less than nothing left nobody takes any."""
    uses = sorted(_uses(rows, first))
    option, row, amount = np.array(uses, dtype=np.int64).reshape(-1, 3).T
    cost = [prices.of(each) for offer in offers for each in offer]
    return Menu(
        first_option=first,
        cost=np.array(cost, dtype=np.int64),
        refusal=np.full(len(offers), prices.refusal, dtype=np.int64),
        first_use=np.concatenate(([0], np.cumsum(np.bincount(option, minlength=len(cost))))),
        row=row,
        amount=amount,
        capacity=np.array([max(0, row.at_most) for row in rows], dtype=np.int64),
    )


def _uses(rows: Sequence[Row], first: I64) -> Iterator[tuple[int, int, int]]:
    """Option, row and amount."""
    starts = first.tolist()
    for r, row in enumerate(rows):
        yield from ((starts[c] + b, r, amount) for c, b, amount in row.terms if amount > 0)

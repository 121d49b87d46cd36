"""Prices of rows, and the bound that they prove.

For any prices p >= 0 of the rows, letting every contract take what is cheapest at these prices and
paying back what all rows are worth is a lower bound of every choice that keeps the rows:

    L(p) = sum over c of min(refusal, min over o of cost + p . amounts)  -  p . capacity

Prices are integers in 1/scale minor units, so that L is computed without rounding. The search for good
ones may be as rough as it likes: it goes along the subgradient (what is taken less what there is), each
row in its own measure, with momentum and ever shorter steps, and averages the prices on its way.

References
----------
Held, M., & Karp, R. M. (1971). doi:10.1007/BF01584070
Fisher, M. L. (1981). doi:10.1287/mnsc.27.1.1
Polyak, B. T., & Juditsky, A. B. (1992). doi:10.1137/0330046
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I64
from solver.lagrangian.kernels import relaxed, worths
from solver.lagrangian.menu import Menu
from solver.stop import Stop

MOST_SCALE = 1024
"""Prices are as fine as this part of a minor unit, if sums allow."""

MOMENTUM = 0.9

TRIED = (4.0, 1.0, 0.25, 0.0625, 0.015625)
"""First steps that are tried, in what a refusal costs more than an option on average."""

TRIAL = 10
"""Iterations of each trial."""

SLOWER_AFTER = 20
"""Iterations after which steps begin to shorten, with the root of their number."""

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bound:
    """The best prices found.

    Parameters
    ----------
    price, scale
        [R], in 1/scale minor units per unit of a row.
    scaled
        L(price) times scale, exact.
    """

    price: I64
    scale: int
    scaled: int

    @property
    def lower_bound(self) -> int:
        """No choice costs less; costs are whole minor units, so the bound is rounded up to one."""
        return -(-self.scaled // self.scale)


@dataclass(frozen=True, eq=False)
class Measures:
    """How rows compare.

    Parameters
    ----------
    most_price
        [R], scaled: dearer than this nobody takes anything, and sums stay within 64 bits.
    largest, total, squares
        [R], of the amounts of all options: the largest, their sum, that of their squares.
    spread
        What a refusal costs more than the cheapest option, on average.
    """

    scale: int
    most_price: I64
    largest: I64
    total: I64
    squares: F64
    spread: float


def measures_of(menu: Menu) -> Measures:
    most, largest, total, squares = (np.zeros(menu.num_rows, dtype=np.int64) for _ in range(4))
    worths(menu.arrays, most, largest, total, squares)
    scale = menu.scale(MOST_SCALE)
    num_uses = int(np.diff(menu.first_use).max(initial=1))
    most_price = np.minimum(most, 2**61 // scale // np.maximum(1, num_uses * largest)) * scale
    return Measures(scale, most_price, largest, total, np.maximum(squares, 1).astype(np.float64), menu.spread)


class Climb:
    """A search for prices that goes uphill from where it is put.

    Parameters
    ----------
    step
        The first one, in minor units.
    """

    def __init__(self, menu: Menu, measures: Measures, *, step: float) -> None:
        self._menu, self._measures, self._step = menu, measures, step
        self._picked = np.zeros(menu.num_contracts, dtype=np.int64)
        self._load = np.zeros(menu.num_rows, dtype=np.int64)
        self._price, self._average, self._drift = (np.zeros(menu.num_rows) for _ in range(3))
        self._iteration = 0
        self.best = self._at(self._price)

    def _at(self, price: F64) -> Bound:
        measures = self._measures
        whole = np.minimum(np.rint(price * measures.scale).astype(np.int64), measures.most_price)
        total = relaxed(self._menu.arrays, whole, measures.scale, self._picked, self._load)
        return Bound(whole, measures.scale, int(total) - exact_dot(whole, self._menu.capacity))

    def go_on(self) -> None:
        """One step from where it is, and the average of the prices looked at now and then."""
        found = self._at(self._price)
        self._keep(found)
        uphill = (self._load - self._menu.capacity) / self._measures.squares
        self._drift = MOMENTUM * self._drift + (1 - MOMENTUM) * uphill
        step = self._step / (1 + self._iteration / SLOWER_AFTER) ** 0.5
        most = self._measures.most_price / self._measures.scale
        self._price = np.clip(self._price + step * self._drift, 0, most)
        self._average += (self._price - self._average) * min(1.0, 3 / (self._iteration + 4))  # later ones weigh more
        self._iteration += 1
        if self._iteration % TRIAL == 0:
            self._keep(self._at(self._average))

    def _keep(self, found: Bound) -> None:
        if found.scaled > self.best.scaled:
            self.best = found


def find_prices(menu: Menu, measures: Measures, *, iterations: int, stop: Stop) -> Bound:
    """Try first steps of several lengths, and go on with the one that led highest."""
    climbs = []
    for share in TRIED:
        climb = Climb(menu, measures, step=share * measures.spread)
        for _ in range(TRIAL):
            if stop():
                break
            climb.go_on()
        climbs.append(climb)
    climb = max(climbs, key=lambda each: each.best.scaled)
    for _ in range(iterations):
        if stop():
            break
        climb.go_on()
    return max((each.best for each in climbs), key=lambda each: each.scaled)


def exact_dot(one: I64, other: I64) -> int:
    """The sum of products, whatever its size."""
    if float(np.dot(one.astype(np.float64), other.astype(np.float64))) < 2.0**61:
        return int(np.dot(one, other))  # none is negative, so no partial sum is larger
    return sum(a * b for a, b in zip(one.tolist(), other.tolist(), strict=True))

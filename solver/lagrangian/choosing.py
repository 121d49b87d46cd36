"""A choice that keeps every row: settled at moving prices, then improved at true cost.

First contracts take turns, each what is cheapest at the prices of the bound plus what rows cost more
as they fill up. That rise begins as gentle as it was in the search for the prices and ends steep,
so that the crowd spreads over what is nearly equally good. What is still overfull is emptied. Then
contracts that pay more than they would have to at the prices take something cheaper, others making room.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from solver.kernels.arrays import I64
from solver.lagrangian.bound import Bound, Measures
from solver.lagrangian.kernels import NONE, State, Trial, evict, excess, improve, register, settle
from solver.lagrangian.menu import Menu
from solver.stop import Stop

SLICE = 512
"""Contracts between two looks at the clock."""

EVICTION_BREADTH = 64

GENTLE, STEEP = 1 / 30, 1 / 3
"""What the last sweep charges for a unit more, and for one that there is not, in spreads per mean amount."""

MOST_MOVED = 8
"""Contracts that make room for one other, at most."""


@dataclass(frozen=True)
class Look:
    """How a round of improvement looks around.

    Parameters
    ----------
    breadth, second_breadth
        Holders of a full row that are asked to make room; and for each of them, those who are asked in turn.
    above
        Contracts that pay more than this over their cheapest option, in spreads; below 0: everybody.
    """

    breadth: int
    second_breadth: int
    above: float


LOOKS = (
    Look(16, 0, 0.0),
    Look(16, 0, 0.0),
    Look(32, 16, 1 / 3),
    Look(64, 64, 1 / 3),
    Look(32, 16, 1 / 15),
    Look(32, 16, 1 / 60),
)
LAST_LOOKS = (Look(32, 32, 0.0), Look(128, 32, 1 / 15), Look(64, 64, 1 / 60), Look(16, 8, -1.0))
"""A turn: over and over, as long as one is a gain. Last, who pays too much may have to go for one who does not."""


class Choosing:
    """A choice in the making; deterministic for a seed, unless it is stopped."""

    def __init__(self, menu: Menu, measures: Measures, bound: Bound, *, seed: int) -> None:
        self._menu, self._measures, self._bound = menu, measures, bound
        counts = np.bincount(menu.row, minlength=menu.num_rows)
        self._mean = measures.total / np.maximum(1, counts)
        self._counts = counts
        self._state = State(
            chosen=np.full(menu.num_contracts, NONE, dtype=np.int64),
            left=menu.capacity.astype(np.int64),
            holders=np.zeros(len(menu.row), dtype=np.int32),
            first_holder=np.concatenate(([0], np.cumsum(counts)))[:-1].astype(np.int64),
            num_holders=np.zeros(menu.num_rows, dtype=np.int64),
            place=np.zeros(len(menu.row), dtype=np.int64),
        )
        moved, had = (np.zeros(MOST_MOVED, dtype=np.int64) for _ in range(2))
        self._trial = Trial(moved, had, np.zeros(2, dtype=np.int64), np.zeros(1, dtype=np.int64))
        self._order = np.random.default_rng(seed).permutation(menu.num_contracts)

    @property
    def chosen(self) -> I64:
        return self._state.chosen

    @property
    def cost(self) -> int:
        return self._menu.cost_of(self._state.chosen)

    def settle(self, *, sweeps: int, stop: Stop) -> None:
        """At least one sweep over all contracts, then no row is overfull."""
        for rise, steep in self._rises(sweeps):
            settle(self._menu.arrays, self._state, self._bound.price, rise, steep, self._bound.scale, self._order)
            if stop():
                break
        register(self._menu.arrays, self._state)
        evict(self._menu.arrays, self._state, EVICTION_BREADTH)

    def _rises(self, sweeps: int) -> Iterator[tuple[I64, I64]]:
        measures, scale = self._measures, self._bound.scale
        first = measures.spread / measures.squares
        last = np.maximum(first, GENTLE * measures.spread * self._counts / measures.squares)
        unit = STEEP * measures.spread / np.maximum(self._mean, 1)
        most_rise = 2.0**60 / np.maximum(1, measures.total.astype(np.float64) * measures.largest)
        most_steep = 2.0**60 / np.maximum(1, measures.largest.astype(np.float64) ** 2)
        for sweep in range(sweeps):
            done = sweep / max(1, sweeps - 1)
            rise = np.minimum(scale * first ** (1 - done) * last**done, most_rise)
            steep = np.minimum(scale * unit * 1000 ** (done - 1), most_steep)
            yield np.rint(rise).astype(np.int64), np.rint(steep).astype(np.int64)

    def improve(self, *, turns: int, stop: Stop) -> None:
        """Until a turn is no gain, or to the last one."""
        self._round(self._order, Look(0, 0, 0.0), stop)
        for look in LOOKS:
            self._round(self._payers(look), look, stop)
        for _ in range(turns):
            if self.cost == self._bound.lower_bound or stop():
                break
            if not sum(self._round(self._payers(look), look, stop) for look in LAST_LOOKS):
                break

    def _payers(self, look: Look) -> I64:
        """Contracts that could gain, the most first."""
        above = np.zeros(self._menu.num_contracts, dtype=np.int64)
        excess(self._menu.arrays, self._bound.price, self._bound.scale, self._state.chosen, above)
        order = np.argsort(-above, kind="stable")
        return order[: int((above > look.above * self._measures.spread * self._bound.scale).sum())]

    def _round(self, order: I64, look: Look, stop: Stop) -> int:
        gain = 0
        for start in range(0, len(order), SLICE):
            if stop():
                break
            part = order[start : start + SLICE]
            arrays, state, trial = self._menu.arrays, self._state, self._trial
            gain += improve(arrays, state, trial, part, look.breadth, look.second_breadth)
        return gain

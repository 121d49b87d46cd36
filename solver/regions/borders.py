"""Where regions end: routes that lie near each other are one, and every round draws the borders anew.

The plane is cut in two, and each half again, across the direction of the cut before, until every
piece has its share of what can move. Each round begins in another direction, so that what stood at a
border stands inside of a region in the next round.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I64

Floats = NDArray[np.float64]

_TURN = np.pi * (3 - 5**0.5) / 2
"""Half of the golden angle: no two rounds cut in nearly the same directions."""


def regions(middles: Floats, weights: I64, *, count: int, round_number: int) -> list[I64]:
    """So many sets of vehicles, each in ascending order, as equal in weight as whole routes allow.

    Parameters
    ----------
    middles
        [R, 2]: of every vehicle the middle of its route, in metres eastwards and northwards.
    weights
        [R]: how much of its route can move. Who has nothing to do goes with his surroundings.
    """
    pieces = _cut(middles, weights, np.arange(len(weights)), count=count, angle=_TURN * round_number)
    return [np.sort(each) for each in pieces]


def _cut(middles: Floats, weights: I64, vehicles: I64, *, count: int, angle: float) -> Iterator[I64]:
    if count == 1:
        yield vehicles
        return
    along = middles[vehicles] @ (np.cos(angle), np.sin(angle))
    in_order = vehicles[np.lexsort((vehicles, along))]
    so_far = np.concatenate([[0], np.cumsum(weights[in_order])])
    low = count // 2
    border = int(np.argmin(np.abs(so_far * count - so_far[-1] * low)))
    for piece, share in ((in_order[:border], low), (in_order[border:], count - low)):
        yield from _cut(middles, weights, piece, count=share, angle=angle + np.pi / 2)

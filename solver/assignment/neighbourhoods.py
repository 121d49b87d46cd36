"""Contracts near each other in space and time, to be planned anew together.

References
----------
Christiaens, J., & Vanden Berghe, G. (2020). doi:10.1287/trsc.2019.0914
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from solver.assignment.draft import Draft

SIZE = 6
"""Contracts that are planned anew together: few, so that most of what is tried is cheap to undo."""

METRES_PER_SECOND = 1
"""How far apart in space is like a second apart in time: a kilometre like a quarter of an hour."""

METRES_PER_DEGREE = 111_195


@dataclass(frozen=True)
class Neighbourhoods:
    """Draws neighbourhoods of the contracts that are in a draft.

    Parameters
    ----------
    ids, points
        Contracts, and where they are in space and time: metres north and east, and seconds as metres.
    """

    ids: Sequence[str]
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]]

    def draw(self, random: Random) -> list[str]:
        """One contract and some of those around it, in random order."""
        centre = random.randrange(len(self.ids))
        apart = np.abs(self.points - self.points[centre]).sum(axis=1)
        nearest = np.argsort(apart, kind="stable")[: 2 * SIZE].tolist()
        return [self.ids[n] for n in random.sample(nearest, min(SIZE, len(nearest)))]


def neighbourhoods_of(draft: Draft) -> Neighbourhoods:
    """Of all contracts of a draft, where and when their first item is promised or wanted."""
    seconds = draft.board.instance.horizon.seconds
    points = []
    for contract_id, contract in draft.contracts.items():
        place = contract.items[0].place
        taken = draft.taken.get(contract_id)
        start = min(each.planned_start for each in taken.assignments) if taken else contract.created_time
        north, east = METRES_PER_DEGREE * place.lat, METRES_PER_DEGREE * place.lon * np.cos(np.radians(place.lat))
        points.append((north, east, METRES_PER_SECOND * seconds(start)))
    return Neighbourhoods(tuple(draft.contracts), np.array(points, dtype=np.float64))

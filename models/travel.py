"""Travel durations and distances between the crossings of the street network."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.resource import TravelProfile

UNREACHABLE = -1
"""Stands in a table where no way leads. A value of its own: it never enters a sum."""

PROFILES: Sequence[TravelProfile] = tuple(TravelProfile)
"""The order of the profiles along the first axis of every table."""

_ARRAYS = ("node_ids", "duration_s", "distance_m")
_TURNED = ("duration_to_s", "distance_to_m")


@dataclass(frozen=True, eq=False)
class TravelTables:
    """Fastest ways between all pairs of `n` street nodes, per profile.

    Parameters
    ----------
    node_ids
        int64 [n], strictly increasing.
    duration_s
        int32 [len(PROFILES), n, n]: seconds rounded up, or UNREACHABLE.
    distance_m
        int32, same shape: metres along the same fastest way, rounded up, or UNREACHABLE.
    folder
        Where the arrays lie as `.npy` files, if they do: then another process gets the
        path instead of hundreds of megabytes, and both map the same pages.
    points
        float64 [n, 2]: latitude and longitude of each node; None where nobody asks what lies in an area.
    """

    node_ids: NDArray[np.int64]
    duration_s: NDArray[np.int32]
    distance_m: NDArray[np.int32]
    folder: Path | None = None
    points: NDArray[np.float64] | None = None

    @classmethod
    def load(cls, folder: Path, points: NDArray[np.float64] | None = None) -> "TravelTables":
        """Map the tables that `save` wrote."""
        node_ids, duration_s, distance_m = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS)
        return cls(node_ids, duration_s, distance_m, folder, points)

    def save(self, folder: Path) -> "TravelTables":
        """Write the arrays into an existing folder and return the tables mapped from there."""
        for name in (*_ARRAYS, *_TURNED):
            np.save(folder / f"{name}.npy", getattr(self, name))
        return TravelTables.load(folder, self.points)

    @cached_property
    def duration_to_s(self) -> NDArray[np.int32]:
        """[profiles, destination, origin]: all ways that lead to a node lie side by side."""
        return self._turned("duration_to_s", self.duration_s)

    @cached_property
    def distance_to_m(self) -> NDArray[np.int32]:
        """Likewise."""
        return self._turned("distance_to_m", self.distance_m)

    def _turned(self, name: str, table: NDArray[np.int32]) -> NDArray[np.int32]:
        turned: NDArray[np.int32]
        if self.folder is None:
            turned = np.ascontiguousarray(table.transpose(0, 2, 1))
        else:
            turned = np.load(self.folder / f"{name}.npy", mmap_mode="r")
        return turned

    def __reduce__(self) -> tuple[Any, ...]:
        if self.folder is not None:
            return TravelTables.load, (self.folder, self.points)
        return TravelTables, (self.node_ids, self.duration_s, self.distance_m, None, self.points)

    @cached_property
    def idx_by_node_id(self) -> dict[int, int]:
        return {int(node_id): idx for idx, node_id in enumerate(self.node_ids)}

    def travel(self, profile: TravelProfile, origin_id: int, destination_id: int) -> tuple[int, int] | None:
        """Seconds and metres from one street node to another; None where no way leads.

        Raises
        ------
        KeyError
            A node id is not part of the network.
        """
        here, there = self.idx_by_node_id[origin_id], self.idx_by_node_id[destination_id]
        table = PROFILES.index(profile)
        seconds = int(self.duration_s[table, here, there])
        return None if seconds == UNREACHABLE else (seconds, int(self.distance_m[table, here, there]))

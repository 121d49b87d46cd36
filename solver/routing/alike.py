"""Which vehicles are the same to every request while they have nothing to do."""

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I64, Fleet
from solver.kernels.ruin_recreate import Requests


def alike(fleet: Fleet, requests: Requests, *, like_nobody: NDArray[np.bool_]) -> I64:
    """[R]: one negative number for idle vehicles in a row that are the same to every request, 0 for all others.

    Parameters
    ----------
    like_nobody
        [R]: vehicles with something of their own that no array here shows, as breaks are.
    """
    columns = [array[:, None] if array.ndim == 1 else array for array in fleet]
    facts, eligible = np.hstack(columns), requests.eligible.T
    differs = (facts[1:] != facts[:-1]).any(axis=1) | (eligible[1:] != eligible[:-1]).any(axis=1)
    numbers: I64 = -1 - np.concatenate([[0], np.cumsum(differs)])[: len(facts)].astype(np.int64)
    is_home = np.zeros(len(facts), dtype=np.bool_)
    is_home[requests.home[requests.disturbance > 0]] = True
    numbers[like_nobody | is_home] = 0
    return numbers

"""Travel in traffic by counting seconds; shares no code with the kernels."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import FREE_FLOW, I64, NEVER, NO_BORDER

Slow = tuple[int, int, int]
"""From and until which second, and the speed in per cent."""

_BEFORE, _BEHIND = 60_000, 200_000


@dataclass(frozen=True, eq=False)
class Clock:
    """What is done in each second, added up."""

    slow: Sequence[Slow] = ()

    @cached_property
    def _work(self) -> I64:
        """By each second, from `_BEFORE` seconds before the first one on."""
        done = np.full(_BEFORE + _BEHIND, FREE_FLOW, dtype=np.int64)
        for since, until, percent in self.slow:
            done[_BEFORE + since : _BEFORE + until] = percent
        return np.concatenate([[0], np.cumsum(done)]).astype(np.int64)

    def arrive(self, departure: int, seconds: int) -> int:
        if not self.slow:
            return departure + seconds
        wanted = self._work[_BEFORE + departure] + FREE_FLOW * seconds
        return int(np.searchsorted(self._work, wanted)) - _BEFORE

    def leave(self, arrival: int, seconds: int) -> int:
        if not self.slow:
            return arrival - seconds
        wanted = self._work[_BEFORE + arrival] - FREE_FLOW * seconds
        return int(np.searchsorted(self._work, wanted, side="right")) - 1 - _BEFORE

    def steps(self, *, profiles: int = 1) -> I64:
        """As the kernels want them, the same for each profile; what is slow must be in order and apart."""
        steps = [(-NEVER, FREE_FLOW)]
        for since, until, percent in self.slow:
            steps += [(since, percent), (until, FREE_FLOW)]
        one = np.array(steps, dtype=np.int64).T if self.slow else np.zeros((2, 0), dtype=np.int64)
        return np.ascontiguousarray(np.repeat(one[None], profiles, axis=0))


@dataclass(frozen=True, eq=False)
class Legs:
    """Legs between nodes, of which some lie in the area that is slow; without one, all of every leg is slow.

    Parameters
    ----------
    apart
        [n, n]: seconds on free streets, negative where no way leads.
    inside
        [n], or None.
    """

    clock: Clock
    apart: NDArray[np.int32]
    inside: NDArray[np.bool_] | None = None

    def arrive(self, a: int, b: int, departure: int) -> int:
        seconds = int(self.apart[a, b])
        first, last = self._slow(a, b)
        if self.inside is None or first + last >= seconds:
            return self.clock.arrive(departure, seconds)
        at_border = self.clock.arrive(departure, first) + (seconds - first - last)
        return self.clock.arrive(at_border, last)

    def leave(self, a: int, b: int, arrival: int) -> int:
        """By trying every second that it could be."""
        tried = range(arrival - 10 * int(self.apart[a, b]), arrival + 1)
        return tried[bisect_right(tried, arrival, key=lambda departure: self.arrive(a, b, departure)) - 1]

    def border(self) -> I64:
        """As the kernels want it, for one profile."""
        if self.inside is None:
            return NO_BORDER
        nodes = range(len(self.apart))
        rows = [[self._slow(a, a)[n] for a in nodes] for n in (0, 1)]
        return np.array(rows, dtype=np.int64)[:, None]

    def _slow(self, a: int, b: int) -> tuple[int, int]:
        """Seconds from a to the border and from it to b; 0 for who is outside."""
        if self.inside is None:
            return 0, 0
        outside = np.flatnonzero(~self.inside).tolist()
        first = [int(self.apart[a, each]) for each in outside if self.apart[a, each] >= 0]
        last = [int(self.apart[each, b]) for each in outside if self.apart[each, b] >= 0]
        return min(first, default=NEVER), min(last, default=NEVER)


def some_peaks(rng: np.random.Generator, *, last: int, most: int = 4) -> Clock:
    """Up to that many spells from 0 to `last`; some meet."""
    ends = np.sort(rng.choice(np.arange(1, last), size=2 * int(rng.integers(1, most + 1)), replace=False))
    percents = rng.integers(10, 100, size=len(ends) // 2)
    spells = [(int(a), int(b), int(p)) for a, b, p in zip(ends[::2], ends[1::2], percents, strict=True)]
    return Clock(spells)

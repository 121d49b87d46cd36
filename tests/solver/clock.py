"""Travel in traffic by counting seconds; shares no code with the kernels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.kernels.arrays import FREE_FLOW, I64, NEVER

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


def some_peaks(rng: np.random.Generator, *, last: int, most: int = 4) -> Clock:
    """Up to that many spells from 0 to `last`; some meet."""
    ends = np.sort(rng.choice(np.arange(1, last), size=2 * int(rng.integers(1, most + 1)), replace=False))
    percents = rng.integers(10, 100, size=len(ends) // 2)
    spells = [(int(a), int(b), int(p)) for a, b, p in zip(ends[::2], ends[1::2], percents, strict=True)]
    return Clock(spells)

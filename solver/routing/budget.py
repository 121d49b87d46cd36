"""How long a search goes on. How far it has got also sets its temperature, so that any budget is a whole cooling."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from solver.stop import Stop, never

SLICE = 20
"""Iterations between two questions whether to stop, at most."""

_SLICE_S = 0.01
_SLICE_SHARE = 0.002
"""A slice takes no more time than this, or than this share of it, whichever is longer."""

_GRACE_S = 0.01
_GRACE_SHARE = 0.005
"""So long behind the end, or for this share of the time, whichever is longer, reasons are still looked for."""


class Budget(Protocol):
    """Asked before every slice of a search."""

    def spent(self, iterations: int) -> float:
        """Which share of the budget is spent after so many iterations; 1 or more ends the search."""

    def next_slice(self, size: int, share: float) -> int:
        """How many iterations to do before it is asked again, if the last `size` of them spent that share."""

    def ahead(self, seconds: float) -> "Budget":
        """One that ends so much earlier, so that what is done behind the search counts too."""

    def is_late(self) -> bool:
        """Whether what is done behind the search has to leave out what it can do without."""


@dataclass(frozen=True)
class Iterations:
    """A number of iterations, which makes a search reproducible; `stop` may end it earlier."""

    limit: int
    stop: Stop = never

    def spent(self, iterations: int) -> float:
        return 1.0 if iterations >= self.limit or self.stop() else iterations / self.limit

    def next_slice(self, size: int, share: float) -> int:  # noqa: ARG002
        """Always the same, so that nothing depends on the machine."""
        return SLICE

    def ahead(self, seconds: float) -> "Iterations":  # noqa: ARG002
        return self

    def is_late(self) -> bool:
        """Never: nothing depends on the machine."""
        return False


@dataclass(frozen=True)
class Until:
    """A span of a clock, in its seconds; `stop` may end it earlier.

    What is done before the search begins counts, if `start` lies before it.
    """

    clock: Callable[[], float]
    start: float
    end: float
    stop: Stop = never

    def spent(self, iterations: int) -> float:  # noqa: ARG002
        if self.stop():
            return 1.0
        return (self.clock() - self.start) / max(self.end - self.start, 1e-9)

    def next_slice(self, size: int, share: float) -> int:
        """So few that it ends in time, where iterations take long."""
        wanted = max(_SLICE_S / max(self.end - self.start, 1e-9), _SLICE_SHARE)
        return max(1, min(SLICE, int(size * wanted / max(share, 1e-9))))

    def ahead(self, seconds: float) -> "Until":
        return replace(self, end=self.end - seconds)

    def is_late(self) -> bool:
        """From a moment behind the end on."""
        return self.stop() or self.clock() > self.end + max(_GRACE_S, _GRACE_SHARE * (self.end - self.start))

"""How long a search goes on. How far it has got also sets its temperature, so that any budget is a whole cooling."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from solver.stop import Stop, never


class Budget(Protocol):
    """Asked before every slice of a search."""

    def spent(self, iterations: int) -> float:
        """Which share of the budget is spent after so many iterations; 1 or more ends the search."""


@dataclass(frozen=True)
class Iterations:
    """A number of iterations, which makes a search reproducible; `stop` may end it earlier."""

    limit: int
    stop: Stop = never

    def spent(self, iterations: int) -> float:
        return 1.0 if iterations >= self.limit or self.stop() else iterations / self.limit


@dataclass(frozen=True)
class Until:
    """A span of a clock, in its seconds; `stop` may end it earlier."""

    clock: Callable[[], float]
    start: float
    end: float
    stop: Stop = never

    def spent(self, iterations: int) -> float:  # noqa: ARG002
        if self.stop():
            return 1.0
        return (self.clock() - self.start) / max(self.end - self.start, 1e-9)

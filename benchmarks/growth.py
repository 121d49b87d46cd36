"""How the time that a good plan takes grows with the number of requests.

For every size the search runs once for the longest time; what it comes to is the mark. Then it
runs for shorter times, each of them a whole search that cools down by its own end, until one of
them gets within 1 % of the mark. What counts is the least wall time at which any of these runs had
a plan within 1 %, with all that it takes to hand the instance over. The exponent is that of the
power law that fits the sizes best: least squares on the logarithms of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from benchmarks.city import city
from benchmarks.figures import Figures, machine
from benchmarks.routing.instance import RoutingInstance
from benchmarks.routing.own import Servanda
from benchmarks.routing.referee import judge

WITHIN = 1.01
SHORTEST_S = 0.25


@dataclass
class Run:
    """One run, and the best cost of the search over the wall time: only what got better."""

    seconds: float
    began: float
    course: list[tuple[float, int]] = field(default_factory=list)
    cost: int | None = None
    """As the referee says; None: not all are served."""

    def watch(self, cost: int) -> None:
        if not self.course or cost < self.course[-1][1]:
            self.course.append((perf_counter() - self.began, cost))

    def reaches(self, cost: float) -> float | None:
        """After how many seconds the best was as good as this."""
        return next((seconds for seconds, best in self.course if best <= cost), None)


@dataclass(frozen=True)
class Point:
    """What it took at one size: nothing, if not even the longest run served all."""

    requests: int
    longest: Run
    seconds: float | None
    num_runs: int

    @property
    def figures(self) -> Figures:
        return {
            "requests": self.requests,
            "seconds_within_1_percent": None if self.seconds is None else round(self.seconds, 3),
            "cost": self.longest.cost,
            "runs": self.num_runs,
        }


def measure(sizes: Sequence[int], *, seconds: float, seed: int) -> Figures:
    """The curve, and the exponent of the sizes at which all were served (None: of fewer than two)."""
    points = [_point(size, seconds=seconds, seed=seed) for size in sorted(set(sizes))]
    return {
        "longest_seconds": seconds,
        "exponent": exponent([(each.requests, each.seconds) for each in points if each.seconds is not None]),
        "curve": [point.figures for point in points],
        "seed": seed,
        "machine": machine(),
    }


def exponent(times: Sequence[tuple[int, float]]) -> float | None:
    """Of the power law seconds = a * size ** exponent that fits best."""
    if len(times) < 2:
        return None
    sizes, seconds = np.log(np.array(times, dtype=np.float64)).T
    return round(float(np.polyfit(sizes, seconds, 1)[0]), 3)


def _point(size: int, *, seconds: float, seed: int) -> Point:
    instance, engine = city(size, seed=seed), Servanda()
    longest = _run(engine, instance, seconds=seconds, seed=seed)
    if longest.cost is None:
        return Point(size, longest, None, 1)
    mark = WITHIN * longest.cost
    found, num_runs = longest.reaches(mark), 1
    assert found is not None, "the longest run reaches its own cost"
    shorter = SHORTEST_S
    while shorter < min(found, seconds):
        num_runs += 1
        reached = _run(engine, instance, seconds=shorter, seed=seed).reaches(mark)
        if reached is not None:
            found = min(found, reached)
        shorter *= 2
    return Point(size, longest, found, num_runs)


def _run(engine: Servanda, instance: RoutingInstance, *, seconds: float, seed: int) -> Run:
    run = Run(seconds, perf_counter())
    solution = engine.solve(instance, seconds=seconds, seed=seed, watch=run.watch)
    run.cost = judge(instance, solution).cost
    return run

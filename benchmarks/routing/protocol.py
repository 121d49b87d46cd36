"""What an engine is to the benchmark, and what it returns."""

from dataclasses import dataclass
from typing import Protocol

from benchmarks.routing.instance import RoutingInstance


@dataclass(frozen=True, slots=True)
class Route:
    """What one vehicle does.

    Parameters
    ----------
    type_idx
        Its type, an index into the instance's `vehicle_types`.
    visits
        Nodes in the order of the visits, without start and end. A depot node among them is a visit
        to that depot on the way, and another trip begins with it.
    """

    type_idx: int
    visits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """Routes of the vehicles that visit anything; a vehicle that is not used has none.

    No times: whoever checks computes them, each as early as it can be.
    """

    routes: tuple[Route, ...]


class RoutingEngine(Protocol):
    """An engine that is measured.

    Making one loads what it is made of (imports, compiled kernels); that is not timed, and done in
    the process that then solves once. `solve` is timed whole: what it takes to hand the instance
    over counts.
    """

    @property
    def name(self) -> str:
        """As `--engine` has it."""

    def supports(self, instance: RoutingInstance) -> str | None:
        """None if every rule of the instance can be kept; otherwise the one that cannot, in words."""

    def solve(self, instance: RoutingInstance, *, seconds: float, seed: int) -> Solution:
        """The best it finds in `seconds` of wall time on one core, from the call to the return.

        Node and type indices are those of the instance. Every required visit stands in exactly one
        route, both halves of a pair in the same one, pickup first; visits that are not required may
        be missing. What it cannot serve it leaves out: the referee then says so. An engine that
        takes no seed returns the same for each.
        """

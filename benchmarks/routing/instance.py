"""One routing problem as every engine and the referee see it: integers only."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ENDLESS = 2**40
"""A limit that is none; sums of a few still fit into 64 bits, and into the peers' arithmetic."""


class Convention(StrEnum):
    """What a figure means. Figures of two conventions are never compared."""

    DIMACS = "dimacs"
    """Distance; an arc is its Euclidean length truncated to one decimal; the fleet limit of the file."""
    EXACT = "exact"
    """Distance; an arc is its Euclidean length rounded to three decimals; the fleet limit of the file."""
    WORKING_TIME = "working-time-less-service"
    """Travel and waiting of all technicians, rounded to three decimals: the service is the same in every plan."""
    SINTEF = "sintef"
    """Fewest vehicles, then distance in double precision. Values are published so; nothing here computes it."""

    @property
    def scale(self) -> int:
        """Integer units in one unit of the file."""
        return 10 if self is Convention.DIMACS else 1000


@dataclass(frozen=True, slots=True)
class BestKnown:
    """A value from the literature."""

    value: float
    convention: Convention


@dataclass(frozen=True, slots=True, eq=False)
class VehicleType:
    """Vehicles that are alike.

    Parameters
    ----------
    number
        How many there are.
    start, end
        Depot nodes; an `end` of None is wherever the last visit is.
    capacity
        By dimension of the load.
    earliest, latest
        When a vehicle may leave, and when it must be back.
    max_duration
        From leaving to being back, waiting included.
    fixed_cost
        Of a vehicle that visits anything.
    serves
        By node: whether it may be visited. Sites and skills are both this.
    reload_depots
        Depot nodes that may be visited on the way; with each visit begins another trip.
    max_reloads
        How often at most.
    tools
        Bits of what it leaves its start with. All other tools are had from a depot on the way, for good.
    parts
        Spare parts it leaves its start with, by kind. From a depot on the way on there is no lack of any.
    """

    number: int
    start: int
    end: int | None
    capacity: tuple[int, ...]
    serves: Bools
    earliest: int = 0
    latest: int = ENDLESS
    max_duration: int = ENDLESS
    fixed_cost: int = 0
    cost_per_distance: int = 1
    cost_per_duration: int = 0
    reload_depots: tuple[int, ...] = ()
    max_reloads: int = 0
    tools: int = 0
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RoutingInstance:
    """One routing problem; arrays are by node, and nobody writes into them.

    Parameters
    ----------
    set_name
        Instances that are summed up together.
    distance, duration
        From node (row) to node (column).
    depots
        Nodes that are no visits. All others are to be visited once.
    pickups, deliveries
        Pairs that one vehicle visits, the pickup first. A visit in neither is served from the depot.
    loads
        Of shape nodes by dimensions: what the visit changes on board. Plus at a pickup, minus at its
        delivery; minus at a visit served from the depot, where the trip takes all of that on board.
    earliest, latest
        The start of service, both ends inclusive. At a depot: leaving and being back.
    release
        The trip that brings it may not leave the depot before.
    required, prize
        A visit that is not required may be left out, at the price of its prize.
    tools
        Bits of the tools that a visit needs.
    parts
        Of shape nodes by kinds: the spare parts that a visit uses up.
    constant
        Part of the cost that is the same in every plan, and left out of what is reported.
    """

    name: str
    set_name: str
    convention: Convention
    vehicle_types: tuple[VehicleType, ...]
    distance: Ints
    duration: Ints
    depots: tuple[int, ...]
    pickups: tuple[int, ...]
    deliveries: tuple[int, ...]
    loads: Ints
    earliest: Ints
    latest: Ints
    service: Ints
    release: Ints
    required: Bools
    prize: Ints
    tools: Ints
    parts: Ints
    constant: int = 0
    best_known: BestKnown | None = None

    @property
    def num_nodes(self) -> int:
        return len(self.distance)

    @property
    def visits(self) -> tuple[int, ...]:
        """Every node that is no depot."""
        depots = set(self.depots)
        return tuple(node for node in range(self.num_nodes) if node not in depots)

    @property
    def singles(self) -> tuple[int, ...]:
        """Visits that are half of no pair."""
        paired = {*self.pickups, *self.deliveries}
        return tuple(node for node in self.visits if node not in paired)

    def reported(self, cost: int) -> float:
        """A cost in integer units as the literature writes it."""
        return (cost - self.constant) / self.convention.scale

    @property
    def goal(self) -> float | None:
        """The best-known value, if it means the same as what is reported here."""
        known = self.best_known
        return known.value if known and known.convention == self.convention else None

"""What an instance needs of an engine, so that each can say what it cannot do."""

from collections.abc import Callable, Collection
from enum import StrEnum

import numpy as np

from benchmarks.routing.instance import ENDLESS, RoutingInstance


class Need(StrEnum):
    """The value is how it is said."""

    PAIRS = "pairs of pickup and delivery"
    SINGLES = "visits that are served from the depot"
    BOTH_KINDS = "pairs and visits from the depot in one instance"
    SEVERAL_TYPES = "vehicles that differ"
    SEVERAL_DEPOTS = "several depots"
    OPEN_ENDS = "routes with an open end"
    SEVERAL_LOADS = "several dimensions of load"
    MAX_DURATION = "a longest duration of a route"
    SHIFTS = "shifts that begin after the day does"
    RELOADS = "several trips of a vehicle"
    RELEASES = "release times"
    SITES = "visits that not every vehicle may make"
    OPTIONAL = "visits that may be left out for a prize"
    TOOLS_AND_PARTS = "tools and spare parts"
    COST_OF_TIME = "a cost of the working time"
    COSTS_THAT_DIFFER = "vehicles that cost differently"
    TIME_UNLIKE_DISTANCE = "travel times that are not the distances"


_IS_NEEDED: dict[Need, Callable[[RoutingInstance], bool]] = {
    Need.PAIRS: lambda it: bool(it.pickups),
    Need.SINGLES: lambda it: bool(it.singles),
    Need.BOTH_KINDS: lambda it: bool(it.pickups and it.singles),
    Need.SEVERAL_TYPES: lambda it: len(it.vehicle_types) > 1,
    Need.SEVERAL_DEPOTS: lambda it: len(it.depots) > 1,
    Need.OPEN_ENDS: lambda it: any(each.end is None for each in it.vehicle_types),
    Need.SEVERAL_LOADS: lambda it: it.loads.shape[1] > 1,
    Need.MAX_DURATION: lambda it: any(each.max_duration < ENDLESS for each in it.vehicle_types),
    Need.SHIFTS: lambda it: any(
        each.earliest > 0 or it.earliest[each.start] > 0 or each.latest < it.latest[each.start]
        for each in it.vehicle_types
    ),
    Need.RELOADS: lambda it: any(each.max_reloads for each in it.vehicle_types),
    Need.RELEASES: lambda it: bool(it.release.any()),
    Need.SITES: lambda it: not all(each.serves.all() for each in it.vehicle_types),
    Need.OPTIONAL: lambda it: not it.required[list(it.visits)].all(),
    Need.TOOLS_AND_PARTS: lambda it: bool(it.tools[list(it.visits)].any() or it.parts[list(it.visits)].any()),
    Need.COST_OF_TIME: lambda it: any(each.cost_per_duration for each in it.vehicle_types),
    Need.COSTS_THAT_DIFFER: lambda it: len({(v.fixed_cost, v.cost_per_distance) for v in it.vehicle_types}) > 1,
    Need.TIME_UNLIKE_DISTANCE: lambda it: not np.array_equal(it.distance, it.duration),
}


def unmet(instance: RoutingInstance, cannot: Collection[Need]) -> str | None:
    """Which of these the instance needs, in words; None: none."""
    needed = [need.value for need in Need if need in cannot and _IS_NEEDED[need](instance)]
    return ", ".join(needed) or None

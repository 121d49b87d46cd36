"""commiv 0.6: ruin and recreate in compiled code; fleet minimisation is off, distance is the goal."""

from time import perf_counter
from typing import Any

import commiv
import numpy as np

from benchmarks.routing.instance import ENDLESS, RoutingInstance
from benchmarks.routing.needs import Need, unmet
from benchmarks.routing.protocol import Route, Solution


class Commiv:
    """One depot and one type of vehicle; either pairs or visits from the depot.

    It takes no limit of the fleet for this goal (`max_vehicles` is a number to reach): whether there
    are as many vehicles as it uses is for the referee to say.
    """

    name = "commiv"

    def supports(self, instance: RoutingInstance) -> str | None:
        return unmet(
            instance,
            {
                Need.BOTH_KINDS,
                Need.SEVERAL_TYPES,
                Need.SEVERAL_DEPOTS,
                Need.OPEN_ENDS,
                Need.SEVERAL_LOADS,
                Need.SHIFTS,
                Need.RELOADS,
                Need.RELEASES,
                Need.SITES,
                Need.OPTIONAL,
                Need.TOOLS_AND_PARTS,
                Need.COST_OF_TIME,
                Need.TIME_UNLIKE_DISTANCE,
            },
        )

    def solve(self, instance: RoutingInstance, *, seconds: float, seed: int) -> Solution:
        began = perf_counter()
        # Its depot is node 0.
        nodes = np.array([*instance.depots, *instance.visits])
        limit = instance.vehicle_types[0].max_duration
        arguments: dict[str, Any] = {
            "matrix": np.ascontiguousarray(instance.distance[np.ix_(nodes, nodes)]),
            "capacity": instance.vehicle_types[0].capacity[0],
            "ready": instance.earliest[nodes].tolist(),
            "due": instance.latest[nodes].tolist(),
            "service": instance.service[nodes].tolist(),
            "seed": seed,
            "veh_penalty": instance.vehicle_types[0].fixed_cost,
            "max_route_duration": limit if limit < ENDLESS else 0,
        }
        solve = commiv.solve_vrptw
        if instance.pickups:
            solve = commiv.solve_pdptw
            arguments |= _pairs(instance, place={int(node): place for place, node in enumerate(nodes)})
        else:
            arguments["demand"] = (-instance.loads[nodes, 0]).tolist()
        left_ms = max(1, round(1000 * (seconds - (perf_counter() - began))))
        try:
            found = solve(**arguments, wall_ms=left_ms)
        except commiv.InfeasibleError:
            return Solution(())
        return Solution(tuple(Route(0, tuple(nodes[route].tolist())) for route in found.routes))


def _pairs(instance: RoutingInstance, *, place: dict[int, int]) -> dict[str, Any]:
    return {
        "pickups": [place[node] for node in instance.pickups],
        "deliveries": [place[node] for node in instance.deliveries],
        "demand": [int(instance.loads[node, 0]) for node in instance.pickups],
    }

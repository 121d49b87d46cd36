"""PyVRP 0.14: iterated local search in C++."""

from time import perf_counter
from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from benchmarks.routing.instance import Bools, Ints, RoutingInstance, VehicleType
from benchmarks.routing.needs import Need, unmet
from benchmarks.routing.protocol import Route, Solution


class PyVrp:
    """Clients and shipments, depots, trips, release times, sites by profile, prizes."""

    name = "pyvrp"

    def supports(self, instance: RoutingInstance) -> str | None:
        return unmet(instance, {Need.OPEN_ENDS, Need.TOOLS_AND_PARTS})

    def solve(self, instance: RoutingInstance, *, seconds: float, seed: int) -> Solution:
        began = perf_counter()
        data = _data(instance)
        stop = MaxRuntime(max(0.0, seconds - (perf_counter() - began)))
        result = pyvrp.solve(data, stop, seed=seed, collect_stats=False, display=False)
        return Solution(tuple(_route(instance, route) for route in result.best.routes()))


def _data(instance: RoutingInstance) -> pyvrp.ProblemData:
    """Every node is a location of its own; a profile for each set of nodes that vehicles serve."""
    profiles = {vehicle.serves.tobytes(): vehicle.serves for vehicle in instance.vehicle_types}
    order = list(profiles)
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(instance.num_nodes)],
        clients=[_client(instance, node) for node in instance.singles],
        depots=[
            pyvrp.Depot(depot, tw_early=int(instance.earliest[depot]), tw_late=int(instance.latest[depot]))
            for depot in instance.depots
        ],
        vehicle_types=[
            _vehicle_type(instance, vehicle, profile=order.index(vehicle.serves.tobytes()))
            for vehicle in instance.vehicle_types
        ],
        distance_matrices=[_without(instance.distance, ~serves) for serves in profiles.values()],
        duration_matrices=[_without(instance.duration, ~serves) for serves in profiles.values()],
        shipments=[_shipment(instance, *pair) for pair in zip(instance.pickups, instance.deliveries, strict=True)],
    )


def _without(matrix: Ints, forbidden: Bools) -> Any:
    """Going there is as far, and takes as long, as all other ways together.

    PyVRP's own reader has its largest value there: with a cost of the duration, a run with that did not
    end. Any, because the stubs have a type for arrays that no array has.
    """
    if not forbidden.any():
        return matrix
    apart = matrix.copy()
    apart[forbidden, :] = apart[:, forbidden] = len(matrix) * matrix.max()
    np.fill_diagonal(apart, 0)
    return apart


def _client(instance: RoutingInstance, node: int) -> pyvrp.Client:
    return pyvrp.Client(
        node,
        delivery=[-load for load in instance.loads[node].tolist()],
        service_duration=int(instance.service[node]),
        tw_early=int(instance.earliest[node]),
        tw_late=int(instance.latest[node]),
        release_time=int(instance.release[node]),
        prize=int(instance.prize[node]),
        required=bool(instance.required[node]),
    )


def _shipment(instance: RoutingInstance, pickup: int, delivery: int) -> pyvrp.Shipment:
    return pyvrp.Shipment(
        pickup,
        delivery,
        pickup_tw_early=int(instance.earliest[pickup]),
        pickup_tw_late=int(instance.latest[pickup]),
        pickup_service_duration=int(instance.service[pickup]),
        delivery_tw_early=int(instance.earliest[delivery]),
        delivery_tw_late=int(instance.latest[delivery]),
        delivery_service_duration=int(instance.service[delivery]),
        amount=instance.loads[pickup].tolist(),
        prize=int(instance.prize[pickup] + instance.prize[delivery]),
        required=bool(instance.required[pickup]),
    )


def _vehicle_type(instance: RoutingInstance, vehicle: VehicleType, *, profile: int) -> pyvrp.VehicleType:
    assert vehicle.end is not None, "an open end is not supported"
    return pyvrp.VehicleType(
        vehicle.number,
        capacity=list(vehicle.capacity),
        start_depot=instance.depots.index(vehicle.start),
        end_depot=instance.depots.index(vehicle.end),
        fixed_cost=vehicle.fixed_cost,
        tw_early=vehicle.earliest,
        tw_late=vehicle.latest,
        shift_duration=vehicle.max_duration,
        unit_distance_cost=vehicle.cost_per_distance,
        unit_duration_cost=vehicle.cost_per_duration,
        profile=profile,
        reload_depots=[instance.depots.index(depot) for depot in vehicle.reload_depots],
        max_reloads=vehicle.max_reloads,
    )


def _route(instance: RoutingInstance, route: pyvrp.Route) -> Route:
    return Route(route.vehicle_type(), tuple(_node(instance, each) for each in list(route)[1:-1]))


def _node(instance: RoutingInstance, activity: pyvrp.Activity) -> int:
    if activity.is_depot():
        return instance.depots[activity.idx]
    if activity.is_client():
        return instance.singles[activity.idx]
    return (instance.pickups if activity.is_pickup() else instance.deliveries)[activity.idx]

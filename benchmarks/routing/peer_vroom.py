"""VROOM 1.15 through pyvroom: fast construction and local search in C++, with a time limit."""

from collections.abc import Iterator
from datetime import timedelta
from time import perf_counter

import numpy as np
import vroom
from vroom.solution.solution import Solution as Found

from benchmarks.routing.instance import Ints, RoutingInstance, VehicleType
from benchmarks.routing.needs import Need, unmet
from benchmarks.routing.protocol import Route, Solution

_PROFILE = "car"
_EXPLORATION = 5
"""The most thorough search that VROOM has."""
_LATEST = 2**31
"""VROOM keeps times in 32 bits, and multiplies them."""

_DEAREST = 2**32
"""It multiplies costs too, and refuses an instance in which all of them together could overflow."""


class Vroom:
    """Jobs, shipments and skills. It takes no seed: every run is the same search."""

    name = "vroom"

    def supports(self, instance: RoutingInstance) -> str | None:
        return unmet(
            instance,
            {
                Need.MAX_DURATION,  # its `max_travel_time` counts neither waiting nor service
                Need.RELOADS,
                Need.RELEASES,
                Need.OPTIONAL,  # its priorities are no prices
                Need.TOOLS_AND_PARTS,
                Need.COST_OF_TIME,
                Need.COSTS_THAT_DIFFER,
            },
        )

    def solve(self, instance: RoutingInstance, *, seconds: float, seed: int) -> Solution:  # noqa: ARG002
        began = perf_counter()
        problem = vroom.Input()
        problem.set_durations_matrix(_PROFILE, instance.duration)
        costs = instance.vehicle_types[0].cost_per_distance * instance.distance
        unit = _unit(instance, costs)
        problem.set_costs_matrix(_PROFILE, costs // unit)
        types = enumerate(_vehicle_types(instance))
        problem.add_vehicle([_vehicle(instance, type_idx, vehicle_id, unit) for vehicle_id, type_idx in types])
        _add_visits(problem, instance)
        left = timedelta(seconds=max(0.0, seconds - (perf_counter() - began)))
        found = problem.solve(exploration_level=_EXPLORATION, nb_threads=1, timeout=left)
        return Solution(tuple(_routes(found, instance)))


def _unit(instance: RoutingInstance, costs: Ints) -> int:
    """Of money, in which costs are given: 1, unless they could overflow; what is less than a unit is lost."""
    fixed = sum(each.fixed_cost * each.number for each in instance.vehicle_types)
    return 1 + (int(costs.max(axis=-1).sum()) + fixed) // _DEAREST


def _window(instance: RoutingInstance, node: int) -> vroom.TimeWindow:
    return vroom.TimeWindow(int(instance.earliest[node]), min(int(instance.latest[node]), _LATEST))


def _vehicle_types(instance: RoutingInstance) -> Iterator[int]:
    """The type of each vehicle; its place among them is its id."""
    for type_idx, vehicle in enumerate(instance.vehicle_types):
        yield from [type_idx] * vehicle.number


def _vehicle(instance: RoutingInstance, type_idx: int, vehicle_id: int, unit: int) -> vroom.Vehicle:
    vehicle = instance.vehicle_types[type_idx]
    shift = _shift(instance, vehicle)
    return vroom.Vehicle(
        vehicle_id,
        start=vehicle.start,
        end=vehicle.end,
        profile=_PROFILE,
        capacity=list(vehicle.capacity),
        skills=set(np.flatnonzero(vehicle.serves).tolist()),
        time_window=vroom.TimeWindow(shift[0], min(shift[1], _LATEST)),
        costs=vroom.VehicleCosts(fixed=vehicle.fixed_cost // unit),
    )


def _shift(instance: RoutingInstance, vehicle: VehicleType) -> tuple[int, int]:
    """When the vehicle and both its depots allow for it."""
    depots = [vehicle.start, *([] if vehicle.end is None else [vehicle.end])]
    return (
        max(vehicle.earliest, int(instance.earliest[depots].max())),
        min(vehicle.latest, int(instance.latest[depots].min())),
    )


def _add_visits(problem: vroom.Input, instance: RoutingInstance) -> None:
    """A visit's id is its node; where not every vehicle serves all, that is also the one skill it asks for."""
    common = np.logical_and.reduce([vehicle.serves for vehicle in instance.vehicle_types])
    for node in instance.singles:
        problem.add_job(
            vroom.Job(
                node,
                location=node,
                default_service=int(instance.service[node]),
                delivery=vroom.Amount((-instance.loads[node]).tolist()),
                skills=set() if common[node] else {node},
                time_windows=[_window(instance, node)],
            )
        )
    for pair in zip(instance.pickups, instance.deliveries, strict=True):
        steps = [
            vroom.ShipmentStep(
                node,
                location=node,
                default_service=int(instance.service[node]),
                time_windows=[_window(instance, node)],
            )
            for node in pair
        ]
        problem.add_shipment(
            *steps,
            # A plain list is taken and raises a TypeError later.
            amount=vroom.Amount(instance.loads[pair[0]].tolist()),
            skills={node for node in pair if not common[node]},
        )


def _routes(found: Found, instance: RoutingInstance) -> Iterator[Route]:
    type_by_vehicle = list(_vehicle_types(instance))
    steps = found.routes
    visits = steps[steps["id"].notna()] if "id" in steps else steps[:0]
    for vehicle_id, of_vehicle in visits.groupby("vehicle_id", sort=True):
        yield Route(type_by_vehicle[int(vehicle_id)], tuple(int(node) for node in of_vehicle["id"]))

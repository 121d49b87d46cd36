"""OR-Tools routing: cheapest insertion, then guided local search."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.routing.instance import Ints, RoutingInstance
from benchmarks.routing.needs import Need, unmet
from benchmarks.routing.protocol import Route, Solution

_TIME = "time"


class OrTools:
    """Pairs, depots, sites, prizes and durations. It takes no seed: every run is the same search."""

    name = "ortools"

    def supports(self, instance: RoutingInstance) -> str | None:
        return unmet(
            instance,
            {
                Need.BOTH_KINDS,
                Need.OPEN_ENDS,
                Need.RELOADS,
                Need.RELEASES,
                Need.TOOLS_AND_PARTS,
            },
        )

    def solve(self, instance: RoutingInstance, *, seconds: float, seed: int) -> Solution:  # noqa: ARG002
        began = perf_counter()
        model = _Model(instance)
        return model.solve(seconds=seconds - (perf_counter() - began))


class _Model:
    """The instance in its own words; its nodes are the depots that vehicles use, and the visits."""

    def __init__(self, instance: RoutingInstance) -> None:
        self._instance = instance
        self._type_by_vehicle = [
            idx for idx, vehicle in enumerate(instance.vehicle_types) for _ in range(vehicle.number)
        ]
        types = [instance.vehicle_types[idx] for idx in self._type_by_vehicle]
        ends = [vehicle.start if vehicle.end is None else vehicle.end for vehicle in types]
        self._nodes = sorted({*(vehicle.start for vehicle in types), *ends, *instance.visits})
        place = {node: idx for idx, node in enumerate(self._nodes)}
        self._manager = pywrapcp.RoutingIndexManager(
            len(self._nodes), len(types), [place[vehicle.start] for vehicle in types], [place[node] for node in ends]
        )
        self._routing = pywrapcp.RoutingModel(self._manager)
        self._index = {node: self._manager.NodeToIndex(place[node]) for node in instance.visits}
        self._add_costs()
        self._add_loads()
        self._add_times()
        self._add_visits()
        self._add_pairs()

    def _arcs(self, matrix: Ints) -> int:
        """A callback over the nodes that it knows."""
        inside = matrix[np.ix_(self._nodes, self._nodes)]
        return int(self._routing.RegisterTransitMatrix(inside.tolist()))

    def _add_costs(self) -> None:
        callbacks = dict[int, int]()
        for vehicle_idx, type_idx in enumerate(self._type_by_vehicle):
            vehicle = self._instance.vehicle_types[type_idx]
            rate = vehicle.cost_per_distance
            if rate not in callbacks:
                callbacks[rate] = self._arcs(rate * self._instance.distance)
            self._routing.SetArcCostEvaluatorOfVehicle(callbacks[rate], vehicle_idx)
            self._routing.SetFixedCostOfVehicle(vehicle.fixed_cost, vehicle_idx)

    def _add_loads(self) -> None:
        """A visit served from the depot adds what it takes: the sum is what the trip left with."""
        loads = self._instance.loads if self._instance.pickups else -self._instance.loads
        for dimension in range(loads.shape[1]):
            callback = self._routing.RegisterUnaryTransitVector(loads[self._nodes, dimension].tolist())
            capacities = [self._instance.vehicle_types[idx].capacity[dimension] for idx in self._type_by_vehicle]
            self._routing.AddDimensionWithVehicleCapacity(callback, 0, capacities, True, f"load {dimension}")

    def _add_times(self) -> None:
        instance = self._instance
        service = instance.service.copy()
        service[list(instance.depots)] = 0
        latest = int(max(instance.latest[node] for node in self._nodes))
        callback = self._arcs(instance.duration + service[:, np.newaxis])
        self._routing.AddDimension(callback, latest, latest, False, _TIME)
        time = self._routing.GetDimensionOrDie(_TIME)
        for node, index in self._index.items():
            time.CumulVar(index).SetRange(int(instance.earliest[node]), int(instance.latest[node]))
        for vehicle_idx, type_idx in enumerate(self._type_by_vehicle):
            vehicle = instance.vehicle_types[type_idx]
            for index, node in (
                (self._routing.Start(vehicle_idx), vehicle.start),
                (self._routing.End(vehicle_idx), vehicle.end if vehicle.end is not None else vehicle.start),
            ):
                time.CumulVar(index).SetRange(
                    max(vehicle.earliest, int(instance.earliest[node])), min(vehicle.latest, int(instance.latest[node]))
                )
            if vehicle.max_duration < latest:
                time.SetSpanUpperBoundForVehicle(vehicle.max_duration, vehicle_idx)
            if vehicle.cost_per_duration:
                time.SetSpanCostCoefficientForVehicle(vehicle.cost_per_duration, vehicle_idx)
            # Only with start and end as close as they may be is the span a duration.
            self._routing.AddVariableMaximizedByFinalizer(time.CumulVar(self._routing.Start(vehicle_idx)))
            self._routing.AddVariableMinimizedByFinalizer(time.CumulVar(self._routing.End(vehicle_idx)))

    def _add_visits(self) -> None:
        served = np.array([self._instance.vehicle_types[idx].serves for idx in self._type_by_vehicle])
        for node, index in self._index.items():
            unserved = list[int]()
            if not self._instance.required[node]:
                unserved = [-1]
                self._routing.AddDisjunction([index], int(self._instance.prize[node]))
            if not served[:, node].all():
                # SetAllowedVehiclesForIndex of 9.15 refuses every list.
                self._routing.VehicleVar(index).SetValues(unserved + np.flatnonzero(served[:, node]).tolist())

    def _add_pairs(self) -> None:
        solver, time = self._routing.solver(), self._routing.GetDimensionOrDie(_TIME)
        for pair in zip(self._instance.pickups, self._instance.deliveries, strict=True):
            pickup, delivery = (self._index[node] for node in pair)
            self._routing.AddPickupAndDelivery(pickup, delivery)
            solver.Add(self._routing.VehicleVar(pickup) == self._routing.VehicleVar(delivery))
            solver.Add(time.CumulVar(pickup) <= time.CumulVar(delivery))

    def solve(self, *, seconds: float) -> Solution:
        """The best found in that time; nothing, if nothing was."""
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(max(1, round(1000 * seconds)))
        found = self._routing.SolveWithParameters(parameters)
        return Solution(tuple(self._routes(found)) if found else ())

    def _routes(self, found: pywrapcp.Assignment) -> Iterator[Route]:
        for vehicle_idx, type_idx in enumerate(self._type_by_vehicle):
            visits = list[int]()
            index = found.Value(self._routing.NextVar(self._routing.Start(vehicle_idx)))
            while not self._routing.IsEnd(index):
                visits.append(self._nodes[self._manager.IndexToNode(index)])
                index = found.Value(self._routing.NextVar(index))
            if visits:
                yield Route(type_idx, tuple(visits))

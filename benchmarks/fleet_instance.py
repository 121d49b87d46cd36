"""The vehicles of one kind, and what they bring, as an instance that routing engines are given.

Money and time hang on the ways alone, so that every engine sees all of both: an arc takes its travel
with the set-up at its end, none between visits at one place, and costs what its metres and seconds
cost. Who waits is not paid. Where a shift ends wherever its last visit is, an end of its own follows
that is no way off.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.nearest_source import ROUTED, Sourced
from benchmarks.routing.instance import Bools, Convention, Ints, RoutingInstance, VehicleType
from models.contract import Contract
from models.resource import ResourceKind
from solver.alternatives.facts import vehicle_reasons
from solver.instance import Instance
from solver.kernels.arrays import COST_UNITS
from solver.live_routes import ItemKey

GRAIN = 100
"""Units of an engine's cost in a minor unit."""

ENDLESS_S = 2**30
FAR = 10**7
"""Seconds, and units of cost, of a way that there is not."""


@dataclass(frozen=True)
class Fleet:
    """The vehicles of one kind, the items that they bring, and the instance for both.

    Of vehicle i the nodes 2i and 2i + 1 are start and end; behind those of all vehicles come pickup and
    delivery of each item.
    """

    instance: RoutingInstance
    vehicles: range
    keys: tuple[ItemKey, ...]


def fleets(sourced: Sourced, contracts: Mapping[str, Contract], instance: Instance) -> Iterator[Fleet]:
    """Riders and vans apart: promises say which of the two comes."""
    for mode in ROUTED:
        keys = tuple(key for key, each in sourced.assignments.items() if each.mode is mode)
        span = instance.vehicles_of(ResourceKind(mode.value))
        if keys:
            vehicles = range(span.start, span.stop)
            serves = _serves(keys, vehicles, contracts, instance)
            yield Fleet(_instance(mode.value, keys, vehicles, sourced, serves, instance), vehicles, keys)


def _serves(keys: Sequence[ItemKey], vehicles: range, contracts: Mapping[str, Contract], instance: Instance) -> Bools:
    """By vehicle and node: whether it may be visited."""
    num_depots = 2 * len(vehicles)
    serves = np.ones((len(vehicles), num_depots + 2 * len(keys)), dtype=np.bool_)
    for n, (contract_id, item_id) in enumerate(keys):
        cannot = vehicle_reasons(contracts[contract_id].item(item_id), instance)
        nodes = slice(num_depots + 2 * n, num_depots + 2 * n + 2)
        serves[[r - vehicles.start for r in cannot if r in vehicles], nodes] = False
    return serves


def _instance(  # noqa: PLR0917
    name: str, keys: Sequence[ItemKey], vehicles: range, sourced: Sourced, serves: Bools, instance: Instance
) -> RoutingInstance:
    nodes, loads = _nodes(keys, vehicles, sourced, instance)
    duration, cost = _arcs(nodes, instance, vehicles[0])
    num_depots, num_nodes = 2 * len(vehicles), len(nodes)
    pickups = tuple(range(num_depots, num_nodes, 2))
    none = np.zeros(num_nodes, dtype=np.int64)
    return RoutingInstance(
        name=name,
        set_name="pipelines",
        convention=Convention.EXACT,
        vehicle_types=tuple(_vehicle(i, r, serves[i], instance) for i, r in enumerate(vehicles)),
        distance=cost,
        duration=duration,
        depots=tuple(range(num_depots)),
        pickups=pickups,
        deliveries=tuple(node + 1 for node in pickups),
        loads=loads,
        earliest=nodes[:, 2].copy(),
        latest=nodes[:, 3].copy(),
        service=nodes[:, 4].copy(),
        release=none,
        required=np.ones(num_nodes, dtype=np.bool_),
        prize=none,
        tools=none,
        parts=np.zeros((num_nodes, 0), dtype=np.int64),
    )


def _vehicle(i: int, vehicle_idx: int, serves: Bools, instance: Instance) -> VehicleType:
    fleet = instance.fleet
    return VehicleType(
        number=1,
        start=2 * i,
        end=2 * i + 1,
        capacity=tuple(fleet.capacity[vehicle_idx].tolist()),
        earliest=int(fleet.shift_start[vehicle_idx]),
        latest=int(fleet.shift_end[vehicle_idx]),
        fixed_cost=int(fleet.cost_use[vehicle_idx]) * GRAIN // COST_UNITS,
        serves=serves,
    )


def _nodes(keys: Sequence[ItemKey], vehicles: range, sourced: Sourced, instance: Instance) -> tuple[Ints, Ints]:
    """Of each node street node (negative: an open end), place, earliest, latest, service and set-up; and its load."""
    fleet, requests = instance.fleet, [sourced.works[key].request for key in keys]
    ends = [int(node) for r in vehicles for node in (fleet.start_node[r], fleet.end_node[r])]
    depots = [(node, -1 - n, 0, ENDLESS_S, 0, 0) for n, node in enumerate(ends)]
    halves = [half for request in requests for half in (request[:6], request[6:12])]
    loads = [load for request in requests for load in (request.load, -request.load)]
    none = np.zeros((len(depots), fleet.capacity.shape[1]), dtype=np.int64)
    return np.array([*depots, *halves], dtype=np.int64), np.concatenate([none, np.array(loads, dtype=np.int64)])


def _arcs(nodes: Ints, instance: Instance, vehicle_idx: int) -> tuple[Ints, Ints]:
    """Seconds with the set-up at their end, and what they cost."""
    node, place, setup = nodes[:, 0], nodes[:, 1], nodes[:, 5]
    profile, ways = instance.fleet.profile[vehicle_idx], np.ix_(np.maximum(node, 0), np.maximum(node, 0))
    travel_s = instance.travel.duration[profile][ways].astype(np.int64)
    same = place[:, None] == place[None, :]
    seconds = np.where(same, 0, travel_s + setup[None, :])
    metres = np.where(same, 0, instance.travel.distance[profile][ways].astype(np.int64))
    cost_m, cost_s = (int(rate[vehicle_idx]) for rate in (instance.fleet.cost_m, instance.fleet.cost_s))
    cost = (GRAIN * (metres * cost_m + seconds * cost_s) + COST_UNITS // 2) // COST_UNITS
    is_open = node < 0
    for table in (seconds, cost):
        table[(travel_s < 0) & ~same] = FAR
        table[:, is_open] = table[is_open, :] = 0
    return seconds, cost

"""Servanda's own search on the instances that its peers are given."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from benchmarks.routing.engines import OWN
from benchmarks.routing.instance import ENDLESS, Ints, RoutingInstance, VehicleType
from benchmarks.routing.protocol import Route, Solution
from solver.kernels.arrays import NEVER, NO_VISIT, OPEN_END, Fleet, Routes, Travel, Visits
from solver.kernels.ruin_recreate import LEFT_OUT, NOBODY, Requests
from solver.kernels.schedule import relink
from solver.kernels.warm_up import warm_up
from solver.routing.budget import Until
from solver.routing.compact import compact
from solver.routing.search import MUST, Routing, neighbours, search

_RESERVE_S = 0.02
"""Time to write the routes down."""

_MOST_POSITIONS = 600


@dataclass(frozen=True)
class _Requests:
    """Visits of an instance, two a request or one; a pickup at the depot stands for what a trip brings.

    `node` [N], of each request its `pickup` (NO_VISIT: it has none) and `delivery` [Q].
    """

    node: Ints
    pickup: Ints
    delivery: Ints


class Servanda:
    """The search of `solver.routing`. Making one compiles its kernels, or loads them."""

    def __init__(self) -> None:
        warm_up()

    @property
    def name(self) -> str:
        return OWN

    def supports(self, instance: RoutingInstance) -> str | None:
        if instance.tools.any() or instance.parts.any():
            return "tools and spare parts that are had on the way are not searched"
        if instance.pickups and instance.loads[list(instance.singles)].any():
            return "pairs and single visits with a load in one instance"
        if any(each.cost_per_duration for each in instance.vehicle_types):
            return "waiting is not paid for"
        if _brings(instance) and len(instance.depots) > 1 and any(t.reload_depots for t in instance.vehicle_types):
            return "of several depots to reload at, each visit would have to choose one"
        return None

    def solve(
        self, instance: RoutingInstance, *, seconds: float, seed: int, watch: Callable[[int], None] = lambda _: None
    ) -> Solution:
        """See the protocol; `watch` is told the best cost after every slice: the instance's, if nothing is left out."""
        start = perf_counter()
        routing, requests, type_idx = _routing(instance)
        budget = Until(perf_counter, start, start + seconds - _RESERVE_S)
        routed = search(routing, seed=seed, budget=budget, watch=watch)
        return Solution(tuple(_written(instance, routed.routes, requests, type_idx)))


def _brings(instance: RoutingInstance) -> bool:
    """Whether trips bring goods from a depot that a vehicle may come back to, or that are not there from the start."""
    return any(t.reload_depots for t in instance.vehicle_types) or bool(instance.release.any())


def _requests(instance: RoutingInstance) -> _Requests:
    singles, pairs = instance.singles, list(zip(instance.pickups, instance.deliveries, strict=True))
    if _brings(instance):
        depot = instance.depots[0]
        pairs += [(depot, node) for node in singles]
        singles = ()
    node = np.array([*(each for pair in pairs for each in pair), *singles], dtype=np.int64)
    numbers = np.arange(len(node))
    second = 2 * len(pairs)
    return _Requests(
        node=node,
        pickup=np.concatenate([numbers[:second:2], np.full(len(singles), NO_VISIT)]),
        delivery=np.concatenate([numbers[1:second:2], numbers[second:]]),
    )


def _routing(instance: RoutingInstance) -> tuple[Routing, _Requests, Ints]:
    requests = _requests(instance)
    num_requests, num_visits = len(requests.delivery), len(requests.node)
    numbers = [min(each.number, num_requests) for each in instance.vehicle_types]
    type_idx = np.repeat(np.arange(len(numbers)), numbers)
    types = [instance.vehicle_types[t] for t in type_idx]
    travel, fleet, visits = _travel(instance), _fleet(instance, types), _visits(instance, requests)
    routes = _idle(travel, fleet, visits, num_positions=min(num_visits + 6, _MOST_POSITIONS))
    travel, fleet, visits, routes, _ = compact(travel, fleet, visits, routes)
    served = requests.node[requests.delivery]
    eligible = np.array([each.serves for each in types], dtype=np.uint8)[:, served]
    paired = requests.pickup != NO_VISIT
    first_node = requests.node[requests.pickup[paired]]
    not_depot = ~np.isin(first_node, instance.depots)
    eligible[:, np.flatnonzero(paired)[not_depot]] &= np.array([each.serves for each in types], dtype=np.uint8)[
        :, first_node[not_depot]
    ]
    of_visit = np.zeros(num_visits, dtype=np.int64)
    of_visit[requests.delivery] = np.arange(num_requests)
    of_visit[requests.pickup[paired]] = np.flatnonzero(paired)
    required = instance.required[served]
    none, left = np.zeros(num_requests, dtype=np.int64), np.full(num_requests, LEFT_OUT)
    near = np.where(np.isin(requests.node, instance.depots), served[of_visit], requests.node)
    wanted = Requests(
        first=np.arange(num_requests + 1),
        pickup=requests.pickup,
        delivery=requests.delivery,
        extra_cost=none,
        eligible=np.ascontiguousarray(eligible.T),
        movable=np.ones(num_requests, dtype=np.uint8),
        refusal=np.where(required, MUST, instance.prize[served]),
        home=none + NOBODY,
        disturbance=none,
        neighbours=neighbours(instance.distance, near),
        of_visit=of_visit,
    )
    routing = Routing(
        travel=travel,
        fleet=fleet,
        visits=visits,
        routes=routes,
        requests=wanted,
        chosen=left,
        vehicle=none + NOBODY,
        first=np.zeros(len(types), dtype=np.int64),
        alike=-1 - type_idx.astype(np.int64),
    )
    return routing, requests, type_idx


def _travel(instance: RoutingInstance) -> Travel:
    tables = [np.ascontiguousarray(table[None], dtype=np.int32) for table in (instance.duration, instance.distance)]
    tables += [np.ascontiguousarray(table.transpose(0, 2, 1)) for table in tables]
    for table in tables:
        table.setflags(write=False)
    return Travel._make(tables)


def _fleet(instance: RoutingInstance, types: list[VehicleType]) -> Fleet:
    """Depots have windows too: for leaving, and for being back."""

    def column(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    opens, closes = instance.earliest.tolist(), instance.latest.tolist()
    latest = column([each.latest if each.end is None else min(each.latest, closes[each.end]) for each in types])
    return Fleet(
        profile=column([0 for _ in types]),
        start_node=column([each.start for each in types]),
        end_node=column([OPEN_END if each.end is None else each.end for each in types]),
        shift_start=column([max(each.earliest, opens[each.start]) for each in types]),
        shift_end=latest,
        regular_end=latest,
        capacity=np.array([each.capacity for each in types], dtype=np.int64),
        cost_m=column([each.cost_per_distance for each in types]),
        cost_s=column([0 for _ in types]),
        cost_use=column([each.fixed_cost for each in types]),
        cost_overtime=column([0 for _ in types]),
        max_span=column([each.max_duration if each.max_duration < ENDLESS else NEVER for each in types]),
    )


def _visits(instance: RoutingInstance, requests: _Requests) -> Visits:
    node = requests.node
    loads, service = instance.loads[node], instance.service[node].copy()
    earliest, latest = instance.earliest[node].copy(), instance.latest[node].copy()
    place = node.copy()
    pickup = np.where(requests.pickup == NO_VISIT, requests.delivery, requests.pickup)
    at_depot = pickup[np.isin(node[pickup], instance.depots)]
    brought = at_depot + 1
    loads[at_depot], service[at_depot] = -loads[brought], 0
    earliest[at_depot] = np.maximum(earliest[at_depot], instance.release[node[brought]])
    alone = requests.delivery[requests.pickup == NO_VISIT]
    # Served from the start of the only trip: what is on board at first and what is by the end are the same sum.
    loads[alone] = -loads[alone]
    number_of_pickup = np.arange(len(node))
    number_of_pickup[requests.delivery] = pickup
    return Visits(
        node=node,
        place=place,
        earliest=earliest,
        latest=latest,
        service=service,
        setup=np.zeros(len(node), dtype=np.int64),
        load=np.ascontiguousarray(loads),
        pickup=number_of_pickup,
        bound=np.full(len(node), NEVER),
    )


def _idle(travel: Travel, fleet: Fleet, visits: Visits, *, num_positions: int) -> Routes:
    num_vehicles, num_dims = fleet.capacity.shape
    rows = [np.zeros((num_vehicles, num_positions), dtype=np.int64) for _ in range(7)]
    load = np.zeros((num_vehicles, num_positions, num_dims), dtype=np.int64)
    routes = Routes._make([np.zeros(num_vehicles, dtype=np.int64), *rows, load])
    for r in range(num_vehicles):
        relink(travel, fleet, visits, routes, r)
    return routes


def _written(instance: RoutingInstance, routes: Routes, requests: _Requests, type_idx: Ints) -> list[Route]:
    """Routes as sequences of nodes; pickups at the depot are one visit there, and none before the first trip."""
    depots, written = set(instance.depots), list[Route]()
    for r in np.flatnonzero(routes.length):
        nodes = list[int]()
        for node in requests.node[routes.visit[r, 1 : routes.length[r] + 1]].tolist():
            if node not in depots or (nodes and nodes[-1] != node):
                nodes.append(node)
        written.append(Route(int(type_idx[r]), tuple(nodes)))
    return written

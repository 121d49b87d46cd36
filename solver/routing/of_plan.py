"""A plan's routes as the search wants them: each routed item with the one alternative that it has now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import networkx as nx
import numpy as np

from models.contract import Contract, ServiceItem
from models.plan import Assignment, Plan
from models.problem import Problem
from models.promise import SameStart
from models.resource import TravelProfile
from models.travel import PROFILES
from solver.alternatives.eligibility import mobile_reason, twins
from solver.instance import Instance
from solver.kernels.arrays import COST_UNITS, FIRST_BREAK, I64, NO_VISIT, U8, Routes, Travel, Visits
from solver.kernels.ruin_recreate import NOBODY, Requests
from solver.live_routes import ItemKey
from solver.quoting.board import Board
from solver.routing.alike import alike
from solver.routing.compact import cut_out
from solver.routing.search import MUST, Routing, neighbours

SPARE_POSITIONS = 40
"""By so much a route may grow in a search."""


class Part(NamedTuple):
    """Some vehicles with their routes, ready to be searched, and whose numbers stand behind those in it."""

    routing: Routing
    vehicles: I64
    visits: I64
    nodes: I64


@dataclass(frozen=True)
class RoutedPlan:
    """What of a plan does not change while its routes are searched.

    Parameters
    ----------
    first_part
        [Q + 1]: the parts of request q are `first_part[q]` to `first_part[q + 1]` (excluded).
    pickup, delivery
        Visits of each part.
    together
        The visit of each part that is at one stop with those of the other parts; NO_VISIT if it has no others.
    eligible
        [Q, R]: 1 for who may do it.
    movable
        [Q]: 1 for what may change its place.
    home, disturbance
        [Q]: who does it by the plan in force (NOBODY: nobody of these), and what it counts, in COST_UNITS,
        if somebody else does.
    first
        [R]: positions up to there have begun.
    """

    instance: Instance
    visits: Visits
    first_part: I64
    pickup: I64
    delivery: I64
    together: I64
    eligible: U8
    movable: U8
    home: I64
    disturbance: I64
    first: I64
    now_s: int

    @classmethod
    def of(cls, board: Board, problem: Problem, *, home: Plan) -> Self:
        """The routes of a board that holds the problem's initial plan. The items of one visit are one request.

        Parameters
        ----------
        home
            The plan in force, which that one was made from.
        """
        now_s = board.instance.horizon.seconds_up(problem.freeze_until)
        contracts = {contract.contract_id: contract for contract in problem.contracts}
        routed = {
            key: each
            for each in problem.initial_plan.assignments
            if (key := (each.contract_id, each.item_id)) in board.routes
        }
        groups = _groups(routed, problem)
        keys = [key for group in groups for key in group]
        at_home = _at_home([[routed[key] for key in group] for group in groups], home, board.instance)
        numbers = np.array([board.routes.visits_of(key) for key in keys], dtype=np.int64).reshape(-1, 2)
        return cls(
            instance=board.instance,
            visits=board.routes.arrays()[0],
            first_part=np.cumsum([0, *(len(group) for group in groups)]),
            pickup=np.ascontiguousarray(numbers[:, 0]),
            delivery=np.ascontiguousarray(numbers[:, 1]),
            together=np.array(
                [board.routes.at_customer(key) if len(group) > 1 else NO_VISIT for group in groups for key in group],
                dtype=np.int64,
            ),
            eligible=_eligible([[routed[key] for key in group] for group in groups], contracts, board.instance),
            movable=_movable([[routed[key] for key in group] for group in groups], problem, board),
            home=at_home[:, 0],
            disturbance=at_home[:, 1] * problem.disturbance * COST_UNITS,
            first=board.routes.num_started(now=now_s),
            now_s=now_s,
        )

    def whole(self, routes: Routes) -> Part:
        """All vehicles."""
        everything = np.arange(len(self.visits.node))
        return self._part(routes, np.arange(len(self.first)), everything, served_by=self.served_by(routes))

    def part(self, routes: Routes, vehicles: I64, *, served_by: I64) -> Part:
        """These vehicles, and of visits and requests only theirs."""
        visits = [routes.visit[r, 1 : routes.length[r] + 1] for r in vehicles]
        num_positions = int(routes.length[vehicles].max()) + SPARE_POSITIONS + 4  # four stay free: see `_collect`
        narrow = Routes(routes.length, *(array[:, :num_positions] for array in routes[1:]))
        return self._part(narrow, vehicles, np.sort(np.concatenate(visits)), served_by=served_by)

    def served_by(self, routes: Routes) -> I64:
        """[Q]: which vehicle does each request."""
        vehicle_of = np.full(len(self.visits.node), NOBODY, dtype=np.int64)
        for r, length in enumerate(routes.length):
            vehicle_of[routes.visit[r, 1 : length + 1]] = r
        served_by: I64 = vehicle_of[self.delivery[self.first_part[:-1]]]
        return served_by

    def _part(self, routes: Routes, vehicles: I64, visits: I64, *, served_by: I64) -> Part:
        kept = np.flatnonzero(np.isin(served_by, vehicles))
        cut = cut_out(self.instance.travel, self.instance.fleet, self.visits, routes, vehicles=vehicles, kept=visits)
        travel, fleet, own_visits, own_routes, nodes = cut.compact
        requests = self._requests(kept, vehicles, cut.number, nodes=own_visits.node, travel=travel)
        routing = Routing(
            travel=travel,
            fleet=fleet,
            visits=own_visits,
            routes=own_routes,
            requests=requests,
            chosen=np.arange(len(kept)),
            vehicle=np.searchsorted(vehicles, served_by[kept]),
            first=self.first[vehicles],
            alike=alike(fleet, requests, like_nobody=np.any(own_routes.place <= FIRST_BREAK, axis=1)),
            now=self.now_s,
        )
        return Part(routing, vehicles, visits, nodes)

    def _requests(self, kept: I64, vehicles: I64, visit_number: I64, *, nodes: I64, travel: Travel) -> Requests:
        """These requests, their visits with new numbers, which are at these nodes."""
        num_parts = np.diff(self.first_part)
        parts = np.flatnonzero(np.isin(np.repeat(np.arange(len(num_parts)), num_parts), kept))
        pickup, delivery = visit_number[self.pickup[parts]], visit_number[self.delivery[parts]]
        of_visit = np.full(len(nodes) + 1, -1, dtype=np.int64)  # the last is that of NO_VISIT
        of_visit[pickup] = of_visit[delivery] = np.repeat(np.arange(len(kept)), num_parts[kept])
        none = np.zeros(len(kept), dtype=np.int64)
        return Requests(
            first=np.arange(len(kept) + 1),
            first_part=np.cumsum([0, *num_parts[kept]]),
            pickup=pickup,
            delivery=delivery,
            together=visit_number[self.together[parts]],
            extra_cost=none,
            eligible=np.ascontiguousarray(self.eligible[np.ix_(kept, vehicles)]),
            movable=self.movable[kept],
            refusal=none + MUST,
            home=_places_among(vehicles, self.home[kept]),
            disturbance=self.disturbance[kept],
            neighbours=neighbours(travel.distance[PROFILES.index(TravelProfile.CAR)], nodes),
            of_visit=np.ascontiguousarray(of_visit[:-1]),
        )


def _places_among(vehicles: I64, wanted: I64) -> I64:
    """Where they stand among sorted vehicles; NOBODY for who is not among them."""
    places = np.searchsorted(vehicles, wanted)
    found = vehicles[np.minimum(places, len(vehicles) - 1)] == wanted
    return np.where(found, places, NOBODY).astype(np.int64)


# -- what may move, to whom, and what that disturbs


def _groups(routed: Collection[ItemKey], problem: Problem) -> list[tuple[ItemKey, ...]]:
    """The routed items in their order, those of one visit together."""
    same_visit = nx.Graph()
    same_visit.add_nodes_from(routed)
    for contract in problem.contracts:
        for group in contract.same_visits:
            keys = [key for each in group.item_ids if (key := (contract.contract_id, each)) in routed]
            nx.add_path(same_visit, keys)
    order = {key: n for n, key in enumerate(routed)}
    return [tuple(sorted(each, key=order.__getitem__)) for each in nx.connected_components(same_visit)]


def _at_home(groups: Sequence[Sequence[Assignment]], home: Plan, instance: Instance) -> I64:
    """[Q, 2]: who does it by the plan in force, and how many items change hands if somebody else does."""
    in_force = {(each.contract_id, each.item_id): each for each in home.assignments}
    found = []
    for group in groups:
        old = [in_force[each.contract_id, each.item_id] for each in group]
        # What comes from another site already has changed hands, whoever brings it.
        num_items = sum(one.site_id == other.site_id for one, other in zip(old, group, strict=True))
        found.append((instance.idx_by_vehicle_id.get(old[0].resource_id or "", NOBODY), num_items))
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _movable(groups: Sequence[Sequence[Assignment]], problem: Problem, board: Board) -> U8:
    """What is bound, is pinned, or has begun, stays where it is."""
    now_s = board.instance.horizon.seconds_up(problem.freeze_until)
    bound = {
        (contract.contract_id, item_id)
        for contract in problem.contracts
        for group in _instants(contract)
        for item_id in group.item_ids
    } | problem.pinned

    def stays(each: Assignment) -> bool:
        key, vehicle_idx = (each.contract_id, each.item_id), board.instance.idx_by_vehicle_id[each.resource_id or ""]
        return key in bound or board.routes.started(key, vehicle_idx=vehicle_idx, now=now_s)

    movable = (not any(map(stays, group)) for group in groups)
    return np.fromiter(movable, dtype=np.uint8, count=len(groups))


def _instants(contract: Contract) -> Iterator[SameStart]:
    """Same starts of what takes no time: one resource could do all of it at one instant, and must not."""
    for group in contract.same_starts:
        if not all(contract.item(item_id).service_duration for item_id in group.item_ids):
            yield group


def _eligible(groups: Sequence[Sequence[Assignment]], contracts: Mapping[str, Contract], instance: Instance) -> U8:
    """[Q, R]. Vehicles that differ in nothing but their ids are asked about once."""
    twin = np.array(twins(instance.vehicles, instance.catalogue), dtype=np.int64)
    one_of_each = np.unique(twin, return_index=True)[1]
    everybody = np.arange(len(instance.vehicles))
    eligible = np.ones((len(groups), len(instance.vehicles)), dtype=np.uint8)
    for q, group in enumerate(groups):
        for each in group:
            item = contracts[each.contract_id].item(each.item_id)
            named = item.constraint.allowed_ids or item.constraint.excluded_ids
            asked = everybody if named else one_of_each
            answers = np.array([_may_do(instance, int(r), each, item) for r in asked], dtype=np.uint8)
            eligible[q] &= answers if named else answers[twin]
    return eligible


def _may_do(instance: Instance, vehicle_idx: int, assignment: Assignment, item: ServiceItem) -> bool:
    vehicle = instance.vehicles[vehicle_idx]
    if vehicle.kind.value != assignment.mode.value:
        return False
    return mobile_reason(vehicle, item, instance.catalogue) is None

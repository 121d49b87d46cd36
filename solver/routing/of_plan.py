"""A plan's routes as the search wants them: each routed item with the one alternative that it has now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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


class Spare(NamedTuple):
    """Another source of an item that is in a route: how it would be assigned, and its visits there on the board."""

    assignment: Assignment
    visits: tuple[int, ...]

    @property
    def key(self) -> ItemKey:
        return self.assignment.contract_id, self.assignment.item_id


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
    keys
        [Q]: the items of each request.
    first_way
        [Q + 1]: the ways of request q are `first_way[q]` to `first_way[q + 1]` (excluded); first that of the plan.
    spares
        [W]: of each way what comes from another source than in the plan.
    extra_cost
        [W]: what it counts that items come from another site than by the plan in force, in COST_UNITS.
    first_part
        [W + 1]: the parts of way w are `first_part[w]` to `first_part[w + 1]` (excluded), one for each item.
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
    keys: tuple[tuple[ItemKey, ...], ...]
    first_way: I64
    spares: tuple[tuple[Spare, ...], ...]
    extra_cost: I64
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
            keys=tuple(groups),
            first_way=np.arange(len(groups) + 1),
            spares=((),) * len(groups),
            extra_cost=np.zeros(len(groups), dtype=np.int64),
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

    def or_from(self, spares: Mapping[ItemKey, Sequence[Spare]], board: Board, problem: Problem, *, home: Plan) -> Self:
        """The same with further ways to do what can move: one item from elsewhere, or from one site all that can be.

        For a search of the whole, which may then choose among the ways. Who an item comes from and from where
        count apart here: what changes both counts twice.

        Parameters
        ----------
        spares
            The board has their visits.
        """
        ways = [
            (q, way)
            for q, keys in enumerate(self.keys)
            for way in ((), *(_ways_from_elsewhere(keys, spares) if self.movable[q] else ()))
        ]
        parts = [part for q, way in ways for part in self._parts_of(q, way)]
        visits = np.array(parts, dtype=np.int64).reshape(-1, 3)
        site_ids = {(each.contract_id, each.item_id): each.site_id for each in home.assignments}
        moved = [_num_elsewhere(self.keys[q], way, site_ids, board) for q, way in ways]
        return replace(
            self,
            visits=board.routes.arrays()[0],
            first_way=np.searchsorted([q for q, _ in ways], np.arange(len(self.keys) + 1)),
            spares=tuple(way for _, way in ways),
            extra_cost=np.array(moved, dtype=np.int64) * problem.disturbance * COST_UNITS,
            first_part=np.cumsum([0, *(len(self.keys[q]) for q, _ in ways)]),
            pickup=np.ascontiguousarray(visits[:, 0]),
            delivery=np.ascontiguousarray(visits[:, 1]),
            together=np.ascontiguousarray(visits[:, 2]),
        )

    @property
    def ways_per_request(self) -> int:
        """In the mean, rounded up."""
        return -(-len(self.spares) // max(len(self.keys), 1))

    def _parts_of(self, q: int, way: Sequence[Spare]) -> Iterator[tuple[int, int, int]]:
        """Of each item its two visits, and which of them is at one stop with those of the others."""
        visits_by_key = {spare.key: spare.visits for spare in way}
        for m, key in enumerate(self.keys[q], start=int(self.first_part[self.first_way[q]])):
            pickup, delivery, together = int(self.pickup[m]), int(self.delivery[m]), int(self.together[m])
            if key not in visits_by_key:
                yield pickup, delivery, together
                continue
            number = dict(zip((pickup, delivery), visits_by_key[key], strict=True))
            yield number[pickup], number[delivery], number.get(together, NO_VISIT)

    def whole(self, routes: Routes) -> Part:
        """All vehicles."""
        everything, everybody = np.arange(len(self.visits.node)), np.arange(len(self.first))
        return self._part(routes, everybody, everything, served_by=self.served_by(routes), way=self.ways_taken(routes))

    def part(self, routes: Routes, vehicles: I64, *, served_by: I64) -> Part:
        """These vehicles, and of visits and requests only theirs."""
        visits = [routes.visit[r, 1 : routes.length[r] + 1] for r in vehicles]
        num_positions = int(routes.length[vehicles].max()) + SPARE_POSITIONS + 4  # four stay free: see `_collect`
        narrow = Routes(routes.length, *(array[:, :num_positions] for array in routes[1:]))
        in_part = np.sort(np.concatenate(visits))
        return self._part(narrow, vehicles, in_part, served_by=served_by, way=self.first_way[:-1])

    def served_by(self, routes: Routes) -> I64:
        """[Q]: which vehicle does each request."""
        by_way = self._done_by(routes)
        served_by: I64 = by_way[by_way != NOBODY]
        return served_by

    def ways_taken(self, routes: Routes) -> I64:
        """[Q]: in which way each request is done."""
        ways: I64 = np.flatnonzero(self._done_by(routes) != NOBODY)
        return ways

    def _done_by(self, routes: Routes) -> I64:
        """[W]: which vehicle has the visits of a way; of each request somebody has those of one."""
        vehicle_of = np.full(len(self.visits.node), NOBODY, dtype=np.int64)
        for r, length in enumerate(routes.length):
            vehicle_of[routes.visit[r, 1 : length + 1]] = r
        done_by: I64 = np.minimum.reduceat(vehicle_of[self.delivery], self.first_part[:-1])
        return done_by

    def _part(self, routes: Routes, vehicles: I64, visits: I64, *, served_by: I64, way: I64) -> Part:
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
            chosen=requests.first[:-1] + (way - self.first_way[:-1])[kept],
            vehicle=np.searchsorted(vehicles, served_by[kept]),
            first=self.first[vehicles],
            alike=alike(fleet, requests, like_nobody=np.any(own_routes.place <= FIRST_BREAK, axis=1)),
            now=self.now_s,
        )
        return Part(routing, vehicles, visits, nodes)

    def _requests(self, kept: I64, vehicles: I64, visit_number: I64, *, nodes: I64, travel: Travel) -> Requests:
        """These requests, their visits with new numbers, which are at these nodes."""
        num_ways, num_parts = np.diff(self.first_way)[kept], np.diff(self.first_part)
        ways = np.flatnonzero(np.isin(np.repeat(np.arange(len(self.keys)), np.diff(self.first_way)), kept))
        parts = np.flatnonzero(np.isin(np.repeat(np.arange(len(num_parts)), num_parts), ways))
        pickup, delivery = visit_number[self.pickup[parts]], visit_number[self.delivery[parts]]
        of_visit = np.full(len(nodes) + 1, -1, dtype=np.int64)  # the last is that of NO_VISIT
        of_visit[pickup] = of_visit[delivery] = np.repeat(np.repeat(np.arange(len(kept)), num_ways), num_parts[ways])
        none = np.zeros(len(kept), dtype=np.int64)
        return Requests(
            first=np.cumsum([0, *num_ways]),
            first_part=np.cumsum([0, *num_parts[ways]]),
            pickup=pickup,
            delivery=delivery,
            together=visit_number[self.together[parts]],
            extra_cost=self.extra_cost[ways],
            eligible=np.repeat(self.eligible[np.ix_(kept, vehicles)], num_ways, axis=0),
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


def _ways_from_elsewhere(
    keys: Sequence[ItemKey], spares: Mapping[ItemKey, Sequence[Spare]]
) -> Iterator[tuple[Spare, ...]]:
    """One of the items from each of its other sources, and from each site all for which that is another source."""
    others = [spare for key in keys for spare in spares.get(key, ())]
    yield from ((spare,) for spare in others)
    for site_id in dict.fromkeys(spare.assignment.site_id for spare in others):
        from_there = tuple(spare for spare in others if spare.assignment.site_id == site_id)
        if len(from_there) > 1:
            yield from_there


def _num_elsewhere(
    keys: Sequence[ItemKey], way: Sequence[Spare], home_site_ids: Mapping[ItemKey, str | None], board: Board
) -> int:
    """How many items come from another site than by the plan in force."""
    site_ids = {key: board.assignments[key].site_id for key in keys}
    site_ids |= {spare.key: spare.assignment.site_id for spare in way}
    return sum(site_ids[key] != home_site_ids[key] for key in keys)


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

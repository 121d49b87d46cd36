"""A cheaper plan for the same promises: sources and routes change, promises never do."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.contract import ServiceItem
from models.plan import Assignment, Plan, Route
from models.problem import Problem
from models.resource import TravelProfile
from models.travel import PROFILES
from solver.assignment.draft import numbered
from solver.assignment.reassigning import reassigned
from solver.board import Board, as_routed
from solver.eligibility import mobile_reason
from solver.kernels.arrays import I64, NO_VISIT, OPEN_END, Fleet, Routes, Travel, Visits
from solver.kernels.ruin_recreate import Requests, Search, improve
from solver.live_routes import ItemKey
from solver.stop import Stop, never

NUM_NEIGHBOURS = 60
SLICE = 250
"""Iterations between two questions whether to stop."""

HOT, COLD = 0.15, 0.005
"""First and last temperature, as a share of the mean cost per visit."""

_SPARE_POSITIONS = 40


@dataclass(frozen=True)
class _Movable:
    """The routed items of a plan as the kernel wants them."""

    keys: tuple[ItemKey, ...]
    requests: Requests
    search: Search
    request_by_visit: I64


def replan(problem: Problem, *, seed: int, iterations: int, stop: Stop = never) -> Plan:
    """Look for a cheaper plan behind the same promises: other sources first, then other routes.

    What has started by `problem.freeze_until` stays; mode, level, window and fee of every item
    stay. What has not begun may come from another site, by another carrier or desk; after that an
    item may go to any vehicle of its mode that is allowed to take it. The result depends on the
    problem, the seed and the iterations alone, unless `stop` ends it early.

    Returns
    -------
    Plan
        `problem.initial_plan` itself, if nothing cheaper was found.
    """
    if not iterations or stop():
        return problem.initial_plan
    start = reassigned(problem, seed=seed, stop=stop)
    plan = _rerouted(replace(problem, initial_plan=start), seed=seed, iterations=iterations, stop=stop)
    return plan if plan is problem.initial_plan else numbered(plan, problem.initial_plan)


def _rerouted(problem: Problem, *, seed: int, iterations: int, stop: Stop) -> Plan:
    board = Board.of(problem)
    movable = _movable(board, problem, seed=seed)
    if not movable.requests.movable.any():
        return problem.initial_plan
    best = _improve(board, movable, problem, iterations=iterations, stop=stop)
    board.routes.replace(best)
    return _cheaper_plan(board, problem)


def _improve(board: Board, movable: _Movable, problem: Problem, *, iterations: int, stop: Stop) -> Routes:
    instance = board.instance
    now_s = instance.horizon.seconds_up(problem.freeze_until)
    visits, routes = board.routes.arrays(spare_positions=_SPARE_POSITIONS)
    nodes = _nodes(instance.fleet, visits)
    travel, fleet, visits, routes = _compact(nodes, instance.travel, instance.fleet, visits, routes)
    first = board.routes.num_started(now=now_s)
    best = Routes._make([array.copy() for array in routes])
    movable.search.cost[:] = sum(board.routes.cost_units(r) for r in range(len(instance.vehicles)))
    per_visit = int(movable.search.cost[0]) / (2 * len(movable.keys))
    cooling = (COLD / HOT) ** (1 / max(iterations, 1))
    for done in range(0, iterations, SLICE):
        if stop():
            break
        improve(
            travel,
            fleet,
            visits,
            routes,
            best,
            movable.requests,
            movable.search,
            movable.request_by_visit,
            first,
            now_s,
            min(SLICE, iterations - done),
            per_visit * HOT * cooling**done,
            cooling,
        )
    return best._replace(node=np.where(best.node == OPEN_END, OPEN_END, nodes[best.node]))


def _nodes(fleet: Fleet, visits: Visits) -> I64:
    """The nodes that occur: starts, ends and visits."""
    return np.unique(np.concatenate([visits.node, fleet.start_node, fleet.end_node[fleet.end_node != OPEN_END]]))


def _compact(
    nodes: I64, travel: Travel, fleet: Fleet, visits: Visits, routes: Routes
) -> tuple[Travel, Fleet, Visits, Routes]:
    """The same with nodes renumbered to those that occur: small tables stay in the processor's cache."""

    def renumbered(each: I64) -> I64:
        numbers = np.minimum(np.searchsorted(nodes, each), len(nodes) - 1)  # behind a route's end stands anything
        return np.where(each == OPEN_END, OPEN_END, numbers).astype(np.int64)

    tables = [np.ascontiguousarray(table[:, nodes][:, :, nodes]) for table in travel]
    for table in tables:
        table.setflags(write=False)  # as the mapped ones are: the kernels are compiled for one type only
    return (
        Travel(*tables),
        fleet._replace(start_node=renumbered(fleet.start_node), end_node=renumbered(fleet.end_node)),
        visits._replace(node=renumbered(visits.node)),
        routes._replace(node=renumbered(routes.node)),
    )


def _movable(board: Board, problem: Problem, *, seed: int) -> _Movable:
    now_s = board.instance.horizon.seconds_up(problem.freeze_until)
    contracts = {contract.contract_id: contract for contract in problem.contracts}
    routed = [each for each in problem.initial_plan.assignments if (each.contract_id, each.item_id) in board.routes]
    keys = tuple((each.contract_id, each.item_id) for each in routed)
    vehicle_idx = [board.instance.idx_by_vehicle_id[each.resource_id or ""] for each in routed]
    bound = {
        (contract.contract_id, item_id)
        for contract in problem.contracts
        for group in (*contract.same_visits, *contract.same_starts)
        for item_id in group.item_ids
    }
    free = [
        key not in bound and not board.routes.started(key, vehicle_idx=r, now=now_s)
        for key, r in zip(keys, vehicle_idx, strict=True)
    ]
    visits, _ = board.routes.arrays()
    numbers = np.array([board.routes.visits_of(key) for key in keys], dtype=np.int64).reshape(-1, 2)
    request_by_visit = np.full(visits.node.shape[0], -1, dtype=np.int64)
    for q, pair in enumerate(numbers):
        request_by_visit[pair[pair != NO_VISIT]] = q
    eligible = [_eligible(board, contracts[key[0]].item(key[1]), each) for key, each in zip(keys, routed, strict=True)]
    requests = Requests(
        pickup=np.ascontiguousarray(numbers[:, 0]),
        delivery=np.ascontiguousarray(numbers[:, 1]),
        movable=np.array(free, dtype=np.uint8),
        eligible=np.array(eligible, dtype=np.uint8).reshape(len(keys), len(board.instance.vehicles)),
        neighbours=_neighbours(board, visits, numbers),
    )
    search = Search(np.array(vehicle_idx, dtype=np.int64), np.array([seed % 2147483646 + 1]), np.zeros(2, np.int64))
    return _Movable(keys, requests, search, request_by_visit)


def _eligible(board: Board, item: ServiceItem, assignment: Assignment) -> list[bool]:
    return [
        vehicle.kind.value == assignment.mode.value and mobile_reason(vehicle, item, board.instance.catalogue) is None
        for vehicle in board.instance.vehicles
    ]


def _neighbours(board: Board, visits: Visits, numbers: I64) -> I64:
    """[Q, K]: the requests whose pickup or delivery is nearest by car, -1 where there are no more."""
    metres = board.instance.travel.distance[PROFILES.index(TravelProfile.CAR)]
    nodes = visits.node[numbers]
    apart = np.minimum(_between(metres, nodes[:, 0]), _between(metres, nodes[:, 1]))
    np.fill_diagonal(apart, np.iinfo(np.int64).max)
    num_nearest = min(NUM_NEIGHBOURS, len(numbers) - 1)
    return np.argsort(apart, axis=1, kind="stable")[:, :num_nearest].astype(np.int64)


def _between(metres: NDArray[np.int32], nodes: I64) -> I64:
    table = metres[np.ix_(nodes, nodes)].astype(np.int64)
    table[table < 0] = np.iinfo(np.int64).max - 1
    return table


def _cheaper_plan(board: Board, problem: Problem) -> Plan:
    before = problem.initial_plan
    routes_before = {route.resource_id: route for route in before.routes}
    changed = {}
    for r, vehicle in enumerate(board.instance.vehicles):
        old = routes_before.get(vehicle.resource_id, Route(resource_id=vehicle.resource_id))
        new = board.routes.route(r, version=old.version + 1)
        if (new.visits, new.breaks) != (old.visits, old.breaks):
            changed[vehicle.resource_id] = new
    contracts = {contract.contract_id: contract for contract in problem.contracts}
    cost = board.plan().cost
    if cost.total >= before.cost.total:
        return before
    routes = {**routes_before, **changed}
    return Plan(
        routes=tuple(routes[v.resource_id] for v in board.instance.vehicles if v.resource_id in routes),
        assignments=as_routed(before.assignments, changed.values(), contracts),
        unplanned=before.unplanned,
        cost=cost,
    )

"""A cheaper plan for the same promises: sources and routes change, promises never do."""

from dataclasses import dataclass, replace

import numpy as np

from models.contract import Contract, ServiceItem
from models.plan import Assignment, Plan, Route
from models.problem import Problem
from models.promise import SameStart
from models.resource import TravelProfile
from models.travel import PROFILES
from solver.assignment.draft import numbered
from solver.assignment.reassigning import reassigned
from solver.board import Board, as_routed
from solver.eligibility import mobile_reason
from solver.kernels.arrays import FIRST_BREAK, I64, NO_VISIT, OPEN_END
from solver.kernels.ruin_recreate import NOBODY, Requests
from solver.live_routes import ItemKey
from solver.routing.alike import alike
from solver.routing.budget import Iterations
from solver.routing.compact import compact
from solver.routing.search import MUST, Routing, neighbours, search
from solver.stop import Stop, never

_SPARE_POSITIONS = 40


@dataclass(frozen=True)
class _Movable:
    """The routed items of a plan as the search wants them: each with the one alternative that it has now."""

    keys: tuple[ItemKey, ...]
    requests: Requests
    vehicle: I64


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
    movable = _movable(board, problem)
    if not movable.requests.movable.any():
        return problem.initial_plan
    routing, nodes = _routing(board, movable, problem)
    best = search(routing, seed=seed, budget=Iterations(iterations, stop)).routes
    board.routes.replace(best._replace(node=np.where(best.node == OPEN_END, OPEN_END, nodes[best.node])))
    return _cheaper_plan(board, problem)


def _routing(board: Board, movable: _Movable, problem: Problem) -> tuple[Routing, I64]:
    """What is searched, and the node behind every number in it."""
    instance = board.instance
    now_s = instance.horizon.seconds_up(problem.freeze_until)
    visits, routes = board.routes.arrays(spare_positions=_SPARE_POSITIONS)
    travel, fleet, visits, routes, nodes = compact(instance.travel, instance.fleet, visits, routes)
    first = board.routes.num_started(now=now_s)
    return Routing(
        travel=travel,
        fleet=fleet,
        visits=visits,
        routes=routes,
        requests=movable.requests,
        chosen=np.arange(len(movable.keys)),
        vehicle=movable.vehicle,
        first=first,
        alike=alike(fleet, movable.requests, like_nobody=np.any(routes.place <= FIRST_BREAK, axis=1)),
        now=now_s,
    ), nodes


def _movable(board: Board, problem: Problem) -> _Movable:
    now_s = board.instance.horizon.seconds_up(problem.freeze_until)
    contracts = {contract.contract_id: contract for contract in problem.contracts}
    routed = [each for each in problem.initial_plan.assignments if (each.contract_id, each.item_id) in board.routes]
    keys = tuple((each.contract_id, each.item_id) for each in routed)
    vehicle_idx = [board.instance.idx_by_vehicle_id[each.resource_id or ""] for each in routed]
    bound = {
        (contract.contract_id, item_id)
        for contract in problem.contracts
        for group in (*contract.same_visits, *_instants(contract))
        for item_id in group.item_ids
    }
    free = [
        key not in bound and not board.routes.started(key, vehicle_idx=r, now=now_s)
        for key, r in zip(keys, vehicle_idx, strict=True)
    ]
    visits, _ = board.routes.arrays()
    numbers = np.array([board.routes.visits_of(key) for key in keys], dtype=np.int64).reshape(-1, 2)
    of_visit = np.full(visits.node.shape[0], -1, dtype=np.int64)
    for q, pair in enumerate(numbers):
        of_visit[pair[pair != NO_VISIT]] = q
    eligible = [_eligible(board, contracts[key[0]].item(key[1]), each) for key, each in zip(keys, routed, strict=True)]
    metres_by_car = board.instance.travel.distance[PROFILES.index(TravelProfile.CAR)]
    none = np.zeros(len(keys), dtype=np.int64)
    requests = Requests(
        first=np.arange(len(keys) + 1),
        pickup=np.ascontiguousarray(numbers[:, 0]),
        delivery=np.ascontiguousarray(numbers[:, 1]),
        extra_cost=none,
        eligible=np.array(eligible, dtype=np.uint8).reshape(len(keys), len(board.instance.vehicles)),
        movable=np.array(free, dtype=np.uint8),
        refusal=none + MUST,
        home=none + NOBODY,
        disturbance=none,
        neighbours=neighbours(metres_by_car, visits.node),
        of_visit=of_visit,
    )
    return _Movable(keys, requests, np.array(vehicle_idx, dtype=np.int64))


def _instants(contract: Contract) -> list[SameStart]:
    """Same starts of what takes no time: one resource could do all of it at one instant, and must not."""
    return [
        group
        for group in contract.same_starts
        if not all(contract.item(item_id).service_duration for item_id in group.item_ids)
    ]


def _eligible(board: Board, item: ServiceItem, assignment: Assignment) -> list[bool]:
    return [
        vehicle.kind.value == assignment.mode.value and mobile_reason(vehicle, item, board.instance.catalogue) is None
        for vehicle in board.instance.vehicles
    ]


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

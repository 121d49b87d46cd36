"""Room for what finds no place in the routes as they stand: others nearby change hands for it.

Vehicles that come close, in space and time, are cut out of the board with all that they have still
to do, and a short search by ruin and recreate runs on them alone; what has to be done may only be
left out if there is no other way. Promises, sources and picking stay as they are; who does what
may change.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.plan import Assignment, Route
from solver.alternatives.facts import vehicle_reasons
from solver.kernels.arrays import I64, NEVER, NO_VISIT, OPEN_END, Request
from solver.kernels.ruin_recreate import LEFT_OUT, NOBODY, Requests
from solver.live_routes import ItemKey
from solver.quoting.board import Board
from solver.routing.budget import Budget
from solver.routing.compact import cut_out
from solver.routing.search import MUST, Routed, Routing, neighbours, search

_SPARE_POSITIONS = 20

_KEEPS = 2**6 * MUST
"""The price of leaving out what has a place: no other item is worth that."""


@dataclass(frozen=True)
class _Excerpt:
    """Some vehicles of a board with all that they do, and what is wanted of them, as a search of its own.

    `vehicles` are their indices on the board; `visits` and `nodes` have the board's number of each in the search.
    """

    vehicles: I64
    keys: tuple[ItemKey, ...]
    visits: I64
    nodes: I64
    routing: Routing


def make_room(
    board: Board,
    wanted: Sequence[Assignment],
    *,
    now: datetime,
    fixed: Collection[ItemKey],
    most_vehicles: int,
    seed: int,
    budget: Budget,
) -> tuple[Route, ...]:
    """Put items that are in no route into some, and others out of their way; the board has the outcome.

    Parameters
    ----------
    wanted
        Who did the items before, and how; each of an item that comes and starts alone. What is picked is taken over.
    fixed
        Items that nobody else may do.
    most_vehicles
        So many are looked at for each that is wanted.

    Returns
    -------
    Routes that changed. Nothing is done for those of `wanted` that are in none of them.
    """
    taken = [assignment for assignment in wanted if _take(board, assignment)]
    if not taken:
        return ()
    new = [(each.contract_id, each.item_id) for each in taken]
    routes, placed = _searched(board, new, now=now, fixed=fixed, most_vehicles=most_vehicles, seed=seed, budget=budget)
    board.adopt(removed=[key for key in new if key not in placed])
    board.adopt(routes=routes)
    return routes


def _take(board: Board, assignment: Assignment) -> bool:
    """Stock and capacity as before, if they are still there."""
    if not board.has_room_for(assignment):
        return False
    board.adopt(added=[assignment])
    return True


def _searched(
    board: Board,
    new: Sequence[ItemKey],
    *,
    now: datetime,
    fixed: Collection[ItemKey],
    most_vehicles: int,
    seed: int,
    budget: Budget,
) -> tuple[tuple[Route, ...], set[ItemKey]]:
    now_s = board.instance.horizon.seconds_up(now)
    works = {key: board.work_of(key) for key in new}
    near = [_near(board, key, works[key].request, most=most_vehicles) for key in new]
    vehicles = np.unique(np.concatenate(near))
    if not len(vehicles):
        return (), set()
    for work in works.values():
        board.routes.register(work)
    excerpt = _excerpt(board, vehicles, new, now_s=now_s, fixed=fixed)
    found = search(excerpt.routing, seed=seed, budget=budget)
    placed = {key for key, chosen in zip(excerpt.keys, found.chosen, strict=True) if chosen != LEFT_OUT} & set(new)
    routes = _written(board, excerpt, found) if placed else ()
    for key in new:
        board.routes.forget(key)
    return routes, placed


def _near(board: Board, key: ItemKey, request: Request, *, most: int) -> I64:
    """The vehicles that come closest to an item's visits, in seconds on the way or beside their windows."""
    eligible = np.flatnonzero(_eligible(board, key))
    if len(eligible) <= most:
        return eligible
    _, routes = board.routes.arrays()
    inside = np.arange(routes.visit.shape[1]) <= routes.length[eligible, None]
    apart = np.zeros(len(eligible), dtype=np.int64)
    halves = [request[6:10]] if request.pickup_node == NO_VISIT else [request[:4], request[6:10]]
    for node, _, earliest, latest in halves:
        profile = board.instance.fleet.profile[eligible, None]
        way = board.instance.travel.duration_to[profile, node, np.where(inside, routes.node[eligible], 0)]
        start = routes.start[eligible]
        beside = np.maximum(earliest - start, 0) + np.maximum(start - latest, 0)
        apart += np.where(inside & (way >= 0), way.astype(np.int64) + beside, NEVER // 4).min(axis=1)
    return np.sort(eligible[np.argsort(apart, kind="stable")[:most]])


def _eligible(board: Board, key: ItemKey) -> I64:
    """[R]: 1 for whoever can do an item in its mode."""
    instance, assignment = board.instance, board.assignments[key]
    can = np.zeros(len(instance.vehicles), dtype=np.int64)
    can[[r for r, vehicle in enumerate(instance.vehicles) if vehicle.kind.value == assignment.mode.value]] = 1
    can[list(vehicle_reasons(board.contracts[key[0]].item(key[1]), instance))] = 0
    return can


def _excerpt(
    board: Board, vehicles: I64, new: Sequence[ItemKey], *, now_s: int, fixed: Collection[ItemKey]
) -> _Excerpt:
    there = [(key, i) for i, r in enumerate(vehicles) for key in dict.fromkeys(board.routes.keys_of(int(r)))]
    keys = (*(key for key, _ in there), *new)
    visits, routes = board.routes.arrays(spare_positions=_SPARE_POSITIONS)
    pairs = np.array([board.routes.visits_of(key) for key in keys], dtype=np.int64).reshape(-1, 2)
    inside = [routes.visit[r, 1 : routes.length[r] + 1] for r in vehicles]
    used = np.unique(np.concatenate([pairs[pairs != NO_VISIT], *inside]))
    cut = cut_out(board.instance.travel, board.instance.fleet, visits, routes, vehicles=vehicles, kept=used)
    travel, fleet, few, rows, nodes = cut.compact
    pairs = cut.number[pairs]
    stays = [
        key in fixed or _is_bound(board, key) or board.routes.started(key, vehicle_idx=int(vehicles[i]), now=now_s)
        for key, i in there
    ]
    of_visit = np.full(len(used), -1, dtype=np.int64)
    for q, pair in enumerate(pairs):
        of_visit[pair[pair != NO_VISIT]] = q
    none = np.zeros(len(keys), dtype=np.int64)
    requests = Requests(
        first=np.arange(len(keys) + 1),
        first_part=np.arange(len(keys) + 1),
        pickup=np.ascontiguousarray(pairs[:, 0]),
        delivery=np.ascontiguousarray(pairs[:, 1]),
        together=none + NO_VISIT,
        extra_cost=none,
        eligible=np.array([_eligible(board, key)[vehicles] for key in keys], dtype=np.uint8),
        movable=np.array([not each for each in stays] + [True for _ in new], dtype=np.uint8),
        refusal=np.where(np.arange(len(keys)) < len(there), _KEEPS, MUST),
        home=none + NOBODY,
        disturbance=none,
        neighbours=neighbours(travel.distance[0], few.node),
        of_visit=of_visit,
    )
    left = np.full(len(new), LEFT_OUT)
    routing = Routing(
        travel=travel,
        fleet=fleet,
        visits=few,
        routes=rows,
        requests=requests,
        chosen=np.concatenate([np.arange(len(there)), left]).astype(np.int64),
        vehicle=np.concatenate([[i for _, i in there], left]).astype(np.int64),
        first=board.routes.num_started(now=now_s)[vehicles],
        alike=np.zeros(len(vehicles), dtype=np.int64),
        now=now_s,
    )
    return _Excerpt(vehicles, keys, used, nodes, routing)


def _is_bound(board: Board, key: ItemKey) -> bool:
    """Whether an item comes or starts with others."""
    contract = board.contracts[key[0]]
    return any(key[1] in group.item_ids for group in (*contract.same_visits, *contract.same_starts))


def _written(board: Board, excerpt: _Excerpt, found: Routed) -> tuple[Route, ...]:
    """The routes that differ, as they would be; the board's own arrays are as before."""
    live, before = board.routes, excerpt.routing.routes
    _, routes = live.arrays()
    rows = found.routes._replace(
        visit=excerpt.visits[found.routes.visit],
        node=np.where(found.routes.node == OPEN_END, OPEN_END, excerpt.nodes[found.routes.node]),
    )
    changed = list[Route]()
    for i, r in enumerate(map(int, excerpt.vehicles)):
        length = int(rows.length[i])
        same = length == before.length[i] and np.array_equal(
            found.routes.visit[i, 1 : length + 1], before.visit[i, 1 : length + 1]
        )
        if not same:
            saved = live.save(r)
            for array, new in zip(routes, rows, strict=True):
                array[r] = new[i]
            changed.append(live.route(r, version=live.versions[r] + 1))
            live.restore(r, saved)
    return tuple(changed)

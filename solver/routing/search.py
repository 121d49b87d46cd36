"""The search: routes as arrays in, cheaper routes as arrays out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I32, I64, NEVER, NO_VISIT, Fleet, Routes, Travel, Visits
from solver.kernels.insertion import NUM_DETOURS
from solver.kernels.ruin_recreate import LEFT_OUT, NUM_KNOWN, Memory, Requests, Search, Settings, Trial, improve
from solver.kernels.schedule import is_idle, route_cost, route_totals, waiting_seconds
from solver.routing.budget import SLICE, Budget

SETTINGS = Settings(strings=4, longest=10, blinks=10, near=20)
WAITING_PAID = SETTINGS._replace(blinks=50, near=0)
"""What fits between two visits without waiting may be far away."""

FROM_NOTHING = (2.5, 0.05)
FROM_A_PLAN = (0.1, 0.002)
"""First and last temperature, as a share of the mean cost of a visit. A plan that is whole would be lost in heat."""

NUM_NEIGHBOURS = 100

_COLDEST = 1e-9
_ROWS = 512
"""Visits whose neighbours are looked for at a time: the table of all of them could be large."""
_MANY = 4000
"""Visits from which on their nodes are looked at instead: a table of all of them would take seconds."""
_MOST_IN_VAIN = 5
_MOST_REFUSED = 5
_FEW = 8
"""Vehicles that are all looked at, near or not."""

MUST = 2**48
"""The price of leaving out what has to be done: dearer than any way, and sums of it stay within 64 bits."""


@dataclass(frozen=True)
class Routing:
    """What is searched. See `solver.kernels` for the shapes.

    Parameters
    ----------
    routes
        Where to begin; not changed. `first` [R]: positions up to there stay.
    chosen, vehicle
        The alternative of each request in `routes`, and who does it; LEFT_OUT and NOBODY if it is in none.
    alike
        [R]: the same negative number for idle vehicles that stand one behind the other and are the same to every
        request; 0 for all others.
    """

    travel: Travel
    fleet: Fleet
    visits: Visits
    routes: Routes
    requests: Requests
    chosen: I64
    vehicle: I64
    first: I64
    alike: I64
    now: int = 0


@dataclass(frozen=True)
class Routed:
    """The best routes, who does what in them, and their cost with that of what is left out."""

    routes: Routes
    chosen: I64
    vehicle: I64
    cost: int
    iterations: int


def unwatched(_: int) -> None:
    """Looks at nothing."""


def search(
    routing: Routing,
    *,
    seed: int,
    budget: Budget,
    settings: Settings = SETTINGS,
    watch: Callable[[int], None] = unwatched,
) -> Routed:
    """Improve routes until the budget is spent; the same every time if that counts iterations.

    What is left out at first is put in before anything else, as far as it fits.

    Parameters
    ----------
    watch
        Told the cost of the best routes after every slice.
    """
    routes, best, backup = (_copied(routing.routes) for _ in range(3))
    state = _state(routing, seed)
    trial = _trial(routing)
    if len(routing.first) <= _FEW:
        settings = settings._replace(near=0)
    fixed = (routing.travel, routing.fleet, routing.visits, routes, best, backup, routing.requests, state)
    memory = _memory(routing)
    behind = (routing.first, routing.now)
    improve_more = _compiled_for(*fixed, memory, trial, routing.alike, settings, *behind, SLICE, _COLDEST)

    def run(iterations: int, temperature: float, settings: Settings) -> None:
        improve_more(*fixed, memory, trial, routing.alike, settings, *behind, iterations, temperature)
        watch(int(state.cost[1]))

    if not len(routing.chosen):
        return Routed(best, routing.chosen, routing.vehicle, int(state.cost[1]), 0)
    _fill_in(run, state, budget, settings._replace(strings=0, blinks=0))
    hot, cold = FROM_NOTHING if (routing.chosen == LEFT_OUT).any() else FROM_A_PLAN
    done, size, per_visit = 0, budget.next_slice(1, 1.0), _cost_per_visit(state, routing)
    if hot == FROM_NOTHING[0]:
        per_visit = max(per_visit - _standing_per_visit(routing, routes), 1.0)
    spent = budget.spent(done)
    while spent < 1:
        run(size, per_visit * hot * (cold / hot) ** spent, settings)
        done, before = done + size, spent
        spent = budget.spent(done)
        size = budget.next_slice(size, spent - before)
    return Routed(best, state.best_chosen, state.best_vehicle, int(state.cost[1]), done)


def _compiled_for(*arguments: object) -> Callable[..., None]:
    """`improve` as it is compiled for such arguments.

    Called by its name, it would ask a hundred arrays for their types at each slice: that takes as long as an iteration.
    """
    kernel: Any = improve
    compiled = getattr(kernel, "overloads", {})  # none where compilation is switched off altogether
    types = tuple(map(kernel.typeof_pyval, arguments)) if compiled else ()
    found: Callable[..., None] = compiled[types].entry_point if types in compiled else improve
    return found


def _fill_in(run: Callable[[int, float, Settings], None], state: Search, budget: Budget, settings: Settings) -> None:
    """Put in what is left out, until nothing more fits.

    Which routes are looked at must not differ from the search: marks of near ones would be left behind.
    """
    left, in_vain = int(np.sum(state.chosen == LEFT_OUT)), 0
    while left and in_vain < _MOST_IN_VAIN and budget.spent(0) < 1:
        run(1, _COLDEST, settings)
        left, before = int(np.sum(state.chosen == LEFT_OUT)), left
        in_vain = 0 if left < before else in_vain + 1


def _copied(routes: Routes) -> Routes:
    return Routes._make([array.copy() for array in routes])


def _state(routing: Routing, seed: int) -> Search:
    cost = initial_cost(routing)
    chosen, vehicle = routing.chosen, routing.vehicle
    numbers = np.array([seed % 2147483646 + 1]), np.array([cost, cost])
    return Search(chosen.copy(), vehicle.copy(), *numbers, chosen.copy(), vehicle.copy())


def initial_cost(routing: Routing) -> int:
    """What a search begins with: its routes, and what requests cost beside the way, in COST_UNITS."""
    return sum(_route_costs(routing)) + _beside(routing)


def _route_costs(routing: Routing) -> list[int]:
    """What each route costs, in COST_UNITS."""
    vehicles = range(len(routing.first))
    return [int(route_cost(routing.fleet, routing.routes, routing.visits, r)) for r in vehicles]


def _beside(routing: Routing) -> int:
    """What all requests cost beside the way."""
    requests, chosen = routing.requests, routing.chosen
    left = chosen == LEFT_OUT
    moved = ~left & (routing.vehicle != requests.home)
    costs = requests.refusal[left], requests.extra_cost[chosen[~left]], requests.disturbance[moved]
    return sum(int(each.sum()) for each in costs)


def _cost_per_visit(state: Search, routing: Routing) -> float:
    """The mean, without what requests cost beside the way."""
    requests, done = routing.requests, state.chosen != LEFT_OUT
    beside = int(requests.refusal[~done].sum()) + int(requests.extra_cost[state.chosen[done]].sum())
    behind = np.cumsum([0, *np.where(requests.pickup == NO_VISIT, 1, 2)])[requests.first_part]
    num_visits = np.diff(behind)[state.chosen[done]].sum()
    return max(int(state.cost[0]) - beside, 1) / max(int(num_visits), 1)


def _standing_per_visit(routing: Routing, routes: Routes) -> float:
    """The mean of what service and waiting cost.

    Service is the same wherever a visit stands, and says nothing about moves; of waiting there is much at first.
    """
    total, num_visits = 0, 0
    for r, length in enumerate(routes.length.tolist()):
        service = int(routing.visits.service[routes.visit[r, 1 : length + 1]].sum())
        total, num_visits = total + service * int(routing.fleet.cost_s[r]), num_visits + length
        _, work = route_totals(routes, routing.visits, r)
        waiting = int(waiting_seconds(routing.fleet, routing.visits, routes, r, work))
        total += waiting * int(routing.fleet.cost_wait[r])
    return total / max(num_visits, 1)


def _memory(routing: Routing) -> Memory:
    num_alternatives, num_vehicles = routing.requests.eligible.shape
    state = np.where((routing.alike < 0) & (routing.routes.length == 0), routing.alike, np.arange(1, num_vehicles + 1))
    return Memory(
        state=state.astype(np.int64),
        last_state=np.array([num_vehicles], dtype=np.int64),
        known=np.zeros((num_alternatives, num_vehicles, NUM_KNOWN), dtype=np.int64),
    )


def _trial(routing: Routing) -> Trial:
    num_vehicles, num_positions = routing.routes.visit.shape
    num_requests = len(routing.chosen)
    idle = [is_idle(routing.visits, routing.routes, r) for r in range(num_vehicles)]

    def row(size: int) -> I64:
        return np.zeros(size, dtype=np.int64)

    return Trial(
        touched=np.zeros(num_vehicles, dtype=np.uint8),
        route_cost=np.array(_route_costs(routing), dtype=np.int64),
        new_cost=row(num_vehicles),
        old_state=row(num_vehicles),
        removed=row(num_requests),
        old_chosen=row(num_requests),
        old_vehicle=row(num_requests),
        candidates=row(num_vehicles),
        scanned=np.zeros((4, num_vehicles), dtype=np.int64),
        near=np.where(idle, NEVER, 0),
        stamp=row(1),
        keys=row(num_requests),
        detours=np.zeros((num_positions, NUM_DETOURS), dtype=np.int64),
        changed=np.ones(num_vehicles, dtype=np.uint8),
        refused=row(_MOST_REFUSED),
        num_refused=row(1),
        mood=row(1),
        alone=row(1),
        spare=_copied(routing.routes),
    )


def neighbours(distance: NDArray[np.int32] | I64, nodes: I64, *, most: int = NUM_NEIGHBOURS) -> I32:
    """[N, K]: of visits at these nodes [N] the nearest others, nearest first; what is not reachable comes last.

    Parameters
    ----------
    distance
        From node to node; a negative entry is unreachable.
    """
    num_visits = len(nodes)
    if num_visits > _MANY:
        return _neighbours_by_node(distance, nodes, most=most)
    num_nearest = max(min(most, num_visits - 1), 0)
    nearest = np.empty((num_visits, num_nearest), dtype=np.int32)
    for low in range(0, num_visits, _ROWS):
        rows = np.arange(low, min(low + _ROWS, num_visits))
        apart = distance[np.ix_(nodes[rows], nodes)].astype(np.int64)
        apart[apart < 0] = NEVER
        apart[np.arange(len(rows)), rows] = NEVER + 1  # a visit is no neighbour of its own
        found = np.argpartition(apart, num_nearest - 1, axis=1)[:, :num_nearest] if num_nearest else nearest[rows]
        order = np.lexsort((found, np.take_along_axis(apart, found, axis=1)), axis=1)
        nearest[rows] = np.take_along_axis(found, order, axis=1)
    return nearest


def _neighbours_by_node(distance: NDArray[np.int32] | I64, nodes: I64, *, most: int) -> I32:
    """The same where many visits share a node: its nearest nodes are looked for once, and their visits listed."""
    at, point = np.unique(nodes, return_inverse=True)
    visits, count = np.argsort(point, kind="stable"), np.bincount(point)
    begin = np.cumsum(count) - count
    listed, columns = np.empty((len(at), most + 1), dtype=np.int32), np.arange(most + 1)
    wide = min(most + 1, len(at))
    for low in range(0, len(at), _ROWS):
        apart = distance[at[low : low + _ROWS]].take(at, axis=1)
        apart[apart < 0] = np.iinfo(apart.dtype).max
        found = np.argpartition(apart, wide - 1, axis=1)[:, :wide]
        order = np.lexsort((found, np.take_along_axis(apart, found, axis=1)), axis=1)
        found = np.take_along_axis(found, order, axis=1)
        ends = np.cumsum(count[found], axis=1)
        which = np.minimum((ends[:, :, None] <= columns).sum(axis=1), wide - 1)
        node = np.take_along_axis(found, which, axis=1)
        number = columns - np.take_along_axis(ends, which, axis=1) + count[node]
        inside = number < count[node]
        listed[low : low + _ROWS] = np.where(inside, visits[begin[node] + np.where(inside, number, 0)], -1)
    return _without_itself(listed[point])


def _without_itself(listed: I32) -> I32:
    """[N, K] from [N, K + 1]: visit n is taken out of row n, or else the last one."""
    is_own = listed == np.arange(len(listed))[:, None]
    own = np.where(is_own.any(axis=1), is_own.argmax(axis=1), listed.shape[1] - 1)
    columns = np.arange(listed.shape[1] - 1)[None]
    return np.take_along_axis(listed, columns + (columns >= own[:, None]), axis=1)

"""The search: routes as arrays in, cheaper routes as arrays out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I32, I64, NEVER, NO_VISIT, Fleet, Routes, Travel, Visits
from solver.kernels.insertion import NUM_DETOURS
from solver.kernels.ruin_recreate import LEFT_OUT, Memory, Requests, Search, Settings, Trial, improve
from solver.kernels.schedule import route_cost
from solver.routing.budget import Budget

SETTINGS = Settings(strings=4, longest=10, blinks=10, near=20)

FROM_NOTHING = (2.5, 0.05)
FROM_A_PLAN = (0.1, 0.002)
"""First and last temperature, as a share of the mean cost of a visit. A plan that is whole would be lost in heat."""

SLICE = 20
"""Iterations between two questions whether to stop."""

NUM_NEIGHBOURS = 100

_ONLY_FILL = SETTINGS._replace(strings=0, blinks=0)
_COLDEST = 1e-9
_ROWS = 512
"""Visits whose neighbours are looked for at a time: the table of all of them could be large."""
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


def search(routing: Routing, *, seed: int, budget: Budget, settings: Settings = SETTINGS) -> Routed:
    """Improve routes until the budget is spent; the same every time if that counts iterations.

    What is left out at first is put in before anything else, as far as it fits.
    """
    routes, best, backup = (_copied(routing.routes) for _ in range(3))
    state = _state(routing, seed)
    num_vehicles, num_positions = routes.visit.shape
    trial = _trial(num_vehicles, len(routing.chosen), num_positions)
    if num_vehicles <= _FEW:
        settings = settings._replace(near=0)
    fixed = (routing.travel, routing.fleet, routing.visits, routes, best, backup, routing.requests, state)
    memory = _memory(routing)

    def run(iterations: int, temperature: float, settings: Settings) -> None:
        improve(*fixed, memory, trial, routing.alike, settings, routing.first, routing.now, iterations, temperature)

    if not len(routing.chosen):
        return Routed(best, routing.chosen, routing.vehicle, int(state.cost[1]), 0)
    _fill_in(run, state, budget)
    hot, cold = FROM_NOTHING if (routing.chosen == LEFT_OUT).any() else FROM_A_PLAN
    done, per_visit = 0, _cost_per_visit(state, routing)
    while (spent := budget.spent(done)) < 1:
        run(SLICE, per_visit * hot * (cold / hot) ** spent, settings)
        done += SLICE
    return Routed(best, state.best_chosen, state.best_vehicle, int(state.cost[1]), done)


def _fill_in(run: Callable[[int, float, Settings], None], state: Search, budget: Budget) -> None:
    """Put in what is left out, until nothing more fits."""
    left, in_vain = int(np.sum(state.chosen == LEFT_OUT)), 0
    while left and in_vain < _MOST_IN_VAIN and budget.spent(0) < 1:
        run(1, _COLDEST, _ONLY_FILL)
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
    vehicles = range(len(routing.first))
    on_routes = sum(int(route_cost(routing.fleet, routing.routes, routing.visits, r)) for r in vehicles)
    return on_routes + _beside(routing)


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
    num_visits = np.where(requests.pickup[state.chosen[done]] == NO_VISIT, 1, 2).sum()
    return max(int(state.cost[0]) - beside, 1) / max(int(num_visits), 1)


def _memory(routing: Routing) -> Memory:
    num_alternatives, num_vehicles = routing.requests.eligible.shape
    shape = (num_alternatives, num_vehicles)
    idle = (routing.alike < 0) & (routing.routes.length == 0)
    state = np.where(idle, routing.alike, np.arange(1, num_vehicles + 1))
    return Memory(
        state=state.astype(np.int64),
        last_state=np.array([num_vehicles], dtype=np.int64),
        seen=np.zeros(shape, dtype=np.int64),
        cost=np.zeros(shape, dtype=np.int64),
        pickup_after=np.zeros(shape, dtype=np.int32),
        delivery_after=np.zeros(shape, dtype=np.int32),
    )


def _trial(num_vehicles: int, num_requests: int, num_positions: int) -> Trial:
    def row(size: int) -> I64:
        return np.zeros(size, dtype=np.int64)

    return Trial(
        touched=np.zeros(num_vehicles, dtype=np.uint8),
        route_cost=row(num_vehicles),
        old_state=row(num_vehicles),
        removed=row(num_requests),
        old_chosen=row(num_requests),
        old_vehicle=row(num_requests),
        candidates=row(num_vehicles),
        scanned=np.zeros((4, num_vehicles), dtype=np.int64),
        near=row(num_vehicles),
        stamp=row(1),
        keys=row(num_requests),
        detours=np.zeros((NUM_DETOURS, num_positions), dtype=np.int64),
        changed=np.ones(num_vehicles, dtype=np.uint8),
        refused=row(_MOST_REFUSED),
        num_refused=row(1),
        mood=row(1),
    )


def neighbours(distance: NDArray[np.int32] | I64, nodes: I64, *, most: int = NUM_NEIGHBOURS) -> I32:
    """[N, K]: of visits at these nodes [N] the nearest others, nearest first; what is not reachable comes last.

    Parameters
    ----------
    distance
        From node to node; a negative entry is unreachable.
    """
    num_visits = len(nodes)
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

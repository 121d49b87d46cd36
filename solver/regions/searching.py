"""The search of one region, as a worker does it: arrays in, arrays out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I64, Routes, Travel
from solver.regions.interface import Counted, Effort
from solver.routing.budget import Budget, Iterations, Until
from solver.routing.search import Routing, initial_cost, search
from solver.stop import Stop

_NO_TABLE = np.zeros((0, 0, 0), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Row:
    """A vehicle, its visits and breaks in their new order, and when each starts."""

    vehicle_idx: int
    visits: tuple[int, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RegionTask:
    """What goes to a worker; make it with `task_of`."""

    routing: Routing
    seed: int
    effort: Effort


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """What comes back: routes that are others now. Costs are in COST_UNITS."""

    rows: tuple[Row, ...]
    cost_before: int
    cost_after: int
    iterations: int
    seconds: float


def task_of(routing: Routing, *, seed: int, effort: Effort) -> RegionTask:
    """A task that is as small as it can be sent: only the profiles that somebody has, and no table twice."""
    used, profile = np.unique(routing.fleet.profile, return_inverse=True)
    duration, distance = (np.ascontiguousarray(table[used]) for table in routing.travel[:2])
    fleet = routing.fleet._replace(profile=profile.astype(np.int64))
    traffic = routing.travel.traffic
    traffic = traffic[used] if traffic.shape[2] else traffic
    border = routing.travel.border
    border = border.take(used, axis=1) if border.shape[2] else border
    travel = Travel(duration, distance, _NO_TABLE, _NO_TABLE, traffic, border)
    return RegionTask(replace(routing, travel=travel, fleet=fleet), seed, effort)


def digest_of(task: RegionTask) -> str:
    """Equal for tasks whose answers are equal, as long as no clock ends them."""
    digest = sha256(f"{task.seed} {task.routing.now}".encode())
    if isinstance(task.effort, Counted):
        digest.update(f" {task.effort.iterations}".encode())
    for array in _arrays(task.routing):
        digest.update(f" {array.dtype} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _arrays(routing: Routing) -> Iterator[NDArray[Any]]:
    for group in (routing.travel, routing.fleet, routing.visits, tuple(_filled(routing.routes)), routing.requests):
        yield from group
    yield from (routing.chosen, routing.vehicle, routing.first, routing.alike)


def _filled(routes: Routes) -> Iterator[I64]:
    """What is known of the routes, and nothing of what stands behind their ends."""
    used = np.arange(routes.visit.shape[1]) <= routes.length[:, None]
    yield routes.length
    yield from (np.where(used, array, 0) for array in (routes.visit, routes.start))


def search_region(task: RegionTask, stop: Stop) -> RegionAnswer:
    """Improve the routes of a region until its share of the effort is spent."""
    routing = _as_compiled(task.routing)
    cost_before = initial_cost(routing)
    budget, seconds = _budget(task.effort, stop)
    found = search(routing, seed=task.seed, budget=budget)
    cheaper = found.cost < cost_before
    return RegionAnswer(
        rows=tuple(_changed(routing.routes, found.routes)) if cheaper else (),
        cost_before=cost_before,
        cost_after=found.cost,
        iterations=found.iterations,
        seconds=seconds(),
    )


def _as_compiled(routing: Routing) -> Routing:
    """With arrays as the kernels are compiled for them: what comes out of Ray's store can only be read.

    A kernel that is given such arrays is compiled for them once more, which takes minutes.
    """

    def writable(array: NDArray[Any]) -> Any:
        return array if array.flags.writeable else array.copy()

    groups = {name: getattr(routing, name) for name in ("fleet", "visits", "routes", "requests")}
    arrays = {name: getattr(routing, name) for name in ("chosen", "vehicle", "first", "alike")}
    travel = routing.travel._replace(traffic=writable(routing.travel.traffic), border=writable(routing.travel.border))
    return replace(
        routing,
        travel=_both_ways(travel),
        **{name: group._make(map(writable, group)) for name, group in groups.items()},
        **{name: writable(array) for name, array in arrays.items()},
    )


def _both_ways(travel: Travel) -> Travel:
    """With the tables turned round. All are read-only, as the kernels are compiled for them."""
    tables = [travel.duration, travel.distance]
    for table in travel[:2]:
        turned = np.ascontiguousarray(table.transpose(0, 2, 1))
        tables.append(table if np.array_equal(turned, table) else turned)
    for each in tables:
        each.setflags(write=False)
    return Travel._make([*tables, travel.traffic, travel.border])


def _budget(effort: Effort, stop: Stop) -> tuple[Budget, Callable[[], float]]:
    """When the search ends, and a way to ask how long it has taken; 0 without a clock."""
    if isinstance(effort, Counted):
        return Iterations(effort.iterations, stop), lambda: 0.0
    clock, start = effort.clock, effort.clock()
    return Until(clock, start, start + effort.seconds, stop), lambda: clock() - start


def _changed(before: Routes, after: Routes) -> Iterator[Row]:
    for r, length in enumerate(after.length):
        placed = slice(1, length + 1)
        if length != before.length[r] or any(
            (new[r, placed] != old[r, placed]).any()
            for new, old in ((after.visit, before.visit), (after.start, before.start))
        ):
            yield Row(r, tuple(after.visit[r, placed].tolist()), tuple(after.start[r, placed].tolist()))

"""Compile every kernel before the first request needs it."""

import numpy as np

from solver.kernels import breaks, insertion, ruin_recreate, schedule, traffic
from solver.kernels.arrays import (
    I64,
    NEVER,
    NO_BORDER,
    NO_TRAFFIC,
    NO_VISIT,
    OPEN_END,
    Fleet,
    Request,
    Routes,
    Travel,
    Visits,
)

_DIMS = 4


def warm_up() -> None:
    """Compile the kernels, or load them from the cache, by planning one delivery on one vehicle.

    Afterwards nothing is compiled any more in this process: a call with other types raises
    TypeError, where it would have cost a request some seconds.
    """
    travel, fleet, visits, routes = _travel(), _fleet(), _visits(), _routes()
    request = Request(0, 0, 0, 9, 1, 1, 1, 1, 0, 9, 1, 1, np.ones(_DIMS, dtype=np.int64))
    schedule.relink(travel, fleet, visits, routes, 0)
    schedule.last_started(routes, 0, 0)
    first = _column(0)
    schedule.count_started(routes, 0, first)
    cost, i, j, reason = (_column(0) for _ in range(4))
    detours = np.zeros((8, insertion.NUM_DETOURS), dtype=np.int64)
    insertion.scan(
        travel, fleet, visits, routes, request, _column(0), 1, first, 0, NEVER, False, cost, i, j, reason, detours
    )  # fmt: skip
    schedule.insert_pair(routes, 0, 0, 0, 0, 1)
    breaks.settle(travel, fleet, visits, routes, 0, 0, 0)
    schedule.is_idle(visits, routes, 0)
    schedule.route_totals(routes, visits, 0)
    schedule.overtime_seconds(fleet, visits, routes, 0)
    schedule.route_cost(fleet, routes, visits, 0)
    _improve(travel, fleet, visits, routes)
    schedule.remove_visit(routes, 0, 0)
    schedule.insert_visit(routes, 0, 0, 0)
    for module in (traffic, schedule, breaks, insertion, ruin_recreate):
        for kernel in vars(module).values():
            if getattr(kernel, "signatures", ()):  # none where compilation is switched off altogether
                kernel.disable_compile()


def _improve(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes) -> None:
    zero, yes = _column(0), np.ones(1, dtype=np.uint8)
    requests = ruin_recreate.Requests(
        _column(0, 1), _column(0, 1), _column(0), _column(1), _column(NO_VISIT), zero, yes[None], yes, zero, zero, zero,
        np.zeros((2, 0), dtype=np.int32), _column(0, 0),
    )  # fmt: skip
    search = ruin_recreate.Search(_column(0), _column(0), _column(1), _column(0, 0), _column(0), _column(0))
    known = np.zeros((1, 1, ruin_recreate.NUM_KNOWN), dtype=np.int64)
    memory = ruin_recreate.Memory(_column(1), _column(1), known)
    best, backup, spare = (Routes._make([array.copy() for array in routes]) for _ in range(3))
    trial = ruin_recreate.Trial(
        touched=yes.copy(),
        route_cost=_column(0),
        new_cost=_column(0),
        old_state=_column(0),
        removed=_column(0),
        old_chosen=_column(0),
        old_vehicle=_column(0),
        candidates=_column(0),
        scanned=np.zeros((4, 1), dtype=np.int64),
        near=_column(0),
        stamp=_column(0),
        keys=_column(0),
        detours=np.zeros((8, insertion.NUM_DETOURS), dtype=np.int64),
        changed=yes.copy(),
        refused=_column(0),
        num_refused=_column(0),
        mood=_column(0),
        alone=_column(0),
        spare=spare,
    )
    settings = ruin_recreate.Settings(1, 1, 1, 1)
    ruin_recreate.improve(
        travel, fleet, visits, routes, best, backup, requests, search, memory, trial, _column(0), settings,
        _column(0), 0, 1, 1.0,
    )  # fmt: skip


def _travel() -> Travel:
    tables = [np.zeros((1, 2, 2), dtype=np.int32) for _ in range(4)]
    for table in tables:
        table.setflags(write=False)
    return Travel._make([*tables, NO_TRAFFIC, NO_BORDER])


def _column(*values: int) -> I64:
    return np.array(values, dtype=np.int64)


def _fleet() -> Fleet:
    zero = _column(0)
    capacity = np.full((1, _DIMS), 9)
    return Fleet(
        zero,
        zero,
        _column(OPEN_END),
        zero,
        _column(99),
        _column(99),
        capacity,
        zero,
        zero,
        zero,
        zero,
        _column(NEVER),
        zero,
    )


def _visits() -> Visits:
    node, late, one = _column(0, 1), _column(9, 9), _column(1, 1)
    load, pickup, bound = np.array([[1] * _DIMS, [-1] * _DIMS]), _column(0, 0), _column(NEVER, NEVER)
    return Visits(node, node, _column(0, 0), late, one, one, load, pickup, bound, _column(0, 0))


def _routes() -> Routes:
    rows = [np.zeros((1, 8), dtype=np.int64) for _ in range(7)]
    return Routes._make([_column(0), *rows, np.zeros((1, 8, _DIMS), dtype=np.int64)])

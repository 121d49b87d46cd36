"""Why a job is in no route: what rules it out even on an empty vehicle, or what the routes lack.

The reason is the one of the vehicle, and of the way and window, that gets furthest. On an empty
vehicle the straight way is tried, so with tables that break the triangle inequality a reason is
that of the straight way.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I64, NEVER, NO_VISIT, OPEN_END, Request
from solver.kernels.insertion import (
    LOAD_FULL,
    NUM_DETOURS,
    ON_BOARD_TOO_LONG,
    SHIFT_OVER,
    UNREACHABLE,
    WINDOW_MISSED,
    scan,
)
from solver.kernels.ruin_recreate import LEFT_OUT
from solver.routing.expanding import Expanded
from solver.routing.search import Routed

MOST_SCANNED = 50
"""Of the jobs that would fit on an empty vehicle, for so many it is said what the routes lack most nearly."""

_ROWS = 1024
"""Alternatives that are looked at in one go."""


class Reason(StrEnum):
    """Stable by promise. Up to SPAN_TOO_LONG in the order in which a way is judged."""

    NO_VEHICLES = "NO_VEHICLES"
    """There is none at all."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """No vehicle may do it, or those that may are down."""
    LOAD_ABOVE_CAPACITY = "LOAD_ABOVE_CAPACITY"
    """It is more than any vehicle holds."""
    UNREACHABLE = "UNREACHABLE"
    """No way leads there, or back."""
    WINDOWS_EXCLUDE = "WINDOWS_EXCLUDE"
    """The pickup cannot be over before the delivery has to begin."""
    WINDOW_MISSED = "WINDOW_MISSED"
    """Nobody is there in time."""
    ON_BOARD_TOO_LONG = "ON_BOARD_TOO_LONG"
    SHIFT_OVER = "SHIFT_OVER"
    SPAN_TOO_LONG = "SPAN_TOO_LONG"
    NO_ROOM = "NO_ROOM"
    """An empty vehicle could do it; beside what is in the routes none can."""
    DEARER = "DEARER"
    """It fits, and costs more than leaving it out."""
    TIME_RAN_OUT = "TIME_RAN_OUT"
    """It fits, and the search ended before it was put in."""


_FITS = 9
_BY_STAGE = (
    Reason.NOT_ALLOWED,
    Reason.LOAD_ABOVE_CAPACITY,
    Reason.UNREACHABLE,
    Reason.WINDOWS_EXCLUDE,
    Reason.WINDOW_MISSED,
    Reason.ON_BOARD_TOO_LONG,
    Reason.SHIFT_OVER,
    Reason.SPAN_TOO_LONG,
)
_BY_KERNEL = {
    UNREACHABLE: Reason.UNREACHABLE,
    LOAD_FULL: Reason.LOAD_ABOVE_CAPACITY,
    WINDOW_MISSED: Reason.WINDOW_MISSED,
    ON_BOARD_TOO_LONG: Reason.ON_BOARD_TOO_LONG,
    SHIFT_OVER: Reason.SHIFT_OVER,
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A job in no route.

    Parameters
    ----------
    closest
        With NO_ROOM: what the position that got furthest failed at; None if it was not looked for.
    """

    job_id: str
    reason: Reason
    message: str
    closest: Reason | None = None


def left_out(expanded: Expanded, routed: Routed, *, known: Mapping[int, LeftOut]) -> tuple[LeftOut, ...]:
    """Every job that has no place, with the reason.

    Parameters
    ----------
    known
        By request: reasons that were found before.
    """
    requests = np.flatnonzero(routed.chosen == LEFT_OUT)
    found = _found(expanded, routed, np.setdiff1d(requests, np.array([*known], dtype=np.int64)))
    return tuple(sorted((*known.values(), *found), key=lambda each: each.job_id))


def ruled_out(expanded: Expanded, q: int) -> LeftOut | None:
    """Why not even an empty vehicle can do it; None if one can."""
    return next(_alone(expanded, np.array([q], dtype=np.int64))) if expanded.vehicles else None


def _found(expanded: Expanded, routed: Routed, requests: I64) -> Iterator[LeftOut]:
    if not expanded.vehicles:
        yield from (LeftOut(expanded.jobs[q].job_id, Reason.NO_VEHICLES, "vehicles (0) must be >= 1") for q in requests)
        return
    routes = _Routes(expanded, routed)
    num_scanned = 0
    for q, alone in zip(requests.tolist(), _alone(expanded, requests), strict=True):
        if alone is not None:
            yield alone
        elif num_scanned < MOST_SCANNED:
            num_scanned += 1
            yield routes.why(q)
        else:
            yield LeftOut(expanded.jobs[q].job_id, Reason.NO_ROOM, "no vehicle must be full or busy by then")


def _alone(expanded: Expanded, requests: I64) -> Iterator[LeftOut | None]:
    """What rules each out on an empty vehicle; None if nothing does."""
    first = expanded.routing.requests.first
    rows, of_rows = list[int](), list[int]()
    for q in requests.tolist():
        rows += range(int(first[q]), int(first[q + 1]))
        of_rows.append(len(rows))
        if len(rows) >= _ROWS or q == requests[-1]:
            trip = _Trip(expanded, np.array(rows, dtype=np.int64))
            low = 0
            for high in of_rows:
                yield trip.reason(low, high)
                low = high
            rows, of_rows = list[int](), list[int]()


class _Trip:
    """Alternatives [A] on vehicles [R] that do nothing else any more: how far each gets, and the figures of it."""

    def __init__(self, expanded: Expanded, a: I64) -> None:
        self.expanded, self.a = expanded, a
        routing = expanded.routing
        self.visits, self.fleet = routing.visits, routing.fleet
        self.delivery = routing.requests.delivery[a]
        self.is_pair = routing.requests.pickup[a] != NO_VISIT
        self.pickup = np.where(self.is_pair, routing.requests.pickup[a], self.delivery)
        self._ways()
        self._times()
        self.stage = self._stages()

    def _ways(self) -> None:
        duration, node = self.expanded.routing.travel.duration, self.visits.node
        routes, first = self.expanded.routing.routes, self.expanded.routing.first
        at = routes.node[np.arange(len(first)), first]
        profile, end = self.fleet.profile[None], self.fleet.end_node
        p, d = self.pickup, self.delivery
        self.out = duration[profile, at[None], node[p][:, None]].astype(np.int64)
        self.between = duration[profile, node[p][:, None], node[d][:, None]].astype(np.int64)
        stays = (self.visits.place[p] == self.visits.place[d])[:, None]
        self.between = np.where(stays, 0, np.where(self.between < 0, -1, self.between + self.visits.setup[d][:, None]))
        home = duration[profile, node[d][:, None], np.maximum(end, 0)[None]].astype(np.int64)
        self.home = np.where((end == OPEN_END)[None], 0, home)

    def _times(self) -> None:
        visits, p, d = self.visits, self.pickup[:, None], self.delivery[:, None]
        free = np.array([each.time for each in self.expanded.free], dtype=np.int64)[None]
        self.at_pickup = np.maximum(free + self.out + visits.setup[p], visits.earliest[p])
        done = self.at_pickup + visits.service[p]
        second = np.maximum(done + self.between, visits.earliest[d])
        self.at_delivery = np.where(self.is_pair[:, None], second, self.at_pickup)
        self.soonest = visits.earliest[p] + visits.service[p] + self.between
        wait = self.at_delivery - visits.bound[d] - visits.service[p]
        self.late_pickup = np.where(visits.bound[d] < NEVER, np.maximum(self.at_pickup, wait), self.at_pickup)
        self.back = self.at_delivery + visits.service[d] + self.home
        work = self.out + visits.setup[p] + np.where(self.is_pair[:, None], visits.service[p] + self.between, 0)
        self.work = work + visits.service[d] + self.home

    def _stages(self) -> NDArray[np.int64]:
        """[A, R]: the first rule that is broken, a number in `_BY_STAGE`, or _FITS."""
        visits, p, d = self.visits, self.pickup[:, None], self.delivery[:, None]
        load = visits.load[self.pickup][:, None, :]
        has_begun = np.array([bool(each.begun) for each in self.expanded.vehicles])[None]
        aboard = np.array([self.expanded.alternatives[a].is_on_board for a in self.a.tolist()])
        broken = [
            self.expanded.routing.requests.eligible[self.a] == 0,
            (load > self.fleet.capacity[None]).any(axis=2),
            (self.out < 0) | (self.between < 0) | (self.home < 0),
            (self.is_pair & ~aboard)[:, None] & (self.soonest > visits.latest[d]),
            (self.at_pickup > visits.latest[p]) | (self.at_delivery > visits.latest[d]),
            (self.late_pickup > visits.latest[p]) | (self.is_pair[:, None] & (self.between > visits.bound[d])),
            self.back > self.fleet.shift_end[None],
            ~has_begun & (self.work > self.fleet.max_span[None]),
        ]
        stage = np.full(self.out.shape, _FITS, dtype=np.int64)
        for n in range(len(broken) - 1, -1, -1):
            stage[broken[n]] = n
        return stage

    def reason(self, low: int, high: int) -> LeftOut | None:
        """Of the rows of one job."""
        at = np.unravel_index(int(np.argmax(self.stage[low:high])), (high - low, self.stage.shape[1]))
        n, r = low + int(at[0]), int(at[1])
        stage = int(self.stage[n, r])
        if stage == _FITS:
            return None
        job = self.expanded.jobs[self.expanded.alternatives[int(self.a[n])].job_idx]
        return LeftOut(job.job_id, _BY_STAGE[stage], self._message(stage, n, r))

    def _message(self, stage: int, n: int, r: int) -> str:
        say: tuple[Callable[[int, int], str], ...] = (
            self._nobody,
            self._too_heavy,
            self._no_way,
            self._excluded,
            self._too_late,
            self._too_long_on_board,
            self._shift_over,
            self._span_too_long,
        )
        return say[stage](n, r)

    def _nobody(self, n: int, _: int) -> str:
        each = self.expanded.alternatives[int(self.a[n])]
        if each.is_on_board:
            holder = self.expanded.on_board[self.expanded.jobs[each.job_idx].job_id][0]
            return f"its goods are on board of {self.expanded.vehicles[holder].vehicle_id}, which is down"
        num_down = sum(v.is_down for v in self.expanded.vehicles)
        return f"vehicles that may do it (0 of {len(self.expanded.vehicles)}, {num_down} down) must be >= 1"

    def _too_heavy(self, n: int, r: int) -> str:
        load, capacity = self.visits.load[self.pickup[n]], self.fleet.capacity[r]
        d = int(np.argmax(load > capacity))
        return f"load {d} ({load[d]}) must be <= the capacity of {self._id(r)} ({capacity[d]})"

    def _no_way(self, n: int, r: int) -> str:
        legs = (("to the first stop", self.out), ("to the delivery", self.between), ("to the end", self.home))
        return f"there must be a way {next(name for name, table in legs if table[n, r] < 0)} for {self._id(r)}"

    def _excluded(self, n: int, r: int) -> str:
        latest = self.visits.latest[self.delivery[n]]
        return f"the delivery, possible from {self.soonest[n, r]} on, must begin <= {latest}"

    def _too_late(self, n: int, r: int) -> str:
        start, latest = self.at_pickup[n, r], self.visits.latest[self.pickup[n]]
        if start <= latest:
            start, latest = self.at_delivery[n, r], self.visits.latest[self.delivery[n]]
        return f"start by {self._id(r)} ({start}) must be <= {latest}"

    def _too_long_on_board(self, n: int, r: int) -> str:
        p = self.pickup[n]
        picked_up = min(self.late_pickup[n, r], self.visits.latest[p]) + self.visits.service[p]
        bound = self.visits.bound[self.delivery[n]]
        return f"time on board of {self._id(r)} ({self.at_delivery[n, r] - picked_up}) must be <= {bound}"

    def _shift_over(self, n: int, r: int) -> str:
        return f"end of {self._id(r)} ({self.back[n, r]}) must be <= the end of its shift ({self.fleet.shift_end[r]})"

    def _span_too_long(self, n: int, r: int) -> str:
        return f"span of {self._id(r)} ({self.work[n, r]}) must be <= {self.fleet.max_span[r]}"

    def _id(self, r: int) -> str:
        return self.expanded.vehicles[r].vehicle_id


class _Routes:
    """The routes that were found, with what one more job would cost in them."""

    def __init__(self, expanded: Expanded, routed: Routed) -> None:
        self.expanded, self.routes = expanded, routed.routes
        num_vehicles, num_positions = routed.routes.visit.shape
        self.scanned = [np.zeros(num_vehicles, dtype=np.int64) for _ in range(4)]
        self.detours = np.zeros((NUM_DETOURS, num_positions), dtype=np.int64)

    def why(self, q: int) -> LeftOut:
        """Why a job that would fit on an empty vehicle is in none."""
        requests, job = self.expanded.routing.requests, self.expanded.jobs[q]
        best, best_r, furthest = NEVER, -1, 0
        for a in range(int(requests.first[q]), int(requests.first[q + 1])):
            vehicles = np.flatnonzero(requests.eligible[a])
            cost, reason = self._scan(a, vehicles)
            for r in vehicles.tolist():
                if cost[r] < NEVER:
                    moved = int(requests.disturbance[q]) if r != requests.home[q] else 0
                    total = int(cost[r]) + int(requests.extra_cost[a]) + moved
                    best, best_r = min((best, best_r), (total, r))
                else:
                    furthest = max(furthest, int(reason[r]))
        if best_r < 0:
            closest = _BY_KERNEL.get(furthest, Reason.SPAN_TOO_LONG)
            return LeftOut(
                job.job_id, Reason.NO_ROOM, f"there must be room in a route; the nearest: {closest}", closest
            )
        vehicle = self.expanded.vehicles[best_r].vehicle_id
        if job.refusal is not None and best >= job.refusal:
            message = f"cost on {vehicle} ({best}) must be < the price of leaving it out ({job.refusal})"
            return LeftOut(job.job_id, Reason.DEARER, message)
        return LeftOut(job.job_id, Reason.TIME_RAN_OUT, f"the search ended before it was put on {vehicle}, at {best}")

    def _scan(self, a: int, vehicles: I64) -> tuple[I64, I64]:
        routing = self.expanded.routing
        cost, pickup_after, delivery_after, reason = self.scanned
        candidates = np.zeros(len(cost), dtype=np.int64)
        candidates[: len(vehicles)] = vehicles
        scan(
            routing.travel, routing.fleet, routing.visits, self.routes, self._request(a), candidates, len(vehicles),
            routing.first, routing.now, NEVER, False, cost, pickup_after, delivery_after, reason, self.detours,
        )  # fmt: skip
        return cost, reason

    def _request(self, a: int) -> Request:
        visits, requests = self.expanded.routing.visits, self.expanded.routing.requests
        d = int(requests.delivery[a])
        p = d if requests.pickup[a] == NO_VISIT else int(requests.pickup[a])

        def facts(v: int) -> list[int]:
            columns = (visits.node, visits.place, visits.earliest, visits.latest, visits.service, visits.setup)
            return [int(column[v]) for column in columns]

        request = Request._make(
            [*facts(p), *facts(d), visits.load[p].copy(), int(visits.bound[d]), int(visits.apart[d])]
        )
        return request if p != d else request._replace(pickup_node=NO_VISIT)

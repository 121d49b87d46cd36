"""Why a job is in no route: what rules it out even on an empty vehicle, or what the routes lack.

The reason is the one of the vehicle, and of the way and window, that gets furthest. On an empty
vehicle the straight way is tried, so with tables that break the triangle inequality a reason is
that of the straight way.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I64, NEVER, NO_VISIT, OPEN_END, Request
from solver.kernels.breaks import settle
from solver.kernels.insertion import (
    FITS,
    KEPT_APART,
    LOAD_FULL,
    NUM_DETOURS,
    ON_BOARD_TOO_LONG,
    SHIFT_OVER,
    UNREACHABLE,
    WINDOW_MISSED,
    scan,
)
from solver.kernels.ruin_recreate import LEFT_OUT
from solver.kernels.schedule import insert_pair, insert_visit, route_cost
from solver.routing.expanding import Expanded, Timed
from solver.routing.in_traffic import leave_for_each, start_after_each
from solver.routing.search import Routed

MOST_SCANNED = 50
"""Of the jobs that would fit on an empty vehicle, for so many it is said what the routes lack most nearly."""

_CELLS = 50_000
"""Alternatives times vehicles that are looked at in one go."""


class Reason(StrEnum):
    """Stable by promise. Up to SPAN_TOO_LONG in the order in which a way is judged."""

    NO_VEHICLES = "NO_VEHICLES"
    """There is none at all."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """No vehicle may do it, or those that may are down."""
    LOAD_ABOVE_CAPACITY = "LOAD_ABOVE_CAPACITY"
    """It is more than any vehicle holds."""
    KEPT_APART = "KEPT_APART"
    """Its goods would be on board beside others that they are kept apart from."""
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
    """The search ended before it was put in, or the time before anybody looked why it is left out."""


_FITS = 10
_BY_STAGE = (
    Reason.NOT_ALLOWED,
    Reason.LOAD_ABOVE_CAPACITY,
    Reason.KEPT_APART,
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
    KEPT_APART: Reason.KEPT_APART,
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


def never_late() -> bool:
    """There is time enough."""
    return False


def left_out(
    expanded: Expanded, routed: Routed, *, known: Mapping[int, LeftOut], is_late: Callable[[], bool] = never_late
) -> tuple[LeftOut, ...]:
    """Every job that has no place, with the reason.

    Parameters
    ----------
    known
        By request: reasons that were found before.
    is_late
        Asked again and again: whether there is no time to look for further reasons.
    """
    requests = np.flatnonzero(routed.chosen == LEFT_OUT)
    found = _found(expanded, routed, np.setdiff1d(requests, np.array([*known], dtype=np.int64)), is_late)
    return tuple(sorted((*known.values(), *found), key=lambda each: each.job_id))


def ruled_out(expanded: Expanded, q: int) -> LeftOut | None:
    """Why not even an empty vehicle can do it; None if one can."""
    return next(_alone(expanded, np.array([q], dtype=np.int64))) if expanded.vehicles else None


def _found(expanded: Expanded, routed: Routed, requests: I64, is_late: Callable[[], bool]) -> Iterator[LeftOut]:
    if not expanded.vehicles:
        yield from (LeftOut(expanded.jobs[q].job_id, Reason.NO_VEHICLES, "vehicles (0) must be >= 1") for q in requests)
        return
    routes = _Routes(expanded, routed)
    num_scanned = 0
    for q, alone in zip(requests.tolist(), _alone(expanded, requests, is_late), strict=True):
        if alone is not None:
            yield alone
        elif num_scanned < MOST_SCANNED and not is_late():
            num_scanned += 1
            yield routes.why(q)
        else:
            yield _not_scanned(expanded, routed, q)


def _not_scanned(expanded: Expanded, routed: Routed, q: int) -> LeftOut:
    """What could be said without a look at the routes: behind its first iteration, a search has tried everything."""
    job_id = expanded.jobs[q].job_id
    if routed.iterations:
        return LeftOut(job_id, Reason.NO_ROOM, "no vehicle must be full or busy by then")
    return LeftOut(job_id, Reason.TIME_RAN_OUT, "the search ended before everything was tried")


def _alone(expanded: Expanded, requests: I64, is_late: Callable[[], bool] = never_late) -> Iterator[LeftOut | None]:
    """What rules each out on an empty vehicle; None if nothing does."""
    first = expanded.routing.requests.first
    most = max(_CELLS // len(expanded.vehicles), 1)
    low = 0
    while low < len(requests):
        counts = np.cumsum(first[requests[low:] + 1] - first[requests[low:]])
        some = requests[low : low + max(int(np.searchsorted(counts, most, side="right")), 1)]
        is_first, low = not low, low + len(some)
        if not is_first and is_late():  # those that are looked at together first take but a moment
            yield from (_not_looked_at(expanded, q) for q in some.tolist())
            continue
        ends = counts[: len(some)].tolist()
        rows = np.concatenate([np.arange(first[q], first[q + 1]) for q in some.tolist()])
        trip = _Trip(expanded, rows)
        yield from (trip.reason(a, b) for a, b in pairwise([0, *ends]))


def _not_looked_at(expanded: Expanded, q: int) -> LeftOut:
    message = "the time was over before anybody looked why it is left out"
    return LeftOut(expanded.jobs[q].job_id, Reason.TIME_RAN_OUT, message)


class _Trip:
    """Parts [M] of alternatives on vehicles [R] that do nothing else any more: how far each gets, and its figures.

    Parts are judged one by one, but what is handed over at once has to be on board together. An alternative gets
    as far as the part of it that gets least far.
    """

    def __init__(self, expanded: Expanded, alternatives: I64) -> None:
        self.expanded = expanded
        routing = expanded.routing
        self.visits, self.fleet = routing.visits, routing.fleet
        first = routing.requests.first_part
        num_parts = first[alternatives + 1] - first[alternatives]
        self.a = np.repeat(alternatives, num_parts)
        self.first = np.concatenate([[0], np.cumsum(num_parts)])
        self.m = first[self.a] + np.arange(len(self.a)) - np.repeat(self.first[:-1], num_parts)
        self.delivery = routing.requests.delivery[self.m]
        self.is_pair = routing.requests.pickup[self.m] != NO_VISIT
        self.pickup = np.where(self.is_pair, routing.requests.pickup[self.m], self.delivery)
        self.load = self._loads()
        self._ways()
        self._times()
        self.stage = self._stages()

    def _timed(self, n: int) -> Timed:
        alternative = self.expanded.alternatives[int(self.a[n])]
        return alternative.parts[int(self.m[n] - self.expanded.routing.requests.first_part[self.a[n]])]

    def _loads(self) -> I64:
        """[M, D]: what has to be on board with each part at least."""
        load: I64 = self.visits.load[self.pickup]
        together = (self.expanded.routing.requests.together[self.m] != NO_VISIT) & self.is_pair
        for n in np.flatnonzero(np.logical_or.reduceat(together, self.first[:-1])).tolist():
            low, high = int(self.first[n]), int(self.first[n + 1])
            rows = low + np.flatnonzero(together[low:high])
            load[rows] = load[rows].sum(axis=0)
        return load

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
        self.out = np.where(self.out < 0, -1, self.out + self.visits.setup[p][:, None])
        home = duration[profile, node[d][:, None], np.maximum(end, 0)[None]].astype(np.int64)
        self.home = np.where((end == OPEN_END)[None], 0, home)

    def _times(self) -> None:
        visits, p, d = self.visits, self.pickup[:, None], self.delivery[:, None]
        traffic, profile = self.expanded.routing.travel.traffic, self.fleet.profile[None]
        free = np.array([each.time for each in self.expanded.free], dtype=np.int64)[None]

        def delivered(picked_up: I64) -> I64:
            done = picked_up + visits.service[p]
            return start_after_each(traffic, profile, done, self.between, visits.setup[d])

        self.at_pickup = start_after_each(traffic, profile, free, self.out, visits.setup[p])
        self.at_pickup = np.maximum(self.at_pickup, visits.earliest[p])
        second = np.maximum(delivered(self.at_pickup), visits.earliest[d])
        self.at_delivery = np.where(self.is_pair[:, None], second, self.at_pickup)
        self.soonest = delivered(visits.earliest[p])
        wait = self.at_delivery - visits.bound[d] - visits.service[p]
        self.late_pickup = np.where(visits.bound[d] < NEVER, np.maximum(self.at_pickup, wait), self.at_pickup)
        self.aboard_s = np.maximum(delivered(self.late_pickup), visits.earliest[d])
        self.aboard_s -= self.late_pickup + visits.service[p]
        ready = self.at_delivery + visits.service[d]
        self.back = start_after_each(traffic, profile, ready, self.home, np.zeros(1, dtype=np.int64))
        if traffic.shape[2]:  # nothing is left later than it is planned there
            leaves = leave_for_each(traffic, profile, self.late_pickup, self.out, visits.setup[p])
            self.work = self.back - leaves
        else:
            work = self.out + np.where(self.is_pair[:, None], visits.service[p] + self.between, 0)
            self.work = work + visits.service[d] + self.home

    def _stages(self) -> NDArray[np.int64]:
        """[M, R]: the first rule that is broken, a number in `_BY_STAGE`, or _FITS."""
        visits, p, d = self.visits, self.pickup[:, None], self.delivery[:, None]
        above = self.load[:, None, :] > self.fleet.capacity[None]
        amounts = self.expanded.num_amounts
        has_begun = np.array([bool(each.begun) for each in self.expanded.vehicles])[None]
        aboard = np.array([self._timed(n).is_on_board for n in range(len(self.a))], dtype=np.bool_)
        broken = [
            self.expanded.routing.requests.eligible[self.a] == 0,
            above[:, :, :amounts].any(axis=2),
            above[:, :, amounts:].any(axis=2) | self._mixed()[:, None],
            (self.out < 0) | (self.between < 0) | (self.home < 0),
            (self.is_pair & ~aboard)[:, None] & (self.soonest > visits.latest[d]),
            (self.at_pickup > visits.latest[p]) | (self.at_delivery > visits.latest[d]),
            (self.late_pickup > visits.latest[p]) | (self.is_pair[:, None] & (self.aboard_s > visits.bound[d])),
            self.back > self.fleet.shift_end[None],
            ~has_begun & (self.work > self.fleet.max_span[None]),
        ]
        stage = np.full(self.out.shape, _FITS, dtype=np.int64)
        for n in range(len(broken) - 1, -1, -1):
            stage[broken[n]] = n
        return stage

    def _mixed(self) -> NDArray[np.bool_]:
        """[M]: whether what has to be on board together has to be kept apart."""
        apart, amounts = self.visits.apart[self.delivery], self.expanded.num_amounts
        dims = np.arange(amounts, self.load.shape[1])
        mixed: NDArray[np.bool_] = ((apart[:, None] >> dims & 1 == 1) & (self.load[:, amounts:] > 0)).any(axis=1)
        return mixed

    def reason(self, low: int, high: int) -> LeftOut | None:
        """Of the alternatives of one job."""
        rows = slice(int(self.first[low]), int(self.first[high]))
        stages = np.minimum.reduceat(self.stage[rows], self.first[low:high] - rows.start, axis=0)
        at = np.unravel_index(int(np.argmax(stages)), stages.shape)
        stage, r = int(stages[at]), int(at[1])
        if stage == _FITS:
            return None
        parts = slice(int(self.first[low + int(at[0])]), int(self.first[low + int(at[0]) + 1]))
        n = parts.start + int(np.argmin(self.stage[parts, r]))
        job = self.expanded.jobs[self.expanded.alternatives[int(self.a[n])].job_idx]
        return LeftOut(job.job_id, _BY_STAGE[stage], self._message(stage, n, r))

    def _message(self, stage: int, n: int, r: int) -> str:
        say: tuple[Callable[[int, int], str], ...] = (
            self._nobody,
            self._too_heavy,
            self._mixes,
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
        job = self.expanded.jobs[each.job_idx]
        if job.job_id in self.expanded.bound:
            holder = self._id(self.expanded.bound[job.job_id][0])
            what = "its goods are on board of" if self.expanded.is_aboard(job) else "it was begun by"
            return f"{what} {holder}, which is down"
        num_down = sum(v.is_down for v in self.expanded.vehicles)
        return f"vehicles that may do it (0 of {len(self.expanded.vehicles)}, {num_down} down) must be >= 1"

    def _too_heavy(self, n: int, r: int) -> str:
        load, capacity = self.load[n], self.fleet.capacity[r]
        d = int(np.argmax(load > capacity))
        return f"load {d} ({load[d]}) must be <= the capacity of {self._id(r)} ({capacity[d]})"

    def _mixes(self, n: int, r: int) -> str:
        part = self.expanded.way_of(self.expanded.alternatives[int(self.a[n])]).parts[self._timed(n).part_idx]
        others = [self.expanded.classes[d - self.expanded.num_amounts] for d in self.expanded.excluded(part.goods)]
        return f"goods ({part.goods}) must not be on board of {self._id(r)} beside ({', '.join(others)})"

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
        bound, waits = self.visits.bound[self.delivery[n]], self.at_delivery[n, r] - picked_up
        return f"time on board of {self._id(r)} ({max(waits, self.aboard_s[n, r])}) must be <= {bound}"

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
        self.detours = np.zeros((num_positions, NUM_DETOURS), dtype=np.int64)

    def why(self, q: int) -> LeftOut:
        """Why a job that would fit on an empty vehicle is in none."""
        requests, job = self.expanded.routing.requests, self.expanded.jobs[q]
        best, best_r, furthest = NEVER, -1, 0
        for a in range(int(requests.first[q]), int(requests.first[q + 1])):
            vehicles = np.flatnonzero(requests.eligible[a])
            if not len(vehicles):
                continue
            cost, reason = self._tried(a, vehicles)
            has_place = cost < NEVER
            furthest = max(furthest, int(reason[~has_place].max(initial=0)))
            moved = np.where(vehicles != requests.home[q], requests.disturbance[q], 0)
            whole = np.where(has_place, cost + int(requests.extra_cost[a]) + moved, NEVER)
            n = int(np.argmin(whole))
            if has_place[n]:
                best, best_r = min((best, best_r), (int(whole[n]), int(vehicles[n])))
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

    def _tried(self, a: int, vehicles: I64) -> tuple[I64, I64]:
        """What an alternative costs on each vehicle (NEVER: it has no place), and why it has none."""
        first_part = self.expanded.routing.requests.first_part
        parts = range(int(first_part[a]), int(first_part[a + 1]))
        if len(parts) > 1:
            found = np.array([self._in_turn(parts, r) for r in vehicles.tolist()], dtype=np.int64)
            return found[:, 0], found[:, 1]
        self._scan(parts[0], vehicles)
        cost, _, _, reason = self.scanned
        return cost[vehicles], reason[vehicles]

    def _in_turn(self, parts: range, r: int) -> tuple[int, int]:
        """Put parts where each is cheapest, one after the other; the route is as before then."""
        routing, routes = self.expanded.routing, self.routes
        before, kept = int(route_cost(routing.fleet, routes, routing.visits, r)), [array[r].copy() for array in routes]
        why = self._put_all(parts, r)
        cost = NEVER if why else int(route_cost(routing.fleet, routes, routing.visits, r)) - before
        for array, row in zip(routes, kept, strict=True):
            array[r] = row
        return cost, why

    def _put_all(self, parts: range, r: int) -> int:
        """Why not; FITS if they are in."""
        routing, routes, requests = self.expanded.routing, self.routes, self.expanded.routing.requests
        if routes.length[r] + 2 * len(parts) + 2 > routes.visit.shape[1]:
            return LOAD_FULL
        for m in parts:
            self._scan(m, np.array([r], dtype=np.int64))
            _, pickup_after, delivery_after, reason = (int(each[r]) for each in self.scanned)
            if delivery_after < 0:
                return reason or SHIFT_OVER
            if requests.pickup[m] == NO_VISIT:
                insert_visit(routes, r, delivery_after, int(requests.delivery[m]))
            else:
                pair = int(requests.pickup[m]), int(requests.delivery[m])
                insert_pair(routes, r, pickup_after, delivery_after, *pair)
            if not settle(routing.travel, routing.fleet, routing.visits, routes, r, routing.now, int(routing.first[r])):
                return WINDOW_MISSED
        return FITS if self._stands_together(parts, r) else WINDOW_MISSED

    def _stands_together(self, parts: range, r: int) -> bool:
        together = self.expanded.routing.requests.together[parts.start : parts.stop]
        at = np.flatnonzero(np.isin(self.routes.visit[r, 1 : self.routes.length[r] + 1], together)) + 1
        places = self.routes.place[r, at.min(initial=0) : at.max(initial=0) + 1]
        return len(at) == 0 or len(np.unique(places)) == 1

    def _scan(self, m: int, vehicles: I64) -> None:
        """Into `scanned`."""
        routing, (cost, pickup_after, delivery_after, reason) = self.expanded.routing, self.scanned
        candidates = np.zeros(len(self.routes.length), dtype=np.int64)
        candidates[: len(vehicles)] = vehicles
        scan(
            routing.travel, routing.fleet, routing.visits, self.routes, self._request(m), candidates, len(vehicles),
            routing.first, routing.now, NEVER, False, cost, pickup_after, delivery_after, reason, self.detours,
        )  # fmt: skip

    def _request(self, m: int) -> Request:
        visits, requests = self.expanded.routing.visits, self.expanded.routing.requests
        d = int(requests.delivery[m])
        p = d if requests.pickup[m] == NO_VISIT else int(requests.pickup[m])

        def facts(v: int) -> list[int]:
            columns = (visits.node, visits.place, visits.earliest, visits.latest, visits.service, visits.setup)
            return [int(column[v]) for column in columns]

        request = Request._make(
            [*facts(p), *facts(d), visits.load[p].copy(), int(visits.bound[d]), int(visits.apart[d])]
        )
        return request if p != d else request._replace(pickup_node=NO_VISIT)

"""A statement as arrays: every choice becomes an alternative of its request.

A way with three windows at the customer and a ladder of two steps is nine alternatives; one whose
service depends on who comes is one for each service. A ladder is a step function of the start, so
"within the window, or up to that step behind it at its price" is exact.

Goods that are on board already are a pair whose pickup takes place where and when the vehicle is
free again, and takes no time: so a scan sees the room that they take up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import (
    FIRST_BREAK,
    I32,
    I64,
    NEVER,
    NO_BORDER,
    NO_TRAFFIC,
    NO_VISIT,
    OPEN_END,
    U8,
    Fleet,
    Routes,
    Travel,
    Visits,
)
from solver.kernels.ruin_recreate import LEFT_OUT, NOBODY, Requests
from solver.routing.alike import alike
from solver.routing.compact import compact
from solver.routing.faults import STUCK
from solver.routing.search import MUST, NUM_NEIGHBOURS, Routing, neighbours
from solver.routing.stating import Job, OnBoard, Statement, Step, Stop, Vehicle, Way, Window

_MOST_POSITIONS = 600
_SPARE_POSITIONS = 6
_MOST_COLUMNS = 600
"""Of the table of neighbours, if a stop has many visits."""


class Span(NamedTuple):
    """When a visit may start, and what that costs: one window, to one step of the ladder."""

    earliest: int
    latest: int
    cost: int


class Alternative(NamedTuple):
    """One way of a job at one span of each of its stops, by the vehicles that take as long for it."""

    job_idx: int
    way_idx: int
    pickup: Span | None
    delivery: Span
    vehicles: tuple[int, ...]
    is_on_board: bool


class Free(NamedTuple):
    """Where and when a vehicle has done what it has begun."""

    node: int
    place: int
    time: int


@dataclass(frozen=True)
class Expanded:
    """Arrays, and what the numbers in them mean.

    Parameters
    ----------
    vehicles
        Those that are the same side by side, otherwise in the order of their ids.
    jobs
        By request, in the order of their ids; behind them what has begun has requests of its own.
    job_by_id
        All of them.
    alternatives
        By number.
    steps
        By visit; None for a break and for the pickup of what is on board already.
    free, begun, breaks
        By vehicle; the numbers of its visits that it has set out for, and of its breaks.
    on_board
        By job id: who has its goods, and since when.
    visits_per_stop
        In the mean, rounded up: a stop has one for each time at which it may be.
    """

    statement: Statement
    vehicles: tuple[Vehicle, ...]
    jobs: tuple[Job, ...]
    job_by_id: dict[str, Job]
    alternatives: tuple[Alternative, ...]
    steps: tuple[Step | None, ...]
    free: tuple[Free, ...]
    on_board: dict[str, tuple[int, OnBoard]]
    routing: Routing
    visits_per_stop: int
    begun: tuple[tuple[int, ...], ...]
    breaks: tuple[tuple[int, ...], ...]


def service_at(stop: Stop, kind: str) -> int:
    """Seconds that a vehicle of this kind takes there."""
    return next((seconds for each, seconds in stop.service_by_kind if each == kind), stop.service)


def place_of(stop: Stop) -> int:
    return stop.node if stop.place is None else stop.place


def spans(stop: Stop) -> list[Span]:
    """Each window, and each step behind it; the cheapest first where two begin at the same time."""
    steps = [(0, 0), *((step.seconds, step.cost) for step in stop.ladder)]
    return [Span(w.earliest, w.latest + late, cost) for w in sorted(stop.windows) for late, cost in steps]


def expand(statement: Statement) -> Expanded:
    """The statement as arrays; `solver.routing.laying` lays out what has begun and what is planned.

    It must be free of faults (`solver.routing.faults`).
    """
    return _Expansion(statement).result()


class _Visit(NamedTuple):
    node: int
    place: int
    earliest: int
    latest: int
    service: int
    setup: int
    load: tuple[int, ...]
    pickup: int
    bound: int


@dataclass
class _Expansion:
    statement: Statement
    visits: list[_Visit] = field(default_factory=list)
    steps: list[Step | None] = field(default_factory=list)
    of_visit: list[int] = field(default_factory=list)
    near_node: list[int] = field(default_factory=list)
    alternatives: list[Alternative] = field(default_factory=list)
    numbers: list[tuple[int, int]] = field(default_factory=list)
    who_began: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        statement = self.statement
        self.vehicles = _side_by_side(statement.vehicles)
        self.idx_by_vehicle_id = {each.vehicle_id: r for r, each in enumerate(self.vehicles)}
        self.job_by_id = {each.job_id: each for each in statement.jobs}
        loads = [way.load for job in statement.jobs for way in job.ways]
        self.num_dims = max((len(each) for each in (*loads, *(v.capacity for v in self.vehicles))), default=0) or 1
        self.first_free_place = 1 + max((place_of(stop) for stop in _stops(statement)), default=0)
        self.free = tuple(self._free(r, each) for r, each in enumerate(self.vehicles))
        self.on_board = {each.job_id: (r, each) for r, v in enumerate(self.vehicles) for each in self._on_board(v)}
        done = {each.step.job_id for v in self.vehicles for each in v.begun if not each.step.is_pickup}
        self.jobs = tuple(sorted((j for j in statement.jobs if j.job_id not in done), key=lambda each: each.job_id))
        self.allowed = cache(self._allowed)

    def result(self) -> Expanded:
        first = [0]
        for q, job in enumerate(self.jobs):
            self._add_job(q, job)
            first.append(len(self.alternatives))
        begun = [[self._add_begun(r, n) for n in range(len(v.begun))] for r, v in enumerate(self.vehicles)]
        num_placed = len(self.visits)
        breaks = [self._add_breaks(r) for r in range(len(self.vehicles))]
        visits, fleet = self._visits(), self._fleet()
        longest = 2 * len(self.jobs) + max(map(len, (*begun, *breaks)), default=0)
        routes = _empty_routes(len(self.vehicles), min(longest, _MOST_POSITIONS) + _SPARE_POSITIONS, self.num_dims)
        travel, fleet, visits, routes, _ = compact(_travel(self.statement), fleet, visits, routes)
        requests, per_stop = self._requests(np.array(first, dtype=np.int64), num_placed)
        like_nobody = np.array([bool(v.begun) or bool(b) for v, b in zip(self.vehicles, breaks, strict=True)], bool)
        routing = Routing(
            travel=travel,
            fleet=fleet,
            visits=visits,
            routes=routes,
            requests=requests,
            chosen=np.array(
                [LEFT_OUT] * len(self.jobs) + [*range(len(self.alternatives), len(self.numbers))], np.int64
            ),
            vehicle=np.array([NOBODY] * len(self.jobs) + self.who_began, np.int64),
            first=np.array([len(each) for each in begun], dtype=np.int64),
            alike=alike(fleet, requests, like_nobody=like_nobody),
            now=self.statement.now,
        )
        return Expanded(
            statement=self.statement,
            vehicles=self.vehicles,
            jobs=self.jobs,
            job_by_id=self.job_by_id,
            alternatives=tuple(self.alternatives),
            steps=tuple(self.steps),
            free=self.free,
            on_board=self.on_board,
            routing=routing,
            visits_per_stop=per_stop,
            begun=tuple(map(tuple, begun)),
            breaks=tuple(map(tuple, breaks)),
        )

    # -- what has begun

    def _free(self, r: int, vehicle: Vehicle) -> Free:
        """A start is a place of its own, and what has begun ends at a stop."""
        node, place, time = vehicle.start, self.first_free_place + r, vehicle.shift_start
        if vehicle.begun:
            stop = stop_of(self.job_by_id, vehicle.begun[-1].step)
            node, place = stop.node, place_of(stop)
            time = vehicle.begun[-1].start + service_at(stop, vehicle.kind)
        return Free(node, place, max(time, self.statement.now))

    def _on_board(self, vehicle: Vehicle) -> Iterator[OnBoard]:
        delivered = {each.step.job_id for each in vehicle.begun if not each.step.is_pickup}
        yield from (each for each in vehicle.on_board if each.job_id not in delivered)
        for each in vehicle.begun:
            if each.step.is_pickup and each.step.job_id not in delivered:
                service = service_at(stop_of(self.job_by_id, each.step), vehicle.kind)
                yield OnBoard(each.step.job_id, each.step.way, each.start + service)

    def _add_begun(self, r: int, n: int) -> int:
        """Each is a request that nobody moves: what is near it finds its route."""
        vehicle, begun = self.vehicles[r], self.vehicles[r].begun[n]
        stop = stop_of(self.job_by_id, begun.step)
        way = self.job_by_id[begun.step.job_id].ways[begun.step.way]
        load = way.load if way.pickup is None else ()  # of a pair only what is still on board counts
        row = _Visit(
            stop.node, place_of(stop), begun.start, begun.start, service_at(stop, vehicle.kind), stop.setup,
            self._load(load, 1), NO_VISIT, NEVER,
        )  # fmt: skip
        number = self._add_visit(row, step=begun.step, q=len(self.jobs) + len(self.who_began), near=stop.node)
        self.numbers.append((NO_VISIT, number))
        self.who_began.append(r)
        return number

    def _add_breaks(self, r: int) -> list[int]:
        """Those that can still begin; each is a place of its own."""
        numbers = list[int]()
        for each in sorted(self.vehicles[r].breaks, key=lambda each: (each.earliest, each.latest)):
            if each.latest >= self.free[r].time:
                place = FIRST_BREAK - len(self.visits)
                row = _Visit(
                    self.free[r].node, place, each.earliest, each.latest, each.duration, 0,
                    self._load((), 1), NO_VISIT, NEVER,
                )  # fmt: skip
                numbers.append(self._add_visit(row, step=None, q=-1, near=self.free[r].node))
        return numbers

    # -- alternatives

    def _add_job(self, q: int, job: Job) -> None:
        known = dict[_Visit, int]()
        if job.job_id in self.on_board:
            r, aboard = self.on_board[job.job_id]
            way = _from_where_it_is(job.ways[aboard.way], aboard, self.free[r])
            vehicles = () if self.vehicles[r].is_down else (r,)
            self._add_way(q, aboard.way, way, vehicles, known, is_on_board=True)
            return
        for n, way in enumerate(job.ways):
            home = job.home if job.pinned else None
            self._add_way(q, n, way, self.allowed(job.vehicles, way.vehicles, home), known)

    def _allowed(
        self, of_job: frozenset[str] | None, of_way: frozenset[str] | None, home: str | None
    ) -> tuple[int, ...]:
        named = [each for each in (of_job, of_way, None if home is None else {home}) if each is not None]
        return tuple(
            r for r, v in enumerate(self.vehicles) if not v.is_down and all(v.vehicle_id in each for each in named)
        )

    def _add_way(
        self,
        q: int,
        n: int,
        way: Way,
        vehicles: tuple[int, ...],
        known: dict[_Visit, int],
        *,
        is_on_board: bool = False,
    ) -> None:
        pickups = [None] if way.pickup is None else spans(way.pickup)
        for alike_vehicles in self._by_service(way, vehicles):
            kind = self.vehicles[alike_vehicles[0]].kind if alike_vehicles else ""
            pairs = [(p, d) for p in pickups for d in spans(way.delivery)]
            possible = [(p, d) for p, d in pairs if p is None or _can_follow(way, p, d, kind)]
            for p, d in possible or pairs[:1]:
                each = Alternative(q, n, _soon_enough(way, p, d, kind), d, alike_vehicles, is_on_board)
                self._add_alternative(each, way, kind, known)

    def _by_service(self, way: Way, vehicles: tuple[int, ...]) -> list[tuple[int, ...]]:
        stops = [stop for stop in (way.pickup, way.delivery) if stop]
        if not vehicles or not any(stop.service_by_kind for stop in stops):
            return [vehicles]
        groups = dict[tuple[int, ...], list[int]]()
        for r in vehicles:
            groups.setdefault(tuple(service_at(stop, self.vehicles[r].kind) for stop in stops), []).append(r)
        return [tuple(each) for each in groups.values()]

    def _add_alternative(self, each: Alternative, way: Way, kind: str, known: dict[_Visit, int]) -> None:
        job_id = self.jobs[each.job_idx].job_id
        pickup = NO_VISIT
        if way.pickup is not None and each.pickup is not None:
            row = self._row(way.pickup, each.pickup, kind, self._load(way.load, 1))
            near = way.delivery.node if way.pickup.is_hub else way.pickup.node
            step = None if each.is_on_board else Step(job_id, each.way_idx, True)
            pickup = self._known(row, known, step=step, q=each.job_idx, near=near)
        row = self._row(way.delivery, each.delivery, kind, self._load(way.load, 1 if way.pickup is None else -1))
        if way.pickup is not None and way.max_on_board is not None:
            row = row._replace(pickup=pickup, bound=way.max_on_board)
        near = way.delivery.node
        if way.delivery.is_hub and way.pickup is not None:
            near = way.pickup.node
        step = Step(job_id, each.way_idx, False)
        delivery = self._known(row, known, step=step, q=each.job_idx, near=near)
        self.alternatives.append(each)
        self.numbers.append((pickup, delivery))

    def _row(self, stop: Stop, span: Span, kind: str, load: tuple[int, ...]) -> _Visit:
        service = service_at(stop, kind) if stop.service_by_kind else stop.service
        return _Visit(
            stop.node, place_of(stop), span.earliest, span.latest, service, stop.setup, load, NO_VISIT, NEVER
        )  # fmt: skip

    def _load(self, load: tuple[int, ...], sign: int) -> tuple[int, ...]:
        return tuple(sign * each for each in load) + (0,) * (self.num_dims - len(load))

    def _known(self, row: _Visit, known: dict[_Visit, int], *, step: Step | None, q: int, near: int) -> int:
        """Alternatives of a job that visit the same in the same way share the visit."""
        number = known.get(row)
        if number is None:
            number = known[row] = self._add_visit(row, step=step, q=q, near=near)
        return number

    def _add_visit(self, row: _Visit, *, step: Step | None, q: int, near: int) -> int:
        self.visits.append(row)
        self.steps.append(step)
        self.of_visit.append(q)
        self.near_node.append(near)
        return len(self.visits) - 1

    # -- arrays

    def _visits(self) -> Visits:
        columns = list(zip(*self.visits, strict=True)) or [()] * len(_Visit._fields)
        by_name = dict(zip(_Visit._fields, columns, strict=True))
        load = np.array(by_name.pop("load"), dtype=np.int64).reshape(len(self.visits), self.num_dims)
        arrays = {name: np.array(values, dtype=np.int64) for name, values in by_name.items()}
        arrays["pickup"] = np.where(arrays["pickup"] == NO_VISIT, np.arange(len(self.visits)), arrays["pickup"])
        return Visits(load=load, apart=np.zeros(len(self.visits), dtype=np.int64), **arrays)

    def _fleet(self) -> Fleet:
        vehicles = self.vehicles

        def column(values: Iterator[int]) -> I64:
            return np.array(list(values), dtype=np.int64)

        return Fleet(
            profile=column(v.profile for v in vehicles),
            start_node=column(v.start for v in vehicles),
            end_node=column(OPEN_END if v.end is None else v.end for v in vehicles),
            shift_start=column(v.shift_start for v in vehicles),
            shift_end=column(v.shift_end for v in vehicles),
            regular_end=column(v.shift_end if v.regular_end is None else v.regular_end for v in vehicles),
            capacity=np.array([self._load(v.capacity, 1) for v in vehicles], np.int64).reshape(-1, self.num_dims),
            cost_m=column(v.cost_m for v in vehicles),
            cost_s=column(v.cost_s for v in vehicles),
            cost_use=column(v.cost_use for v in vehicles),
            cost_overtime=column(v.cost_overtime for v in vehicles),
            max_span=column(NEVER if v.max_span is None else v.max_span for v in vehicles),
            cost_wait=column(v.cost_wait for v in vehicles),
        )

    def _requests(self, first: I64, num_placed: int) -> tuple[Requests, int]:
        """Those of the jobs, and behind them those of what has begun."""
        jobs, num_begun = self.jobs, len(self.who_began)

        def column(values: Iterator[int], *, begun: int = 0) -> I64:
            return np.array([*values] + [begun] * num_begun, dtype=np.int64)

        of_visit = np.array(self.of_visit, dtype=np.int64)
        near, per_stop = self._neighbours(of_visit, num_placed)
        return Requests(
            first=np.concatenate([first, first[-1] + 1 + np.arange(num_begun)]),
            first_part=np.arange(len(self.numbers) + 1),
            pickup=np.array([pickup for pickup, _ in self.numbers], dtype=np.int64),
            delivery=np.array([delivery for _, delivery in self.numbers], dtype=np.int64),
            together=np.full(len(self.numbers), NO_VISIT),
            extra_cost=column(self._beside(each) for each in self.alternatives),
            eligible=self._eligible(),
            movable=np.array([1] * len(jobs) + [0] * num_begun, dtype=np.uint8),
            refusal=column(self._refusal(job) for job in jobs),
            home=column((NOBODY if j.home is None else self.idx_by_vehicle_id[j.home] for j in jobs), begun=NOBODY),
            disturbance=column(0 if j.home is None or j.job_id in self.on_board else j.disturbance for j in jobs),
            neighbours=near,
            of_visit=of_visit,
        ), per_stop

    def _beside(self, each: Alternative) -> int:
        late = each.delivery.cost + (each.pickup.cost if each.pickup else 0)
        return self.jobs[each.job_idx].ways[each.way_idx].extra_cost + late

    def _refusal(self, job: Job) -> int:
        if job.job_id in self.on_board:
            return STUCK
        return MUST if job.refusal is None else job.refusal

    def _eligible(self) -> U8:
        vehicles = [each.vehicles for each in self.alternatives] + [()] * len(self.who_began)
        rows = {each: n for n, each in enumerate(dict.fromkeys(vehicles))}
        table = np.zeros((len(rows), len(self.vehicles)), dtype=np.uint8)
        for each, n in rows.items():
            table[n, list(each)] = 1
        numbers = np.array([rows[each] for each in vehicles], dtype=np.int64)
        return np.ascontiguousarray(table[numbers])

    def _neighbours(self, of_visit: I64, num_placed: int) -> tuple[I32, int]:
        """[N, K], and how many visits a stop has in the mean, rounded up.

        The visits of one stop are one point: else the nearest hundred would be a few stops, each in all its windows.
        """
        metres, near = self.statement.metres[:1], np.array(self.near_node, dtype=np.int64)
        if not len(near) or not len(metres):
            return np.full((len(near), 0), -1, dtype=np.int32), 1
        keys = of_visit[:num_placed] * (len(metres[0]) + 1) + near[:num_placed]
        _, at, point = np.unique(keys, return_index=True, return_inverse=True)
        if len(at) == len(near):
            return neighbours(metres[0], near), 1
        nearest = np.full((len(near), 0), -1, dtype=np.int32)
        if len(at):
            rows = _of_points(neighbours(metres[0], near[at]), of_visit[at], point)
            nearest = np.vstack([rows[point], np.full((len(near) - num_placed, rows.shape[1]), -1, dtype=np.int32)])
        return np.ascontiguousarray(nearest), -(-num_placed // max(len(at), 1))


def _of_points(nearest: I32, job_idx: I64, point: NDArray[np.intp]) -> I32:
    """[points, K]: of each point the visits at its nearest points of other jobs, nearest first; -1: no more."""
    visits = np.split(np.argsort(point, kind="stable"), np.cumsum(np.bincount(point))[:-1])
    rows = list[list[int]]()
    most = min(_MOST_COLUMNS, NUM_NEIGHBOURS * max(map(len, visits)))
    for n, others in enumerate(nearest.tolist()):
        row = list[int]()
        for other in others:
            if job_idx[other] != job_idx[n]:
                row += visits[other].tolist()
            if len(row) >= most:
                break
        rows.append(row[:most])
    table = np.full((len(rows), max(map(len, rows), default=0)), -1, dtype=np.int32)
    for n, row in enumerate(rows):
        table[n, : len(row)] = row
    return table


def _side_by_side(vehicles: Sequence[Vehicle]) -> tuple[Vehicle, ...]:
    """Vehicles that differ in nothing but their ids stand together: of those that are idle the search looks at one."""
    ordered = sorted(vehicles, key=lambda each: each.vehicle_id)
    first = dict[Vehicle, str]()
    for each in ordered:
        first.setdefault(replace(each, vehicle_id=""), each.vehicle_id)
    return tuple(sorted(ordered, key=lambda each: (first[replace(each, vehicle_id="")], each.vehicle_id)))


def _stops(statement: Statement) -> Iterator[Stop]:
    return (stop for job in statement.jobs for way in job.ways for stop in (way.pickup, way.delivery) if stop)


def stop_of(job_by_id: dict[str, Job], step: Step) -> Stop:
    """Where a step is taken."""
    way = job_by_id[step.job_id].ways[step.way]
    return way.pickup if step.is_pickup and way.pickup else way.delivery


def _can_follow(way: Way, pickup: Span, delivery: Span, kind: str) -> bool:
    """Whether a delivery can start in time behind its pickup, if there were no way between them."""
    service = service_at(way.pickup, kind) if way.pickup else 0
    return pickup.earliest + service <= delivery.latest


def _soon_enough(way: Way, pickup: Span | None, delivery: Span, kind: str) -> Span | None:
    """A pickup no earlier than goods that wait for the delivery to open may come on board.

    The scan puts a pickup as early as it can, and would take what only has to begin later for impossible.
    """
    if pickup is None or way.pickup is None or way.max_on_board is None:
        return pickup
    least = delivery.earliest - way.max_on_board - service_at(way.pickup, kind)
    return pickup._replace(earliest=max(pickup.earliest, min(least, pickup.latest)))


def _from_where_it_is(way: Way, aboard: OnBoard, free: Free) -> Way:
    """The same goods, picked up at once where the vehicle is free again."""
    left = None if way.max_on_board is None else way.max_on_board - (free.time - aboard.since)
    here = Stop(free.node, free.place, windows=(Window(free.time, free.time),))
    return replace(way, pickup=here, max_on_board=left)


def _travel(statement: Statement) -> Travel:
    """Where either table has no way there is none."""
    seconds, metres = (
        np.asarray(table).astype(np.int32, copy=False) for table in (statement.seconds, statement.metres)
    )
    if seconds.min(initial=0) < 0 or metres.min(initial=0) < 0:
        holes = (seconds < 0) | (metres < 0)
        seconds, metres = np.where(holes, np.int32(-1), seconds), np.where(holes, np.int32(-1), metres)
    if not len(seconds):  # nobody goes anywhere
        seconds = metres = np.zeros((1, *seconds.shape[1:]), dtype=np.int32)
    turned = seconds.transpose(0, 2, 1), metres.transpose(0, 2, 1)
    return Travel(seconds, metres, *turned, NO_TRAFFIC, NO_BORDER)


def _empty_routes(num_vehicles: int, num_positions: int, num_dims: int) -> Routes:
    rows = [np.zeros((num_vehicles, num_positions), dtype=np.int64) for _ in range(7)]
    load = np.zeros((num_vehicles, num_positions, num_dims), dtype=np.int64)
    return Routes._make([np.zeros(num_vehicles, dtype=np.int64), *rows, load])

"""A statement as arrays: every choice becomes an alternative of its request.

A way with three windows at the customer and a ladder of two steps is nine alternatives; one whose
service depends on who comes is one for each service. A ladder is a step function of the start, so
"within the window, or up to that step behind it at its price" is exact. Of a way with several parts
every combination of their spans is an alternative.

Each class of goods that is kept apart from another is one more dimension of the load, behind the stated ones.

Goods that are on board already are a pair whose pickup takes place where and when the vehicle is
free again, and takes no time: so a scan sees the room that they take up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import (
    FIRST_BREAK,
    I32,
    I64,
    NEVER,
    NO_BORDER,
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
from solver.routing.in_traffic import clocks
from solver.routing.search import MUST, NUM_NEIGHBOURS, Routing, neighbours
from solver.routing.stating import Job, OnBoard, Part, Statement, Step, Stop, Vehicle, Way, Window

_MOST_POSITIONS = 600
_SPARE_POSITIONS = 6
_MOST_COLUMNS = 600
"""Of the table of neighbours, if a stop has many visits."""


class Span(NamedTuple):
    """When a visit may start, and what that costs: one window, to one step of the ladder."""

    earliest: int
    latest: int
    cost: int


class Timed(NamedTuple):
    """A part of a way at one span of each of its stops; its goods may be on board already."""

    part_idx: int
    pickup: Span | None
    delivery: Span
    is_on_board: bool


class Alternative(NamedTuple):
    """One way of a job, as far as it is not done yet, by the vehicles that take as long for it."""

    job_idx: int
    way_idx: int
    parts: tuple[Timed, ...]
    vehicles: tuple[int, ...]

    @property
    def lateness(self) -> int:
        """What its steps of ladders cost."""
        return sum(each.delivery.cost + (each.pickup.cost if each.pickup else 0) for each in self.parts)


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
        By job id and part: who has its goods, and since when.
    bound
        By job id: who has begun it, in which way.
    num_amounts, classes
        The first dimensions of the load are amounts, the others count goods of these classes.
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
    on_board: dict[tuple[str, int], tuple[int, OnBoard]]
    bound: dict[str, tuple[int, int]]
    num_amounts: int
    classes: tuple[str, ...]
    routing: Routing
    visits_per_stop: int
    begun: tuple[tuple[int, ...], ...]
    breaks: tuple[tuple[int, ...], ...]

    def way_of(self, alternative: Alternative) -> Way:
        return self.jobs[alternative.job_idx].ways[alternative.way_idx]

    def is_aboard(self, job: Job) -> bool:
        """Whether goods of it are on board."""
        return any(job_id == job.job_id for job_id, _ in self.on_board)

    def excluded(self, goods: str | None) -> list[int]:
        """Dimensions that are empty while goods of a class are on board."""
        others = {b if a == goods else a for a, b in self.statement.apart if goods in (a, b)}
        return [self.num_amounts + d for d, each in enumerate(self.classes) if each in others]


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
    apart: int


@dataclass
class _Expansion:
    statement: Statement
    visits: list[_Visit] = field(default_factory=list)
    steps: list[Step | None] = field(default_factory=list)
    of_visit: list[int] = field(default_factory=list)
    near_node: list[int] = field(default_factory=list)
    alternatives: list[Alternative] = field(default_factory=list)
    numbers: list[tuple[int, int]] = field(default_factory=list)
    together: list[int] = field(default_factory=list)
    first_part: list[int] = field(default_factory=lambda: [0])
    who_began: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        statement = self.statement
        self.vehicles = _side_by_side(statement.vehicles)
        self.idx_by_vehicle_id = {each.vehicle_id: r for r, each in enumerate(self.vehicles)}
        self.job_by_id = {each.job_id: each for each in statement.jobs}
        loads = [part.load for job in statement.jobs for way in job.ways for part in way.parts]
        self.num_amounts = max((len(each) for each in (*loads, *(v.capacity for v in self.vehicles))), default=0) or 1
        self.classes = classes_apart(statement)
        self.num_dims = self.num_amounts + len(self.classes)
        self.apart = {each: _bits(statement, self.classes, each, self.num_amounts) for each in self.classes}
        self.first_free_place = 1 + max((place_of(stop) for stop in _stops(statement)), default=0)
        self.free = tuple(self._free(r, each) for r, each in enumerate(self.vehicles))
        begun = [(r, each.step) for r, v in enumerate(self.vehicles) for each in v.begun]
        self.on_board = {
            (each.job_id, each.part): (r, each) for r, v in enumerate(self.vehicles) for each in self._on_board(v)
        }
        self.done = {(step.job_id, step.part) for _, step in begun if not step.is_pickup}
        self.bound = {job_id: (r, each.way) for (job_id, _), (r, each) in self.on_board.items()}
        self.bound |= {step.job_id: (r, step.way) for r, step in begun}
        self.jobs = tuple(sorted(filter(self._is_open, statement.jobs), key=lambda each: each.job_id))
        self.allowed, self.on_off = cache(self._allowed), cache(self._on_off)

    def result(self) -> Expanded:
        first = [0]
        for q, job in enumerate(self.jobs):
            self._add_job(q, job)
            first.append(len(self.alternatives))
        begun = [[self._add_begun(r, n) for n in range(len(v.begun))] for r, v in enumerate(self.vehicles)]
        num_placed = len(self.visits)
        breaks = [self._add_breaks(r) for r in range(len(self.vehicles))]
        visits, fleet = self._visits(), self._fleet()
        longest = 2 * sum(max(len(way.parts) for way in job.ways) for job in self.jobs)
        longest += max(map(len, (*begun, *breaks)), default=0)
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
                [LEFT_OUT] * len(self.jobs) + [*range(len(self.alternatives), len(self.first_part) - 1)], np.int64
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
            bound=self.bound,
            num_amounts=self.num_amounts,
            classes=self.classes,
            routing=routing,
            visits_per_stop=per_stop,
            begun=tuple(map(tuple, begun)),
            breaks=tuple(map(tuple, breaks)),
        )

    # -- what has begun

    def _is_open(self, job: Job) -> bool:
        _, n = self.bound.get(job.job_id, (0, 0))
        return any((job.job_id, part) not in self.done for part in range(len(job.ways[n].parts)))

    def _free(self, r: int, vehicle: Vehicle) -> Free:
        """A start is a place of its own, and what has begun ends at a stop."""
        node, place, time = vehicle.start, self.first_free_place + r, vehicle.shift_start
        if vehicle.begun:
            stop = stop_of(self.job_by_id, vehicle.begun[-1].step)
            node, place = stop.node, place_of(stop)
            time = vehicle.begun[-1].start + service_at(stop, vehicle.kind)
        return Free(node, place, max(time, self.statement.now))

    def _on_board(self, vehicle: Vehicle) -> Iterator[OnBoard]:
        delivered = {(each.step.job_id, each.step.part) for each in vehicle.begun if not each.step.is_pickup}
        yield from (each for each in vehicle.on_board if (each.job_id, each.part) not in delivered)
        for each in vehicle.begun:
            step = each.step
            if step.is_pickup and (step.job_id, step.part) not in delivered:
                service = service_at(stop_of(self.job_by_id, step), vehicle.kind)
                yield OnBoard(step.job_id, step.way, each.start + service, step.part)

    def _add_begun(self, r: int, n: int) -> int:
        """Each is a request that nobody moves: what is near it finds its route."""
        vehicle, begun = self.vehicles[r], self.vehicles[r].begun[n]
        stop = stop_of(self.job_by_id, begun.step)
        part = self.job_by_id[begun.step.job_id].ways[begun.step.way].parts[begun.step.part]
        stays = part.pickup is None  # of a pair only what is still on board counts
        row = _Visit(
            stop.node, place_of(stop), begun.start, begun.start, service_at(stop, vehicle.kind), stop.setup,
            self.on_off(part.load, part.goods, 1) if stays else self._load((), 1), NO_VISIT, NEVER, 0,
        )  # fmt: skip
        number = self._add_visit(row, step=begun.step, q=len(self.jobs) + len(self.who_began), near=stop.node)
        self.numbers.append((NO_VISIT, number))
        self.together.append(NO_VISIT)
        self.first_part.append(len(self.numbers))
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
                    self._load((), 1), NO_VISIT, NEVER, 0,
                )  # fmt: skip
                numbers.append(self._add_visit(row, step=None, q=-1, near=self.free[r].node))
        return numbers

    # -- alternatives

    def _add_job(self, q: int, job: Job) -> None:
        known = dict[tuple[int, _Visit], int]()
        if job.job_id in self.bound:
            r, n = self.bound[job.job_id]
            self._add_way(q, n, job.ways[n], () if self.vehicles[r].is_down else (r,), known)
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
        self, q: int, n: int, way: Way, vehicles: tuple[int, ...], known: dict[tuple[int, _Visit], int]
    ) -> None:
        parts = self._open_parts(self.jobs[q].job_id, way)
        stops = [stop for part in parts.values() for stop in (part.pickup, part.delivery) if stop]
        for alike_vehicles in self._by_service(stops, vehicles):
            kind = self.vehicles[alike_vehicles[0]].kind if alike_vehicles else ""
            times = [self._times(self.jobs[q].job_id, m, part, kind) for m, part in parts.items()]
            for timed in product(*times):
                self._add_alternative(Alternative(q, n, timed, alike_vehicles), way, parts, kind, known)

    def _open_parts(self, job_id: str, way: Way) -> dict[int, Part]:
        """What is not done yet, goods on board from where they are."""
        parts = dict[int, Part]()
        for m, part in enumerate(way.parts):
            if (job_id, m) in self.on_board:
                r, aboard = self.on_board[job_id, m]
                parts[m] = _from_where_it_is(part, aboard, self.free[r])
            elif (job_id, m) not in self.done:
                parts[m] = part
        return parts

    def _times(self, job_id: str, m: int, part: Part, kind: str) -> list[Timed]:
        """Those at which the part could be done; if there are none, one to say so."""
        pickups = [None] if part.pickup is None else spans(part.pickup)
        pairs = [(p, d) for p in pickups for d in spans(part.delivery)]
        possible = [(p, d) for p, d in pairs if p is None or _can_follow(part, p, d, kind)]
        is_on_board = (job_id, m) in self.on_board
        return [Timed(m, _soon_enough(part, p, d, kind), d, is_on_board) for p, d in possible or pairs[:1]]

    def _by_service(self, stops: Sequence[Stop], vehicles: tuple[int, ...]) -> list[tuple[int, ...]]:
        if not vehicles or not any(stop.service_by_kind for stop in stops):
            return [vehicles]
        groups = dict[tuple[int, ...], list[int]]()
        for r in vehicles:
            groups.setdefault(tuple(service_at(stop, self.vehicles[r].kind) for stop in stops), []).append(r)
        return [tuple(each) for each in groups.values()]

    def _add_alternative(
        self,
        alternative: Alternative,
        way: Way,
        parts: dict[int, Part],
        kind: str,
        known: dict[tuple[int, _Visit], int],
    ) -> None:
        for timed in alternative.parts:
            pair = self._add_part(alternative, timed, parts[timed.part_idx], kind, known)
            self.numbers.append(pair)
            self.together.append(pair[1] if way.at_once and len(parts) > 1 else NO_VISIT)
        self.first_part.append(len(self.numbers))
        self.alternatives.append(alternative)

    def _add_part(
        self, alternative: Alternative, timed: Timed, part: Part, kind: str, known: dict[tuple[int, _Visit], int]
    ) -> tuple[int, int]:
        """The numbers of its visits."""
        pickup, near = NO_VISIT, part.delivery.node
        if part.pickup is not None and timed.pickup is not None:
            row = self._row(part.pickup, timed.pickup, kind, part, 1)
            near = part.delivery.node if part.pickup.is_hub else part.pickup.node
            pickup = self._known(alternative, timed, row, known, is_pickup=True, near=near)
            near = part.pickup.node if part.delivery.is_hub else part.delivery.node
        row = self._row(part.delivery, timed.delivery, kind, part, 1 if part.pickup is None else -1)
        if part.pickup is not None and part.max_on_board is not None:
            row = row._replace(pickup=pickup, bound=part.max_on_board)
        delivery = self._known(alternative, timed, row, known, is_pickup=False, near=near)
        return pickup, delivery

    def _row(self, stop: Stop, span: Span, kind: str, part: Part, sign: int) -> _Visit:
        service = service_at(stop, kind) if stop.service_by_kind else stop.service
        return _Visit(
            stop.node, place_of(stop), span.earliest, span.latest, service, stop.setup,
            self.on_off(part.load, part.goods, sign),
            NO_VISIT, NEVER, self.apart.get(part.goods or "", 0),
        )  # fmt: skip

    def _on_off(self, load: tuple[int, ...], goods: str | None, sign: int) -> tuple[int, ...]:
        """What comes on board with a part, or leaves with it (-1)."""
        amounts = self._load(load, sign)[: self.num_amounts]
        return amounts + tuple(sign * (each == goods) for each in self.classes)

    def _load(self, load: tuple[int, ...], sign: int) -> tuple[int, ...]:
        return tuple(sign * each for each in load) + (0,) * (self.num_dims - len(load))

    def _room(self, vehicle: Vehicle) -> tuple[int, ...]:
        """Classes are counted, and have no limit."""
        return self._load(vehicle.capacity, 1)[: self.num_amounts] + (NEVER,) * len(self.classes)

    def _known(
        self,
        alternative: Alternative,
        timed: Timed,
        row: _Visit,
        known: dict[tuple[int, _Visit], int],
        *,
        is_pickup: bool,
        near: int,
    ) -> int:
        """Alternatives of a job that visit the same for the same part in the same way share the visit."""
        key = timed.part_idx, row
        number = known.get(key)
        if number is None:
            q = alternative.job_idx
            step = Step(self.jobs[q].job_id, alternative.way_idx, is_pickup, timed.part_idx)
            is_there = is_pickup and timed.is_on_board
            number = known[key] = self._add_visit(row, step=None if is_there else step, q=q, near=near)
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
        return Visits(load=load, **arrays)

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
            capacity=np.array([self._room(v) for v in vehicles], np.int64).reshape(-1, self.num_dims),
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
            first_part=np.array(self.first_part, dtype=np.int64),
            pickup=np.array([pickup for pickup, _ in self.numbers], dtype=np.int64),
            delivery=np.array([delivery for _, delivery in self.numbers], dtype=np.int64),
            together=np.array(self.together, dtype=np.int64),
            extra_cost=column(self._beside(each) for each in self.alternatives),
            eligible=self._eligible(),
            movable=np.array([1] * len(jobs) + [0] * num_begun, dtype=np.uint8),
            refusal=column(self._refusal(job) for job in jobs),
            home=column((NOBODY if j.home is None else self.idx_by_vehicle_id[j.home] for j in jobs), begun=NOBODY),
            disturbance=column(0 if j.home is None or j.job_id in self.bound else j.disturbance for j in jobs),
            neighbours=near,
            of_visit=of_visit,
        ), per_stop

    def _beside(self, each: Alternative) -> int:
        return self.jobs[each.job_idx].ways[each.way_idx].extra_cost + each.lateness

    def _refusal(self, job: Job) -> int:
        if any(job_id == job.job_id for job_id, _ in self.on_board):
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
    parts = (part for job in statement.jobs for way in job.ways for part in way.parts)
    return (stop for part in parts for stop in (part.pickup, part.delivery) if stop)


def stop_of(job_by_id: dict[str, Job], step: Step) -> Stop:
    """Where a step is taken."""
    part = job_by_id[step.job_id].ways[step.way].parts[step.part]
    return part.pickup if step.is_pickup and part.pickup else part.delivery


def classes_apart(statement: Statement) -> tuple[str, ...]:
    """Classes of goods that are kept apart from another."""
    return tuple(sorted({each for pair in statement.apart for each in pair}))


def _bits(statement: Statement, classes: Sequence[str], goods: str, num_amounts: int) -> int:
    """As `Visits.apart`: the dimensions of the classes that these goods are kept apart from."""
    others = {b if a == goods else a for a, b in statement.apart if goods in (a, b)}
    return sum(1 << (num_amounts + d) for d, each in enumerate(classes) if each in others)


def _can_follow(part: Part, pickup: Span, delivery: Span, kind: str) -> bool:
    """Whether a delivery can start in time behind its pickup, if there were no way between them."""
    service = service_at(part.pickup, kind) if part.pickup else 0
    return pickup.earliest + service <= delivery.latest


def _soon_enough(part: Part, pickup: Span | None, delivery: Span, kind: str) -> Span | None:
    """A pickup no earlier than goods that wait for the delivery to open may come on board.

    The scan puts a pickup as early as it can, and would take what only has to begin later for impossible.
    """
    if pickup is None or part.pickup is None or part.max_on_board is None:
        return pickup
    least = delivery.earliest - part.max_on_board - service_at(part.pickup, kind)
    return pickup._replace(earliest=max(pickup.earliest, min(least, pickup.latest)))


def _from_where_it_is(part: Part, aboard: OnBoard, free: Free) -> Part:
    """The same goods, picked up at once where the vehicle is free again."""
    left = None if part.max_on_board is None else part.max_on_board - (free.time - aboard.since)
    here = Stop(free.node, free.place, windows=(Window(free.time, free.time),))
    return replace(part, pickup=here, max_on_board=left)


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
    return Travel(seconds, metres, *turned, clocks(statement), NO_BORDER)


def _empty_routes(num_vehicles: int, num_positions: int, num_dims: int) -> Routes:
    rows = [np.zeros((num_vehicles, num_positions), dtype=np.int64) for _ in range(7)]
    load = np.zeros((num_vehicles, num_positions, num_dims), dtype=np.int64)
    return Routes._make([np.zeros(num_vehicles, dtype=np.int64), *rows, load])

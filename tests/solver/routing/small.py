"""Tiny routing problems, and their cheapest answer by trying everything; shares no code with the kernels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import NEVER, NO_BORDER, NO_VISIT, OPEN_END, Fleet, Routes, Travel, Visits
from solver.kernels.ruin_recreate import LEFT_OUT, NOBODY, Requests
from solver.kernels.schedule import relink
from solver.routing.search import MUST, Routed, Routing, neighbours
from tests.solver.clock import Clock

Table = NDArray[np.int32]


@dataclass(frozen=True)
class Stop:
    """A visit: where, when its service may start, how long it takes."""

    node: int
    earliest: int = 0
    latest: int = 100_000
    service: int = 5


@dataclass(frozen=True)
class Way:
    """One alternative of a request: a pickup (None: there is only one visit) and a delivery.

    `more` are further pairs that the same vehicle does; `at_once`: all deliveries at one stop.
    """

    pickup: Stop | None
    delivery: Stop
    extra_cost: int = 0
    vehicles: tuple[int, ...] = (0, 1)
    more: tuple[tuple[Stop | None, Stop], ...] = ()
    at_once: bool = False

    @property
    def parts(self) -> tuple[tuple[Stop | None, Stop], ...]:
        return ((self.pickup, self.delivery), *self.more)


@dataclass(frozen=True)
class Wanted:
    """A request: its alternatives, its load, and what it costs to leave it out or to give it to somebody else.

    `goods` is the class of its goods; 1 and 2 must not be on board together.
    """

    ways: tuple[Way, ...]
    load: int = 1
    goods: int = 0
    refusal: int = MUST
    home: int = NOBODY
    disturbance: int = 0


@dataclass(frozen=True)
class Van:
    start: int = 0
    end: int = 0
    capacity: int = 2
    shift: tuple[int, int] = (0, 100_000)
    cost_m: int = 1
    cost_s: int = 0
    cost_use: int = 0
    max_span: int = NEVER
    cost_wait: int = 0


@dataclass(frozen=True)
class Case:
    """Vehicles, requests, and seconds (metres are the same) from node to node; negative: no way.

    Streets are slow as the clock says; longest spans are for free streets.
    """

    apart: Table
    wanted: tuple[Wanted, ...]
    vans: tuple[Van, ...] = (Van(), Van())
    metres: Table | None = field(default=None)
    clock: Clock = field(default_factory=Clock)


def a_case(rng: np.random.Generator, *, num_requests: int = 3, num_nodes: int = 7, with_spans: bool = False) -> Case:
    """A random case on a plane: pairs and single visits, some with two alternatives, some optional."""
    at = rng.integers(0, 100, size=(num_nodes, 2)).astype(float)
    apart = np.ceil(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))).astype(np.int32)
    return Case(apart, tuple(_a_request(rng, num_nodes) for _ in range(num_requests)), _vans(rng, with_spans))


def _vans(rng: np.random.Generator, with_spans: bool) -> tuple[Van, ...]:
    return tuple(
        Van(
            end=OPEN_END if rng.random() < 0.3 else 0,
            capacity=int(rng.integers(1, 4)),
            cost_m=int(rng.integers(1, 4)),
            cost_s=int(rng.integers(0, 3)),
            cost_use=int(rng.integers(0, 100)),
            max_span=int(rng.integers(150, 500)) if with_spans and rng.random() < 0.5 else NEVER,
        )
        for _ in range(2)
    )


def _a_request(rng: np.random.Generator, num_nodes: int) -> Wanted:
    due = int(rng.integers(0, 200))
    delivery = Stop(int(rng.integers(1, num_nodes)), due, due + int(rng.integers(20, 300)))
    pair = rng.random() < 0.7
    ways = tuple(
        Way(
            pickup=Stop(int(rng.integers(1, num_nodes)), int(rng.integers(0, 50))) if pair else None,
            delivery=delivery,
            extra_cost=int(rng.integers(0, 60)),
            vehicles=(0, 1) if rng.random() < 0.8 else (int(rng.integers(2)),),
        )
        for _ in range(1 + int(rng.random() < 0.4))
    )
    home = int(rng.integers(2)) if rng.random() < 0.3 else NOBODY
    refusal = int(rng.integers(50, 400)) if rng.random() < 0.5 else MUST
    disturbance = int(rng.integers(0, 50)) if home != NOBODY else 0
    return Wanted(ways, refusal=refusal, home=home, disturbance=disturbance)


def with_goods(case: Case, rng: np.random.Generator) -> Case:
    """The case with a class for every request."""
    return replace(case, wanted=tuple(replace(each, goods=int(rng.integers(3))) for each in case.wanted))


def routing_of(case: Case) -> Routing:
    """The case as arrays, with nothing planned."""
    ways = [way for each in case.wanted for way in each.ways]
    stops, numbers, of_visit, dones = list[Stop](), list[tuple[int, int]](), list[int](), list[Done]()
    together, places = list[int](), list[int]()
    for q, each in enumerate(case.wanted):
        for way in each.ways:
            house = len(stops) + len(way.parts) * 2  # a stop is one place, all others are one each
            dones += _visits_of(q, way, each)
            for pickup, delivery in way.parts:
                pair = (pickup, delivery) if pickup else (delivery,)
                first, last = len(stops), len(stops) + len(pair) - 1
                numbers.append((first if pickup else NO_VISIT, last))
                together.append(last if way.at_once else NO_VISIT)
                stops += pair
                places += [first, house * 1000 if way.at_once else last][-len(pair) :]
                of_visit += [q] * len(pair)
    travel, fleet, visits = _travel(case), _fleet(case), _visits(dones, numbers, places)
    num_requests = len(case.wanted)
    return Routing(
        travel=travel,
        fleet=fleet,
        visits=visits,
        routes=_idle(travel, fleet, visits, num_positions=len(stops) + 6),
        requests=Requests(
            first=np.cumsum([0, *(len(each.ways) for each in case.wanted)]),
            first_part=np.cumsum([0, *(len(way.parts) for way in ways)]),
            pickup=_column(pickup for pickup, _ in numbers),
            delivery=_column(delivery for _, delivery in numbers),
            together=_column(together),
            extra_cost=_column(way.extra_cost for way in ways),
            eligible=np.array(
                [[r in way.vehicles for r in range(len(case.vans))] for way in ways], dtype=np.uint8
            ).reshape(len(ways), len(case.vans)),
            movable=np.ones(num_requests, dtype=np.uint8),
            refusal=_column(each.refusal for each in case.wanted),
            home=_column(each.home for each in case.wanted),
            disturbance=_column(each.disturbance for each in case.wanted),
            neighbours=neighbours(case.apart, visits.node),
            of_visit=_column(of_visit),
        ),
        chosen=np.full(num_requests, LEFT_OUT, dtype=np.int64),
        vehicle=np.full(num_requests, NOBODY, dtype=np.int64),
        first=np.zeros(len(case.vans), dtype=np.int64),
        alike=np.zeros(len(case.vans), dtype=np.int64),
    )


def _column(values: Iterator[int] | Sequence[int]) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _travel(case: Case) -> Travel:
    metres = case.apart if case.metres is None else case.metres
    tables = [np.ascontiguousarray(each[None]) for each in (case.apart, metres, case.apart.T, metres.T)]
    for table in tables:
        table.setflags(write=False)
    return Travel._make([*tables, case.clock.steps(), NO_BORDER])


def _fleet(case: Case) -> Fleet:
    vans = case.vans
    zero, end = _column([0] * len(vans)), _column(van.shift[1] for van in vans)
    return Fleet(
        profile=zero,
        start_node=_column(van.start for van in vans),
        end_node=_column(van.end for van in vans),
        shift_start=_column(van.shift[0] for van in vans),
        shift_end=end,
        regular_end=end,
        capacity=_column(amount for van in vans for amount in (van.capacity, NEVER, NEVER)).reshape(-1, 3),
        cost_m=_column(van.cost_m for van in vans),
        cost_s=_column(van.cost_s for van in vans),
        cost_use=_column(van.cost_use for van in vans),
        cost_overtime=zero,
        max_span=_column(van.max_span for van in vans),
        cost_wait=_column(van.cost_wait for van in vans),
    )


def _visits(dones: Sequence["Done"], numbers: Sequence[tuple[int, int]], places: Sequence[int]) -> Visits:
    stops = [done.stop for done in dones]
    loads = [[done.load, *(done.change * (done.goods == each) for each in (1, 2))] for done in dones]
    pickup = np.arange(len(stops), dtype=np.int64)
    for first, second in numbers:
        pickup[second] = second if first == NO_VISIT else first
    return Visits(
        node=_column(stop.node for stop in stops),
        place=_column(places),
        earliest=_column(stop.earliest for stop in stops),
        latest=_column(stop.latest for stop in stops),
        service=_column(stop.service for stop in stops),
        setup=_column([0] * len(stops)),
        load=np.array(loads, dtype=np.int64).reshape(-1, 3),
        pickup=pickup,
        bound=np.full(len(stops), NEVER, dtype=np.int64),
        apart=_column((0, 1 << 2, 1 << 1)[done.goods] for done in dones),
    )


def _idle(travel: Travel, fleet: Fleet, visits: Visits, *, num_positions: int) -> Routes:
    num_vans = len(fleet.profile)
    rows = [np.zeros((num_vans, num_positions), dtype=np.int64) for _ in range(7)]
    routes = Routes._make([np.zeros(num_vans, dtype=np.int64), *rows, np.zeros((num_vans, num_positions, 3), np.int64)])
    for r in range(num_vans):
        relink(travel, fleet, visits, routes, r)
    return routes


# -- trying everything


@dataclass(frozen=True)
class Done:
    """One visit of a request on its vehicle; `change` is 1 where its goods come on board, -1 where they leave."""

    request: int
    part: int
    is_pickup: bool
    stop: Stop
    load: int
    goods: int
    change: int
    at_once: bool


def cheapest(case: Case) -> int:
    """The least cost over every choice of alternatives, vehicles and orders."""
    choices = [[None, *product(each.ways, range(len(case.vans)))] for each in case.wanted]
    costs = [cost for choice in product(*choices) if (cost := _cost_of_choice(case, choice)) is not None]
    return min(costs)


def _cost_of_choice(case: Case, choice: Sequence[tuple[Way, int] | None]) -> int | None:
    total, by_van = 0, [list[Done]() for _ in case.vans]
    for q, (each, taken) in enumerate(zip(case.wanted, choice, strict=True)):
        if taken is None:
            total += each.refusal
            continue
        way, r = taken
        if r not in way.vehicles:
            return None
        total += way.extra_cost + (each.disturbance if r != each.home else 0)
        by_van[r] += _visits_of(q, way, each)
    for van, visits in zip(case.vans, by_van, strict=True):
        costs = [cost for order in permutations(visits) if (cost := route_cost_of(case, van, order)) is not None]
        if not costs:
            return None
        total += min(costs)
    return total


def _visits_of(q: int, way: Way, each: Wanted) -> list[Done]:
    dones = list[Done]()
    for part, (pickup, delivery) in enumerate(way.parts):
        if pickup:
            dones.append(Done(q, part, True, pickup, each.load, each.goods, 1, False))
            dones.append(Done(q, part, False, delivery, -each.load, each.goods, -1, way.at_once))
        else:
            dones.append(Done(q, part, False, delivery, each.load, each.goods, 1, way.at_once))
    return dones


def route_cost_of(case: Case, van: Van, order: Sequence[Done]) -> int | None:
    """Cost of a route; None if it breaks a rule. Each leave-taking is tried early, and as late as nothing suffers."""
    if not order or not _stand_together(order):
        return None if order else 0
    apart, metres = case.apart, case.apart if case.metres is None else case.metres
    seen, on_board, length, work, here = set[tuple[int, int]](), 0, 0, 0, van.start
    goods = [0, 0, 0]
    time, starts = van.shift[0], list[int]()
    for each in order:
        if each.is_pickup:
            seen.add((each.request, each.part))
        elif each.load < 0 and (each.request, each.part) not in seen:
            return None
        leg = int(apart[here, each.stop.node])
        if leg < 0:
            return None
        start = max(case.clock.arrive(time, leg), each.stop.earliest)
        on_board += each.load
        goods[each.goods] += each.change
        if start > each.stop.latest or on_board > van.capacity or (goods[1] and goods[2]):
            return None
        starts.append(start)
        length, work = length + int(metres[here, each.stop.node]), work + start - case.clock.leave(start, leg)
        work += each.stop.service
        time, here = start + each.stop.service, each.stop.node
    home = 0 if van.end == OPEN_END else int(apart[here, van.end])
    length += 0 if van.end == OPEN_END else int(metres[here, van.end])
    end = case.clock.arrive(time, home)
    span = end - _latest_leaving(case, van, order, end)
    if home < 0 or end > van.shift[1] or span > van.max_span:
        return None
    work += end - time
    return van.cost_use + length * van.cost_m + work * van.cost_s + (span - work) * van.cost_wait


def _stand_together(order: Sequence[Done]) -> bool:
    """Whether what belongs to one stop stands in a row."""
    for q in {each.request for each in order if each.at_once}:
        positions = [k for k, each in enumerate(order) if each.request == q and each.at_once]
        if positions[-1] - positions[0] >= len(positions):
            return False
    return True


def _latest_leaving(case: Case, van: Van, order: Sequence[Done], end: int) -> int:
    """When the vehicle can leave at the latest to end then, windows permitting: backwards from the end."""
    home = 0 if van.end == OPEN_END else int(case.apart[order[-1].stop.node, van.end])
    time = end - home
    for k in range(len(order) - 1, -1, -1):
        start = min(time - order[k].stop.service, order[k].stop.latest)
        before = van.start if k == 0 else order[k - 1].stop.node
        time = start - int(case.apart[before, order[k].stop.node])
    return time


def carried_out(case: Case, routing: Routing, routed: Routed) -> int:
    """What the routes of a search cost, computed from their sequences alone.

    Raises
    ------
    AssertionError
        They break a rule, or do not do what the search says.
    """
    alternatives = [(q, way) for q, each in enumerate(case.wanted) for way in each.ways]
    dones = {}
    for a, (q, way) in enumerate(alternatives):
        visits = _visits_of(q, way, case.wanted[q])
        parts = slice(*routing.requests.first_part[a : a + 2])
        pairs = zip(routing.requests.pickup[parts], routing.requests.delivery[parts], strict=True)
        numbers = [number for pair in pairs for number in pair if number != NO_VISIT]
        dones.update({int(number): (a, done) for number, done in zip(numbers, visits, strict=True)})
    total, served = 0, set[tuple[int, int]]()
    for r, van in enumerate(case.vans):
        sequence = [int(v) for v in routed.routes.visit[r, 1 : routed.routes.length[r] + 1]]
        cost = route_cost_of(case, van, [dones[v][1] for v in sequence])
        assert cost is not None, (r, sequence)
        total += cost
        served |= {(dones[v][0], r) for v in sequence}
    for q, each in enumerate(case.wanted):
        a, r = int(routed.chosen[q]), int(routed.vehicle[q])
        if a == LEFT_OUT:
            total += each.refusal
            continue
        assert r in alternatives[a][1].vehicles
        served.remove((a, r))
        total += alternatives[a][1].extra_cost + (each.disturbance if r != each.home else 0)
    assert not served
    return total

"""What a search found, in the words of the statement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np

from solver.kernels.arrays import FIRST_BREAK, I64, NEVER, NO_VISIT
from solver.kernels.ruin_recreate import LEFT_OUT
from solver.kernels.schedule import is_idle, overtime_seconds, route_totals, waiting_seconds
from solver.routing.expanding import Expanded, Timed, spans, stop_of
from solver.routing.left_out import LeftOut, left_out, never_late
from solver.routing.search import Routed
from solver.routing.stating import Begun, Step


@dataclass(frozen=True, slots=True)
class Cost:
    """By what causes it, in the unit of the statement.

    Parameters
    ----------
    ways
        What the ways that were taken cost beside the driving.
    refusal
        Of optional jobs that are left out. What has to be done and is not has no price.
    """

    distance: int = 0
    time: int = 0
    waiting: int = 0
    use: int = 0
    overtime: int = 0
    ways: int = 0
    lateness: int = 0
    disturbance: int = 0
    refusal: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, each.name) for each in fields(self))

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Visited:
    """A step of a route: when its service starts and is over."""

    step: Step
    node: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rested:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tour:
    """What one vehicle does, what has begun included.

    Parameters
    ----------
    end
        When it is where it ends.
    cost
        Of the driving: what its jobs cost beside it is in the whole.
    """

    vehicle_id: str
    visits: tuple[Visited, ...]
    breaks: tuple[Rested, ...]
    end: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Due:
    """By when a part of a job is begun: the end of its window, or of the window with the step that is paid for."""

    delivery_latest: int
    pickup_latest: int | None = None
    part: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """How a job is done.

    Parameters
    ----------
    due
        Of each part that had not been done before.
    lateness
        What the steps of ladders cost.
    """

    job_id: str
    vehicle_id: str
    way: int
    due: tuple[Due, ...]
    lateness: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The routes, how each job is done or why it is not, and what all of it costs."""

    tours: tuple[Tour, ...]
    taken: tuple[Taken, ...]
    left_out: tuple[LeftOut, ...]
    cost: Cost
    iterations: int


def answered(
    expanded: Expanded, routed: Routed, *, known: Mapping[int, LeftOut], is_late: Callable[[], bool] = never_late
) -> Answer:
    """Read the routes, and let each job take its cheapest alternative that the same times meet.

    A visit that became early enough in the end no longer pays for the later step at which it was put in; unless
    waiting is paid or the span is bounded, and leaving late needs that step.

    Parameters
    ----------
    known
        By request: why it is left out, where that was found before the search.
    is_late
        Whether there is no time to look for further reasons.
    """
    tours = tuple(_tour(expanded, routed, r) for r in range(len(expanded.vehicles)))
    starts = _starts(expanded, routed)
    done = np.flatnonzero(routed.chosen[: len(expanded.jobs)] != LEFT_OUT)
    chosen = {q: _cheapest(expanded, routed, starts, q) for q in done.tolist()}
    cost = sum((tour.cost for tour in tours), Cost()) + _begun(expanded)
    for q, a in chosen.items():
        cost += _beside(expanded, q, a, int(routed.vehicle[q]))
    refused = sum(expanded.jobs[q].refusal or 0 for q in np.flatnonzero(routed.chosen == LEFT_OUT).tolist())
    return Answer(
        tours=tuple(tour for tour in tours if tour.visits),
        taken=tuple(_taken(expanded, q, a, int(routed.vehicle[q])) for q, a in chosen.items()),
        left_out=left_out(expanded, routed, known=known, is_late=is_late),
        cost=cost + Cost(refusal=refused),
        iterations=routed.iterations,
    )


def _tour(expanded: Expanded, routed: Routed, r: int) -> Tour:
    routing, routes, vehicle = expanded.routing, routed.routes, expanded.vehicles[r]
    visits, breaks = list[Visited](), list[Rested]()
    for k in range(1, int(routes.length[r]) + 1):
        number = int(routes.visit[r, k])
        start = int(routes.start[r, k])
        end, step = start + int(routing.visits.service[number]), expanded.steps[number]
        if step is not None:
            visits.append(Visited(step, stop_of(expanded.job_by_id, step).node, start, end))
        elif routing.visits.place[number] <= FIRST_BREAK:
            breaks.append(Rested(start, end))
    if is_idle(routing.visits, routes, r):
        return Tour(vehicle.vehicle_id, (), (), vehicle.shift_start, Cost())
    metres, seconds = route_totals(routes, routing.visits, r)
    cost = Cost(
        distance=int(metres) * vehicle.cost_m,
        time=int(seconds) * vehicle.cost_s,
        waiting=int(waiting_seconds(routing.fleet, routing.visits, routes, r, seconds)) * vehicle.cost_wait,
        use=vehicle.cost_use,
        overtime=int(overtime_seconds(routing.fleet, routing.visits, routes, r)) * vehicle.cost_overtime,
    )
    end = int(routes.start[r, routes.length[r] + 1])
    return Tour(vehicle.vehicle_id, tuple(visits), tuple(breaks), end, cost)


def _starts(expanded: Expanded, routed: Routed) -> I64:
    """[N]: when each visit starts that is in a route."""
    starts = np.zeros(len(expanded.steps), dtype=np.int64)
    for r, length in enumerate(routed.routes.length.tolist()):
        starts[routed.routes.visit[r, 1 : length + 1]] = routed.routes.start[r, 1 : length + 1]
    return starts


def _cheapest(expanded: Expanded, routed: Routed, starts: I64, q: int) -> int:
    """The cheapest alternative that is the same work at the same times on the same vehicle."""
    requests = expanded.routing.requests
    now, r = int(routed.chosen[q]), int(routed.vehicle[q])
    others = range(int(requests.first[q]), int(requests.first[q + 1]))
    extra_costs = requests.extra_cost[others.start : others.stop]
    vehicle = expanded.vehicles[r]
    leaves_late = vehicle.cost_wait or vehicle.max_span is not None
    if extra_costs[now - others.start] == extra_costs.min() or leaves_late:
        return now
    met = [a for a in others if requests.eligible[a, r] and _is_met(expanded, now, a, starts)]
    return min((now, *met), key=lambda a: int(requests.extra_cost[a]))


def _is_met(expanded: Expanded, now: int, other: int, starts: I64) -> bool:
    """Whether these starts of an alternative do for another one of the same job."""
    first = expanded.routing.requests.first_part
    one, two = (range(int(first[a]), int(first[a + 1])) for a in (now, other))
    if expanded.alternatives[now].way_idx != expanded.alternatives[other].way_idx:
        return len(one) == len(two) == 1 and _is_part_met(expanded, one[0], two[0], starts)
    return all(_is_part_met(expanded, m, n, starts) for m, n in zip(one, two, strict=True))


def _is_part_met(expanded: Expanded, m: int, other: int, starts: I64) -> bool:
    requests, visits = expanded.routing.requests, expanded.routing.visits

    def same(v: int, other: int) -> bool:
        if NO_VISIT in (v, other):
            return v == other
        facts = (visits.node, visits.place, visits.service, visits.setup, visits.apart)
        is_met = visits.earliest[other] <= starts[v] <= visits.latest[other]
        return bool(
            is_met and all(each[v] == each[other] for each in facts) and (visits.load[v] == visits.load[other]).all()
        )

    p, d = int(requests.pickup[m]), int(requests.delivery[m])
    bound = int(visits.bound[requests.delivery[other]])
    in_time = bound >= NEVER or starts[d] - starts[p] - visits.service[p] <= bound
    return bool(in_time and same(p, int(requests.pickup[other])) and same(d, int(requests.delivery[other])))


def _beside(expanded: Expanded, q: int, a: int, r: int) -> Cost:
    requests, late = expanded.routing.requests, expanded.alternatives[a].lateness
    moved = int(requests.disturbance[q]) if r != requests.home[q] else 0
    return Cost(ways=int(requests.extra_cost[a]) - late, lateness=late, disturbance=moved)


def _taken(expanded: Expanded, q: int, a: int, r: int) -> Taken:
    each = expanded.alternatives[a]
    return Taken(
        job_id=expanded.jobs[q].job_id,
        vehicle_id=expanded.vehicles[r].vehicle_id,
        way=each.way_idx,
        due=tuple(map(_due, each.parts)),
        lateness=each.lateness,
    )


def _due(timed: Timed) -> Due:
    is_ahead = timed.pickup is not None and not timed.is_on_board
    return Due(timed.delivery.latest, timed.pickup.latest if timed.pickup and is_ahead else None, timed.part_idx)


def _begun(expanded: Expanded) -> Cost:
    """What has begun costs beside the driving, as it is; a way is paid once nothing of it is left to be done."""
    late = sum(_late(expanded, each) for v in expanded.vehicles for each in v.begun)
    is_open = {each.job_id for each in expanded.jobs}
    ways = (expanded.job_by_id[each].ways[way] for each, (_, way) in expanded.bound.items() if each not in is_open)
    return Cost(ways=sum(way.extra_cost for way in ways), lateness=late)


def _late(expanded: Expanded, begun: Begun) -> int:
    """Behind the last step of its ladder it costs as much as that."""
    possible = spans(stop_of(expanded.job_by_id, begun.step))
    met = [span.cost for span in possible if span.earliest <= begun.start <= span.latest]
    return min(met) if met else max(span.cost for span in possible)

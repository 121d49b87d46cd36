"""What is asked: the cheapest plan behind promises that stand, and what it may be made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple, Self

from models.contract import Contract
from models.issues import InputError, Issue, IssueCode
from models.problem import Problem
from models.promise import Mode, PromiseState
from models.resource import Technician, Vehicle
from models.timing import Horizon, TimeWindow
from solver.check.ways import Ways, same_place
from solver.oracle.jobs import Job, Node, Span, jobs_of, nodes_of

BASE = -1
"""Stands in an arc for where a route starts and where it ends."""

Mobile = Vehicle | Technician

_SECOND = timedelta(seconds=1)


class Arc(NamedTuple):
    """From one visit of a route to the next.

    Parameters
    ----------
    tail, head
        Indices of nodes, or BASE.
    rested_setup_s
        The set-up if a break comes between: it ends a stop.
    """

    tail: int
    head: int
    travel_s: int
    travel_m: int
    setup_s: int
    rested_setup_s: int


@dataclass(frozen=True, eq=False)
class Tour:
    """Everything that one vehicle or technician could do.

    Parameters
    ----------
    shift
        From when it may depart, until when it must be done, overtime included.
    regular_end
        Of the shift without overtime.
    breaks
        Of each break in its order: when it may start.
    """

    mobile: Mobile
    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    shift: Span
    regular_end: int
    breaks: tuple[tuple[Span, ...], ...]

    @property
    def resource_id(self) -> str:
        return self.mobile.resource_id


class Link(NamedTuple):
    """`after` starts `gap_s` after the start of `before` at the earliest."""

    before: Job
    after: Job
    gap_s: int


@dataclass(frozen=True, eq=False)
class Question:
    """Promised items, the visits and routes that they could get, and who may go without.

    Parameters
    ----------
    alternatives
        Of each group of contracts, at most one is served, and it is good to serve one; contracts in
        no group have to be served.
    links
        Items whose visits are coupled exactly instead of by their promised windows.
    """

    problem: Problem
    jobs: tuple[Job, ...]
    nodes: tuple[Node, ...]
    tours: tuple[Tour, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    links: tuple[Link, ...] = ()

    @classmethod
    def of(cls, problem: Problem, *, alternatives: Sequence[Sequence[str]] = (), exact: bool = False) -> Self:
        """The question behind a problem in which nothing has begun.

        Raises
        ------
        InputError
            Something has begun, a contract has no promise for one of its items, or there is traffic.
        """
        if issues := [*_out_of_scope(problem)]:
            raise InputError(*issues)
        asked = problem.contracts
        if exact:
            problem = replace(problem, contracts=tuple(map(widened, asked)))
        jobs = tuple(job for contract in problem.contracts for job in jobs_of(problem, contract))
        last_s = max((_seconds(problem, each)[1] for each in problem.catalogue.mobiles), default=0)
        nodes = tuple(_tightened(problem, nodes_of(problem, jobs, last_s=last_s)))
        tours = tuple(_tour(problem, mobile, nodes) for mobile in problem.catalogue.mobiles)
        links = tuple(link for contract in asked for link in _links(contract, jobs)) if exact else ()
        return cls(
            problem=problem,
            jobs=jobs,
            nodes=nodes,
            tours=tuple(tour for tour in tours if tour.nodes and all(tour.breaks)),
            alternatives=tuple(map(tuple, alternatives)),
            links=links,
        )

    @property
    def horizon(self) -> Horizon:
        return self.problem.horizon

    def contract(self, contract_id: str) -> Contract:
        return next(each for each in self.problem.contracts if each.contract_id == contract_id)


def least_between(problem: Problem, mobile: Mobile, first: Node, last: Node, *, nodes: Sequence[Node]) -> int | None:
    """Seconds from the start of one visit to that of another by the same vehicle, whatever comes between.

    The tables hold fastest ways, so no detour is faster; who comes from elsewhere sets up, at least as
    briefly as anybody does there. None: no way leads there.
    """
    leg = Ways(problem.travel).leg(mobile.profile, first.place, last.place)
    if leg is None:
        return None
    if same_place(first.place, last.place):
        return first.service_s
    setup_s = min(node.setup_s for node in nodes if same_place(node.place, last.place))
    return first.service_s + leg.seconds + setup_s


def _tightened(problem: Problem, nodes: Sequence[Node]) -> Iterator[Node]:
    """Each visit at a site with the times that its item's visit at the door leaves it."""
    door_by_key = {node.job.key: node for node in nodes if node.is_at_door}
    for node in nodes:
        door = door_by_key.get(node.job.key)
        if node.is_at_door or door is None:
            yield node
            continue
        pair = (door, node) if node.job.placed.is_collection else (node, door)
        mobiles = [each for each in problem.catalogue.mobiles if _may_do(each, node)]
        found = [least_between(problem, each, *pair, nodes=nodes) for each in mobiles]
        least = min((each for each in found if each is not None), default=0)
        first, last = (door.earliest + least, node.latest) if pair[1] is node else (0, door.latest - least)
        starts = tuple((max(a, first), min(b, last)) for a, b in node.starts if max(a, first) <= min(b, last))
        yield replace(node, starts=starts or node.starts)


def widened(contract: Contract) -> Contract:
    """Linked visits with their promised windows joined, from the first one's earliest to the last one's latest.

    No precedence is left: it holds between promised windows, and here it is one of realised times.
    """
    window_by_id = {promise.item_id: promise.window for promise in contract.promises}
    travelled = {each.item_id for each in contract.promises if each.mode in (Mode.RIDER, Mode.VAN, Mode.TECHNICIAN)}
    for link in contract.precedences:
        pair = link.before_item_id, link.after_item_id
        if travelled.issuperset(pair):
            earliest = min(window_by_id[item_id].earliest for item_id in pair)
            latest = max(window_by_id[item_id].latest for item_id in pair)
            window_by_id |= dict.fromkeys(pair, TimeWindow(earliest=earliest, latest=latest))
    for group in (*contract.same_visits, *contract.same_starts):
        windows = [window_by_id[item_id] for item_id in group.item_ids if item_id in travelled]
        for item_id in group.item_ids if windows else ():
            window_by_id[item_id] = TimeWindow(
                earliest=min(each.earliest for each in windows), latest=max(each.latest for each in windows)
            )
    promises = tuple(each.model_copy(update={"window": window_by_id[each.item_id]}) for each in contract.promises)
    return contract.model_copy(update={"promises": promises, "precedences": ()})


def _links(contract: Contract, jobs: Sequence[Job]) -> Iterator[Link]:
    job_by_key = {job.key: job for job in jobs}
    for link in contract.precedences:
        before = job_by_key[contract.contract_id, link.before_item_id]
        after = job_by_key[contract.contract_id, link.after_item_id]
        if before.is_travelled_for and after.is_travelled_for:
            gap = before.placed.item.service_duration + link.lag
            yield Link(before, after, -(-gap // _SECOND))


def _out_of_scope(problem: Problem) -> Iterator[Issue]:
    if spells := problem.catalogue.traffic:
        yield Issue(
            code=IssueCode.ORACLE_SCOPE,
            path="catalogue.traffic",
            message=f"spells of traffic ({len(spells)}) must be 0: the oracle's legs take as long at any time",
            hint="ask about the same problem on free streets",
        )
    for contract in problem.contracts:
        promise_by_id = {promise.item_id: promise for promise in contract.promises}
        for item in contract.items:
            promise = promise_by_id.get(item.item_id)
            if promise is None or promise.state is not PromiseState.OPEN:
                yield Issue(
                    code=IssueCode.ORACLE_SCOPE,
                    path=f"contracts[{contract.contract_id}].items[{item.item_id}]",
                    message=f"promise ({promise.state if promise else 'none'}) must be {PromiseState.OPEN}",
                    hint="ask about contracts whose items all have a promise that stands",
                )
    for route in problem.initial_plan.routes:
        begun = [*(visit.depart for visit in route.visits), *(each.start for each in route.breaks)]
        if begun and min(begun) <= problem.freeze_until:
            yield Issue(
                code=IssueCode.ORACLE_SCOPE,
                path=f"initial_plan.routes[{route.resource_id}]",
                message=f"first departure or break ({min(begun)}) must be > freeze_until ({problem.freeze_until})",
                hint="ask about a plan of which nothing has begun",
            )


def _tour(problem: Problem, mobile: Mobile, nodes: Sequence[Node]) -> Tour:
    own = tuple(node for node in nodes if _may_do(mobile, node))
    first, last = _seconds(problem, mobile)
    horizon = problem.horizon
    return Tour(
        mobile=mobile,
        nodes=own,
        arcs=tuple(_arcs(problem, mobile, own)),
        shift=(first, last),
        regular_end=horizon.seconds(mobile.shift.end),
        breaks=tuple(_break_starts(problem, mobile)),
    )


def _may_do(mobile: Mobile, node: Node) -> bool:
    return any(way.resource_id == mobile.resource_id and node.is_by(way) for way in node.job.ways)


def _seconds(problem: Problem, mobile: Mobile) -> Span:
    horizon, shift = problem.horizon, mobile.shift
    first = max(horizon.seconds_up(shift.start), horizon.seconds_up(problem.now))
    return first, horizon.seconds(shift.end + mobile.overtime)


def _break_starts(problem: Problem, mobile: Mobile) -> Iterator[tuple[Span, ...]]:
    """From now on; who has no visits may have taken a break as early as it may start."""
    horizon, now = problem.horizon, problem.horizon.seconds_up(problem.now)
    has_visits = any(route.visits for route in problem.initial_plan.routes if route.resource_id == mobile.resource_id)
    for each in mobile.breaks:
        first, last = horizon.seconds_up(each.window.earliest), horizon.seconds(each.window.latest)
        taken = [(first, first)] if first < now and not has_visits else []
        to_come = [(max(first, now), last)] if max(first, now) <= last else []
        yield (*taken, *to_come)


def _arcs(problem: Problem, mobile: Mobile, nodes: Sequence[Node]) -> Iterator[Arc]:
    """Every arc that a route could use by itself."""
    ways, (first, last) = Ways(problem.travel), _seconds(problem, mobile)
    for node in nodes:
        leg = ways.leg(mobile.profile, mobile.start_place, node.place)
        if leg and _may_begin(node) and first + leg.seconds + node.setup_s <= node.latest:
            yield Arc(BASE, node.idx, leg.seconds, leg.metres, node.setup_s, node.setup_s)
        home = ways.leg(mobile.profile, node.place, mobile.end_place) if mobile.end_place else None
        reaches = mobile.end_place is None or home is not None
        seconds, metres = (home.seconds, home.metres) if home else (0, 0)
        if reaches and _may_end(node) and node.earliest + node.service_s + seconds <= last:
            yield Arc(node.idx, BASE, seconds, metres, 0, 0)
    for tail in nodes:
        for head in nodes:
            leg = ways.leg(mobile.profile, tail.place, head.place) if _may_follow(tail, head) else None
            if leg is None:
                continue
            setup_s = 0 if same_place(tail.place, head.place) else head.setup_s
            if tail.earliest + tail.service_s + leg.seconds + setup_s <= head.latest:
                yield Arc(tail.idx, head.idx, leg.seconds, leg.metres, setup_s, head.setup_s)


def _may_begin(node: Node) -> bool:
    """Nothing is brought before it is fetched."""
    return node.sign >= 0


def _may_end(node: Node) -> bool:
    return node.sign <= 0


def _may_follow(tail: Node, head: Node) -> bool:
    if tail is head:
        return False
    return tail.job is not head.job or (tail.sign > 0 > head.sign)

"""From what CP-SAT decided to a plan."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, time

from ortools.sat.python import cp_model

from models.plan import (
    Assignment,
    CapacityKind,
    CapacityUse,
    PlacedBreak,
    Plan,
    Route,
    Visit,
)
from models.promise import Mode
from models.timing import seconds_of
from solver.check import recompute_cost
from solver.check.case import EPOCH, Case, Key
from solver.oracle.constraints import counter_buckets
from solver.oracle.jobs import Job, Node, Way
from solver.oracle.question import BASE, Arc, Question, Tour
from solver.oracle.variables import Variables, picking_s, released, session_buckets

Value = Callable[[cp_model.IntVar], int]
"""What a variable is in the solution."""


def plan_of(question: Question, variables: Variables, value: Value) -> Plan:
    """The plan, its cost reckoned by the checker."""
    ways = {job.key: way for job in question.jobs for way, x in variables.taken[job.key].items() if value(x)}
    routes = tuple(route for tour in question.tours if (route := _route(question, tour, variables, value)))
    cells = _picking(question, variables, ways, value)
    starts = {node.job.key: value(variables.starts[node.idx]) for node in question.nodes if node.is_at_door}
    returned = {
        node.job.key: value(variables.starts[node.idx])
        for node in question.nodes
        if node.job.key in ways and node.site_id and node.site_id == ways[node.job.key].site_id
    }
    assignments = []
    for job in question.jobs:
        if job.key not in ways:
            continue
        planned = starts.get(job.key)
        if job.mode is Mode.REMOTE:
            number = value(variables.sessions[job.key])
            start = EPOCH + number * question.problem.catalogue.policy.desk_bucket
        else:
            start = job.promise.window.earliest if planned is None else question.horizon.instant(planned)
        uses = (*cells.get(job.key, ()), *_uses(question, job, ways[job.key], start, returned.get(job.key)))
        assignments.append(_assignment(question, job, ways[job.key], start, uses))
    plan = Plan(routes=routes, assignments=tuple(assignments))
    return plan.model_copy(update={"cost": recompute_cost(question.problem, plan)})


def _assignment(question: Question, job: Job, way: Way, start: datetime, uses: tuple[CapacityUse, ...]) -> Assignment:
    picked = [use.bucket_start for use in uses if use.kind is CapacityKind.PICKING]
    if picked:
        ready = max(picked) + question.problem.catalogue.policy.pick_bucket
    elif job.placed.hands_over_goods:
        ready = max(job.placed.contract.created_time, question.problem.now)
    else:
        ready = job.promise.window.earliest
    return Assignment(
        contract_id=job.key[0],
        item_id=job.key[1],
        mode=job.mode,
        site_id=way.site_id,
        resource_id=way.resource_id,
        ready_time=ready,
        planned_start=start,
        uses=uses,
    )


def _uses(question: Question, job: Job, way: Way, start: datetime, at_site: int | None) -> Iterator[CapacityUse]:
    """Everything but the picking."""
    policy = question.problem.catalogue.policy
    yield from way.uses
    if job.mode is Mode.PICKUP:
        for number in counter_buckets(question, job):
            yield _use(CapacityKind.COUNTER, way.site_id, EPOCH + number * policy.counter_bucket)
    if job.mode is Mode.REMOTE:
        for n in range(session_buckets(question, job)):
            yield _use(CapacityKind.DESK, way.resource_id, start + n * policy.desk_bucket)
    if job.placed.is_collection and at_site is not None:
        zone = question.problem.catalogue.zone
        day = question.horizon.instant(at_site).astimezone(zone).date()
        yield _use(CapacityKind.RETURNS, way.site_id, datetime.combine(day, time(0), zone))


def _use(kind: CapacityKind, owner_id: str | None, start: datetime, amount: int = 1) -> CapacityUse:
    return CapacityUse(kind=kind, owner_id=owner_id or "", bucket_start=start, amount=amount)


def _picking(
    question: Question, variables: Variables, ways: dict[Key, Way], value: Value
) -> dict[Key, tuple[CapacityUse, ...]]:
    """The buckets of every item: in each, what is due first is picked first."""
    found: defaultdict[Key, list[CapacityUse]] = defaultdict(list)
    bucket, hours = question.problem.catalogue.policy.pick_bucket, Case(question.problem, Plan()).hours
    for site in question.problem.catalogue.sites:
        jobs = [
            job
            for job in question.jobs
            if job.placed.hands_over_goods and job.key in ways and ways[job.key].site_id == site.site_id
        ]
        jobs.sort(key=lambda job: value(variables.ready[job.key]))
        left = {job.key: picking_s(question, job, site.site_id) for job in jobs}
        start = min((released(question, job) for job in jobs), default=question.horizon.end)
        while any(left.values()):
            room = site.pickers * hours.open_seconds(site, start, start + bucket)
            for job in jobs:
                amount = min(room, left[job.key]) if released(question, job) <= start else 0
                if amount:
                    found[job.key].append(_use(CapacityKind.PICKING, site.site_id, start, amount))
                    room, left[job.key] = room - amount, left[job.key] - amount
            start += bucket
    return {key: tuple(uses) for key, uses in found.items()}


def _route(question: Question, tour: Tour, variables: Variables, value: Value) -> Route | None:
    own = variables.tours[tour.resource_id]
    if not value(own.used):
        return None
    arcs = list(_driven({arc.tail: arc for arc in tour.arcs if value(own.arcs[arc.tail, arc.head])}))
    node_by_idx = {node.idx: node for node in tour.nodes}
    behind = {place for rests in own.rests for place, literal in rests.items() if value(literal)}
    visits, work_s = [], 0
    for arc in arcs:
        work_s += arc.travel_s
        if arc.head != BASE:
            node = node_by_idx[arc.head]
            setup_s = arc.rested_setup_s if arc.tail in behind else arc.setup_s
            work_s += setup_s + node.service_s
            visits.append(_visit(question, node, arc, setup_s, value(variables.starts[node.idx])))
    instant = question.horizon.instant
    return Route(
        resource_id=tour.resource_id,
        version=1,
        visits=tuple(visits),
        breaks=tuple(
            PlacedBreak(start=instant(value(start)), end=instant(value(start) + seconds_of(rest.duration)))
            for start, rest in zip(own.break_starts, tour.mobile.breaks, strict=True)
        ),
        distance_m=sum(arc.travel_m for arc in arcs),
        work_s=work_s,
    )


def _driven(arc_by_tail: dict[int, Arc]) -> Iterator[Arc]:
    place = BASE
    while True:
        arc = arc_by_tail[place]
        yield arc
        place = arc.head
        if place == BASE:
            return


def _visit(question: Question, node: Node, arc: Arc, setup_s: int, start: int) -> Visit:
    instant = question.horizon.instant
    return Visit(
        contract_id=node.job.key[0],
        item_id=node.job.key[1],
        kind=node.kind,
        place=node.place,
        depart=instant(start - setup_s - arc.travel_s),
        arrival=instant(start - setup_s),
        start=instant(start),
        end=instant(start + node.service_s),
    )

"""What CP-SAT decides: ways, arcs of routes, times, breaks, and when goods are picked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ortools.sat.python import cp_model

from models.order import LOAD_DIMENSIONS
from models.promise import Mode
from models.timing import seconds_of
from solver.check.case import EPOCH, Key
from solver.oracle.jobs import Job, Node, Span, Way
from solver.oracle.question import BASE, Arc, Question, Tour

Literal = cp_model.IntVar


@dataclass(frozen=True, eq=False)
class TourVariables:
    """One vehicle's or technician's route.

    Parameters
    ----------
    visited
        By node: whether this vehicle goes there.
    arcs
        By tail and head.
    rests
        For each break, by node or BASE: whether it is taken behind that visit.
    break_starts, end
        In seconds.
    """

    used: Literal
    visited: dict[int, Literal]
    arcs: dict[tuple[int, int], Literal]
    rests: tuple[dict[int, Literal], ...]
    break_starts: tuple[cp_model.IntVar, ...]
    end: cp_model.IntVar


@dataclass(frozen=True, eq=False)
class Variables:
    """All of them.

    Parameters
    ----------
    served
        By contract.
    taken
        By item and way.
    starts
        By node.
    ready
        By item that is picked: no later than this all is picked.
    sessions
        By item: the bucket in which its session starts, counted from the epoch.
    loads
        By node and dimension: what is on board behind it, at least.
    """

    served: dict[str, Literal]
    taken: dict[Key, dict[Way, Literal]]
    starts: dict[int, cp_model.IntVar]
    ready: dict[Key, cp_model.IntVar]
    sessions: dict[Key, cp_model.IntVar]
    loads: dict[tuple[int, str], cp_model.IntVar]
    tours: dict[str, TourVariables]

    def from_site(self, key: Key, site_id: str) -> cp_model.LinearExpr:
        """1 if an item is done from that site."""
        return cp_model.LinearExpr.sum([x for way, x in self.taken[key].items() if way.site_id == site_id])

    def by_resource(self, key: Key, resource_id: str) -> cp_model.LinearExpr:
        return cp_model.LinearExpr.sum([x for way, x in self.taken[key].items() if way.resource_id == resource_id])


def variables_of(model: cp_model.CpModel, question: Question) -> Variables:
    optional = {contract_id for group in question.alternatives for contract_id in group}
    served = {
        contract.contract_id: model.new_bool_var(f"served {contract.contract_id}")
        if contract.contract_id in optional
        else model.new_constant(1)
        for contract in question.problem.contracts
    }
    taken = {
        job.key: {way: model.new_bool_var(f"{job.key} {n}") for n, way in enumerate(job.ways)} for job in question.jobs
    }
    return Variables(
        served=served,
        taken=taken,
        starts={node.idx: _start(model, node) for node in question.nodes},
        ready={job.key: _ready(model, question, job) for job in question.jobs if job.placed.hands_over_goods},
        sessions={job.key: _session(model, question, job) for job in question.jobs if job.mode is Mode.REMOTE},
        loads={
            (node.idx, name): model.new_int_var(0, _most_on_board(question, name), f"{name} behind {node.idx}")
            for node in question.nodes
            for name in LOAD_DIMENSIONS
            if node.job.is_carried
        },
        tours={tour.resource_id: _tour(model, tour, taken) for tour in question.tours},
    )


def _start(model: cp_model.CpModel, node: Node) -> cp_model.IntVar:
    return model.new_int_var_from_domain(_domain(node.starts), f"start {node.idx}")


def _domain(spans: tuple[Span, ...]) -> cp_model.Domain:
    return cp_model.Domain.from_intervals([list(span) for span in spans])


def _ready(model: cp_model.CpModel, question: Question, job: Job) -> cp_model.IntVar:
    """Ends of buckets, and whatever lies between: only what is required of it counts."""
    first = question.horizon.seconds_up(_known(question, job))
    return model.new_int_var(first, max(job.window[1], first), f"{job.key} ready")


def released(question: Question, job: Job) -> datetime:
    """When its picking may begin: with the first bucket behind the contract's creation, and not in the past."""
    bucket = question.problem.catalogue.policy.pick_bucket
    return EPOCH - (EPOCH - _known(question, job)) // bucket * bucket


def _known(question: Question, job: Job) -> datetime:
    return max(job.placed.contract.created_time, question.problem.now)


def _session(model: cp_model.CpModel, question: Question, job: Job) -> cp_model.IntVar:
    bucket, window = question.problem.catalogue.policy.desk_bucket, job.promise.window
    first, last = -((EPOCH - window.earliest) // bucket), (window.latest - EPOCH) // bucket
    return model.new_int_var(first, max(first, last), f"{job.key} session")


def session_buckets(question: Question, job: Job) -> int:
    """How many buckets its session takes."""
    bucket = question.problem.catalogue.policy.desk_bucket
    return -(-timedelta(seconds=job.service_s) // bucket)


def _most_on_board(question: Question, name: str) -> int:
    return sum(getattr(job.placed.item.load, name) for job in question.jobs if job.is_carried)


def _tour(model: cp_model.CpModel, tour: Tour, taken: dict[Key, dict[Way, Literal]]) -> TourVariables:
    name = tour.resource_id
    places = [BASE, *(node.idx for node in tour.nodes)]
    return TourVariables(
        used=model.new_bool_var(f"{name} used"),
        visited={node.idx: _visited(model, tour, node, taken) for node in tour.nodes},
        arcs={(arc.tail, arc.head): _arc(model, tour, arc) for arc in tour.arcs},
        rests=tuple(
            {place: model.new_bool_var(f"{name} break {n} behind {place}") for place in places}
            for n in range(len(tour.breaks))
        ),
        break_starts=tuple(
            model.new_int_var_from_domain(_domain(spans), f"{name} break {n}") for n, spans in enumerate(tour.breaks)
        ),
        end=model.new_int_var(min(tour.shift), tour.shift[1], f"{name} end"),
    )


def _arc(model: cp_model.CpModel, tour: Tour, arc: Arc) -> Literal:
    return model.new_bool_var(f"{tour.resource_id} {arc.tail}-{arc.head}")


def _visited(model: cp_model.CpModel, tour: Tour, node: Node, taken: dict[Key, dict[Way, Literal]]) -> Literal:
    """The literal of the one way that leads there; of several a new one, that is their sum."""
    ways = [
        literal
        for way, literal in taken[node.job.key].items()
        if way.resource_id == tour.resource_id and node.is_by(way)
    ]
    if len(ways) == 1:
        return ways[0]
    visited = model.new_bool_var(f"{tour.resource_id} at {node.idx}")
    model.add(cp_model.LinearExpr.sum(ways) == visited)
    return visited


def picking_s(question: Question, job: Job, site_id: str) -> int:
    """Picker-seconds that it takes at a site."""
    return job.num_lines * seconds_of(question.problem.catalogue.site_by_id[site_id].pick_duration_per_line)

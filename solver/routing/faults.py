"""What is malformed in a statement: all of it at once, and nothing is searched.

What is well-formed and merely cannot be done is no fault: it is left out, with a reason
(`solver.routing.left_out`).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator

import numpy as np

from models.issues import InputError, Issue, IssueCode
from solver.kernels.arrays import FREE_FLOW
from solver.kernels.ruin_recreate import DEAREST_OPTIONAL
from solver.routing.in_traffic import faults_of_traffic, slowest
from solver.routing.search import MUST
from solver.routing.stating import ENDLESS, Job, OnBoard, Part, Statement, Step, Stop, Table, Vehicle, Way

MOST_ALTERNATIVES = 200_000
MOST_LOOKS = 40_000_000
"""Alternatives times vehicles: the search remembers what each costs there, in 24 bytes."""

MOST_DIMENSIONS = 62
"""Of the load, with the classes that are kept apart: a visit names those that must be empty by the bits of a number."""

STUCK = 4 * MUST
"""The price of not delivering what is on board."""

_MOST_COST = 2**62
_MOST_LOAD = 2**40
_MOST_LEG = 2**31 - 1


def check(statement: Statement) -> None:
    """Refuse what is malformed.

    Raises
    ------
    InputError
        Every issue of the statement.
    """
    if issues := tuple(faults(statement)):
        raise InputError(*issues)


def faults(statement: Statement) -> Iterator[Issue]:
    """Every rule that the statement breaks."""
    tables = [*_tables(statement)]
    yield from tables
    num_profiles, num_nodes = statement.seconds.shape[:2] if not tables else (ENDLESS, ENDLESS)
    vehicle_ids = {each.vehicle_id for each in statement.vehicles}
    job_by_id = {each.job_id: each for each in statement.jobs}
    yield from _repeated("vehicles", (each.vehicle_id for each in statement.vehicles))
    yield from _repeated("jobs", (each.job_id for each in statement.jobs))
    yield from _time("now", statement.now)
    yield from faults_of_traffic(statement, num_profiles=num_profiles)
    yield from _apart(statement)
    for vehicle in statement.vehicles:
        yield from _vehicle(vehicle, num_nodes=num_nodes, num_profiles=num_profiles)
        yield from _steps(vehicle, job_by_id)
        yield from _held(vehicle, job_by_id, statement.apart)
    yield from _done_twice(statement)
    yield from _torn(statement, job_by_id)
    for job in statement.jobs:
        yield from _job(job, vehicle_ids=vehicle_ids, num_nodes=num_nodes)
    yield from _places(statement)
    yield from _size(statement)
    if not tables:
        yield from _costs(statement)


def count_alternatives(way: Way, kinds: Collection[str]) -> int:
    """How many a way becomes, at most, on vehicles of these kinds; nothing is expanded."""
    stops = _stops_of(way)
    count = math.prod(map(_num_times, stops))
    named = {kind for stop in stops for kind, _ in stop.service_by_kind}
    return count * min(len(kinds), len(named & set(kinds)) + 1)


def _num_times(stop: Stop) -> int:
    return len(stop.windows) * (1 + len(stop.ladder))


def _issue(code: IssueCode, path: str, message: str, hint: str) -> Issue:
    return Issue(code=code, path=path, message=message, hint=hint)


def _between(path: str, value: int, least: int, most: int) -> Iterator[Issue]:
    if not least <= value <= most:
        message = f"{path.rsplit('.', 1)[-1]} ({value}) must be >= {least} and <= {most}"
        yield _issue(IssueCode.VALUE_INVALID, path, message, "correct the value")


def _time(path: str, value: int) -> Iterator[Issue]:
    return _between(path, value, 0, ENDLESS)


def _price(path: str, value: int) -> Iterator[Issue]:
    return _between(path, value, 0, DEAREST_OPTIONAL - 1)


def _repeated(path: str, ids: Iterable[str]) -> Iterator[Issue]:
    for each, times in sorted(Counter(ids).items()):
        if times > 1:
            message = f"id {each} must be there once, not {times} times"
            yield _issue(IssueCode.ID_DUPLICATE, f"{path}[{each}]", message, "give each an id of its own")


def _tables(statement: Statement) -> Iterator[Issue]:
    seconds, metres = statement.seconds, statement.metres
    for path, table in (("seconds", seconds), ("metres", metres)):
        if table.ndim != 3 or table.shape[1] != table.shape[2]:
            message = f"shape {_shape(table)} must be profiles x nodes x nodes"
            yield _issue(IssueCode.VALUE_INVALID, path, message, "give a row and a column for each node")
        else:
            yield from _entries(path, table)
    if seconds.shape != metres.shape:
        message = f"shape of metres {_shape(metres)} must be that of seconds {_shape(seconds)}"
        yield _issue(IssueCode.VALUE_INVALID, "metres", message, "give both tables for the same nodes")


def _shape(table: Table) -> str:
    return " x ".join(map(str, table.shape)) or "none"


def _entries(path: str, table: Table) -> Iterator[Issue]:
    """Every entry is a whole number that 32 bits hold, or -1; nothing lies between a node and itself."""
    if not table.size:
        return
    wrong = np.zeros(1, dtype=np.bool_)
    if not (table.min() >= -1 and table.max() <= _MOST_LEG):  # also where a NaN makes both of it false
        wrong = ~((table >= -1) & (table <= _MOST_LEG))
    elif not np.issubdtype(table.dtype, np.integer):
        wrong = table != np.floor(table)
    if wrong.any():
        at = tuple(map(int, np.argwhere(wrong)[0]))
        message = f"entry {list(at)} ({table[at]}) must be a whole number <= {_MOST_LEG}, >= 0 or -1: no way"
        hint = f"correct it and what else there is: {int(wrong.sum())} entries in all"
        yield _issue(IssueCode.VALUE_INVALID, f"{path}{list(at)}", message, hint)
        return
    own = np.diagonal(table, axis1=1, axis2=2)
    if own.any():
        at = tuple(map(int, np.argwhere(own)[0]))
        message = f"way of node {at[1]} to itself ({own[at]}) must be 0"
        yield _issue(IssueCode.VALUE_INVALID, path, message, "put 0 on the diagonal")


def _node(path: str, node: int, num_nodes: int) -> Iterator[Issue]:
    if not 0 <= node < num_nodes:
        message = f"node ({node}) must be >= 0 and < the number of nodes ({num_nodes})"
        yield _issue(IssueCode.REFERENCE_DANGLING, path, message, "name a node of the tables")


def _vehicle(vehicle: Vehicle, *, num_nodes: int, num_profiles: int) -> Iterator[Issue]:
    path = f"vehicles[{vehicle.vehicle_id}]"
    yield from _node(f"{path}.start", vehicle.start, num_nodes)
    if vehicle.end is not None:
        yield from _node(f"{path}.end", vehicle.end, num_nodes)
    if not 0 <= vehicle.profile < num_profiles:
        message = f"profile ({vehicle.profile}) must be >= 0 and < the number of tables ({num_profiles})"
        yield _issue(IssueCode.REFERENCE_DANGLING, f"{path}.profile", message, "name a profile of the tables")
    for name in ("shift_start", "shift_end"):
        yield from _time(f"{path}.{name}", getattr(vehicle, name))
    for name in ("cost_m", "cost_s", "cost_wait", "cost_use", "cost_overtime"):
        yield from _price(f"{path}.{name}", getattr(vehicle, name))
    if vehicle.regular_end is not None:
        yield from _time(f"{path}.regular_end", vehicle.regular_end)
    if vehicle.max_span is not None:
        yield from _time(f"{path}.max_span", vehicle.max_span)
    if vehicle.shift_start > vehicle.shift_end:
        message = f"shift_start ({vehicle.shift_start}) must be <= shift_end ({vehicle.shift_end})"
        yield _issue(IssueCode.WINDOW_REVERSED, f"{path}.shift_start", message, "correct the shift")
    for d, room in enumerate(vehicle.capacity):
        yield from _between(f"{path}.capacity[{d}]", room, 0, _MOST_LOAD)
    for n, each in enumerate(vehicle.breaks):
        yield from _time(f"{path}.breaks[{n}].duration", each.duration)
        yield from _window(f"{path}.breaks[{n}]", each.earliest, each.latest)


def _window(path: str, earliest: int, latest: int) -> Iterator[Issue]:
    yield from _time(f"{path}.earliest", earliest)
    yield from _time(f"{path}.latest", latest)
    if earliest > latest:
        message = f"earliest ({earliest}) must be <= latest ({latest})"
        yield _issue(IssueCode.WINDOW_REVERSED, f"{path}.earliest", message, "correct the window")


def _all_steps(vehicle: Vehicle) -> Iterator[tuple[str, Step]]:
    path = f"vehicles[{vehicle.vehicle_id}]"
    yield from ((f"{path}.begun[{n}]", each.step) for n, each in enumerate(vehicle.begun))
    yield from ((f"{path}.on_board[{n}]", _fetched(each)) for n, each in enumerate(vehicle.on_board))
    yield from ((f"{path}.planned[{n}]", each) for n, each in enumerate(vehicle.planned))


def _steps(vehicle: Vehicle, job_by_id: dict[str, Job]) -> Iterator[Issue]:
    """Steps name jobs and ways that there are, and a delivery follows its pickup."""
    on_board = set[tuple[str, int, int]]()
    for path, step in _all_steps(vehicle):
        part = _part(step, job_by_id)
        if part is None:
            which = f"way {step.way}, part {step.part}" if step.part else f"way {step.way}"
            message = f"job {step.job_id}, {which} must be among the jobs"
            yield _issue(IssueCode.REFERENCE_DANGLING, path, message, "name a job and one of its ways")
            continue
        if step.is_pickup and part.pickup is None:
            message = f"way {step.way} of job {step.job_id} must have a pickup"
            yield _issue(IssueCode.REFERENCE_DANGLING, path, message, "name a way with a pickup")
        elif step.is_pickup:
            on_board.add((step.job_id, step.way, step.part))
        elif part.pickup is not None and (step.job_id, step.way, step.part) not in on_board:
            message = f"delivery of job {step.job_id} must follow its pickup"
            yield _issue(IssueCode.REFERENCE_DANGLING, path, message, "put the pickup before it")
    delivered = {(step.job_id, step.part) for step in vehicle.planned if not step.is_pickup}
    for n, step in enumerate(vehicle.planned):
        if step.is_pickup and (step.job_id, step.part) not in delivered:
            message = f"pickup of job {step.job_id} must be followed by its delivery"
            path = f"vehicles[{vehicle.vehicle_id}].planned[{n}]"
            yield _issue(IssueCode.REFERENCE_DANGLING, path, message, "plan the delivery, or leave out both")
    for n, begun in enumerate(vehicle.begun):
        yield from _time(f"vehicles[{vehicle.vehicle_id}].begun[{n}].start", begun.start)
    for n, each in enumerate(vehicle.on_board):
        yield from _time(f"vehicles[{vehicle.vehicle_id}].on_board[{n}].since", each.since)


def _part(step: Step, job_by_id: dict[str, Job]) -> Part | None:
    """What a step is of; None if there is no such thing."""
    job = job_by_id.get(step.job_id)
    if job is None or not 0 <= step.way < len(job.ways) or not 0 <= step.part < len(job.ways[step.way].parts):
        return None
    return job.ways[step.way].parts[step.part]


def _fetched(each: OnBoard) -> Step:
    return Step(each.job_id, each.way, True, each.part)


def _held(vehicle: Vehicle, job_by_id: dict[str, Job], apart: tuple[tuple[str, str], ...]) -> Iterator[Issue]:
    """What is on board once all that has begun is done is a fact, and so fits and goes together."""
    held = dict[tuple[str, int], Part]()
    for step in (*map(_fetched, vehicle.on_board), *(each.step for each in vehicle.begun)):
        part = _part(step, job_by_id)
        if part is None:
            continue
        if step.is_pickup or part.pickup is None:
            held[step.job_id, step.part] = part
        else:
            held.pop((step.job_id, step.part), None)
    goods = {each.goods for each in held.values()}
    for one, two in apart:
        if one != two and {one, two} <= goods:
            message = f"goods on board ({one}) must not be there beside others on board ({two})"
            path = f"vehicles[{vehicle.vehicle_id}].on_board"
            yield _issue(IssueCode.VALUE_INVALID, path, message, "correct what is on board, or what is kept apart")
    for d in range(max((len(each.load) for each in held.values()), default=0)):
        load = sum(each.load[d] for each in held.values() if d < len(each.load))
        room = vehicle.capacity[d] if d < len(vehicle.capacity) else 0
        if load > room:
            message = f"load {d} on board ({load}) must be <= capacity ({room})"
            path = f"vehicles[{vehicle.vehicle_id}].on_board"
            yield _issue(IssueCode.VALUE_INVALID, path, message, "correct what is on board, or the capacity")


def _done_twice(statement: Statement) -> Iterator[Issue]:
    steps = [
        (step.job_id, step.part, step.is_pickup) for vehicle in statement.vehicles for _, step in _all_steps(vehicle)
    ]
    for (job_id, part, is_pickup), times in sorted(Counter(steps).items()):
        if times > 1:
            what = ("pickup" if is_pickup else "delivery or visit") + (f" of part {part}" if part else "")
            message = f"{what} of job {job_id} must stand in the routes once, not {times} times"
            yield _issue(IssueCode.ID_DUPLICATE, f"jobs[{job_id}]", message, "leave it in one route")


def _torn(statement: Statement, job_by_id: dict[str, Job]) -> Iterator[Issue]:
    """The parts of a job are done by one vehicle in one way, and planned all or none."""
    done = defaultdict[str, set[tuple[str, int]]](set)
    parts = defaultdict[str, set[int]](set)
    planned = {step.job_id for vehicle in statement.vehicles for step in vehicle.planned}
    for vehicle in statement.vehicles:
        for _, step in _all_steps(vehicle):
            if _part(step, job_by_id) is not None:
                done[step.job_id].add((vehicle.vehicle_id, step.way))
                parts[step.job_id].add(step.part)
    for job_id, where in sorted(done.items()):
        path = f"jobs[{job_id}]"
        if len(where) > 1:
            said = " and ".join(f"{vehicle_id} by way {way}" for vehicle_id, way in sorted(where))
            message = f"job {job_id} must be done by one vehicle in one way, not {said}"
            yield _issue(IssueCode.REFERENCE_DANGLING, path, message, "leave it in one route")
            continue
        [(_, way)] = where
        num_parts = len(job_by_id[job_id].ways[way].parts)
        if job_id in planned and len(parts[job_id]) < num_parts:
            message = f"planned parts of job {job_id} ({len(parts[job_id])}) must be all ({num_parts})"
            yield _issue(IssueCode.REFERENCE_DANGLING, path, message, "plan all of them, or none")


def _apart(statement: Statement) -> Iterator[Issue]:
    """Pairs of two classes, and no more classes than there is room for."""
    for n, (one, two) in enumerate(statement.apart):
        if one == two:
            message = f"class ({one}) must differ from the one that it is kept apart from ({two})"
            yield _issue(IssueCode.VALUE_INVALID, f"apart[{n}]", message, "name two classes")
    loads = [part.load for job in statement.jobs for way in job.ways for part in way.parts]
    num_amounts = max(map(len, (*loads, *(each.capacity for each in statement.vehicles))), default=0) or 1
    num_classes = len({each for pair in statement.apart for each in pair})
    if num_classes and num_amounts + num_classes > MOST_DIMENSIONS:
        said = f"{num_amounts} + {num_classes}"
        message = f"dimensions of the load + classes kept apart ({said}) must be <= {MOST_DIMENSIONS}"
        yield _issue(IssueCode.VALUE_INVALID, "apart", message, "join classes that are kept apart from the same")


def _job(job: Job, *, vehicle_ids: Collection[str], num_nodes: int) -> Iterator[Issue]:
    path = f"jobs[{job.job_id}]"
    if not job.ways:
        message = "number of ways (0) must be >= 1"
        yield _issue(IssueCode.FIELD_REQUIRED, f"{path}.ways", message, "say how it can be done, or leave the job out")
    yield from _known(f"{path}.vehicles", job.vehicles, vehicle_ids)
    yield from _known(f"{path}.home", None if job.home is None else {job.home}, vehicle_ids)
    if job.refusal is not None:
        yield from _price(f"{path}.refusal", job.refusal)
    yield from _price(f"{path}.disturbance", job.disturbance)
    if job.pinned and job.home is None:
        message = "home (none) must be named where pinned is true"
        yield _issue(IssueCode.FIELD_REQUIRED, f"{path}.home", message, "name the vehicle that it stays with")
    for n, way in enumerate(job.ways):
        yield from _way(f"{path}.ways[{n}]", way, vehicle_ids=vehicle_ids, num_nodes=num_nodes)


def _known(path: str, ids: Collection[str] | None, vehicle_ids: Collection[str]) -> Iterator[Issue]:
    for each in sorted(set(ids or ()).difference(vehicle_ids)):
        message = f"vehicle {each} must be among the vehicles"
        yield _issue(IssueCode.REFERENCE_DANGLING, path, message, "name a vehicle that there is")


def _way(path: str, way: Way, *, vehicle_ids: Collection[str], num_nodes: int) -> Iterator[Issue]:
    yield from _known(f"{path}.vehicles", way.vehicles, vehicle_ids)
    yield from _price(f"{path}.extra_cost", way.extra_cost)
    first = _place(way.delivery)
    for n, part in enumerate(way.parts):
        part_path = f"{path}.more[{n - 1}]" if n else path
        yield from _one_part(part_path, part, num_nodes=num_nodes)
        if way.at_once and _place(part.delivery) != first:
            message = (
                f"place ({_place(part.delivery)}) must be that of the first delivery ({first}) where at_once is true"
            )
            hint = "deliver all parts at one place, or drop at_once"
            yield _issue(IssueCode.VALUE_INVALID, f"{part_path}.delivery.place", message, hint)


def _place(stop: Stop) -> int:
    return stop.node if stop.place is None else stop.place


def _places(statement: Statement) -> Iterator[Issue]:
    """Within a place nobody travels: it is at one node."""
    nodes = defaultdict[int, set[int]](set)
    for stop in _stops(statement):
        nodes[_place(stop)].add(stop.node)
    for place, at in sorted(nodes.items()):
        if len(at) > 1:
            message = f"place ({place}) must be at one node, not at {len(at)}: {', '.join(map(str, sorted(at)[:5]))}"
            hint = "number it otherwise: a stop without a place has its node's number"
            yield _issue(IssueCode.VALUE_INVALID, f"places[{place}]", message, hint)


def _one_part(path: str, part: Part, *, num_nodes: int) -> Iterator[Issue]:
    for d, load in enumerate(part.load):
        yield from _between(f"{path}.load[{d}]", load, 0, _MOST_LOAD)
    if part.max_on_board is not None:
        yield from _time(f"{path}.max_on_board", part.max_on_board)
    for name, stop in (("pickup", part.pickup), ("delivery", part.delivery)):
        if stop is not None:
            yield from _stop(f"{path}.{name}", stop, num_nodes=num_nodes)


def _stop(path: str, stop: Stop, *, num_nodes: int) -> Iterator[Issue]:
    yield from _node(f"{path}.node", stop.node, num_nodes)
    yield from _between(f"{path}.place", 0 if stop.place is None else stop.place, 0, ENDLESS)
    if not stop.windows:
        message = "number of windows (0) must be >= 1"
        yield _issue(IssueCode.FIELD_REQUIRED, f"{path}.windows", message, "give a window, or leave the field out")
    for n, window in enumerate(stop.windows):
        yield from _window(f"{path}.windows[{n}]", window.earliest, window.latest)
    for name, value in (("service", stop.service), ("setup", stop.setup), *stop.service_by_kind):
        yield from _time(f"{path}.{name}", value)
    yield from _repeated(f"{path}.service_by_kind", (kind for kind, _ in stop.service_by_kind))
    seconds, cost = 0, -1
    for n, step in enumerate(stop.ladder):
        yield from _time(f"{path}.ladder[{n}].seconds", step.seconds)
        yield from _price(f"{path}.ladder[{n}].cost", step.cost)
        if step.seconds <= seconds or step.cost <= cost:
            message = (
                f"step ({step.seconds} s, {step.cost}) must be later and dearer than the one before "
                f"({seconds} s, {max(cost, 0)})"
            )
            yield _issue(IssueCode.LADDER_NOT_INCREASING, f"{path}.ladder[{n}]", message, "order the steps")
        seconds, cost = step.seconds, step.cost


def _size(statement: Statement) -> Iterator[Issue]:
    """Bounded before anything is expanded."""
    kinds = {each.kind for each in statement.vehicles}
    count = sum(count_alternatives(way, kinds) for job in statement.jobs for way in job.ways)
    hint = "state fewer windows, steps or ways of a job, or split the problem"
    if count > MOST_ALTERNATIVES:
        message = f"number of alternatives ({count}) must be <= {MOST_ALTERNATIVES}"
        yield _issue(IssueCode.VALUE_INVALID, "jobs", message, hint)
    elif count * len(statement.vehicles) > MOST_LOOKS:
        message = (
            f"alternatives times vehicles ({count} x {len(statement.vehicles)} = {count * len(statement.vehicles)}) "
            f"must be <= {MOST_LOOKS}"
        )
        yield _issue(IssueCode.VALUE_INVALID, "jobs", message, hint)


def _costs(statement: Statement) -> Iterator[Issue]:
    """What one job costs stays below what has to be done is worth, and all sums stay within 64 bits."""
    longest_leg = _longest_leg(statement)
    dearest_leg = _dearest_leg(statement, longest_leg)
    beside = [_most_beside(job) for job in statement.jobs]
    use = [each.cost_use for each in statement.vehicles]
    num_parts = [max((len(way.parts) for way in job.ways), default=0) for job in statement.jobs]
    legs = 2 * (sum(num_parts) + len(statement.vehicles))
    ends = _ends(statement, legs * longest_leg)
    waiting = [(end - v.shift_start) * v.cost_wait for v, end in zip(statement.vehicles, ends, strict=True)]
    one = (
        4 * max(num_parts, default=1) * dearest_leg
        + max(use, default=0)
        + max(beside, default=0)
        + max(waiting, default=0)
    )
    if one >= DEAREST_OPTIONAL:
        message = f"the dearest way to do one job ({one}) must be < {DEAREST_OPTIONAL}"
        yield _issue(IssueCode.VALUE_INVALID, "vehicles", message, "state rates and prices in a larger unit")
    refused = sum(MUST if job.refusal is None else job.refusal for job in statement.jobs)
    stuck = STUCK * sum(len(each.on_board) + len(each.begun) for each in statement.vehicles)  # at most
    times = sum(waiting) + _most_overtime(statement, ends)
    most = legs * dearest_leg + sum(use) + times + sum(beside) + refused + stuck
    if most > _MOST_COST:
        message = f"the sum of all costs, which may be {most}, must be <= {_MOST_COST}"
        yield _issue(IssueCode.VALUE_INVALID, "vehicles", message, "state rates and prices in a larger unit")


def _stops_of(way: Way) -> list[Stop]:
    return [stop for part in way.parts for stop in (part.pickup, part.delivery) if stop]


def _stops(statement: Statement) -> list[Stop]:
    return [stop for job in statement.jobs for way in job.ways for stop in _stops_of(way)]


def _longest_leg(statement: Statement) -> int:
    """Of travel, set-up and service together."""
    setup, service = 0, 0
    for stop in _stops(statement):
        setup = max(setup, stop.setup)
        service = max(service, stop.service, *(seconds for _, seconds in stop.service_by_kind))
    travel = -(-FREE_FLOW * int(statement.seconds.max(initial=0)) // max(slowest(statement), 1))
    return travel + setup + service


def _dearest_leg(statement: Statement, longest_leg: int) -> int:
    by_metre = max((each.cost_m for each in statement.vehicles), default=0)
    by_second = max((each.cost_s for each in statement.vehicles), default=0)
    return int(statement.metres.max(initial=0)) * by_metre + longest_leg * by_second


def _most_beside(job: Job) -> int:
    def late(way: Way) -> int:
        return sum(stop.ladder[-1].cost for stop in _stops_of(way) if stop.ladder)

    return job.disturbance + max((way.extra_cost + late(way) for way in job.ways), default=0)


def _ends(statement: Statement, work: int) -> list[int]:
    """A route ends when its shift does, or when all windows are open and everything is done."""
    opens = [window.earliest for stop in _stops(statement) for window in stop.windows]
    breaks = [each.earliest + each.duration for vehicle in statement.vehicles for each in vehicle.breaks]
    done = max((statement.now, *opens, *breaks)) + work
    return [max(each.shift_start, min(each.shift_end, done)) for each in statement.vehicles]


def _most_overtime(statement: Statement, ends: list[int]) -> int:
    return sum(
        max(0, end - each.regular_end) * each.cost_overtime
        for each, end in zip(statement.vehicles, ends, strict=True)
        if each.regular_end is not None
    )

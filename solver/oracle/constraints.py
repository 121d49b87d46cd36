"""The rules of a valid plan as constraints, one function a rule; numbers as in `docs/concepts.md`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise

from ortools.sat.python import cp_model

from models.contract import Contract
from models.order import LOAD_DIMENSIONS
from models.plan import CapacityKind, CapacityUse, Plan
from models.promise import Mode
from models.resource import Site, Technician
from models.timing import seconds_of
from solver.check.case import EPOCH, Case, Key
from solver.check.ways import same_place
from solver.oracle.jobs import Job, Node
from solver.oracle.question import BASE, Question, Tour, least_between
from solver.oracle.variables import Literal, Variables, picking_s, released, session_buckets

Model = cp_model.CpModel
Sum = cp_model.LinearExpr

_DAY = timedelta(days=1)


def items_of_a_contract_go_together(model: Model, question: Question, variables: Variables) -> None:
    """R1: of a contract that is served, every item is done in exactly one way; of another, none is."""
    for job in question.jobs:
        served = variables.served[job.key[0]]
        model.add(Sum.sum(list(variables.taken[job.key].values())) == served)


def one_of_each_group_is_served(model: Model, question: Question, variables: Variables) -> None:
    for group in question.alternatives:
        model.add_at_most_one([variables.served[contract_id] for contract_id in group])


def stock_suffices(model: Model, question: Question, variables: Variables) -> None:
    """R3: of each SKU, no more is taken at a site than lies there."""
    on_hand = {(row.site_id, row.sku_id): row.on_hand for row in question.problem.stock}
    taken: defaultdict[tuple[str, str], list[tuple[Literal, int]]] = defaultdict(list)
    for job in question.jobs:
        for way, literal in variables.taken[job.key].items():
            for sku_id, pieces in job.pieces.items():
                taken[way.site_id or "", sku_id].append((literal, pieces))
    for key, terms in taken.items():
        _at_most(model, terms, on_hand.get(key, 0))


def pickers_suffice(model: Model, question: Question, variables: Variables) -> None:
    """R4: between a and b, no more is picked than the pickers there do between a and b, for all a < b.

    Goods are picked by any number of pickers, with any pauses. So a schedule exists if and only if for
    every a and b the work that is released at a or later and due at b or earlier fits in between.

    References
    ----------
    Horn, W. A. (1974). doi:10.1002/nav.3800210113
    """
    for site in question.problem.catalogue.sites:
        works = [(job, picking_s(question, job, site.site_id)) for job in _picked_at(question, site)]
        works = [(job, seconds) for job, seconds in works if seconds]
        picked = _Picked(model, question, variables, site)
        for begins in sorted({released(question, job) for job, _ in works}):
            later = [(job, seconds) for job, seconds in works if released(question, job) >= begins]
            total = sum(seconds for _, seconds in later)
            for ends, room in _room(question, site, begins):
                if room >= total:
                    break
                _at_most(model, [(picked.by(job, ends), seconds) for job, seconds in later], room)


def _picked_at(question: Question, site: Site) -> list[Job]:
    return [job for job in question.jobs if job.placed.hands_over_goods and site.site_id in job.site_ids]


def _room(question: Question, site: Site, begins: datetime) -> Iterator[tuple[datetime, int]]:
    """Picker-seconds from then on: none at first, then until the end of each bucket up to that of the horizon."""
    bucket, hours = question.problem.catalogue.policy.pick_bucket, Case(question.problem, Plan()).hours
    ends, room = begins, 0
    while ends < question.horizon.end:
        yield ends, room
        room += site.pickers * hours.open_seconds(site, ends, ends + bucket)
        ends += bucket


@dataclass(frozen=True, eq=False)
class _Picked:
    """Literals that say by when an item is picked at a site; each is made once."""

    model: Model
    question: Question
    variables: Variables
    site: Site
    known: dict[tuple[Key, datetime], Literal] = field(default_factory=dict)

    def by(self, job: Job, ends: datetime) -> Literal:
        """1 if all of the item is picked at the site by then; 0: elsewhere, or it is ready a bucket later or after."""
        if (job.key, ends) not in self.known:
            name = f"{job.key} picked at {self.site.site_id} by {ends}"
            literal = self.known[job.key, ends] = self.model.new_bool_var(name)
            after = self.question.horizon.seconds_up(ends + self.question.problem.catalogue.policy.pick_bucket)
            for way, taken in self.variables.taken[job.key].items():
                if way.site_id == self.site.site_id:
                    self.model.add(self.variables.ready[job.key] >= after).only_enforce_if(taken, literal.Not())
        return self.known[job.key, ends]


def counters_have_room(model: Model, question: Question, variables: Variables) -> None:
    """R10: what is fetched is ready when its window opens, and takes a place while it lasts."""
    waiting: defaultdict[tuple[str, int], list[tuple[Literal, int]]] = defaultdict(list)
    for job in question.jobs:
        for way, literal in variables.taken[job.key].items() if job.mode is Mode.PICKUP else ():
            model.add(variables.ready[job.key] <= _floor(question, job.promise.window.earliest)).only_enforce_if(
                literal
            )
            for bucket_idx in counter_buckets(question, job):
                waiting[way.site_id or "", bucket_idx].append((literal, 1))
    for (site_id, _), terms in waiting.items():
        _at_most(model, terms, question.problem.catalogue.site_by_id[site_id].counter_places)


def counter_buckets(question: Question, job: Job) -> range:
    """The buckets that a window at a counter touches, counted from the epoch."""
    bucket, window = question.problem.catalogue.policy.counter_bucket, job.promise.window
    return range((window.earliest - EPOCH) // bucket, (window.latest - EPOCH) // bucket + 1)


def carriers_have_quota(model: Model, question: Question, variables: Variables) -> None:
    """R11: a parcel is picked by the cut-off of its day, and a day has no more parcels than quota."""
    catalogue = question.problem.catalogue
    quotas = {carrier.resource_id: carrier.daily_quota for carrier in catalogue.carriers}
    zone_quotas = {zone_id: zone.daily_quota for zone_id, zone in catalogue.carrier_zone_by_id.items()}
    parcels: defaultdict[tuple[CapacityKind, str, datetime], list[tuple[Literal, int]]] = defaultdict(list)
    for job in question.jobs:
        for way, literal in variables.taken[job.key].items() if job.mode is Mode.CARRIER else ():
            cut_off = _cut_off(question, way.resource_id or "", way.uses[0])
            model.add(variables.ready[job.key] <= cut_off).only_enforce_if(literal)
            for use in way.uses:
                parcels[use.kind, use.owner_id, use.bucket_start].append((literal, 1))
    for (kind, owner_id, _), terms in parcels.items():
        quota = quotas[owner_id] if kind is CapacityKind.CARRIER else zone_quotas[owner_id]
        if quota is not None:
            _at_most(model, terms, quota)


def _cut_off(question: Question, carrier_id: str, use: CapacityUse) -> int:
    catalogue = question.problem.catalogue
    day = use.bucket_start.astimezone(catalogue.zone).date()
    cut_off = datetime.combine(day, catalogue.carrier_by_id[carrier_id].cut_off, catalogue.zone)
    return _floor(question, cut_off)


def _floor(question: Question, instant: datetime) -> int:
    return question.horizon.seconds(instant)


def desks_have_agents(model: Model, question: Question, variables: Variables) -> None:
    """R17: a session starts in its window, lies in the desk's hours, and has an agent from start to end."""
    for desk in question.problem.catalogue.desks:
        intervals = []
        for job in question.jobs:
            for way, literal in variables.taken[job.key].items() if job.mode is Mode.REMOTE else ():
                if way.resource_id == desk.resource_id:
                    start, size = variables.sessions[job.key], session_buckets(question, job)
                    hours = cp_model.Domain.from_values(_session_starts(question, job, desk.resource_id))
                    model.add_linear_expression_in_domain(start, hours).only_enforce_if(literal)
                    intervals.append(model.new_optional_fixed_size_interval_var(start, size, literal, f"{job.key}"))
        if intervals:
            model.add_cumulative(intervals, [1] * len(intervals), desk.concurrency)


def _session_starts(question: Question, job: Job, desk_id: str) -> list[int]:
    """Numbers of the buckets in the window at which a session could start in the desk's hours."""
    bucket, window = question.problem.catalogue.policy.desk_bucket, job.promise.window
    desk, hours = question.problem.catalogue.desk_by_id[desk_id], Case(question.problem, Plan()).hours
    numbers = range(-((EPOCH - window.earliest) // bucket), (window.latest - EPOCH) // bucket + 1)
    lasts = timedelta(seconds=job.service_s)
    return [n for n in numbers if hours.spans(desk, EPOCH + n * bucket, EPOCH + n * bucket + lasts)]


def ways_have_their_visits(model: Model, question: Question, variables: Variables) -> None:
    """R5, R15, R16: what somebody travels for has its visits; a way to which one is missing is none."""
    nodes_by_key: defaultdict[Key, list[Node]] = defaultdict(list)
    for node in question.nodes:
        nodes_by_key[node.job.key].append(node)
    for job in question.jobs:
        for way, literal in variables.taken[job.key].items() if job.is_travelled_for else ():
            visits = [node for node in nodes_by_key[job.key] if node.is_by(way)]
            tour = variables.tours.get(way.resource_id or "")
            if tour is None or len(visits) < (2 if job.is_carried else 1):
                model.add(literal == 0)


def routes_are_circuits(model: Model, question: Question, variables: Variables) -> None:
    """R5: each vehicle's visits form one way from its base to its base, or it stays there."""
    for tour in question.tours:
        own = variables.tours[tour.resource_id]
        arcs: list[tuple[int, int, cp_model.LiteralT]] = [
            (tail + 1, head + 1, literal) for (tail, head), literal in own.arcs.items()
        ]
        arcs += [(idx + 1, idx + 1, visited.Not()) for idx, visited in own.visited.items()]
        arcs.append((BASE + 1, BASE + 1, own.used.Not()))
        model.add_circuit(arcs)
        for visited in own.visited.values():
            model.add_implication(visited, own.used)


def clocks_run(model: Model, question: Question, variables: Variables) -> None:
    """R6: service starts behind the end of the visit before, the way and the set-up; all is done within the shift."""
    for tour in question.tours:
        own, node_by_idx = variables.tours[tour.resource_id], {node.idx: node for node in tour.nodes}
        for arc in tour.arcs:
            literal, leaves = own.arcs[arc.tail, arc.head], _leaves(tour, variables, node_by_idx, arc.tail)
            if arc.head == BASE:
                model.add(own.end >= leaves + arc.travel_s).only_enforce_if(literal)
            else:
                start = variables.starts[arc.head]
                model.add(start >= leaves + arc.travel_s + arc.setup_s).only_enforce_if(literal)


def _leaves(tour: Tour, variables: Variables, node_by_idx: dict[int, Node], tail: int) -> cp_model.LinearExprT:
    """When the vehicle can set out from there, breaks aside."""
    if tail == BASE:
        return tour.shift[0]
    return variables.starts[tail] + node_by_idx[tail].service_s


def breaks_are_taken(model: Model, question: Question, variables: Variables) -> None:
    """R21: who has visits takes every break, where it stands, and sets up again behind it."""
    for tour in question.tours:
        own, node_by_idx = variables.tours[tour.resource_id], {node.idx: node for node in tour.nodes}
        for rests, start, rest in zip(own.rests, own.break_starts, tour.mobile.breaks, strict=True):
            lasts = seconds_of(rest.duration)
            model.add(Sum.sum(list(rests.values())) == own.used)
            for place, literal in rests.items():
                if place != BASE:
                    model.add_implication(literal, own.visited[place])
                    ended = variables.starts[place] + node_by_idx[place].service_s
                    model.add(start >= ended).only_enforce_if(literal)
            for arc in tour.arcs:
                taken = own.arcs[arc.tail, arc.head], rests[arc.tail]
                if arc.head == BASE:
                    model.add(own.end >= start + lasts + arc.travel_s).only_enforce_if(*taken)
                else:
                    began = start + lasts + arc.travel_s + arc.rested_setup_s
                    model.add(variables.starts[arc.head] >= began).only_enforce_if(*taken)


def goods_are_fetched_first(model: Model, question: Question, variables: Variables) -> None:
    """R4, R5, R16, R22: fetched once they are picked, handed over later and on board no longer than they may be."""
    ranks = _ranks(model, question, variables)
    for job, door, site in _pairs(question):
        first, last = (door, site) if job.placed.is_collection else (site, door)
        on_board = variables.starts[last.idx] - variables.starts[first.idx] - first.service_s
        for way, literal in variables.taken[job.key].items():
            if way.site_id != site.site_id:
                continue
            mobile = question.problem.catalogue.mobile_by_id[way.resource_id or ""]
            least = least_between(question.problem, mobile, first, last, nodes=question.nodes)
            if least is None:
                model.add(literal == 0)
                continue
            model.add(on_board >= least - first.service_s).only_enforce_if(literal)
            if job.on_board_s is not None:
                model.add(on_board <= job.on_board_s).only_enforce_if(literal)
            if job.key in variables.ready:
                model.add(variables.starts[site.idx] >= variables.ready[job.key]).only_enforce_if(literal)
            if ranks:
                model.add(ranks[first.idx] < ranks[last.idx]).only_enforce_if(literal)


def _pairs(question: Question) -> Iterator[tuple[Job, Node, Node]]:
    """Of each item that is carried, its visit at the door with each that it could have at a site."""
    doors = {node.job.key: node for node in question.nodes if node.is_at_door}
    for node in question.nodes:
        if not node.is_at_door and node.job.key in doors:
            yield node.job, doors[node.job.key], node


def _ranks(model: Model, question: Question, variables: Variables) -> dict[int, cp_model.IntVar]:
    """Positions along the routes, where the clock cannot tell what came first; else none.

    That is so only where something is brought to the place that it comes from, in no time.
    """
    if not any(same_place(door.place, site.place) for _, door, site in _pairs(question)):
        return {}
    ranks = {node.idx: model.new_int_var(0, len(question.nodes), f"rank {node.idx}") for node in question.nodes}
    for tour in variables.tours.values():
        for (tail, head), literal in tour.arcs.items():
            if BASE not in (tail, head):
                model.add(ranks[head] > ranks[tail]).only_enforce_if(literal)
    return ranks


def loads_fit(model: Model, question: Question, variables: Variables) -> None:
    """R7: behind every visit, what is on board fits in every dimension in which it could be too much."""
    for tour in question.tours:
        if isinstance(tour.mobile, Technician):
            continue
        for name in LOAD_DIMENSIONS:
            jobs = {node.job.key: node.job for node in tour.nodes}.values()
            capacity = getattr(tour.mobile.capacity, name)
            if sum(getattr(job.placed.item.load, name) for job in jobs) > capacity:
                _load(model, tour, variables, name, capacity)


def _load(model: Model, tour: Tour, variables: Variables, name: str, capacity: int) -> None:
    own, node_by_idx = variables.tours[tour.resource_id], {node.idx: node for node in tour.nodes}
    for (tail, head), literal in own.arcs.items():
        if head != BASE:
            node = node_by_idx[head]
            before = 0 if tail == BASE else variables.loads[tail, name]
            change = node.sign * getattr(node.job.placed.item.load, name)
            model.add(variables.loads[head, name] >= before + change).only_enforce_if(literal)
    for idx, visited in own.visited.items():
        model.add(variables.loads[idx, name] <= capacity).only_enforce_if(visited)


def goods_are_kept_apart(model: Model, question: Question, variables: Variables) -> None:
    """R24: behind every visit, of two classes that exclude each other one has nothing on board."""
    pairs = question.problem.catalogue.policy.keep_apart
    for tour in question.tours:
        there = {each for node in tour.nodes for each in node.job.placed.item.goods_classes}
        met = [pair for pair in pairs if there.issuperset(pair)]
        classes = dict.fromkeys(each for pair in met for each in pair)
        counts = {each: _count(model, tour, variables, each) for each in classes}
        for one, other in met:
            for idx, visited in variables.tours[tour.resource_id].visited.items():
                none_of_one = model.new_bool_var(f"no {one} behind {idx} of {tour.resource_id} beside {other}")
                model.add(counts[one][idx] == 0).only_enforce_if(visited, none_of_one)
                model.add(counts[other][idx] == 0).only_enforce_if(visited, none_of_one.Not())


def _count(model: Model, tour: Tour, variables: Variables, goods_class: str) -> dict[int, cp_model.IntVar]:
    """At least how many items with goods of the class are on board behind each visit of a tour."""
    node_by_idx = {node.idx: node for node in tour.nodes}
    name, most = f"{goods_class} on board of {tour.resource_id}", len(node_by_idx)
    counts = {idx: model.new_int_var(0, most, f"{name} behind {idx}") for idx in node_by_idx}
    for (tail, head), literal in variables.tours[tour.resource_id].arcs.items():
        if head != BASE:
            node, before = node_by_idx[head], 0 if tail == BASE else counts[tail]
            change = node.sign * (goods_class in node.job.placed.item.goods_classes)
            model.add(counts[head] >= before + change).only_enforce_if(literal)
    return counts


def returns_have_room(model: Model, question: Question, variables: Variables) -> None:
    """R16: a site takes in no more collected items on a local day than it has room for."""
    for site in question.problem.catalogue.sites:
        brought = [node for node in question.nodes if node.site_id == site.site_id and node.job.placed.is_collection]
        if site.returns_per_day is None or not brought:
            continue
        for first, last in _local_days(question, brought):
            terms = []
            for node in brought:
                literal = model.new_bool_var(f"{node.idx} between {first} and {last}")
                start = variables.starts[node.idx]
                before, behind = (model.new_bool_var(f"{node.idx} {side} {first}") for side in ("before", "behind"))
                model.add(start < first).only_enforce_if(before)
                model.add(start > last).only_enforce_if(behind)
                model.add(variables.from_site(node.job.key, site.site_id) <= literal + before + behind)
                terms.append((literal, 1))
            _at_most(model, terms, site.returns_per_day)


def _local_days(question: Question, nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """First and last second of each local day on which one of the visits may start."""
    zone, horizon = question.problem.catalogue.zone, question.horizon
    earliest, latest = min(node.earliest for node in nodes), max(node.latest for node in nodes)
    day = horizon.instant(earliest).astimezone(zone).date()
    while (first := horizon.seconds_up(datetime.combine(day, time(0), zone))) <= latest:
        day += _DAY
        yield first, horizon.seconds_up(datetime.combine(day, time(0), zone)) - 1


def same_visits_are_one_stop(model: Model, question: Question, variables: Variables) -> None:
    """R12: items of one visit have one resource, and their visits at the customer are at one stop.

    Every visit carries the number of the one that its stop began with.
    """
    door_by_key = {node.job.key: node for node in question.nodes if node.is_at_door}
    job_by_key = {job.key: job for job in question.jobs}
    groups = [
        _members(contract, group.item_ids) for contract in question.problem.contracts for group in contract.same_visits
    ]
    stops = _stops(
        model, question, variables, [door_by_key[key] for keys in groups for key in keys if key in door_by_key]
    )
    for keys in groups:
        for one, other in pairwise(keys):
            for doer in dict.fromkeys([*_doers(job_by_key[one]), *_doers(job_by_key[other])]):
                model.add(_done_by(variables, one, doer) == _done_by(variables, other, doer))
            if one in door_by_key and other in door_by_key:
                served = variables.served[one[0]]
                model.add(stops[door_by_key[one].idx] == stops[door_by_key[other].idx]).only_enforce_if(served)


def _members(contract: Contract, item_ids: Sequence[str]) -> list[Key]:
    return [(contract.contract_id, item_id) for item_id in dict.fromkeys(item_ids)]


def _doers(job: Job) -> Iterator[str]:
    for way in job.ways:
        yield _doer(job.mode, way.site_id, way.resource_id)


def _doer(mode: Mode, site_id: str | None, resource_id: str | None) -> str:
    return f"counter of {site_id}" if mode is Mode.PICKUP else resource_id or "nobody"


def _done_by(variables: Variables, key: Key, doer: str) -> cp_model.LinearExpr:
    ways = variables.taken[key]
    fetched = doer.startswith("counter of ")
    return Sum.sum(
        [
            literal
            for way, literal in ways.items()
            if doer == (f"counter of {way.site_id}" if fetched else way.resource_id or "nobody")
        ]
    )


def _stops(model: Model, question: Question, variables: Variables, doors: Sequence[Node]) -> dict[int, cp_model.IntVar]:
    nodes = {node.idx: node for node in question.nodes if any(same_place(node.place, door.place) for door in doors)}
    stops = {idx: model.new_int_var(0, len(question.nodes), f"stop of {idx}") for idx in nodes}
    for tour in question.tours:
        own = variables.tours[tour.resource_id]
        for arc in tour.arcs:
            if arc.head not in nodes:
                continue
            literal = own.arcs[arc.tail, arc.head]
            if arc.tail in nodes and same_place(nodes[arc.tail].place, nodes[arc.head].place):
                rests = [rests[arc.tail] for rests in own.rests]
                stays = [literal, *(rest.Not() for rest in rests)]
                model.add(stops[arc.head] == stops[arc.tail]).only_enforce_if(*stays)
                for rest in rests:
                    model.add(stops[arc.head] == arc.head).only_enforce_if(literal, rest)
            else:
                model.add(stops[arc.head] == arc.head).only_enforce_if(literal)
    return stops


def same_starts_are_one_instant(model: Model, question: Question, variables: Variables) -> None:
    """R23: what starts together starts at one instant, each item by a resource of its own."""
    door_by_key = {node.job.key: node for node in question.nodes if node.is_at_door}
    job_by_key = {job.key: job for job in question.jobs}
    for contract in question.problem.contracts:
        for group in contract.same_starts:
            keys, served = _members(contract, group.item_ids), variables.served[contract.contract_id]
            doors = [door_by_key.get(key) for key in keys]
            if None in doors:
                model.add(served == 0)
                continue
            starts = [variables.starts[door.idx] for door in doors if door]
            for one, other in pairwise(starts):
                model.add(one == other).only_enforce_if(served)
            for resource_id in dict.fromkeys(each for key in keys for each in job_by_key[key].resource_ids):
                model.add(Sum.sum([variables.by_resource(key, resource_id) for key in keys]) <= 1)


def links_are_exact(model: Model, question: Question, variables: Variables) -> None:
    """Beyond R12: the later one's visit starts behind the earlier one's end and the lag, as they are planned."""
    door_by_key = {node.job.key: node for node in question.nodes if node.is_at_door}
    for before, after, gap_s in question.links:
        one, other = door_by_key.get(before.key), door_by_key.get(after.key)
        if one and other:
            served = variables.served[before.key[0]]
            model.add(variables.starts[other.idx] >= variables.starts[one.idx] + gap_s).only_enforce_if(served)


def _at_most(model: Model, terms: Sequence[tuple[Literal, int]], room: int) -> None:
    """A row, if all together could be more than there is room for."""
    if sum(amount for _, amount in terms) > room:
        model.add(Sum.weighted_sum([literal for literal, _ in terms], [amount for _, amount in terms]) <= room)


CONSTRAINTS = (
    items_of_a_contract_go_together,
    one_of_each_group_is_served,
    stock_suffices,
    pickers_suffice,
    counters_have_room,
    carriers_have_quota,
    desks_have_agents,
    ways_have_their_visits,
    routes_are_circuits,
    clocks_run,
    breaks_are_taken,
    goods_are_fetched_first,
    loads_fit,
    goods_are_kept_apart,
    returns_have_room,
    same_visits_are_one_stop,
    same_starts_are_one_instant,
    links_are_exact,
)

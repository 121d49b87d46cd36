"""Routes as they are when a search begins: what has begun, breaks, and what was planned if it still can be."""

from collections.abc import Iterator
from dataclasses import replace

from solver.kernels.arrays import I64, NEVER
from solver.kernels.breaks import settle
from solver.kernels.schedule import relink
from solver.routing.expanding import Expanded, Span, Timed, place_of, service_at, spans, stop_of
from solver.routing.in_traffic import start_anywhere
from solver.routing.stating import Step, Stop, Vehicle

Planned = tuple[Step | None, int, int]
"""A step (None: goods on board), the alternative that does it, and the part."""


def lay_out(expanded: Expanded) -> None:
    """Fill the routes, and say in them who does what.

    A planned route that cannot be kept is given up whole, and what is in it waits to be put in anew. A vehicle
    that cannot even be back in time from what it has begun gets nothing more.
    """
    for r in range(len(expanded.vehicles)):
        if not _lay(expanded, r, _Planned(expanded, r).alternatives()):
            expanded.routing.requests.eligible[:, r] = 0


def _lay(expanded: Expanded, r: int, planned: list[Planned]) -> bool:
    """False if the route does not keep its times even without what was planned."""
    routing, (begun, breaks) = expanded.routing, (expanded.begun[r], expanded.breaks[r])
    for steps in ([planned] if planned else []) + [[]]:
        at_once = [_number(expanded, each) for each in steps if each[0] is None]
        later = [_number(expanded, each) for each in steps if each[0] is not None]
        if _holds(expanded, r, [*begun, *at_once, *breaks, *later]):
            for _, a, _ in steps:
                q = expanded.alternatives[a].job_idx
                routing.chosen[q], routing.vehicle[q] = a, r
            return True
    return False


def _number(expanded: Expanded, step: Planned) -> int:
    requests, (taken, a, part) = expanded.routing.requests, step
    m = int(requests.first_part[a]) + [each.part_idx for each in expanded.alternatives[a].parts].index(part)
    return int(requests.pickup[m] if taken is None or taken.is_pickup else requests.delivery[m])


def _holds(expanded: Expanded, r: int, sequence: list[int]) -> bool:
    """Lay out a sequence; False if it breaks a time or has no room for its load."""
    routing = expanded.routing
    routes, first = routing.routes, int(routing.first[r])
    if len(sequence) + 2 > routes.visit.shape[1]:
        return False
    routes.length[r] = len(sequence)
    routes.visit[r, 1 : len(sequence) + 1] = sequence
    for k, begun in enumerate(expanded.vehicles[r].begun, start=1):
        routes.start[r, k] = begun.start
    if not relink(routing.travel, routing.fleet, routing.visits, routes, r) and sequence:
        return False
    if not sequence:
        return True
    if not settle(routing.travel, routing.fleet, routing.visits, routes, r, routing.now, first):
        return False
    load = routes.load[r, first + 1 : len(sequence) + 1]
    return bool((load <= routing.fleet.capacity[r]).all()) and not _is_mixed(expanded, load)


def _is_mixed(expanded: Expanded, load: I64) -> bool:
    """Whether goods are on board together that have to be kept apart."""
    pairs = ((expanded.classes.index(one), expanded.classes.index(two)) for one, two in expanded.statement.apart)
    return any(
        bool(((load[:, expanded.num_amounts + one] > 0) & (load[:, expanded.num_amounts + two] > 0)).any())
        for one, two in pairs
    )


class _Planned:
    """The planned steps of one vehicle, each at the earliest span of its stop that the order allows."""

    def __init__(self, expanded: Expanded, r: int) -> None:
        self.expanded, self.r = expanded, r
        self.vehicle: Vehicle = expanded.vehicles[r]
        self.job_by_id = {each.job_id: each for each in expanded.jobs} if self.vehicle.planned else {}
        self.idx_by_job_id = {each.job_id: q for q, each in enumerate(expanded.jobs)} if self.vehicle.planned else {}

    def alternatives(self) -> list[Planned]:
        """Each step with its alternative, goods on board first; empty if it cannot be kept.

        What the vehicle may not do any more is left away.
        """
        steps = [step for step in self.vehicle.planned if self._may(step)]
        starts = dict(self._starts(steps))
        chosen = dict[str, int]()
        for step in steps:
            if step.job_id not in chosen:
                a = self._alternative(step, starts)
                if a is None or not self._stands_together(steps, a):
                    return []
                chosen[step.job_id] = a
        on_board = [
            (None, a, each.part_idx)
            for a in chosen.values()
            for each in self.expanded.alternatives[a].parts
            if each.is_on_board
        ]
        return [*on_board, *((step, chosen[step.job_id], step.part) for step in steps)]

    def _stands_together(self, steps: list[Step], a: int) -> bool:
        """Whether deliveries of one stop are planned in a row, or with others at its place between."""
        alternative = self.expanded.alternatives[a]
        way = self.expanded.way_of(alternative)
        job_id = self.expanded.jobs[alternative.job_idx].job_id
        at = [n for n, step in enumerate(steps) if step.job_id == job_id and not step.is_pickup]
        between = steps[at[0] : at[-1] + 1] if way.at_once else []
        places = {place_of(stop_of(self.job_by_id, step)) for step in between}
        return len(places) <= 1

    def _of(self, step: Step) -> range:
        first = self.expanded.routing.requests.first
        q = self.idx_by_job_id[step.job_id]
        return range(int(first[q]), int(first[q + 1]))

    def _may(self, step: Step) -> bool:
        if self.vehicle.is_down or step.job_id not in self.idx_by_job_id:
            return False
        alternatives = [self.expanded.alternatives[a] for a in self._of(step)]
        return any(a.way_idx == step.way and self.r in a.vehicles for a in alternatives)

    def _starts(self, steps: list[Step]) -> Iterator[tuple[Step, int]]:
        """When each step starts if all start as early as they can; ends where none is early enough."""
        node, place, time = self.expanded.free[self.r]
        if not self.vehicle.begun:
            node, place = self.vehicle.start, -1
        for step in steps:
            stop = stop_of(self.job_by_id, step)
            reached = self._reached(node, place, stop, time)
            opens = [max(reached, each.earliest) for each in spans(stop) if reached <= each.latest]
            if not opens:
                return
            yield step, min(opens)
            node, place, time = stop.node, place_of(stop), min(opens) + service_at(stop, self.vehicle.kind)

    def _reached(self, node: int, place: int, stop: Stop, time: int) -> int:
        """When service can start there if this place is left at this time; NEVER if no way leads there."""
        if place == place_of(stop):
            return time
        profile, traffic = self.vehicle.profile, self.expanded.routing.travel.traffic
        seconds = int(self.expanded.statement.seconds[profile, node, stop.node])
        return NEVER if seconds < 0 else start_anywhere(traffic, profile, time, seconds + stop.setup, stop.setup)

    def _alternative(self, step: Step, starts: dict[Step, int]) -> int | None:
        """The cheapest one of its job that these starts meet."""
        requests = self.expanded.routing.requests

        def meets(span: Span | None, at: Step) -> bool:
            return span is None or (at in starts and span.earliest <= starts[at] <= span.latest)

        def is_met(each: Timed) -> bool:
            delivery = Step(step.job_id, step.way, False, each.part_idx)
            in_time = each.is_on_board or meets(each.pickup, replace(delivery, is_pickup=True))
            return in_time and meets(each.delivery, delivery)

        met = [
            a
            for a in self._of(step)
            if (each := self.expanded.alternatives[a]).way_idx == step.way
            and self.r in each.vehicles
            and all(map(is_met, each.parts))
        ]
        return min(met, key=lambda a: (int(requests.extra_cost[a]), a), default=None)

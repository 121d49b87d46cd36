"""What the oracle decides about: each promised item, and every way in which it could be done.

Whether a way is allowed is asked of the checker, one assignment at a time: the same rules that judge
a plan say what may be in one, and nothing of the engine is used.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple

from models.contract import Contract
from models.money import round_half_up
from models.place import Place
from models.plan import Assignment, CapacityKind, CapacityUse, Plan, VisitKind
from models.problem import Problem
from models.promise import Mode, Promise
from models.resource import Carrier, Site
from models.timing import seconds_of
from solver.check import counters, dispatch, outages, promises, resources, services, sources, visits
from solver.check.case import VEHICLE_MODES, VISITS_BY_MODE, Case, Key, Placed
from solver.check.zones import terms_of, zone_at

ALONE = (
    *sources.RULES,
    *resources.RULES,
    *outages.RULES,
    *dispatch.RULES,
    visits.resources_exist,
    visits.vehicles_are_of_the_mode,
    services.tools_are_there,
    counters.stores_have_a_counter,
    counters.customers_fetch_while_it_is_open,
    promises.promises_are_for_the_right_place,
)
"""The rules that an assignment breaks or keeps by itself, whatever else is in the plan."""

Span = tuple[int, int]
"""Seconds `[first, last]` from the horizon's start, both inclusive."""

_DAY = timedelta(days=1)


class Way(NamedTuple):
    """One way to do an item.

    Parameters
    ----------
    uses
        The carrier's parcel, and its zone's; what else is taken depends on more than the way.
    tariff
        What a carrier charges, in minor units.
    """

    site_id: str | None
    resource_id: str | None
    uses: tuple[CapacityUse, ...] = ()
    tariff: int = 0


@dataclass(frozen=True, eq=False)
class Job:
    """One promised item.

    Parameters
    ----------
    window
        When service starts.
    start
        When it has to start, of what was agreed to start together.
    """

    placed: Placed
    promise: Promise
    window: Span
    ways: tuple[Way, ...]
    start: int | None = None

    @property
    def key(self) -> Key:
        return self.placed.key

    @property
    def mode(self) -> Mode:
        return self.promise.mode

    @property
    def is_travelled_for(self) -> bool:
        return self.mode in VISITS_BY_MODE

    @property
    def is_carried(self) -> bool:
        return self.mode in VEHICLE_MODES

    @property
    def service_s(self) -> int:
        return seconds_of(self.placed.item.service_duration)

    @property
    def on_board_s(self) -> int | None:
        bound = self.placed.item.max_on_board
        return None if bound is None else bound // timedelta(seconds=1)

    @cached_property
    def site_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(way.site_id for way in self.ways if way.site_id))

    @cached_property
    def resource_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(way.resource_id for way in self.ways if way.resource_id))

    @cached_property
    def pieces(self) -> dict[str, int]:
        """Pieces by SKU that it takes out of a site's stock."""
        pieces: dict[str, int] = {}
        for demand in self.placed.demands if self.placed.hands_over_goods else ():
            pieces[demand.sku_id] = pieces.get(demand.sku_id, 0) + demand.quantity
        return pieces

    @property
    def num_lines(self) -> int:
        """Lines to pick."""
        return len(self.placed.demands) if self.placed.hands_over_goods else 0


def jobs_of(problem: Problem, contract: Contract) -> tuple[Job, ...]:
    """The items of a contract with a promise, in their order."""
    alone = replace(problem, contracts=(contract,), initial_plan=Plan())
    promise_by_id = {promise.item_id: promise for promise in contract.promises}
    bound = {item_id for group in contract.same_starts for item_id in group.item_ids}
    agreed = {
        each.item_id: problem.horizon.seconds(each.planned_start)
        for each in problem.initial_plan.assignments
        if each.contract_id == contract.contract_id and each.item_id in bound
    }
    return tuple(
        _job(alone, contract, promise_by_id[item.item_id], start=agreed.get(item.item_id))
        for item in contract.items
        if item.item_id in promise_by_id
    )


def _job(alone: Problem, contract: Contract, promise: Promise, *, start: int | None) -> Job:
    window = alone.horizon.seconds_up(promise.window.earliest), alone.horizon.seconds(promise.window.latest)
    tried = [_placed(alone, contract, promise, way) for way in _imaginable(alone, contract, promise)]
    ways = tuple(way for way, case in tried if not any(True for rule in ALONE for _ in rule(case)))
    _, case = _placed(alone, contract, promise, Way(None, None))
    return Job(case.placed[0], promise, window, ways, start)


def _placed(alone: Problem, contract: Contract, promise: Promise, way: Way) -> tuple[Way, Case]:
    """A plan with one assignment in it, ready as early as can be."""
    assignment = Assignment(
        contract_id=contract.contract_id,
        item_id=promise.item_id,
        mode=promise.mode,
        site_id=way.site_id,
        resource_id=way.resource_id,
        ready_time=contract.created_time,
        planned_start=promise.window.earliest,
        uses=way.uses,
    )
    return way, Case(alone, Plan(assignments=(assignment,)))


def _imaginable(alone: Problem, contract: Contract, promise: Promise) -> Iterator[Way]:
    """Ways that name the right kind of things; most of them break some rule."""
    catalogue = alone.catalogue
    if promise.mode in VEHICLE_MODES:
        for site in catalogue.sites:
            yield from (Way(site.site_id, each.resource_id) for each in catalogue.vehicles)
    elif promise.mode is Mode.PICKUP:
        yield from (Way(site.site_id, None) for site in catalogue.sites)
    elif promise.mode is Mode.TECHNICIAN:
        yield from (Way(None, each.resource_id) for each in catalogue.technicians)
    elif promise.mode is Mode.REMOTE:
        yield from (Way(None, each.resource_id) for each in catalogue.desks)
    elif promise.mode is Mode.CARRIER:
        for carrier in catalogue.carriers:
            for site in catalogue.sites:
                yield from _parcels(alone, contract, promise, carrier, site)
    else:
        yield Way(None, None)


def _parcels(alone: Problem, contract: Contract, promise: Promise, carrier: Carrier, site: Site) -> Iterator[Way]:
    """A parcel that leaves on any of the days before the promised one."""
    item, zone_info = contract.item(promise.item_id), alone.catalogue.zone
    zone = zone_at(carrier, item.place)
    terms = terms_of(carrier, zone)
    tariff = terms.tariff_base + round_half_up(item.load.weight_g * terms.tariff_per_kg, 1000)
    owners = [(CapacityKind.CARRIER, carrier.resource_id)]
    if zone is not None:
        owners.append((CapacityKind.CARRIER_ZONE, zone.zone_id))
    first = max(alone.now, contract.created_time).astimezone(zone_info).date()
    for day in _days(first, promise.window.latest.astimezone(zone_info).date()):
        midnight = datetime.combine(day, time(0), zone_info)
        uses = tuple(
            CapacityUse(kind=kind, owner_id=owner_id, bucket_start=midnight, amount=1) for kind, owner_id in owners
        )
        yield Way(site.site_id, carrier.resource_id, uses, tariff)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


@dataclass(frozen=True, eq=False)
class Node:
    """A visit that may or may not take place.

    Parameters
    ----------
    site_id
        Of a visit at a site: which; None at the customer's door.
    starts
        When it may start.
    """

    idx: int
    job: Job
    kind: VisitKind
    place: Place
    site_id: str | None
    setup_s: int
    service_s: int
    starts: tuple[Span, ...]

    @property
    def earliest(self) -> int:
        return self.starts[0][0]

    @property
    def latest(self) -> int:
        return self.starts[-1][1]

    @property
    def sign(self) -> int:
        """What it does to the load on board."""
        return {VisitKind.PICKUP: 1, VisitKind.DELIVERY: -1, VisitKind.SERVICE: 0}[self.kind]

    @property
    def is_at_door(self) -> bool:
        return self.site_id is None

    def is_by(self, way: Way) -> bool:
        """Whether the visit takes place if its item is done that way."""
        return self.site_id is None or self.site_id == way.site_id


def nodes_of(problem: Problem, jobs: Sequence[Job], *, last_s: int) -> tuple[Node, ...]:
    """Every visit that could be; those that could start at no time are left out."""
    drafts = [draft for job in jobs if job.is_travelled_for for draft in _visits(problem, job, last_s=last_s)]
    return tuple(replace(draft, idx=n) for n, draft in enumerate(draft for draft in drafts if draft.starts))


def _visits(problem: Problem, job: Job, *, last_s: int) -> Iterator[Node]:
    item, setup_s = job.placed.item, door_setup_s(problem, job.placed.item.place)
    yield Node(0, job, job.placed.door_visit, item.place, None, setup_s, job.service_s, tuple(_at_door(problem, job)))
    for site_id in job.site_ids:
        site = problem.catalogue.site_by_id[site_id]
        kind = VisitKind.DELIVERY if job.placed.is_collection else VisitKind.PICKUP
        bounds = (job.window[0], last_s) if job.placed.is_collection else (0, job.window[1])
        starts_there = tuple(_open(problem, site, bounds))
        stay = seconds_of(site.setup_duration), seconds_of(site.handover_duration)
        yield Node(0, job, kind, site.place, site_id, *stay, starts_there)


def _at_door(problem: Problem, job: Job) -> Iterator[Span]:
    """In the promised window, and in a limit of the customer's; at the instant that was agreed, if one was."""
    horizon, window = problem.horizon, job.window
    limits = [
        (horizon.seconds_up(each.earliest), horizon.seconds(each.latest)) for each in job.placed.item.sla.windows
    ] or [window]
    for limit in limits:
        first, last = max(window[0], limit[0]), min(window[1], limit[1])
        if job.start is not None:
            first, last = max(first, job.start), min(last, job.start)
        if first <= last:
            yield first, last


def door_setup_s(problem: Problem, place: Place) -> int:
    """Set-up at a door and the walk from the street and back."""
    policy = problem.catalogue.policy
    walk_s = -(-2 * 1000 * place.snap_distance_m // policy.walking_speed_mm_per_s)
    return seconds_of(policy.customer_setup) + walk_s


def _open(problem: Problem, site: Site, bounds: Span) -> Iterator[Span]:
    """When a visit at a site may start: it is open then, and will be."""
    horizon, hours = problem.horizon, Case(problem, Plan()).hours
    for opens, closes in hours.periods(site, horizon.instant(bounds[0]), horizon.instant(bounds[1])):
        first = max(bounds[0], horizon.seconds_up(opens))
        last = min(bounds[1], horizon.seconds_up(closes) - 1)
        if first <= last:
            yield first, last

"""Everybody's day cut into spans: who travels, works, waits and rests from when to when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from models.contract import Contract, ServiceItemKind
from models.place import Place
from models.plan import Assignment, Route, Visit, VisitKind
from models.plan_file import PlanFile
from models.promise import Mode
from models.resource import Technician, TravelProfile, Vehicle
from scenarios.world import World

Mobile = Vehicle | Technician


class Doing(StrEnum):
    TRAVEL = "TRAVEL"
    SETUP = "SETUP"
    PICKUP = "PICKUP"
    DELIVERY = "DELIVERY"
    SERVICE = "SERVICE"
    SESSION = "SESSION"
    WAITING = "WAITING"
    BREAK = "BREAK"


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)` of somebody's day.

    Parameters
    ----------
    contract_ids
        Whose work it is; of travel, also those whose goods are on board.
    item_id
        Of a visit or session.
    """

    resource_id: str
    doing: Doing
    start: datetime
    end: datetime
    contract_ids: tuple[str, ...] = ()
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """A way from place to place, driven by `span`."""

    span: Span
    profile: TravelProfile
    origin: Place
    destination: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A visit, its number in the route from 1 on, and the site that it is at, if it is at one."""

    resource_id: str
    number: int
    visit: Visit
    site_id: str | None


@dataclass(frozen=True, eq=False)
class Work:
    """What a plan has everybody do.

    Parameters
    ----------
    stored
        A plan that was made for `world`.
    """

    world: World
    stored: PlanFile

    @cached_property
    def contract_by_id(self) -> dict[str, Contract]:
        return {contract.contract_id: contract for contract in self.stored.contracts}

    @cached_property
    def assignment_by_key(self) -> dict[tuple[str, str], Assignment]:
        return {(each.contract_id, each.item_id): each for each in self.stored.plan.assignments}

    @cached_property
    def routes(self) -> tuple[tuple[Mobile, Route], ...]:
        """Those with visits, in the order of the world's resources."""
        route_by_id = {route.resource_id: route for route in self.stored.plan.routes if route.visits}
        mobiles = self.world.catalogue.mobiles
        return tuple((each, route_by_id[each.resource_id]) for each in mobiles if each.resource_id in route_by_id)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return tuple(
            Call(route.resource_id, number, visit, self._site_of(visit))
            for _, route in self.routes
            for number, visit in enumerate(route.visits, start=1)
        )

    def _site_of(self, visit: Visit) -> str | None:
        """Goods are fetched at a site; what is collected is brought to one."""
        collected = self.contract_by_id[visit.contract_id].item(visit.item_id).kind is ServiceItemKind.COLLECTION
        if visit.kind is not (VisitKind.DELIVERY if collected else VisitKind.PICKUP):
            return None
        return self.assignment_by_key[visit.contract_id, visit.item_id].site_id

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """Ways that take time, and home."""
        return tuple(leg for mobile, route in self.routes for leg in self._legs_of(mobile, route))

    def _legs_of(self, mobile: Mobile, route: Route) -> Iterator[Leg]:
        here = mobile.start_place
        for visit, contract_ids in zip(route.visits, _aboard(route.visits), strict=True):
            if visit.arrival > visit.depart:
                span = Span(route.resource_id, Doing.TRAVEL, visit.depart, visit.arrival, contract_ids)
                yield Leg(span, mobile.profile, here, visit.place)
            here = visit.place
        if mobile.end_place:
            yield from self._home(mobile, route, mobile.end_place)

    def _home(self, mobile: Mobile, route: Route, end_place: Place) -> Iterator[Leg]:
        last = route.visits[-1]
        if route.way_home_s:
            depart = max((last.end, *(each.end for each in route.breaks)))
            span = Span(route.resource_id, Doing.TRAVEL, depart, depart + timedelta(seconds=route.way_home_s))
            yield Leg(span, mobile.profile, last.place, end_place)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Of those who travel, in the order of `routes` and of time."""
        legs: dict[str, list[Span]] = {}
        for leg in self.legs:
            legs.setdefault(leg.span.resource_id, []).append(leg.span)
        return tuple(span for _, route in self.routes for span in _day(route, legs.get(route.resource_id, [])))

    @cached_property
    def sessions(self) -> tuple[Span, ...]:
        """What desks do, in the order of time."""
        found = (self._session(each) for each in self.stored.plan.assignments if each.mode is Mode.REMOTE)
        return tuple(sorted(found, key=lambda span: (span.start, span.contract_ids, span.item_id)))

    def _session(self, assignment: Assignment) -> Span:
        item = self.contract_by_id[assignment.contract_id].item(assignment.item_id)
        end = assignment.planned_start + item.service_duration
        desk_id = assignment.resource_id or ""
        key = (assignment.contract_id,)
        return Span(desk_id, Doing.SESSION, assignment.planned_start, end, key, item.item_id)


def _aboard(visits: Sequence[Visit]) -> list[tuple[str, ...]]:
    """For the way to each visit: the contract of the visit, and those whose goods are on board."""
    last = {(visit.contract_id, visit.item_id): n for n, visit in enumerate(visits)}
    aboard: dict[tuple[str, str], None] = {}
    found = []
    for n, visit in enumerate(visits):
        key = visit.contract_id, visit.item_id
        found.append(tuple(dict.fromkeys((visit.contract_id, *(contract_id for contract_id, _ in aboard)))))
        if last[key] > n:
            aboard[key] = None
        else:
            aboard.pop(key, None)
    return found


def _day(route: Route, travel: Iterable[Span]) -> Iterator[Span]:
    busy = [*travel]
    for visit in route.visits:
        key = (visit.contract_id,)
        if visit.start > visit.arrival:
            busy.append(Span(route.resource_id, Doing.SETUP, visit.arrival, visit.start, key, visit.item_id))
        busy.append(Span(route.resource_id, Doing(visit.kind.value), visit.start, visit.end, key, visit.item_id))
    first, last = min(span.start for span in busy), max(span.end for span in busy)
    rest = [Span(route.resource_id, Doing.BREAK, each.start, each.end) for each in route.breaks]
    day = sorted((*busy, *rest), key=lambda span: (span.start, span.end))
    waits = (
        Span(route.resource_id, Doing.WAITING, one.end, other.start)
        for one, other in pairwise(day)
        if one.end < other.start and one.end >= first and other.start <= last
    )
    yield from sorted((*day, *waits), key=lambda span: (span.start, span.end))

"""R5, R15, R16: an item that somebody travels for has its visits, where and when they have to be."""

from collections import Counter
from collections.abc import Iterator

from models.place import Place
from models.plan import Violation, VisitKind
from models.promise import Mode
from solver.check.case import VEHICLE_MODES, VISITS_BY_MODE, Case, Step, Trip
from solver.check.codes import ViolationCode, violation
from solver.check.hours import said_hours
from solver.check.ways import same_place

RESOURCE_BY_MODE = {
    Mode.RIDER: "vehicle",
    Mode.VAN: "vehicle",
    Mode.TECHNICIAN: "technician",
    Mode.CARRIER: "carrier",
    Mode.REMOTE: "desk",
}
"""What does an item; the other modes need nobody."""


def routes_are_of_distinct_mobiles(case: Case) -> Iterator[Violation]:
    mobiles = case.problem.catalogue.mobile_by_id
    for resource_id, count in Counter(route.resource_id for route in case.plan.routes).items():
        if count > 1:
            yield violation(
                ViolationCode.ROUTE_DUPLICATE,
                f"routes[{resource_id}]",
                f"routes ({count}) of a vehicle or technician must be <= 1",
            )
        if resource_id not in mobiles:
            yield violation(
                ViolationCode.RESOURCE_UNKNOWN,
                f"routes[{resource_id}]",
                f"vehicle or technician ({resource_id}) must be one of the {len(mobiles)} of the catalogue",
            )


def resources_exist(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        mode, resource_id = placed.assignment.mode, placed.assignment.resource_id
        if mode not in RESOURCE_BY_MODE:
            if resource_id is not None:
                yield violation(
                    ViolationCode.RESOURCE_UNEXPECTED,
                    placed.path,
                    f"resource ({resource_id}) of a {mode} must be none",
                )
        elif placed.resource is None:
            yield violation(
                ViolationCode.RESOURCE_UNKNOWN,
                placed.path,
                f"resource ({resource_id}) must be a {RESOURCE_BY_MODE[mode]} of the catalogue",
            )


def vehicles_are_of_the_mode(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        mode, resource = placed.assignment.mode, placed.resource
        if mode in VEHICLE_MODES and resource and resource.kind.name != mode.name:
            yield violation(
                ViolationCode.RESOURCE_KIND_WRONG,
                placed.path,
                f"kind of {resource.resource_id} ({resource.kind}) must be the mode ({mode})",
            )


def trips_have_one_visit_of_each_kind(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        for kind in VISITS_BY_MODE[trip.placed.assignment.mode]:
            count = len(trip.of(kind))
            if count != 1:
                yield violation(
                    ViolationCode.VISIT_DUPLICATE if count else ViolationCode.VISIT_MISSING,
                    trip.placed.path,
                    f"{kind} visits ({count}) must be 1",
                )


def visits_are_of_assigned_items(case: Case) -> Iterator[Violation]:
    for step in case.steps:
        visit = step.visit
        if step.placed is None:
            yield violation(
                ViolationCode.VISIT_UNASSIGNED,
                step.path,
                f"item ({visit.contract_id}/{visit.item_id}) of a visit must be assigned, is not",
            )
        elif visit.kind not in (kinds := VISITS_BY_MODE.get(step.placed.assignment.mode, ())):
            yield violation(
                ViolationCode.VISIT_UNEXPECTED,
                step.path,
                f"a visit ({visit.kind}) for a {step.placed.assignment.mode} must be one of "
                f"({', '.join(kinds) or 'none'})",
            )


def visits_are_in_the_route_of_the_resource(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        resource_id = trip.placed.assignment.resource_id
        for step in trip.steps:
            if step.route.resource_id != resource_id:
                yield violation(
                    ViolationCode.VISIT_ON_OTHER_ROUTE,
                    step.path,
                    f"route ({step.route.resource_id}) must be that of the assignment ({resource_id})",
                )


def visits_are_at_their_places(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        site, item = trip.placed.site, trip.placed.item
        for step in trip.at_site:
            if site and not same_place(step.visit.place, site.place):
                yield _misplaced(step, f"of {site.site_id}", site.place)
        for step in trip.at_door:
            if not same_place(step.visit.place, item.place):
                yield _misplaced(step, "of the item", item.place)


def _misplaced(step: Step, whose: str, place: Place) -> Violation:
    return violation(
        ViolationCode.VISIT_MISPLACED, step.path, f"place ({step.visit.place}) must be that {whose} ({place})"
    )


def pickups_come_first(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        for pickup in trip.of(VisitKind.PICKUP):
            for delivery in trip.of(VisitKind.DELIVERY):
                if pickup.route is delivery.route and pickup.idx >= delivery.idx:
                    yield violation(
                        ViolationCode.VISIT_ORDER_WRONG,
                        delivery.path,
                        f"position of the delivery ({delivery.idx}) must be > that of its pickup ({pickup.idx})",
                    )


def planned_starts_are_those_at_the_door(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        planned = trip.placed.assignment.planned_start
        for step in trip.at_door:
            if step.visit.start != planned:
                yield violation(
                    ViolationCode.PLANNED_START_WRONG,
                    trip.placed.path,
                    f"planned_start ({planned}) must be the start of the {step.visit.kind} visit ({step.visit.start})",
                )


def pickups_wait_for_picking(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        if not trip.placed.hands_over_goods:
            continue
        ready_time = trip.placed.assignment.ready_time
        for step in trip.at_site:
            if step.visit.start < ready_time:
                yield violation(
                    ViolationCode.PICKUP_BEFORE_READY,
                    step.path,
                    f"start ({step.visit.start}) must be >= ready_time ({ready_time})",
                )


def sites_are_visited_in_opening_hours(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        yield from _closed(case, trip)


def _closed(case: Case, trip: Trip) -> Iterator[Violation]:
    site = trip.placed.site
    if site is None:
        return
    for step in trip.at_site:
        if not case.hours.is_open(site, step.visit.start):
            yield violation(
                ViolationCode.SITE_CLOSED,
                step.path,
                f"start ({case.hours.local(step.visit.start)}) must be in the hours of {site.site_id} "
                f"({said_hours(site)})",
            )


RULES = (
    routes_are_of_distinct_mobiles,
    resources_exist,
    vehicles_are_of_the_mode,
    trips_have_one_visit_of_each_kind,
    visits_are_of_assigned_items,
    visits_are_in_the_route_of_the_resource,
    visits_are_at_their_places,
    pickups_come_first,
    planned_starts_are_those_at_the_door,
    pickups_wait_for_picking,
    sites_are_visited_in_opening_hours,
)

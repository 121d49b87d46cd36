"""R5: an item on a vehicle has its two visits, where and when they have to be."""

from collections import Counter
from collections.abc import Iterator

from models.place import Place
from models.plan import Violation, VisitKind
from models.promise import Mode
from solver.check.case import VEHICLE_MODES, Case, Haul, Step
from solver.check.codes import ViolationCode, violation
from solver.check.ways import same_place


def routes_are_of_distinct_vehicles(case: Case) -> Iterator[Violation]:
    vehicles = case.problem.catalogue.vehicle_by_id
    for resource_id, count in Counter(route.resource_id for route in case.plan.routes).items():
        if count > 1:
            yield violation(
                ViolationCode.ROUTE_DUPLICATE,
                f"routes[{resource_id}]",
                f"routes ({count}) of a vehicle must be <= 1",
            )
        if resource_id not in vehicles:
            yield violation(
                ViolationCode.RESOURCE_UNKNOWN,
                f"routes[{resource_id}]",
                f"vehicle ({resource_id}) must be one of the {len(vehicles)} of the catalogue",
            )


def resources_exist(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        mode, resource_id = placed.assignment.mode, placed.assignment.resource_id
        if mode is Mode.PICKUP:
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
                f"resource ({resource_id}) must be a {'carrier' if mode is Mode.CARRIER else 'vehicle'} "
                "of the catalogue",
            )


def vehicles_are_of_the_mode(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        mode, vehicle = placed.assignment.mode, placed.vehicle
        if vehicle and vehicle.kind.name != mode.name:
            yield violation(
                ViolationCode.RESOURCE_KIND_WRONG,
                placed.path,
                f"kind of {vehicle.resource_id} ({vehicle.kind}) must be the mode ({mode})",
            )


def hauls_have_two_visits(case: Case) -> Iterator[Violation]:
    for haul in case.hauls:
        for kind, steps in ((VisitKind.PICKUP, haul.pickups), (VisitKind.DELIVERY, haul.deliveries)):
            if len(steps) != 1:
                yield violation(
                    ViolationCode.VISIT_DUPLICATE if steps else ViolationCode.VISIT_MISSING,
                    haul.placed.path,
                    f"{kind} visits ({len(steps)}) must be 1",
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
        elif step.placed.assignment.mode not in VEHICLE_MODES:
            yield violation(
                ViolationCode.VISIT_UNEXPECTED,
                step.path,
                f"mode ({step.placed.assignment.mode}) of an item with a visit must be RIDER or VAN",
            )


def visits_are_in_the_route_of_the_resource(case: Case) -> Iterator[Violation]:
    for haul in case.hauls:
        resource_id = haul.placed.assignment.resource_id
        for step in (*haul.pickups, *haul.deliveries):
            if step.route.resource_id != resource_id:
                yield violation(
                    ViolationCode.VISIT_ON_OTHER_ROUTE,
                    step.path,
                    f"route ({step.route.resource_id}) must be that of the assignment ({resource_id})",
                )


def visits_are_at_their_places(case: Case) -> Iterator[Violation]:
    for haul in case.hauls:
        site, item = haul.placed.site, haul.placed.item
        for step in haul.pickups:
            if site and not same_place(step.visit.place, site.place):
                yield _misplaced(step, f"of {site.site_id}", site.place)
        for step in haul.deliveries:
            if not same_place(step.visit.place, item.place):
                yield _misplaced(step, "of the item", item.place)


def _misplaced(step: Step, whose: str, place: Place) -> Violation:
    return violation(
        ViolationCode.VISIT_MISPLACED, step.path, f"place ({step.visit.place}) must be that {whose} ({place})"
    )


def pickups_come_first(case: Case) -> Iterator[Violation]:
    for haul in case.hauls:
        for pickup in haul.pickups:
            for delivery in haul.deliveries:
                if pickup.route is delivery.route and pickup.idx >= delivery.idx:
                    yield violation(
                        ViolationCode.VISIT_ORDER_WRONG,
                        delivery.path,
                        f"position of the delivery ({delivery.idx}) must be > that of its pickup ({pickup.idx})",
                    )


def planned_starts_are_those_of_deliveries(case: Case) -> Iterator[Violation]:
    for haul in case.hauls:
        planned = haul.placed.assignment.planned_start
        for step in haul.deliveries:
            if step.visit.start != planned:
                yield violation(
                    ViolationCode.PLANNED_START_WRONG,
                    haul.placed.path,
                    f"planned_start ({planned}) must be the start of the delivery ({step.visit.start})",
                )


def pickups_wait_for_picking(case: Case) -> Iterator[Violation]:
    for haul in case.hauls:
        ready_time = haul.placed.assignment.ready_time
        for step in haul.pickups:
            if step.visit.start < ready_time:
                yield violation(
                    ViolationCode.PICKUP_BEFORE_READY,
                    step.path,
                    f"start ({step.visit.start}) must be >= ready_time ({ready_time})",
                )


def pickups_are_in_opening_hours(case: Case) -> Iterator[Violation]:
    for haul in case.hauls:
        yield from _closed_at_pickup(case, haul)


def _closed_at_pickup(case: Case, haul: Haul) -> Iterator[Violation]:
    site = haul.placed.site
    if site is None:
        return
    for step in haul.pickups:
        if not case.hours.is_open(site, step.visit.start):
            hours = ", ".join(f"[{each.opens}, {each.closes})" for each in site.hours)
            yield violation(
                ViolationCode.SITE_CLOSED,
                step.path,
                f"start ({case.hours.local(step.visit.start)}) must be in the hours of {site.site_id} ({hours})",
            )


RULES = (
    routes_are_of_distinct_vehicles,
    resources_exist,
    vehicles_are_of_the_mode,
    hauls_have_two_visits,
    visits_are_of_assigned_items,
    visits_are_in_the_route_of_the_resource,
    visits_are_at_their_places,
    pickups_come_first,
    planned_starts_are_those_of_deliveries,
    pickups_wait_for_picking,
    pickups_are_in_opening_hours,
)

"""R15, R16, R18: what hands over no goods needs none, and nothing but its time and its tools."""

from collections.abc import Iterator
from datetime import time

from models.plan import CapacityKind, Violation
from models.promise import Mode
from models.resource import Technician
from solver.check.case import Case
from solver.check.codes import ViolationCode, violation


def tools_are_there(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        wanted, technician = placed.item.constraint.tools, placed.resource
        if not wanted or not isinstance(technician, Technician):
            continue
        missing = sorted(set(wanted) - set(technician.tools))
        if missing:
            yield violation(
                ViolationCode.TOOL_MISSING,
                placed.path,
                f"tools asked for ({', '.join(missing)}) must be some of {technician.resource_id}'s "
                f"({', '.join(technician.tools)})",
            )


def services_have_no_demands(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        if placed.demands and not placed.hands_over_goods:
            yield violation(
                ViolationCode.DEMAND_UNEXPECTED,
                placed.path,
                f"demands ({len(placed.demands)}) of a {placed.done_as} must be 0",
            )


def services_are_ready_when_the_window_opens(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        if placed.hands_over_goods or placed.promise is None:
            continue
        ready_time, earliest = placed.assignment.ready_time, placed.promise.window.earliest
        if ready_time != earliest:
            yield violation(
                ViolationCode.READY_TIME_WRONG,
                placed.path,
                f"ready_time ({ready_time}) without picking must be the window's earliest ({earliest})",
            )


def digital_items_are_sent_when_the_window_opens(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        if placed.assignment.mode is not Mode.DIGITAL or placed.promise is None:
            continue
        planned, earliest = placed.assignment.planned_start, placed.promise.window.earliest
        if planned != earliest:
            yield violation(
                ViolationCode.PLANNED_START_WRONG,
                placed.path,
                f"planned_start ({planned}) must be the window's earliest ({earliest})",
            )


def collections_take_a_place_at_their_site(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        site = trip.placed.site
        if site is None or not trip.placed.is_collection:
            continue
        uses = [(use.owner_id, use.amount, use.bucket_start) for use in trip.placed.uses(CapacityKind.RETURNS)]
        days = [case.hours.local(step.visit.start).date() for step in trip.at_site]
        if uses != [(site.site_id, 1, case.hours.instant(day, time(0))) for day in days]:
            said = ", ".join(f"{amount} of {owner} from {case.hours.local(start)}" for owner, amount, start in uses)
            yield violation(
                ViolationCode.RETURNS_USE_WRONG,
                trip.placed.path,
                f"returns ({said or 'none'}) must be one, of 1 item at {site.site_id} from the midnight before the "
                f"visit there ({', '.join(map(str, days))})",
            )


def sites_take_in_so_many_a_day(case: Case) -> Iterator[Violation]:
    for (site_id, start), amount in case.cells[CapacityKind.RETURNS].items():
        site = case.problem.catalogue.site_by_id.get(site_id)
        if site and site.returns_per_day is not None and amount > site.returns_per_day:
            yield violation(
                ViolationCode.RETURNS_OVERBOOKED,
                f"cells[RETURNS/{site_id}/{start.isoformat()}]",
                f"collected items ({amount}) must be <= returns_per_day ({site.returns_per_day})",
            )


RULES = (
    tools_are_there,
    services_have_no_demands,
    services_are_ready_when_the_window_opens,
    digital_items_are_sent_when_the_window_opens,
    collections_take_a_place_at_their_site,
    sites_take_in_so_many_a_day,
)

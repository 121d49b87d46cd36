"""R6: the clock along each route."""

from collections.abc import Iterator

from models.plan import Violation
from solver.check.case import Case, seconds
from solver.check.codes import ViolationCode, violation


def departures_follow_the_shift(case: Case) -> Iterator[Violation]:
    for drive in case.drives:
        if drive.mobile and drive.steps and drive.steps[0].visit.depart < drive.mobile.shift.start:
            yield violation(
                ViolationCode.DEPART_BEFORE_SHIFT,
                drive.steps[0].path,
                f"depart ({drive.steps[0].visit.depart}) must be >= start of the shift ({drive.mobile.shift.start})",
            )


def departures_follow_the_visit_before(case: Case) -> Iterator[Violation]:
    for step in case.steps:
        if step.previous and step.visit.depart < step.previous.end:
            yield violation(
                ViolationCode.DEPART_BEFORE_END,
                step.path,
                f"depart ({step.visit.depart}) must be >= end of the visit before ({step.previous.end})",
            )


def arrivals_are_departures_plus_travel(case: Case) -> Iterator[Violation]:
    for step in case.steps:
        if step.leg and step.visit.arrival != step.visit.depart + seconds(step.leg.seconds):
            yield violation(
                ViolationCode.ARRIVAL_WRONG,
                step.path,
                f"arrival ({step.visit.arrival}) must be depart ({step.visit.depart}) + travel ({step.leg.seconds} s)",
            )


def starts_follow_the_setup(case: Case) -> Iterator[Violation]:
    for step in case.steps:
        if step.visit.start < step.visit.arrival + seconds(step.setup):
            yield violation(
                ViolationCode.START_BEFORE_SETUP,
                step.path,
                f"start ({step.visit.start}) must be >= arrival ({step.visit.arrival}) + set-up ({step.setup} s)",
            )


def ends_are_starts_plus_service(case: Case) -> Iterator[Violation]:
    for step in case.steps:
        if step.service is not None and step.visit.end != step.visit.start + seconds(step.service):
            yield violation(
                ViolationCode.END_WRONG,
                step.path,
                f"end ({step.visit.end}) must be start ({step.visit.start}) + service ({step.service} s)",
            )


def legs_can_be_travelled(case: Case) -> Iterator[Violation]:
    for step in case.steps:
        if step.mobile and step.leg is None:
            origin = step.previous.place if step.previous else step.mobile.start_place
            yield violation(
                ViolationCode.LEG_UNREACHABLE,
                step.path,
                f"a way by {step.mobile.profile} must lead from street node {origin.street_node_id} "
                f"to {step.visit.place.street_node_id}, none does",
            )
    for drive in case.drives:
        if drive.goes_home and drive.home is None:
            yield violation(
                ViolationCode.LEG_UNREACHABLE,
                drive.path,
                f"a way must lead from the last visit (street node {drive.steps[-1].visit.place.street_node_id}) "
                "to its end_place, none does",
            )


def routes_end_with_the_shift(case: Case) -> Iterator[Violation]:
    for drive in case.drives:
        if not drive.mobile or not drive.end:
            continue
        shift_end, overtime = drive.mobile.shift.end, drive.mobile.overtime
        if drive.end > shift_end + overtime:
            yield violation(
                ViolationCode.SHIFT_OVERRUN,
                drive.path,
                f"end of the route ({drive.end}) must be <= end of the shift ({shift_end}) + overtime ({overtime})",
            )


RULES = (
    departures_follow_the_shift,
    departures_follow_the_visit_before,
    arrivals_are_departures_plus_travel,
    starts_follow_the_setup,
    ends_are_starts_plus_service,
    legs_can_be_travelled,
    routes_end_with_the_shift,
)

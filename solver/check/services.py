"""R15, R16, R18: what hands over no goods needs none, and nothing but its time and its tools."""

from collections.abc import Iterator

from models.plan import Violation
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


RULES = (
    tools_are_there,
    services_have_no_demands,
    services_are_ready_when_the_window_opens,
    digital_items_are_sent_when_the_window_opens,
)

"""R21: who has visits takes every break of the shift, in its window, whole, and does nothing else meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from models.plan import PlacedBreak, Violation
from models.resource import Break
from models.timing import seconds_of
from solver.check.case import Case, Drive, seconds
from solver.check.codes import ViolationCode, violation

SECOND = timedelta(seconds=1)


def routes_have_the_breaks_of_the_shift(case: Case) -> Iterator[Violation]:
    for drive in case.drives:
        placed, wanted = len(drive.route.breaks), _num_wanted(drive)
        if drive.mobile and placed != wanted:
            yield violation(
                ViolationCode.BREAK_MISSING if placed < wanted else ViolationCode.BREAK_UNEXPECTED,
                f"{drive.path}.breaks",
                f"breaks ({placed}) of a route with {len(drive.steps)} visits must be {wanted}",
            )


def _num_wanted(drive: Drive) -> int:
    return len(drive.mobile.breaks) if drive.mobile and drive.steps else 0


def breaks_start_in_their_windows(case: Case) -> Iterator[Violation]:
    for path, placed, asked in _breaks(case):
        if placed.start not in asked.window:
            yield violation(
                ViolationCode.BREAK_OUTSIDE_WINDOW,
                path,
                f"start ({placed.start}) must be in the break's window "
                f"[{asked.window.earliest}, {asked.window.latest}]",
            )


def breaks_last_as_long_as_they_should(case: Case) -> Iterator[Violation]:
    for path, placed, asked in _breaks(case):
        duration = seconds(seconds_of(asked.duration))
        if placed.end != placed.start + duration:
            yield violation(
                ViolationCode.BREAK_DURATION_WRONG,
                path,
                f"end ({placed.end}) must be start ({placed.start}) + duration ({duration})",
            )


def nothing_else_is_done_in_a_break(case: Case) -> Iterator[Violation]:
    for drive in case.drives:
        for n, each in enumerate(drive.route.breaks):
            for step in drive.steps:
                if step.visit.depart < each.end and each.start < step.visit.end:
                    yield violation(
                        ViolationCode.BREAK_OVERLAPPED,
                        f"{drive.path}.breaks[{n}]",
                        f"break [{each.start}, {each.end}) must lie outside of way and visit "
                        f"[{step.visit.depart}, {step.visit.end}) of {step.path}",
                    )
        for n, (one, other) in enumerate(pairwise(drive.route.breaks), start=1):
            if other.start < one.end:
                yield violation(
                    ViolationCode.BREAK_OVERLAPPED,
                    f"{drive.path}.breaks[{n}]",
                    f"start ({other.start}) must be >= end of the break before ({one.end})",
                )


def frozen_breaks_are_unchanged(case: Case) -> Iterator[Violation]:
    """Of a route that has visits; if all of them are gone, nobody says when the breaks are taken."""
    for drive in case.drives:
        breaks, frozen = drive.route.breaks, _frozen(case, drive)
        if drive.steps and breaks[: len(frozen)] != frozen:
            yield violation(
                ViolationCode.FROZEN_BREAK_CHANGED,
                f"{drive.path}.breaks",
                f"breaks that start at or before freeze_until ({case.problem.freeze_until}) must be "
                f"{_said(frozen)}, found {_said(breaks[: len(frozen)])}",
            )


def other_breaks_are_in_the_future(case: Case) -> Iterator[Violation]:
    """Who had no visits has taken breaks as early as they may start."""
    for drive in case.drives:
        had_visits = drive.route.resource_id in _with_visits(case)
        num_frozen = len(_frozen(case, drive))
        for path, placed, asked in _breaks_of(drive, first=num_frozen):
            taken = not had_visits and placed.start - asked.window.earliest < SECOND
            if placed.start < case.problem.now and not taken:
                yield violation(
                    ViolationCode.BREAK_IN_THE_PAST,
                    path,
                    f"start ({placed.start}) of a break that is not frozen must be >= now ({case.problem.now})",
                )


def _breaks(case: Case) -> Iterator[tuple[str, PlacedBreak, Break]]:
    """Each break with its path and what the shift asks for, in their order."""
    for drive in case.drives:
        yield from _breaks_of(drive)


def _breaks_of(drive: Drive, *, first: int = 0) -> Iterator[tuple[str, PlacedBreak, Break]]:
    asked = drive.mobile.breaks if drive.mobile else ()
    for n, pair in list(enumerate(zip(drive.route.breaks, asked, strict=False)))[first:]:
        yield f"{drive.path}.breaks[{n}]", *pair


def _frozen(case: Case, drive: Drive) -> tuple[PlacedBreak, ...]:
    """The breaks in force that have begun."""
    for route in case.problem.initial_plan.routes:
        if route.resource_id == drive.route.resource_id:
            return tuple(each for each in route.breaks if each.start <= case.problem.freeze_until)
    return ()


def _with_visits(case: Case) -> set[str]:
    return {route.resource_id for route in case.problem.initial_plan.routes if route.visits}


def _said(breaks: tuple[PlacedBreak, ...]) -> str:
    return ", ".join(f"[{each.start}, {each.end})" for each in breaks) or "none"


RULES = (
    routes_have_the_breaks_of_the_shift,
    breaks_start_in_their_windows,
    breaks_last_as_long_as_they_should,
    nothing_else_is_done_in_a_break,
    frozen_breaks_are_unchanged,
    other_breaks_are_in_the_future,
)

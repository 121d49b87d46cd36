"""R17: a remote session has an agent of its desk from its start to its end."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from models.plan import CapacityKind, CapacityUse, Violation
from models.promise import Mode
from models.resource import Desk
from models.timing import seconds_of
from solver.check.case import Case, Placed, bucket_idx, is_aligned, seconds
from solver.check.codes import ViolationCode, violation
from solver.check.hours import said_hours


class _Session(NamedTuple):
    """An assignment by `REMOTE`, `[start, end)`; no desk if there is none of that id."""

    placed: Placed
    desk: Desk | None
    start: datetime
    end: datetime


def sessions_start_in_the_window(case: Case) -> Iterator[Violation]:
    for placed, _, start, _ in _sessions(case):
        window = placed.promise.window if placed.promise else None
        if window and start not in window:
            yield violation(
                ViolationCode.WINDOW_MISSED,
                placed.path,
                f"planned_start ({start}) must be in the promised window [{window.earliest}, {window.latest}]",
            )


def sessions_are_aligned(case: Case) -> Iterator[Violation]:
    bucket = case.problem.catalogue.policy.desk_bucket
    for placed, _, start, _ in _sessions(case):
        if not is_aligned(start, bucket):
            yield violation(
                ViolationCode.SESSION_NOT_ALIGNED,
                placed.path,
                f"planned_start ({start}) must be a multiple of desk_bucket ({bucket}) from the epoch",
            )


def desk_uses_are_sessions(case: Case) -> Iterator[Violation]:
    bucket = case.problem.catalogue.policy.desk_bucket
    for placed, *_ in _sessions(case):
        resource_id = placed.assignment.resource_id
        for use in placed.uses(CapacityKind.DESK):
            right = use.owner_id == resource_id, use.amount == 1, is_aligned(use.bucket_start, bucket)
            if not all(right):
                yield violation(
                    ViolationCode.DESK_USE_WRONG,
                    placed.path,
                    f"a desk use ({_use(use)}) must be 1 session of {resource_id} "
                    f"from a multiple of desk_bucket ({bucket})",
                )


def desk_uses_cover_the_session(case: Case) -> Iterator[Violation]:
    bucket = case.problem.catalogue.policy.desk_bucket
    for placed, _, start, end in _sessions(case):
        # The buckets up to the one that `end` lies in; that one only if the session reaches into it.
        first, after = bucket_idx(start, bucket), bucket_idx(end, bucket) + (not is_aligned(end, bucket))
        used = sorted(bucket_idx(use.bucket_start, bucket) for use in placed.uses(CapacityKind.DESK))
        # The length first, as for a counter: the buckets of a long session are only counted.
        if len(used) != after - first or used != list(range(first, after)):
            yield violation(
                ViolationCode.DESK_USE_WRONG,
                placed.path,
                f"desk uses ({len(used)}) must be one in each of the {after - first} buckets of [{start}, {end})",
            )


def desks_hold_so_many_sessions(case: Case) -> Iterator[Violation]:
    for (desk_id, start), amount in case.cells[CapacityKind.DESK].items():
        desk = case.problem.catalogue.desk_by_id.get(desk_id)
        if desk and amount > desk.concurrency:
            yield violation(
                ViolationCode.DESK_OVERBOOKED,
                f"cells[DESK/{desk_id}/{start.isoformat()}]",
                f"sessions at one time ({amount}) must be <= concurrency ({desk.concurrency})",
            )


def sessions_are_in_opening_hours(case: Case) -> Iterator[Violation]:
    for placed, desk, start, end in _sessions(case):
        if desk and not case.hours.spans(desk, start, end):
            yield violation(
                ViolationCode.SESSION_OUTSIDE_HOURS,
                placed.path,
                f"session [{case.hours.local(start)}, {case.hours.local(end)}] must lie in one opening period of "
                f"{desk.resource_id} ({said_hours(desk)})",
            )


def _sessions(case: Case) -> Iterator[_Session]:
    for placed in case.placed:
        if placed.assignment.mode is not Mode.REMOTE:
            continue
        start = placed.assignment.planned_start
        desk = placed.resource if isinstance(placed.resource, Desk) else None
        yield _Session(placed, desk, start, start + seconds(seconds_of(placed.item.service_duration)))


def _use(use: CapacityUse) -> str:
    return f"{use.amount} of {use.owner_id} from {use.bucket_start}"


RULES = (
    sessions_start_in_the_window,
    sessions_are_aligned,
    desk_uses_are_sessions,
    desk_uses_cover_the_session,
    desks_hold_so_many_sessions,
    sessions_are_in_opening_hours,
)

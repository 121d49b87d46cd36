"""R10: goods wait at a counter that has a place for them while the customer may come."""

from collections.abc import Iterator

from models.plan import CapacityKind, CapacityUse, Violation
from models.promise import Mode
from models.timing import TimeWindow
from solver.check.case import Case, Placed, bucket_idx, is_aligned
from solver.check.codes import ViolationCode, violation
from solver.check.hours import said_hours


def stores_have_a_counter(case: Case) -> Iterator[Violation]:
    for placed in _fetched(case):
        if placed.site and placed.site.counter_places == 0:
            yield violation(
                ViolationCode.COUNTER_MISSING,
                placed.path,
                f"counter places of {placed.site.site_id} ({placed.site.counter_places}) must be > 0",
            )


def counter_uses_are_places(case: Case) -> Iterator[Violation]:
    bucket = case.problem.catalogue.policy.counter_bucket
    for placed in _fetched(case):
        for use in placed.uses(CapacityKind.COUNTER):
            right = use.owner_id == placed.assignment.site_id, use.amount == 1, is_aligned(use.bucket_start, bucket)
            if not all(right):
                yield violation(
                    ViolationCode.COUNTER_USE_WRONG,
                    placed.path,
                    f"a counter use ({_use(use)}) must be 1 place at {placed.assignment.site_id} "
                    f"from a multiple of counter_bucket ({bucket})",
                )


def counter_uses_cover_the_window(case: Case) -> Iterator[Violation]:
    bucket = case.problem.catalogue.policy.counter_bucket
    for placed, window in _promised(case):
        first, last = bucket_idx(window.earliest, bucket), bucket_idx(window.latest, bucket)
        used = sorted(bucket_idx(use.bucket_start, bucket) for use in placed.uses(CapacityKind.COUNTER))
        # The length first: a window may be of any length, and its buckets are only counted.
        if len(used) != last - first + 1 or used != list(range(first, last + 1)):
            yield violation(
                ViolationCode.COUNTER_USE_WRONG,
                placed.path,
                f"counter uses ({len(used)}) must be one in each of the {last - first + 1} buckets of "
                f"[{window.earliest}, {window.latest}]",
            )


def counter_places_are_enough(case: Case) -> Iterator[Violation]:
    for (site_id, start), amount in case.cells[CapacityKind.COUNTER].items():
        site = case.problem.catalogue.site_by_id.get(site_id)
        if site and amount > site.counter_places:
            yield violation(
                ViolationCode.COUNTER_OVERBOOKED,
                f"cells[COUNTER/{site_id}/{start.isoformat()}]",
                f"places taken ({amount}) must be <= counter places ({site.counter_places})",
            )


def customers_fetch_what_is_ready(case: Case) -> Iterator[Violation]:
    for placed, window in _promised(case):
        if window.earliest < placed.assignment.ready_time:
            yield violation(
                ViolationCode.FETCH_BEFORE_READY,
                placed.path,
                f"earliest ({window.earliest}) must be >= ready_time ({placed.assignment.ready_time})",
            )


def customers_fetch_while_it_is_open(case: Case) -> Iterator[Violation]:
    for placed, window in _promised(case):
        if placed.site and not case.hours.spans(placed.site, window.earliest, window.latest):
            yield violation(
                ViolationCode.FETCH_OUTSIDE_HOURS,
                placed.path,
                f"window [{case.hours.local(window.earliest)}, {case.hours.local(window.latest)}] must lie in one "
                f"opening period of {placed.site.site_id} ({said_hours(placed.site)})",
            )


def planned_starts_open_the_window(case: Case) -> Iterator[Violation]:
    for placed, window in _promised(case):
        if placed.assignment.planned_start != window.earliest:
            yield violation(
                ViolationCode.PLANNED_START_WRONG,
                placed.path,
                f"planned_start ({placed.assignment.planned_start}) must be the window's earliest ({window.earliest})",
            )


def _fetched(case: Case) -> tuple[Placed, ...]:
    return tuple(placed for placed in case.placed if placed.assignment.mode is Mode.PICKUP)


def _promised(case: Case) -> Iterator[tuple[Placed, TimeWindow]]:
    for placed in _fetched(case):
        if placed.promise:
            yield placed, placed.promise.window


def _use(use: CapacityUse) -> str:
    return f"{use.amount} at {use.owner_id} from {use.bucket_start}"


RULES = (
    stores_have_a_counter,
    counter_uses_are_places,
    counter_uses_cover_the_window,
    counter_places_are_enough,
    customers_fetch_what_is_ready,
    customers_fetch_while_it_is_open,
    planned_starts_open_the_window,
)

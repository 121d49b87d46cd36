"""R4: goods are picked at their site, in buckets that have pickers left."""

from collections.abc import Iterator

from models.plan import CapacityKind, Violation
from models.timing import seconds_of
from solver.check.case import Case, is_aligned
from solver.check.codes import ViolationCode, violation


def picking_is_at_the_site(case: Case) -> Iterator[Violation]:
    for placed, uses in case.pickings:
        for use in uses:
            if use.owner_id != placed.assignment.site_id:
                yield violation(
                    ViolationCode.PICKING_ELSEWHERE,
                    placed.path,
                    f"owner of a picking use ({use.owner_id}) must be the site ({placed.assignment.site_id})",
                )


def picking_is_in_buckets(case: Case) -> Iterator[Violation]:
    bucket = case.problem.catalogue.policy.pick_bucket
    for placed, uses in case.pickings:
        for use in uses:
            if not is_aligned(use.bucket_start, bucket):
                yield violation(
                    ViolationCode.PICKING_NOT_ALIGNED,
                    placed.path,
                    f"bucket_start ({use.bucket_start}) must be a multiple of pick_bucket ({bucket}) from the epoch",
                )


def picking_covers_the_lines(case: Case) -> Iterator[Violation]:
    for placed, uses in case.pickings:
        if placed.site is None:
            continue
        amount = sum([use.amount for use in uses])
        per_line = seconds_of(placed.site.pick_duration_per_line)
        if amount != len(placed.demands) * per_line:
            yield violation(
                ViolationCode.PICKING_AMOUNT_WRONG,
                placed.path,
                f"picker-seconds ({amount}) must be lines ({len(placed.demands)}) x seconds a line ({per_line})",
            )


def picking_follows_the_contract(case: Case) -> Iterator[Violation]:
    for placed, uses in case.pickings:
        for use in uses:
            if use.bucket_start < placed.contract.created_time:
                yield violation(
                    ViolationCode.PICKING_TOO_EARLY,
                    placed.path,
                    f"bucket_start ({use.bucket_start}) must be >= created_time of the contract "
                    f"({placed.contract.created_time})",
                )
        ready_time = placed.assignment.ready_time
        if not uses and ready_time < placed.contract.created_time:
            yield violation(
                ViolationCode.PICKING_TOO_EARLY,
                placed.path,
                f"ready_time ({ready_time}) of what takes no picking must be >= created_time of the contract "
                f"({placed.contract.created_time})",
            )


def goods_are_ready_when_picked(case: Case) -> Iterator[Violation]:
    bucket = case.problem.catalogue.policy.pick_bucket
    for placed, uses in case.pickings:
        starts = [use.bucket_start for use in uses]
        ready_time = placed.assignment.ready_time
        if starts and ready_time != max(starts) + bucket:
            yield violation(
                ViolationCode.READY_TIME_WRONG,
                placed.path,
                f"ready_time ({ready_time}) must be the end of the last picking bucket ({max(starts) + bucket})",
            )


def pickers_are_enough(case: Case) -> Iterator[Violation]:
    bucket = case.problem.catalogue.policy.pick_bucket
    for (site_id, start), amount in case.cells[CapacityKind.PICKING].items():
        site = case.problem.catalogue.site_by_id.get(site_id)
        if site is None:
            continue
        open_s = case.hours.open_seconds(site, start, start + bucket)
        if amount > site.pickers * open_s:
            yield violation(
                ViolationCode.PICKING_OVERBOOKED,
                f"cells[PICKING/{site_id}/{start.isoformat()}]",
                f"picker-seconds ({amount}) must be <= pickers ({site.pickers}) x open seconds ({open_s})",
            )


RULES = (
    picking_is_at_the_site,
    picking_is_in_buckets,
    picking_covers_the_lines,
    picking_follows_the_contract,
    goods_are_ready_when_picked,
    pickers_are_enough,
)

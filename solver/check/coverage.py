"""R1 and R2: every item is accounted for once, by a mode that fits it and its promise."""

from collections import Counter
from collections.abc import Iterator

from models.plan import CapacityKind, Violation
from models.promise import Mode
from solver.check.case import KINDS_BY_MODE, Case, Placed, path_of
from solver.check.codes import ViolationCode, violation

MODE_BY_CAPACITY = {
    CapacityKind.COUNTER: Mode.PICKUP,
    CapacityKind.CARRIER: Mode.CARRIER,
    CapacityKind.CARRIER_ZONE: Mode.CARRIER,
    CapacityKind.DESK: Mode.REMOTE,
}
"""Whose each capacity is, but for picking and returns."""

_NEEDED = {CapacityKind.PICKING: "goods to hand over", CapacityKind.RETURNS: "a collection"}


def promised_items_are_assigned(case: Case) -> Iterator[Violation]:
    for asked in case.asked:
        if asked.promise and asked.key not in case.placed_by_key and asked.key not in case.lost:
            yield violation(
                ViolationCode.ITEM_NOT_ASSIGNED,
                asked.path,
                f"assignments (0) of an item with a promise ({asked.promise.mode}) must be 1",
            )


def items_are_assigned_once(case: Case) -> Iterator[Violation]:
    times = Counter((each.contract_id, each.item_id) for each in case.plan.assignments)
    for (contract_id, item_id), count in times.items():
        if count > 1:
            yield violation(
                ViolationCode.ITEM_ASSIGNED_TWICE,
                f"assignments[{contract_id}/{item_id}]",
                f"assignments ({count}) of an item must be 1",
            )


def other_items_are_assigned_or_unplanned(case: Case) -> Iterator[Violation]:
    unplanned = {(each.contract_id, each.item_id) for each in case.plan.unplanned}
    for asked in case.asked:
        if not asked.promise and asked.key not in case.placed_by_key and asked.key not in unplanned:
            yield violation(
                ViolationCode.ITEM_UNACCOUNTED,
                asked.path,
                "an item without a promise must be assigned or unplanned, is neither",
            )


def nothing_unknown_is_planned(case: Case) -> Iterator[Violation]:
    named = [(path_of(each), each.contract_id, each.item_id) for each in case.plan.assignments]
    named += [
        (f"unplanned[{each.contract_id}/{each.item_id}]", each.contract_id, each.item_id)
        for each in case.plan.unplanned
    ]
    for path, contract_id, item_id in named:
        if (contract_id, item_id) not in case.asked_by_key:
            yield violation(
                ViolationCode.ITEM_UNKNOWN,
                path,
                f"item ({contract_id}/{item_id}) must be one of the {len(case.asked)} of the problem's contracts",
            )


def nothing_unplanned_is_assigned(case: Case) -> Iterator[Violation]:
    for each in case.plan.unplanned:
        placed = case.placed_by_key.get((each.contract_id, each.item_id))
        if placed:
            yield violation(
                ViolationCode.ITEM_ASSIGNED_AND_UNPLANNED,
                placed.path,
                f"an assigned item ({placed.assignment.mode}) must not be unplanned ({each.reasons[0].code})",
            )


def contracts_are_assigned_whole(case: Case) -> Iterator[Violation]:
    assigned = Counter(contract_id for contract_id, _ in case.placed_by_key)
    for contract in case.problem.contracts:
        lost = sum(contract_id == contract.contract_id for contract_id, _ in case.lost)
        count, total = assigned[contract.contract_id], len(contract.items) - lost
        if 0 < count < total:
            yield violation(
                ViolationCode.CONTRACT_SPLIT,
                f"contracts[{contract.contract_id}]",
                f"assigned items ({count}) must be none or all that are not at risk ({total})",
            )


def modes_are_those_promised(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        if placed.promise and placed.assignment.mode is not placed.promise.mode:
            yield violation(
                ViolationCode.MODE_NOT_PROMISED,
                placed.path,
                f"mode ({placed.assignment.mode}) must be that of the promise ({placed.promise.mode})",
            )


def modes_fit_kinds(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        item, mode = placed.item, placed.assignment.mode
        wanted = KINDS_BY_MODE[mode]
        if item.kind not in wanted and not any(kind in wanted for kind in item.also):
            yield violation(
                ViolationCode.MODE_UNFIT,
                placed.path,
                f"mode ({mode}) needs an item of kind {' or '.join(wanted)}, which accepts only "
                f"({', '.join((item.kind, *item.also))})",
            )


def service_levels_have_the_mode(case: Case) -> Iterator[Violation]:
    levels = {level.service_level_id: level for level in case.problem.catalogue.policy.service_levels}
    for asked in case.asked:
        promise = asked.promise
        if promise is None:
            continue
        level = levels.get(promise.service_level_id)
        if level is None:
            yield violation(
                ViolationCode.SERVICE_LEVEL_UNKNOWN,
                asked.path,
                f"service level ({promise.service_level_id}) must be one of the policy's ({', '.join(levels)})",
            )
        elif promise.mode not in level.modes:
            yield violation(
                ViolationCode.SERVICE_LEVEL_WITHOUT_MODE,
                asked.path,
                f"mode ({promise.mode}) must be one of {promise.service_level_id} ({', '.join(level.modes)})",
            )


def capacity_is_that_of_the_mode(case: Case) -> Iterator[Violation]:
    """Counter places are for those who fetch, and so on; goods that are handed over are picked."""
    for placed in case.placed:
        for use in placed.assignment.uses:
            if not _may_take(placed, use.kind):
                yield violation(
                    ViolationCode.CAPACITY_USE_UNEXPECTED,
                    placed.path,
                    f"a use of {use.kind} needs {MODE_BY_CAPACITY.get(use.kind) or _NEEDED[use.kind]}, "
                    f"the item is a {placed.done_as} by {placed.assignment.mode}",
                )


def _may_take(placed: Placed, kind: CapacityKind) -> bool:
    if kind is CapacityKind.PICKING:
        return placed.hands_over_goods
    if kind is CapacityKind.RETURNS:
        return placed.is_collection
    return placed.assignment.mode is MODE_BY_CAPACITY[kind]


RULES = (
    promised_items_are_assigned,
    items_are_assigned_once,
    other_items_are_assigned_or_unplanned,
    nothing_unknown_is_planned,
    nothing_unplanned_is_assigned,
    contracts_are_assigned_whole,
    modes_are_those_promised,
    modes_fit_kinds,
    service_levels_have_the_mode,
    capacity_is_that_of_the_mode,
)

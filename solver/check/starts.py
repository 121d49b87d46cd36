"""R23: what starts together starts at one instant, each item by somebody of its own."""

from collections import Counter
from collections.abc import Iterator

from models.contract import Contract
from models.plan import Violation
from models.promise import SameStart
from solver.check.case import Case, Placed
from solver.check.codes import ViolationCode, violation


def items_start_at_one_instant(case: Case) -> Iterator[Violation]:
    for path, members in _groups(case):
        starts = {step.visit.start for placed in members for step in case.trip(placed).at_door}
        without = [placed.item.item_id for placed in members if not case.trip(placed).at_door]
        if len(starts) > 1 or without:
            said = ", ".join(map(str, sorted(starts)))
            yield violation(
                ViolationCode.SAME_START_APART,
                path,
                f"visits must start at one instant, found ({said}); without a visit ({', '.join(without) or 'none'})",
            )


def items_have_resources_of_their_own(case: Case) -> Iterator[Violation]:
    for path, members in _groups(case):
        for resource_id, count in Counter(placed.assignment.resource_id for placed in members).items():
            if count > 1:
                yield violation(
                    ViolationCode.SAME_START_SHARED,
                    path,
                    f"items ({count}) that {resource_id or 'nobody'} does must be 1",
                )


def items_are_promised_one_window(case: Case) -> Iterator[Violation]:
    for path, members in _groups(case):
        windows = {(each.promise.window.earliest, each.promise.window.latest) for each in members if each.promise}
        if len(windows) > 1:
            said = ", ".join(f"[{earliest}, {latest}]" for earliest, latest in sorted(windows))
            yield violation(
                ViolationCode.SAME_START_WINDOWS, path, f"promised windows ({len(windows)}: {said}) must be 1"
            )


def _groups(case: Case) -> Iterator[tuple[str, tuple[Placed, ...]]]:
    """Items of one start, those of them that are assigned, and the path of their group."""
    for contract in case.problem.contracts:
        for n, group in enumerate(contract.same_starts):
            yield f"contracts[{contract.contract_id}].same_starts[{n}]", tuple(_members(case, contract, group))


def _members(case: Case, contract: Contract, group: SameStart) -> Iterator[Placed]:
    for item_id in dict.fromkeys(group.item_ids):
        placed = case.placed_by_key.get((contract.contract_id, item_id))
        if placed:
            yield placed


RULES = (items_start_at_one_instant, items_have_resources_of_their_own, items_are_promised_one_window)

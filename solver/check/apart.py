"""R24: goods of classes that exclude each other are never on board together."""

from collections import Counter
from collections.abc import Iterator

from models.plan import Violation, VisitKind
from solver.check.case import Case, Drive, Step
from solver.check.codes import ViolationCode, violation

Excluded = frozenset[tuple[str, str]]
"""Both orders of every pair."""


def goods_are_kept_apart(case: Case) -> Iterator[Violation]:
    pairs = case.problem.catalogue.policy.keep_apart
    excluded = frozenset(each for one, other in pairs for each in ((one, other), (other, one)))
    if excluded:
        for drive in case.drives:
            yield from _met(drive, excluded)


def _met(drive: Drive, excluded: Excluded) -> Iterator[Violation]:
    """At each pickup, what comes on board with its own, or finds there, goods that it excludes."""
    on_board = Counter[str]()
    for step in drive.steps:
        if step.placed is None:
            continue
        classes = step.placed.item.goods_classes
        if step.visit.kind is VisitKind.PICKUP:
            on_board.update(classes)
            yield from _clashes(step, on_board, excluded)
        elif step.visit.kind is VisitKind.DELIVERY:
            on_board.subtract(classes)


def _clashes(step: Step, on_board: Counter[str], excluded: Excluded) -> Iterator[Violation]:
    classes = step.placed.item.goods_classes if step.placed else ()
    for own in classes:
        for other in sorted(on_board):
            if on_board[other] > 0 and (own, other) in excluded and not (other in classes and other < own):
                yield violation(
                    ViolationCode.GOODS_NOT_APART,
                    step.path,
                    f"items of class {other} on board of {step.route.resource_id} ({on_board[other]}) "
                    f"must be 0 while there are some of class {own} ({on_board[own]})",
                )


def classes_are_those_of_the_goods(case: Case) -> Iterator[Violation]:
    class_by_sku_id = {sku.sku_id: sku.goods_class for sku in case.problem.catalogue.skus if sku.goods_class}
    for placed in case.placed:
        if not placed.hands_over_goods:
            continue
        stated = placed.item.goods_classes
        right = sorted({class_by_sku_id[each.sku_id] for each in placed.demands if each.sku_id in class_by_sku_id})
        if list(stated) != right:
            yield violation(
                ViolationCode.GOODS_CLASSES_WRONG,
                f"contracts[{placed.contract.contract_id}].items[{placed.item.item_id}].goods_classes",
                f"goods_classes ({', '.join(stated)}) must be those of the goods ({', '.join(right)})",
            )


RULES = (goods_are_kept_apart, classes_are_those_of_the_goods)

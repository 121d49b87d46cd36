"""R22: goods that must not travel for long are handed over in time."""

from collections.abc import Iterator

from models.plan import Violation, VisitKind
from solver.check.case import Case
from solver.check.codes import ViolationCode, violation


def goods_are_handed_over_in_time(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        bound = trip.placed.item.max_on_board
        if bound is None:
            continue
        for pickup in trip.of(VisitKind.PICKUP):
            for delivery in trip.of(VisitKind.DELIVERY):
                on_board = delivery.visit.start - pickup.visit.end
                if on_board > bound:
                    yield violation(
                        ViolationCode.ON_BOARD_TOO_LONG,
                        delivery.path,
                        f"time on board ({on_board}), from the end of the pickup ({pickup.visit.end}), "
                        f"must be <= max_on_board ({bound})",
                    )


def bounds_are_those_of_the_goods(case: Case) -> Iterator[Violation]:
    skus = case.problem.catalogue.sku_by_id
    for placed in case.placed:
        if not placed.hands_over_goods:
            continue
        bounds = [skus[each.sku_id].max_on_board for each in placed.demands if each.sku_id in skus]
        least = min((bound for bound in bounds if bound is not None), default=None)
        if placed.item.max_on_board != least:
            yield violation(
                ViolationCode.MAX_ON_BOARD_WRONG,
                f"contracts[{placed.contract.contract_id}].items[{placed.item.item_id}].max_on_board",
                f"max_on_board ({placed.item.max_on_board}) must be the least of the goods' ({least})",
            )


RULES = (goods_are_handed_over_in_time, bounds_are_those_of_the_goods)

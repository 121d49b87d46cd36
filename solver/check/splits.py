"""R20: what is split over sites is still what was ordered, in no more parcels than the policy allows."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from models.contract import GOODS_KINDS
from models.plan import Violation
from solver.check.case import Asked, Case
from solver.check.codes import ViolationCode, violation


def every_piece_is_brought_once(case: Case) -> Iterator[Violation]:
    brought = Counter[tuple[str, str]]()
    for asked in filter(_hands_over, case.asked):
        for demand in asked.demands:
            brought[asked.contract.contract_id, demand.demand_id] += demand.quantity
    for contract in case.problem.contracts:
        for demand in contract.demands:
            pieces = brought[contract.contract_id, demand.demand_id]
            if pieces != demand.quantity:
                lost = pieces < demand.quantity
                yield violation(
                    ViolationCode.DEMAND_LOST if lost else ViolationCode.DEMAND_DOUBLED,
                    f"contracts[{contract.contract_id}].demands[{demand.demand_id}]",
                    f"pieces that its items bring ({pieces}) must be those demanded ({demand.quantity})",
                )


def orders_come_in_few_parcels(case: Case) -> Iterator[Violation]:
    most = case.problem.catalogue.policy.max_split
    parcels: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for asked in filter(_hands_over, case.asked):
        for order_id in sorted({demand.order_id for demand in asked.demands}):
            parcels[asked.contract.contract_id, order_id].append(asked.item.split_of is not None)
    for (contract_id, order_id), are_parts in parcels.items():
        if any(are_parts) and len(are_parts) > most:
            yield violation(
                ViolationCode.SPLIT_TOO_FAR,
                f"contracts[{contract_id}].orders[{order_id}]",
                f"parcels ({len(are_parts)}) of an order that is split must be at most max_split ({most})",
            )


def lines_are_divided_by_leave(case: Case) -> Iterator[Violation]:
    if case.problem.catalogue.policy.divide_lines:
        return
    for asked in case.asked:
        for demand_id, pieces in asked.item.quantities.items():
            yield violation(
                ViolationCode.LINE_DIVIDED,
                asked.path,
                f"pieces ({pieces}) of {demand_id} apart from the others need divide_lines (True), not False",
            )


def _hands_over(asked: Asked) -> bool:
    return not GOODS_KINDS.isdisjoint((asked.item.kind, *asked.item.also))


RULES = (
    every_piece_is_brought_once,
    orders_come_in_few_parcels,
    lines_are_divided_by_leave,
)

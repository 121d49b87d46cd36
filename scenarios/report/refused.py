"""What is not in the plan and what could not be offered, with the reasons."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.morning import Morning
from models.option import Refusal
from models.plan import ReasonCount
from scenarios.report.names import item_name
from scenarios.report.wording import Words
from scenarios.report.work import Work


@dataclass(frozen=True)
class ReasonView:
    """`code` for those who look it up, `text` for the rest."""

    code: str
    text: str
    count: str
    example: str


@dataclass(frozen=True)
class RefusedView:
    """An item that is not planned; `way` is the mode and level that were impossible."""

    contract_id: str
    orders: str
    item: str
    kind: str
    way: str
    reasons: tuple[ReasonView, ...]


def unplanned_items(work: Work, words: Words) -> Iterator[RefusedView]:
    for each in work.stored.plan.unplanned:
        contract = work.contract_by_id[each.contract_id]
        item = contract.item(each.item_id)
        yield RefusedView(
            contract_id=each.contract_id,
            orders=", ".join(order.order_id for order in contract.orders),
            item=item_name(work.world, contract, item, words),
            kind=words.code("item", item.kind),
            way="",
            reasons=tuple(_reasons(each.reasons, words)),
        )


def refused_items(morning: Morning, words: Words) -> Iterator[RefusedView]:
    """What ruled out each item of the contracts that there was no option for; ways with the same reasons together."""
    for each in morning.refused:
        ways: dict[tuple[str, tuple[ReasonCount, ...]], list[str]] = {}
        for refusal in each.refusals:
            ways.setdefault((refusal.item_id, refusal.reasons), []).append(_way(refusal, words))
        for (item_id, reasons), by in ways.items():
            yield RefusedView(
                contract_id=each.contract_id,
                orders=", ".join(each.order_ids),
                item=item_id,
                kind="",
                way="; ".join(by),
                reasons=tuple(_reasons(reasons, words)),
            )


def _way(refusal: Refusal, words: Words) -> str:
    mode = words.code("mode", refusal.mode) if refusal.mode else ""
    return ", ".join(filter(None, (mode, refusal.service_level_id))) or words("unplanned.any")


def _reasons(reasons: Iterable[ReasonCount], words: Words) -> Iterator[ReasonView]:
    """A line a code. Of several ways to do an item, that which the code rules out most of."""
    most: dict[str, ReasonCount] = {}
    for reason in reasons:
        known = most.setdefault(reason.code, reason)
        if reason.count * known.total > known.count * reason.total:
            most[reason.code] = reason
    for reason in most.values():
        yield ReasonView(
            code=reason.code,
            text=words.code("reason", reason.code),
            count=words("unplanned.count", count=reason.count, total=reason.total),
            example=words("unplanned.example", example=reason.example_id) if reason.example_id else "",
        )

"""What the page tells of a vehicle or contract that is picked."""

from collections.abc import Collection, Iterator
from typing import Any

from models.contract import Contract, ServiceItem
from scenarios.report.local_clock import LocalClock
from scenarios.report.names import contract_name, item_name
from scenarios.report.wording import Words
from scenarios.report.work import Call, Span, Work


def details_of(work: Work, clock: LocalClock, words: Words) -> dict[str, Any]:
    """By id, as the script reads it: a line that says what it is, the head of a table, and its rows.

    A cell of a row is text, or `{"pick": kind, "id": id, "text": text}` for what can be picked in turn.
    """
    return {
        "vehicle": dict(_vehicles(work, clock, words)),
        "contract": dict(_contracts(work, clock, words)),
        "contract_by_order": {o.order_id: c.contract_id for c in work.stored.contracts for o in c.orders},
        "heads": {
            "vehicle": [
                "",
                words("option.starts"),
                words("unplanned.kind"),
                words("pick.where"),
                words("option.item"),
                words("unplanned.contract"),
            ],
            "contract": [
                words(f"option.{name}") for name in ("item", "by", "level", "promised", "starts", "site", "who")
            ],
        },
        "texts": {key: words(f"pick.{key}") for key in ("none", "unknown")},
    }


def _vehicles(work: Work, clock: LocalClock, words: Words) -> Iterator[tuple[str, dict[str, Any]]]:
    calls: dict[str, list[Call]] = {}
    for call in work.calls:
        calls.setdefault(call.resource_id, []).append(call)
    for mobile, route in work.routes:
        shift = clock.span(mobile.shift.start, mobile.shift.end + mobile.overtime)
        said = [
            words.name_of(mobile.name, mobile.attributes),
            words.code("resource", mobile.kind),
            f"{words('pick.shift')} {shift}",
            f"{len(route.visits)} {words('pick.visits')}",
            f"{route.distance_m / 1000:.1f} km",
        ]
        rows = [_call_row(work, call, clock, words) for call in calls[mobile.resource_id]]
        yield mobile.resource_id, {"name": mobile.resource_id, "said": " · ".join(said), "rows": rows}
    for desk_id in sorted({span.resource_id for span in work.sessions}):
        desk = work.world.catalogue.desk_by_id.get(desk_id)
        name = words.name_of(desk.name, desk.attributes) if desk else desk_id
        rows = [_session_row(work, span, clock, words) for span in work.sessions if span.resource_id == desk_id]
        yield desk_id, {"name": desk_id, "said": f"{name} · {words.code('resource', 'DESK')}", "rows": rows}


def _session_row(work: Work, span: Span, clock: LocalClock, words: Words) -> list[Any]:
    contract_id = span.contract_ids[0]
    return [
        "",
        clock.span(span.start, span.end),
        words.code("doing", span.doing),
        "",
        _item(work, contract_id, span.item_id, words),
        _contract_link(work, contract_id),
    ]


def _call_row(work: Work, call: Call, clock: LocalClock, words: Words) -> list[Any]:
    visit = call.visit
    return [
        str(call.number),
        clock.span(visit.start, visit.end),
        words.code("doing", visit.kind),
        call.site_id or visit.place.address,
        _item(work, visit.contract_id, visit.item_id, words),
        _contract_link(work, visit.contract_id),
    ]


def _contract_link(work: Work, contract_id: str) -> dict[str, str]:
    return {"pick": "contract", "id": contract_id, "text": contract_name(work.contract_by_id[contract_id])}


def _item(work: Work, contract_id: str, item_id: str, words: Words) -> str:
    contract = work.contract_by_id[contract_id]
    return item_name(work.world, contract, contract.item(item_id), words)


def _contracts(work: Work, clock: LocalClock, words: Words) -> Iterator[tuple[str, dict[str, Any]]]:
    pickable = {mobile.resource_id for mobile, _ in work.routes} | {span.resource_id for span in work.sessions}
    for contract in work.stored.contracts:
        orders = ", ".join(f"{words.code('channel', order.channel)} {order.order_id}" for order in contract.orders)
        yield (
            contract.contract_id,
            {
                "name": contract_name(contract),
                "said": f"{orders} · {contract.contract_id}",
                "rows": [_item_row(work, contract, item, clock, words, pickable=pickable) for item in contract.items],
            },
        )


def _item_row(
    work: Work, contract: Contract, item: ServiceItem, clock: LocalClock, words: Words, *, pickable: Collection[str]
) -> list[Any]:
    promise = next((each for each in contract.promises if each.item_id == item.item_id), None)
    done = work.assignment_by_key.get((contract.contract_id, item.item_id))
    who = (done.resource_id if done else None) or ""
    return [
        item_name(work.world, contract, item, words),
        words.code("mode", promise.mode) if promise else "",
        promise.service_level_id if promise else "",
        clock.window(promise.window) if promise else "",
        clock.text(done.planned_start) if done else "",
        (done.site_id if done else None) or "",
        {"pick": "vehicle", "id": who, "text": who} if who in pickable else who,
    ]

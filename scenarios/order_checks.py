"""What an order must be before it can join a contract: every rule, all issues of a call together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Protocol

from pydantic import ValidationError

from models.catalogue import Catalogue
from models.issues import InputError, Issue, IssueCode, issues_of
from models.order import Load, Order, OrderLine, Temperature
from models.place import Place
from models.policy import Policy
from scenarios.service_packs import pack_items

LONGEST_ID = 64
_LONGEST_TEMPERATURE = max(len(each) for each in Temperature)


class Snapper(Protocol):
    """Puts a place onto the street network; raises InputError where that is too far."""

    def snap(self, place: Place, *, max_snap_m: int, path: str = ...) -> Place: ...


def check_orders(
    orders: Sequence[Order], before: Mapping[str, Order], *, catalogue: Catalogue, streets: Snapper, now: datetime
) -> list[Place]:
    """The place of every order, on the street network.

    Parameters
    ----------
    before
        By id, orders that were submitted earlier. One that comes again unchanged is not checked again.

    Raises
    ------
    InputError
        With every issue of every order.
    """
    issues = list(_duplicates(orders))
    places: list[Place] = []
    for i, order in enumerate(orders):
        path = f"orders[{i}]"
        known = before.get(order.order_id)
        if known == order:
            places.append(order.place)
            continue
        if known is not None:
            issues.append(_already_submitted(f"{path}.order_id", order, known))
        issues += _order_issues(order, path, catalogue=catalogue, now=now)
        try:
            places.append(streets.snap(order.place, max_snap_m=catalogue.policy.max_snap_m, path=f"{path}.place"))
        except InputError as error:
            issues += error.issues
    if issues:
        raise InputError(*issues)
    return places


def _order_issues(order: Order, path: str, *, catalogue: Catalogue, now: datetime) -> Iterator[Issue]:
    for j, line in enumerate(order.lines):
        if line.sku_id not in catalogue.sku_by_id:
            yield _unknown_sku(f"{path}.lines[{j}].sku_id", line.sku_id, catalogue)
        length = max(len(each) for each in _joined_ids(order, line, catalogue))
        if length > LONGEST_ID:
            yield _too_long(f"{path}.lines[{j}].line_id", length)
    yield from _loads_out_of_range(order, path, catalogue)
    if (wish := order.service_level_id) is not None and catalogue.policy.service_level(wish) is None:
        yield _unknown_level(f"{path}.service_level_id", wish, catalogue.policy)
    if order.window is not None and order.window.latest <= now:
        yield Issue(
            code=IssueCode.WINDOW_IN_THE_PAST,
            path=f"{path}.window.latest",
            message=f"latest ({order.window.latest.isoformat()}) must be > now ({now.isoformat()})",
            hint="send a window that still lies ahead, or none",
        )


def _joined_ids(order: Order, line: OrderLine, catalogue: Catalogue) -> Iterator[str]:
    """The ids of everything that a line becomes in a contract."""
    yield f"{order.order_id}.{'x' * _LONGEST_TEMPERATURE}"
    yield (demand_id := f"{order.order_id}.{line.line_id}")
    if sku := catalogue.sku_by_id.get(line.sku_id):
        yield from (f"{demand_id}.{each.name}" for each in pack_items(sku.category, catalogue.policy))


def _loads_out_of_range(order: Order, path: str, catalogue: Catalogue) -> Iterator[Issue]:
    """More goods, or more to collect for them, than a load can count."""
    lines = [(line.quantity, sku) for line in order.lines if (sku := catalogue.sku_by_id.get(line.sku_id))]
    collected = [
        (quantity, each.load) for quantity, sku in lines for each in pack_items(sku.category, catalogue.policy)
    ]
    for what, loads in (
        ("goods", (sku.load(quantity) for quantity, sku in lines)),
        ("collections", (load.times(quantity) for quantity, load in collected)),
    ):
        try:
            sum(loads, start=Load())
        except ValidationError as error:
            for issue in issues_of(error):
                yield issue.model_copy(
                    update={
                        "path": f"{path}.lines",
                        "message": f"{issue.path} of all {what} of the order: {issue.message}",
                        "hint": "send smaller orders",
                    }
                )


def _duplicates(orders: Sequence[Order]) -> Iterator[Issue]:
    first: dict[str, int] = {}
    for i, order in enumerate(orders):
        if first.setdefault(order.order_id, i) != i:
            yield Issue(
                code=IssueCode.ID_DUPLICATE,
                path=f"orders[{i}].order_id",
                message=f"order_id ({order.order_id}) must be distinct, and is the same as that of "
                f"orders[{first[order.order_id]}]",
                hint="send every order once",
            )


def _already_submitted(path: str, order: Order, before: Order) -> Issue:
    changed = [name for name in Order.model_fields if getattr(before, name) != getattr(order, name)]
    return Issue(
        code=IssueCode.ORDER_ALREADY_SUBMITTED,
        path=path,
        message=f"content of order {order.order_id} must equal what was submitted before; differs in "
        f"{', '.join(changed)}",
        hint="give a new order a new id",
    )


def _unknown_sku(path: str, sku_id: str, catalogue: Catalogue) -> Issue:
    return Issue(
        code=IssueCode.SKU_UNKNOWN,
        path=path,
        message=f"sku_id ({sku_id}) must be one of the {len(catalogue.skus)} SKUs of this world",
        hint=_nearest(sku_id, catalogue.sku_by_id),
    )


def _unknown_level(path: str, wish: str, policy: Policy) -> Issue:
    known = [level.service_level_id for level in policy.service_levels]
    return Issue(
        code=IssueCode.SERVICE_LEVEL_UNKNOWN,
        path=path,
        message=f"service_level_id ({wish}) must be one of {', '.join(known)}",
        hint=_nearest(wish, known),
    )


def _nearest(wrong: str, known: Iterable[str]) -> str:
    near = get_close_matches(wrong, list(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else "see the world's files for those that exist"


def _too_long(path: str, length: int) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=path,
        message=f"length of order_id.line_id.service and order_id.temperature ({length}) must be <= {LONGEST_ID}",
        hint="shorten the order's id or the line's",
    )

"""What an order must be before it can join a contract: every rule, all issues of a call together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from itertools import chain
from typing import Protocol

from models.catalogue import Catalogue
from models.issues import Conflict, InputError, Issue, IssueCode
from models.order import HEAVIEST_G, LARGEST_CM3, LOAD_DIMENSIONS, Order, OrderLine, Temperature, classes_of
from models.place import Place
from models.policy import Policy
from scenarios.legible import LegibleLine, LegibleOrder
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
    Conflict
        ORDER_ALREADY_SUBMITTED, if nothing else is wrong.
    """
    fresh = {i: order for i, order in enumerate(orders) if before.get(order.order_id) != order}
    issues = list(duplicate_ids(orders))
    for i, order in fresh.items():
        if (known := before.get(order.order_id)) is not None:
            issues.append(_already_submitted(f"orders[{i}].order_id", order, known))
        issues += _order_issues(order, f"orders[{i}]", catalogue=catalogue, streets=streets, now=now)
    if issues:
        is_known = all(issue.code is IssueCode.ORDER_ALREADY_SUBMITTED for issue in issues)
        raise (Conflict if is_known else InputError)(*issues)
    most = catalogue.policy.max_snap_m
    return [streets.snap(order.place, max_snap_m=most) if i in fresh else order.place for i, order in enumerate(orders)]


def legible_issues(
    orders: Sequence[LegibleOrder], *, catalogue: Catalogue, streets: Snapper, now: datetime
) -> tuple[Issue, ...]:
    """What is wrong with the legible parts of orders that are not whole."""
    of_each = (
        _order_issues(order, f"orders[{i}]", catalogue=catalogue, streets=streets, now=now)
        for i, order in enumerate(orders)
    )
    return (*duplicate_ids(orders), *chain.from_iterable(of_each))


def _order_issues(
    order: Order | LegibleOrder, path: str, *, catalogue: Catalogue, streets: Snapper, now: datetime
) -> Iterator[Issue]:
    lines: Sequence[OrderLine | LegibleLine] = order.lines
    longest = _longest_name(lines, catalogue)
    for j, line in enumerate(lines):
        if line.sku_id is not None and line.sku_id not in catalogue.sku_by_id:
            yield _unknown_sku(f"{path}.lines[{j}].sku_id", line.sku_id, catalogue)
        length = max(len(each) for each in _joined_ids(order, line, longest, catalogue))
        if length > LONGEST_ID:
            yield _too_long(f"{path}.lines[{j}].line_id", length)
    yield from _too_large(order, path, catalogue)
    yield from _too_much_to_collect(order, path, catalogue)
    if (wish := order.service_level_id) is not None and catalogue.policy.service_level(wish) is None:
        yield _unknown_level(f"{path}.service_level_id", wish, catalogue.policy)
    if order.windows and (last := order.windows[-1].latest) <= now:
        yield Issue(
            code=IssueCode.WINDOW_IN_THE_PAST,
            path=f"{path}.windows[{len(order.windows) - 1}].latest",
            message=f"latest ({last.isoformat()}) must be > now ({now.isoformat()})",
            hint="send a window that still lies ahead, or none",
        )
    if order.place is not None:
        yield from _off_the_map(order.place, f"{path}.place", streets, catalogue.policy)


def _longest_name(lines: Sequence[OrderLine | LegibleLine], catalogue: Catalogue) -> str:
    """What may tell an item from the others of its order."""
    skus = (catalogue.sku_by_id.get(line.sku_id or "") for line in lines)
    clash = catalogue.policy.clash(classes_of(sku for sku in skus if sku))
    return f"{'x' * _LONGEST_TEMPERATURE}{f'.apart-{len(lines)}' if clash else ''}"


def _joined_ids(
    order: Order | LegibleOrder, line: OrderLine | LegibleLine, longest: str, catalogue: Catalogue
) -> Iterator[str]:
    """The ids of everything that a line becomes in a contract."""
    yield f"{order.order_id or ''}.{longest}"
    yield (demand_id := f"{order.order_id or ''}.{line.line_id or ''}")
    if sku := catalogue.sku_by_id.get(line.sku_id or ""):
        yield from (f"{demand_id}.{each.name}" for each in pack_items(sku.category, catalogue.policy))


def _too_much_to_collect(order: Order | LegibleOrder, path: str, catalogue: Catalogue) -> Iterator[Issue]:
    """What a collection takes back for every piece of a line is one load, with its limits."""
    lines: Sequence[OrderLine | LegibleLine] = order.lines
    for j, line in enumerate(lines):
        sku, pieces = catalogue.sku_by_id.get(line.sku_id or ""), line.quantity or 0
        for item in pack_items(sku.category, catalogue.policy) if sku else ():
            for name in LOAD_DIMENSIONS:
                total, most = getattr(item.load, name) * pieces, HEAVIEST_G if name == "weight_g" else LARGEST_CM3
                if total > most:
                    yield Issue(
                        code=IssueCode.VALUE_INVALID,
                        path=f"{path}.lines[{j}].quantity",
                        message=f"{name} of {item.name} ({total}) must be <= {most}",
                        hint="split the order",
                    )


def _off_the_map(place: Place, path: str, streets: Snapper, policy: Policy) -> tuple[Issue, ...]:
    try:
        streets.snap(place, max_snap_m=policy.max_snap_m, path=path)
    except InputError as error:
        return error.issues
    return ()


def _too_large(order: Order | LegibleOrder, path: str, catalogue: Catalogue) -> Iterator[Issue]:
    """Goods of one temperature become one item, whose load has its limits."""
    goods = [
        (catalogue.sku_by_id[line.sku_id], line.quantity)
        for line in order.lines
        if line.sku_id in catalogue.sku_by_id and line.quantity is not None
    ]
    for temperature in Temperature:
        for field, most in (("weight_g", HEAVIEST_G), ("volume_cm3", LARGEST_CM3)):
            total = sum(getattr(sku, field) * pieces for sku, pieces in goods if sku.temperature is temperature)
            if total > most:
                yield Issue(
                    code=IssueCode.VALUE_INVALID,
                    path=f"{path}.lines",
                    message=f"{field} of the {temperature} goods ({total}) must be <= {most}",
                    hint="split the order",
                )


def duplicate_ids(orders: Sequence[Order | LegibleOrder]) -> Iterator[Issue]:
    """ID_DUPLICATE for every order whose id an earlier one of the same input has."""
    first: dict[str, int] = {}
    for i, order in enumerate(orders):
        if order.order_id is not None and first.setdefault(order.order_id, i) != i:
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

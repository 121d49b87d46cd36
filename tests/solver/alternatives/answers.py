"""What a finder is asked about one item, and its answers in words that a test can compare."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models.catalogue import StockRow
from models.contract import ServiceItem, ServiceItemKind, SlaTerm
from models.order import Load
from models.plan import ReasonCode, ReasonCount
from models.policy import Policy, ServiceLevel
from models.promise import Mode
from solver.alternatives.alternative import Alternative
from solver.alternatives.wanted import Wanted
from solver.quoting.board import Board
from tests.builders import a_catalogue, a_contract, a_policy, a_problem, a_stock, an_item, at, between
from tests.solver.market import a_finder, found_for

Reason = ReasonCode
DELIVERY, FETCH = ServiceItemKind.DELIVERY, ServiceItemKind.STORE_PICKUP
SEVEN = at("07:00")


def a_board(*, stock: Sequence[StockRow] | None = None, **changes: Any) -> Board:
    stock = a_stock() if stock is None else tuple(stock)
    return Board.of(a_problem(catalogue=a_catalogue(**changes), stock=stock))


def refused(
    board: Board, item: ServiceItem, mode: Mode, *, level: str = "", now: datetime = SEVEN
) -> tuple[ReasonCount, ...]:
    """Why an item cannot be done in a mode, by any of its service levels or by one of them."""
    _, refusals = a_finder(board, a_contract("C-9", [item]), now=now).find(item, Wanted())
    wanted = [each for each in refusals if each.mode is mode and level in ("", each.service_level_id)]
    assert wanted, f"{mode} is refused"
    assert len({each.reasons for each in wanted}) == 1, "for the same reason whatever the level"
    return wanted[0].reasons


def only(code: ReasonCode, count: int, total: int, example_id: str) -> tuple[ReasonCount, ...]:
    return (ReasonCount(code=code, count=count, total=total, example_id=example_id),)


def by_mode(found: Sequence[Alternative], mode: Mode) -> list[Alternative]:
    return [each for each in found if each.mode is mode]


def a_level(mode: Mode = Mode.RIDER, **changes: Any) -> Policy:
    """The only level on sale; goods are promised at a counter from when they are planned to be ready."""
    fields = {"service_level_id": "only", "name": "Only", "modes": (mode,), **changes}
    return a_policy(service_levels=(ServiceLevel(**fields),), pickup_confidence=0.5)


def windows(board: Board, item: ServiceItem, *, now: datetime = SEVEN) -> list[tuple[str, str]]:
    """Local day and time of both ends of all windows found."""
    zone, instant = board.instance.catalogue.zone, board.instance.horizon.instant
    found = [(instant(a), instant(b)) for a, b in (each.window for each in found_for(board, item, now=now))]
    return [(a.astimezone(zone).strftime("%d %H:%M:%S"), b.astimezone(zone).strftime("%d %H:%M:%S")) for a, b in found]


def at_home(*limits: tuple[str, str]) -> ServiceItem:
    return an_item(also=(FETCH,), sla=SlaTerm(windows=tuple(between(*limit) for limit in limits)))


def an_old_phone(**changes: Any) -> ServiceItem:
    fields: dict[str, Any] = {"kind": ServiceItemKind.COLLECTION, "goods": (), "load": Load(weight_g=300)}
    return an_item("i-old", **{**fields, **changes})

"""Goods that must not travel for long."""

from datetime import timedelta
from typing import Any

import pytest

from models.contract import SlaTerm
from models.option import Quote, SlaOption
from models.plan import ReasonCode, VisitKind
from models.promise import Mode
from tests.builders import a_catalogue, a_contract, a_place, a_problem, a_rider, an_item, at, between, skus
from tests.solver.market import Market

MILK = [("MILK", 1)]


def a_market(bound: timedelta, **changes: Any) -> Market:
    """A rider, and milk that may travel for so long."""
    goods = tuple(sku.model_copy(update={"max_on_board": bound}) if sku.sku_id == "MILK" else sku for sku in skus())
    fields = {"riders": (a_rider(),), "vans": (), "carriers": (), "pools": (), "skus": goods}
    return Market.opened(a_problem(catalogue=a_catalogue(**{**fields, **changes})))


def some_milk(market: Market, number: int = 1, **changes: Any) -> Any:
    bound = market.problem.catalogue.sku_by_id["MILK"].max_on_board
    return a_contract(f"C-{number}", [an_item(goods=MILK, max_on_board=bound, **changes)])


def by_rider(quote: Quote) -> list[SlaOption]:
    return [option for option in quote.options if option.promises[0].mode is Mode.RIDER]


# From the store at crossing 1 to crossing 4 it takes 240 s and 90 s of set-up.
@pytest.mark.parametrize(("seconds", "fits"), [(330, True), (329, False)])
def test_a_bound_binds_to_the_second(seconds: int, fits: bool) -> None:
    market = a_market(timedelta(seconds=seconds))
    quote = market.quote(some_milk(market))
    assert bool(by_rider(quote)) is fits
    if not fits:
        codes = {reason.code for refusal in quote.refusals for reason in refusal.reasons}
        assert ReasonCode.ON_BOARD_TOO_LONG in codes


def test_goods_are_fetched_late_enough_for_a_window_that_opens_late() -> None:
    market = a_market(timedelta(minutes=10))
    milk = some_milk(market, sla=SlaTerm(windows=(between("10:00", "12:00"),)))
    market.take(milk, by_rider(market.quote(milk))[0])
    pickup, delivery = market.board.plan().routes[0].visits
    assert pickup.end >= at("09:50")
    assert delivery.start - pickup.end <= timedelta(minutes=10)


def test_what_comes_between_may_not_eat_the_bound_up() -> None:
    market = a_market(timedelta(minutes=8))
    for number in range(1, 6):
        milk = some_milk(market, number, place=a_place(3 + number % 3))
        options = by_rider(market.quote(milk))
        market.take(milk, next(each for each in options if each.promises[0].service_level_id == "slot"))
    visits = market.board.plan().routes[0].visits
    ends = {visit.contract_id: visit.end for visit in visits if visit.kind is VisitKind.PICKUP}
    on_board = [visit.start - ends[visit.contract_id] for visit in visits if visit.kind is VisitKind.DELIVERY]
    assert len(on_board) == 5
    assert max(on_board) <= timedelta(minutes=8)


def test_a_bound_does_not_bind_who_fetches_at_the_counter() -> None:
    market = a_market(timedelta(seconds=1))
    item = some_milk(market).items[0]
    fetched = a_contract("C-1", [item.model_copy(update={"kind": "STORE_PICKUP"})])
    market.take(fetched)
    assert market.board.plan().assignments[0].mode is Mode.PICKUP

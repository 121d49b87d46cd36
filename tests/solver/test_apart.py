"""Goods that must not travel together."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.contract import Contract, ServiceItem, ServiceItemKind, SlaTerm
from models.option import Relaxation
from models.plan import ReasonCode, ReasonCount, Route, VisitKind
from models.promise import Mode, SameVisit
from models.resource import ResourceKind
from solver.check import check
from solver.replanning.repair import repair
from solver.replanning.replan import replan
from tests.builders import (
    a_catalogue,
    a_contract,
    a_depot,
    a_place,
    a_policy,
    a_problem,
    a_rider,
    a_service,
    an_item,
    skus,
)
from tests.solver.market import Market

HOUR, SLOT = SlaTerm(service_level_id="hour"), SlaTerm(service_level_id="slot")
CLASS_BY_SKU_ID = {"RICE": "food", "BOOK": "paint"}
CLASSES = ("food", "paint")


def a_market(*, pairs: tuple[tuple[str, str], ...] = (CLASSES,), **changes: Any) -> Market:
    """One rider, who can set out from the depot once an hour; rice is food, and the book smells of paint."""
    goods = tuple(sku.model_copy(update={"goods_class": CLASS_BY_SKU_ID.get(sku.sku_id)}) for sku in skus())
    fields = {
        "skus": goods,
        "sites": (a_depot(radius_m={ResourceKind.RIDER: 3000}, setup_duration=timedelta(minutes=25)),),
        "riders": (a_rider("R-1"),),
        "vans": (),
        "carriers": (),
        "pools": (),
        "policy": a_policy(keep_apart=pairs),
    }
    return Market.opened(a_problem(catalogue=a_catalogue(**{**fields, **changes})))


def rice(number: int = 1, **changes: Any) -> Contract:
    return a_contract(f"C-{number}", [an_item(goods_classes=("food",), **changes)])


def the_book(number: int = 2, **changes: Any) -> Contract:
    return a_contract(f"C-{number}", [a_book(**changes)])


def a_book(**changes: Any) -> ServiceItem:
    return an_item("i-book", goods=[("BOOK", 1)], goods_classes=("paint",), **changes)


def by_level(market: Market, contract: Contract, level_id: str) -> Contract:
    options = market.quote(contract).options
    return market.take(contract, next(each for each in options if each.promises[0].service_level_id == level_id))


def within_the_hour(market: Market, contract: Contract) -> tuple[ReasonCount, ...]:
    """Why not, if so."""
    refusals = market.quote(contract).refusals
    return next((each.reasons for each in refusals if each.service_level_id == "hour"), ())


def most_classes_on_board(route: Route, market: Market) -> int:
    """Counted from the visits alone."""
    on_board, most = Counter[str](), 0
    for visit in route.visits:
        item = market.contracts[visit.contract_id].item(visit.item_id)
        for each in item.goods_classes:
            on_board[each] += {VisitKind.PICKUP: 1, VisitKind.DELIVERY: -1, VisitKind.SERVICE: 0}[visit.kind]
        most = max(most, sum(count > 0 for count in on_board.values()))
    return most


@pytest.mark.parametrize("pairs", [(CLASSES,), (CLASSES[::-1],)])
def test_a_quote_says_that_the_goods_must_not_travel_with_what_is_on_board(pairs: tuple[tuple[str, str], ...]) -> None:
    market = a_market(pairs=pairs)
    by_level(market, rice(), "hour")
    refused = ReasonCount(code=ReasonCode.KEPT_APART, count=1, total=1, example_id="R-1")
    assert within_the_hour(market, the_book(sla=HOUR)) == (refused,)


@pytest.mark.parametrize("pairs", [(), (("food", "glass"), ("paint", "glass"))])
def test_goods_that_no_pair_names_together_travel_together(pairs: tuple[tuple[str, str], ...]) -> None:
    market = a_market(pairs=pairs)
    by_level(market, rice(), "hour")
    by_level(market, the_book(), "hour")
    assert [most_classes_on_board(route, market) for route in market.board.plan().routes] == [2]


def test_goods_of_one_class_travel_together() -> None:
    market = a_market()
    by_level(market, rice(1), "hour")
    by_level(market, rice(2), "hour")
    kinds = [visit.kind for visit in market.board.plan().routes[0].visits]
    assert kinds == [VisitKind.PICKUP] * 2 + [VisitKind.DELIVERY] * 2


def test_a_second_vehicle_brings_what_the_first_may_not_take_along() -> None:
    market = a_market(riders=(a_rider("R-1"), a_rider("R-2")))
    by_level(market, rice(), "hour")
    by_level(market, the_book(), "hour")
    plan = market.board.plan()
    assert {each.resource_id for each in plan.assignments} == {"R-1", "R-2"}
    assert [most_classes_on_board(route, market) for route in plan.routes] == [1, 1]


def test_later_the_same_vehicle_goes_again_and_that_is_the_way_out() -> None:
    market = a_market()
    by_level(market, rice(), "hour")
    book = the_book(sla=HOUR)
    (way,) = market.quote(book).ways_out
    assert way.relaxation is Relaxation.LATER_PROMISE
    market.take(book, way.option)
    (route,) = market.board.plan().routes
    assert [visit.contract_id for visit in route.visits] == ["C-1", "C-1", "C-2", "C-2"]


def test_who_fetches_the_goods_may_take_them_together() -> None:
    market = a_market(sites=a_catalogue().sites)
    mixed = an_item(goods=[("RICE", 1), ("BOOK", 1)], goods_classes=CLASSES, also=(ServiceItemKind.STORE_PICKUP,))
    quote = market.quote(a_contract("C-1", [mixed]))
    assert {promise.mode for option in quote.options for promise in option.promises} == {Mode.PICKUP}
    fetched = market.take(a_contract("C-1", [mixed]))
    assert fetched.promises[0].mode is Mode.PICKUP


def test_an_item_whose_own_goods_exclude_each_other_goes_on_no_vehicle() -> None:
    """Orders are parted when they come; this one came before the policy said so."""
    market = a_market(riders=(a_rider("R-1"), a_rider("R-2")))
    mixed = an_item(goods=[("RICE", 1), ("BOOK", 1)], goods_classes=CLASSES)
    codes = {
        (reason.code, reason.count, reason.total)
        for each in market.quote(a_contract("C-1", [mixed])).refusals
        if each.mode is Mode.RIDER
        for reason in each.reasons
    }
    assert codes == {(ReasonCode.KEPT_APART, 2, 2)}


def test_what_a_vehicle_has_on_board_when_it_is_under_way_counts() -> None:
    """The rice was fetched; the book can come on board only where it was handed over."""
    market = a_market()
    by_level(market, rice(place=a_place(6)), "hour")
    market.now = market.board.plan().routes[0].visits[0].end + timedelta(seconds=1)
    by_level(market, the_book(place=a_place(6)), "slot")
    (route,) = market.board.plan().routes
    assert [(visit.contract_id, visit.kind) for visit in route.visits][:2] == [
        ("C-1", VisitKind.PICKUP),
        ("C-1", VisitKind.DELIVERY),
    ]
    assert most_classes_on_board(route, market) == 1


def test_items_of_one_visit_that_exclude_each_other_come_apart_as_a_way_out() -> None:
    market = a_market(riders=(a_rider("R-1"), a_rider("R-2")))
    items = (an_item(goods_classes=("food",)), a_book())
    contract = a_contract("C-1", items, same_visits=(SameVisit(item_ids=("i-rice", "i-book")),))
    quote = market.quote(contract)
    assert not quote.options
    assert ReasonCode.KEPT_APART in {reason.code for each in quote.refusals for reason in each.reasons}
    way = next(each for each in quote.ways_out if each.relaxation is Relaxation.SPLIT)
    market.take(contract.model_copy(update={"same_visits": ()}), way.option)
    assert all(most_classes_on_board(route, market) == 1 for route in market.board.plan().routes)


def test_what_is_taken_back_comes_on_board_only_when_what_it_excludes_is_handed_over() -> None:
    market = a_market()
    old = a_service("i-old", ServiceItemKind.COLLECTION, place=a_place(4), minutes=1, goods_classes=("paint",))
    together = (SameVisit(item_ids=("i-rice", "i-old")),)
    market.take(a_contract("C-1", [an_item(goods_classes=("food",)), old], same_visits=together))
    (route,) = market.board.plan().routes
    visits = [(visit.item_id, visit.kind) for visit in route.visits]
    assert visits[1:3] == [("i-rice", VisitKind.DELIVERY), ("i-old", VisitKind.PICKUP)]


def a_busy_day(num_riders: int) -> Market:
    """Six contracts in two hours, food and paint in turn."""
    riders = tuple(a_rider(f"R-{n}") for n in range(1, num_riders + 1))
    market = a_market(riders=riders, sites=(a_depot(),))
    for n in range(1, 7):
        make = rice if n % 2 else the_book
        by_level(market, make(n, place=a_place(3 + n % 4)), "slot")
    return market


def test_a_replan_keeps_goods_apart_and_saves_less_than_it_could_without_the_rule() -> None:
    market = a_busy_day(2)
    kept = replan(market.snapshot(), seed=3, iterations=400)
    catalogue = market.problem.catalogue
    loose = catalogue.model_copy(update={"policy": a_policy()})
    free = replan(replace(market.snapshot(), catalogue=loose), seed=3, iterations=400)
    market.adopt(kept)
    assert all(most_classes_on_board(route, market) <= 1 for route in kept.routes)
    assert any(most_classes_on_board(route, market) == 2 for route in free.routes)
    assert free.cost.total < kept.cost.total


def test_what_another_vehicle_was_to_bring_is_not_put_beside_what_it_excludes() -> None:
    market = a_busy_day(3)
    gone = market.problem.catalogue.model_copy(update={"unavailable_ids": frozenset({"R-1"})})
    problem = replace(market.snapshot(), catalogue=gone)
    outcome = repair(problem, market.board, ranks=lambda: tuple(market.contracts))
    plan = outcome.board.plan().model_copy(update={"unplanned": outcome.lost})
    assert outcome.lost == ()
    assert check(problem, plan) == ()
    assert all(most_classes_on_board(route, market) <= 1 for route in plan.routes)


def test_a_policy_that_forbids_what_is_planned_is_contradicted_by_the_checker() -> None:
    market = a_market(pairs=())
    by_level(market, rice(), "hour")
    by_level(market, the_book(), "hour")
    catalogue = market.problem.catalogue.model_copy(update={"policy": a_policy(keep_apart=(CLASSES,))})
    codes = {each.code for each in check(replace(market.snapshot(), catalogue=catalogue), market.board.plan())}
    assert codes == {"GOODS_NOT_APART"}


def test_agreed_contracts_are_planned_as_they_are_when_loaded_again() -> None:
    market = a_busy_day(2)
    again = Market.opened(market.snapshot())
    assert again.board.plan() == market.board.plan()
    assert again.quote(rice(9, sla=HOUR)) == market.quote(rice(9, sla=HOUR))

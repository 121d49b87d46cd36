"""The part of a plan that a change can break is cut out, and the checker sees all that is wrong in it."""

from dataclasses import replace

import pytest

from models.catalogue import StockRow
from models.contract import ResourceConstraint, ServiceItemKind
from models.promise import Mode
from models.resource import ResourceKind
from models.timing import Interval
from solver.check.codes import ViolationCode
from solver.quoting.board import Board, Fit
from solver.quoting.part import Verdict, judge
from tests.builders import a_catalogue, a_contract, a_place, a_problem, a_stock, a_store, an_item, at
from tests.solver.market import Market


def a_busy_market() -> Market:
    """Four contracts at several doors, one of which is fetched."""
    market = Market.opened(a_problem())
    for number in range(1, 5):
        kind = ServiceItemKind.STORE_PICKUP if number == 4 else ServiceItemKind.DELIVERY
        market.take(a_contract(f"C-{number}", [an_item(kind=kind, place=a_place(number + 2))]))
    return market


def a_fit(market: Market, *, mode: Mode = Mode.RIDER) -> Fit:
    if mode is Mode.PICKUP:
        item = an_item(kind=ServiceItemKind.STORE_PICKUP)
    else:
        item = an_item(constraint=ResourceConstraint(kinds=(ResourceKind(mode),)))
    contract = a_contract("C-9", [item])
    option = market.quote(contract).options[0]
    assert option.promises[0].mode is mode
    fit = market.fit(contract, option)
    assert fit is not None
    return fit


def judged(market: Market, fit: Fit, *, after: Board | None = None) -> Verdict:
    after = after or market.board.copy()
    after.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(fit.contract,))
    return judge(market.board, after, fit.routes, [("C-9", "i-rice")], now=market.now)


def codes(verdict: Verdict) -> set[str]:
    return {violation.code for violation in verdict.violations}


@pytest.mark.parametrize("mode", [Mode.RIDER, Mode.VAN, Mode.CARRIER, Mode.PICKUP])
def test_of_a_change_that_keeps_every_rule_it_says_what_it_costs(mode: Mode) -> None:
    market = a_busy_market()
    fit, before = a_fit(market, mode=mode), market.board.plan()
    assert judged(market, fit) == Verdict((), fit.option.cost.total - fit.option.cost.expected_compensation)
    assert market.board.plan() == before


def test_a_piece_that_nobody_has_is_missed() -> None:
    market = a_busy_market()
    fit = a_fit(market)
    (assignment,) = fit.option.assignments
    taken = [each for each in market.board.assignments.values() if each.site_id == assignment.site_id]
    stock = tuple(
        StockRow(site_id=row.site_id, sku_id=row.sku_id, on_hand=len(taken)) if row.sku_id == "RICE" else row
        for row in a_stock()
    )
    empty = Market.opened(replace(market.snapshot(), stock=stock))
    assert codes(judged(empty, fit)) == {ViolationCode.STOCK_EXCEEDED}


def test_a_place_at_the_counter_that_is_taken_is_missed() -> None:
    """The counter has one place, which C-4 has; the other plan was made when there were three."""
    market = a_busy_market()
    fit = a_fit(market, mode=Mode.PICKUP)
    smaller = replace(
        market.snapshot(), catalogue=a_catalogue(sites=(a_store(counter_places=1), a_catalogue().sites[1]))
    )
    assert ViolationCode.COUNTER_OVERBOOKED in codes(judged(Market.opened(smaller), fit))


def test_a_shift_that_is_too_short_under_the_other_catalogue_is_seen() -> None:
    market = a_busy_market()
    fit = a_fit(market)
    (route,) = fit.routes
    short = Interval(start=at("07:00"), end=route.visits[-1].start)
    riders = tuple(
        each.model_copy(update={"shift": short}) if each.resource_id == route.resource_id else each
        for each in market.problem.catalogue.riders
    )
    after = market.board.copy(catalogue=market.problem.catalogue.model_copy(update={"riders": riders}))
    assert ViolationCode.SHIFT_OVERRUN in codes(judged(market, fit, after=after))


def test_changes_on_a_copy_stay_there() -> None:
    market = a_busy_market()
    fit, before = a_fit(market), market.board.plan()
    copied = market.board.copy()
    copied.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(fit.contract,))
    assert market.board.plan() == before
    assert copied.plan().cost.total > before.cost.total
    again = market.fit(fit.contract.model_copy(update={"promises": ()}), fit.option)
    assert again is not None
    assert again.routes == fit.routes


def test_under_another_catalogue_a_copy_has_other_slack() -> None:
    """With the shift over at 07:10 nothing fits behind what is there; the board itself has the whole day."""
    market = a_busy_market()
    early = Interval(start=at("07:00"), end=at("07:10"))
    catalogue = market.problem.catalogue
    riders = tuple(each.model_copy(update={"shift": early}) for each in catalogue.riders)
    copied = market.board.copy(catalogue=catalogue.model_copy(update={"riders": riders}))
    contract = a_contract("C-9", [an_item(constraint=ResourceConstraint(kinds=(ResourceKind.RIDER,)))])
    assert market.quote(contract).options
    assert copied.offer(contract, now=market.now, quote_id="q").options == ()

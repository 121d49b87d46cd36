"""Breaks of the shift, from quote to plan."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.issues import IssueCode, SolveError
from models.plan import ReasonCode, Route
from models.promise import Mode
from models.resource import Break
from solver.quoting.board import Board
from solver.replanning.replan import replan
from tests.builders import a_break, a_catalogue, a_contract, a_place, a_problem, a_rider, an_item, at, between
from tests.solver.market import Market, without_times


def a_market(*breaks: Break, now: str = "07:00", **changes: Any) -> Market:
    """One rider with these breaks, and nobody else who drives."""
    catalogue = a_catalogue(riders=(a_rider(breaks=breaks, **changes),), vans=(), carriers=(), pools=())
    return Market.opened(a_problem(catalogue=catalogue, now=at(now), freeze_until=at(now)))


def a_rest(earliest: str, latest: str, *, minutes: int = 30) -> Break:
    return Break(window=between(earliest, latest), duration=timedelta(minutes=minutes))


def a_delivery(number: int, **changes: Any) -> Any:
    return a_contract(f"C-{number}", [an_item(goods=[("LEEKS", 1)], **changes)])


def the_route(market: Market) -> Route:
    return market.board.plan().routes[0]


def by(market: Market, level: str, contract: Any) -> Any:
    options = market.quote(contract).options
    return next(each for each in options if each.promises[0].service_level_id == level)


def test_who_has_visits_has_breaks_and_who_has_none_has_none() -> None:
    market = a_market(a_rest("08:00", "12:00"))
    assert market.board.plan().routes == ()
    market.take(a_delivery(1), by(market, "hour", a_delivery(1)))
    assert [each.end - each.start for each in the_route(market).breaks] == [timedelta(minutes=30)]
    market.leave("C-1")
    assert (the_route(market).visits, the_route(market).breaks) == ((), ())


def test_nothing_is_promised_that_a_break_would_have_to_give_way_to() -> None:
    market = a_market(a_rest("07:05", "07:05", minutes=120))
    (refusal,) = [each for each in market.quote(a_delivery(1)).refusals if each.service_level_id == "hour"]
    assert [reason.code for reason in refusal.reasons] == [ReasonCode.WINDOW_MISSED]
    shorter = a_market(a_rest("07:05", "07:05", minutes=30))
    assert "hour" in {option.promises[0].service_level_id for option in shorter.quote(a_delivery(1)).options}


def test_a_break_moves_within_its_window_to_make_room() -> None:
    market = a_market(a_rest("08:00", "10:00", minutes=60))
    for number in (1, 2):
        contract = a_delivery(number, place=a_place(3 + number))
        market.take(contract, by(market, "slot", contract))
    early = a_delivery(3)
    market.now = at("07:50")
    market.take(early, by(market, "hour", early))
    (rest,) = the_route(market).breaks
    assert rest.start > at("08:00")


def test_a_break_that_has_begun_stays_as_it_is() -> None:
    market = a_market(a_rest("07:30", "09:00", minutes=20))
    first = a_delivery(1)
    market.take(first, by(market, "slot", first))
    (rest,) = the_route(market).breaks
    market.now = rest.start + timedelta(minutes=1)
    second = a_delivery(2, place=a_place(6))
    market.take(second, by(market, "slot", second))
    assert the_route(market).breaks == (rest,)


def test_who_had_no_visits_has_rested_as_early_as_the_break_may_start() -> None:
    market = a_market(a_rest("07:30", "09:00", minutes=20), now="07:40")
    contract = a_delivery(1)
    market.take(contract, by(market, "hour", contract))
    assert the_route(market).breaks == (a_break("07:30", "07:50"),)


def test_a_board_that_is_built_anew_is_the_one_that_ran_on() -> None:
    market = a_market(a_rest("07:30", "09:00"), a_rest("10:00", "12:00", minutes=45))
    for number in (1, 2, 3):
        contract = a_delivery(number, place=a_place(2 + number))
        market.take(contract)
    market.leave("C-2")
    again = Board.of(market.snapshot())
    assert again.plan() == market.board.plan()
    asked = a_delivery(4, place=a_place(7))
    assert without_times(again.quote(asked, now=market.now, quote_id="q.C-4")) == without_times(market.quote(asked))


def test_a_replan_keeps_every_break() -> None:
    market = a_market(a_rest("08:00", "11:00", minutes=40))
    for number in range(6):
        contract = a_delivery(number, place=a_place(1 + 3 * number % 8))
        market.take(contract, by(market, "slot", contract))
    market.adopt(replan(market.snapshot(), seed=3, iterations=300))
    assert len(the_route(market).breaks) == 1


def test_breaks_are_free_but_overtime_is_not() -> None:
    rates = a_rider().rates.model_copy(update={"per_overtime_hour": 3600})
    shift = a_rider().shift.model_copy(update={"end": at("07:15")})
    late: dict[str, Any] = {
        "rates": rates,
        "shift": shift,
        "max_overtime": timedelta(hours=2),
        "overtime": timedelta(hours=2),
    }
    market = a_market(**late)
    contract = a_delivery(1)
    agreed = market.take(contract, by(market, "hour", contract))
    route, cost = the_route(market), market.board.plan().cost
    home = route.visits[-1].end + timedelta(seconds=160)
    assert cost.overtime == (home - at("07:15")).total_seconds()
    assert agreed.promises[0].mode is Mode.RIDER
    assert all(option.promises[0].mode is not Mode.RIDER for option in a_market(shift=shift).quote(contract).options)


def test_a_published_route_without_the_breaks_of_its_shift_is_refused() -> None:
    market = a_market(a_rest("08:00", "12:00"))
    market.take(a_delivery(1), by(market, "hour", a_delivery(1)))
    plan = market.board.plan()
    torn = plan.model_copy(update={"routes": (plan.routes[0].model_copy(update={"breaks": ()}),)})
    with pytest.raises(SolveError) as caught:
        Board.of(replace(market.snapshot(), initial_plan=torn))
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.PLAN_INVALID, "routes[R-1].breaks")
    assert issue.message == "placed breaks (0) must be those of the shift (1)"


def test_a_break_stands_between_the_visits_that_it_parts() -> None:
    """What is merged by time on the way in comes out again."""
    market = a_market(a_rest("08:00", "08:10", minutes=15))
    for number, now in ((1, "07:00"), (2, "08:20")):
        market.now = at(now)
        contract = a_delivery(number)
        market.take(contract, by(market, "hour", contract))
    (rest,), visits = the_route(market).breaks, the_route(market).visits
    assert visits[1].end <= rest.start
    assert rest.end <= visits[2].depart

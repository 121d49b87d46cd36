"""What a person reads in a terminal."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from rich.table import Table

from models.document import Document, DocumentKind, DocumentLine
from models.explanation import Explanation, Move
from models.money import amount
from models.option import (
    Archetype,
    Comparison,
    Quote,
    Refusal,
    Relaxation,
    ShiftChange,
    SlaOption,
    WayOut,
    percent,
)
from models.order import OrderLine
from models.place import Place
from models.plan import Assignment, Cost, ReasonCode, ReasonCount
from models.promise import CompensationKind, CompensationLadder, CompensationStep, Mode, Promise
from models.timing import TimeWindow
from scenarios.stories import Story, Told
from server.tables import (
    compensation,
    cost_table,
    explanation_text,
    later,
    option_table,
    papers_text,
    refusal_table,
    span,
    titles_of,
    way_out_table,
)
from tests.builders import a_contract, an_item
from tests.server.promising.builders import an_order

SHANGHAI = ZoneInfo("Asia/Shanghai")
SEVEN = datetime(2026, 3, 2, 7, 0, tzinfo=SHANGHAI)
LADDER = CompensationLadder(
    steps=(CompensationStep(kind=CompensationKind.VOUCHER, amount=500, at_lateness=timedelta(minutes=15)),)
)


def window(start_minutes: int, end_minutes: int) -> TimeWindow:
    return TimeWindow(earliest=SEVEN + timedelta(minutes=start_minutes), latest=SEVEN + timedelta(minutes=end_minutes))


def an_option() -> SlaOption:
    promise = Promise(
        item_id="cake",
        service_level_id="hour",
        mode=Mode.VAN,
        window=window(0, 60),
        place=Place(lat=31.23, lon=121.47),
        fee=600,
        ladder=LADDER,
    )
    assignment = Assignment(
        contract_id="c1",
        item_id="cake",
        mode=Mode.VAN,
        site_id="wh-1",
        resource_id="van-1",
        ready_time=SEVEN,
        planned_start=SEVEN,
    )
    return SlaOption(
        option_id="o1",
        archetypes=(Archetype.CHEAPEST, Archetype.FASTEST),
        promises=(promise,),
        assignments=(assignment,),
        fee=600,
        currency="CNY",
        cost=Cost(travel=1000, labour=234),
        p_on_time_by_item_id={"cake": 0.9999},
        p_on_time=0.9999,
        co2_g=420,
        num_stops=1,
        meets_wish=True,
    )


def a_quote(*options: SlaOption, refusals: tuple[Refusal, ...] = ()) -> Quote:
    return Quote(
        quote_id="q1",
        contract_id="c1",
        contract_revision=1,
        options=options,
        refusals=refusals,
        create_time=SEVEN,
        expire_time=SEVEN + timedelta(minutes=2),
    )


def drawn(table: Table) -> str:
    console = Console(file=StringIO(), width=160)
    console.print(table)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_an_option_shows_its_promises_fee_cost_and_probability() -> None:
    text = drawn(option_table(a_quote(an_option()), SHANGHAI, "CNY"))
    for expected in ("CHEAPEST, FASTEST", "1 stop", "07:00-08:00", "wh-1", "6.00", "12.34", "99.9 %", "420"):
        assert expected in text
    assert "VOUCHER 5.00 from 15 min" in text


def test_an_option_shows_what_it_gains_and_loses_against_the_recommended_one() -> None:
    same = Comparison(fee=0, cost=0, minutes_later=0, co2_g=0, num_stops=0)
    best = an_option().model_copy(update={"recommended": True, "compared": same})
    other = Comparison(fee=-150, cost=305, minutes_later=95, co2_g=-40, num_stops=0)
    lines = drawn(option_table(a_quote(best, an_option().model_copy(update={"compared": other})), SHANGHAI, "CNY"))
    (told,) = (line for line in lines.splitlines() if "difference" in line)
    assert told.split("difference")[1].split() == ["1", "h", "35", "min", "later", "-1.50", "+3.05", "-40"]
    assert "CHEAPEST, FASTEST, recommended" in " ".join(lines.split())


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "as soon"), (1, "1 min later"), (-60, "1 h earlier"), (-61, "1 h 1 min earlier")]
)
def test_a_difference_in_minutes_is_said_in_words(minutes: int, text: str) -> None:
    assert later(minutes) == text


def test_what_comes_from_no_site_shows_none() -> None:
    option = an_option()
    sent = option.assignments[0].model_copy(update={"mode": Mode.DIGITAL, "site_id": None, "resource_id": None})
    text = drawn(option_table(a_quote(option.model_copy(update={"assignments": (sent,)})), SHANGHAI, "CNY"))
    assert "None" not in text
    assert "wh-1" not in text


def test_a_part_of_a_basket_is_called_by_its_goods() -> None:
    part = an_item("cake", goods=(), split_of="basket", demand_ids=("o.l1", "o.l2"))
    option = an_option().model_copy(update={"parts": (part,)})
    text = drawn(option_table(a_quote(option), SHANGHAI, "CNY", titles={"o.l1": "rice", "cake": "a cake"}))
    assert "rice, o.l2" in text
    assert "a cake" not in text


def test_a_story_calls_goods_by_their_skus_and_services_by_their_names() -> None:
    items = [an_item("o.ambient", goods=(), demand_ids=("o.l1:RICE:1",)), an_item("o.l1:RICE:1.mounting", goods=())]
    lines = (OrderLine(line_id="l1:RICE:1", sku_id="RICE", quantity=1),)
    order = an_order("o").model_copy(update={"lines": lines})
    paper = Document(
        document_id="WB-1",
        kind=DocumentKind.WAYBILL,
        contract_id="c1",
        item_id="o.ambient",
        site_id="STORE",
        mode=Mode.VAN,
        lines=(DocumentLine(sku_id="RICE", quantity=1),),
    )
    contract = a_contract("c1", items, documents=(paper,))
    told = Told(Story("rice", "Rice", (order,), lambda _world, _told: iter(())), contract=contract)
    titles = titles_of(told)
    assert (titles["o.ambient"], titles["o.l1:RICE:1.mounting"]) == ("RICE", "mounting")
    assert papers_text(told) == "  STORE, RICE: waybill WB-1"
    assert papers_text(Told(told.story)) == ""


def test_a_title_with_square_brackets_is_shown_as_it_is() -> None:
    text = drawn(option_table(a_quote(an_option()), SHANGHAI, "CNY", titles={"cake": "mille-crepe [bold]"}))
    assert "mille-crepe [bold]" in text


def test_a_refusal_shows_how_many_resources_each_constraint_blocks() -> None:
    reasons = (ReasonCount(code=ReasonCode.NO_COMPARTMENT, count=94, total=100),)
    refusal = Refusal(item_id="cake", mode=Mode.RIDER, reasons=reasons)
    text = drawn(refusal_table(a_quote(refusals=(refusal,))))
    assert "NO_COMPARTMENT 94 of 100" in text


def test_levels_that_are_refused_for_the_same_reasons_share_a_line() -> None:
    reasons = (ReasonCount(code=ReasonCode.METHOD_NOT_WANTED, count=1, total=1),)
    refusals = tuple(
        Refusal(item_id="cake", mode=Mode.RIDER, service_level_id=level, reasons=reasons) for level in ("hour", "day")
    )
    assert "hour, day" in drawn(refusal_table(a_quote(refusals=refusals)))


def a_way_out(**fields: Any) -> WayOut:
    known = {"relaxation": Relaxation.LATER_PROMISE, "item_id": "cake", "option": an_option()}
    return WayOut(**{**known, "extra_cost": 1234, "extra_fee": -600, **fields})


def test_a_way_out_shows_what_it_takes_and_what_it_costs_more() -> None:
    ways = (
        a_way_out(minutes_later=45),
        a_way_out(relaxation=Relaxation.ON_CALL, shift_change=ShiftChange(resource_id="r-7", call_in=True)),
        a_way_out(
            relaxation=Relaxation.OVERTIME,
            shift_change=ShiftChange(resource_id="r-8", overtime=timedelta(minutes=25)),
        ),
    )
    text = drawn(way_out_table(a_quote().model_copy(update={"ways_out": ways}), titles={"cake": "Cake"}))
    for expected in ("hour by VAN", "45 min", "r-7 comes in", "r-8 stays 25 min longer", "+12.34", "-6.00", "Cake"):
        assert expected in text


def test_an_explanation_says_what_forcing_costs_and_whom_it_moves() -> None:
    move = Move(
        contract_id="c1",
        item_id="cake",
        from_resource_id="r-1",
        to_resource_id="r-2",
        from_site_id="wh-1",
        to_site_id="wh-2",
        start_before=SEVEN,
        start_after=SEVEN + timedelta(minutes=3),
    )
    found = Explanation(
        contract_id="c1",
        item_id="cake",
        resource_id="r-2",
        assigned_resource_id="r-1",
        feasible=True,
        cost_difference=Cost(travel=250),
        currency="CNY",
        moves=(move,),
    )
    assert explanation_text(found) == (
        "r-2 instead of r-1 costs +2.50 and moves 1\n  c1/cake: r-1 -> r-2, from wh-2, +3 min"
    )


def test_an_explanation_says_why_not() -> None:
    reasons = (ReasonCount(code=ReasonCode.SHIFT_OVER, count=1, total=1, example_id="r-2"),)
    found = Explanation(
        contract_id="c1",
        item_id="cake",
        site_id="wh-2",
        feasible=False,
        currency="CNY",
        reasons=reasons,
    )
    assert explanation_text(found) == "wh-2 instead of nobody is impossible: SHIFT_OVER"


def test_a_cost_is_shown_by_kind_with_its_total() -> None:
    text = drawn(cost_table({"plan": Cost(travel=1000, labour=234)}, "CNY"))
    assert "10.00" in text
    assert "2.34" in text
    assert "12.34" in text


@pytest.mark.parametrize(
    ("minor_units", "currency", "text"),
    [(1234, "CNY", "12.34"), (-5, "CNY", "-0.05"), (1234, "JPY", "1234"), (1234, "KWD", "1.234"), (0, "CNY", "0.00")],
)
def test_an_amount_has_the_decimals_of_its_currency(minor_units: int, currency: str, text: str) -> None:
    assert amount(minor_units, currency) == text


@pytest.mark.parametrize(
    ("probability", "text"), [(1.0, "100.0 %"), (0.99999, "99.9 %"), (0.29, "29.0 %"), (0.0, "0.0 %")]
)
def test_a_probability_is_rounded_down(probability: float, text: str) -> None:
    assert percent(probability) == text


def test_a_window_names_the_date_of_each_end_that_is_not_of_today() -> None:
    assert span(window(30, 75), SEVEN) == "07:30-08:15"
    assert span(window(24 * 60, 25 * 60), SEVEN) == "03-03 07:00-08:00"
    assert span(window(30, 24 * 60), SEVEN) == "07:30-03-03 07:00"


def test_a_window_is_shown_in_the_zone_of_today() -> None:
    assert span(window(0, 60), SEVEN.astimezone(UTC)) == "23:00-03-02 00:00"


def test_a_ladder_names_its_kind_when_it_changes() -> None:
    steps = [(CompensationKind.VOUCHER, 300, 0), (CompensationKind.VOUCHER, 800, 15), (CompensationKind.CASH, 900, 60)]
    ladder = CompensationLadder(
        steps=tuple(
            CompensationStep(kind=kind, amount=owed, at_lateness=timedelta(minutes=minutes))
            for kind, owed, minutes in steps
        )
    )
    assert compensation(ladder, "CNY") == "VOUCHER 3.00, 8.00 from 15 min, CASH 9.00 from 60 min"


def test_a_promise_without_a_ladder_owes_nothing() -> None:
    assert compensation(CompensationLadder(), "CNY") == ""

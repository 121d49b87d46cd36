"""What could be promised now, and a hold on it."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.issues import issues_of
from models.option import Quote, Refusal, SlaOption
from models.plan import Cost, ReasonCode, ReasonCount
from models.reservation import Reservation, ReservationState
from tests.builders import a_promise, at


def an_option(**changes: Any) -> SlaOption:
    fields = {
        "option_id": "q-1.0",
        "promises": (a_promise(),),
        "assignments": (),
        "fee": 300,
        "currency": "CNY",
        "cost": Cost(travel=120, expected_compensation=7),
        "p_on_time_by_item_id": {"i-rice": 0.97},
        "p_on_time": 0.97,
        "co2_g": 12,
        "num_stops": 1,
        "meets_wish": True,
    }
    return SlaOption(**{**fields, **changes})


def a_quote(**changes: Any) -> Quote:
    fields = {
        "quote_id": "q-1",
        "contract_id": "C-1",
        "contract_revision": 1,
        "options": (an_option(),),
        "refusals": (),
        "create_time": at("07:00"),
        "expire_time": at("07:02"),
    }
    return Quote(**{**fields, **changes})


def paths(make: Any, **changes: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        make(**changes)
    return [issue.path for issue in issues_of(caught.value)]


def test_an_option_promises_something() -> None:
    assert paths(an_option, promises=()) == ["promises"]


def test_an_option_has_no_token_before_the_server_signs_it() -> None:
    assert an_option().token == ""


def test_an_option_may_save_co2_but_costs_the_customer_nothing_below_zero() -> None:
    assert an_option(co2_g=-40).co2_g == -40
    assert paths(an_option, fee=-1) == ["fee"]


@pytest.mark.parametrize("probability", [-0.001, 1.001, float("nan")])
def test_a_probability_lies_between_zero_and_one(probability: float) -> None:
    assert [an_option(p_on_time=each).p_on_time for each in (0, 1)] == [0, 1]
    assert paths(an_option, p_on_time=probability, p_on_time_by_item_id={"i-rice": probability}) == [
        "p_on_time_by_item_id.i-rice",
        "p_on_time",
    ]


def test_a_quote_without_options_is_an_answer() -> None:
    reasons = (ReasonCount(code=ReasonCode.NO_STOCK, count=60, total=60, example_id="STORE"),)
    quote = a_quote(options=(), refusals=(Refusal(item_id="i-rice", reasons=reasons),))
    assert (quote.options, quote.refusals[0].mode, quote.complete) == ((), None, True)


def test_a_refusal_gives_a_reason() -> None:
    assert paths(Refusal, item_id="i-rice", reasons=()) == ["reasons"]


def test_a_new_reservation_is_held() -> None:
    reservation = Reservation(
        reservation_id="r-1",
        tenant_id="tenant",
        contract_id="C-1",
        contract_revision=2,
        option=an_option(),
        create_time=at("07:00"),
        expire_time=at("07:10"),
    )
    assert reservation.state is ReservationState.HELD
    assert Reservation.model_validate_json(reservation.model_dump_json()) == reservation

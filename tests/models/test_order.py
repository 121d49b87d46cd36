"""What a channel sends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.issues import issues_of
from models.order import LOAD_DIMENSIONS, Channel, Identity, Load, Method, Order, OrderLine, Temperature, check_distinct
from tests.builders import a_place, a_sku, at

GIVE_EACH_ITS_OWN = "give each its own id"


def a_line(line_id: str = "1", **changes: Any) -> dict[str, Any]:
    return {"line_id": line_id, "sku_id": "RICE", "quantity": 1, **changes}


def an_order(**changes: Any) -> dict[str, Any]:
    return {
        "order_id": "o-1",
        "channel": "APP",
        "placed_time": at("07:00"),
        "identity": {"member_id": "m-1"},
        "lines": [a_line()],
        "place": a_place(4),
        **changes,
    }


def issues_in(values: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    with pytest.raises(ValidationError) as caught:
        Order.model_validate(values)
    return [(each.code.value, each.path, each.message, each.hint) for each in issues_of(caught.value)]


def test_an_order_may_be_fulfilled_any_way_and_at_any_time_unless_it_says_otherwise() -> None:
    order = Order.model_validate(an_order())
    assert (order.method, order.service_level_id, order.windows) == (Method.ANY, None, ())


@pytest.mark.parametrize("quantity", [1, 100_000])
def test_a_quantity_is_one_to_a_hundred_thousand(quantity: int) -> None:
    assert OrderLine(line_id="1", sku_id="RICE", quantity=quantity).quantity == quantity


@pytest.mark.parametrize("quantity", [0, -1, 100_001, 10**18])
def test_any_other_quantity_is_refused(quantity: int) -> None:
    assert issues_in(an_order(lines=[a_line(), a_line("2", quantity=quantity)])) == [
        (
            "QUANTITY_NOT_POSITIVE",
            "lines[1].quantity",
            f"quantity ({quantity}) must be >= 1 and <= 100000",
            "leave out a line that nobody wants; split one that is larger",
        )
    ]


def test_half_a_piece_is_no_quantity() -> None:
    (issue,) = issues_in(an_order(lines=[a_line(quantity=1.5)]))
    assert issue[:2] == ("VALUE_INVALID", "lines[0].quantity")


def test_lines_have_ids_of_their_own() -> None:
    assert issues_in(an_order(lines=[a_line("b"), a_line("a"), a_line("b"), a_line("a"), a_line("c")])) == [
        ("ID_DUPLICATE", "lines", "line_id must be distinct: 5 ids, of which 3 distinct (a, b)", GIVE_EACH_ITS_OWN)
    ]


def test_an_order_has_one_to_two_hundred_lines() -> None:
    assert len(Order.model_validate(an_order(lines=[a_line(str(i)) for i in range(200)])).lines) == 200
    assert [each[1:3] for each in issues_in(an_order(lines=[]))] == [("lines", "number of entries (0) must be >= 1")]
    too_many = [a_line(str(i)) for i in range(201)]
    assert [each[1:3] for each in issues_in(an_order(lines=too_many))] == [
        ("lines", "number of entries (201) must be <= 200")
    ]


def test_an_order_without_identity_is_refused() -> None:
    assert issues_in(an_order(identity={})) == [
        (
            "ORDER_WITHOUT_IDENTITY",
            "identity",
            "number of identity keys (0) must be >= 1",
            "send member_id, phone or the channel's open id",
        )
    ]


@pytest.mark.parametrize(
    "identity", [{"member_id": "m"}, {"phone": "138"}, {"open_ids": {"APP": "a"}}, {"member_id": "x" * 128}]
)
def test_one_key_is_identity_enough(identity: dict[str, Any]) -> None:
    assert len(Identity.model_validate(identity).keys()) == 1


def test_an_empty_key_is_refused_and_not_taken_for_none() -> None:
    issues = issues_in(an_order(identity={"member_id": "", "phone": "1" * 129, "open_ids": {"APP": ""}}))
    assert [each[1:3] for each in issues] == [
        ("identity.member_id", "length (0) must be >= 1"),
        ("identity.phone", "length (129) must be <= 128"),
        ("identity.open_ids.APP", "length (0) must be >= 1"),
    ]


def test_keys_say_their_kind_and_stand_in_one_order() -> None:
    identity = Identity(
        member_id="7", phone="7", open_ids={Channel.STORE_POS: "7", Channel.APP: "7", Channel.LIVESTREAM: "8"}
    )
    assert identity.keys() == ("member:7", "phone:7", "open:APP:7", "open:LIVESTREAM:8", "open:STORE_POS:7")


def test_all_that_is_wrong_with_an_order_is_said_at_once() -> None:
    issues = issues_in(
        an_order(
            order_id="no spaces",
            channel="TV",
            identity={},
            lines=[a_line(quantity=0), a_line(sku_id="")],
            place={"lat": 100, "lon": 121},
            windows=[{"earliest": at("09:00"), "latest": at("08:00")}],
            colour="red",
        )
    )
    assert [each[:2] for each in issues] == [
        ("VALUE_INVALID", "order_id"),
        ("VALUE_INVALID", "channel"),
        ("ORDER_WITHOUT_IDENTITY", "identity"),
        ("QUANTITY_NOT_POSITIVE", "lines[0].quantity"),
        ("VALUE_INVALID", "lines[1].sku_id"),
        ("PLACE_OUT_OF_RANGE", "place.lat"),
        ("WINDOW_REVERSED", "windows[0]"),
        ("FIELD_UNKNOWN", "colour"),
    ]


def test_a_load_has_the_four_dimensions_in_a_fixed_order() -> None:
    assert LOAD_DIMENSIONS == ("weight_g", "ambient_cm3", "chilled_cm3", "frozen_cm3")


@pytest.mark.parametrize(
    ("temperature", "dimension"),
    [
        (Temperature.AMBIENT, "ambient_cm3"),
        (Temperature.CHILLED, "chilled_cm3"),
        (Temperature.FROZEN, "frozen_cm3"),
    ],
)
def test_goods_fill_the_compartment_of_their_own_temperature_only(temperature: Temperature, dimension: str) -> None:
    sku = a_sku(temperature=temperature, weight_g=250, volume_cm3=900)
    assert sku.load(3) == Load(**{"weight_g": 750, dimension: 2700})


loads = st.builds(Load, **{name: st.integers(min_value=0, max_value=10**7) for name in LOAD_DIMENSIONS})


@given(loads, loads)
def test_loads_add_up_dimension_by_dimension(one: Load, other: Load) -> None:
    both = one + other
    assert [getattr(both, name) for name in LOAD_DIMENSIONS] == [
        getattr(one, name) + getattr(other, name) for name in LOAD_DIMENSIONS
    ]
    assert one + Load() == one


@given(loads, st.integers(min_value=0, max_value=9))
def test_a_load_can_be_taken_several_times(load: Load, times: int) -> None:
    assert load.times(times) == sum([load] * times, Load())


@given(st.integers(min_value=1, max_value=100), st.integers(min_value=1, max_value=100))
def test_the_load_of_two_quantities_is_that_of_their_sum(one: int, other: int) -> None:
    assert a_sku().load(one) + a_sku().load(other) == a_sku().load(one + other)


def test_goods_weigh_something_and_take_up_room() -> None:
    with pytest.raises(ValidationError) as caught:
        a_sku(weight_g=0, volume_cm3=0)
    assert [(each.path, each.message) for each in issues_of(caught.value)] == [
        ("weight_g", "Input should be greater than 0, got 0"),
        ("volume_cm3", "Input should be greater than 0, got 0"),
    ]


def test_distinct_ids_pass_and_five_of_those_that_are_not_are_named() -> None:
    check_distinct("id", [])
    check_distinct("id", ["a", "b"])
    with pytest.raises(Exception, match=r"id must be distinct: 14 ids, of which 7 distinct \(a, b, c, d, e\)"):
        check_distinct("id", [*"abcdefg", *"abcdefg"])

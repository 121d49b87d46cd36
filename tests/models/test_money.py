"""Money without floats."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.issues import InputError, Issue, IssueCode
from models.money import MinorUnits, Money, Rate, round_half_up


def yuan(amount: int) -> Money:
    return Money(amount=amount, currency="CNY")


def test_amounts_of_one_currency_add_up() -> None:
    assert yuan(1250) + yuan(-250) == yuan(1000)


def test_amounts_of_two_currencies_do_not() -> None:
    with pytest.raises(InputError) as caught:
        yuan(100) + Money(amount=100, currency="USD")
    assert caught.value.issues == (
        Issue(
            code=IssueCode.CURRENCY_MISMATCH,
            path="currency",
            message="currency (USD) must equal (CNY)",
            hint="convert before adding",
        ),
    )


@pytest.mark.parametrize("currency", ["", "cny", "RMB2", "¥", "CN"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        Money(amount=1, currency=currency)


@pytest.mark.parametrize("amount", [1.5, "1.50", 10**15 + 1, -(10**15) - 1])
def test_an_amount_is_a_bounded_integer(amount: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(MinorUnits).validate_python(amount)


@pytest.mark.parametrize("amount", [10**15, 0, -(10**15)])
def test_the_bounds_themselves_are_amounts(amount: int) -> None:
    assert TypeAdapter(MinorUnits).validate_python(amount) == amount


def test_a_sum_beyond_the_bounds_is_refused() -> None:
    with pytest.raises(ValidationError):
        yuan(10**15) + yuan(1)


def test_a_rate_is_not_negative() -> None:
    adapter: TypeAdapter[int] = TypeAdapter(Rate)
    assert (adapter.validate_python(0), adapter.validate_python(10**9)) == (0, 10**9)
    for rate in (-1, 10**9 + 1):
        with pytest.raises(ValidationError):
            adapter.validate_python(rate)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (0, 1000, 0),
        (499, 1000, 0),
        (500, 1000, 1),
        (1499, 1000, 1),
        (1500, 1000, 2),
        (2500, 1000, 3),
        (1, 3, 0),
        (2, 3, 1),
        (-499, 1000, 0),
        (-500, 1000, 0),
        (-501, 1000, -1),
        (-1500, 1000, -1),
        (-1501, 1000, -2),
    ],
)
def test_a_half_is_rounded_up_also_below_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


def test_rounding_is_exact_where_a_float_would_not_be() -> None:
    huge = 10**30
    assert round_half_up(huge * 1000 + 499, 1000) == huge
    assert round_half_up(huge * 1000 + 500, 1000) == huge + 1
    assert round_half_up(-huge * 1000 - 501, 1000) == -huge - 1


@given(st.integers(), st.integers(min_value=1))
def test_the_rounded_number_is_the_nearest_and_the_upper_of_two(numerator: int, denominator: int) -> None:
    error = round_half_up(numerator, denominator) - Fraction(numerator, denominator)
    assert Fraction(-1, 2) < error <= Fraction(1, 2)

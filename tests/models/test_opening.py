"""Opening hours as expressions, public holidays, and days worked in exchange."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from models.issues import issues_of
from models.opening import HoursExpression, PublicHolidays, Weekday, WorkingDays

HOURS: TypeAdapter[str] = TypeAdapter(HoursExpression)
WRITE_TIMES = "write times; give holiday_hours for public holidays"


def issue_of(make: Any, *values: Any, **fields: Any) -> tuple[str, str, str, str]:
    with pytest.raises(ValidationError) as caught:
        make(*values, **fields)
    (issue,) = issues_of(caught.value)
    return issue.code.value, issue.path, issue.message, issue.hint


@pytest.mark.parametrize(
    "said",
    [
        "Mo-Fr 08:00-22:00; Sa,Su 09:00-21:00",
        "08:00-12:00, 13:00-22:00",
        "20:00-02:00",
        "24/7",
        "off",
        "Mar-Oct 08:00-20:00; Nov-Feb 09:00-18:00",
        '08:00-18:00 "unknown to PH"',
    ],
)
def test_hours_are_kept_as_they_are_written(said: str) -> None:
    assert HOURS.validate_python(said) == said


@pytest.mark.parametrize(
    ("said", "column"), [("Mo-Fr 8 to 22", 7), ("always", 1), ("", 1), ("Mo 08:00-19:00 ;; x", 17)]
)
def test_hours_that_nobody_can_read_are_refused_at_the_character(said: str, column: int) -> None:
    assert issue_of(HOURS.validate_python, said) == (
        "HOURS_INVALID",
        "",
        f"hours ({said}) must be opening hours in the grammar of OpenStreetMap, and are not from character {column} on",
        'for example "Mo-Fr 08:00-22:00; Sa,Su 09:00-21:00", "24/7" or "off"',
    )


@pytest.mark.parametrize(
    ("said", "vague"),
    [
        ("Mo-Fr 08:00-18:00; PH off", "PH"),
        ("SH 10:00-12:00", "SH"),
        ("sunrise-20:00", "sunrise"),
        ("08:00-18:00 unknown", "unknown"),
        ("08:00+", "8:00+"),
    ],
)
def test_hours_without_a_certain_time_are_refused(said: str, vague: str) -> None:
    assert issue_of(HOURS.validate_python, said) == (
        "HOURS_INVALID",
        "",
        f"hours ({said}) must say the time of day of each opening and closing, and {vague} does not",
        WRITE_TIMES,
    )


@pytest.mark.parametrize(
    ("day", "is_off", "is_made_up_for"),
    [
        (date(2026, 2, 13), False, False),
        (date(2026, 2, 14), False, True),  # a Saturday, for the 20th
        (date(2026, 2, 17), True, False),  # Spring Festival
        (date(2026, 2, 20), True, False),  # a Friday, off
        (date(2026, 2, 28), False, True),
        (date(2026, 3, 1), False, False),  # a Sunday like any other
        (date(2026, 10, 1), True, False),
    ],
)
def test_the_days_that_china_decrees_are_known(day: date, is_off: bool, is_made_up_for: bool) -> None:
    china = PublicHolidays(country="CN")
    assert (day in china, china.is_made_up_for(day)) == (is_off, is_made_up_for)


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    epiphany = date(2026, 1, 6)
    assert epiphany in PublicHolidays(country="DE", subdivision="BY")
    assert epiphany not in PublicHolidays(country="DE", subdivision="BE")


@pytest.mark.parametrize("country", ["XX", "cn", "CHN", "China", ""])
def test_a_country_is_one_whose_holidays_are_known(country: str) -> None:
    code, path, message, hint = issue_of(PublicHolidays, country=country)
    assert (code, path, hint) == ("VALUE_INVALID", "country", "two capital letters, for example CN")
    assert message.startswith(f"country ({country}) must be one of the ")


def test_a_subdivision_is_one_of_its_country() -> None:
    code, _, message, hint = issue_of(PublicHolidays, country="CN", subdivision="SH")
    assert (code, hint) == ("VALUE_INVALID", "leave it out where holidays are the same everywhere")
    assert message == "subdivision (SH) must be one of the 0 of CN: none"


def test_everybody_works_every_day_unless_told() -> None:
    assert WorkingDays() == WorkingDays(weekdays=tuple(Weekday), on_holidays=True)


def test_somebody_works_on_some_day() -> None:
    assert issue_of(WorkingDays, weekdays=())[:2] == ("VALUE_INVALID", "weekdays")


def test_the_days_of_the_week_stand_in_the_order_of_the_calendar() -> None:
    assert [date(2026, 3, 2 + n).strftime("%A").upper() for n in range(7)] == list(Weekday)

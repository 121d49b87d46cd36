"""Instants, windows with inclusive ends, half-open intervals, and seconds that are rounded up."""

from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.issues import issues_of
from models.timing import DailyHours, Duration, Horizon, Instant, Interval, TimeWindow, TimeWindows, seconds_of
from tests.builders import at, between

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
WINDOWS: TypeAdapter[tuple[TimeWindow, ...]] = TypeAdapter(TimeWindows)
MICROSECOND = timedelta(microseconds=1)
CHECK_THE_UNIT = "check the unit (seconds, not milliseconds) and the year"


def issue_of(make: Any, *values: Any, **fields: Any) -> tuple[str, str, str, str]:
    with pytest.raises(ValidationError) as caught:
        make(*values, **fields)
    (issue,) = issues_of(caught.value)
    return issue.code.value, issue.path, issue.message, issue.hint


def test_an_instant_is_kept_in_utc() -> None:
    kept = INSTANT.validate_python(datetime(2026, 3, 2, 7, tzinfo=timezone(timedelta(hours=8))))
    assert kept == at("07:00")
    assert kept.tzinfo is UTC
    assert kept.isoformat() == "2026-03-01T23:00:00+00:00"


@pytest.mark.parametrize("instant", [datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC) - MICROSECOND])
def test_the_first_and_the_last_instant_are_instants(instant: datetime) -> None:
    assert INSTANT.validate_python(instant) == instant


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2000, 1, 1, tzinfo=UTC) - MICROSECOND, "1999-12-31T23:59:59.999999+00:00"),
        (datetime(2200, 1, 1, tzinfo=UTC), "2200-01-01T00:00:00+00:00"),
        (datetime.max.replace(tzinfo=UTC), "9999-12-31T23:59:59.999999+00:00"),
        (datetime.min.replace(tzinfo=UTC), "0001-01-01T00:00:00+00:00"),
    ],
)
def test_an_instant_of_another_age_is_out_of_range(instant: datetime, said: str) -> None:
    assert issue_of(INSTANT.validate_python, instant) == (
        "TIME_OUT_OF_RANGE",
        "",
        f"instant ({said}) must be in [2000-01-01T00:00:00+00:00, 2200-01-01T00:00:00+00:00)",
        CHECK_THE_UNIT,
    )


def test_an_instant_that_no_calendar_has_in_utc_is_refused_and_not_an_overflow() -> None:
    east_of_everything = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
    assert issue_of(INSTANT.validate_python, east_of_everything)[0] == "TIME_OUT_OF_RANGE"


def test_an_instant_without_a_zone_is_refused() -> None:
    assert issue_of(INSTANT.validate_json, '"2026-03-02T07:00:00"') == (
        "TIME_WITHOUT_ZONE",
        "",
        "Input should have timezone info, got '2026-03-02T07:00:00'",
        "write the instant with its offset, e.g. 2026-03-02T07:00:00+08:00",
    )


def test_a_window_contains_both_of_its_ends() -> None:
    window = between("07:00", "08:00")
    assert at("07:00") in window
    assert at("07:30") in window
    assert at("08:00") in window
    assert at("07:00") - MICROSECOND not in window
    assert at("08:00") + MICROSECOND not in window


def test_windows_may_be_a_microsecond_apart() -> None:
    morning, noon = between("09:00", "12:00"), TimeWindow(earliest=at("12:00") + MICROSECOND, latest=at("13:00"))
    assert WINDOWS.validate_python((morning, noon)) == (morning, noon)


@pytest.mark.parametrize("earliest", ["12:00", "11:00", "08:00"])
def test_windows_that_touch_or_overlap_or_come_in_disorder_are_refused(earliest: str) -> None:
    windows = (between("07:00", "07:30"), between("09:00", "12:00"), between(earliest, "20:00"))
    assert issue_of(WINDOWS.validate_python, windows) == (
        "WINDOWS_OVERLAP",
        "",
        f"earliest of window 2 ({at(earliest).isoformat()}) must be > latest of window 1 ({at('12:00').isoformat()})",
        "join windows that overlap or touch into one, and give them in the order of time",
    )


def test_a_window_may_be_a_single_instant() -> None:
    assert at("07:00") in between("07:00", "07:00")


def test_a_reversed_window_is_refused() -> None:
    assert issue_of(between, "09:00", "08:59:59") == (
        "WINDOW_REVERSED",
        "",
        "earliest (2026-03-02T01:00:00+00:00) must be <= latest (2026-03-02T00:59:59+00:00)",
        "swap the two ends",
    )


@pytest.mark.parametrize(
    ("inner", "is_within"),
    [
        (("07:00", "09:00"), True),
        (("07:30", "08:30"), True),
        (("09:00", "09:00"), True),
        (("06:59:59", "08:00"), False),
        (("08:00", "09:00:01"), False),
        (("06:00", "10:00"), False),
    ],
)
def test_a_window_is_within_another_up_to_its_ends(inner: tuple[str, str], is_within: bool) -> None:
    assert between(*inner).within(between("07:00", "09:00")) is is_within


def test_both_ends_of_a_window_are_reported() -> None:
    with pytest.raises(ValidationError) as caught:
        TimeWindow.model_validate({"earliest": "2026-03-02T07:00:00", "latest": "1999-03-02T07:00:00Z"})
    assert [(issue.code.value, issue.path) for issue in issues_of(caught.value)] == [
        ("TIME_WITHOUT_ZONE", "earliest"),
        ("TIME_OUT_OF_RANGE", "latest"),
    ]


def test_an_interval_is_never_empty() -> None:
    assert issue_of(Interval, start=at("07:00"), end=at("07:00")) == (
        "INTERVAL_EMPTY",
        "",
        "start (2026-03-01T23:00:00+00:00) must be < end (2026-03-01T23:00:00+00:00)",
        "an interval is half-open and cannot be empty",
    )
    assert Interval(start=at("07:00"), end=at("07:00") + MICROSECOND).end > at("07:00")


@pytest.mark.parametrize(("opens", "closes"), [("07:00", "07:00:01"), ("00:00", "00:00"), ("22:00", "00:00")])
def test_hours_that_close_at_0000_last_until_midnight(opens: str, closes: str) -> None:
    hours = DailyHours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
    assert (hours.opens, hours.closes) == (time.fromisoformat(opens), time.fromisoformat(closes))


@pytest.mark.parametrize(("opens", "closes"), [("07:00", "07:00"), ("22:00", "02:00")])
def test_hours_do_not_cross_midnight(opens: str, closes: str) -> None:
    assert issue_of(DailyHours, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)) == (
        "INTERVAL_EMPTY",
        "",
        f"opens ({opens}:00) must be < closes ({closes}:00)",
        "split hours that cross midnight into two entries",
    )


def test_a_duration_is_at_most_a_leap_year_and_never_negative() -> None:
    adapter: TypeAdapter[timedelta] = TypeAdapter(Duration)
    assert adapter.validate_python(timedelta(0)) == timedelta(0)
    assert adapter.validate_python(timedelta(days=366)) == timedelta(days=366)
    assert adapter.validate_json('"PT1H30M"') == timedelta(minutes=90)
    for wrong in (-MICROSECOND, timedelta(days=366) + MICROSECOND):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        (timedelta(0), 0),
        (MICROSECOND, 1),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=1) + MICROSECOND, 2),
        (timedelta(days=366) - MICROSECOND, 366 * 86_400),
        (timedelta(days=366), 366 * 86_400),
    ],
)
def test_a_duration_is_rounded_up_to_whole_seconds(duration: timedelta, seconds: int) -> None:
    assert seconds_of(duration) == seconds


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=366)))
def test_rounding_up_never_takes_time_away_and_adds_less_than_a_second(duration: timedelta) -> None:
    assert timedelta(0) <= timedelta(seconds=seconds_of(duration)) - duration < timedelta(seconds=1)


def a_horizon() -> Horizon:
    return Horizon(start=at("06:00"), end=at("22:00"))


def test_the_clock_of_the_solver_starts_with_the_horizon() -> None:
    assert a_horizon().seconds(at("06:00")) == 0
    assert a_horizon().seconds(at("07:00:01")) == 3601
    assert a_horizon().instant(3601) == at("07:00:01")


def test_an_instant_between_two_seconds_belongs_to_the_earlier_also_before_the_horizon() -> None:
    half = timedelta(milliseconds=500)
    assert a_horizon().seconds(at("06:00:01") + half) == 1
    assert a_horizon().seconds(at("06:00") - half) == -1


@given(st.integers(min_value=-(10**8), max_value=10**8))
def test_seconds_and_instants_are_two_names_of_one_thing(seconds: int) -> None:
    assert a_horizon().seconds(a_horizon().instant(seconds)) == seconds

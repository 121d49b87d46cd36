"""Clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from models.issues import InputError, IssueCode
from server.clock import SimulatedClock, WallClock

START = datetime(2026, 3, 2, 7, tzinfo=UTC)


def test_simulated_time_stands_still_until_it_is_advanced() -> None:
    clock = SimulatedClock(START)
    assert clock.now() == clock.now() == START
    clock.advance_to(START + timedelta(minutes=5))
    assert clock.now() == START + timedelta(minutes=5)


def test_simulated_time_may_be_advanced_by_nothing() -> None:
    clock = SimulatedClock(START)
    clock.advance_to(START)
    assert clock.now() == START


def test_simulated_time_does_not_run_backwards() -> None:
    clock = SimulatedClock(START)
    with pytest.raises(InputError) as caught:
        clock.advance_to(START - timedelta(microseconds=1))
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.CLOCK_BACKWARDS, "time")
    assert (
        issue.message
        == f"time ({(START - timedelta(microseconds=1)).isoformat()}) must be >= now ({START.isoformat()})"
    )
    assert clock.now() == START


def test_the_wall_clock_is_in_utc_and_never_goes_back() -> None:
    clock = WallClock()
    first = clock.now()
    assert first.tzinfo is UTC
    assert clock.now() >= first

"""Spells of traffic: local times in their order."""

from datetime import time

import pytest
from pydantic import ValidationError

from models.issues import IssueCode, issues_of
from tests.builders import a_peak


def test_a_spell_may_end_with_the_day_and_last_all_of_it() -> None:
    assert a_peak("22:00", "00:00").end == time(0)
    assert a_peak("00:00", "00:00").start == time(0)


def test_a_spell_ends_behind_its_start() -> None:
    with pytest.raises(ValidationError) as caught:
        a_peak("09:30", "09:30")
    (issue,) = issues_of(caught.value)
    assert (issue.code, issue.message) == (IssueCode.INTERVAL_EMPTY, "start (09:30:00) must be < end (09:30:00)")


def test_a_time_with_an_offset_is_no_local_time() -> None:
    with pytest.raises(ValidationError) as caught:
        a_peak(end="09:30Z")
    (issue,) = issues_of(caught.value)
    assert (issue.code, issue.path) == (IssueCode.VALUE_INVALID, "end")
    assert issue.message == "time (09:30:00+00:00) must be a local time"

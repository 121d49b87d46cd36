"""Instants, windows and intervals.

A `TimeWindow` bounds the **start of service** and both of its ends are inclusive.
An `Interval` is half-open: `[start, end)`. Inside the solver a time is an `int`:
seconds from the horizon's start.
"""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from models.base import Model
from models.issues import IssueCode, broken_rule

EARLIEST_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_INSTANT = datetime(2200, 1, 1, tzinfo=UTC)


def _bounded_utc(instant: datetime) -> datetime:
    if not EARLIEST_INSTANT <= instant < LATEST_INSTANT:
        raise broken_rule(
            IssueCode.TIME_OUT_OF_RANGE,
            "instant ({instant}) must be in [{earliest}, {latest})",
            hint="check the unit (seconds, not milliseconds) and the year",
            instant=instant.isoformat(),
            earliest=EARLIEST_INSTANT.isoformat(),
            latest=LATEST_INSTANT.isoformat(),
        )
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_bounded_utc)]
"""An aware instant, kept in UTC."""

Duration = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=366))]


class TimeWindow(Model):
    """When service may start: at `earliest`, at `latest`, and any time between."""

    earliest: Instant
    latest: Instant

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.earliest > self.latest:
            raise broken_rule(
                IssueCode.WINDOW_REVERSED,
                "earliest ({earliest}) must be <= latest ({latest})",
                hint="swap the two ends",
                earliest=self.earliest.isoformat(),
                latest=self.latest.isoformat(),
            )
        return self

    def __contains__(self, instant: datetime) -> bool:
        return self.earliest <= instant <= self.latest

    def within(self, outer: "TimeWindow") -> bool:
        return outer.earliest <= self.earliest and self.latest <= outer.latest


def _apart(windows: tuple[TimeWindow, ...]) -> tuple[TimeWindow, ...]:
    for n, (one, other) in enumerate(pairwise(windows)):
        if other.earliest <= one.latest:
            raise broken_rule(
                IssueCode.WINDOWS_OVERLAP,
                "earliest of window {later} ({earliest}) must be > latest of window {before} ({latest})",
                hint="join windows that overlap or touch into one, and give them in the order of time",
                before=n,
                later=n + 1,
                earliest=other.earliest.isoformat(),
                latest=one.latest.isoformat(),
            )
    return windows


TimeWindows = Annotated[tuple[TimeWindow, ...], Field(max_length=10), AfterValidator(_apart)]
"""Windows in the order of time that neither overlap nor touch; none: any time."""


class Interval(Model):
    """`[start, end)`, never empty."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.start >= self.end:
            raise broken_rule(
                IssueCode.INTERVAL_EMPTY,
                "start ({start}) must be < end ({end})",
                hint="an interval is half-open and cannot be empty",
                start=self.start.isoformat(),
                end=self.end.isoformat(),
            )
        return self


class DailyHours(Model):
    """Hours of a day in local time, `[opens, closes)`; `closes` 00:00 means midnight."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.closes != time(0) and self.opens >= self.closes:
            raise broken_rule(
                IssueCode.INTERVAL_EMPTY,
                "opens ({opens}) must be < closes ({closes})",
                hint="split hours that cross midnight into two entries",
                opens=self.opens.isoformat(),
                closes=self.closes.isoformat(),
            )
        return self


class Horizon(Interval):
    """The span that a problem plans over; its start is the zero of the solver's clock."""

    def seconds(self, instant: datetime) -> int:
        """Whole seconds from the horizon's start, rounded down."""
        return (instant - self.start) // timedelta(seconds=1)

    def seconds_up(self, instant: datetime) -> int:
        """Whole seconds from the horizon's start, rounded up: what starts then starts no earlier."""
        return -((self.start - instant) // timedelta(seconds=1))

    def instant(self, seconds: int) -> datetime:
        return self.start + timedelta(seconds=seconds)


def seconds_of(duration: timedelta) -> int:
    """Whole seconds of a duration, rounded up: a service never gets shorter by rounding."""
    return -(-duration // timedelta(seconds=1))

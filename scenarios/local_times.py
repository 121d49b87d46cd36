"""Times as a planner writes them: local, on the world's day."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_TIME = re.compile(r"(\d\d:\d\d(?::\d\d)?)")
_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)")


def instant_text(text: str, *, day: date, zone: ZoneInfo) -> str:
    """`06:30` or `2026-03-02 06:30` as an instant with its offset; any other text as it is.

    `24:00` is the midnight that ends the day.
    """
    try:
        if match := _TIME.fullmatch(text):
            return _at(day, match[1], zone)
        if match := _DATE_TIME.fullmatch(text):
            return _at(date.fromisoformat(match[1]), match[2], zone)
    except ValueError:
        pass
    return text


def _at(day: date, clock: str, zone: ZoneInfo) -> str:
    if clock in ("24:00", "24:00:00"):
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), zone).isoformat()


_ENDS = ("start", "end", "earliest", "latest")


def with_instants(span: Any, *, day: date, zone: ZoneInfo) -> Any:
    """A `{start, end}` or `{earliest, latest}` with both ends as instants; anything else as it is."""
    if not isinstance(span, dict):
        return span
    return {
        key: instant_text(value, day=day, zone=zone) if key in _ENDS and isinstance(value, str) else value
        for key, value in span.items()
    }

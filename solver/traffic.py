"""Spells of slow traffic as steps of speed on the solver's clock, and how far it is out of the areas that are slow."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from models.area import Area
from models.catalogue import Catalogue
from models.opening import Weekday, WorkingDays
from models.resource import TravelProfile
from models.timing import Horizon
from models.traffic import TrafficSpell, areas_of
from models.travel import PROFILES, TravelTables
from solver.geometry import within
from solver.kernels.arrays import (
    BORDER_FROM,
    BORDER_TO,
    FREE_FLOW,
    I64,
    NEVER,
    NO_BORDER,
    NO_TRAFFIC,
    STEP_PERCENT,
    STEP_START,
)

Slow = tuple[int, int, int]
"""From and until when, in seconds from the horizon's start, and the speed in per cent."""

_DAY = timedelta(days=1)
_WEEKDAYS = tuple(Weekday)


def traffic_of(catalogue: Catalogue, horizon: Horizon) -> I64:
    """[profiles, 2, steps] as in `solver.kernels.arrays.Travel`.

    More than a day before the horizon and behind it, streets are free.
    """
    if not catalogue.traffic:
        return NO_TRAFFIC
    steps = [_steps([*_slow(catalogue, horizon, profile)]) for profile in PROFILES]
    table = np.full((len(PROFILES), 2, max(map(len, steps))), NEVER, dtype=np.int64)
    table[:, STEP_PERCENT] = FREE_FLOW
    for profile, each in enumerate(steps):
        table[profile, :, : len(each)] = np.array(each, dtype=np.int64).T
    assert (STEP_START, STEP_PERCENT) == (0, 1)
    return table


def border_of(catalogue: Catalogue, tables: TravelTables) -> I64:
    """[2, profiles, n] as in `solver.kernels.arrays.Travel`.

    Raises
    ------
    ValueError
        A profile is slow in an area, and the tables do not know where their nodes lie.
    """
    if all(spell.area is None for spell in catalogue.traffic):
        return NO_BORDER
    border = np.full((2, len(PROFILES), len(tables.node_ids)), NEVER, dtype=np.int64)
    for n, profile in enumerate(PROFILES):
        for area in areas_of(profile, catalogue.traffic):
            if area is not None:
                border[:, n] = _to_border(area, tables, n)
    return border


def _to_border(area: Area, tables: TravelTables, profile: int) -> I64:
    """[2, n]: seconds to the nearest node outside and from there; 0 outside, NEVER where no way leads out."""
    if tables.points is None:
        raise ValueError("travel tables must have points for traffic in an area")
    inside = within(area, tables.points)
    seconds = np.zeros((2, len(inside)), dtype=np.int64)
    for row, table in ((BORDER_FROM, tables.duration_s), (BORDER_TO, tables.duration_to_s)):
        for node in np.flatnonzero(inside):
            ways = table[profile, node][~inside].astype(np.int64)
            seconds[row, node] = ways[ways >= 0].min(initial=NEVER)
    return seconds


def _slow(catalogue: Catalogue, horizon: Horizon, profile: TravelProfile) -> Iterator[Slow]:
    """Every spell on every day from the one before the horizon to the one behind it."""
    first, last = (each.astimezone(catalogue.zone).date() for each in (horizon.start, horizon.end))
    for day in (first + n * _DAY for n in range(-1, (last - first).days + 2)):
        for spell in catalogue.traffic:
            if profile in spell.profiles and _holds(spell.days, day, catalogue):
                start, end = (horizon.seconds(each) for each in _span(spell, day, catalogue))
                yield start, end, spell.speed_percent


def _holds(days: WorkingDays, day: date, catalogue: Catalogue) -> bool:
    days_off = catalogue.holidays
    if days_off is not None and not days.on_holidays:
        if day in days_off:
            return False
        if days_off.is_made_up_for(day):
            return True
    return _WEEKDAYS[day.weekday()] in days.weekdays


def _span(spell: TrafficSpell, day: date, catalogue: Catalogue) -> tuple[datetime, datetime]:
    ends_on = day + _DAY if spell.end == time(0) else day
    start, end = (
        datetime.combine(day, spell.start, catalogue.zone),
        datetime.combine(ends_on, spell.end, catalogue.zone),
    )
    return start.astimezone(UTC), end.astimezone(UTC)


def _steps(slow: list[Slow]) -> list[tuple[int, int]]:
    """When which speed begins; of what overlaps, the slowest."""
    steps = [(-NEVER, FREE_FLOW)]
    for since in sorted({instant for start, end, _ in slow for instant in (start, end)}):
        percent = min((percent for start, end, percent in slow if start <= since < end), default=FREE_FLOW)
        if percent != steps[-1][1]:
            steps.append((since, percent))
    return steps

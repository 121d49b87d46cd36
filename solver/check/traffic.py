"""Travel in traffic: the work that is done by an instant, and how long a leg takes by that.

Where a profile is slow in an area only, a leg is three parts: to the border, outside, and from the border.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache, cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.area import Area
from models.opening import Weekday, WorkingDays
from models.place import Place
from models.problem import Problem
from models.resource import TravelProfile
from models.timing import DailyHours
from models.travel import PROFILES, TravelTables
from solver.check.hours import DAY, OpeningHours
from solver.check.ways import crow_distance_m
from solver.check.zones import in_ring

FREE_PERCENT, LEAST_PERCENT = 100, 10
_WEEKDAYS = tuple(Weekday)


class _Spell(NamedTuple):
    """`[start, end)` in seconds from the horizon's start."""

    profile: TravelProfile
    start: int
    end: int
    percent: int


class _Parts(NamedTuple):
    """Free seconds of a leg: slow ones to the border, those outside, and slow ones from the border."""

    first: int
    outside: int
    last: int


class _Work:
    """How much of free travel, in hundredths of a second, a profile gets done by an instant."""

    def __init__(self, spells: list[_Spell]) -> None:
        self._instants = sorted({instant for spell in spells for instant in (spell.start, spell.end)})
        self._percents = [_slowest(spells, since) for since in self._instants]
        self._done = [0]
        for (since, until), percent in zip(pairwise(self._instants), self._percents, strict=False):
            self._done.append(self._done[-1] + (until - since) * percent)

    def __call__(self, instant: int) -> int:
        n = bisect_right(self._instants, instant) - 1
        if n < 0:
            return (instant - self._instants[0]) * FREE_PERCENT
        return self._done[n] + (instant - self._instants[n]) * self._percents[n]

    def done_by(self, instant: int, free_s: int) -> int:
        """The first second by which so much is done, for who begins at an instant."""
        ends = range(instant, instant + _longest(free_s) + 1)
        return ends[bisect_left(ends, self(instant) + FREE_PERCENT * free_s, key=self)]


class _Border:
    """How far crossings inside an area are from the ones outside, in free seconds of a profile."""

    def __init__(self, area: Area, tables: TravelTables, profile: TravelProfile) -> None:
        assert tables.points is not None, "crossings in an area have coordinates"
        self._seconds: NDArray[np.int32] = np.asarray(tables.duration_s[PROFILES.index(profile)])
        self._idx_by_node_id = tables.idx_by_node_id
        self._outside = np.array([not _holds(area, lat, lon) for lat, lon in tables.points.tolist()])
        self._to, self._from = cache(self._least_to), cache(self._least_from)

    def parts(self, free_s: int, origin: Place, destination: Place) -> _Parts:
        here, there = (self._idx_by_node_id[place.street_node_id or 0] for place in (origin, destination))
        out_of, into = self._to(here), self._from(there)
        if out_of is None or into is None or out_of + into >= free_s:
            return _Parts(free_s, 0, 0)
        return _Parts(out_of, free_s - out_of - into, into)

    def _least_to(self, node: int) -> int | None:
        return self._least(node, self._seconds[node, :])

    def _least_from(self, node: int) -> int | None:
        return self._least(node, self._seconds[:, node])

    def _least(self, node: int, ways: NDArray[np.int32]) -> int | None:
        """None: no way leads outside, or from there."""
        if self._outside[node]:
            return 0
        return min(ways[self._outside & (ways >= 0)].tolist(), default=None)


class Traffic:
    """Answers how long a leg takes that takes so many seconds on free streets."""

    def __init__(self, problem: Problem, hours: OpeningHours) -> None:
        self._problem, self._hours = problem, hours

    def seconds_to(
        self, profile: TravelProfile, free_s: int, arrival: datetime, *, origin: Place, destination: Place
    ) -> int:
        """Of who is there by an instant and left in the last second from which one is."""
        work = self._work_by_profile.get(profile)
        if work is None:
            return free_s
        parts = self._parts(profile, free_s, origin, destination)
        instant = self._problem.horizon.seconds(arrival)
        departures = range(instant - _longest(free_s), instant + 1)
        enough = bisect_right(departures, instant, key=lambda departure: _arrival(work, parts, departure))
        return instant - departures[enough - 1]

    def seconds_from(
        self, profile: TravelProfile, free_s: int, departure: datetime, *, origin: Place, destination: Place
    ) -> int:
        """Of who leaves at an instant, until the first second by which the way is done."""
        work = self._work_by_profile.get(profile)
        if work is None:
            return free_s
        instant = self._problem.horizon.seconds(departure)
        return _arrival(work, self._parts(profile, free_s, origin, destination), instant) - instant

    def _parts(self, profile: TravelProfile, free_s: int, origin: Place, destination: Place) -> _Parts:
        border = self._border_by_profile.get(profile)
        return border.parts(free_s, origin, destination) if border else _Parts(free_s, 0, 0)

    @cached_property
    def _border_by_profile(self) -> dict[TravelProfile, _Border]:
        """Only profiles that are slow in an area have an entry; all their spells name the same."""
        return {
            profile: _Border(spell.area, self._problem.travel, profile)
            for spell in self._problem.catalogue.traffic
            if spell.area is not None
            for profile in spell.profiles
        }

    @cached_property
    def _work_by_profile(self) -> dict[TravelProfile, _Work]:
        """Only profiles with traffic have an entry."""
        spells = [*self._spells()]
        return {
            profile: _Work([spell for spell in spells if spell.profile is profile])
            for profile in {spell.profile: None for spell in spells}
        }

    def _spells(self) -> Iterator[_Spell]:
        horizon, first = self._problem.horizon, self._hours.local(self._problem.horizon.start).date() - DAY
        num_days = (self._hours.local(horizon.end).date() - first).days + 2
        for each in self._problem.catalogue.traffic:
            hours = DailyHours(opens=each.start, closes=each.end)
            for day in (first + n * DAY for n in range(num_days)):
                start = horizon.seconds(self._hours.instant(day, each.start))
                end = horizon.seconds(self._hours.closing(day, hours))
                if self._is_one_of(each.days, day) and start < end:
                    yield from (_Spell(profile, start, end, each.speed_percent) for profile in each.profiles)

    def _is_one_of(self, days: WorkingDays, day: date) -> bool:
        holidays = self._problem.catalogue.holidays
        usual = _WEEKDAYS[day.weekday()] in days.weekdays
        if holidays is None or days.on_holidays:
            return usual
        return holidays.is_made_up_for(day) or (usual and day not in holidays)


def _arrival(work: _Work, parts: _Parts, departure: int) -> int:
    """When a leg ends; outside the area streets are free."""
    return work.done_by(work.done_by(departure, parts.first) + parts.outside, parts.last)


def _longest(free_s: int) -> int:
    return -(-free_s * FREE_PERCENT // LEAST_PERCENT)


def _holds(area: Area, lat: float, lon: float) -> bool:
    """Whether a point lies in an area or on its border."""
    if area.center is None:
        return in_ring(area.ring or (), (lat, lon))
    center = Place(lat=area.center.lat, lon=area.center.lon)
    return crow_distance_m(center, Place(lat=lat, lon=lon)) <= (area.radius_m or 0)


def _slowest(spells: list[_Spell], instant: int) -> int:
    at_work = [spell.percent for spell in spells if spell.start <= instant < spell.end]
    return min([*at_work, FREE_PERCENT])

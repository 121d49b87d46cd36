"""Travel in traffic: the work that is done by an instant, and how long a leg takes by that."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from models.opening import Weekday, WorkingDays
from models.problem import Problem
from models.resource import TravelProfile
from models.timing import DailyHours
from solver.check.hours import DAY, OpeningHours

FREE_PERCENT, LEAST_PERCENT = 100, 10
_WEEKDAYS = tuple(Weekday)


class _Spell(NamedTuple):
    """`[start, end)` in seconds from the horizon's start."""

    profile: TravelProfile
    start: int
    end: int
    percent: int


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


class Traffic:
    """Answers how long a leg takes that takes so many seconds on free streets."""

    def __init__(self, problem: Problem, hours: OpeningHours) -> None:
        self._problem, self._hours = problem, hours

    def seconds_to(self, profile: TravelProfile, free_s: int, arrival: datetime) -> int:
        """Of who is there by an instant and left in the last second from which one is."""
        work = self._work_by_profile.get(profile)
        if work is None:
            return free_s
        instant = self._problem.horizon.seconds(arrival)
        departures = range(instant - self._longest(free_s), instant + 1)
        enough = bisect_right(departures, work(instant) - FREE_PERCENT * free_s, key=work)
        return instant - departures[enough - 1]

    def seconds_from(self, profile: TravelProfile, free_s: int, departure: datetime) -> int:
        """Of who leaves at an instant, until the first second by which the way is done."""
        work = self._work_by_profile.get(profile)
        if work is None:
            return free_s
        instant = self._problem.horizon.seconds(departure)
        arrivals = range(instant, instant + self._longest(free_s) + 1)
        return arrivals[bisect_left(arrivals, work(instant) + FREE_PERCENT * free_s, key=work)] - instant

    @staticmethod
    def _longest(free_s: int) -> int:
        return -(-free_s * FREE_PERCENT // LEAST_PERCENT)

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


def _slowest(spells: list[_Spell], instant: int) -> int:
    at_work = [spell.percent for spell in spells if spell.start <= instant < spell.end]
    return min([*at_work, FREE_PERCENT])

"""Opening hours in local time as periods of instants."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours as Expression
from opening_hours import State

from models.opening import PublicHolidays
from models.resource import Desk, Site
from models.timing import DailyHours

Period = tuple[datetime, datetime]
"""`[opens, closes)`"""

House = Site | Desk
"""What has opening hours."""

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


class OpeningHours:
    """Answers for one time zone; the periods of a site or desk are computed once per span of days."""

    def __init__(self, zone: ZoneInfo, holidays: PublicHolidays | None) -> None:
        self._zone, self._holidays = zone, holidays
        self._periods: dict[tuple[str, date, date], tuple[Period, ...]] = {}

    def instant(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self._zone).astimezone(UTC)

    def closing(self, day: date, hours: DailyHours) -> datetime:
        """The end of that day's hours; 00:00 is the midnight that ends the day."""
        return self.instant(day + DAY if hours.closes == time(0) else day, hours.closes)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self._zone)

    def is_open(self, house: House, instant: datetime) -> bool:
        return any(opens <= instant < closes for opens, closes in self.periods(house, instant, instant))

    def spans(self, house: House, earliest: datetime, latest: datetime) -> bool:
        """Whether one opening period holds both; hours that meet at midnight are one period."""
        return any(opens <= earliest and latest <= closes for opens, closes in self.periods(house, earliest, latest))

    def open_seconds(self, house: House, start: datetime, end: datetime) -> int:
        """Seconds of `[start, end)` in which it is open."""
        overlaps = (min(end, closes) - max(start, opens) for opens, closes in self.periods(house, start, end))
        return sum(overlap // SECOND for overlap in overlaps if overlap > timedelta(0))

    def periods(self, house: House, start: datetime, end: datetime) -> tuple[Period, ...]:
        """The opening periods of all days that an interval touches, and of their neighbours."""
        # A local day is at most a day away from the UTC day of the same instant.
        key = _name(house), start.date(), end.date()
        found = self._periods.get(key)
        if found is None:
            found = self._periods[key] = tuple(_joined(self._open(house, start.date() - DAY, end.date() + DAY)))
        return found

    def _open(self, house: House, first: date, last: date) -> Iterator[Period]:
        """On all days from the first to the last: on public holidays by other hours, if there are any."""
        everything = self.instant(first, time(0)), self.instant(last + DAY, time(0))
        days = [first + n * DAY for n in range((last - first).days + 1)]
        off = [day for day in days if self._holidays and day in self._holidays] if house.holiday_hours else []
        festive = [(self.instant(day, time(0)), self.instant(day + DAY, time(0))) for day in off]
        for period in self._read(house.hours, everything):
            yield from _without(period, festive)
        for span in festive:
            yield from self._read(house.holiday_hours or "off", span)

    def _read(self, hours: str, within: Period) -> Iterator[Period]:
        start, end = map(self.local, within)
        for opens, closes, state, _ in Expression(hours, timezone=self._zone).intervals(start, end):
            if state == State.OPEN:
                yield opens.astimezone(UTC), (closes or end).astimezone(UTC)


def said_hours(house: House) -> str:
    """The hours of a site or desk in words."""
    return house.hours if house.holiday_hours is None else f"{house.hours}; on holidays {house.holiday_hours}"


def _name(house: House) -> str:
    """Its id; a desk may have that of a site."""
    return house.site_id if isinstance(house, Site) else f"desk {house.resource_id}"


def _without(period: Period, gaps: Iterable[Period]) -> Iterator[Period]:
    """What is left of a period outside of gaps that are in order."""
    start, end = period
    for opens, closes in gaps:
        if start < min(opens, end):
            yield start, min(opens, end)
        start = max(start, closes)
    if start < end:
        yield start, end


def _joined(periods: Iterable[Period]) -> Iterator[Period]:
    """The same span of time in periods that neither overlap nor touch, in order."""
    current: Period | None = None
    for opens, closes in sorted(periods):
        if current and opens <= current[1]:
            current = current[0], max(current[1], closes)
            continue
        if current:
            yield current
        current = opens, closes
    if current:
        yield current

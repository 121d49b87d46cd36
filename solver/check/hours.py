"""Opening hours in local time as periods of instants."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.resource import Desk, Site
from models.timing import DailyHours

Period = tuple[datetime, datetime]
"""`[opens, closes)`"""

House = Site | Desk
"""What has opening hours."""

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


class OpeningHours:
    """Answers for one time zone; the periods of a site or desk are computed once per span of days."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._periods: dict[tuple[str, date, date], tuple[Period, ...]] = {}

    def instant(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self._zone).astimezone(UTC)

    def closing(self, day: date, hours: DailyHours) -> datetime:
        """The end of that day's hours; 00:00 is the midnight that ends the day."""
        return self.instant(day + DAY if hours.closes == time(0) else day, hours.closes)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self._zone)

    def is_open(self, house: House, instant: datetime) -> bool:
        return any(opens <= instant < closes for opens, closes in self._around(house, instant, instant))

    def spans(self, house: House, earliest: datetime, latest: datetime) -> bool:
        """Whether one opening period holds both; hours that meet at midnight are one period."""
        return any(opens <= earliest and latest <= closes for opens, closes in self._around(house, earliest, latest))

    def open_seconds(self, house: House, start: datetime, end: datetime) -> int:
        """Seconds of `[start, end)` in which it is open."""
        overlaps = (min(end, closes) - max(start, opens) for opens, closes in self._around(house, start, end))
        return sum(overlap // SECOND for overlap in overlaps if overlap > timedelta(0))

    def _around(self, house: House, start: datetime, end: datetime) -> tuple[Period, ...]:
        # A local day is at most a day away from the UTC day of the same instant.
        key = _name(house), start.date(), end.date()
        found = self._periods.get(key)
        if found is None:
            found = self._periods[key] = tuple(_joined(self._daily(house, start.date() - DAY, end.date() + DAY)))
        return found

    def _daily(self, house: House, first: date, last: date) -> Iterator[Period]:
        for offset in range((last - first).days + 1):
            day = first + offset * DAY
            for hours in house.hours:
                yield self.instant(day, hours.opens), self.closing(day, hours)


def _name(house: House) -> str:
    """Its id; a desk may have that of a site."""
    return house.site_id if isinstance(house, Site) else f"desk {house.resource_id}"


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

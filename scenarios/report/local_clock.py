"""Instants as a page shows them: the world's local time, by one offset for the whole page."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from models.timing import TimeWindow


@dataclass(frozen=True)
class LocalClock:
    """Shifts instants by the offset that the world's zone has at `now`.

    One offset, so that a bar never ends before it starts on the night when clocks are turned back.
    """

    zone: timezone
    now: datetime

    @classmethod
    def at(cls, instant: datetime) -> "LocalClock":
        """A clock of the zone that the instant is given in."""
        return cls(timezone(instant.utcoffset() or timedelta(0)), instant)

    @property
    def offset(self) -> str:
        """`UTC+08:00`."""
        return str(self.zone).replace("UTC", "UTC+00:00") if str(self.zone) == "UTC" else str(self.zone)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def milliseconds(self, instant: datetime) -> float:
        """For an axis that knows no zones and shows what it gets as UTC."""
        return self.local(instant).replace(tzinfo=timezone.utc).timestamp() * 1000  # noqa: UP017

    def text(self, instant: datetime) -> str:
        """`07:30`, with the date in front on any other day than that of the plan."""
        local, today = self.local(instant), self.local(self.now)
        return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%m-%d %H:%M}"

    def span(self, start: datetime, end: datetime) -> str:
        """`07:30-08:15`; the date of the end only where it is not that of the start."""
        one, other = self.local(start), self.local(end)
        return (
            f"{self.text(start)}-{other:%H:%M}"
            if one.date() == other.date()
            else f"{self.text(start)}-{self.text(end)}"
        )

    def window(self, window: TimeWindow) -> str:
        return self.span(window.earliest, window.latest)

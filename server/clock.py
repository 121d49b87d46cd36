"""What time it is. Everything below the composition root asks a `Clock` that it was given."""

from datetime import UTC, datetime
from typing import Protocol

from models.issues import InputError, Issue, IssueCode


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC; never earlier than the one before."""


class WallClock:
    """The time outside. Set back, it stands still until it has caught up."""

    def __init__(self) -> None:
        self._last = datetime.now(UTC)

    def now(self) -> datetime:
        self._last = max(self._last, datetime.now(UTC))
        return self._last


class SimulatedClock:
    """Stands still until it is told to advance."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance_to(self, instant: datetime) -> None:
        """Let it be `instant`.

        Raises
        ------
        InputError
            CLOCK_BACKWARDS: that is earlier than now.
        """
        if instant < self._now:
            raise InputError(
                Issue(
                    code=IssueCode.CLOCK_BACKWARDS,
                    path="time",
                    message=f"time ({instant.isoformat()}) must be >= now ({self._now.isoformat()})",
                    hint="start a new simulation to go back",
                )
            )
        self._now = instant.astimezone(UTC)

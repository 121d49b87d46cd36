"""When the plan is searched anew while orders arrive."""

from datetime import datetime, timedelta

REPLAN_EVERY = timedelta(minutes=30)


def replan_times(start: datetime, end: datetime, *, every: timedelta = REPLAN_EVERY) -> tuple[datetime, ...]:
    """Every so often after `start`, until `end` and then included; whatever else happens meanwhile."""
    return tuple(start + n * every for n in range(1, (end - start) // every + 1))

"""What a server is and knows at the moment it is ready."""

from enum import StrEnum
from zoneinfo import ZoneInfo

from models.base import Model
from models.timing import Horizon, Instant
from server.promising import Standing


class ClockKind(StrEnum):
    WALL = "WALL"
    SIMULATED = "SIMULATED"


class Started(Model):
    """Where a server listens, and in what state it begins.

    Parameters
    ----------
    address
        Where it listens; the first field, for whoever starts it and waits for it.
    folder
        Of the world.
    fingerprint
        Of the world without its policy.
    database
        URL of the ledger, a password left out.
    new_database
        There was no ledger before.
    within_horizon
        Whether `now` lies in `horizon`; outside of it the world knows no hours and no shifts.
    policy
        Fingerprint of the policy in force, which may be an older one than the file.
    policy_is_the_file
        Whether that is what `policy.yaml` says now.
    taken_over
        What the ledger holds that is not done with.
    seconds
        From the command to the moment at which calls are answered.
    """

    address: str
    world: str
    folder: str
    timezone: str
    fingerprint: str
    database: str
    new_database: bool
    clock: ClockKind
    now: Instant
    horizon: Horizon
    within_horizon: bool
    policy: str
    policy_time: Instant
    policy_is_the_file: bool
    taken_over: Standing
    seconds: float


def started_text(started: Started) -> str:
    """For people; the first line begins with the address."""
    zone = ZoneInfo(started.timezone)
    now = started.now.astimezone(zone)
    lines = {
        "world": f"{started.world}, in {started.folder}, fingerprint {started.fingerprint}",
        "database": f"{started.database}, {_taken_over(started)}",
        "clock": f"{now:%Y-%m-%d %H:%M} {started.timezone}, {started.clock.lower()}{_horizon(started, zone)}",
        "policy": f"{started.policy}, in force since {started.policy_time.astimezone(zone):%Y-%m-%d %H:%M}"
        + ("" if started.policy_is_the_file else "; policy.yaml says something else, see the log"),
    }
    rows = "\n".join(f"  {name:<10}{text}" for name, text in lines.items())
    return f"serving at {started.address}; Ctrl-C stops\n{rows}\nready in {started.seconds:.1f} s"


def _taken_over(started: Started) -> str:
    if started.new_database:
        return "new"
    held = started.taken_over
    counts = [f"{count} contracts {status}" for status, count in held.contracts.items()]
    counts += [f"{count} promises {state}" for state, count in held.promises.items()]
    return ", ".join((*counts, f"{held.holds} holds"))


def _horizon(started: Started, zone: ZoneInfo) -> str:
    if started.within_horizon:
        return ""
    start, end = (end.astimezone(zone) for end in (started.horizon.start, started.horizon.end))
    return f", outside of the world's horizon ({start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}): no hours, no shifts"

"""Traffic of a statement: spells as steps of a clock, what is wrong with them, and what legs take."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from models.issues import Issue, IssueCode
from solver.kernels.arrays import FREE_FLOW, I64, NEVER, NO_BORDER, NO_TRAFFIC, STEP_PERCENT, STEP_START
from solver.kernels.traffic import start_after
from solver.routing.stating import ENDLESS, Spell, Statement

SLOWEST, FASTEST = 10, FREE_FLOW


def clocks(statement: Statement) -> I64:
    """As `Travel.traffic`, one clock for each profile."""
    if not statement.traffic:
        return NO_TRAFFIC
    by_profile = _by_profile(statement)
    rows = [_steps(by_profile[profile]) for profile in range(len(statement.seconds))]
    table = np.full((len(rows), 2, max(map(len, rows))), NEVER, dtype=np.int64)
    table[:, STEP_PERCENT] = FREE_FLOW
    for profile, steps in enumerate(rows):
        table[profile, :, : len(steps)] = np.array(steps, dtype=np.int64).T
    return table


def slowest(statement: Statement) -> int:
    """In per cent of the speed of the tables."""
    return min((each.percent for each in statement.traffic), default=FREE_FLOW)


def start_anywhere(traffic: I64, profile: int, departure: int, seconds: int, setup: int) -> int:
    """`start_after` between any two nodes: a statement's traffic holds everywhere."""
    return start_after(traffic, NO_BORDER, profile, 0, 0, departure, seconds, setup)


def start_after_each(traffic: I64, profile: I64, departure: I64, seconds: I64, setup: I64) -> I64:
    """`start_anywhere` of arrays that fit each other; where there is no way, at once."""
    driven = np.maximum(seconds, 0)
    if not traffic.shape[2]:
        return departure + driven
    arrived: I64 = _each(arrive_each, traffic, profile, departure, driven - setup) + setup
    return np.where(driven == 0, departure, arrived)


def leave_for_each(traffic: I64, profile: I64, start: I64, seconds: I64, setup: I64) -> I64:
    """`leave_for` of arrays that fit each other, between any two nodes; where there is no way, at once."""
    driven = np.maximum(seconds, 0)
    if not traffic.shape[2]:
        return start - driven
    return np.where(driven == 0, start, _each(leave_each, traffic, profile, start - setup, driven - setup))


def arrive_each(steps: I64, departure: I64, seconds: I64) -> I64:
    """`arrive` of many at once, in the steps of one profile."""
    since, work, percent, knots = _clock(steps)
    target = _work_by(steps, departure) + FREE_FLOW * seconds
    step = np.searchsorted(knots, target, side="left")
    needed: I64 = -((work[step] - target) // percent[step])  # rounded up
    return since[step] + needed


def leave_each(steps: I64, arrival: I64, seconds: I64) -> I64:
    """`leave` of many at once, in the steps of one profile."""
    since, work, percent, knots = _clock(steps)
    target = _work_by(steps, arrival) - FREE_FLOW * seconds
    step = np.searchsorted(knots, target, side="right")
    driven: I64 = (target - work[step]) // percent[step]
    return since[step] + driven


def _clock(steps: I64) -> tuple[I64, I64, I64, I64]:
    """Of each step a time in it, the work done by then and the speed; and the work done when each but the first begins.

    Work is counted from the beginning of the second step on: the first has none.
    """
    begin = steps[STEP_START, 1:][steps[STEP_START, 1:] < NEVER]
    percent = steps[STEP_PERCENT, : len(begin) + 1]
    knots = np.cumsum(np.diff(begin, prepend=begin[:1]) * percent[: len(begin)])
    zero = np.zeros(1, dtype=np.int64)
    return np.concatenate([begin[:1] if len(begin) else zero, begin]), np.concatenate([zero, knots]), percent, knots


def _work_by(steps: I64, time: I64) -> I64:
    since, work, percent, _ = _clock(steps)
    step = np.searchsorted(since[1:], time, side="right")
    done: I64 = work[step] + (time - since[step]) * percent[step]
    return done


def _each(clock: Callable[[I64, I64, I64], I64], traffic: I64, profile: I64, time: I64, seconds: I64) -> I64:
    """A clock of many at once, each by its profile."""
    profiles, times, driven = np.broadcast_arrays(profile, time, seconds)
    found = np.empty(times.shape, dtype=np.int64)
    for each in np.unique(profiles).tolist():
        of = profiles == each
        found[of] = clock(traffic[each], times[of], driven[of])
    return found


def faults_of_traffic(statement: Statement, *, num_profiles: int) -> Iterator[Issue]:
    """Spells of profiles that there are, of some length and speed, none over another."""
    for n, each in enumerate(statement.traffic):
        path = f"traffic[{n}]"
        if not 0 <= each.profile < num_profiles:
            message = f"profile ({each.profile}) must be >= 0 and < the number of tables ({num_profiles})"
            yield _issue(IssueCode.REFERENCE_DANGLING, f"{path}.profile", message, "name a profile of the tables")
        if not SLOWEST <= each.percent <= FASTEST:
            message = f"percent ({each.percent}) must be >= {SLOWEST} and <= {FASTEST}"
            hint = "make the tables for free streets, and say by how much they are slower"
            yield _issue(IssueCode.VALUE_INVALID, f"{path}.percent", message, hint)
        for name, value in (("since", each.since), ("until", each.until)):
            if not 0 <= value <= ENDLESS:
                message = f"{name} ({value}) must be >= 0 and <= {ENDLESS}"
                yield _issue(IssueCode.VALUE_INVALID, f"{path}.{name}", message, "correct the value")
        if each.since >= each.until:
            message = f"since ({each.since}) must be < until ({each.until})"
            yield _issue(IssueCode.INTERVAL_EMPTY, f"{path}.since", message, "correct the spell, or leave it out")
    for profile, spells in sorted(_by_profile(statement).items()):
        for one, other in pairwise(spells):
            if other.since < one.until:
                message = f"since ({other.since}) must be >= until of the spell before it ({one.until})"
                path = f"traffic[{statement.traffic.index(other)}].since"
                hint = f"give profile {profile} one speed at a time"
                yield _issue(IssueCode.VALUE_INVALID, path, message, hint)


def _by_profile(statement: Statement) -> defaultdict[int, list[Spell]]:
    spells = defaultdict[int, list[Spell]](list)
    for each in sorted(statement.traffic, key=lambda each: (each.since, each.until)):
        spells[each.profile].append(each)
    return spells


def _steps(spells: list[Spell]) -> list[tuple[int, int]]:
    """From when on which speed holds; a spell that follows another at once takes its place."""
    steps = {-NEVER: FREE_FLOW}
    for each in spells:
        steps[each.since] = each.percent
        steps[each.until] = FREE_FLOW
    return sorted(steps.items())


def _issue(code: IssueCode, path: str, message: str, hint: str) -> Issue:
    return Issue(code=code, path=path, message=message, hint=hint)

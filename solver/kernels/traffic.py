"""The clock in traffic: when somebody arrives who leaves now, and when to leave to arrive by then.

The speed changes with the time of day, the way does not. The work done by a time, seconds of it weighted
with the speed, only ever rises, so nobody overtakes by leaving later (FIFO); and as all legs of a profile
share one clock, a detour is still never faster. Both directions are exact in whole seconds: `arrive` is the
first second by which the work of the leg is done, `leave` the last second from which it can be; each answers
the other: `arrive(d) <= a` just if `d <= leave(a)`.

Set-up takes no longer in traffic, and comes behind it.

References
----------
Ichoua, S., Gendreau, M., and Potvin, J.-Y. (2003). doi:10.1016/S0377-2217(02)00147-9
"""

from solver.kernels.arrays import FREE_FLOW, I64, STEP_PERCENT, STEP_START
from solver.kernels.compiling import compiled


@compiled
def arrive(traffic: I64, profile: int, departure: int, seconds: int) -> int:
    """The first second at which a leg is driven that takes so many seconds on free streets."""
    last = traffic.shape[2] - 1
    if last < 0:
        return departure + seconds
    step = 0
    while step < last and traffic[profile, STEP_START, step + 1] <= departure:
        step += 1
    left = FREE_FLOW * seconds
    while True:
        percent = traffic[profile, STEP_PERCENT, step]
        needed = -(-left // percent)
        if step == last or departure + needed <= traffic[profile, STEP_START, step + 1]:
            return departure + needed
        until = traffic[profile, STEP_START, step + 1]
        left -= (until - departure) * percent
        departure, step = until, step + 1


@compiled
def leave(traffic: I64, profile: int, arrival: int, seconds: int) -> int:
    """The last second at which to leave, for a leg that takes so many seconds on free streets, to be there by then."""
    step = traffic.shape[2] - 1
    if step < 0:
        return arrival - seconds
    while step > 0 and traffic[profile, STEP_START, step] >= arrival:
        step -= 1
    left = FREE_FLOW * seconds
    while True:
        percent = traffic[profile, STEP_PERCENT, step]
        needed = -(-left // percent)
        since = traffic[profile, STEP_START, step]
        if step == 0 or arrival - needed >= since:
            return arrival - needed
        left -= (arrival - since) * percent
        arrival, step = since, step - 1


@compiled
def start_after(traffic: I64, profile: int, departure: int, seconds: int, setup: int) -> int:
    """When service can start behind a leg of so many seconds on free streets, its set-up included.

    A leg of 0 seconds leads nowhere, and is not set up for either.
    """
    if seconds == 0 or traffic.shape[2] == 0:
        return departure + seconds
    return arrive(traffic, profile, departure, seconds - setup) + setup


@compiled
def leave_for(traffic: I64, profile: int, start: int, seconds: int, setup: int) -> int:
    """When to leave at the latest for service to start by then; the inverse of `start_after`."""
    if seconds == 0 or traffic.shape[2] == 0:
        return start - seconds
    return leave(traffic, profile, start - setup, seconds - setup)

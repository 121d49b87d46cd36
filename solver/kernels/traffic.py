"""The clock in traffic: when somebody arrives who leaves now, and when to leave to arrive by then.

The speed changes with the time of day, the way does not. The work done by a time, seconds of it weighted
with the speed, only ever rises, so nobody overtakes by leaving later (FIFO); and as all legs of a profile
share one clock, a detour is still never faster. Both directions are exact in whole seconds: `arrive` is the
first second by which the work of the leg is done, `leave` the last second from which it can be; each answers
the other: `arrive(d) <= a` just if `d <= leave(a)`.

Where a profile is slow in an area only, of a leg only that is slow which cannot be driven outside: at its start the
way to the border, at its end the way from the border. All of it is, if these two come to as much as the leg. So it is
what the fastest of all ways would be if what is outside were as near as the border; and as every detour is made of
such ways too, none is faster: its first part is no shorter, its last part is no shorter, and the streets between
are free. That holds to the second, because streets outside are free at all times.

Set-up takes no longer in traffic, and comes behind it.

References
----------
Ichoua, S., Gendreau, M., and Potvin, J.-Y. (2003). doi:10.1016/S0377-2217(02)00147-9
"""

from solver.kernels.arrays import BORDER_FROM, BORDER_TO, FREE_FLOW, I64, STEP_PERCENT, STEP_START
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
def arrive_at(traffic: I64, border: I64, profile: int, a_node: int, b_node: int, departure: int, seconds: int) -> int:
    """`arrive` of a leg between two nodes."""
    if border.shape[2] == 0:
        return arrive(traffic, profile, departure, seconds)
    first, last = border[BORDER_FROM, profile, a_node], border[BORDER_TO, profile, b_node]
    if first + last >= seconds:
        return arrive(traffic, profile, departure, seconds)
    return arrive(traffic, profile, arrive(traffic, profile, departure, first) + seconds - first - last, last)


@compiled
def leave_from(traffic: I64, border: I64, profile: int, a_node: int, b_node: int, arrival: int, seconds: int) -> int:
    """`leave` of a leg between two nodes."""
    if border.shape[2] == 0:
        return leave(traffic, profile, arrival, seconds)
    first, last = border[BORDER_FROM, profile, a_node], border[BORDER_TO, profile, b_node]
    if first + last >= seconds:
        return leave(traffic, profile, arrival, seconds)
    return leave(traffic, profile, leave(traffic, profile, arrival, last) - (seconds - first - last), first)


@compiled
def start_after(
    traffic: I64, border: I64, profile: int, a_node: int, b_node: int, departure: int, seconds: int, setup: int
) -> int:
    """When service can start behind a leg of so many seconds on free streets, its set-up included.

    A leg of 0 seconds leads nowhere, and is not set up for either.
    """
    if seconds == 0 or traffic.shape[2] == 0:
        return departure + seconds
    return arrive_at(traffic, border, profile, a_node, b_node, departure, seconds - setup) + setup


@compiled
def leave_for(
    traffic: I64, border: I64, profile: int, a_node: int, b_node: int, start: int, seconds: int, setup: int
) -> int:
    """When to leave at the latest for service to start by then; the inverse of `start_after`."""
    if seconds == 0 or traffic.shape[2] == 0:
        return start - seconds
    return leave_from(traffic, border, profile, a_node, b_node, start - setup, seconds - setup)

"""Which windows may be promised."""

from collections.abc import Iterator
from datetime import timedelta

from models.plan import ReasonCode
from models.policy import ServiceLevel
from models.promise import Promise
from models.timing import seconds_of
from solver.alternatives.alternative import Window
from solver.alternatives.look import Look
from solver.instance import MIDNIGHT, Instance
from solver.kernels.arrays import NEVER


def level_windows(level: ServiceLevel, instance: Instance, *, asked_s: int) -> Iterator[Window]:
    """What a level may promise that has windows of its own, in their order."""
    if level.within is not None:
        yield asked_s, asked_s + level.within // timedelta(seconds=1)
    if level.slot_duration is not None:
        slot_s = seconds_of(level.slot_duration)
        midnight = instance.local_seconds(instance.local_date(asked_s), MIDNIGHT)
        first = (asked_s - midnight) // slot_s + 1
        for n in range(first, first + level.num_slots):
            yield midnight + n * slot_s, midnight + (n + 1) * slot_s


def windows(look: Look, level: ServiceLevel) -> Iterator[Window]:
    """What a level with windows of its own may promise, inside the item's limit."""
    inquiry, wanted = look.inquiry, look.wanted
    if wanted.promise is not None:
        yield promised_window(look, wanted.promise)
        return
    within = limits(look)
    for earliest, latest in level_windows(level, inquiry.instance, asked_s=inquiry.asked_s):
        for low, high in within:
            window = (max(earliest, low), min(latest, high)) if level.within is not None else (earliest, latest)
            if low <= window[0] <= window[1] <= high and wanted.window in (None, window):
                yield window


def windows_with_others(look: Look, level: ServiceLevel) -> list[Window]:
    """The others' window, if a level may promise it: its own windows, or any if it has slots."""
    own = list(windows(look, level))
    window = look.wanted.window
    if own or window is None or level.slot_duration is None or look.wanted.promise is not None:
        return [each for each in own if window in (None, each)]
    return [window] if is_within_limits(look, window) else []


def limits(look: Look) -> list[Window]:
    """A promised window has to lie within one of these; what is over is left out."""
    inquiry = look.inquiry
    low = max(inquiry.asked_s, look.wanted.not_before_s)
    horizon, wished = inquiry.instance.horizon, inquiry.wish.latest_end
    high = NEVER if wished is None else horizon.seconds(wished)
    own = [(horizon.seconds_up(each.earliest), horizon.seconds(each.latest)) for each in look.item.sla.windows]
    cut = ((max(low, earliest), min(high, latest)) for earliest, latest in own or [(low, high)])
    return [(earliest, latest) for earliest, latest in cut if earliest <= latest]


def is_within_limits(look: Look, window: Window) -> bool:
    return any(low <= window[0] and window[1] <= high for low, high in limits(look))


def promised_window(look: Look, promise: Promise) -> Window:
    seconds = look.inquiry.instance.horizon.seconds
    return seconds(promise.window.earliest), seconds(promise.window.latest)


def outside_reason(look: Look) -> ReasonCode:
    """Why no window of a level can be promised."""
    late = look.wanted.not_before_s > look.inquiry.asked_s
    return ReasonCode.PRECEDENCE if late else ReasonCode.OUTSIDE_LIMIT

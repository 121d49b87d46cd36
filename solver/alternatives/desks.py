"""Desks: a session with the customer from afar."""

from collections.abc import Iterator

from models.plan import CapacityKind, ReasonCode
from models.policy import ServiceLevel
from models.promise import Mode
from models.resource import Desk
from models.timing import seconds_of
from solver.alternatives.alternative import Alternative, Source, Window
from solver.alternatives.eligibility import desk_reason
from solver.alternatives.handling import handling_units
from solver.alternatives.look import Look
from solver.alternatives.tally import Tally
from solver.alternatives.windows import outside_reason, windows
from solver.availability import use_of


def at_desks(look: Look, level: ServiceLevel, tally: Tally) -> Iterator[Alternative]:
    instance = look.inquiry.instance
    catalogue = instance.catalogue
    tally.total = len(catalogue.desks)
    promisable = list(windows(look, level))
    for desk in catalogue.desks:
        if (reason := desk_reason(desk, look.item, catalogue)) is not None:
            tally.rule_out(desk.resource_id, reason)
            continue
        found = [_at_desk(look, level, desk, window) for window in promisable]
        yield from (each for each in found if each is not None)
        if not any(found):
            closed = instance.opening_span(desk.resource_id, look.inquiry.now_s) is None
            full = ReasonCode.DESK_CLOSED if closed else ReasonCode.DESK_FULL
            tally.rule_out(desk.resource_id, full if promisable else outside_reason(look))


def _at_desk(look: Look, level: ServiceLevel, desk: Desk, window: Window) -> Alternative | None:
    inquiry, duration_s = look.inquiry, seconds_of(look.item.service_duration)
    from_s = max(window[0], inquiry.now_s)  # and before the slot's end: then it is the next one's
    session = inquiry.availability.session(desk, from_s=from_s, latest_s=window[1] - 1, duration_s=duration_s)
    if session is None:
        return None
    start_s, buckets = session
    instant = inquiry.instance.horizon.instant
    uses = tuple(use_of(CapacityKind.DESK, desk.resource_id, instant(bucket), 1) for bucket in buckets)
    cost_units = handling_units(look, Mode.REMOTE)
    source = Source(None, window[0])
    return Alternative(look.item, Mode.REMOTE, level, window, source, uses, cost_units, performer=desk, start_s=start_s)

"""Counters: the customer fetches it at a site."""

import math
from collections.abc import Iterator

from models.plan import ReasonCode
from models.policy import ServiceLevel
from models.promise import Mode
from models.resource import Site
from models.timing import seconds_of
from solver.alternatives.alternative import Alternative, Window
from solver.alternatives.handling import handling_units
from solver.alternatives.lateness import lead_time_quantile
from solver.alternatives.look import Look
from solver.alternatives.sources import MAX_SOURCES, sources
from solver.alternatives.tally import Tally
from solver.alternatives.windows import limits, outside_reason, promised_window
from solver.geometry import place_key


def at_counters(look: Look, level: ServiceLevel, tally: Tally) -> Iterator[Alternative]:
    num_found = 0
    for site, source in sources(look, tally, kind=None):
        window = _pickup_window(look, site, source.ready_s)
        if window is None:
            tally.rule_out(site.site_id, outside_reason(look))
            continue
        places = look.inquiry.availability.counter(site, earliest_s=window[0], latest_s=window[1])
        if places is None:
            tally.rule_out(site.site_id, ReasonCode.COUNTER_FULL)
            continue
        cost_units = handling_units(look, Mode.PICKUP)
        yield Alternative(look.item, Mode.PICKUP, level, window, source, source.uses + places, cost_units)
        num_found += 1
        if num_found == (MAX_SOURCES if look.inquiry.by_source else 1):
            return  # the nearest till: one farther off would be no better to anybody


def _pickup_window(look: Look, site: Site, ready_s: int) -> Window | None:
    promise = look.wanted.promise
    if promise is not None:
        window = promised_window(look, promise)
        here = place_key(promise.place) == place_key(site.place)
        return window if here and ready_s <= window[0] else None
    waiting = (_waiting(look, site, ready_s, limit=limit) for limit in limits(look))
    return next((each for each in waiting if each is not None), None)


def _waiting(look: Look, site: Site, ready_s: int, *, limit: Window) -> Window | None:
    """How long goods wait for their customer at a counter, within a limit."""
    asked_s, policy = look.inquiry.asked_s, look.inquiry.policy
    low, high = limit
    span = look.inquiry.instance.opening_span(site.site_id, max(ready_s, low))
    if span is None:
        return None
    spread = lead_time_quantile(policy.pickup_confidence, policy.residual_cv[Mode.PICKUP])
    surely_ready = asked_s + math.ceil((ready_s - asked_s) * spread)
    earliest = max(surely_ready, ready_s, low, span[0])
    latest = min(earliest + seconds_of(policy.pickup_hold), span[1], high)
    return (earliest, latest) if earliest <= latest else None

"""Carriers: it is sent as a parcel."""

from collections.abc import Iterator
from itertools import islice

from models.plan import ReasonCode
from models.policy import ServiceLevel
from models.promise import Mode
from models.resource import Carrier, ResourceKind
from solver.alternatives.alternative import Alternative, Source, Window
from solver.alternatives.eligibility import carrier_reason
from solver.alternatives.handling import handling_units
from solver.alternatives.look import Look
from solver.alternatives.parcels import arrival, dispatch_days, tariff, zone_of
from solver.alternatives.sources import MAX_SOURCES, sources
from solver.alternatives.tally import Tally
from solver.alternatives.windows import is_within_limits, outside_reason, promised_window
from solver.instance import MIDNIGHT
from solver.kernels.arrays import COST_UNITS

MAX_DISPATCH_DAYS = 7
"""Working days of a carrier that are tried, from the first one on which the parcel can leave."""


def by_carriers(look: Look, level: ServiceLevel, tally: Tally) -> Iterator[Alternative]:
    catalogue = look.inquiry.instance.catalogue
    reasons = {
        each.resource_id: reason
        for each in catalogue.carriers
        if (reason := carrier_reason(each, look.item, look.facts.skus, catalogue)) is not None
    }
    carriers = [each for each in catalogue.carriers if each.resource_id not in reasons]
    # The tariff does not depend on the site: the nearest will do.
    most = MAX_SOURCES if look.inquiry.by_source else 1
    found = sources(look, tally, kind=ResourceKind.CARRIER) if carriers else ()
    nearest = [source for _, source in islice(found, most)]
    if nearest or not carriers:  # then it is the carriers that count
        tally.total, tally.reasons = len(catalogue.carriers), reasons
    for source in nearest:
        for carrier in carriers:
            alternative = _by_carrier(look, level, carrier, source, tally=tally)
            if alternative is not None:
                yield alternative


def _by_carrier(
    look: Look, level: ServiceLevel, carrier: Carrier, source: Source, *, tally: Tally
) -> Alternative | None:
    instance, place = look.inquiry.instance, look.item.place
    zone = zone_of(carrier, place, instance)
    if carrier.zones and zone is None:
        tally.rule_out(carrier.resource_id, ReasonCode.OUT_OF_ZONE)
        return None
    reasons = []
    for day in islice(dispatch_days(carrier, source.ready_s, instance), MAX_DISPATCH_DAYS):
        window = arrival(carrier, place, day, instance)
        if not _may_promise(look, window):
            reasons.append(_late_reason(look, carrier, source))
            continue
        parcel = look.inquiry.availability.parcel(carrier, zone, instance.local_instant(day, MIDNIGHT))
        if parcel is not None:
            cost_units = COST_UNITS * tariff(carrier, look.item, instance) + handling_units(look, Mode.CARRIER)
            uses = source.uses + parcel
            return Alternative(look.item, Mode.CARRIER, level, window, source, uses, cost_units, performer=carrier)
        reasons.append(ReasonCode.QUOTA_FULL)
    full = ReasonCode.QUOTA_FULL in reasons
    tally.rule_out(carrier.resource_id, ReasonCode.QUOTA_FULL if full else reasons[0])
    return None


def _late_reason(look: Look, carrier: Carrier, source: Source) -> ReasonCode:
    """Why no parcel of those goods comes when it may: picked in the morning, would it have come?"""
    instance = look.inquiry.instance
    midnight_s = instance.local_seconds(instance.local_date(source.ready_s), MIDNIGHT)
    first = next(dispatch_days(carrier, midnight_s, instance))
    missed = source.ready_s > instance.local_seconds(first, carrier.cut_off)
    would_do = missed and _may_promise(look, arrival(carrier, look.item.place, first, instance))
    return ReasonCode.CUT_OFF_MISSED if would_do else outside_reason(look)


def _may_promise(look: Look, window: Window) -> bool:
    promise = look.wanted.promise
    if promise is not None and promised_window(look, promise) != window:
        return False
    return is_within_limits(look, window)

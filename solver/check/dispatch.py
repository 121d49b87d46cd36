"""R11: a parcel is one the carrier takes, leaves on a day with quota left, and arrives as promised."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import NamedTuple

from models.opening import Weekday
from models.order import Hazard, Sku
from models.plan import CapacityKind, CapacityUse, Violation
from models.resource import Carrier
from solver.check.case import Case, Placed
from solver.check.codes import ViolationCode, violation
from solver.check.zones import terms_of, zone_at

_WEEKDAYS = list(Weekday)


class _Parcel(NamedTuple):
    placed: Placed
    carrier: Carrier


class _Dispatched(NamedTuple):
    """A parcel whose only carrier use says on which local day it leaves."""

    placed: Placed
    carrier: Carrier
    day: date


def goods_are_accepted(case: Case) -> Iterator[Violation]:
    for placed, sku, _ in case.goods:
        refused = _refused(sku, placed.carrier) if placed.carrier else ""
        if refused:
            yield violation(
                ViolationCode.GOODS_NOT_ACCEPTED,
                placed.path,
                f"{sku.sku_id} ({refused}) must be accepted by {placed.assignment.resource_id}, is not",
            )


def _refused(sku: Sku, carrier: Carrier) -> str:
    """What about the goods the carrier does not take; empty if it takes them."""
    reasons = []
    if sku.temperature not in carrier.temperatures:
        reasons.append(sku.temperature.value)
    if sku.fragile and not carrier.accepts_fragile:
        reasons.append("fragile")
    if sku.hazard is not Hazard.NONE and not carrier.accepts_hazard:
        reasons.append(sku.hazard.value)
    return ", ".join(reasons)


def parcels_are_light_enough(case: Case) -> Iterator[Violation]:
    for placed, carrier in _parcels(case):
        weight_g = placed.item.load.weight_g
        if weight_g > carrier.max_weight_g:
            yield violation(
                ViolationCode.PARCEL_TOO_HEAVY,
                placed.path,
                f"weight ({weight_g} g) must be <= max_weight_g of {carrier.resource_id} ({carrier.max_weight_g})",
            )


def parcels_take_one_place_of_a_day(case: Case) -> Iterator[Violation]:
    for placed, carrier in _parcels(case):
        if _day(case, placed, carrier) is None:
            yield violation(
                ViolationCode.DISPATCH_USE_WRONG,
                placed.path,
                f"carrier uses ({_said(case, placed.uses(CapacityKind.CARRIER))}) must be one, of 1 parcel of "
                f"{carrier.resource_id} from a local midnight",
            )


def parcels_take_one_place_of_their_zone(case: Case) -> Iterator[Violation]:
    for placed, carrier in _parcels(case):
        zone, uses = zone_at(carrier, placed.item.place), placed.uses(CapacityKind.CARRIER_ZONE)
        starts = {use.bucket_start for use in placed.uses(CapacityKind.CARRIER)}
        taken = [(use.owner_id, use.amount) for use in uses if use.bucket_start in starts]
        if len(taken) != len(uses) or taken != ([(zone.zone_id, 1)] if zone else []):
            yield violation(
                ViolationCode.ZONE_USE_WRONG,
                placed.path,
                f"zone uses ({_said(case, uses)}) must be "
                + (f"one, of 1 parcel of {zone.zone_id} on the day of dispatch" if zone else "none"),
            )


def _said(case: Case, uses: list[CapacityUse]) -> str:
    said = (f"{use.amount} of {use.owner_id} from {case.hours.local(use.bucket_start)}" for use in uses)
    return ", ".join(said) or "none"


def places_are_in_a_zone(case: Case) -> Iterator[Violation]:
    for placed, carrier in _parcels(case):
        if carrier.zones and zone_at(carrier, placed.item.place) is None:
            yield violation(
                ViolationCode.OUT_OF_ZONE,
                placed.path,
                f"place ({placed.item.place.lat}, {placed.item.place.lon}) must lie in one of the zones of "
                f"{carrier.resource_id} ({', '.join(zone.zone_id for zone in carrier.zones)})",
            )


def parcels_leave_on_a_working_day(case: Case) -> Iterator[Violation]:
    for placed, carrier, day in _dispatched(case):
        if not _works_on(case, carrier, day):
            yield violation(
                ViolationCode.DISPATCH_DAY_WRONG,
                placed.path,
                f"day of dispatch ({day}, {_WEEKDAYS[day.weekday()]}) must be a working day of {carrier.resource_id} "
                f"({', '.join(carrier.collects.weekdays)}, "
                f"{'also' if carrier.collects.on_holidays else 'not'} on holidays)",
            )


def _works_on(case: Case, carrier: Carrier, day: date) -> bool:
    holidays, days = case.problem.catalogue.holidays, carrier.collects
    usual = _WEEKDAYS[day.weekday()] in days.weekdays
    if holidays is None or days.on_holidays:
        return usual
    return holidays.is_made_up_for(day) or (usual and day not in holidays)


def parcels_make_the_cut_off(case: Case) -> Iterator[Violation]:
    for placed, carrier, day in _dispatched(case):
        cut_off = case.hours.instant(day, carrier.cut_off)
        if placed.assignment.ready_time > cut_off:
            yield violation(
                ViolationCode.CUT_OFF_MISSED,
                placed.path,
                f"ready_time ({placed.assignment.ready_time}) must be <= cut_off of {day} ({cut_off})",
            )


def quotas_are_enough(case: Case) -> Iterator[Violation]:
    for (carrier_id, start), amount in case.cells[CapacityKind.CARRIER].items():
        carrier = case.problem.catalogue.carrier_by_id.get(carrier_id)
        if carrier and amount > carrier.daily_quota:
            yield violation(
                ViolationCode.QUOTA_EXCEEDED,
                f"cells[CARRIER/{carrier_id}/{start.isoformat()}]",
                f"parcels ({amount}) must be <= daily_quota ({carrier.daily_quota})",
            )


def quotas_of_zones_are_enough(case: Case) -> Iterator[Violation]:
    zones = {zone.zone_id: zone for carrier in case.problem.catalogue.carriers for zone in carrier.zones}
    for (zone_id, start), amount in case.cells[CapacityKind.CARRIER_ZONE].items():
        quota = zones[zone_id].daily_quota if zone_id in zones else None
        if quota is not None and amount > quota:
            yield violation(
                ViolationCode.QUOTA_EXCEEDED,
                f"cells[CARRIER_ZONE/{zone_id}/{start.isoformat()}]",
                f"parcels ({amount}) must be <= daily_quota of the zone ({quota})",
            )


def windows_are_the_arrival_hours(case: Case) -> Iterator[Violation]:
    for placed, carrier, day in _dispatched(case):
        if placed.promise is None:
            continue
        arrival, window = _arrival_day(case, placed, carrier, day), placed.promise.window
        opens = case.hours.instant(arrival, carrier.delivery_hours.opens)
        closes = case.hours.closing(arrival, carrier.delivery_hours)
        if (window.earliest, window.latest) != (opens, closes):
            yield violation(
                ViolationCode.TRANSIT_WINDOW_WRONG,
                placed.path,
                f"window [{window.earliest}, {window.latest}] must be the delivery hours of {arrival} "
                f"[{opens}, {closes}]",
            )


def _arrival_day(case: Case, placed: Placed, carrier: Carrier, day: date) -> date:
    """So many working days after the dispatch."""
    for _ in range(terms_of(carrier, zone_at(carrier, placed.item.place)).transit_days):
        day += timedelta(days=1)
        while not _works_on(case, carrier, day):
            day += timedelta(days=1)
    return day


def planned_starts_open_the_window(case: Case) -> Iterator[Violation]:
    for placed, _ in _parcels(case):
        planned = placed.assignment.planned_start
        if placed.promise and planned != placed.promise.window.earliest:
            yield violation(
                ViolationCode.PLANNED_START_WRONG,
                placed.path,
                f"planned_start ({planned}) must be the window's earliest ({placed.promise.window.earliest})",
            )


def _parcels(case: Case) -> Iterator[_Parcel]:
    for placed in case.placed:
        if placed.carrier:
            yield _Parcel(placed, placed.carrier)


def _dispatched(case: Case) -> Iterator[_Dispatched]:
    for placed, carrier in _parcels(case):
        day = _day(case, placed, carrier)
        if day:
            yield _Dispatched(placed, carrier, day)


def _day(case: Case, placed: Placed, carrier: Carrier) -> date | None:
    """The local day on which the parcel leaves; None if its uses do not say so rightly."""
    uses = placed.uses(CapacityKind.CARRIER)
    if len(uses) != 1 or uses[0].owner_id != carrier.resource_id or uses[0].amount != 1:
        return None
    day = case.hours.local(uses[0].bucket_start).date()
    return day if uses[0].bucket_start == case.hours.instant(day, time(0)) else None


RULES = (
    goods_are_accepted,
    parcels_are_light_enough,
    parcels_take_one_place_of_a_day,
    parcels_take_one_place_of_their_zone,
    places_are_in_a_zone,
    parcels_leave_on_a_working_day,
    parcels_make_the_cut_off,
    quotas_are_enough,
    quotas_of_zones_are_enough,
    windows_are_the_arrival_hours,
    planned_starts_open_the_window,
)

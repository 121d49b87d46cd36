"""R19: what is out of order does nothing but what it has begun."""

from collections.abc import Iterator
from datetime import datetime

from models.plan import CapacityKind, Violation
from models.promise import Mode
from solver.check.case import VISITS_BY_MODE, Case, Key, Placed
from solver.check.codes import ViolationCode, violation


def sites_are_in_order(case: Case) -> Iterator[Violation]:
    for placed in _not_started(case):
        site_id = placed.assignment.site_id
        if site_id in case.problem.catalogue.unavailable_ids:
            yield violation(
                ViolationCode.SITE_OUT_OF_ORDER,
                placed.path,
                f"site ({site_id}) of what has not started must be in order",
            )


def resources_are_in_order(case: Case) -> Iterator[Violation]:
    for placed in _not_started(case):
        resource_id = placed.assignment.resource_id
        if resource_id in case.problem.catalogue.unavailable_ids:
            yield violation(
                ViolationCode.RESOURCE_OUT_OF_ORDER,
                placed.path,
                f"resource ({resource_id}) of what has not started must be in order",
            )


def resources_are_on_duty(case: Case) -> Iterator[Violation]:
    on_call = {mobile.resource_id for mobile in case.problem.catalogue.mobiles if mobile.on_call}
    at_home = [placed for placed in case.placed if placed.assignment.resource_id in on_call]
    under_way = _under_way(case) if at_home else set()
    for placed in at_home:
        if not _has_started(placed, under_way, case):
            yield violation(
                ViolationCode.RESOURCE_ON_CALL,
                placed.path,
                f"resource ({placed.assignment.resource_id}) of what has not started must have been called in",
            )


def _not_started(case: Case) -> Iterator[Placed]:
    if case.problem.catalogue.unavailable_ids:
        under_way = _under_way(case)
        yield from (placed for placed in case.placed if not _has_started(placed, under_way, case))


def _under_way(case: Case) -> set[Key]:
    """Items that somebody has set out for, and those that are bound to one by visit or start."""
    keys = {(visit.contract_id, visit.item_id) for visits in case.frozen.values() for visit in visits}
    for contract in case.problem.contracts:
        for group in (*contract.same_visits, *contract.same_starts):
            members = {(contract.contract_id, item_id) for item_id in group.item_ids}
            if members & keys:
                keys |= members
    return keys


def _has_started(placed: Placed, under_way: set[Key], case: Case) -> bool:
    mode, now = placed.assignment.mode, case.problem.now
    if mode in VISITS_BY_MODE:
        return placed.key in under_way
    if mode is Mode.PICKUP:
        return placed.promise is not None and placed.promise.window.latest <= now
    if mode is Mode.CARRIER:
        return _collected(placed, case) <= now
    return placed.assignment.planned_start <= now


def _collected(placed: Placed, case: Case) -> datetime:
    """When the carrier's cut-off is, on the day that the parcel leaves."""
    zone = case.problem.catalogue.zone
    uses = placed.uses(CapacityKind.CARRIER) or placed.uses(CapacityKind.CARRIER_ZONE)
    days = [use.bucket_start.astimezone(zone).date() for use in uses]
    if not days or placed.carrier is None:
        return placed.assignment.planned_start
    return datetime.combine(days[0], placed.carrier.cut_off, tzinfo=zone)


RULES = (sites_are_in_order, resources_are_in_order, resources_are_on_duty)

"""R9 and R12: what was promised is kept, item by item and between items."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from models.contract import Contract
from models.plan import Violation
from models.promise import Mode, Promise, SameVisit
from solver.check.case import Asked, Case, Placed
from solver.check.codes import ViolationCode, violation
from solver.check.ways import same_place


def visits_start_in_the_window(case: Case) -> Iterator[Violation]:
    for trip in case.trips:
        promise = trip.placed.promise
        if promise is None:
            continue
        for step in trip.at_door:
            if not promise.window.earliest <= step.visit.start <= promise.window.latest:
                yield violation(
                    ViolationCode.WINDOW_MISSED,
                    step.path,
                    f"start ({step.visit.start}) must be in the promised window "
                    f"[{promise.window.earliest}, {promise.window.latest}]",
                )


def windows_are_within_the_limit(case: Case) -> Iterator[Violation]:
    for asked in case.asked:
        promise, limits = asked.promise, asked.item.sla.windows
        if promise and limits and not any(promise.window.within(limit) for limit in limits):
            said = " or ".join(f"[{limit.earliest}, {limit.latest}]" for limit in limits)
            yield violation(
                ViolationCode.WINDOW_OUTSIDE_LIMIT,
                asked.path,
                f"promised window [{promise.window.earliest}, {promise.window.latest}] must lie within the limit "
                f"{said}",
            )


def wide_windows_are_narrowed_within_themselves(case: Case) -> Iterator[Violation]:
    for asked in case.asked:
        promise = asked.promise
        if promise is None or promise.narrowed_from is None:
            continue
        level = case.problem.catalogue.policy.service_level(promise.service_level_id)
        if level is None or level.narrowing is None or not promise.window.within(promise.narrowed_from):
            yield violation(
                ViolationCode.NARROWED_WRONGLY,
                asked.path,
                f"promised window [{promise.window.earliest}, {promise.window.latest}] of a flexible level "
                f"({promise.service_level_id}) must lie within the one it was narrowed from "
                f"[{promise.narrowed_from.earliest}, {promise.narrowed_from.latest}]",
            )


def promises_are_for_the_right_place(case: Case) -> Iterator[Violation]:
    for placed in case.placed:
        if placed.promise is None:
            continue
        fetched = placed.assignment.mode is Mode.PICKUP
        place = (placed.site.place if placed.site else None) if fetched else placed.item.place
        if place and not same_place(placed.promise.place, place):
            yield violation(
                ViolationCode.PROMISE_PLACE_WRONG,
                placed.path,
                f"promised place ({placed.promise.place}) must be the {'site' if fetched else 'item'}'s ({place})",
            )


def precedences_are_kept(case: Case) -> Iterator[Violation]:
    for contract in case.problem.contracts:
        for link in contract.precedences:
            before = case.asked_by_key.get((contract.contract_id, link.before_item_id))
            after = case.asked_by_key.get((contract.contract_id, link.after_item_id))
            if not before or not after or not before.promise or not after.promise:
                continue
            least = _end_of(case, before, before.promise) + link.lag
            if after.promise.window.earliest < least:
                yield violation(
                    ViolationCode.PRECEDENCE_BROKEN,
                    after.path,
                    f"earliest promised start ({after.promise.window.earliest}) must be >= latest start of "
                    f"{link.before_item_id} + its service + lag ({least})",
                )


def _end_of(case: Case, asked: Asked, promise: Promise) -> datetime:
    """When a promised item is over at the latest; once somebody has set out for it, when it is by the plan."""
    latest = promise.window.latest + asked.item.service_duration
    placed = case.placed_by_key.get(asked.key)
    at_door = case.trip(placed).at_door if placed else []
    begun = [step.visit.end for step in at_door if step.visit.depart <= case.problem.freeze_until]
    return min([latest, *begun])


def same_visits_have_one_resource(case: Case) -> Iterator[Violation]:
    for contract, group, members in _groups(case):
        doers = sorted({_doer(placed) for placed in members})
        if len(doers) > 1:
            yield violation(
                ViolationCode.SAME_VISIT_SPLIT,
                _group_path(contract, group),
                f"resources ({len(doers)}: {', '.join(doers)}) of items of one visit must be 1",
            )


def same_visits_are_one_stop(case: Case) -> Iterator[Violation]:
    for contract, group, members in _groups(case):
        steps = [step for placed in members for step in case.trip(placed).at_door]
        steps.sort(key=lambda step: (step.route.resource_id, step.idx))
        for one, other in pairwise(steps):
            # What is handed over to a neighbour in the same house takes no stop apart.
            stop = one.route.visits[one.idx : other.idx + 1]
            rested = any(one.visit.depart <= each.start < other.visit.depart for each in one.route.breaks)
            if (
                one.route is not other.route
                or rested
                or not all(same_place(one.visit.place, visit.place) for visit in stop)
            ):
                yield violation(
                    ViolationCode.SAME_VISIT_APART,
                    _group_path(contract, group),
                    f"{other.path} must come at the same stop as {one.path}, with nothing from elsewhere between",
                )


def _groups(case: Case) -> Iterator[tuple[Contract, SameVisit, tuple[Placed, ...]]]:
    """Items of one visit, those of them that are assigned."""
    for contract in case.problem.contracts:
        for group in contract.same_visits:
            found = (
                case.placed_by_key.get((contract.contract_id, item_id)) for item_id in dict.fromkeys(group.item_ids)
            )
            yield contract, group, tuple(placed for placed in found if placed)


def _doer(placed: Placed) -> str:
    """Who does the item; at a counter that is the site."""
    assignment = placed.assignment
    return f"counter of {assignment.site_id}" if assignment.mode is Mode.PICKUP else assignment.resource_id or "nobody"


def _group_path(contract: Contract, group: SameVisit) -> str:
    return f"contracts[{contract.contract_id}].same_visits[{contract.same_visits.index(group)}]"


RULES = (
    visits_start_in_the_window,
    windows_are_within_the_limit,
    wide_windows_are_narrowed_within_themselves,
    promises_are_for_the_right_place,
    precedences_are_kept,
    same_visits_have_one_resource,
    same_visits_are_one_stop,
)

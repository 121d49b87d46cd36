"""R13: what has started or is pinned stays, and nothing new starts in the past."""

from collections.abc import Iterator

from models.plan import Violation, Visit
from solver.check.case import Case
from solver.check.codes import ViolationCode, violation

VISIT_FIELDS = tuple(Visit.model_fields)


def frozen_visits_are_unchanged(case: Case) -> Iterator[Violation]:
    visits_by_resource_id = {route.resource_id: route.visits for route in reversed(case.plan.routes)}
    for resource_id, frozen in case.frozen.items():
        visits = visits_by_resource_id.get(resource_id, ())
        for idx, visit in enumerate(frozen):
            changes = _changes(visit, visits[idx]) if idx < len(visits) else "gone"
            if changes:
                yield violation(
                    ViolationCode.FROZEN_VISIT_CHANGED,
                    f"routes[{resource_id}].visits[{idx}]",
                    f"visit for {visit.contract_id}/{visit.item_id} with depart ({visit.depart}) <= freeze_until "
                    f"({case.problem.freeze_until}) must be unchanged, is {changes}",
                )


def other_visits_are_in_the_future(case: Case) -> Iterator[Violation]:
    frozen, now = case.frozen, case.problem.now
    for step in case.steps:
        if step.visit.depart < now and step.idx >= len(frozen.get(step.route.resource_id, ())):
            yield violation(
                ViolationCode.DEPART_IN_THE_PAST,
                step.path,
                f"depart ({step.visit.depart}) of a visit that is not frozen must be >= now ({now})",
            )


def pinned_items_stay(case: Case) -> Iterator[Violation]:
    before = {(each.contract_id, each.item_id): each for each in case.problem.initial_plan.assignments}
    for placed in case.placed:
        after = placed.assignment
        key = (after.contract_id, after.item_id)
        if key not in case.problem.pinned or key not in before:
            continue
        had, has = ((each.resource_id, each.site_id) for each in (before[key], after))
        if had != has:
            yield violation(
                ViolationCode.PINNED_ITEM_MOVED,
                placed.path,
                f"resource and site of a pinned item {has} must be those of the initial plan {had}",
            )


def _changes(one: Visit, other: Visit) -> str:
    """Names and both values of the fields that differ."""
    if one is other:
        return ""
    pairs = ((name, getattr(one, name), getattr(other, name)) for name in VISIT_FIELDS)
    return ", ".join(f"{name} ({new}) instead of ({old})" for name, old, new in pairs if old is not new and old != new)


RULES = (frozen_visits_are_unchanged, other_visits_are_in_the_future, pinned_items_stay)

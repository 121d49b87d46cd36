"""What a replan changes behind promises, and what that counts."""

from models.plan import Assignment, Plan

ItemKey = tuple[str, str]
"""(contract_id, item_id)"""


def has_changed_hands(before: Assignment, after: Assignment) -> bool:
    """Whether another resource does it, or it comes from another site."""
    return (before.resource_id, before.site_id) != (after.resource_id, after.site_id)


def changed_hands(before: Plan, after: Plan) -> tuple[ItemKey, ...]:
    """The items of both plans that have changed hands, in the order of the later one."""
    old = {(each.contract_id, each.item_id): each for each in before.assignments}
    keys = ((each.contract_id, each.item_id) for each in after.assignments)
    return tuple(
        key
        for key, each in zip(keys, after.assignments, strict=True)
        if key in old and has_changed_hands(old[key], each)
    )


def disturbance(before: Plan, after: Plan, *, price: int) -> int:
    """The price of each item that has changed hands, added up; nobody pays it."""
    return price * len(changed_hands(before, after)) if price else 0

"""What a replan changes behind promises, and what that counts."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from models.disturbance import ContractChange, ResourceChange, SiteChange
from models.explanation import Move
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


def move_of(before: Assignment, after: Assignment) -> Move:
    """From where, from whom and from when an item went to where."""
    return Move(
        contract_id=before.contract_id,
        item_id=before.item_id,
        from_resource_id=before.resource_id,
        to_resource_id=after.resource_id,
        from_site_id=before.site_id,
        to_site_id=after.site_id,
        start_before=before.planned_start,
        start_after=after.planned_start,
    )


def is_handover(move: Move) -> bool:
    """Whether the item changed hands, and not only its time."""
    return (move.from_resource_id, move.from_site_id) != (move.to_resource_id, move.to_site_id)


# -- added up


def contract_changes(moves: Iterable[Move]) -> tuple[ContractChange, ...]:
    """By contract, in the order of ids."""
    counts = Counter((move.contract_id, is_handover(move)) for move in moves)
    ids = sorted({contract_id for contract_id, _ in counts})
    return tuple(
        ContractChange(contract_id=each, changed_hands=counts[each, True], retimed=counts[each, False]) for each in ids
    )


def resource_changes(
    moves: Iterable[Move], *, distance_before_m: Callable[[str], int], distance_after_m: Callable[[str], int]
) -> tuple[ResourceChange, ...]:
    """By who works, in the order of ids."""
    gained, lost, retimed = Counter[str](), Counter[str](), Counter[str]()
    for move in moves:
        if move.from_resource_id == move.to_resource_id:
            retimed.update(_known(move.to_resource_id))
        else:
            gained.update(_known(move.to_resource_id))
            lost.update(_known(move.from_resource_id))
    return tuple(
        ResourceChange(
            resource_id=each,
            gained=gained[each],
            lost=lost[each],
            retimed=retimed[each],
            distance_before_m=distance_before_m(each),
            distance_after_m=distance_after_m(each),
        )
        for each in sorted(gained.keys() | lost.keys() | retimed.keys())
    )


def site_changes(moves: Iterable[Move]) -> tuple[SiteChange, ...]:
    """By site that gives other goods, in the order of ids."""
    gained, lost = Counter[str](), Counter[str]()
    for move in moves:
        if move.from_site_id != move.to_site_id:
            gained.update(_known(move.to_site_id))
            lost.update(_known(move.from_site_id))
    return tuple(
        SiteChange(site_id=each, gained=gained[each], lost=lost[each]) for each in sorted(gained.keys() | lost.keys())
    )


def _known(some_id: str | None) -> Iterator[str]:
    if some_id is not None:
        yield some_id

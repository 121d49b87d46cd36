"""Which promises moved between two states of the contracts."""

from collections.abc import Iterable, Iterator

from models.contract import Contract, ContractStatus
from models.promise import Promise
from solver.check.ways import same_place


def moved_promises(before: Iterable[Contract], after: Iterable[Contract]) -> tuple[str, ...]:
    """`contract_id/item_id` of every promise that moved, in the order of `before`.

    A promise moved if its window, place, mode, fee or service level changed, or if it is gone,
    in a contract that has the same revision on both sides or is ACTIVE on both: no customer
    accepted that. To narrow a window within itself, once and in a new revision, is no move: that
    was agreed. Another resource behind it is a disturbance, not a move.
    """
    after_by_id = {contract.contract_id: contract for contract in after}
    return tuple(
        f"{one.contract_id}/{item_id}"
        for one in before
        if (other := after_by_id.get(one.contract_id)) and _binding(one, other)
        for item_id in _moved(one, other)
    )


def _binding(one: Contract, other: Contract) -> bool:
    both_active = one.status is ContractStatus.ACTIVE and other.status is ContractStatus.ACTIVE
    return both_active or one.revision == other.revision


def _moved(one: Contract, other: Contract) -> Iterator[str]:
    promise_by_item_id = {promise.item_id: promise for promise in other.promises}
    for promise in one.promises:
        now = promise_by_item_id.get(promise.item_id)
        if now is not None and one.revision < other.revision and _is_narrowing(promise, now):
            now = now.model_copy(update={"window": promise.window})
        if now is None or not _same_terms(promise, now):
            yield promise.item_id


def _is_narrowing(one: Promise, other: Promise) -> bool:
    return one.narrowed_from is None and other.narrowed_from == one.window and other.window.within(one.window)


def _same_terms(one: Promise, other: Promise) -> bool:
    return (
        (one.window, one.mode, one.fee, one.service_level_id)
        == (other.window, other.mode, other.fee, other.service_level_id)
    ) and same_place(one.place, other.place)

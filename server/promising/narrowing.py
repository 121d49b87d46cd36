"""Flexible promises, and when each of them is narrowed to the part of its window that is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from models.contract import Contract, ContractStatus
from models.fee import Narrowing
from models.policy import NARROWABLE, Policy
from models.promise import Promise, PromiseState
from models.timing import TimeWindow
from server.promising.books import Entries


@dataclass(frozen=True)
class Due:
    """A promise that is to be narrowed from `time` on, as long as its visit has not begun."""

    contract_id: str
    item_id: str
    window: TimeWindow
    time: datetime
    planned_start: datetime


class Agenda:
    """All narrowings that lie ahead; made anew whenever the plan has changed."""

    def __init__(self) -> None:
        self._entries: Entries | None = None
        self._ahead: list[Due] = []

    def due(self, entries: Entries, policy: Policy, *, now: datetime) -> list[Due]:
        """What has to be narrowed now, in the order of contract and item."""
        if entries is not self._entries:
            self._entries, self._ahead = entries, [*_ahead(entries, policy)]
        return [each for each in self._ahead if each.time <= now <= each.planned_start]


def narrowed(contract: Contract, window_by_item_id: dict[str, TimeWindow]) -> tuple[Promise, ...]:
    """The promises with narrower windows; each keeps the wide one that was agreed."""
    return tuple(
        promise.model_copy(update={"window": window_by_item_id[promise.item_id], "narrowed_from": promise.window})
        if promise.item_id in window_by_item_id
        else promise
        for promise in contract.promises
    )


def _ahead(entries: Entries, policy: Policy) -> Iterator[Due]:
    narrowings = {level.service_level_id: level.narrowing for level in policy.service_levels if level.narrowing}
    for contract_id in sorted(entries.contracts) if narrowings else ():
        contract = entries.contracts[contract_id]
        if contract.status is ContractStatus.ACTIVE:
            for promise in contract.promises:
                narrowing = narrowings.get(promise.service_level_id)
                if narrowing is not None and _is_wide(promise):
                    yield from _due(promise, contract, narrowing, entries)


def _is_wide(promise: Promise) -> bool:
    is_planned_on_a_route = promise.mode in NARROWABLE  # else it was promised when the level was another one
    return is_planned_on_a_route and promise.narrowed_from is None and promise.state is PromiseState.OPEN


def _due(promise: Promise, contract: Contract, narrowing: Narrowing, entries: Entries) -> Iterator[Due]:
    """Items of one visit are narrowed together, around their common start."""
    items = [promise.item_id]
    for group in contract.same_visits:
        if promise.item_id in group.item_ids:
            items += [each.item_id for each in contract.promises if each.item_id in group.item_ids]
    alike = {each.item_id for each in contract.promises if (each.window, _is_wide(each)) == (promise.window, True)}
    keys = [(contract.contract_id, item_id) for item_id in dict.fromkeys(items) if item_id in alike]
    planned = [entries.assignments[key].planned_start for key in keys if key in entries.assignments]
    if planned and all(start in promise.window for start in planned):
        window = narrowing.window(promise.window, planned)
        yield Due(contract.contract_id, promise.item_id, window, window.earliest - narrowing.before, min(planned))

"""Which changes of a replanned plan go together, and which of them can still be put in force."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from models.contract import Contract
from models.plan import Assignment, CapacityKind, Plan, Route
from models.reservation import Reservation
from server.promising.books import Entries, ItemKey, key_of

Group = tuple[str, ...]
"""Vehicles, carriers and desks, sorted."""

Cell = tuple[CapacityKind, str, datetime]
StockKey = tuple[str, str]
"""(site_id, sku_id)"""

_BOOKED_IN_TIME = (CapacityKind.PICKING, CapacityKind.DESK)
"""Kinds whose cells are when somebody really works."""


class Replanned:
    """A snapshot's plan beside the one that was made from it.

    Parameters
    ----------
    contracts
        Those of every item that gets its goods from another site now.
    """

    def __init__(self, before: Plan, after: Plan, contracts: Iterable[Contract] = ()) -> None:
        self._old_routes = {route.resource_id: route for route in before.routes}
        self._new_routes = {route.resource_id: route for route in after.routes}
        self._old = {key_of(each): each for each in before.assignments}
        self.assignments = {key_of(each): each for each in after.assignments}
        self._contracts = {contract.contract_id: contract for contract in contracts}

    def route(self, resource_id: str) -> Route:
        """The new one; without visits if the new plan does not name it."""
        return self._new_routes.get(resource_id) or Route(resource_id=resource_id)

    def groups(self) -> tuple[Group, ...]:
        """Who has a new route or other work, those together that exchange items or what is scarce."""
        group_by_id = {each: {each} for each in self._changed_ids()}
        for together in (*self._exchanges(), *self._shares()):
            known = [group_by_id[each] for each in together if each in group_by_id]
            united = set[str]().union(*known)
            group_by_id.update(dict.fromkeys(united, united))
        return tuple(sorted({tuple(sorted(group)) for group in group_by_id.values()}))

    def rebooked(self, group: Group) -> tuple[ItemKey, ...]:
        """The items that a group does otherwise than before, or at another time."""
        return tuple(key for key in self._rebooked() if _who(self.assignments[key]) in group)

    def old(self, key: ItemKey) -> Assignment:
        return self._old[key]

    def demand(self, keys: Iterable[ItemKey]) -> Counter[StockKey | Cell]:
        """What items take of stock and cells beyond what they had; negative: what they give back."""
        taken = Counter[StockKey | Cell]()
        for key in keys:
            taken.update(self._taken(self.assignments[key]))
            taken.subtract(self._taken(self._old[key]))
        return taken

    def _taken(self, assignment: Assignment) -> Counter[StockKey | Cell]:
        taken = Counter[StockKey | Cell]()
        for use in assignment.uses:
            taken[use.kind, use.owner_id, use.bucket_start] += use.amount
        contract = self._contracts.get(assignment.contract_id)
        for demand in contract.demands_of(contract.item(assignment.item_id)) if contract else ():
            taken[assignment.site_id or "", demand.sku_id] += demand.quantity
        return taken

    def _exchanges(self) -> Iterable[set[str]]:
        """Who had an item, and who has it now."""
        for key in self._rebooked():
            yield {_who(self._old[key]), _who(self.assignments[key])}

    def _shares(self) -> Iterable[set[str]]:
        """For each stock row and cell that is used otherwise, whose items do so."""
        users: defaultdict[StockKey | Cell, set[str]] = defaultdict(set)
        for key in self._rebooked():
            for each, amount in self.demand([key]).items():
                if amount:
                    users[each].add(_who(self.assignments[key]))
        yield from users.values()

    def _rebooked(self) -> list[ItemKey]:
        return [key for key, each in self.assignments.items() if self._old.get(key) not in (None, each)]

    def version(self, resource_id: str) -> int:
        """Of the snapshot; 0 if there was no route."""
        return self._old_routes[resource_id].version if resource_id in self._old_routes else 0

    def _changed_ids(self) -> Iterable[str]:
        rebooked = {each for exchange in self._exchanges() for each in exchange}
        for resource_id in sorted(self._old_routes.keys() | self._new_routes.keys() | rebooked):
            old = self._old_routes.get(resource_id) or Route(resource_id=resource_id)
            if resource_id in rebooked or old.visits != self.route(resource_id).visits:
                yield resource_id

    def drives(self, resource_id: str) -> bool:
        """Whether it has a route, or had one."""
        return resource_id in self._old_routes or resource_id in self._new_routes


def _who(assignment: Assignment) -> str:
    return who(assignment.resource_id, key_of(assignment))


def who(resource_id: str | None, key: ItemKey) -> str:
    """Who does an item; what nobody does stands for itself."""
    return resource_id or "/".join(key)


def is_unchanged(group: Group, replanned: Replanned, entries: Entries) -> bool:
    """Whether no route of the group has changed since the snapshot, nor what it is to do otherwise."""
    versions = {each: entries.routes[each].version if each in entries.routes else 0 for each in group}
    return all(versions[each] == replanned.version(each) for each in group) and all(
        entries.assignments.get(key) == replanned.old(key) for key in replanned.rebooked(group)
    )


def has_room(group: Group, replanned: Replanned, free: Callable[[StockKey | Cell], int]) -> bool:
    """Whether there still is what the group takes beyond what it has."""
    taken = replanned.demand(replanned.rebooked(group))
    return all(amount <= free(each) for each, amount in taken.items() if amount > 0)


def is_still_ahead(group: Group, replanned: Replanned, *, now: datetime) -> bool:
    """Whether nobody has begun with what is now booked otherwise, and nothing is booked in the past."""
    keys = [key for key in replanned.rebooked(group) if any(replanned.demand([key]).values())]
    booked = (each for key in keys for each in (replanned.old(key), replanned.assignments[key]))
    return all(use.bucket_start >= now for each in booked for use in each.uses if use.kind in _BOOKED_IN_TIME)


def is_in_time(group: Group, replanned: Replanned, entries: Entries, *, now: datetime) -> bool:
    """Whether all that has started stays as it is, and everything else still lies ahead."""
    for resource_id in group:
        old = entries.routes[resource_id].visits if resource_id in entries.routes else ()
        started = tuple(visit for visit in old if visit.depart <= now)
        new = replanned.route(resource_id).visits
        if new[: len(started)] != started or any(visit.depart < now for visit in new[len(started) :]):
            return False
    return True


def waits_for_holds(group: Group, replanned: Replanned, holds: Mapping[str, Reservation]) -> bool:
    """Whether no vehicle sets out for what is only held before the hold has ended."""
    return all(
        visit.depart >= holds[visit.contract_id].expire_time
        for resource_id in group
        for visit in replanned.route(resource_id).visits
        if visit.contract_id in holds
    )


def items_on(routes: Iterable[Route]) -> set[ItemKey]:
    return {(visit.contract_id, visit.item_id) for route in routes for visit in route.visits}

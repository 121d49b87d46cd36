"""Which routes of a replanned plan go together, and which of them can still be driven."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from models.plan import Assignment, Plan, Route
from models.reservation import Reservation
from server.promising.books import Entries, ItemKey, key_of

Group = tuple[str, ...]
"""Vehicles, sorted."""


class Replanned:
    """A snapshot's plan beside the one that was made from it."""

    def __init__(self, before: Plan, after: Plan) -> None:
        self._old_routes = {route.resource_id: route for route in before.routes}
        self._new_routes = {route.resource_id: route for route in after.routes}
        self._old = {key_of(each): each for each in before.assignments}
        self.assignments = {key_of(each): each for each in after.assignments}

    def route(self, resource_id: str) -> Route:
        """The new one; without visits if the new plan does not name it."""
        return self._new_routes.get(resource_id) or Route(resource_id=resource_id)

    def groups(self) -> tuple[Group, ...]:
        """Vehicles with a new route, those together that exchange items."""
        group_by_id = {each: {each} for each in self._changed_ids()}
        for key, assignment in self.assignments.items():
            here, there = self._resource_id(self._old.get(key)), self._resource_id(assignment)
            if here in group_by_id and there in group_by_id and group_by_id[here] is not group_by_id[there]:
                united = group_by_id[here] | group_by_id[there]
                group_by_id.update(dict.fromkeys(united, united))
        return tuple(sorted({tuple(sorted(group)) for group in group_by_id.values()}))

    def version(self, resource_id: str) -> int:
        """Of the snapshot; 0 if there was no route."""
        return self._old_routes[resource_id].version if resource_id in self._old_routes else 0

    def _changed_ids(self) -> Iterable[str]:
        rebooked = {
            each.resource_id for key, each in self.assignments.items() if self._old.get(key) not in (None, each)
        }
        for resource_id in sorted(self._old_routes.keys() | self._new_routes.keys()):
            old = self._old_routes.get(resource_id) or Route(resource_id=resource_id)
            if resource_id in rebooked or old.visits != self.route(resource_id).visits:
                yield resource_id

    def _resource_id(self, assignment: Assignment | None) -> str:
        return (assignment and assignment.resource_id) or ""


def is_unchanged(group: Group, replanned: Replanned, entries: Entries) -> bool:
    """Whether no route of the group has changed since the snapshot."""
    versions = {each: entries.routes[each].version if each in entries.routes else 0 for each in group}
    return all(versions[each] == replanned.version(each) for each in group)


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

"""The plan in force: a route with a version for every vehicle, an assignment for every item."""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select, update

from models.issues import Conflict, Issue, IssueCode
from models.plan import Assignment, Route, Unplanned
from server.ledger import schema
from server.ledger.scope import Scope, mine

_ROUTES = schema.routes
_ASSIGNMENTS = schema.assignments
_UNPLANNED = schema.unplanned
_ALL_ROUTES = select(_ROUTES.c.document).where(mine(_ROUTES)).order_by(_ROUTES.c.resource_id)
_VERSION = select(_ROUTES.c.version).where(mine(_ROUTES, "resource_id"))
_ADVANCE = (
    update(_ROUTES)
    .where(mine(_ROUTES, "resource_id", "version"))
    .values(version=bindparam("to_version"), document=bindparam("to_document"))
)
_ALL_ASSIGNMENTS = (
    select(_ASSIGNMENTS.c.document)
    .where(mine(_ASSIGNMENTS))
    .order_by(_ASSIGNMENTS.c.contract_id, _ASSIGNMENTS.c.item_id)
)
_REMOVE = delete(_ASSIGNMENTS).where(mine(_ASSIGNMENTS, "contract_id", "item_id"))

_ALL_UNPLANNED = (
    select(_UNPLANNED.c.document).where(mine(_UNPLANNED)).order_by(_UNPLANNED.c.contract_id, _UNPLANNED.c.item_id)
)
_FORGET_UNPLANNED = delete(_UNPLANNED).where(mine(_UNPLANNED, "contract_id", "item_id"))


class Routes(Scope):
    def routes(self) -> tuple[Route, ...]:
        """In the order of `resource_id`; a vehicle that never had a route is not among them."""
        return tuple(Route.model_validate_json(document) for (document,) in self.rows(_ALL_ROUTES))

    def publish_route(self, route: Route) -> None:
        """Put a route in the place of the one before; its first version is 1.

        Raises
        ------
        Conflict
            The version is not the stored one plus 1 (stored 0: none yet): somebody else was faster.
        """
        if not self._advance_route(route):
            stored = self.value(_VERSION, its_resource_id=route.resource_id) or 0
            raise Conflict(_outdated(route, stored))

    def _advance_route(self, route: Route) -> bool:
        document = route.model_dump_json()
        if route.version == 1:
            return self.add(_ROUTES, resource_id=route.resource_id, version=1, document=document)
        key = {"its_resource_id": route.resource_id, "its_version": route.version - 1}
        return self.changed(_ADVANCE, **key, to_version=route.version, to_document=document) == 1

    def assignments(self) -> tuple[Assignment, ...]:
        """In the order of `contract_id` and `item_id`."""
        return tuple(Assignment.model_validate_json(document) for (document,) in self.rows(_ALL_ASSIGNMENTS))

    def put_assignments(self, assignments: Iterable[Assignment]) -> None:
        """Keep assignments, each in place of the one of the same item."""
        self.put(
            _ASSIGNMENTS,
            [
                {"contract_id": each.contract_id, "item_id": each.item_id, "document": each.model_dump_json()}
                for each in sorted(assignments, key=lambda each: (each.contract_id, each.item_id))
            ],
        )

    def unplanned(self) -> tuple[Unplanned, ...]:
        """Items that lost their place in the plan, in the order of `contract_id` and `item_id`."""
        return tuple(Unplanned.model_validate_json(document) for (document,) in self.rows(_ALL_UNPLANNED))

    def put_unplanned(self, unplanned: Iterable[Unplanned]) -> None:
        """Keep why items are not planned, each in place of what was known of the same item."""
        self.put(
            _UNPLANNED,
            [
                {"contract_id": each.contract_id, "item_id": each.item_id, "document": each.model_dump_json()}
                for each in sorted(unplanned, key=lambda each: (each.contract_id, each.item_id))
            ],
        )

    def remove_unplanned(self, keys: Iterable[tuple[str, str]]) -> None:
        """Forget items (`contract_id`, `item_id`) that are planned again, or not wanted any more."""
        for contract_id, item_id in sorted(set(keys)):
            self.changed(_FORGET_UNPLANNED, its_contract_id=contract_id, its_item_id=item_id)

    def remove_assignments(self, keys: Iterable[tuple[str, str]]) -> None:
        """Forget the assignments of items (`contract_id`, `item_id`), where there are any."""
        for contract_id, item_id in sorted(set(keys)):
            self.changed(_REMOVE, its_contract_id=contract_id, its_item_id=item_id)


def _outdated(route: Route, stored: int) -> Issue:
    return Issue(
        code=IssueCode.ROUTE_OUTDATED,
        path=f"routes.{route.resource_id}.version",
        message=f"version ({route.version}) must be the stored version ({stored}) + 1",
        hint="read the route again and repeat the change on it",
    )

"""The plan in force: a route with a version for every vehicle, an assignment for every item."""

from collections.abc import Iterable

from sqlalchemy import delete, select, update

from models.issues import Conflict, Issue, IssueCode
from models.plan import Assignment, Route
from server.ledger import schema
from server.ledger.scope import Scope

_ROUTES = schema.routes
_ASSIGNMENTS = schema.assignments


class Routes(Scope):
    def routes(self) -> tuple[Route, ...]:
        """In the order of `resource_id`; a vehicle that never had a route is not among them."""
        query = select(_ROUTES.c.document).where(self.mine(_ROUTES)).order_by(_ROUTES.c.resource_id)
        return tuple(Route.model_validate_json(document) for (document,) in self.rows(query))

    def publish_route(self, route: Route) -> None:
        """Put a route in the place of the one before; its first version is 1.

        Raises
        ------
        Conflict
            The version is not the stored one plus 1 (stored 0: none yet): somebody else was faster.
        """
        if not self._advance_route(route):
            stored = self.value(_ROUTES, "version", resource_id=route.resource_id) or 0
            raise Conflict(_outdated(route, stored))

    def _advance_route(self, route: Route) -> bool:
        document = route.model_dump_json()
        if route.version == 1:
            return self.add(_ROUTES, resource_id=route.resource_id, version=1, document=document)
        before = self.mine(_ROUTES, resource_id=route.resource_id, version=route.version - 1)
        return self.update(update(_ROUTES).where(before).values(version=route.version, document=document)) == 1

    def assignments(self) -> tuple[Assignment, ...]:
        """In the order of `contract_id` and `item_id`."""
        columns = _ASSIGNMENTS.c
        query = select(columns.document).where(self.mine(_ASSIGNMENTS)).order_by(columns.contract_id, columns.item_id)
        return tuple(Assignment.model_validate_json(document) for (document,) in self.rows(query))

    def put_assignments(self, assignments: Iterable[Assignment]) -> None:
        """Keep assignments, each in place of the one of the same item."""
        self.put(
            _ASSIGNMENTS,
            [
                {"contract_id": each.contract_id, "item_id": each.item_id, "document": each.model_dump_json()}
                for each in sorted(assignments, key=lambda each: (each.contract_id, each.item_id))
            ],
        )

    def remove_assignments(self, keys: Iterable[tuple[str, str]]) -> None:
        """Forget the assignments of items (`contract_id`, `item_id`), where there are any."""
        for contract_id, item_id in sorted(set(keys)):
            mine = self.mine(_ASSIGNMENTS, contract_id=contract_id, item_id=item_id)
            self.connection.execute(delete(_ASSIGNMENTS).where(mine))


def _outdated(route: Route, stored: int) -> Issue:
    return Issue(
        code=IssueCode.ROUTE_OUTDATED,
        path=f"routes.{route.resource_id}.version",
        message=f"version ({route.version}) must be the stored version ({stored}) + 1",
        hint="read the route again and repeat the change on it",
    )

"""Sites and resources as they were changed at run time."""

from sqlalchemy import bindparam, select, update

from models.issues import Conflict, Issue, IssueCode
from models.supply import StoredSupply
from server.ledger import schema
from server.ledger.scope import Scope, mine

_RESOURCES = schema.resources
_ALL = select(_RESOURCES.c.document).where(mine(_RESOURCES)).order_by(_RESOURCES.c.resource_id)
_REVISION = select(_RESOURCES.c.revision).where(mine(_RESOURCES, "resource_id"))
_ADVANCE = (
    update(_RESOURCES)
    .where(mine(_RESOURCES, "resource_id", "revision"))
    .values(revision=bindparam("to_revision"), document=bindparam("to_document"))
)


class Supplies(Scope):
    def supplies(self) -> tuple[StoredSupply, ...]:
        """In the order of their ids; what was never changed is not among them."""
        return tuple(StoredSupply.model_validate_json(document) for (document,) in self.rows(_ALL))

    def put_supply(self, supply: StoredSupply) -> None:
        """Keep the next revision of a site or resource; the first is 1.

        Raises
        ------
        Conflict
            RESOURCE_OUTDATED: the revision is not the stored one plus 1.
        """
        if not self._advance_supply(supply):
            stored = self.value(_REVISION, its_resource_id=supply.resource_id) or 0
            raise Conflict(outdated(supply.resource_id, supply.revision - 1, stored))

    def _advance_supply(self, supply: StoredSupply) -> bool:
        document = supply.model_dump_json()
        if supply.revision == 1:
            return self.add(_RESOURCES, resource_id=supply.resource_id, revision=1, document=document)
        key = {"its_resource_id": supply.resource_id, "its_revision": supply.revision - 1}
        return self.changed(_ADVANCE, **key, to_revision=supply.revision, to_document=document) == 1


def outdated(resource_id: str, given: int, stored: int) -> Issue:
    return Issue(
        code=IssueCode.RESOURCE_OUTDATED,
        path="revision",
        message=f"revision ({given}) of {resource_id} must be the present one ({stored})",
        hint="read it again and repeat the change on it",
    )

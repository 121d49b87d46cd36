"""Long-running operations, and single facts about the ledger."""

from dataclasses import asdict, dataclass

from sqlalchemy import bindparam, select

from server.ledger import schema
from server.ledger.scope import Scope, mine

_OPERATIONS = schema.operations
_META = schema.meta


@dataclass(frozen=True, slots=True)
class StoredOperation:
    """A long-running operation; `metadata`, `result` and `error` are JSON."""

    operation_id: str
    kind: str
    state: str
    metadata: str
    result: str | None = None
    error: str | None = None


_ALL = select(*(_OPERATIONS.c[name] for name in StoredOperation.__slots__)).where(mine(_OPERATIONS))
_ONE = _ALL.where(mine(_OPERATIONS, "operation_id"))
_PAGE = (
    _ALL.where(_OPERATIONS.c.operation_id > bindparam("after_id"))
    .order_by(_OPERATIONS.c.operation_id)
    .limit(bindparam("limit"))
)
_VALUE = select(_META.c.value).where(mine(_META, "name"))


class Operations(Scope):
    def put_operation(self, operation: StoredOperation) -> None:
        """Keep an operation, in place of what was known of it."""
        self.put(_OPERATIONS, [asdict(operation)])

    def operation(self, operation_id: str) -> StoredOperation | None:
        rows = self.rows(_ONE, its_operation_id=operation_id)
        return StoredOperation(*rows[0]) if rows else None

    def operations(self, after: str = "", *, limit: int) -> tuple[StoredOperation, ...]:
        """At most `limit` operations in the order of their ids, from the one after `after` on."""
        return tuple(StoredOperation(*row) for row in self.rows(_PAGE, after_id=after, limit=limit))

    def meta(self, name: str) -> str | None:
        """A fact about the tenant's ledger; None if it was never set."""
        value: str | None = self.value(_VALUE, its_name=name)
        return value

    def set_meta(self, name: str, value: str) -> None:
        self.put(_META, [{"name": name, "value": value}])

"""Long-running operations, and single facts about the ledger."""

from dataclasses import asdict, dataclass

from sqlalchemy import select

from server.ledger import schema
from server.ledger.scope import Scope

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


_COLUMNS = [_OPERATIONS.c[name] for name in StoredOperation.__slots__]


class Operations(Scope):
    def put_operation(self, operation: StoredOperation) -> None:
        """Keep an operation, in place of what was known of it."""
        self.put(_OPERATIONS, [asdict(operation)])

    def operation(self, operation_id: str) -> StoredOperation | None:
        rows = self.rows(select(*_COLUMNS).where(self.mine(_OPERATIONS, operation_id=operation_id)))
        return StoredOperation(*rows[0]) if rows else None

    def operations(self, after: str = "", *, limit: int) -> tuple[StoredOperation, ...]:
        """At most `limit` operations in the order of their ids, from the one after `after` on."""
        query = select(*_COLUMNS).where(self.mine(_OPERATIONS), _OPERATIONS.c.operation_id > after)
        return tuple(
            StoredOperation(*row) for row in self.rows(query.order_by(_OPERATIONS.c.operation_id).limit(limit))
        )

    def meta(self, name: str) -> str | None:
        """A fact about the tenant's ledger; None if it was never set."""
        value: str | None = self.value(_META, "value", name=name)
        return value

    def set_meta(self, name: str, value: str) -> None:
        self.put(_META, [{"name": name, "value": value}])

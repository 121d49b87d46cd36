"""What a long-running operation has got done so far, so that it can go on after the process has ended."""

import zlib

from sqlalchemy import bindparam, delete, select

from server.ledger import schema
from server.ledger.scope import Scope, mine

_PARTS = schema.operation_parts

_ONE = select(_PARTS.c.document).where(mine(_PARTS, "operation_id", "name"))
_ALL = select(_PARTS.c.name, _PARTS.c.document).where(mine(_PARTS, "operation_id"))
_UNDER = _ALL.where(_PARTS.c.name.startswith(bindparam("prefix"), autoescape=False)).order_by(_PARTS.c.name)
_REMOVE = delete(_PARTS).where(mine(_PARTS, "operation_id"))
_FASTEST = 1


class OperationParts(Scope):
    def put_part(self, operation_id: str, name: str, document: str) -> None:
        """Keep a part of an operation, in place of the one of that name."""
        packed = zlib.compress(document.encode(), _FASTEST)
        self.put(_PARTS, [{"operation_id": operation_id, "name": name, "document": packed}])

    def part(self, operation_id: str, name: str) -> str | None:
        packed = self.value(_ONE, its_operation_id=operation_id, its_name=name)
        return None if packed is None else _unpacked(packed)

    def parts(self, operation_id: str, *, prefix: str) -> dict[str, str]:
        """Documents by name, of all names that begin with `prefix`."""
        rows = self.rows(_UNDER, its_operation_id=operation_id, prefix=prefix)
        return {name: _unpacked(packed) for name, packed in rows}

    def remove_parts(self, operation_id: str) -> None:
        """Forget all of it."""
        self.changed(_REMOVE, its_operation_id=operation_id)


def _unpacked(document: bytes) -> str:
    return zlib.decompress(document).decode()

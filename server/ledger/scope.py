"""What every store of the ledger stands on: one open transaction, bound to one tenant.

Statements are built once, at import, with parameters: to build one anew for every call takes
five to ten times as long as to run it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, Update, and_, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Delete, Insert

from models.issues import Issue, IssueCode, StateError

Upsert = sqlite.Insert | postgresql.Insert
"""An INSERT that can say ON CONFLICT, which SQLAlchemy spells once for each database."""


class Scope:
    """A connection inside a transaction; every statement run here is limited to the tenant."""

    def __init__(self, connection: Connection, *, tenant_id: str) -> None:
        self.connection = connection
        self.tenant_id = tenant_id

    @property
    def dialect(self) -> str:
        return self.connection.dialect.name

    def rows(self, query: Select[Any], **parameters: object) -> Sequence[Any]:
        return self.connection.execute(query, self._bound(parameters)).all()

    def value(self, query: Select[Any], **parameters: object) -> Any:
        """The first column of the first row; None if there is no row."""
        return self.connection.execute(query, self._bound(parameters)).scalar()

    def changed(self, statement: Update | Delete, **parameters: object) -> int:
        """Number of rows that the statement found and changed."""
        return self.connection.execute(statement, self._bound(parameters)).rowcount

    def inserted(self, statement: Insert, **values: object) -> bool:
        """Whether an INSERT that may leave a row alone did write it."""
        counted = {"preserve_rowcount": True}
        row = {"tenant_id": self.tenant_id, **values}
        return self.connection.execute(statement, row, execution_options=counted).rowcount == 1

    def add(self, table: Table, **values: object) -> bool:
        """Insert a row; False, and nothing done, if its key is taken."""
        return self.inserted(_insert_new(self.dialect, table), **values)

    def put(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows, each in place of the one with the same key."""
        if rows:
            self.connection.execute(
                _insert_or_replace(self.dialect, table), [{"tenant_id": self.tenant_id, **row} for row in rows]
            )

    def _bound(self, parameters: Mapping[str, object]) -> dict[str, object]:
        return {"its_tenant_id": self.tenant_id, **parameters}

    def check_tenant(self, tenant_id: str, *, path: str) -> None:
        """Refuse a document of another tenant: it would be filed under ours."""
        if tenant_id != self.tenant_id:
            raise defect(path, f"tenant_id ({tenant_id}) must be the ledger's ({self.tenant_id})")


def mine(table: Table, *names: str) -> ColumnElement[bool]:
    """Rows of the tenant in which each of these columns equals the parameter `its_` plus its name."""
    return and_(*(table.c[name] == bindparam(f"its_{name}") for name in ("tenant_id", *names)))


@cache
def upsert(dialect: str, table: Table) -> Upsert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    return upsert(dialect, table).on_conflict_do_nothing()


@cache
def _insert_or_replace(dialect: str, table: Table) -> Insert:
    insert = upsert(dialect, table)
    changed = {name: column for name, column in insert.excluded.items() if not table.c[name].primary_key}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def defect(path: str, message: str) -> StateError:
    """The error for what only a fault in our own code can cause."""
    return StateError(
        Issue(code=IssueCode.INTERNAL, path=path, message=message, hint="nothing was changed; report this message")
    )

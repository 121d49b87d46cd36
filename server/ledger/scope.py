"""What every store of the ledger stands on: one open transaction, bound to one tenant."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, Update, select
from sqlalchemy.dialects import postgresql, sqlite

from models.issues import Issue, IssueCode, StateError


class Scope:
    """A connection inside a transaction; every statement made here is limited to the tenant."""

    def __init__(self, connection: Connection, *, tenant_id: str) -> None:
        self.connection = connection
        self.tenant_id = tenant_id

    def mine(self, table: Table, **key: object) -> ColumnElement[bool]:
        """Rows of the tenant that have these values."""
        condition: ColumnElement[bool] = table.c.tenant_id == self.tenant_id
        for name, value in key.items():
            condition &= table.c[name] == value
        return condition

    def rows(self, query: Select[Any]) -> Sequence[Any]:
        return self.connection.execute(query).all()

    def value(self, table: Table, column: str, **key: object) -> Any:
        """One column of the row with this key; None without such a row."""
        return self.connection.execute(select(table.c[column]).where(self.mine(table, **key))).scalar()

    def update(self, statement: Update) -> int:
        """Number of rows that the statement found and changed."""
        return self.connection.execute(statement).rowcount

    def upsert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that can say ON CONFLICT, which SQLAlchemy spells once for each database."""
        return sqlite.insert(table) if self.connection.dialect.name == "sqlite" else postgresql.insert(table)

    def add(self, table: Table, **values: object) -> bool:
        """Insert a row; False, and nothing done, if its key is taken."""
        insert = self.upsert(table).values(tenant_id=self.tenant_id, **values).on_conflict_do_nothing()
        return self.connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount == 1

    def put(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows, each in place of the one with the same key."""
        if not rows:
            return
        insert = self.upsert(table)
        keys = {column.name for column in table.primary_key}
        changed = {name: insert.excluded[name] for name in rows[0] if name not in keys}
        statement = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
        self.connection.execute(statement, [{"tenant_id": self.tenant_id, **row} for row in rows])

    def check_tenant(self, tenant_id: str, *, path: str) -> None:
        """Refuse a document of another tenant: it would be filed under ours."""
        if tenant_id != self.tenant_id:
            raise defect(path, f"tenant_id ({tenant_id}) must be the ledger's ({self.tenant_id})")


def defect(path: str, message: str) -> StateError:
    """The error for what only a fault in our own code can cause."""
    return StateError(
        Issue(code=IssueCode.INTERNAL, path=path, message=message, hint="nothing was changed; report this message")
    )

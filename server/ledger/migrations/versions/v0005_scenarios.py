"""Scenarios, what they stand on, and the evaluations of their plans."""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, LargeBinary, PrimaryKeyConstraint, Text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "scenario_grounds",
        Column("tenant_id", _ID, nullable=False),
        Column("ground_digest", _ID, nullable=False),
        Column("document", LargeBinary, nullable=False),
        PrimaryKeyConstraint("tenant_id", "ground_digest", name="pk_scenario_grounds"),
    )
    for table, key, document in (("scenarios", "scenario_id", Text()), ("evaluations", "digest", LargeBinary())):
        op.create_table(
            table,
            Column("tenant_id", _ID, nullable=False),
            Column(key, _ID, nullable=False),
            Column("ground_digest", _ID, nullable=False),
            Column("document", document, nullable=False),
            PrimaryKeyConstraint(*_key(table, key), name=f"pk_{table}"),
            ForeignKeyConstraint(
                ["tenant_id", "ground_digest"],
                ["scenario_grounds.tenant_id", "scenario_grounds.ground_digest"],
                name=f"fk_{table}_scenario_grounds",
                deferrable=True,
                initially="DEFERRED",
            ),
        )


def _key(table: str, key: str) -> tuple[str, ...]:
    return ("tenant_id", "ground_digest", key) if table == "evaluations" else ("tenant_id", key)

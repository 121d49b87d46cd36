"""What a long-running operation has got done so far."""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, LargeBinary, PrimaryKeyConstraint, Text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "operation_parts",
        Column("tenant_id", _ID, nullable=False),
        Column("operation_id", _ID, nullable=False),
        Column("name", _ID, nullable=False),
        Column("document", LargeBinary, nullable=False),
        PrimaryKeyConstraint("tenant_id", "operation_id", "name", name="pk_operation_parts"),
        ForeignKeyConstraint(
            ["tenant_id", "operation_id"],
            ["operations.tenant_id", "operations.operation_id"],
            name="fk_operation_parts_operations",
            deferrable=True,
            initially="DEFERRED",
        ),
    )

"""Sites and resources that were changed at run time, and items that are not planned any more."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "resources",
        Column("tenant_id", _ID, nullable=False),
        Column("resource_id", _ID, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("document", Text, nullable=False),
        CheckConstraint("revision >= 1", name=op.f("ck_resources_revision")),
        PrimaryKeyConstraint("tenant_id", "resource_id", name="pk_resources"),
    )
    op.create_table(
        "unplanned",
        Column("tenant_id", _ID, nullable=False),
        Column("contract_id", _ID, nullable=False),
        Column("item_id", _ID, nullable=False),
        Column("document", Text, nullable=False),
        PrimaryKeyConstraint("tenant_id", "contract_id", "item_id", name="pk_unplanned"),
        ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contracts.tenant_id", "contracts.contract_id"],
            name="fk_unplanned_contracts",
            deferrable=True,
            initially="DEFERRED",
        ),
    )

"""Rounds of counter-offers."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "counter_offers",
        Column("tenant_id", _ID, nullable=False),
        Column("contract_id", _ID, nullable=False),
        Column("number", Integer, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("document", Text, nullable=False),
        PrimaryKeyConstraint("tenant_id", "contract_id", "number", name="pk_counter_offers"),
        ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contracts.tenant_id", "contracts.contract_id"],
            name="fk_counter_offers_contracts",
            deferrable=True,
            initially="DEFERRED",
        ),
    )

"""First tables. Revisions lead forward only: a released ledger is never stepped back."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    _create_contracts()
    _create_customers()
    _create_holds()
    _create_plan()
    _create_records()


def _create_contracts() -> None:
    _create(
        "contracts",
        _ids("contract_id"),
        Column("revision", Integer, nullable=False),
        *_ids("status", "customer_id"),
        key=("contract_id",),
    )
    _index("contracts", "customer", "customer_id")
    _index("contracts", "status", "status", "contract_id")
    _create(
        "contract_revisions",
        _ids("contract_id"),
        Column("revision", Integer, nullable=False),
        _json("document"),
        _of_contract("contract_revisions"),
        key=("contract_id", "revision"),
    )
    _create(
        "orders",
        _ids("order_id", "contract_id", "customer_id"),
        _json("document"),
        _of_contract("orders"),
        key=("order_id",),
    )
    _index("orders", "contract", "contract_id")


def _create_customers() -> None:
    _create("customer_keys", _ids("identity_key", "customer_id"), key=("identity_key",))
    _index("customer_keys", "customer", "customer_id")
    _create(
        "customer_aliases",
        _ids("customer_id", "merged_into"),
        _check("customer_aliases", "not_itself", "customer_id <> merged_into"),
        key=("customer_id",),
    )
    _index("customer_aliases", "merged_into", "merged_into")


def _create_holds() -> None:
    _create(
        "reservations",
        _ids("reservation_id", "contract_id", "state"),
        _number("expire_time"),
        _json("document"),
        _of_contract("reservations"),
        key=("reservation_id",),
    )
    _index("reservations", "state", "state", "expire_time")
    _index("reservations", "contract", "contract_id")
    _create(
        "stock",
        _ids("site_id", "sku_id"),
        *(_number(name) for name in ("on_hand", "reserved", "shortage")),
        *(_check("stock", name, f"{name} >= 0") for name in ("on_hand", "reserved", "shortage")),
        _check("stock", "not_oversold", "reserved - shortage <= on_hand"),
        key=("site_id", "sku_id"),
    )
    _create(
        "capacity",
        _ids("kind", "owner_id"),
        *(_number(name) for name in ("bucket_start", "capacity", "used")),
        _check("capacity", "used", "used >= 0"),
        _check("capacity", "not_overbooked", "used <= capacity"),
        key=("kind", "owner_id", "bucket_start"),
    )


def _create_plan() -> None:
    _create(
        "routes",
        _ids("resource_id"),
        Column("version", Integer, nullable=False),
        _json("document"),
        _check("routes", "version", "version >= 1"),
        key=("resource_id",),
    )
    _create(
        "assignments",
        _ids("contract_id", "item_id"),
        _json("document"),
        _of_contract("assignments"),
        key=("contract_id", "item_id"),
    )


def _create_records() -> None:
    _create(
        "events",
        (_number("seq"), *_ids("event_type", "contract_id"), _number("time")),
        _json("payload"),
        key=("seq",),
    )
    _index("events", "contract", "contract_id", "seq")
    _create("event_counters", (_number("last_seq"),), key=())
    _create(
        "requests",
        _ids("request_id", "method", "fingerprint"),
        _json("response"),
        _number("time"),
        key=("request_id",),
    )
    _create(
        "operations",
        _ids("operation_id", "kind", "state"),
        _json("metadata"),
        Column("result", Text, nullable=True),
        Column("error", Text, nullable=True),
        key=("operation_id",),
    )
    _create("meta", _ids("name"), Column("value", Text, nullable=False), key=("name",))


def _create(name: str, first: tuple[SchemaItem, ...], *rest: SchemaItem, key: tuple[str, ...]) -> None:
    primary = PrimaryKeyConstraint("tenant_id", *key, name=f"pk_{name}")
    op.create_table(name, *_ids("tenant_id"), *first, *rest, primary)


def _index(table: str, name: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{name}", table, ["tenant_id", *columns])


def _ids(*names: str) -> tuple[SchemaItem, ...]:
    return tuple(Column(name, _ID, nullable=False) for name in names)


def _number(name: str) -> SchemaItem:
    return Column(name, BigInteger, nullable=False)


def _json(name: str) -> SchemaItem:
    return Column(name, Text, nullable=False)


def _check(table: str, name: str, rule: str) -> SchemaItem:
    return CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _of_contract(table: str) -> SchemaItem:
    here, there = ["tenant_id", "contract_id"], ["contracts.tenant_id", "contracts.contract_id"]
    return ForeignKeyConstraint(here, there, name=f"fk_{table}_contracts", deferrable=True, initially="DEFERRED")

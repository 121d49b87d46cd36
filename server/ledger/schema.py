"""The tables of the ledger.

`tenant_id` leads every primary key. Times are integer microseconds since the epoch. A
document is a model as JSON; the columns beside it are what is searched, sorted or counted,
and where a column and the document could differ (`reservations.state`) the column is right.

Foreign keys are checked at commit, so that a transaction may write in any order.

A change here needs a revision in `migrations/versions`; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# Sorted by code point as Python and SQLite do: pages then have the same order on every database.
ID = Text().with_variant(Text(collation="C"), "postgresql")
MICROSECONDS = BigInteger()
AMOUNT = BigInteger()
JSON_TEXT = Text()


def _of_contract() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "contract_id"],
        ["contracts.tenant_id", "contracts.contract_id"],
        deferrable=True,
        initially="DEFERRED",
    )


contracts = Table(
    "contracts",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("contract_id", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", ID, nullable=False),
    Column("customer_id", ID, nullable=False),
    PrimaryKeyConstraint("tenant_id", "contract_id"),
    Index("ix_contracts_customer", "tenant_id", "customer_id"),
    Index("ix_contracts_status", "tenant_id", "status", "contract_id"),
)
"""One row a contract: the revision that is in force, and what is searched by."""

contract_revisions = Table(
    "contract_revisions",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("contract_id", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "contract_id", "revision"),
    _of_contract(),
)
"""Every revision of every contract; rows are added and never changed."""

orders = Table(
    "orders",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("order_id", ID, nullable=False),
    Column("contract_id", ID, nullable=False),
    Column("customer_id", ID, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "order_id"),
    _of_contract(),
    Index("ix_orders_contract", "tenant_id", "contract_id"),
)
"""Orders as the channels sent them, and the contract that each is in now.

`customer_id` is whom the order was taken for when it came, see `customer_aliases`."""

customer_keys = Table(
    "customer_keys",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("identity_key", ID, nullable=False),
    Column("customer_id", ID, nullable=False),
    PrimaryKeyConstraint("tenant_id", "identity_key"),
    Index("ix_customer_keys_customer", "tenant_id", "customer_id"),
)
"""Whose member id, phone or open id it is. Customers that share a key are one."""

customer_aliases = Table(
    "customer_aliases",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("customer_id", ID, nullable=False),
    Column("merged_into", ID, nullable=False),
    PrimaryKeyConstraint("tenant_id", "customer_id"),
    Index("ix_customer_aliases_merged_into", "tenant_id", "merged_into"),
    CheckConstraint("customer_id <> merged_into", name="not_itself"),
)
"""Customers that turned out to be another one. What was agreed under the old id keeps it."""

reservations = Table(
    "reservations",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("reservation_id", ID, nullable=False),
    Column("contract_id", ID, nullable=False),
    Column("state", ID, nullable=False),
    Column("expire_time", MICROSECONDS, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "reservation_id"),
    _of_contract(),
    Index("ix_reservations_state", "tenant_id", "state", "expire_time"),
    Index("ix_reservations_contract", "tenant_id", "contract_id"),
)
"""Holds. A row in state HELD counts as EXPIRED from its `expire_time` on, swept or not."""

counter_offers = Table(
    "counter_offers",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("contract_id", ID, nullable=False),
    Column("number", Integer, nullable=False),
    Column("time", MICROSECONDS, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "contract_id", "number"),
    _of_contract(),
)
"""Rounds of counter-offers: what was wished for, when and by whom, and what was answered, without tokens."""

stock = Table(
    "stock",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("site_id", ID, nullable=False),
    Column("sku_id", ID, nullable=False),
    Column("on_hand", AMOUNT, nullable=False),
    Column("reserved", AMOUNT, nullable=False),
    Column("shortage", AMOUNT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "site_id", "sku_id"),
    CheckConstraint("on_hand >= 0", name="on_hand"),
    CheckConstraint("reserved >= 0", name="reserved"),
    CheckConstraint("shortage >= 0", name="shortage"),
    CheckConstraint("reserved - shortage <= on_hand", name="not_oversold"),
)
"""Pieces of a SKU at a site. `shortage` is by how much a later count fell below what was reserved."""

capacity = Table(
    "capacity",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("kind", ID, nullable=False),
    Column("owner_id", ID, nullable=False),
    Column("bucket_start", MICROSECONDS, nullable=False),
    Column("capacity", AMOUNT, nullable=False),
    Column("used", AMOUNT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "kind", "owner_id", "bucket_start"),
    CheckConstraint("used >= 0", name="used"),
    CheckConstraint("used <= capacity", name="not_overbooked"),
)
"""Cells of picking, counters and carriers; a cell is there from its first use on."""

routes = Table(
    "routes",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("resource_id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "resource_id"),
    CheckConstraint("version >= 1", name="version"),
)
"""The route in force of every vehicle that ever had one."""

assignments = Table(
    "assignments",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("contract_id", ID, nullable=False),
    Column("item_id", ID, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "contract_id", "item_id"),
    _of_contract(),
)
"""Who does which item, held or confirmed."""

unplanned = Table(
    "unplanned",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("contract_id", ID, nullable=False),
    Column("item_id", ID, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "contract_id", "item_id"),
    _of_contract(),
)
"""Items that lost their place in the plan, each with the reasons; their promises are AT_RISK."""

resources = Table(
    "resources",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("resource_id", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "resource_id"),
    CheckConstraint("revision >= 1", name="revision"),
)
"""Sites and resources that were changed at run time; all others are as the world's files have them."""

events = Table(
    "events",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("event_type", ID, nullable=False),
    Column("contract_id", ID, nullable=False),
    Column("time", MICROSECONDS, nullable=False),
    Column("payload", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "seq"),
    Index("ix_events_contract", "tenant_id", "contract_id", "seq"),
)
"""The outbox: what happened, written in the transaction in which it happened."""

event_counters = Table(
    "event_counters",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id"),
)
"""The last `events.seq`. Its row is locked until commit, so numbers appear in order and without gaps."""

requests = Table(
    "requests",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("request_id", ID, nullable=False),
    Column("method", ID, nullable=False),
    Column("fingerprint", ID, nullable=False),
    Column("response", JSON_TEXT, nullable=False),
    Column("time", MICROSECONDS, nullable=False),
    PrimaryKeyConstraint("tenant_id", "request_id"),
)
"""Answers given, so that a repeated request is answered the same and done once."""

operations = Table(
    "operations",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("operation_id", ID, nullable=False),
    Column("kind", ID, nullable=False),
    Column("state", ID, nullable=False),
    Column("metadata", JSON_TEXT, nullable=False),
    Column("result", JSON_TEXT, nullable=True),
    Column("error", JSON_TEXT, nullable=True),
    PrimaryKeyConstraint("tenant_id", "operation_id"),
)
"""Long-running operations and how they ended."""

operation_parts = Table(
    "operation_parts",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("operation_id", ID, nullable=False),
    Column("name", ID, nullable=False),
    Column("document", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant_id", "operation_id", "name"),
    ForeignKeyConstraint(
        ["tenant_id", "operation_id"],
        ["operations.tenant_id", "operations.operation_id"],
        deferrable=True,
        initially="DEFERRED",
    ),
)
"""What an operation has got done so far, and what is kept beside its result; JSON, packed by zlib."""

scenario_grounds = Table(
    "scenario_grounds",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("ground_digest", ID, nullable=False),
    Column("document", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant_id", "ground_digest"),
)
"""What scenarios stand on, with the snapshot if it is one; JSON, packed by zlib."""


def _on_ground() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "ground_digest"],
        ["scenario_grounds.tenant_id", "scenario_grounds.ground_digest"],
        deferrable=True,
        initially="DEFERRED",
    )


scenarios = Table(
    "scenarios",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("scenario_id", ID, nullable=False),
    Column("ground_digest", ID, nullable=False),
    Column("document", JSON_TEXT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "scenario_id"),
    _on_ground(),
)
"""What-ifs; a row is added and never changed."""

evaluations = Table(
    "evaluations",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("digest", ID, nullable=False),
    Column("ground_digest", ID, nullable=False),
    Column("document", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant_id", "ground_digest", "digest"),
    _on_ground(),
)
"""What plans of scenarios and of their bases came to, by what was planned; JSON, packed by zlib."""

meta = Table(
    "meta",
    metadata,
    Column("tenant_id", ID, nullable=False),
    Column("name", ID, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "name"),
)
"""Single facts about a tenant's ledger, such as the fingerprint of its world."""

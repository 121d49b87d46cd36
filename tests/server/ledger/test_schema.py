from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from server.ledger import Ledger
from server.ledger.schema import metadata


@pytest.fixture
def migrated(url: str) -> Iterator[Engine]:
    Ledger.open(url, tenant_id="tenant-1").close()
    engine = create_engine(url)
    yield engine
    engine.dispose()


def test_the_migrations_lead_to_the_tables_of_the_schema(migrated: Engine) -> None:
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_migrations_lead_to_the_rules_and_keys_of_the_schema(migrated: Engine) -> None:
    by_migration = _reflected(migrated)
    metadata.drop_all(migrated)
    metadata.create_all(migrated)
    assert by_migration == _reflected(migrated)
    assert "reserved - shortage" in str(by_migration["stock"])


def _reflected(engine: Engine) -> dict[str, list[str]]:
    """All that the database knows of a table; Alembic compares no collations and no checks."""
    with engine.connect() as connection:
        seen = inspect(connection)
        looks = (seen.get_columns, seen.get_check_constraints, seen.get_foreign_keys, seen.get_indexes)
        return {
            table: [str(seen.get_pk_constraint(table)), *sorted(str(part) for look in looks for part in look(table))]
            for table in sorted(metadata.tables)
        }


def test_the_tenant_leads_every_primary_key() -> None:
    assert {table.name: table.primary_key.columns.keys()[0] for table in metadata.tables.values()} == dict.fromkeys(
        metadata.tables, "tenant_id"
    )


def test_ids_are_sorted_by_code_point_whatever_the_language_of_the_database() -> None:
    keys = [column for table in metadata.tables.values() for column in table.primary_key if column.name != "seq"]
    engine = create_engine("postgresql+psycopg://")  # never connects
    texts = [column.type.compile(engine.dialect) for column in keys if column.type.python_type is str]
    assert len(texts) > 20
    assert set(texts) == {'TEXT COLLATE "C"'}


def test_a_ledger_that_is_up_to_date_is_left_as_it_is(url: str) -> None:
    with Ledger.open(url, tenant_id="tenant-1") as first, first.transaction() as tx:
        tx.set_meta("world", "shanghai")
    with Ledger.open(url, tenant_id="tenant-1") as second, second.transaction() as tx:
        assert tx.meta("world") == "shanghai"

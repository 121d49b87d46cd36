"""What an operation has got done so far, on SQLite and on a real PostgreSQL."""

import pytest

from server.ledger import Ledger, StoredOperation
from tests.server.ledger.conftest import OpenLedger

NIGHT = StoredOperation("night", "replan", "SEARCHING", "{}")


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    ledger = open_ledger()
    with ledger.transaction() as tx:
        tx.put_operation(NIGHT)
    return ledger


def test_a_part_is_read_as_it_was_last_put(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        assert tx.part("night", "sources") is None
        tx.put_part("night", "sources", "{}")
        tx.put_part("night", "sources", '{"plan": "黄浦"}')
    with ledger.transaction() as tx:
        assert tx.part("night", "sources") == '{"plan": "黄浦"}'


def test_parts_are_found_by_the_beginning_of_their_names(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        for name in ("region/b", "region/a", "regions", "price/x", "sources"):
            tx.put_part("night", name, name)
        assert tx.parts("night", prefix="region/") == {"region/a": "region/a", "region/b": "region/b"}


def test_parts_belong_to_one_operation_of_one_tenant(ledger: Ledger, open_ledger: OpenLedger) -> None:
    other = open_ledger(tenant_id="tenant-2")
    with other.transaction() as tx:
        tx.put_operation(NIGHT)
        tx.put_part("night", "sources", "theirs")
    with ledger.transaction() as tx:
        tx.put_operation(StoredOperation("day", "replan", "SEARCHING", "{}"))
        tx.put_part("night", "sources", "ours")
        tx.put_part("day", "sources", "of another one")
        tx.remove_parts("night")
        assert tx.part("night", "sources") is None
        assert tx.part("day", "sources") == "of another one"
    with other.transaction() as tx:
        assert tx.part("night", "sources") == "theirs"

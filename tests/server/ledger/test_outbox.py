import pytest

from server.ledger import Ledger, StoredEvent, Transaction
from tests.server.ledger.builders import MICROSECOND, NOW
from tests.server.ledger.conftest import OpenLedger


def _emit(ledger: Ledger, *contract_ids: str) -> None:
    with ledger.transaction() as tx:
        for contract_id in contract_ids:
            tx.emit("CONTRACT_QUOTED", contract_id, time=NOW + MICROSECOND, payload={"channel": "直播"})


def _emit_and_fail(tx: Transaction) -> None:
    tx.emit("CONTRACT_QUOTED", "contract-3", time=NOW, payload={})
    tx.write_events()
    raise RuntimeError


def _seqs(ledger: Ledger, seq: int = 0, contract_ids: tuple[str, ...] = (), *, limit: int = 99) -> list[int]:
    with ledger.transaction() as tx:
        return [event.seq for event in tx.events_after(seq, contract_ids, limit=limit)]


def test_an_event_comes_back_as_it_was_told(ledger: Ledger) -> None:
    _emit(ledger, "contract-1")
    with ledger.transaction() as tx:
        assert tx.events_after(0, limit=9) == (
            StoredEvent(1, "CONTRACT_QUOTED", "contract-1", NOW + MICROSECOND, {"channel": "直播"}),
        )


def test_events_are_numbered_without_gaps_in_the_order_of_commits(ledger: Ledger) -> None:
    _emit(ledger, "contract-1", "contract-2")
    with pytest.raises(RuntimeError), ledger.transaction() as tx:
        _emit_and_fail(tx)
    _emit(ledger, "contract-4")
    assert _seqs(ledger) == [1, 2, 3]


def test_a_reader_goes_on_from_where_it_was(ledger: Ledger) -> None:
    _emit(ledger, "contract-1", "contract-2", "contract-1")
    assert _seqs(ledger, 0, limit=2) == [1, 2]
    assert _seqs(ledger, 2, limit=2) == [3]
    assert _seqs(ledger, 3) == []


def test_a_reader_may_follow_some_contracts_only(ledger: Ledger) -> None:
    _emit(ledger, "contract-1", "contract-2", "contract-3", "contract-1")
    assert _seqs(ledger, 1, ("contract-1", "contract-3")) == [3, 4]


def test_every_tenant_has_its_own_numbers(open_ledger: OpenLedger) -> None:
    ours, theirs = open_ledger(tenant_id="tenant-1"), open_ledger(tenant_id="tenant-2")
    _emit(ours, "contract-1", "contract-2")
    _emit(theirs, "contract-1")
    assert (_seqs(ours), _seqs(theirs)) == ([1, 2], [1])

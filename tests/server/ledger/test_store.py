"""What holds for a transaction as a whole."""

import itertools
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from models.contract import ContractStatus
from models.issues import Conflict, IssueCode
from models.reservation import ReservationState
from server.ledger import Ledger, StoredOperation, Transaction
from tests.server.ledger.builders import (
    NOW,
    a_contract,
    a_reservation,
    a_route,
    a_stock_row,
    a_use,
    an_assignment,
    an_order,
    at,
)
from tests.server.ledger.conftest import OpenLedger


def _everything(tx: Transaction, *, now: datetime = NOW) -> dict[str, object]:
    """All that a tenant can read."""
    return {
        "orders": (tx.order("order-1"), tx.contract_id_of_order("order-1")),
        "customers": (tx.customers_by_key(["member:m-1", "member:m-2"]), tx.ids_of_customer("customer-1")),
        "contracts": (tx.list_contracts(limit=99), tx.contract_revisions("contract-1")),
        "contracts of the customer": tx.contracts_of_customer("customer-1"),
        "reservations": (tx.live_reservations(now), tx.overdue_reservations(now), tx.reservation("reservation-1")),
        "stock": (tx.stock(), tx.reserved(), tx.shortages()),
        "capacity": tx.used_capacity(),
        "plan": (tx.routes(), tx.assignments()),
        "events": tx.events_after(0, limit=99),
        "request": tx.recall("request-1", "Hold", fingerprint="abc"),
        "operations": tx.operations(limit=99),
        "meta": tx.meta("world"),
    }


NUM_STATEMENTS_OF_A_HOLD = 14


def _hold(tx: Transaction) -> None:
    tx.take_stock([("site-1", "milk", 2)])
    tx.take_capacity([a_use(60)], lambda _: 900)
    tx.publish_route(a_route(2))
    tx.put_reservation(a_reservation())
    tx.put_assignments([an_assignment()])
    tx.put_contract(a_contract(revision=2, status=ContractStatus.QUOTED))
    tx.emit("CONTRACT_HELD", "contract-1", time=NOW, payload={"reservation_id": "reservation-1"})
    tx.remember("request-1", "Hold", fingerprint="abc", response="{}", time=NOW)


def _fill(tx: Transaction) -> None:
    tx.set_stock([a_stock_row(10)])
    tx.bind_keys(["member:m-1"], "customer-1")
    tx.bind_keys(["member:m-2"], "customer-2")
    tx.merge_customers("customer-1", ["customer-2"])
    tx.add_order(an_order(), "contract-1", customer_id="customer-1")
    tx.put_contract(a_contract())
    tx.publish_route(a_route(1))
    tx.put_operation(StoredOperation("operation-1", "Replan", "RUNNING", "{}"))
    tx.set_meta("world", "shanghai")


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    with ledger.transaction() as tx:
        _fill(tx)
    return ledger


@pytest.mark.parametrize("fails_at", range(1, NUM_STATEMENTS_OF_A_HOLD + 1))
def test_a_hold_that_fails_at_any_statement_leaves_nothing(filled: Ledger, fails_at: int) -> None:
    with filled.transaction() as tx:
        before = _everything(tx)
    with pytest.raises(RuntimeError, match="the power is gone"):
        _hold_that_fails(filled, fails_at)
    with filled.transaction() as tx:
        assert _everything(tx) == before
        _hold(tx)


def _hold_that_fails(ledger: Ledger, fails_at: int) -> None:
    """A hold in which the power goes, so to speak, after so many statements."""
    numbers = itertools.count(1)

    def count(*_: object) -> None:
        if next(numbers) == fails_at:
            raise RuntimeError("the power is gone")

    with ledger.transaction() as tx:
        event.listen(tx.connection, "after_cursor_execute", count)
        _hold(tx)


def test_a_restart_gives_the_same_state(filled: Ledger, open_ledger: OpenLedger) -> None:
    with filled.transaction() as tx:
        _hold(tx)
    with filled.transaction() as tx:
        before = _everything(tx)
    filled.close()
    with open_ledger().transaction() as tx:
        assert _everything(tx) == before
        assert len(before["reservations"][0]) == 1  # type: ignore[index]
        assert tx.settle_reservation("reservation-1", ReservationState.CONFIRMED, now=at(1))


def test_a_tenant_sees_and_touches_nothing_of_another(filled: Ledger, open_ledger: OpenLedger) -> None:
    with filled.transaction() as tx:
        _hold(tx)
    with filled.transaction() as tx:
        ours = _everything(tx)
    other = open_ledger(tenant_id="tenant-2")
    with other.transaction() as tx:
        nothing = _everything(tx)
        assert not tx.settle_reservation("reservation-1", ReservationState.CONFIRMED, now=NOW)
        tx.remove_assignments([("contract-1", "item-1")])
        tx.merge_customers("customer-9", ["customer-1"])
        with pytest.raises(Conflict, match="2 wanted, 0 free"):
            tx.take_stock([("site-1", "milk", 2)])
        tx.set_stock([a_stock_row(0)])
        tx.take_capacity([a_use(900)], lambda _: 900)
        tx.publish_route(a_route(1))
        tx.put_contract(a_contract(tenant_id="tenant-2"))
    with filled.transaction() as tx:
        assert _everything(tx) == ours
    assert {name: part for name, part in nothing.items() if part} == {
        "orders": (None, None),
        "customers": ({}, ("customer-1",)),
        "contracts": ((), ()),
        "reservations": ((), (), None),
        "stock": ((), {}, {}),
        "plan": ((), ()),
    }


def test_what_belongs_to_no_contract_is_not_kept(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError), ledger.transaction() as tx:
        tx.add_order(an_order(), "contract-9", customer_id="customer-1")
    with ledger.transaction() as tx:
        assert tx.order("order-1") is None


def test_a_file_that_another_process_keeps_writing_to_is_busy(sqlite_path: Path) -> None:
    with Ledger.open(f"sqlite:///{sqlite_path}?timeout=0.05", tenant_id="tenant-1") as ledger:
        other = sqlite3.connect(sqlite_path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Conflict) as caught, ledger.transaction():
            pass
        other.close()
        assert [issue.code for issue in caught.value.issues] == [IssueCode.LEDGER_BUSY]
        assert caught.value.issues[0].message == (
            "a transaction must have the rows it needs to itself, and another one has them (database is locked)"
        )
        with ledger.transaction() as tx:
            tx.set_meta("world", "free again")

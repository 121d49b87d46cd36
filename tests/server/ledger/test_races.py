"""Many at once, on connections of their own, after the same few things."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice

import pytest

from models.contract import ContractStatus
from models.issues import Conflict, IssueCode
from models.plan import CapacityKind
from models.reservation import ReservationState
from server.ledger import Ledger
from tests.server.ledger.builders import NOW, a_contract, a_reservation, a_route, a_stock_row, a_use
from tests.server.ledger.conftest import OpenLedger

NUM_THREADS = 16


@pytest.fixture
def ledgers(open_ledger: OpenLedger) -> list[Ledger]:
    """The same database opened four times, as by four servers."""
    return [open_ledger() for _ in range(4)]


def _all_at_once(ledgers: list[Ledger], attempt: Callable[[Ledger, int], None]) -> list[IssueCode | None]:
    """How each of the threads fared: None or the code of its conflict."""
    ready = threading.Barrier(NUM_THREADS)

    def run(ledger: Ledger, number: int) -> IssueCode | None:
        ready.wait(timeout=30)
        try:
            attempt(ledger, number)
        except Conflict as conflict:
            return conflict.issues[0].code
        return None

    with ThreadPoolExecutor(NUM_THREADS) as pool:
        return list(pool.map(run, islice(cycle(ledgers), NUM_THREADS), range(NUM_THREADS)))


def test_the_last_units_are_sold_once_each(ledgers: list[Ledger]) -> None:
    with ledgers[0].transaction() as tx:
        tx.set_stock([a_stock_row(20, sku_id=sku_id) for sku_id in ("cake", "milk", "tea")])

    def take_five_times(ledger: Ledger, number: int) -> None:
        wanted = [("site-1", sku_id, 1) for sku_id in ("cake", "milk", "tea")]
        for turn in range(5):
            with ledger.transaction() as tx:
                tx.take_stock(wanted[:: (-1) ** number])
                tx.take_capacity([a_use(2)], lambda _: 36)
                tx.emit("TAKEN", f"contract-{number}-{turn}", time=NOW, payload={})

    outcomes = _all_at_once(ledgers, take_five_times)
    with ledgers[0].transaction() as tx:
        assert tx.used_capacity() == {(CapacityKind.PICKING, "site-1", NOW): 36}
        assert tx.reserved() == {("site-1", sku_id): 18 for sku_id in ("cake", "milk", "tea")}
        assert [event.seq for event in tx.events_after(0, limit=99)] == list(range(1, 19))
    assert set(outcomes) <= {None, IssueCode.CAPACITY_TAKEN}
    assert outcomes.count(IssueCode.CAPACITY_TAKEN) >= NUM_THREADS - 18 // 5


def test_nothing_is_oversold_by_counts_between_holds(ledgers: list[Ledger]) -> None:
    with ledgers[0].transaction() as tx:
        tx.set_stock([a_stock_row(8)])

    def count_or_take(ledger: Ledger, number: int) -> None:
        for turn in range(4):
            with ledger.transaction() as tx:
                if number % 4:
                    tx.take_stock([("site-1", "milk", 1)])
                else:
                    tx.set_stock([a_stock_row((number + turn) % 6)])

    _all_at_once(ledgers, count_or_take)
    with ledgers[0].transaction() as tx:
        (level,) = tx.stock_levels(limit=9)
        assert level.reserved <= 8
        assert level.shortage == max(0, level.reserved - level.on_hand)
        assert level.free == max(0, level.on_hand - level.reserved)


def test_stock_that_goes_to_and_fro_is_never_lost_or_made(ledgers: list[Ledger]) -> None:
    with ledgers[0].transaction() as tx:
        tx.set_stock([a_stock_row(3)])

    def take_and_give_back(ledger: Ledger, _: int) -> None:
        for _ in range(3):
            with ledger.transaction() as tx:
                tx.take_stock([("site-1", "milk", 1)])
            with ledger.transaction() as tx:
                tx.give_stock_back([("site-1", "milk", 1)])

    _all_at_once(ledgers, take_and_give_back)
    with ledgers[0].transaction() as tx:
        assert tx.reserved() == {}


def test_one_of_many_publishes_the_next_version_of_a_route(ledgers: list[Ledger]) -> None:
    def publish(version: int, ledger: Ledger, _: int) -> None:
        with ledger.transaction() as tx:
            tx.publish_route(a_route(version))

    for version in (1, 2):
        outcomes = Counter(_all_at_once(ledgers, partial(publish, version)))
        assert outcomes == {None: 1, IssueCode.ROUTE_OUTDATED: 15}


def test_one_of_many_writes_the_next_revision_of_a_contract(ledgers: list[Ledger]) -> None:
    with ledgers[0].transaction() as tx:
        tx.put_contract(a_contract())

    def write(ledger: Ledger, number: int) -> None:
        with ledger.transaction() as tx:
            tx.put_contract(a_contract(revision=2, customer_id=f"customer-{number}"))

    outcomes = _all_at_once(ledgers, write)
    assert Counter(outcomes) == {None: 1, IssueCode.CONTRACT_OUTDATED: 15}
    with ledgers[0].transaction() as tx:
        assert tx.contract_revisions("contract-1")[1].customer_id == f"customer-{outcomes.index(None)}"


def test_a_hold_is_confirmed_or_released_but_never_both(ledgers: list[Ledger]) -> None:
    with ledgers[0].transaction() as tx:
        tx.put_contract(a_contract(status=ContractStatus.QUOTED))
        tx.put_reservation(a_reservation())
    won: list[ReservationState] = []

    def settle(ledger: Ledger, number: int) -> None:
        state = (ReservationState.CONFIRMED, ReservationState.RELEASED)[number % 2]
        with ledger.transaction() as tx:
            if tx.settle_reservation("reservation-1", state, now=NOW):
                won.append(state)

    _all_at_once(ledgers, settle)
    with ledgers[0].transaction() as tx:
        assert [tx.reservation("reservation-1")] == [a_reservation(state=state) for state in won]


def test_a_request_that_comes_many_times_at_once_is_done_once(ledgers: list[Ledger]) -> None:
    with ledgers[0].transaction() as tx:
        tx.set_stock([a_stock_row(16)])

    def hold(ledger: Ledger, _: int) -> None:
        with ledger.transaction() as tx:
            if tx.recall("request-1", "Hold", fingerprint="abc") is None:
                tx.take_stock([("site-1", "milk", 1)])
                tx.remember("request-1", "Hold", fingerprint="abc", response="{}", time=NOW)

    assert set(_all_at_once(ledgers, hold)) <= {None, IssueCode.LEDGER_BUSY}
    with ledgers[0].transaction() as tx:
        assert tx.reserved() == {("site-1", "milk"): 1}


def test_two_that_wait_for_each_other_are_told_to_try_again(open_ledger: OpenLedger, url: str) -> None:
    """Routes published in opposite orders: PostgreSQL breaks one off; SQLite lets nobody wait inside."""
    with open_ledger().transaction() as tx:
        for resource_id in ("rider-1", "rider-2"):
            tx.publish_route(a_route(1, resource_id=resource_id))
    meeting = threading.Barrier(2)

    def publish_both(ledger: Ledger, order: tuple[str, str]) -> IssueCode | None:
        try:
            with ledger.transaction() as tx:
                tx.publish_route(a_route(2, resource_id=order[0]))
                if url.startswith("postgresql"):
                    meeting.wait(timeout=10)
                tx.publish_route(a_route(2, resource_id=order[1]))
        except Conflict as conflict:
            return conflict.issues[0].code
        return None

    both = [("rider-1", "rider-2"), ("rider-2", "rider-1")]
    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(publish_both, [open_ledger(), open_ledger()], both))
    lost = IssueCode.LEDGER_BUSY if url.startswith("postgresql") else IssueCode.ROUTE_OUTDATED
    assert outcomes == {None, lost}

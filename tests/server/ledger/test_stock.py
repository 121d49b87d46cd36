from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.issues import Conflict, Issue, IssueCode, StateError
from server.ledger import Ledger
from tests.server.ledger.builders import a_stock_row


@pytest.fixture
def stocked(ledger: Ledger) -> Ledger:
    """Ten pieces of milk and two cakes at site-1."""
    with ledger.transaction() as tx:
        tx.set_stock([a_stock_row(10, sku_id="milk"), a_stock_row(2, sku_id="cake")])
    return ledger


def _lack(site_id: str, sku_id: str, *, wanted: int, free: int) -> Issue:
    return Issue(
        code=IssueCode.CAPACITY_TAKEN,
        path=f"stock.{site_id}.{sku_id}",
        message=f"pieces of {sku_id} at {site_id}: {wanted} wanted, {free} free",
        hint="quote the contract again",
    )


def test_what_is_taken_is_reserved_and_stays_on_hand(stocked: Ledger) -> None:
    with stocked.transaction() as tx:
        tx.take_stock([("site-1", "milk", 3)])
        assert tx.reserved() == {("site-1", "milk"): 3}
        assert tx.stock() == (a_stock_row(2, sku_id="cake"), a_stock_row(10, sku_id="milk"))


def test_the_last_piece_can_be_taken_and_no_more(stocked: Ledger) -> None:
    with stocked.transaction() as tx:
        tx.take_stock([("site-1", "cake", 2)])
    with pytest.raises(Conflict) as caught, stocked.transaction() as tx:
        tx.take_stock([("site-1", "cake", 1)])
    assert caught.value.issues == (_lack("site-1", "cake", wanted=1, free=0),)


def test_lines_of_the_same_goods_are_counted_together(stocked: Ledger) -> None:
    with pytest.raises(Conflict) as caught, stocked.transaction() as tx:
        tx.take_stock([("site-1", "cake", 1), ("site-1", "cake", 2)])
    assert caught.value.issues == (_lack("site-1", "cake", wanted=3, free=2),)


def test_all_rows_that_lack_are_reported_together(stocked: Ledger) -> None:
    with pytest.raises(Conflict) as caught, stocked.transaction() as tx:
        tx.take_stock([("site-2", "milk", 1), ("site-1", "milk", 11), ("site-1", "cake", 1), ("site-1", "tea", 5)])
    assert caught.value.issues == (
        _lack("site-1", "milk", wanted=11, free=10),
        _lack("site-1", "tea", wanted=5, free=0),
        _lack("site-2", "milk", wanted=1, free=0),
    )


def test_a_take_that_fails_takes_nothing_even_if_the_transaction_goes_on(stocked: Ledger) -> None:
    with stocked.transaction() as tx:
        with pytest.raises(Conflict):
            tx.take_stock([("site-1", "cake", 1), ("site-1", "milk", 11)])
        tx.take_stock([("site-1", "milk", 4)])
    with stocked.transaction() as tx:
        assert tx.reserved() == {("site-1", "milk"): 4}


def test_what_is_given_back_can_be_taken_again(stocked: Ledger) -> None:
    with stocked.transaction() as tx:
        tx.take_stock([("site-1", "cake", 2)])
        tx.give_stock_back([("site-1", "cake", 1), ("site-1", "cake", 1)])
        assert tx.reserved() == {}
        tx.take_stock([("site-1", "cake", 2)])


def test_no_more_is_given_back_than_was_taken(stocked: Ledger) -> None:
    with stocked.transaction() as tx:
        tx.take_stock([("site-1", "cake", 1)])
    message = "2 of cake given back at site-1 must be <= what is reserved"
    with pytest.raises(StateError, match=message), stocked.transaction() as tx:
        tx.give_stock_back([("site-1", "cake", 2)])
    with stocked.transaction() as tx:
        assert tx.reserved() == {("site-1", "cake"): 1}


def test_a_count_below_what_is_reserved_is_kept_as_a_shortage(stocked: Ledger) -> None:
    with stocked.transaction() as tx:
        tx.take_stock([("site-1", "milk", 8)])
        tx.set_stock([a_stock_row(5)])
        assert (tx.reserved(), tx.shortages()) == ({("site-1", "milk"): 8}, {("site-1", "milk"): 3})
    with pytest.raises(Conflict) as caught, stocked.transaction() as tx:
        tx.take_stock([("site-1", "milk", 1)])
    assert caught.value.issues == (_lack("site-1", "milk", wanted=1, free=0),)


def test_a_shortage_shrinks_with_what_is_given_back_and_with_a_better_count(stocked: Ledger) -> None:
    with stocked.transaction() as tx:
        tx.take_stock([("site-1", "milk", 8)])
        tx.set_stock([a_stock_row(5)])
        tx.give_stock_back([("site-1", "milk", 2)])
        assert tx.shortages() == {("site-1", "milk"): 1}
        tx.set_stock([a_stock_row(7)])
        assert tx.shortages() == {}
        tx.take_stock([("site-1", "milk", 1)])
        assert tx.reserved() == {("site-1", "milk"): 7}


@pytest.mark.parametrize("change", ["reserved = 3", "reserved = -1", "on_hand = -1", "shortage = -1"])
def test_the_database_itself_refuses_an_oversold_row(stocked: Ledger, change: str) -> None:
    with pytest.raises(IntegrityError), stocked.transaction() as tx:
        tx.connection.execute(text(f"UPDATE stock SET {change} WHERE sku_id = 'cake'"))


def test_what_arrives_makes_up_for_a_shortage_first(stocked: Ledger) -> None:
    with stocked.transaction() as tx:
        tx.take_stock([("site-1", "milk", 10)])
        tx.set_stock([a_stock_row(4, sku_id="milk")])
        tx.receive_stock([a_stock_row(5, sku_id="milk"), a_stock_row(1, sku_id="tea")])
        assert tx.shortages() == {("site-1", "milk"): 1}
        tx.receive_stock([a_stock_row(5, sku_id="milk")])
        levels = {
            each.sku_id: (each.on_hand, each.reserved, each.shortage, each.free) for each in tx.stock_levels(limit=9)
        }
    assert levels == {"cake": (2, 0, 0, 2), "milk": (14, 10, 0, 4), "tea": (1, 0, 0, 1)}


def test_stock_is_listed_from_a_row_on_for_a_site_and_some_goods(stocked: Ledger) -> None:
    def listed(**asked: Any) -> list[tuple[str, str]]:
        with stocked.transaction() as tx:
            return [(each.site_id, each.sku_id) for each in tx.stock_levels(**asked)]

    with stocked.transaction() as tx:
        tx.set_stock([a_stock_row(1, site_id="site-2")])
    assert listed(limit=2) == [("site-1", "cake"), ("site-1", "milk")]
    assert listed(after=("site-1", "cake"), limit=9) == [("site-1", "milk"), ("site-2", "milk")]
    assert listed(site_id="site-2", limit=9) == [("site-2", "milk")]
    assert listed(sku_ids=["cake"], limit=9) == [("site-1", "cake")]

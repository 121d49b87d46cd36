import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.issues import Conflict, Issue, IssueCode, StateError
from models.plan import CapacityKind, CapacityUse
from server.ledger import Ledger
from tests.server.ledger.builders import NOW, a_use, at


def ten(_: CapacityUse) -> int:
    return 10


def _lack(owner_id: str, *, wanted: int, free: int) -> Issue:
    return Issue(
        code=IssueCode.CAPACITY_TAKEN,
        path=f"capacity.PICKING.{owner_id}",
        message=f"PICKING of {owner_id} from 2026-03-02T07:00:00+00:00: {wanted} wanted, {free} free",
        hint="quote the contract again",
    )


def test_a_cell_is_there_from_its_first_use_on(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        assert tx.used_capacity() == {}
        tx.take_capacity([a_use(3), a_use(4), a_use(1, bucket_start=at(15))], ten)
    with ledger.transaction() as tx:
        assert tx.used_capacity() == {
            (CapacityKind.PICKING, "site-1", NOW): 7,
            (CapacityKind.PICKING, "site-1", at(15)): 1,
        }


def test_a_cell_can_be_filled_and_no_more(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.take_capacity([a_use(7)], ten)
        tx.take_capacity([a_use(3)], ten)
    with pytest.raises(Conflict) as caught, ledger.transaction() as tx:
        tx.take_capacity([a_use(1)], ten)
    assert caught.value.issues == (_lack("site-1", wanted=1, free=0),)


def test_all_cells_that_lack_are_reported_together_and_none_is_taken(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.take_capacity([a_use(9, owner_id="site-1")], ten)
        with pytest.raises(Conflict) as caught:
            tx.take_capacity([a_use(11, owner_id=each) for each in ("site-3", "site-2")], ten)
        assert caught.value.issues == (_lack("site-2", wanted=11, free=10), _lack("site-3", wanted=11, free=10))
        with pytest.raises(Conflict) as caught:
            tx.take_capacity([a_use(5, owner_id="site-0"), a_use(3, owner_id="site-1")], ten)
        assert caught.value.issues == (_lack("site-1", wanted=3, free=1),)
    with ledger.transaction() as tx:
        assert tx.used_capacity() == {(CapacityKind.PICKING, "site-1", NOW): 9}


def test_what_is_given_back_can_be_taken_again(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.take_capacity([a_use(10)], ten)
        tx.give_capacity_back([a_use(4), a_use(6)])
        assert tx.used_capacity() == {}
        tx.take_capacity([a_use(10)], ten)


@pytest.mark.parametrize("amount", [4, 11])
def test_no_more_is_given_back_than_was_taken(ledger: Ledger, amount: int) -> None:
    with ledger.transaction() as tx:
        tx.take_capacity([a_use(3)], ten)
        with pytest.raises(StateError, match=f"{amount} of PICKING of site-1 from .* must be <= what is used"):
            tx.give_capacity_back([a_use(amount)])
        assert tx.used_capacity() == {(CapacityKind.PICKING, "site-1", NOW): 3}


def test_a_cell_that_grew_holds_more(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.take_capacity([a_use(10)], ten)
        tx.take_capacity([a_use(5)], lambda _: 15)
        assert tx.used_capacity() == {(CapacityKind.PICKING, "site-1", NOW): 15}


def test_a_cell_that_shrank_keeps_what_is_in_use_and_takes_no_more(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.take_capacity([a_use(8)], ten)
    with pytest.raises(Conflict) as caught, ledger.transaction() as tx:
        tx.take_capacity([a_use(1)], lambda _: 5)
    assert caught.value.issues == (_lack("site-1", wanted=1, free=0),)


@pytest.mark.parametrize("change", ["used = 11", "used = -1"])
def test_the_database_itself_refuses_an_overbooked_cell(ledger: Ledger, change: str) -> None:
    with ledger.transaction() as tx:
        tx.take_capacity([a_use(3)], ten)
    with pytest.raises(IntegrityError), ledger.transaction() as tx:
        tx.connection.execute(text(f"UPDATE capacity SET {change}"))

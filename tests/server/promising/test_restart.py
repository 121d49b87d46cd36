"""The ledger is the truth: what is in memory is rebuilt from it."""

from datetime import timedelta

import pytest

from models.issues import Conflict, IssueCode
from models.promise import Mode
from models.reservation import ReservationState
from tests.server.promising.builders import EMPTY, MINUTE, Shop, a_world, an_order


def a_shop_in_the_middle(url: str) -> Shop:
    """Something agreed, something held, something quoted, something cancelled."""
    shop = Shop(url)
    shop.confirmed(an_order("o1", "LEEKS", member="m1"))
    shop.confirmed(an_order("o2", "LEEKS", member="m2", crossing=6), mode=Mode.PICKUP)
    shop.held(an_order("o3", "LEEKS", member="m3", crossing=5))
    shop.quoted(an_order("o4", "LEEKS", member="m4"))
    gone = shop.confirmed(an_order("o5", "LEEKS", member="m5"))
    shop.promising.cancel(gone.contract_id, request_id="gone")
    return shop


def test_a_restart_gives_the_same_state(url: str) -> None:
    shop = a_shop_in_the_middle(url)
    again = shop.restarted()
    assert again.promising.plan() == shop.promising.plan()
    assert again.promising.problem().contracts == shop.promising.problem().contracts
    assert again.promising.contracts(page_size=100) == shop.promising.contracts(page_size=100)
    assert again.promising.events(limit=100) == shop.promising.events(limit=100)
    assert again.promising.check() == ()


def test_after_a_restart_the_same_is_quoted(url: str) -> None:
    shop = a_shop_in_the_middle(url)
    contract = shop.submitted(an_order("o6", "LEEKS", member="m6", crossing=5))
    again = shop.restarted()
    before, after = shop.promising.quote(contract.contract_id), again.promising.quote(contract.contract_id)
    offered = [[(each.promises, each.cost, each.fee) for each in quote.options] for quote in (before, after)]
    assert offered[0] == offered[1]


def test_a_hold_can_be_confirmed_after_a_restart(url: str) -> None:
    held = Shop(url).held()
    again = Shop(url)
    assert again.promising.confirm(held.reservation_id, request_id="r").promises == held.option.promises
    assert again.promising.check() == ()


def test_an_option_can_be_held_after_a_restart(url: str) -> None:
    token = Shop(url).quoted().options[0].token
    assert Shop(url).promising.hold(token, request_id="r").state is ReservationState.HELD


def test_a_hold_that_ended_while_nobody_was_there_gives_everything_back(url: str) -> None:
    shop = Shop(url)
    held = shop.held()
    shop.later(30 * MINUTE)
    again = shop.restarted()
    assert again.promising.reservation(held.reservation_id).state is ReservationState.EXPIRED
    assert again.books() == EMPTY
    assert again.promising.events(limit=100)[-1].time == held.expire_time


def test_an_answer_is_remembered_over_a_restart(url: str) -> None:
    shop = Shop(url)
    first = shop.promising.submit([an_order()], request_id="r")
    assert shop.restarted().promising.submit([an_order()], request_id="r") == first


def test_stock_is_loaded_once(url: str) -> None:
    shop = Shop(url)
    with shop.ledger.transaction() as tx:
        tx.set_stock([row.model_copy(update={"on_hand": 1}) for row in tx.stock()])
    again = shop.restarted()
    assert {row.on_hand for row in again.promising.problem().stock} == {1}


def test_a_ledger_of_another_world_is_refused(url: str) -> None:
    Shop(url)
    with pytest.raises(Conflict) as caught:
        Shop(url, world=a_world(fingerprint="other"))
    (issue,) = caught.value.issues
    assert issue.code is IssueCode.WORLD_MISMATCH
    assert issue.message == (
        "fingerprint of Tiny (other) must be that of the world which the ledger was made for (tiny)"
    )


def test_two_tenants_of_one_database_do_not_see_each_other(url: str) -> None:
    one = Shop(url)
    one.confirmed(an_order("o1"))
    other = Shop(url, tenant_id="other")
    assert other.promising.plan().assignments == ()
    assert other.promising.contracts(page_size=10).contracts == ()
    assert other.event_types() == []
    assert other.confirmed(an_order("o1")).tenant_id == "other"


def test_time_between_two_seconds_is_no_problem(url: str) -> None:
    shop = Shop(url)
    shop.later(timedelta(microseconds=700_001))
    kept = shop.confirmed(an_order("o1", "LEEKS", member="m1"))
    for n, mode in enumerate([Mode.RIDER, Mode.PICKUP, Mode.RIDER]):
        shop.later(timedelta(seconds=7, microseconds=300_003))
        held = shop.held(an_order(f"x{n}", "LEEKS", member=f"x{n}", crossing=5), mode=mode)
        shop.later(timedelta(seconds=1, microseconds=900_001))
        shop.promising.release(held.reservation_id, request_id=f"release{n}")
        assert shop.promising.check() == ()
    shop.promising.cancel(kept.contract_id, request_id="cancel")
    assert shop.books() == EMPTY


def test_what_is_not_done_with_is_counted_and_a_restart_counts_the_same(url: str) -> None:
    shop = a_shop_in_the_middle(url)
    standing = shop.promising.standing()
    assert standing.model_dump(mode="json") == {
        "contracts": {"DRAFT": 0, "QUOTED": 2, "ACTIVE": 2},
        "promises": {"OPEN": 2, "AT_RISK": 0},
        "holds": 1,
    }
    assert shop.restarted().promising.standing() == standing

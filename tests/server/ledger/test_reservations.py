import pytest

from models.issues import Conflict, Issue, IssueCode
from models.reservation import ReservationState
from server.ledger import Ledger
from tests.server.ledger.builders import MICROSECOND, NOW, a_contract, a_reservation, at

HELD, CONFIRMED = ReservationState.HELD, ReservationState.CONFIRMED
RELEASED, EXPIRED = ReservationState.RELEASED, ReservationState.EXPIRED


@pytest.fixture
def held(ledger: Ledger) -> Ledger:
    """A ledger with one hold that expires at `at(2)`."""
    with ledger.transaction() as tx:
        tx.put_contract(a_contract())
        tx.put_reservation(a_reservation(expires_after_min=2))
    return ledger


def test_a_hold_is_live_until_the_microsecond_in_which_it_expires(held: Ledger) -> None:
    with held.transaction() as tx:
        assert tx.live_reservations(at(2) - MICROSECOND) == (a_reservation(),)
        assert tx.overdue_reservations(at(2) - MICROSECOND) == ()
        assert tx.live_reservations(at(2)) == ()
        assert tx.overdue_reservations(at(2)) == (a_reservation(),)


def test_a_hold_can_be_confirmed_until_the_microsecond_in_which_it_expires(held: Ledger) -> None:
    with held.transaction() as tx:
        assert not tx.settle_reservation("reservation-1", CONFIRMED, now=at(2))
        assert tx.settle_reservation("reservation-1", CONFIRMED, now=at(2) - MICROSECOND)


@pytest.mark.parametrize("state", [CONFIRMED, RELEASED])
def test_a_hold_is_settled_once(held: Ledger, state: ReservationState) -> None:
    with held.transaction() as tx:
        assert tx.settle_reservation("reservation-1", state, now=NOW)
    with held.transaction() as tx:
        assert not tx.settle_reservation("reservation-1", state, now=NOW)
        assert not tx.settle_reservation("reservation-1", EXPIRED, now=at(9))
        assert tx.reservation("reservation-1") == a_reservation(state=state)
        assert tx.overdue_reservations(at(9)) == ()


def test_only_a_hold_whose_time_is_over_expires(held: Ledger) -> None:
    with held.transaction() as tx:
        assert not tx.settle_reservation("reservation-1", EXPIRED, now=at(2) - MICROSECOND)
        assert tx.settle_reservation("reservation-1", EXPIRED, now=at(2))
        assert not tx.settle_reservation("reservation-1", RELEASED, now=at(2))
        assert tx.reservation("reservation-1") == a_reservation(state=EXPIRED)


def test_a_hold_that_is_overdue_is_not_released_but_expires(held: Ledger) -> None:
    with held.transaction() as tx:
        assert not tx.settle_reservation("reservation-1", RELEASED, now=at(2))


def test_what_was_confirmed_stays_live_and_is_released_on_demand_only(held: Ledger) -> None:
    with held.transaction() as tx:
        tx.settle_reservation("reservation-1", CONFIRMED, now=NOW)
        assert tx.live_reservations(at(9)) == (a_reservation(state=CONFIRMED),)
        assert not tx.settle_reservation("reservation-1", RELEASED, now=at(9))
        assert tx.settle_reservation("reservation-1", RELEASED, now=at(9), from_state=CONFIRMED)
        assert tx.live_reservations(at(9)) == ()


def test_reservations_of_a_contract_are_found_in_every_state(held: Ledger) -> None:
    with held.transaction() as tx:
        tx.settle_reservation("reservation-1", RELEASED, now=NOW)
        tx.put_contract(a_contract("contract-2"))
        for reservation_id, contract_id in (("reservation-2", "contract-1"), ("reservation-3", "contract-2")):
            tx.put_reservation(a_reservation(reservation_id, contract_id=contract_id))
        assert tx.reservations_of_contract("contract-1") == (
            a_reservation(state=RELEASED),
            a_reservation("reservation-2"),
        )


def test_a_reservation_id_is_used_once(held: Ledger) -> None:
    with pytest.raises(Conflict) as caught, held.transaction() as tx:
        tx.put_reservation(a_reservation())
    assert caught.value.issues == (
        Issue(
            code=IssueCode.ID_DUPLICATE,
            path="reservation_id",
            message="reservation_id (reservation-1) must be new, and there is a reservation with this id",
            hint="give every reservation an id of its own",
        ),
    )


def test_nobody_settles_a_reservation_that_is_not_there(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        assert not tx.settle_reservation("reservation-9", CONFIRMED, now=NOW)
        assert tx.reservation("reservation-9") is None

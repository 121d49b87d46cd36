import pytest

from models.issues import Conflict, Issue, IssueCode
from server.ledger import Ledger, Transaction
from tests.server.ledger.builders import NOW


@pytest.fixture
def answered(ledger: Ledger) -> Ledger:
    """A ledger in which request-1, a Hold of abc, was answered."""
    with ledger.transaction() as tx:
        assert tx.recall("request-1", "Hold", fingerprint="abc") is None
        tx.remember("request-1", "Hold", fingerprint="abc", response='{"reservation_id": "r-1"}', time=NOW)
    return ledger


def test_a_repeated_request_gets_the_answer_that_was_given(answered: Ledger) -> None:
    with answered.transaction() as tx:
        assert tx.recall("request-1", "Hold", fingerprint="abc") == '{"reservation_id": "r-1"}'
        assert tx.recall("request-2", "Hold", fingerprint="abc") is None


@pytest.mark.parametrize(("method", "fingerprint"), [("Confirm", "abc"), ("Hold", "xyz")])
def test_a_request_id_stands_for_one_request(answered: Ledger, method: str, fingerprint: str) -> None:
    with pytest.raises(Conflict) as caught, answered.transaction() as tx:
        tx.recall("request-1", method, fingerprint=fingerprint)
    assert caught.value.issues == (
        Issue(
            code=IssueCode.REQUEST_ID_REUSED,
            path="request_id",
            message="request_id (request-1) must stand for one request, "
            f"now ({method} {fingerprint}), before (Hold abc)",
            hint="use a new request_id for a new request",
        ),
    )


def _answer(tx: Transaction) -> None:
    tx.set_meta("world", "half-written")
    tx.remember("request-1", "Hold", fingerprint="abc", response="{}", time=NOW)


def _answer_and_fail(tx: Transaction) -> None:
    _answer(tx)
    raise RuntimeError


def test_a_request_that_failed_was_never_answered(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.transaction() as tx:
        _answer_and_fail(tx)
    with ledger.transaction() as tx:
        assert tx.recall("request-1", "Hold", fingerprint="abc") is None


def test_of_two_that_answer_the_same_request_the_second_gives_way(answered: Ledger) -> None:
    with pytest.raises(Conflict) as caught, answered.transaction() as tx:
        _answer(tx)
    assert caught.value.issues == (
        Issue(
            code=IssueCode.LEDGER_BUSY,
            path="request_id",
            message="request_id (request-1) must be answered once, and was answered while this call ran",
            hint="send the same request again to get its answer",
        ),
    )
    with answered.transaction() as tx:
        assert tx.meta("world") is None

"""Sites and resources that were changed at run time."""

import pytest

from models.issues import Conflict, IssueCode
from models.plan import ReasonCode, ReasonCount, Unplanned
from models.supply import ReportedPosition, ResourceStatus, StoredSupply
from server.ledger import Ledger
from tests.builders import a_place, a_rider, a_store
from tests.server.ledger.builders import NOW, a_contract


def a_supply(revision: int = 1, **changes: object) -> StoredSupply:
    return StoredSupply.model_validate({"rider": a_rider(), "revision": revision, **changes})


def test_each_revision_takes_the_place_of_the_one_before(ledger: Ledger) -> None:
    seen = ReportedPosition(place=a_place(4), time=NOW)
    broken = a_supply(2, status=ResourceStatus.OUT_OF_ORDER, position=seen, capacity_time=NOW)
    store = StoredSupply(site=a_store(), revision=1)
    with ledger.transaction() as tx:
        tx.put_supply(store)
        tx.put_supply(a_supply())
        tx.put_supply(broken)
    with ledger.transaction() as tx:
        assert tx.supplies() == (broken, store)


@pytest.mark.parametrize(("revision", "message"), [(1, "revision (0)"), (2, "revision (1)"), (4, "revision (3)")])
def test_only_the_next_revision_is_taken(ledger: Ledger, revision: int, message: str) -> None:
    with ledger.transaction() as tx:
        tx.put_supply(a_supply(1))
        tx.put_supply(a_supply(2))
    with pytest.raises(Conflict) as caught, ledger.transaction() as tx:
        tx.put_supply(a_supply(revision))
    (issue,) = caught.value.issues
    assert (issue.code, issue.message) == (
        IssueCode.RESOURCE_OUTDATED,
        f"{message} of R-1 must be the present one (2)",
    )


def test_items_that_lost_their_place_are_kept_until_they_are_found(ledger: Ledger) -> None:
    reason = ReasonCount(code=ReasonCode.NO_STOCK, count=1, total=1)
    lost = [Unplanned(contract_id="contract-1", item_id=item_id, reasons=(reason,)) for item_id in ("a", "b")]
    with ledger.transaction() as tx:
        tx.put_contract(a_contract())
        tx.put_unplanned(reversed(lost))
        assert tx.unplanned() == tuple(lost)
        tx.remove_unplanned([("contract-1", "a"), ("contract-1", "c")])
    with ledger.transaction() as tx:
        assert tx.unplanned() == (lost[1],)

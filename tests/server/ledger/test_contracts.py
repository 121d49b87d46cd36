import pytest

from models.contract import ContractStatus
from models.issues import Conflict, Issue, IssueCode, StateError
from server.ledger import Ledger
from tests.server.ledger.builders import a_contract


def test_every_revision_of_a_contract_is_kept(ledger: Ledger) -> None:
    draft, quoted = a_contract(), a_contract(revision=2, status=ContractStatus.QUOTED)
    with ledger.transaction() as tx:
        tx.put_contract(draft)
        tx.put_contract(quoted)
    with ledger.transaction() as tx:
        assert tx.contract("contract-1") == quoted
        assert tx.contract_revisions("contract-1") == (draft, quoted)


def test_a_contract_that_was_never_filed_is_none(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        assert tx.contract("contract-1") is None
        assert tx.contract_revisions("contract-1") == ()


@pytest.mark.parametrize(("stored", "revision"), [(0, 2), (1, 1), (1, 3), (2, 2), (2, 1)])
def test_a_revision_that_is_not_the_next_is_refused(ledger: Ledger, stored: int, revision: int) -> None:
    kept = tuple(a_contract(revision=number) for number in range(1, stored + 1))
    with ledger.transaction() as tx:
        for contract in kept:
            tx.put_contract(contract)
    with pytest.raises(Conflict) as caught, ledger.transaction() as tx:
        tx.put_contract(a_contract(revision=revision))
    assert caught.value.issues == (
        Issue(
            code=IssueCode.CONTRACT_OUTDATED,
            path="contract.revision",
            message=f"revision ({revision}) of contract-1 must be the stored revision ({stored}) + 1",
            hint="read the contract again and repeat the change on it",
        ),
    )
    with ledger.transaction() as tx:
        assert tx.contract_revisions("contract-1") == kept


def test_contracts_are_listed_by_status_a_page_at_a_time(ledger: Ledger) -> None:
    drafts = [a_contract(f"contract-{letter}") for letter in "aBc"]
    with ledger.transaction() as tx:
        for contract in (*drafts, a_contract("contract-b", status=ContractStatus.ACTIVE)):
            tx.put_contract(contract)
        first = tx.list_contracts([ContractStatus.DRAFT], limit=2)
        rest = tx.list_contracts([ContractStatus.DRAFT], after_id=first[-1].contract_id, limit=2)
        every = tx.list_contracts(limit=9)
    assert [each.contract_id for each in first] == ["contract-B", "contract-a"]
    assert [each.contract_id for each in rest] == ["contract-c"]
    assert [each.contract_id for each in every] == ["contract-B", "contract-a", "contract-b", "contract-c"]


def test_contracts_of_a_customer_are_found_by_status(ledger: Ledger) -> None:
    active = a_contract("contract-2", status=ContractStatus.ACTIVE)
    with ledger.transaction() as tx:
        for contract in (a_contract(), active, a_contract("contract-3", customer_id="customer-2")):
            tx.put_contract(contract)
        assert tx.contracts_of_customer("customer-1") == (a_contract(), active)
        assert tx.contracts_of_customer("customer-1", [ContractStatus.ACTIVE]) == (active,)
        assert tx.contracts_of_customer("customer-9") == ()


def test_a_contract_of_another_tenant_is_not_filed_under_ours(ledger: Ledger) -> None:
    message = r"tenant_id \(tenant-2\) must be the ledger's \(tenant-1\)"
    with pytest.raises(StateError, match=message), ledger.transaction() as tx:
        tx.put_contract(a_contract(tenant_id="tenant-2"))

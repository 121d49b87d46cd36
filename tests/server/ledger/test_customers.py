import pytest

from models.issues import Conflict, Issue, IssueCode
from server.ledger import Ledger
from tests.server.ledger.builders import a_contract


def test_a_key_leads_to_its_customer(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.bind_keys(["member:m-1", "phone:+86-1"], "customer-1")
        tx.bind_keys(["phone:+86-2"], "customer-2")
        assert tx.customers_by_key(["phone:+86-2", "member:m-1", "member:m-9"]) == {
            "member:m-1": "customer-1",
            "phone:+86-2": "customer-2",
        }


def test_a_key_may_be_bound_again_to_the_same_customer(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.bind_keys(["member:m-1"], "customer-1")
        tx.bind_keys(["member:m-1", "phone:+86-1"], "customer-1")
        assert tx.customers_by_key(["phone:+86-1"]) == {"phone:+86-1": "customer-1"}


def test_the_keys_of_a_customer_are_those_bound_to_it_now(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.bind_keys(["phone:+86-1", "member:m-1"], "customer-1")
        tx.bind_keys(["phone:+86-2"], "customer-2")
        assert tx.keys_of_customer("customer-1") == ("member:m-1", "phone:+86-1")
        tx.merge_customers("customer-1", ["customer-2"])
        assert tx.keys_of_customer("customer-1") == ("member:m-1", "phone:+86-1", "phone:+86-2")
        assert tx.keys_of_customer("customer-2") == ()
        assert tx.keys_of_customer("customer-9") == ()


def test_a_key_of_another_customer_is_refused_without_being_shown(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.bind_keys(["phone:+86-1"], "customer-1")
    with pytest.raises(Conflict) as caught, ledger.transaction() as tx:
        tx.bind_keys(["member:m-2", "phone:+86-1"], "customer-2")
    assert caught.value.issues == (
        Issue(
            code=IssueCode.IDENTITY_CONFLICT,
            path="identity",
            message="phone key to be bound to customer customer-2 must be free or its own, and is customer-1's",
            hint="merge the two customers or leave the key out",
        ),
    )
    with ledger.transaction() as tx:
        assert tx.customers_by_key(["member:m-2", "phone:+86-1"]) == {"phone:+86-1": "customer-1"}


def test_merged_customers_share_keys_and_contracts(ledger: Ledger) -> None:
    theirs, ours = a_contract("contract-1", customer_id="customer-2"), a_contract("contract-2")
    with ledger.transaction() as tx:
        tx.bind_keys(["phone:+86-2"], "customer-2")
        tx.put_contract(theirs)
        tx.put_contract(ours)
        tx.merge_customers("customer-1", ["customer-2"])
        assert tx.customers_by_key(["phone:+86-2"]) == {"phone:+86-2": "customer-1"}
        assert tx.contracts_of_customer("customer-1") == (theirs, ours)
        assert tx.contracts_of_customer("customer-2") == (theirs, ours)


def test_customers_merged_one_after_the_other_are_all_one(ledger: Ledger) -> None:
    with ledger.transaction() as tx:
        tx.bind_keys(["member:m-3"], "customer-3")
        tx.merge_customers("customer-2", ["customer-3"])
        tx.merge_customers("customer-1", ["customer-1", "customer-2"])
        assert tx.customers_by_key(["member:m-3"]) == {"member:m-3": "customer-1"}
        for any_of_them in ("customer-1", "customer-2", "customer-3"):
            assert tx.ids_of_customer(any_of_them) == ("customer-1", "customer-2", "customer-3")

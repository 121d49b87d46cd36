"""What can be looked up."""

import pytest

from models.contract import ContractStatus
from models.issues import InputError, IssueCode, NotFound
from server.ledger import StoredOperation
from tests.server.promising.builders import Shop, an_order


def test_contracts_come_in_pages(shop: Shop) -> None:
    wanted = [shop.submitted(an_order(f"o{n}", member=f"m{n}")).contract_id for n in range(5)]
    found, token = [], ""
    for size in (2, 2, 1):
        page = shop.promising.contracts(page_size=2, page_token=token)
        assert len(page.contracts) == size
        found += [contract.contract_id for contract in page.contracts]
        token = page.next_page_token
    assert token == ""
    assert found == sorted(wanted)


def test_a_page_that_ends_with_the_last_contract_says_so(shop: Shop) -> None:
    shop.submitted(an_order())
    assert shop.promising.contracts(page_size=1).next_page_token == ""


def test_contracts_can_be_listed_by_status(shop: Shop) -> None:
    shop.submitted(an_order("o1", member="m1"))
    quoted = shop.quoted(an_order("o2", member="m2"))
    page = shop.promising.contracts(statuses=[ContractStatus.QUOTED], page_size=10)
    assert [contract.contract_id for contract in page.contracts] == [quoted.contract_id]


@pytest.mark.parametrize("token", ["!", "a", "é", "AA=A", "gICA"])
def test_a_page_token_of_somebody_else_is_refused(shop: Shop, token: str) -> None:
    with pytest.raises(InputError) as caught:
        shop.promising.contracts(page_size=10, page_token=token)
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.PAGE_TOKEN_INVALID, "page_token")
    assert issue.message == f"page_token ({token}) must be the next_page_token of the page before"


@pytest.mark.parametrize("size", [-1, 0, 501])
def test_a_page_has_a_size(shop: Shop, size: int) -> None:
    with pytest.raises(InputError) as caught:
        shop.promising.contracts(page_size=size)
    assert caught.value.issues[0].message == f"page_size ({size}) must be in [1, 500]"


def test_events_are_read_on_from_a_cursor(shop: Shop) -> None:
    shop.confirmed()
    first, *others = shop.promising.events(limit=100)
    assert first.event_type == "order.joined"
    assert shop.promising.events(cursor=first.cursor, limit=100) == tuple(others)
    assert shop.promising.events(cursor=others[-1].cursor, limit=100) == ()
    assert len(shop.promising.events(limit=2)) == 2


def test_events_of_one_contract_can_be_read_alone(shop: Shop) -> None:
    shop.submitted(an_order("o1", member="m1"))
    wanted = shop.submitted(an_order("o2", member="m2")).contract_id
    (event,) = shop.promising.events(contract_ids=[wanted], limit=100)
    assert event.contract_id == wanted
    assert event.payload == {"order_id": "o2", "revision": "1", "reasons": "FIRST_ORDER"}
    assert event.time == shop.clock.now()


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "²", "9" * 19, "9" * 400])
def test_a_cursor_of_somebody_else_is_refused(shop: Shop, cursor: str) -> None:
    with pytest.raises(InputError) as caught:
        shop.promising.events(cursor=cursor, limit=10)
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.CURSOR_INVALID, "cursor")
    assert issue.message == f"cursor ({cursor[:40]}) must be that of an event that was read"


def test_operations_are_kept(shop: Shop) -> None:
    operation = StoredOperation("op1", "replan", "WAITING", "{}")
    shop.promising.remember_operation(operation)
    assert shop.promising.operation("op1") == operation
    assert shop.promising.operations(limit=10) == (operation,)
    with pytest.raises(NotFound) as caught:
        shop.promising.operation("op2")
    assert caught.value.issues[0].code is IssueCode.OPERATION_NOT_FOUND


def test_an_order_that_nobody_knows_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound) as caught:
        shop.promising.order("o9")
    assert caught.value.issues[0].code is IssueCode.ORDER_NOT_FOUND

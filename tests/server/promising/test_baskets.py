"""Baskets in parts, and their papers, from the order to the restart."""

from datetime import timedelta
from typing import Any

import pytest

from models.contract import Contract, ContractStatus
from models.document import DocumentKind, DocumentRule
from models.issues import Conflict, IssueCode
from models.option import SlaOption
from models.order import Method
from models.promise import Mode
from server.promising.books import Change
from server.promising.papers import reissue
from tests.builders import a_catalogue, a_policy
from tests.server.promising.builders import EMPTY, Shop, a_site_stock, a_world, an_order

REPORT = DocumentRule(kind=DocumentKind.INSPECTION_REPORT, category="food")
SCATTERED = (*a_site_stock("STORE", RICE=2), *a_site_stock("DEPOT", BOOK=2))


def a_shop(url: str, **policy: Any) -> Shop:
    """A store with rice and a depot with books; every source of food reports."""
    rules = {"max_split": 2, "documents": (REPORT,), **policy}
    return Shop(url, world=a_world(catalogue=a_catalogue(policy=a_policy(**rules)), stock=SCATTERED))


def split(shop: Shop, order_id: str = "o1", member: str = "m1") -> SlaOption:
    """The cheapest way to have rice and a book brought."""
    quote = shop.quoted(an_order(order_id, "RICE", "BOOK", member=member, method=Method.DELIVERY))
    return min(quote.options, key=lambda option: option.cost.total)


def bought(shop: Shop, order_id: str = "o1", member: str = "m1") -> Contract:
    held = shop.promising.hold(split(shop, order_id, member).token, request_id=shop.request_id())
    return shop.promising.confirm(held.reservation_id, request_id=shop.request_id())


def sources(contract: Contract, kind: DocumentKind) -> dict[str, str]:
    return {each.item_id: each.site_id for each in contract.documents if each.kind is kind}


# -- parts


def test_a_basket_in_parts_is_held_confirmed_and_found_again(url: str) -> None:
    shop = a_shop(url)
    contract = bought(shop)
    assert [item.item_id for item in contract.items] == ["o1.ambient.p1", "o1.ambient.p2"]
    assert {promise.item_id for promise in contract.promises} == {item.item_id for item in contract.items}
    assert shop.books().reserved == {("STORE", "RICE"): 1, ("DEPOT", "BOOK"): 1}
    again = shop.restarted()
    assert again.promising.contract(contract.contract_id) == contract
    assert again.promising.plan() == shop.promising.plan()
    assert again.promising.check() == ()


def test_a_hold_of_parts_outlives_a_restart_and_is_given_back_when_it_ends(url: str) -> None:
    shop = a_shop(url)
    held = shop.promising.hold(split(shop).token, request_id="h")
    again = shop.restarted()
    assert again.promising.check() == ()
    assert [item.item_id for item in again.promising.contract(held.contract_id).items] == ["o1.ambient"]
    again.later(timedelta(hours=1))
    again.promising.expire_overdue()
    assert again.books() == EMPTY


def test_a_canceled_basket_gives_all_of_its_parts_back(url: str) -> None:
    shop = a_shop(url)
    contract = bought(shop)
    shop.promising.cancel(contract.contract_id, request_id="c")
    assert shop.books() == EMPTY


def test_the_last_pieces_of_a_part_are_sold_once_and_the_other_is_told_which_are_gone(url: str) -> None:
    shop = a_shop(url)
    options = [split(shop, f"o{n}", f"m{n}") for n in range(3)]
    for n in (0, 1):
        shop.promising.hold(options[n].token, request_id=f"h{n}")
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(options[2].token, request_id="h2")
    assert {issue.code for issue in caught.value.issues} == {IssueCode.CAPACITY_TAKEN}
    assert any("BOOK" in issue.message for issue in caught.value.issues)
    assert any("RICE" in issue.message for issue in caught.value.issues)


def test_an_order_can_leave_before_its_basket_is_parted(url: str) -> None:
    shop = a_shop(url)
    quote = shop.quoted(an_order("o1", "RICE", "BOOK"), an_order("o2", "RICE"))
    assert all(option.parts for option in quote.options)
    shop.promising.detach("o2", request_id="d")
    contract = shop.promising.contract(quote.contract_id)
    assert [item.item_id for item in contract.items] == ["o1.ambient"]
    assert shop.promising.quote(contract.contract_id).options


# -- papers


def test_papers_are_issued_when_a_contract_is_confirmed(url: str) -> None:
    shop = a_shop(url)
    held = shop.promising.hold(split(shop).token, request_id="h")
    assert shop.promising.contract(held.contract_id).documents == ()
    assert "document.issued" not in shop.event_types()
    contract = shop.promising.confirm(held.reservation_id, request_id="c")
    expected = {each.item_id: each.site_id for each in held.option.assignments}
    assert sources(contract, DocumentKind.WAYBILL) == sources(contract, DocumentKind.INSPECTION_REPORT) == expected
    issued = [event.payload for event in shop.promising.events(limit=100) if event.event_type == "document.issued"]
    assert [each["document_id"] for each in issued] == [each.document_id for each in contract.documents]
    assert len(issued) == 4


def test_papers_are_issued_once_however_often_a_confirmation_is_asked_for(url: str) -> None:
    shop = a_shop(url)
    held = shop.promising.hold(split(shop).token, request_id="h")
    contract = shop.promising.confirm(held.reservation_id, request_id="c")
    assert shop.promising.confirm(held.reservation_id, request_id="c") == contract
    assert shop.event_types().count("document.issued") == 4


def test_another_source_gets_papers_of_its_own_and_the_old_ones_are_void(url: str) -> None:
    shop = a_shop(url)
    contract = shop.confirmed(an_order("o1", "RICE"))
    moved = shop.promising.plan().assignments[0].model_copy(update={"site_id": "DEPOT"})
    entries, catalogue = shop.promising._books.entries, shop.world.catalogue
    change = Change(added=(moved,), removed=((moved.contract_id, moved.item_id),))
    with shop.ledger.transaction() as tx:
        renewed = reissue(tx, change, entries, held=(), catalogue=catalogue, at=shop.clock.now())
    (after,) = renewed.contracts
    assert (after.revision, after.status) == (contract.revision + 1, ContractStatus.ACTIVE)
    assert {each.site_id for each in contract.documents} == {"STORE"}
    assert {each.site_id for each in after.documents} == {"DEPOT"}
    assert shop.promising.contract(contract.contract_id) == after
    assert shop.event_types()[-4:] == ["document.issued"] * 2 + ["document.voided"] * 2


def test_another_vehicle_leaves_the_papers_as_they_are(url: str) -> None:
    shop = a_shop(url)
    shop.confirmed(an_order("o1", "RICE"), mode=Mode.RIDER)
    moved = shop.promising.plan().assignments[0].model_copy(update={"resource_id": "R-2"})
    change = Change(added=(moved,), removed=((moved.contract_id, moved.item_id),))
    entries, catalogue = shop.promising._books.entries, shop.world.catalogue
    with shop.ledger.transaction() as tx:
        assert reissue(tx, change, entries, held=(), catalogue=catalogue, at=shop.clock.now()) is change

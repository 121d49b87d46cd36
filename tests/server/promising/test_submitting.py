"""Orders come in and are taken apart again."""

import pytest

from models.contract import ContractStatus, JoinReason
from models.issues import Conflict, InputError, IssueCode, NotFound
from models.order import Identity
from models.promise import Mode
from tests.server.promising.builders import MINUTE, Shop, an_order


def test_an_order_is_filed_with_its_contract(shop: Shop) -> None:
    (submitted,) = shop.promising.submit([an_order("o1")], request_id="r1")
    assert submitted.contract_revision == 1
    assert submitted.reasons == (JoinReason.FIRST_ORDER,)
    assert shop.promising.order("o1") == an_order("o1")
    contract = shop.promising.contract(submitted.contract_id)
    assert contract.status is ContractStatus.DRAFT
    assert [item.item_id for item in contract.items] == ["o1.ambient"]
    assert shop.event_types() == ["order.joined"]


def test_orders_of_several_calls_join_one_contract(shop: Shop) -> None:
    first = shop.submitted(an_order("o1"))
    shop.later(10 * MINUTE)
    (second,) = shop.promising.submit([an_order("o2", "CAKE")], request_id="r2")
    assert second.contract_id == first.contract_id
    assert second.contract_revision == 2
    assert second.reasons == (JoinReason.SAME_MEMBER,)


def test_customers_known_by_different_keys_become_one(shop: Shop) -> None:
    one = shop.submitted(an_order("o1"))
    two = shop.submitted(an_order("o2", identity=Identity(phone="1")))
    assert one.customer_id != two.customer_id
    both = shop.submitted(an_order("o3", identity=Identity(member_id="m1", phone="1")))
    assert both.contract_id == one.contract_id
    assert both.customer_id == one.customer_id
    last = shop.submitted(an_order("o4", identity=Identity(phone="1")))
    assert last.contract_id == one.contract_id
    assert last.orders[-1].reasons == (JoinReason.SAME_PHONE,)


def test_a_contradicting_key_is_reported_and_the_order_served_apart(shop: Shop) -> None:
    shop.submitted(an_order("o1", identity=Identity(member_id="m1", phone="1")))
    orders = [an_order("o2", member="m3"), an_order("o3", identity=Identity(member_id="m2", phone="1"))]
    plain, contradicting = shop.promising.submit(orders, request_id="r2")
    assert plain.issues == ()
    (issue,) = contradicting.issues
    assert (issue.code, issue.path) == (IssueCode.IDENTITY_CONFLICT, "orders[1].identity.phone")
    assert shop.submitted(an_order("o4", identity=Identity(phone="1"))).orders[0].order_id == "o1"


def test_one_bad_order_keeps_all_orders_of_its_call_out(shop: Shop) -> None:
    with pytest.raises(InputError) as caught:
        shop.promising.submit([an_order("o1"), an_order("o2", "RICES")], request_id="r1")
    assert [issue.code for issue in caught.value.issues] == [IssueCode.SKU_UNKNOWN]
    with pytest.raises(NotFound):
        shop.promising.order("o1")
    assert shop.event_types() == []


def test_a_call_without_orders_is_refused(shop: Shop) -> None:
    with pytest.raises(InputError) as caught:
        shop.promising.submit([], request_id="r1")
    assert caught.value.issues[0].message == "number of orders (0) must be >= 1"


def test_an_order_that_comes_again_is_told_where_it_is(shop: Shop) -> None:
    first = shop.promising.submit([an_order("o1")], request_id="r1")
    assert shop.promising.submit([an_order("o1")], request_id="r2") == first
    assert shop.event_types() == ["order.joined"]


def test_an_order_that_comes_again_with_other_goods_is_refused(shop: Shop) -> None:
    shop.submitted(an_order("o1"))
    with pytest.raises(Conflict) as caught:
        shop.submitted(an_order("o1", "CAKE"))
    assert caught.value.issues[0].code is IssueCode.ORDER_ALREADY_SUBMITTED


def test_a_held_contract_takes_no_further_order(shop: Shop) -> None:
    held = shop.held(an_order("o1"))
    contract = shop.submitted(an_order("o2"))
    assert contract.contract_id != held.contract_id
    assert contract.linked_contract_ids == (held.contract_id,)


def test_after_the_hold_is_released_orders_join_again(shop: Shop) -> None:
    held = shop.held(an_order("o1"))
    shop.promising.release(held.reservation_id, request_id="r1")
    assert shop.submitted(an_order("o2")).contract_id == held.contract_id


def test_beside_an_active_contract_a_linked_one_is_opened(shop: Shop) -> None:
    active = shop.confirmed(an_order("o1"))
    assert shop.submitted(an_order("o2")).linked_contract_ids == (active.contract_id,)


# detaching


def test_a_detached_order_has_a_contract_of_its_own(shop: Shop) -> None:
    both = shop.submitted(an_order("o1"), an_order("o2"))
    detached = shop.promising.detach("o2", request_id="r2")
    assert (detached.order_id, detached.from_contract_id) == ("o2", both.contract_id)
    assert [order.order_id for order in shop.promising.contract(both.contract_id).orders] == ["o1"]
    assert [order.order_id for order in shop.promising.contract(detached.contract_id).orders] == ["o2"]
    assert shop.event_types() == ["order.joined", "order.joined", "order.detached", "order.detached"]
    assert shop.promising.detach("o2", request_id="r2") == detached


def test_an_unknown_order_cannot_be_detached(shop: Shop) -> None:
    with pytest.raises(NotFound) as caught:
        shop.promising.detach("o9", request_id="r1")
    (issue,) = caught.value.issues
    assert issue.code is IssueCode.ORDER_NOT_FOUND
    assert issue.message == "order_id (o9) must name one that this tenant has"


@pytest.mark.parametrize("agreed", [True, False])
def test_nothing_is_detached_from_what_is_held_or_agreed(shop: Shop, agreed: bool) -> None:
    orders = an_order("o1"), an_order("o2")
    held = shop.held(*orders, mode=Mode.PICKUP)
    if agreed:
        shop.promising.confirm(held.reservation_id, request_id="r1")
    with pytest.raises(Conflict) as caught:
        shop.promising.detach("o2", request_id="r2")
    assert caught.value.issues[0].code is IssueCode.ORDER_NOT_DETACHABLE


# the same request twice


def test_the_same_request_is_done_once(shop: Shop) -> None:
    first = shop.promising.submit([an_order("o1")], request_id="r1")
    shop.submitted(an_order("o2"))
    assert shop.promising.submit([an_order("o1")], request_id="r1") == first


def test_a_request_id_cannot_come_back_with_another_content(shop: Shop) -> None:
    shop.promising.submit([an_order("o1")], request_id="r1")
    with pytest.raises(Conflict) as caught:
        shop.promising.submit([an_order("o2")], request_id="r1")
    assert caught.value.issues[0].code is IssueCode.REQUEST_ID_REUSED


def test_a_request_needs_an_id(shop: Shop) -> None:
    with pytest.raises(InputError) as caught:
        shop.promising.submit([an_order("o1")], request_id="")
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.FIELD_REQUIRED, "request_id")
    assert issue.message == "length of request_id (0) must be in [1, 128]"


def test_a_request_id_is_not_a_novel(shop: Shop) -> None:
    with pytest.raises(InputError) as caught:
        shop.promising.detach("o1", request_id="x" * 129)
    (issue,) = caught.value.issues
    assert issue.message == "length of request_id (129) must be in [1, 128]"


def test_a_request_that_failed_may_be_repeated(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.promising.detach("o2", request_id="r1")
    shop.submitted(an_order("o1"), an_order("o2"))
    assert shop.promising.detach("o2", request_id="r1").order_id == "o2"

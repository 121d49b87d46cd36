"""Goods arrive and are counted, and promises keep theirs as long as there are any."""

from datetime import timedelta

import pytest

from models.contract import Contract, ContractStatus
from models.issues import InputError, IssueCode
from models.plan import ReasonCode
from models.promise import Mode, PromiseState
from models.reservation import ReservationState
from solver.replanning.replan import replan
from tests.server.promising.builders import MINUTE, Shop, a_site_stock, a_world, an_order
from tests.server.promising.run_time.builders import a_count, a_receipt, goods, look, lost, states
from tests.server.promising.run_time.conftest import OpenShop

OPEN, AT_RISK = PromiseState.OPEN, PromiseState.AT_RISK


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """Five leeks and some rice, in the store alone: nothing can come from elsewhere."""
    return open_shop(world=a_world(stock=a_site_stock("STORE", LEEKS=5, RICE=5)))


def three_who_want_leeks(shop: Shop) -> list[Contract]:
    return [shop.confirmed(an_order(f"o{n}", "LEEKS", member=f"m{n}", crossing=n + 3)) for n in (1, 2, 3)]


def test_goods_that_arrive_can_be_promised(shop: Shop) -> None:
    changed = a_receipt(shop, "STORE", LEEKS=3)
    assert [(each.on_hand, each.free, each.shortage) for each in changed.levels] == [(8, 8, 0)]
    assert shop.promising.stock_levels(site_id="STORE", page_size=10).levels[0] == changed.levels[0]
    look(shop)


def test_goods_that_were_never_there_can_arrive(shop: Shop) -> None:
    assert shop.quoted(an_order("o1", "BOOK")).options == ()
    a_receipt(shop, "STORE", BOOK=1)
    assert shop.quoted(an_order("o2", "BOOK", member="m2")).options
    look(shop)


def test_a_count_of_enough_goods_leaves_every_promise_alone(shop: Shop) -> None:
    contracts = three_who_want_leeks(shop)
    plan = shop.promising.plan()
    changed = a_count(shop, "STORE", LEEKS=3)
    assert [(each.on_hand, each.reserved, each.free) for each in changed.levels] == [(3, 3, 0)]
    assert shop.promising.plan() == plan
    assert [states(shop, each) for each in contracts] == [[OPEN]] * 3
    look(shop)


def test_a_count_below_what_is_reserved_hits_the_promise_made_last(shop: Shop) -> None:
    first, second, third = three_who_want_leeks(shop)
    changed = a_count(shop, "STORE", LEEKS=2)
    item = f"{third.contract_id}/{third.items[0].item_id}"
    assert changed.repair.at_risk == (item,)
    assert [(each.on_hand, each.reserved, each.shortage) for each in changed.levels] == [(2, 2, 0)]
    assert [states(shop, each) for each in (first, second, third)] == [[OPEN], [OPEN], [AT_RISK]]
    assert lost(shop) == [item]
    (unplanned,) = shop.promising.plan().unplanned
    assert {reason.code for reason in unplanned.reasons} >= {ReasonCode.NO_STOCK}
    assert shop.promising.contract(third.contract_id).status is ContractStatus.ACTIVE
    assert shop.event_types()[-3:] == ["stock.changed", "document.voided", "promise.at_risk"]
    look(shop)


def test_a_count_of_nothing_hits_everybody(shop: Shop) -> None:
    contracts = three_who_want_leeks(shop)
    a_count(shop, "STORE", LEEKS=0)
    assert [states(shop, each) for each in contracts] == [[AT_RISK]] * 3
    assert all(not route.visits for route in shop.promising.plan().routes)
    look(shop)


def test_goods_that_arrive_make_a_promise_safe_again_the_oldest_first(shop: Shop) -> None:
    contracts = three_who_want_leeks(shop)
    a_count(shop, "STORE", LEEKS=0)
    changed = a_receipt(shop, "STORE", LEEKS=2)
    assert changed.repair.safe == tuple(f"{each.contract_id}/{each.items[0].item_id}" for each in contracts[:2])
    assert [states(shop, each) for each in contracts] == [[OPEN], [OPEN], [AT_RISK]]
    assert shop.promising.contract(contracts[0].contract_id).promises == contracts[0].promises
    look(shop)


def test_goods_at_another_site_keep_the_promise(open_shop: OpenShop) -> None:
    shop = open_shop(world=a_world(stock=(*a_site_stock("STORE", RICE=1), *a_site_stock("DEPOT", RICE=5))))
    contract = shop.confirmed(an_order(crossing=3), mode=Mode.RIDER)
    (before,) = shop.promising.plan().assignments
    repair = a_count(shop, before.site_id or "", RICE=0).repair
    (after,) = shop.promising.plan().assignments
    assert repair.moved == (f"{contract.contract_id}/{contract.items[0].item_id}",)
    assert {before.site_id, after.site_id} == {"STORE", "DEPOT"}
    assert states(shop, contract) == [OPEN]
    look(shop)


def test_what_a_rider_has_fetched_was_not_there_to_be_counted(shop: Shop) -> None:
    contract = shop.confirmed(an_order("o1", "LEEKS"))
    (route,) = (route for route in shop.promising.plan().routes if route.visits)
    shop.clock.advance_to(route.visits[0].end)
    changed = a_count(shop, "STORE", LEEKS=4)
    assert [(each.on_hand, each.reserved, each.free) for each in changed.levels] == [(5, 1, 4)]
    assert states(shop, contract) == [OPEN]
    look(shop)


def test_missing_goods_of_who_has_set_out_are_a_shortage(shop: Shop) -> None:
    contract = shop.confirmed(an_order("o1", "LEEKS"))
    (route,) = (route for route in shop.promising.plan().routes if route.visits)
    shop.clock.advance_to(route.visits[0].depart)
    changed = a_count(shop, "STORE", LEEKS=0)
    assert [(each.on_hand, each.reserved, each.shortage) for each in changed.levels] == [(0, 1, 1)]
    assert states(shop, contract) == [AT_RISK]
    assert lost(shop) == []
    look(shop)
    assert a_receipt(shop, "STORE", RICE=1).repair.safe == ()
    assert states(shop, contract) == [AT_RISK]
    assert a_receipt(shop, "STORE", LEEKS=1).repair.safe == changed.repair.at_risk
    assert states(shop, contract) == [OPEN]
    look(shop)


def test_a_hold_gives_way_before_what_is_confirmed(shop: Shop) -> None:
    held = shop.held(an_order("o1", "LEEKS", member="m1"))
    contract = shop.confirmed(an_order("o2", "LEEKS", member="m2", crossing=5))
    repair = a_count(shop, "STORE", LEEKS=1).repair
    assert repair.revoked_reservation_ids == (held.reservation_id,)
    assert repair.at_risk == ()
    assert shop.promising.reservation(held.reservation_id).state is ReservationState.RELEASED
    assert states(shop, contract) == [OPEN]
    assert shop.event_types()[-1] == "reservation.revoked"
    look(shop)


def test_an_item_at_risk_is_quoted_again_and_saved(shop: Shop) -> None:
    contract = shop.confirmed(an_order("o1", "LEEKS", "RICE"), mode=Mode.RIDER)
    a_count(shop, "STORE", LEEKS=0, RICE=0)
    shop.later(70 * MINUTE)  # the window that was promised is over
    a_receipt(shop, "STORE", LEEKS=1, RICE=1)
    assert states(shop, contract) == [AT_RISK]
    quote = shop.promising.quote(contract.contract_id)
    held = shop.promising.hold(quote.options[0].token, request_id="again")
    assert states(shop, contract) == [AT_RISK]
    look(shop)
    agreed = shop.promising.confirm(held.reservation_id, request_id="yes")
    assert [promise.state for promise in agreed.promises] == [OPEN]
    assert agreed.promises == held.option.promises
    assert lost(shop) == []
    look(shop)


def test_a_second_hold_that_ends_leaves_the_item_at_risk(shop: Shop) -> None:
    contract = shop.confirmed(an_order("o1", "LEEKS"))
    a_count(shop, "STORE", LEEKS=0)
    at_risk = lost(shop)
    shop.later(70 * MINUTE)
    a_receipt(shop, "STORE", LEEKS=1)
    shop.promising.hold(shop.promising.quote(contract.contract_id).options[0].token, request_id="again")
    assert lost(shop) == []
    shop.later(timedelta(hours=1))
    shop.promising.expire_overdue()
    assert lost(shop) == at_risk
    assert states(shop, contract) == [AT_RISK]
    assert shop.promising.contract(contract.contract_id).status is ContractStatus.ACTIVE
    look(shop)


def test_a_contract_at_risk_can_be_cancelled(shop: Shop) -> None:
    contract = shop.confirmed(an_order("o1", "LEEKS"))
    a_count(shop, "STORE", LEEKS=0)
    shop.promising.cancel(contract.contract_id, request_id="off")
    assert lost(shop) == []
    a_receipt(shop, "STORE", LEEKS=1)
    assert shop.promising.plan().assignments == ()
    look(shop)


def test_a_request_that_is_repeated_counts_once(shop: Shop) -> None:
    first = shop.promising.receive_stock(goods("STORE", LEEKS=3), request_id="r")
    assert shop.promising.receive_stock(goods("STORE", LEEKS=3), request_id="r") == first
    assert shop.promising.stock_levels(sku_ids=["LEEKS"], page_size=10).levels == first.levels


def test_everything_that_is_wrong_with_a_receipt_is_said_at_once(shop: Shop) -> None:
    wrong = goods("STORE", CAKE=1, LEEKS=0, TEA=1)
    with pytest.raises(InputError) as caught:
        shop.promising.receive_stock(wrong, request_id="r")
    assert [(issue.code, issue.path, issue.message) for issue in caught.value.issues] == [
        (
            IssueCode.VALUE_INVALID,
            "lines[0].sku_id",
            "temperature of CAKE (FROZEN) must be a zone of STORE (AMBIENT, CHILLED)",
        ),
        (IssueCode.QUANTITY_NOT_POSITIVE, "lines[1].pieces", "pieces (0) must be >= 1"),
        (IssueCode.REFERENCE_DANGLING, "lines[2].sku_id", "SKU (TEA) must be one of the 8 in this world"),
    ]


def test_a_count_at_no_site_of_a_line_twice_is_refused(shop: Shop) -> None:
    twice = goods("STORE", LEEKS=1).model_copy(update={"site_id": "MOON"})
    twice = twice.model_copy(update={"lines": twice.lines * 2})
    with pytest.raises(InputError) as caught:
        shop.promising.count_stock(twice, request_id="r")
    assert [(issue.code, issue.path, issue.message) for issue in caught.value.issues] == [
        (IssueCode.REFERENCE_DANGLING, "site_id", "site (MOON) must be one of the 2 in this world"),
        (IssueCode.ID_DUPLICATE, "lines[0].sku_id", "sku_id (LEEKS) must be distinct, and stands 2 times"),
        (IssueCode.ID_DUPLICATE, "lines[1].sku_id", "sku_id (LEEKS) must be distinct, and stands 2 times"),
    ]


def test_stock_is_listed_page_by_page(shop: Shop) -> None:
    page = shop.promising.stock_levels(page_size=1)
    assert [(each.site_id, each.sku_id) for each in page.levels] == [("STORE", "LEEKS")]
    page = shop.promising.stock_levels(page_size=1, page_token=page.next_page_token)
    assert [(each.site_id, each.sku_id) for each in page.levels] == [("STORE", "RICE")]
    assert page.next_page_token == ""
    with pytest.raises(InputError) as caught:
        shop.promising.stock_levels(page_size=1, page_token="?")
    assert caught.value.issues[0].code is IssueCode.PAGE_TOKEN_INVALID


def test_what_is_at_risk_is_tried_again_before_a_replan(shop: Shop) -> None:
    first, second, _ = three_who_want_leeks(shop)
    a_count(shop, "STORE", LEEKS=1)
    shop.promising.cancel(first.contract_id, request_id="off")
    assert shop.promising.mend().safe == (f"{second.contract_id}/{second.items[0].item_id}",)
    assert states(shop, second) == [OPEN]
    assert len(lost(shop)) == 1
    look(shop)


def test_a_replan_leaves_what_is_at_risk_as_it_is(shop: Shop) -> None:
    three_who_want_leeks(shop)
    a_count(shop, "STORE", LEEKS=2)
    problem = shop.promising.problem()
    replanned = replan(problem, seed=1, iterations=200)
    assert replanned.unplanned == problem.initial_plan.unplanned != ()
    shop.promising.publish(problem, replanned)
    assert len(lost(shop)) == 1
    look(shop)

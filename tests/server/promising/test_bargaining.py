"""Counter-offers: what matters is searched for, every round is kept, and their number is bounded."""

from datetime import timedelta
from typing import Any

import pytest

from models.contract import Contract, ContractStatus
from models.counter_offer import NO_WISH, CounterOfferRound, Wish
from models.issues import Conflict, InputError, IssueCode, NotFound
from models.option import Relaxation
from models.plan import ReasonCode
from models.promise import Mode, SameVisit
from models.reservation import ReservationState
from tests.builders import a_catalogue, a_policy, at
from tests.server.promising.builders import MINUTE, Shop, a_world, an_order


def a_basket(shop: Shop) -> Contract:
    """Rice by day, milk in the cold: two items of one customer at one door."""
    return shop.submitted(an_order("o1", "RICE", "MILK"))


def offered(shop: Shop, contract: Contract, **wish: Any) -> CounterOfferRound:
    return shop.promising.counter_offer(contract.contract_id, Wish(**wish), request_id=shop.request_id())


def refused(shop: Shop, contract: Contract, wish: Wish) -> list[tuple[IssueCode, str, str]]:
    with pytest.raises(InputError) as caught:
        shop.promising.counter_offer(contract.contract_id, wish, request_id=shop.request_id())
    assert all(issue.hint for issue in caught.value.issues)
    return [(issue.code, issue.path, issue.message) for issue in caught.value.issues]


def test_no_promise_ends_later_than_wished_for(shop: Shop) -> None:
    contract = a_basket(shop)
    free = shop.promising.quote(contract.contract_id)
    assert any(promise.window.latest > at("08:30") for option in free.options for promise in option.promises)
    answer = offered(shop, contract, latest_end=at("08:30"))
    assert answer.quote.options
    for option in answer.quote.options:
        assert all(promise.window.latest <= at("08:30") for promise in option.promises)


def test_a_window_is_cut_to_the_end_that_is_wished_for_and_holds(shop: Shop) -> None:
    """The search runs under the wish: within the hour becomes within forty minutes, and is planned so."""
    contract = shop.submitted(an_order())
    answer = offered(shop, contract, latest_end=at("07:40"), unwanted_modes=(Mode.PICKUP,))
    (option,) = answer.quote.options
    assert [promise.window.latest for promise in option.promises] == [at("07:40")]
    held = shop.promising.hold(option.token, request_id="hold")
    agreed = shop.promising.confirm(held.reservation_id, request_id="confirm")
    assert agreed.promises == option.promises
    assert shop.promising.check() == ()


def test_no_option_costs_more_than_the_highest_fee(shop: Shop) -> None:
    contract = a_basket(shop)
    fees = {option.fee for option in shop.promising.quote(contract.contract_id).options}
    assert max(fees) > 300
    answer = offered(shop, contract, max_fee=300)
    assert {option.fee for option in answer.quote.options} <= {0, 300}
    assert answer.quote.options


def test_a_fee_that_nothing_can_be_done_for_is_said_to_be_what_rules_all_out(shop: Shop) -> None:
    contract = a_basket(shop)
    answer = offered(shop, contract, max_fee=100, unwanted_modes=(Mode.PICKUP,))
    assert answer.quote.options == ()
    reasons = [reason for refusal in answer.quote.refusals for reason in refusal.reasons]
    dear = next(reason for reason in reasons if reason.code is ReasonCode.FEE_ABOVE_LIMIT)
    assert dear.count == dear.total > 0
    assert ReasonCode.NOT_TOGETHER not in {reason.code for reason in reasons}


def test_an_unwanted_mode_is_not_offered_and_the_refusal_says_so(shop: Shop) -> None:
    contract = a_basket(shop)
    answer = offered(shop, contract, unwanted_modes=(Mode.RIDER, Mode.PICKUP))
    modes = {promise.mode for option in answer.quote.options for promise in option.promises}
    assert modes
    assert modes <= {Mode.VAN, Mode.CARRIER}
    by_rider = [refusal for refusal in answer.quote.refusals if refusal.mode is Mode.RIDER]
    assert {reason.code for refusal in by_rider for reason in refusal.reasons} == {ReasonCode.METHOD_NOT_WANTED}


def test_every_item_gets_the_level_that_is_wished_for(shop: Shop) -> None:
    contract = a_basket(shop)
    answer = offered(shop, contract, service_level_id="slot")
    levels = {promise.service_level_id for option in answer.quote.options for promise in option.promises}
    assert levels == {"slot"}


def test_items_that_must_be_together_come_at_one_stop_and_stay_together_once_agreed(shop: Shop) -> None:
    contract = a_basket(shop)
    items = tuple(item.item_id for item in contract.items)
    assert len(items) == 2
    answer = offered(shop, contract, together=(SameVisit(item_ids=items),))
    assert answer.quote.options
    for option in answer.quote.options:
        assert option.num_stops == 1
        assert {each.mode for each in option.promises} <= {Mode.RIDER, Mode.VAN}
    held = shop.promising.hold(answer.quote.options[0].token, request_id="hold")
    agreed = shop.promising.confirm(held.reservation_id, request_id="confirm")
    assert [set(group.item_ids) for group in agreed.same_visits] == [set(items)]
    assert shop.promising.check() == ()


def test_items_that_may_be_apart_can_be_done_by_different_people(shop: Shop) -> None:
    contract = a_basket(shop)
    items = tuple(item.item_id for item in contract.items)
    bound = contract.model_copy(update={"same_visits": (SameVisit(item_ids=items),), "revision": contract.revision + 1})
    with shop.ledger.transaction() as tx:
        tx.put_contract(bound)
    together = shop.promising.quote(contract.contract_id)
    assert {option.num_stops for option in together.options} == {1}
    answer = offered(shop, contract, apart_item_ids=items[:1])
    apart = next(option for option in answer.quote.options if option.num_stops == 2)
    assert apart.apart == bound.same_visits
    held = shop.promising.hold(apart.token, request_id="hold")
    agreed = shop.promising.confirm(held.reservation_id, request_id="confirm")
    assert agreed.same_visits == ()
    assert shop.promising.check() == ()


def test_what_nothing_fulfils_is_answered_with_the_reasons(shop: Shop) -> None:
    contract = a_basket(shop)
    answer = offered(shop, contract, latest_end=at("07:01"))
    assert answer.quote.options == ()
    assert answer.quote.refusals
    assert shop.promising.contract(contract.contract_id).status is ContractStatus.DRAFT


def test_what_nothing_fulfils_is_answered_with_the_nearest_that_works_and_it_can_be_held(shop: Shop) -> None:
    contract = a_basket(shop)
    answer = offered(shop, contract, max_fee=100, unwanted_modes=(Mode.PICKUP,))
    assert answer.quote.options == ()
    dearer = next(way for way in answer.quote.ways_out if way.relaxation is Relaxation.HIGHER_FEE)
    assert dearer.option.fee > 100
    assert Mode.PICKUP not in {promise.mode for promise in dearer.option.promises}
    (kept,) = shop.promising.counter_offers(contract.contract_id)
    assert {way.option.token for way in kept.quote.ways_out} == {""}
    held = shop.promising.hold(dearer.option.token, request_id="hold")
    agreed = shop.promising.confirm(held.reservation_id, request_id="confirm")
    assert agreed.promises == dearer.option.promises
    assert shop.promising.check() == ()


# -- rounds


def test_every_round_is_kept_with_who_when_what_and_the_answer(shop: Shop) -> None:
    contract = a_basket(shop)
    first = shop.promising.counter_offer(contract.contract_id, Wish(max_fee=300), request_id="r1", asked_by="agent-7")
    shop.later(MINUTE)
    second = shop.promising.counter_offer(contract.contract_id, Wish(max_fee=0), request_id="r2")
    kept = shop.restarted().promising.counter_offers(contract.contract_id)
    assert [each.number for each in kept] == [1, 2]
    assert [each.asked_by for each in kept] == ["agent-7", None]
    assert [each.create_time for each in kept] == [at("07:00"), at("07:01")]
    assert [each.wish for each in kept] == [Wish(max_fee=300), Wish(max_fee=0)]
    assert [each.rounds_left for each in kept] == [4, 3]
    for answer, again in zip((first, second), kept, strict=True):
        bare = tuple(option.model_copy(update={"token": ""}) for option in answer.quote.options)
        assert again.quote == answer.quote.model_copy(update={"options": bare})
    assert all(option.token for option in first.quote.options)
    assert shop.event_types().count("contract.counter_offered") == 2


def test_a_round_that_is_asked_for_again_is_answered_the_same_and_is_no_new_one(shop: Shop) -> None:
    contract = a_basket(shop)
    wish = Wish(max_fee=300)
    first = shop.promising.counter_offer(contract.contract_id, wish, request_id="same")
    shop.later(MINUTE)
    assert shop.promising.counter_offer(contract.contract_id, wish, request_id="same") == first
    assert len(shop.promising.counter_offers(contract.contract_id)) == 1
    with pytest.raises(Conflict) as caught:
        shop.promising.counter_offer(contract.contract_id, Wish(max_fee=301), request_id="same")
    assert [issue.code for issue in caught.value.issues] == [IssueCode.REQUEST_ID_REUSED]


def test_the_number_of_rounds_is_bounded_by_the_policy(url: str) -> None:
    world = a_world(catalogue=a_catalogue(policy=a_policy(max_counter_offers=2)))
    shop = Shop(url, world=world)
    contract = a_basket(shop)
    assert [offered(shop, contract, max_fee=300).rounds_left for _ in range(2)] == [1, 0]
    with pytest.raises(Conflict) as caught:
        offered(shop, contract, max_fee=300)
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.COUNTER_OFFERS_USED_UP, "contract_id")
    assert issue.message == (
        f"number of counter-offers of {contract.contract_id} (3) must be <= max_counter_offers (2)"
    )
    assert len(shop.promising.counter_offers(contract.contract_id)) == 2


def test_an_option_of_an_earlier_round_expires_like_any(shop: Shop) -> None:
    contract = a_basket(shop)
    option = offered(shop, contract, max_fee=300).quote.options[0]
    assert shop.promising.hold(option.token, request_id="hold").state is ReservationState.HELD
    with pytest.raises(Conflict) as caught:
        offered(shop, contract, max_fee=600)
    assert [issue.code for issue in caught.value.issues] == [IssueCode.RESERVATION_STATE]


def test_a_contract_that_nobody_knows_has_no_rounds(shop: Shop) -> None:
    for ask in (
        shop.promising.counter_offers,
        lambda each: offered(shop, a_basket(shop).model_copy(update={"contract_id": each}), max_fee=1),
    ):
        with pytest.raises(NotFound):
            ask("nobody")


# -- wishes that mean nothing


def test_everything_that_is_wrong_with_a_wish_comes_at_once(shop: Shop) -> None:
    contract = a_basket(shop)
    rice, milk = (item.item_id for item in contract.items)
    shop.later(timedelta(minutes=5))
    wish = Wish(
        latest_end=at("07:04"),
        apart_item_ids=("nothing", rice),
        together=(SameVisit(item_ids=(rice, milk)), SameVisit(item_ids=(milk, milk, "none"))),
        unwanted_modes=(Mode.RIDER,),
        service_level_id="hour",
    )
    known = f"must be one of the 2 of {contract.contract_id}: {rice}, {milk}"
    assert refused(shop, contract, wish) == [
        (
            IssueCode.WINDOW_IN_THE_PAST,
            "wish.latest_end",
            f"latest_end ({at('07:04').isoformat()}) must be > now ({at('07:05').isoformat()})",
        ),
        (IssueCode.REFERENCE_DANGLING, "wish.apart_item_ids[0]", f"item (nothing) {known}"),
        (
            IssueCode.WISH_CONTRADICTORY,
            "wish.together[0].item_ids[0]",
            f"item ({rice}) must be apart or together, not both",
        ),
        (
            IssueCode.ID_DUPLICATE,
            "wish.together[1].item_ids[1]",
            f"times that {milk} stands in the group (2) must be 1",
        ),
        (IssueCode.REFERENCE_DANGLING, "wish.together[1].item_ids[2]", f"item (none) {known}"),
        (
            IssueCode.WISH_CONTRADICTORY,
            "wish.service_level_id",
            "modes of hour (RIDER) must not all be unwanted (RIDER)",
        ),
    ]
    assert shop.promising.counter_offers(contract.contract_id) == ()


def test_a_wish_for_nothing_and_one_for_an_unknown_level_are_refused(shop: Shop) -> None:
    contract = a_basket(shop)
    assert refused(shop, contract, NO_WISH) == [
        (IssueCode.FIELD_REQUIRED, "wish", "number of things wished for (0) must be in [1, 6]")
    ]
    assert refused(shop, contract, Wish(service_level_id="now")) == [
        (
            IssueCode.SERVICE_LEVEL_UNKNOWN,
            "wish.service_level_id",
            "service_level_id (now) must be one of hour, slot, parcel, fetch",
        )
    ]

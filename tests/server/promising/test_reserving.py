"""Quote, hold, confirm, release, cancel, and what time does to a hold."""

from datetime import timedelta

import pytest

from models.contract import ContractStatus, ServiceItemKind
from models.issues import Conflict, Expired, InputError, IssueCode, NotFound, SolveError, StateError
from models.order import Channel, Load, Method
from models.plan import CapacityKind, Violation, Visit
from models.policy import PackItem, ServicePack
from models.promise import Mode
from models.reservation import ReservationState
from server.promising import core
from tests.builders import a_carrier, a_catalogue, a_depot, a_policy, a_square, a_store, at
from tests.server.promising.builders import EMPTY, MINUTE, SECOND, Shop, a_site_stock, a_world, an_order, option_by

ANY_MODE = [Mode.RIDER, Mode.PICKUP]


def code_of(error: StateError | InputError) -> IssueCode:
    (issue,) = error.issues
    return issue.code


def visits_of(shop: Shop, contract_id: str) -> list[Visit]:
    routes = shop.promising.plan().routes
    return [visit for route in routes for visit in route.visits if visit.contract_id == contract_id]


# quote


def test_a_quote_holds_nothing(shop: Shop) -> None:
    quote = shop.quoted()
    assert len(quote.options) >= 2
    assert shop.books() == EMPTY
    assert shop.promising.plan().assignments == ()


def test_a_quoted_contract_has_a_new_revision_which_its_options_are_for(shop: Shop) -> None:
    quote = shop.quoted()
    contract = shop.promising.contract(quote.contract_id)
    assert (contract.status, contract.revision) == (ContractStatus.QUOTED, 2)
    assert quote.contract_revision == 2
    assert all(option.token for option in quote.options)


def test_quoting_again_does_not_change_the_contract(shop: Shop) -> None:
    quote = shop.quoted()
    again = shop.promising.quote(quote.contract_id)
    assert again.contract_revision == 2
    assert shop.event_types() == ["order.joined", "contract.quoted", "contract.quoted"]


def test_a_quote_without_options_says_why_and_leaves_a_draft(url: str) -> None:
    shop = Shop(url, world=a_world(stock=()))
    quote = shop.quoted()
    assert quote.options == ()
    assert quote.refusals
    assert shop.promising.contract(quote.contract_id).status is ContractStatus.DRAFT


def test_a_contract_that_nobody_knows_is_not_found(shop: Shop) -> None:
    for ask in (shop.promising.quote, shop.promising.contract):
        with pytest.raises(NotFound) as caught:
            ask("nobody")
        assert code_of(caught.value) is IssueCode.CONTRACT_NOT_FOUND


def test_an_agreed_contract_is_not_quoted(shop: Shop) -> None:
    contract = shop.confirmed()
    with pytest.raises(Conflict) as caught:
        shop.promising.quote(contract.contract_id)
    (issue,) = caught.value.issues
    assert issue.code is IssueCode.CONTRACT_STATUS
    assert issue.message == f"status of {contract.contract_id} (ACTIVE) must be one of DRAFT, QUOTED"


def test_a_held_contract_is_not_quoted(shop: Shop) -> None:
    held = shop.held()
    with pytest.raises(Conflict) as caught:
        shop.promising.quote(held.contract_id)
    assert code_of(caught.value) is IssueCode.RESERVATION_STATE


# hold


def test_a_hold_takes_stock_capacity_and_a_place_in_a_route(shop: Shop) -> None:
    held = shop.held()
    books = shop.books()
    assert list(books.reserved.values()) == [1]
    assert (books.capacity > 0, books.num_assignments, books.num_visits) == (True, 1, 2)
    assert shop.promising.check() == ()
    assert shop.promising.reservation(held.reservation_id) == held
    assert shop.promising.contract(held.contract_id).status is ContractStatus.QUOTED


def test_a_hold_keeps_promises_and_fee_of_its_option(shop: Shop) -> None:
    quote = shop.quoted()
    for option in quote.options:
        held = shop.promising.hold(option.token, request_id=shop.request_id())
        assert held.option.promises == option.promises
        assert held.option.fee == option.fee
        shop.promising.release(held.reservation_id, request_id=shop.request_id())
    assert shop.books() == EMPTY


def test_a_hold_of_a_pickup_takes_places_at_the_counter(shop: Shop) -> None:
    shop.held(mode=Mode.PICKUP)
    books = shop.books()
    assert books.num_visits == 0
    assert books.capacity > 30
    assert shop.promising.check() == ()


def test_the_same_hold_twice_holds_once(shop: Shop) -> None:
    token = option_by(shop.quoted(), Mode.RIDER).token
    first = shop.promising.hold(token, request_id="r")
    assert shop.promising.hold(token, request_id="r") == first
    assert shop.books().num_assignments == 1
    assert shop.event_types().count("reservation.held") == 1


def test_the_answer_is_given_again_even_when_the_quote_has_expired(shop: Shop) -> None:
    token = option_by(shop.quoted(), Mode.PICKUP).token
    first = shop.promising.hold(token, request_id="r")
    shop.later(5 * MINUTE)
    assert shop.promising.hold(token, request_id="r") == first


def test_a_second_hold_of_a_contract_is_refused(shop: Shop) -> None:
    quote = shop.quoted()
    shop.promising.hold(quote.options[0].token, request_id="r1")
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(quote.options[1].token, request_id="r2")
    (issue,) = caught.value.issues
    assert issue.code is IssueCode.RESERVATION_STATE
    assert issue.hint == "confirm that hold, or release it first"


def test_an_expired_option_is_not_held(shop: Shop) -> None:
    quote = shop.quoted()
    shop.clock.advance_to(quote.expire_time)
    with pytest.raises(Expired) as caught:
        shop.promising.hold(quote.options[0].token, request_id="r")
    assert code_of(caught.value) is IssueCode.OPTION_EXPIRED
    assert shop.books() == EMPTY


@pytest.mark.parametrize("mode", ANY_MODE)
def test_an_option_can_be_held_until_its_last_moment(shop: Shop, mode: Mode) -> None:
    quote = shop.quoted()
    shop.clock.advance_to(quote.expire_time - timedelta(microseconds=1))
    held = shop.promising.hold(option_by(quote, mode).token, request_id="r1")
    assert held.expire_time > shop.clock.now()
    assert shop.promising.confirm(held.reservation_id, request_id="r2").status is ContractStatus.ACTIVE


def test_an_option_for_an_older_revision_is_outdated(shop: Shop) -> None:
    quote = shop.quoted(an_order("o1"))
    shop.submitted(an_order("o2"))
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(quote.options[0].token, request_id="r")
    (issue,) = caught.value.issues
    assert issue.code is IssueCode.OPTION_OUTDATED
    assert issue.message == "revision that was quoted (2) must be the present one (3)"


def test_an_option_of_another_tenant_is_foreign(shop: Shop, url: str) -> None:
    token = shop.quoted().options[0].token
    other = Shop(url, tenant_id="other")
    with pytest.raises(InputError) as caught:
        other.promising.hold(token, request_id="r")
    assert code_of(caught.value) is IssueCode.OPTION_TOKEN_FOREIGN


def test_the_last_piece_is_held_by_one_of_two(url: str) -> None:
    shop = Shop(url, world=a_world(stock=a_site_stock("STORE", RICE=1)))
    first = option_by(shop.quoted(an_order("o1", member="m1")), Mode.RIDER)
    second = option_by(shop.quoted(an_order("o2", member="m2")), Mode.RIDER)
    held = shop.promising.hold(first.token, request_id="r1")
    before = shop.books()
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(second.token, request_id="r2")
    (issue,) = caught.value.issues
    assert (issue.code, issue.path, issue.message, issue.hint) == (
        IssueCode.CAPACITY_TAKEN,
        "option_token",
        "pieces of RICE at STORE: 1 wanted, 0 free",
        "quote the contract again",
    )
    assert shop.books() == before
    shop.promising.release(held.reservation_id, request_id="r3")
    assert shop.promising.hold(second.token, request_id="r2").state is ReservationState.HELD


def test_another_process_that_was_faster_wins_and_nothing_is_half_written(url: str) -> None:
    shop = Shop(url, world=a_world(stock=a_site_stock("STORE", RICE=1)))
    option = option_by(shop.quoted(), Mode.RIDER)
    with shop.ledger.transaction() as tx:
        tx.take_stock([("STORE", "RICE", 1)])
    before = shop.books()
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(option.token, request_id="r")
    assert code_of(caught.value) is IssueCode.CAPACITY_TAKEN
    assert shop.books() == before
    assert "reservation.held" not in shop.event_types()
    assert shop.promising.plan().assignments == ()


def test_a_hold_that_the_checker_refuses_is_rolled_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    option = option_by(shop.quoted(), Mode.RIDER)
    violation = Violation(code="LOAD_EXCEEDED", path="routes[R-1]", message="weight_g (2) must be <= 1")
    monkeypatch.setattr(core, "check", lambda *_: (violation,))
    with pytest.raises(SolveError) as caught:
        shop.promising.hold(option.token, request_id="r")
    monkeypatch.undo()
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == (IssueCode.PLAN_INVALID, "routes[R-1]")
    assert issue.message == "LOAD_EXCEEDED: weight_g (2) must be <= 1"
    assert shop.books() == EMPTY
    assert shop.promising.hold(option.token, request_id="r").state is ReservationState.HELD


# how long a hold stands


def test_a_hold_of_a_pickup_stands_for_the_time_of_the_policy(shop: Shop) -> None:
    assert shop.held(mode=Mode.PICKUP).expire_time == at("07:10")


def test_a_hold_ends_when_a_vehicle_has_to_set_out_for_it(shop: Shop) -> None:
    held = shop.held(mode=Mode.RIDER)
    first = min(visit.depart for visit in visits_of(shop, held.contract_id))
    assert held.expire_time == min(first, at("07:10"))


def test_a_hold_stands_at_least_as_long_as_the_quote_would_have(shop: Shop) -> None:
    quote = shop.quoted()
    for option in quote.options:
        held = shop.promising.hold(option.token, request_id=shop.request_id())
        assert held.expire_time >= quote.expire_time
        shop.promising.release(held.reservation_id, request_id=shop.request_id())


@pytest.mark.parametrize("mode", ANY_MODE)
def test_a_hold_that_is_overdue_gives_everything_back(shop: Shop, mode: Mode) -> None:
    held = shop.held(mode=mode)
    shop.clock.advance_to(held.expire_time)
    assert shop.promising.reservation(held.reservation_id).state is ReservationState.EXPIRED
    assert shop.books() == EMPTY
    assert shop.promising.plan().assignments == ()
    assert shop.event_types()[-1] == "reservation.expired"


def test_a_timer_can_let_go_of_what_is_overdue(shop: Shop) -> None:
    held = shop.held()
    shop.promising.expire_overdue()
    assert shop.books() != EMPTY
    shop.clock.advance_to(held.expire_time)
    shop.promising.expire_overdue()
    assert shop.books() == EMPTY


def test_a_hold_stands_until_just_before_its_end(shop: Shop) -> None:
    held = shop.held()
    shop.clock.advance_to(held.expire_time - timedelta(microseconds=1))
    assert shop.promising.reservation(held.reservation_id).state is ReservationState.HELD
    assert shop.promising.confirm(held.reservation_id, request_id="r").status is ContractStatus.ACTIVE


def test_an_expiry_that_is_noticed_late_happened_in_time(shop: Shop) -> None:
    held = shop.held()
    shop.later(timedelta(hours=3))
    assert shop.promising.check() == ()
    assert shop.promising.events(limit=100)[-1].time == held.expire_time
    assert shop.books() == EMPTY


def test_after_an_expiry_the_contract_can_be_quoted_again(shop: Shop) -> None:
    held = shop.held()
    shop.clock.advance_to(held.expire_time)
    assert shop.promising.quote(held.contract_id).options


def test_a_started_hold_that_nobody_confirms_is_driven_in_vain(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    held = shop.held()
    monkeypatch.setattr(shop.promising, "_started", lambda *_: True)
    shop.clock.advance_to(held.expire_time)
    assert shop.promising.reservation(held.reservation_id).state is ReservationState.EXPIRED
    monkeypatch.undo()
    assert shop.promising.contract(held.contract_id).status is ContractStatus.CANCELED
    assert shop.books().num_visits == 2
    assert shop.promising.check() == ()
    assert shop.restarted().promising.plan() == shop.promising.plan()
    assert shop.promising.events(limit=100)[-2].payload["given_back"] == "false"


# confirm


@pytest.mark.parametrize("mode", ANY_MODE)
def test_a_confirmed_contract_is_active_and_has_its_promises(shop: Shop, mode: Mode) -> None:
    held = shop.held(mode=mode)
    contract = shop.promising.confirm(held.reservation_id, request_id="r")
    assert (contract.status, contract.revision) == (ContractStatus.ACTIVE, 3)
    assert contract.promises == held.option.promises
    assert shop.promising.reservation(held.reservation_id).state is ReservationState.CONFIRMED
    assert shop.promising.check() == ()
    events = ["order.joined", "contract.quoted", "reservation.held", "contract.confirmed"]
    assert [each for each in shop.event_types() if each != "document.issued"] == events


def test_a_confirmed_contract_does_not_expire(shop: Shop) -> None:
    shop.confirmed()
    before = shop.books()
    shop.later(timedelta(hours=2))
    assert shop.promising.check() == ()
    assert shop.books() == before


def test_the_same_confirmation_twice_confirms_once(shop: Shop) -> None:
    held = shop.held()
    first = shop.promising.confirm(held.reservation_id, request_id="r")
    assert shop.promising.confirm(held.reservation_id, request_id="r") == first


def test_an_expired_hold_is_not_confirmed(shop: Shop) -> None:
    held = shop.held()
    shop.clock.advance_to(held.expire_time)
    with pytest.raises(Expired) as caught:
        shop.promising.confirm(held.reservation_id, request_id="r")
    assert code_of(caught.value) is IssueCode.RESERVATION_EXPIRED


def test_what_is_settled_is_not_settled_again(shop: Shop) -> None:
    held = shop.held()
    shop.promising.release(held.reservation_id, request_id="r1")
    for settle in (shop.promising.confirm, shop.promising.release):
        with pytest.raises(Conflict) as caught:
            settle(held.reservation_id, request_id="r2")
        (issue,) = caught.value.issues
        assert issue.code is IssueCode.RESERVATION_STATE
        assert issue.message == f"state of {held.reservation_id} (RELEASED) must be HELD"


def test_a_hold_that_nobody_knows_is_not_found(shop: Shop) -> None:
    for ask in (shop.promising.confirm, shop.promising.release):
        with pytest.raises(NotFound) as caught:
            ask("nobody", request_id="r")
        assert code_of(caught.value) is IssueCode.RESERVATION_NOT_FOUND
    with pytest.raises(NotFound):
        shop.promising.reservation("nobody")


# release


@pytest.mark.parametrize("mode", ANY_MODE)
def test_a_released_hold_gives_everything_back(shop: Shop, mode: Mode) -> None:
    held = shop.held(mode=mode)
    released = shop.promising.release(held.reservation_id, request_id="r")
    assert released == held.model_copy(update={"state": ReservationState.RELEASED})
    assert shop.books() == EMPTY
    assert shop.promising.check() == ()
    assert shop.event_types()[-1] == "reservation.released"


def test_a_release_leaves_what_others_hold(shop: Shop) -> None:
    others = shop.confirmed(an_order("o1", member="m1"))
    before = shop.books()
    held = shop.held(an_order("o2", member="m2", crossing=5))
    shop.promising.release(held.reservation_id, request_id="r")
    assert shop.books() == before
    assert shop.promising.check() == ()
    assert len(visits_of(shop, others.contract_id)) == 2


def test_a_hold_that_a_vehicle_has_set_out_for_is_not_released(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    held = shop.held()
    before = shop.books()
    monkeypatch.setattr(shop.promising, "_started", lambda *_: True)
    with pytest.raises(Conflict) as caught:
        shop.promising.release(held.reservation_id, request_id="r")
    assert code_of(caught.value) is IssueCode.VISIT_STARTED
    assert shop.books() == before
    assert shop.promising.reservation(held.reservation_id).state is ReservationState.HELD


# cancel


def test_a_draft_is_cancelled(shop: Shop) -> None:
    contract = shop.submitted(an_order())
    canceled = shop.promising.cancel(contract.contract_id, request_id="r")
    assert (canceled.status, canceled.revision) == (ContractStatus.CANCELED, 2)
    assert shop.event_types() == ["order.joined", "contract.canceled"]


@pytest.mark.parametrize("mode", ANY_MODE)
@pytest.mark.parametrize("agreed", [True, False])
def test_a_cancelled_contract_gives_everything_back(shop: Shop, mode: Mode, agreed: bool) -> None:
    held = shop.held(mode=mode)
    if agreed:
        shop.promising.confirm(held.reservation_id, request_id="r1")
    canceled = shop.promising.cancel(held.contract_id, request_id="r2")
    assert canceled.status is ContractStatus.CANCELED
    assert shop.books() == EMPTY
    assert shop.promising.reservation(held.reservation_id).state is ReservationState.RELEASED
    assert shop.promising.check() == ()
    assert shop.promising.cancel(held.contract_id, request_id="r2") == canceled


def test_a_contract_is_not_cancelled_once_a_vehicle_has_set_out(shop: Shop) -> None:
    contract = shop.confirmed()
    first = min(visit.depart for visit in visits_of(shop, contract.contract_id))
    shop.clock.advance_to(first)
    before = shop.books()
    with pytest.raises(Conflict) as caught:
        shop.promising.cancel(contract.contract_id, request_id="r")
    assert code_of(caught.value) is IssueCode.VISIT_STARTED
    assert shop.books() == before


def test_a_contract_is_cancelled_just_before_its_vehicle_sets_out(shop: Shop) -> None:
    contract = shop.confirmed()
    shop.clock.advance_to(min(visit.depart for visit in visits_of(shop, contract.contract_id)) - SECOND)
    assert shop.promising.cancel(contract.contract_id, request_id="r").status is ContractStatus.CANCELED
    assert shop.books() == EMPTY


def test_a_cancelled_contract_is_not_cancelled_again(shop: Shop) -> None:
    contract = shop.submitted(an_order())
    shop.promising.cancel(contract.contract_id, request_id="r1")
    with pytest.raises(Conflict) as caught:
        shop.promising.cancel(contract.contract_id, request_id="r2")
    assert code_of(caught.value) is IssueCode.CONTRACT_STATUS


# a whole contract


def test_a_contract_of_several_channels_is_held_as_a_whole(shop: Shop) -> None:
    orders = (
        an_order("cake", "CAKE", channel=Channel.LIVESTREAM),
        an_order("greens", "LEEKS", "EGGS"),
        an_order("tissues", "TISSUES", channel=Channel.STORE_POS),
    )
    quote = shop.quoted(*orders)
    assert len(quote.options) >= 2
    for option in quote.options:
        held = shop.promising.hold(option.token, request_id=shop.request_id())
        assert len(held.option.assignments) == 3
        assert shop.promising.check() == ()
        shop.promising.release(held.reservation_id, request_id=shop.request_id())
        assert shop.books() == EMPTY


def test_when_no_counter_place_is_left_the_next_hold_is_refused(url: str) -> None:
    sites = (a_store(counter_places=1),)
    shop = Shop(url, world=a_world(catalogue=a_catalogue(sites=sites), stock=a_site_stock("STORE", RICE=9)))
    first = option_by(shop.quoted(an_order("o1", member="m1")), Mode.PICKUP)
    second = option_by(shop.quoted(an_order("o2", member="m2")), Mode.PICKUP)
    shop.promising.hold(first.token, request_id="r1")
    before = shop.books()
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(second.token, request_id="r2")
    half_hours = [
        use.bucket_start.isoformat() for use in second.assignments[0].uses if use.kind is CapacityKind.COUNTER
    ]
    assert {issue.code for issue in caught.value.issues} == {IssueCode.CAPACITY_TAKEN}
    assert [issue.message for issue in caught.value.issues] == [
        f"COUNTER of STORE from {each}: 1 wanted, 0 free" for each in half_hours
    ]
    assert shop.books() == before


def test_the_last_parcel_into_a_zone_is_held_by_one_of_two(url: str) -> None:
    zones = (a_square("Z-1", ends=(1, 9), daily_quota=1),)
    sites = (a_store(counter_places=0), a_depot())
    carriers = (a_carrier("X-1", zones=zones),)
    catalogue = a_catalogue(sites=sites, riders=(), vans=(), carriers=carriers, pools=())
    shop = Shop(url, world=a_world(catalogue=catalogue))
    first = option_by(shop.quoted(an_order("o1", member="m1")), Mode.CARRIER)
    second = option_by(shop.quoted(an_order("o2", member="m2")), Mode.CARRIER)
    held = shop.promising.hold(first.token, request_id="r1")
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(second.token, request_id="r2")
    (issue,) = caught.value.issues
    today = at("00:00").isoformat()
    assert (issue.code, issue.message) == (
        IssueCode.CAPACITY_TAKEN,
        f"CARRIER_ZONE of Z-1 from {today}: 1 wanted, 0 free",
    )
    shop.promising.release(held.reservation_id, request_id="r3")
    shop.promising.hold(second.token, request_id="r4")


def test_the_last_place_among_the_returns_of_a_site_is_held_by_one_of_two(url: str) -> None:
    old = PackItem(
        name="old", kind=ServiceItemKind.COLLECTION, service_duration=timedelta(minutes=1), load=Load(weight_g=100)
    )
    policy = a_policy(service_packs=(ServicePack(category="food", items=(old,)),))
    sites = (a_store(returns_per_day=1), a_depot(returns_per_day=0))
    shop = Shop(url, world=a_world(catalogue=a_catalogue(sites=sites, policy=policy)))
    first, second = (
        option_by(shop.quoted(an_order(name, member=name, method=Method.DELIVERY)), Mode.RIDER) for name in ("o1", "o2")
    )
    held = shop.promising.hold(first.token, request_id="r1")
    with pytest.raises(Conflict) as caught:
        shop.promising.hold(second.token, request_id="r2")
    today = at("00:00").isoformat()
    assert f"RETURNS of STORE from {today}: 1 wanted, 0 free" in {issue.message for issue in caught.value.issues}
    assert shop.promising.check() == ()
    shop.promising.release(held.reservation_id, request_id="r3")
    shop.promising.hold(second.token, request_id="r4")
    assert shop.promising.check() == ()


def test_the_policy_says_how_long_a_hold_stands(url: str) -> None:
    catalogue = a_catalogue(policy=a_policy(hold_ttl=timedelta(seconds=45)))
    shop = Shop(url, world=a_world(catalogue=catalogue))
    assert shop.held(mode=Mode.PICKUP).expire_time == at("07:00") + timedelta(seconds=45)

"""Submit, quote, hold, confirm over a real socket, with the real use cases and a real ledger."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count, islice
from pathlib import Path

import grpc
import pytest
from servanda.v1 import (
    contract_pb2,
    contract_service_pb2,
    option_pb2,
    order_pb2,
    order_service_pb2,
    plan_pb2,
    plan_service_pb2,
    promise_pb2,
    reservation_pb2,
    simulation_service_pb2,
)

from models.contract import Contract
from models.issues import IssueCode
from models.option import Quote
from models.order import Order
from models.place import Place
from models.plan import Plan
from models.promise import Mode
from models.reservation import Reservation, ReservationState
from models.timing import TimeWindow
from server.rpc.convert import read, write
from tests.builders import a_catalogue, at
from tests.server.promising.builders import a_world, an_order, option_by
from tests.server.promising.test_narrowing import with_wide_slots
from tests.server.rpc.doubles import Client, a_server, a_tiny_shop, refusal

request_ids = (f"r-{number}" for number in count(1))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        yield client


def submission(*orders: Order, request_id: str = "") -> order_service_pb2.SubmitOrdersRequest:
    messages = [write(order_pb2.Order, order) for order in orders]
    return order_service_pb2.SubmitOrdersRequest(orders=messages, request_id=request_id or next(request_ids))


def submit(client: Client, *orders: Order) -> order_service_pb2.SubmittedOrder:
    return client.orders.SubmitOrders(submission(*orders)).orders[-1]


def quote(client: Client, *orders: Order) -> option_pb2.Quote:
    contract_id = submit(client, *orders).contract_id
    return client.contracts.QuoteContract(contract_service_pb2.QuoteContractRequest(contract_id=contract_id))


def token_of(quoted: option_pb2.Quote, mode: Mode) -> str:
    return option_by(read(Quote, quoted), mode).token


def hold(client: Client, *orders: Order) -> reservation_pb2.Reservation:
    token = token_of(quote(client, *orders), Mode.RIDER)
    return client.contracts.HoldOption(
        contract_service_pb2.HoldOptionRequest(option_token=token, request_id=next(request_ids))
    )


def confirm(client: Client, *orders: Order) -> contract_pb2.Contract:
    reservation_id = hold(client, *orders).reservation_id
    ask = contract_service_pb2.ConfirmReservationRequest(reservation_id=reservation_id, request_id=next(request_ids))
    return client.contracts.ConfirmReservation(ask)


def advance(client: Client, by: timedelta) -> None:
    now = client.simulation.GetClock(simulation_service_pb2.GetClockRequest()).time
    ask = simulation_service_pb2.AdvanceClockRequest()
    ask.time.FromDatetime(now.ToDatetime() + by)
    client.simulation.AdvanceClock(ask)


def test_an_order_becomes_a_contract_that_is_quoted_held_confirmed_and_planned(client: Client) -> None:
    submitted = submit(client, an_order())
    assert submitted.reasons == [contract_pb2.JOIN_REASON_FIRST_ORDER]
    ask = contract_service_pb2.QuoteContractRequest(contract_id=submitted.contract_id)
    quoted = client.contracts.QuoteContract(ask)
    assert quoted.complete
    option = quoted.options[0]
    assert option.cost_total == sum(option.cost.values())
    assert option.earliest_fulfillment_time.seconds <= option.latest_fulfillment_time.seconds
    read(Quote, quoted)  # nothing in it that the model refuses

    held = client.contracts.HoldOption(
        contract_service_pb2.HoldOptionRequest(option_token=option.token, request_id="hold")
    )
    assert held.state == reservation_pb2.RESERVATION_STATE_HELD
    confirmed = client.contracts.ConfirmReservation(
        contract_service_pb2.ConfirmReservationRequest(reservation_id=held.reservation_id, request_id="confirm")
    )
    assert confirmed.status == contract_pb2.CONTRACT_STATUS_ACTIVE
    assert list(confirmed.promises) == list(option.promises)

    plan = client.plans.GetPlan(plan_service_pb2.GetPlanRequest())
    assert [each.contract_id for each in plan.assignments] == [submitted.contract_id]
    assert plan.currency == "CNY"
    assert read(Plan, plan).cost.total == plan.cost_total > 0
    assert not client.plans.CheckPlan(plan_service_pb2.CheckPlanRequest()).violations


def test_what_was_sent_can_be_looked_up(client: Client) -> None:
    order = an_order("o1", "RICE", "MILK")
    contract_id = submit(client, order).contract_id
    found = client.orders.GetOrder(order_service_pb2.GetOrderRequest(order_id="o1"))
    assert read(Order, found) == order
    contract = client.contracts.GetContract(contract_service_pb2.GetContractRequest(contract_id=contract_id))
    assert [demand.sku_id for demand in read(Contract, contract).demands] == ["RICE", "MILK"]


def test_an_order_can_leave_its_contract(client: Client) -> None:
    submit(client, an_order("o1"))
    joined = submit(client, an_order("o2"))
    assert joined.reasons == [contract_pb2.JOIN_REASON_SAME_MEMBER]
    detached = client.orders.DetachOrder(order_service_pb2.DetachOrderRequest(order_id="o2", request_id="d"))
    assert detached.from_contract_id == joined.contract_id != detached.contract_id


def test_a_request_that_is_sent_again_changes_nothing_and_gets_the_same_answer(client: Client) -> None:
    message = submission(an_order(), request_id="again")
    assert client.orders.SubmitOrders(message) == client.orders.SubmitOrders(message)


def test_a_request_id_with_another_content_is_refused(client: Client) -> None:
    client.orders.SubmitOrders(submission(an_order("o1"), request_id="same"))
    code, (issue,) = refusal(lambda: client.orders.SubmitOrders(submission(an_order("o2"), request_id="same")))
    assert (code, issue.code) == (grpc.StatusCode.ALREADY_EXISTS, IssueCode.REQUEST_ID_REUSED)


def test_a_hold_can_be_released_and_an_agreed_contract_canceled(client: Client) -> None:
    held = hold(client, an_order("o1"))
    released = client.contracts.ReleaseReservation(
        contract_service_pb2.ReleaseReservationRequest(reservation_id=held.reservation_id, request_id="rel")
    )
    assert released.state == reservation_pb2.RESERVATION_STATE_RELEASED
    agreed = confirm(client, an_order("o2", member="m2"))
    canceled = client.contracts.CancelContract(
        contract_service_pb2.CancelContractRequest(contract_id=agreed.contract_id, request_id="can")
    )
    assert canceled.status == contract_pb2.CONTRACT_STATUS_CANCELED


def test_a_hold_is_expired_exactly_when_its_time_has_passed(client: Client) -> None:
    held = hold(client, an_order())
    advance(client, timedelta(minutes=30))
    ask = contract_service_pb2.GetReservationRequest(reservation_id=held.reservation_id)
    assert read(Reservation, client.contracts.GetReservation(ask)).state is ReservationState.EXPIRED
    late = contract_service_pb2.ConfirmReservationRequest(reservation_id=held.reservation_id, request_id="late")
    code, (issue,) = refusal(lambda: client.contracts.ConfirmReservation(late))
    assert (code, issue.code) == (grpc.StatusCode.FAILED_PRECONDITION, IssueCode.RESERVATION_EXPIRED)


def test_bad_orders_are_refused_whole_with_every_issue(client: Client) -> None:
    good = an_order("o1")
    bad = an_order("o2", "NOBODY-HAS-IT")
    past = an_order("o3", windows=(TimeWindow(earliest=at("05:00"), latest=at("06:00")),))
    nowhere = an_order("o4", place=Place(lat=0, lon=0))
    wish = an_order("o5", service_level_id="yesterday")
    code, issues = refusal(lambda: client.orders.SubmitOrders(submission(good, bad, past, nowhere, wish)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert {(issue.code, issue.path) for issue in issues} == {
        (IssueCode.SKU_UNKNOWN, "orders[1].lines[0].sku_id"),
        (IssueCode.WINDOW_IN_THE_PAST, "orders[2].windows[0].latest"),
        (IssueCode.PLACE_NOT_REACHABLE, "orders[3].place"),
        (IssueCode.SERVICE_LEVEL_UNKNOWN, "orders[4].service_level_id"),
    }
    assert all(issue.hint for issue in issues if issue.code is not IssueCode.PLACE_NOT_REACHABLE)
    assert refusal(lambda: client.orders.GetOrder(order_service_pb2.GetOrderRequest(order_id="o1")))[0] is (
        grpc.StatusCode.NOT_FOUND
    )


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        ("quantity", "orders[0].lines[0].quantity"),
        ("identity", "orders[0].identity"),
        ("window", "orders[0].windows[0]"),
    ],
)
def test_an_order_that_no_model_can_hold_is_refused_at_its_field(client: Client, spoil: str, path: str) -> None:
    message = submission(an_order())
    order = message.orders[0]
    if spoil == "quantity":
        order.lines[0].quantity = 0
    if spoil == "identity":
        order.identity.Clear()
        order.identity.SetInParent()
    if spoil == "window":
        window = order.windows.add()
        window.earliest.FromDatetime(at("09:00"))
        window.latest.FromDatetime(at("08:00"))
    code, (issue,) = refusal(lambda: client.orders.SubmitOrders(message))
    assert (code, issue.path) == (grpc.StatusCode.INVALID_ARGUMENT, path)
    assert issue.code in (
        IssueCode.QUANTITY_NOT_POSITIVE,
        IssueCode.ORDER_WITHOUT_IDENTITY,
        IssueCode.WINDOW_REVERSED,
    )


def test_what_is_wrong_with_an_order_and_what_is_wrong_for_this_world_come_together(client: Client) -> None:
    message = submission(an_order("o1", "NOBODY-HAS-IT", "RICE"), an_order("o2", place=Place(lat=0, lon=0)))
    message.orders[0].lines[1].quantity = 0
    message.orders[0].placed_time.seconds = 10**12
    message.orders[1].channel = order_pb2.CHANNEL_UNSPECIFIED
    code, issues = refusal(lambda: client.orders.SubmitOrders(message))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.TIME_OUT_OF_RANGE, "orders[0].placed_time"),
        (IssueCode.FIELD_REQUIRED, "orders[1].channel"),
        (IssueCode.QUANTITY_NOT_POSITIVE, "orders[0].lines[1].quantity"),
        (IssueCode.SKU_UNKNOWN, "orders[0].lines[0].sku_id"),
        (IssueCode.PLACE_NOT_REACHABLE, "orders[1].place"),
    ]


def test_an_order_too_heavy_for_any_load_is_bad_input_and_no_defect(client: Client) -> None:
    message = submission(an_order("o1"))
    message.orders[0].lines[0].quantity = 100_000
    code, (issue,) = refusal(lambda: client.orders.SubmitOrders(message))
    assert (code, issue.code, issue.path) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        IssueCode.VALUE_INVALID,
        "orders[0].lines",
    )
    assert issue.message == "weight_g of the AMBIENT goods (500000000) must be <= 100000000"


def test_an_order_id_with_another_content_exists_already(client: Client) -> None:
    submit(client, an_order("o1"))
    code, (issue,) = refusal(lambda: submit(client, an_order("o1", "MILK")))
    assert (code, issue.code) == (grpc.StatusCode.ALREADY_EXISTS, IssueCode.ORDER_ALREADY_SUBMITTED)


@pytest.mark.parametrize("spoil", ["", "garbage", "cut", "changed"])
def test_a_token_that_this_server_did_not_make_holds_nothing(client: Client, spoil: str) -> None:
    token = quote(client, an_order()).options[0].token
    spoiled = {"": "", "garbage": "x.y", "cut": token[:-4], "changed": "A" + token[1:]}[spoil]
    code, (issue,) = refusal(
        lambda: client.contracts.HoldOption(
            contract_service_pb2.HoldOptionRequest(option_token=spoiled, request_id="h")
        )
    )
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert (issue.code, issue.path) == (
        IssueCode.OPTION_TOKEN_INVALID if spoil else IssueCode.FIELD_REQUIRED,
        "option_token",
    )


def test_an_expired_token_holds_nothing(client: Client) -> None:
    token = quote(client, an_order()).options[0].token
    advance(client, timedelta(minutes=5))
    ask = contract_service_pb2.HoldOptionRequest(option_token=token, request_id="h")
    code, (issue,) = refusal(lambda: client.contracts.HoldOption(ask))
    assert (code, issue.code) == (grpc.StatusCode.FAILED_PRECONDITION, IssueCode.OPTION_EXPIRED)


def test_stock_that_somebody_else_took_is_a_lost_race(client: Client) -> None:
    """Twenty pieces of rice lie in the store, and both ask for fifteen of them."""
    lines = (an_order().lines[0].model_copy(update={"quantity": 15}),)
    quotes = [quote(client, an_order(f"o{member}", member=member, lines=lines)) for member in ("m1", "m2")]
    mine, yours = (
        contract_service_pb2.HoldOptionRequest(option_token=token_of(each, Mode.PICKUP), request_id=next(request_ids))
        for each in quotes
    )
    assert client.contracts.HoldOption(mine).state == reservation_pb2.RESERVATION_STATE_HELD
    code, (issue, *_) = refusal(lambda: client.contracts.HoldOption(yours))
    assert (code, issue.code) == (grpc.StatusCode.ABORTED, IssueCode.CAPACITY_TAKEN)


def test_contracts_are_listed_in_pages(client: Client) -> None:
    for number in range(5):
        submit(client, an_order(f"o{number}", member=f"m{number}"))
    found, token = [], ""
    while True:
        ask = contract_service_pb2.ListContractsRequest(page_size=2, page_token=token)
        page = client.contracts.ListContracts(ask)
        assert len(page.contracts) <= 2
        found += [contract.contract_id for contract in page.contracts]
        token = page.next_page_token
        if not token:
            break
    assert len(found) == len(set(found)) == 5
    only = contract_service_pb2.ListContractsRequest(statuses=[contract_pb2.CONTRACT_STATUS_ACTIVE])
    assert not client.contracts.ListContracts(only).contracts


@pytest.mark.parametrize("size", [-1, 501])
def test_a_page_is_neither_negative_nor_huge(client: Client, size: int) -> None:
    ask = contract_service_pb2.ListContractsRequest(page_size=size)
    code, (issue,) = refusal(lambda: client.contracts.ListContracts(ask))
    assert (code, issue.path) == (grpc.StatusCode.INVALID_ARGUMENT, "page_size")


def test_a_page_token_that_is_none_is_refused(client: Client) -> None:
    code, (issue,) = refusal(
        lambda: client.contracts.ListContracts(contract_service_pb2.ListContractsRequest(page_token="é"))
    )
    assert (code, issue.code) == (grpc.StatusCode.INVALID_ARGUMENT, IssueCode.PAGE_TOKEN_INVALID)


def test_a_watch_tells_what_was_and_what_comes_and_goes_on_where_it_broke_off(client: Client) -> None:
    confirm(client, an_order("o1"))
    watch = client.contracts.WatchContracts(contract_service_pb2.WatchContractsRequest())
    first = list(islice(watch, 2))
    assert [event.event_type for event in first] == ["order.joined", "contract.quoted"]
    watch.cancel()

    again = client.contracts.WatchContracts(contract_service_pb2.WatchContractsRequest(cursor=first[-1].cursor))
    types = ["reservation.held", "contract.confirmed", "document.issued"]
    assert [event.event_type for event in islice(again, 3)] == types
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, again)
        contract_id = submit(client, an_order("o2", member="m2")).contract_id
        event = coming.result(5)
    assert (event.event_type, event.contract_id) == ("order.joined", contract_id)
    again.cancel()


def test_a_watch_hears_of_a_hold_that_expires_by_itself(client: Client) -> None:
    hold(client, an_order())
    watch = client.contracts.WatchContracts(contract_service_pb2.WatchContractsRequest())
    assert len(list(islice(watch, 3))) == 3
    advance(client, timedelta(minutes=30))
    assert next(watch).event_type == "reservation.expired"
    watch.cancel()


def test_a_watch_of_some_contracts_hears_of_no_other(client: Client) -> None:
    submit(client, an_order("o1"))
    mine = submit(client, an_order("o2", member="m2")).contract_id
    watch = client.contracts.WatchContracts(contract_service_pb2.WatchContractsRequest(contract_ids=[mine]))
    assert next(watch).contract_id == mine
    watch.cancel()


def test_a_cursor_that_is_none_is_refused(client: Client) -> None:
    watch = client.contracts.WatchContracts(contract_service_pb2.WatchContractsRequest(cursor="yesterday"))
    code, (issue,) = refusal(lambda: next(watch))
    assert (code, issue.code) == (grpc.StatusCode.INVALID_ARGUMENT, IssueCode.CURSOR_INVALID)


def test_a_watch_ends_when_the_server_stops(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with a_server(a_tiny_shop(), folder=tmp_path) as client:
            submit(client, an_order())
            watch = client.contracts.WatchContracts(contract_service_pb2.WatchContractsRequest())
            next(watch)
            ended = pool.submit(refusal, lambda: next(watch))
        assert ended.result(5)[0] in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def test_a_restarted_server_knows_everything(tmp_path: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        before = confirm(client, an_order("o1"))
        plan = client.plans.GetPlan(plan_service_pb2.GetPlanRequest())
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        ask = contract_service_pb2.GetContractRequest(contract_id=before.contract_id)
        assert client.contracts.GetContract(ask) == before
        assert client.plans.GetPlan(plan_service_pb2.GetPlanRequest()) == plan
        assert isinstance(plan, plan_pb2.Plan)
        assert Mode.RIDER in {each.mode for each in read(Plan, plan).assignments}


# -- counter-offers


def counter_offer(
    client: Client, contract_id: str, wish: contract_service_pb2.Wish
) -> contract_service_pb2.CounterOfferRound:
    ask = contract_service_pb2.CounterOfferRequest(
        contract_id=contract_id, wish=wish, asked_by="agent-7", request_id=next(request_ids)
    )
    return client.contracts.CounterOffer(ask)


def test_a_counter_offer_is_searched_under_its_wish_kept_and_can_be_held(client: Client) -> None:
    contract_id = submit(client, an_order()).contract_id
    wish = contract_service_pb2.Wish(max_fee=300, unwanted_modes=[promise_pb2.MODE_PICKUP])
    wish.latest_end.FromDatetime(at("12:00"))
    answer = counter_offer(client, contract_id, wish)
    assert (answer.number, answer.asked_by, answer.rounds_left) == (1, "agent-7", 4)
    assert answer.wish == wish
    (recommended,) = (option for option in answer.quote.options if option.recommended)
    assert recommended.compared == option_pb2.Comparison()
    for option in answer.quote.options:
        assert option.fee <= 300
        assert option.latest_fulfillment_time.ToDatetime() <= at("12:00").replace(tzinfo=None)
        assert recommended.fee + option.compared.fee == option.fee
        assert recommended.cost_total + option.compared.cost == option.cost_total
    again = client.contracts.ListCounterOffers(
        contract_service_pb2.ListCounterOffersRequest(contract_id=contract_id)
    ).rounds
    assert [(each.number, each.wish) for each in again] == [(1, wish)]
    assert not any(option.token for each in again for option in each.quote.options)
    held = client.contracts.HoldOption(
        contract_service_pb2.HoldOptionRequest(option_token=recommended.token, request_id="hold-it")
    )
    assert held.option.promises == recommended.promises


def test_a_wish_that_means_nothing_is_refused_with_every_issue(client: Client) -> None:
    contract_id = submit(client, an_order()).contract_id
    wish = contract_service_pb2.Wish(apart_item_ids=["nobody"], service_level_id="yesterday")
    wish.latest_end.FromDatetime(at("06:00"))
    code, issues = refusal(lambda: counter_offer(client, contract_id, wish))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.WINDOW_IN_THE_PAST, "wish.latest_end"),
        (IssueCode.REFERENCE_DANGLING, "wish.apart_item_ids[0]"),
        (IssueCode.SERVICE_LEVEL_UNKNOWN, "wish.service_level_id"),
    ]
    missing = contract_service_pb2.CounterOfferRequest(contract_id=contract_id, request_id="r")
    code, (issue,) = refusal(lambda: client.contracts.CounterOffer(missing))
    assert (code, issue.code, issue.path) == (grpc.StatusCode.INVALID_ARGUMENT, IssueCode.FIELD_REQUIRED, "wish")


def test_more_rounds_than_the_policy_allows_are_refused(client: Client) -> None:
    contract_id = submit(client, an_order()).contract_id
    for _ in range(5):
        counter_offer(client, contract_id, contract_service_pb2.Wish(max_fee=600))
    code, (issue,) = refusal(lambda: counter_offer(client, contract_id, contract_service_pb2.Wish(max_fee=600)))
    assert (code, issue.code) == (grpc.StatusCode.FAILED_PRECONDITION, IssueCode.COUNTER_OFFERS_USED_UP)


# -- flexible promises


def test_a_flexible_promise_is_narrowed_by_the_clock_and_a_watch_hears_of_it(tmp_path: Path) -> None:
    world = a_world(catalogue=a_catalogue(policy=with_wide_slots()))
    with a_server(a_tiny_shop(its_world=world), folder=tmp_path) as client:
        quoted = quote(client, an_order())
        (option,) = (each for each in quoted.options if option_pb2.ARCHETYPE_FLEXIBLE in each.archetypes)
        wide = option.promises[0].window
        held = client.contracts.HoldOption(
            contract_service_pb2.HoldOptionRequest(option_token=option.token, request_id="hold")
        )
        settle = contract_service_pb2.ConfirmReservationRequest(reservation_id=held.reservation_id, request_id="yes")
        confirmed = client.contracts.ConfirmReservation(settle)
        advance(client, timedelta(minutes=31))
        ask = contract_service_pb2.GetContractRequest(contract_id=confirmed.contract_id)
        (promise,) = client.contracts.GetContract(ask).promises
        assert promise.narrowed_from == wide
        assert promise.window.latest.seconds - promise.window.earliest.seconds == 3600
        watch = client.contracts.WatchContracts(
            contract_service_pb2.WatchContractsRequest(contract_ids=[confirmed.contract_id])
        )
        told = next(event for event in watch if event.event_type == "promise.narrowed")
        assert told.payload["item_id"] == promise.item_id
        watch.cancel()

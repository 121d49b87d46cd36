"""A refused wish over a real socket: its ways out are held, or agreed with somebody first; and Explain."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import grpc
import pytest
from servanda.v1 import (
    contract_pb2,
    contract_service_pb2,
    option_pb2,
    order_pb2,
    order_service_pb2,
    plan_service_pb2,
    resource_service_pb2,
)

from models.explanation import Explanation
from models.issues import IssueCode
from models.option import Quote, Relaxation, WayOut
from models.order import Method, Order
from models.plan import ReasonCode
from models.timing import Interval
from server.cli import run
from server.rpc.convert import read, write
from tests.builders import a_catalogue, a_policy, a_rider, at
from tests.server.promising.builders import a_world, an_order
from tests.server.rpc.doubles import Client, a_server, a_tiny_shop, refusal

LATE_RIDER = a_rider("R-1", shift=Interval(start=at("08:30"), end=at("15:00")))
AT_HOME = a_rider("R-2", on_call=True)
IN_AN_HOUR = an_order(service_level_id="hour", method=Method.DELIVERY)

request_ids = (f"r-{number}" for number in count(1))


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Nobody comes within the hour, unless R-2 is called in; there are no vans."""
    catalogue = a_catalogue(riders=(LATE_RIDER, AT_HOME), vans=(), pools=(), policy=a_policy())
    monkeypatch.setattr("tests.server.rpc.doubles.a_world", lambda: a_world(catalogue=catalogue))
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        yield client


def contract_of(client: Client, order: Order) -> str:
    orders = [write(order_pb2.Order, order)]
    request = order_service_pb2.SubmitOrdersRequest(orders=orders, request_id=next(request_ids))
    return client.orders.SubmitOrders(request).orders[0].contract_id


def quote(client: Client, contract_id: str) -> option_pb2.Quote:
    return client.contracts.QuoteContract(contract_service_pb2.QuoteContractRequest(contract_id=contract_id))


def way_out(client: Client, contract_id: str, relaxation: Relaxation) -> WayOut:
    ways = read(Quote, quote(client, contract_id)).ways_out
    return next(way for way in ways if way.relaxation is relaxation)


def confirm(client: Client, token: str) -> contract_pb2.Contract:
    hold = contract_service_pb2.HoldOptionRequest(option_token=token, request_id=next(request_ids))
    reservation_id = client.contracts.HoldOption(hold).reservation_id
    return client.contracts.ConfirmReservation(
        contract_service_pb2.ConfirmReservationRequest(reservation_id=reservation_id, request_id=next(request_ids))
    )


def plan_cost(client: Client) -> int:
    assert not client.plans.CheckPlan(plan_service_pb2.CheckPlanRequest()).violations
    return client.plans.GetPlan(plan_service_pb2.GetPlanRequest()).cost_total


def explain(client: Client, **fields: str) -> plan_service_pb2.Explanation:
    return client.plans.Explain(plan_service_pb2.ExplainRequest(**fields))


# -- ways out


def test_a_way_out_that_needs_nobody_is_held_and_confirmed_by_its_token(client: Client) -> None:
    contract_id = contract_of(client, IN_AN_HOUR)
    way = way_out(client, contract_id, Relaxation.PICKUP)
    contract = confirm(client, way.option.token)
    assert [each.also for each in contract.items] == [[contract_pb2.SERVICE_ITEM_KIND_STORE_PICKUP]]
    assert plan_cost(client) == way.option.cost.total - way.option.cost.expected_compensation


def test_a_later_promise_is_held_by_its_token(client: Client) -> None:
    way = way_out(client, contract_of(client, IN_AN_HOUR), Relaxation.LATER_PROMISE)
    confirm(client, way.option.token)
    assert plan_cost(client) == way.option.cost.total - way.option.cost.expected_compensation


def test_a_rider_is_called_in_and_then_the_wish_is_met_at_the_price_that_was_said(client: Client) -> None:
    contract_id = contract_of(client, IN_AN_HOUR)
    way = way_out(client, contract_id, Relaxation.ON_CALL)
    assert way.option.token == "", "nobody has been called yet"
    assert way.shift_change is not None
    client.resources.ChangeShift(
        resource_service_pb2.ChangeShiftRequest(
            resource_id=way.shift_change.resource_id, call_in=way.shift_change.call_in, request_id=next(request_ids)
        )
    )
    met = next(option for option in quote(client, contract_id).options if option.meets_wish)
    assert (met.cost_total, met.fee) == (way.option.cost.total, way.option.fee)
    confirm(client, met.token)
    assert plan_cost(client) == way.option.cost.total - way.option.cost.expected_compensation


def test_a_wish_that_is_met_has_no_ways_out(client: Client) -> None:
    assert not quote(client, contract_of(client, an_order(service_level_id="slot"))).ways_out


# -- explain


def promised_by_rider(client: Client) -> tuple[str, str]:
    """Contract and item, in a slot, by R-1: the only one at work."""
    contract_id = contract_of(client, an_order(service_level_id="slot"))
    options = [each for each in quote(client, contract_id).options if each.meets_wish]
    contract = confirm(client, min(options, key=lambda option: option.cost_total).token)
    return contract_id, contract.items[0].item_id


def test_explain_says_what_another_resource_costs_and_whom_it_moves(client: Client) -> None:
    contract_id, item_id = promised_by_rider(client)
    call_in = resource_service_pb2.ChangeShiftRequest(resource_id="R-2", call_in=True, request_id=next(request_ids))
    client.resources.ChangeShift(call_in)
    before = client.plans.GetPlan(plan_service_pb2.GetPlanRequest())
    message = explain(client, contract_id=contract_id, item_id=item_id, resource_id="R-2")
    found = read(Explanation, message)
    assert (found.feasible, found.assigned_resource_id) == (True, "R-1")
    assert [(move.item_id, move.from_resource_id, move.to_resource_id) for move in found.moves] == [
        (item_id, "R-1", "R-2")
    ]
    assert message.currency == "CNY"
    assert message.cost_difference_total == found.cost_difference.total
    assert client.plans.GetPlan(plan_service_pb2.GetPlanRequest()) == before, "nothing in force changes"


def test_explain_says_what_another_site_costs(client: Client) -> None:
    contract_id, item_id = promised_by_rider(client)
    (assignment,) = client.plans.GetPlan(plan_service_pb2.GetPlanRequest()).assignments
    other = {"STORE": "DEPOT", "DEPOT": "STORE"}[assignment.site_id]
    found = explain(client, contract_id=contract_id, item_id=item_id, site_id=other)
    assert found.feasible
    assert found.moves[0].to_site_id == other


def test_explain_says_why_not(client: Client) -> None:
    contract_id, item_id = promised_by_rider(client)
    found = read(Explanation, explain(client, contract_id=contract_id, item_id=item_id, resource_id="R-2"))
    assert (found.feasible, [each.code for each in found.reasons]) == (False, [ReasonCode.ON_CALL])


def test_the_command_line_explains(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    contract_id, item_id = promised_by_rider(client)
    asked = ["explain", contract_id, item_id, "--address", client.address]
    assert run([*asked, "--resource", "R-1"]) == 0
    assert capsys.readouterr().out == "R-1 instead of R-1 costs +0.00 and moves 0\n"
    assert run([*asked, "--resource", "R-2"]) == 1
    assert capsys.readouterr().out == "R-2 instead of R-1 is impossible: ON_CALL\n"
    assert run([*asked, "--site", "nowhere", "--json"]) == 2
    assert "REFERENCE_DANGLING" in capsys.readouterr().err


def test_every_mistake_of_a_question_is_told_at_once(client: Client) -> None:
    contract_id = contract_of(client, IN_AN_HOUR)
    code, issues = refusal(
        lambda: explain(client, contract_id=contract_id, item_id="i-none", resource_id="nobody", site_id="nowhere")
    )
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(issue.code, issue.path, issue.message) for issue in issues] == [
        (
            IssueCode.REFERENCE_DANGLING,
            "item_id",
            "item_id (i-none) must name an item of the contract that is in the plan",
        ),
        (IssueCode.VALUE_INVALID, "resource_id", "number of resource_id and site_id that are given (2) must be 1"),
        (IssueCode.REFERENCE_DANGLING, "resource_id", "resource_id (nobody) must name a resource of the world"),
        (IssueCode.REFERENCE_DANGLING, "site_id", "site_id (nowhere) must name a site of the world"),
    ]


def test_a_contract_that_nobody_has_is_not_found(client: Client) -> None:
    code, (issue,) = refusal(lambda: explain(client, contract_id="none", item_id="i", resource_id="R-1"))
    assert (code, issue.code) == (grpc.StatusCode.NOT_FOUND, IssueCode.CONTRACT_NOT_FOUND)

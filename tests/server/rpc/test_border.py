"""What a caller meets before any use case: limits, deadlines, errors, health, reflection."""

import threading
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.longrunning import operations_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from servanda.v1 import contract_service_pb2, order_service_pb2, plan_service_pb2, simulation_service_pb2

from models.issues import InputError, Issue, IssueCode
from models.option import Quote
from server.background import in_background
from server.clock import SimulatedClock
from server.config import Settings
from solver.stop import Stop
from tests.builders import at
from tests.server.rpc.doubles import Client, FakePromising, a_fake, a_server, a_tiny_shop, gives, refusal, says
from tests.server.rpc.test_convert import an_order

QUOTE = contract_service_pb2.QuoteContractRequest(contract_id="c-1")


def a_quote(*, complete: bool) -> Quote:
    return Quote(
        quote_id="q-1",
        contract_id="c-1",
        contract_revision=1,
        options=(),
        refusals=(),
        create_time=at("07:00"),
        expire_time=at("07:02"),
        complete=complete,
    )


class Searching:
    """A search that never ends by itself, and tells when it was stopped."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.stopped = threading.Event()

    def __call__(self, _contract_id: str, *, stop: Stop) -> Quote:
        self.begun.set()
        while not stop():
            time.sleep(0.001)
        self.stopped.set()
        return a_quote(complete=False)


def test_the_deadline_of_the_caller_bounds_the_search(tmp_path: Path) -> None:
    with a_server(a_fake(FakePromising(quote=Searching())), folder=tmp_path) as client:
        client.simulation.GetClock(simulation_service_pb2.GetClockRequest())  # connects
        begin = time.monotonic()
        quote = client.contracts.QuoteContract(QUOTE, timeout=0.5)
        assert not quote.complete
        assert 0.3 < time.monotonic() - begin < 0.5


def test_without_a_deadline_the_server_sets_one(tmp_path: Path) -> None:
    fake = a_fake(FakePromising(quote=Searching()))
    with a_server(fake, folder=tmp_path, max_search=0.2) as client:
        assert not client.contracts.QuoteContract(QUOTE).complete


def test_cancelling_the_call_stops_the_search(tmp_path: Path) -> None:
    search = Searching()
    with a_server(a_fake(FakePromising(quote=search)), folder=tmp_path, max_search=60) as client:
        call = client.contracts.QuoteContract.future(QUOTE)
        assert search.begun.wait(5)
        call.cancel()
        assert search.stopped.wait(5)


def test_a_call_whose_deadline_passes_in_the_queue_never_begins(tmp_path: Path) -> None:
    search, seen = Searching(), list[str]()
    fake = FakePromising(quote=search, contract=seen.append)
    with a_server(a_fake(fake), folder=tmp_path, max_search=60) as client:
        first = client.contracts.QuoteContract.future(QUOTE)
        assert search.begun.wait(5)
        late = contract_service_pb2.GetContractRequest(contract_id="late")
        code, _ = refusal(lambda: client.contracts.GetContract(late, timeout=0.1))
        assert code is grpc.StatusCode.DEADLINE_EXCEEDED
        first.cancel()
        assert search.stopped.wait(5)
        assert refusal(lambda: client.plans.GetPlan(plan_service_pb2.GetPlanRequest()))[0]
        assert seen == []


def test_a_call_too_many_is_told_to_come_again(tmp_path: Path) -> None:
    search = Searching()
    with a_server(a_fake(FakePromising(quote=search)), folder=tmp_path, max_search=60, queue_size=1) as client:
        first = client.contracts.QuoteContract.future(QUOTE)
        assert search.begun.wait(5)
        code, issues = refusal(lambda: client.contracts.QuoteContract(QUOTE))
        assert (code, issues[0].code) == (grpc.StatusCode.RESOURCE_EXHAUSTED, IssueCode.QUEUE_FULL)
        first.cancel()


def a_large_message(num_characters: int) -> order_service_pb2.SubmitOrdersRequest:
    message = order_service_pb2.SubmitOrdersRequest(orders=[an_order()], request_id="r")
    message.orders[0].place.address = "x" * num_characters
    return message


def test_a_message_of_5_mb_is_refused_before_anybody_reads_it(tmp_path: Path) -> None:
    message = a_large_message(5_000_000)
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        code, (issue,) = refusal(lambda: client.orders.SubmitOrders(message))
        assert (code, issue.code) == (grpc.StatusCode.RESOURCE_EXHAUSTED, IssueCode.MESSAGE_TOO_LARGE)
        assert issue.message == f"size of the request ({message.ByteSize()} bytes) must be <= 4194304"
        assert issue.hint == "send fewer orders a call"


def test_a_message_of_the_largest_size_is_read(tmp_path: Path) -> None:
    message = a_large_message(1)
    message.orders[0].place.address = "x" * (1 + 2**22 - a_large_message(2**21).ByteSize() + 2**21 - 1)
    assert message.ByteSize() == 2**22
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        code, issues = refusal(lambda: client.orders.SubmitOrders(message))
        assert (code, issues[0].path) == (grpc.StatusCode.INVALID_ARGUMENT, "orders[0].place.address")


def test_a_message_of_20_mb_is_not_even_taken_in(tmp_path: Path) -> None:
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        with pytest.raises(grpc.RpcError, match="larger than max") as caught:
            client.orders.SubmitOrders(a_large_message(20_000_000))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("method", ["OrderService/SubmitOrders", "ContractService/WatchContracts"])
def test_bytes_that_are_no_message_are_bad_input(tmp_path: Path, method: str) -> None:
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        send: Any = client.channel.unary_stream(f"/servanda.v1.{method}")
        code, (issue,) = refusal(lambda: next(send(b"\xff\xff\xff")))
        assert (code, issue.code) == (grpc.StatusCode.INVALID_ARGUMENT, IssueCode.SYNTAX_INVALID)
        assert issue.message == "the request (3 bytes) must be a message of the type that the method takes"


def test_an_unforeseen_exception_does_not_tell_of_the_inside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakePromising(quote=says(error=ZeroDivisionError))
    with a_server(a_fake(fake), folder=tmp_path) as client:
        code, (issue,) = refusal(lambda: client.contracts.QuoteContract(QUOTE))
        assert (code, issue.code) == (grpc.StatusCode.INTERNAL, IssueCode.INTERNAL)
        assert "ZeroDivision" not in issue.message
    assert "ZeroDivision" in capsys.readouterr().err


def test_a_thousand_issues_in_chinese_still_reach_the_caller(tmp_path: Path) -> None:
    issues = [Issue(code=IssueCode.SKU_UNKNOWN, path=f"orders[{i}]", message="商品" * 400) for i in range(1000)]
    with a_server(a_fake(FakePromising(quote=says(*issues, error=InputError))), folder=tmp_path) as client:
        code, told = refusal(lambda: client.contracts.QuoteContract(QUOTE))
        assert (code, told[0].path) == (grpc.StatusCode.INVALID_ARGUMENT, "orders[0]")


def test_all_issues_of_a_request_come_together_over_the_wire(tmp_path: Path) -> None:
    message = order_service_pb2.SubmitOrdersRequest(orders=[an_order(), an_order()])
    message.orders[0].lines[0].quantity = 0
    message.orders[1].placed_time.seconds = 10**18
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        code, issues = refusal(lambda: client.orders.SubmitOrders(message))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert [(issue.code, issue.path) for issue in issues] == [
        (IssueCode.TIME_OUT_OF_RANGE, "orders[1].placed_time"),
        (IssueCode.QUANTITY_NOT_POSITIVE, "orders[0].lines[0].quantity"),
        (IssueCode.FIELD_REQUIRED, "request_id"),
    ]


@pytest.mark.parametrize(("start", "is_warned"), [(at("07:00"), False), (at("07:00", days=30), True)])
def test_a_server_that_can_promise_nothing_at_this_time_says_so(
    start: datetime, is_warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_server(a_tiny_shop(SimulatedClock(start)), folder=tmp_path, log_level="warning"):
        assert ("outside the world's horizon" in capsys.readouterr().err) is is_warned


def test_what_a_customer_has_said_does_not_get_into_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = order_service_pb2.SubmitOrdersRequest(orders=[an_order()], request_id="r")
    message.orders[0].identity.phone = "13912345678" * 20
    with a_server(a_fake(FakePromising()), folder=tmp_path, log_level="debug") as client:
        _, (issue,) = refusal(lambda: client.orders.SubmitOrders(message))
        assert issue.path == "orders[0].identity.phone"
    logged = capsys.readouterr().err
    assert "orders[0].identity.phone: VALUE_INVALID" in logged
    assert "139" not in logged


def services(client: Client) -> set[str]:
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    ask = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = stub.ServerReflectionInfo(iter([ask]))
    return {service.name for service in answer.list_services_response.service}


def test_reflection_names_every_service(tmp_path: Path) -> None:
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        assert services(client) == {
            "google.longrunning.Operations",
            "grpc.health.v1.Health",
            "grpc.reflection.v1alpha.ServerReflection",
            "servanda.v1.ContractService",
            "servanda.v1.OrderService",
            "servanda.v1.PlanService",
            "servanda.v1.PolicyService",
            "servanda.v1.ScenarioService",
            "servanda.v1.ResourceService",
            "servanda.v1.SimulationService",
        }


@pytest.mark.parametrize("service", ["", "servanda.v1.OrderService", "google.longrunning.Operations"])
def test_health_says_serving_once_the_server_is_ready(tmp_path: Path, service: str) -> None:
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        answer = health_pb2_grpc.HealthStub(client.channel).Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_a_call_under_way_may_finish_when_the_server_stops(tmp_path: Path) -> None:
    begun = threading.Event()

    def slow(contract_id: str, *, stop: Stop) -> Quote:
        begun.set()
        time.sleep(0.3)
        return a_quote(complete=True)

    settings = Settings(world=tmp_path, database_url="sqlite:///unused.db", address="127.0.0.1:0")
    with ExitStack() as channels:
        with in_background(settings, build=a_fake(FakePromising(quote=slow))) as server:
            channel = channels.enter_context(grpc.insecure_channel(server.address))
            call = Client(server.address, channel).contracts.QuoteContract.future(QUOTE)
            assert begun.wait(5)
        assert call.result(0).complete


def test_a_second_server_does_not_share_the_address(tmp_path: Path) -> None:
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        settings = Settings(world=tmp_path, database_url="sqlite:///unused.db", address=client.address)
        with pytest.raises(InputError) as caught, in_background(settings, build=a_fake(FakePromising())):
            pass
        assert [issue.code for issue in caught.value.issues] == [IssueCode.ADDRESS_IN_USE]


def test_a_server_does_not_listen_beyond_this_machine_unless_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(world=tmp_path, database_url="sqlite:///unused.db", address="0.0.0.0:0")
    with pytest.raises(InputError) as caught, in_background(settings, build=a_fake(FakePromising())):
        pass
    assert [issue.code for issue in caught.value.issues] == [IssueCode.ADDRESS_NOT_LOOPBACK]
    told = settings.model_copy(update={"allow_remote_without_authentication": True})
    with in_background(told, build=a_fake(FakePromising())) as server:
        assert server.address.startswith("0.0.0.0:")
    assert "without authentication, beyond this machine" in capsys.readouterr().err


def test_the_clock_can_only_be_moved_forward(tmp_path: Path) -> None:
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        back = simulation_service_pb2.AdvanceClockRequest()
        back.time.FromDatetime(at("06:00"))
        code, (issue,) = refusal(lambda: client.simulation.AdvanceClock(back))
        assert (code, issue.code) == (grpc.StatusCode.INVALID_ARGUMENT, IssueCode.CLOCK_BACKWARDS)
        now = client.simulation.GetClock(simulation_service_pb2.GetClockRequest())
        assert now.time.ToDatetime(at("06:00").tzinfo) == at("07:00")


def test_a_field_of_a_request_without_fields_is_refused_too(tmp_path: Path) -> None:
    odd = plan_service_pb2.GetPlanRequest.FromString(bytes([0x08, 0x01]))
    with a_server(a_fake(FakePromising(plan=gives(None))), folder=tmp_path) as client:
        code, (issue,) = refusal(lambda: client.plans.GetPlan(odd))
        assert (code, issue.code) == (grpc.StatusCode.INVALID_ARGUMENT, IssueCode.FIELD_UNKNOWN)


def test_operations_cannot_be_deleted(tmp_path: Path) -> None:
    with a_server(a_fake(FakePromising()), folder=tmp_path) as client:
        ask = operations_pb2.DeleteOperationRequest(name="operations/r-1")
        assert refusal(lambda: client.operations.DeleteOperation(ask))[0] is grpc.StatusCode.UNIMPLEMENTED

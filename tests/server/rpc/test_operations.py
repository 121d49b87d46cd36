"""Replans run beside the calls, one after another, and are kept as operations."""

import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.longrunning import operations_pb2
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2
from servanda.v1 import plan_service_pb2

from models.issues import IssueCode
from server.rpc.status import issues_in
from tests.server.promising.builders import an_order
from tests.server.rpc import searches
from tests.server.rpc.doubles import Client, a_server, a_tiny_shop, refusal
from tests.server.rpc.test_services import confirm, submit

SECOND = Duration(seconds=1)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        yield client


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.app.replan", searches.endless)


def start(client: Client, request_id: str, **terms: object) -> operations_pb2.Operation:
    return client.plans.Replan(plan_service_pb2.ReplanRequest(request_id=request_id, **terms))  # type: ignore[arg-type]


def wait(client: Client, name: str, seconds: int = 20) -> operations_pb2.Operation:
    ask = operations_pb2.WaitOperationRequest(name=name, timeout=Duration(seconds=seconds))
    operation = client.operations.WaitOperation(ask)
    assert isinstance(operation, operations_pb2.Operation)
    return operation


def metadata(operation: operations_pb2.Operation) -> plan_service_pb2.ReplanMetadata:
    found = plan_service_pb2.ReplanMetadata()
    assert operation.metadata.Unpack(found)
    return found


def response(operation: operations_pb2.Operation) -> plan_service_pb2.ReplanResponse:
    found = plan_service_pb2.ReplanResponse()
    assert operation.response.Unpack(found)
    return found


def searching(client: Client, name: str) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        operation = client.operations.GetOperation(operations_pb2.GetOperationRequest(name=name))
        if metadata(operation).stage == plan_service_pb2.REPLAN_STAGE_SEARCHING:
            return
        time.sleep(0.01)
    raise AssertionError(f"{name} does not search")


def test_a_replan_is_an_operation_with_typed_metadata_and_response(client: Client) -> None:
    confirm(client, an_order())
    begun = start(client, "night", seed=7, iterations=100)
    assert begun.name == "operations/night"
    done = wait(client, begun.name)
    assert done.done
    meta = metadata(done)
    assert (meta.stage, meta.seed, meta.iterations) == (plan_service_pb2.REPLAN_STAGE_DONE, 7, 100)
    assert meta.time_limit == Duration(seconds=60)
    assert meta.create_time.seconds == meta.end_time.seconds  # the simulated clock stands still
    told = response(done)
    assert (told.currency, list(told.promises_moved)) == ("CNY", [])
    assert dict(told.cost_before) == dict(told.cost_after) != {}


@pytest.mark.usefixtures("endless")
def test_a_replan_stops_at_its_time_limit_while_calls_go_on(tmp_path: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        name = start(client, "short", time_limit=SECOND).name
        searching(client, name)
        assert submit(client, an_order()).contract_id
        assert not client.operations.GetOperation(operations_pb2.GetOperationRequest(name=name)).done
        assert wait(client, name).HasField("response")


@pytest.mark.usefixtures("endless")
def test_a_replan_that_is_cancelled_stops_and_publishes_nothing(tmp_path: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        name = start(client, "long").name
        searching(client, name)
        client.operations.CancelOperation(operations_pb2.CancelOperationRequest(name=name))
        done = wait(client, name)
        assert done.error.code == code_pb2.CANCELLED
        assert [issue.code for issue in issues_in(done.error)] == [IssueCode.OPERATION_CANCELED]
        assert metadata(done).cancel_requested
        # What is over stays as it is.
        client.operations.CancelOperation(operations_pb2.CancelOperationRequest(name=name))
        assert wait(client, name) == done


@pytest.mark.usefixtures("endless")
def test_a_replan_that_waits_can_be_cancelled_and_the_next_one_is_not(tmp_path: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        first = start(client, "first", time_limit=SECOND).name
        second, third = start(client, "second").name, start(client, "third", time_limit=SECOND).name
        assert metadata(wait(client, second, seconds=0)).stage == plan_service_pb2.REPLAN_STAGE_WAITING
        client.operations.CancelOperation(operations_pb2.CancelOperationRequest(name=second))
        assert wait(client, first).HasField("response")
        assert wait(client, second).error.code == code_pb2.CANCELLED
        assert wait(client, third).HasField("response")


def test_a_search_that_fails_tells_nothing_of_the_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.app.replan", searches.broken)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        done = wait(client, start(client, "broken").name)
        assert done.error.code == code_pb2.INTERNAL
        assert "secret" not in str(done)


def test_the_same_request_starts_one_operation(client: Client) -> None:
    begun = start(client, "once", seed=1)
    assert start(client, "once", seed=1).name == begun.name
    code, (issue,) = refusal(lambda: start(client, "once", seed=2))
    assert (code, issue.code) == (grpc.StatusCode.ALREADY_EXISTS, IssueCode.REQUEST_ID_REUSED)


def test_operations_are_listed_in_pages(client: Client) -> None:
    for number in range(3):
        wait(client, start(client, f"n{number}").name)
    first = client.operations.ListOperations(operations_pb2.ListOperationsRequest(name="operations", page_size=2))
    assert [each.name for each in first.operations] == ["operations/n0", "operations/n1"]
    ask = operations_pb2.ListOperationsRequest(page_size=2, page_token=first.next_page_token)
    last = client.operations.ListOperations(ask)
    assert [each.name for each in last.operations] == ["operations/n2"]
    assert not last.next_page_token


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (operations_pb2.ListOperationsRequest(filter="done=true"), "filter"),
        (operations_pb2.ListOperationsRequest(name="jobs"), "name"),
        (operations_pb2.ListOperationsRequest(page_token="?"), "page_token"),
        (operations_pb2.ListOperationsRequest(page_size=-1), "page_size"),
    ],
    ids=["filter", "name", "page_token", "page_size"],
)
def test_a_list_of_operations_refuses_what_it_does_not_understand(
    client: Client, ask: operations_pb2.ListOperationsRequest, path: str
) -> None:
    code, (issue,) = refusal(lambda: client.operations.ListOperations(ask))
    assert (code, issue.path) == (grpc.StatusCode.INVALID_ARGUMENT, path)


@pytest.mark.parametrize("method", ["GetOperation", "WaitOperation", "CancelOperation"])
def test_an_operation_that_nobody_started_is_not_found(client: Client, method: str) -> None:
    ask = getattr(operations_pb2, f"{method}Request")(name="operations/nobody")
    code, (issue,) = refusal(lambda: getattr(client.operations, method)(ask))
    assert (code, issue.code) == (grpc.StatusCode.NOT_FOUND, IssueCode.OPERATION_NOT_FOUND)


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"iterations": 0}, "iterations"),
        ({"seed": -1}, "seed"),
        ({"time_limit": Duration()}, "time_limit"),
        ({"time_limit": Duration(seconds=12 * 3600 + 1)}, "time_limit"),
    ],
    ids=["iterations", "seed", "no time", "too long"],
)
def test_terms_outside_of_their_bounds_are_refused(client: Client, terms: dict[str, object], path: str) -> None:
    code, (issue,) = refusal(lambda: start(client, "bad", **terms))
    assert (code, issue.code, issue.path) == (grpc.StatusCode.INVALID_ARGUMENT, IssueCode.VALUE_INVALID, path)

"""A replan outlives the process that it began in, and ends as if nothing had happened."""

import time
from datetime import datetime
from functools import partial
from pathlib import Path

import grpc
import pytest
from google.longrunning import operations_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2
from servanda.v1 import plan_service_pb2, simulation_service_pb2

from models.issues import IssueCode
from server.rpc.status import issues_in
from tests.builders import at
from tests.server.promising.builders import an_order
from tests.server.rpc import searches
from tests.server.rpc.doubles import Client, a_server, a_tiny_shop, refusal
from tests.server.rpc.test_operations import metadata, response, searching, start, wait
from tests.server.rpc.test_services import confirm


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the search has really done; it is `searches.in_steps`."""
    diary = tmp_path / "diary"
    monkeypatch.setattr("server.app.replan", partial(searches.in_steps, diary))
    return diary


def regions_done(client: Client, name: str, *, at_least: int) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = client.operations.GetOperation(operations_pb2.GetOperationRequest(name=name))
        if (done := metadata(found).regions_done) >= at_least:
            return done
        time.sleep(0.01)
    raise AssertionError(f"{name} has not done {at_least} regions")


def go_on(diary: Path) -> None:
    diary.with_suffix(".go").touch()


def test_a_replan_goes_on_after_the_server_was_stopped_and_does_nothing_twice(tmp_path: Path, diary: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path, grace=0) as client:
        confirm(client, an_order())
        name = start(client, "night", seed=1).name
        assert regions_done(client, name, at_least=2) == 2
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        go_on(diary)
        done = wait(client, name)
        assert response(done).currency == "CNY"
        assert metadata(done).regions_done == searches.STEPS
        assert start(client, "night", seed=1) == done
    assert diary.read_text().split() == ["0", "1", "2", "3"]


def test_what_waited_goes_on_too_and_in_its_order(tmp_path: Path, diary: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path, grace=0) as client:
        names = [start(client, request_id, seed=1).name for request_id in ("z-first", "a-second")]
        regions_done(client, names[0], at_least=2)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        searching(client, names[0])
        go_on(diary)
        assert all(wait(client, name).HasField("response") for name in names)


def test_a_replan_that_comes_to_nothing_again_and_again_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.MOST_ATTEMPTS", 2)
    monkeypatch.setattr("server.app.replan", searches.endless)
    for _ in range(2):
        with a_server(a_tiny_shop(), folder=tmp_path, grace=0) as client:
            searching(client, start(client, "hopeless").name)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        done = wait(client, "operations/hopeless")
        assert done.error.code == code_pb2.ABORTED
        assert [issue.code for issue in issues_in(done.error)] == [IssueCode.OPERATION_INTERRUPTED]


def test_a_search_whose_process_dies_is_tried_again_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.jobs.MOST_ATTEMPTS", 2)
    monkeypatch.setattr("server.app.replan", searches.dies_with_seed_1)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        assert wait(client, start(client, "dies", seed=1).name, seconds=60).error.code == code_pb2.ABORTED
        assert wait(client, start(client, "lives", seed=2).name).HasField("response")


def test_a_failing_search_for_prices_takes_nothing_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.app.prices", searches.broken_prices)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        confirm(client, an_order())
        name = start(client, "night", prices=True).name
        assert wait(client, name).HasField("response")
        report = client.plans.GetReplanReport(plan_service_pb2.GetReplanReportRequest(name=name))
        assert not report.complete
        assert report.cost_before == report.cost_after


def pin(contract_id: str, item_id: str) -> plan_service_pb2.PinnedItem:
    return plan_service_pb2.PinnedItem(contract_id=contract_id, item_id=item_id)


def test_all_terms_are_told_back_and_belong_to_the_request(tmp_path: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        contract = confirm(client, an_order())
        (assignment,) = client.plans.GetPlan(plan_service_pb2.GetPlanRequest()).assignments
        terms = {
            "until": instant(at("23:00")),
            "freeze_until": instant(at("09:00")),
            "pinned": [pin(assignment.contract_id, assignment.item_id)],
            "prices": True,
        }
        done = wait(client, start(client, "night", **terms).name)
        told = metadata(done)
        assert (told.until, told.freeze_until, list(told.pinned), told.prices) == tuple(terms.values())
        assert start(client, "night", **terms) == done
        code, (issue,) = refusal(lambda: start(client, "night", **{**terms, "pinned": []}))
        assert (code, issue.code) == (grpc.StatusCode.ALREADY_EXISTS, IssueCode.REQUEST_ID_REUSED)
        assert contract.contract_id == assignment.contract_id


def test_terms_that_do_not_fit_the_time_or_the_plan_are_all_told_at_once(tmp_path: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        terms = {
            "until": instant(at("07:00")),
            "freeze_until": instant(at("06:00")),
            "pinned": [pin("nobody", "nothing")],
        }
        code, issues = refusal(lambda: start(client, "night", **terms))
        assert code == grpc.StatusCode.INVALID_ARGUMENT
        assert [(each.path, each.code) for each in issues] == [
            ("until", IssueCode.VALUE_INVALID),
            ("freeze_until", IssueCode.VALUE_INVALID),
            ("pinned[0]", IssueCode.REFERENCE_DANGLING),
        ]
        found = client.operations.ListOperations(operations_pb2.ListOperationsRequest())
        assert not found.operations


def test_a_night_ends_at_its_time_by_the_clock_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.app.replan", searches.endless)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        name = start(client, "night", until=instant(at("08:00"))).name
        searching(client, name)
        client.simulation.AdvanceClock(simulation_service_pb2.AdvanceClockRequest(time=instant(at("08:00"))))
        assert wait(client, name).HasField("response")


def test_a_report_is_there_once_the_replan_is_done(tmp_path: Path, diary: Path) -> None:
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        name = start(client, "night", seed=1).name
        ask = plan_service_pb2.GetReplanReportRequest(name=name)
        code, (issue,) = refusal(lambda: client.plans.GetReplanReport(ask))
        assert (code, issue.code) == (grpc.StatusCode.NOT_FOUND, IssueCode.REPORT_NOT_FOUND)
        go_on(diary)
        wait(client, name)
        report = client.plans.GetReplanReport(ask)
        assert (report.run_id, report.seed, report.complete) == ("night", 1, True)
        unknown = plan_service_pb2.GetReplanReportRequest(name="operations/nobody")
        code, (issue,) = refusal(lambda: client.plans.GetReplanReport(unknown))
        assert (code, issue.code) == (grpc.StatusCode.NOT_FOUND, IssueCode.OPERATION_NOT_FOUND)


def test_a_replan_that_had_published_when_it_was_cancelled_keeps_what_it_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.app.prices", searches.endless_prices)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        name = start(client, "night", prices=True).name
        reporting(client, name)
        client.operations.CancelOperation(operations_pb2.CancelOperationRequest(name=name))
        assert wait(client, name).HasField("response")
        assert not client.plans.GetReplanReport(plan_service_pb2.GetReplanReportRequest(name=name)).complete


def test_a_replan_that_had_published_when_the_server_ended_publishes_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.app.prices", searches.endless_prices)
    with a_server(a_tiny_shop(), folder=tmp_path, grace=0) as client:
        name = start(client, "night", prices=True).name
        reporting(client, name)
    monkeypatch.setattr("server.app.prices", searches.no_prices)
    monkeypatch.setattr("server.app.replan", searches.broken)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        assert wait(client, name).HasField("response")
        assert client.plans.GetReplanReport(plan_service_pb2.GetReplanReportRequest(name=name)).complete


def reporting(client: Client, name: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = client.operations.GetOperation(operations_pb2.GetOperationRequest(name=name))
        if metadata(found).stage == plan_service_pb2.REPLAN_STAGE_REPORTING:
            return
        time.sleep(0.01)
    raise AssertionError(f"{name} does not report")


def instant(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found

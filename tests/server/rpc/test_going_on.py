"""A replan outlives the process that it began in, and ends as if nothing had happened."""

import time
from functools import partial
from pathlib import Path

import pytest
from google.longrunning import operations_pb2
from google.rpc import code_pb2
from servanda.v1 import plan_service_pb2

from models.issues import IssueCode
from server.jobs import MOST_ATTEMPTS
from server.rpc.status import issues_in
from tests.server.promising.builders import an_order
from tests.server.rpc import searches
from tests.server.rpc.doubles import Client, a_server, a_tiny_shop
from tests.server.rpc.test_operations import metadata, response, searching, start, wait
from tests.server.rpc.test_services import confirm


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the search has really done; it is `searches.in_steps`."""
    diary = tmp_path / "diary"
    monkeypatch.setattr("server.app.replan", partial(searches.in_steps, diary))
    return diary


def regions_done(client: Client, name: str, *, at_least: int) -> int:
    deadline = time.monotonic() + 20
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
    monkeypatch.setattr("server.app.replan", searches.endless)
    for _ in range(MOST_ATTEMPTS):
        with a_server(a_tiny_shop(), folder=tmp_path, grace=0) as client:
            searching(client, start(client, "hopeless").name)
    with a_server(a_tiny_shop(), folder=tmp_path) as client:
        done = wait(client, "operations/hopeless")
        assert done.error.code == code_pb2.ABORTED
        assert [issue.code for issue in issues_in(done.error)] == [IssueCode.OPERATION_INTERRUPTED]


def test_a_search_whose_process_dies_is_tried_again_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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

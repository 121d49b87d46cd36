"""Scenarios are kept, evaluated beside the calls as the library evaluates them, watched, cancelled and compared."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.longrunning import operations_pb2
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2
from servanda.v1 import plan_service_pb2, scenario_service_pb2

from models.issues import IssueCode
from scenarios.whatif import Base, Budget, Runs, summary
from scenarios.whatif.scenario_text import MOST_CHANGES, parse_scenario
from scenarios.world import load_world
from server.app import build
from server.paths import cache_dir
from server.promising.comparing import LONGEST_DOCUMENT
from server.rpc.convert import write
from server.rpc.status import issues_in
from tests.builders import at
from tests.server.rpc import plannings
from tests.server.rpc.doubles import Client, a_server, refusal
from tests.server.rpc.test_operations import wait

WORLD = Path(__file__).parents[3] / "scenarios" / "worlds" / "shanghai-center"
FEWER = {"name": "fewer", "changes": [{"change": "multiply_demand", "factor": 0.5}]}
MORE = {"name": "more", "changes": [{"change": "multiply_demand", "factor": 1.5}]}
EFFORT: dict[str, Any] = {"num_orders": 8, "iterations": 20, "offers": 2, "time_limit": Duration(seconds=600)}
ON_WORLD = scenario_service_pb2.SCENARIO_GROUND_WORLD
ON_LEDGER = scenario_service_pb2.SCENARIO_GROUND_LEDGER


def a_demo_server(folder: Path, **settings: Any) -> Any:
    database = f"sqlite:///{folder / 'ledger.db'}"
    known = {"world": WORLD, "database_url": database, "simulated_start": at("07:00")}
    return a_server(build, folder=folder, **{**known, **settings})


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with a_demo_server(tmp_path) as client:
        yield client


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plans that were really made; the evaluation waits after each until `go_on`."""
    diary = tmp_path / "diary"
    monkeypatch.setattr("server.app.evaluate_task", partial(plannings.counted_and_waiting, diary))
    return diary


def go_on(diary: Path) -> None:
    diary.with_suffix(".go").touch()


def create(client: Client, document: object, name: str = "", **ground: Any) -> scenario_service_pb2.Scenario:
    text = document if isinstance(document, str) else json.dumps(document)
    request_id = name or "scenario"
    return client.scenarios.CreateScenario(
        scenario_service_pb2.CreateScenarioRequest(
            request_id=request_id, document=text, **(ground or {"ground": ON_WORLD})
        )
    )


def start(client: Client, request_id: str, scenario_id: str = "scenario", **terms: Any) -> str:
    ask = scenario_service_pb2.EvaluateScenarioRequest(
        request_id=request_id, scenario_id=scenario_id, **{**EFFORT, **terms}
    )
    return client.scenarios.EvaluateScenario(ask).name


def watch(client: Client, name: str) -> Iterator[operations_pb2.Operation]:
    return client.scenarios.WatchEvaluation(scenario_service_pb2.WatchEvaluationRequest(name=name), timeout=300)


def metadata(operation: operations_pb2.Operation) -> scenario_service_pb2.EvaluateScenarioMetadata:
    found = scenario_service_pb2.EvaluateScenarioMetadata()
    assert operation.metadata.Unpack(found)
    return found


def line(operation: operations_pb2.Operation) -> scenario_service_pb2.ScenarioSummary:
    found = scenario_service_pb2.EvaluateScenarioResponse()
    assert operation.response.Unpack(found), operation
    return found.summary


def in_library(document: object, seeds: int) -> Any:
    """What the library makes of the same scenario, orders, seeds and budget."""
    base = Base(load_world(WORLD, cache_dir=cache_dir()), num_orders=8)
    budget = Budget(seconds=600, iterations=20, offers=2)
    file = parse_scenario(json.dumps(document), name="document")
    return Runs(base, budget).compare([file], seeds=range(1, seeds + 1))[0]


def compare(client: Client, *names: str) -> scenario_service_pb2.CompareScenariosResponse:
    return client.scenarios.CompareScenarios(scenario_service_pb2.CompareScenariosRequest(names=names))


def test_an_evaluation_tells_what_the_library_finds_with_the_same_seeds(client: Client) -> None:
    kept = create(client, FEWER)
    assert (kept.scenario_id, kept.name, kept.ground) == ("scenario", "fewer", ON_WORLD)
    name = start(client, "run", seeds=2)
    seen = list(watch(client, name))
    told = [metadata(each) for each in seen]
    assert told[-1].stage == scenario_service_pb2.EVALUATION_STAGE_DONE
    assert [each.plans_done for each in told] == sorted(each.plans_done for each in told)
    assert {1, 2, 3, 4} & {each.plans_done for each in told[:-1]}, "progress comes before the end"
    assert (told[-1].plans_done, told[-1].plans_total) == (4, 4)
    expected = in_library(FEWER, seeds=2)
    assert line(seen[-1]) == write(scenario_service_pb2.ScenarioSummary, summary(expected))
    (found,) = compare(client, name).comparisons
    assert found.summary == line(seen[-1])
    assert found.differences["cost"].mean == expected.differences["cost"].mean
    assert found.summary.checker_violations == 0
    assert [each.contract_id for each in found.changes] == [each.contract_id for each in expected.changes]
    assert {scenario_service_pb2.CHANGE_CAUSE_ORDER_GONE} <= {each.cause for each in found.changes}


def test_plans_are_shared_by_scenarios_on_the_same_ground(client: Client) -> None:
    create(client, FEWER, "few")
    create(client, MORE, "many", same_ground_as="few")
    first, second = start(client, "a", "few"), start(client, "b", "many")
    assert line(wait(client, first, seconds=300)).scenario == "fewer"
    assert metadata(wait(client, second, seconds=300)).plans_total == 2
    found = compare(client, first, second).comparisons
    assert [each.name for each in found] == [first, second]
    assert found[0].summary.cost < found[1].summary.cost


def test_only_what_has_the_same_base_is_compared(client: Client) -> None:
    create(client, FEWER)
    names = [start(client, "one", seeds=1), start(client, "other", seeds=1, num_orders=4)]
    for name in names:
        wait(client, name, seconds=300)
    code, (issue,) = refusal(lambda: compare(client, *names))
    assert (code, issue.path) == (grpc.StatusCode.INVALID_ARGUMENT, "names[1]")


def test_a_scenario_can_stand_on_the_ledger(client: Client) -> None:
    kept = create(
        client,
        {"name": "rain", "changes": [{"change": "travel_factor", "duration_factor": {"BIKE": 1.3}}]},
        ground=ON_LEDGER,
    )
    assert kept.ground == ON_LEDGER
    done = wait(client, start(client, "run", num_orders=None), seconds=300)
    assert line(done).checker_violations == 0
    assert not metadata(done).HasField("num_orders")
    code, (issue,) = refusal(lambda: start(client, "bad", num_orders=4))
    assert (code, issue.path) == (grpc.StatusCode.INVALID_ARGUMENT, "num_orders")


def planning(client: Client, name: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = client.operations.GetOperation(operations_pb2.GetOperationRequest(name=name))
        if metadata(found).plans_done >= 1:
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} has made no plan")


def test_an_evaluation_that_is_cancelled_stops_and_its_name_is_told_by_all(tmp_path: Path, diary: Path) -> None:
    with a_demo_server(tmp_path) as client:
        create(client, FEWER)
        first, second = start(client, "first"), start(client, "second")
        planned = diary_lines(diary, at_least=1)
        client.scenarios.CancelEvaluation(scenario_service_pb2.CancelEvaluationRequest(name=second))
        client.operations.CancelOperation(operations_pb2.CancelOperationRequest(name=first))
        for name in (first, second):
            done = list(watch(client, name))[-1]
            assert done.error.code == code_pb2.CANCELLED
            assert [each.code for each in issues_in(done.error)] == [IssueCode.OPERATION_CANCELED]
            assert metadata(done).cancel_requested
        code, (issue,) = refusal(lambda: compare(client, first))
        assert (code, issue.code, issue.path) == (
            grpc.StatusCode.NOT_FOUND,
            IssueCode.REPORT_NOT_FOUND,
            "names[0]",
        )
        assert len(planned) == 1


def diary_lines(diary: Path, *, at_least: int) -> list[str]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if diary.exists() and len(lines := diary.read_text().split()) >= at_least:
            return lines
        time.sleep(0.05)
    raise AssertionError("no plan was made")


def test_an_evaluation_goes_on_after_a_restart_and_plans_nothing_twice(tmp_path: Path, diary: Path) -> None:
    with a_demo_server(tmp_path, grace=0) as client:
        create(client, FEWER)
        name = start(client, "run")
        planning(client, name)
        # Calls are answered meanwhile.
        assert not client.plans.GetPlan(plan_service_pb2.GetPlanRequest(), timeout=10).assignments
    go_on(diary)
    with a_demo_server(tmp_path) as client:
        assert line(wait(client, name, seconds=300)) == write(
            scenario_service_pb2.ScenarioSummary, summary(in_library(FEWER, seeds=1))
        )
        assert start(client, "run") == name
    lines = diary.read_text().split()
    assert len(lines) == len(set(lines)) == 2


def test_scenarios_are_listed_in_pages_and_made_once(client: Client) -> None:
    for name in ("a", "b", "c"):
        create(client, FEWER, name)
    assert create(client, FEWER, "a").scenario_id == "a"
    code, (issue,) = refusal(lambda: create(client, MORE, "a"))
    assert (code, issue.code) == (grpc.StatusCode.ALREADY_EXISTS, IssueCode.REQUEST_ID_REUSED)
    first = client.scenarios.ListScenarios(scenario_service_pb2.ListScenariosRequest(page_size=2))
    assert [each.scenario_id for each in first.scenarios] == ["a", "b"]
    ask = scenario_service_pb2.ListScenariosRequest(page_size=2, page_token=first.next_page_token)
    last = client.scenarios.ListScenarios(ask)
    assert [each.scenario_id for each in last.scenarios] == ["c"]
    assert not last.next_page_token
    assert client.scenarios.GetScenario(scenario_service_pb2.GetScenarioRequest(scenario_id="b")) == first.scenarios[1]


def test_all_that_contradicts_the_ground_is_told_at_once_with_its_path(client: Client) -> None:
    closing = [{"change": "close_site", "site_id": "nowhere"}, {"change": "close_site", "site_id": "neither"}]
    code, issues = refusal(lambda: create(client, {"name": "x", "changes": closing}))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert [each.path for each in issues] == ["document.changes[0].site_id", "document.changes[1].site_id"]
    assert not client.scenarios.ListScenarios(scenario_service_pb2.ListScenariosRequest()).scenarios


CHANGE = {"change": "multiply_demand", "factor": 2}


BAD: list[tuple[object, list[str]]] = [
    ("name: x", ["document"]),
    ("[" * 60_000, ["document"]),
    ('{"name": "x", "name": "y"}', ["document"]),
    ('{"name": "x", "changes": [{"change": "multiply_demand", "factor": NaN}]}', ["document"]),
    ("[]", ["document"]),
    ({"name": "x", "base": {"plan": "/etc/passwd"}}, ["document.base"]),
    ({"name": "x", "changes": [CHANGE] * (MOST_CHANGES + 1)}, ["document.changes"]),
    (
        {"name": "x", "changes": [{"change": "multiply"}, {**CHANGE, "factor": 11, "more": 1}]},
        ["document.changes[0].change", "document.changes[1].factor", "document.changes[1].more"],
    ),
    ("x" * (LONGEST_DOCUMENT + 1), ["document"]),
]


def test_a_bad_document_is_refused_with_paths_into_it(client: Client) -> None:
    for document, paths in BAD:
        code, issues = refusal(partial(create, client, document))
        assert (code, sorted(each.path for each in issues)) == (grpc.StatusCode.INVALID_ARGUMENT, paths)


def unknown(client: Client) -> dict[str, tuple[Callable[[], object], IssueCode]]:
    no_operation = IssueCode.OPERATION_NOT_FOUND
    return {
        "get": (
            lambda: client.scenarios.GetScenario(scenario_service_pb2.GetScenarioRequest(scenario_id="no")),
            IssueCode.SCENARIO_NOT_FOUND,
        ),
        "evaluate": (lambda: start(client, "run", "no"), IssueCode.SCENARIO_NOT_FOUND),
        "same ground": (lambda: create(client, FEWER, same_ground_as="no"), IssueCode.SCENARIO_NOT_FOUND),
        "watch": (lambda: list(watch(client, "operations/no")), no_operation),
        "compare": (lambda: compare(client, "operations/no"), no_operation),
        "cancel": (
            lambda: client.scenarios.CancelEvaluation(
                scenario_service_pb2.CancelEvaluationRequest(name="operations/no")
            ),
            no_operation,
        ),
    }


def test_what_nobody_made_is_not_found(client: Client) -> None:
    for call, expected in unknown(client).values():
        code, (issue,) = refusal(call)
        assert (code, issue.code) == (grpc.StatusCode.NOT_FOUND, expected)


def test_terms_outside_of_their_bounds_are_all_told_at_once(client: Client) -> None:
    create(client, FEWER)
    terms: dict[str, Any] = {
        "seeds": 21,
        "num_orders": 2001,
        "iterations": -1,
        "rounds": 21,
        "offers": 501,
        "time_limit": Duration(),
    }
    code, issues = refusal(lambda: start(client, "bad", **terms))
    assert (code, {each.path for each in issues}) == (grpc.StatusCode.INVALID_ARGUMENT, set(terms))
    code, (issue,) = refusal(lambda: create(client, FEWER, "none", ground=None))
    assert (code, issue.code) == (grpc.StatusCode.INVALID_ARGUMENT, IssueCode.FIELD_REQUIRED)
    code, (issue,) = refusal(lambda: compare(client))
    assert (code, issue.path) == (grpc.StatusCode.INVALID_ARGUMENT, "names")


def test_a_replan_and_an_evaluation_do_not_take_each_others_names(client: Client) -> None:
    create(client, FEWER)
    replan = client.plans.Replan(plan_service_pb2.ReplanRequest(request_id="night")).name
    wait(client, replan)
    code, (issue,) = refusal(lambda: start(client, "night"))
    assert (code, issue.code) == (grpc.StatusCode.ALREADY_EXISTS, IssueCode.REQUEST_ID_REUSED)
    code, (issue,) = refusal(lambda: list(watch(client, replan)))
    assert (code, issue.code) == (grpc.StatusCode.NOT_FOUND, IssueCode.OPERATION_NOT_FOUND)
    name = start(client, "run")
    code, (issue,) = refusal(lambda: client.plans.Replan(plan_service_pb2.ReplanRequest(request_id="run")))
    assert (code, issue.code) == (grpc.StatusCode.ALREADY_EXISTS, IssueCode.REQUEST_ID_REUSED)
    wait(client, name, seconds=300)
    code, (issue,) = refusal(lambda: client.plans.GetReplanReport(plan_service_pb2.GetReplanReportRequest(name=name)))
    assert (code, issue.code) == (grpc.StatusCode.NOT_FOUND, IssueCode.REPORT_NOT_FOUND)
    listed = client.operations.ListOperations(operations_pb2.ListOperationsRequest()).operations
    assert [each.name for each in listed] == ["operations/night", "operations/run"]

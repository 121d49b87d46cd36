"""What a person at a terminal sees, and with which code each command ends."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.plan_file import PlanFile
from server.cli import benching, run, worlds
from tests.scenarios.conftest import SMALL_WORLD, write_small_world

Out = pytest.CaptureFixture[str]

AN_ORDER: dict[str, Any] = {
    "order_id": "o-1",
    "channel": "APP",
    "placed_time": "2026-03-02T09:00:00+08:00",
    "identity": {"phone": "13800000001"},
    "lines": [{"line_id": "1", "sku_id": "tissues", "quantity": 2}],
    "place": {"lat": 31.2340, "lon": 121.4701},
}


@pytest.fixture(scope="module")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_world(tmp_path_factory.mktemp("small") / "world")


@pytest.fixture(scope="module")
def a_plan(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of three orders, written by the command."""
    folder = tmp_path_factory.mktemp("plan")
    orders = [
        {**AN_ORDER, "order_id": f"o-{n}", "identity": {"phone": f"1380000000{n}"}, "place": {"lat": 31.2340, "lon": x}}
        for n, x in enumerate((121.4700, 121.4701, 121.4702))
    ]
    (folder / "orders.json").write_text(json.dumps({"orders": orders}), encoding="utf-8")
    arguments = ["plan", str(small_world), "--orders", str(folder / "orders.json"), "--out", str(folder / "plan.json")]
    assert run([*arguments, "--iterations", "50"]) == 0
    return folder / "plan.json"


@pytest.fixture
def orders_file(tmp_path: Path) -> Callable[..., str]:
    def write(**changes: object) -> str:
        file = tmp_path / "orders.json"
        file.write_text(json.dumps([{**AN_ORDER, **changes}]), encoding="utf-8")
        return str(file)

    return write


def issue_of(capsys: Out) -> dict[str, str]:
    """The one issue that was reported as JSON."""
    (issue,) = json.loads(capsys.readouterr().err)["issues"]
    assert isinstance(issue, dict)
    return issue


def test_the_help_names_every_command(capsys: Out) -> None:
    assert run([]) == 0
    text = capsys.readouterr().out
    for command in ("check", "demo", "import", "plan", "quote", "report", "serve", "whatif", "world"):
        assert f" {command} " in text


def test_the_version_is_printed(capsys: Out) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("servanda 0.")


@pytest.mark.parametrize("arguments", [["frob"], ["plan"], ["quote", "--json"], ["plan", "w", "--seed", "x"]])
def test_bad_usage_ends_with_code_2_and_says_where_help_is(arguments: list[str], capsys: Out) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert "VALUE_INVALID" in said.err
    assert "--help" in said.err
    assert said.out == ""


def test_errors_are_json_when_json_is_asked_for(capsys: Out) -> None:
    assert run(["world", "show", "/nowhere", "--json"]) == 2
    assert issue_of(capsys) == {
        "code": "FILE_MISSING",
        "severity": "ERROR",
        "path": "/nowhere",
        "message": "a world must be a folder, and /nowhere is not there",
        "hint": "docs/world.md says what is in it",
    }


def test_a_right_world_has_no_mistakes(small_world: Path, capsys: Out) -> None:
    assert run(["world", "validate", str(small_world)]) == 0
    assert capsys.readouterr().out == "Two banks: no mistakes\n"


def test_every_mistake_of_a_world_is_reported_with_file_and_line(
    small_world: Path, tmp_path: Path, capsys: Out
) -> None:
    spoiled = Path(shutil.copytree(small_world, tmp_path / "spoiled"))
    (spoiled / "stock.csv").write_text("site_id,sku_id,on_hand\nwest,cake,-1\nwest,kake,5\n", encoding="utf-8")
    assert run(["world", "validate", str(spoiled)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["stock.csv:2 stock[0].on_hand", "VALUE_INVALID"],
        ["stock.csv:3 stock[1].sku_id", "REFERENCE_DANGLING"],
    ]


def test_show_counts_what_a_world_holds(small_world: Path, capsys: Out) -> None:
    assert run(["world", "show", str(small_world), "--json"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert (seen["name"], seen["sites"], seen["riders"], seen["stock_rows"]) == ("Two banks", {"STORE": 2}, 2, 3)
    assert run(["world", "show", str(small_world)]) == 0
    assert "Two banks" in capsys.readouterr().out


def test_show_draws_a_map(small_world: Path, tmp_path: Path, capsys: Out) -> None:
    file = tmp_path / "map.html"
    assert run(["world", "show", str(small_world), "--map", str(file)]) == 0
    assert f"map written to {file}" in capsys.readouterr().out
    assert "<!DOCTYPE html>" in file.read_text(encoding="utf-8")[:100]
    assert run(["world", "show", str(small_world), "--map", "/nowhere/map.html", "--json"]) == 2
    assert issue_of(capsys)["path"] == "/nowhere/map.html"


def test_a_world_is_generated_that_has_no_mistakes(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "streets.osm").write_text(SMALL_WORLD["streets.osm"], encoding="utf-8")
    arguments = ["--orders", "7", "--riders", "3", "--sites", "4", "--seed", "2", "--vans", "0"]
    arguments += ["--road", str(tmp_path / "streets.osm"), "--out", str(tmp_path / "made")]
    assert run(["world", "generate", *arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {name: told[name] for name in ("sites", "riders", "vans", "technicians", "orders")} == {
        "sites": 4,
        "riders": 3,
        "vans": 0,
        "technicians": 1,
        "orders": 7,
    }
    assert run(["world", "validate", told["out"]]) == 0
    capsys.readouterr()
    assert run(["world", "generate", *arguments, "--json"]) == 2
    assert issue_of(capsys)["path"] == "out"
    plan = ["plan", told["out"], "--orders", told["orders_file"], "--out", str(tmp_path / "plan.json")]
    assert run([*plan, "--iterations", "10"]) == 0


def test_a_generated_world_with_nobody_in_it_is_refused_in_every_number(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "streets.osm").write_text(SMALL_WORLD["streets.osm"], encoding="utf-8")
    arguments = ["--orders", "0", "--riders", "0", "--sites", "0", "--out", str(tmp_path / "made")]
    assert run(["world", "generate", *arguments, "--road", str(tmp_path / "streets.osm")]) == 2
    assert [line.partition(" ")[0] for line in capsys.readouterr().err.splitlines()] == ["orders:", "riders:", "sites:"]


def test_orders_in_a_file_are_quoted_without_a_server(
    small_world: Path, orders_file: Callable[..., str], capsys: Out
) -> None:
    assert run(["quote", str(small_world), orders_file()]) == 0
    text = capsys.readouterr().out
    assert "within-hour" in text
    assert "RIDER" in text


def test_a_contract_without_an_option_ends_with_code_1_and_reasons(
    small_world: Path, orders_file: Callable[..., str], capsys: Out
) -> None:
    lines = [{"line_id": "1", "sku_id": "cake", "quantity": 1}]
    assert run(["quote", str(small_world), orders_file(lines=lines), "--json"]) == 1
    (quote,) = json.loads(capsys.readouterr().out)
    assert quote["options"] == []
    assert "NO_COMPARTMENT" in [reason["code"] for reason in quote["refusals"][0]["reasons"]]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"lines": [{"line_id": "1", "sku_id": "tisues", "quantity": 1}]},
            ("SKU_UNKNOWN", "orders[0].lines[0].sku_id"),
        ),
        ({"lines": [{"line_id": "1", "sku_id": "tissues", "quantity": 0}]}, ("QUANTITY_NOT_POSITIVE", "quantity")),
        ({"identity": {}}, ("ORDER_WITHOUT_IDENTITY", "identity")),
        ({"place": {"lat": 40.0, "lon": 116.0}}, ("PLACE_NOT_REACHABLE", "orders[0].place")),
        ({"placed_time": "2026-03-02T09:00:00"}, ("TIME_WITHOUT_ZONE", "placed_time")),
        ({"colour": "red"}, ("FIELD_UNKNOWN", "colour")),
    ],
)
def test_a_bad_order_is_reported_with_code_and_path(
    changes: dict[str, object],
    expected: tuple[str, str],
    small_world: Path,
    orders_file: Callable[..., str],
    capsys: Out,
) -> None:
    assert run(["quote", str(small_world), orders_file(**changes), "--json"]) == 2
    issue = issue_of(capsys)
    code, path = expected
    assert issue["code"] == code
    assert issue["path"].endswith(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[\n{,", "orders.json:2: SYNTAX_INVALID"),
        ("[]", "orders.json: VALUE_INVALID"),
        ("7", "orders.json: VALUE_INVALID"),
    ],
)
def test_a_file_that_holds_no_orders_is_refused(
    text: str, expected: str, small_world: Path, tmp_path: Path, capsys: Out
) -> None:
    file = tmp_path / "orders.json"
    file.write_text(text, encoding="utf-8")
    assert run(["quote", str(small_world), str(file)]) == 2
    assert expected in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(small_world: Path, capsys: Out) -> None:
    assert run(["check", str(small_world), "nowhere.json", "--json"]) == 2
    issue = issue_of(capsys)
    assert (issue["code"], issue["path"]) == ("FILE_MISSING", "nowhere.json")


def test_a_server_that_does_not_answer_ends_with_code_4(capsys: Out) -> None:
    assert run(["quote", "c-1", "--address", "127.0.0.1:1", "--timeout", "1", "--json"]) == 4
    assert issue_of(capsys)["code"] == "SERVER_UNREACHABLE"


def test_a_plan_that_was_written_passes_the_checker(small_world: Path, a_plan: Path, capsys: Out) -> None:
    assert run(["check", str(small_world), str(a_plan)]) == 0
    assert capsys.readouterr().out == "0 violations\n"


def a_scenario(folder: Path, *changes: str) -> str:
    (folder / "mine.yaml").write_text("name: mine\nchanges:\n" + "".join(f"  - {each}\n" for each in changes))
    return str(folder / "mine.yaml")


IN_SHORT = ["--iterations", "20", "--offers", "1", "--workers", "1"]


def test_a_scenario_is_compared_in_money(
    small_world: Path, orders_file: Callable[..., str], tmp_path: Path, capsys: Out
) -> None:
    scenario = a_scenario(tmp_path, "{change: fee, service_level_id: within-hour, amount: 700}")
    out = ["--out", str(tmp_path / "out"), "--seeds", "2", "--json"]
    assert run(["whatif", str(small_world), scenario, "--orders", orders_file(), *IN_SHORT, *out]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert {name: told[name] for name in ("scenario", "seeds", "cost_difference", "changed_contracts", "refused")} == {
        "scenario": "mine",
        "seeds": 2,
        "cost_difference": 0,
        "changed_contracts": 1,
        "refused": 0,
    }
    assert told["cost_difference_low"] == told["cost_difference_high"] == told["checker_violations"] == 0
    assert "What if" in (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    changed = (tmp_path / "out" / "changed_contracts.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[3] for line in changed[1:]] == ["LEVEL_CHANGED", "LEVEL_CHANGED"]


def test_the_base_can_be_planned_as_orders_come(
    small_world: Path, orders_file: Callable[..., str], tmp_path: Path, capsys: Out
) -> None:
    scenario = a_scenario(tmp_path, "{change: policy, replan_every: PT30M}")
    asked = ["whatif", str(small_world), scenario, "--orders", orders_file(), *IN_SHORT, "--json"]
    runs = []
    for name, more in (("one", []), ("other", ["--replan-minutes", "30"])):
        assert run([*asked, *more, "--out", str(tmp_path / name)]) == 0
        [found] = json.loads((tmp_path / name / "whatif.json").read_text(encoding="utf-8"))
        runs.append(found["base_runs"])
        [told] = json.loads(capsys.readouterr().out)
        assert told["checker_violations"] == 0
    assert runs[0] != runs[1]
    assert told["cost_difference"] == told["changed_contracts"] == 0


def test_the_cheapest_of_a_sweep_is_named_and_none_is_a_business_no(
    small_world: Path, orders_file: Callable[..., str], capsys: Out
) -> None:
    sweep = ["whatif", str(small_world), "--orders", orders_file(), *IN_SHORT, "--sweep", "riders=1..2"]
    assert run([*sweep, "--reach", "served=1,kept=0"]) == 0
    said = capsys.readouterr().out
    assert "riders-1" in said
    assert "served of at least 1 and kept of at least 0: the cheapest is riders-" in said
    assert run([*sweep[:-1], "stock=0..0", "--reach", "served=1", "--json"]) == 1
    [told] = json.loads(capsys.readouterr().out)
    assert (told["refused"], told["reached"], told["cheapest"]) == (1, False, False)


def test_a_snapshot_is_what_scenarios_start_from(small_world: Path, a_plan: Path, tmp_path: Path, capsys: Out) -> None:
    gone = "{change: remove_resources, kind: RIDER, resource_ids: [rider-1]}"
    asked = ["whatif", str(small_world), a_scenario(tmp_path, gone), "--plan", str(a_plan), *IN_SHORT, "--json"]
    page = ["--page", str(tmp_path / "page.html"), "--lang", "zh"]
    assert run([*asked, *page]) == 0
    assert "zh-CN" in (tmp_path / "page.html").read_text(encoding="utf-8")
    [told] = json.loads(capsys.readouterr().out)
    assert told["kept"] + told["at_risk"] == 3


def test_a_scenario_that_contradicts_is_refused_with_file_and_line(
    small_world: Path, tmp_path: Path, capsys: Out
) -> None:
    closing = "{change: close_site, site_id: west}"
    assert run(["whatif", str(small_world), a_scenario(tmp_path, closing, closing), "--out", str(tmp_path / "o")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("mine.yaml:4 changes[1].site_id: SCENARIO_CONTRADICTORY: site (west) must be open, and is ")
    assert not [*tmp_path.glob("o/*")]


def test_a_folder_for_results_that_cannot_be_is_refused_before_anything_is_planned(
    small_world: Path, tmp_path: Path, capsys: Out
) -> None:
    scenario = a_scenario(tmp_path, "{change: close_site, site_id: west}")
    (tmp_path / "file").write_text("", encoding="utf-8")
    for folder in ("file", "nowhere/o", "file/o", "/proc/servanda"):
        assert run(["whatif", str(small_world), scenario, "--out", str(tmp_path / folder)]) == 2
        assert "FILE_MISSING: a result must be written to a folder that exists" in capsys.readouterr().err


def test_nothing_to_compare_is_bad_usage(small_world: Path, capsys: Out) -> None:
    assert run(["whatif", str(small_world)]) == 2
    assert "number of scenarios and sweeps (0) must be >= 1" in capsys.readouterr().err


def test_a_plan_serves_all_orders_and_replanning_costs_no_more(
    small_world: Path, a_plan: Path, tmp_path: Path, capsys: Out
) -> None:
    orders = str(a_plan.parent / "orders.json")
    arguments = ["plan", str(small_world), "--orders", orders, "--out", str(tmp_path / "plan.json"), "--json"]
    assert run([*arguments, "--iterations", "50"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["contracts"], told["refused"], told["violations"]) == (3, [], [])
    assert sum(told["cost_after"].values()) <= sum(told["cost_before"].values())


def test_the_same_seed_gives_the_same_plan_byte_for_byte(small_world: Path, a_plan: Path, tmp_path: Path) -> None:
    again = tmp_path / "plan.json"
    orders = str(a_plan.parent / "orders.json")
    assert run(["plan", str(small_world), "--orders", orders, "--out", str(again), "--iterations", "50"]) == 0
    assert again.read_bytes() == a_plan.read_bytes()


def test_a_spoiled_plan_ends_with_code_1(small_world: Path, a_plan: Path, tmp_path: Path, capsys: Out) -> None:
    stored = PlanFile.model_validate_json(a_plan.read_text(encoding="utf-8"))
    late = [
        each.model_copy(update={"planned_start": each.planned_start + timedelta(hours=3)})
        for each in stored.plan.assignments
    ]
    plan = stored.plan.model_copy(update={"assignments": tuple(late)})
    spoiled = tmp_path / "plan.json"
    spoiled.write_text(stored.model_copy(update={"plan": plan}).model_dump_json(), encoding="utf-8")
    assert run(["check", str(small_world), str(spoiled)]) == 1
    assert capsys.readouterr().out.endswith(" violations\n")


def test_a_plan_of_another_world_is_not_checked(small_world: Path, a_plan: Path, tmp_path: Path, capsys: Out) -> None:
    other = Path(shutil.copytree(small_world, tmp_path / "other"))
    (other / "desks.yaml").write_text("desks: [] # none\n", encoding="utf-8")
    assert run(["check", str(other), str(a_plan), "--json"]) == 2
    assert issue_of(capsys)["code"] == "WORLD_MISMATCH"


def test_a_folder_that_is_not_there_gets_no_plan(
    small_world: Path, orders_file: Callable[..., str], capsys: Out
) -> None:
    arguments = ["plan", str(small_world), "--orders", orders_file(), "--out", "/nowhere/plan.json", "--json"]
    assert run([*arguments, "--iterations", "1"]) == 2
    assert issue_of(capsys)["path"] == "/nowhere/plan.json"


def test_a_short_demo_writes_its_files_and_tells_its_figures(tmp_path: Path, capsys: Out) -> None:
    assert run(["demo", "--num-orders", "20", "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["wrong"] == []
    assert told["figures"] == json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "papers.html",
        "plan.json",
        "report.html",
        "result.json",
    ]
    assert told["report"] == str(tmp_path / "report.html")
    night, closed = told["night"], told["whatif"]
    assert (night["promises_moved"], closed["checker_violations"]) == (0, 0)
    assert night["cost_after"] <= night["cost_before"]
    assert night["contracts"] == told["figures"]["confirmed"]
    assert (closed["scenario"], closed["seeds"]) == ("close-busiest-store", [1, 2, 3])
    assert closed["items"] >= 1
    assert {each["from_site_id"] for each in closed["moved"]} >= {closed["site_id"]}
    again = tmp_path / "again.html"
    assert run(["report", str(tmp_path / "plan.json"), "--out", str(again), "--lang", "zh"]) == 0
    english = ("against the recommended one", "The night", "What if the busiest store closed: ")
    chinese = ("与推荐方案相比", "夜间重排", "假如最忙的门店关闭：")
    for page, texts in ((tmp_path / "report.html", english), (again, chinese)):
        assert [text for text in texts if text not in page.read_text(encoding="utf-8")] == []


def test_a_plan_becomes_a_page_in_either_language(small_world: Path, a_plan: Path, tmp_path: Path, capsys: Out) -> None:
    page = tmp_path / "report.html"
    for language, title in (("en", "Plan: Two banks"), ("zh", "计划：Two banks")):
        arguments = ["report", str(a_plan), "--world", str(small_world), "--out", str(page), "--lang", language]
        assert run([*arguments, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"out": str(page), "violations": []}
        assert f"<title>{title}</title>" in page.read_text(encoding="utf-8")


def test_a_spoiled_plan_is_reported_with_its_violations_and_ends_with_code_1(
    small_world: Path, a_plan: Path, tmp_path: Path
) -> None:
    stored = PlanFile.model_validate_json(a_plan.read_text(encoding="utf-8"))
    cost = stored.plan.cost.model_copy(update={"travel": stored.plan.cost.travel + 1})
    plan = stored.plan.model_copy(update={"cost": cost})
    spoiled, page = tmp_path / "plan.json", tmp_path / "report.html"
    spoiled.write_text(stored.model_copy(update={"plan": plan}).model_dump_json(), encoding="utf-8")
    assert run(["report", str(spoiled), "--world", str(small_world), "--out", str(page)]) == 1
    assert "finds 1 violations" in page.read_text(encoding="utf-8")


def test_without_a_world_a_report_takes_that_of_the_demo_and_refuses_plans_of_others(
    a_plan: Path, tmp_path: Path, capsys: Out
) -> None:
    page = tmp_path / "report.html"
    assert run(["report", str(a_plan), "--out", str(page), "--json"]) == 2
    assert issue_of(capsys)["code"] == "WORLD_MISMATCH"
    assert not page.exists()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (["--out", "/nowhere/report.html"], "FILE_MISSING"),
        (["--lang", "fr"], "VALUE_INVALID"),
        (["--world", "nowhere"], "FILE_MISSING"),
    ],
)
def test_a_report_that_cannot_be_made_says_why(
    changed: list[str], code: str, a_plan: Path, tmp_path: Path, capsys: Out
) -> None:
    assert run(["report", str(a_plan), "--out", str(tmp_path / "report.html"), *changed, "--json"]) == 2
    assert issue_of(capsys)["code"] == code


def test_a_demo_that_could_not_keep_its_files_is_not_played(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "file").touch()
    assert run(["demo", "--out", str(tmp_path / "file"), "--json"]) == 2
    assert issue_of(capsys)["code"] == "FILE_MISSING"


def test_something_unforeseen_ends_with_code_70(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    def fail(_folder: Path) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(worlds, "load", fail)
    assert run(["world", "show", "w"]) == 70
    told = capsys.readouterr().err
    assert told.startswith("Traceback")
    assert told.endswith("RuntimeError: INTERNAL: unforeseen (report it with all of these lines)\n")
    assert run(["world", "show", "w", "--json"]) == 70
    issue = issue_of(capsys)
    assert (issue["code"], issue["path"]) == ("INTERNAL", "RuntimeError")
    assert issue["message"].startswith("Traceback")


def test_an_interrupt_ends_with_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(worlds, "load", interrupt)
    assert run(["world", "show", "w"]) == 130


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--address", "0.0.0.0:0"], "ADDRESS_NOT_LOOPBACK"),
        (["--address", "here"], "VALUE_INVALID"),
        (["--simulated-from", "2026-03-02T07:00:00"], "TIME_WITHOUT_ZONE"),
        (["--log-level", "loud"], "VALUE_INVALID"),
    ],
)
def test_a_server_is_not_started_with_bad_settings(
    arguments: list[str], code: str, small_world: Path, tmp_path: Path, capsys: Out
) -> None:
    started = ["serve", "--world", str(small_world), "--db", str(tmp_path / "x.db"), *arguments, "--json"]
    assert run(started) == 2
    assert issue_of(capsys)["code"] == code


def test_a_server_that_gets_no_address_says_nothing_but_the_issue(small_world: Path, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "servanda"), "serve", "--world", str(small_world), "--json"]
    command += ["--db", str(tmp_path / "x.db"), "--address", f"unix:{tmp_path}/gone/socket"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert [issue["code"] for issue in json.loads(done.stderr)["issues"]] == ["ADDRESS_IN_USE"]
    assert not (tmp_path / "x.db").exists()


def test_a_benchmark_needs_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    (tmp_path / "benchmarks").mkdir()  # somebody else's
    monkeypatch.setattr(benching, "_CHECKOUT", tmp_path)
    assert run(["bench", "wishes", "--json"]) == 2
    issue = issue_of(capsys)
    assert (issue["code"], issue["path"]) == ("CHECKOUT_NEEDED", "servanda bench")


def test_the_installed_command_runs() -> None:
    command = Path(sys.executable).parent / "servanda"
    done = subprocess.run([command, "world", "show", "/nowhere"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("/nowhere: FILE_MISSING: ")
    assert done.stdout == ""


@pytest.fixture
def an_export(tmp_path: Path) -> list[str]:
    """A source with a good row, one that is too large for a rider, and a bad one; and the way to import it."""
    rows = "no,num\nA-1,2\nA-2,20\nA-3,0\n"
    mapping = {
        "order_id": {"column": "no"},
        "channel": {"constant": "APP"},
        "placed_time": {"constant": "09:00"},
        "identity": {"member_id": {"column": "no"}},
        "sku_id": {"constant": "tissues"},
        "quantity": {"column": "num"},
        "place": {"datum": {"constant": "WGS84"}, "lat": {"constant": 31.234}, "lon": {"constant": 121.4701}},
    }
    (tmp_path / "export.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "map.yaml").write_text(json.dumps(mapping), encoding="utf-8")
    files = ["--source", str(tmp_path / "export.csv"), "--mapping", str(tmp_path / "map.yaml")]
    return ["import", "orders", *files, "--out", str(tmp_path / "imported.json"), "--world"]


def test_an_import_with_a_bad_row_writes_nothing(an_export: list[str], small_world: Path, capsys: Out) -> None:
    assert run([*an_export, str(small_world), "--json"]) == 2
    issue = issue_of(capsys)
    assert (issue["code"], issue["path"]) == ("QUANTITY_NOT_POSITIVE", "export.csv:4 num")
    assert not Path(an_export[an_export.index("--out") + 1]).exists()


def test_an_import_that_skips_bad_rows_can_be_planned(
    an_export: list[str], small_world: Path, tmp_path: Path, capsys: Out
) -> None:
    assert run([*an_export, str(small_world), "--skip-bad", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {name: said[name] for name in ("rows", "orders", "split", "written", "skipped_lines")} == {
        "rows": 3,
        "orders": 2,
        "split": 1,
        "written": 3,
        "skipped_lines": [4],
    }
    assert [issue["path"] for issue in said["issues"]] == ["export.csv:4 num"]
    plan = ["plan", str(small_world), "--orders", said["out"], "--out", str(tmp_path / "plan.json")]
    assert run([*plan, "--iterations", "10"]) == 0


def test_an_import_tells_people_what_it_left_out(an_export: list[str], small_world: Path, capsys: Out) -> None:
    assert run([*an_export, str(small_world), "--skip-bad"]) == 0
    said = capsys.readouterr()
    assert "2 orders from 3 rows, 1 of them in parts, 1 rows skipped; written to" in said.out
    assert "export.csv:4 num: QUANTITY_NOT_POSITIVE" in said.err

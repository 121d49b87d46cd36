"""`servanda bench routing`, as a person and as a program see it."""

import json
from pathlib import Path

import pytest

from server.cli import run
from tests.benchmarks.routing.examples import write

Out = pytest.CaptureFixture[str]


def test_it_prints_each_row_and_then_the_tables(tmp_path: Path, capsys: Out) -> None:
    file = write(tmp_path, "solomon.txt")
    assert run(["bench", "routing", str(file), "--engine", "pyvrp", "--seconds", "0.2", "--seeds", "1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{tmp_path.name} solomon pyvrp 0.2 s, seed 1: 36.3, 2 vehicles\n")
    assert "| solomon |  | **36.3** |" in said


def test_it_prints_the_summary_as_json_and_keeps_the_rows(tmp_path: Path, capsys: Out) -> None:
    file, out = write(tmp_path, "li_lim.txt"), tmp_path / "rows.jsonl"
    arguments = ["--engine", "pyvrp", "--engine", "commiv", "--seconds", "0.2", "--seeds", "1", "--out", str(out)]
    assert run(["bench", "routing", str(file), *arguments, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert [(each["engine"], each["mean_ratio"]) for each in summary["engines"]] == [("pyvrp", 1.0), ("commiv", 1.0)]
    assert summary["cores"]
    assert [json.loads(line)["cost"] for line in out.read_text().splitlines()] == [26.794, 26.794]


def test_the_fixed_list_is_looked_for_below_its_folder(tmp_path: Path, capsys: Out) -> None:
    assert run(["bench", "routing", "--list", str(tmp_path), "--engine", "pyvrp", "--json"]) == 2
    issues = json.loads(capsys.readouterr().err)["issues"]
    assert {issue["code"] for issue in issues} == {"FILE_MISSING"}
    assert issues[0]["path"] == str(tmp_path / "li_lim" / "100" / "lc109.txt")


def test_without_a_file_it_says_what_to_name(capsys: Out) -> None:
    assert run(["bench", "routing", "--json"]) == 2
    (issue,) = json.loads(capsys.readouterr().err)["issues"]
    assert (issue["code"], issue["path"]) == ("FIELD_REQUIRED", "command line")

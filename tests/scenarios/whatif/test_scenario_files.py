"""Scenarios in YAML: file and line of everything that is wrong, and a schema for editors."""

import json
from pathlib import Path

import pytest

from models.issues import InputError, IssueCode
from scenarios.whatif import library, read_scenario, read_scenarios
from scenarios.whatif.grounds import snapshot_of
from scenarios.whatif.scenario_files import LIBRARY, MODEL_BY_CHANGE, SCHEMA, scenario_schema


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def issues_of(*files: Path | str) -> list[tuple[IssueCode, str, str]]:
    with pytest.raises(InputError) as refused:
        read_scenarios(files)
    return [(issue.code, issue.path, issue.hint) for issue in refused.value.issues]


def test_every_mistake_has_its_line_and_no_trace_of_the_union(tmp_path: Path) -> None:
    text = """\
name: mine
changes:
  - {change: close_site, site: store-1}
  - change: remove_rider
  - change: fee
    service_level_id: within-hour
    amount: -3
"""
    assert issues_of(written(tmp_path, text)) == [
        (IssueCode.FIELD_REQUIRED, "mine.yaml:3 changes[0].site_id", "add this field"),
        (IssueCode.FIELD_UNKNOWN, "mine.yaml:3 changes[0].site", "did you mean site_id?"),
        (IssueCode.VALUE_INVALID, "mine.yaml:4 changes[1].change", "did you mean remove_resources?"),
        (
            IssueCode.VALUE_INVALID,
            "mine.yaml:7 changes[2].amount",
            "see the field's documentation for what it may hold",
        ),
    ]


def test_names_are_distinct_and_none_is_the_base(tmp_path: Path) -> None:
    one, other = (written(tmp_path, "name: mine\n", f"{each}.yaml") for each in ("one", "other"))
    base = written(tmp_path, "name: base\n", "base.yaml")
    assert [(code, path) for code, path, _ in issues_of(one, other, base)] == [
        (IssueCode.ID_DUPLICATE, "other.yaml:1 name"),
        (IssueCode.ID_DUPLICATE, "base.yaml:1 name"),
    ]


def test_a_name_that_is_nearly_in_the_library_is_suggested() -> None:
    assert issues_of("raim") == [(IssueCode.FILE_MISSING, "raim", "did you mean rain?")]


def test_a_scenario_may_say_what_it_stands_on(tmp_path: Path) -> None:
    world = tmp_path / "town"
    file = read_scenario(written(tmp_path, "name: mine\nbase: {world: town, plan: plan.json}\n"))
    assert snapshot_of([file], world=world, plan=None) == tmp_path / "plan.json"
    with pytest.raises(InputError) as refused:
        snapshot_of([file], world=tmp_path / "city", plan=tmp_path / "other.json")
    assert [(issue.code, issue.path) for issue in refused.value.issues] == [
        (IssueCode.WORLD_MISMATCH, "mine.yaml:2 base.world"),
        (IssueCode.WORLD_MISMATCH, "mine.yaml:2 base.plan"),
    ]


def test_the_schema_in_the_repository_is_fresh() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == scenario_schema(), (
        "python -c 'from scenarios.whatif.scenario_files import write_schema; write_schema()'"
    )


def test_the_schema_knows_every_change_and_what_it_means() -> None:
    definitions = scenario_schema()["$defs"]
    for model in MODEL_BY_CHANGE.values():
        assert definitions[model.__name__]["description"]
    assert definitions["Promotion"]["properties"]["balance_paid"]["description"].startswith("Share of those who paid")


def test_every_scenario_of_the_library_names_the_schema_and_itself() -> None:
    assert len(library()) >= 15
    for name in library():
        text = (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=schema/scenario.json\n")
        found = read_scenario(name).scenario
        assert found.name == name
        assert found.description

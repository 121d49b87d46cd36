"""What a mapping file may say, and how it is told where it is wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.issues import InputError, Issue
from scenarios.imports import read_mapping
from scenarios.imports.mapping import SCHEMA, mapping_schema
from tests.scenarios.imports.conftest import A_MAPPING

Issues = Callable[[str], tuple[Issue, ...]]


@pytest.fixture
def wrong(tmp_path: Path) -> Issues:
    def run(text: str) -> tuple[Issue, ...]:
        (tmp_path / "map.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_mapping(tmp_path / "map.yaml")
        return caught.value.issues

    return run


def test_every_mistake_of_a_mapping_is_told_with_its_line(wrong: Issues) -> None:
    text = A_MAPPING.replace("column: no}", "colum: no}").replace("{phone: {column: phone}}", "{}")
    text = text.replace("quantity: {column: num}", "quantity: {column: num, constant: 1}") + "delimiter: x\n"
    issues = wrong(text)
    assert [(issue.path, issue.code.value) for issue in issues] == [
        ("map.yaml:11 delimiter", "VALUE_INVALID"),
        ("map.yaml:1 order_id.colum", "FIELD_UNKNOWN"),
        ("map.yaml:4 identity", "ORDER_WITHOUT_IDENTITY"),
        ("map.yaml:6 quantity", "VALUE_INVALID"),
    ]
    assert issues[1].hint == "did you mean column?"
    assert issues[3].message == "give one of column (num) and constant (1), not both and not neither"


def test_a_constant_has_no_codes(wrong: Issues) -> None:
    (issue,) = wrong(A_MAPPING.replace("constant: APP", "constant: APP, codes: {a: APP}"))
    assert issue.message == "codes (1) and if_empty (none) need a column, found constant (APP)"


def test_the_datum_has_to_be_said(wrong: Issues) -> None:
    (issue,) = wrong(A_MAPPING.replace("  datum: {constant: WGS84}\n", ""))
    assert (issue.path, issue.code.value) == ("map.yaml:7 place.datum", "FIELD_REQUIRED")


def test_a_key_that_stands_twice_is_told(wrong: Issues) -> None:
    (issue,) = wrong(A_MAPPING + "order_id: {column: number}\n")
    assert (issue.path, issue.code.value) == ("map.yaml:11 order_id", "ID_DUPLICATE")


def test_a_mapping_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_mapping(tmp_path / "nowhere.yaml")
    (issue,) = caught.value.issues
    assert (issue.code, issue.path) == ("FILE_MISSING", str(tmp_path / "nowhere.yaml"))


def test_numbers_that_yaml_reads_as_such_are_text(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(A_MAPPING.replace("{column: num}", "{constant: 3}"), encoding="utf-8")
    assert read_mapping(tmp_path / "map.yaml").mapping.quantity.constant == "3"


def test_the_schema_in_the_repository_is_fresh() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == mapping_schema()


def test_the_schema_tells_an_editor_what_the_fields_mean() -> None:
    assert mapping_schema()["properties"]["line_id"]["description"].startswith("If given, rows with the same order_id")
    assert mapping_schema()["$defs"]["PlaceCells"]["properties"]["datum"]["description"].startswith("What the coord")

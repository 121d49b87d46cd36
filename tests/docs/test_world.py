"""docs/world.md explains every field of every file of a world, and its examples are one."""

import re
from pathlib import Path

import pytest

from docs.generate.field_tables import TABLE, fresh, links_in, meanings_in, models_of_files, tables_in
from docs.generate.pages import DOCS, WORLD
from scenarios.world import load_world
from scenarios.world_files import MODEL_BY_FILE
from tests.conftest import DEMO_WORLD

PAGE = (DOCS / WORLD).read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(yaml|csv)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^# yaml-language-server: \$schema=\.\./schema/(\w+)\.json$", re.MULTILINE)


def test_everything_that_stands_in_a_file_has_a_table_and_nothing_else_has() -> None:
    missing = "add `<!-- fields: Model -->` below a heading of docs/world.md, then run python -m docs.generate"
    assert sorted(tables_in(PAGE)) == sorted(models_of_files()), missing


def test_the_tables_say_what_the_models_say() -> None:
    assert fresh(PAGE, models_of_files(), links=links_in(PAGE)) == PAGE, "run python -m docs.generate"


@pytest.mark.parametrize("table", [table for _, table in TABLE.findall(PAGE)])
def test_every_field_has_a_meaning(table: str) -> None:
    assert [field for field, meaning in meanings_in(table).items() if not meaning] == []


def examples() -> dict[str, str]:
    """The example of each file: YAML says in its first line which it is, CSV follows the heading."""
    found = {}
    for block in BLOCK.finditer(PAGE):
        schema = NAMED.match(block[2])
        headings: list[str] = re.findall(r"^## (\w+\.csv)$", PAGE[: block.start()], flags=re.MULTILINE)
        found[f"{schema[1]}.yaml" if schema else headings[-1]] = block[2]
    return found


def test_the_examples_are_a_world(tmp_path: Path, cache_dir: Path) -> None:
    assert sorted(examples()) == sorted(MODEL_BY_FILE)
    for name, text in examples().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "streets.osm.bz2").write_bytes((DEMO_WORLD / "streets.osm.bz2").read_bytes())
    world = load_world(tmp_path, cache_dir=cache_dir)
    assert [rider.resource_id for rider in world.catalogue.riders] == ["rider-1"]
    assert world.catalogue.sku_by_id["fresh-milk"].attributes == {"brand": "Bright"}

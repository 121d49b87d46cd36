"""docs/whatif.md explains every change with every field, its examples can be read, and its notebook runs."""

import json
import re

import pytest
from ruamel.yaml import YAML

from docs.generate.field_tables import TABLE, fresh, links_in, meanings_in, models_of_scenarios, tables_in
from docs.generate.pages import DOCS, WHATIF, WHATIF_TOUR, WORLD
from docs.generate.tour import run_tour
from models.evaluation import Cause
from models.scenario import Scenario
from scenarios.whatif import apply, library, read_scenario
from scenarios.whatif.scenario_files import MODEL_BY_CHANGE
from scenarios.world import World

PAGE = (DOCS / WHATIF).read_text(encoding="utf-8")
EXAMPLES: list[str] = re.findall(r"^```yaml\n(- .*\n)```$", PAGE, re.MULTILINE)


def test_everything_that_stands_in_a_scenario_has_a_table_and_nothing_else_has() -> None:
    shared = {"Hours", "OrdersWhere", "MobilesWhere"}
    assert sorted(tables_in(PAGE)) == sorted(models_of_scenarios().keys() - shared)


def test_the_tables_say_what_the_models_say() -> None:
    links = links_in((DOCS / WORLD).read_text(encoding="utf-8"), name=WORLD) | links_in(PAGE)
    assert fresh(PAGE, models_of_scenarios(), links=links) == PAGE, "run python -m docs.generate"


@pytest.mark.parametrize("table", [table for _, table in TABLE.findall(PAGE)])
def test_every_field_has_a_meaning(table: str) -> None:
    assert [field for field, meaning in meanings_in(table).items() if not meaning] == []


def test_every_change_has_an_example() -> None:
    changes = [YAML(typ="safe", pure=True).load(text)[0]["change"] for text in EXAMPLES]
    assert sorted(changes) == sorted(MODEL_BY_CHANGE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_change_that_the_demo_can_take(example: str, world: World) -> None:
    given = YAML(typ="safe", pure=True).load(example)[0]
    variant = apply(world, Scenario.model_validate({"name": "example", "changes": [given]}))
    assert variant.world is not world or variant.demand


def test_the_library_is_listed_whole() -> None:
    listed = re.findall(r"^\| \[`([\w-]+)`\]\(\.\./scenarios/library/\1\.yaml\) \| (.+) \|$", PAGE, re.MULTILINE)
    assert listed == [(name, read_scenario(name).scenario.description) for name in library()]


def test_every_cause_is_explained() -> None:
    for cause in Cause:
        assert f"`{cause}`" in PAGE


def test_the_notebook_prints_what_it_shows() -> None:
    assert run_tour(DOCS / WHATIF_TOUR) == (DOCS / WHATIF_TOUR).read_text(encoding="utf-8"), (
        "if the new outputs are right: python -m docs.generate --tour"
    )


def test_every_cell_of_the_notebook_shows_something() -> None:
    cells = json.loads((DOCS / WHATIF_TOUR).read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells if cell["cell_type"] == "code" and not cell["outputs"]] == []

"""docs/import.md explains every field of a mapping, and its example is what it says."""

import re
from pathlib import Path

import pytest

from models.base import Model
from models.issues import InputError
from scenarios.imports import import_orders
from scenarios.imports.mapping import Cell, IdentityCells, OrderMapping, PlaceCells, PlaceTable, WindowCells
from scenarios.imports.parts import NUM_PARTS, PART_OF
from scenarios.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
MAPPING = PAGE.partition("## The mapping")[2]


def block(language: str) -> str:
    """The last block of code of a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    return str(found[-1])


@pytest.mark.parametrize("model", [OrderMapping, Cell, IdentityCells, PlaceCells, WindowCells])
def test_every_field_of_a_mapping_is_explained(model: type[Model]) -> None:
    assert [field for field in model.model_fields if f"`{field}`" not in MAPPING] == []


def test_every_field_of_a_table_of_places_is_explained() -> None:
    assert f"`{{{', '.join(PlaceTable.model_fields)}}}`" in MAPPING


def test_the_attributes_of_parts_are_named() -> None:
    assert f"`{PART_OF}`" in PAGE
    assert f"`{NUM_PARTS}`" in PAGE


def test_the_example_says_what_the_page_says_it_does(world: World, tmp_path: Path) -> None:
    source, mapping = tmp_path / "export.csv", tmp_path / "map.yaml"
    source.write_text(block("csv"), encoding="utf-8")
    mapping.write_text(block("yaml"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_orders(source, mapping, world)
    assert list(map(str, caught.value.issues)) == block("").splitlines()
    kept = import_orders(source, mapping, world, skip_bad=True)
    assert [order.order_id for order in kept.orders] == ["T-1001"]

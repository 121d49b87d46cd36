"""docs/world.md names every field of every file of a world, and no other file."""

import re
from pathlib import Path
from typing import get_args

import pytest

from models.base import Model
from models.document import DocumentRule
from models.policy import PackItem, ServiceLevel, ServicePack
from scenarios.world_files import LISTS, MODEL_BY_FILE

PAGE = (Path(__file__).parents[2] / "docs" / "world.md").read_text(encoding="utf-8")
FOUND_ON_LOADING = {"kind"}
"""Of riders and others, fixed by the file that they stand in; of sites it is a field like any other."""


def sections(name: str) -> str:
    """The text under every heading that names a file."""
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    return "".join(part for part in parts if name in part.partition("\n")[0])


def row_model(name: str) -> type[Model]:
    """What stands in a file: itself, or one of its rows."""
    key = name.partition(".")[0]
    if name not in LISTS.values():
        return MODEL_BY_FILE[name]
    row: type[Model] = get_args(MODEL_BY_FILE[name].model_fields[key].annotation)[0]
    return row


@pytest.mark.parametrize("name", MODEL_BY_FILE)
def test_every_field_of_a_file_is_explained(name: str) -> None:
    fields = set(row_model(name).model_fields) - (set() if name == "sites.yaml" else FOUND_ON_LOADING)
    assert {field for field in fields if f"`{field}`" not in sections(name)} == set()


@pytest.mark.parametrize("model", [DocumentRule, ServiceLevel, ServicePack, PackItem])
def test_every_field_of_what_a_policy_lists_is_explained(model: type[Model]) -> None:
    assert [field for field in model.model_fields if f"`{field}`" not in sections("policy.yaml")] == []

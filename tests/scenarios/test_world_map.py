"""The map of a world: everything that lies somewhere, on a page that needs no network."""

import json
import re
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import KDTree

from models.issues import InputError
from scenarios.world import World, load_world
from scenarios.world_map import ATTRIBUTION, world_map, write_map


def marks_of(world: World) -> dict[str, Any]:
    """What is drawn, by the name in the legend without its count."""
    (legend,) = world_map(world).legend
    items: list[Any] = legend.items
    return {item.label.value.partition(" (")[0]: item.renderers[0].data_source for item in items}


def test_every_site_start_and_zone_is_on_it(world: World) -> None:
    marks, catalogue = marks_of(world), world.catalogue
    sites = {"warehouses": "WAREHOUSE", "stores": "STORE"}
    for name, kind in sites.items():
        assert list(marks[name].data["title"]) == [site.site_id for site in catalogue.sites if site.kind == kind]
    for name in ("riders", "vans", "technicians"):
        ids = [each.resource_id for each in getattr(catalogue, name)]
        assert list(marks[f"{name} start"].data["title"]) == ids
    zones = [zone.zone_id for carrier in catalogue.carriers for zone in carrier.zones]
    assert list(marks["zones of carriers"].data["title"]) == zones


def test_sites_lie_on_the_streets(world: World) -> None:
    drawn: list[Any] = world_map(world).renderers[:2]
    lines = [each.data_source.data for each in drawn]
    streets = KDTree([(x, y) for data in lines for x, y in zip(data["x"], data["y"], strict=True) if not isnan(x)])
    for name in ("stores", "warehouses"):
        data = marks_of(world)[name].data
        away, _ = streets.query(np.column_stack((data["x"], data["y"])))
        assert away.max() < 2


def test_a_world_with_hardly_anything_in_it_has_a_map_too(small_world: Path, small_cache: Path) -> None:
    (small_world / "riders.yaml").write_text("riders: []\n", encoding="utf-8")
    (small_world / "pools.yaml").write_text("pools: []\n", encoding="utf-8")
    assert set(marks_of(load_world(small_world, cache_dir=small_cache))) == {"stores"}


def test_the_page_loads_nothing_and_names_whose_streets_they_are(
    small_world: Path, small_cache: Path, tmp_path: Path
) -> None:
    named = (small_world / "world.yaml").read_text(encoding="utf-8").replace("Two banks", "Two <b>banks")
    (small_world / "world.yaml").write_text(named, encoding="utf-8")
    write_map(tmp_path / "map.html", load_world(small_world, cache_dir=small_cache))
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert re.findall(r"<(?:script|iframe)[^>]+src=|<link[^>]+href=", page) == []
    assert json.dumps(ATTRIBUTION)[1:-1] in page
    assert "Two <b>banks" not in page.partition("</title>")[0]


def test_a_map_that_cannot_be_written_leaves_nothing(small_world: Path, small_cache: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="FILE_MISSING"):
        write_map(tmp_path / "nowhere" / "map.html", load_world(small_world, cache_dir=small_cache))
    assert not (tmp_path / "nowhere").exists()

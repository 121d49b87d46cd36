"""A source of two orders that is right, and a way to spoil it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.issues import InputError, Issue
from scenarios.imports import Imported, import_orders
from scenarios.world import World, load_world

A_MAPPING = """\
order_id: {column: no}
channel: {constant: APP}
placed_time: {column: placed}
identity: {phone: {column: phone}}
sku_id: {column: item}
quantity: {column: num}
place:
  datum: {constant: WGS84}
  lat: {column: lat}
  lon: {column: lon}
"""

A_SOURCE = """\
no,placed,phone,item,num,lat,lon
A-1,09:00,1380001,tissues,2,31.2340,121.4701
A-2,2026-03-02 09:30,1380002,cake,1,31.2300,121.4751
"""


@pytest.fixture(scope="session")
def banks(small_world_files: Path, small_cache: Path) -> World:
    """The world of two banks: its day is 2026-03-02, a rider takes 12 tissues, and no cake."""
    return load_world(small_world_files, cache_dir=small_cache)


@pytest.fixture
def imported(banks: World, tmp_path: Path) -> Callable[..., Imported]:
    """Import `orders.csv` by `map.yaml`; further files of the source by their name."""

    def run(
        source: str = A_SOURCE,
        mapping: str = A_MAPPING,
        *,
        world: World = banks,
        skip_bad: bool = False,
        encoding: str = "utf-8",
        **files: str,
    ) -> Imported:
        (tmp_path / "orders.csv").write_text(source, encoding=encoding, newline="")
        (tmp_path / "map.yaml").write_text(mapping, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding=encoding)
        return import_orders(tmp_path / "orders.csv", tmp_path / "map.yaml", world, skip_bad=skip_bad)

    return run


@pytest.fixture
def issues_of(imported: Callable[..., Imported]) -> Callable[..., tuple[Issue, ...]]:
    """What is wrong with a source that must be refused."""

    def run(*texts: str, **options: object) -> tuple[Issue, ...]:
        with pytest.raises(InputError) as caught:
            imported(*texts, **options)
        return caught.value.issues

    return run

"""How long a world's streets take to read and its travel tables to build: first start and second start."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.figures import WORLD, Figures, machine, seconds_taken, show
from scenarios.world import World, load_world


def load(cache_dir: Path) -> tuple[World, Figures]:
    """Read everything, as a start does, and look once at every table."""
    worlds: list[World] = []
    read_s = seconds_taken(lambda: worlds.append(load_world(WORLD, cache_dir=cache_dir)))
    tables_s = seconds_taken(worlds[0].streets.tables)
    return worlds[0], {"world_and_streets_s": round(read_s, 2), "tables_s": round(tables_s, 3)}


def measure() -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        world, first = load(Path(folder))
        _, second = load(Path(folder))
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return {
        "street_nodes": len(world.streets.tables().node_ids),
        "cache_mb": round(size / 1e6),
        "machine": machine(),
        "first_load": first,
        "second_load": second,
    }


def main(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Time the streets and tables of the demo world in an empty cache folder, then in the one that is full."""
    show(measure(), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)

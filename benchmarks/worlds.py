"""Worlds for tests of scale: generated, used, and thrown away."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from benchmarks.figures import WORLD
from scenarios.generate_world import GeneratedWorld, Size, generate_world
from scenarios.world import World, load_world
from solver.cache import cache_dir


def size_of(orders: int, riders: int | None, sites: int | None) -> Size | None:
    """What was asked for on the command line; None: the demo.

    Raises
    ------
    BadParameter
        One of the two was given alone.
    """
    if (riders is None) != (sites is None):
        raise typer.BadParameter("give both of --riders and --sites, or none of the two")
    return Size(orders=orders, riders=riders, sites=sites) if riders is not None and sites is not None else None


@contextmanager
def generated(size: Size, *, seed: int) -> Iterator[GeneratedWorld]:
    """A world of that size on the streets of the demo, for the length of the block."""
    with TemporaryDirectory(prefix="servanda-scale-") as folder:
        yield generate_world(size, seed=seed, out=Path(folder) / "world", cache_dir=cache_dir())


@contextmanager
def world_of(size: Size | None, *, seed: int) -> Iterator[World]:
    """A generated world of that size; None: the demo's."""
    if size is None:
        yield load_world(WORLD, cache_dir=cache_dir())
    else:
        with generated(size, seed=seed) as made:
            yield made.world

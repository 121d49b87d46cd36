"""What many tests share."""

from pathlib import Path

import pytest

import solver.cache
from scenarios.world import World, load_world

REPOSITORY = Path(__file__).parents[1]
DEMO_WORLD = REPOSITORY / "scenarios" / "worlds" / "shanghai-center"


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """That of the command line, which tests run too: travel tables are built once and not once a run."""
    return solver.cache.cache_dir()


@pytest.fixture(scope="session")
def world(cache_dir: Path) -> World:
    """The demo world: central Shanghai, read only."""
    return load_world(DEMO_WORLD, cache_dir=cache_dir)

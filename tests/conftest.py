"""What many tests share."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import solver.cache
from scenarios.world import World, load_world

REPOSITORY = Path(__file__).parents[1]
DEMO_WORLD = REPOSITORY / "scenarios" / "worlds" / "shanghai-center"

settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")  # what a test finds does not depend on how busy the machine is


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """That of the command line, which tests run too: travel tables are built once and not once a run."""
    return solver.cache.cache_dir()


@pytest.fixture(scope="session")
def world(cache_dir: Path) -> World:
    """The demo world: central Shanghai, read only."""
    return load_world(DEMO_WORLD, cache_dir=cache_dir)

"""Where Servanda keeps what it can compute again, travel tables and compiled kernels, and the world that it brings."""

from pathlib import Path

import scenarios
from solver import cache


def cache_dir() -> Path:
    """The folder that `solver.cache` names, made if absent."""
    folder = cache.cache_dir().expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def demo_world() -> Path:
    """The folder of the world that comes with Servanda: central Shanghai."""
    return Path(scenarios.__file__).parent / "worlds" / "shanghai-center"

"""Where Servanda keeps what it can compute again: travel tables and compiled kernels."""

from pathlib import Path

from solver import cache


def cache_dir() -> Path:
    """The folder that `solver.cache` names, made if absent."""
    folder = cache.cache_dir().expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder

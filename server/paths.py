"""Where Servanda keeps what it can compute again, the ledgers that nobody named a place for, and the demo's world."""

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

import scenarios
from solver import cache


def cache_dir() -> Path:
    """The folder that `solver.cache` names, made if absent."""
    folder = cache.cache_dir().expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def data_dir() -> Path:
    """`$SERVANDA_DATA_DIR`, or `servanda` below the user's data folder."""
    if chosen := os.environ.get("SERVANDA_DATA_DIR"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "servanda"


def ledger_of(world: Path) -> Path:
    """The database of a world, where nothing else was said: one for each folder, whatever stands in its files.

    Not by what the files say: after an edit there would be an empty ledger, and no word of the promises.
    """
    folder = world.resolve()
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    name = re.sub(r"[^A-Za-z0-9._-]", "-", folder.name)
    with suppress(OSError):
        # Whoever opens the database finds out, and says so.
        data_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    return data_dir() / f"{name}-{digest}.db"


def demo_world() -> Path:
    """The folder of the world that comes with Servanda: central Shanghai."""
    return Path(scenarios.__file__).parent / "worlds" / "shanghai-center"

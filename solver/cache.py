"""Where things that can be made again are kept between two starts."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """`$SERVANDA_CACHE_DIR`, or `servanda` below the user's cache folder."""
    if chosen := os.environ.get("SERVANDA_CACHE_DIR"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "servanda"

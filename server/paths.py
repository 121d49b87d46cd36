"""Where Servanda keeps what it can compute again: travel tables and compiled kernels."""

import os
from collections.abc import Mapping
from pathlib import Path


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """`$SERVANDA_CACHE_DIR`, else `$XDG_CACHE_HOME/servanda`, else `~/.cache/servanda`; made if absent."""
    folder = Path(environ.get("SERVANDA_CACHE_DIR") or _xdg_cache_home(environ) / "servanda").expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _xdg_cache_home(environ: Mapping[str, str]) -> Path:
    # The XDG specification: a path that is not absolute is to be ignored.
    home = Path(environ.get("XDG_CACHE_HOME") or "")
    return home if home.is_absolute() else Path.home() / ".cache"

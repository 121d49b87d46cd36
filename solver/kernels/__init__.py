"""The compiled part: schedules, insertion, ruin and recreate.

Structure of arrays, integers only, no Python objects. Every kernel also runs uncompiled
(`NUMBA_DISABLE_JIT=1`).

Numba's on-disk cache does not notice that a callee in another file has changed and would serve
stale code, so the cache folder carries a hash of all sources of this package.
"""

import hashlib
import os
from pathlib import Path

from numba.core import config

from solver.cache import cache_dir


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


if not os.environ.get("NUMBA_CACHE_DIR"):
    config.CACHE_DIR = str(cache_dir() / f"kernels-{_fingerprint()}")  # type: ignore[attr-defined]

from solver.kernels.warm_up import warm_up  # noqa: E402  (the cache folder comes first)

__all__ = ["warm_up"]

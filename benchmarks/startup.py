"""How long the kernels take to compile on the first start, and to load on the second: fresh processes each."""

import os
import subprocess
import sys
import tempfile
from typing import Annotated

import typer

from benchmarks.figures import Figures, machine, seconds_taken, show

WARM_UP = "from solver.kernels.warm_up import warm_up; warm_up()"
IMPORT = "import solver.kernels.warm_up"


def start(code: str, *, cache_dir: str) -> float:
    """Seconds that a process takes to run this, from nothing."""
    env = {**os.environ, "SERVANDA_CACHE_DIR": cache_dir}
    env.pop("NUMBA_CACHE_DIR", None)
    return round(seconds_taken(lambda: subprocess.run([sys.executable, "-c", code], env=env, check=True)), 2)


def measure() -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        return {
            "machine": machine(),
            "imports_alone_s": start(IMPORT, cache_dir=folder),
            "first_start_s": start(WARM_UP, cache_dir=folder),
            "second_start_s": start(WARM_UP, cache_dir=folder),
        }


def main(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Time a process that imports and warms up every kernel, with an empty cache folder and with a full one."""
    show(measure(), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)

"""The kernels are plain Python too: what they find must not depend on the compiler."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_kernels_find_the_same_without_being_compiled() -> None:
    tests = REPOSITORY / "tests" / "solver"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "not [3 and not [4 and not [5", "-q"]
    done = subprocess.run(
        [*command, *(str(tests / f"test_{name}.py") for name in ("insertion", "schedule", "traffic_kernels"))],
        cwd=REPOSITORY,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

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


def test_the_assignment_of_many_finds_the_same_without_being_compiled() -> None:
    """In both ways the same choice, prices and bounds, to the last digit."""
    compiled, plain = (_solved(**extra) for extra in ({}, {"NUMBA_DISABLE_JIT": "1"}))
    assert compiled == plain
    assert compiled.strip()


def test_no_kernel_counts_from_the_end_of_an_array() -> None:
    """Each rule of a statement, in traffic as well; compiled, such an index would be in front of the array."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", _SEARCH]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


_SEARCH = """
import tests.solver.from_the_front  # before anything that takes a kernel from its module
from dataclasses import replace
import numpy as np
from solver.routing.budget import Iterations
from solver.routing.search import search
from solver.routing.solving import solve
from tests.solver.clock import some_peaks
from tests.solver.routing.small import a_case, routing_of
from tests.solver.routing.statements import RULES, a_random_one
done = 0
for n, rule in enumerate(RULES):
    rng = np.random.default_rng(n)
    done += len(solve(rule(a_random_one(rng), rng), seed=1, budget=Iterations(20)).tours)
    case = a_case(rng, with_spans=n % 2 == 0)
    case = replace(case, clock=some_peaks(rng, last=400)) if n % 2 else case
    search(routing_of(case), seed=1, budget=Iterations(20))
print(done)
"""


_SOLVE = """
from benchmarks.assignment_instance import generate
from solver.lagrangian import solve
for seed in (1, 2):
    found = solve(generate(40, 6, seed=seed), seed=seed, iterations=20, sweeps=4)
    print(found.lower_bound, found.upper_bound, found.chosen.tolist(), found.bound.price.tolist())
"""


def _solved(**extra: str) -> str:
    command = [sys.executable, "-c", _SOLVE]
    environment = {**os.environ, **extra}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout

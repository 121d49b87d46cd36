"""In place of the solver, in its own process. A small module: each of those processes imports it."""

import os
import time
from pathlib import Path

from models.plan import Plan
from models.problem import Problem
from solver.replanning.notebook import Notebook
from solver.replanning.promise_prices import Prices
from solver.stop import Stop


def nothing() -> None:
    """In place of warming up the kernels, which costs seconds."""


def same_plan(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Plan:
    """In place of a search: finds nothing better."""
    return problem.initial_plan


def endless(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Plan:
    """In place of a search: goes on until it is stopped."""
    while not stop():
        pass
    return problem.initial_plan


def broken(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Plan:
    """In place of a search: a secret of the inside gets out of hand."""
    raise ZeroDivisionError("secret")


def dies_with_seed_1(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Plan:
    """In place of a search: takes its process with it, or finds nothing better."""
    if seed == 1:
        os._exit(3)
    return problem.initial_plan


def no_prices(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Prices:
    """In place of a search for prices: there are none."""
    return Prices((), complete=True)


def broken_prices(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Prices:
    """In place of a search for prices: takes its process with it."""
    os._exit(3)


def endless_prices(problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Prices:
    """In place of a search for prices: goes on until it is stopped, and has none."""
    while not stop():
        pass
    return Prices((), complete=False)


STEPS = 4


def in_steps(diary: Path, problem: Problem, *, seed: int, iterations: int, stop: Stop, notebook: Notebook) -> Plan:
    """In place of a search: notes each step once, and leaves a line in a file for each that it does.

    After so many steps as the seed says it waits, until it is killed or somebody puts a file there.
    """
    for step in range(STEPS):
        if notebook.read(f"region/{step}") is None:
            with diary.open("a") as lines:
                lines.write(f"{step}\n")
            notebook.write(f"region/{step}", "done")
        while step == seed and not diary.with_suffix(".go").exists() and not stop():
            time.sleep(0.01)
        if stop():
            break
    return problem.initial_plan

"""In place of the solver, in its own process. A small module: each of those processes imports it."""

import os

from models.plan import Plan
from models.problem import Problem
from solver.stop import Stop


def nothing() -> None:
    """In place of warming up the kernels, which costs seconds."""


def same_plan(problem: Problem, *, seed: int, iterations: int, stop: Stop) -> Plan:
    """In place of a search: finds nothing better."""
    return problem.initial_plan


def endless(problem: Problem, *, seed: int, iterations: int, stop: Stop) -> Plan:
    """In place of a search: goes on until it is stopped."""
    while not stop():
        pass
    return problem.initial_plan


def broken(problem: Problem, *, seed: int, iterations: int, stop: Stop) -> Plan:
    """In place of a search: a secret of the inside gets out of hand."""
    raise ZeroDivisionError("secret")


def dies_with_seed_1(problem: Problem, *, seed: int, iterations: int, stop: Stop) -> Plan:
    """In place of a search: takes its process with it, or finds nothing better."""
    if seed == 1:
        os._exit(3)
    return problem.initial_plan

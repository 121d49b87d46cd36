"""Solve one instance once, in a process of its own on one core: `python -m benchmarks.routing.child`.

Writes one JSON document to standard output; what engines print goes to standard error.
"""

import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.routing.engines import load_engine
from benchmarks.routing.protocol import Route, Solution
from benchmarks.routing.reading import read_instance


def main(file: str, engine_name: str, seconds: str, seed: str) -> None:
    """Loading the engine and reading the file are not timed; everything after them is."""
    stay_on_one_core()
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    instance, engine = read_instance(Path(file)), load_engine(engine_name)
    began = perf_counter()
    solution = engine.solve(instance, seconds=float(seconds), seed=int(seed))
    wall_seconds = perf_counter() - began
    with os.fdopen(out, "w") as answer:
        json.dump(document_of(solution, wall_seconds=wall_seconds), answer)


def stay_on_one_core() -> None:
    """One of those that this process may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def document_of(solution: Solution, *, wall_seconds: float) -> dict[str, Any]:
    """What goes to the parent; `solution_of` is its inverse."""
    routes = [{"type_idx": int(route.type_idx), "visits": list(map(int, route.visits))} for route in solution.routes]
    return {"wall_seconds": wall_seconds, "routes": routes}


def solution_of(document: dict[str, Any]) -> Solution:
    return Solution(tuple(Route(route["type_idx"], tuple(route["visits"])) for route in document["routes"]))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""How well a time limit is kept: thousands of requests from stores to doors, from the statement to the answer."""

from time import perf_counter
from typing import Annotated

import numpy as np
import typer
from numpy.random import Generator

from benchmarks.figures import machine, show
from solver.kernels.warm_up import warm_up
from solver.routing.budget import Until
from solver.routing.solving import stated
from solver.routing.stating import Job, Statement, Stop, Vehicle, Way, Window

NUM_STORES, SEED = 25, 1
SIDE_M, METRES_PER_SECOND = 20_000, 6
DAY_S, WINDOW_S = 10 * 3600, 2 * 3600


def a_city(random: Generator, *, num_requests: int, num_vehicles: int, num_windows: int) -> Statement:
    """Each request from one store to one door, in one of its windows."""
    at = random.integers(0, SIDE_M, size=(NUM_STORES + num_requests, 2)).astype(np.float32)
    metres = np.ceil(np.hypot(at[:, None, 0] - at[None, :, 0], at[:, None, 1] - at[None, :, 1])).astype(np.int32)
    seconds = np.ceil(metres / METRES_PER_SECOND).astype(np.int32)
    vehicles = tuple(
        Vehicle(
            f"V{n:04d}",
            start=n % NUM_STORES,
            end=n % NUM_STORES,
            shift_end=DAY_S,
            capacity=(20,),
            cost_m=1,
            cost_use=1000,
        )
        for n in range(num_vehicles)
    )
    jobs = tuple(
        Job(f"J{n:05d}", (Way(_door(random, NUM_STORES + n, num_windows), _store(random), (1,)),))
        for n in range(num_requests)
    )
    return Statement(vehicles, jobs, seconds[None], metres[None])


def _store(random: Generator) -> Stop:
    return Stop(int(random.integers(NUM_STORES)), setup=120)


def _door(random: Generator, node: int, num_windows: int) -> Stop:
    opens = sorted(random.integers(0, DAY_S - 2 * WINDOW_S, size=num_windows).tolist())
    return Stop(node, windows=tuple(Window(each, each + WINDOW_S) for each in opens), service=120)


def main(
    requests: Annotated[int, typer.Option(min=1)] = 5000,
    vehicles: Annotated[int, typer.Option(min=1)] = 500,
    windows: Annotated[int, typer.Option(min=1, help="Of each door.")] = 1,
    seconds: Annotated[float, typer.Option(min=0.1, help="The limit.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print what was done by when."""
    city = a_city(np.random.default_rng(SEED), num_requests=requests, num_vehicles=vehicles, num_windows=windows)
    warm_up()
    start = perf_counter()
    ready = stated(city)
    built = perf_counter()
    budget = Until(perf_counter, start, start + seconds)
    routed = ready.searched(seed=SEED, budget=budget)
    searched = perf_counter()
    answer = ready.answered(routed, budget=budget)
    end = perf_counter()
    figures = {
        "requests": requests,
        "alternatives": len(ready.expanded.alternatives),
        "vehicles": vehicles,
        "limit_s": seconds,
        "arrays_s": round(built - start, 3),
        "search_over_s": round(searched - start - seconds, 3),
        "answer_s": round(end - searched, 3),
        "over_s": round(end - start - seconds, 3),
        "iterations": routed.iterations,
        "cost": answer.cost.total,
        "left_out": len(answer.left_out),
        "machine": machine(),
    }
    show(figures, as_json=as_json)


if __name__ == "__main__":
    typer.run(main)

"""How long a first start takes, and a second one: of the kernels alone, and of a whole server.

Fresh processes each. The server is measured from the command to its line that it is ready.
"""

import json
import os
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from benchmarks.figures import Figures, machine, seconds_taken, show
from benchmarks.real_day import promise
from benchmarks.worlds import size_of, world_of
from scenarios.generate_orders import generate_morning
from scenarios.generate_world import Size
from scenarios.world import World
from server.clock import SimulatedClock
from server.config import Settings
from server.ledger import Ledger
from server.promising import Promising
from server.token_key import token_key

WARM_UP = "from solver.kernels.warm_up import warm_up; warm_up()"
TENANT_ID = Settings.model_fields["tenant_id"].default
IMPORT = "import solver.kernels.warm_up"


def start(code: str, *, cache_dir: str) -> float:
    """Seconds that a process takes to run this, from nothing."""
    env = _with_cache(cache_dir)
    return round(seconds_taken(lambda: subprocess.run([sys.executable, "-c", code], env=env, check=True)), 2)


def _with_cache(cache_dir: str) -> dict[str, str]:
    env = {**os.environ, "SERVANDA_CACHE_DIR": cache_dir}
    env.pop("NUMBA_CACHE_DIR", None)
    return env


def serve(world: World, database: Path, *, cache_dir: str) -> Figures:
    """Start a server, wait until it is ready, and stop it again."""
    command = [sys.executable, "-m", "server", "serve", "--json", "--world", str(world.folder), "--db", str(database)]
    command += ["--address", "127.0.0.1:0", "--log-level", "error"]
    command += ["--simulated-from", generate_morning(world, seed=1, num_orders=1)[0].placed_time.isoformat()]
    began = perf_counter()
    with subprocess.Popen(command, env=_with_cache(cache_dir), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = perf_counter() - began
        process.terminate()
    taken_over = json.loads(line)["taken_over"]
    return {"ready_s": round(seconds, 2), "contracts": taken_over["contracts"]["ACTIVE"]}


def fill(world: World, database: Path, *, num_contracts: int) -> None:
    """Let so many customers of a morning agree on the cheapest of what they are offered."""
    numbers = count(1)
    with Ledger.open(f"sqlite:///{database}", tenant_id=TENANT_ID) as ledger:
        clock = SimulatedClock(world.horizon.start)
        promising = Promising(
            tenant_id=TENANT_ID,
            world=world,
            ledger=ledger,
            clock=clock,
            ids=lambda: f"id-{next(numbers):06}",
            token_key=token_key(Path(f"{database}.token-key")),
        )
        for order in generate_morning(world, seed=1, num_orders=num_contracts):
            clock.advance_to(order.placed_time)
            promise(promising, (order,), [])


def measure(size: Size | None, *, num_contracts: int) -> Figures:
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        kernels = {
            "imports_alone_s": start(IMPORT, cache_dir=cache),
            "first_start_s": start(WARM_UP, cache_dir=cache),
            "second_start_s": start(WARM_UP, cache_dir=cache),
        }
        database = Path(folder) / "ledger.db"
        with world_of(size, seed=1) as world:
            first, second = (serve(world, database, cache_dir=cache) for _ in range(2))
            fill(world, database, num_contracts=num_contracts)
            full = serve(world, database, cache_dir=cache)
    server = {"first start": first, "second start": second, "with contracts": full}
    return {"machine": machine(), "kernels": kernels, "server": server}


def main(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    contracts: Annotated[int, typer.Option(help="Orders of a morning that are in the ledger in the end.")] = 400,
    riders: Annotated[int | None, typer.Option(help="With --sites: of a generated world; else the demo's.")] = None,
    sites: Annotated[int | None, typer.Option(help="With --riders: of a generated world; else the demo's.")] = None,
) -> None:
    """Time the start of the kernels and of a server, with an empty cache folder and with a full one."""
    show(measure(size_of(contracts, riders, sites), num_contracts=contracts), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)

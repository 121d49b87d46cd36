"""A server of the demo world at a port of its own, as the command line starts it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO_WORLD = "scenarios/worlds/shanghai-center"
FROM_SEVEN = ("serve", "--world", DEMO_WORLD, "--db", "servanda.db", "--simulated-from", "2026-03-02T07:00:00+08:00")


@dataclass(frozen=True)
class Served:
    """A server that runs, and where it keeps its ledger."""

    process: subprocess.Popen[str]
    address: str
    database: Path


@contextmanager
def served(folder: Path, *, arguments: Sequence[str] = FROM_SEVEN) -> Iterator[Served]:
    """Run `servanda` with these arguments, the database `servanda.db` in that folder, until the block ends.

    Raises
    ------
    RuntimeError
        It did not come up; the message is its log.
    """
    database = folder / "servanda.db"
    given = [str(database) if each == "servanda.db" else each for each in arguments]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "servanda", *given, "--address", "127.0.0.1:0", "--json"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        if not (line := process.stdout.readline()):
            raise RuntimeError((folder / "log").read_text())
        yield Served(process, json.loads(line)["address"], database)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

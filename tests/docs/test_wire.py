"""The examples of docs/wire.md run as they stand, against the command that the page names."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.cli import run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@dataclass
class Served:
    process: subprocess.Popen[str]
    address: str
    database: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server as the page starts it, at a port of its own."""
    folder = tmp_path_factory.mktemp("wire")
    command = re.search(r"^\.venv/bin/servanda (serve .+)$", PAGE, flags=re.MULTILINE)
    assert command is not None
    database = folder / "servanda.db"
    arguments = command[1].replace("servanda.db", str(database)).split()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "servanda", *arguments, "--address", "127.0.0.1:0", "--json"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (folder / "log").read_text()
        yield Served(process, json.loads(line)["address"], database)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_examples_run_from_an_order_to_a_promise(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    program = "\n".join(EXAMPLES).replace("127.0.0.1:50051", served.address)
    scope: dict[str, object] = {}
    exec(compile(program, "docs/wire.md", "exec"), scope)
    assert getattr(scope["contract"], "revision", 0) > 1
    assert capsys.readouterr().out.endswith("StatusCode.INVALID_ARGUMENT OPTION_TOKEN_INVALID\n")


def test_a_running_server_is_quoted_from_the_command_line(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["quote", "nobody", "--address", served.address, "--json"]) == 3
    (issue,) = json.loads(capsys.readouterr().err)["issues"]
    assert issue["code"] == "CONTRACT_NOT_FOUND"


def test_a_second_server_finds_the_database_taken(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    world = str(ROOT / "scenarios" / "worlds" / "shanghai-center")
    assert run(["serve", "--world", world, "--db", str(served.database), "--address", "127.0.0.1:0", "--json"]) == 3
    issues = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith('{"issues"')]
    assert [issue["code"] for issue in issues[0]["issues"]] == ["LEDGER_LOCKED"]


def test_ctrl_c_stops_a_server_in_good_order(served: Served) -> None:
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(timeout=30) == 0

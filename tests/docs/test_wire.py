"""The examples of docs/wire.md run as they stand, against the command that the page names."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generate.serving import Served, served
from server.cli import run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server as the page starts it, at a port of its own."""
    command = re.search(r"^\.venv/bin/servanda (serve .+)$", PAGE, flags=re.MULTILINE)
    assert command is not None
    with served(tmp_path_factory.mktemp("wire"), arguments=command[1].split()) as running:
        yield running


def test_the_examples_run_from_an_order_to_a_promise(server: Served, capsys: pytest.CaptureFixture[str]) -> None:
    program = "\n".join(EXAMPLES).replace("127.0.0.1:50051", server.address)
    scope: dict[str, object] = {}
    exec(compile(program, "docs/wire.md", "exec"), scope)
    assert getattr(scope["contract"], "revision", 0) > 1
    assert capsys.readouterr().out.endswith("StatusCode.INVALID_ARGUMENT OPTION_TOKEN_INVALID\n")


def test_a_running_server_is_quoted_from_the_command_line(server: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["quote", "nobody", "--address", server.address, "--json"]) == 3
    (issue,) = json.loads(capsys.readouterr().err)["issues"]
    assert issue["code"] == "CONTRACT_NOT_FOUND"


def test_a_second_server_finds_the_database_taken(server: Served, capsys: pytest.CaptureFixture[str]) -> None:
    world = str(ROOT / "scenarios" / "worlds" / "shanghai-center")
    assert run(["serve", "--world", world, "--db", str(server.database), "--address", "127.0.0.1:0", "--json"]) == 3
    issues = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith('{"issues"')]
    assert [issue["code"] for issue in issues[0]["issues"]] == ["LEDGER_LOCKED"]


def test_ctrl_c_stops_a_server_in_good_order(server: Served) -> None:
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(timeout=30) == 0

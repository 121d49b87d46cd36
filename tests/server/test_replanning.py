"""`servanda replan`: behind a running server or by itself, killed or not, it ends with one result."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from models.disturbance import ReplanReport
from models.order import Channel, Identity, Order, OrderLine
from models.place import Place
from server.background import in_background
from server.cli import run
from server.client import ServerClient
from server.config import Settings
from tests.builders import at
from tests.scenarios.conftest import write_small_world

Out = pytest.CaptureFixture[str]

SEARCHING_FOR_LONG = 10_000
"""Iterations: more than it takes to kill it in the middle."""

WEST_BANK = ((31.2300, 121.4700), (31.2340, 121.4750), (31.2300, 121.4725), (31.2340, 121.4700))
"""Crossings, in an order in which nobody would go."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With the cache of the command line: kernels are not compiled anew for each test."""
    world = write_small_world(tmp_path / "world")
    url = f"sqlite:///{tmp_path / 's.db'}"
    return Settings(world=world, database_url=url, simulated_start=at("07:00"), address="127.0.0.1:0")


@pytest.fixture
def db(settings: Settings, tmp_path: Path, capsys: Out) -> str:
    """A ledger with a few promises of the small world; nobody has it open."""
    with in_background(settings) as server:
        sell(server.address, num_orders=4)
    capsys.readouterr()
    return str(tmp_path / "s.db")


def sell(address: str, *, num_orders: int) -> None:
    with ServerClient(address, timeout_s=60) as client:
        for n in range(num_orders):
            (done,) = client.submit([an_order(n)], request_id=f"s-{n}")
            option = client.quote(done.contract_id).options[0]
            held = client.hold(option.token, request_id=f"h-{n}")
            client.confirm(held.reservation_id, request_id=f"c-{n}")


def an_order(n: int) -> Order:
    return Order(
        order_id=f"o-{n}",
        channel=Channel.APP,
        placed_time=at("07:00"),
        identity=Identity(phone=f"1380000000{n}"),
        lines=(OrderLine(line_id="1", sku_id="tissues", quantity=1),),
        place=Place(lat=WEST_BANK[n % 4][0], lon=WEST_BANK[n % 4][1] + 0.0001 * n),
    )


def replan(*arguments: str, capsys: Out) -> dict[str, Any]:
    assert run(["replan", "--json", "--iterations", "200", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def plan_rows(db: str) -> list[Any]:
    """The plan as the ledger holds it."""
    with sqlite3.connect(db) as connection:
        return [
            connection.execute(f"SELECT document FROM {table} ORDER BY 1").fetchall()
            for table in ("routes", "assignments", "contract_revisions")
        ]


def issue_of(capsys: Out) -> dict[str, str]:
    (issue,) = json.loads(capsys.readouterr().err)["issues"]
    return issue  # type: ignore[no-any-return]


def test_a_run_keeps_every_promise_and_the_second_of_its_id_gives_the_same(
    db: str, tmp_path: Path, capsys: Out
) -> None:
    out, page = tmp_path / "r.json", tmp_path / "r.html"
    first = replan("--db", db, "--run-id", "night", "--out", str(out), "--page", str(page), capsys=capsys)
    assert (first["run_id"], first["promises_moved"], first["violations"]) == ("night", [], [])
    assert ReplanReport.model_validate_json(out.read_text()) == ReplanReport.model_validate(first["report"])
    assert "night" in page.read_text(encoding="utf-8")
    before = plan_rows(db)
    assert replan("--db", db, "--run-id", "night", capsys=capsys) == first
    assert plan_rows(db) == before
    assert run(["replan", "--json", "--db", db, "--run-id", "night", "--seed", "9"]) == 3
    assert issue_of(capsys)["code"] == "REQUEST_ID_REUSED"


def test_a_run_behind_a_server_asks_the_server(db: str, settings: Settings, capsys: Out) -> None:
    with in_background(settings) as server:
        found = replan("--db", db, "--run-id", "night", "--prices", capsys=capsys)
        with ServerClient(server.address, timeout_s=10) as client:
            assert client.replan_report("night") == ReplanReport.model_validate(found["report"])
            assert client.check() == ()
        assert replan("--address", server.address, "--run-id", "night", "--prices", capsys=capsys) == found


def test_a_run_that_was_killed_goes_on_and_ends_like_one_that_was_not(db: str, tmp_path: Path, capsys: Out) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(Path(db).read_bytes())
    terms = ["--run-id", "night", "--iterations", str(SEARCHING_FOR_LONG), "--seconds", "600"]
    command = [sys.executable, "-m", "server", "replan", "--db", db, *terms]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for_notes(db)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    killed = replan("--db", db, *terms, capsys=capsys)
    whole = replan("--db", str(other), *terms, capsys=capsys)
    assert killed == whole
    assert plan_rows(db) == plan_rows(str(other))


def wait_for_notes(db: str) -> None:
    """Until the run has done its first step, and not the second."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with sqlite3.connect(db, timeout=30) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM operation_parts")]
        if "note/sources" in names:
            assert "published" not in names
            return
        time.sleep(0.02)
    raise AssertionError("the run has noted nothing")


@pytest.mark.parametrize(
    ("arguments", "path", "code"),
    [
        ((), "replan", "FIELD_REQUIRED"),
        (("--until", "yesterday"), "replan.until", "VALUE_INVALID"),
        (("--pin", "no-item"), "replan.pinned[0].item_id", "FIELD_REQUIRED"),
        (("--db", "{folder}/empty.db"), "empty.db", "FILE_MISSING"),
        (("--world", "{folder}/nowhere"), "nowhere", "FILE_MISSING"),
        (("--out", "{folder}/nowhere/r.json"), "nowhere", "FILE_MISSING"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(
    arguments: tuple[str, ...], path: str, code: str, tmp_path: Path, capsys: Out
) -> None:
    given = [each.format(folder=tmp_path) for each in arguments]
    assert run(["replan", "--json", *given]) == 2
    issue = issue_of(capsys)
    assert issue["code"] == code
    assert path in issue["path"]
    assert not [*tmp_path.iterdir()]


def test_a_ledger_that_nobody_has_served_does_not_say_which_world_it_was_for(tmp_path: Path, capsys: Out) -> None:
    file = tmp_path / "new.db"
    file.touch()
    assert run(["replan", "--json", "--db", str(file)]) == 2
    issue = issue_of(capsys)
    assert (issue["code"], issue["path"]) == ("FIELD_REQUIRED", "world")


def test_the_text_tells_cost_before_and_after(db: str, capsys: Out) -> None:
    assert run(["replan", "--db", db, "--iterations", "50", "--prices"]) == 0
    told = capsys.readouterr().out
    assert "before" in told
    assert "items changed hands" in told
    assert "0 violations" in told

"""The composition root puts the real parts together, and finds them again after a restart."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from models.issues import InputError, IssueCode
from server.app import Parts, advance, build
from server.clock import SimulatedClock, WallClock
from server.config import Settings
from tests.builders import at


@contextmanager
def built(settings: Settings) -> Iterator[Parts]:
    parts = build(settings)
    yield parts
    parts.ledger.close()


def test_the_key_of_the_tokens_lies_beside_the_database_for_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    with built(settings):
        file = tmp_path / "s.db.token-key"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_simulated_time_goes_on_where_it_was_when_the_server_ended(settings: Settings) -> None:
    with built(settings) as parts:
        assert isinstance(parts.clock, SimulatedClock)
        assert parts.clock.now() == at("07:00")
        advance(parts.clock, parts.ledger, at("09:30"))
    with built(settings) as parts:
        assert parts.clock.now() == at("09:30")
    later = settings.model_copy(update={"simulated_start": at("09:30") + timedelta(hours=1)})
    with built(later) as parts:
        assert parts.clock.now() == at("10:30")


def test_without_a_simulated_start_the_clock_is_the_one_on_the_wall(settings: Settings) -> None:
    with built(settings.model_copy(update={"simulated_start": None})) as parts:
        assert isinstance(parts.clock, WallClock)


def test_a_world_with_mistakes_leaves_the_ledger_alone(settings: Settings, tmp_path: Path) -> None:
    (settings.world / "policy.yaml").unlink()
    with pytest.raises(InputError) as caught:
        build(settings)
    assert IssueCode.FILE_MISSING in [issue.code for issue in caught.value.issues]
    assert not (tmp_path / "s.db").exists()


def test_a_key_that_is_none_does_not_keep_the_ledger_locked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVANDA_TOKEN_KEY", "short")
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        build(settings)
    monkeypatch.delenv("SERVANDA_TOKEN_KEY")
    with built(settings):
        pass


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_in_order_when_it_is_told_to(settings: Settings, told: signal.Signals) -> None:
    command = ["serve", "--world", str(settings.world), "--db", settings.database_url, "--address", "127.0.0.1:0"]
    # Without compiling anything: what is tested here is how it ends.
    environ = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    with subprocess.Popen(
        [Path(sys.executable).parent / "servanda", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("serving at 127.0.0.1:")
        assert process.stdout.readline().startswith("  world     Two banks, in ")
        process.send_signal(told)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()

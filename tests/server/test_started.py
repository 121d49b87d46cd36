"""What a server says of itself when it is ready."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from server.app import Parts, build, started_state
from server.cli.printing import print_json
from server.config import Settings
from server.started import Started, started_text
from tests.builders import at


@pytest.fixture
def parts(settings: Settings) -> Iterator[Parts]:
    parts = build(settings)
    yield parts
    parts.ledger.close()


@pytest.fixture
def started(settings: Settings, parts: Parts) -> Started:
    return started_state(settings, parts, address="127.0.0.1:7").model_copy(update={"seconds": 1.23})


def test_it_says_where_it_listens_and_in_what_state(started: Started, settings: Settings, parts: Parts) -> None:
    lines = started_text(started).splitlines()
    now = f"{at('07:00').astimezone(parts.world.catalogue.zone):%Y-%m-%d %H:%M}"
    assert lines == [
        "serving at 127.0.0.1:7; Ctrl-C stops",
        f"  world     Two banks, in {settings.world}, fingerprint {parts.world.fingerprint}",
        f"  database  {settings.database_url}, new",
        f"  clock     {now} Asia/Shanghai, simulated",
        f"  policy    {parts.world.policy_fingerprint}, in force since {now}",
        "ready in 1.2 s",
    ]


def test_programs_get_the_same_facts_the_address_first(started: Started, capsys: pytest.CaptureFixture[str]) -> None:
    print_json(started)
    said = capsys.readouterr().out
    assert said.startswith('{"address": "127.0.0.1:7", ')
    assert said.count("\n") == 1
    assert set(json.loads(said)) == set(Started.model_fields)


def test_a_second_start_says_what_it_took_over(settings: Settings, parts: Parts) -> None:
    parts.ledger.close()
    again = build(settings)
    text = started_text(started_state(settings, again, address=""))
    again.ledger.close()
    counts = "0 contracts DRAFT, 0 contracts QUOTED, 0 contracts ACTIVE, 0 promises OPEN, 0 promises AT_RISK, 0 holds"
    assert f"  database  {settings.database_url}, {counts}\n" in text


def test_outside_of_the_horizon_it_says_so(started: Started) -> None:
    outside = started.model_copy(update={"now": started.horizon.end, "within_horizon": False})
    assert "outside of the world's horizon (2026-03-02 06:00 to 2026-03-02 22:00)" in started_text(outside)


def test_the_horizon_ends_before_its_end(settings: Settings, parts: Parts) -> None:
    end = parts.world.horizon.end
    parts.ledger.close()
    for now, within in ((end - timedelta(seconds=1), True), (end, False)):
        later = settings.model_copy(update={"simulated_start": now})
        again = build(later)
        assert started_state(later, again, address="").within_horizon is within
        again.ledger.close()


def test_a_policy_that_is_not_the_files_is_told(started: Started) -> None:
    assert "policy.yaml" not in started_text(started)
    assert "policy.yaml says something else" in started_text(started.model_copy(update={"policy_is_the_file": False}))


def test_a_password_is_not_told(settings: Settings, parts: Parts) -> None:
    secret = settings.model_copy(update={"database_url": "postgresql+psycopg://me:secret@host/db"})
    assert "secret" not in started_text(started_state(secret, parts, address=""))

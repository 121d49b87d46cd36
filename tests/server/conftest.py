"""What tests of a whole server share."""

from pathlib import Path

import pytest

from server.config import Settings
from tests.builders import at
from tests.scenarios.conftest import write_small_world


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A server of the small world, with a cache and a ledger of its own."""
    monkeypatch.setenv("SERVANDA_CACHE_DIR", str(tmp_path / "cache"))
    world = write_small_world(tmp_path / "world")
    return Settings(world=world, database_url=f"sqlite:///{tmp_path / 's.db'}", simulated_start=at("07:00"))

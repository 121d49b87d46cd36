"""Where the cache lies."""

from pathlib import Path

import pytest

from server.paths import cache_dir


def test_the_variable_of_servanda_comes_first(tmp_path: Path) -> None:
    chosen = tmp_path / "chosen"
    assert cache_dir({"SERVANDA_CACHE_DIR": str(chosen), "XDG_CACHE_HOME": str(tmp_path)}) == chosen
    assert chosen.is_dir()


def test_the_xdg_cache_is_used_when_it_is_set(tmp_path: Path) -> None:
    assert cache_dir({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "servanda"


def test_an_xdg_cache_that_is_not_absolute_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir({"XDG_CACHE_HOME": "relative"}) == tmp_path / ".cache" / "servanda"

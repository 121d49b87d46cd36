"""docs/quickstart.md: every command runs in an empty folder, and says what the page shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh)?\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
NEXT = "---- next block ----\n"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block of commands printed, one after another in one shell."""
    folder = tmp_path_factory.mktemp("quickstart")
    script = f"printf '%s\\n' '{NEXT.strip()}'\n".join(text for language, text in BLOCKS if language)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=_home(folder),
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split(NEXT)


def _home(folder: Path) -> Path:
    home = folder / "home"
    home.mkdir()
    return home


def _environment(folder: Path) -> dict[str, str]:
    """A `make` that finds everything installed: the package that runs this test."""
    make = folder / "make"
    make.write_text('#!/bin/sh\ntest "$*" = "-C servanda install"\n')
    make.chmod(0o755)
    path = os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path, "REPOSITORY": str(ROOT)}


def test_every_block_says_what_the_page_shows_after_it(said: list[str]) -> None:
    outputs = iter(said)
    latest, shown = "", 0
    for language, text in BLOCKS:
        if language:
            latest = next(outputs)
        else:
            assert_shown_in_order(text, latest)
            shown += 1
    assert shown == 4


def assert_shown_in_order(text: str, output: str) -> None:
    """Every line of the text is one of the output, in that order; `...` and empty lines stand for any."""
    lines = iter(line.strip() for line in output.splitlines())
    for line in filter(None, (line.strip() for line in text.splitlines())):
        assert line == "..." or line in lines, f"{line!r} must be printed:\n{output}"


def test_make_install_is_what_the_makefile_has() -> None:
    assert re.search(r"^install:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)

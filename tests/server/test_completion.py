"""Completion in a shell: right, and without loading what the commands need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVANDA = Path(sys.executable).parent / "servanda"
HEAVY = ("numpy", "scipy", "numba", "grpc", "sqlalchemy", "bokeh", "ortools", "rich")


def completed(words: str) -> list[str]:
    """What bash is offered for the last of these words."""
    asked = {"_SERVANDA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run([SERVANDA], env={**os.environ, **asked}, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("servanda wor", ["world"]),
        ("servanda world ", ["generate", "show", "validate"]),
        ("servanda world generate --ro", ["--road"]),
        ("servanda --vers", ["--version"]),
    ],
)
def test_commands_and_options_are_completed(words: str, offered: list[str]) -> None:
    assert sorted(completed(words)) == offered


def test_completion_is_installed_for_bash_in_the_users_home(tmp_path: Path) -> None:
    environ = {**os.environ, "HOME": str(tmp_path)}
    in_a_shell = f"{SERVANDA} --install-completion bash; exit $?"  # which one, is told from the process above
    subprocess.run(["bash", "-c", in_a_shell], env=environ, capture_output=True, check=True)
    script = (tmp_path / ".bash_completions" / "servanda.sh").read_text(encoding="utf-8")
    assert "complete -o default -F _servanda_completion servanda" in script
    assert "servanda.sh" in (tmp_path / ".bashrc").read_text(encoding="utf-8")


def test_completing_loads_nothing_that_is_slow() -> None:
    look = f"import sys, server.cli; sys.exit(' '.join(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""

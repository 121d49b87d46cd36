"""docs/cli.md and the command line say the same: every command, argument and option, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from server.cli.root import app
from server.exit_codes import ExitCode

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
SECTION = {
    part.partition("`")[0]: part.partition("\n")[2]
    for part in re.split(r"^## `", PAGE, flags=re.MULTILINE)[1:]
    if part.startswith("servanda ")
}
"""The text under each heading that names a command."""

SAID_ONCE = {"--json", "--help"}
"""Every command has them; the page says so in front."""


def commands(command: Any, name: str = "servanda") -> Iterator[tuple[str, Any]]:
    for each, inner in getattr(command, "commands", {}).items():
        if hasattr(inner, "commands"):
            yield from commands(inner, f"{name} {each}")
        else:
            yield f"{name} {each}", inner


ROOT = typer.main.get_command(app)
COMMANDS = dict(commands(ROOT))


def options(command: Any) -> set[str]:
    return {name for each in command.params if each.param_type_name == "option" for name in each.opts} - SAID_ONCE


def named(text: str) -> set[str]:
    """Options in the first column of a table."""
    cells = re.findall(r"^\| (`--[^|]+) \|", text, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(--[a-z-]+)`", cell)} - SAID_ONCE


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    missing, gone = COMMANDS.keys() - SECTION.keys(), SECTION.keys() - COMMANDS.keys()
    assert not missing, f"docs/cli.md lacks the sections {sorted(missing)}"
    assert not gone, f"docs/cli.md has sections of commands that do not exist: {sorted(gone)}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_and_nothing_else_is(name: str) -> None:
    there, told = options(COMMANDS[name]), named(SECTION.get(name, ""))
    assert not there - told, f"docs/cli.md, section `{name}`, lacks {sorted(there - told)}"
    assert not told - there, f"docs/cli.md, section `{name}`, explains what does not exist: {sorted(told - there)}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_named(name: str) -> None:
    text = SECTION.get(name, "")
    for each in COMMANDS[name].params:
        if each.param_type_name == "argument":
            words = re.findall(r"[A-Z_]+", each.metavar)
            assert all(re.search(rf"`[^`]*\b{word}\b[^`]*`", text) for word in words), f"{name}: {each.metavar}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_prints_json_and_the_page_says_what(name: str) -> None:
    assert any("--json" in each.opts for each in COMMANDS[name].params), f"{name} has no --json"
    assert "\n`--json`: " in SECTION.get(name, ""), f"docs/cli.md, section `{name}`, does not say what --json prints"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name: str) -> None:
    assert re.search(rf"^\$ {name} ?[^\n]*\n[^`\n]", SECTION.get(name, ""), flags=re.MULTILINE), name


def test_the_options_of_servanda_itself_are_explained() -> None:
    assert named(PAGE.partition("\n## ")[0]) == options(ROOT)


def test_every_exit_code_is_there() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, flags=re.MULTILINE)] == sorted(ExitCode)

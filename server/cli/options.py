"""Arguments and options that several commands have."""

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from models.issues import InputError, Issue, IssueCode
from models.language import Language

if TYPE_CHECKING:
    from scenarios.world import World
    from solver.stop import Stop

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text; errors too, on stderr.")]
Lang = Annotated[Language, typer.Option(help="Of the report: English or Chinese.")]
WorldFolder = Annotated[Path, typer.Argument(metavar="WORLD", help="Folder of a world.")]


def load(folder: Path) -> "World":
    from scenarios.world import load_world
    from server.paths import cache_dir

    check_folder(folder)
    return load_world(folder, cache_dir=cache_dir())


def check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise InputError(_no_folder(folder))


def _no_folder(folder: Path) -> Issue:
    return Issue(
        code=IssueCode.FILE_MISSING,
        path=str(folder),
        message=f"a world must be a folder, and {folder} is {'a file' if folder.exists() else 'not there'}",
        hint="docs/world.md says what is in it",
    )


def after(seconds: float) -> "Stop":
    """Says True once that much time has passed."""
    end = monotonic() + seconds
    return lambda: monotonic() >= end

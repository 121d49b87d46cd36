"""The command line. What a command needs is imported inside it: `servanda --help` is to be fast."""

import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from models.issues import InputError, Issue, IssueCode, ServandaError
from server.exit_codes import ExitCode, exit_code_of

if TYPE_CHECKING:
    from scenarios.world import World

app = typer.Typer(
    name="servanda",
    help="Turns orders into fulfillment contracts, promises only what it can keep, and keeps it.",
    epilog="Exit codes: 0 done, 1 a business no, 2 bad input, 3 state, 4 server unreachable, 70 a defect, 130 Ctrl-C.",
    pretty_exceptions_enable=False,
)
world_app = typer.Typer(help="Look at the folder of a world.")
app.add_typer(world_app, name="world")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text; errors too, on stderr.")]
WorldFolder = Annotated[Path, typer.Argument(metavar="WORLD", help="Folder of a world.")]


def main() -> None:
    """Entry point of `servanda`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command, report what goes wrong on stderr and return the exit code."""
    as_json = "--json" in arguments
    try:
        return app(list(arguments), prog_name="servanda", standalone_mode=False) or ExitCode.DONE
    except ServandaError as error:
        _report(error.issues, as_json=as_json)
        return exit_code_of(error)
    except typer.TyperException as error:
        _report([_usage(error)], as_json=as_json)
        return ExitCode.BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as error:
        Console(stderr=True).print_exception()
        _report([_defect(error)], as_json=as_json)
        return ExitCode.DEFECT


def _report(issues: Sequence[Issue], *, as_json: bool) -> None:
    if as_json:
        text = json.dumps({"issues": [issue.model_dump(mode="json") for issue in issues]}, ensure_ascii=False)
    else:
        text = "\n".join(map(str, issues))
    sys.stderr.write(text + "\n")


def _usage(error: typer.TyperException) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path="command line",
        message=error.format_message(),
        hint="servanda --help, or --help after a command, lists what there is",
    )


def _defect(error: Exception) -> Issue:
    return Issue(
        code=IssueCode.INTERNAL,
        path=type(error).__name__,
        message=str(error) or "no message",
        hint="report it with the lines above",
    )


def _print_version(asked: bool) -> None:
    if asked:
        print_text(f"servanda {version('servanda')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print_text(context.get_help())


def print_text(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


def print_json(document: Any) -> None:
    """Models and everything that JSON knows, on one line: a stream of documents stays readable by line."""
    print_text(json.dumps(document, default=_plain, ensure_ascii=False))


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json")


def _load(folder: Path) -> "World":
    from scenarios.world import load_world
    from server.paths import cache_dir

    if not folder.is_dir():
        raise InputError(_no_folder(folder))
    return load_world(folder, cache_dir=cache_dir())


def _no_folder(folder: Path) -> Issue:
    return Issue(
        code=IssueCode.FILE_MISSING,
        path=str(folder),
        message=f"a world must be a folder, and {folder} is {'a file' if folder.exists() else 'not there'}",
        hint="docs/world.md says what is in it",
    )


@world_app.command()
def validate(world: WorldFolder, *, as_json: AsJson = False) -> None:
    """Check every file of a world and print all mistakes with file and line."""
    loaded = _load(world)
    if as_json:
        print_json({"issues": [], "fingerprint": loaded.fingerprint})
    else:
        print_text(f"{loaded.name}: no mistakes")


@world_app.command()
def show(world: WorldFolder, *, as_json: AsJson = False) -> None:
    """Print what a world holds."""
    from scenarios.overview import overview
    from server.tables import overview_table

    seen = overview(_load(world))
    if as_json:
        print_json(seen)
    else:
        Console().print(overview_table(seen))

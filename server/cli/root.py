"""`servanda` itself: finds the command, and says what went wrong and with which code it ends."""

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from models.issues import Issue, IssueCode, ServandaError
from server.cli import benching, demo, importing, planning, quoting, replanning, reporting, serving, whatif, worlds
from server.cli.printing import print_text, report
from server.exit_codes import ExitCode, exit_code_of

app = typer.Typer(
    name="servanda",
    help="Turns orders into fulfillment contracts, promises only what it can keep, and keeps it.",
    epilog="Exit codes: 0 done, 1 a business no, 2 bad input, 3 state, 4 server unreachable, 70 a defect, 130 Ctrl-C.",
    pretty_exceptions_enable=False,
)
for commands in (demo.app, quoting.app, planning.app, replanning.app, whatif.app, reporting.app, serving.app):
    app.add_typer(commands)
app.add_typer(worlds.app, name="world")
app.add_typer(importing.app, name="import")
app.add_typer(benching.app, name="bench")


def main() -> None:
    """Entry point of `servanda`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command, report what goes wrong on stderr and return the exit code."""
    as_json = "--json" in arguments
    try:
        return app(list(arguments), prog_name="servanda", standalone_mode=False) or ExitCode.DONE
    except ServandaError as error:
        report(error.issues, as_json=as_json)
        return exit_code_of(error)
    except typer.TyperException as error:
        report([_usage(error)], as_json=as_json)
        return ExitCode.BAD_INPUT
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as error:
        trace = traceback.format_exc()
        if not as_json:
            sys.stderr.write(trace)
        report([_defect(error, trace if as_json else str(error))], as_json=as_json)
        return ExitCode.DEFECT


def _usage(error: typer.TyperException) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path="command line",
        message=error.format_message(),
        hint="servanda --help, or --help after a command, lists what there is",
    )


def _defect(error: Exception, said: str) -> Issue:
    return Issue(
        code=IssueCode.INTERNAL,
        path=type(error).__name__,
        message=said or "no message",
        hint="report it with all of these lines",
    )


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

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

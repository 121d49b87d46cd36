"""`servanda serve`."""

import os
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from models.issues import InputError, issues_of
from server.cli.options import AsJson, check_folder
from server.cli.printing import print_json, print_text

if TYPE_CHECKING:
    from server.config import Settings
    from server.started import Started

app = typer.Typer()


@app.command()
def serve(
    *,
    world: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the world to serve.")],
    db: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="SQLite file, or a URL postgresql+psycopg://...; unless given, a file for this world below "
            "$SERVANDA_DATA_DIR or the user's data folder.",
            show_default=False,
        ),
    ] = "",
    address: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to listen.")] = "127.0.0.1:50051",
    simulated_from: Annotated[
        str, typer.Option(metavar="INSTANT", help="Run on simulated time: 2026-03-02T07:00:00+08:00.")
    ] = "",
    allow_remote_without_authentication: Annotated[
        bool, typer.Option("--allow-remote-without-authentication", help="Listen beyond this machine, open to all.")
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error; the log goes to stderr.")] = "info",
    as_json: AsJson = False,
) -> None:
    """Serve a world by gRPC until Ctrl-C or SIGTERM."""
    from server.paths import ledger_of

    began = monotonic()
    check_folder(world)
    settings = _settings(
        world=world,
        database_url=db if "://" in db else f"sqlite:///{db or ledger_of(world)}",
        address=address,
        simulated_start=simulated_from or None,
        allow_remote_without_authentication=allow_remote_without_authentication,
        log_level=log_level,
    )
    # gRPC writes lines of its own to stderr for what is reported as an issue.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from server.app import run as run_server

    run_server(settings, began=began, on_ready=lambda started: _print_ready(started, as_json=as_json))


def _settings(**values: object) -> "Settings":
    from pydantic import ValidationError

    from server.config import Settings

    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise InputError(*issues_of(error, path="serve")) from error


def _print_ready(started: "Started", *, as_json: bool) -> None:
    if as_json:
        print_json(started)
    else:
        from server.started import started_text

        print_text(started_text(started))
    # Whoever started this process may wait for the line.
    sys.stdout.flush()

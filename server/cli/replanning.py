"""A cheaper plan behind the same promises: `servanda replan`."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.issues import InputError, Issue, IssueCode, issues_of
from models.language import Language
from server.cli.options import AsJson, Lang, check_folder, load
from server.cli.printing import print_json, print_text, print_violations
from server.exit_codes import ExitCode

if TYPE_CHECKING:
    from models.disturbance import ReplanReport
    from models.plan import Violation
    from server.client import Replanned
    from server.jobs import ReplanTerms

app = typer.Typer()

_CALL_TIMEOUT_S = 60


@app.command()
def replan(
    *,
    world: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the world; unless given, the one that --db was for.")
    ] = None,
    db: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="SQLite file, or a URL postgresql+psycopg://...; unless given, the file of the world.",
            show_default=False,
        ),
    ] = "",
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The server to ask; that of a SQLite file is found by itself.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="INSTANT", help="End then: 2026-03-03T05:00:00+08:00.")] = "",
    seconds: Annotated[float, typer.Option(min=0.1, max=43_200, help="The search ends after that time.")] = 60,
    iterations: Annotated[int, typer.Option(min=1, help="The search ends after so many steps at the latest.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the search.")] = 1,
    run_id: Annotated[
        str, typer.Option(metavar="ID", help="Go on with the run of that id, or begin it.", show_default=False)
    ] = "",
    freeze_until: Annotated[
        str, typer.Option(metavar="INSTANT", help="Leave what sets out by then as it is.", show_default=False)
    ] = "",
    pin: Annotated[
        list[str] | None, typer.Option(metavar="CONTRACT/ITEM", help="Leave it with who does it; repeatable.")
    ] = None,
    prices: Annotated[
        bool, typer.Option("--prices", help="Also search what it costs to keep each kind of promise.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Where to write the disturbance report.")
    ] = None,
    page: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Where to write it as a page.")] = None,
    lang: Lang = Language.EN,
    as_json: AsJson = False,
) -> int:
    """Make the plan in force cheaper, keep every promise, and tell what that moved."""
    from rich.console import Console
    from ulid import ULID

    from scenarios.json_files import check_writable, write_text
    from scenarios.report.disturbance import disturbance_page
    from server.client import ServerClient

    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    terms = _terms(
        request_id=run_id or str(ULID()),
        seed=seed,
        iterations=iterations,
        time_limit=seconds,
        until=until or None,
        freeze_until=freeze_until or None,
        pinned=[dict(zip(("contract_id", "item_id"), each.split("/", 1), strict=False)) for each in pin or ()],
        prices=prices,
    )
    for file in (out, page):
        if file is not None:
            check_writable(file)
    with (
        _server(world, db, address) as where,
        Console(stderr=True).status(f"Replanning; --run-id {terms.request_id} goes on with it"),
        ServerClient(where, timeout_s=_CALL_TIMEOUT_S) as client,
    ):
        done = client.replan_by(terms)
        report = client.replan_report(terms.request_id)
        violations = client.check()
    if out is not None:
        write_text(out, report.model_dump_json(indent=2) + "\n")
    if page is not None:
        write_text(page, disturbance_page(report, world=load(world) if world else None, language=lang))
    if as_json:
        print_json(_document(done, report, violations))
    else:
        _print(done, report, violations)
    return ExitCode.BUSINESS_NO if violations else ExitCode.DONE


def _terms(**values: Any) -> "ReplanTerms":
    from pydantic import ValidationError

    from server.jobs import ReplanTerms

    try:
        return ReplanTerms.model_validate(values)
    except ValidationError as error:
        raise InputError(*issues_of(error, path="replan")) from error


@contextmanager
def _server(world: Path | None, db: str, address: str) -> Iterator[str]:
    """Where somebody answers for the ledger: the server that has it, or one of our own until we are done."""
    from server.address import server_of
    from server.app import left_in
    from server.background import in_background
    from server.config import LogLevel, Settings
    from server.paths import ledger_of

    if world is not None:
        check_folder(world)
    if address:
        yield address
        return
    if world is None and not db:
        raise InputError(_no_ledger())
    url = db if "://" in db else f"sqlite:///{db or ledger_of(world or Path())}"
    if running := server_of(url):
        yield running
        return
    _check_ledger(url)
    left = left_in(url, tenant_id=Settings.model_fields["tenant_id"].default)
    folder = world or left.world
    if folder is None:
        raise InputError(_no_world(url))
    check_folder(folder)
    settings = Settings(
        world=folder,
        database_url=url,
        address="127.0.0.1:0",
        simulated_start=left.simulated_time,
        log_level=LogLevel.WARNING,
    )
    with in_background(settings) as serving:
        yield serving.address


def _check_ledger(url: str) -> None:
    """A wrong name would make an empty ledger, and a night of nothing would look like one that went well."""
    from server.ledger.database import ledger_url, sqlite_file

    parsed = ledger_url(url)
    if parsed.get_backend_name() == "sqlite" and not sqlite_file(parsed).is_file():
        raise InputError(_no_such_ledger(sqlite_file(parsed)))


def _no_such_ledger(file: Path) -> Issue:
    return Issue(
        code=IssueCode.FILE_MISSING,
        path=str(file),
        message=f"a ledger must be a file that is there, and {file} is not",
        hint="correct the path; `servanda serve` makes a ledger",
    )


def _document(done: "Replanned", report: "ReplanReport", violations: "Sequence[Violation]") -> dict[str, Any]:
    return {"run_id": report.run_id, **dict(done), "violations": violations, "report": report}


def _print(done: "Replanned", report: "ReplanReport", violations: "Sequence[Violation]") -> None:
    from models.money import amount
    from server.tables import cost_table, price_table, wide_console

    console, currency = wide_console(), done.currency
    console.print(cost_table({"before": done.cost_before, "after": done.cost_after}, currency))
    print_text(
        f"{done.changed_hands} items changed hands, which counts {amount(done.disturbance, currency)}; "
        f"{len(done.routes_changed)} routes changed, {len(done.routes_dropped)} were left alone"
    )
    if report.promise_prices:
        console.print(price_table(report))
    print_violations(violations)


def _no_ledger() -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path="replan",
        message="one of --world, --db and --address must be given, found none",
        hint="--world DIR takes the ledger that `servanda serve --world DIR` keeps",
    )


def _no_world(url: str) -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path="world",
        message=f"--world must be given: {url.rsplit('@', maxsplit=1)[-1]} does not say which world it was for",
        hint="give the folder that it was served with",
    )

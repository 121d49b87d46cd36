"""The command line. What a command needs is imported inside it: `servanda --help` is to be fast."""

import json
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from models.issues import InputError, Issue, IssueCode, ServandaError, issues_of
from server.exit_codes import ExitCode, exit_code_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from models.option import Quote
    from models.order import Order
    from models.plan import Violation
    from scenarios.batch import PlannedWorld
    from scenarios.imports import Imported
    from scenarios.world import World
    from server.config import Settings
    from server.demo import Played
    from solver.stop import Stop

app = typer.Typer(
    name="servanda",
    help="Turns orders into fulfillment contracts, promises only what it can keep, and keeps it.",
    epilog="Exit codes: 0 done, 1 a business no, 2 bad input, 3 state, 4 server unreachable, 70 a defect, 130 Ctrl-C.",
    pretty_exceptions_enable=False,
)
world_app = typer.Typer(help="Look at the folder of a world.")
app.add_typer(world_app, name="world")
bench_app = typer.Typer(help="Measure whether what is said is true, on the demo world.")
app.add_typer(bench_app, name="bench")
import_app = typer.Typer(help="Take in what other systems export.")
app.add_typer(import_app, name="import")

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
        trace = traceback.format_exc()
        if not as_json:
            sys.stderr.write(trace)
        _report([_defect(error, trace if as_json else str(error))], as_json=as_json)
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


def _defect(error: Exception, said: str) -> Issue:
    return Issue(
        code=IssueCode.INTERNAL,
        path=type(error).__name__,
        message=said or "no message",
        hint="report it with all of these lines",
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

    _check_folder(folder)
    return load_world(folder, cache_dir=cache_dir())


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise InputError(_no_folder(folder))


def _no_folder(folder: Path) -> Issue:
    return Issue(
        code=IssueCode.FILE_MISSING,
        path=str(folder),
        message=f"a world must be a folder, and {folder} is {'a file' if folder.exists() else 'not there'}",
        hint="docs/world.md says what is in it",
    )


@app.command()
def demo(
    *,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where to write result.json, plan.json and summary.html.")
    ] = Path("build/demo"),
    num_orders: Annotated[int, typer.Option(min=1, max=5000, help="Orders of the morning.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="Of the orders, the customers' choices and the replans.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Play a morning in central Shanghai against a server, and tell its stories in full."""
    from server.demo import Terms, run_demo

    terms = Terms(num_orders=num_orders, seed=seed)
    played = run_demo(out, terms=terms, show=_show_nothing if as_json else _show_demo)
    if as_json:
        print_json({"figures": played.figures, "wrong": played.wrong, "out": str(out)})
    for each in () if as_json else played.wrong:
        sys.stderr.write(f"{each}\n")
    return ExitCode.BUSINESS_NO if played.wrong else ExitCode.DONE


def _show_nothing(_world: "World", _played: "Played") -> None:
    """For those who read JSON."""


def _show_demo(world: "World", played: "Played") -> None:
    from server.tables import (
        chosen_text,
        figures_table,
        option_table,
        orders_text,
        papers_text,
        refusal_table,
        titles_of,
        wide_console,
    )

    console, currency = wide_console(), world.catalogue.policy.currency
    for told in played.stories:
        console.print(f"\n[bold]{told.story.title}")
        console.print(orders_text(told))
        if told.quote is not None:
            titles = titles_of(told)
            console.print(option_table(told.quote, world.catalogue.zone, currency, titles=titles))
            console.print(refusal_table(told.quote, titles=titles))
            console.print(chosen_text(told.quote, told.chosen))
            console.print(papers_text(told))
    console.print(figures_table(played.figures, currency))


@app.command()
def quote(
    what: Annotated[list[str], typer.Argument(metavar="WORLD ORDERS | CONTRACT_ID")],
    *,
    address: Annotated[str, typer.Option(metavar="HOST:PORT", help="Ask this server for a contract of its own.")] = "",
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds for the search.")] = 10,
    as_json: AsJson = False,
) -> int:
    """Show what could be promised: for a JSON file of orders in an empty world, or for a contract of a server."""
    if len(what) != (1 if address else 2):
        raise typer.BadParameter("give WORLD and ORDERS, or --address and one CONTRACT_ID")
    quotes, zone = _quotes_of_server(what[0], address, timeout) if address else _quotes_of_world(what, timeout)
    if as_json:
        print_json(quotes)
    else:
        _print_quotes(quotes, zone)
    return ExitCode.DONE if all(each.options for each in quotes) else ExitCode.BUSINESS_NO


def _quotes_of_world(what: Sequence[str], timeout: float) -> "tuple[list[Quote], ZoneInfo | None]":
    from scenarios.batch import quote_orders
    from scenarios.json_files import read_orders

    orders = read_orders(Path(what[1]))
    world = _load(Path(what[0]))
    return [found for _, found in quote_orders(world, orders, stop=_after(timeout))], world.catalogue.zone


def _quotes_of_server(contract_id: str, address: str, timeout: float) -> "tuple[list[Quote], ZoneInfo | None]":
    from server.client import ServerClient

    with ServerClient(address, timeout_s=timeout) as client:
        return [client.quote(contract_id)], None


def _print_quotes(quotes: "Sequence[Quote]", zone: "ZoneInfo | None") -> None:
    from server.tables import option_table, refusal_table, way_out_table, wide_console

    console = wide_console()
    for each in quotes:
        if each.options:
            console.print(option_table(each, zone, each.options[0].currency))
        if each.refusals:
            console.print(refusal_table(each))
        if each.ways_out:
            console.print(way_out_table(each))
        if not each.complete:
            console.print("Time ran out: these are the best options so far.")


@app.command()
def explain(
    contract_id: Annotated[str, typer.Argument(metavar="CONTRACT_ID")],
    item_id: Annotated[str, typer.Argument(metavar="ITEM_ID")],
    *,
    address: Annotated[str, typer.Option(metavar="HOST:PORT", help="The server that holds the plan.")],
    resource_id: Annotated[str, typer.Option("--resource", help="Who else might do it.", show_default=False)] = "",
    site_id: Annotated[str, typer.Option("--site", help="Where else it might come from.", show_default=False)] = "",
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds for the search.")] = 10,
    as_json: AsJson = False,
) -> int:
    """Say what it costs, and whom it moves, to have an item done by another resource or from another site."""
    from server.client import ServerClient
    from server.tables import explanation_text

    with ServerClient(address, timeout_s=timeout) as client:
        found = client.explain(contract_id, item_id, resource_id=resource_id, site_id=site_id)
    if as_json:
        print_json(found)
    else:
        print_text(explanation_text(found))
    return ExitCode.DONE if found.feasible else ExitCode.BUSINESS_NO


@app.command()
def plan(
    world: WorldFolder,
    *,
    orders: Annotated[Path | None, typer.Option(help="JSON file of orders.", show_default=False)] = None,
    num_orders: Annotated[int, typer.Option(min=1, max=100_000, help="Without a file: so many generated ones.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of the generated orders and of the search.")] = 1,
    seconds: Annotated[float, typer.Option(min=0, help="Each of the two searches ends after that time.")] = 30,
    iterations: Annotated[int, typer.Option(min=0, help="The search ends after so many steps at the latest.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=0, help="Of planning contracts together; 0: one after another.")] = 3,
    out: Annotated[Path, typer.Option(help="Where to write the plan.")] = Path("plan.json"),
    as_json: AsJson = False,
) -> int:
    """Plan orders in one go: form contracts, plan them together, search the routes once more, check."""
    from scenarios.batch import plan_file, plan_world
    from scenarios.json_files import check_writable, read_orders, write_plan

    check_writable(out)
    loaded = _load(world)
    wanted = read_orders(orders) if orders else _generated(loaded, seed=seed, num_orders=num_orders)
    with Console(stderr=True).status(f"Planning {len(wanted)} orders"):
        planned = plan_world(
            loaded, wanted, seed=seed, iterations=iterations, rounds=rounds, budget=lambda: _after(seconds)
        )
    write_plan(out, plan_file(loaded, planned.problem, planned.plan))
    if as_json:
        print_json(_plan_document(planned, out))
    else:
        _print_plan(planned, loaded.catalogue.policy.currency, out)
    return ExitCode.BUSINESS_NO if planned.violations else ExitCode.DONE


def _generated(world: "World", *, seed: int, num_orders: int) -> "tuple[Order, ...]":
    from scenarios.generate_orders import generate_orders

    start = world.horizon.start + timedelta(hours=1)
    return generate_orders(world, seed=seed, num_orders=num_orders, start=start, end=start + timedelta(hours=5))


def _plan_document(planned: "PlannedWorld", out: Path) -> dict[str, Any]:
    return {
        "contracts": len(planned.problem.contracts),
        "refused": planned.refused,
        "violations": planned.violations,
        "cost_first_come": planned.assigned.first_come[-1],
        "cost_before": planned.problem.initial_plan.cost,
        "cost_after": planned.plan.cost,
        "out": str(out),
    }


def _print_plan(planned: "PlannedWorld", currency: str, out: Path) -> None:
    from server.tables import cost_table, wide_console

    costs = {"planned together": planned.problem.initial_plan.cost, "replanned": planned.plan.cost}
    wide_console().print(cost_table(costs, currency))
    print_text(f"{len(planned.problem.contracts)} contracts, {len(planned.refused)} refused; written to {out}")
    _print_violations(planned.violations)


def _print_violations(violations: "Sequence[Violation]") -> None:
    for violation in violations:
        print_text(f"{violation.path}: {violation.code}: {violation.message}")
    print_text(f"{len(violations)} violations")


@app.command()
def check(
    world: WorldFolder,
    plan_json: Annotated[Path, typer.Argument(metavar="PLAN", help="File that `plan` or the demo wrote.")],
    *,
    as_json: AsJson = False,
) -> int:
    """Verify a plan by the independent checker."""
    from scenarios.batch import check_file
    from scenarios.json_files import read_plan

    stored = read_plan(plan_json)
    violations = check_file(_load(world), stored)
    if as_json:
        print_json({"violations": violations, "cost": stored.plan.cost})
    else:
        _print_violations(violations)
    return ExitCode.BUSINESS_NO if violations else ExitCode.DONE


@app.command()
def serve(
    *,
    world: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the world to serve.")],
    db: Annotated[str, typer.Option(metavar="FILE", help="SQLite file, or a URL postgresql+psycopg://...")],
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
    settings = _settings(
        world=world,
        database_url=db if "://" in db else f"sqlite:///{db}",
        address=address,
        simulated_start=simulated_from or None,
        allow_remote_without_authentication=allow_remote_without_authentication,
        log_level=log_level,
    )
    _check_folder(world)
    # gRPC writes lines of its own to stderr for what is reported as an issue.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from server.app import run as run_server

    run_server(settings, on_ready=lambda at: _print_ready(at, as_json=as_json))


def _settings(**values: object) -> "Settings":
    from pydantic import ValidationError

    from server.config import Settings

    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise InputError(*issues_of(error, path="serve")) from error


def _print_ready(address: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"address": address})
    else:
        print_text(f"serving at {address}; Ctrl-C stops")
    # Whoever started this process may wait for the line.
    sys.stdout.flush()


def _after(seconds: float) -> "Stop":
    """Says True once that much time has passed."""
    end = monotonic() + seconds
    return lambda: monotonic() >= end


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
    from server.tables import overview_table, wide_console

    seen = overview(_load(world))
    if as_json:
        print_json(seen)
    else:
        wide_console().print(overview_table(seen))


@import_app.command(name="orders")
def import_orders_command(
    *,
    world: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the world that the orders are for.")],
    source: Annotated[Path, typer.Option(metavar="FILE", help="CSV file with a header.")],
    mapping: Annotated[Path, typer.Option(metavar="MAP.yaml", help="What its columns mean; docs/import.md.")],
    out: Annotated[Path, typer.Option(help="Where to write the orders, for plan and quote.")] = Path("orders.json"),
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out, and report them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read orders from a CSV file. A bad row stops it, unless bad rows are to be skipped."""
    from scenarios.imports import import_orders
    from scenarios.json_files import check_writable, write_orders

    check_writable(out)
    imported = import_orders(source, mapping, _load(world), skip_bad=skip_bad)
    write_orders(out, imported.orders)
    if as_json:
        print_json(_import_document(imported, out))
    else:
        _print_import(imported, out)


def _import_document(imported: "Imported", out: Path) -> dict[str, Any]:
    return {
        "rows": imported.num_rows,
        "orders": imported.num_orders,
        "split": imported.num_split,
        "written": len(imported.orders),
        "skipped_lines": imported.skipped_lines,
        "issues": imported.issues,
        "out": str(out),
    }


def _print_import(imported: "Imported", out: Path) -> None:
    if imported.issues:
        _report(imported.issues, as_json=False)
    print_text(
        f"{imported.num_orders} orders from {imported.num_rows} rows, {imported.num_split} of them in parts, "
        f"{len(imported.skipped_lines)} rows skipped; written to {out}"
    )


@bench_app.command()
def wishes(
    *,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Ask until so many wishes were refused.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Of the orders and of what is wished for.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Take every way out of refused wishes, and see whether it works and costs what was said."""
    from benchmarks.figures import show
    from benchmarks.wishes import measure

    figures = measure(seed, count)
    show(figures, as_json=as_json)
    true = figures["works"] == figures["shown"] and not figures["cost_off"]
    return ExitCode.DONE if true else ExitCode.BUSINESS_NO


@bench_app.command()
def assignment_gain(
    *,
    num_contracts: Annotated[
        int, typer.Option("--contracts", min=1, max=2000, help="That are planned together.")
    ] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Of the orders and of the searches.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="Of planning contracts together.")] = 2,
    as_json: AsJson = False,
) -> int:
    """Plan a morning's contracts together, and compare that with first come, first served."""
    from benchmarks.assignment_gain import measure
    from benchmarks.figures import show

    figures = measure(seed, num_contracts, rounds=rounds)
    show(figures, as_json=as_json)
    return ExitCode.BUSINESS_NO if figures["checker_violations"] else ExitCode.DONE

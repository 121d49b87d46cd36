"""`servanda whatif`: scenarios compared with their base."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.issues import InputError, Issue, IssueCode
from models.language import Language
from server.cli.options import AsJson, Lang, WorldFolder, after, load
from server.cli.printing import print_json, print_text
from server.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from models.evaluation import Comparison
    from scenarios.whatif import Base, Goal, Progress, Runs, ScenarioFile, Store, Sweep

app = typer.Typer()


@app.command()
def whatif(
    world: WorldFolder,
    scenario: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO]...", help="Files, or names of the library.", show_default=False),
    ] = None,
    *,
    orders: Annotated[Path | None, typer.Option(help="JSON file of orders, for every seed.")] = None,
    num_orders: Annotated[int, typer.Option(min=1, max=100_000, help="Without a file: so many generated ones.")] = 200,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="PLAN", help="Snapshot to start from, instead of orders.", show_default=False),
    ] = None,
    replan_minutes: Annotated[
        int | None,
        typer.Option(
            min=1, max=1440, help="Orders come one by one, and the plan is searched so often.", show_default=False
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Of demand and search: 1, 2, ... so many.")] = 1,
    seconds: Annotated[float, typer.Option(min=0, help="Each search ends after that time.")] = 30,
    iterations: Annotated[int, typer.Option(min=0, help="The search ends after so many steps at the latest.")] = 2000,
    rounds: Annotated[int, typer.Option(min=0, help="Of planning contracts together; 0: one after another.")] = 0,
    offers: Annotated[int, typer.Option(min=0, help="Contracts for which all options are looked up.")] = 20,
    sweep: Annotated[
        str | None,
        typer.Option(metavar="NAME=FROM..TO:STEP", help="A quantity over a range.", show_default=False),
    ] = None,
    reach: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=SHARE", help="Name the cheapest that reaches it: on_time=0.98,served=1.", show_default=False
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 2,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for full results, and to go on from.", show_default=False)
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Where to write the page; DIR/comparison.html with --out.", show_default=False
        ),
    ] = None,
    lang: Lang = Language.EN,
    as_json: AsJson = False,
) -> int:
    """Plan scenarios and their base with the same seeds, and compare them in money."""
    from scenarios.whatif import Budget, Goal, Runs, Sweep, read_scenarios, summary, write_results
    from scenarios.whatif.grounds import snapshot_of
    from scenarios.whatif.page import Told, write_comparison

    goal, swept = Goal.parse(reach) if reach else None, Sweep.parse(sweep) if sweep else None
    files = read_scenarios(scenario or [])
    base = _base(world, orders, num_orders, snapshot_of(files, world=world, plan=plan))
    base = replace(base, replan_every=timedelta(minutes=replan_minutes) if replan_minutes else None)
    scenarios = _scenarios(files, swept, base)
    page = page or (out / "comparison.html" if out else None)
    with _kept(out, page) as store:
        runs = Runs(
            base,
            Budget(seconds=seconds, iterations=iterations, rounds=rounds, offers=offers),
            store=store,
            workers=workers,
            stop_after=after,
        )
        comparisons = _with_progress(runs, lambda: runs.compare(scenarios, seeds=range(1, seeds + 1)))
        if out:
            write_results(out, comparisons)
        if page and store:
            told = Told(base, [each.scenario for each in scenarios], comparisons, store, sweep=swept, goal=goal)
            write_comparison(page, told, language=lang)
    cheapest = goal.cheapest(comparisons) if goal else None
    summaries = [summary(each) for each in comparisons]
    if as_json:
        print_json([_document(each, goal, cheapest) for each in comparisons])
    else:
        _print(comparisons, goal, cheapest)
    is_no = any(each.checker_violations for each in summaries) or (goal is not None and cheapest is None)
    return ExitCode.BUSINESS_NO if is_no else ExitCode.DONE


def _scenarios(files: "Sequence[ScenarioFile]", swept: "Sweep | None", base: "Base") -> "Sequence[ScenarioFile]":
    from models.scenario import BASE
    from scenarios.whatif import ScenarioFile

    if not files and swept is None:
        raise InputError(_nothing_to_compare())
    if swept is None:
        return files
    return [
        ScenarioFile(each, file.path, file.folder)
        for file in (files or (ScenarioFile(BASE),))
        for each in swept.scenarios(base.world, file.scenario)
    ]


def _nothing_to_compare() -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path="SCENARIO",
        message="number of scenarios and sweeps (0) must be >= 1",
        hint="name a file, one of the library (docs/whatif.md lists them), or give --sweep",
    )


@contextmanager
def _kept(out: Path | None, page: Path | None) -> "Iterator[Store | None]":
    """Where plans lie: in the folder of the results, or for a page alone, which shows them, in one for the while."""
    from tempfile import TemporaryDirectory

    from scenarios.json_files import check_writable
    from scenarios.whatif import Store

    if out:
        _make_folder(out)
    if page:
        check_writable(page)
    if out or not page:
        yield Store(out) if out else None
        return
    with TemporaryDirectory(prefix="servanda-whatif-") as folder:
        yield Store(Path(folder))


def _make_folder(folder: Path) -> None:
    """There, and nobody has to plan for an hour to learn that nothing can be written to it."""
    from scenarios.json_files import check_writable, not_writable

    if not folder.exists():
        check_writable(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(not_writable(folder, str(error.strerror))) from error
    check_writable(folder / "whatif.json")


def _document(comparison: "Comparison", goal: "Goal | None", cheapest: "Comparison | None") -> "dict[str, object]":
    from scenarios.whatif import summary

    document = summary(comparison).model_dump(mode="json")
    if goal is None:
        return document
    return {**document, "reached": goal.is_reached(comparison), "cheapest": comparison is cheapest}


def _base(world: Path, orders: Path | None, num_orders: int, plan: Path | None) -> "Base":
    from scenarios.json_files import read_orders, read_plan
    from scenarios.whatif import Base

    return Base(
        load(world),
        orders=read_orders(orders) if orders else None,
        num_orders=num_orders,
        snapshot=read_plan(plan) if plan else None,
    )


def _with_progress(runs: "Runs", work: "Callable[[], Sequence[Comparison]]") -> "Sequence[Comparison]":
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.TextColumn("Planning"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with rich_progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def show(progress: "Progress") -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        runs.on_progress = show
        return work()


def _print(comparisons: "Sequence[Comparison]", goal: "Goal | None", cheapest: "Comparison | None") -> None:
    from scenarios.whatif import summary
    from server.tables import wide_console
    from server.whatif_tables import whatif_table

    wide_console().print(whatif_table(comparisons))
    if goal is not None:
        found = f"the cheapest is {cheapest.scenario}" if cheapest else "none does"
        shares = " and ".join(f"{each.name} of at least {each.share:g}" for each in goal.all)
        print_text(f"{shares}: {found}")
    print_text(f"{sum(summary(each).checker_violations for each in comparisons)} violations")

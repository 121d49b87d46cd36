"""`servanda whatif`: scenarios compared with their base."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, WorldFolder, after, load
from server.cli.printing import print_json, print_text
from server.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.evaluation import Comparison
    from scenarios.whatif import Base, Progress, Runs

app = typer.Typer()


@app.command()
def whatif(
    world: WorldFolder,
    scenario: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="Files, or names of the library.", show_default=False)
    ],
    *,
    orders: Annotated[Path | None, typer.Option(help="JSON file of orders, for every seed.")] = None,
    num_orders: Annotated[int, typer.Option(min=1, max=100_000, help="Without a file: so many generated ones.")] = 200,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="PLAN", help="Snapshot to start from, instead of orders.", show_default=False),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Of demand and search: 1, 2, ... so many.")] = 1,
    seconds: Annotated[float, typer.Option(min=0, help="Each search ends after that time.")] = 30,
    iterations: Annotated[int, typer.Option(min=0, help="The search ends after so many steps at the latest.")] = 2000,
    rounds: Annotated[int, typer.Option(min=0, help="Of planning contracts together; 0: one after another.")] = 0,
    offers: Annotated[int, typer.Option(min=0, help="Contracts for which all options are looked up.")] = 20,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 2,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for full results, and to go on from.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Plan scenarios and their base with the same seeds, and compare them in money."""
    from scenarios.whatif import Budget, Runs, Store, read_scenarios, summary

    files = read_scenarios(scenario)
    runs = Runs(
        _base(world, orders, num_orders, plan),
        Budget(seconds=seconds, iterations=iterations, rounds=rounds, offers=offers),
        store=Store(out) if out else None,
        workers=workers,
        stop_after=after,
    )
    comparisons = _with_progress(runs, lambda: runs.compare(files, seeds=range(1, seeds + 1)))
    summaries = [summary(each) for each in comparisons]
    if as_json:
        print_json(summaries)
    else:
        _print(comparisons)
    return ExitCode.BUSINESS_NO if any(each.checker_violations for each in summaries) else ExitCode.DONE


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
    with rich_progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(progress: "Progress") -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        runs.on_progress = show
        return work()


def _print(comparisons: "Sequence[Comparison]") -> None:
    from scenarios.whatif import summary
    from server.tables import wide_console
    from server.whatif_tables import whatif_table

    wide_console().print(whatif_table(comparisons))
    print_text(f"{sum(summary(each).checker_violations for each in comparisons)} violations")

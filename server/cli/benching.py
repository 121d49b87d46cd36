"""`servanda bench`: measure whether what is said is true."""

from pathlib import Path
from typing import Annotated

import typer

from models.issues import InputError, Issue, IssueCode
from server.cli.options import AsJson
from server.cli.printing import print_json, print_text
from server.exit_codes import ExitCode

app = typer.Typer(help="Measure whether what is said is true: on the demo world, and beside peers.")

_CHECKOUT = Path(__file__).parents[2]
"""What holds the package `server`; site-packages, if it was installed from a wheel."""


@app.callback()
def _needs_a_checkout() -> None:
    # A file of ours: in site-packages, a folder of that name may be anybody's.
    if not (_CHECKOUT / "benchmarks" / "figures.py").is_file():
        raise InputError(
            Issue(
                code=IssueCode.CHECKOUT_NEEDED,
                path="servanda bench",
                message=f"benchmarks must lie beside the package server, as in a checkout, and {_CHECKOUT} has none",
                hint="clone the repository, `make install`, and use its .venv/bin/servanda",
            )
        )


@app.command()
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


@app.command()
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


@app.command()
def assignment(
    *,
    num_contracts: Annotated[
        int, typer.Option("--contracts", min=1, max=2_000_000, help="That choose together.")
    ] = 100_000,
    num_options: Annotated[int, typer.Option("--options", min=1, max=64, help="Of each contract.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of the instance and of the search.")] = 1,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="Of wall time for the search.")] = 60,
    as_json: AsJson = False,
) -> int:
    """Assign very many contracts under scarce rows, and prove how good that is."""
    from benchmarks.assignment import measure
    from benchmarks.figures import show

    figures = measure(num_contracts, num_options, seed=seed, seconds=seconds)
    show(figures, as_json=as_json)
    return ExitCode.BUSINESS_NO if figures["wrong"] else ExitCode.DONE


@app.command()
def routing(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="Instances.")] = None,
    *,
    listed: Annotated[
        Path | None, typer.Option("--list", metavar="DIR", help="Folder of the instances of the fixed list; runs them.")
    ] = None,
    engines: Annotated[list[str] | None, typer.Option("--engine", help="Repeatable; without it, all.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="Of wall time for each run.")] = 10,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="How many: 1, 2, and so on.")] = 3,
    out: Annotated[
        Path | None, typer.Option(help="Rows are added to it as they come; those it has are not run again.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Solve public instances with each engine on one core, and have a referee judge every solution."""
    from benchmarks.figures import machine
    from benchmarks.routing.engines import ENGINES
    from benchmarks.routing.fixed_list import wanted_below
    from benchmarks.routing.runner import Bench, Wanted
    from benchmarks.routing.summary import summarise
    from benchmarks.routing.tables import tables

    wanted = [Wanted(file, (seconds,)) for file in files or ()]
    if listed:
        wanted += wanted_below(listed, seconds=seconds)
    rows = []
    for row in Bench(wanted, engines=engines or list(ENGINES), num_seeds=seeds, out=out).run():
        rows.append(row)
        if not as_json:
            outcome = f"{row.cost:g}, {row.vehicles} vehicles" if row.feasible else row.reason
            print_text(f"{row.set} {row.instance} {row.engine} {row.seconds:g} s, seed {row.seed}: {outcome}")
    if as_json:
        print_json({"seeds": seeds, **machine(), **summarise(rows)})
    else:
        print_text("\n" + tables(rows))
    return ExitCode.DONE


@app.command()
def oracle(
    *,
    instances: Annotated[int, typer.Option(min=1, max=10_000, help="How many small instances.")] = 200,
    num_contracts: Annotated[int, typer.Option("--contracts", min=1, max=12, help="In each instance.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of the first instance; the others follow.")] = 1,
    effort: Annotated[
        float, typer.Option(min=0.01, max=10_000, help="Of each proof, in the oracle's own units of work.")
    ] = 10.0,
    keep_apart: Annotated[bool, typer.Option("--keep-apart", help="Some goods must not travel together.")] = False,
    as_json: AsJson = False,
) -> int:
    """Compare the engine with plans that are proved to be cheapest."""
    from benchmarks.figures import show
    from benchmarks.oracle import measure

    figures = measure(seed, instances, num_contracts=num_contracts, effort=effort, apart=keep_apart)
    show(figures, as_json=as_json)
    wrong = figures["below_optimum"] or figures["verdict_differences"] or figures["checker_violations"]
    return ExitCode.BUSINESS_NO if wrong else ExitCode.DONE


@app.command()
def night(
    *,
    num_contracts: Annotated[
        int, typer.Option("--contracts", min=30, max=100_000, help="Open, with a plan in force.")
    ] = 20_000,
    sizes: Annotated[
        str | None, typer.Option(help="Instead: numbers of contracts, such as 1000,2000,5000, for a growth curve.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the world, its orders and the search.")] = 1,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.001, help="Of the search of routes, half as long again for sources; with --sizes per routed contract."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that search.")] = 2,
    cache: Annotated[Path, typer.Option(help="Where worlds and plans in force are kept, to be measured again.")] = Path(
        ".benchmarks/night"
    ),
    as_json: AsJson = False,
) -> int:
    """Replan a whole generated day: other sources, routes by regions, and the checker over all of it.

    Beside it, `lower_bound_assignment`: proved for all choices among the candidates found for the contracts, at their
    prices in the plan in force. It is not a bound of the plan's cost.
    """
    from benchmarks.figures import show
    from benchmarks.night import growth, measure

    if sizes is None:
        figures = measure(num_contracts, seed=seed, seconds=seconds, workers=workers, cache=cache)
        nights = [figures]
    else:
        figures = growth(
            _numbers(sizes, least=30, most=100_000), seed=seed, seconds=seconds, workers=workers, cache=cache
        )
        nights = [each for row in figures["sizes"] for each in row["nights"]]
    show(figures, as_json=as_json)
    wrong = any(
        each["promises_moved"] or each["checker_violations"] or each["cost_after"] > each["cost_before"]
        for each in nights
    )
    return ExitCode.BUSINESS_NO if wrong else ExitCode.DONE


@app.command()
def repair(
    *,
    vehicles: Annotated[int, typer.Option(min=2, max=2000, help="On the board.")] = 500,
    visits: Annotated[
        int, typer.Option(min=2, max=60, help="Of each vehicle; one that breaks down has so many requests.")
    ] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Of the board, and of who breaks down.")] = 1,
    repeats: Annotated[
        int, typer.Option(min=1, max=2000, help="Vehicles that break down, each on the same board.")
    ] = 20,
    search_seconds: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Of the search that tries what was lost once more.")
    ] = 20,
    as_json: AsJson = False,
) -> int:
    """Let vehicles break down on a full board, and see how long it takes until others do their work."""
    from benchmarks.figures import show
    from benchmarks.repair import measure

    repeats = min(repeats, vehicles)
    figures = measure(vehicles, visits, seed=seed, repeats=repeats, search_seconds=search_seconds)
    show(figures, as_json=as_json)
    wrong = figures["checker_violations"] or figures["could_be_kept"]
    return ExitCode.BUSINESS_NO if wrong else ExitCode.DONE


@app.command()
def growth(
    *,
    sizes: Annotated[
        str, typer.Option(help="Numbers of requests, with commas between.")
    ] = "100,200,500,1000,2000,5000",
    seconds: Annotated[float, typer.Option(min=0.5, max=86_400, help="Of the longest run at each size.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Of the cities and of the searches.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Measure how the time to get within 1 % of a long run's cost grows with the number of requests."""
    from benchmarks.figures import show
    from benchmarks.growth import measure

    figures = measure(_numbers(sizes, least=10, most=10_000), seconds=seconds, seed=seed)
    show(figures, as_json=as_json)
    return ExitCode.DONE


def _numbers(sizes: str, *, least: int, most: int) -> list[int]:
    """Whole numbers within bounds.

    Raises
    ------
    BadParameter
        One of them is none, or too small or too large.
    """
    words = [word.strip() for word in sizes.split(",")]
    if wrong := [word for word in words if not word.isdecimal() or not least <= int(word) <= most]:
        message = f"sizes ({', '.join(wrong)}) must be whole numbers in [{least}, {most}]"
        raise typer.BadParameter(message, param_hint="--sizes")
    return [int(word) for word in words]


@app.command()
def pipelines(
    *,
    orders: Annotated[int, typer.Option(min=1, max=2000, help="Of the demo's morning.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="Of the orders and of the searches.")] = 1,
    engines: Annotated[list[str] | None, typer.Option("--engine", help="Repeatable; without it, all.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="Of each engine, for riders and for vans.")] = 60,
    iterations: Annotated[int, typer.Option(min=0, help="Of the whole plan's last search of the routes.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=0, help="Of planning contracts together.")] = 2,
    as_json: AsJson = False,
) -> int:
    """Plan the demo's morning whole, and beside it with the nearest source first and each engine's routes then."""
    from benchmarks.figures import show
    from benchmarks.pipelines import measure
    from benchmarks.routing.engines import ENGINES

    figures = measure(
        orders, seed=seed, seconds=seconds, iterations=iterations, rounds=rounds, engines=engines or list(ENGINES)
    )
    show(figures, as_json=as_json)
    wrong = figures["ours_violations"] or any(row.get("violations") for row in figures["rows"])
    return ExitCode.BUSINESS_NO if wrong else ExitCode.DONE

"""`servanda bench`: measure whether what is said is true."""

from typing import Annotated

import typer

from server.cli.options import AsJson
from server.exit_codes import ExitCode

app = typer.Typer(help="Measure whether what is said is true, on the demo world.")


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
def oracle(
    *,
    instances: Annotated[int, typer.Option(min=1, max=10_000, help="How many small instances.")] = 200,
    num_contracts: Annotated[int, typer.Option("--contracts", min=1, max=12, help="In each instance.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of the first instance; the others follow.")] = 1,
    effort: Annotated[
        float, typer.Option(min=0.01, max=10_000, help="Of each proof, in the oracle's own units of work.")
    ] = 10.0,
    as_json: AsJson = False,
) -> int:
    """Compare the engine with plans that are proved to be cheapest."""
    from benchmarks.figures import show
    from benchmarks.oracle import measure

    figures = measure(seed, instances, num_contracts=num_contracts, effort=effort)
    show(figures, as_json=as_json)
    wrong = figures["below_optimum"] or figures["verdict_differences"] or figures["checker_violations"]
    return ExitCode.BUSINESS_NO if wrong else ExitCode.DONE

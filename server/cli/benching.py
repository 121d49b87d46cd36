"""`servanda bench`: measure whether what is said is true."""

from pathlib import Path
from typing import Annotated

import typer

from models.issues import InputError, Issue, IssueCode
from server.cli.options import AsJson
from server.exit_codes import ExitCode

app = typer.Typer(help="Measure whether what is said is true, on the demo world.")

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

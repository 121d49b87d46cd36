"""`servanda demo`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.language import Language
from server.cli.options import AsJson, Lang
from server.cli.printing import print_json, print_text
from server.exit_codes import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from scenarios.world import World
    from server.demo import Played

app = typer.Typer()


@app.command()
def demo(
    *,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where to write report.html, plan.json and result.json.")
    ] = Path("build/demo"),
    num_orders: Annotated[int, typer.Option(min=1, max=5000, help="Orders of the morning.")] = 600,
    seed: Annotated[int, typer.Option(min=0, help="Of the orders, the customers' choices and the replans.")] = 1,
    lang: Lang = Language.EN,
    as_json: AsJson = False,
) -> int:
    """Play a morning in central Shanghai against a server, then a night and a what-if; tell its stories in full."""
    from server.demo import REPORT, Terms, run_demo

    terms = Terms(num_orders=num_orders, seed=seed, language=lang)
    played = run_demo(out, terms=terms, show=_show_nothing if as_json else _show_demo)
    if as_json:
        print_json({**_document(played), "out": str(out), "report": str(out / REPORT)})
    else:
        print_text(f"The report: {out / REPORT}")
    for each in () if as_json else played.wrong:
        sys.stderr.write(f"{each}\n")
    return ExitCode.BUSINESS_NO if played.wrong else ExitCode.DONE


def _document(played: "Played") -> "dict[str, Any]":
    done, report = played.night.done, played.night.report
    night = {
        "run_id": report.run_id,
        "contracts": report.contracts,
        "cost_before": done.cost_before.total,
        "cost_after": done.cost_after.total,
        "changed_hands": done.changed_hands,
        "promises_moved": len(done.promises_moved),
        "promise_prices": len(report.promise_prices),
        "complete": report.complete,
    }
    return {"figures": played.figures, "night": night, "whatif": played.closed_store, "wrong": played.wrong}


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
    _show_night(console, played, currency)
    _show_closed_store(console, played, currency)


def _show_night(console: "Console", played: "Played", currency: str) -> None:
    from server.tables import cost_table

    done, report = played.night.done, played.night.report
    costs = {"before": done.cost_before, "after": done.cost_after}
    console.print(cost_table(costs, currency, title="The night: cost by kind"))
    console.print(
        f"{report.contracts} open contracts, {done.changed_hands} items changed hands, "
        f"{len(done.promises_moved)} promises moved"
    )


def _show_closed_store(console: "Console", played: "Played", currency: str) -> None:
    from models.money import amount
    from server.tables import cost_table

    found = played.closed_store
    if found is None:
        return
    costs = {"before": found.cost_before, "after": found.cost_after}
    console.print(cost_table(costs, currency, title=f"What if {found.site_id} closed: cost by kind"))
    mean, low, high = (amount(round(getattr(found.cost_difference, end)), currency) for end in ("mean", "low", "high"))
    at_risk = found.promises["at_risk"]
    console.print(
        f"{found.items} items would come from there, {len(found.moved)} move; difference {mean} {currency} "
        f"(95 %: {low} to {high}, {len(found.seeds)} seeds); at risk {at_risk.before:g} before, {at_risk.after:g} after"
    )

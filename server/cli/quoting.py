"""What could be promised, and what it would cost to do it otherwise: `servanda quote`, `servanda explain`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, after, load
from server.cli.printing import print_json, print_text
from server.exit_codes import ExitCode

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from models.option import Quote

app = typer.Typer()


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
    world = load(Path(what[0]))
    return [found for _, found in quote_orders(world, orders, stop=after(timeout))], world.catalogue.zone


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

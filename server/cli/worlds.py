"""`servanda world`: look at the folder of a world, or make one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.options import AsJson, WorldFolder, load
from server.cli.printing import print_json, print_text

if TYPE_CHECKING:
    from scenarios.generate_world import GeneratedWorld

app = typer.Typer(help="Look at the folder of a world, or make one.")


@app.command()
def validate(world: WorldFolder, *, as_json: AsJson = False) -> None:
    """Check every file of a world and print all mistakes with file and line."""
    loaded = load(world)
    if as_json:
        print_json({"issues": [], "fingerprint": loaded.fingerprint})
    else:
        print_text(f"{loaded.name}: no mistakes")


@app.command()
def show(
    world: WorldFolder,
    *,
    map_html: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE.html", help="Write a map too: one page, for a browser without a network."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what a world holds, and draw it on a map."""
    from scenarios.json_files import check_writable
    from scenarios.overview import overview

    if map_html:
        check_writable(map_html)
    loaded = load(world)
    seen = overview(loaded)
    if map_html:
        from scenarios.world_map import write_map

        write_map(map_html, loaded)
    if as_json:
        print_json({**seen.model_dump(mode="json"), "map": str(map_html) if map_html else None})
        return
    from server.tables import overview_table, wide_console

    wide_console().print(overview_table(seen))
    if map_html:
        print_text(f"map written to {map_html}")


@app.command()
def generate(
    *,
    num_orders: Annotated[int, typer.Option("--orders", help="Of the morning, at least 1.")],
    riders: Annotated[int, typer.Option(help="At least 1; one in fourteen is on call.")],
    sites: Annotated[int, typer.Option(help="At least 2; one in twelve is a warehouse, the others are stores.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write to: new, or empty.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    road: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.osm.bz2", help="OpenStreetMap extract, .osm or .osm.bz2. Unless given, central Shanghai."
        ),
    ] = None,
    vans: Annotated[int | None, typer.Option(help="Unless given, in proportion to the riders.")] = None,
    technicians: Annotated[int | None, typer.Option(help="Unless given, in proportion to the riders.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="IANA name. Unless given, whole hours by the longitude of the streets.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a world of any size on the streets of an extract, and a morning of orders for it."""
    from rich.console import Console

    from scenarios.generate_world import ROAD, Size, generate_world
    from server.paths import cache_dir

    size = Size(orders=num_orders, riders=riders, sites=sites, vans=vans, technicians=technicians)
    with Console(stderr=True).status(f"Generating {sites} sites, {riders} riders, {num_orders} orders"):
        made = generate_world(
            size, seed=seed, out=out, cache_dir=cache_dir(), road=ROAD if road is None else road, timezone=timezone
        )
    document = _generated_document(made, out)
    if as_json:
        print_json(document)
    else:
        counts = ", ".join(f"{document[name]} {name}" for name in ("sites", "riders", "vans", "technicians", "orders"))
        print_text(f"{counts}; written to {out}")


def _generated_document(made: "GeneratedWorld", out: Path) -> dict[str, Any]:
    from scenarios.generate_world import ORDERS

    catalogue = made.world.catalogue
    lists = {name: len(getattr(catalogue, name)) for name in ("sites", "riders", "vans", "technicians")}
    return {
        "name": made.world.name,
        "fingerprint": made.world.fingerprint,
        "timezone": catalogue.timezone,
        **lists,
        "stock_rows": len(made.world.stock),
        "orders": len(made.orders),
        "out": str(out),
        "orders_file": str(out / ORDERS),
    }

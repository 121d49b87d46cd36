"""`servanda world`: look at the folder of a world."""

import typer

from server.cli.options import AsJson, WorldFolder, load
from server.cli.printing import print_json, print_text

app = typer.Typer(help="Look at the folder of a world.")


@app.command()
def validate(world: WorldFolder, *, as_json: AsJson = False) -> None:
    """Check every file of a world and print all mistakes with file and line."""
    loaded = load(world)
    if as_json:
        print_json({"issues": [], "fingerprint": loaded.fingerprint})
    else:
        print_text(f"{loaded.name}: no mistakes")


@app.command()
def show(world: WorldFolder, *, as_json: AsJson = False) -> None:
    """Print what a world holds."""
    from scenarios.overview import overview
    from server.tables import overview_table, wide_console

    seen = overview(load(world))
    if as_json:
        print_json(seen)
    else:
        wide_console().print(overview_table(seen))

"""How long it takes to generate a world of any size, and to load it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from benchmarks.figures import WORLD, Figures, machine, seconds_taken, show
from models.order import Order
from models.resource import TravelProfile
from scenarios.generate_world import GeneratedWorld, Size, generate_world
from scenarios.world import World, load_world
from solver.cache import cache_dir


def measure(size: Size, *, seed: int) -> Figures:
    """Seconds and megabytes, and how many orders lie where a rider gets to from some site."""
    # The streets' tables are built once for all worlds on them: they are not what is measured here.
    load_world(WORLD, cache_dir=cache_dir()).streets.tables()
    with TemporaryDirectory(prefix="servanda-scale-") as folder:
        out, made = Path(folder) / "world", list[GeneratedWorld]()
        generate_s = seconds_taken(lambda: made.append(generate_world(size, seed=seed, out=out, cache_dir=cache_dir())))
        load_s = seconds_taken(lambda: load_world(out, cache_dir=cache_dir()))
        megabytes = sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 1e6
    world, orders = made[0].world, made[0].orders
    return {
        "orders": len(orders),
        "reachable": sum(_is_reachable(world, order) for order in orders),
        "riders": len(world.catalogue.riders),
        "sites": len(world.catalogue.sites),
        "vans": len(world.catalogue.vans),
        "technicians": len(world.catalogue.technicians),
        "stock_rows": len(world.stock),
        "megabytes": round(megabytes, 1),
        "generate_s": round(generate_s, 1),
        "load_s": round(load_s, 1),
        "seed": seed,
        "machine": machine(),
    }


def _is_reachable(world: World, order: Order) -> bool:
    """Whether a rider gets there from some site."""
    tables = world.streets.tables()
    home = world.snap(order.place).street_node_id or 0
    sites = (site.place.street_node_id or 0 for site in world.catalogue.sites)
    return any(tables.travel(TravelProfile.BIKE, site, home) is not None for site in sites)


def main(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    orders: Annotated[int, typer.Option(help="Of the morning.")] = 50_000,
    riders: Annotated[int, typer.Option(help="With those on call.")] = 1000,
    sites: Annotated[int, typer.Option(help="Warehouses and stores.")] = 200,
    seed: Annotated[int, typer.Option(help="Of everything.")] = 1,
) -> None:
    """Time how a world is generated, and loaded a second time."""
    show(measure(Size(orders=orders, riders=riders, sites=sites), seed=seed), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)

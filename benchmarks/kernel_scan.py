"""How long one scan takes: the cheapest place for a pickup and a delivery in each of 500 routes.

The routes run on the travel tables of the demo world and are built with the engine itself:
random requests are inserted where they are cheapest until each route has 20 visits; half of them
may come within one hour, half all day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from time import perf_counter
from typing import Annotated

import numpy as np
import typer
from numpy.random import Generator

from benchmarks.figures import WORLD, Figures, machine, percentiles_ms, show
from models.catalogue import Catalogue
from models.order import Load
from models.place import Place
from models.plan import Route, VisitKind
from models.problem import Problem
from models.resource import Rider, Site, Van
from models.timing import Interval
from scenarios.world import World, load_world
from solver.cache import cache_dir
from solver.instance import Instance, load_row
from solver.kernels import warm_up
from solver.kernels.arrays import NEVER, Request
from solver.live_routes import LiveRoutes, RoutedWork, Stop

NUM_ROUTES, NUM_VISITS, NUM_SCANS = 500, 20, 2_000
MOST_TRIES = 300
SHARE_OF_VANS = 0.2
HOUR = 3600


@dataclass(frozen=True)
class Town:
    """Where random requests come from."""

    world: World
    instance: Instance
    random: Generator

    def work(self, number: int, *, whole_day: bool = False) -> RoutedWork:
        """An order of one to four lines, from a site to a crossing nearby, due in an hour or all day."""
        random, instance = self.random, self.instance
        site = self.world.catalogue.sites[random.integers(len(self.world.catalogue.sites))]
        door = self._door(site)
        day_s = instance.horizon.seconds(instance.horizon.end)
        ready = int(random.integers(0, day_s - 2 * HOUR))
        window = (ready, day_s) if whole_day else (ready + HOUR // 2, ready + HOUR // 2 + HOUR)
        skus = random.choice(len(self.world.catalogue.skus), size=random.integers(1, 5))
        request = Request(
            pickup_node=instance.node(site.place),
            pickup_place=instance.place_idx(site.place),
            pickup_earliest=ready,
            pickup_latest=day_s,
            pickup_service=60,
            pickup_setup=90,
            delivery_node=instance.node(door),
            delivery_place=instance.place_idx(door),
            delivery_earliest=window[0],
            delivery_latest=window[1],
            delivery_service=60,
            delivery_setup=90,
            load=load_row(sum((self.world.catalogue.skus[n].load(1) for n in skus), Load())),
        )
        stops = Stop(VisitKind.PICKUP, site.place, False), Stop(VisitKind.DELIVERY, door, True)
        return RoutedWork((str(number), "item"), request, stops)

    def _door(self, site: Site) -> Place:
        """One of the 400 crossings that are nearest by car."""
        tables = self.instance.tables
        node_id = site.place.street_node_id or 0
        near = np.argsort(tables.duration_s[-1, tables.idx_by_node_id[node_id]], kind="stable")[:400]
        node = int(self.random.choice(near))
        lat, lon = self.world.streets.network.point(node)
        return Place(lat=lat, lon=lon, street_node_id=int(tables.node_ids[node]))


def fleet_of(world: World, size: int) -> tuple[tuple[Rider, ...], tuple[Van, ...]]:
    """The world's riders and vans, again and again, on duty all day."""
    num_vans, all_day = round(size * SHARE_OF_VANS), Interval(start=world.horizon.start, end=world.horizon.end)
    riders, vans = world.catalogue.riders, world.catalogue.vans
    again = {"shift": all_day}
    return (
        tuple(
            riders[n % len(riders)].model_copy(update={**again, "resource_id": f"rider.{n}"})
            for n in range(size - num_vans)
        ),
        tuple(vans[n % len(vans)].model_copy(update={**again, "resource_id": f"van.{n}"}) for n in range(num_vans)),
    )


def town_of(world: World, seed: int) -> Town:
    riders, vans = fleet_of(world, NUM_ROUTES)
    # Built anew: a copy would keep the lookups that the old one has cached.
    fields = {name: getattr(world.catalogue, name) for name in Catalogue.model_fields}
    catalogue = Catalogue.model_construct(**{**fields, "riders": riders, "vans": vans, "technicians": ()})
    start = world.horizon.start
    problem = Problem(catalogue, world.streets.tables(), world.horizon, now=start, freeze_until=start)
    return Town(world, Instance.of(problem), np.random.default_rng(seed))


def fill(town: Town) -> LiveRoutes:
    """Routes of `NUM_VISITS` visits each, feasible because the engine made them."""
    routes, numbers = LiveRoutes(town.instance), count()
    for r, vehicle in enumerate(town.instance.vehicles):
        while not _filled(routes, town, numbers, vehicle_idx=r):
            routes.load_routes([Route(resource_id=vehicle.resource_id)], {})
    return routes


def _filled(routes: LiveRoutes, town: Town, numbers: Iterator[int], *, vehicle_idx: int) -> bool:
    """Insert what fits, until the route is full; False if it gets stuck (goods on board for hours, say)."""
    eligible = np.zeros(NUM_ROUTES, dtype=np.uint8)
    eligible[vehicle_idx] = 1
    left = NUM_VISITS // 2
    for number in islice(numbers, MOST_TRIES):
        work = town.work(number, whole_day=bool(number % 2))
        scan = routes.scan(work.request, eligible=eligible, now=0)
        if scan.cost[vehicle_idx] < NEVER:
            i, j = int(scan.pickup_after[vehicle_idx]), int(scan.delivery_after[vehicle_idx])
            left -= routes.insert(work, vehicle_idx=vehicle_idx, pickup_after=i, delivery_after=j, now=0)
        if not left:
            return True
    return False


def scans(town: Town, routes: LiveRoutes, *, whole_day: bool) -> Iterator[tuple[float, int]]:
    """Seconds of each scan, and in how many routes the request fits."""
    eligible = np.ones(NUM_ROUTES, dtype=np.uint8)
    for number in range(NUM_SCANS):
        request = town.work(number, whole_day=whole_day).request
        start = perf_counter()
        scan = routes.scan(request, eligible=eligible, now=0)
        yield perf_counter() - start, int((scan.cost < NEVER).sum())


def measure(seed: int) -> Figures:
    world = load_world(WORLD, cache_dir=cache_dir())
    warm_up()
    town = town_of(world, seed)
    routes = fill(town)
    figures: Figures = {"routes": NUM_ROUTES, "visits_per_route": NUM_VISITS, "seed": seed, "machine": machine()}
    for name, whole_day in (("one_hour_window", False), ("window_all_day", True)):
        seconds, fitting = zip(*scans(town, routes, whole_day=whole_day), strict=True)
        figures[name] = {**percentiles_ms(seconds), "routes_it_fits_in": round(float(np.mean(fitting)), 1)}
    return figures


def main(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    seed: Annotated[int, typer.Option(help="Of routes and requests.")] = 1,
) -> None:
    """Time the scan behind every quote on one core."""
    show(measure(seed), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)

"""Read a folder of last-mile orders of two channels as a world and its orders.

Parcels of an origin, depot or shop, are a SKU of their own, of which only that origin has stock:
so they come from there, and nothing else in the planner has to know of origins.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.issues import InputError, Issue, issues_of
from models.order import Order
from models.place import Place
from scenarios.imports import import_orders
from scenarios.imports.parts import PART_OF
from scenarios.imports.tables import Delimiter, Encoding, Row, Table, read_table
from scenarios.streets import Streets
from scenarios.world import World, load_world, read_streets

MAPPINGS = Path(__file__).parent / "mappings"
SOURCES = {"ecommerce_orders.csv": "ecommerce.yaml", "o2o_orders.csv": "o2o.yaml"}
DEPOTS, SHOPS = ("sites.csv", "site_id"), ("shops.csv", "shop_id")
COLUMNS = {
    "sites.csv": ("site_id", "lat", "lon", "datum"),
    "shops.csv": ("shop_id", "lat", "lon", "datum"),
    "spots.csv": ("spot_id", "lat", "lon", "datum"),
    "ecommerce_orders.csv": ("order_id", "spot_id", "site_id", "num"),
    "o2o_orders.csv": ("order_id", "spot_id", "shop_id", "pickup_time", "delivery_time", "num"),
}

MAX_SNAP_M = 500
KMH = 15
PARCELS_PER_COURIER = 140
WEIGHT_G = VOLUME_CM3 = 1000
"""Of a parcel: any would do, as couriers count parcels."""

PLENTY = 1_000_000


@dataclass(frozen=True)
class Day:
    """What there is to plan.

    Parameters
    ----------
    orders
        By the time at which they may be picked up; parts of one order in a row.
    num_orders
        Of the files, with those that cannot be planned; parts of one count once.
    rejected
        By the id of an order that cannot be: the codes of what is wrong with it.
    """

    world: World
    orders: tuple[Order, ...]
    num_orders: int
    rejected: Mapping[str, tuple[str, ...]]

    @property
    def end(self) -> datetime:
        """When the couriers go home."""
        return max(courier.shift.end for courier in self.world.catalogue.riders)


def read_day(folder: Path, *, into: Path, road: Path, num_couriers: int, cache_dir: Path) -> Day:
    """Write the world into an empty folder, load it, and import the orders of both channels.

    Raises
    ------
    InputError
        Files are missing, or not of that form.
    """
    if misshapen := [*_misshapen(folder)]:
        raise InputError(*misshapen)
    shutil.copyfile(road, into / f"streets{''.join(road.suffixes[-2:])}")
    _write(into / "world.yaml", _frame(f"streets{''.join(road.suffixes[-2:])}"))
    origins, lost = _origins(folder, read_streets(into, cache_dir=cache_dir))
    _write_world(into, origins, [each for each in origins if each.origin_id not in lost], num_couriers=num_couriers)
    world = load_world(into, cache_dir=cache_dir)
    orders, rejected, num_orders = list[Order](), dict[str, tuple[str, ...]](), 0
    for source, mapping in SOURCES.items():
        done = import_orders(folder / source, MAPPINGS / mapping, world, skip_bad=True)
        num_orders += done.num_rows
        rejected |= _rejected(_table(folder / source), done.issues)
        orders += done.orders
    rejected |= {whole_id(order): lost[origin_of(order)] for order in orders if origin_of(order) in lost}
    ready = sorted((each for each in orders if whole_id(each) not in rejected), key=_by_time)
    return Day(world, tuple(ready), num_orders, rejected)


def whole_id(order: Order) -> str:
    """The id of an order as it came, whatever parts it is in."""
    return order.attributes.get(PART_OF, order.order_id)


def origin_of(order: Order) -> str:
    """The depot or shop that the parcels come from."""
    return order.lines[0].sku_id


def _by_time(order: Order) -> tuple[object, ...]:
    return order.placed_time, whole_id(order)


def _rejected(table: Table, issues: Iterable[Issue]) -> dict[str, tuple[str, ...]]:
    ids = {row.path(): row.cells.get("order_id", row.path()) for row in table.rows}
    codes: dict[str, list[str]] = {}
    for issue in issues:
        at = issue.path.partition(" ")[0]
        if not at.startswith(f"{table.file}:"):
            continue  # a row of the spots; the orders that need it have an issue of their own
        codes.setdefault(ids.get(at, at), []).append(issue.code.value)
    return {each: tuple(dict.fromkeys(found)) for each, found in codes.items()}


# -- the world


@dataclass(frozen=True)
class _Origin:
    origin_id: str
    kind: str
    place: dict[str, str]


def _table(file: Path) -> Table:
    return read_table(file, encoding=Encoding.UTF_8, delimiter=Delimiter.COMMA)


def _misshapen(folder: Path) -> Iterator[Issue]:
    """What is missing of the files and their columns, and rows of depots and shops that are none."""
    for name, columns in COLUMNS.items():
        try:
            table = _table(folder / name)
        except InputError as error:
            yield from error.issues
            continue
        yield from table.missing(columns)
        if name in (DEPOTS[0], SHOPS[0]):
            yield from table.issues


def _origins(folder: Path, streets: Streets) -> tuple[list[_Origin], dict[str, tuple[str, ...]]]:
    """Depots and shops on the streets, and by id why the others are not."""
    found, lost = list[_Origin](), dict[str, tuple[str, ...]]()
    for (name, key), kind in ((DEPOTS, "WAREHOUSE"), (SHOPS, "STORE")):
        for row in _table(folder / name).rows:
            if origin_id := row.cells.get(key):
                found.append(_Origin(origin_id, kind, _place(row)))
                if issues := _place_issues(row, streets):
                    lost[origin_id] = tuple(issue.code.value for issue in issues)
    return found, lost


def _place(row: Row) -> dict[str, str]:
    return {name: row.cells.get(name, "") for name in ("lat", "lon", "datum")}


def _place_issues(row: Row, streets: Streets) -> tuple[Issue, ...]:
    try:
        streets.snap(Place.model_validate(_place(row)), max_snap_m=MAX_SNAP_M, path=row.path())
    except ValidationError as error:
        return issues_of(error, path=row.path())
    except InputError as error:
        return error.issues
    return ()


def _frame(extract: str) -> dict[str, Any]:
    return {
        "name": "A day of real orders",
        "timezone": "Asia/Shanghai",
        "day": "2026-03-02",
        "horizon": {"start": "00:00", "end": "24:00"},
        "streets": {"file": extract, "speeds": {"bike_kmh": KMH, "car_kmh_otherwise": KMH}},
    }


def _write_world(into: Path, origins: Sequence[_Origin], on_the_map: Sequence[_Origin], *, num_couriers: int) -> None:
    """Every origin has its SKU; those on the map are sites that have plenty of it."""
    depots = [each for each in on_the_map if each.kind == "WAREHOUSE"]
    _write(into / "policy.yaml", POLICY)
    _write(into / "sites.yaml", {"sites": [_site(each) for each in on_the_map]})
    couriers = [_courier(n, depot) for n, depot in enumerate(islice(cycle(depots), num_couriers), start=1)]
    _write(into / "riders.yaml", {"riders": couriers})
    for name in ("vans", "technicians", "carriers", "desks", "pools"):
        _write(into / f"{name}.yaml", {name: []})
    skus = (f"{each.origin_id},Parcel of {each.origin_id},parcels,{WEIGHT_G},{VOLUME_CM3}" for each in origins)
    _write_csv(into / "skus.csv", "sku_id,name,category,weight_g,volume_cm3", skus)
    stock = (f"{each.origin_id},{each.origin_id},{PLENTY}" for each in on_the_map)
    _write_csv(into / "stock.csv", "site_id,sku_id,on_hand", stock)


def _site(origin: _Origin) -> dict[str, Any]:
    return {
        "site_id": origin.origin_id,
        "kind": origin.kind,
        "name": origin.origin_id,
        "place": origin.place,
        "temperatures": ["AMBIENT"],
        "hours": "24/7",
        "pickers": 0,
        "pick_duration_per_line": "PT0S",
        "setup_duration": "PT0S",
        "handover_duration": "PT0S",
    }


def _courier(number: int, depot: _Origin) -> dict[str, Any]:
    return {
        "resource_id": f"courier-{number:02}",
        "name": f"Courier {number}",
        "profile": "CAR",
        "start_place": depot.place,
        "shift": {"start": "08:00", "end": "20:00"},
        "capacity": {
            "weight_g": PARCELS_PER_COURIER * WEIGHT_G,
            "ambient_cm3": PARCELS_PER_COURIER * VOLUME_CM3,
        },
        "rates": {"per_km": 50, "per_hour": 2400, "per_use": 2000},
    }


POLICY = {
    "currency": "CNY",
    "service_levels": [{"service_level_id": "day", "name": "Within the day", "modes": ["RIDER"], "within": "PT12H"}],
    "picking_per_line": 0,
    "handling_per_item": {"RIDER": 0},
    "residual_cv": {"RIDER": 0.25},
    "co2_g_per_km": {"RIDER": 12},
    "co2_g_per_parcel": 420,
    "customer_setup": "PT0S",
    "customer_handover": "PT5M",
    "customer_handover_per_root_piece": "PT3M",
    # The metres between a door and its street are driven too.
    "walking_speed_mm_per_s": round(KMH * 1_000_000 / 3600),
    "max_snap_m": MAX_SNAP_M,
    "max_ways_out": 0,
}


def _write(file: Path, content: dict[str, Any]) -> None:
    # What is JSON is YAML too.
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_csv(file: Path, header: str, rows: Iterable[str]) -> None:
    file.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")

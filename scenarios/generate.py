"""Generate the resources, goods and stock of a world.

    python -m scenarios.generate scenarios/worlds/shanghai-center

fills a folder that has `world.yaml`, `policy.yaml` and a street extract, and puts the JSON
Schemas that editors use into the folder `schema` beside it. The same seed gives the same bytes.
A whole folder, from nothing but an extract, is what `scenarios.generate_world` makes, by these means.
"""

import argparse
import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from models.order import Sku
from scenarios.goods import CATEGORY_BY_NAME, LINE_STAPLE_SKU_IDS, LINES, STAPLE_SKU_IDS, all_skus
from scenarios.imports import mapping
from scenarios.streets import Streets, metres_between
from scenarios.world import read_streets
from scenarios.world_files import write_schemas

Row = dict[str, Any]


ORDERS_PER_SITE = 10
"""Of the demo's morning: what its sites have is meant for so many."""


@dataclass(frozen=True)
class WorldSize:
    """How many of everything; sites and riders are spread over the river's sides in proportion.

    Parameters
    ----------
    riders
        Beside those on call.
    demand
        How many times more than in the demo a site has for its orders: stock, pickers, counter
        places and returns.
    """

    stores: int = 55
    stores_with_frozen: int = 15
    stores_with_chilled: int = 45
    warehouses: int = 5
    riders: int = 80
    riders_with_frozen: int = 6
    riders_on_call: int = 6
    vans: int = 20
    cold_vans: int = 6
    technicians: int = 20
    demand: Fraction = Fraction(1)

    @classmethod
    def in_proportion(
        cls, *, orders: int, riders: int, sites: int, vans: int | None = None, technicians: int | None = None
    ) -> "WorldSize":
        """Of each kind as large a part as in the demo, rounded.

        Parameters
        ----------
        riders
            With those on call.
        sites
            At least two: a warehouse and a store.
        vans, technicians
            None: in proportion to the riders.
        """
        demo = cls()
        all_riders, all_sites = demo.riders + demo.riders_on_call, demo.warehouses + demo.stores
        vans = max(1, _part(riders, demo.vans, all_riders)) if vans is None else vans
        warehouses = max(1, _part(sites, demo.warehouses, all_sites))
        on_call = _part(riders, demo.riders_on_call, all_riders)
        return cls(
            stores=sites - warehouses,
            stores_with_frozen=_part(sites - warehouses, demo.stores_with_frozen, demo.stores),
            stores_with_chilled=_part(sites - warehouses, demo.stores_with_chilled, demo.stores),
            warehouses=warehouses,
            riders=riders - on_call,
            riders_with_frozen=_part(riders - on_call, demo.riders_with_frozen, demo.riders),
            riders_on_call=on_call,
            vans=vans,
            cold_vans=_part(vans, demo.cold_vans, demo.vans),
            technicians=max(1, _part(riders, demo.technicians, all_riders)) if technicians is None else technicians,
            demand=max(Fraction(1), Fraction(orders, ORDERS_PER_SITE * sites)),
        )


def _part(total: int, part: int, whole: int) -> int:
    """`total` * `part` / `whole`, halves rounded up."""
    return (2 * total * part + whole) // (2 * whole)


def fill_world(
    folder: Path, *, seed: int, cache_dir: Path, size: WorldSize = WorldSize(), schema: str = "../schema"
) -> None:
    """Write sites, riders, vans, technicians, pools, goods and stock into a world's folder.

    Parameters
    ----------
    schema
        Where editors find the JSON Schemas, from there.
    """
    streets, random = read_streets(folder, cache_dir=cache_dir), Random(f"{seed} world")
    skus = all_skus()
    warehouses = _warehouses(streets, random, size)
    stores = _stores(streets, random, size)
    riders = _riders(streets, random, size, stores)
    riders += _riders_on_call(streets, Random(f"{seed} on call"), size.riders_on_call, stores)
    vans = _vans(size, warehouses)
    technicians = _technicians(random, size, stores)
    lists = {
        "sites": warehouses + stores,
        "riders": riders,
        "vans": vans,
        "technicians": technicians,
        "pools": _pools(riders, vans, technicians),
    }
    for name, rows in lists.items():
        (folder / f"{name}.yaml").write_text(yaml_list(name, rows, schema=schema), encoding="utf-8")
    (folder / "skus.csv").write_text(_csv(_sku_rows(skus)), encoding="utf-8")
    (folder / "stock.csv").write_text(_csv(_stock(random, lists["sites"], skus, size.demand)), encoding="utf-8")


# Where things are


class _Sides:
    """Crossings that riders reach from one another; a river without a bridge for them parts two sides."""

    def __init__(self, streets: Streets) -> None:
        self.streets = streets
        component = streets.network.bike_components()
        sizes = Counter(component[streets.network.snappable].tolist())
        self.nodes = [np.flatnonzero(component == each).tolist() for each, _ in sizes.most_common()]

    def shares(self, total: int, among: Collection[int] | None = None) -> list[int]:
        """`total` in proportion to the number of crossings, by largest remainders.

        Parameters
        ----------
        among
            Sides that may have a share; None: all of them.
        """
        sizes = [len(nodes) if among is None or side in among else 0 for side, nodes in enumerate(self.nodes)]
        exact = [total * size / sum(sizes) for size in sizes]
        shares = [int(each) for each in exact]
        by_remainder = sorted(range(len(exact)), key=lambda side: shares[side] - exact[side])
        for side in by_remainder[: total - sum(shares)]:
            shares[side] += 1
        return shares

    def spread(self, random: Random, total: int) -> list[int]:
        """Crossings far from one another: each with odds of its squared distance to the nearest so far."""
        return [
            node
            for nodes, share in zip(self.nodes, self.shares(total), strict=True)
            for node in self._spread_on_one(random, nodes, share)
        ]

    def near_stores(self, random: Random, stores: list[Row], total: int) -> list[int]:
        """Crossings near stores that are chosen by lot, on every side that has a store."""
        places = {(store["place"]["lat"], store["place"]["lon"]) for store in stores}
        sides = [side for side, nodes in enumerate(self.nodes) if not places.isdisjoint(map(self._point, nodes))]
        return [
            node
            for nodes, share in zip(self.nodes, self.shares(total, sides), strict=True)
            for node in _near_stores(self.streets, random, stores, nodes, share)
        ]

    def _point(self, node: int) -> tuple[float, float]:
        place = _place(self.streets, node)
        return place["lat"], place["lon"]

    def _spread_on_one(self, random: Random, nodes: list[int], share: int) -> list[int]:
        chosen: list[int] = []
        nearest = np.full(len(nodes), np.inf)
        while len(chosen) < share:
            weights = None if not chosen else (nearest**2).round().tolist()
            if weights and not any(weights):
                # What is left lies within a metre of what is chosen.
                weights = [node not in chosen for node in nodes]
            chosen += random.choices(nodes, weights)
            nearest = np.minimum(nearest, metres_between(self.streets.network, chosen[-1], nodes))
        return chosen


def _place(streets: Streets, node: int) -> Row:
    network = streets.network
    place = {"lat": round(float(network.lat[node]), 7), "lon": round(float(network.lon[node]), 7)}
    return place | ({"address": str(network.names[node])} if network.names[node] else {})


# Sites


def _warehouses(streets: Streets, random: Random, size: WorldSize) -> list[Row]:
    return [
        {
            "site_id": f"warehouse-{number}",
            "kind": "WAREHOUSE",
            "name": f"Front warehouse {number}",
            "place": _place(streets, node),
            "temperatures": ["AMBIENT", "CHILLED", "FROZEN"],
            "hours": "06:00-23:00",
            "pickers": grown(10, size.demand, most=MOST_PICKERS),
            "pick_duration_per_line": "PT45S",
            "setup_duration": "PT2M",
            "handover_duration": "PT20S",
            "returns_per_day": grown(80, size.demand),
            "radius_m": {"RIDER": 6000},
        }
        for number, node in enumerate(_Sides(streets).spread(random, size.warehouses), 1)
    ]


def _stores(streets: Streets, random: Random, size: WorldSize) -> list[Row]:
    zones = [["AMBIENT", "CHILLED", "FROZEN"]] * size.stores_with_frozen
    zones += [["AMBIENT", "CHILLED"]] * (size.stores_with_chilled - size.stores_with_frozen)
    zones += [["AMBIENT"]] * (size.stores - size.stores_with_chilled)
    random.shuffle(zones)
    nodes, digits = _Sides(streets).spread(random, size.stores), _digits(size.stores)
    names = _store_names([str(streets.network.names[node]) for node in nodes])
    return [
        {
            "site_id": f"store-{number:0{digits}}",
            "kind": "STORE",
            "name": name,
            "place": _place(streets, node),
            "temperatures": zone,
            "hours": "Mo-Fr 07:00-22:00; Sa,Su 08:00-22:00",
            "holiday_hours": "09:00-21:00",
            "pickers": grown(random.choice((2, 3, 3, 4)), size.demand, most=MOST_PICKERS),
            "pick_duration_per_line": "PT1M",
            "setup_duration": "PT90S",
            "handover_duration": "PT20S",
            "counter_places": grown(random.choice((6, 8, 10, 12)), size.demand, most=MOST_COUNTER_PLACES),
            "returns_per_day": grown(30, size.demand),
            "radius_m": {"RIDER": 5000},
        }
        for number, (node, name, zone) in enumerate(zip(nodes, names, zones, strict=True), 1)
    ]


def _store_names(streets: list[str]) -> list[str]:
    """`南京东路店`, and from the second on one street `南京东路2店`; in other letters `Rathausplatz 2`."""
    corner = "街角" if any(map(_HAN.search, streets)) else "Corner"
    numbers: dict[str, count[int]] = {}
    names = []
    for street in streets:
        number = next(numbers.setdefault(street, count(1)))
        name, nth = street or corner, str(number) if number > 1 else ""
        names.append(f"{name}{nth}店" if _HAN.search(name) else f"{name} {nth}".rstrip())
    return names


_HAN = re.compile(r"[\u4e00-\u9fff]")


def _digits(total: int) -> int:
    """That numbers up to `total` are written with, so that ids sort as they count."""
    return max(2, len(str(total)))


MOST_PICKERS, MOST_COUNTER_PLACES = 1000, 10_000
"""What a site may say at most."""


def grown(number: int, factor: Fraction, *, most: int = 10**6) -> int:
    """Rounded up."""
    return min(most, math.ceil(number * factor))


# Resources that travel


def _riders(streets: Streets, random: Random, size: WorldSize, stores: list[Row]) -> list[Row]:
    """Riders begin near a store; every second works the early shift, which has a break: it is longer than six hours."""
    starts, digits = _Sides(streets).near_stores(random, stores, size.riders), _digits(size.riders)
    with_frozen = set(random.sample(range(size.riders), size.riders_with_frozen))
    return [
        {
            "resource_id": f"rider-{idx + 1:0{digits}}",
            "name": f"Rider {idx + 1}",
            "profile": "BIKE",
            "start_place": _place(streets, node),
            "shift": {"start": "06:30", "end": "13:00"} if idx % 2 == 0 else {"start": "08:00", "end": "14:00"},
            **({"breaks": [_break("09:00", "10:30", "PT20M")]} if idx % 2 == 0 else {}),
            "capacity": _capacity(25000, 60000, chilled=20000, frozen=10000 if idx in with_frozen else 0),
            **({"max_overtime": "PT1H"} if idx % 4 == 3 else {}),
            "rates": {"per_km": 50, "per_hour": 2400, "per_use": 300, "per_overtime_hour": 1800},
        }
        for idx, node in enumerate(starts)
    ]


def _riders_on_call(streets: Streets, random: Random, total: int, stores: list[Row]) -> list[Row]:
    """They live near a store and are dear to call."""
    homes = _Sides(streets).near_stores(random, stores, total)
    return [
        {
            "resource_id": f"on-call-{number}",
            "name": f"Rider on call {number}",
            "profile": "BIKE",
            "start_place": _place(streets, node),
            "shift": {"start": "06:30", "end": "14:30"},
            "breaks": [_break("09:30", "11:30", "PT20M")],
            "on_call": True,
            "capacity": _capacity(25000, 60000, chilled=20000, frozen=10000),
            "rates": {"per_km": 50, "per_hour": 2400, "per_use": 2000, "per_overtime_hour": 1800},
        }
        for number, node in enumerate(homes, 1)
    ]


def _near_stores(streets: Streets, random: Random, stores: list[Row], nodes: list[int], share: int) -> list[int]:
    node_by_place = {(row["lat"], row["lon"]): node for node in nodes for row in [_place(streets, node)]}
    here = [store["place"] for store in stores if (store["place"]["lat"], store["place"]["lon"]) in node_by_place]
    chosen = []
    for store in random.choices(here, k=share) if here else []:
        away = metres_between(streets.network, node_by_place[store["lat"], store["lon"]], nodes)
        chosen.append(nodes[int(random.choice(np.argsort(away, kind="stable")[:12].tolist()))])
    return chosen


def _vans(size: WorldSize, warehouses: list[Row]) -> list[Row]:
    """Cold vans first; every third of the others has two people on board, and costs the hours of two."""
    rows, digits = [], _digits(size.vans - size.cold_vans)
    for idx in range(size.vans):
        two = idx >= size.cold_vans and (idx - size.cold_vans) % 3 == 0
        cold, home = idx < size.cold_vans, warehouses[idx % len(warehouses)]["place"]
        rows.append(
            {
                "resource_id": f"cold-van-{idx + 1}" if cold else f"van-{idx + 1 - size.cold_vans:0{digits}}",
                "name": f"Cold van {idx + 1}" if cold else f"Van {idx + 1 - size.cold_vans}",
                "profile": "CAR",
                "start_place": home,
                "end_place": home,
                "shift": {"start": "06:30", "end": "18:30"} if idx % 2 == 0 else {"start": "08:00", "end": "20:00"},
                "breaks": [_break("11:00", "13:00", "PT45M") if idx % 2 == 0 else _break("11:30", "13:30", "PT45M")],
                "capacity": _capacity(800000, 2000000, chilled=800000, frozen=600000)
                if cold
                else _capacity(900000, 4500000),
                "rates": {
                    "per_km": 180 if cold else 150,
                    "per_hour": 5000 if cold else 8000 if two else 4500,
                    "per_use": 3000,
                },
            }
            | ({"crew_size": 2} if two else {})
        )
    return rows


def _break(earliest: str, latest: str, duration: str) -> Row:
    return {"window": {"earliest": earliest, "latest": latest}, "duration": duration}


def _capacity(weight_g: int, ambient_cm3: int, *, chilled: int = 0, frozen: int = 0) -> Row:
    """Compartments that a vehicle does not have are left out."""
    cold = {"chilled_cm3": chilled, "frozen_cm3": frozen}
    return {"weight_g": weight_g, "ambient_cm3": ambient_cm3} | {name: cm3 for name, cm3 in cold.items() if cm3}


_SKILLS = ("plumbing", "electrical", "electronics", "screen-mounting", "appliance-repair", "air-conditioning")


def _technicians(random: Random, size: WorldSize, stores: list[Row]) -> list[Row]:
    rows, digits = [], _digits(size.technicians)
    for idx in range(size.technicians):
        by_car = idx % 3 == 2
        skills = sorted({_SKILLS[idx % len(_SKILLS)], *random.sample(_SKILLS, 2)})
        rows.append(
            {
                "resource_id": f"technician-{idx + 1:0{digits}}",
                "name": f"Technician {idx + 1}",
                "profile": "CAR" if by_car else "BIKE",
                "start_place": random.choice(stores)["place"],
                "shift": {"start": "08:00", "end": "17:00"} if idx % 2 == 0 else {"start": "10:00", "end": "20:00"},
                "breaks": [_break("11:30", "13:00", "PT45M") if idx % 2 == 0 else _break("12:30", "14:30", "PT45M")],
                "skills": [{"skill": skill, "level": random.randint(1, 4)} for skill in skills],
                "tools": ["ladder", "drill"] if "screen-mounting" in skills else ["toolbox"],
                "rates": {"per_km": 120 if by_car else 50, "per_hour": 6000, "per_use": 1000},
            }
        )
    return rows


def _pools(riders: list[Row], vans: list[Row], technicians: list[Row]) -> list[Row]:
    """Every tenth rider works for the own app alone; everything else is shared by all channels."""
    everyone = _ids(riders)
    dedicated = everyone[9::10]
    return [
        {
            "pool_id": "city-riders",
            "name": "Riders for every channel",
            "resource_ids": [each for each in everyone if each not in dedicated],
        },
        {
            "pool_id": "app-riders",
            "name": "Riders of the app",
            "resource_ids": dedicated,
            "channels": ["APP", "MINI_PROGRAM"],
        },
        {"pool_id": "vans", "name": "Vans", "resource_ids": _ids(vans)},
        {"pool_id": "technicians", "name": "Technicians", "resource_ids": _ids(technicians)},
    ]


def _ids(rows: list[Row]) -> list[str]:
    return [row["resource_id"] for row in rows]


# Goods


def _sku_rows(skus: Iterable[Sku]) -> list[Row]:
    return [
        {
            "sku_id": sku.sku_id,
            "name": sku.name,
            "attributes.name_zh": sku.attributes["name_zh"],
            "attributes.line": sku.attributes.get("line", ""),
            "category": sku.category,
            "temperature": sku.temperature.value,
            "weight_g": sku.weight_g,
            "volume_cm3": sku.volume_cm3,
            "fragile": str(sku.fragile).lower(),
            "hazard": sku.hazard.value,
            "crew": sku.crew,
            "max_on_board": f"PT{sku.max_on_board // timedelta(minutes=1)}M" if sku.max_on_board else "",
        }
        for sku in skus
    ]


def _stock(random: Random, sites: list[Row], skus: Sequence[Sku], demand: Fraction) -> list[Row]:
    """Warehouses have nearly everything, stores what sells most and some of the rest; each has one line."""
    popularity = {sku.sku_id: 1 / (5 + rank) for rank, sku in enumerate(random.sample(skus, len(skus)))}
    rows = []
    for site, line in zip(sites, cycle(LINES), strict=False):
        fitting = [sku for sku in skus if _may_stock(site, sku) and sku.attributes.get("line", line) == line]
        warehouse = site["kind"] == "WAREHOUSE"
        wanted = round(0.95 * len(fitting)) if warehouse else random.randint(120, 200)
        for sku in _assortment(random, fitting, min(wanted, len(fitting)), popularity):
            on_hand = random.randint(60, 240) if warehouse else random.randint(4, 30)
            rows.append({"site_id": site["site_id"], "sku_id": sku.sku_id, "on_hand": grown(on_hand, demand)})
    return rows


def _may_stock(site: Row, sku: Sku) -> bool:
    large = CATEGORY_BY_NAME[sku.category].only_warehouses
    return sku.temperature in site["temperatures"] and (site["kind"] == "WAREHOUSE" or not large)


def _assortment(random: Random, skus: list[Sku], wanted: int, popularity: Mapping[str, float]) -> list[Sku]:
    """Staples, then a weighted draw without replacement.

    References
    ----------
    Efraimidis, Spirakis: Weighted random sampling with a reservoir. doi:10.1016/j.ipl.2005.11.003
    """
    keys = {sku.sku_id: random.random() ** (1 / popularity[sku.sku_id]) for sku in skus}
    everywhere = {*STAPLE_SKU_IDS, *LINE_STAPLE_SKU_IDS}
    ranked = sorted(skus, key=lambda sku: (sku.sku_id not in everywhere, -keys[sku.sku_id]))
    chosen = {sku.sku_id for sku in ranked[:wanted]}
    return [sku for sku in skus if sku.sku_id in chosen]


# Files


def yaml_list(name: str, rows: Sequence[Row], *, schema: str) -> str:
    """A file of a world that is a list, a field a line; `schema` is the folder of the JSON Schemas."""
    if not rows:
        return f"{schema_line(name, schema)}\n{name}: []\n"
    blocks = [f"{schema_line(name, schema)}\n{name}:"]
    for row in rows:
        lines = [f"{field}: {_flow(value)}" for field, value in row.items()]
        blocks.append("  - " + "\n    ".join(lines))
    return "\n".join(blocks) + "\n"


def schema_line(name: str, schema: str) -> str:
    """The first line of every YAML file: an editor completes and checks by it."""
    return f"# yaml-language-server: $schema={schema}/{name}.json"


_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[^\W\d_][\w .+-]*", re.IGNORECASE)


def _flow(value: Any) -> str:
    """A value on one line of YAML; text that could be taken for something else is quoted."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str() if _PLAIN.fullmatch(value):
            return value
    return json.dumps(value, ensure_ascii=False)


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def main() -> None:
    """Generate the world whose folder is named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m scenarios.generate", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="a folder with world.yaml, policy.yaml and a street extract")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache-dir", type=Path, default=Path("build/cache"))
    arguments = parser.parse_args()
    write_schemas(arguments.folder.parent / "schema")
    mapping.write_schema()
    fill_world(arguments.folder, seed=arguments.seed, cache_dir=arguments.cache_dir)


if __name__ == "__main__":
    main()

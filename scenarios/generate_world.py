"""Generate a whole world of any size on the streets of any extract, with a morning of orders.

What a world cannot take from its streets (service levels, prices, speeds, goods) is that of the
demo; what lies somewhere is found on the streets. The same seed gives the same bytes.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from models.catalogue import Timezone
from models.issues import InputError, Issue, IssueCode, issues_of
from models.order import Order
from scenarios.documents import read_yaml
from scenarios.generate import WorldSize, fill_world, grown, schema_line, yaml_list
from scenarios.generate_orders import generate_morning
from scenarios.json_files import write_orders
from scenarios.streets import Network, Speeds, Streets
from scenarios.world import NO_MAP, World, load_world, not_a_map
from scenarios.world_files import write_schemas

DEMO = Path(__file__).parent / "worlds" / "shanghai-center"
ROAD = DEMO / "streets.osm.bz2"
ORDERS = "orders.json"
"""Beside the files of the world, which know nothing of it."""

DEMO_ORDERS = 600
"""Of the demo's morning: its carriers' quotas and its desk are meant for so many."""

MOST_SESSIONS = 10_000
"""At a time, that a desk may say at most."""

_SCHEMA = "schema"
"""Where the JSON Schemas of its files lie in a new folder, for editors."""

_MARGIN_DEGREES = 0.01
"""About a kilometre: farther from the streets than any place that is snapped to them."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a world is to be.

    Parameters
    ----------
    orders
        Of the morning. Sites have stock, pickers and counter places for that many.
    riders
        With those on call, who are one in fourteen.
    sites
        One in twelve is a warehouse, at least one.
    vans, technicians
        None: in proportion to the riders, as in the demo.
    """

    orders: int
    riders: int
    sites: int
    vans: int | None = None
    technicians: int | None = None


_BOUNDS = {
    "orders": (1, 1_000_000),
    "riders": (1, 100_000),
    "sites": (2, 100_000),
    "vans": (0, 100_000),
    "technicians": (0, 100_000),
}


@dataclass(frozen=True)
class GeneratedWorld:
    """A world that has just been written, and the orders that lie beside it."""

    world: World
    orders: tuple[Order, ...]


def generate_world(
    size: Size, *, seed: int, out: Path, cache_dir: Path, road: Path = ROAD, timezone: str | None = None
) -> GeneratedWorld:
    """Write a world and `orders.json` into a folder that is new or empty: all of it, or nothing.

    Parameters
    ----------
    road
        An OpenStreetMap extract, `.osm` or `.osm.bz2`.
    timezone
        A name of the IANA database. None: that of the demo for its own extract, else the hours
        that lie nearest to the middle of the streets, such as `Etc/GMT-8` (eight hours east).

    Raises
    ------
    InputError
        With everything that is wrong: a number is out of its bounds, there are fewer crossings
        than sites, the extract is missing or has no streets, the folder holds something or cannot
        be written.
    """
    speeds = Speeds.model_validate(read_yaml(DEMO / "world.yaml").data["streets"]["speeds"])
    issues = [*_wrong_numbers(size, seed), *_wrong_zone(timezone), *_wrong_folder(out)]
    try:
        streets = _read_road(road, speeds=speeds, cache_dir=cache_dir)
        issues += _wrong_streets(size, streets.network, road)
    except InputError as error:
        issues += error.issues
    if issues:
        raise InputError(*issues)
    try:
        with TemporaryDirectory(dir=out.absolute().parent, prefix=".unfinished-") as unfinished:
            made = Path(unfinished, "world")
            made.mkdir()
            _write_frame(made, size, seed=seed, streets=streets, road=road, timezone=timezone)
            world, orders = _fill(made, size, seed=seed, cache_dir=cache_dir)
            os.replace(made, out)
    except OSError as error:
        raise InputError(_not_writable(out, str(error.strerror))) from error
    return GeneratedWorld(replace(world, folder=out), orders)


def _fill(folder: Path, size: Size, *, seed: int, cache_dir: Path) -> tuple[World, tuple[Order, ...]]:
    fill_world(folder, seed=seed, cache_dir=cache_dir, size=WorldSize.in_proportion(**asdict(size)), schema=_SCHEMA)
    world = load_world(folder, cache_dir=cache_dir)
    orders = generate_morning(world, seed=seed, num_orders=size.orders)
    write_orders(folder / ORDERS, orders)
    return world, orders


# What is not generated: taken from the demo, and put where the streets are


def _write_frame(folder: Path, size: Size, *, seed: int, streets: Streets, road: Path, timezone: str | None) -> None:
    shutil.copyfile(road, folder / _streets_file(road))
    if road.samefile(ROAD):
        shutil.copyfile(DEMO / "NOTICE.md", folder / "NOTICE.md")
    write_schemas(folder / _SCHEMA)
    texts = {
        "world": _world_text(size, seed=seed, network=streets.network, road=road, timezone=timezone),
        "policy": _with_schema("policy", (DEMO / "policy.yaml").read_text(encoding="utf-8")),
        "carriers": yaml_list("carriers", _carriers(size, streets.network), schema=_SCHEMA),
        "desks": yaml_list("desks", _desks(size), schema=_SCHEMA),
    }
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def _streets_file(road: Path) -> str:
    return "streets.osm.bz2" if road.suffix == ".bz2" else "streets.osm"


def _with_schema(name: str, text: str) -> str:
    """A file of the demo, its first line pointing to the schema in the new folder."""
    return f"{schema_line(name, _SCHEMA)}\n{text.partition(chr(10))[2]}"


def _world_text(size: Size, *, seed: int, network: Network, road: Path, timezone: str | None) -> str:
    """The demo's `world.yaml` with its comments; elsewhere in hours of the place, and without holidays."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1000
    frame = yaml.load((DEMO / "world.yaml").read_text(encoding="utf-8"))
    frame["name"] = f"{size.sites} sites, {size.riders} riders, seed {seed}"
    frame["streets"]["file"] = _streets_file(road)
    if timezone or not road.samefile(ROAD):
        frame["timezone"] = timezone or nearest_hours(network)
    if not road.samefile(ROAD):
        # Whose holidays count is a question of law, which no extract answers.
        del frame["holidays"]
    text = StringIO()
    yaml.dump(frame, text)
    return _with_schema("world", text.getvalue())


def nearest_hours(network: Network) -> str:
    """The zone of whole hours whose noon is nearest to that of the middle of the streets: `Etc/GMT-8` is east."""
    hours = round((float(network.lon.min()) + float(network.lon.max())) / 2 / 15)
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


def _carriers(size: Size, network: Network) -> list[dict[str, Any]]:
    """The demo's, with zones around these streets: first the eastern half, then all of it."""
    carriers: list[dict[str, Any]] = read_yaml(DEMO / "carriers.yaml").data["carriers"]
    per_order = Fraction(size.orders, DEMO_ORDERS)
    for carrier in carriers:
        carrier["daily_quota"] = grown(carrier["daily_quota"], per_order)
        if "zones" in carrier:
            east, all_of_it = carrier["zones"]
            south, west, north, far_east = _box(network)
            middle = round((west + far_east) / 2, 4)
            east |= {"zone_id": f"{carrier['resource_id']}-east", "area": _ring(south, middle, north, far_east)}
            all_of_it |= {"area": _ring(south, west, north, far_east)}
            for zone in carrier["zones"]:
                zone["daily_quota"] = grown(zone["daily_quota"], per_order)
    return carriers


def _box(network: Network) -> tuple[float, float, float, float]:
    """South, west, north and east of all crossings, with a margin."""
    south, north = float(network.lat.min()) - _MARGIN_DEGREES, float(network.lat.max()) + _MARGIN_DEGREES
    west, east = float(network.lon.min()) - _MARGIN_DEGREES, float(network.lon.max()) + _MARGIN_DEGREES
    return max(-90, round(south, 4)), max(-180, round(west, 4)), min(90, round(north, 4)), min(180, round(east, 4))


def _ring(south: float, west: float, north: float, east: float) -> list[dict[str, float]]:
    corners = ((south, west), (north, west), (north, east), (south, east))
    return [{"lat": lat, "lon": lon} for lat, lon in corners]


def _desks(size: Size) -> list[dict[str, Any]]:
    desks: list[dict[str, Any]] = read_yaml(DEMO / "desks.yaml").data["desks"]
    for desk in desks:
        desk["concurrency"] = grown(desk["concurrency"], Fraction(size.orders, DEMO_ORDERS), most=MOST_SESSIONS)
    return desks


# What may be wrong


def _wrong_numbers(size: Size, seed: int) -> Iterator[Issue]:
    for name, (least, most) in _BOUNDS.items():
        number = getattr(size, name)
        if number is not None and not least <= number <= most:
            yield _invalid(
                name,
                f"{name} ({number}) must be in [{least}, {most}]",
                hint=_HINTS.get(name, "ask for a number in this range"),
            )
    if seed < 0:
        yield _invalid("seed", f"seed ({seed}) must be >= 0", hint="any whole number will do")


_HINTS = {
    "riders": "a world needs somebody who brings things",
    "sites": "a world needs a warehouse and a store",
}


def _wrong_zone(timezone: str | None) -> tuple[Issue, ...]:
    try:
        TypeAdapter(Timezone | None).validate_python(timezone)
    except ValidationError as error:
        return issues_of(error, path="timezone")
    return ()


def _wrong_streets(size: Size, network: Network, road: Path) -> Iterator[Issue]:
    connected = Counter(network.bike_components()[network.snappable].tolist())
    if (most := max(connected.values())) < 2:
        yield Issue(
            code=IssueCode.SYNTAX_INVALID,
            path="road",
            message=f"crossings of {road.name} that riders get to from one another ({most}) must be >= 2",
            hint="take an extract whose streets are connected, and not all of them closed to bicycles",
        )
    crossings = connected.total()
    if _BOUNDS["sites"][0] <= size.sites and size.sites > crossings:
        yield _invalid(
            "sites",
            f"sites ({size.sites}) must be <= crossings of {road.name} that riders reach ({crossings})",
            hint="ask for fewer sites, or take a larger extract",
        )


def _read_road(road: Path, *, speeds: Speeds, cache_dir: Path) -> Streets:
    """The streets of an extract.

    Raises
    ------
    InputError
        It is missing, or none.
    """
    if not road.name.endswith((".osm", ".osm.bz2")):
        hint = "download the area from OpenStreetMap, as .osm or .osm.bz2"
        raise InputError(_invalid("road", f"road ({road}) must be a file of the kind .osm or .osm.bz2", hint=hint))
    try:
        return Streets.read(road, speeds=speeds, cache_dir=cache_dir)
    except FileNotFoundError as error:
        message = f"road must be a file that exists, and {road} does not"
        missing = Issue(code=IssueCode.FILE_MISSING, path="road", message=message, hint="correct the path")
        raise InputError(missing) from error
    except NO_MAP as error:
        raise InputError(not_a_map("road", road.name, error)) from error


def _wrong_folder(out: Path) -> Iterator[Issue]:
    if out.is_dir():
        if found := len(list(out.iterdir())):
            message = f"number of entries in {out} ({found}) must be 0: a world is not written over anything"
            yield _invalid("out", message, hint="name a folder that does not exist yet, or remove what is in it")
    elif out.exists():
        yield _not_writable(out, "it is a file")
    if not os.access(out.absolute().parent, os.W_OK | os.X_OK):
        yield _not_writable(out, f"{out.parent} is not there or not writable")


def _not_writable(out: Path, why: str) -> Issue:
    message = f"a world must be written to a folder in one that exists, and {out} cannot be: {why}"
    return Issue(code=IssueCode.FILE_MISSING, path="out", message=message, hint="correct the path")


def _invalid(path: str, message: str, *, hint: str) -> Issue:
    return Issue(code=IssueCode.VALUE_INVALID, path=path, message=message, hint=hint)

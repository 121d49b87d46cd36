"""The files of a world: what may stand in each, and the JSON Schemas that editors use."""

import inspect
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Field

from models.base import Model, Name
from models.catalogue import StockRow, Timezone
from models.opening import PublicHolidays
from models.order import Sku
from models.policy import Policy
from models.resource import Carrier, Desk, ResourcePool, Rider, Site, Technician, Van
from models.timing import Horizon
from models.traffic import Traffic
from scenarios.documents import Loc
from scenarios.streets import Speeds


class StreetsSource(Model):
    """Where the street network comes from.

    Parameters
    ----------
    file
        An OpenStreetMap extract in the world's folder, `.osm` or `.osm.bz2`.
    speeds
        How fast each profile moves.
    traffic
        When they move more slowly.
    """

    file: Annotated[str, Field(pattern=r"^[^/\\]+\.osm(\.bz2)?$")]
    speeds: Speeds = Speeds()
    traffic: Traffic = ()


class WorldFile(Model):
    """The frame of a world.

    Parameters
    ----------
    timezone
        An IANA name; local times in all files are of this zone.
    day
        The day that is planned; a time of day in any file is of this day.
    horizon
        The span that is planned.
    holidays
        Whose public holidays count for `holiday_hours` and for carriers; None: there are none.
    """

    name: Name
    timezone: Timezone
    day: date
    horizon: Horizon
    holidays: PublicHolidays | None = None
    streets: StreetsSource


class SitesFile(Model):
    """Warehouses and stores."""

    sites: tuple[Site, ...]


class RidersFile(Model):
    """Riders on bicycles."""

    riders: tuple[Rider, ...]


class VansFile(Model):
    """Vans, with or without cold compartments."""

    vans: tuple[Van, ...]


class TechniciansFile(Model):
    """Technicians who visit customers."""

    technicians: tuple[Technician, ...]


class CarriersFile(Model):
    """Parcel carriers."""

    carriers: tuple[Carrier, ...]


class DesksFile(Model):
    """Desks of remote agents."""

    desks: tuple[Desk, ...]


class PoolsFile(Model):
    """Pools of interchangeable resources."""

    pools: tuple[ResourcePool, ...]


class SkusFile(Model):
    """Goods."""

    skus: tuple[Sku, ...]


class StockFile(Model):
    """Pieces of goods at sites."""

    stock: tuple[StockRow, ...]


MODEL_BY_FILE: dict[str, type[Model]] = {
    "world.yaml": WorldFile,
    "policy.yaml": Policy,
    "sites.yaml": SitesFile,
    "riders.yaml": RidersFile,
    "vans.yaml": VansFile,
    "technicians.yaml": TechniciansFile,
    "carriers.yaml": CarriersFile,
    "desks.yaml": DesksFile,
    "pools.yaml": PoolsFile,
    "skus.csv": SkusFile,
    "stock.csv": StockFile,
}
"""Every file of a world and what stands in it, in the order in which issues are reported."""


LISTS = {name.partition(".")[0]: name for name in MODEL_BY_FILE if name not in ("world.yaml", "policy.yaml")}
"""File by the field of the catalogue that it fills."""

_LOCAL_INSTANT = {
    "anyOf": [
        {"pattern": r"^([01]\d|2[0-4]):[0-5]\d(:[0-5]\d)?$", "type": "string"},
        {"pattern": r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?$", "type": "string"},
        {"format": "date-time", "type": "string"},
    ],
    "description": "HH:MM on the world's day, YYYY-MM-DD HH:MM in its timezone, or an instant with its offset",
}


def world_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema by the name of the YAML file that it describes."""
    return {
        name: {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema_of(model)}
        for name, model in MODEL_BY_FILE.items()
        if name.endswith(".yaml")
    }


def write_schemas(folder: Path) -> None:
    """Write every schema to the file that the first line of the YAML file names."""
    folder.mkdir(exist_ok=True)
    for name, schema in world_schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / name).with_suffix(".json").write_text(text, encoding="utf-8")


def schema_of(model: type[Model]) -> dict[str, Any]:
    """JSON Schema of a model, with what its docstring says of each field."""
    schema = model.model_json_schema()
    models = {part.__name__: part for part in parts_of(model)}
    for name, part in [(model.__name__, schema), *schema.get("$defs", {}).items()]:
        if name in models:
            _describe(part, models[name])
        if name in ("Interval", "Horizon"):
            part["properties"] |= {end: dict(_LOCAL_INSTANT) for end in ("start", "end")}
        if name == "TimeWindow":
            part["properties"] |= {end: dict(_LOCAL_INSTANT) for end in ("earliest", "latest")}
    return schema


def parts_of(kind: Any) -> Iterator[type[BaseModel]]:
    """A model and all models that its fields are made of."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from parts_of(field.annotation)
    for part in get_args(kind):
        yield from parts_of(part)


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Move what the docstring says of a parameter to the property that an editor shows it at."""
    for parent in reversed(model.__mro__):
        for names, text in _PARAMETER.findall(_parameters(parent)):
            for name in names.split(", "):
                if name in schema["properties"]:
                    schema["properties"][name]["description"] = " ".join(text.split())
    schema["description"] = (inspect.getdoc(model) or "").partition("\n\nParameters\n")[0]


_PARAMETER = re.compile(r"^(\w+(?:, \w+)*)\n((?:    .*\n?)+)", re.MULTILINE)


def _parameters(model: type) -> str:
    return (inspect.cleandoc(model.__doc__ or "")).partition("\nParameters\n----------\n")[2]


def known_fields(model: type[Model], loc: Loc) -> tuple[str, ...]:
    """The fields of the object at `loc` in a file of that model."""
    root = model.model_json_schema()
    part = root
    for step in loc:
        part = _resolved(root, _below(_resolved(root, part), step))
    return tuple(_resolved(root, part).get("properties", ()))


def _below(schema: dict[str, Any], step: str | int) -> dict[str, Any]:
    if isinstance(step, int):
        found = schema.get("items", {})
    else:
        found = schema.get("properties", {}).get(step) or schema.get("additionalProperties", {})
    return found if isinstance(found, dict) else {}


def _resolved(root: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for choice in schema.get("anyOf", ()):
        if "$ref" in choice:
            schema = choice
    if "$ref" in schema:
        return dict(root["$defs"][schema["$ref"].rpartition("/")[2]])
    return schema

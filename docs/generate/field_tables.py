"""The tables of fields in world.md and whatif.md: names, values and defaults from the models, meanings from the page.

A table stands between `<!-- fields: Model -->` and the next empty line. What it says in the last
column is written by hand and kept; the other columns follow from the model. A table of several models
has a row for every field that one of them has.
"""

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from models.base import AttributeKey, AttributeValue, Id, Name
from models.catalogue import Timezone
from models.money import Currency
from models.opening import HoursExpression
from models.scenario import Scenario
from models.timing import Duration, Instant
from scenarios.world_files import LISTS, MODEL_BY_FILE, parts_of

TABLE = re.compile(r"^<!-- fields: ([\w, ]+) -->\n((?:\|.*\n)*)", re.MULTILINE)
_HEAD = "| field | value | unless given | meaning |\n|---|---|---|---|\n"
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ROW = re.compile(r"^\| `(\w+)` \|.*\| (.*?) ?\|$", re.MULTILINE)

_TEXT_BY_KIND: Mapping[Any, str] = {
    Id: "id",
    Name: "text",
    Instant: "time",
    Duration: "duration",
    Timezone: "name of a timezone",
    Currency: "3 capital letters",
    HoursExpression: "opening hours",
    AttributeKey: "name",
    AttributeValue: "text",
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    date: "date",
    time: "time of day",
    timedelta: "duration",
}
_MOST_DURATION = timedelta(days=366)
"""Of every duration; not worth a word in each row."""


def models_of_files() -> dict[str, type[BaseModel]]:
    """By name, everything that stands in a file of a world, but for the lists that are files."""
    lists = {MODEL_BY_FILE[name] for name in LISTS.values()}
    parts = [part for model in MODEL_BY_FILE.values() for part in parts_of(model)]
    return {part.__name__: part for part in parts if part not in lists}


def tables_in(page: str) -> dict[str, str]:
    """The name of each model that has a table on a page, and the heading above it."""
    headings: dict[str, str] = {}
    for table in TABLE.finditer(page):
        heading = _HEADING.findall(page, 0, table.start())[-1]
        headings |= dict.fromkeys(table[1].split(", "), heading)
    return headings


def anchor_of(heading: str) -> str:
    """What a link to a heading ends with."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def meanings_in(table: str) -> dict[str, str]:
    """By field, what a table says in its last column."""
    return dict(_ROW.findall(table))


def models_of_scenarios() -> dict[str, type[BaseModel]]:
    """By name, everything that stands in the file of a scenario and in no file of a world."""
    of_worlds = models_of_files()
    return {part.__name__: part for part in parts_of(Scenario) if part.__name__ not in of_worlds}


def links_in(page: str, *, name: str = "") -> dict[str, str]:
    """By model that has a table on a page, a link to it; from the page itself, or from another."""
    return {model: f"[{heading.lower()}]({name}#{anchor_of(heading)})" for model, heading in tables_in(page).items()}


def fresh(page: str, models: Mapping[str, type[BaseModel]], *, links: Mapping[str, str]) -> str:
    """The page with every table anew, and the meanings that it has."""

    def rewritten(table: re.Match[str]) -> str:
        shown = [models[name] for name in table[1].split(", ")]
        rows = _rows(shown, meanings_in(table[2]), links)
        return f"<!-- fields: {table[1]} -->\n{_HEAD}{''.join(rows)}"

    return TABLE.sub(rewritten, page)


def _rows(shown: Sequence[type[BaseModel]], meanings: Mapping[str, str], links: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys(name for model in shown for name in model.model_fields):
        model = next(model for model in shown if name in model.model_fields)
        kind = get_type_hints(model, include_extras=True)[name]
        if get_origin(kind) is not Literal or len(get_args(kind)) > 1:  # else fixed by where it stands
            value = _Value(links).text(kind)
            yield f"| `{name}` | {value} | {_default(model.model_fields[name])} | {meanings.get(name, '')} |\n"


class _Value:
    """What a field may hold, in words. A model is called by the heading above its table, and linked to it."""

    def __init__(self, links: Mapping[str, str]) -> None:
        self._links = links

    def text(self, kind: Any) -> str:
        if kind in _TEXT_BY_KIND:
            return _TEXT_BY_KIND[kind]
        if get_origin(kind) is Annotated:
            return self._bounded(kind)
        if get_origin(kind) in (Union, types.UnionType, Literal):
            return self._one_of(kind)
        if get_origin(kind) is tuple:
            return f"list of {self.text(get_args(kind)[0])}"
        if get_origin(kind) is dict:
            key, value = map(self.text, get_args(kind))
            return f"by {key}: {value}"
        return self._named(kind)

    def _one_of(self, kind: Any) -> str:
        members = [each for each in get_args(kind) if each is not types.NoneType]
        if get_origin(kind) is Literal:
            return ", ".join(f"`{each}`" for each in members)
        return self.text(members[0]) if len(members) == 1 else "[change](#changes)"

    def _named(self, kind: Any) -> str:
        if issubclass(kind, StrEnum):
            return ", ".join(f"`{each}`" for each in kind)
        return self._links[kind.__name__]

    def _bounded(self, kind: Any) -> str:
        base, *extras = get_args(kind)
        bounds = _bounds(extras)
        lengths = _range(bounds.get("min_length"), bounds.get("max_length"))
        if get_origin(base) in (tuple, dict):
            return self.text(base) + (f", {lengths} entries" if lengths else "")
        known = next((text for alias, text in _TEXT_BY_KIND.items() if _extends(kind, alias)), self.text(base))
        return known + _limits(bounds) + (f", {lengths} characters" if lengths else "")


def _extends(kind: Any, alias: Any) -> bool:
    """Whether an annotation is an alias of ours with further bounds."""
    return get_origin(alias) is Annotated and get_args(kind)[: len(get_args(alias))] == get_args(alias)


def _bounds(extras: Sequence[Any]) -> dict[str, Any]:
    """The tightest of each kind of bound: what stands later was added to an alias."""
    flat = [part for extra in extras for part in (extra.metadata if isinstance(extra, FieldInfo) else [extra])]
    names = ("ge", "gt", "le", "lt", "min_length", "max_length")
    return {name: getattr(each, name) for each in flat for name in names if getattr(each, name, None) is not None}


def _limits(bounds: Mapping[str, Any]) -> str:
    lower, upper = bounds.get("gt", bounds.get("ge")), bounds.get("le")
    if upper == _MOST_DURATION:
        upper = None
        lower = lower or ("gt" in bounds and lower) or None
    if lower is None and upper is None:
        return ""
    if upper is None:
        return f" {'>' if 'gt' in bounds else '>='} {_plain(lower)}"
    return f" in {'(' if 'gt' in bounds else '['}{_plain(lower)}, {_plain(upper)}]"


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return "" if most is None else f"at most {most}"
    if most is None:
        return f"at least {least}"
    return f"{least}" if least == most else f"{least} to {most}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    assert value is not PydanticUndefined
    return _plain(value) if value not in (None, "", (), {}) else "none"


def _plain(value: Any) -> str:
    match value:
        case bool() | StrEnum():
            return f"`{str(value).lower() if isinstance(value, bool) else value}`"
        case timedelta():
            return _iso(value)
        case tuple():
            return "all" if len(value) > 3 else ", ".join(map(_plain, value))
        case BaseModel():
            return "see there"
    return _number(value) if isinstance(value, int) else str(value)


def _number(value: int) -> str:
    """Powers of ten from a million on are read more easily as such."""
    power = len(str(abs(value))) - 1
    if power >= 6 and abs(value) == 10**power:
        return f"{'-' if value < 0 else ''}10^{power}"
    return f"{value:,}"


def _iso(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    if seconds < 0:
        return "`-" + _iso(-value).removeprefix("`")
    if seconds and seconds % 86400 == 0:
        return f"`P{seconds // 86400}D`"
    parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"), (seconds % 60, "S"))
    return "`PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S") + "`"

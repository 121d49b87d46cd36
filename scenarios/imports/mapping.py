"""Which column of a CSV file fills which field of an order: a YAML file that a planner writes once per source."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from models.base import AttributeKey, Model
from models.issues import InputError, Issue, IssueCode, broken_rule, issues_of
from scenarios.documents import Document, Loc, read_yaml, unknown_field
from scenarios.imports.tables import Delimiter, Encoding
from scenarios.world_files import known_fields, schema_of

SCHEMA = Path(__file__).parent / "schema" / "order_mapping.json"

ColumnName = Annotated[str, Field(min_length=1, max_length=200, coerce_numbers_to_str=True)]
Text = Annotated[str, Field(min_length=1, max_length=512, coerce_numbers_to_str=True)]


class Cell(Model):
    """Where the value of one field comes from: a column, or a constant for all rows.

    Parameters
    ----------
    column
        A column of the header.
    constant
        The value of every row, in place of a column.
    codes
        What the source's words mean: a cell must hold one of these and counts as what stands beside it.
    if_empty
        What an empty cell counts as; without it, as not given.
    """

    column: ColumnName | None = None
    constant: Text | None = None
    codes: dict[Text, Text] = {}
    if_empty: Text | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "give one of column ({column}) and constant ({constant}), not both and not neither",
                hint="name the column that holds it, or the value of every row",
                column=self.column or "none",
                constant=self.constant or "none",
            )
        if self.column is None and (self.codes or self.if_empty is not None):
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "codes ({codes}) and if_empty ({if_empty}) need a column, found constant ({constant})",
                hint="remove them: a constant is taken as it stands",
                codes=len(self.codes),
                if_empty=self.if_empty or "none",
                constant=self.constant or "none",
            )
        return self


class IdentityCells(Model):
    """By what the source knows the customer: at least one key.

    Parameters
    ----------
    open_id
        The customer's id within the order's channel.
    """

    member_id: Cell | None = None
    phone: Cell | None = None
    open_id: Cell | None = None

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.member_id is None and self.phone is None and self.open_id is None:
            raise broken_rule(
                IssueCode.ORDER_WITHOUT_IDENTITY,
                "number of identity keys ({count}) must be >= 1",
                hint="map member_id, phone or open_id; the order's own id makes every order a customer",
                count=0,
            )
        return self


class PlaceTable(Model):
    """A file of places that orders refer to by an id.

    Parameters
    ----------
    file
        In the folder of the source.
    key
        The column of that file that holds the id.
    column
        The column of the source that names it; `key` unless given.
    """

    file: Annotated[str, Field(pattern=r"^[^/\\]+$")]
    key: ColumnName
    column: ColumnName | None = None

    @property
    def source_column(self) -> str:
        return self.column or self.key


class PlaceCells(Model):
    """Where the customer is.

    Parameters
    ----------
    datum
        What the coordinates are given in: WGS84, GCJ02 or BD09. They are converted once, here.
    table
        `lat`, `lon`, `address` and `datum` are columns of this file, and not of the source.
    """

    datum: Cell
    lat: Cell
    lon: Cell
    address: Cell | None = None
    table: PlaceTable | None = None


class WindowCells(Model):
    """When the goods may be handed over; a row whose `latest` is empty has no window.

    Parameters
    ----------
    earliest
        From when the order is placed, unless given.
    """

    earliest: Cell | None = None
    latest: Cell


class OrderMapping(Model):
    """What the columns of a CSV file of orders mean.

    Parameters
    ----------
    encoding, delimiter
        Of the source, and of its table of places.
    day
        What a time without a date is of; the day on which the world's horizon starts, unless given.
    time_format
        How the source writes times, by the codes of Python's `strptime`, local time of the world.
        Unless given: HH:MM, YYYY-MM-DD HH:MM, or an instant with its offset.
    max_snap_m
        A place farther than that from the street network is refused; at most, and unless given, as
        in the world's policy.
    line_id
        If given, rows with the same order_id are the lines of one order. Else every row is an order.
    identity
        By what the source knows the customer.
    attributes
        Own data of the source, text to text.
    """

    encoding: Encoding = Encoding.UTF_8
    delimiter: Delimiter = Delimiter.COMMA
    day: date | None = None
    time_format: Text | None = None
    max_snap_m: Annotated[int, Field(ge=0)] | None = None
    order_id: Cell
    line_id: Cell | None = None
    channel: Cell
    placed_time: Cell
    identity: IdentityCells
    sku_id: Cell
    quantity: Cell
    place: PlaceCells
    method: Cell | None = None
    service_level_id: Cell | None = None
    window: WindowCells | None = None
    attributes: Annotated[dict[AttributeKey, Cell], Field(max_length=30)] = {}


@dataclass(frozen=True)
class ReadMapping:
    """A mapping, and where each part of it stands in its file."""

    mapping: OrderMapping
    document: Document

    def path(self, loc: Loc) -> str:
        """`map.yaml:12 place.lat`."""
        return self.document.path(loc)


def read_mapping(file: Path) -> ReadMapping:
    """Read a mapping file.

    Raises
    ------
    InputError
        FILE_MISSING, SYNTAX_INVALID, or every issue of every field, with its line.
    """
    if not file.is_file():
        raise InputError(_no_file(file))
    document = read_yaml(file)
    try:
        mapping = OrderMapping.model_validate(document.data)
    except ValidationError as error:
        raise InputError(*document.issues, *_located(error, document)) from error
    if document.issues:
        raise InputError(*document.issues)
    return ReadMapping(mapping, document)


def _located(error: ValidationError, document: Document) -> Iterator[Issue]:
    for details, issue in zip(error.errors(include_url=False), issues_of(error), strict=True):
        loc = tuple(step for step in details["loc"] if step != "[key]")
        if issue.code is IssueCode.FIELD_UNKNOWN:
            yield unknown_field(document.path(loc), str(loc[-1]), known_fields(OrderMapping, loc[:-1]))
        else:
            yield issue.model_copy(update={"path": document.path(loc)})


def _no_file(file: Path) -> Issue:
    return Issue(
        code=IssueCode.FILE_MISSING,
        path=str(file),
        message=f"a mapping must be a file, and {file} is {'a folder' if file.exists() else 'not there'}",
        hint="docs/import.md shows one",
    )


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema by which an editor completes and checks a mapping."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema_of(OrderMapping)}


def write_schema() -> None:
    """Write the schema to where mappings refer to it."""
    SCHEMA.write_text(json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

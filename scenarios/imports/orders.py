"""A CSV file of orders becomes orders: all that is wrong is found at once, and nothing is guessed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from models.issues import InputError, Issue, IssueCode, issues_of
from models.order import Order
from scenarios.imports.mapping import Cell, OrderMapping, ReadMapping, read_mapping
from scenarios.imports.parts import PART_OF, parts_of
from scenarios.imports.rows import Draft, RowReader
from scenarios.imports.tables import Lookup, Row, Table, read_table
from scenarios.legible import LegibleOrder
from scenarios.order_checks import check_orders, legible_issues
from scenarios.world import World


@dataclass(frozen=True)
class Imported:
    """What came of a source.

    Parameters
    ----------
    orders
        In the order of the file, places in WGS-84; what is larger than a vehicle in parts.
    num_rows
        Of the source, good and bad.
    issues
        What is wrong with the rows that were left out.
    skipped_lines
        Where these rows stand.
    """

    orders: tuple[Order, ...]
    num_rows: int
    issues: tuple[Issue, ...] = ()
    skipped_lines: tuple[int, ...] = ()

    @property
    def num_orders(self) -> int:
        """Those of the source: parts of one count once."""
        return len({order.attributes.get(PART_OF, order.order_id) for order in self.orders})

    @property
    def num_split(self) -> int:
        """Orders that came in parts."""
        return len({order.attributes[PART_OF] for order in self.orders if PART_OF in order.attributes})


def import_orders(source: Path, mapping: Path, world: World, *, skip_bad: bool = False) -> Imported:
    """Read the orders of a CSV file as a mapping says, checked against a world.

    Parameters
    ----------
    skip_bad
        Leave bad rows out. An order with a bad row is left out whole.

    Raises
    ------
    InputError
        The mapping or a file as such is wrong. Otherwise with every issue of every row, if there
        is one and bad rows are not to be left out, or if no row is good.
    """
    read = read_mapping(mapping)
    table, places = _tables(source, read)
    reader = RowReader(read, places, day=read.mapping.day or _first_day(world), zone=world.catalogue.zone)
    taking = _Taking(world, max_snap_m=_max_snap_m(read, world))
    for rows in _grouped(table.rows, reader):
        taking.take(reader.read(rows))
    # Each once: what is wrong with a constant of the mapping is wrong in every row.
    found = {*table.issues, *(places.table.issues if places else ()), *taking.issues}
    issues = tuple(sorted(found, key=lambda issue: (_line_of(issue, table), str(issue))))
    if (issues and not skip_bad) or not taking.orders:
        raise InputError(*(issues or [_no_orders(table)]))
    skipped = {*taking.bad_lines, *(_line_of(issue, table) for issue in table.issues)}
    return Imported(tuple(taking.orders), len(table.rows) + len(table.issues), issues, tuple(sorted(skipped)))


def _tables(source: Path, read: ReadMapping) -> tuple[Table, Lookup | None]:
    """The source, and the places that it refers to; with every column that the mapping names."""
    mapping, wanted = read.mapping, read.mapping.place.table
    open_table = partial(read_table, encoding=mapping.encoding, delimiter=mapping.delimiter)
    table = open_table(source)
    issues = [*table.missing(_columns(mapping))]
    lookup = None
    if wanted is not None:
        lookup = Lookup(open_table(source.parent / wanted.file), wanted.key)
        issues += lookup.table.missing((wanted.key, *_columns_of_place(mapping)))
    if issues:
        raise InputError(*issues)
    return table, lookup


def _columns(mapping: OrderMapping) -> Iterator[str]:
    """Those that the source must have."""
    own = [getattr(mapping, name) for name in OrderMapping.model_fields]
    own += [mapping.identity.member_id, mapping.identity.phone, mapping.identity.open_id]
    own += [*mapping.attributes.values()]
    if mapping.window is not None:
        own += [mapping.window.earliest, mapping.window.latest]
    yield from (cell.column for cell in own if isinstance(cell, Cell) and cell.column)
    if mapping.place.table is not None:
        yield mapping.place.table.source_column
    else:
        yield from _columns_of_place(mapping)


def _columns_of_place(mapping: OrderMapping) -> Iterator[str]:
    place = mapping.place
    cells = (place.datum, place.lat, place.lon, place.address)
    yield from (cell.column for cell in cells if cell is not None and cell.column)


def _first_day(world: World) -> date:
    return world.horizon.start.astimezone(world.catalogue.zone).date()


def _max_snap_m(read: ReadMapping, world: World) -> int:
    most = world.catalogue.policy.max_snap_m
    wanted = read.mapping.max_snap_m
    if wanted is not None and wanted > most:
        raise InputError(
            Issue(
                code=IssueCode.VALUE_INVALID,
                path=read.path(("max_snap_m",)),
                message=f"max_snap_m ({wanted}) must be <= that of the world's policy ({most})",
                hint="raise it in policy.yaml: no plan takes a place that lies farther off",
            )
        )
    return most if wanted is None else wanted


def _grouped(rows: Iterable[Row], reader: RowReader) -> list[list[Row]]:
    """The rows of each order. Without line ids, and without an order id, a row is an order by itself."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        order_id = reader.order_id(row) if reader.source.mapping.line_id is not None else None
        groups.setdefault(row.line if order_id is None else order_id, []).append(row)
    return list(groups.values())


class _Taking:
    """Orders that are good so far, and all that is wrong with the others."""

    def __init__(self, world: World, *, max_snap_m: int) -> None:
        policy = world.catalogue.policy.model_copy(update={"max_snap_m": max_snap_m})
        self.orders: list[Order] = []
        self.issues: list[Issue] = []
        self.bad_lines: list[int] = []
        self._catalogue = world.catalogue.model_copy(update={"policy": policy})
        self._streets, self._horizon = world.streets, world.horizon
        self._line_by_order_id: dict[str, int] = {}

    def take(self, draft: Draft) -> None:
        """Keep an order, or what is wrong with it."""
        whole = _whole(draft)
        wrong = self._illegible(draft) if whole is None else self._misfits(whole)
        parts = () if whole is None or wrong else parts_of(whole, self._catalogue)
        if len(parts) > 1:
            wrong += self._misfits(parts[-1])  # whose id is the longest
        issues = [*draft.issues, *(draft.located(issue) for issue in wrong if not draft.is_known(issue))]
        issues += self._twice(draft, parts)
        if issues:
            self.issues += issues
            self.bad_lines += (row.line for row in draft.rows)
        else:
            self.orders += parts

    def _illegible(self, draft: Draft) -> list[Issue]:
        """All that is wrong with an order that is not whole: its fields, and what they name."""
        try:
            Order.model_validate(draft.content)
        except ValidationError as error:
            wrong = [*issues_of(error)]
        legible = LegibleOrder.model_validate(draft.content)
        start = self._horizon.start
        found = legible_issues([legible], catalogue=self._catalogue, streets=self._streets, now=start)
        known = {issue.path for issue in wrong}
        return wrong + [issue for issue in map(_of_one, found) if issue.path not in known]

    def _misfits(self, order: Order) -> list[Issue]:
        """Why an order that is whole cannot be one of this world."""
        issues = [*self._outside_the_horizon(order)]
        try:
            check_orders([order], {}, catalogue=self._catalogue, streets=self._streets, now=order.placed_time)
        except InputError as error:
            issues += map(_of_one, error.issues)
        return issues

    def _outside_the_horizon(self, order: Order) -> Iterator[Issue]:
        start, end = self._horizon.start, self._horizon.end
        if not start <= order.placed_time < end:
            yield Issue(
                code=IssueCode.TIME_OUT_OF_RANGE,
                path="placed_time",
                message=f"placed_time ({order.placed_time.isoformat()}) must be in the world's horizon "
                f"[{start.isoformat()}, {end.isoformat()})",
                hint="check day and time_format of the mapping, or move the day of the world",
            )

    def _twice(self, draft: Draft, parts: Iterable[Order]) -> Iterator[Issue]:
        """An id that an earlier order of the file has, good or bad."""
        line = draft.rows[0].line
        ids = [draft.content.get("order_id"), *(part.order_id for part in parts)]
        for order_id in dict.fromkeys(each for each in ids if each):
            first = self._line_by_order_id.setdefault(order_id, line)
            if first != line:
                yield Issue(
                    code=IssueCode.ID_DUPLICATE,
                    path=draft.paths["order_id"],
                    message=f"order_id ({order_id}) must be distinct, and is the same as that of line {first}",
                    hint="remove one of them; if they are lines of one order, map line_id",
                )


def _whole(draft: Draft) -> Order | None:
    """The order in WGS-84, if its rows have all that it takes."""
    try:
        order = Order.model_validate(draft.content)
    except ValidationError:
        return None
    return order.model_copy(update={"place": order.place.to_wgs84()})


def _of_one(issue: Issue) -> Issue:
    return issue.model_copy(update={"path": issue.path.removeprefix("orders[0]").removeprefix(".")})


def _line_of(issue: Issue, table: Table) -> int:
    """Of the source; 0 for what is wrong with the mapping or the table of places."""
    found = re.match(rf"{re.escape(table.file)}:(\d+)", issue.path)
    return int(found[1]) if found else 0


def _no_orders(table: Table) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=f"{table.file}:1",
        message="number of orders (0) must be >= 1",
        hint="add rows below the header",
    )

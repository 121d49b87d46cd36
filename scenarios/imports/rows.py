"""Rows of a source as the plain content of an order, in which every field still knows where it came from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from models.issues import Issue, IssueCode, join_path
from scenarios.documents import Loc
from scenarios.imports.mapping import Cell, OrderMapping, PlaceTable, ReadMapping
from scenarios.imports.tables import Lookup, Row
from scenarios.local_times import instant_text

ONLY_LINE = "1"
"""The line_id of an order that is one row."""

_OF_ONE_LINE = ("line_id", "sku_id", "quantity")
_OF_THE_ORDER = ("order_id", "channel", "placed_time", "method", "service_level_id")


@dataclass
class Draft:
    """One order as its rows say it; nothing of it is checked against the models yet.

    Parameters
    ----------
    paths
        Where each field was read, by its path in an order.
    issues
        What was wrong with the rows themselves.
    unread
        Paths of the fields that these are about.
    """

    rows: Sequence[Row]
    content: dict[str, Any] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def report(self, field_path: str, issue: Issue) -> None:
        """Keep what is wrong with a field; whatever else is wrong with it follows from that."""
        self.issues.append(issue)
        self.unread.add(field_path)

    def is_known(self, issue: Issue) -> bool:
        """Whether an issue of the order is about a field of which an issue is kept."""
        return any(_is_within(issue.path, each) for each in self.unread)

    def located(self, issue: Issue) -> Issue:
        """The issue of an order, at the cell that it is about; or at the row, if it is about none."""
        exact = self.paths.get(issue.path)
        inside = (path for name, path in self.paths.items() if _is_within(name, issue.path))
        return issue.model_copy(update={"path": exact or next(inside, self.rows[0].path(issue.path))})


@dataclass(frozen=True)
class RowReader:
    """Reads the rows of one order by a mapping.

    Parameters
    ----------
    places
        The table that the mapping takes places from, if it does.
    day, zone
        What a time without date or offset means.
    """

    source: ReadMapping
    places: Lookup | None
    day: date
    zone: ZoneInfo

    def read(self, rows: Sequence[Row]) -> Draft:
        """The draft of an order from its rows; what they say of the order itself must be the same in all."""
        draft = self._read_order(rows[0], rows)
        for n, row in enumerate(rows):
            if n:
                draft.issues += self._differences(draft, self._read_order(row, rows[:1]), row)
            self._read_line(draft, row, n)
        return draft

    def order_id(self, row: Row) -> str | None:
        """What tells the rows of one order from those of another."""
        cell = self._mapping.order_id
        return cell.constant or row.cells.get(cell.column or "", cell.if_empty)

    @property
    def _mapping(self) -> OrderMapping:
        return self.source.mapping

    # -- the order

    def _read_order(self, row: Row, rows: Sequence[Row]) -> Draft:
        draft = Draft(rows)
        for name in _OF_THE_ORDER:
            self._fill(draft, (name,), getattr(self._mapping, name), row)
        for name, cell in self._mapping.attributes.items():
            self._fill(draft, ("attributes", name), cell, row)
        self._read_identity(draft, row)
        self._read_place(draft, row)
        self._read_window(draft, row)
        if "placed_time" in draft.content:
            self._to_instant(draft, draft.content, "placed_time", "placed_time")
        return draft

    def _read_identity(self, draft: Draft, row: Row) -> None:
        identity = self._mapping.identity
        draft.content["identity"] = {}
        for name in ("member_id", "phone", "open_id"):
            self._fill(draft, ("identity", name), getattr(identity, name), row)
        open_id = draft.content["identity"].pop("open_id", None)
        if open_id is not None and "channel" in draft.content:
            draft.content["identity"]["open_ids"] = {draft.content["channel"]: open_id}

    def _read_place(self, draft: Draft, row: Row) -> None:
        cells, where = self._mapping.place, row
        path_of: Callable[[str], str] = row.path
        if cells.table is not None:
            found = self._row_of_place(cells.table, row)
            if isinstance(found, Issue):
                draft.report("place", found)
                return
            where, named = found, row.path(cells.table.source_column)
            path_of = partial(_through, named, found)
        draft.content["place"], draft.paths["place"] = {}, path_of(cells.lat.column or "")
        for name in ("datum", "lat", "lon", "address"):
            self._fill(draft, ("place", name), getattr(cells, name), where, path_of=path_of)
        if cells.datum.column and "datum" not in draft.content["place"]:
            # Never guessed: a place in the wrong datum is half a kilometre off, and looks right.
            draft.report("place", _no_datum(draft.paths["place.datum"]))

    def _row_of_place(self, table: PlaceTable, row: Row) -> Row | Issue:
        path = row.path(table.source_column)
        wanted = row.cells.get(table.source_column)
        if wanted is None:
            return _no_place(path, table.source_column)
        assert self.places is not None, "a mapping with a table of places is read with it"
        return self.places.find(wanted, path=path)

    def _read_window(self, draft: Draft, row: Row) -> None:
        cells = self._mapping.window
        if cells is None:
            return
        ends: dict[str, Any] = {}
        for name in ("earliest", "latest"):
            self._fill(draft, ("windows", 0, name), getattr(cells, name), row, into=ends)
        if "placed_time" in draft.content:
            ends.setdefault("earliest", draft.content["placed_time"])
        if "latest" in ends:
            for name in ends:
                self._to_instant(draft, ends, name, f"windows[0].{name}")
            draft.content["windows"] = [ends]

    # -- its lines

    def _read_line(self, draft: Draft, row: Row, n: int) -> None:
        line: dict[str, Any] = {}
        for name in _OF_ONE_LINE:
            self._fill(draft, ("lines", n, name), getattr(self._mapping, name), row, into=line)
        if self._mapping.line_id is None:
            line["line_id"] = ONLY_LINE
        lines = draft.content.setdefault("lines", [])
        if (line_id := line.get("line_id")) in [each.get("line_id") for each in lines] and line_id:
            draft.report("lines", _line_twice(draft.paths[f"lines[{n}].line_id"], line_id))
        lines.append(line)

    def _differences(self, first: Draft, other: Draft, row: Row) -> Iterator[Issue]:
        """What another row of an order says differently of it; or what is wrong there only."""
        yield from (issue for issue in other.issues if issue.path not in {each.path for each in first.issues})
        for name, value in other.content.items():
            if first.content.get(name) != value:
                yield _differs(row, name, first.rows[0].line)

    # -- one cell

    def _fill(
        self,
        draft: Draft,
        loc: Loc,
        cell: Cell | None,
        row: Row,
        *,
        into: dict[str, Any] | None = None,
        path_of: Callable[[str], str] | None = None,
    ) -> None:
        """Put the text of a cell where the order has it; an empty cell leaves nothing.

        Parameters
        ----------
        into
            The object that has the field, if it is not to be found in the draft.
        path_of
            The path of a column, if it is not one of that row.
        """
        if cell is None:
            return
        column = cell.column
        path = self.source.path(_in_mapping(loc)) if column is None else (path_of or row.path)(column)
        draft.paths[join_path("", loc)] = path
        text = cell.constant if column is None else row.cells.get(column, cell.if_empty)
        if text is None:
            return
        if cell.codes and text not in cell.codes:
            draft.report(join_path("", loc), _unknown_code(path, str(loc[-1]), text, cell.codes))
        target = into if into is not None else _inside(draft.content, loc)
        target[str(loc[-1])] = cell.codes.get(text, text)

    def _to_instant(self, draft: Draft, ends: dict[str, Any], name: str, path: str) -> None:
        """Local times become instants; what is none stays text, for the models to refuse."""
        text, form = ends[name], self._mapping.time_format
        if form is None:
            ends[name] = instant_text(text, day=self.day, zone=self.zone)
            return
        try:
            ends[name] = datetime.strptime(text, form).replace(tzinfo=self.zone).isoformat()
        except ValueError:
            draft.report(path, _misformed(draft.paths.get(path) or draft.paths["placed_time"], text, form))


def _is_within(path: str, outer: str) -> bool:
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def _through(named: str, found: Row, column: str) -> str:
    """`orders.csv:12 spot_id -> spots.csv:7 lat`."""
    return f"{named} -> {found.path(column)}"


def _inside(content: dict[str, Any], loc: Loc) -> dict[str, Any]:
    for step in loc[:-1]:
        content = content.setdefault(str(step), {})
    return content


def _in_mapping(loc: Loc) -> Loc:
    """Where the mapping says what an order has at that place."""
    match loc:
        case ("windows", 0, name):
            return ("window", name)
        case ("lines", int(), name):
            return (name,)
    return loc


def _unknown_code(path: str, name: str, text: str, codes: dict[str, str]) -> Issue:
    near = get_close_matches(text, codes, n=1)
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=path,
        message=f"{name} ({text[:80]}) must be one of the codes of the mapping ({', '.join(codes)})",
        hint=f"did you mean {near[0]}?" if near else "add it to codes in the mapping",
    )


def _misformed(path: str, text: str, form: str) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=path,
        message=f"a time ({text[:80]}) must have the mapping's time_format ({form})",
        hint="correct the cell, or time_format",
    )


def _no_datum(path: str) -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path=path,
        message="datum () must be given for every place: WGS84, GCJ02 or BD09",
        hint="fill the cell, or say if_empty in the mapping",
    )


def _no_place(path: str, column: str) -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path=path,
        message=f"{column} () must name a place",
        hint="fill the cell",
    )


def _line_twice(path: str, line_id: str) -> Issue:
    return Issue(
        code=IssueCode.ID_DUPLICATE,
        path=path,
        message=f"line_id ({line_id}) must be distinct within its order, and stands there twice",
        hint="give each line its own id",
    )


def _differs(row: Row, name: str, first_line: int) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=row.path(),
        message=f"{name} of a further line of an order must be that of its first line (line {first_line}), and differs",
        hint="make the lines of an order agree, or give the order another order_id",
    )

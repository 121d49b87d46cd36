"""CSV files of other systems: any columns, rows that still know their line."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from models.issues import InputError, Issue, IssueCode


class Encoding(StrEnum):
    UTF_8 = "utf-8"
    GB18030 = "gb18030"


class Delimiter(StrEnum):
    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"
    BAR = "|"


@dataclass(frozen=True)
class Row:
    """Cells by column, without the space around them; empty ones are left out."""

    file: str
    line: int
    cells: Mapping[str, str]

    def path(self, column: str = "") -> str:
        """`orders.csv:12 num`."""
        return f"{self.file}:{self.line} {column}".rstrip()


@dataclass(frozen=True)
class Table:
    """A CSV file.

    Parameters
    ----------
    rows
        Those that have as many cells as the header.
    issues
        One for each of the others.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    issues: tuple[Issue, ...]

    def missing(self, columns: Iterable[str]) -> Iterator[Issue]:
        """FIELD_REQUIRED for every column that the header does not name."""
        for column in dict.fromkeys(columns):
            if column not in self.header:
                near = get_close_matches(column, self.header, n=1)
                yield Issue(
                    code=IssueCode.FIELD_REQUIRED,
                    path=f"{self.file}:1 {column}",
                    message=f"the header must name {column}, and names {', '.join(self.header)}",
                    hint=f"did you mean {near[0]}? Correct the mapping" if near else "correct the mapping or the file",
                )


def read_table(file: Path, *, encoding: Encoding, delimiter: Delimiter) -> Table:
    """Read a CSV file with a header.

    Raises
    ------
    InputError
        FILE_MISSING, or SYNTAX_INVALID where no row can be told from another: not text in that
        encoding, quotes that do not end, an empty header or one that names a column twice.
    """
    numbered = list(_numbered(file, _text(file, encoding), delimiter))
    if not numbered:
        raise InputError(_syntax(f"{file.name}:1", "the first line must name the columns, and the file is empty"))
    line, names = numbered[0]
    header = tuple(name.strip() for name in names)
    if twice := sorted(name for name, times in Counter(header).items() if name and times > 1):
        rule = f"a column must stand once in the header, and {', '.join(twice)} stands there more than once"
        raise InputError(_syntax(f"{file.name}:{line}", rule))
    rows = [Row(file.name, line, _cells(header, cells)) for line, cells in numbered[1:] if len(cells) == len(header)]
    return Table(file.name, header, tuple(rows), tuple(_misshapen(file.name, header, numbered[1:])))


def _text(file: Path, encoding: Encoding) -> str:
    try:
        return file.read_text(encoding="utf-8-sig" if encoding is Encoding.UTF_8 else encoding)
    except OSError as error:
        raise InputError(_missing(file, error)) from error
    except UnicodeDecodeError as error:
        other = Encoding.GB18030 if encoding is Encoding.UTF_8 else Encoding.UTF_8
        rule = f"a file must be text in the mapping's encoding ({encoding}): {error.reason} at byte {error.start}"
        raise InputError(_syntax(file.name, rule, hint=f"try encoding: {other} in the mapping")) from error


def _numbered(file: Path, text: str, delimiter: Delimiter) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the line on which each begins."""
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(_syntax(f"{file.name}:{line}", f"a row must be CSV: {error}")) from error


def _cells(header: Iterable[str], cells: Iterable[str]) -> dict[str, str]:
    pairs = zip(header, cells, strict=True)
    return {column: stripped for column, cell in pairs if column and (stripped := cell.strip())}


def _misshapen(name: str, header: tuple[str, ...], rows: Iterable[tuple[int, list[str]]]) -> Iterator[Issue]:
    for line, cells in rows:
        if len(cells) != len(header):
            rule = f"number of cells ({len(cells)}) must be that of the header ({len(header)})"
            yield _syntax(f"{name}:{line}", rule, hint="put a cell that holds the delimiter into quotes")


def _missing(file: Path, error: OSError) -> Issue:
    return Issue(
        code=IssueCode.FILE_MISSING,
        path=str(file),
        message=f"a source must be a file that can be read, and {file} is not: {error.strerror}",
        hint="correct the path",
    )


def _syntax(path: str, message: str, *, hint: str = "correct the file at this line") -> Issue:
    return Issue(code=IssueCode.SYNTAX_INVALID, path=path, message=message, hint=hint)


@dataclass(frozen=True)
class Lookup:
    """A table whose rows are found by the id in one of their columns."""

    table: Table
    key: str

    @cached_property
    def rows_by_id(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.table.rows:
            found.setdefault(row.cells.get(self.key, ""), []).append(row)
        return found

    def find(self, wanted: str, *, path: str) -> Row | Issue:
        """The row of an id, or why there is not exactly one.

        Parameters
        ----------
        path
            Where the id was named.
        """
        rows = self.rows_by_id.get(wanted, [])
        if len(rows) == 1:
            return rows[0]
        if rows:
            return Issue(
                code=IssueCode.ID_DUPLICATE,
                path=path,
                message=f"{self.key} ({wanted}) must stand once in {self.table.file}, and stands on lines "
                f"{', '.join(str(row.line) for row in rows)}",
                hint="remove all but one of them",
            )
        near = get_close_matches(wanted, self.rows_by_id, n=1)
        return Issue(
            code=IssueCode.REFERENCE_DANGLING,
            path=path,
            message=f"{self.key} ({wanted}) must be one of the {len(self.rows_by_id)} of {self.table.file}",
            hint=f"did you mean {near[0]}?" if near else f"add it to {self.table.file}",
        )

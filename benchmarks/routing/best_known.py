"""Best-known values, from a table beside the instances."""

import csv
from pathlib import Path

from benchmarks.routing.instance import BestKnown, Convention
from models.issues import InputError, Issue, IssueCode

TABLE = "bks.csv"
"""In the folder of the instance, or the one above."""


def best_known(file: Path) -> BestKnown | None:
    """What the literature has of this instance; None: nothing, or nothing that says what it means.

    A value that is not in the convention of its instance comes too, and says so: it is for whoever
    reads the table to leave it alone.

    Raises
    ------
    InputError
        SYNTAX_INVALID: the table cannot be read.
    """
    for table in (file.parent / TABLE, file.parent.parent / TABLE):
        if table.is_file():
            return next((_value(row, table) for row in _rows(table) if row.get("instance") == file.stem), None)
    return None


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as text:
            return list(csv.DictReader(text))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(_issue(table, f"a table of best-known values must be CSV in UTF-8: {error}")) from error


def _value(row: dict[str, str], table: Path) -> BestKnown | None:
    """The column and the words of its convention differ from set to set."""
    said = row.get("convention") or ""
    if row.get("dimacs_distance"):
        return _known(row, "dimacs_distance", Convention.DIMACS, table)
    if "working_time" in row:
        return _known(row, "working_time", Convention.WORKING_TIME, table)
    if "SINTEF" in said:
        return _known(row, "distance", Convention.SINTEF, table)
    if "DIMACS" in said:
        return _known(row, "cost", Convention.DIMACS, table)
    if "exact" in said:
        return _known(row, "cost", Convention.EXACT, table)
    return None


def _known(row: dict[str, str], column: str, convention: Convention, table: Path) -> BestKnown:
    try:
        return BestKnown(float(row[column]), convention)
    except (KeyError, ValueError) as error:
        message = f"column {column} of instance {row['instance']} must be a number"
        raise InputError(_issue(table, message)) from error


def _issue(table: Path, message: str) -> Issue:
    return Issue(code=IssueCode.SYNTAX_INVALID, path=str(table), message=message, hint="correct or remove the table")

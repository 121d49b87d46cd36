"""The lines of an instance file, and what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from models.issues import InputError, Issue, IssueCode

_LARGEST = 10**8
"""Of a number in a file: scaled by 1,000 and summed up along a route, it still fits into 64 bits."""
MOST_COUNTED = 10_000
"""Vehicles, or nodes: the tables between so many nodes take some gigabytes already."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank."""

    number: int
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def lines_of(text: str) -> tuple[Line, ...]:
    """Every line that is not blank, with its number from 1 on."""
    split = (Line(number, tuple(line.split())) for number, line in enumerate(text.splitlines(), start=1))
    return tuple(line for line in split if line.words)


@dataclass(slots=True)
class Findings:
    """Collects what is wrong with a file, so that all of it is said at once."""

    file: Path
    issues: list[Issue] = field(default_factory=list)

    def add(self, line: Line | None, code: IssueCode, message: str, *, hint: str) -> None:
        """`line` is where; None: the whole file."""
        path = f"{self.file}:{line.number}" if line else str(self.file)
        self.issues.append(Issue(code=code, path=path, message=message, hint=hint))

    def stop_here(self) -> None:
        """Nothing can be built from what was found.

        Raises
        ------
        InputError
            Every issue found, if there is any.
        """
        if self.issues:
            raise InputError(*self.issues)

    def numbers(self, line: Line, columns: Sequence[str]) -> tuple[float, ...] | None:
        """The numbers of a line, one a column; None, and an issue, if it has others."""
        if len(line.words) != len(columns):
            message = f"number of columns ({len(line.words)}) must be {len(columns)}: {' '.join(columns)}"
            self.add(line, IssueCode.SYNTAX_INVALID, message, hint="restore the line from the instance's source")
            return None
        found = [self.number(line, word, name) for word, name in zip(line.words, columns, strict=True)]
        values = tuple(value for value in found if value is not None)
        return values if len(values) == len(columns) else None

    def number(self, line: Line, word: str, name: str) -> float | None:
        """One number; None, and an issue, if it is none."""
        try:
            value = float(word)
        except ValueError:
            value = float("nan")
        if not isfinite(value) or abs(value) > _LARGEST:
            message = f"{name} ({word}) must be a number between -{_LARGEST} and {_LARGEST}"
            self.add(line, IssueCode.VALUE_INVALID, message, hint="restore the line from the instance's source")
            return None
        return value

    def count(self, line: Line | None, value: float, name: str) -> int:
        """How many there are of something: a whole number from 1 on; an issue if it is none, or too large."""
        return self.whole(line, value, name, least=1, most=MOST_COUNTED)

    def whole(self, line: Line | None, value: float, name: str, *, least: int = 0, most: int = _LARGEST) -> int:
        """A whole number; an issue if it is none."""
        if not least <= value <= most or value != int(value):
            message = f"{name} ({value:.15g}) must be a whole number >= {least} and <= {most}"
            self.add(line, IssueCode.VALUE_INVALID, message, hint="correct it")
        return int(value)

    def in_order(self, line: Line, value: float, expected: int) -> None:
        """Rows are numbered one by one; an issue if this one is not."""
        if value != expected:
            message = f"number of the row ({value:g}) must be {expected}: rows come in the order of their numbers"
            self.add(line, IssueCode.SYNTAX_INVALID, message, hint="add the missing row, or sort the rows")

    def not_negative(self, line: Line, value: float, name: str) -> None:
        """An issue if it is below zero."""
        if value < 0:
            self.add(line, IssueCode.VALUE_INVALID, f"{name} ({value:g}) must be >= 0", hint="correct it")

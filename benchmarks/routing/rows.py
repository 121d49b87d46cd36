"""One row a solution, in a file that grows: one JSON document a line."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmarks.routing.instance import Convention, RoutingInstance
from benchmarks.routing.referee import Verdict
from models.issues import InputError, Issue, IssueCode

RowKey = tuple[str, str, str, float, int]


class Row(BaseModel):
    """What one engine made of one instance, for one seed.

    Parameters
    ----------
    seconds, wall_seconds
        What it was given, and what it took; None: it never came to an end, or was never asked.
    cost, vehicles
        None unless the solution is feasible.
    feasible
        The referee said so.
    best_known
        In this row's convention; None: there is none.
    gap
        By how many per cent the cost is above the best known.
    reason
        Why it is not feasible; empty if it is.
    supported
        False: this engine cannot keep a rule of this instance, and was not asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance: str
    set: str
    engine: str
    seed: int
    seconds: float
    convention: Convention
    cost: float | None = None
    vehicles: int | None = None
    feasible: bool = False
    best_known: float | None = None
    gap: float | None = None
    wall_seconds: float | None = None
    supported: bool = True
    reason: str = ""

    @property
    def key(self) -> RowKey:
        """Rows of the same key are the same measurement."""
        return self.set, self.instance, self.engine, self.seconds, self.seed

    def judged(self, instance: RoutingInstance, verdict: Verdict, *, wall_seconds: float) -> Self:
        """This row with what came out."""
        found: dict[str, object] = {"wall_seconds": round(wall_seconds, 3)}
        if verdict.cost is None:
            first, more = verdict.breaches[0], len(verdict.breaches) - 1
            return self.model_copy(update=found | {"reason": f"{first}" + (f" (and {more} more)" if more else "")})
        cost = instance.reported(verdict.cost)
        goal = instance.goal
        return self.model_copy(
            update=found
            | {
                "cost": cost,
                "vehicles": verdict.num_vehicles,
                "feasible": True,
                "gap": round(100 * (cost / goal - 1), 4) if goal else None,
            }
        )


def read_rows(file: Path) -> list[Row]:
    """The rows of a file; a last line without its end was torn by an interruption and does not count.

    Raises
    ------
    InputError
        FILE_MISSING, or SYNTAX_INVALID of each line that is no row.
    """
    rows, issues = list[Row](), list[Issue]()
    for number, line in enumerate(_whole(file).splitlines(), start=1):
        try:
            rows.append(Row.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            message = f"a line must be a row of this benchmark: {where + ': ' if where else ''}{first['msg']}"
            hint = "write to another file, or remove the line"
            issues.append(_issue(IssueCode.SYNTAX_INVALID, f"{file}:{number}", message, hint=hint))
    if issues:
        raise InputError(*issues)
    return rows


def drop_torn_line(file: Path) -> None:
    """Cut off what an interruption left of a last line, so that the next row begins a line."""
    if file.exists():
        os.truncate(file, len(_whole(file)))


def _whole(file: Path) -> bytes:
    """All up to the last end of a line."""
    try:
        content = file.read_bytes()
    except OSError as error:
        message = f"rows must be in a file that can be read, and {file} is not: {error.strerror}"
        raise InputError(_issue(IssueCode.FILE_MISSING, str(file), message, hint="correct the path")) from error
    return content[: content.rfind(b"\n") + 1]


def append(file: Path, rows: Iterable[Row]) -> None:
    """Add rows; when this returns they are on disk."""
    with file.open("ab") as out:
        for row in rows:
            out.write(row.model_dump_json().encode() + b"\n")
        out.flush()
        os.fsync(out.fileno())


def _issue(code: IssueCode, path: str, message: str, *, hint: str) -> Issue:
    return Issue(code=code, path=path, message=message, hint=hint)

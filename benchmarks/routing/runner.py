"""Every instance by every engine for every seed, one at a time, each in a fresh process on one core."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.routing.child import solution_of
from benchmarks.routing.engines import check_engines, load_engine
from benchmarks.routing.instance import RoutingInstance
from benchmarks.routing.protocol import RoutingEngine
from benchmarks.routing.reading import read_instance, set_name_of
from benchmarks.routing.referee import judge
from benchmarks.routing.rows import Row, append, drop_torn_line, read_rows
from models.issues import InputError, Issue, IssueCode
from scenarios.json_files import check_writable

PATIENCE = 3
"""An engine that takes so many times what it was given is killed."""

START_SECONDS = 60
"""For a process to come up: imports, kernels to compile, the file to read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, and how long each engine gets for it."""

    file: Path
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """One run to be made."""

    file: Path
    instance: RoutingInstance
    row: Row
    """With all but the outcome."""


class Bench:
    """All trials of one call, checked before the first of them begins.

    Raises
    ------
    InputError
        Every issue of every file, engine and of the rows there are already.
    """

    def __init__(self, wanted: Sequence[Wanted], *, engines: Sequence[str], num_seeds: int, out: Path | None) -> None:
        names = tuple(dict.fromkeys(engines))
        issues = [*check_engines(names), *_check_names(wanted)]
        instances = dict[Path, RoutingInstance]()
        for each in wanted:
            try:
                instances[each.file] = read_instance(each.file)
            except InputError as error:
                issues += error.issues
        self._done = _rows_there_are(out, issues)
        if issues:
            raise InputError(*issues)
        self._out = out
        self._engines: dict[str, RoutingEngine] = {name: load_engine(name) for name in names}
        self._trials = [
            Trial(each.file, instances[each.file], _row(instances[each.file], name, seconds=seconds, seed=seed))
            for each in wanted
            for seconds in each.seconds
            for name in names
            for seed in range(1, num_seeds + 1)
        ]

    def run(self) -> Iterator[Row]:
        """Make every trial whose row is not there yet; yield all rows, in the order of the trials."""
        if self._out:
            drop_torn_line(self._out)
        for trial in self._trials:
            if (row := self._done.get(trial.row.key)) is None:
                row = self._outcome(trial)
                if self._out:
                    append(self._out, [row])
            yield row

    def _outcome(self, trial: Trial) -> Row:
        if reason := self._engines[trial.row.engine].supports(trial.instance):
            return trial.row.model_copy(update={"supported": False, "reason": f"not supported: {reason}"})
        return outcome(trial, limit=PATIENCE * trial.row.seconds + START_SECONDS)


def outcome(trial: Trial, *, limit: float) -> Row:
    """Run it in a process of its own, and have the referee judge what that says.

    Parameters
    ----------
    limit
        Seconds after which the process is killed.
    """
    row = trial.row
    arguments = (str(trial.file), row.engine, str(row.seconds), str(row.seed))
    command = (sys.executable, "-m", "benchmarks.routing.child", *arguments)
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return row.model_copy(update={"reason": f"killed: no answer after {limit:g} s, given {row.seconds:g} s"})
    if done.returncode:
        said = done.stderr.strip().splitlines()
        reason = f"ended with {done.returncode}: {said[-1] if said else 'it said nothing'}"
        return row.model_copy(update={"reason": reason})
    answer = json.loads(done.stdout)
    verdict = judge(trial.instance, solution_of(answer))
    return row.judged(trial.instance, verdict, wall_seconds=answer["wall_seconds"])


def _row(instance: RoutingInstance, engine: str, *, seconds: float, seed: int) -> Row:
    return Row(
        instance=instance.name,
        set=instance.set_name,
        engine=engine,
        seed=seed,
        seconds=seconds,
        convention=instance.convention,
        best_known=instance.goal,
    )


def _check_names(wanted: Sequence[Wanted]) -> Iterator[Issue]:
    """Rows know an instance by set and name alone."""
    if not wanted:
        yield Issue(
            code=IssueCode.FIELD_REQUIRED,
            path="command line",
            message="number of instance files (0) must be >= 1",
            hint="name files, or the folder of the instances of the fixed list with --list",
        )
    files = dict[tuple[str, str], Path]()
    for each in wanted:
        key = set_name_of(each.file), each.file.stem
        other = files.setdefault(key, each.file)
        if other != each.file or sum(again.file == each.file for again in wanted) > 1:
            yield Issue(
                code=IssueCode.ID_DUPLICATE,
                path=str(each.file),
                message=f"instance ({key[0]}/{key[1]}) must be named once, and {other} is the same",
                hint="remove one of the two, or put it into a folder of another name",
            )


def _rows_there_are(out: Path | None, issues: list[Issue]) -> dict[tuple[str, str, str, float, int], Row]:
    if out is None:
        return {}
    try:
        check_writable(out)
        return {row.key: row for row in read_rows(out)} if out.exists() else {}
    except InputError as error:
        issues += error.issues
        return {}

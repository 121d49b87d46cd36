"""Runs in processes of their own, and rows that survive an interruption."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.routing.engines import ENGINES
from benchmarks.routing.fixed_list import LIST, wanted_below
from benchmarks.routing.instance import Convention
from benchmarks.routing.reading import read_instance
from benchmarks.routing.rows import Row, read_rows
from benchmarks.routing.runner import Bench, Trial, Wanted, outcome
from models.issues import InputError
from tests.benchmarks.routing.examples import PILLAC, SOLOMON, write


def bench(*files: Path, engines: tuple[str, ...] = ("pyvrp",), num_seeds: int = 1, out: Path | None = None) -> Bench:
    return Bench([Wanted(file, (0.2,)) for file in files], engines=engines, num_seeds=num_seeds, out=out)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """An instance whose best cost, 36.3, is not quite what its table says."""
    folder = tmp_path / "toys"
    folder.mkdir()
    write(folder, "bks.csv", "instance,dimacs_distance\nsolomon,33\n")
    return write(folder, "solomon.txt")


def test_a_row_says_what_came_out(toy: Path) -> None:
    (row,) = bench(toy).run()
    assert row.wall_seconds is not None
    assert row.wall_seconds >= 0.2
    assert row.model_dump(exclude={"wall_seconds"}) == {
        "instance": "solomon",
        "set": "toys",
        "engine": "pyvrp",
        "seed": 1,
        "seconds": 0.2,
        "convention": "dimacs",
        "cost": 36.3,
        "vehicles": 2,
        "feasible": True,
        "best_known": 33.0,
        "gap": 10.0,
        "supported": True,
        "reason": "",
    }


def test_rows_are_appended_as_they_come(toy: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    rows = bench(toy, num_seeds=2, out=out).run()
    first = next(rows)
    assert read_rows(out) == [first]
    assert [row.seed for row in (first, *rows)] == [1, 2]
    assert [json.loads(line)["seed"] for line in out.read_text().splitlines()] == [1, 2]


def test_an_interrupted_run_goes_on_where_it_was(toy: Path, tmp_path: Path) -> None:
    """The first row is kept as it is, the second was torn while it was written, the third never came."""
    out = tmp_path / "rows.jsonl"
    kept = Row(
        instance="solomon", set="toys", engine="pyvrp", seed=1, seconds=0.2, convention=Convention.DIMACS, cost=99
    )
    whole = kept.model_dump_json()
    out.write_text(whole + "\n" + whole[:40])
    rows = list(bench(toy, num_seeds=3, out=out).run())
    assert [row.cost for row in rows] == [99, 36.3, 36.3]
    assert read_rows(out) == rows


def test_another_time_limit_is_another_measurement(toy: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    other = Row(
        instance="solomon", set="toys", engine="pyvrp", seed=1, seconds=60, convention=Convention.DIMACS, cost=99
    )
    out.write_text(other.model_dump_json() + "\n")
    assert [row.cost for row in bench(toy, out=out).run()] == [36.3]
    assert [row.seconds for row in read_rows(out)] == [60, 0.2]


def test_an_engine_that_cannot_keep_a_rule_gets_a_row_that_says_so(tmp_path: Path) -> None:
    (row,) = bench(write(tmp_path, "technicians.txt", PILLAC)).run()
    assert (row.supported, row.feasible, row.cost) == (False, False, None)
    assert row.reason == "not supported: tools and spare parts"


def test_what_the_referee_refuses_has_no_cost(tmp_path: Path) -> None:
    (row,) = bench(write(tmp_path, "solomon.txt", SOLOMON.replace("  3         10", "  1         10"))).run()
    assert (row.supported, row.feasible, row.cost, row.vehicles, row.gap) == (True, False, None, None, None)
    assert row.reason.startswith("CAPACITY: route 0: load 0 (")


def a_trial(toy: Path, engine: str = "pyvrp", seconds: float = 0.2) -> Trial:
    instance = read_instance(toy)
    row = Row(instance="solomon", set="toys", engine=engine, seed=1, seconds=seconds, convention=Convention.DIMACS)
    return Trial(toy, instance, row)


def test_an_engine_that_does_not_end_is_killed(toy: Path) -> None:
    row = outcome(a_trial(toy, seconds=60), limit=1.5)
    assert (row.feasible, row.wall_seconds) == (False, None)
    assert row.reason == "killed: no answer after 1.5 s, given 60 s"


def test_an_engine_that_crashes_leaves_its_last_words(toy: Path) -> None:
    row = outcome(a_trial(toy, engine="no-such"), limit=60)
    assert not row.feasible
    assert row.reason.startswith("ended with 1: models.issues.InputError: --engine: REFERENCE_DANGLING")


def test_a_run_stays_on_one_core() -> None:
    code = (
        "import os; from benchmarks.routing.child import stay_on_one_core;"
        "stay_on_one_core(); print(len(os.sched_getaffinity(0)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_every_mistake_is_named_before_anything_runs(toy: Path, tmp_path: Path) -> None:
    bad = write(tmp_path, "bad.txt", SOLOMON.replace("  3         10", "  0         10"))
    out = tmp_path / "rows.jsonl"
    out.write_text('{"no": "row"}\n')
    with pytest.raises(InputError) as error:
        bench(toy, bad, tmp_path / "missing.txt", engines=("pyvrp", "no-such"), out=out)
    assert [(issue.code, issue.path) for issue in error.value.issues] == [
        ("REFERENCE_DANGLING", "--engine"),
        ("VALUE_INVALID", f"{bad}:5"),
        ("FILE_MISSING", str(tmp_path / "missing.txt")),
        ("SYNTAX_INVALID", f"{out}:1"),
    ]
    assert out.read_text() == '{"no": "row"}\n'


def test_rows_that_cannot_be_written_are_refused(toy: Path, tmp_path: Path) -> None:
    for out in (tmp_path / "no" / "rows.jsonl", tmp_path):
        with pytest.raises(InputError) as error:
            bench(toy, out=out)
        assert [(issue.code, issue.path) for issue in error.value.issues] == [("FILE_MISSING", str(out))]


def test_without_a_file_there_is_nothing_to_measure() -> None:
    with pytest.raises(InputError) as error:
        bench()
    assert [(issue.code, issue.path) for issue in error.value.issues] == [("FIELD_REQUIRED", "command line")]


def test_two_instances_of_one_name_are_refused(toy: Path, tmp_path: Path) -> None:
    twin = tmp_path / "other" / "toys"
    twin.mkdir(parents=True)
    with pytest.raises(InputError) as error:
        bench(toy, write(twin, "solomon.txt"))
    assert [(issue.code, issue.path) for issue in error.value.issues] == [("ID_DUPLICATE", str(twin / "solomon.txt"))]
    with pytest.raises(InputError):
        bench(toy, toy)


def test_a_third_of_the_fixed_list_runs_for_longer_once_more(tmp_path: Path) -> None:
    wanted = wanted_below(tmp_path, seconds=10)
    assert len({each.file for each in wanted}) == len(wanted) == 33
    assert sum(each.seconds == (10, 60) for each in wanted) == 12
    assert {each.seconds for each in wanted} == {(10,), (10, 60)}
    assert all(each.file.is_relative_to(tmp_path) for each in wanted)
    assert all(len(set(each.seconds)) == 1 for each in wanted_below(tmp_path, seconds=60))
    assert LIST.is_file()


def test_the_engines_of_a_run_are_those_of_the_call(toy: Path) -> None:
    names = ("commiv", "pyvrp")
    assert [row.engine for row in bench(toy, engines=(*names, "commiv")).run()] == list(names)
    assert set(names) < set(ENGINES)

"""Medians over seeds, means over instances, and tables of both."""

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.routing.instance import Convention
from benchmarks.routing.rows import Row
from benchmarks.routing.summary import summarise
from benchmarks.routing.tables import main, tables


def a_row(engine: str, cost: float | None, *, instance: str = "a", seed: int = 1, **changes: Any) -> Row:
    fields: dict[str, Any] = {
        "instance": instance,
        "set": "toys",
        "engine": engine,
        "seed": seed,
        "seconds": 10,
        "convention": Convention.EXACT,
        "cost": cost,
        "vehicles": None if cost is None else 2,
        "feasible": cost is not None,
        "wall_seconds": 10.1,
    }
    return Row(**fields | changes)


def rows_of(engine: str, *costs: float | None, **changes: Any) -> list[Row]:
    """One a seed."""
    return [a_row(engine, cost, seed=seed, **changes) for seed, cost in enumerate(costs, start=1)]


ROWS = [
    *rows_of("servanda", 100, 102, 101, best_known=100),
    *rows_of("pyvrp", 111, 90, 120, best_known=100),
    *rows_of("vroom", 101, 101, 101, best_known=100, wall_seconds=12.5),
    *rows_of("servanda", 220, None, 210, instance="b"),
    *rows_of("pyvrp", 200, 200, 200, instance="b"),
    *rows_of("vroom", None, None, 190, instance="b", wall_seconds=11.0),
    a_row("commiv", None, supported=False, reason="not supported: several depots", wall_seconds=None),
]


def entry(rows: list[Row], engine: str) -> dict[str, Any]:
    (found,) = [each for each in summarise(rows)["engines"] if each["engine"] == engine]
    assert isinstance(found, dict)
    return found


def test_costs_are_medians_over_the_seeds_and_then_means_over_the_instances() -> None:
    assert entry(ROWS, "servanda") == {
        "set": "toys",
        "seconds": 10,
        "engine": "servanda",
        "instances": 2,
        "not_supported": 0,
        "solved": 2,
        "mean_gap": 1.0,
        "median_gap": 1.0,
        "mean_ratio": 1.05,
        "median_ratio": 1.05,
        "max_wall_seconds": 10.1,
    }
    assert entry(ROWS, "pyvrp")["mean_gap"] == 11.0
    assert entry(ROWS, "pyvrp")["mean_ratio"] == pytest.approx((111 / 101 + 1) / 2, abs=5e-5)


def test_an_engine_that_mostly_fails_has_not_solved_an_instance() -> None:
    vroom = entry(ROWS, "vroom")
    assert (vroom["instances"], vroom["solved"], vroom["mean_ratio"]) == (2, 1, 1.0)
    assert vroom["max_wall_seconds"] == 12.5


def test_an_engine_that_does_not_support_an_instance_has_no_figures() -> None:
    commiv = entry(ROWS, "commiv")
    assert (commiv["instances"], commiv["not_supported"], commiv["solved"]) == (1, 1, 0)
    assert (commiv["mean_gap"], commiv["mean_ratio"]) == (None, None)


def test_the_own_engine_is_compared_with_the_best_peer() -> None:
    """On a it ties with vroom; on b its median is 220, and pyvrp's 200."""
    assert summarise(ROWS)["own"] == [{"set": "toys", "seconds": 10, "compared": 2, "at_least_as_good": 1}]


def test_an_instance_that_no_peer_solved_is_not_compared_and_one_that_only_peers_solved_is_lost() -> None:
    alone = [*rows_of("servanda", 5), *rows_of("pyvrp", None)]
    lost = [*rows_of("servanda", None, instance="b"), *rows_of("pyvrp", 7, instance="b")]
    assert summarise(alone)["own"][0]["compared"] == 0
    assert summarise(lost)["own"] == [{"set": "toys", "seconds": 10, "compared": 1, "at_least_as_good": 0}]


def test_peers_alone_have_no_comparison_with_the_own_engine() -> None:
    assert summarise(rows_of("pyvrp", 7))["own"] == []


def test_different_times_are_different_lines() -> None:
    rows = [*rows_of("pyvrp", 7), *rows_of("pyvrp", 6, seconds=60)]
    assert [(each["seconds"], each["mean_ratio"]) for each in summarise(rows)["engines"]] == [(10, 1.0), (60, 1.0)]


def test_less_time_is_compared_with_more() -> None:
    rows = [
        *rows_of("servanda", 100),
        *rows_of("servanda", 98, seconds=60),
        *rows_of("pyvrp", 120),
        *rows_of("pyvrp", 101, seconds=60),
        *rows_of("vroom", 99, seconds=60),
        *rows_of("servanda", 1, instance="b"),
        *rows_of("vroom", None, seconds=60, instance="b"),
    ]
    pyvrp = {"set": "toys", "engine": "pyvrp", "own_seconds": 10, "seconds": 60, "compared": 1}
    assert summarise(rows)["less_time"] == [
        {**pyvrp, "at_least_as_good": 1, "mean_ratio": 0.9901},
        {**pyvrp, "engine": "vroom", "at_least_as_good": 0, "mean_ratio": 1.0101},
    ]


TABLES = """\
| set | seconds | engine | solved | mean gap | median gap | mean ratio | median ratio | longest run |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| toys | 10 | servanda | 2 of 2 | 1.00 % | 1.00 % | 1.0500 | 1.0500 | 10.1 s |
| toys | 10 | pyvrp | 2 of 2 | 11.00 % | 11.00 % | 1.0495 | 1.0495 | 10.1 s |
| toys | 10 | vroom | 1 of 2 | 1.00 % | 1.00 % | 1.0000 | 1.0000 | 12.5 s |
| toys | 10 | commiv | not supported |  |  |  |  |  |

| set | seconds | servanda at least as good as the best peer |
| --- | --- | --- |
| toys | 10 | 1 of 2 |

| toys, 10 s | best known | servanda | pyvrp | vroom | commiv |
| --- | --- | --- | --- | --- | --- |
| a | 100 | **101.0** | 111.0 | **101.0** | not supported |
| b |  | 220.0 | **200.0** | not feasible |  |
"""


def test_rows_become_tables(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(row.model_dump_json() + "\n" for row in ROWS))
    app = typer.Typer()
    app.command()(main)
    done = CliRunner().invoke(app, [str(file)])
    assert (done.exit_code, done.stdout) == (0, TABLES)


def test_less_time_has_a_table_of_its_own() -> None:
    rows = [*rows_of("servanda", 100), *rows_of("pyvrp", 101, seconds=60)]
    assert "| toys | pyvrp, 60 s | 1 of 1, in 10 s | 0.9901 |" in tables(rows).splitlines()


def test_a_file_that_is_not_there_has_no_tables(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(main)
    done = CliRunner().invoke(app, [str(tmp_path / "rows.jsonl")])
    assert done.exit_code == 2
    assert "FILE_MISSING" in done.stderr

"""The bench of a night: what is fitted, and one night of a few contracts from its world to its figures."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.evening import evening_of
from benchmarks.figures import Figures
from benchmarks.night import fitted_exponent, long_enough, measure


def test_the_exponent_is_that_of_the_power_law() -> None:
    sizes = [1000, 2000, 5000, 10_000]
    assert fitted_exponent(sizes, [0.01 * n**1.1 for n in sizes]) == pytest.approx(1.1, abs=1e-3)
    assert fitted_exponent([1000], [3.0]) is None


def _of_cost(enough: float) -> Callable[[float], Figures]:
    """A night whose plan costs 1 % more than the longest one's, or less, from a share of its time on."""
    return lambda share: {"seconds": share, "cost_after": 100 if share >= enough else 103}


def test_one_more_night_lies_between_too_short_and_long_enough() -> None:
    nights, enough = long_enough(_of_cost(0.16))
    assert [each["seconds"] for each in nights] == pytest.approx([1 / 16, 1 / 8, 0.5**2.5, 1 / 4, 1 / 2, 1.0])
    assert enough["seconds"] == pytest.approx(0.5**2.5)
    assert long_enough(_of_cost(0.2))[1]["seconds"] == 1 / 4


def test_where_the_shortest_night_is_long_enough_shorter_ones_are_tried() -> None:
    nights, enough = long_enough(_of_cost(1 / 64))
    assert [each["seconds"] for each in nights][:4] == pytest.approx([1 / 128, 0.5**6.5, 1 / 64, 1 / 32])
    assert enough["seconds"] == 1 / 64
    assert long_enough(_of_cost(0.0))[1]["seconds"] == 1 / 256


def test_a_night_of_a_few_contracts_moves_no_promise_and_gets_no_dearer(tmp_path: Path) -> None:
    figures = measure(30, seed=1, seconds=0.5, workers=1, cache=tmp_path)
    assert figures["contracts"] == 30
    assert 10 <= figures["routed"] <= 12
    assert figures["promises_moved"] == figures["checker_violations"] == 0
    assert figures["cost_after"] <= figures["cost_before"]
    assert figures["seconds"] >= figures["seconds_routes"] >= 0.5
    assert figures["rss_gb"] > 0.1
    assert figures["lower_bound_assignment"] <= figures["chosen_assignment"] <= figures["assignment_before"]
    assert 0 < figures["looked_at_assignment"] <= 30
    kept = evening_of(30, seed=1, folder=tmp_path)
    assert (kept.routed, kept.problem.initial_plan.cost.total) == (figures["routed"], figures["cost_before"])

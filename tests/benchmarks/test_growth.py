"""Cities of any size, and the time that a good plan for them takes."""

import json

import numpy as np
import pytest

from benchmarks.city import city
from benchmarks.growth import Run, exponent
from benchmarks.routing.own import Servanda
from benchmarks.routing.referee import judge
from server.cli import run
from server.exit_codes import ExitCode


def test_the_same_seed_gives_the_same_city_and_another_one_another() -> None:
    assert np.array_equal(city(20, seed=1).distance, city(20, seed=1).distance)
    assert not np.array_equal(city(20, seed=1).distance, city(20, seed=2).distance)


def test_a_city_can_be_served_and_the_referee_agrees() -> None:
    instance, costs = city(30, seed=1), list[int]()
    solution = Servanda().solve(instance, seconds=0.5, seed=1, watch=costs.append)
    verdict = judge(instance, solution)
    assert verdict.breaches == ()
    assert verdict.cost == costs[-1] == min(costs)


def test_what_got_better_is_kept_with_its_time() -> None:
    one = Run(seconds=1, began=0)
    for cost in (30, 20, 20, 10):
        one.watch(cost)
    assert [cost for _, cost in one.course] == [30, 20, 10]
    assert one.reaches(19) == one.course[-1][0]
    assert one.reaches(9) is None


def test_the_exponent_is_that_of_a_power_law() -> None:
    assert exponent([(n, 0.01 * n**1.5) for n in (100, 200, 1000)]) == pytest.approx(1.5)
    assert exponent([(100, 2.0)]) is None


def test_the_command_prints_the_curve(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "growth", "--sizes", "20,40", "--seconds", "0.5", "--json"]) is ExitCode.DONE
    figures = json.loads(capsys.readouterr().out)
    assert [point["requests"] for point in figures["curve"]] == [20, 40]
    assert all(0 < point["seconds_within_1_percent"] <= 1 for point in figures["curve"])
    assert isinstance(figures["exponent"], float)


@pytest.mark.parametrize("sizes", ["", "ten", "20,5", "20000"])
def test_sizes_that_are_none_are_refused(sizes: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "growth", "--sizes", sizes]) is ExitCode.BAD_INPUT
    assert "whole numbers in [10, 10000]" in capsys.readouterr().err

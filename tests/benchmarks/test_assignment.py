"""The benchmark of the assignment: instances are scarce, and the referee sees what is wrong with a solution."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.assignment import measure
from benchmarks.assignment_instance import generate
from benchmarks.assignment_referee import judge
from solver.lagrangian import solve
from tests.solver.lagrangian.menus import a_menu, a_random_menu


def test_the_figures_are_those_of_a_solution_that_the_referee_confirms() -> None:
    figures = measure(500, 8, seed=1, seconds=5.0)
    assert figures["wrong"] == 0
    assert 0 < figures["lower_bound"] <= figures["upper_bound"]
    assert figures["gap"] == round(1 - figures["lower_bound"] / figures["upper_bound"], 5) < 0.1
    assert (figures["contracts"], figures["options"]) == (500, 4000)
    assert figures["scarce_rows"] > 0
    assert figures["rss_gb"] > 0


def test_the_same_arguments_give_the_same_instance_and_another_seed_another() -> None:
    one, same, other = generate(50, 8, seed=1), generate(50, 8, seed=1), generate(50, 8, seed=2)
    assert one.cost.tolist() == same.cost.tolist()
    assert one.capacity.tolist() == same.capacity.tolist()
    assert one.cost.tolist() != other.cost.tolist()


def test_not_everybody_can_have_what_is_cheapest() -> None:
    menu = generate(2000, 8, seed=1)
    cheapest = menu.cost.reshape(-1, 8).argmin(axis=1) + menu.first_option[:-1]
    assert judge(menu, cheapest, np.zeros(menu.num_rows, dtype=np.int64), scale=1).overfull_rows > 100


@pytest.mark.parametrize("seed", range(20))
def test_solver_and_referee_agree_on_bound_and_cost(seed: int) -> None:
    menu = a_random_menu(seed, num_contracts=12)
    solution = solve(menu, seed=seed, iterations=30, sweeps=5)
    verdict = judge(menu, solution.chosen, solution.bound.price, scale=solution.bound.scale)
    assert (verdict.bound, verdict.cost) == (solution.lower_bound, solution.upper_bound)
    assert (verdict.overfull_rows, verdict.foreign_options) == (0, 0)


def test_the_bound_of_a_price_is_what_it_is_by_hand() -> None:
    menu = a_menu([[(100, {0: 1}), (130, {})], [(100, {0: 1}), (170, {})]], [1], [900, 900])
    for price, bound in ((0, 200), (30, 230), (50, 230), (70, 230), (90, 210)):
        assert judge(menu, np.array([0, 3]), np.array([4 * price]), scale=4).bound == bound


def test_the_referee_sees_overfull_rows_and_options_of_others() -> None:
    menu = a_menu([[(1, {0: 1})], [(1, {0: 1})]], [1], [9, 9])
    none = np.zeros(1, dtype=np.int64)
    assert judge(menu, np.array([0, 1]), none, scale=1).overfull_rows == 1
    assert judge(menu, np.array([1, -1]), none, scale=1).foreign_options == 1


def test_a_negative_price_proves_nothing() -> None:
    menu = a_menu([[(1, {0: 1})]], [1], [9])
    with pytest.raises(ValueError, match="prices must be >= 0, and the least is -1"):
        judge(menu, np.array([0]), np.array([-1]), scale=1)


def test_an_instance_with_less_of_everything_costs_more() -> None:
    menu = generate(300, 8, seed=1)
    half = replace(menu, capacity=menu.capacity // 2)
    assert solve(half, seed=1).lower_bound > solve(menu, seed=1).upper_bound

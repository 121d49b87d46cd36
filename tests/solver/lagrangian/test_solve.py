"""Many contracts assigned: the bound is below every choice, the choice keeps every row, each time the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from benchmarks.assignment_instance import generate
from models.issues import InputError
from solver.lagrangian import Menu, solve
from solver.stop import after_calls
from tests.solver.lagrangian.menus import a_menu, a_random_menu, cost, every_choice, keeps


@pytest.mark.parametrize("seed", range(25))
def test_of_all_choices_none_is_below_the_bound_and_the_one_found_is_near_the_best(seed: int) -> None:
    menu = a_random_menu(seed, num_contracts=5)
    best = min(cost(menu, each) for each in every_choice(menu))
    solution = solve(menu, seed=seed, iterations=60, sweeps=5)
    assert keeps(menu, solution.chosen)
    assert cost(menu, solution.chosen) == solution.upper_bound
    assert solution.lower_bound <= best <= solution.upper_bound
    assert solution.upper_bound - best <= 0.2 * menu.refusal.sum()


def optimum(menu: Menu) -> int:
    """By CP-SAT, from the arrays and nothing else."""
    model = cp_model.CpModel()
    taken = [model.new_bool_var(f"x{o}") for o in range(menu.num_options)]
    refused = [model.new_bool_var(f"u{c}") for c in range(menu.num_contracts)]
    for c, none in enumerate(refused):
        model.add_exactly_one([none, *taken[menu.first_option[c] : menu.first_option[c + 1]]])
    option = np.repeat(np.arange(menu.num_options), np.diff(menu.first_use))
    for r in range(menu.num_rows):
        uses = np.flatnonzero(menu.row == r)
        amounts = menu.amount[uses].tolist()
        model.add(cp_model.LinearExpr.weighted_sum([taken[option[u]] for u in uses], amounts) <= int(menu.capacity[r]))
    weights = [*menu.cost.tolist(), *menu.refusal.tolist()]
    model.minimize(cp_model.LinearExpr.weighted_sum([*taken, *refused], weights))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 10
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**31), num_contracts=st.integers(1, 60), num_rows=st.integers(1, 8))
def test_what_is_proved_to_be_best_lies_between_the_bounds(seed: int, num_contracts: int, num_rows: int) -> None:
    menu = a_random_menu(seed, num_contracts=num_contracts, num_rows=num_rows)
    solution = solve(menu, seed=1)
    assert keeps(menu, solution.chosen)
    assert solution.lower_bound <= optimum(menu) <= solution.upper_bound == cost(menu, solution.chosen)


def test_a_generated_town_is_nearly_solved() -> None:
    menu = generate(60, 8, seed=3)
    solution, best = solve(menu, seed=1), optimum(menu)
    assert solution.lower_bound <= best <= solution.upper_bound <= 1.05 * best


def test_the_same_seed_gives_the_same_choice_and_the_same_prices() -> None:
    menu = generate(400, 8, seed=2)
    one, other = (solve(menu, seed=7) for _ in range(2))
    assert one.chosen.tolist() == other.chosen.tolist()
    assert one.bound.price.tolist() == other.bound.price.tolist()
    assert one.lower_bound == other.lower_bound


def test_the_last_piece_is_worth_what_the_next_best_costs_more() -> None:
    menu = a_menu([[(100, {0: 1}), (130, {})], [(100, {0: 1}), (170, {})]], [1, 9], [900, 900])
    solution = solve(menu, seed=1)
    assert (solution.lower_bound, solution.upper_bound, solution.proved) == (230, 230, True)
    assert solution.chosen.tolist() == [1, 2]
    assert 30 <= solution.row_prices[0] <= 70
    assert solution.row_prices[1] == 0


def test_two_make_room_for_one_that_loses_more() -> None:
    """Only if both who share the row go elsewhere can the third have it."""
    offers = [[(10, {0: 1}), (20, {})], [(10, {0: 1}), (20, {})], [(10, {0: 2}), (500, {})]]
    solution = solve(a_menu(offers, [2], [900] * 3), seed=1)
    assert solution.chosen.tolist() == [1, 3, 4]
    assert solution.upper_bound == 50


def test_one_makes_room_for_which_another_has_to_make_room_first() -> None:
    offers = [[(10, {0: 1})], [(10, {0: 1}), (11, {1: 1})], [(10, {1: 1}), (12, {2: 1})]]
    solution = solve(a_menu(offers, [1, 1, 1], [900] * 3), seed=1)
    assert solution.chosen.tolist() == [0, 2, 4]


def test_no_contracts_cost_nothing() -> None:
    solution = solve(a_menu([], [5], []), seed=1)
    assert (solution.lower_bound, solution.upper_bound, solution.gap, solution.chosen.tolist()) == (0, 0, 0.0, [])


def test_without_rows_everybody_takes_the_cheapest() -> None:
    solution = solve(a_menu([[(5, {}), (3, {})], [(9, {})]], [], [7, 7]), seed=1)
    assert solution.chosen.tolist() == [1, -1]
    assert solution.proved


def test_what_takes_more_than_there_is_at_all_is_refused_and_that_is_proved() -> None:
    solution = solve(a_menu([[(5, {0: 3})], [(5, {0: 4})]], [2], [70, 80]), seed=1)
    assert solution.chosen.tolist() == [-1, -1]
    assert solution.upper_bound == 150
    assert solution.lower_bound == 150


def test_contracts_without_options_are_refused() -> None:
    solution = solve(a_menu([[], []], [1], [70, 80]), seed=1)
    assert (solution.chosen.tolist(), solution.lower_bound, solution.upper_bound) == ([-1, -1], 150, 150)


def test_time_that_is_up_leaves_a_choice_that_keeps_every_row() -> None:
    menu = generate(500, 8, seed=1)
    for limit in (1, 5, 40, 400):
        solution = solve(menu, seed=1, stop=after_calls(limit))
        assert keeps(menu, solution.chosen)
        assert solution.lower_bound <= solution.upper_bound <= menu.refusal.sum()


def test_a_choice_that_is_known_is_not_lost() -> None:
    menu = generate(300, 8, seed=1)
    known = solve(menu, seed=1)
    again = solve(menu, seed=2, stop=after_calls(1), start=known.chosen)
    assert again.upper_bound <= known.upper_bound


def test_a_known_choice_that_breaks_a_row_is_not_looked_at() -> None:
    menu = a_menu([[(5, {0: 1})], [(5, {0: 1})]], [1], [70, 80])
    solution = solve(menu, seed=1, start=np.array([0, 1]))
    assert solution.chosen.tolist() == [-1, 1]


@pytest.mark.parametrize("money", [2**40, 2**57])
def test_large_money_stays_exact(money: int) -> None:
    menu = a_menu([[(money, {0: 1}), (money + 3, {})], [(money, {0: 1}), (money + 7, {})]], [1], [money + 9] * 2)
    solution = solve(menu, seed=1)
    assert solution.lower_bound <= solution.upper_bound == 2 * money + 3


def refused(menu: dict[str, list[int]]) -> list[tuple[str, str]]:
    good = {
        "first_option": [0, 1],
        "cost": [5],
        "refusal": [9],
        "first_use": [0, 1],
        "row": [0],
        "amount": [1],
        "capacity": [3],
    }
    with pytest.raises(InputError) as raised:
        Menu(**{name: np.array(values, dtype=np.int64) for name, values in (good | menu).items()})
    return [(issue.path, issue.message) for issue in raised.value.issues]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert refused({"capacity": [-2], "amount": [0]}) == [
        ("capacity[0]", "capacity (-2) must be >= 0"),
        ("amount[0]", "amount (0) must be > 0"),
    ]


@pytest.mark.parametrize(
    ("wrong", "path", "message"),
    [
        ({"row": [1]}, "row[0]", "row (1) must be in 0..0"),
        (
            {"first_option": [0, 2]},
            "first_option",
            "first_option must rise from 0 to 1 in 2 entries, but has 2 from 0 to 2",
        ),
        ({"first_use": [0]}, "first_use", "first_use must rise from 0 to 1 in 2 entries, but has 1 from 0 to 0"),
        ({"amount": [1, 1]}, "amount", "amount (2) must have as many entries as row (1)"),
        (
            {"row": [0, 0], "amount": [1, 1], "first_use": [0, 2]},
            "option[0]",
            "option 0 must name row 0 once, but names it twice",
        ),
        (
            {"refusal": [2**60]},
            "cost",
            f"contracts (1) times the largest cost or refusal ({2**60}) must be < {2**60}",
        ),
    ],
)
def test_a_menu_that_is_none_is_refused(wrong: dict[str, list[int]], path: str, message: str) -> None:
    assert refused(wrong) == [(path, message)]

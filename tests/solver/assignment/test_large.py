"""Very many contracts: the same question as CP-SAT gets, answered by Lagrangian relaxation."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from solver.assignment import assign, rounds
from solver.assignment.constraints import Offers, Row
from solver.assignment.cp_sat import Choice, decide
from solver.assignment.large import Answer, FinitePrices, decide_many
from solver.assignment.reassigning import Look, reassigned
from solver.check import check, recompute_cost
from solver.stop import Stop, never
from tests.solver.assignment.candidates import a_candidate, keeps
from tests.solver.assignment.test_assign import a_day, the_last_piece
from tests.solver.assignment.test_cp_sat import a_random_choice
from tests.solver.assignment.test_reassigning import a_freed_piece, sites


@pytest.mark.parametrize("seed", range(25))
def test_the_choice_keeps_every_row_and_the_proved_best_one_is_not_below_the_bound(seed: int) -> None:
    offers, rows = a_random_choice(seed)
    hint = (None,) * len(offers)
    answer = decide_many(offers, rows, hint=hint, seed=seed)
    prices = FinitePrices(offers)
    best = decide(offers, rows, hint=hint, seed=seed)
    assert best.proved
    assert keeps(rows, answer.decision.choice)
    assert prices.total(answer.decision.choice) == answer.cost
    assert answer.bound <= prices.total(best.choice)
    assert answer.cost <= prices.total(hint)


def test_a_hint_that_is_better_is_not_given_up() -> None:
    for seed in range(25):
        offers, rows = a_random_choice(seed)
        best = decide(offers, rows, hint=(None,) * len(offers), seed=seed).choice
        answer = decide_many(offers, rows, hint=best, seed=seed)
        assert answer.cost <= FinitePrices(offers).total(best)


def test_serving_comes_before_wishes_and_wishes_before_money() -> None:
    offers = [[a_candidate(1), a_candidate(10_000, missed=3)], [a_candidate(1)]]
    last = Row("last", ((0, 0, 1), (1, 0, 1)), 1)
    assert decide_many(offers, [last], hint=(0, None), seed=1).decision.choice == (1, 0)
    wishes = [[a_candidate(1, missed=1), a_candidate(9999)]]
    assert decide_many(wishes, [], hint=(0,), seed=1).decision.choice == (1,)


def test_of_what_is_overdrawn_already_nobody_takes_any() -> None:
    offers = [[a_candidate(1), a_candidate(50)]]
    overdrawn, idle = Row("overdrawn", ((0, 0, 1),), -3), Row("idle", ((0, 1, 0),), 0)
    answer = decide_many(offers, [overdrawn, idle], hint=(0,), seed=1)
    assert answer.decision.choice == (1,)


def test_scarce_things_have_a_worth_and_others_none() -> None:
    offers = [[a_candidate(100), a_candidate(130)], [a_candidate(100), a_candidate(170)]]
    scarce = Row("last piece", ((0, 0, 1), (1, 0, 1)), 1)
    plenty = Row("plenty", ((0, 1, 1), (1, 1, 1)), 2)
    answer = decide_many(offers, [scarce, plenty], hint=(1, 1), seed=1)
    assert answer.decision.choice == (1, 0)
    assert answer.decision.proved
    assert 30 <= answer.worth["last piece"] <= 70
    assert answer.worth["plenty"] == 0


def test_a_hundred_thousand_refusals_stay_within_64_bits() -> None:
    offers = [[a_candidate(10_000, missed=3), a_candidate(0)]] * 100_000
    assert len(offers) * FinitePrices(offers).refusal < 2**60


def test_nobody_to_decide_about_is_decided() -> None:
    assert decide_many([], [], hint=(), seed=1).decision.choice == ()


def test_a_replan_of_many_finds_the_freed_piece_too() -> None:
    problem = a_freed_piece().snapshot()
    plan = reassigned(problem, seed=1, stop=never, look=Look(most_exact=0))
    assert check(problem, plan) == ()
    assert plan.cost == recompute_cost(problem, plan)
    assert plan.cost.total < problem.initial_plan.cost.total
    assert sites(plan.assignments) == {"C-2": "DEPOT"}


def test_planning_many_together_hands_the_last_piece_to_whom_nothing_else_reaches() -> None:
    problem, contracts = the_last_piece()
    found = assign(problem, contracts, seed=1, rounds=2, tries=0, most_exact=1)
    assert check(replace(problem, contracts=found.contracts), found.plan) == ()
    assert found.refused == ()
    assert {each.contract_id: each.site_id for each in found.plan.assignments} == {"C-7": "STORE", "C-8": "DEPOT"}
    assert found.rounds[0].bound <= found.rounds[0].chosen


@pytest.mark.parametrize("seed", range(4))
def test_planning_many_together_is_never_worse_than_first_come(seed: int) -> None:
    problem, contracts = a_day(seed)
    found = assign(problem, contracts, seed=seed, rounds=2, most_exact=0)
    solved = replace(problem, contracts=found.contracts)
    assert check(solved, found.plan) == ()
    assert found.plan.cost == recompute_cost(solved, found.plan)
    assert found.score <= found.first_come


def test_up_to_the_threshold_the_choice_stays_with_cp_sat(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def count(offers: Offers, rows: Sequence[Row], *, hint: Choice, seed: int, stop: Stop) -> Answer:
        asked.append(len(offers))
        return decide_many(offers, rows, hint=hint, seed=seed, stop=stop)

    monkeypatch.setattr(rounds, "decide_many", count)
    problem, contracts = the_last_piece()
    assign(problem, contracts, seed=1, rounds=1, most_exact=2)
    assert asked == []
    assign(problem, contracts, seed=1, rounds=1, most_exact=1)
    assert asked == [2]

"""The choice: exact, the same every time, who is served before wishes before money."""

from itertools import product
from random import Random

import pytest

from solver.assignment.candidates import Candidate
from solver.assignment.constraints import Offers, Row
from solver.assignment.cp_sat import Prices, decide
from solver.assignment.highs import relax
from tests.solver.assignment.candidates import a_candidate, keeps

Choice = tuple[int | None, ...]


def best_of_all(offers: Offers, rows: list[Row]) -> int:
    """By looking at every choice that there is."""
    every = product(*([None, *range(len(offer))] for offer in offers))
    return min(Prices(offers).total(choice) for choice in every if keeps(rows, choice))


def a_random_choice(seed: int) -> tuple[list[list[Candidate]], list[Row]]:
    """Up to five contracts with up to four candidates, some of them scarce, wishes missed, costs below zero."""
    random = Random(seed)
    offers = [
        [a_candidate(random.randint(-20, 300), missed=random.choice((0, 0, 1))) for _ in range(random.randint(0, 4))]
        for _ in range(random.randint(1, 5))
    ]
    every = [(c, b) for c, offer in enumerate(offers) for b in range(len(offer))]
    rows = [
        Row(n, tuple((c, b, random.randint(1, 3)) for c, b in every if random.random() < 0.6), random.randint(0, 5))
        for n in range(random.randint(0, 4))
    ]
    return offers, rows


@pytest.mark.parametrize("seed", range(40))
def test_no_other_choice_of_all_that_there_are_is_better(seed: int) -> None:
    offers, rows = a_random_choice(seed)
    decision = decide(offers, rows, hint=(None,) * len(offers), seed=seed)
    assert keeps(rows, decision.choice)
    assert decision.proved
    assert Prices(offers).total(decision.choice) == best_of_all(offers, rows)


@pytest.mark.parametrize("seed", range(6))
def test_the_relaxation_is_a_bound(seed: int) -> None:
    offers, rows = a_random_choice(seed)
    assert relax(offers, rows).bound <= best_of_all(offers, rows) + 1e-6 * Prices(offers).refusal


def test_what_is_scarce_is_worth_what_the_next_best_costs_more() -> None:
    offers = [[a_candidate(100), a_candidate(130)], [a_candidate(100), a_candidate(170)]]
    scarce = Row("last piece", ((0, 0, 1), (1, 0, 1)), 1)
    plenty = Row("plenty", ((0, 1, 1), (1, 1, 1)), 2)
    relaxation = relax(offers, [scarce, plenty])
    assert relaxation.bound == pytest.approx(230)
    assert relaxation.worth["last piece"] == pytest.approx(30)
    assert relaxation.worth["plenty"] == pytest.approx(0)


def test_serving_one_more_comes_before_any_wish_and_any_money() -> None:
    offers = [
        [a_candidate(1), a_candidate(10_000, missed=3)],
        [a_candidate(1)],
    ]
    last = Row("last", ((0, 0, 1), (1, 0, 1)), 1)
    assert decide(offers, [last], hint=(0, None), seed=1).choice == (1, 0)


def test_a_wish_comes_before_money() -> None:
    offers = [[a_candidate(1, missed=1), a_candidate(9999)]]
    assert decide(offers, [], hint=(0,), seed=1).choice == (1,)


def test_nobody_is_served_by_what_there_is_not() -> None:
    assert decide([[], [a_candidate()]], [], hint=(None, None), seed=1).choice == (None, 0)


def test_the_same_seed_gives_the_same_choice() -> None:
    for seed in range(5):
        offers, rows = a_random_choice(100 + seed)
        choices = {decide(offers, rows, hint=(None,) * len(offers), seed=seed).choice for _ in range(3)}
        assert len(choices) == 1


def test_without_time_the_hint_stays() -> None:
    offers, rows = a_random_choice(3)
    hint: Choice = (None,) * len(offers)
    decision = decide(offers, rows, hint=hint, seed=1, effort=0.0)
    assert Prices(offers).total(decision.choice) <= Prices(offers).total(hint)
    assert keeps(rows, decision.choice)

"""Contracts planned together: never worse than first come, and better where somebody has to stand back."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from models.contract import Contract, ServiceItemKind, SlaTerm
from models.problem import Problem
from solver.assignment import Assigned, assign
from solver.assignment.constraints import rows_of
from solver.assignment.cp_sat import Prices, decide
from solver.assignment.draft import Draft
from solver.assignment.rounds import offer_of
from solver.check import check, recompute_cost
from solver.stop import after_calls
from tests.builders import a_catalogue, a_contract, a_place, a_problem, a_stock, an_item, at
from tests.server.promising.builders import a_site_stock
from tests.solver.assignment.candidates import keeps

SKUS = ("LEEKS", "MILK", "EGGS", "TISSUES", "RICE")


def assigned(
    problem: Problem, contracts: Sequence[Contract], *, seed: int = 1, rounds: int = 2, tries: int = 1
) -> Assigned:
    """What the checker has nothing against."""
    found = assign(problem, contracts, seed=seed, rounds=rounds, tries=tries)
    solved = replace(problem, contracts=(*problem.contracts, *found.contracts))
    assert check(solved, found.plan) == ()
    assert found.plan.cost == recompute_cost(solved, found.plan)
    return found


def a_day(seed: int, *, count: int = 5, pieces: int = 2) -> tuple[Problem, list[Contract]]:
    """Contracts of one or two items to anywhere, with scarce stock, some with a wish, as they come."""
    random = Random(seed)
    contracts = []
    for n in range(count):
        sla = SlaTerm(service_level_id=random.choice((None, None, "hour", "slot")))
        also = (ServiceItemKind.STORE_PICKUP,) if random.random() < 0.3 else ()
        place = a_place(random.randint(3, 8))
        items = [
            an_item(f"i-{k}", goods=[(random.choice(SKUS), 1)], place=place, sla=sla, also=also)
            for k in range(random.randint(1, 2))
        ]
        contracts.append(a_contract(f"C-{n}", items))
    return a_problem(stock=a_stock(pieces)), contracts


def the_last_piece() -> tuple[Problem, list[Contract]]:
    """Both sites have one; the first to come takes the depot's, and the second lies beyond the store's radius."""
    stock = (*a_site_stock("DEPOT", LEEKS=1), *a_site_stock("STORE", LEEKS=1))
    problem = a_problem(catalogue=a_catalogue(vans=(), carriers=(), pools=()), stock=stock)
    near, far = (a_contract(f"C-{n}", [an_item(goods=[("LEEKS", 1)], place=a_place(n))]) for n in (7, 8))
    return problem, [near, far]


def test_the_last_piece_goes_to_whom_nothing_else_reaches() -> None:
    problem, contracts = the_last_piece()
    first_come = assigned(problem, contracts, rounds=0)
    assert first_come.refused == ("C-8",)
    together = assigned(problem, contracts, tries=0)
    assert together.refused == ()
    sites = {each.contract_id: each.site_id for each in together.plan.assignments}
    assert sites == {"C-7": "STORE", "C-8": "DEPOT"}
    assert together.rounds[0].num_moved == 2
    assert together.first_come == first_come.score


def test_neighbours_hand_it_over_too_without_a_choice_for_all() -> None:
    problem, contracts = the_last_piece()
    assert assigned(problem, contracts[::-1], rounds=0).refused == ()


@pytest.mark.parametrize("seed", range(12))
def test_it_is_never_worse_than_first_come(seed: int) -> None:
    problem, contracts = a_day(seed)
    first_come, together = assigned(problem, contracts, rounds=0), assigned(problem, contracts, seed=seed, rounds=2)
    assert together.score <= first_come.score
    assert together.first_come == first_come.score
    assert len(together.refused) == together.score[0]
    assert together.plan.cost.total == together.score[2]


def test_some_day_it_is_better() -> None:
    gains = [found.score < found.first_come for found in (assigned(*a_day(seed), rounds=2) for seed in range(6))]
    assert any(gains)


@pytest.mark.parametrize("seed", range(6))
def test_the_choice_is_the_best_of_all_choices(seed: int) -> None:
    """Of real candidates, with the rows that they really have."""
    problem, contracts = a_day(seed, count=4, pieces=1)
    draft = Draft(problem, contracts)
    offers = [offer_of(draft, contract_id)[:6] for contract_id in draft.contracts]
    rows = rows_of(offers, draft.room)
    decision = decide(offers, rows, hint=(None,) * len(offers), seed=seed)
    every = product(*([None, *range(len(offer))] for offer in offers))
    best = min(Prices(offers).total(choice) for choice in every if keeps(rows, choice))
    assert Prices(offers).total(decision.choice) == best


def test_the_bound_lies_below_the_choice() -> None:
    found = assigned(*a_day(3), rounds=2)
    assert found.rounds
    for each in found.rounds:
        assert each.proved
        assert each.bound <= each.chosen + 1e-3
    assert found.bound == found.rounds[-1].bound


def test_the_same_seed_gives_the_same_plan() -> None:
    problem, contracts = a_day(5)
    plans = {assigned(problem, contracts, seed=7, rounds=2).plan.model_dump_json() for _ in range(3)}
    assert len(plans) == 1


def test_nothing_is_planned_before_it_was_ordered() -> None:
    problem, contracts = a_day(2)
    late = [
        contract.model_copy(
            update={
                "created_time": at("09:00"),
                "orders": tuple(order.model_copy(update={"joined_time": at("09:30")}) for order in contract.orders),
            }
        )
        for contract in contracts
    ]
    found = assigned(problem, late, rounds=1)
    assert found.plan.assignments
    assert all(use.bucket_start >= at("09:30") for each in found.plan.assignments for use in each.uses)
    assert all(promise.window.earliest >= at("09:30") for each in found.contracts for promise in each.promises)


def test_what_is_in_the_plan_already_stays_as_it_is() -> None:
    problem, contracts = a_day(4)
    before = assigned(problem, contracts[:3], rounds=1)
    going_on = replace(problem, contracts=before.contracts, initial_plan=before.plan)
    after = assigned(going_on, contracts[3:], rounds=1)
    kept = {(each.contract_id, each.item_id): (each.site_id, each.uses) for each in before.plan.assignments}
    found = {(each.contract_id, each.item_id): (each.site_id, each.uses) for each in after.plan.assignments}
    assert kept.items() <= found.items()
    versions = {route.resource_id: route.version for route in before.plan.routes}
    assert all(route.version <= versions.get(route.resource_id, 0) + 1 for route in after.plan.routes)


def test_who_cannot_be_served_is_listed_with_reasons() -> None:
    found = assigned(a_problem(stock=()), [a_contract("C-1")], rounds=2)
    assert found.refused == ("C-1",)
    assert found.plan.unplanned[0].reasons[0].code == "NO_STOCK"


def test_no_contracts_are_no_work() -> None:
    found = assigned(a_problem(), [])
    assert (found.contracts, found.rounds, found.bound) == ((), (), None)


def test_time_that_is_up_leaves_first_come() -> None:
    problem, contracts = a_day(1)
    stopped = assign(problem, contracts, seed=1, stop=after_calls(1))
    assert stopped.rounds == ()
    assert stopped.plan == assigned(problem, contracts, rounds=0).plan


def test_time_that_runs_out_in_a_round_leaves_a_valid_plan() -> None:
    problem, contracts = a_day(1)
    for calls in (3, len(contracts) + 2, len(contracts) + 4):
        found = assign(problem, contracts, seed=1, stop=after_calls(calls))
        assert check(replace(problem, contracts=found.contracts), found.plan) == ()
        assert found.score <= found.first_come

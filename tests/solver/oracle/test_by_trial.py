"""Tiny problems, solved once more by trying every source, vehicle and order: the oracle finds the same cost."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations, product
from random import Random

import pytest

from models.contract import Contract
from models.plan import Plan, Route
from models.problem import Problem
from models.resource import Rider, Site
from models.timing import TimeWindow
from solver.check import check, recompute_cost
from tests.builders import (
    Call,
    a_catalogue,
    a_depot,
    a_place,
    a_problem,
    a_rider,
    a_route,
    a_stock,
    a_store,
    an_assignment,
    an_item,
    at,
)
from tests.solver.oracle.asking import answered, promised

Choice = tuple[Site, Rider]


def a_drawn_problem(seed: int, *, num_contracts: int) -> Problem:
    random = Random(seed)
    contracts = []
    for n in range(num_contracts):
        opens = at("07:00") + timedelta(minutes=random.randint(0, 20))
        window = TimeWindow(earliest=opens, latest=opens + timedelta(minutes=random.choice([0, 5, 20])))
        item = an_item(place=a_place(random.randint(1, 8)))
        contracts.append(promised(f"C-{n}", (item, {"window": window})))
    riders = tuple(a_rider(f"R-{n}", start_place=a_place(random.randint(1, 8))) for n in (1, 2))
    catalogue = a_catalogue(riders=riders, vans=(), pools=(), sites=(a_store(radius_m={}), a_depot()))
    return a_problem(catalogue=catalogue, contracts=tuple(contracts), stock=a_stock(random.choice([1, 2, 20])))


def cheapest_by_trial(problem: Problem) -> int | None:
    """The cost of the cheapest of all plans that the checker accepts; everybody goes as early as possible."""
    plans = sorted(plans_of(problem), key=lambda plan: recompute_cost(problem, plan).total)
    return next((plan.cost.total for plan in plans if not check(problem, plan)), None)


def plans_of(problem: Problem) -> Iterator[Plan]:
    catalogue = problem.catalogue
    for choices in product(product(catalogue.sites, catalogue.riders), repeat=len(problem.contracts)):
        chosen = list(zip(problem.contracts, choices, strict=True))
        for routes in product(*(list(routes_of(rider, chosen)) for rider in catalogue.riders)):
            yield a_plan(problem, chosen, {route.resource_id: route for route in routes})


def routes_of(rider: Rider, chosen: list[tuple[Contract, Choice]]) -> Iterator[Route]:

    own = [(contract, site) for contract, (site, by) in chosen if by is rider]
    ready = at("07:05")
    fetch = [Call(contract, "i-rice", site, not_before=ready) for contract, site in own]
    bring = [Call(contract, "i-rice", not_before=contract.promises[0].window.earliest) for contract, _ in own]
    for order in permutations([*fetch, *bring]):
        if all(order.index(one) < order.index(other) for one, other in zip(fetch, bring, strict=True)):
            yield a_route(rider, order, depart=at("07:00"))


def a_plan(problem: Problem, chosen: list[tuple[Contract, Choice]], routes: dict[str, Route]) -> Plan:
    assignments = tuple(
        an_assignment(
            contract,
            "i-rice",
            site=site,
            picked=at("07:00"),
            resource_id=rider.resource_id,
            route=routes[rider.resource_id],
        )
        for contract, (site, rider) in chosen
    )
    plan = Plan(routes=tuple(routes.values()), assignments=assignments)
    return plan.model_copy(update={"cost": recompute_cost(problem, plan)})


@pytest.mark.parametrize("seed", range(8))
def test_two_contracts_cost_what_the_best_of_all_plans_costs(seed: int) -> None:
    problem = a_drawn_problem(seed, num_contracts=2)
    best = cheapest_by_trial(problem)
    answer = answered(problem)
    assert (answer.cost if answer.plan else None) == best


def test_both_verdicts_occur() -> None:
    verdicts = {answered(a_drawn_problem(seed, num_contracts=2)).plan is None for seed in range(8)}
    assert verdicts == {True, False}


def test_three_contracts_cost_what_the_best_of_all_plans_costs() -> None:
    problem = a_drawn_problem(102, num_contracts=3)
    assert answered(problem).cost == cheapest_by_trial(problem)

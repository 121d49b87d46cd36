"""Other sources behind the same promises: exchanged where that saves, never where somebody has begun."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from models.contract import Contract, ContractStatus
from models.option import SlaOption
from models.plan import Assignment, Plan
from models.problem import Problem
from models.promise import Mode, PromiseState, SameStart
from solver.assignment import reassigning
from solver.assignment.reassigning import Look, bound_of_sources, reassigned
from solver.check import check, moved_promises, recompute_cost
from solver.stop import after_calls, never
from tests.builders import a_carrier, a_catalogue, a_contract, a_place, a_problem, an_item, at
from tests.server.promising.builders import a_site_stock
from tests.solver.market import Market

FAR = 7


def a_market(*, depot: int = 1, store: int = 5) -> Market:
    stock = (*a_site_stock("DEPOT", LEEKS=depot), *a_site_stock("STORE", LEEKS=store))
    problem = a_problem(catalogue=a_catalogue(vans=(), carriers=(), pools=()), stock=stock, now=at("06:45"))
    return Market.opened(replace(problem, freeze_until=at("06:45")))


def leeks(contract_id: str, crossing: int) -> Contract:
    return a_contract(contract_id, [an_item(goods=[("LEEKS", 1)], place=a_place(crossing))])


def one_by_one(market: Market, *contracts: Contract) -> None:
    """Each in the slot from 08:00 to 10:00, from wherever it is cheapest then."""
    for contract in contracts:
        options = [each for each in market.quote(contract).options if is_slot(each)]
        market.take(contract, min(options, key=lambda option: option.cost.total))


def is_slot(option: SlaOption) -> bool:
    return option.promises[0].service_level_id == "slot" and option.promises[0].window.earliest == at("08:00")


def sites(assignments: tuple[Assignment, ...]) -> dict[str, str | None]:
    return {each.contract_id: each.site_id for each in assignments}


def done(problem: Problem) -> dict[str, str | None]:
    """Sites after reassigning, once the checker has nothing against the plan."""
    plan = reassigned(problem, seed=1, stop=never)
    assert check(problem, plan) == ()
    assert plan.cost == recompute_cost(problem, plan)
    assert moved_promises(problem.contracts, problem.contracts) == ()
    assert plan.cost.total < problem.initial_plan.cost.total or plan is problem.initial_plan
    return sites(plan.assignments)


def a_freed_piece() -> Market:
    """The second waits for the store's leeks; the first, who had the depot's, has gone."""
    market = a_market()
    one_by_one(market, leeks("C-1", FAR), leeks("C-2", FAR))
    assert sites(market.board.plan().assignments) == {"C-1": "DEPOT", "C-2": "STORE"}
    market.leave("C-1")
    return market


def test_what_is_free_again_is_taken_where_it_saves() -> None:
    assert done(a_freed_piece().snapshot()) == {"C-2": "DEPOT"}


def test_without_stock_elsewhere_nothing_changes() -> None:
    market = a_market(depot=1)
    one_by_one(market, leeks("C-1", FAR))
    problem = market.snapshot()
    assert reassigned(problem, seed=1, stop=never) is problem.initial_plan


def test_what_is_being_picked_stays() -> None:
    market = a_freed_piece()
    (assignment,) = market.board.plan().assignments
    begun = min(use.bucket_start for use in assignment.uses)
    problem = replace(market.snapshot(), freeze_until=begun, now=begun)
    assert reassigned(problem, seed=1, stop=never) is problem.initial_plan


@pytest.mark.parametrize("state", [ContractStatus.QUOTED, ContractStatus.DRAFT])
def test_what_is_only_held_stays(state: ContractStatus) -> None:
    problem = a_freed_piece().snapshot()
    held = tuple(each.model_copy(update={"status": state}) for each in problem.contracts)
    assert reassigned(replace(problem, contracts=held), seed=1, stop=never) is problem.initial_plan


def test_what_is_at_risk_stays() -> None:
    problem = a_freed_piece().snapshot()
    (contract,) = problem.contracts
    at_risk = tuple(each.model_copy(update={"state": PromiseState.AT_RISK}) for each in contract.promises)
    risky = (contract.model_copy(update={"promises": at_risk}),)
    assert reassigned(replace(problem, contracts=risky), seed=1, stop=never) is problem.initial_plan


def test_what_starts_together_stays() -> None:
    """Its instant was agreed on, and putting it in anew could find another."""
    problem = a_freed_piece().snapshot()
    (contract,) = problem.contracts
    together = contract.model_copy(update={"same_starts": (SameStart(item_ids=("i-rice", "i-rice")),)})
    assert reassigned(replace(problem, contracts=(together,)), seed=1, stop=never) is problem.initial_plan


def test_time_that_is_up_changes_nothing() -> None:
    problem = a_freed_piece().snapshot()
    assert reassigned(problem, seed=1, stop=after_calls(1)) is problem.initial_plan


def test_the_same_seed_gives_the_same_plan() -> None:
    problem = a_freed_piece().snapshot()
    assert len({reassigned(problem, seed=3, stop=never).model_dump_json() for _ in range(3)}) == 1


def a_place_for_one_parcel() -> Problem:
    """One parcel a day is left with the cheap carrier, and the light one has it."""
    per_kg = a_carrier("X-1", tariff_base=100, tariff_per_kg=100, daily_quota=1)
    dear = a_carrier("X-2", tariff_base=100, tariff_per_kg=900)
    stock = a_site_stock("DEPOT", LEEKS=1, RICE=1)
    catalogue = a_catalogue(riders=(), vans=(), pools=(), carriers=(per_kg, dear))
    market = Market.opened(a_problem(catalogue=catalogue, stock=stock))
    light, heavy = (a_contract(f"C-{sku}", [an_item(goods=[(sku, 1)])]) for sku in ("LEEKS", "RICE"))
    for contract, carrier_id in ((light, "X-1"), (heavy, "X-2")):
        options = market.quote(contract).options
        market.take(contract, next(each for each in options if by_carrier(each) == carrier_id))
    return market.snapshot()


def carriers(plan: Plan) -> dict[str, str | None]:
    return {each.contract_id: each.resource_id for each in plan.assignments}


def test_a_parcel_hands_its_place_to_one_that_saves_more_by_it() -> None:
    problem = a_place_for_one_parcel()
    plan = reassigned(problem, seed=1, stop=never)
    assert check(problem, plan) == ()
    assert carriers(plan) == {"C-LEEKS": "X-2", "C-RICE": "X-1"}


@pytest.mark.parametrize(
    ("look", "is_found"),
    [
        (Look(most=1), False),
        (Look(most=2), True),
        (Look(most=None), True),
        (Look(most=None, enough=after_calls(2)), False),
        (Look(most=None, enough=after_calls(3)), True),
        (Look(most=None, over=after_calls(1)), False),
    ],
)
def test_an_exchange_is_found_if_both_are_looked_at_and_there_is_time_for_it(look: Look, is_found: bool) -> None:
    problem = a_place_for_one_parcel()
    plan = reassigned(problem, seed=1, stop=never, look=look)
    assert (carriers(plan) == {"C-LEEKS": "X-2", "C-RICE": "X-1"}) is is_found
    assert (plan is problem.initial_plan) is not is_found


def test_the_cheapest_ways_alone_are_enough_for_the_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassigning, "MOST", 1)
    problem = a_place_for_one_parcel()
    plan = reassigned(problem, seed=1, stop=never, look=Look(most=None))
    assert check(problem, plan) == ()
    assert carriers(plan) == {"C-LEEKS": "X-2", "C-RICE": "X-1"}


@pytest.mark.parametrize("market", [a_freed_piece().snapshot, a_place_for_one_parcel])
def test_no_other_sources_cost_less_than_the_bound(market: Callable[[], Problem]) -> None:
    problem = market()
    bound = bound_of_sources(problem, seed=1)
    saved = problem.initial_plan.cost.total - reassigned(problem, seed=1, stop=never).cost.total
    assert bound.lower_bound <= bound.chosen == bound.as_it_is - saved
    assert bound.num_looked_at == bound.num_contracts == len(problem.contracts)
    assert bound.num_candidates > bound.num_contracts


def test_the_bound_of_what_nobody_was_looked_at_for_is_what_there_is() -> None:
    problem = a_place_for_one_parcel()
    bound = bound_of_sources(problem, seed=1, enough=after_calls(1))
    assert (bound.num_looked_at, bound.num_candidates) == (0, 2)
    assert bound.lower_bound == bound.chosen == bound.as_it_is


def by_carrier(option: SlaOption) -> str | None:
    (assignment,) = option.assignments
    return assignment.resource_id if assignment.mode is Mode.CARRIER else None

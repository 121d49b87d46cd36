"""Sources and routes are chosen together, from what is kept free for everybody who might take it."""

from dataclasses import replace

import pytest

from models.contract import Contract, ContractStatus, ServiceItemKind
from models.plan import Plan
from models.problem import Problem
from models.promise import SameVisit
from solver.assignment.reassigning import reassigned
from solver.check import check, moved_promises, recompute_cost
from solver.disturbance import changed_hands
from solver.quoting.board import Board
from solver.replanning import replan as replanning
from solver.replanning.one_by_one import take_one_by_one
from solver.replanning.replan import replan
from solver.replanning.spare_sources import spare_sources
from solver.routing.of_plan import RoutedPlan
from solver.stop import after_calls, never
from tests.builders import (
    a_catalogue,
    a_contract,
    a_depot,
    a_place,
    a_problem,
    a_rider,
    a_service,
    a_store,
    an_item,
    at,
)
from tests.server.promising.builders import a_site_stock
from tests.solver.assignment.test_reassigning import leeks, one_by_one, sites
from tests.solver.market import Market

ITERATIONS = 200


def two_from_far_away(*, depot: int = 2) -> Problem:
    """The rider starts and ends at the depot, and fetches goods for two customers at the store, six blocks off.

    By now the depot has them too. Whoever alone got his goods from there would add a stop and save no way.
    """
    far, near = a_store(place=a_place(8), radius_m={}), a_depot(place=a_place(2), radius_m={})
    catalogue = a_catalogue(sites=(far, near), riders=(a_rider(),), vans=(), carriers=(), pools=())
    stock = a_site_stock("STORE", LEEKS=2)
    problem = a_problem(catalogue=catalogue, stock=stock, now=at("06:45"), freeze_until=at("06:45"))
    market = Market.opened(problem)
    one_by_one(market, leeks("C-1", 4), leeks("C-2", 5))
    return replace(market.snapshot(), stock=(*stock, *a_site_stock("DEPOT", LEEKS=depot)))


def replanned(problem: Problem) -> Plan:
    """Once the checker has nothing against the plan."""
    plan = replan(problem, seed=1, iterations=ITERATIONS)
    assert check(problem, plan) == ()
    assert plan.cost == recompute_cost(problem, plan)
    assert moved_promises(problem.contracts, problem.contracts) == ()
    return plan


def test_two_that_share_a_way_come_from_elsewhere_together() -> None:
    problem = two_from_far_away()
    assert reassigned(problem, seed=1, stop=never) is problem.initial_plan, "one after the other, neither would"
    plan = replanned(problem)
    assert sites(plan.assignments) == {"C-1": "DEPOT", "C-2": "DEPOT"}
    assert plan.cost.total < problem.initial_plan.cost.total


def test_what_one_could_take_nobody_else_is_given() -> None:
    problem = two_from_far_away(depot=1)
    assert list(spare_sources(Board.of(problem), problem, most=2)) == [("C-1", "i-rice")]
    assert replanned(problem) is problem.initial_plan


def test_only_the_dearest_are_given_a_choice() -> None:
    problem = two_from_far_away()
    assert len(spare_sources(Board.of(problem), problem, most=1)) == 1


def test_a_pinned_item_keeps_its_site() -> None:
    problem = replace(two_from_far_away(), pinned=frozenset({("C-1", "i-rice")}))
    assert replanned(problem) is problem.initial_plan


def test_what_is_only_held_keeps_its_site() -> None:
    problem = two_from_far_away()
    held = tuple(each.model_copy(update={"status": ContractStatus.QUOTED}) for each in problem.contracts)
    assert replanned(replace(problem, contracts=held)) is problem.initial_plan


def test_what_is_being_picked_keeps_its_site() -> None:
    problem = two_from_far_away()
    begun = max(use.bucket_start for each in problem.initial_plan.assignments for use in each.uses)
    assert replanned(replace(problem, now=begun, freeze_until=begun)) is problem.initial_plan


def test_goods_that_could_not_be_picked_before_the_freeze_ends_are_fetched_later() -> None:
    problem = replace(two_from_far_away(), freeze_until=at("06:46"))
    for each in replanned(problem).assignments:
        assert each.site_id == "DEPOT"
        assert min(use.bucket_start for use in each.uses) > at("06:46")


def test_sites_change_only_if_that_saves_more_than_it_disturbs() -> None:
    problem = two_from_far_away()
    saved = problem.initial_plan.cost.total - replanned(problem).cost.total
    changed = changed_hands(problem.initial_plan, replanned(replace(problem, disturbance=saved // 2 - 1)))
    assert changed == (("C-1", "i-rice"), ("C-2", "i-rice"))
    dear = replace(problem, disturbance=saved // 2 + 1)
    assert replanned(dear) is problem.initial_plan


def test_the_same_seed_gives_the_same_sources_and_routes() -> None:
    problem = two_from_far_away()
    assert len({replanned(problem).model_dump_json() for _ in range(3)}) == 1


def test_a_search_that_is_stopped_at_once_leaves_a_valid_plan() -> None:
    problem = two_from_far_away()
    plan = replan(problem, seed=1, iterations=10**9, stop=after_calls(5))
    assert check(problem, plan) == ()
    assert plan.cost.total <= problem.initial_plan.cost.total


def test_more_than_one_search_takes_are_not_given_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replanning, "ONE_SEARCH", 1)
    problem = two_from_far_away()
    assert replanned(problem) is problem.initial_plan


# what is handed over and taken back in one visit


def an_exchange() -> Contract:
    door = a_place(4)
    new = an_item("i-new", goods=[("LEEKS", 1)], place=door)
    old = a_service("i-old", ServiceItemKind.COLLECTION, place=door)
    return a_contract("C-1", [new, old], same_visits=(SameVisit(item_ids=("i-new", "i-old")),))


def an_exchange_far_away() -> Problem:
    """New leeks come from the depot; only the store, far up the street, took old ones back. Now both."""
    far, near = a_store(place=a_place(8), radius_m={}), a_depot(place=a_place(2), radius_m={}, returns_per_day=0)
    catalogue = a_catalogue(sites=(far, near), riders=(a_rider(),), vans=(), carriers=(), pools=())
    stock = a_site_stock("DEPOT", LEEKS=1)
    market = Market.opened(a_problem(catalogue=catalogue, stock=stock, now=at("06:45"), freeze_until=at("06:45")))
    market.take(an_exchange())
    takes_back = near.model_copy(update={"returns_per_day": 1})
    return replace(market.snapshot(), catalogue=catalogue.model_copy(update={"sites": (far, takes_back)}))


def test_an_item_changes_its_site_while_all_others_stay() -> None:
    problem = an_exchange_far_away()
    board = Board.of(problem)
    before = board.plan().cost.total
    plan = RoutedPlan.of(board, problem, home=problem.initial_plan)
    plan = plan.or_from(spare_sources(board, problem, most=1), board, problem, home=problem.initial_plan)
    take_one_by_one(board, plan)
    (way,) = plan.ways_taken(board.routes.arrays()[1])
    assert [(spare.key, spare.assignment.site_id) for spare in plan.spares[way]] == [(("C-1", "i-old"), "DEPOT")]
    assert board.plan().cost.total < before
    stops = {board.routes.stop_position(("C-1", each), vehicle_idx=0) for each in ("i-new", "i-old")}
    assert len(stops) == 1


def test_what_does_not_pay_is_undone() -> None:
    problem = replace(an_exchange_far_away(), disturbance=10**6)
    board = Board.of(problem)
    before = board.plan()
    plan = RoutedPlan.of(board, problem, home=problem.initial_plan)
    plan = plan.or_from(spare_sources(board, problem, most=1), board, problem, home=problem.initial_plan)
    take_one_by_one(board, plan)
    assert board.plan() == before
    assert plan.ways_taken(board.routes.arrays()[1]).tolist() == [0]


def test_what_is_taken_back_goes_to_the_nearer_site_in_a_replan() -> None:
    plan = replanned(an_exchange_far_away())
    assert {each.item_id: each.site_id for each in plan.assignments} == {"i-new": "DEPOT", "i-old": "DEPOT"}
    (use,) = next(each.uses for each in plan.assignments if each.item_id == "i-old")
    assert use.owner_id == "DEPOT"

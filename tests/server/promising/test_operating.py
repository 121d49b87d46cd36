"""A plan that was made for a long time comes back: snapshots, what is noted with a publication, what it moved."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from models.disturbance import Account
from models.plan import Plan
from models.problem import Problem
from server.ledger import StoredOperation, Transaction
from server.promising import Publication, Snapshot
from solver.replanning.replan import replan
from tests.builders import a_catalogue, a_place, a_rider, at
from tests.server.promising.builders import Shop, a_world, an_order

OPERATION = StoredOperation("night", "replan", "SEARCHING", "{}")


def a_shop(url: str) -> Shop:
    """Leeks for eight doors, put into the routes of two riders as they came."""
    riders = tuple(a_rider(f"R-{n}", start_place=a_place(2 * n)) for n in (1, 2))
    catalogue = a_catalogue(riders=riders, pools=())
    shop = Shop(url, world=a_world(catalogue=catalogue))
    doors = [a_place(3 + n % 5, snap_distance_m=10 * n) for n in range(8)]
    for n, door in enumerate(doors):
        shop.confirmed(an_order(f"o{n}", "LEEKS", member=f"m{n}", place=door))
    shop.promising.remember_operation(OPERATION)
    return shop


def improved(problem: Problem) -> Plan:
    plan = replan(problem, seed=1, iterations=1000)
    assert plan.cost.total < problem.initial_plan.cost.total
    return plan


def published(shop: Shop, problem: Problem, plan: Plan) -> tuple[Publication, Account]:
    found: list[tuple[Publication, Account]] = []

    def also(publication: Publication, account: Account, tx: Transaction) -> None:
        tx.put_part("night", "published", publication.model_dump_json())
        found.append((publication, account))

    shop.promising.publish(problem, plan, also=also)
    return found[0]


def test_a_snapshot_outlives_the_process_and_is_the_same_problem(url: str) -> None:
    shop = a_shop(url)
    problem = shop.promising.problem()
    kept = shop.promising.snapshot().model_dump_json()
    again = shop.restarted().promising.problem_of(Snapshot.model_validate_json(kept))
    assert again is not None
    assert (again.contracts, again.stock, again.initial_plan) == (
        problem.contracts,
        problem.stock,
        problem.initial_plan,
    )
    assert (again.now, again.freeze_until) == (problem.now, problem.freeze_until)
    assert improved(again) == improved(problem)


def test_a_snapshot_freezes_as_far_as_it_is_told(url: str) -> None:
    shop = a_shop(url)
    assert shop.promising.snapshot(freeze_until=at("09:00")).file.freeze_until == at("09:00")


def test_a_snapshot_is_of_no_use_once_resources_have_changed(url: str) -> None:
    shop = a_shop(url)
    snapshot = shop.promising.snapshot()
    rider = shop.promising.supply("R-2")
    shop.promising.remove_resource("R-2", revision=rider.revision, request_id="gone")
    assert shop.promising.problem_of(snapshot) is None


def test_what_a_plan_moved_is_told_and_the_exchanges_add_up_to_what_it_saved(url: str) -> None:
    shop = a_shop(url)
    before = shop.promising.plan()
    problem = shop.promising.problem()
    publication, account = published(shop, problem, improved(problem))
    saved = publication.cost_before.total - publication.cost_after.total
    assert sum(each.saved for each in account.exchanges) == saved > 0
    moves = [move for each in account.exchanges for move in each.moves]
    old = {(each.contract_id, each.item_id): each for each in before.assignments}
    new = {(each.contract_id, each.item_id): each for each in shop.promising.plan().assignments}
    changed = {
        key
        for key in old
        if (old[key].resource_id, old[key].planned_start) != (new[key].resource_id, new[key].planned_start)
    }
    assert {(move.contract_id, move.item_id) for move in moves} == changed
    assert sum(each.changed_hands for each in account.contract_changes) == publication.changed_hands
    assert {each.contract_id for each in account.contract_changes} == {move.contract_id for move in moves}
    distance = {route.resource_id: route.distance_m for route in shop.promising.plan().routes}
    assert all(each.distance_after_m == distance.get(each.resource_id, 0) for each in account.resource_changes)
    assert sum(each.gained for each in account.resource_changes) == sum(each.lost for each in account.resource_changes)


def test_what_is_noted_with_a_publication_is_there_only_with_it(url: str) -> None:
    shop = a_shop(url)
    problem = shop.promising.problem()
    before = shop.promising.plan()

    def also(_publication: Publication, _account: Account, tx: Transaction) -> None:
        tx.put_part("night", "published", "{}")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shop.promising.publish(problem, improved(problem), also=also)
    assert shop.promising.part("night", "published") is None
    assert shop.promising.plan() == shop.restarted().promising.plan() == before


def test_a_contract_that_changed_in_the_middle_is_left_alone_and_the_rest_is_published(url: str) -> None:
    shop = a_shop(url)
    problem = shop.promising.problem()
    plan = improved(problem)
    late = shop.confirmed(an_order("late", "LEEKS", member="late", crossing=8))
    promised = {
        each: shop.promising.contract(each).promises
        for each in sorted({one.contract_id for one in shop.promising.plan().assignments})
    }
    publication, _ = published(shop, problem, plan)
    assert publication.routes_dropped
    assert publication.promises_moved == ()
    assert {each: shop.promising.contract(each).promises for each in promised} == promised
    assert late.contract_id in promised
    assert shop.promising.check() == ()


def test_a_plan_with_nothing_better_leaves_every_byte_of_the_plan(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    shop = a_shop(url)
    problem = shop.promising.problem()
    before = rows(url)
    publication, account = published(shop, problem, problem.initial_plan)
    assert rows(url) == before
    assert (publication.routes_changed, account) == ((), Account())
    assert replan(replace(problem, pinned=keys(problem)), seed=1, iterations=500) is problem.initial_plan


def keys(problem: Problem) -> frozenset[tuple[str, str]]:
    return frozenset((each.contract_id, each.item_id) for each in problem.initial_plan.assignments)


def rows(url: str) -> list[list[tuple[object, ...]]]:
    """All that the ledger holds of the plan."""
    engine = create_engine(url)
    tables = ("routes", "assignments", "contracts", "contract_revisions", "capacity", "stock", "events")
    with engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] for name in tables]
    engine.dispose()
    return found

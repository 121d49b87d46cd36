"""The part of the plan that is checked: as good as checking all of it."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random

from models.promise import Mode
from server.promising.books import Change, Entries, key_of, plan_of
from server.promising.scope import affected_part
from solver.check import check, recompute_cost
from tests.builders import Scene, a_planned_day
from tests.server.promising.builders import Shop, an_order


def entries_of(scene: Scene) -> Entries:
    return Entries(
        {route.resource_id: route for route in scene.plan.routes},
        {key_of(each): each for each in scene.plan.assignments},
        {contract.contract_id: contract for contract in scene.problem.contracts},
    )


def found_in_part(scene: Scene, broken: Scene, contract_id: str) -> set[str]:
    """Codes of the violations in the part that the contract affects, once `broken` is in force."""
    stock = {(row.site_id, row.sku_id): row for row in broken.problem.stock}
    after, before = entries_of(broken), entries_of(scene)
    routes = tuple(route for route in broken.plan.routes if route != before.routes[route.resource_id])
    change = Change(routes=routes, contracts=(after.contracts[contract_id],))
    in_force = Entries(before.routes, after.assignments, after.contracts)
    part = affected_part(replace(broken.problem, contracts=(), stock=()), in_force, change, stock=stock)
    return {violation.code for violation in check(*part)}


def test_the_affected_part_of_a_valid_plan_is_valid() -> None:
    scene = a_planned_day()
    for contract in scene.problem.contracts:
        assert found_in_part(scene, scene, contract.contract_id) == set()


def test_a_part_leaves_out_what_the_change_cannot_reach() -> None:
    scene = a_planned_day()
    stock = {(row.site_id, row.sku_id): row for row in scene.problem.stock}
    contract = next(each for each in scene.problem.contracts if each.contract_id == "C-2")
    problem, plan = affected_part(scene.problem, entries_of(scene), Change(contracts=(contract,)), stock=stock)
    assert [route.resource_id for route in plan.routes] == ["V-1"]
    assert {each.item_id for each in plan.assignments} == {"i-book", "i-cake", "i-second"}
    assert [[item.item_id for item in each.items] for each in problem.contracts] == [
        ["i-cake"],
        ["i-book"],
        ["i-second"],
    ]
    assert len(problem.stock) == 3


def test_a_shortage_at_a_shared_site_is_found() -> None:
    scene = a_planned_day()
    assert "STOCK_EXCEEDED" in found_in_part(scene, scene.on_hand("STORE", "LEEKS", 1), "C-3")


def test_a_late_visit_of_another_contract_on_the_same_route_is_found() -> None:
    scene = a_planned_day()
    late = scene.visits("R-1")[5].start + timedelta(hours=3)
    assert found_in_part(scene, scene.visit("R-1", 5, start=late), "C-3")


def test_whatever_customers_do_the_whole_plan_stays_valid(url: str) -> None:
    shop, random, numbers = Shop(url), Random(7), count()
    skus = ["CAKE", "MILK", "LEEKS", "EGGS", "TISSUES", "BOOK", "RICE"]
    for _ in range(60):
        number = next(numbers)
        order = an_order(
            f"o{number}",
            *random.sample(skus, random.randint(1, 3)),
            member=f"m{random.randint(1, 12)}",
            crossing=random.randint(2, 8),
        )
        _play(shop, order.order_id, random, contract_id=shop.submitted(order).contract_id)
        assert shop.promising.check() == ()
        shop.later(timedelta(seconds=random.randint(0, 200), milliseconds=random.choice([0, 0, 250])))
    plan = shop.promising.plan()
    assert {each.mode for each in plan.assignments} >= {Mode.RIDER, Mode.VAN, Mode.PICKUP}
    assert plan.cost == recompute_cost(shop.promising.problem(), plan)
    again = shop.restarted()
    assert again.promising.plan() == plan
    with shop.ledger.transaction() as tx:
        assert plan_of(Entries({each.resource_id: each for each in tx.routes()}, {}, {})).routes == plan.routes
        assert sum(tx.used_capacity().values()) == sum(use.amount for each in plan.assignments for use in each.uses)
        pieces = [demand.quantity for contract in shop.promising.problem().contracts for demand in contract.demands]
        assert sum(tx.reserved().values()) == sum(pieces)


def _play(shop: Shop, name: str, random: Random, *, contract_id: str) -> None:
    """Quote, and then whatever a customer may do."""
    options = shop.promising.quote(contract_id).options
    if not options:
        return
    held = shop.promising.hold(random.choice(options).token, request_id=f"hold {name}")
    match random.choice(["confirm", "confirm", "confirm", "release", "forget", "cancel"]):
        case "confirm":
            shop.promising.confirm(held.reservation_id, request_id=f"confirm {name}")
        case "release":
            shop.promising.release(held.reservation_id, request_id=f"release {name}")
        case "cancel":
            shop.promising.cancel(contract_id, request_id=f"cancel {name}")

"""A replan that takes goods from another site: what is given back and taken goes together."""

from dataclasses import replace
from datetime import timedelta

from models.contract import Contract
from models.plan import CapacityKind, Plan
from models.problem import Problem
from models.promise import Mode
from server.promising import Promising
from solver.check import recompute_cost
from solver.replanning.replan import replan
from tests.builders import a_carrier, a_catalogue, a_policy, at
from tests.server.promising.builders import Shop, a_site_stock, a_world, an_order
from tests.server.promising.reassigning.conftest import OpenShop

FAR = 7
"""A crossing that is nearer to the depot than to the store, and that both deliver to."""


def a_shop_where_the_depot_is_free_again(open_shop: OpenShop, *, disturbance: int = 0) -> tuple[Shop, Contract]:
    """Two wanted the depot's only leeks; who got them cancels, the other still waits for the store's."""
    stock = (*a_site_stock("DEPOT", LEEKS=1), *a_site_stock("STORE", LEEKS=1))
    shop = open_shop(world=a_world(stock=stock, catalogue=a_catalogue(policy=a_policy(disturbance=disturbance))))
    first = shop.confirmed(an_order("o1", "LEEKS", member="m1", crossing=FAR))
    second = shop.confirmed(an_order("o2", "LEEKS", member="m2", crossing=FAR))
    assert sites(shop.promising.plan()) == {first.contract_id: "DEPOT", second.contract_id: "STORE"}
    shop.promising.cancel(first.contract_id, request_id="cancel")
    return shop, second


def sites(plan: Plan) -> dict[str, str | None]:
    return {each.contract_id: each.site_id for each in plan.assignments}


def improved(promising: Promising) -> tuple[Problem, Plan]:
    problem = promising.problem()
    return problem, replan(problem, seed=1, iterations=200)


def test_goods_come_from_the_other_site_and_stock_and_picking_move_with_them(open_shop: OpenShop) -> None:
    shop, contract = a_shop_where_the_depot_is_free_again(open_shop)
    problem, plan = improved(shop.promising)
    published = shop.promising.publish(problem, plan)
    assert sites(shop.promising.plan()) == {contract.contract_id: "DEPOT"}
    assert published.cost_after.total < published.cost_before.total
    assert published.promises_moved == ()
    assert shop.promising.contract(contract.contract_id).promises == contract.promises
    books = shop.books()
    assert books.reserved == {("DEPOT", "LEEKS"): 1}
    assert books.capacity == sum(use.amount for each in shop.promising.plan().assignments for use in each.uses)
    assert shop.promising.check() == ()
    assert open_shop(clock=shop.clock, world=shop.world).promising.plan() == shop.promising.plan()


def test_what_somebody_else_has_taken_meanwhile_is_left_to_them(open_shop: OpenShop) -> None:
    shop, contract = a_shop_where_the_depot_is_free_again(open_shop)
    problem, plan = improved(shop.promising)
    third = shop.confirmed(an_order("o3", "LEEKS", member="m3", crossing=FAR))
    before = shop.promising.plan()
    assert sites(before)[third.contract_id] == "DEPOT"
    published = shop.promising.publish(problem, plan)
    assert published.routes_changed == ()
    assert shop.promising.plan() == before
    assert sites(before)[contract.contract_id] == "STORE"


def test_what_is_being_picked_stays_where_it_is(open_shop: OpenShop) -> None:
    shop, contract = a_shop_where_the_depot_is_free_again(open_shop)
    shop.later(timedelta(minutes=8))
    picking = [use.bucket_start for each in shop.promising.plan().assignments for use in each.uses]
    assert min(picking) <= at("07:08")
    _, plan = improved(shop.promising)
    assert sites(plan) == {contract.contract_id: "STORE"}


def test_a_plan_that_comes_when_picking_has_begun_is_left_alone(open_shop: OpenShop) -> None:
    shop, contract = a_shop_where_the_depot_is_free_again(open_shop)
    problem, plan = improved(shop.promising)
    assert sites(plan) == {contract.contract_id: "DEPOT"}
    shop.later(timedelta(minutes=8))
    assert shop.promising.publish(problem, plan).routes_changed == ()
    assert sites(shop.promising.plan()) == {contract.contract_id: "STORE"}


def test_the_cheaper_carrier_of_the_same_hours_takes_the_parcel_once_it_can(open_shop: OpenShop) -> None:
    """A parcel is bound to no vehicle: it changes its carrier all the same, and both quotas follow."""
    cheap, dear = a_carrier("X-1", daily_quota=1), a_carrier("X-2", tariff_base=900)
    world = a_world(catalogue=a_catalogue(carriers=(cheap, dear)), stock=a_site_stock("DEPOT", BOOK=5))
    shop = open_shop(world=world)
    first = shop.confirmed(an_order("o1", "BOOK", member="m1"), mode=Mode.CARRIER)
    quote = shop.quoted(an_order("o2", "BOOK", member="m2"))
    dearer = next(option for option in quote.options if option.assignments[0].resource_id == "X-2")
    held = shop.promising.hold(dearer.token, request_id="hold")
    shop.promising.confirm(held.reservation_id, request_id="confirm")
    assert [each.resource_id for each in shop.promising.plan().assignments] == ["X-1", "X-2"]
    shop.promising.cancel(first.contract_id, request_id="cancel")
    published = shop.promising.publish(*improved(shop.promising))
    (parcel,) = shop.promising.plan().assignments
    assert parcel.resource_id == "X-1"
    assert published.cost_before.carrier - published.cost_after.carrier == 300
    with shop.ledger.transaction() as tx:
        cells = {owner for kind, owner, _ in tx.used_capacity() if kind is CapacityKind.CARRIER}
    assert cells == {"X-1"}


def test_goods_stay_where_they_are_if_another_source_saves_less_than_it_disturbs(open_shop: OpenShop) -> None:
    shop, contract = a_shop_where_the_depot_is_free_again(open_shop)
    problem, plan = improved(shop.promising)
    saved = problem.initial_plan.cost.total - plan.cost.total
    dear = replace(problem, disturbance=saved)
    assert replan(dear, seed=1, iterations=200) is dear.initial_plan
    assert sites(dear.initial_plan) == {contract.contract_id: "STORE"}


def test_goods_of_a_pinned_item_come_from_where_they_did(open_shop: OpenShop) -> None:
    shop, contract = a_shop_where_the_depot_is_free_again(open_shop)
    problem = shop.promising.problem()
    pinned = replace(problem, pinned=frozenset({(contract.contract_id, contract.items[0].item_id)}))
    assert replan(pinned, seed=1, iterations=200) is problem.initial_plan


def test_what_changes_hands_is_counted_apart_from_the_cost(open_shop: OpenShop) -> None:
    shop, _ = a_shop_where_the_depot_is_free_again(open_shop, disturbance=2)
    problem, plan = improved(shop.promising)
    published = shop.promising.publish(problem, plan)
    assert (published.changed_hands, published.disturbance) == (1, 2)
    assert published.cost_after == plan.cost == recompute_cost(problem, plan)


def test_a_plan_that_saves_less_than_it_disturbs_is_not_published(open_shop: OpenShop) -> None:
    shop, contract = a_shop_where_the_depot_is_free_again(open_shop, disturbance=100_000)
    problem = shop.promising.problem()
    plan = replan(replace(problem, disturbance=0), seed=1, iterations=200)
    assert sites(plan) == {contract.contract_id: "DEPOT"}
    published = shop.promising.publish(problem, plan)
    assert (published.changed_hands, published.disturbance) == (0, 0)
    assert published.cost_after == published.cost_before
    assert shop.promising.plan() == problem.initial_plan

"""The groceries story on the demo world: a frozen cake, vegetables within the hour, tissues at the till."""

from datetime import timedelta

import pytest

from models.contract import Contract
from models.option import Archetype, Quote
from models.order import Temperature
from models.plan import ReasonCode
from models.promise import Mode
from scenarios.batch import plan_world, quote_orders
from scenarios.generate_orders import CAKE, TISSUES, VEGETABLES, groceries_story
from scenarios.world import World
from solver.alternatives.eligibility import mobile_reason
from solver.check import check


@pytest.fixture(scope="module")
def quoted(world: World) -> tuple[Contract, Quote]:
    orders = groceries_story(world, at=world.horizon.start + timedelta(hours=3))
    ((contract, quote),) = quote_orders(world, orders)
    return contract, quote


def item_of(contract: Contract, sku_id: str) -> str:
    (demand,) = [each for each in contract.demands if each.sku_id == sku_id]
    return next(item.item_id for item in contract.items if demand.demand_id in item.demand_ids)


def test_three_orders_of_three_channels_are_one_contract(quoted: tuple[Contract, Quote]) -> None:
    contract, _ = quoted
    assert len(contract.orders) == len({order.channel for order in contract.orders}) == 3
    assert {demand.sku_id for demand in contract.demands} == {CAKE, VEGETABLES, TISSUES}


def test_at_least_three_options_differ_in_what_the_customer_sees(quoted: tuple[Contract, Quote]) -> None:
    contract, quote = quoted
    shown = {
        tuple((each.item_id, each.mode, each.window, each.fee, each.place) for each in option.promises)
        for option in quote.options
    }
    assert len(shown) == len(quote.options) >= 3
    for option in quote.options:
        assert {promise.item_id for promise in option.promises} == {item.item_id for item in contract.items}
    assert len({(option.cost.total, option.fee, option.num_stops) for option in quote.options}) >= 3


def test_the_cake_goes_cold_all_the_way(world: World, quoted: tuple[Contract, Quote]) -> None:
    contract, quote = quoted
    cake = item_of(contract, CAKE)
    vehicles = world.catalogue.vehicle_by_id
    for option in quote.options:
        (assignment,) = [each for each in option.assignments if each.item_id == cake]
        assert Temperature.FROZEN in world.catalogue.site_by_id[assignment.site_id or ""].temperatures
        assert assignment.mode in (Mode.RIDER, Mode.VAN)
        vehicle = vehicles[assignment.resource_id or ""]
        assert vehicle.capacity.frozen_cm3 >= contract.item(cake).load.frozen_cm3 > 0


def test_whoever_cannot_keep_it_frozen_is_not_asked(world: World, quoted: tuple[Contract, Quote]) -> None:
    contract, quote = quoted
    cake, catalogue = contract.item(item_of(contract, CAKE)), world.catalogue
    warm = [each.resource_id for each in catalogue.vehicles if not each.capacity.frozen_cm3]
    assert 0 < len(warm) < len(catalogue.vehicles)
    reasons = {each: mobile_reason(catalogue.vehicle_by_id[each], cake, catalogue) for each in warm}
    assert set(reasons.values()) <= {ReasonCode.NO_COMPARTMENT, ReasonCode.POOL_NOT_SHARED}
    assert not {each.resource_id for option in quote.options for each in option.assignments} & set(warm)


def test_tissues_are_set_aside_at_a_till(world: World, quoted: tuple[Contract, Quote]) -> None:
    contract, quote = quoted
    tissues = item_of(contract, TISSUES)
    for option in quote.options:
        (promise,) = [each for each in option.promises if each.item_id == tissues]
        (assignment,) = [each for each in option.assignments if each.item_id == tissues]
        site = world.catalogue.site_by_id[assignment.site_id or ""]
        assert promise.mode is Mode.PICKUP
        assert site.counter_places > 0
        assert (promise.place.lat, promise.place.lon) == (site.place.lat, site.place.lon)


def test_vegetables_come_within_the_hour_in_some_option(quoted: tuple[Contract, Quote]) -> None:
    contract, quote = quoted
    vegetables = item_of(contract, VEGETABLES)
    levels = {
        (promise.service_level_id, promise.mode)
        for option in quote.options
        for promise in option.promises
        if promise.item_id == vegetables
    }
    assert any(level == "within-hour" for level, _ in levels)


def test_what_is_cheap_is_not_what_is_fast(quoted: tuple[Contract, Quote]) -> None:
    _, quote = quoted
    by_label = {label: option for option in quote.options for label in option.archetypes}
    cheapest, fastest = by_label[Archetype.CHEAPEST], by_label[Archetype.FASTEST]
    assert cheapest.cost.total <= fastest.cost.total
    assert max(p.window.latest for p in fastest.promises) <= max(p.window.latest for p in cheapest.promises)


def test_the_story_planned_is_valid(world: World) -> None:
    orders = groceries_story(world, at=world.horizon.start + timedelta(hours=3))
    planned = plan_world(world, orders, seed=1, iterations=200)
    assert planned.refused == ()
    assert planned.violations == ()
    assert check(planned.problem, planned.problem.initial_plan) == ()

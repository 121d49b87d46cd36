"""Who orders in the base orders in the scenario too, unless the change is about them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.order import Channel, Order
from scenarios.generate_orders import generate_morning
from scenarios.whatif import apply
from scenarios.world import World
from tests.scenarios.whatif.conftest import Contradictions, a_scenario

Played = Callable[..., tuple[Order, ...]]


@pytest.fixture(scope="module")
def orders(town: World) -> tuple[Order, ...]:
    return generate_morning(town, seed=1, num_orders=200)


@pytest.fixture
def played(town: World, orders: tuple[Order, ...]) -> Played:
    """The orders after some changes."""

    def after(*changes: dict[str, Any], seed: int = 1) -> tuple[Order, ...]:
        return apply(town, a_scenario(*changes)).orders(orders, seed=seed)

    return after


def ids(orders: tuple[Order, ...]) -> set[str]:
    return {order.order_id for order in orders}


def test_a_factor_of_one_changes_nobody(played: Played, orders: tuple[Order, ...]) -> None:
    assert played({"change": "multiply_demand", "factor": 1}) == tuple(
        sorted(orders, key=lambda order: (order.placed_time, order.order_id))
    )


def test_who_is_there_with_a_small_factor_is_there_with_a_larger_one(played: Played) -> None:
    few, some, more, many = (ids(played({"change": "multiply_demand", "factor": f})) for f in (0.3, 0.8, 1.3, 2.6))
    assert few < some < more < many
    assert (len(few), len(some), len(more), len(many)) == pytest.approx((60, 160, 260, 520), abs=25)


def test_the_same_seed_draws_the_same_and_another_does_not(played: Played) -> None:
    half = {"change": "multiply_demand", "factor": 0.5}
    assert played(half) == played(half)
    assert ids(played(half)) != ids(played(half, seed=2))


def test_who_comes_on_top_is_somebody_else_nearby(played: Played, orders: tuple[Order, ...], town: World) -> None:
    by_id = {order.order_id: order for order in orders}
    new = [order for order in played({"change": "multiply_demand", "factor": 2}) if order.order_id not in by_id]
    assert len(new) == len(orders)
    for order in new:
        model = by_id[order.order_id.removesuffix("+1")]
        assert not set(order.identity.keys()) & set(model.identity.keys())
        assert order.lines == model.lines
        assert abs(order.placed_time - model.placed_time) <= timedelta(minutes=30)
        town.snap(order.place)
    assert sum(order.place != by_id[order.order_id.removesuffix("+1")].place for order in new) > len(new) / 2


def test_only_what_is_meant_is_multiplied(played: Played, orders: tuple[Order, ...], town: World) -> None:
    change = {
        "change": "multiply_demand",
        "factor": 0,
        "channels": ["APP"],
        "from_time": "09:00",
        "until_time": "10:00",
    }
    gone = ids(orders) - ids(played(change))
    for order in orders:
        hour = order.placed_time.astimezone(town.catalogue.zone).hour
        assert (order.order_id in gone) == (order.channel is Channel.APP and hour == 9)
    assert gone


def test_an_area_is_that_of_the_customer_in_whatever_datum(played: Played, orders: tuple[Order, ...]) -> None:
    home = orders[0].place.to_wgs84()
    area = {"center": {"lat": home.lat, "lon": home.lon}, "radius_m": 1}
    gone = ids(orders) - ids(played({"change": "multiply_demand", "factor": 0, "area": area}))
    assert orders[0].order_id in gone
    assert len(gone) < 10


def test_orders_move_in_time_with_their_windows_and_stay_in_the_horizon(
    played: Played, orders: tuple[Order, ...], town: World
) -> None:
    before = {order.order_id: order for order in orders}
    for order in played({"change": "shift_demand", "by": "PT12H"}):
        by = order.placed_time - before[order.order_id].placed_time
        assert timedelta(0) < by <= timedelta(hours=12)
        assert order.placed_time < town.horizon.end
        was = before[order.order_id].windows
        assert [each.latest for each in order.windows] == [each.latest + by for each in was]


def test_a_share_of_the_orders_changes_its_channel(played: Played, orders: tuple[Order, ...]) -> None:
    change = {"change": "shift_demand", "channels": ["APP"], "share": 0.5, "to_channel": "STORE_POS"}
    app = [order.order_id for order in orders if order.channel is Channel.APP]
    now = {order.order_id: order.channel for order in played(change)}
    moved = [each for each in app if now[each] is Channel.STORE_POS]
    assert 0.25 * len(app) < len(moved) < 0.75 * len(app)


def test_a_promotion_brings_more_orders_with_a_gift_in_each(played: Played, orders: tuple[Order, ...]) -> None:
    sku_id = orders[0].lines[0].sku_id
    change = {
        "change": "promotion",
        "sku_ids": [sku_id],
        "factor": 3,
        "gift_sku_id": "soft-tissues",
        "gift_quantity": 2,
    }
    found = played(change)
    meant = [order for order in found if any(line.sku_id == sku_id for line in order.lines)]
    before = [order for order in orders if any(line.sku_id == sku_id for line in order.lines)]
    assert len(meant) == 3 * len(before)
    assert {(order.lines[-1].sku_id, order.lines[-1].quantity) for order in meant} == {("soft-tissues", 2)}
    assert len(found) == len(orders) + 2 * len(before)


def test_a_pre_sale_is_known_at_the_deposit_and_delivered_from_the_balance_on(
    played: Played, orders: tuple[Order, ...], town: World
) -> None:
    skus = sorted({line.sku_id for order in orders for line in order.lines})
    sale = {"change": "promotion", "sku_ids": skus, "deposit_time": "07:00", "balance_time": "10:00"}
    found = played({**sale, "balance_paid": 0.5, "deliver_within": "PT3H"})
    assert 0.35 * len(orders) < len(found) < 0.65 * len(orders)
    for order in found:
        placed, [window] = order.placed_time.astimezone(town.catalogue.zone), order.windows
        assert (placed.hour, placed.minute // 10) == (7, 0)
        assert window.earliest.astimezone(town.catalogue.zone).hour == 10
        assert window.latest - window.earliest == timedelta(hours=3)


def test_a_promotion_names_what_there_is_and_when_the_day_is(contradictions: Contradictions) -> None:
    sale = {"change": "promotion", "sku_ids": ["soft-tissue"], "gift_sku_id": "tissues"}
    issues = contradictions(sale, {**sale, "sku_ids": ["soft-tissues"]})
    assert [(issue.path, issue.hint) for issue in issues] == [
        ("changes[0].sku_ids[0]", "did you mean soft-tissues?"),
        ("changes[1].gift_sku_id", "did you mean soft-tissues?"),
    ]
    [issue] = contradictions(
        {**sale, "sku_ids": ["soft-tissues"], "gift_sku_id": None, "deposit_time": "05:00", "balance_time": "10:00"}
    )
    assert issue.path == "changes[0].deposit_time"

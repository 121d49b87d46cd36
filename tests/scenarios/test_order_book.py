"""Orders become contracts in memory as they would on a server."""

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.contract import Contract, JoinReason
from models.issues import InputError, IssueCode
from models.order import Channel, Identity, Order, OrderLine
from models.place import Place
from scenarios.order_book import contracts_of
from scenarios.world import World, load_world

NINE = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def two_banks(small_world_files: Path, small_cache: Path) -> World:
    return load_world(small_world_files, cache_dir=small_cache)


def an_order(order_id: str, *, minutes: int = 0, sku_id: str = "tissues", **keys: str) -> Order:
    """Placed so many minutes after nine; `keys` are those of the identity."""
    return Order(
        order_id=order_id,
        channel=Channel.APP,
        placed_time=NINE + timedelta(minutes=minutes),
        identity=Identity(**(keys or {"phone": "1"})),
        lines=(OrderLine(line_id="1", sku_id=sku_id, quantity=1),),
        place=Place(lat=31.2340, lon=121.4701),
    )


def formed(world: World, *orders: Order) -> tuple[Contract, ...]:
    numbers = count(1)
    return contracts_of(orders, world, tenant_id="t", new_id=lambda: f"id-{next(numbers)}")


def order_ids(contracts: tuple[Contract, ...]) -> list[list[str]]:
    return [[order.order_id for order in contract.orders] for contract in contracts]


def test_orders_of_one_customer_join_within_the_merge_window(two_banks: World) -> None:
    contracts = formed(two_banks, an_order("a"), an_order("b", minutes=29), an_order("c", minutes=31))
    assert order_ids(contracts) == [["a", "b"], ["c"]]
    assert contracts[0].orders[1].reasons == (JoinReason.SAME_PHONE,)


def test_orders_count_from_the_time_they_were_placed_whatever_their_order_in_the_file(two_banks: World) -> None:
    contracts = formed(two_banks, an_order("late", minutes=40), an_order("early"))
    assert order_ids(contracts) == [["early"], ["late"]]
    assert [contract.created_time for contract in contracts] == [NINE, NINE + timedelta(minutes=40)]


def test_an_order_connects_customers_that_were_two_before(two_banks: World) -> None:
    first, second = an_order("a", phone="1"), an_order("b", minutes=1, member_id="m")
    both = an_order("c", minutes=2, phone="1", member_id="m")
    contracts = formed(two_banks, first, second, both)
    assert order_ids(contracts) == [["a", "c"], ["b"]]
    assert len({contract.customer_id for contract in contracts}) == 1


def test_issues_of_all_orders_come_together_and_count_as_in_the_file(two_banks: World) -> None:
    orders = (an_order("late", minutes=9, sku_id="nothing"), an_order("fine"), an_order("early", sku_id="none"))
    with pytest.raises(InputError) as raised:
        formed(two_banks, *orders)
    assert {issue.path for issue in raised.value.issues} == {
        "orders[0].lines[0].sku_id",
        "orders[2].lines[0].sku_id",
    }


def test_an_id_that_stands_twice_in_a_file_is_a_duplicate_whatever_its_content(two_banks: World) -> None:
    orders = (an_order("twice"), an_order("once"), an_order("twice", minutes=1), an_order("twice", sku_id="nothing"))
    with pytest.raises(InputError) as raised:
        formed(two_banks, *orders)
    assert [(issue.code, issue.path) for issue in raised.value.issues] == [
        (IssueCode.ID_DUPLICATE, "orders[2].order_id"),
        (IssueCode.ID_DUPLICATE, "orders[3].order_id"),
        (IssueCode.SKU_UNKNOWN, "orders[3].lines[0].sku_id"),
    ]

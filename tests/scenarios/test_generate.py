"""Generated worlds and orders: the same seed gives the same, in the shape that was measured."""

import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from models.issues import InputError
from models.order import Channel, Method, Order, Temperature
from models.place import Datum
from models.resource import SiteKind, TravelProfile
from models.timing import TimeWindow
from scenarios.generate import WorldSize, fill_world
from scenarios.generate_orders import generate_orders, groceries_story, pets_story, phone_story
from scenarios.goods import CATEGORIES, LINES, STAPLE_SKU_IDS, all_skus
from scenarios.world import World, load_world

SHANGHAI = ZoneInfo("Asia/Shanghai")
SEVEN, NOON = datetime(2026, 3, 2, 7, tzinfo=SHANGHAI), datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def morning(world: World) -> tuple[Order, ...]:
    return generate_orders(world, seed=1, num_orders=600, start=SEVEN, end=NOON)


# The world


def test_generating_the_demo_again_gives_every_byte_of_it(world: World, tmp_path: Path, cache_dir: Path) -> None:
    folder = Path(shutil.copytree(world.folder, tmp_path / "world"))
    made = [
        *folder.glob("*.csv"),
        *(folder / f"{name}.yaml" for name in ("sites", "riders", "vans", "technicians", "pools")),
    ]
    for file in made:
        file.unlink()
    fill_world(folder, seed=1, cache_dir=cache_dir)
    assert len(made) == 7
    for file in made:
        assert file.read_bytes() == (world.folder / file.name).read_bytes(), file.name


def test_another_seed_and_size_make_another_world_without_issues(world: World, tmp_path: Path, cache_dir: Path) -> None:
    folder = Path(shutil.copytree(world.folder, tmp_path / "world"))
    size = WorldSize(
        stores=8,
        stores_with_frozen=2,
        stores_with_chilled=6,
        warehouses=1,
        riders=9,
        riders_on_call=1,
        vans=3,
        cold_vans=1,
    )
    fill_world(folder, seed=2, cache_dir=cache_dir, size=size)
    small = load_world(folder, cache_dir=cache_dir)
    assert (len(small.catalogue.sites), len(small.catalogue.riders)) == (9, 10)
    assert small.fingerprint != world.fingerprint


def test_some_riders_can_be_called_in_and_some_can_stay_longer_at_a_price(world: World) -> None:
    riders = world.catalogue.riders
    on_call = [rider for rider in riders if rider.on_call]
    assert len(on_call) == 6
    assert min(rider.rates.per_use for rider in on_call) > max(r.rates.per_use for r in riders if not r.on_call)
    flexible = [rider for rider in riders if rider.max_overtime]
    assert len(flexible) == 20
    assert all(rider.rates.per_overtime_hour > 0 for rider in flexible)


def test_every_sku_has_an_id_and_both_names_of_its_own() -> None:
    skus = all_skus()
    assert len({sku.sku_id for sku in skus}) == len(skus) == 500
    assert len({sku.name for sku in skus}) == 500
    assert len({sku.attributes["name_zh"] for sku in skus}) == 500
    assert all(sku.attributes["name_zh"] for sku in skus)
    assert {category.temperature for category in CATEGORIES} == set(Temperature)


def test_every_site_has_the_staples_of_its_zones(world: World) -> None:
    at = {(row.site_id, row.sku_id) for row in world.stock}
    for site in world.catalogue.sites:
        for sku_id in STAPLE_SKU_IDS:
            fits = world.catalogue.sku_by_id[sku_id].temperature in site.temperatures
            assert ((site.site_id, sku_id) in at) == fits


def test_stores_hold_a_part_of_the_range_and_warehouses_most(world: World) -> None:
    rows = Counter(row.site_id for row in world.stock)
    for site in world.catalogue.sites:
        least, most = (370, 450) if site.kind is SiteKind.WAREHOUSE else (120, 200)
        assert least <= rows[site.site_id] <= most


def test_no_site_has_goods_of_two_lines_and_every_line_has_its_sites(world: World) -> None:
    lines: dict[str, set[str]] = {site.site_id: set() for site in world.catalogue.sites}
    for row in world.stock:
        line = world.catalogue.sku_by_id[row.sku_id].attributes.get("line")
        lines[row.site_id] |= {line} if line else set()
    assert all(len(each) == 1 for each in lines.values())
    assert Counter(line for each in lines.values() for line in each) == dict.fromkeys(LINES, 20)


def test_only_warehouses_have_what_takes_two_people_to_carry(world: World) -> None:
    sites = {row.site_id for row in world.stock if world.catalogue.sku_by_id[row.sku_id].crew > 1}
    assert {world.catalogue.site_by_id[each].kind for each in sites} == {SiteKind.WAREHOUSE}


# Orders


def test_the_same_seed_gives_the_same_orders_and_another_gives_others(world: World, morning: tuple[Order, ...]) -> None:
    assert generate_orders(world, seed=1, num_orders=600, start=SEVEN, end=NOON) == morning
    others = generate_orders(world, seed=2, num_orders=600, start=SEVEN, end=NOON)
    assert {order.order_id for order in others}.isdisjoint(order.order_id for order in morning)


def test_orders_come_in_the_order_of_time_and_inside_the_morning(morning: tuple[Order, ...]) -> None:
    times = [order.placed_time for order in morning]
    assert len(times) == 600
    assert times == sorted(times)
    assert times[0] >= SEVEN
    assert times[-1] < NOON


def test_all_five_channels_order_and_each_sends_its_own_datum(morning: tuple[Order, ...]) -> None:
    assert {order.channel for order in morning} == set(Channel)
    assert {(order.channel, order.place.datum) for order in morning} == {
        (Channel.LIVESTREAM, Datum.GCJ02),
        (Channel.MARKETPLACE, Datum.GCJ02),
        (Channel.APP, Datum.WGS84),
        (Channel.MINI_PROGRAM, Datum.GCJ02),
        (Channel.STORE_POS, Datum.BD09),
    }


def test_twice_as_many_come_at_lunch(morning: tuple[Order, ...]) -> None:
    peak = SEVEN + timedelta(hours=3.5)
    before = sum(order.placed_time < peak for order in morning) / 3.5
    at_lunch = sum(order.placed_time >= peak for order in morning) / 1.5
    assert 1.6 < at_lunch / before < 2.6


def test_most_have_a_window_of_ninety_minutes(morning: tuple[Order, ...]) -> None:
    windows = [(order.placed_time, order.windows[0]) for order in morning if order.windows]
    assert 0.62 < len(windows) / len(morning) < 0.78
    for time, window in windows:
        assert window.earliest == time
        assert timedelta(minutes=90) <= window.latest - window.earliest < timedelta(minutes=95)
        assert window.latest.minute % 5 == 0


def test_one_in_ten_of_them_is_at_home_again_in_the_evening(morning: tuple[Order, ...]) -> None:
    again = [order for order in morning if len(order.windows) == 2]
    assert 0.03 < len(again) / sum(bool(order.windows) for order in morning) < 0.2
    assert {order.windows[1] for order in again} == {
        TimeWindow(earliest=SEVEN + timedelta(hours=10), latest=SEVEN + timedelta(hours=12))
    }


def test_an_order_has_two_lines_on_the_median(morning: tuple[Order, ...]) -> None:
    assert median(len(order.lines) for order in morning) == 2


def test_the_nearest_store_that_has_everything_is_three_minutes_away(world: World, morning: tuple[Order, ...]) -> None:
    tables, rides = world.streets.tables(), []
    has: dict[str, set[str]] = {}
    for row in world.stock:
        has.setdefault(row.site_id, set()).add(row.sku_id)
    stores = [site for site in world.catalogue.sites if site.kind is SiteKind.STORE]
    for order in morning:
        home = world.snap(order.place).street_node_id or 0
        wanted = {line.sku_id for line in order.lines}
        fitting = [store.place.street_node_id or 0 for store in stores if wanted <= has[store.site_id]]
        ways = [tables.travel(TravelProfile.BIKE, node, home) for node in fitting]
        rides += [min(way[0] for way in ways if way)] if any(ways) else []
    assert 0.92 * len(morning) < len(rides) < 0.98 * len(morning)
    assert 120 < median(rides) < 240


def test_some_baskets_are_held_by_no_single_site(world: World, morning: tuple[Order, ...]) -> None:
    lines = [lines_of(world, order) for order in morning]
    assert 0.01 < sum(len(each) > 1 for each in lines) / len(morning) < 0.06
    scattered = {order.channel for order, each in zip(morning, lines, strict=True) if len(each) > 1}
    assert len(scattered) > 1
    assert Channel.STORE_POS not in scattered


def lines_of(world: World, order: Order) -> set[str]:
    skus = (world.catalogue.sku_by_id[line.sku_id] for line in order.lines)
    return {sku.attributes["line"] for sku in skus if "line" in sku.attributes}


def test_a_third_of_the_customers_order_again_within_half_an_hour(morning: tuple[Order, ...]) -> None:
    first: dict[tuple[float, float], list[datetime]] = {}
    for order in morning:
        home = order.place.to_wgs84()
        first.setdefault((round(home.lat, 5), round(home.lon, 5)), []).append(order.placed_time)
    again = sum(len(times) > 1 and times[1] - times[0] <= timedelta(minutes=30) for times in first.values())
    assert 0.2 < again / len(first) < 0.4


def kind_of(key: str) -> str:
    return key.partition(":")[0]


def test_keys_of_a_customer_come_in_various_mixes(morning: tuple[Order, ...]) -> None:
    kinds = Counter(tuple(map(kind_of, order.identity.keys())) for order in morning)
    assert {("member",), ("phone",), ("open",), ("phone", "open"), ("member", "phone")} <= set(kinds)


def test_methods_and_wishes_are_mixed(world: World, morning: tuple[Order, ...]) -> None:
    methods = Counter(order.method for order in morning)
    assert methods.most_common(1)[0][0] is Method.ANY
    assert {order.channel for order in morning if order.method is Method.STORE_PICKUP} == {Channel.STORE_POS}
    wishes = {order.service_level_id for order in morning} - {None}
    assert wishes == {"within-hour", "within-90", "slot-2h", "parcel"}
    assert all(world.catalogue.policy.service_level(wish) for wish in wishes if wish)


def test_every_order_names_goods_of_the_world_and_a_place_on_the_map(world: World, morning: tuple[Order, ...]) -> None:
    for order in morning:
        assert {line.sku_id for line in order.lines} <= set(world.catalogue.sku_by_id)
        assert world.snap(order.place).snap_distance_m <= 45


# The groceries story


def test_the_story_is_one_customer_in_three_channels_within_minutes(world: World) -> None:
    cake, vegetables, tissues = groceries_story(world, at=SEVEN)
    assert [order.channel for order in (cake, vegetables, tissues)] == [
        Channel.LIVESTREAM,
        Channel.APP,
        Channel.STORE_POS,
    ]
    assert tissues.placed_time - cake.placed_time < timedelta(minutes=5)
    assert set(cake.identity.keys()) & set(vegetables.identity.keys())
    assert set(vegetables.identity.keys()) & set(tissues.identity.keys())
    assert not set(cake.identity.keys()) & set(tissues.identity.keys())


def test_the_story_asks_for_frozen_fast_and_now(world: World) -> None:
    cake, vegetables, tissues = groceries_story(world, at=SEVEN)
    sku = world.catalogue.sku_by_id[cake.lines[0].sku_id]
    assert (sku.sku_id, sku.temperature, cake.method) == ("durian-mille-crepe", Temperature.FROZEN, Method.DELIVERY)
    assert (vegetables.service_level_id, vegetables.method) == ("within-hour", Method.DELIVERY)
    assert tissues.method is Method.STORE_PICKUP


def test_the_customer_of_the_story_stands_at_a_till_that_has_tissues(world: World) -> None:
    *_, tissues = groceries_story(world, at=SEVEN)
    till = world.snap(tissues.place).street_node_id
    sites = [site for site in world.catalogue.sites if site.place.street_node_id == till and site.counter_places]
    assert any(row.site_id == site.site_id and row.sku_id == "soft-tissues" for site in sites for row in world.stock)


def test_a_world_without_the_goods_of_the_story_says_so(small_world: Path, small_cache: Path) -> None:
    with pytest.raises(InputError, match="the story needs durian-mille-crepe at one of 2 sites, and it is at 0"):
        groceries_story(load_world(small_world, cache_dir=small_cache), at=SEVEN)


# The phone story


def test_the_phone_story_is_one_order_of_the_app_for_a_phone_and_a_screen(world: World) -> None:
    (order,) = phone_story(world, at=SEVEN)
    categories = [world.catalogue.sku_by_id[line.sku_id].category for line in order.lines]
    assert (order.channel, order.method, categories) == (Channel.APP, Method.DELIVERY, ["phones", "large-screens"])
    assert world.snap(order.place).snap_distance_m <= 1


def test_a_site_of_the_demo_has_both_goods_of_the_phone_story(world: World) -> None:
    (order,) = phone_story(world, at=SEVEN)
    sites = [{row.site_id for row in world.stock if row.sku_id == line.sku_id} for line in order.lines]
    assert len(set.intersection(*sites)) >= 4


def test_the_customers_of_the_stories_are_strangers(world: World) -> None:
    (order,) = phone_story(world, at=SEVEN)
    for other in groceries_story(world, at=SEVEN):
        assert set(order.identity.keys()).isdisjoint(other.identity.keys())


def test_a_world_without_the_goods_of_the_phone_story_says_so(small_world: Path, small_cache: Path) -> None:
    message = "the story needs black-phone and 55-inch-television at one of 2 sites, and it is at 0"
    with pytest.raises(InputError, match=message):
        phone_story(load_world(small_world, cache_dir=small_cache), at=SEVEN)


# The pets story


def test_the_pets_story_is_one_order_of_three_lines_and_a_machine_for_two(world: World) -> None:
    (order,) = pets_story(world, at=SEVEN)
    assert lines_of(world, order) == set(LINES)
    assert [world.catalogue.sku_by_id[line.sku_id].crew for line in order.lines] == [1, 1, 1, 2]


def test_a_world_without_the_goods_of_the_pets_story_says_so(small_world: Path, small_cache: Path) -> None:
    with pytest.raises(InputError, match="the story needs salmon-freeze-dried-cat-meal at one of 2 sites"):
        pets_story(load_world(small_world, cache_dir=small_cache), at=SEVEN)

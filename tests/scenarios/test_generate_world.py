"""A world of any size on any streets: whole, right, the same for the same seed, or not there at all."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.issues import InputError
from models.resource import SiteKind, TravelProfile
from models.zone import CarrierZone
from scenarios import generate_world as module
from scenarios.batch import plan_world
from scenarios.generate import WorldSize
from scenarios.generate_orders import generate_morning
from scenarios.generate_world import GeneratedWorld, Size, generate_world
from scenarios.json_files import read_orders
from scenarios.world import World, load_world

DEMO = Size(orders=600, riders=86, sites=60)
SMALL = Size(orders=30, riders=20, sites=12)
GENERATED = ("sites.yaml", "riders.yaml", "vans.yaml", "technicians.yaml", "pools.yaml", "skus.csv", "stock.csv")


def a_grid(*, lat: float, lon: float, side: int = 6, tags: str = "", first_id: int = 1) -> str:
    """OpenStreetMap XML of `side` streets across and as many up, some 200 metres apart."""
    at = [[first_id + row * side + column for column in range(side)] for row in range(side)]
    nodes = [
        f'<node id="{at[row][column]}" lat="{lat + row * 0.002:.6f}" lon="{lon + column * 0.003:.6f}"/>'
        for row in range(side)
        for column in range(side)
    ]
    lines = [*at, *([row[column] for row in at] for column in range(side))]
    ways = [
        f'<way id="{first_id + number}">{"".join(f"""<nd ref="{node}"/>""" for node in line)}'
        f'<tag k="highway" v="residential"/><tag k="name" v="Street {number + 1}"/>{tags}</way>'
        for number, line in enumerate(lines)
    ]
    return "".join((*nodes, *ways))


def a_road(folder: Path, *parts: str) -> Path:
    file = folder / "town.osm"
    file.write_text(f'<osm version="0.6">{"".join(parts)}</osm>', encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> GeneratedWorld:
    """A small world on the streets of Shanghai."""
    out = tmp_path_factory.mktemp("generated") / "small"
    return generate_world(SMALL, seed=5, out=out, cache_dir=cache_dir)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, small_cache: Path) -> GeneratedWorld:
    """A small world in Bavaria."""
    folder = tmp_path_factory.mktemp("bavaria")
    road = a_road(folder, a_grid(lat=48.13, lon=11.57))
    return generate_world(SMALL, seed=5, out=folder / "world", cache_dir=small_cache, road=road)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_demo_is_one_of_the_worlds_that_it_makes(world: World, tmp_path: Path, cache_dir: Path) -> None:
    generate_world(replace(DEMO, orders=30), seed=1, out=tmp_path / "again", cache_dir=cache_dir)
    for name in GENERATED:
        made, demo = (file.read_text(encoding="utf-8") for file in (tmp_path / "again" / name, world.folder / name))
        if name.endswith(".yaml"):
            # The first line says where the schema is.
            made, demo = (text.partition("\n")[2] for text in (made, demo))
        assert made == demo, name


def test_the_proportions_of_the_demo_are_those_of_every_world() -> None:
    assert WorldSize.in_proportion(orders=600, riders=86, sites=60) == WorldSize()
    large = WorldSize.in_proportion(orders=50_000, riders=1000, sites=200)
    assert (large.warehouses, large.stores) == (17, 183)
    assert (large.riders, large.riders_on_call, large.vans, large.technicians) == (930, 70, 233, 233)
    assert large.demand == Fraction(25)


def test_the_same_seed_gives_every_byte_again_and_another_does_not(
    small: GeneratedWorld, tmp_path: Path, cache_dir: Path
) -> None:
    generate_world(SMALL, seed=5, out=tmp_path / "again", cache_dir=cache_dir)
    generate_world(SMALL, seed=6, out=tmp_path / "other", cache_dir=cache_dir)
    first = files_of(small.world.folder)
    assert files_of(tmp_path / "again") == first
    other = files_of(tmp_path / "other")
    assert {name for name in first if first[name] != other[name]} >= {"sites.yaml", "orders.json", "stock.csv"}


@pytest.mark.parametrize("made", ["small", "elsewhere"])
def test_it_has_as_many_of_everything_as_was_asked_for(made: str, request: pytest.FixtureRequest) -> None:
    generated: GeneratedWorld = request.getfixturevalue(made)
    catalogue = generated.world.catalogue
    assert (len(catalogue.sites), len(catalogue.riders), len(generated.orders)) == (12, 20, 30)
    assert Counter(site.kind for site in catalogue.sites) == {SiteKind.WAREHOUSE: 1, SiteKind.STORE: 11}
    assert (len(catalogue.vans), len(catalogue.technicians)) == (5, 5)
    assert sum(rider.on_call for rider in catalogue.riders) == 1


def test_what_it_wrote_is_what_it_gave(small: GeneratedWorld, cache_dir: Path) -> None:
    folder = small.world.folder
    assert load_world(folder, cache_dir=cache_dir).fingerprint == small.world.fingerprint
    assert read_orders(folder / "orders.json") == small.orders
    assert generate_morning(small.world, seed=5, num_orders=30) == small.orders


def test_every_yaml_file_names_a_schema_that_is_there(small: GeneratedWorld) -> None:
    for file in small.world.folder.glob("*.yaml"):
        schema = file.read_text(encoding="utf-8").partition("\n")[0].partition("$schema=")[2]
        assert (small.world.folder / schema).is_file(), file.name


@pytest.mark.parametrize("made", ["small", "elsewhere"])
def test_every_customer_lives_where_a_rider_gets_from_a_store_and_back(
    made: str, request: pytest.FixtureRequest
) -> None:
    generated: GeneratedWorld = request.getfixturevalue(made)
    tables = generated.world.streets.tables()
    stores = [site.place.street_node_id or 0 for site in generated.world.catalogue.sites if site.counter_places]
    for order in generated.orders:
        home = generated.world.snap(order.place).street_node_id or 0
        ways = [(tables.travel(TravelProfile.BIKE, *ends)) for node in stores for ends in ((node, home), (home, node))]
        assert any(ways[0::2]), order.order_id
        assert any(ways[1::2]), order.order_id


@pytest.mark.parametrize("made", ["small", "elsewhere"])
def test_it_can_be_planned_and_the_plan_passes_the_checker(made: str, request: pytest.FixtureRequest) -> None:
    generated: GeneratedWorld = request.getfixturevalue(made)
    planned = plan_world(generated.world, generated.orders, seed=1, iterations=100, rounds=0)
    assert planned.violations == ()
    assert len(planned.refused) < len(planned.problem.contracts) / 4


def test_another_town_has_nothing_of_shanghai(elsewhere: GeneratedWorld) -> None:
    text = "".join(
        file.read_text(encoding="utf-8")
        for file in elsewhere.world.folder.iterdir()
        if file.suffix in (".yaml", ".json")
    )
    for word in ("Shanghai", "上海", "店", "街角", "121.", "31.2", "CN}"):
        assert word not in text, word
    assert elsewhere.world.catalogue.timezone == "Etc/GMT-1"
    assert elsewhere.world.catalogue.holidays is None
    assert not (elsewhere.world.folder / "NOTICE.md").exists()


def test_its_carriers_deliver_wherever_there_are_streets(elsewhere: GeneratedWorld) -> None:
    network = elsewhere.world.streets.network
    (with_zones,) = (carrier for carrier in elsewhere.world.catalogue.carriers if carrier.zones)
    east, everywhere = (box_of(zone) for zone in with_zones.zones)
    south, west, north, far_east = everywhere
    assert south < network.lat.min() < network.lat.max() < north
    assert west < network.lon.min() < east[1] < network.lon.max() < far_east


def box_of(zone: CarrierZone) -> tuple[float, float, float, float]:
    """South, west, north and east."""
    lat, lon = [corner.lat for corner in zone.area], [corner.lon for corner in zone.area]
    return min(lat), min(lon), max(lat), max(lon)


def test_the_timezone_can_be_named(tmp_path: Path, small_cache: Path) -> None:
    road = a_road(tmp_path, a_grid(lat=48.13, lon=11.57))
    out, zone = tmp_path / "world", "Europe/Berlin"
    made = generate_world(SMALL, seed=5, out=out, cache_dir=small_cache, road=road, timezone=zone)
    assert made.world.horizon.start.astimezone(ZoneInfo("Europe/Berlin")).hour == 6


def test_riders_are_as_many_as_asked_for_also_where_no_store_is(tmp_path: Path, small_cache: Path) -> None:
    """Two banks, the smaller one without a store: whoever would start there starts on the other one."""
    east = a_grid(lat=48.13, lon=11.6, side=2, first_id=1001)
    bridge = '<way id="9999"><nd ref="6"/><nd ref="1001"/><tag k="highway" v="primary"/><tag k="bicycle" v="no"/></way>'
    road = a_road(tmp_path, a_grid(lat=48.13, lon=11.57), east, bridge)
    size = Size(orders=5, riders=40, sites=2)
    made = generate_world(size, seed=1, out=tmp_path / "world", cache_dir=small_cache, road=road)
    assert len(made.world.catalogue.riders) == 40


def test_what_sites_carriers_and_desks_have_grows_with_the_orders(
    elsewhere: GeneratedWorld, tmp_path: Path, small_cache: Path
) -> None:
    road = a_road(tmp_path, a_grid(lat=48.13, lon=11.57))
    size = replace(SMALL, orders=1200)
    busy = generate_world(size, seed=5, out=tmp_path / "busy", cache_dir=small_cache, road=road).world
    quiet = elsewhere.world
    for one, other in zip(quiet.catalogue.sites, busy.catalogue.sites, strict=True):
        assert (other.pickers, other.counter_places) == (10 * one.pickers, 10 * one.counter_places)
    assert [row.on_hand for row in busy.stock] == [10 * row.on_hand for row in quiet.stock]
    assert [carrier.daily_quota for carrier in busy.catalogue.carriers] == [600, 400]
    assert [desk.concurrency for desk in busy.catalogue.desks] == [12]


def test_a_road_file_may_hold_more_than_streets(elsewhere: GeneratedWorld, tmp_path: Path, small_cache: Path) -> None:
    house = '<way id="777"><nd ref="1"/><nd ref="8"/><nd ref="2"/><nd ref="1"/><tag k="building" v="yes"/></way>'
    road = a_road(tmp_path, a_grid(lat=48.13, lon=11.57), house)
    made = generate_world(SMALL, seed=5, out=tmp_path / "world", cache_dir=small_cache, road=road)
    one, other = made.world.streets.network, elsewhere.world.streets.network
    assert (one.node_ids.tolist(), one.distance_mm.tolist()) == (other.node_ids.tolist(), other.distance_mm.tolist())


# Bad input


def refused(out: Path, cache_dir: Path, size: Size = SMALL, **given: object) -> list[tuple[str, str, str]]:
    """Code, path and message of every issue; nothing may have been written."""
    before = sorted(out.parent.rglob("*")) if out.parent.exists() else []
    with pytest.raises(InputError) as caught:
        generate_world(size, out=out, cache_dir=cache_dir, **{"seed": 1, **given})  # type: ignore[arg-type]
    assert (sorted(out.parent.rglob("*")) if out.parent.exists() else []) == before
    assert all(issue.hint for issue in caught.value.issues)
    return [(issue.code, issue.path, issue.message) for issue in caught.value.issues]


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path, small_cache: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    size = Size(orders=0, riders=0, sites=1, vans=-1, technicians=100_001)
    given = {"seed": -1, "road": tmp_path / "none.osm", "timezone": "Mars/Olympus"}
    found = refused(tmp_path / "full", small_cache, size, **given)
    assert [(code, path) for code, path, _ in found] == [
        *(("VALUE_INVALID", name) for name in ("orders", "riders", "sites", "vans", "technicians", "seed")),
        ("VALUE_INVALID", "timezone"),
        ("VALUE_INVALID", "out"),
        ("FILE_MISSING", "road"),
    ]
    messages = [message for _, _, message in found]
    assert messages[1] == "riders (0) must be in [1, 100000]"
    assert f"number of entries in {tmp_path / 'full'} (1) must be 0" in messages[7]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("map.png", "", "must be a file of the kind .osm or .osm.bz2"),
        ("map.osm", "hello", "map.osm must be an OpenStreetMap extract with streets: ParseError"),
        ("map.osm.bz2", "hello", "map.osm.bz2 must be an OpenStreetMap extract with streets: OSError"),
        ("map.osm", '<osm version="0.6"/>', "must be an OpenStreetMap extract with streets"),
        (
            "map.osm",
            '<osm version="0.6"><node id="1" lat="1" lon="1"/><node id="2" lat="1" lon="1.001"/>'
            '<way id="3"><nd ref="1"/><nd ref="2"/><tag k="building" v="yes"/></way></osm>',
            "ValueError: no way has the tag highway",
        ),
        (
            "map.osm",
            f'<osm version="0.6">{a_grid(lat=48.13, lon=11.57, tags="""<tag k="bicycle" v="no"/>""")}</osm>',
            "crossings of map.osm that riders get to from one another (1) must be >= 2",
        ),
    ],
)
def test_a_road_file_without_streets_is_refused(
    name: str, text: str, said: str, tmp_path: Path, small_cache: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ((_, path, message),) = refused(tmp_path / "world", small_cache, road=tmp_path / name)
    assert path == "road"
    assert said in message


def test_there_is_a_crossing_for_every_site(tmp_path: Path, small_cache: Path) -> None:
    road = a_road(tmp_path, a_grid(lat=48.13, lon=11.57))
    assert refused(tmp_path / "world", small_cache, replace(SMALL, sites=33), road=road) == [
        ("VALUE_INVALID", "sites", "sites (33) must be <= crossings of town.osm that riders reach (32)")
    ]
    made = generate_world(replace(SMALL, sites=32), seed=1, out=tmp_path / "world", cache_dir=small_cache, road=road)
    assert len(made.world.catalogue.sites) == 32


@pytest.mark.parametrize("out", ["nowhere/world", "file"])
def test_a_world_is_written_where_there_is_room_for_one(out: str, tmp_path: Path, small_cache: Path) -> None:
    (tmp_path / "file").touch()
    ((code, path, _),) = refused(tmp_path / out, small_cache, road=a_road(tmp_path, a_grid(lat=48.13, lon=11.57)))
    assert (code, path) == ("FILE_MISSING", "out")


def test_a_disk_that_fills_up_on_the_way_leaves_nothing_behind(
    tmp_path: Path, small_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    road = a_road(tmp_path, a_grid(lat=48.13, lon=11.57))
    monkeypatch.setattr(module, "write_orders", fail)
    ((code, path, message),) = refused(tmp_path / "world", small_cache, road=road)
    assert (code, path) == ("FILE_MISSING", "out")
    assert "No space left on device" in message

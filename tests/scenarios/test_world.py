"""A world folder: what is right is read, and everything that is wrong is reported at once."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from models.base import Model
from models.contract import ServiceItemKind
from models.issues import InputError, Issue, IssueCode
from models.opening import Weekday
from models.order import Temperature
from models.place import Datum, Place
from models.resource import SiteKind, TravelProfile
from scenarios.streets import Streets
from scenarios.world import World, load_world, read_streets
from scenarios.world_files import MODEL_BY_FILE, known_fields, world_schemas
from solver.check.zones import zone_at

Load = Callable[[Path], World]
Issues = Callable[[Path], tuple[Issue, ...]]


@pytest.fixture
def load(small_cache: Path) -> Load:
    return lambda folder: load_world(folder, cache_dir=small_cache)


@pytest.fixture
def issues_in(load: Load) -> Issues:
    """What is wrong with a world that cannot be loaded."""

    def issues(folder: Path) -> tuple[Issue, ...]:
        with pytest.raises(InputError) as caught:
            load(folder)
        return caught.value.issues

    return issues


def edit(file: Path, old: str, new: str) -> None:
    """Replace the only occurrence of `old`."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), encoding="utf-8")


# What is right


def test_a_small_world_is_read_whole(small_world: Path, load: Load) -> None:
    world = load(small_world)
    assert world.name == "Two banks"
    assert world.horizon.start == datetime(2026, 3, 1, 22, tzinfo=UTC)
    assert [site.site_id for site in world.catalogue.sites] == ["west", "east"]
    assert [(row.site_id, row.sku_id, row.on_hand) for row in world.stock] == [
        ("west", "cake", 5),
        ("west", "tissues", 20),
        ("east", "tissues", 10),
    ]


def test_local_times_of_the_day_local_dates_and_instants_mean_the_same(small_world: Path, load: Load) -> None:
    early, late = load(small_world).catalogue.riders
    assert early.shift.start == datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    assert late.shift.start == datetime(2026, 3, 2, 0, tzinfo=UTC)
    assert late.shift.end == datetime(2026, 3, 2, 6, tzinfo=UTC)


def test_breaks_are_read_in_local_time(small_world: Path, load: Load) -> None:
    shift = 'shift: {start: "06:30", end: "13:00"}'
    rest = 'breaks: [{window: {earliest: "09:00", latest: "2026-03-02 10:00"}, duration: PT20M}]'
    edit(small_world / "riders.yaml", shift, f"{shift}\n    {rest}")
    (each,) = load(small_world).catalogue.riders[0].breaks
    assert each.window.earliest == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert each.latest_end == datetime(2026, 3, 2, 2, 20, tzinfo=UTC)


def test_how_long_goods_may_travel_is_a_column_of_its_own(small_world: Path, load: Load) -> None:
    file = small_world / "skus.csv"
    header, *rows = file.read_text(encoding="utf-8").splitlines()
    lines = [f"{header},max_on_board", f"{rows[0]},PT90M", *(f"{row}," for row in rows[1:])]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    bounds = [sku.max_on_board for sku in load(small_world).catalogue.skus]
    assert bounds == [timedelta(minutes=90), *[None] * (len(rows) - 1)]


def test_goods_have_classes_of_which_pairs_are_kept_apart(small_world: Path, load: Load) -> None:
    classes_in(small_world, "food", "")
    edit(small_world / "policy.yaml", PARCELS, f"{PARCELS}\nkeep_apart: [[food, batteries]]\n{TRADE_IN}")
    catalogue = load(small_world).catalogue
    assert [sku.goods_class for sku in catalogue.skus][:2] == ["food", None]
    assert catalogue.policy.keep_apart == (("food", "batteries"),)


@pytest.mark.parametrize(
    ("named", "hint"), [("fod", "did you mean food?"), ("paint", "give it to goods, or remove the pair")]
)
def test_a_class_that_no_goods_have_is_an_issue(small_world: Path, load: Load, named: str, hint: str) -> None:
    classes_in(small_world, "food", "cleaning")
    edit(small_world / "policy.yaml", PARCELS, f"{PARCELS}\nkeep_apart:\n  - [food, cleaning]\n  - [cleaning, {named}]")
    with pytest.raises(InputError) as error:
        load(small_world)
    (issue,) = error.value.issues
    assert (issue.code, issue.path) == (IssueCode.REFERENCE_DANGLING, "policy.yaml:15 keep_apart[1][1]")
    assert issue.message == f"goods class ({named}) must be one of the 2 of skus.csv and the packs"
    assert issue.hint == hint


PARCELS = "co2_g_per_parcel: 420"
TRADE_IN = """service_packs:
  - category: paper
    items:
      - {name: trade-in, kind: COLLECTION, service_duration: PT5M, goods_class: batteries}"""


def classes_in(world: Path, *classes: str) -> None:
    """The first SKUs get these classes."""
    file = world / "skus.csv"
    header, *rows = file.read_text(encoding="utf-8").splitlines()
    named = [*classes, *[""] * (len(rows) - len(classes))]
    lines = [f"{header},goods_class", *(f"{row},{each}" for row, each in zip(rows, named, strict=True))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_twenty_four_hours_is_the_midnight_that_ends_the_day(small_world: Path, load: Load) -> None:
    edit(small_world / "world.yaml", 'end: "22:00"', 'end: "24:00"')
    assert load(small_world).horizon.end == datetime(2026, 3, 2, 16, tzinfo=UTC)


def test_places_come_out_on_the_streets(small_world: Path, load: Load) -> None:
    catalogue = load(small_world).catalogue
    assert catalogue.riders[0].start_place.street_node_id == 2
    assert catalogue.riders[1].end_place is not None
    assert catalogue.riders[1].end_place.street_node_id == 8
    assert all(site.place.street_node_id for site in catalogue.sites)


def test_a_place_in_another_datum_is_converted(small_world: Path, load: Load) -> None:
    sent = Place(lat=31.2300, lon=121.4900).to_datum(Datum.GCJ02)
    text = f"{{lat: {sent.lat:.7f}, lon: {sent.lon:.7f}, datum: GCJ02}}"
    edit(small_world / "sites.yaml", "{lat: 31.2300, lon: 121.4900}", text)
    place = load(small_world).catalogue.sites[1].place
    assert (place.datum, place.street_node_id) == (Datum.WGS84, 6)
    assert place.lat == pytest.approx(31.23, abs=1e-6)
    assert place.lon == pytest.approx(121.49, abs=1e-6)


def test_empty_cells_take_the_default_and_dotted_columns_are_attributes(small_world: Path, load: Load) -> None:
    cake, tissues = load(small_world).catalogue.skus
    assert tissues.temperature is Temperature.AMBIENT
    assert tissues.attributes == {}
    assert cake.attributes == {"name_zh": "蛋糕"}


def test_anchors_and_aliases_save_typing(small_world: Path, load: Load) -> None:
    file = small_world / "riders.yaml"
    text = file.read_text().replace("rates: {per", "rates: &rates {per", 1)
    file.write_text(text.replace("rates: {per_km: 50, per_hour: 2400}", "rates: *rates"))
    first, second = load(small_world).catalogue.riders
    assert first.rates == second.rates


def test_traffic_is_read_in_local_time(small_world: Path, load: Load) -> None:
    spell = '{profiles: [CAR], days: {weekdays: [MONDAY]}, start: "07:30", end: "09:30", speed_percent: 60}'
    edit(small_world / "world.yaml", "  speeds:", f"  traffic: [{spell}]\n  speeds:")
    (found,) = load(small_world).catalogue.traffic
    assert found.profiles == (TravelProfile.CAR,)
    assert (found.start, found.end, found.speed_percent) == (time(7, 30), time(9, 30), 60)
    assert found.days.weekdays == (Weekday.MONDAY,)


@pytest.mark.parametrize(
    ("spell", "field", "code"),
    [
        ('start: "09:30", end: "07:30", speed_percent: 60', "", IssueCode.INTERVAL_EMPTY),
        ('start: "07:30+08:00", end: "09:30", speed_percent: 60', ".start", IssueCode.VALUE_INVALID),
        ('start: "07:30", end: "09:30", speed_percent: 101', ".speed_percent", IssueCode.VALUE_INVALID),
        ('start: "07:30", end: "09:30", speed_percent: 9', ".speed_percent", IssueCode.VALUE_INVALID),
    ],
)
def test_a_wrong_spell_of_traffic_is_reported_with_its_line(
    small_world: Path, issues_in: Issues, spell: str, field: str, code: IssueCode
) -> None:
    row = f"- {{profiles: [CAR], {spell}}}"
    edit(small_world / "world.yaml", "  speeds:", f"  traffic:\n    {row}\n  speeds:")
    line = (small_world / "world.yaml").read_text(encoding="utf-8").splitlines().index(f"    {row}") + 1
    (issue,) = issues_in(small_world)
    assert (issue.code, issue.path) == (code, f"world.yaml:{line} streets.traffic[0]{field}")


def test_the_fingerprints_follow_the_content_of_every_file(small_world: Path, load: Load) -> None:
    def fingerprints() -> tuple[str, str]:
        world = load(small_world)
        return world.fingerprint, world.policy_fingerprint

    seen = {fingerprints()}
    assert fingerprints() in seen
    for name in (*MODEL_BY_FILE, "streets.osm"):
        file = small_world / name
        file.write_text(file.read_text() + "\n")
        seen.add(fingerprints())
    assert len(seen) == len(MODEL_BY_FILE) + 2
    assert len({world for world, _ in seen}) == len(MODEL_BY_FILE) + 1


def test_streets_can_be_read_before_anything_else_exists(small_world: Path, small_cache: Path) -> None:
    for name in MODEL_BY_FILE:
        if name != "world.yaml":
            (small_world / name).unlink()
    assert isinstance(read_streets(small_world, cache_dir=small_cache), Streets)


CROSSED = """\
carriers:
  - resource_id: post
    name: Post
    max_weight_g: 1000
    tariff_base: 1
    tariff_per_kg: 1
    cut_off: "16:00"
    transit_days: 1
    delivery_hours: {opens: "09:00", closes: "18:00"}
    daily_quota: 1
    zones:
      - {zone_id: z, area: [{lat: 0, lon: 0}, {lat: 1, lon: 1}, {lat: 0, lon: 1}, {lat: 1, lon: 0}]}
"""


# What is wrong: every mistake with its code, file, line, rule, both values and hint

MISTAKES = {
    "a field with a typo": (
        ("sites.yaml", "name: West store\n    place: {lat", "name: West store\n    place: {lattitude"),
        (IssueCode.FIELD_UNKNOWN, "sites.yaml:5 sites[0].place.lattitude"),
        "field (lattitude) must be one of address, datum, lat, lon, snap_distance_m, street_node_id",
        "did you mean lat?",
    ),
    "an unknown field that resembles nothing": (
        ("policy.yaml", "co2_g_per_parcel: 420", "co2_g_per_parcel: 420\nzzz: 1"),
        (IssueCode.FIELD_UNKNOWN, "policy.yaml:13 zzz"),
        "field (zzz) must be one of ",
        "remove the field or correct its name",
    ),
    "a top level with a typo": (
        ("vans.yaml", "vans: []", "vans: []\nvanz: []"),
        (IssueCode.FIELD_UNKNOWN, "vans.yaml:2 vanz"),
        "field (vanz) must be one of vans",
        "did you mean vans?",
    ),
    "a field left out": (
        ("sites.yaml", "    kind: STORE\n    name: East store\n", "    name: East store\n"),
        (IssueCode.FIELD_REQUIRED, "sites.yaml:12 sites[1].kind"),
        "field (kind) must be given",
        "add this field",
    ),
    "a kind that does not exist": (
        ("riders.yaml", "name: Rider 1\n    profile: BIKE", "name: Rider 1\n    profile: bikes"),
        (IssueCode.VALUE_INVALID, "riders.yaml:4 riders[0].profile"),
        "Input should be 'BIKE' or 'CAR', got 'bikes'",
        "did you mean BIKE?",
    ),
    "a wrong key in a table": (
        ("policy.yaml", "handling_per_item: {RIDER: 40}", "handling_per_item: {RIDERS: 40, RIDER: 40}"),
        (IssueCode.VALUE_INVALID, "policy.yaml:9 handling_per_item.RIDERS"),
        "'REMOTE' or 'DIGITAL', got 'RIDERS'",
        "did you mean RIDER?",
    ),
    "a service pack of an unknown level": (
        (
            "policy.yaml",
            "co2_g_per_parcel: 420",
            "co2_g_per_parcel: 420\nservice_packs:\n  - category: paper\n    items:\n"
            "      - {name: trade-in, kind: COLLECTION, service_duration: PT5M, service_level_id: within-our}",
        ),
        (IssueCode.SERVICE_LEVEL_UNKNOWN, "policy.yaml:16 service_packs[0].items[0].service_level_id"),
        "service_level_id (within-our) must be one of within-hour",
        "correct the id or add the level",
    ),
    "a service pack of an unknown category": (
        (
            "policy.yaml",
            "co2_g_per_parcel: 420",
            "co2_g_per_parcel: 420\nservice_packs:\n  - category: papers\n    items:\n"
            "      - {name: trade-in, kind: COLLECTION, service_duration: PT5M, service_level_id: within-hour}",
        ),
        (IssueCode.REFERENCE_DANGLING, "policy.yaml:14 service_packs[0].category"),
        "category (papers) must be one of the 2 of skus.csv",
        "did you mean paper?",
    ),
    "a latitude off the globe": (
        ("sites.yaml", "{lat: 31.2340, lon: 121.4700}", "{lat: 121.47, lon: 31.23}"),
        (IssueCode.PLACE_OUT_OF_RANGE, "sites.yaml:5 sites[0].place.lat"),
        "lat (121.47) must be in [-90, 90]",
        "give degrees; check that lat and lon are not swapped",
    ),
    "a place off the map": (
        ("riders.yaml", "start_place: {lat: 31.2300, lon: 121.4750}", "start_place: {lat: 31.25, lon: 121.4750}"),
        (IssueCode.PLACE_NOT_REACHABLE, "riders.yaml:5 riders[0].start_place"),
        "distance from (31.250000, 121.475000) to the nearest street (1780 m) must be <= max_snap_m (100 m)",
        "check that lat and lon are not swapped, and the datum (WGS84, GCJ02 or BD09)",
    ),
    "a shift that ends before it starts": (
        ("riders.yaml", '{start: "06:30", end: "13:00"}', '{start: "13:00", end: "06:30"}'),
        (IssueCode.INTERVAL_EMPTY, "riders.yaml:6 riders[0].shift"),
        "start (2026-03-02T05:00:00+00:00) must be < end (2026-03-01T22:30:00+00:00)",
        "an interval is half-open and cannot be empty",
    ),
    "a break that the shift does not hold": (
        (
            "riders.yaml",
            'shift: {start: "06:30", end: "13:00"}',
            'shift: {start: "06:30", end: "13:00"}\n'
            '    breaks: [{window: {earliest: "12:00", latest: "12:50"}, duration: PT20M}]',
        ),
        (IssueCode.BREAK_MISPLACED, "riders.yaml:7 riders[0].breaks[0]"),
        "[2026-03-02T04:00:00+00:00, 2026-03-02T05:10:00+00:00) of a break must lie in the shift "
        "[2026-03-01T22:30:00+00:00, 2026-03-02T05:00:00+00:00)",
        "move the window or shorten the break",
    ),
    "a time that no clock shows": (
        ("riders.yaml", 'start: "06:30"', 'start: "26:30"'),
        (IssueCode.VALUE_INVALID, "riders.yaml:6 riders[0].shift.start"),
        "got '26:30'",
        "see the field's documentation for what it may hold",
    ),
    "opening hours that nobody can read": (
        (
            "sites.yaml",
            '    temperatures: [AMBIENT]\n    hours: "07:00-22:00"',
            '    temperatures: [AMBIENT]\n    hours: "Mo-Fr 7 to 22"',
        ),
        (IssueCode.HOURS_INVALID, "sites.yaml:17 sites[1].hours"),
        "hours (Mo-Fr 7 to 22) must be opening hours in the grammar of OpenStreetMap, and are not from character 7 on",
        'for example "Mo-Fr 08:00-22:00; Sa,Su 09:00-21:00", "24/7" or "off"',
    ),
    "holidays of a country that nobody knows": (
        ("world.yaml", "Asia/Shanghai\n", "Asia/Shanghai\nholidays: {country: China}\n"),
        (IssueCode.VALUE_INVALID, "world.yaml:3 holidays.country"),
        "country (China) must be one of the ",
        "two capital letters, for example CN",
    ),
    "an area that crosses itself": (
        ("carriers.yaml", "carriers: []", CROSSED),
        (IssueCode.RING_INVALID, "carriers.yaml:12 carriers[0].zones[0].area"),
        "sides 0 and 2 of 4 must not meet, except neighbours at their corner",
        "give the corners in their order around the area, each once; the last is joined to the first",
    ),
    "a timezone that nobody knows": (
        ("world.yaml", "Asia/Shanghai", "Asia/Shanghei"),
        (IssueCode.VALUE_INVALID, "world.yaml:2 timezone"),
        "timezone (Asia/Shanghei) must be one of the ",
        "for example Asia/Shanghai",
    ),
    "a level sold by a mode without its figures": (
        ("policy.yaml", "modes: [RIDER]", "modes: [RIDER, VAN]"),
        (IssueCode.FIELD_REQUIRED, "policy.yaml:1"),
        "handling_per_item must have an entry for each of the 2 modes on sale, missing: VAN",
        "add the missing modes",
    ),
    "a mapping that is not closed": (
        ("sites.yaml", "{lat: 31.2300, lon: 121.4900}", "{lat: 31.2300, lon: 121.4900"),
        (IssueCode.SYNTAX_INVALID, "sites.yaml:16"),
        "a file must be YAML: while parsing a flow mapping, expected ',' or '}'",
        "correct the file at this line",
    ),
    "a key twice": (
        ("policy.yaml", "picking_per_line: 30", "picking_per_line: 30\npicking_per_line: 40"),
        (IssueCode.ID_DUPLICATE, "policy.yaml:9 picking_per_line"),
        "a key must stand once in a mapping, and picking_per_line stands on line 8 too",
        "remove or rename one of the two",
    ),
    "an alias inside itself": (
        ("vans.yaml", "vans: []", "vans: &vans [*vans]"),
        (IssueCode.SYNTAX_INVALID, "vans.yaml:1 vans[0]"),
        "an alias must not stand inside its own anchor",
        "correct the file at this line",
    ),
    "a list where an object should be": (
        ("desks.yaml", "desks: []", "[]"),
        (IssueCode.VALUE_INVALID, "desks.yaml:1"),
        "Input should be a valid dictionary or instance of DesksFile, got []",
        "see the field's documentation for what it may hold",
    ),
    "an empty file": (
        ("desks.yaml", "desks: []\n", ""),
        (IssueCode.VALUE_INVALID, "desks.yaml:1"),
        "Input should be a valid dictionary or instance of DesksFile, got None",
        "see the field's documentation for what it may hold",
    ),
    "a pool of somebody who is not there": (
        ("pools.yaml", "[rider-1, rider-2]", "[rider-1, rider-22]"),
        (IssueCode.REFERENCE_DANGLING, "pools.yaml:4 pools[0].resource_ids[1]"),
        "resource (rider-22) must be one of the 2 in this world",
        "did you mean rider-2?",
    ),
    "stock of goods that do not exist": (
        ("stock.csv", "east,tissues", "east,tisues"),
        (IssueCode.REFERENCE_DANGLING, "stock.csv:4 stock[2].sku_id"),
        "SKU (tisues) must be one of the 2 in this world",
        "did you mean tissues?",
    ),
    "stock at a site that does not exist": (
        ("stock.csv", "east,tissues", "north-by-far,tissues"),
        (IssueCode.REFERENCE_DANGLING, "stock.csv:4 stock[2].site_id"),
        "site (north-by-far) must be one of the 2 in this world",
        "correct the id or add what it names",
    ),
    "frozen goods where there is no freezer": (
        ("stock.csv", "west,cake,5", "east,cake,5"),
        (IssueCode.VALUE_INVALID, "stock.csv:2 stock[0]"),
        "temperature of cake (FROZEN) must be a zone of east (AMBIENT)",
        "add the zone to the site or stock the SKU elsewhere",
    ),
    "an id twice": (
        ("riders.yaml", "resource_id: rider-2", "resource_id: rider-1"),
        (IssueCode.ID_DUPLICATE, "riders.yaml:9 riders[1]"),
        "resource_id (rider-1) must be distinct, and is the same as that of riders.yaml:2 riders[0]",
        "rename or remove one of the two",
    ),
    "stock of one SKU at one site twice": (
        ("stock.csv", "west,tissues,20", "west,cake,20"),
        (IssueCode.ID_DUPLICATE, "stock.csv:3 stock[1]"),
        "sku_id of the site (west cake) must be distinct, and is the same as that of stock.csv:2 stock[0]",
        "rename or remove one of the two",
    ),
    "a negative number of pieces": (
        ("stock.csv", "west,cake,5", "west,cake,-5"),
        (IssueCode.VALUE_INVALID, "stock.csv:2 stock[0].on_hand"),
        "Input should be greater than or equal to 0, got '-5'",
        "see the field's documentation for what it may hold",
    ),
    "an empty cell that must not be": (
        ("stock.csv", "west,cake,5", "west,cake,"),
        (IssueCode.FIELD_REQUIRED, "stock.csv:2 stock[0].on_hand"),
        "field (on_hand) must be given",
        "add this field",
    ),
    "a column with a typo": (
        ("skus.csv", "temperature", "temprature"),
        (IssueCode.FIELD_UNKNOWN, "skus.csv:1 temprature"),
        "field (temprature) must be one of ",
        "did you mean temperature?",
    ),
    "a column left out": (
        ("stock.csv", "site_id,sku_id,on_hand\nwest,cake,5\nwest,tissues,20\neast,tissues,10\n", "site_id,sku_id\n"),
        (IssueCode.FIELD_REQUIRED, "stock.csv:1 on_hand"),
        "the header must name on_hand, and names site_id, sku_id",
        "add this column",
    ),
    "a column twice": (
        (
            "stock.csv",
            "site_id,sku_id,on_hand\nwest,cake,5\nwest,tissues,20\neast,tissues,10\n",
            "site_id,sku_id,on_hand,on_hand\n",
        ),
        (IssueCode.SYNTAX_INVALID, "stock.csv:1"),
        "a column must stand once in the header, and on_hand stands 2 times",
        "correct the file at this line",
    ),
    "a row of another length": (
        ("stock.csv", "west,tissues,20", "west,tissues,20,21"),
        (IssueCode.SYNTAX_INVALID, "stock.csv:3"),
        "number of cells (4) must be that of the header (3)",
        "correct the file at this line",
    ),
    "a quote that is not closed": (
        ("stock.csv", "east,tissues,10", 'east,"tissues,10'),
        (IssueCode.SYNTAX_INVALID, "stock.csv:4"),
        "a file must be CSV: unexpected end of data",
        "correct the file at this line",
    ),
    "a CSV file with nothing in it": (
        ("stock.csv", "site_id,sku_id,on_hand\nwest,cake,5\nwest,tissues,20\neast,tissues,10\n", ""),
        (IssueCode.SYNTAX_INVALID, "stock.csv:1"),
        "the first line must name the columns site_id, sku_id, on_hand, and the file is empty",
        "correct the file at this line",
    ),
    "an extract that is not there": (
        ("world.yaml", "streets.osm", "roads.osm"),
        (IssueCode.FILE_MISSING, "world.yaml:6 streets.file"),
        "a world must have the file roads.osm, and this folder has none",
        "create it; a list may be empty",
    ),
    "an extract outside the folder": (
        ("world.yaml", "file: streets.osm", "file: ../streets.osm"),
        (IssueCode.VALUE_INVALID, "world.yaml:6 streets.file"),
        "String should match pattern",
        "see the field's documentation for what it may hold",
    ),
    "an extract that is no map": (
        ("streets.osm", "</osm>", ""),
        (IssueCode.SYNTAX_INVALID, "world.yaml:6 streets.file"),
        "streets.osm must be an OpenStreetMap extract with streets: ",
        "download the extract again, as .osm or .osm.bz2",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_with_its_line_its_rule_and_a_hint(
    mistake: str, small_world: Path, issues_in: Issues
) -> None:
    (name, old, new), (code, path), message, hint = MISTAKES[mistake]
    edit(small_world / name, old, new)
    issue = next(each for each in issues_in(small_world) if each.path == path)
    assert issue.code is code
    assert message in issue.message
    assert issue.hint == hint


ALSO_BREAKS = {
    "a field with a typo": "lat is missing",
    "an id twice": "the pool names rider-2, who is not there any more",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_does_not_bring_forth_others(mistake: str, small_world: Path, issues_in: Issues) -> None:
    (name, old, new), *_ = MISTAKES[mistake]
    edit(small_world / name, old, new)
    assert len(issues_in(small_world)) == (2 if mistake in ALSO_BREAKS else 1)


@pytest.mark.parametrize("name", MODEL_BY_FILE)
def test_a_file_that_is_missing_is_reported_alone(name: str, small_world: Path, issues_in: Issues) -> None:
    (small_world / name).unlink()
    (issue,) = issues_in(small_world)
    assert (issue.code, issue.path) == (IssueCode.FILE_MISSING, name)
    assert issue.message == f"a world must have the file {name}, and this folder has none"


def test_an_extract_without_streets_is_reported(small_world: Path, issues_in: Issues) -> None:
    (small_world / "streets.osm").write_text('<?xml version="1.0"?><osm version="0.6"></osm>')
    (issue,) = issues_in(small_world)
    assert (issue.code, issue.path) == (IssueCode.SYNTAX_INVALID, "world.yaml:6 streets.file")


def test_a_file_that_is_not_text_is_reported(small_world: Path, issues_in: Issues) -> None:
    (small_world / "desks.yaml").write_bytes(b"desks: \xff\xfe")
    (issue,) = issues_in(small_world)
    assert (issue.code, issue.path) == (IssueCode.SYNTAX_INVALID, "desks.yaml")
    assert issue.message.startswith("a file must be text in UTF-8: ")


def test_control_characters_are_reported(small_world: Path, issues_in: Issues) -> None:
    (small_world / "desks.yaml").write_bytes(b"desks: \x00")
    (issue,) = issues_in(small_world)
    assert issue.code is IssueCode.SYNTAX_INVALID
    assert issue.path.startswith("desks.yaml")


def test_a_folder_that_is_not_there_is_one_issue(tmp_path: Path, issues_in: Issues) -> None:
    (issue,) = issues_in(tmp_path / "nowhere")
    assert issue.code is IssueCode.FILE_MISSING
    assert issue.message.endswith("nowhere is not there")


def test_mistakes_in_all_files_come_together_in_the_order_of_files_and_lines(
    small_world: Path, issues_in: Issues
) -> None:
    edit(small_world / "world.yaml", "name: Two banks", "nam: Two banks")
    edit(small_world / "sites.yaml", "lon: 121.4700}", "lon: 121.4700, floor: 3}")
    edit(small_world / "sites.yaml", "name: East store", "name: ''")
    edit(small_world / "riders.yaml", '{start: "06:30", end: "13:00"}', '{start: "13:00", end: "06:30"}')
    edit(small_world / "carriers.yaml", "carriers: []", "carriers: {")
    edit(small_world / "pools.yaml", "name: Riders", "name: Riders\n    chanels: []")
    edit(small_world / "stock.csv", "west,cake,5", "west,cakes,5")
    (small_world / "vans.yaml").unlink()
    assert [(issue.code.value, issue.path) for issue in issues_in(small_world)] == [
        ("FIELD_REQUIRED", "world.yaml:1 name"),
        ("FIELD_UNKNOWN", "world.yaml:1 nam"),
        ("FIELD_UNKNOWN", "sites.yaml:5 sites[0].place.floor"),
        ("VALUE_INVALID", "sites.yaml:14 sites[1].name"),
        ("INTERVAL_EMPTY", "riders.yaml:6 riders[0].shift"),
        ("FILE_MISSING", "vans.yaml"),
        ("SYNTAX_INVALID", "carriers.yaml:2"),
        ("FIELD_UNKNOWN", "pools.yaml:4 pools[0].chanels"),
        ("REFERENCE_DANGLING", "stock.csv:2 stock[0].sku_id"),
    ]


def test_a_reference_to_a_row_that_is_wrong_is_not_called_dangling(small_world: Path, issues_in: Issues) -> None:
    edit(small_world / "skus.csv", "cake,Cake,bakery,FROZEN,800", "cake,Cake,bakery,FROZEN,-800")
    edit(small_world / "riders.yaml", "name: Rider 2", "name: ''")
    paths = [issue.path for issue in issues_in(small_world)]
    assert paths == ["riders.yaml:10 riders[1].name", "skus.csv:2 skus[0].weight_g"]


def test_lines_are_right_behind_a_row_that_is_wrong(small_world: Path, issues_in: Issues) -> None:
    edit(small_world / "stock.csv", "west,cake,5", "west,cake,many")
    edit(small_world / "stock.csv", "east,tissues,10", "west,tissues,10")
    wrong, twice = issues_in(small_world)
    assert wrong.path == "stock.csv:2 stock[0].on_hand"
    assert twice.path == "stock.csv:4 stock[2]"
    assert twice.message.endswith("is the same as that of stock.csv:3 stock[1]")


# Schemas for editors


def test_the_schemas_in_the_repository_are_fresh(world: World) -> None:
    folder = world.folder.parent / "schema"
    written = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir()}
    assert written == {name.replace(".yaml", ".json"): schema for name, schema in world_schemas().items()}


def test_every_yaml_file_of_the_demo_names_its_schema(world: World) -> None:
    for name in world_schemas():
        first_line = (world.folder / name).read_text(encoding="utf-8").partition("\n")[0]
        assert first_line == f"# yaml-language-server: $schema=../schema/{name.replace('.yaml', '.json')}"
        assert (world.folder / first_line.partition("=")[2]).exists()


def test_schemas_tell_an_editor_what_the_docstrings_say() -> None:
    rider = world_schemas()["riders.yaml"]["$defs"]["Rider"]["properties"]
    assert rider["end_place"]["description"].startswith("Where it has to be when the shift ends")
    site = world_schemas()["sites.yaml"]["$defs"]["Site"]["properties"]
    assert site["pickers"]["description"] == site["pick_duration_per_line"]["description"]


def test_schemas_allow_local_times() -> None:
    start = world_schemas()["riders.yaml"]["$defs"]["Interval"]["properties"]["start"]
    patterns = [re.compile(choice["pattern"]) for choice in start["anyOf"] if "pattern" in choice]
    for text in ("06:30", "24:00", "2026-03-02 08:00"):
        assert any(pattern.match(text) for pattern in patterns)


@pytest.mark.parametrize(
    ("file", "loc", "field"),
    [
        ("sites.yaml", (), "sites"),
        ("sites.yaml", ("sites", 3), "pickers"),
        ("carriers.yaml", ("carriers", 3, "zones", 0, "area", 2), "lat"),
        ("riders.yaml", ("riders", 0, "end_place"), "lat"),
        ("policy.yaml", ("service_levels", 0, "ladder", "steps", 1), "at_lateness"),
    ],
)
def test_known_fields_are_found_at_any_depth(file: str, loc: tuple[str | int, ...], field: str) -> None:
    model: type[Model] = MODEL_BY_FILE[file]
    assert field in known_fields(model, loc)


# The demo


def test_the_demo_has_what_it_promises(world: World) -> None:
    catalogue = world.catalogue
    sites = catalogue.sites
    assert len(sites) == 60
    assert sum(site.kind is SiteKind.WAREHOUSE for site in sites) == 5
    assert sum(Temperature.FROZEN in site.temperatures for site in sites) == 20
    assert sum(Temperature.CHILLED in site.temperatures for site in sites) == 50
    assert all((site.counter_places > 0) == (site.kind is SiteKind.STORE) for site in sites)
    assert (len(catalogue.riders), len(catalogue.vans), len(catalogue.technicians)) == (86, 20, 20)
    assert sum(rider.on_call for rider in catalogue.riders) == 6
    assert sum(van.capacity.frozen_cm3 > 0 and van.capacity.chilled_cm3 > 0 for van in catalogue.vans) == 6
    assert (len(catalogue.carriers), len(catalogue.desks), len(catalogue.skus)) == (2, 1, 500)


def test_some_vans_of_the_demo_have_two_people_on_board(world: World) -> None:
    crews = [(van.crew_size, van.rates.per_hour) for van in world.catalogue.vans if not van.capacity.frozen_cm3]
    assert sum(crew == 2 for crew, _ in crews) == 5
    assert all(per_hour > 4500 for crew, per_hour in crews if crew == 2)


def test_the_post_of_the_demo_has_a_zone_on_each_bank(world: World) -> None:
    (post,) = (carrier for carrier in world.catalogue.carriers if carrier.zones)
    network = world.streets.network
    component = network.bike_components()
    (west, _), (east, _) = Counter(component[network.snappable].tolist()).most_common(2)
    for node in np.flatnonzero(network.snappable).tolist():
        zone = zone_at(post, Place(lat=float(network.lat[node]), lon=float(network.lon[node])))
        assert zone is not None
        if component[node] in (west, east):
            assert (zone.zone_id == "plain-post-east-bank") == (component[node] == east)


def test_every_van_of_the_demo_comes_home_to_a_warehouse(world: World) -> None:
    homes = {site.place for site in world.catalogue.sites if site.kind is SiteKind.WAREHOUSE}
    assert {van.end_place for van in world.catalogue.vans} == homes


def test_sites_and_riders_of_the_demo_stand_on_both_banks_in_proportion(world: World) -> None:
    tables = world.streets.tables()
    west = world.snap(Place(lat=31.2304, lon=121.4737)).street_node_id or 0
    share_of = {
        "sites": [site.place for site in world.catalogue.sites],
        "riders": [rider.start_place for rider in world.catalogue.riders],
    }
    for places in share_of.values():
        east = sum(tables.travel(TravelProfile.BIKE, west, place.street_node_id or 0) is None for place in places)
        assert 0.12 < east / len(places) < 0.25


def test_places_of_the_demo_are_exactly_at_crossings(world: World) -> None:
    assert {site.place.snap_distance_m for site in world.catalogue.sites} == {0}
    assert {vehicle.start_place.snap_distance_m for vehicle in world.catalogue.vehicles} == {0}


def test_every_bank_of_the_demo_has_technicians_who_can_do_what_the_packs_ask_for(world: World) -> None:
    tables, catalogue = world.streets.tables(), world.catalogue
    visits = [each for pack in catalogue.policy.service_packs for each in pack.items if each.skills and each.tools]
    assert visits
    for each, site in product(visits, catalogue.sites):
        able = [
            technician
            for technician in catalogue.technicians
            if set(each.tools) <= set(technician.tools)
            and {skill.skill for skill in each.skills} <= {skill.skill for skill in technician.skills}
            and tables.travel(
                technician.profile, technician.start_place.street_node_id or 0, site.place.street_node_id or 0
            )
        ]
        assert len(able) >= 3, site.site_id


def test_a_desk_of_the_demo_can_do_every_session_of_the_packs(world: World) -> None:
    packs = world.catalogue.policy.service_packs
    sessions = [each for pack in packs for each in pack.items if each.kind is ServiceItemKind.REMOTE_SESSION]
    levels = {skill.skill: skill.level for desk in world.catalogue.desks for skill in desk.skills}
    assert sessions
    assert all(levels[skill.skill] >= skill.level for each in sessions for skill in each.skills)


def test_every_service_pack_of_the_demo_comes_with_goods(world: World) -> None:
    categories = {sku.category for sku in world.catalogue.skus}
    assert {pack.category for pack in world.catalogue.policy.service_packs} <= categories


def test_shifts_of_riders_of_the_demo_cover_the_morning(world: World) -> None:
    on_duty = [rider for rider in world.catalogue.riders if not rider.on_call]
    starts = min(rider.shift.start for rider in on_duty)
    ends = max(rider.shift.end for rider in on_duty)
    assert (starts, ends - starts) == (datetime(2026, 3, 1, 22, 30, tzinfo=UTC), timedelta(hours=7.5))


def test_shifts_of_the_demo_that_are_longer_than_six_hours_have_a_break(world: World) -> None:
    for mobile in world.catalogue.mobiles:
        length = mobile.shift.end - mobile.shift.start
        assert len(mobile.breaks) == (length > timedelta(hours=6)), mobile.resource_id


def test_cold_goods_of_the_demo_may_not_travel_for_long(world: World) -> None:
    bounds = {(sku.temperature, sku.max_on_board) for sku in world.catalogue.skus}
    hour = timedelta(hours=1)
    assert bounds == {(Temperature.AMBIENT, None), (Temperature.CHILLED, 3 * hour), (Temperature.FROZEN, 1.5 * hour)}


def test_a_world_that_is_read_again_says_the_same_and_knows_its_lines(small_world: Path, tmp_path: Path) -> None:
    """The second time, what the YAML files say comes from the cache."""
    first, second = (load_world(small_world, cache_dir=tmp_path / "cache") for _ in range(2))
    assert second.catalogue == first.catalogue
    assert len(list((tmp_path / "cache").glob("document-*.json"))) == 9
    sites = small_world / "sites.yaml"
    sites.write_text(sites.read_text(encoding="utf-8").replace("121.4900", "124.4900"), encoding="utf-8")
    told = []
    for _ in range(2):
        with pytest.raises(InputError) as caught:
            load_world(small_world, cache_dir=tmp_path / "cache")
        told.append([(issue.code, issue.path) for issue in caught.value.issues])
    assert told[0] == told[1] == [("PLACE_NOT_REACHABLE", "sites.yaml:15 sites[1].place")]


def test_a_file_with_a_key_twice_is_not_kept(small_world: Path, tmp_path: Path) -> None:
    vans = small_world / "vans.yaml"
    vans.write_text("vans: []\nvans: []\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(InputError, match="a key must stand once"):
            load_world(small_world, cache_dir=tmp_path / "cache")

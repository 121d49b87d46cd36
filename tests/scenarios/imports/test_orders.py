"""A CSV file of another system becomes orders; what is wrong with it is said row by row."""

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.issues import Issue
from models.order import Channel, Method, Order
from models.place import Datum, Place
from models.timing import TimeWindow
from scenarios.batch import plan_world
from scenarios.imports import Imported
from scenarios.json_files import read_orders, write_orders
from scenarios.world import World, load_world
from tests.scenarios.imports.conftest import A_MAPPING, A_SOURCE

Import = Callable[..., Imported]
Issues = Callable[..., tuple[Issue, ...]]

WITH_TABLE = A_MAPPING.replace(
    "  lon: {column: lon}\n", "  lon: {column: lon}\n  table: {file: doors.csv, key: door_id, column: door}\n"
)
OF_DOORS = "no,placed,phone,item,num,door\nA-1,09:00,1380001,tissues,2,D1\n"
WITH_LINES = A_MAPPING + "line_id: {column: line}\n"


def row(
    order_id: str = "A-1", *, placed: str = "09:00", item: str = "tissues", num: object = 2, lat: str = "31.2340"
) -> str:
    return f"{order_id},{placed},1380001,{item},{num},{lat},121.4701\n"


def source(*rows: str) -> str:
    return A_SOURCE.partition("\n")[0] + "\n" + "".join(rows)


def said(issues: Sequence[Issue]) -> list[tuple[str, str]]:
    return [(issue.path, issue.code.value) for issue in issues]


def utc(hour: int, minute: int = 0) -> datetime:
    """Of the world's day; Shanghai is eight hours ahead."""
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


# what is read


def test_columns_become_the_fields_of_an_order(imported: Import) -> None:
    first, second = imported().orders
    assert (first.order_id, first.channel, first.placed_time) == ("A-1", Channel.APP, utc(1))
    assert first.identity.keys() == ("phone:1380001",)
    assert [(line.sku_id, line.quantity) for line in first.lines] == [("tissues", 2)]
    assert (second.placed_time, second.place.lat) == (utc(1, 30), 31.23)


def test_what_is_imported_is_read_and_planned_like_any_other_orders(
    imported: Import, banks: World, tmp_path: Path
) -> None:
    orders = imported(source(row(), row("A-2", num=12))).orders
    write_orders(tmp_path / "orders.json", orders)
    assert read_orders(tmp_path / "orders.json") == orders
    planned = plan_world(banks, orders, seed=1, iterations=10)
    assert (planned.refused, planned.violations) == ((), ())


def test_a_column_that_nothing_maps_is_ignored_and_space_around_a_cell_too(imported: Import) -> None:
    text = 'remark,no,placed,phone,item,num,lat,lon\n"fragile, ""old""", A-1 ,09:00,1, tissues,2,31.2340,121.4701\n'
    assert [(order.order_id, order.lines[0].sku_id) for order in imported(text).orders] == [("A-1", "tissues")]


def test_words_of_the_source_are_translated_and_empty_cells_filled(imported: Import) -> None:
    mapping = A_MAPPING.replace(
        "channel: {constant: APP}",
        "channel: {column: shop, codes: {tmall: MARKETPLACE, douyin: LIVESTREAM}, if_empty: tmall}\n"
        "method: {column: how, codes: {送货: DELIVERY}}\n"
        "attributes: {shop: {column: shop}}",
    )
    text = "no,placed,phone,item,num,lat,lon,shop,how\n"
    text += "A-1,09:00,1,tissues,2,31.2340,121.4701,douyin,送货\nA-2,09:00,2,tissues,2,31.2340,121.4701,,\n"
    first, second = imported(text, mapping).orders
    assert (first.channel, first.method, first.attributes) == (Channel.LIVESTREAM, Method.DELIVERY, {"shop": "douyin"})
    assert (second.channel, second.method) == (Channel.MARKETPLACE, Method.ANY)


@pytest.mark.parametrize(
    ("columns", "window"),
    [
        ("10:00,11:30", TimeWindow(earliest=utc(2), latest=utc(3, 30))),
        (",11:30", TimeWindow(earliest=utc(1), latest=utc(3, 30))),
        (",", None),
    ],
)
def test_a_window_begins_with_the_order_unless_told(imported: Import, columns: str, window: TimeWindow | None) -> None:
    mapping = A_MAPPING + "window: {earliest: {column: from}, latest: {column: due}}\n"
    text = f"no,placed,phone,item,num,lat,lon,from,due\nA-1,09:00,1,tissues,2,31.2340,121.4701,{columns}\n"
    (order,) = imported(text, mapping).orders
    assert order.windows == ((window,) if window else ())


def test_times_are_read_as_the_source_writes_them(imported: Import) -> None:
    mapping = A_MAPPING + 'time_format: "%Y/%m/%d %H:%M"\n'
    (order,) = imported(source(row(placed="2026/3/2 9:05")), mapping).orders
    assert order.placed_time == utc(1, 5)


def test_a_time_without_a_date_is_of_the_day_of_the_mapping(issues_of: Issues) -> None:
    (issue,) = issues_of(source(row()), A_MAPPING + "day: 2026-03-03\n")
    assert said([issue]) == [("orders.csv:2 placed", "TIME_OUT_OF_RANGE")]
    assert issue.message == (
        "placed_time (2026-03-03T01:00:00+00:00) must be in the world's horizon "
        "[2026-03-01T22:00:00+00:00, 2026-03-02T14:00:00+00:00)"
    )


def test_a_source_may_be_in_another_encoding_and_with_another_delimiter(imported: Import) -> None:
    text = source(row()).replace(",", ";").replace("num", "数量")
    mapping = A_MAPPING.replace("column: num", "column: 数量") + 'encoding: gb18030\ndelimiter: ";"\n'
    (order,) = imported(text, mapping, encoding="gb18030").orders
    assert order.lines[0].quantity == 2


def test_rows_with_line_ids_are_lines_of_one_order(imported: Import) -> None:
    text = "no,line,placed,phone,item,num,lat,lon\n"
    text += "A-1,1,09:00,1,tissues,2,31.2340,121.4701\nA-2,1,09:00,2,cake,1,31.2340,121.4701\n"
    text += "A-1,2,09:00,1,cake,1,31.2340,121.4701\n"
    first, second = imported(text, WITH_LINES).orders
    assert [(line.line_id, line.sku_id) for line in first.lines] == [("1", "tissues"), ("2", "cake")]
    assert (second.order_id, len(second.lines)) == ("A-2", 1)


# places


def metres(here: Place, there: Place) -> float:
    north = math.radians(here.lat - there.lat)
    east = math.radians(here.lon - there.lon) * math.cos(math.radians(here.lat))
    return 6371008.8 * math.hypot(north, east)


@pytest.fixture(scope="module")
def boundless(small_world_files: Path, small_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two banks to which any place in China belongs."""
    folder = tmp_path_factory.mktemp("boundless")
    for file in small_world_files.iterdir():
        text = file.read_text(encoding="utf-8").replace("max_snap_m: 100", "max_snap_m: 5000000")
        (folder / file.name).write_text(text, encoding="utf-8")
    return load_world(folder, cache_dir=small_cache)


@pytest.mark.parametrize(
    ("datum", "point", "wgs84"),
    [
        (Datum.WGS84, (31.1774276, 121.5272106), (31.1774276, 121.5272106)),
        (Datum.GCJ02, (31.17530398364597, 121.531541859215), (31.1774276, 121.5272106)),
        (Datum.BD09, (39.92133699351021, 116.41036949371029), (39.91359571849836, 116.39775550083061)),
    ],
)
def test_a_place_is_converted_once_from_the_datum_of_its_source(
    imported: Import, boundless: World, datum: Datum, point: tuple[float, float], wgs84: tuple[float, float]
) -> None:
    mapping = A_MAPPING.replace("constant: WGS84", f"constant: {datum}")
    text = f"no,placed,phone,item,num,lat,lon\nA-1,09:00,1,tissues,2,{point[0]},{point[1]}\n"
    (order,) = imported(text, mapping, world=boundless).orders
    assert order.place.datum is Datum.WGS84
    # What others give for BD-09 went the way back once only, which is good to some metres.
    assert metres(order.place, Place(lat=wgs84[0], lon=wgs84[1])) < (2.0 if datum is Datum.BD09 else 0.1)


def test_places_may_stand_in_a_file_of_their_own(imported: Import) -> None:
    mapping = WITH_TABLE.replace("constant: WGS84", "column: datum")
    door = Place(lat=31.2340, lon=121.4701).to_datum(Datum.BD09)
    doors = f"door_id,lat,lon,datum\nD1,{door.lat},{door.lon},BD09\nD2,0,0,WGS84\n"
    (order,) = imported(OF_DOORS, mapping, doors=doors).orders
    assert metres(order.place, Place(lat=31.2340, lon=121.4701)) < 0.1


@pytest.mark.parametrize(
    ("doors", "issue", "message"),
    [
        (
            "door_id,lat,lon\nD10,31.2340,121.4701\n",
            ("orders.csv:2 door", "REFERENCE_DANGLING"),
            "door_id (D1) must be one of the 1 of doors.csv",
        ),
        (
            "door_id,lat,lon\nD1,31.2340,121.4701\nD1,31.2300,121.4701\n",
            ("orders.csv:2 door", "ID_DUPLICATE"),
            "door_id (D1) must stand once in doors.csv, and stands on lines 2, 3",
        ),
        (
            "door_id,lat,lon\nD2,0,0\nD1,121.4701,31.2340\n",
            ("orders.csv:2 door -> doors.csv:3 lat", "PLACE_OUT_OF_RANGE"),
            "lat (121.4701) must be in [-90, 90]",
        ),
    ],
)
def test_a_place_that_cannot_be_found_is_reported_where_it_was_named(
    issues_of: Issues, doors: str, issue: tuple[str, str], message: str
) -> None:
    (found,) = issues_of(OF_DOORS, WITH_TABLE, doors=doors)
    assert (said([found]), found.message) == ([issue], message)


def test_a_bad_row_of_the_places_is_reported_though_no_order_needs_it(imported: Import, issues_of: Issues) -> None:
    doors = "door_id,lat,lon\nD1,31.2340,121.4701\nD2,31.2340\n"
    (issue,) = issues_of(OF_DOORS, WITH_TABLE, doors=doors)
    assert issue.message == "number of cells (2) must be that of the header (3)"
    kept = imported(OF_DOORS, WITH_TABLE, doors=doors, skip_bad=True)
    assert (len(kept.orders), kept.num_rows, kept.skipped_lines) == (1, 1, ())
    assert said(kept.issues) == [("doors.csv:3", "SYNTAX_INVALID")]


def test_a_datum_is_never_guessed(issues_of: Issues) -> None:
    mapping = WITH_TABLE.replace("constant: WGS84", "column: datum")
    (issue,) = issues_of(OF_DOORS, mapping, doors="door_id,lat,lon,datum\nD1,31.2340,121.4701,\n")
    assert said([issue]) == [("orders.csv:2 door -> doors.csv:2 datum", "FIELD_REQUIRED")]


def test_a_place_far_from_any_street_is_refused_with_its_distance(issues_of: Issues) -> None:
    (issue,) = issues_of(source(row(lat="31.2500")))
    assert said([issue]) == [("orders.csv:2 lat", "PLACE_NOT_REACHABLE")]
    assert issue.message == (
        "distance from (31.250000, 121.470100) to the nearest street (1780 m) must be <= max_snap_m (100 m)"
    )


def test_the_mapping_may_ask_for_places_nearer_to_a_street(imported: Import, issues_of: Issues) -> None:
    near = source(row(lat="31.2345"))
    assert len(imported(near, A_MAPPING + "max_snap_m: 60\n").orders) == 1
    (issue,) = issues_of(near, A_MAPPING + "max_snap_m: 50\n")
    assert "must be <= max_snap_m (50 m)" in issue.message


def test_the_mapping_cannot_allow_what_the_policy_refuses(issues_of: Issues) -> None:
    (issue,) = issues_of(source(row()), A_MAPPING + "max_snap_m: 101\n")
    assert said([issue]) == [("map.yaml:11 max_snap_m", "VALUE_INVALID")]
    assert issue.message == "max_snap_m (101) must be <= that of the world's policy (100)"


# what is wrong


def test_every_bad_row_is_reported_at_once_with_its_line(issues_of: Issues) -> None:
    issues = issues_of(
        source(
            row(),
            row("A-2", num=0),
            row("A-3", item="tisues", placed="soon", num="two"),
            "A-4,09:00\n",
            row("A-5", lat=""),
            row("A-1"),
        )
    )
    assert said(issues) == [
        ("orders.csv:3 num", "QUANTITY_NOT_POSITIVE"),
        ("orders.csv:4 item", "SKU_UNKNOWN"),
        ("orders.csv:4 num", "VALUE_INVALID"),
        ("orders.csv:4 placed", "VALUE_INVALID"),
        ("orders.csv:5", "SYNTAX_INVALID"),
        ("orders.csv:6 lat", "FIELD_REQUIRED"),
        ("orders.csv:7 no", "ID_DUPLICATE"),
    ]
    assert all(issue.hint for issue in issues)
    assert issues[1].hint == "did you mean tissues?"
    assert issues[-1].message == "order_id (A-1) must be distinct, and is the same as that of line 2"


def test_lines_are_counted_as_an_editor_counts_them(issues_of: Issues) -> None:
    text = source(row().replace("tissues", '"tis\nsues"'), "\n", ",,,,,,\n", row("A-2", num=0))
    assert [issue.path for issue in issues_of(text)] == ["orders.csv:2 item", "orders.csv:6 num"]


def test_bad_rows_are_left_out_if_that_is_wanted(imported: Import) -> None:
    done = imported(source(row(), row("A-2", num=0), "A-3\n", row("A-4")), skip_bad=True)
    assert [order.order_id for order in done.orders] == ["A-1", "A-4"]
    assert (done.num_rows, done.skipped_lines) == (4, (3, 4))
    assert [issue.path for issue in done.issues] == ["orders.csv:3 num", "orders.csv:4"]


def test_an_order_with_a_bad_line_is_left_out_whole(imported: Import) -> None:
    text = "no,line,placed,phone,item,num,lat,lon\n"
    text += "A-1,1,09:00,1,tissues,2,31.2340,121.4701\nA-1,2,09:00,1,cake,0,31.2340,121.4701\n"
    text += "A-2,1,09:00,1,tissues,2,31.2340,121.4701\n"
    done = imported(text, WITH_LINES, skip_bad=True)
    assert ([order.order_id for order in done.orders], done.skipped_lines) == (["A-2"], (2, 3))


def test_without_a_good_row_there_is_nothing_to_skip_to(issues_of: Issues) -> None:
    assert said(issues_of(source(row(num=0)), skip_bad=True)) == [("orders.csv:2 num", "QUANTITY_NOT_POSITIVE")]
    assert said(issues_of(source())) == [("orders.csv:1", "VALUE_INVALID")]


def test_a_bad_constant_is_reported_once_at_the_mapping(issues_of: Issues) -> None:
    mapping = A_MAPPING.replace("constant: APP", "constant: FAX")
    issues = issues_of(A_SOURCE, mapping)
    assert said(issues) == [("map.yaml:2 channel", "VALUE_INVALID")]


def test_a_word_that_the_mapping_does_not_translate_is_refused(issues_of: Issues) -> None:
    mapping = A_MAPPING.replace("constant: APP", "column: shop, codes: {tmall: MARKETPLACE}")
    text = "no,placed,phone,item,num,lat,lon,shop\nA-1,09:00,1,tissues,2,31.2340,121.4701,tmal\n"
    (issue,) = issues_of(text, mapping)
    assert (issue.path, issue.hint) == ("orders.csv:2 shop", "did you mean tmall?")


def test_a_time_in_another_form_is_refused_with_both(issues_of: Issues) -> None:
    (issue,) = issues_of(source(row(placed="9 o'clock")), A_MAPPING + 'time_format: "%H:%M"\n')
    assert said([issue]) == [("orders.csv:2 placed", "VALUE_INVALID")]
    assert issue.message == "a time (9 o'clock) must have the mapping's time_format (%H:%M)"


def test_lines_of_one_order_must_agree(issues_of: Issues) -> None:
    text = "no,line,placed,phone,item,num,lat,lon\n"
    text += "A-1,1,09:00,1,tissues,2,31.2340,121.4701\nA-1,2,09:05,1,cake,1,31.2340,121.4701\n"
    text += "A-1,1,09:00,1,cake,1,31.2340,121.4701\n"
    assert said(issues_of(text, WITH_LINES)) == [
        ("orders.csv:3", "VALUE_INVALID"),
        ("orders.csv:4 line", "ID_DUPLICATE"),
    ]


def test_columns_that_are_not_there_are_named_all_at_once(issues_of: Issues) -> None:
    text = A_SOURCE.replace("no,placed", "number,place").replace("num,lat", "num,latitude")
    issues = issues_of(text)
    assert said(issues) == [(f"orders.csv:1 {name}", "FIELD_REQUIRED") for name in ("no", "placed", "lat")]


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("", "orders.csv:1", "the first line must name the columns, and the file is empty"),
        ('no,num\n"A-1,2\n', "orders.csv:2", "a row must be CSV: unexpected end of data"),
        ("no,num,no\n", "orders.csv:1", "a column must stand once in the header, and no stands there more than once"),
    ],
)
def test_a_file_whose_rows_cannot_be_told_apart_is_refused(
    issues_of: Issues, text: str, path: str, message: str
) -> None:
    (issue,) = issues_of(text, skip_bad=True)
    assert (issue.path, issue.code, issue.message) == (path, "SYNTAX_INVALID", message)


def test_text_in_another_encoding_is_no_gibberish(issues_of: Issues) -> None:
    (issue,) = issues_of(source(row()).replace("num", "数量"), encoding="gb18030")
    assert (issue.code, issue.hint) == ("SYNTAX_INVALID", "try encoding: gb18030 in the mapping")


# parts


def test_an_order_larger_than_a_vehicle_comes_in_equal_parts(imported: Import, banks: World) -> None:
    done = imported(source(row(num=31), row("A-2", num=12)))
    assert [(order.order_id, order.lines[0].quantity) for order in done.orders] == [
        ("A-1.p1", 11),
        ("A-1.p2", 10),
        ("A-1.p3", 10),
        ("A-2", 12),
    ]
    assert done.orders[0].attributes == {"import.part_of": "A-1", "import.parts": "3"}
    assert (done.num_orders, done.num_split) == (2, 1)


def test_the_parts_of_an_order_are_planned_all_or_none(imported: Import, banks: World) -> None:
    planned = plan_world(banks, imported(source(row(num=20))).orders, seed=1, iterations=10)
    (contract,) = planned.problem.contracts
    assert [item.load.ambient_cm3 for item in contract.items] == [50_000, 50_000]
    assert (planned.refused, planned.violations) == ((), ())


@pytest.mark.parametrize(("item", "changes"), [("cake", ""), ("tissues", "method: {constant: STORE_PICKUP}\n")])
def test_what_no_vehicle_has_to_carry_or_can_carry_stays_whole(imported: Import, item: str, changes: str) -> None:
    (order,) = imported(source(row(item=item, num=31)), A_MAPPING + changes).orders
    assert (order.order_id, order.lines[0].quantity) == ("A-1", 31)


def test_a_part_cannot_take_the_id_of_another_order(issues_of: Issues) -> None:
    (issue,) = issues_of(source(row(num=31), row("A-1.p2")))
    assert issue.message == "order_id (A-1.p2) must be distinct, and is the same as that of line 2"


def test_a_part_whose_id_is_too_long_is_refused(issues_of: Issues) -> None:
    (issue,) = issues_of(source(row("A" * 60, num=31)))
    assert said([issue]) == [("orders.csv:2 lines[0].line_id", "VALUE_INVALID")]


def test_orders_are_written_in_utf8_with_what_they_say_only(imported: Import, tmp_path: Path) -> None:
    write_orders(tmp_path / "orders.json", imported().orders)
    first = json.loads((tmp_path / "orders.json").read_text(encoding="utf-8"))["orders"][0]
    assert set(first) == {"order_id", "channel", "placed_time", "identity", "lines", "place"}
    assert Order.model_validate_json(json.dumps(first)) == imported().orders[0]

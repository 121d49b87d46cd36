"""The benchmark of a real day, on a small one of our own making."""

import json
from pathlib import Path

import pytest
from typer import Exit

from benchmarks.lastmile import COLUMNS, Day, read_day
from benchmarks.real_day import figures, in_one_go, main, measure, one_by_one, unserved
from models.issues import InputError
from models.place import Datum, Place
from server.exit_codes import ExitCode
from server.ledger import Ledger
from tests.scenarios.conftest import SMALL_MAP

HOME, AWAY = (31.2340, 121.4701), (31.2600, 121.4701)
"""Beside a street, and three kilometres off every one."""


def row(each_id: str, at: tuple[float, float], datum: Datum = Datum.GCJ02) -> str:
    place = Place(lat=at[0], lon=at[1]).to_datum(datum)
    return f"{each_id},{place.lon},{place.lat},{datum}\n"


FILES = {
    "sites.csv": "site_id,lon,lat,datum\n" + row("A1", (31.2300, 121.4750), Datum.BD09) + row("A9", AWAY, Datum.BD09),
    "shops.csv": "shop_id,lon,lat,datum\n" + row("S1", (31.2300, 121.4850)) + row("S9", AWAY),
    "spots.csv": "spot_id,lon,lat,datum\n" + row("B1", HOME) + row("B2", (31.2340, 121.4900)) + row("B9", AWAY),
    "ecommerce_orders.csv": "order_id,spot_id,site_id,num\nF1,B1,A1,9\nF2,B2,A1,300\nF3,B9,A1,4\nF4,B1,A9,4\n",
    "o2o_orders.csv": (
        "order_id,spot_id,shop_id,pickup_time,delivery_time,num\n"
        "E1,B1,S1,12:00,13:30,4\nE2,B2,S1,12:00,12:01,1\nE3,B1,S9,12:00,13:30,1\nE4,B1,S1,12:00,13:30,0\n"
    ),
}
"""An order of three parts, places and origins off the map, one that nobody can bring in time, and one of nothing."""

REASONS = {
    "E3": ["PLACE_NOT_REACHABLE"],
    "E4": ["QUANTITY_NOT_POSITIVE"],
    "F3": ["PLACE_NOT_REACHABLE"],
    "F4": ["PLACE_NOT_REACHABLE"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "streets.osm").write_text(SMALL_MAP, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def day(folder: Path, small_day_cache: Path) -> Day:
    into = folder / "world"
    into.mkdir()
    return read_day(folder, into=into, road=folder / "streets.osm", num_couriers=3, cache_dir=small_day_cache)


@pytest.fixture(scope="module")
def small_day_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_what_cannot_be_planned_is_known_before_and_why(day: Day) -> None:
    assert day.num_orders == 8
    assert {each: list(codes) for each, codes in day.rejected.items()} == REASONS
    assert [order.order_id for order in day.orders] == ["F1", "F2.p1", "F2.p2", "F2.p3", "E1", "E2"]
    assert [order.lines[0].quantity for order in day.orders[1:4]] == [100, 100, 100]


def test_couriers_start_at_depots_that_are_on_the_map(day: Day) -> None:
    (depot,) = (site for site in day.world.catalogue.sites if site.site_id == "A1")
    assert {courier.start_place.street_node_id for courier in day.world.catalogue.riders} == {
        depot.place.street_node_id
    }
    assert len(day.world.catalogue.riders) == 3


def test_all_in_one_go_every_order_is_served_on_time_or_has_a_reason(day: Day) -> None:
    run = in_one_go(day, seconds=1, seed=1)
    found = figures(day, run)
    assert (found["orders"], found["served"], found["refused"], found["on_time"]) == (8, 3, 5, 3)
    assert (found["checker_violations"], found["vehicles"] > 0, found["km"] > 0, found["cost"] > 0) == (0,) + (
        True,
    ) * 3
    assert [each["order_id"] for each in unserved(day, run)] == ["E2", "E3", "E4", "F3", "F4"]


def test_one_by_one_too_and_nothing_is_fetched_before_its_time(day: Day, tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", tenant_id="day") as ledger:
        run = one_by_one(day, ledger, seed=1)
    found = figures(day, run)
    assert (found["served"], found["refused"], found["on_time"], found["checker_violations"]) == (3, 5, 3, 0)
    assert [each["order_id"] for each in unserved(day, run)] == ["E2", "E3", "E4", "F3", "F4"]
    assert all(each["reasons"] for each in unserved(day, run))
    assert len(run.quote_seconds) == 4
    fetched = [visit.start for route in run.plan.routes for visit in route.visits if visit.item_id.startswith("E1.")]
    (placed,) = (order.placed_time for order in day.orders if order.order_id == "E1")
    assert min(fetched) >= placed


def test_an_order_takes_three_minutes_a_root_parcel_and_five_more(day: Day) -> None:
    (contract,) = (each for each in in_one_go(day, seconds=0, seed=1).contracts if each.orders[0].order_id == "E1")
    assert contract.items[0].service_duration.total_seconds() == (3 * 2 + 5) * 60


def test_a_late_order_is_not_counted_as_on_time(day: Day) -> None:
    run = in_one_go(day, seconds=0, seed=1)
    routes = [
        route.model_copy(
            update={
                "visits": tuple(
                    visit.model_copy(update={"start": day.end.replace(hour=23)})
                    if visit.item_id == "E1.ambient"
                    else visit
                    for visit in route.visits
                )
            }
        )
        for route in run.plan.routes
    ]
    run.plan = run.plan.model_copy(update={"routes": tuple(routes)})
    assert figures(day, run)["on_time"] == figures(day, run)["served"] - 1


def test_the_document_has_numbers_for_both_ways(folder: Path) -> None:
    found = measure(folder, road=folder / "streets.osm", seconds=0, seed=1, num_couriers=3, replan_minutes=0)
    names = {"orders", "served", "refused", "on_time", "vehicles", "cost", "km", "checker_violations"}
    assert set(found["batch"]) == names
    assert set(found["online"]) == names | {"quote_p50_ms", "quote_p99_ms"}
    assert all(isinstance(value, int | float) for way in ("batch", "online") for value in found[way].values())
    assert json.loads(json.dumps(found)) == found


def test_a_folder_of_another_form_is_refused(folder: Path, tmp_path: Path, small_day_cache: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text.replace("lat", "latitude"), encoding="utf-8")
    (tmp_path / "world").mkdir()
    with pytest.raises(InputError) as caught:
        read_day(
            tmp_path,
            into=tmp_path / "world",
            road=folder / "streets.osm",
            num_couriers=3,
            cache_dir=small_day_cache,
        )
    assert [issue.path for issue in caught.value.issues] == ["sites.csv:1 lat", "shops.csv:1 lat", "spots.csv:1 lat"]


def test_a_bad_row_of_the_spots_is_no_order(folder: Path, tmp_path: Path, small_day_cache: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text + ("B7,121.47\n" if name == "spots.csv" else ""), encoding="utf-8")
    into = tmp_path / "world"
    into.mkdir()
    day = read_day(tmp_path, into=into, road=folder / "streets.osm", num_couriers=3, cache_dir=small_day_cache)
    assert {each: list(codes) for each, codes in day.rejected.items()} == REASONS


def test_the_files_that_are_not_there_are_named_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exit) as caught:
        main(tmp_path, as_json=True)
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    issues = json.loads(capsys.readouterr().err)["issues"]
    assert [(issue["code"], issue["path"]) for issue in issues] == [
        ("FILE_MISSING", str(tmp_path / name)) for name in COLUMNS
    ]

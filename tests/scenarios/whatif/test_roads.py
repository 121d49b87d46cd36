"""Closed streets and slower ones: the network changes, and the travel tables with it."""

from pathlib import Path
from typing import Any

import pytest

from models.area import Area
from models.issues import InputError, IssueCode
from models.resource import TravelProfile
from scenarios.whatif import apply
from scenarios.world import World, load_world
from tests.scenarios.whatif.conftest import a_scenario

EAST: dict[str, Any] = {"center": {"lat": 31.232, "lon": 121.4875}, "radius_m": 500}
NOWHERE: dict[str, Any] = {"center": {"lat": 31.1, "lon": 121.1}, "radius_m": 10}


@pytest.fixture
def banks(small_world: Path, small_cache: Path) -> World:
    """West bank 1-4, east bank 5-8, and a tunnel for cars from 2 to 5."""
    return load_world(small_world, cache_dir=small_cache)


def seconds(world: World, profile: TravelProfile, origin: int, destination: int) -> int | None:
    found = world.streets.tables().travel(profile, origin, destination)
    return found[0] if found else None


def after(world: World, **change: Any) -> World:
    return apply(world, a_scenario(change)).world


def test_ways_take_longer_for_the_profile_that_is_meant(banks: World) -> None:
    slower = after(banks, change="travel_factor", duration_factor={"BIKE": 2})
    before, now = (seconds(each, TravelProfile.BIKE, 2, 4) for each in (banks, slower))
    assert before
    assert now == pytest.approx(2 * before, abs=1)
    assert seconds(slower, TravelProfile.CAR, 2, 4) == seconds(banks, TravelProfile.CAR, 2, 4)


def test_ways_take_longer_in_an_area_only(banks: World) -> None:
    slower = after(banks, change="travel_factor", duration_factor={"BIKE": 3}, area=EAST)
    assert seconds(slower, TravelProfile.BIKE, 2, 4) == seconds(banks, TravelProfile.BIKE, 2, 4)
    before, now = (seconds(each, TravelProfile.BIKE, 5, 8) for each in (banks, slower))
    assert before
    assert now == pytest.approx(3 * before, abs=2)


def speeds(world: World, profile: TravelProfile) -> dict[tuple[str, str], int]:
    """In percent of the tables', by start and end."""
    spells = [each for each in world.catalogue.traffic if profile in each.profiles]
    return {(f"{each.start:%H:%M}", f"{each.end:%H:%M}"): each.speed_percent for each in spells}


def test_at_some_hours_the_speed_is_another_and_the_tables_stay(banks: World) -> None:
    slower = after(banks, change="travel_factor", duration_factor={"BIKE": 1.33}, until_time="10:00")
    assert speeds(slower, TravelProfile.BIKE) == {("00:00", "10:00"): 75}
    assert speeds(slower, TravelProfile.CAR) == {}
    assert slower.streets is banks.streets
    assert not banks.catalogue.traffic


def test_where_it_is_slow_already_both_count(banks: World) -> None:
    rush = {"change": "travel_factor", "duration_factor": {"BIKE": 2}, "from_time": "08:00", "until_time": "10:00"}
    rain = {"change": "travel_factor", "duration_factor": {"BIKE": 1.25, "CAR": 1.25}, "from_time": "09:00"}
    both = apply(banks, a_scenario(rush, rain)).world
    assert speeds(both, TravelProfile.BIKE) == {("08:00", "10:00"): 50, ("09:00", "00:00"): 80, ("09:00", "10:00"): 40}
    assert speeds(both, TravelProfile.CAR) == {("09:00", "00:00"): 80}


def test_hours_that_do_not_meet_leave_each_other_alone(banks: World) -> None:
    early = {"change": "travel_factor", "duration_factor": {"BIKE": 2}, "until_time": "09:00"}
    late = {"change": "travel_factor", "duration_factor": {"BIKE": 4}, "from_time": "09:00"}
    both = apply(banks, a_scenario(early, late)).world
    assert speeds(both, TravelProfile.BIKE) == {("00:00", "09:00"): 50, ("09:00", "00:00"): 25}


def test_no_speed_falls_below_a_tenth(banks: World) -> None:
    storm = {"change": "travel_factor", "duration_factor": {"BIKE": 10}, "until_time": "09:00"}
    both = apply(banks, a_scenario(storm, storm)).world
    assert set(speeds(both, TravelProfile.BIKE).values()) == {10}


def test_in_an_area_and_at_some_hours_the_speed_is_another_there(banks: World) -> None:
    slower = after(banks, change="travel_factor", duration_factor={"BIKE": 2}, area=EAST, until_time="10:00")
    assert speeds(slower, TravelProfile.BIKE) == {("00:00", "10:00"): 50}
    assert [spell.area for spell in slower.catalogue.traffic] == [Area.model_validate(EAST)]
    assert slower.streets is banks.streets


def test_in_one_area_hours_that_meet_both_count(banks: World) -> None:
    rush = {"change": "travel_factor", "duration_factor": {"BIKE": 2}, "until_time": "09:00", "area": EAST}
    rain = {"change": "travel_factor", "duration_factor": {"BIKE": 1.25}, "from_time": "08:00", "area": EAST}
    both = apply(banks, a_scenario(rush, rain)).world
    assert speeds(both, TravelProfile.BIKE) == {("00:00", "09:00"): 50, ("08:00", "00:00"): 80, ("08:00", "09:00"): 40}
    assert {spell.area for spell in both.catalogue.traffic} == {Area.model_validate(EAST)}


def test_hours_of_which_some_have_another_area_are_refused_by_profile(banks: World) -> None:
    rush = {"change": "travel_factor", "duration_factor": {"BIKE": 2}, "until_time": "09:00", "area": EAST}
    rain = {"change": "travel_factor", "duration_factor": {"BIKE": 2, "CAR": 2}, "from_time": "12:00"}
    with pytest.raises(InputError) as refused:
        apply(banks, a_scenario(rush, rain))
    assert [(issue.code, issue.path, issue.message) for issue in refused.value.issues] == [
        (
            IssueCode.CHANGE_NOT_SUPPORTED,
            "changes[1].duration_factor.BIKE",
            "number of areas in which BIKE is slow at some hours (2) must be 1; everywhere counts as one",
        )
    ]


def test_hours_in_an_area_of_no_crossing_and_hours_that_are_faster_are_refused_together(banks: World) -> None:
    with pytest.raises(InputError) as refused:
        after(banks, change="travel_factor", duration_factor={"BIKE": 0.5}, area=NOWHERE, until_time="10:00")
    assert [(issue.code, issue.path, issue.message) for issue in refused.value.issues] == [
        (
            IssueCode.SCENARIO_CONTRADICTORY,
            "changes[0].area",
            "number of crossings in the area (0) must be >= 1",
        ),
        (
            IssueCode.CHANGE_NOT_SUPPORTED,
            "changes[0].duration_factor.BIKE",
            "duration_factor of BIKE with hours (0.5) must be >= 1: hours can only be slower",
        ),
    ]


def test_more_spells_than_a_catalogue_has_are_refused(banks: World) -> None:
    storm = {"change": "travel_factor", "duration_factor": {"BIKE": 1.1}, "until_time": "09:00"}
    with pytest.raises(InputError) as refused:
        apply(banks, a_scenario(*[storm] * 7))
    [issue] = refused.value.issues
    assert issue.message == "number of spells of traffic (127) must be <= 100"


def test_a_street_is_closed_by_its_name_to_those_who_are_named(banks: World) -> None:
    shut = after(banks, change="close_road", name="East Street", profiles=["BIKE"])
    assert seconds(shut, TravelProfile.BIKE, 5, 6) is None
    assert seconds(shut, TravelProfile.CAR, 5, 6) == seconds(banks, TravelProfile.CAR, 5, 6)
    assert seconds(shut, TravelProfile.BIKE, 2, 4) == seconds(banks, TravelProfile.BIKE, 2, 4)


def test_a_tunnel_that_is_closed_parts_the_banks(banks: World) -> None:
    tunnel = {
        "ring": [
            {"lat": lat, "lon": lon}
            for lat, lon in ((31.2299, 121.4749), (31.2301, 121.4749), (31.2301, 121.4851), (31.2299, 121.4851))
        ]
    }
    shut = after(banks, change="close_road", area=tunnel)
    assert seconds(banks, TravelProfile.CAR, 2, 5) is not None
    assert seconds(shut, TravelProfile.CAR, 2, 5) is None


def test_the_same_change_has_the_same_tables_and_another_has_others(banks: World) -> None:
    def key(factor: float) -> str:
        return after(banks, change="travel_factor", duration_factor={"BIKE": factor}).streets.key

    assert key(2) == key(2)
    assert len({banks.streets.key, key(2), key(3)}) == 3


def test_a_street_that_is_not_there_or_closed_already_is_reported(banks: World) -> None:
    closing = {"change": "close_road", "name": "East Street"}
    with pytest.raises(InputError) as refused:
        apply(
            banks,
            a_scenario({**closing, "name": "East Stret"}, closing, closing, {"change": "close_road", "area": NOWHERE}),
        )
    assert [(issue.path, issue.message) for issue in refused.value.issues] == [
        ("changes[0].name", "name of a street (East Stret) must be one of the 2 in this world"),
        ("changes[2]", "street (East Street) must be open to BIKE, CAR, and is closed already"),
        ("changes[3].area", "number of streets with both ends in the area (0) must be >= 1"),
    ]

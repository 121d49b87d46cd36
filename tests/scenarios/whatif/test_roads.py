"""Closed streets and slower ones: the network changes, and the travel tables with it."""

from pathlib import Path
from typing import Any

import pytest

from models.issues import InputError, IssueCode
from models.resource import TravelProfile
from scenarios.whatif import apply
from scenarios.world import World, load_world
from tests.scenarios.whatif.conftest import a_scenario


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
    east = {"center": {"lat": 31.232, "lon": 121.4875}, "radius_m": 500}
    slower = after(banks, change="travel_factor", duration_factor={"BIKE": 3}, area=east)
    assert seconds(slower, TravelProfile.BIKE, 2, 4) == seconds(banks, TravelProfile.BIKE, 2, 4)
    before, now = (seconds(each, TravelProfile.BIKE, 5, 8) for each in (banks, slower))
    assert before
    assert now == pytest.approx(3 * before, abs=2)


def test_a_factor_by_the_hour_is_not_ignored_but_refused(banks: World) -> None:
    with pytest.raises(InputError) as refused:
        after(banks, change="travel_factor", duration_factor={"BIKE": 2}, until_time="10:00")
    [issue] = refused.value.issues
    assert (issue.code, issue.path) == (IssueCode.CHANGE_NOT_SUPPORTED, "changes[0].until_time")


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
    nowhere = {"center": {"lat": 31.1, "lon": 121.1}, "radius_m": 10}
    with pytest.raises(InputError) as refused:
        apply(
            banks,
            a_scenario({**closing, "name": "East Stret"}, closing, closing, {"change": "close_road", "area": nowhere}),
        )
    assert [(issue.path, issue.message) for issue in refused.value.issues] == [
        ("changes[0].name", "name of a street (East Stret) must be one of the 2 in this world"),
        ("changes[2]", "street (East Street) must be open to BIKE, CAR, and is closed already"),
        ("changes[3].area", "number of streets with both ends in the area (0) must be >= 1"),
    ]

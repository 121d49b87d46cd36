"""What does the work."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from models.issues import IssueCode, issues_of
from models.order import Temperature
from models.resource import ResourceKind, ResourcePool, SkillLevel
from tests.builders import a_carrier, a_depot, a_desk, a_rider, a_store, a_technician, a_van, at, between


def paths(make: Any, **fields: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        make(**fields)
    return [issue.path for issue in issues_of(caught.value)]


def test_every_resource_says_what_kind_it_is() -> None:
    resources = (a_rider(), a_van(), a_technician(), a_carrier(), a_desk())
    assert tuple(resource.kind for resource in resources) == tuple(ResourceKind)


def test_a_rider_is_not_a_van() -> None:
    assert paths(a_rider, kind="VAN") == ["kind"]


def test_a_site_has_no_counter_and_no_limit_unless_it_says_so() -> None:
    assert a_depot().counter_places == 0
    assert a_depot(radius_m={}).radius_m == {}
    assert a_store().radius_m == {ResourceKind.RIDER: 2500}


def test_a_carrier_takes_harmless_goods_of_room_temperature_unless_it_says_otherwise() -> None:
    carrier = a_carrier()
    assert (carrier.temperatures, carrier.accepts_fragile, carrier.accepts_hazard) == (
        (Temperature.AMBIENT,),
        False,
        False,
    )


@pytest.mark.parametrize("level", [0, 6])
def test_a_skill_has_a_level_from_one_to_five(level: int) -> None:
    assert [SkillLevel(skill="COLD", level=each).level for each in (1, 5)] == [1, 5]
    assert paths(SkillLevel, skill="COLD", level=level) == ["level"]


@pytest.mark.parametrize(
    ("make", "fields", "wrong"),
    [
        (
            a_store,
            {"pickers": -1, "counter_places": -1, "radius_m": {"RIDER": -1}},
            ["pickers", "counter_places", "radius_m.RIDER"],
        ),
        (a_store, {"setup_duration": "-PT1S", "handover_duration": "P367D"}, ["setup_duration", "handover_duration"]),
        (a_rider, {"rates": {"per_km": -1, "per_hour": 1.5}}, ["rates.per_km", "rates.per_hour"]),
        (
            a_rider,
            {"capacity": {"weight_g": -1, "frozen_cm3": 10**9 + 1}},
            ["capacity.weight_g", "capacity.frozen_cm3"],
        ),
        (a_rider, {"shift": {"start": at("09:00"), "end": at("08:00")}}, ["shift"]),
        (
            a_carrier,
            {"max_weight_g": 0, "transit_days": 31, "daily_quota": -1},
            ["max_weight_g", "transit_days", "daily_quota"],
        ),
    ],
)
def test_every_figure_that_is_out_of_its_range_is_reported(make: Any, fields: dict[str, Any], wrong: list[str]) -> None:
    assert paths(make, **fields) == wrong


def test_a_pool_without_channels_is_open_to_all() -> None:
    assert ResourcePool(pool_id="p", name="Pool", resource_ids=("R-1",)).channels == ()


def a_rest(earliest: str, latest: str, *, minutes: int = 30) -> dict[str, Any]:
    return {"window": between(earliest, latest), "duration": timedelta(minutes=minutes)}


def test_breaks_fill_a_shift_to_the_second() -> None:
    rider = a_rider(breaks=[a_rest("07:00", "08:00"), a_rest("08:30", "14:30")])
    assert [each.latest_end for each in rider.breaks] == [at("08:30"), rider.shift.end]


@pytest.mark.parametrize(
    ("breaks", "path", "message"),
    [
        (
            [a_rest("06:59", "08:00")],
            "breaks[0]",
            "[2026-03-01T22:59:00+00:00, 2026-03-02T00:30:00+00:00) of a break must lie in the shift "
            "[2026-03-01T23:00:00+00:00, 2026-03-02T07:00:00+00:00)",
        ),
        (
            [a_rest("09:00", "10:00"), a_rest("14:00", "14:31")],
            "breaks[1]",
            "[2026-03-02T06:00:00+00:00, 2026-03-02T07:01:00+00:00) of a break must lie in the shift "
            "[2026-03-01T23:00:00+00:00, 2026-03-02T07:00:00+00:00)",
        ),
        (
            [a_rest("09:00", "10:00"), a_rest("10:29", "11:00")],
            "breaks[1]",
            "earliest (2026-03-02T02:29:00+00:00) of a break must be >= the latest end of the one before "
            "(2026-03-02T02:30:00+00:00)",
        ),
    ],
)
def test_breaks_lie_in_the_shift_one_after_the_other(breaks: Any, path: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        a_rider(breaks=breaks)
    (issue,) = issues_of(caught.value)
    assert (issue.code, issue.path, issue.message) == (IssueCode.BREAK_MISPLACED, path, message)


def test_a_break_lasts() -> None:
    assert paths(a_van, breaks=[a_rest("09:00", "10:00", minutes=0)]) == ["breaks[0].duration"]


def test_a_shift_is_extended_by_no_more_than_is_allowed() -> None:
    hour = timedelta(hours=1)
    assert a_van(max_overtime=hour, overtime=hour).overtime == hour
    with pytest.raises(ValidationError) as caught:
        a_van(max_overtime=hour, overtime=timedelta(minutes=61), breaks=[a_rest("06:00", "10:00")])
    overtime, misplaced = issues_of(caught.value)
    assert (overtime.code, overtime.path) == (IssueCode.OVERTIME_EXCEEDED, "overtime")
    assert overtime.message == "overtime (1:01:00) must be <= max_overtime (1:00:00)"
    assert misplaced.code is IssueCode.BREAK_MISPLACED

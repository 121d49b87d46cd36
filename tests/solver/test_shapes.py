"""Solver and checker read hours and maps each in its own way, and agree."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon

from models.opening import PublicHolidays
from models.place import Place
from models.timing import Horizon
from models.zone import CarrierZone, Corner
from solver.check.hours import OpeningHours
from solver.check.zones import holds
from solver.instance import spans_of
from tests.builders import a_catalogue, a_store

CHINA = PublicHolidays(country="CN")
ZONE = ZoneInfo("Asia/Shanghai")
EXPRESSIONS = (
    "Mo-Fr 08:00-22:00; Sa,Su 09:00-21:00",
    "08:00-12:00, 13:00-22:00",
    "20:00-02:00",
    "Mo-Sa 22:00-06:00; Su off",
    "24/7",
    "off",
    "00:00-24:00",
    "Feb 10-20 10:00-16:00; Mar 07:00-23:00",
)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def spans(hours: str, holiday_hours: str | None, horizon: Horizon) -> list[tuple[datetime, datetime]]:
    """As the solver sees them."""
    found = spans_of(hours, holiday_hours, a_catalogue(holidays=CHINA), horizon)
    return [(horizon.instant(opens), horizon.instant(closes)) for opens, closes in found]


@given(
    st.sampled_from(EXPRESSIONS),
    st.sampled_from((None, *EXPRESSIONS)),
    st.integers(0, 60 * 24 * 45),
    st.integers(1, 4),
)
def test_the_checker_finds_a_site_open_exactly_when_the_solver_does(
    hours: str, holiday_hours: str | None, minutes: int, num_days: int
) -> None:
    start = (shanghai("2026-02-01 00:00") + timedelta(minutes=minutes)).astimezone(UTC)
    horizon = Horizon(start=start, end=start + timedelta(days=num_days))
    site, opening = a_store(hours=hours, holiday_hours=holiday_hours), OpeningHours(ZONE, CHINA)
    periods = spans(hours, holiday_hours, horizon)
    for minute in range(0, num_days * 24 * 60, 47):
        instant = start + timedelta(minutes=minute, seconds=minute % 60)
        assert opening.is_open(site, instant) is any(opens <= instant < closes for opens, closes in periods), instant
    for opens, closes in periods:
        assert opening.spans(site, max(opens, start), closes)
        assert closes >= horizon.end or not opening.is_open(site, closes)


@pytest.mark.parametrize(
    ("holiday_hours", "on_the_holiday"),
    [(None, ("08:00", "22:00")), ("10:00-16:00", ("10:00", "16:00")), ("off", None)],
)
def test_on_a_holiday_its_own_hours_hold_from_midnight_to_midnight(
    holiday_hours: str | None, on_the_holiday: tuple[str, str] | None
) -> None:
    horizon = Horizon(start=shanghai("2026-02-13 06:00"), end=shanghai("2026-02-17 20:00"))
    found = spans("Mo-Fr 08:00-22:00; Sa,Su 09:00-21:00", holiday_hours, horizon)
    days = {opens.astimezone(ZONE).day: (opens, closes) for opens, closes in found}
    assert days[13] == (shanghai("2026-02-13 08:00"), shanghai("2026-02-13 22:00"))
    assert days[14] == (shanghai("2026-02-14 09:00"), shanghai("2026-02-14 21:00"))  # worked in exchange: a Saturday
    if on_the_holiday is None:
        assert 17 not in days
    else:
        assert days[17] == tuple(shanghai(f"2026-02-17 {clock}") for clock in on_the_holiday)


def test_hours_that_go_on_after_midnight_end_where_a_holiday_begins() -> None:
    horizon = Horizon(start=shanghai("2026-09-30 06:00"), end=shanghai("2026-10-01 20:00"))
    assert spans("20:00-02:00", "off", horizon) == [
        (shanghai("2026-09-30 00:00"), shanghai("2026-09-30 02:00")),
        (shanghai("2026-09-30 20:00"), shanghai("2026-10-01 00:00")),
    ]


def test_days_around_the_clock_are_one_period() -> None:
    horizon = Horizon(start=shanghai("2026-03-02 06:00"), end=shanghai("2026-03-04 20:00"))
    assert spans("24/7", None, horizon) == [(shanghai("2026-03-02 00:00"), shanghai("2026-03-05 00:00"))]


GRID = st.integers(0, 6).map(lambda n: n / 8)


@given(st.lists(st.tuples(GRID, GRID), min_size=3, max_size=8, unique=True), GRID, GRID)
def test_the_checker_finds_a_place_in_a_zone_exactly_when_the_solver_does(
    corners: list[tuple[float, float]], lat: float, lon: float
) -> None:
    polygon = Polygon([(lon, lat) for lat, lon in corners])
    if not polygon.is_valid or not polygon.area:
        return
    area = tuple(Corner(lat=lat, lon=lon) for lat, lon in corners)
    zone = CarrierZone.model_construct(zone_id="Z", area=area)
    for place in (Place(lat=lat, lon=lon), Place(lat=lat + 0.01, lon=lon), Place(lat=lat, lon=lon + 1e-12)):
        assert holds(zone, place) is bool(polygon.covers(Point(place.lon, place.lat)))


@given(st.lists(st.tuples(GRID, GRID), min_size=3, max_size=8))
def test_a_ring_is_refused_exactly_when_its_polygon_is_invalid(corners: list[tuple[float, float]]) -> None:
    area = [{"lat": lat, "lon": lon} for lat, lon in corners]
    polygon = Polygon([(lon, lat) for lat, lon in corners])
    try:
        CarrierZone.model_validate({"zone_id": "Z", "area": area})
    except ValueError:
        repeated = any(one == other for one, other in zip(corners, corners[1:] + corners[:1], strict=True))
        assert repeated or not polygon.is_valid
    else:
        assert polygon.is_valid

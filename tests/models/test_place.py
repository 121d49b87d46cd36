"""Places, and the three datums that Chinese order systems mix."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.issues import issues_of
from models.place import Datum, Place

PEOPLES_SQUARE = Place(lat=31.2304, lon=121.4737)

# Of open tools that were written independently of each other: eviltransform and coordtransform.
WGS84_AND_GCJ02 = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ((39.915, 116.404), (39.91640428150164, 116.41024449916938)),
]
GCJ02_AND_BD09 = [((39.915, 116.404), (39.92133699351021, 116.41036949371029))]

inside_china = st.builds(Place, lat=st.floats(min_value=20, max_value=45), lon=st.floats(min_value=80, max_value=125))
outside_china = st.builds(
    Place, lat=st.floats(min_value=-89, max_value=0.5), lon=st.floats(min_value=-179, max_value=179)
)


def a_place(point: tuple[float, float], datum: Datum = Datum.WGS84) -> Place:
    return Place(lat=point[0], lon=point[1], datum=datum)


def metres(here: Place, there: Place) -> float:
    """Along the surface, whatever the datums say."""
    lat, other = math.radians(here.lat), math.radians(there.lat)
    a = (
        math.sin((other - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other) * math.sin(math.radians(there.lon - here.lon) / 2) ** 2
    )
    return 2 * 6371008.8 * math.asin(math.sqrt(a))


@pytest.mark.parametrize(("wgs84", "gcj02"), WGS84_AND_GCJ02)
def test_gcj02_is_converted_to_what_others_convert_it_to(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    assert metres(a_place(wgs84).to_datum(Datum.GCJ02), a_place(gcj02)) < 0.01
    assert metres(a_place(gcj02, Datum.GCJ02).to_wgs84(), a_place(wgs84)) < 0.01


@pytest.mark.parametrize(("gcj02", "bd09"), GCJ02_AND_BD09)
def test_bd09_is_converted_to_what_others_convert_it_to(gcj02: tuple[float, float], bd09: tuple[float, float]) -> None:
    assert metres(a_place(gcj02, Datum.GCJ02).to_datum(Datum.BD09), a_place(bd09)) < 0.01
    assert metres(a_place(bd09, Datum.BD09).to_datum(Datum.GCJ02), a_place(gcj02)) < 1


def test_bd09_is_read_as_others_read_it() -> None:
    # Of coordtransform; not the way back of a point above, as the two formulas are no exact inverse.
    read = a_place((39.915, 116.404), Datum.BD09).to_datum(Datum.GCJ02)
    assert metres(read, a_place((39.90865673957631, 116.39762729119315), Datum.GCJ02)) < 0.01


@pytest.mark.parametrize(("datum", "off_by_m"), [(Datum.GCJ02, 481), (Datum.BD09, 1140)])
def test_a_datum_that_is_not_told_puts_peoples_square_somewhere_else(datum: Datum, off_by_m: int) -> None:
    misread = PEOPLES_SQUARE.to_datum(datum).model_copy(update={"datum": Datum.WGS84})
    assert metres(PEOPLES_SQUARE, misread.to_wgs84()) == pytest.approx(off_by_m, abs=1)


@given(inside_china, st.sampled_from(Datum))
def test_there_and_back_is_less_than_a_metre_away_inside_china(place: Place, datum: Datum) -> None:
    back = place.to_datum(datum).to_wgs84()
    assert back.datum is Datum.WGS84
    assert metres(place, back) < 1


@given(inside_china, st.sampled_from(Datum), st.sampled_from(Datum))
def test_the_way_through_a_third_datum_leads_to_the_same_place(place: Place, second: Datum, third: Datum) -> None:
    assert metres(place.to_datum(second).to_datum(third), place.to_datum(third)) < 1


@given(outside_china)
def test_outside_china_gcj02_is_wgs84(place: Place) -> None:
    assert place.to_datum(Datum.GCJ02).model_copy(update={"datum": Datum.WGS84}) == place


@given(outside_china.map(lambda place: place.model_copy(update={"datum": Datum.GCJ02})))
def test_outside_china_a_place_in_gcj02_stays_where_it_is(place: Place) -> None:
    assert (place.to_wgs84().lat, place.to_wgs84().lon) == (place.lat, place.lon)


@pytest.mark.parametrize("datum", Datum)
def test_a_place_in_the_wanted_datum_is_left_alone(datum: Datum) -> None:
    place = a_place((31.23, 121.47), datum)
    assert place.to_datum(datum) is place


def test_a_place_says_where_it_is_and_not_who_lives_there() -> None:
    place = Place(lat=31.2, lon=121.4, datum=Datum.GCJ02, address="人民广场 1")
    assert str(place) == "31.2, 121.4 GCJ02"
    assert str(place.model_copy(update={"street_node_id": 7})) == "31.2, 121.4 GCJ02 at crossing 7"


def test_a_conversion_keeps_everything_else() -> None:
    place = Place(lat=31.2, lon=121.4, datum=Datum.BD09, address="人民广场", street_node_id=7, snap_distance_m=3)
    converted = place.to_wgs84()
    assert (converted.address, converted.street_node_id, converted.snap_distance_m) == ("人民广场", 7, 3)


@pytest.mark.parametrize(("lat", "lon"), [(90, 180), (-90, -180), (0, 0)])
def test_the_whole_globe_has_places(lat: float, lon: float) -> None:
    assert (Place(lat=lat, lon=lon).lat, Place(lat=lat, lon=lon).lon) == (lat, lon)


def test_a_place_off_the_globe_is_refused_with_both_coordinates() -> None:
    with pytest.raises(ValidationError) as caught:
        Place(lat=121.47, lon=-180.5)
    assert [
        (each.code.value, each.path, each.message, each.hint) for each in issues_of(caught.value, path="place")
    ] == [
        (
            "PLACE_OUT_OF_RANGE",
            f"place.{name}",
            message,
            "give degrees; check that lat and lon are not swapped",
        )
        for name, message in [
            ("lat", "lat (121.47) must be in [-90, 90]"),
            ("lon", "lon (-180.5) must be in [-180, 180]"),
        ]
    ]


@pytest.mark.parametrize("degrees", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_no_coordinate(degrees: float) -> None:
    with pytest.raises(ValidationError) as caught:
        Place(lat=degrees, lon=degrees)
    assert [(each.code.value, each.message) for each in issues_of(caught.value)] == [
        ("PLACE_OUT_OF_RANGE", f"lat ({degrees}) must be in [-90, 90]"),
        ("PLACE_OUT_OF_RANGE", f"lon ({degrees}) must be in [-180, 180]"),
    ]

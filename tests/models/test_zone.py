"""Rings on the map: what is one, and what crosses itself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.issues import issues_of
from models.zone import Corner, Ring

RING: TypeAdapter[tuple[Corner, ...]] = TypeAdapter(Ring)


def ring(*corners: tuple[float, float]) -> tuple[Corner, ...]:
    return tuple(Corner(lat=lat, lon=lon) for lat, lon in corners)


SQUARE = ((0, 0), (0, 2), (2, 2), (2, 0))


@pytest.mark.parametrize(
    "corners",
    [
        SQUARE,
        SQUARE[::-1],
        SQUARE[:3],
        (*SQUARE, (1, 0.5)),  # dented
        ((0, 0), (0, 1), (0, 2), (2, 2)),  # a corner that turns nowhere
    ],
)
def test_an_area_may_be_of_any_shape_and_sense(corners: tuple[tuple[float, float], ...]) -> None:
    assert RING.validate_python(ring(*corners)) == ring(*corners)


@pytest.mark.parametrize(
    ("corners", "sides"),
    [
        ((SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]), (0, 2)),
        ((*SQUARE, SQUARE[0]), (0, 3)),  # closed by hand
        ((*SQUARE, (0, 1)), (0, 3)),  # touches its first side
        (((0, 0), (0, 2), (0, 1), (2, 2)), (0, 1)),  # back on its own line
        (((0, 0), (0, 0), (0, 2), (2, 2)), (0, 1)),  # a corner twice
        (((0, 0), (0, 1), (0, 2)), (0, 2)),  # flat
    ],
)
def test_sides_meet_at_the_corners_of_neighbours_only(
    corners: tuple[tuple[float, float], ...], sides: tuple[int, int]
) -> None:
    with pytest.raises(ValidationError) as caught:
        RING.validate_python(ring(*corners))
    (issue,) = issues_of(caught.value)
    assert issue.code == "RING_INVALID"
    assert issue.message == (
        f"sides {sides[0]} and {sides[1]} of {len(corners)} must not meet, except neighbours at their corner"
    )
    assert issue.hint == "give the corners in their order around the area, each once; the last is joined to the first"


@pytest.mark.parametrize("corners", [(), SQUARE[:1], SQUARE[:2]])
def test_an_area_has_three_corners_at_least(corners: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        RING.validate_python(ring(*corners))
    assert issues_of(caught.value)[0].message == f"number of entries ({len(corners)}) must be >= 3"


@given(st.lists(st.floats(0.5, 2), min_size=3, max_size=12))
def test_a_star_around_a_point_is_a_ring(radii: list[float]) -> None:
    angles = [2 * math.pi * n / len(radii) for n in range(len(radii))]
    star = ring(*((r * math.sin(a), r * math.cos(a)) for r, a in zip(radii, angles, strict=True)))
    assert RING.validate_python(star) == star

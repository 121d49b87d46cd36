"""Which of a carrier's zones a place is in, by rays, and what holds there."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from models.place import Place
from models.resource import Carrier
from models.zone import CarrierZone, Ring

Dot = tuple[float, float]
"""(lat, lon)"""


class Terms(NamedTuple):
    """What a carrier charges and how long it takes, at one place. `transit_days` are working days."""

    transit_days: int
    tariff_base: int
    tariff_per_kg: int


def terms_of(carrier: Carrier, zone: CarrierZone | None) -> Terms:
    """Field by field, the zone's own or else the carrier's."""
    own = [getattr(zone, name, None) for name in Terms._fields]
    return Terms._make(
        getattr(carrier, name) if value is None else value for name, value in zip(Terms._fields, own, strict=True)
    )


def zone_at(carrier: Carrier, place: Place) -> CarrierZone | None:
    """The first zone that holds a place."""
    return next((zone for zone in carrier.zones if holds(zone, place)), None)


def holds(zone: CarrierZone, place: Place) -> bool:
    """Whether a place lies in a zone or on its border."""
    return in_ring(zone.area, (place.lat, place.lon))


def in_ring(ring: Ring, at: Dot) -> bool:
    """Whether a point lies in a ring or on its border.

    A ray to the east crosses the border an odd number of times from inside. The arithmetic is
    exact: a place on a slanted border is on it.
    """
    sides = list(_sides(ring))
    if any(_lies_on(at, a, b) for a, b in sides):
        return True
    return sum(_is_crossed(at, a, b) for a, b in sides) % 2 == 1


def _sides(ring: Ring) -> Iterator[tuple[Dot, Dot]]:
    corners = [(corner.lat, corner.lon) for corner in ring]
    return pairwise([*corners, corners[0]])


def _lies_on(at: Dot, a: Dot, b: Dot) -> bool:
    within = all(min(a[n], b[n]) <= at[n] <= max(a[n], b[n]) for n in (0, 1))
    return within and _east_of(at, a, b) == 0


def _is_crossed(at: Dot, a: Dot, b: Dot) -> bool:
    """Whether a ray to the east meets the side; of its ends, the northern one does not count."""
    if (a[0] <= at[0]) == (b[0] <= at[0]):
        return False
    south, north = sorted((a, b))
    return _east_of(at, south, north) < 0


def _east_of(at: Dot, a: Dot, b: Dot) -> Fraction:
    """Greater than 0: to the east of the line from a in the south to b in the north; 0: on it."""
    (lat, lon), (a_lat, a_lon), (b_lat, b_lon) = (tuple(map(Fraction, each)) for each in (at, a, b))
    return (lon - a_lon) * (b_lat - a_lat) - (lat - a_lat) * (b_lon - a_lon)

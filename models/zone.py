"""Where a carrier delivers, and on what terms: rings on the map."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Annotated

from pydantic import AfterValidator, Field

from models.base import Id, Model
from models.issues import IssueCode, broken_rule
from models.money import Rate


class Corner(Model):
    """A corner of a ring, in WGS-84."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


def _simple(ring: tuple[Corner, ...]) -> tuple[Corner, ...]:
    for n, m in _meeting(ring):
        raise broken_rule(
            IssueCode.RING_INVALID,
            "sides {first} and {second} of {count} must not meet, except neighbours at their corner",
            hint="give the corners in their order around the area, each once; the last is joined to the first",
            first=n,
            second=m,
            count=len(ring),
        )
    return ring


def _meeting(ring: Sequence[Corner]) -> Iterator[tuple[int, int]]:
    """Pairs of sides that meet where they should not; side n begins at corner n."""
    sides = [(each, ring[(n + 1) % len(ring)]) for n, each in enumerate(ring)]
    for (n, (a, b)), (m, (c, d)) in combinations(enumerate(sides), 2):
        if m == n + 1:
            wrong = _on(d, a, b) or _on(a, c, d)
        elif (m + 1) % len(ring) == n:
            wrong = _on(c, a, b) or _on(b, c, d)
        else:
            wrong = _cross(a, b, c, d)
        if wrong:
            yield n, m


def _cross(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Whether the segments ab and cd share a point."""
    if _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0:
        return True
    return _on(c, a, b) or _on(d, a, b) or _on(a, c, d) or _on(b, c, d)


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    """1: to the left at b, -1: to the right, 0: straight on."""
    area = (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon)
    return (area > 0) - (area < 0)


def _on(p: Corner, a: Corner, b: Corner) -> bool:
    return (
        _turn(a, b, p) == 0
        and min(a.lon, b.lon) <= p.lon <= max(a.lon, b.lon)
        and min(a.lat, b.lat) <= p.lat <= max(a.lat, b.lat)
    )


Ring = Annotated[tuple[Corner, ...], Field(min_length=3, max_length=500), AfterValidator(_simple)]
"""The corners of an area in their order, clockwise or not; the last is joined to the first.

Its border belongs to it. Latitude and longitude are taken as a plane's coordinates; no side may
cross the 180th meridian.
"""


class CarrierZone(Model):
    """An area that a carrier delivers in, on terms of its own. What is None is as in the carrier.

    Parameters
    ----------
    zone_id
        Distinct over all carriers of a world.
    daily_quota
        Parcels a day into this zone, beside the quota of the carrier as a whole; None: no other limit.
    """

    zone_id: Id
    area: Ring
    transit_days: Annotated[int, Field(ge=0, le=30)] | None = None
    tariff_base: Rate | None = None
    tariff_per_kg: Rate | None = None
    daily_quota: Annotated[int, Field(ge=0)] | None = None

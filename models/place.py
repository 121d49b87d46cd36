"""Places, and the three datums that Chinese order systems mix.

Inside Servanda every coordinate is WGS-84. A `Place` from outside carries its datum and is
converted once, at the border, by `Place.to_wgs84`.

References
----------
The GCJ-02 and BD-09 offsets are the published reverse-engineered formulas; accuracy after
conversion is better than 1 m inside China. Outside China the datums coincide.
"""

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from models.base import Model
from models.issues import IssueCode, broken_rule


def _within(name: str, most: int) -> Callable[[float], float]:
    def check(degrees: float) -> float:
        if not -most <= degrees <= most:
            raise broken_rule(
                IssueCode.PLACE_OUT_OF_RANGE,
                "{name} ({degrees}) must be in [{least}, {most}]",
                hint="give degrees; check that lat and lon are not swapped",
                name=name,
                degrees=degrees,
                least=-most,
                most=most,
            )
        return degrees

    return check


Latitude = Annotated[
    float, AfterValidator(_within("lat", 90)), WithJsonSchema({"type": "number", "minimum": -90, "maximum": 90})
]
Longitude = Annotated[
    float, AfterValidator(_within("lon", 180)), WithJsonSchema({"type": "number", "minimum": -180, "maximum": 180})
]


class Datum(StrEnum):
    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


class Place(Model):
    """A point on the map.

    Parameters
    ----------
    street_node_id
        The crossing of the street network that the place was snapped to; None before snapping.
    snap_distance_m
        How far the place lies from that crossing.
    """

    lat: Latitude
    lon: Longitude
    datum: Datum = Datum.WGS84
    address: Annotated[str, Field(max_length=300)] = ""
    street_node_id: int | None = None
    snap_distance_m: Annotated[int, Field(ge=0)] = 0

    def to_wgs84(self) -> "Place":
        """The same place in WGS-84."""
        if self.datum is Datum.WGS84:
            return self
        lat, lon = self.lat, self.lon
        if self.datum is Datum.BD09:
            lat, lon = _bd09_to_gcj02(lat, lon)
        lat, lon = _gcj02_to_wgs84(lat, lon)
        return self.model_copy(update={"lat": lat, "lon": lon, "datum": Datum.WGS84})

    def to_datum(self, datum: Datum) -> "Place":
        """The same place in another datum: what a channel that uses it would send."""
        if datum is self.datum:
            return self
        place = self.to_wgs84()
        lat, lon = place.lat, place.lon
        if datum is not Datum.WGS84:
            lat, lon = _wgs84_to_gcj02(lat, lon)
        if datum is Datum.BD09:
            lat, lon = _gcj02_to_bd09(lat, lon)
        return place.model_copy(update={"lat": lat, "lon": lon, "datum": datum})


_AXIS_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_TURN = math.pi * 3000.0 / 180.0


def _bd09_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    x, y = lon - 0.0065, lat - 0.006
    radius = math.hypot(x, y) - 0.00002 * math.sin(y * _BD_TURN)
    angle = math.atan2(y, x) - 0.000003 * math.cos(x * _BD_TURN)
    return radius * math.sin(angle), radius * math.cos(angle)


def _gcj02_to_bd09(lat: float, lon: float) -> tuple[float, float]:
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_TURN)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def _gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    # The offset is given in the other direction only: a fixed point finds its inverse.
    wgs_lat, wgs_lon = lat, lon
    for _ in range(5):
        gcj_lat, gcj_lon = _wgs84_to_gcj02(wgs_lat, wgs_lon)
        wgs_lat, wgs_lon = wgs_lat + lat - gcj_lat, wgs_lon + lon - gcj_lon
    return wgs_lat, wgs_lon


def _wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    if not (0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    waves = 20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    d_lat += (waves + 20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    d_lat += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    d_lon += (waves + 20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    d_lon += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    sin_lat = math.sin(math.radians(lat))
    curvature = 1 - _ECCENTRICITY2 * sin_lat * sin_lat
    meridian = _AXIS_M * (1 - _ECCENTRICITY2) / (curvature * math.sqrt(curvature))
    parallel = _AXIS_M / math.sqrt(curvature) * math.cos(math.radians(lat))
    return lat + math.degrees(d_lat / meridian), lon + math.degrees(d_lon / parallel)

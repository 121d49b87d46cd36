"""Distances and identity of places."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from models.area import Area
from models.place import Place

EARTH_RADIUS_M = 6371008.8


def crow_flies_m(a: Place, b: Place) -> float:
    """Great-circle distance in metres (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    d_lat, d_lon = lat_b - lat_a, math.radians(b.lon - a.lon)
    half = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(half))


def within(area: Area, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """[n]: which of the points [n, 2] (lat, lon) lie in an area or on its border."""
    lat, lon = points.T
    inside: NDArray[np.bool_]
    if area.center is None:
        ring = shapely.Polygon([(corner.lon, corner.lat) for corner in area.ring or ()])
        inside = shapely.intersects_xy(ring, lon, lat)
    else:
        d_lat, d_lon = np.radians(lat - area.center.lat), np.radians(lon - area.center.lon)
        shrunk = np.cos(np.radians(lat)) * math.cos(math.radians(area.center.lat))
        half = np.sin(d_lat / 2) ** 2 + shrunk * np.sin(d_lon / 2) ** 2
        inside = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half)) <= (area.radius_m or 0)
    return inside


def flat_m(places: Sequence[Place]) -> NDArray[np.float64]:
    """[n, 2]: metres eastwards and northwards of places that are not far from each other, as on a map."""
    degrees = np.array([(place.lon, place.lat) for place in places]).reshape(-1, 2)
    shrunk = math.cos(math.radians(float(degrees[:, 1].mean()))) if len(degrees) else 1.0
    metres: NDArray[np.float64] = np.radians(degrees) * EARTH_RADIUS_M * (shrunk, 1)
    return metres


def place_key(place: Place) -> tuple[int | None, float, float]:
    """Equal for places that are one stop: same street node, same coordinates."""
    return place.street_node_id, place.lat, place.lon

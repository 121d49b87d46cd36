"""Distances and identity of places."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.place import Place

EARTH_RADIUS_M = 6371008.8


def crow_flies_m(a: Place, b: Place) -> float:
    """Great-circle distance in metres (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    d_lat, d_lon = lat_b - lat_a, math.radians(b.lon - a.lon)
    half = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(half))


def flat_m(places: Sequence[Place]) -> NDArray[np.float64]:
    """[n, 2]: metres eastwards and northwards of places that are not far from each other, as on a map."""
    degrees = np.array([(place.lon, place.lat) for place in places]).reshape(-1, 2)
    shrunk = math.cos(math.radians(float(degrees[:, 1].mean()))) if len(degrees) else 1.0
    metres: NDArray[np.float64] = np.radians(degrees) * EARTH_RADIUS_M * (shrunk, 1)
    return metres


def place_key(place: Place) -> tuple[int | None, float, float]:
    """Equal for places that are one stop: same street node, same coordinates."""
    return place.street_node_id, place.lat, place.lon

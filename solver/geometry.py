"""Distances and identity of places."""

import math

from models.place import Place

EARTH_RADIUS_M = 6371008.8


def crow_flies_m(a: Place, b: Place) -> float:
    """Great-circle distance in metres (haversine)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    d_lat, d_lon = lat_b - lat_a, math.radians(b.lon - a.lon)
    half = math.sin(d_lat / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(half))


def place_key(place: Place) -> tuple[int | None, float, float]:
    """Equal for places that are one stop: same street node, same coordinates."""
    return place.street_node_id, place.lat, place.lon

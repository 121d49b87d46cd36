"""Distances: along the street by the travel tables, and as the crow flies."""

import math
from typing import NamedTuple

import numpy as np

from models.place import Place
from models.resource import TravelProfile
from models.travel import PROFILES, UNREACHABLE, TravelTables

EARTH_RADIUS_M = 6_371_008.8


class Leg(NamedTuple):
    """The way from one place to the next."""

    seconds: int
    metres: int


class Ways:
    """Looks legs up; a node that is no part of the network cannot be reached."""

    def __init__(self, tables: TravelTables) -> None:
        self._idx_by_node_id = tables.idx_by_node_id
        # A mapped file is read as a plain array: scalar access through np.memmap is several times slower.
        self._duration_s = np.asarray(tables.duration_s)
        self._distance_m = np.asarray(tables.distance_m)
        self._table_by_profile = {profile: idx for idx, profile in enumerate(PROFILES)}

    def leg(self, profile: TravelProfile, origin: Place, destination: Place) -> Leg | None:
        here, there = self._idx(origin), self._idx(destination)
        if here is None or there is None:
            return None
        cell = self._table_by_profile[profile], here, there
        duration_s = self._duration_s.item(cell)
        return None if duration_s == UNREACHABLE else Leg(duration_s, self._distance_m.item(cell))

    def _idx(self, place: Place) -> int | None:
        node_id = place.street_node_id
        return None if node_id is None else self._idx_by_node_id.get(node_id)


def same_place(one: Place, other: Place) -> bool:
    """Whether a vehicle that is at one of the two is at the other."""
    if one is other:
        return True
    return one.street_node_id == other.street_node_id and one.lat == other.lat and one.lon == other.lon


def crow_distance_m(one: Place, other: Place) -> float:
    """Great-circle distance by the haversine formula."""
    lat_1, lat_2 = math.radians(one.lat), math.radians(other.lat)
    d_lat, d_lon = lat_2 - lat_1, math.radians(other.lon - one.lon)
    square = math.sin(d_lat / 2) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(square)))

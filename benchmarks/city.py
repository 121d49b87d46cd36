"""Pickup and delivery in a city, of any size: what growth is measured on.

Shops stand anywhere in a square; a customer lives near the shop that he orders from. Half of what is
ordered is due within the hour after it could be there at the earliest, the rest any time of the
day. Vehicles of one kind start at four depots. Every request can be served by itself; whether all
can be served together, the search has to find out.
"""

import numpy as np
from numpy.random import Generator

from benchmarks.routing.instance import Convention, Ints, RoutingInstance, VehicleType

SIDE_M, SPEED_M_PER_S = 15_000, 7
NEAR_M = 1500
"""How far from a shop its customers live: the standard deviation in either direction."""

DAY_S, FIRST_S, LAST_S = 12 * 3600, 3600, 9 * 3600
"""When vehicles must be back, and between when orders are placed."""

DUE_S, WIDTH_S = 1800, 3600
SERVICE_S = 120
CAPACITY, LARGEST = 12, 4
NUM_DEPOTS = 4
PER_SHOP, PER_VEHICLE = 25, 8


def city(num_requests: int, *, seed: int) -> RoutingInstance:
    """An instance whose cost is the seconds that all vehicles travel."""
    random = np.random.default_rng([seed, num_requests])
    points, ready, due, load = _orders(num_requests, random)
    num_nodes = len(points)
    pickups = tuple(range(NUM_DEPOTS, num_nodes, 2))
    seconds = _seconds(points)
    none = np.zeros(num_nodes, dtype=np.int64)
    return RoutingInstance(
        name=f"city-{num_requests}",
        set_name="city",
        convention=Convention.EXACT,
        vehicle_types=_vehicle_types(num_requests, num_nodes),
        distance=seconds,
        duration=seconds,
        depots=tuple(range(NUM_DEPOTS)),
        pickups=pickups,
        deliveries=tuple(node + 1 for node in pickups),
        loads=load[:, None],
        earliest=ready,
        latest=due,
        service=np.where(np.arange(num_nodes) < NUM_DEPOTS, 0, SERVICE_S),
        release=none,
        required=np.ones(num_nodes, dtype=np.bool_),
        prize=none,
        tools=none,
        parts=np.zeros((num_nodes, 0), dtype=np.int64),
    )


def _orders(num_requests: int, random: Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Places, windows and loads of depots, then of pickups and deliveries in turn."""
    num_shops = max(5, num_requests // PER_SHOP)
    shops = random.uniform(0, SIDE_M, (num_shops, 2))
    shop = shops[random.integers(num_shops, size=num_requests)]
    door = np.clip(shop + random.normal(0, NEAR_M, (num_requests, 2)), 0, SIDE_M)
    asked = random.integers(FIRST_S, LAST_S, size=num_requests)
    soon = np.arange(num_requests) % 2 == 0
    amount = random.integers(1, LARGEST + 1, size=num_requests)

    def interleaved(first: Ints, then: Ints, depots: Ints) -> Ints:
        both = np.stack([first, then], axis=1).reshape(-1, *first.shape[1:])
        return np.concatenate([depots, both]).astype(np.int64)

    ends = np.full(NUM_DEPOTS, DAY_S)
    return (
        interleaved(shop.astype(np.int64), door.astype(np.int64), random.integers(0, SIDE_M, (NUM_DEPOTS, 2))),
        interleaved(asked, np.where(soon, asked + DUE_S, asked), 0 * ends),
        interleaved(np.full(num_requests, DAY_S), np.where(soon, asked + DUE_S + WIDTH_S, DAY_S), ends),
        interleaved(amount, -amount, 0 * ends),
    )


def _seconds(points: Ints) -> Ints:
    """Along the streets of a grid, rounded up."""
    metres = np.abs(points[:, None, 0] - points[None, :, 0]) + np.abs(points[:, None, 1] - points[None, :, 1])
    seconds: Ints = -(-metres // SPEED_M_PER_S)
    return seconds


def _vehicle_types(num_requests: int, num_nodes: int) -> tuple[VehicleType, ...]:
    serves = np.ones(num_nodes, dtype=np.bool_)
    each = -(-num_requests // (NUM_DEPOTS * PER_VEHICLE))
    return tuple(
        VehicleType(number=each, start=depot, end=depot, capacity=(CAPACITY,), serves=serves, latest=DAY_S)
        for depot in range(NUM_DEPOTS)
    )

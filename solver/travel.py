"""Travel tables: fastest ways between all crossings of a street network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from models.resource import TravelProfile
from models.travel import PROFILES, UNREACHABLE, TravelTables

_ROWS_AT_A_TIME = 128


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed pieces of street that one profile may use; parallel ones are welcome.

    Integer milliseconds and millimetres keep every sum exact, so that the tables are the same
    on every machine and rounding up cannot be tipped over by the last bit of a float.

    Parameters
    ----------
    origin_id, destination_id
        int64 [m], street nodes.
    duration_ms
        int64 [m], at least 1.
    distance_mm
        int64 [m].
    """

    origin_id: NDArray[np.int64]
    destination_id: NDArray[np.int64]
    duration_ms: NDArray[np.int64]
    distance_mm: NDArray[np.int64]


def build_tables(node_ids: NDArray[np.int64], edges_by_profile: Mapping[TravelProfile, Edges]) -> TravelTables:
    """All-pairs fastest ways, one table per profile.

    Seconds and metres of a pair are sums along its fastest way, rounded up once. Because
    `ceil(a) + ceil(b) >= ceil(a + b)`, the seconds keep the triangle inequality.

    Parameters
    ----------
    node_ids
        Strictly increasing. Edges that touch another node are left out.
    edges_by_profile
        A profile with no entry reaches nothing but the node where it is.

    Raises
    ------
    ValueError
        Node ids do not increase, or an edge takes less than 1 ms.
    """
    if np.any(np.diff(node_ids) <= 0):
        raise ValueError("node_ids must be strictly increasing")
    n = len(node_ids)
    duration_s = np.full((len(PROFILES), n, n), UNREACHABLE, np.int32)
    distance_m = np.full((len(PROFILES), n, n), UNREACHABLE, np.int32)
    for table, profile in enumerate(PROFILES):
        np.fill_diagonal(duration_s[table], 0)
        np.fill_diagonal(distance_m[table], 0)
        if profile in edges_by_profile:
            for rows, seconds, metres in _fastest_ways(node_ids, edges_by_profile[profile]):
                duration_s[table, rows], distance_m[table, rows] = seconds, metres
    return TravelTables(node_ids, duration_s, distance_m)


def _fastest_ways(
    node_ids: NDArray[np.int64], edges: Edges
) -> Iterator[tuple[slice, NDArray[np.int32], NDArray[np.int32]]]:
    n = len(node_ids)
    durations, metres_of_edge = _adjacency(node_ids, edges)
    for first in range(0, n, _ROWS_AT_A_TIME):
        rows = slice(first, min(first + _ROWS_AT_A_TIME, n))
        sources = np.arange(rows.start, rows.stop)
        milliseconds, before = dijkstra(durations, indices=sources, return_predecessors=True)
        reached = np.isfinite(milliseconds)
        millimetres = _along(before, sources, metres_of_edge)
        yield rows, _rounded_up(milliseconds, reached), _rounded_up(millimetres, reached)


def _adjacency(node_ids: NDArray[np.int64], edges: Edges) -> tuple[csr_array, NDArray[np.int64]]:
    """The fastest of parallel edges: as a graph of milliseconds, and dense in millimetres."""
    if edges.duration_ms.size and edges.duration_ms.min() < 1:
        raise ValueError(f"duration_ms ({edges.duration_ms.min()}) must be >= 1: a sparse graph drops zeros")
    inside = np.isin(edges.origin_id, node_ids) & np.isin(edges.destination_id, node_ids)
    inside &= edges.origin_id != edges.destination_id
    origin = np.searchsorted(node_ids, edges.origin_id[inside])
    destination = np.searchsorted(node_ids, edges.destination_id[inside])
    duration, distance = edges.duration_ms[inside], edges.distance_mm[inside]
    # csr_array adds parallel edges up: keep the fastest, and the shortest of equally fast ones.
    order = np.lexsort((distance, duration, destination, origin))
    origin, destination, duration, distance = (each[order] for each in (origin, destination, duration, distance))
    best = np.ones(len(order), bool)
    best[1:] = (np.diff(origin) != 0) | (np.diff(destination) != 0)
    n = len(node_ids)
    graph = csr_array((duration[best].astype(float), (origin[best], destination[best])), shape=(n, n))
    dense = np.zeros((n, n), np.int64)
    dense[origin[best], destination[best]] = distance[best]
    return graph, dense


def _along(before: NDArray[np.int32], sources: NDArray[np.int64], millimetres: NDArray[np.int64]) -> NDArray[np.int64]:
    """Length of the way to every node, by doubling: each round, a node looks twice as far back."""
    num_rows, n = before.shape
    rows = np.arange(num_rows)[:, None]
    back = np.where(before < 0, sources[:, None], before).astype(np.int64)
    length = np.where(before < 0, 0, millimetres[back, np.arange(n)])
    while np.any(back != sources[:, None]):
        length += length[rows, back]
        back = back[rows, back]
    return length


def _rounded_up(thousandths: NDArray[np.generic], reached: NDArray[np.bool_]) -> NDArray[np.int32]:
    exact = np.where(reached, thousandths, 0).astype(np.int64)
    return np.where(reached, -(-exact // 1000), UNREACHABLE).astype(np.int32)

"""Travel tables are exact, keep the triangle inequality and say what cannot be reached."""

from itertools import pairwise

import networkx
import numpy as np
import pytest
from numpy.typing import NDArray

from models.resource import TravelProfile
from models.travel import PROFILES, UNREACHABLE, TravelTables
from scenarios.world import World
from solver.travel import Edges, build_tables

BIKE, CAR = TravelProfile.BIKE, TravelProfile.CAR


def some_edges(*pieces: tuple[int, int, int, int]) -> Edges:
    """Pieces of street as (origin, destination, milliseconds, millimetres)."""
    origin, destination, duration, distance = np.array(pieces, np.int64).reshape(-1, 4).T
    return Edges(origin, destination, duration, distance)


def tables_of(num_nodes: int, *pieces: tuple[int, int, int, int]) -> TravelTables:
    """Tables over the nodes 1..n in which cars use the pieces and bicycles none."""
    return build_tables(np.arange(1, num_nodes + 1), {CAR: some_edges(*pieces)})


def random_edges(seed: int, num_nodes: int, num_edges: int) -> Edges:
    random = np.random.default_rng(seed)
    origin, destination = random.integers(1, num_nodes + 1, (2, num_edges))
    return Edges(origin, destination, random.integers(1, 90_000, num_edges), random.integers(0, 900_000, num_edges))


def test_a_way_is_the_sum_of_its_pieces_rounded_up_once() -> None:
    tables = tables_of(3, (1, 2, 1_400, 10_400), (2, 3, 1_400, 10_400))
    assert tables.travel(CAR, 1, 2) == (2, 11)
    assert tables.travel(CAR, 1, 3) == (3, 21)


def test_a_whole_number_of_seconds_is_not_rounded_up_further() -> None:
    assert tables_of(2, (1, 2, 3_000, 5_000)).travel(CAR, 1, 2) == (3, 5)


def test_of_parallel_pieces_the_fastest_counts_and_they_are_not_added_up() -> None:
    tables = tables_of(2, (1, 2, 9_000, 1_000), (1, 2, 4_000, 3_000), (1, 2, 4_000, 2_000))
    assert tables.travel(CAR, 1, 2) == (4, 2)


def test_metres_are_those_of_the_fastest_way_and_not_of_the_shortest() -> None:
    tables = tables_of(3, (1, 3, 10_000, 100_000), (1, 2, 4_000, 200_000), (2, 3, 4_000, 200_000))
    assert tables.travel(CAR, 1, 3) == (8, 400)


def test_where_no_way_leads_the_table_says_unreachable() -> None:
    tables = tables_of(2, (1, 2, 1_000, 1_000))
    car = PROFILES.index(CAR)
    assert tables.travel(CAR, 2, 1) is None
    assert tables.duration_s[car].tolist() == [[0, 1], [UNREACHABLE, 0]]
    assert tables.distance_m[car].tolist() == [[0, 1], [UNREACHABLE, 0]]


def test_a_profile_with_no_streets_stays_where_it_is() -> None:
    tables = tables_of(2, (1, 2, 1_000, 1_000))
    assert tables.travel(BIKE, 1, 1) == (0, 0)
    assert tables.travel(BIKE, 1, 2) is None


def test_a_loop_and_a_piece_to_a_node_outside_change_nothing() -> None:
    tables = tables_of(2, (1, 1, 1_000, 1_000), (1, 9, 1_000, 1_000), (9, 2, 1_000, 1_000))
    assert tables.travel(CAR, 1, 1) == (0, 0)
    assert tables.travel(CAR, 1, 2) is None


def test_a_piece_that_takes_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r"duration_ms \(0\) must be >= 1"):
        tables_of(2, (1, 2, 0, 1_000))


def test_node_ids_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="strictly increasing"):
        build_tables(np.array([2, 1]), {})


@pytest.mark.parametrize("seed", range(3))
def test_times_and_metres_agree_with_another_implementation(seed: int) -> None:
    n = 300
    edges = random_edges(seed, n, 700)
    tables = build_tables(np.arange(1, n + 1), {CAR: edges})
    graph = networkx.MultiDiGraph()
    columns = (edges.origin_id, edges.destination_id, edges.duration_ms, edges.distance_mm)
    for origin, destination, duration, distance in zip(*(column.tolist() for column in columns), strict=True):
        graph.add_edge(origin, destination, ms=duration, mm=distance)
    for origin in (1, 57, 211):
        milliseconds, ways = (
            networkx.single_source_dijkstra(graph, origin, weight="ms") if origin in graph else ({}, {})
        )
        for destination in range(1, n + 1):
            way = ways.get(destination, [origin] if origin == destination else None)
            expected = None if way is None else (_up(milliseconds.get(destination, 0)), _up(_millimetres(graph, way)))
            assert tables.travel(CAR, origin, destination) == expected


def _up(thousandths: int) -> int:
    return -(-thousandths // 1000)


def _millimetres(graph: networkx.MultiDiGraph, way: list[int]) -> int:
    pieces = (min(graph[a][b].values(), key=lambda piece: piece["ms"]) for a, b in pairwise(way))
    return sum(int(piece["mm"]) for piece in pieces)


@pytest.mark.parametrize("seed", range(3))
def test_rounding_up_keeps_the_triangle_inequality(seed: int) -> None:
    n = 200
    tables = build_tables(np.arange(1, n + 1), {CAR: random_edges(seed, n, 600), BIKE: random_edges(seed + 99, n, 400)})
    for table in tables.duration_s:
        assert num_triangles_broken(table, np.random.default_rng(seed)) == 0


def test_the_streets_of_the_demo_keep_the_triangle_inequality(world: World) -> None:
    for table in world.streets.tables().duration_s:
        assert num_triangles_broken(table, np.random.default_rng(7)) == 0


def num_triangles_broken(table: NDArray[np.int32], random: np.random.Generator) -> int:
    """Of 200,000 random triples, those where a detour beats the direct way, or leads where it does not."""
    a, b, c = random.integers(0, len(table), (3, 200_000))
    detour = (table[a, b] != UNREACHABLE) & (table[b, c] != UNREACHABLE)
    direct = table[a, c][detour]
    return int(np.sum((direct == UNREACHABLE) | (direct > (table[a, b] + table[b, c])[detour])))

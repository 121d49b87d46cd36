"""A street network read from an OpenStreetMap extract: where places are, and how long ways take."""

import hashlib
import math
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree
from shapely import MultiLineString, Point

from models.base import Model
from models.issues import InputError, Issue, IssueCode
from models.place import Place
from models.resource import TravelProfile
from models.travel import TravelTables
from solver.travel import Edges, build_tables

EARTH_RADIUS_M = 6371008.8
_FORMAT = 3
"""Counts up when what is stored in the cache changes its meaning."""

Kmh = Annotated[float, Field(gt=0, le=200)]
Line = tuple[tuple[float, float], ...]
"""Points (lat, lon)."""


class Speeds(Model):
    """How fast each profile moves.

    Parameters
    ----------
    bike_kmh
        Of riders, on every street they may use.
    car_kmh_by_highway
        By OpenStreetMap's class of the street; a `maxspeed` that is lower counts instead.
    car_kmh_otherwise
        On classes that have no entry.
    """

    bike_kmh: Kmh = 20
    car_kmh_by_highway: dict[str, Kmh] = {}
    car_kmh_otherwise: Kmh = 20


@dataclass(frozen=True, eq=False)
class Network:
    """Crossings and the pieces of street between them, as arrays.

    Parameters
    ----------
    node_ids, lat, lon
        [n], node ids strictly increasing.
    names
        [n], the street that most pieces at the crossing belong to; may be empty.
    snappable
        [n], whether a place may be said to lie here: not inside a tunnel.
    origin, destination
        [m], indices of nodes.
    distance_mm, car_ms, bike_ms
        [m]; 0 in `bike_ms`: no bicycles.
    line_start, line_lat, line_lon
        The shape of piece `k` is the points `line_start[k]` to `line_start[k + 1]`.
    """

    node_ids: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    names: NDArray[np.str_]
    snappable: NDArray[np.bool_]
    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    distance_mm: NDArray[np.int64]
    car_ms: NDArray[np.int64]
    bike_ms: NDArray[np.int64]
    line_start: NDArray[np.int64]
    line_lat: NDArray[np.float64]
    line_lon: NDArray[np.float64]

    def save(self, folder: Path) -> None:
        np.savez(folder / "network.npz", **vars(self))

    @classmethod
    def load(cls, folder: Path) -> "Network":
        with np.load(folder / "network.npz") as arrays:
            return cls(**dict(arrays))

    def edges(self, profile: TravelProfile) -> Edges:
        """The pieces that a profile may use."""
        duration = self._duration_ms(profile)
        usable = duration > 0
        return Edges(
            self.node_ids[self.origin[usable]],
            self.node_ids[self.destination[usable]],
            duration[usable],
            self.distance_mm[usable],
        )

    def graph(self, profile: TravelProfile) -> tuple[csr_array, dict[tuple[int, int], int]]:
        """Milliseconds between neighbours, and the fastest piece by its two ends."""
        duration = self._duration_ms(profile)
        fastest_last = [piece for piece in np.argsort(-duration, kind="stable").tolist() if duration[piece] > 0]
        ends = zip(self.origin[fastest_last].tolist(), self.destination[fastest_last].tolist(), strict=True)
        piece_between = dict(zip(ends, fastest_last, strict=True))
        origin, destination = np.array([*piece_between], np.int64).reshape(-1, 2).T
        milliseconds = duration[[*piece_between.values()]].astype(float)
        return csr_array((milliseconds, (origin, destination)), shape=(len(self.node_ids),) * 2), piece_between

    def _duration_ms(self, profile: TravelProfile) -> NDArray[np.int64]:
        return self.car_ms if profile is TravelProfile.CAR else self.bike_ms

    def shape(self, piece: int) -> tuple[tuple[float, float], ...]:
        """Points (lat, lon) of a piece of street."""
        points = slice(int(self.line_start[piece]), int(self.line_start[piece + 1]))
        return tuple(zip(self.line_lat[points].tolist(), self.line_lon[points].tolist(), strict=True))

    def point(self, node: int) -> tuple[float, float]:
        """(lat, lon) of the crossing of that index."""
        return float(self.lat[node]), float(self.lon[node])

    def bike_components(self) -> NDArray[np.int32]:
        """For every node a number; nodes of the same one are within reach of each other by bicycle."""
        usable = self.bike_ms > 0
        return _components(
            np.arange(len(self.node_ids)), np.column_stack((self.origin[usable], self.destination[usable]))
        )


@dataclass(frozen=True, eq=False)
class Streets:
    """The streets of a world.

    Parameters
    ----------
    key
        Names the extract, the speeds and the format: the same key, the same tables.
    """

    key: str
    network: Network
    cache_dir: Path

    @classmethod
    def read(cls, extract: Path, *, speeds: Speeds, cache_dir: Path) -> "Streets":
        """Read an `.osm` or `.osm.bz2` file, or what an earlier reading left in `cache_dir`.

        Raises
        ------
        OSError, SyntaxError
            The file cannot be read, or is not OpenStreetMap XML.
        """
        key = _key(extract, speeds)
        folder = _once(cache_dir / f"streets-{key}", lambda into: _convert(extract, speeds).save(into))
        return cls(key, Network.load(folder), cache_dir)

    def tables(self) -> TravelTables:
        """Travel tables between all crossings, built once and mapped from the cache."""
        return self._tables

    @cached_property
    def _tables(self) -> TravelTables:
        points = np.column_stack((self.network.lat, self.network.lon))
        return TravelTables.load(_once(self.cache_dir / f"tables-{self.key}", self._build), points)

    def _build(self, into: Path) -> None:
        edges = {profile: self.network.edges(profile) for profile in TravelProfile}
        build_tables(self.network.node_ids, edges).save(into)

    def snap(self, place: Place, *, max_snap_m: int, path: str = "place") -> Place:
        """The place in WGS-84, with the nearest crossing and the metres to it, rounded up.

        These metres may be more than `max_snap_m`, where the next crossing of a street is far.

        Raises
        ------
        InputError
            PLACE_NOT_REACHABLE: every street is more than `max_snap_m` away.
        """
        place = place.to_wgs84()
        at = metres_of(self.network, place.lat, place.lon)
        distance, nearest = self._tree.query(at)
        metres = math.ceil(distance)
        # No street is farther than its crossings, so most places need no look at the streets themselves.
        if metres > max_snap_m and (to_street := math.ceil(self._lines.distance(Point(at)))) > max_snap_m:
            raise InputError(_off_the_map(place, to_street, max_snap_m, path))
        node_id = int(self.network.node_ids[self._snappable[nearest]])
        return place.model_copy(update={"street_node_id": node_id, "snap_distance_m": metres})

    def line(self, profile: TravelProfile, origin_id: int, destination_id: int) -> Line:
        """The fastest way as points (lat, lon) to draw; empty where no way leads.

        Raises
        ------
        KeyError
            A node id is not part of the network.
        """
        return self.lines(profile, [(origin_id, destination_id)])[origin_id, destination_id]

    def lines(self, profile: TravelProfile, ends: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Line]:
        """`line` of each pair of node ids, all of them found in one go.

        Raises
        ------
        KeyError
            A node id is not part of the network.
        """
        pairs = {each: (self._node_idx[each[0]], self._node_idx[each[1]]) for each in ends}
        origins = sorted({here for here, _ in pairs.values()})
        if not origins:
            return {}
        graph, _ = self._graphs[profile]
        _, before = dijkstra(graph, indices=origins, return_predecessors=True)
        row_by_origin = {here: before[row] for row, here in enumerate(origins)}
        return {each: self._drawn(profile, _way_back(row_by_origin[a], a, b)) for each, (a, b) in pairs.items()}

    def _drawn(self, profile: TravelProfile, way: Sequence[int]) -> Line:
        _, piece_between = self._graphs[profile]
        if len(way) == 1:
            return (self.network.point(way[0]),)
        pieces = [piece_between[ends] for ends in pairwise(reversed(way))]
        return tuple(point for piece in pieces for point in self.network.shape(piece))

    def knows(self, node_id: int | None) -> bool:
        """Whether a crossing of that id is part of the network."""
        return node_id in self._node_idx

    @cached_property
    def _node_idx(self) -> dict[int, int]:
        return {node_id: idx for idx, node_id in enumerate(self.network.node_ids.tolist())}

    @cached_property
    def _graphs(self) -> dict[TravelProfile, tuple[csr_array, dict[tuple[int, int], int]]]:
        """By profile: milliseconds between neighbours, and the piece of street that takes them."""
        return {profile: self.network.graph(profile) for profile in TravelProfile}

    @cached_property
    def _snappable(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.network.snappable)

    @cached_property
    def _tree(self) -> KDTree:
        network, chosen = self.network, self._snappable
        return KDTree(np.column_stack(metres_of(network, network.lat[chosen], network.lon[chosen])))

    @cached_property
    def _lines(self) -> MultiLineString:
        """In metres: the streets that somebody may live at, with travel in both profiles and in no tunnel."""
        network = self.network
        lived_at = network.snappable[network.origin] & network.snappable[network.destination] & (network.bike_ms > 0)
        points = np.column_stack(metres_of(network, network.line_lat, network.line_lon))
        starts = network.line_start
        return MultiLineString([points[starts[k] : starts[k + 1]] for k in np.flatnonzero(lived_at).tolist()])


def _way_back(before: NDArray[np.int32], here: int, there: int) -> list[int]:
    """Crossings from `there` back to `here` along a row of Dijkstra's predecessors; empty where no way leads."""
    way = [there]
    while way[-1] != here:
        way.append(int(before[way[-1]]))
        if way[-1] < 0:
            return []
    return way


def metres_of(network: Network, lat: Any, lon: Any) -> tuple[Any, Any]:
    """Metres east and north; true to 1e-5 across a city."""
    east = np.radians(lon) * EARTH_RADIUS_M * math.cos(math.radians(float(network.lat.mean())))
    return east, np.radians(lat) * EARTH_RADIUS_M


def metres_between(network: Network, node: int, others: Sequence[int]) -> NDArray[np.float64]:
    """As the crow flies, from the crossing of one index to those of others."""
    east, north = metres_of(network, network.lat, network.lon)
    return np.hypot(east[others] - east[node], north[others] - north[node])  # type: ignore[no-any-return]


def _off_the_map(place: Place, metres: int, max_snap_m: int, path: str) -> Issue:
    return Issue(
        code=IssueCode.PLACE_NOT_REACHABLE,
        path=path,
        message=f"distance from ({place.lat:.6f}, {place.lon:.6f}) to the nearest street ({metres} m) "
        f"must be <= max_snap_m ({max_snap_m} m)",
        hint="check that lat and lon are not swapped, and the datum (WGS84, GCJ02 or BD09)",
    )


def _key(extract: Path, speeds: Speeds) -> str:
    digest = hashlib.sha256(extract.read_bytes())
    digest.update(f"{_FORMAT} {speeds.model_dump_json()}".encode())
    return digest.hexdigest()[:16]


def _once(folder: Path, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a folder unless it exists; it appears whole or not at all.

    Two processes may both write; the one that is done first wins, and both have written the same.
    """
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unfinished-") as unfinished:
        made = Path(unfinished, "whole")
        made.mkdir()
        write(made)
        try:
            os.rename(made, folder)
        except OSError:
            if not folder.exists():
                raise
    return folder


def _convert(extract: Path, speeds: Speeds) -> Network:
    graph = _simplified(extract, speeds)
    car = [(origin, destination) for origin, destination, _ in graph.edges]
    kept = np.array(sorted(_largest_component(np.array(sorted(graph.nodes), np.int64), np.array(car, np.int64))))
    return _as_arrays(graph.subgraph(kept.tolist()), kept)


def _simplified(extract: Path, speeds: Speeds) -> Any:
    """One edge from crossing to crossing, cut also where bicycles are forbidden or allowed."""
    # osmnx takes a second to import, and is needed only where no cache is.
    import osmnx  # noqa: PLC0415

    # It drops this tag otherwise, and every tunnel under the river would be open to riders.
    if "bicycle" not in osmnx.settings.useful_tags_way:
        osmnx.settings.useful_tags_way = [*osmnx.settings.useful_tags_way, "bicycle"]
    graph = osmnx.graph_from_xml(extract, simplify=False, retain_all=True)
    # It takes the outlines of houses and lakes for streets, if the extract has them.
    graph.remove_edges_from([ends for *ends, highway in graph.edges(keys=True, data="highway") if highway is None])
    if not graph.edges:
        raise ValueError("no way has the tag highway")
    for _, _, piece in graph.edges(data=True):
        piece["bicycle"] = "no" if piece.get("bicycle") == "no" else "yes"
        piece["distance_mm"] = max(1, math.ceil(piece["length"] * 1000))
        piece["car_ms"] = _milliseconds(piece["distance_mm"], _car_kmh(piece, speeds))
        piece["bike_ms"] = 0 if piece["bicycle"] == "no" else _milliseconds(piece["distance_mm"], speeds.bike_kmh)
    sums = dict.fromkeys(("length", "distance_mm", "car_ms", "bike_ms"), sum)
    return osmnx.simplify_graph(graph, edge_attrs_differ=["bicycle"], edge_attr_aggs=sums)


def _milliseconds(distance_mm: int, kmh: float) -> int:
    return math.ceil(distance_mm * 3.6 / kmh)


def _car_kmh(piece: dict[str, Any], speeds: Speeds) -> float:
    of_class = speeds.car_kmh_by_highway.get(str(piece.get("highway")), speeds.car_kmh_otherwise)
    limit = _limit_kmh(str(piece.get("maxspeed", "")))
    return of_class if limit is None else min(of_class, limit)


def _limit_kmh(maxspeed: str) -> float | None:
    """`60`, `60 km/h` and `30 mph`; anything else says nothing."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|mph)?", maxspeed.strip())
    if match is None or float(match[1]) == 0:
        return None
    return float(match[1]) * (1.609344 if match[2] == "mph" else 1)


def _largest_component(node_ids: NDArray[np.int64], pairs: NDArray[np.int64]) -> list[int]:
    components = _components(node_ids, pairs)
    return node_ids[components == np.bincount(components).argmax()].tolist()  # type: ignore[no-any-return]


def _components(node_ids: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int32]:
    """For every node the number of its strongly connected component."""
    origin, destination = np.searchsorted(node_ids, pairs.reshape(-1, 2).T)
    graph = csr_array((np.ones(len(origin)), (origin, destination)), shape=(len(node_ids),) * 2)
    return connected_components(graph, connection="strong")[1]  # type: ignore[no-any-return]


def _as_arrays(graph: Any, node_ids: NDArray[np.int64]) -> Network:
    edges = sorted(graph.edges(keys=True, data=True), key=lambda edge: edge[:3])
    ends = np.searchsorted(node_ids, np.array([edge[:2] for edge in edges], np.int64).reshape(-1, 2))
    distance, car, bike = (
        np.array([edge[3][name] for edge in edges], np.int64) for name in ("distance_mm", "car_ms", "bike_ms")
    )
    lines = [_line(graph, edge) for edge in edges]
    points = np.concatenate(lines)
    return Network(
        node_ids=node_ids,
        lat=np.array([graph.nodes[each]["y"] for each in node_ids.tolist()]),
        lon=np.array([graph.nodes[each]["x"] for each in node_ids.tolist()]),
        names=np.array([_street_name(graph, each) for each in node_ids.tolist()]),
        snappable=_snappable(len(node_ids), ends[bike > 0]),
        origin=ends[:, 0],
        destination=ends[:, 1],
        distance_mm=distance,
        car_ms=car,
        bike_ms=bike,
        line_start=np.cumsum([0, *map(len, lines)]),
        line_lat=points[:, 1],
        line_lon=points[:, 0],
    )


def _line(graph: Any, edge: tuple[int, int, int, dict[str, Any]]) -> NDArray[np.float64]:
    """Points (lon, lat) of an edge; a straight one has no shape of its own."""
    if "geometry" in edge[3]:
        return np.array(edge[3]["geometry"].coords)
    return np.array([(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in edge[:2]])


def _street_name(graph: Any, node_id: int) -> str:
    names = Counter[str]()
    for _, _, piece in [*graph.out_edges(node_id, data=True), *graph.in_edges(node_id, data=True)]:
        named = piece.get("name") or []
        names.update([named] if isinstance(named, str) else named)
    return min(names, key=lambda name: (-names[name], name), default="")


def _snappable(num_nodes: int, bike_ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Crossings that riders get to and away from.

    Nobody lives in a tunnel: what lies in a bicycle component of less than 1 % of the network
    is no place to snap to.
    """
    components = _components(np.arange(num_nodes), bike_ends)
    sizes = np.bincount(components)
    return sizes[components] >= min(num_nodes / 100, int(sizes.max()))

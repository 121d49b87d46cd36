"""Changes of streets: closed ones, and ways that take longer. Travel tables are built anew and cached."""

import bz2
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, iterparse

import numpy as np
from numpy.typing import NDArray

from models.issues import Issue, IssueCode
from models.place import Place
from models.resource import TravelProfile
from models.scenario import Area, CloseRoad, TravelFactor
from scenarios.documents import read_yaml
from scenarios.streets import Network, Streets
from scenarios.whatif.changing import Contradiction, Variant, Wrong, contradicts, lies_in, unknown

_ARRAY = {TravelProfile.BIKE: "bike_ms", TravelProfile.CAR: "car_ms"}
_NAMES = ("name", "name:en", "bridge:name", "tunnel:name")
_Point = tuple[float, float]


def travel_factor(variant: Variant, change: TravelFactor) -> Variant:
    if change.from_time is not None or change.until_time is not None:
        raise Contradiction(_no_hours(change))
    network = variant.world.streets.network
    there = _pieces_in(change.area, network)
    if not there.any():
        raise Contradiction(_no_street(change.area))
    new = {}
    for profile, factor in change.duration_factor.items():
        before: NDArray[np.int64] = getattr(network, _ARRAY[profile])
        slower = np.ceil(before * factor).astype(np.int64)
        new[_ARRAY[profile]] = np.where(there, slower, before)
    return variant.with_streets(_altered(variant.world.streets, new))


def _no_hours(change: TravelFactor) -> Wrong:
    field = "until_time" if change.from_time is None else "from_time"
    value = change.until_time if change.from_time is None else change.from_time
    return Wrong(
        (field,),
        Issue(
            code=IssueCode.CHANGE_NOT_SUPPORTED,
            path="",
            message=f"{field} ({value}) of a travel factor must not be given: ways take as long at every hour",
            hint="remove from_time and until_time: the factor then counts all day",
        ),
    )


def close_road(variant: Variant, change: CloseRoad) -> Variant:
    network = variant.world.streets.network
    shut = _pieces_in(change.area, network) if change.name is None else _pieces_of(change.name, variant)
    if not shut.any():
        raise Contradiction(_no_street(change.area))
    profiles = change.profiles or tuple(TravelProfile)
    new = {_ARRAY[each]: np.where(shut, 0, getattr(network, _ARRAY[each])) for each in profiles}
    if all(np.array_equal(array, getattr(network, name)) for name, array in new.items()):
        message = (
            f"street ({change.name or 'in the area'}) must be open to {', '.join(profiles)}, and is closed already"
        )
        raise Contradiction(contradicts(message=message, hint="remove the change, or close it to others"))
    return variant.with_streets(_altered(variant.world.streets, new))


def _no_street(area: Area | None) -> Wrong:
    message = "number of streets with both ends in the area (0) must be >= 1"
    return contradicts(*([] if area is None else ["area"]), message=message, hint="move or widen the area")


def _altered(streets: Streets, arrays: dict[str, NDArray[np.int64]]) -> Streets:
    """The same streets with other times; 0: closed. The same change gives the same key, and so the same tables."""
    digest = hashlib.sha256(streets.key.encode())
    for name in sorted(arrays):
        digest.update(name.encode() + arrays[name].tobytes())
    network = Network(**{**vars(streets.network), **arrays})
    return Streets(digest.hexdigest()[:16], network, streets.cache_dir)


def _pieces_in(area: Area | None, network: Network) -> NDArray[np.bool_]:
    inside = np.ones(len(network.node_ids), bool)
    if area is not None:
        points = zip(network.lat.tolist(), network.lon.tolist(), strict=True)
        inside = np.array([lies_in(area, Place(lat=lat, lon=lon)) for lat, lon in points])
    return np.asarray(inside[network.origin] & inside[network.destination])


def _pieces_of(name: str, variant: Variant) -> NDArray[np.bool_]:
    """Pieces of which at least one part belongs to a way of that name."""
    folder = variant.world.folder
    extract = folder / read_yaml(folder / "world.yaml").data["streets"]["file"]
    sections, names = _sections_of(name, extract, extract.stat().st_mtime_ns)
    if not sections:
        raise Contradiction(unknown("name", what="name of a street", value=name, known=names))
    network = variant.world.streets.network
    shut = [not sections.isdisjoint(_sections(network.shape(n))) for n in range(len(network.origin))]
    return np.array(shut, bool)


def _sections(points: tuple[_Point, ...]) -> Iterator[frozenset[_Point]]:
    return (frozenset(ends) for ends in pairwise(points))


@lru_cache(maxsize=8)
def _sections_of(name: str, extract: Path, _changed_ns: int) -> tuple[frozenset[frozenset[_Point]], frozenset[str]]:
    """The straight parts of all ways of that name, and every name that there is; to read them takes a second."""
    points: dict[str, _Point] = {}
    sections, names = set[frozenset[_Point]](), set[str]()
    for element in _elements(extract):
        if element.tag == "node":
            points[element.attrib["id"]] = float(element.attrib["lat"]), float(element.attrib["lon"])
        elif element.tag == "way":
            tags = {each.attrib["k"]: each.attrib["v"] for each in element.iter("tag")}
            own = {tags[key] for key in _NAMES if key in tags} if "highway" in tags else set()
            names |= own
            if name in own:
                way = tuple(points[each.attrib["ref"]] for each in element.iter("nd") if each.attrib["ref"] in points)
                sections.update(_sections(way))
    return frozenset(sections), frozenset(names)


def _elements(extract: Path) -> Iterator[Element]:
    with bz2.open(extract) if extract.suffix == ".bz2" else extract.open("rb") as file:
        for _, element in iterparse(file):
            if element.tag in ("node", "way"):
                yield element
                element.clear()

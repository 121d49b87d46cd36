"""Changes of streets: closed ones, and ways that take longer.

Travel tables are built anew and cached; only what holds at some hours is traffic, and leaves them as they are.
"""

import bz2
import hashlib
from collections.abc import Iterable, Iterator
from datetime import time
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, iterparse

import numpy as np
from numpy.typing import NDArray

from models.area import Area
from models.issues import Issue, IssueCode
from models.resource import TravelProfile
from models.scenario import CloseRoad, TravelFactor
from models.traffic import TrafficSpell, areas_of
from scenarios.documents import read_yaml
from scenarios.streets import Network, Streets
from scenarios.whatif.changing import Contradiction, Variant, Wrong, contradicts, unknown
from solver.geometry import within

_ARRAY = {TravelProfile.BIKE: "bike_ms", TravelProfile.CAR: "car_ms"}
_NAMES = ("name", "name:en", "bridge:name", "tunnel:name")
_Point = tuple[float, float]
_MOST_SPELLS, _SLOWEST = 100, 10
"""Of a catalogue, and in percent of the tables' speed: see `models.traffic`."""


def travel_factor(variant: Variant, change: TravelFactor) -> Variant:
    """All day the tables are other ones; at some hours the speed is."""
    if change.from_time is None and change.until_time is None:
        return _all_day(variant, change)
    if wrong := [*_not_at_hours(change, variant)]:
        raise Contradiction(*wrong)
    spells = (*variant.catalogue.traffic, *_spells(change, variant.catalogue.traffic))
    if len(spells) > _MOST_SPELLS:
        message = f"number of spells of traffic ({len(spells)}) must be <= {_MOST_SPELLS}"
        raise Contradiction(contradicts(message=message, hint="give fewer changes with hours"))
    return variant.with_catalogue(traffic=spells)


def _all_day(variant: Variant, change: TravelFactor) -> Variant:
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


def _spells(change: TravelFactor, traffic: Iterable[TrafficSpell]) -> Iterator[TrafficSpell]:
    """The hours of the change, and once more those that are slow already: there both count, not the slower one."""
    start, end = change.from_time or time(0), change.until_time or time(0)
    for profile, factor in change.duration_factor.items():
        spell = TrafficSpell(
            profiles=(profile,), start=start, end=end, speed_percent=_percent(100, factor), area=change.area
        )
        yield spell
        for slow in traffic:
            begins, ends = max(start, slow.start), min(end, slow.end, key=_to_midnight)
            if profile in slow.profiles and _to_midnight(begins, first=True) < _to_midnight(ends):
                speed = _percent(slow.speed_percent, factor)
                both = {"days": slow.days, "start": begins, "end": ends, "speed_percent": speed}
                yield spell.model_copy(update=both)


def _to_midnight(clock: time, *, first: bool = False) -> tuple[bool, time]:
    """In the order of the day; 00:00 as an end is the midnight after it."""
    return (not first and clock == time(0), clock)


def _percent(speed_percent: int, factor: float) -> int:
    """Never less than a spell may have: a tenth of the tables' speed."""
    return max(_SLOWEST, round(speed_percent / factor))


def _not_at_hours(change: TravelFactor, variant: Variant) -> Iterator[Wrong]:
    """What spells of traffic cannot say."""
    if not _crossings_in(change.area, variant.world.streets.network).any():
        message = "number of crossings in the area (0) must be >= 1"
        yield contradicts("area", message=message, hint="move or widen the area")
    for profile, factor in change.duration_factor.items():
        if (count := len({change.area, *areas_of(profile, variant.catalogue.traffic)})) > 1:
            message = (
                f"number of areas in which {profile} is slow at some hours ({count}) must be 1; "
                "everywhere counts as one"
            )
            hint = "give the area of the other hours, or none if they have none; or remove the hours"
            yield _not_supported(("duration_factor", profile), message, hint)
        if factor < 1:
            message = f"duration_factor of {profile} with hours ({factor:g}) must be >= 1: hours can only be slower"
            yield _not_supported(("duration_factor", profile), message, "remove the hours: all day, ways can be faster")


def _not_supported(loc: tuple[str, ...], message: str, hint: str) -> Wrong:
    return Wrong(loc, Issue(code=IssueCode.CHANGE_NOT_SUPPORTED, path="", message=message, hint=hint))


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
    inside = _crossings_in(area, network)
    return np.asarray(inside[network.origin] & inside[network.destination])


def _crossings_in(area: Area | None, network: Network) -> NDArray[np.bool_]:
    if area is None:
        return np.ones(len(network.node_ids), bool)
    return within(area, np.column_stack((network.lat, network.lon)))


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

"""Two maps that move together, with what is different marked."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from bokeh.models import HoverTool, Range1d, TapTool
from bokeh.plotting import figure
from numpy.typing import NDArray

from models.contract import Contract
from models.resource import Site
from scenarios.map_drawing import pieces_of, points_of, streets_of
from scenarios.report.local_clock import LocalClock
from scenarios.report.look import MARK
from scenarios.report.names import contract_name
from scenarios.report.street_map import Backdrop, street_map
from scenarios.report.wording import Words
from scenarios.report.work import Work
from scenarios.streets import Network
from scenarios.whatif.page.pairs import Pair, places_in

OUT, NEW = "#c92a2a", "#2b8a3e"
_ASPECT = 1.1
_MARGIN = 1.06


def backdrop_of(pairs: Sequence[Pair]) -> Backdrop:
    """Around everything in all of them."""
    network = pairs[0].before.world.streets.network
    places = {(place.lat, place.lon) for place in places_in(work for pair in pairs for work in pair.works)}
    x, y = points_of(network, sorted(places))
    height = max(max(y) - min(y), (max(x) - min(x)) / _ASPECT, 1.0) * _MARGIN
    return Backdrop(streets_of(network), _around(x, height * _ASPECT), _around(y, height), _ASPECT)


def _around(along: Sequence[float], length: float) -> Range1d:
    middle = (min(along) + max(along)) / 2
    return Range1d(start=middle - length / 2, end=middle + length / 2)


def map_pair(pair: Pair, clock: LocalClock, words: Words, backdrop: Backdrop) -> tuple[figure, figure]:
    """The base's map and the scenario's: pale what both have, ringed and crossed what only one has."""
    charts = []
    for work, other in (pair.works, pair.works[::-1]):
        chart = street_map(work, clock, words, backdrop=backdrop, is_pale=pair.is_in_both)
        chart.tools = [tool for tool in chart.tools if not isinstance(tool, TapTool)]
        _mark_streets(chart, work.world.streets.network, other.world.streets.network)
        marks = [*_mark_contracts(chart, pair, work, words), *_mark_sites(chart, pair, work, words)]
        tips = [("", "@title"), ("", "@said")]
        chart.add_tools(HoverTool(renderers=marks, tooltips=tips, point_policy="follow_mouse", visible=False))
        charts.append(chart)
    return charts[0], charts[1]


# -- streets


def _mark_streets(chart: figure, own: Network, other: Network) -> None:
    """Those that are closed here and open there; and those that take longer here, unless that is all of them."""
    closed, slower = _closed(own, other), _slower(own, other)
    chart.line("x", "y", source=pieces_of(own, np.flatnonzero(closed)), line_color=OUT, line_width=5)
    if slower.any() and not slower[other.car_ms > 0].all():
        chart.line(
            "x", "y", source=pieces_of(own, np.flatnonzero(slower)), line_color=MARK, line_width=2, line_alpha=0.5
        )


def _closed(own: Network, other: Network) -> NDArray[np.bool_]:
    return _either(*((here == 0) & (there > 0) for here, there in _times(own, other)))


def _slower(own: Network, other: Network) -> NDArray[np.bool_]:
    return _either(*((here > there) & (there > 0) for here, there in _times(own, other)))


def _times(own: Network, other: Network) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """By car and by bicycle."""
    return (own.car_ms, other.car_ms), (own.bike_ms, other.bike_ms)


def _either(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(one | two)


# -- contracts and sites


def _mark_contracts(chart: figure, pair: Pair, work: Work, words: Words) -> list[Any]:
    """Rings around customers who are promised something else; crosses where they get nothing on this side."""
    changed = [contract for contract in work.stored.contracts if contract.contract_id in pair.change_by_contract_id]
    served = [contract for contract in changed if contract.promises]
    refused = [contract for contract in changed if not contract.promises]
    return [
        chart.scatter("x", "y", source=_rows(work, served, pair, words), size=17, fill_alpha=0, **_line(MARK, 2.5)),
        chart.scatter("x", "y", source=_rows(work, refused, pair, words), marker="x", size=13, **_line(OUT, 3)),
    ]


def _line(colour: str, width: float) -> dict[str, Any]:
    return {"line_color": colour, "line_width": width}


def _rows(work: Work, contracts: Iterable[Contract], pair: Pair, words: Words) -> dict[str, list[Any]]:
    rows = [
        (place, contract)
        for contract in contracts
        for place in dict.fromkeys((item.place.lat, item.place.lon) for item in contract.items)
    ]
    x, y = points_of(work.world.streets.network, (place for place, _ in rows))
    causes = [pair.change_by_contract_id[contract.contract_id].cause for _, contract in rows]
    return {
        "x": x,
        "y": y,
        "title": [contract_name(contract) for _, contract in rows],
        "said": [words.code("cause", cause) for cause in causes],
    }


def _mark_sites(chart: figure, pair: Pair, work: Work, words: Words) -> list[Any]:
    """A cross on what the scenario closes, a ring around what it opens, a square around what it changes."""
    was, now = (side.world.catalogue for side in pair.works)
    before, after = ({each.site_id for each in side.sites} - side.unavailable_ids for side in (was, now))
    opened, closed = (after - before, before - after) if work is pair.after else (set(), set())
    changed = (before & after & pair.touched) if work is pair.after else (before - after) | (before & pair.touched)
    groups = (
        ("closed", closed, "x", OUT, 22),
        ("new", opened, "circle", NEW, 26),
        ("changed", changed, "square", MARK, 18),
    )
    sites = work.world.catalogue.sites
    return [
        chart.scatter(
            "x",
            "y",
            source=_sites(work, [site for site in sites if site.site_id in ids], words, what),
            marker=marker,
            size=size,
            fill_alpha=0,
            **_line(colour, 3.5),
        )
        for what, ids, marker, colour, size in groups
    ]


def _sites(work: Work, sites: Sequence[Site], words: Words, what: str) -> dict[str, list[Any]]:
    x, y = points_of(work.world.streets.network, ((site.place.lat, site.place.lon) for site in sites))
    return {
        "x": x,
        "y": y,
        "title": [words.name_of(site.name, site.attributes) for site in sites],
        "said": [words(f"whatif.site_{what}") for _ in sites],
    }

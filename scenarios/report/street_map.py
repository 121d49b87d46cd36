"""The map: streets, sites, and the routes along the streets."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.model import Model
from bokeh.models import ColumnDataSource, DataRange1d, HoverTool, Range1d, TapTool
from bokeh.models.annotations import LabelSet
from bokeh.models.glyphs import MultiLine
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure
from numpy.typing import NDArray
from shapely import LineString

from models.place import Place
from models.promise import Mode
from models.resource import SiteKind, TravelProfile
from scenarios.map_drawing import draw_scale, draw_streets, points_of, streets_of
from scenarios.report.local_clock import LocalClock
from scenarios.report.look import COLOUR_BY_DOING, COLOUR_BY_KIND, FONT, INK, PAPER, QUIET, a_figure, pickable
from scenarios.report.names import contract_name
from scenarios.report.wording import Words
from scenarios.report.work import Call, Doing, Leg, Work
from scenarios.streets import Line, Network, metres_of

_TOLERANCE_M = 3
"""By how much a drawn way may differ from the street: less than a pixel, until one zooms far in."""
_HEIGHT_PX = 620
_ALPHA, _PALE_ALPHA = 0.75, 0.13


@dataclass(frozen=True)
class Backdrop:
    """What maps beside each other share: the streets under them, and a frame in the shape of `aspect`."""

    streets: Sequence[ColumnDataSource]
    x_range: Range1d
    y_range: Range1d
    aspect: float


def street_map(
    work: Work,
    clock: LocalClock,
    words: Words,
    *,
    backdrop: Backdrop | None = None,
    is_pale: Callable[[Leg], bool] = lambda _leg: False,
) -> figure:
    """A chart in metres east and north; its data are called `legs`, `stops` and `numbers`.

    Parameters
    ----------
    backdrop
        Of maps that move together. None: a map by itself, around what is in it.
    is_pale
        Says of which legs little is to be seen.
    """
    chart = _canvas(backdrop)
    draw_streets(chart, backdrop.streets if backdrop else streets_of(work.world.streets.network))
    legs = chart.multi_line(
        "xs",
        "ys",
        source=_legs(work, clock, words, is_pale=is_pale),
        line_color="colour",
        line_dash="dash",
        line_width=2.2,
        line_alpha="alpha",
        nonselection_line_alpha=0.05,
        line_join="round",
    )
    sites = _draw_sites(chart, work, words)
    stops = chart.scatter(
        "x",
        "y",
        source=_stops(work, clock, words),
        size=8,
        fill_color="colour",
        line_color=PAPER,
        line_width=1,
        fill_alpha=0.95,
        nonselection_fill_alpha=0.06,
        nonselection_line_alpha=0.06,
        selection_line_color=INK,
    )
    _draw_numbers(chart)
    legs.selection_glyph = MultiLine(xs="xs", ys="ys", line_color="colour", line_dash="dash", line_width=4)
    if backdrop is None:
        fit: list[Model] = [legs, stops] if work.calls else [sites]
        chart.x_range, chart.y_range = (DataRange1d(renderers=fit, range_padding=0.03) for _ in range(2))
    chart.add_tools(
        TapTool(renderers=[legs, stops]),
        _hover([stops], "stop"),
        _hover([sites], "site"),
        _hover([legs], "leg"),
    )
    draw_scale(chart)
    return chart


def _canvas(backdrop: Backdrop | None) -> figure:
    fields: dict[str, Any] = {"height": _HEIGHT_PX, "match_aspect": True}
    if backdrop:
        fields = {"aspect_ratio": backdrop.aspect, "x_range": backdrop.x_range, "y_range": backdrop.y_range}
    chart = a_figure(
        name="map",
        tools="pan,wheel_zoom,box_zoom,reset,save",
        active_scroll="wheel_zoom",
        toolbar_location="right",
        **fields,
    )
    chart.axis.visible, chart.grid.visible = False, False
    chart.background_fill_color = "#f6f7f8"
    return chart


def _hover(renderers: list[Any], name: str) -> HoverTool:
    return HoverTool(
        renderers=renderers,
        tooltips=[("", "@title"), ("", "@said")],
        point_policy="follow_mouse",
        line_policy="nearest",
        name=name,
        visible=False,
    )


# -- sites


def _draw_sites(chart: figure, work: Work, words: Words) -> "GlyphRenderer[Any]":
    sites = work.world.catalogue.sites
    x, y = _points(work, (site.place for site in sites))
    data = {
        "x": x,
        "y": y,
        "size": [13 if site.kind is SiteKind.WAREHOUSE else 9 for site in sites],
        "title": [words.name_of(site.name, site.attributes) for site in sites],
        "said": [f"{site.site_id} · {site.place.address}" for site in sites],
    }
    return chart.scatter(
        "x", "y", source=ColumnDataSource(data), marker="square", size="size", fill_color=INK, line_color=PAPER
    )


def _points(work: Work, places: Iterable[Place]) -> tuple[list[float], list[float]]:
    return points_of(work.world.streets.network, ((place.lat, place.lon) for place in places))


# -- routes


def _legs(work: Work, clock: LocalClock, words: Words, *, is_pale: Callable[[Leg], bool]) -> ColumnDataSource:
    lines = list(_lines(work))
    kind_by_id = {mobile.resource_id: mobile.kind for mobile, _ in work.routes}
    columns: dict[str, list[Any]] = {
        "xs": [x for x, _, _ in lines],
        "ys": [y for _, y, _ in lines],
        "dash": ["solid" if found else "dashed" for _, _, found in lines],
        "colour": [COLOUR_BY_KIND[kind_by_id[leg.span.resource_id]] for leg in work.legs],
        "alpha": [_PALE_ALPHA if is_pale(leg) else _ALPHA for leg in work.legs],
        "resource": [leg.span.resource_id for leg in work.legs],
        "contracts": [" ".join(leg.span.contract_ids) for leg in work.legs],
        "title": [leg.span.resource_id for leg in work.legs],
        "said": [
            clock.span(leg.span.start, leg.span.end) + ("" if found else f" · {words('map.no_way')}")
            for leg, (_, _, found) in zip(work.legs, lines, strict=True)
        ],
    }
    nowhere = {**dict.fromkeys(columns, ""), "xs": [], "ys": [], "dash": "solid", "colour": INK, "alpha": 0}
    return pickable("legs", columns, nowhere=nowhere)


def _lines(work: Work) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], bool]]:
    """For each leg its points east and north, and whether they are a way and not just the two ends."""
    streets = work.world.streets
    found: dict[TravelProfile, dict[tuple[int, int], Line]] = {}
    for profile in TravelProfile:
        ends = {_ends(leg) for leg in work.legs if leg.profile is profile and all(map(streets.knows, _ends(leg)))}
        found[profile] = streets.lines(profile, sorted(ends))
    for leg in work.legs:
        line = found[leg.profile].get(_ends(leg), ())
        straight = tuple((place.lat, place.lon) for place in (leg.origin, leg.destination))
        yield *_drawn(streets.network, line or straight), bool(line)


def _ends(leg: Leg) -> tuple[int, int]:
    return leg.origin.street_node_id or 0, leg.destination.street_node_id or 0


def _drawn(network: Network, line: Line) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    lat, lon = np.array(line).T
    points = np.column_stack(metres_of(network, lat, lon))
    if len(points) > 2:
        points = np.array(LineString(points).simplify(_TOLERANCE_M).coords)
    return points[:, 0].astype(np.float32), points[:, 1].astype(np.float32)


# -- stops


@dataclass
class _Stops:
    """Rows of the source of stops."""

    places: list[Place] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in ("resource", "contracts", "number", "colour", "title", "said")}
    )

    def add(self, place: Place, **row: Any) -> None:
        self.places.append(place)
        for name, cell in row.items():
            self.columns[name].append(cell)


def _stops(work: Work, clock: LocalClock, words: Words) -> ColumnDataSource:
    stops = _Stops()
    for call in work.calls:
        _add_call(stops, call, work, clock, words)
    for each in work.stored.plan.assignments:
        if each.mode in (Mode.PICKUP, Mode.CARRIER):
            contract = work.contract_by_id[each.contract_id]
            promise = next(one for one in contract.promises if one.item_id == each.item_id)
            stops.add(
                promise.place,
                resource=each.resource_id or "",
                contracts=each.contract_id,
                number=0,
                colour=QUIET,
                title=f"{words.code('mode', each.mode)} · {promise.place.address}",
                said=f"{clock.window(promise.window)} · {contract_name(contract)}",
            )
    x, y = _points(work, stops.places)
    columns = {"x": x, "y": y, **stops.columns}
    nowhere = {**dict.fromkeys(columns, ""), "x": nan, "y": nan, "number": 0, "colour": INK}
    return pickable("stops", columns, nowhere=nowhere)


def _add_call(stops: _Stops, call: Call, work: Work, clock: LocalClock, words: Words) -> None:
    visit, doing = call.visit, Doing(call.visit.kind.value)
    whose = contract_name(work.contract_by_id[visit.contract_id])
    stops.add(
        visit.place,
        resource=call.resource_id,
        contracts=visit.contract_id,
        number=call.number,
        colour=COLOUR_BY_DOING[doing],
        title=f"{words.code('doing', doing)} · {call.site_id or visit.place.address}",
        said=f"{clock.span(visit.start, visit.end)} · {call.resource_id} · {whose}",
    )


def _draw_numbers(chart: figure) -> None:
    """Numbers beside the stops of the vehicle that is picked: the script fills them in."""
    source = ColumnDataSource(name="numbers", data={"x": [], "y": [], "text": []})
    labels = LabelSet(
        x="x",
        y="y",
        text="text",
        source=source,
        x_offset=7,
        y_offset=5,
        text_font=value(FONT),
        text_font_size="12px",
        text_font_style="bold",
        text_color=INK,
        background_fill_color=PAPER,
        background_fill_alpha=0.85,
    )
    chart.add_layout(labels)

"""A world on a map: one page that needs no network."""

from collections.abc import Iterable, Mapping
from itertools import chain
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from bokeh.embed import file_html
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, DataRange1d, HoverTool
from bokeh.models.annotations.dimensional import Metric
from bokeh.models.annotations.legends import ScaleBar
from bokeh.models.widgets.markups import Div
from bokeh.plotting import figure
from bokeh.resources import INLINE
from numpy.typing import NDArray

from models.place import Place
from models.resource import Rider, Site, SiteKind, Technician, Van
from scenarios.json_files import write_text
from scenarios.streets import Network, metres_of
from scenarios.world import World

MAIN_STREET_KMH = 25
"""What cars drive faster on is drawn broader."""

ATTRIBUTION = "Streets © OpenStreetMap contributors, Open Database License 1.0"

_PAPER = "#ffffff"
_SITES: Mapping[SiteKind, tuple[str, int, str]] = {
    SiteKind.WAREHOUSE: ("warehouses", 14, "#1d2733"),
    SiteKind.STORE: ("stores", 9, "#2e9e6b"),
}
"""Name, size and colour of a kind of site."""
_STARTS: Mapping[str, tuple[str, str]] = {
    "riders": ("#1f77b4", "circle"),
    "vans": ("#d1495b", "triangle"),
    "technicians": ("#7b3fa0", "diamond"),
}
"""Colour and marker of where those of a list start."""


def write_map(file: Path, world: World) -> None:
    """Write the page: streets, sites, where vehicles start, zones of carriers; each hidden by a click on its name.

    Raises
    ------
    InputError
        FILE_MISSING: it cannot be written there.
    """
    page = column(world_map(world), Div(text=ATTRIBUTION), sizing_mode="stretch_both")
    write_text(file, file_html(page, INLINE, title=world.name))


def world_map(world: World) -> figure:
    """The chart, in metres east and north."""
    network = world.streets.network
    across, up = DataRange1d(range_padding=0.03), DataRange1d(range_padding=0.03)
    chart = figure(
        title=world.name,
        sizing_mode="stretch_both",
        min_height=500,
        match_aspect=True,
        tools="pan,wheel_zoom,box_zoom,reset,save",
        active_scroll="wheel_zoom",
        x_range=across,
        y_range=up,
    )
    chart.axis.visible, chart.grid.visible = False, False
    streets = draw_streets(chart, network)
    # Zones may reach far beyond: what is shown at first is where the streets are.
    across.renderers, up.renderers = streets, streets
    marks = [_draw_zones(chart, world), *_draw_sites(chart, world), *_draw_starts(chart, world)]
    shown = [each for each in marks if each is not None]
    chart.add_tools(HoverTool(renderers=shown, tooltips=[("", "@title"), ("", "@said")], point_policy="follow_mouse"))
    if shown:
        chart.legend.click_policy = "hide"
        chart.legend.location = "top_left"
    chart.add_layout(ScaleBar(range=across, unit="m", dimensional=Metric(base_unit="m"), location="bottom_left"))
    return chart


def draw_streets(chart: figure, network: Network) -> list[Any]:
    """Two lines with gaps, one for all main streets and one for the rest: far cheaper than a line per piece."""
    east, north = metres_of(network, network.line_lat, network.line_lon)
    kmh = network.distance_mm / np.maximum(network.car_ms, 1) * 3.6
    drawn = []
    for main, colour, width in ((False, "#d5dae0", 1.0), (True, "#b9c2cc", 2.2)):
        pieces = np.flatnonzero((kmh > MAIN_STREET_KMH) == main)
        x, y = (_with_gaps(along, network.line_start, pieces) for along in (east, north))
        drawn.append(chart.line(x, y, line_color=colour, line_width=width, line_join="round"))
    return drawn


def _with_gaps(along: NDArray[np.float64], starts: NDArray[np.int64], pieces: NDArray[np.intp]) -> NDArray[np.float32]:
    parts = ([*along[starts[piece] : starts[piece + 1]], nan] for piece in pieces.tolist())
    return np.fromiter(chain.from_iterable(parts), np.float32)


def _draw_zones(chart: figure, world: World) -> Any:
    """Where carriers deliver; of zones that lie over each other, the first of a carrier counts."""
    zones = [(carrier, zone) for carrier in world.catalogue.carriers for zone in carrier.zones]
    rings = [_points(world.streets.network, ((each.lat, each.lon) for each in zone.area)) for _, zone in zones]
    if not zones:
        return None
    data = {
        "xs": [x for x, _ in rings],
        "ys": [y for _, y in rings],
        "title": [zone.zone_id for _, zone in zones],
        "said": [f"zone of {carrier.name}" for carrier, _ in zones],
    }
    style: dict[str, Any] = {
        "fill_color": "#e9a23b",
        "fill_alpha": 0.06,
        "line_color": "#b87a1a",
        "line_dash": "dashed",
    }
    return chart.patches("xs", "ys", source=ColumnDataSource(data), legend_label="zones of carriers", **style)


def _draw_sites(chart: figure, world: World) -> Iterable[Any]:
    for kind, (name, size, colour) in _SITES.items():
        sites = [site for site in world.catalogue.sites if site.kind is kind]
        if sites:
            data = _marks(world.streets.network, [(site.place, site.site_id, _said_of_site(site)) for site in sites])
            style: dict[str, Any] = {"marker": "square", "size": size, "fill_color": colour, "line_color": _PAPER}
            yield chart.scatter("x", "y", source=data, legend_label=f"{name} ({len(sites)})", **style)


def _said_of_site(site: Site) -> str:
    zones = ", ".join(zone.lower() for zone in site.temperatures)
    counter = f", counter of {site.counter_places} places" if site.counter_places else ""
    return f"{site.name}: {zones}{counter}"


def _draw_starts(chart: figure, world: World) -> Iterable[Any]:
    for name, (colour, marker) in _STARTS.items():
        mobiles: tuple[Rider | Van | Technician, ...] = getattr(world.catalogue, name)
        if mobiles:
            starts = [(each.start_place, each.resource_id, _said_of_mobile(world, each)) for each in mobiles]
            style: dict[str, Any] = {
                "marker": marker,
                "size": 8,
                "fill_color": colour,
                "fill_alpha": 0.8,
                "line_color": _PAPER,
            }
            data = _marks(world.streets.network, starts)
            yield chart.scatter("x", "y", source=data, legend_label=f"{name} start ({len(mobiles)})", **style)


def _said_of_mobile(world: World, mobile: Rider | Van | Technician) -> str:
    start, end = (end.astimezone(world.catalogue.zone) for end in (mobile.shift.start, mobile.shift.end))
    return f"{mobile.name}: {start:%H:%M} to {end:%H:%M}{', on call' if mobile.on_call else ''}"


def _marks(network: Network, marks: list[tuple[Place, str, str]]) -> ColumnDataSource:
    x, y = _points(network, ((place.lat, place.lon) for place, _, _ in marks))
    return ColumnDataSource({"x": x, "y": y, "title": [each[1] for each in marks], "said": [each[2] for each in marks]})


def _points(network: Network, places: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    lat, lon = np.array(list(places)).reshape(-1, 2).T
    east, north = metres_of(network, lat, lon)
    return np.round(east, 1).tolist(), np.round(north, 1).tolist()

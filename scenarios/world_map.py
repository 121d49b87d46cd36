"""A world on a map: one page that needs no network."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bokeh.embed import file_html
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, DataRange1d, HoverTool
from bokeh.models.widgets.markups import Div
from bokeh.plotting import figure
from bokeh.resources import INLINE

from models.place import Place
from models.resource import Rider, Site, SiteKind, Technician, Van
from scenarios.json_files import write_text
from scenarios.map_drawing import draw_scale, draw_streets, points_of, streets_of
from scenarios.streets import Network
from scenarios.world import World

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
    streets = draw_streets(chart, streets_of(network))
    # Zones may reach far beyond: what is shown at first is where the streets are.
    across.renderers, up.renderers = streets, streets
    marks = [_draw_zones(chart, world), *_draw_sites(chart, world), *_draw_starts(chart, world)]
    shown = [each for each in marks if each is not None]
    chart.add_tools(HoverTool(renderers=shown, tooltips=[("", "@title"), ("", "@said")], point_policy="follow_mouse"))
    if shown:
        chart.legend.click_policy = "hide"
        chart.legend.location = "top_left"
    draw_scale(chart)
    return chart


def _draw_zones(chart: figure, world: World) -> Any:
    """Where carriers deliver; of zones that lie over each other, the first of a carrier counts."""
    zones = [(carrier, zone) for carrier in world.catalogue.carriers for zone in carrier.zones]
    rings = [points_of(world.streets.network, ((each.lat, each.lon) for each in zone.area)) for _, zone in zones]
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
    x, y = points_of(network, ((place.lat, place.lon) for place, _, _ in marks))
    return ColumnDataSource({"x": x, "y": y, "title": [each[1] for each in marks], "said": [each[2] for each in marks]})

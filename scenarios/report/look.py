"""What all charts of the page have in common: colours, type, and a name by which the script finds their data."""

from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from models.resource import ResourceKind
from scenarios.report.work import Doing

INK, QUIET, FAINT, PAPER = "#1d2733", "#5c6773", "#d9dee4", "#ffffff"
FONT = "system-ui, -apple-system, Segoe UI, Noto Sans, Noto Sans CJK SC, sans-serif"

COLOUR_BY_KIND: Mapping[ResourceKind, str] = {
    ResourceKind.RIDER: "#1f77b4",
    ResourceKind.VAN: "#d1495b",
    ResourceKind.TECHNICIAN: "#7b3fa0",
    ResourceKind.DESK: "#0b8a8f",
}
COLOUR_BY_DOING: Mapping[Doing, str] = {
    Doing.TRAVEL: "#8fb3d9",
    Doing.SETUP: "#4a6fa5",
    Doing.PICKUP: "#e9a23b",
    Doing.DELIVERY: "#2e9e6b",
    Doing.SERVICE: "#7b3fa0",
    Doing.SESSION: "#0b8a8f",
    Doing.WAITING: "#f3d9d4",
    Doing.BREAK: "#8d99a6",
}
SHIFT = "#eef1f4"
MARK = "#e6007e"
"""What is different in one of two plans."""


def a_figure(**given: Any) -> figure:
    """A chart as wide as the page, quiet and without a toolbar unless it is given one."""
    fields = {"sizing_mode": "stretch_width", "toolbar_location": None, "tools": "", "output_backend": "canvas"}
    chart = figure(**{**fields, **given})
    chart.outline_line_color = None
    chart.background_fill_color = chart.border_fill_color = PAPER
    chart.grid.grid_line_color = FAINT
    chart.axis.axis_line_color = chart.axis.major_tick_line_color = FAINT
    chart.axis.minor_tick_line_color = None
    chart.axis.major_label_text_color = INK
    chart.axis.major_label_text_font = FONT
    chart.axis.major_label_text_font_size = "12px"
    if chart.toolbar:
        chart.toolbar.logo = None
    return chart


def pickable(name: str, columns: Mapping[str, Sequence[Any]], *, nowhere: Mapping[str, Any]) -> ColumnDataSource:
    """Data that the script finds by name and highlights.

    Its last row is `nowhere`, which nobody sees: it is what the script picks where nothing fits, since a
    source with nothing picked would show everything as if it were.
    """
    return ColumnDataSource(name=name, data={key: [*column, nowhere[key]] for key, column in columns.items()})

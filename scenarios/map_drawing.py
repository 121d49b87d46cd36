"""What every map has: the streets under it, and a scale."""

from collections.abc import Iterable, Sequence
from itertools import chain
from math import nan
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.models.annotations import ScaleBar
from bokeh.models.annotations.dimensional import MetricLength
from bokeh.plotting import figure
from numpy.typing import NDArray

from scenarios.streets import Network, metres_of

MAIN_STREET_KMH = 25
"""What cars drive faster on is drawn broader."""


def draw_streets(chart: figure, streets: Sequence[ColumnDataSource]) -> list[Any]:
    """Two lines with gaps, one for all main streets and one for the rest: far cheaper than a line per piece."""
    return [
        chart.line("x", "y", source=source, line_color=colour, line_width=width, line_join="round")
        for source, colour, width in zip(streets, ("#d5dae0", "#b9c2cc"), (1.0, 2.2), strict=True)
    ]


def streets_of(network: Network) -> tuple[ColumnDataSource, ...]:
    """What `draw_streets` draws: a page with several maps has the streets once."""
    kmh = network.distance_mm / np.maximum(network.car_ms, 1) * 3.6
    pieces = _one_way_each(network)
    return tuple(pieces_of(network, pieces[(kmh[pieces] > MAIN_STREET_KMH) == main]) for main in (False, True))


def pieces_of(network: Network, pieces: NDArray[np.int64]) -> ColumnDataSource:
    """Some pieces of street, by their numbers, as one line with gaps."""
    along = metres_of(network, network.line_lat, network.line_lon)
    x, y = (_with_gaps(each, network.line_start, pieces) for each in along)
    return ColumnDataSource({"x": x, "y": y})


def _one_way_each(network: Network) -> NDArray[np.int64]:
    """Of the two pieces that a street in both directions has, one."""
    ends = np.column_stack((network.origin, network.destination))
    keys = np.column_stack((ends.min(axis=1), ends.max(axis=1), network.distance_mm))
    return np.sort(np.unique(keys, axis=0, return_index=True)[1])


def _with_gaps(along: NDArray[np.float64], starts: NDArray[np.int64], pieces: NDArray[np.int64]) -> NDArray[np.float32]:
    parts = ([*along[starts[piece] : starts[piece + 1]], nan] for piece in pieces.tolist())
    return np.fromiter(chain.from_iterable(parts), np.float32)


def points_of(network: Network, places: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Metres east and north of places that are given as latitude and longitude."""
    lat, lon = np.array(list(places)).reshape(-1, 2).T
    east, north = metres_of(network, lat, lon)
    return np.round(east, 1).tolist(), np.round(north, 1).tolist()


def draw_scale(chart: figure) -> None:
    """How long a kilometre is, in a chart of metres."""
    chart.add_layout(ScaleBar(range=chart.x_range, unit="m", dimensional=MetricLength(), location="bottom_left"))

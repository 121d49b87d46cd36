"""What every map has: the streets under it, and a scale."""

from collections.abc import Iterable
from itertools import chain
from math import nan
from typing import Any

import numpy as np
from bokeh.models.annotations import ScaleBar
from bokeh.models.annotations.dimensional import MetricLength
from bokeh.plotting import figure
from numpy.typing import NDArray

from scenarios.streets import Network, metres_of

MAIN_STREET_KMH = 25
"""What cars drive faster on is drawn broader."""


def draw_streets(chart: figure, network: Network) -> list[Any]:
    """Two lines with gaps, one for all main streets and one for the rest: far cheaper than a line per piece."""
    east, north = metres_of(network, network.line_lat, network.line_lon)
    kmh = network.distance_mm / np.maximum(network.car_ms, 1) * 3.6
    pieces = _one_way_each(network)
    drawn = []
    for main, colour, width in ((False, "#d5dae0", 1.0), (True, "#b9c2cc", 2.2)):
        some = pieces[(kmh[pieces] > MAIN_STREET_KMH) == main]
        x, y = (_with_gaps(along, network.line_start, some) for along in (east, north))
        drawn.append(chart.line(x, y, line_color=colour, line_width=width, line_join="round"))
    return drawn


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

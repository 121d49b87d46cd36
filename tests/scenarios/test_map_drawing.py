"""Streets under a map."""

from pathlib import Path

import numpy as np
from bokeh.plotting import figure

from scenarios.map_drawing import draw_streets, streets_of
from scenarios.world import load_world


def test_each_street_is_drawn_once_and_the_fast_ones_apart(small_world: Path, small_cache: Path) -> None:
    network = load_world(small_world, cache_dir=small_cache).streets.network
    assert len(network.origin) == 16  # eight streets, each in both directions
    quiet, main = (each.data_source.data for each in draw_streets(figure(), streets_of(network)))
    # Where cars drive at 36 km/h: the tunnel, and across the west bank.
    assert [int(np.isnan(each["x"]).sum()) for each in (quiet, main)] == [6, 2]

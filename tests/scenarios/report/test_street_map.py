"""Routes along the streets: as long as the plan says, and never a crash where there is no way."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from models.language import Language
from models.resource import TravelProfile
from scenarios.batch import plan_file, plan_world
from scenarios.generate_orders import generate_orders
from scenarios.report.local_clock import LocalClock
from scenarios.report.street_map import street_map
from scenarios.report.wording import Words
from scenarios.report.work import Work
from scenarios.streets import Line
from scenarios.world import World
from tests.builders import ACROSS_THE_RIVER, Scene, a_place, a_planned_day
from tests.scenarios.report.builders import a_clock, a_work

ENGLISH = Words(Language.EN)


def data_of(chart: figure, name: str) -> dict[str, list[object]]:
    source = chart.select_one({"name": name})
    assert isinstance(source, ColumnDataSource)
    return dict(source.data)


def metres(line: Line) -> float:
    return sum(
        math.hypot((a[0] - b[0]) * 111_195, (a[1] - b[1]) * 111_195 * math.cos(math.radians(a[0])))
        for a, b in pairwise(line)
    )


@pytest.fixture(scope="session")
def shanghai(world: World) -> Work:
    """A few orders on the real streets."""
    start = world.horizon.start
    orders = generate_orders(world, seed=1, num_orders=30, start=start, end=start + (world.horizon.end - start) / 4)
    planned = plan_world(world, orders, seed=1, iterations=0, rounds=0)
    assert planned.violations == ()
    return Work(world, plan_file(world, planned.problem, planned.plan))


def test_ways_found_together_are_those_found_one_by_one(world: World) -> None:
    node_ids = world.streets.network.node_ids.tolist()
    pairs = [(node_ids[n], node_ids[-1 - 7 * n]) for n in range(5)]
    for profile in TravelProfile:
        assert world.streets.lines(profile, pairs) == {pair: world.streets.line(profile, *pair) for pair in pairs}


def test_every_leg_is_as_long_on_the_streets_as_the_plan_counts_it(shanghai: Work) -> None:
    streets = shanghai.world.streets
    assert len(shanghai.legs) > 20
    for leg in shanghai.legs:
        ends = leg.origin.street_node_id or 0, leg.destination.street_node_id or 0
        (line,) = streets.lines(leg.profile, [ends]).values()
        seconds, distance = streets.tables().travel(leg.profile, *ends) or (0, 0)
        assert metres(line) == pytest.approx(distance, rel=0.005, abs=2)
        assert (leg.span.end - leg.span.start).total_seconds() == seconds


def test_what_is_drawn_leaves_the_street_by_no_more_than_it_may(shanghai: Work) -> None:
    clock = LocalClock.at(shanghai.stored.now.astimezone(shanghai.world.catalogue.zone))
    legs = data_of(street_map(shanghai, clock, ENGLISH), "legs")
    drawn = [np.hypot(np.diff(x), np.diff(y)).sum() for x, y in zip(legs["xs"], legs["ys"], strict=True)][:-1]  # type: ignore[call-overload]
    for leg, length in zip(shanghai.legs, drawn, strict=True):
        ends = leg.origin.street_node_id or 0, leg.destination.street_node_id or 0
        _, distance = shanghai.world.streets.tables().travel(leg.profile, *ends) or (0, 0)
        assert length == pytest.approx(distance, rel=0.05, abs=10)


def test_every_visit_every_counter_and_every_parcel_is_a_stop(work: Work, clock: LocalClock) -> None:
    stops = data_of(street_map(work, clock, ENGLISH), "stops")
    visits = sum(len(route.visits) for _, route in work.routes)
    assert len(stops["x"]) == visits + 2 + 1  # tissues at the counter, a book by parcel, and the one that is nowhere
    assert stops["contracts"][visits:] == ["C-1", "C-2", ""]


@pytest.mark.parametrize("crossing", [ACROSS_THE_RIVER, 4711])
def test_a_leg_without_a_way_is_a_dashed_line_and_said_to_be_none(crossing: int, street_cache: Path) -> None:
    scene: Scene = a_planned_day().visit("R-1", 3, place=a_place(crossing))
    legs = data_of(street_map(a_work(scene, street_cache), a_clock(scene), ENGLISH), "legs")
    lost = [n for n, dash in enumerate(legs["dash"]) if dash == "dashed"]
    assert {legs["resource"][n] for n in lost} == {"R-1"}
    assert all(len(legs["xs"][n]) == 2 and "no way" in str(legs["said"][n]) for n in lost)  # type: ignore[arg-type]
    assert lost


def test_a_plan_without_visits_still_has_its_streets_and_sites(street_cache: Path) -> None:
    scene = a_planned_day().planned(routes=(), assignments=())
    chart = street_map(a_work(scene, street_cache), a_clock(scene), ENGLISH)
    assert data_of(chart, "legs")["resource"] == [""]

"""Each engine solves what it says it can, the referee agrees, and it says what it cannot."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.routing.engines import ENGINES, check_engines, load_engine
from benchmarks.routing.instance import RoutingInstance
from benchmarks.routing.reading import read_instance
from benchmarks.routing.referee import judge
from tests.benchmarks.routing.examples import a_vehicle_type, all_but, an_instance, least_cost, write

NAMES = ("servanda", "pyvrp", "vroom", "ortools", "commiv")
SECONDS = 0.3

BEST = {
    "solomon.txt": {"servanda", "pyvrp", "vroom", "ortools", "commiv"},
    "li_lim.txt": {"servanda", "pyvrp", "vroom", "ortools", "commiv"},
    "cordeau.txt": {"servanda", "pyvrp", "ortools"},
    "trips.vrp": {"servanda", "pyvrp"},
    "sites.vrp": {"servanda", "pyvrp", "ortools"},
    "prizes.vrp": {"servanda", "pyvrp", "ortools"},
    "pillac.txt": {"servanda"},
}
"""By example: who can solve it."""


def found_by(name: str, instance: RoutingInstance) -> int | None:
    return judge(instance, load_engine(name).solve(instance, seconds=SECONDS, seed=1)).cost


@cache
def least_cost_of(case: str) -> int | None:
    return least_cost(WITH_ALL[case])


@pytest.fixture(scope="module", params=BEST)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, RoutingInstance]:
    """An example, and what it becomes."""
    return request.param, read_instance(write(tmp_path_factory.mktemp("examples"), request.param))


@pytest.fixture(scope="module")
def least(example: tuple[str, RoutingInstance]) -> int | None:
    return least_cost(example[1])


@pytest.mark.parametrize("name", NAMES)
def test_an_engine_finds_the_best_solution_of_an_example_that_it_supports(
    example: tuple[str, RoutingInstance], least: int | None, name: str
) -> None:
    example_name, instance = example
    engine = load_engine(name)
    assert engine.name == name
    assert (engine.supports(instance) is None) is (name in BEST[example_name])
    if name in BEST[example_name]:
        assert found_by(name, instance) == least is not None


WITH_ALL: dict[str, Any] = {
    "a capacity that takes two vehicles": an_instance(vehicle_types=[a_vehicle_type(capacity=(3,))]),
    "two dimensions of load": replace(
        an_instance(vehicle_types=[a_vehicle_type(capacity=(4, 4))]),
        loads=np.array([[0, 0], [-1, -3], [-1, 0], [-1, -2], [-1, 0]]),
    ),
    "a window": an_instance(by_node={"earliest": {1: 500}, "latest": {1: 520, 2: 40}}),
    "a service": an_instance(by_node={"service": {3: 30}, "latest": {4: 65}}),
    "a fixed cost": an_instance(vehicle_types=[a_vehicle_type(fixed_cost=100)]),
    "sites": an_instance(vehicle_types=[a_vehicle_type(number=1, serves=all_but(4)), a_vehicle_type(number=1)]),
    "sites of pairs": an_instance(
        pairs=[(1, 2), (3, 4)],
        vehicle_types=[a_vehicle_type(number=1, serves=all_but(1)), a_vehicle_type(number=1, serves=all_but(4))],
    ),
    "a longest duration": an_instance(vehicle_types=[a_vehicle_type(max_duration=80)], by_node={"earliest": {1: 99}}),
    "a cost of the working time": an_instance(
        vehicle_types=[a_vehicle_type(cost_per_distance=0, cost_per_duration=1)], by_node={"earliest": {2: 60}}
    ),
    "sites without a cost of the distance": an_instance(
        vehicle_types=[
            a_vehicle_type(number=1, serves=all_but(4), cost_per_distance=0, cost_per_duration=1),
            a_vehicle_type(number=1, serves=all_but(1), cost_per_distance=0, cost_per_duration=1),
        ]
    ),
    "a depot that closes": an_instance(by_node={"latest": {0: 130}}),
    "a depot that opens late": an_instance(by_node={"earliest": {0: 50}, "latest": {2: 75}}),
    "a shift": an_instance(vehicle_types=[a_vehicle_type(earliest=50, latest=130)]),
    "time unlike distance": replace(an_instance(by_node={"latest": {4: 81}}), duration=2 * an_instance().distance),
    "pairs and single visits": an_instance(pairs=[(1, 2)], vehicle_types=[a_vehicle_type(capacity=(2,))]),
    "tools and parts": replace(
        an_instance(
            vehicle_types=[
                a_vehicle_type(7, number=1, start=2, end=2, reload_depots=(0,), max_reloads=9, tools=1, parts=(1,)),
                a_vehicle_type(7, number=1, start=4, end=4, reload_depots=(0,), max_reloads=9, tools=2, parts=(0,)),
            ],
            along=(0, 10, 20, 30, 40, 25, 15),
            by_node={"tools": {1: 1, 5: 3}},
        ),
        depots=(0, 2, 4),
        loads=np.zeros((7, 1), dtype=np.int64),
        parts=np.array([[0], [1], [0], [1], [0], [0], [1]]),
    ),
    "vehicles that cost differently": an_instance(
        vehicle_types=[a_vehicle_type(cost_per_distance=3), a_vehicle_type(cost_per_distance=2)]
    ),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", WITH_ALL)
def test_an_engine_finds_the_best_solution_under_each_rule_that_it_supports(case: str, name: str) -> None:
    instance: RoutingInstance = WITH_ALL[case]
    engine = load_engine(name)
    reason = engine.supports(instance)
    if reason is None:
        assert found_by(name, instance) == least_cost_of(case) is not None
    else:
        assert reason in NOT_SUPPORTED[name]


NO_TOOLS = "several trips of a vehicle, tools and spare parts"
NOT_SUPPORTED = {
    "servanda": {"pairs and single visits with a load in one instance"},
    "pyvrp": {"tools and spare parts"},
    "vroom": {
        NO_TOOLS,
        "a longest duration of a route",
        "a cost of the working time",
        "vehicles that cost differently",
    },
    "ortools": {NO_TOOLS, "pairs and visits from the depot in one instance"},
    "commiv": {
        "pairs and visits from the depot in one instance",
        "several dimensions of load",
        f"vehicles that differ, several depots, {NO_TOOLS}",
        "vehicles that differ",
        "vehicles that differ, visits that not every vehicle may make",
        "vehicles that differ, visits that not every vehicle may make, a cost of the working time",
        "a cost of the working time",
        "shifts that begin after the day does",
        "travel times that are not the distances",
        "vehicles that differ, vehicles that cost differently",
    },
}


def test_engines_say_what_they_cannot_do() -> None:
    vehicle_type = a_vehicle_type(end=None, reload_depots=(0,), max_reloads=1)
    instance = an_instance(
        vehicle_types=[vehicle_type], by_node={"release": {1: 5}, "required": {2: False}, "tools": {3: 1}}
    )
    assert {name: load_engine(name).supports(instance) for name in NAMES} == {
        "servanda": None,
        "pyvrp": "routes with an open end, tools and spare parts",
        "vroom": "several trips of a vehicle, release times, visits that may be left out for a prize, "
        "tools and spare parts",
        "ortools": "routes with an open end, several trips of a vehicle, release times, tools and spare parts",
        "commiv": "routes with an open end, several trips of a vehicle, release times, "
        "visits that may be left out for a prize, tools and spare parts",
    }


def test_vroom_ends_a_route_where_its_last_visit_is() -> None:
    instance = an_instance(vehicle_types=[a_vehicle_type(end=None)])
    assert found_by("vroom", instance) == 40


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::pyvrp.exceptions.PenaltyBoundWarning")
def test_what_cannot_be_served_at_all_is_for_the_referee_to_refuse(name: str) -> None:
    instance = an_instance(by_node={"latest": {4: 30}})
    assert found_by(name, instance) is None


def test_an_engine_that_there_is_not_or_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "absent", ("benchmarks.routing.peer_absent", "Absent"))
    issues = check_engines(["pyvrp", "no-such", "absent"])
    assert [(issue.code, issue.path) for issue in issues] == [
        ("REFERENCE_DANGLING", "--engine"),
        ("ENGINE_NOT_INSTALLED", "--engine"),
    ]
    assert issues[0].message == f"engine (no-such) must be one of {', '.join(ENGINES)}"

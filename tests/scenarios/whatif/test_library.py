"""The scenarios that come with Servanda fit the demo's world."""

import pytest

from scenarios.whatif import apply, library, read_scenario
from scenarios.world import World


@pytest.mark.parametrize("name", library())
def test_a_scenario_of_the_library_changes_the_demo(name: str, world: World) -> None:
    file = read_scenario(name)
    variant = apply(world, file.scenario, path=file.path)
    assert variant.world is not world or variant.demand or variant.replan_every


def test_the_library_has_a_scenario_for_nearly_every_change() -> None:
    used = {change.change for name in library() for change in read_scenario(name).scenario.changes}
    assert {"silo-per-channel", "close-busiest-store", "rain", "demand-plus-50", "ten-more-riders"} <= {*library()}
    assert {"share-technicians", "tunnel-closed"} <= {*library()}
    assert len(used) >= 18

"""A town with everything in it, on the streets of Shanghai, and a short way to a scenario."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.issues import InputError, Issue
from models.scenario import Scenario
from scenarios.generate_world import Size, generate_world
from scenarios.whatif import apply
from scenarios.whatif.changing import Variant
from scenarios.world import World

SMALL = Size(orders=14, riders=8, sites=6, vans=4, technicians=4)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> World:
    return generate_world(SMALL, seed=3, out=tmp_path_factory.mktemp("town") / "town", cache_dir=cache_dir).world


def a_scenario(*changes: dict[str, Any], name: str = "tried") -> Scenario:
    return Scenario.model_validate({"name": name, "changes": changes})


Changed = Callable[..., Variant]


@pytest.fixture
def changed(town: World) -> Changed:
    """The town after some changes."""
    return lambda *changes: apply(town, a_scenario(*changes))


Contradictions = Callable[..., tuple[Issue, ...]]


@pytest.fixture
def contradictions(town: World) -> Contradictions:
    """What is wrong with some changes of the town."""

    def found(*changes: dict[str, Any]) -> tuple[Issue, ...]:
        with pytest.raises(InputError) as refused:
            apply(town, a_scenario(*changes))
        return refused.value.issues

    return found

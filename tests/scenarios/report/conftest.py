"""A day in which everything happens, and what the reports of it are made of."""

from pathlib import Path

import pytest

from scenarios.batch import check_file
from scenarios.report.local_clock import LocalClock
from scenarios.report.work import Work
from tests.builders import Scene, a_serviced_day
from tests.scenarios.report.builders import a_clock, a_work


@pytest.fixture(scope="session")
def street_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("street")


@pytest.fixture(scope="session")
def day() -> Scene:
    return a_serviced_day()


@pytest.fixture(scope="session")
def work(day: Scene, street_cache: Path) -> Work:
    """Of a plan that the checker finds nothing in, on the street's own tables."""
    work = a_work(day, street_cache)
    assert check_file(work.world, work.stored) == ()
    return work


@pytest.fixture(scope="session")
def clock(day: Scene) -> LocalClock:
    return a_clock(day)

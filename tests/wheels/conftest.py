"""One clean clone for all; what it lacks is said."""

from pathlib import Path

import pytest

from tests.wheels import building


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return building.clean_clone(tmp_path_factory.mktemp("clean") / "clone")


@pytest.fixture(scope="session")
def tracked(clone: Path) -> tuple[str, ...]:
    return building.tracked(clone)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nobody is to believe that uncommitted work was tested."""
    if left_out := building.uncommitted():
        terminalreporter.section("not in the wheels, because it is not committed", sep="-")
        terminalreporter.write(left_out)

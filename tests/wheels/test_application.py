"""The application's wheel, built from a clean clone, works where there is nothing else."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.wheels.building import Environment, build_wheel, empty_environment, install
from tests.wheels.contents import of_the_application, packed

PART_OF_THE_TESTS = (
    "tests/models",
    "tests/scenarios/test_formation.py",
    "tests/scenarios/imports",
    "tests/server/test_app.py",
    "tests/server/test_cli.py",
)
"""What needs no file of a checkout; together they read worlds, plan, serve, and make a ledger's tables."""

IMPORT_ALL = """
import importlib, importlib.metadata
for file in importlib.metadata.files("servanda"):
    module = ".".join(file.with_suffix("").parts)
    if file.suffix == ".py" and "_bundled" not in module and module not in {not_imported}:
        importlib.import_module(module.removesuffix(".__init__"))
"""
NOT_IMPORTED = ("server.__main__", "server.ledger.migrations.env")
"""The one runs the command line, the other is run by alembic."""


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(clone, tmp_path_factory.mktemp("application"))


@pytest.fixture(scope="module")
def installed(wheel: Path, clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with what it depends on, and what its tests need; a copy of the tests to work in."""
    environment = empty_environment(tmp_path_factory.mktemp("empty"))
    install(environment, wheel, "pytest", "hypothesis", constraints=clone / "constraints.txt")
    shutil.copytree(clone / "tests", environment.folder / "tests")
    shutil.copy(clone / "pyproject.toml", environment.folder)
    return environment


def test_the_wheel_holds_every_file_of_the_application_and_no_other(wheel: Path, tracked: tuple[str, ...]) -> None:
    assert packed(wheel) == of_the_application(tracked)


def test_nothing_of_the_checkout_is_found_from_the_environment(installed: Environment) -> None:
    program = "import models, server, servanda.v1 as v1, sys; print(models.__file__, server.__file__, v1.__file__)"
    for file in installed.run("python", "-c", program).split():
        assert Path(file).is_relative_to(installed.bin.parent), file
        assert "site-packages" in file


def test_every_module_is_there_with_all_that_it_imports(installed: Environment) -> None:
    installed.run("python", "-c", IMPORT_ALL.format(not_imported=NOT_IMPORTED))


def test_the_command_tells_what_it_can_and_which_version_it_is(installed: Environment) -> None:
    assert "Exit codes" in installed.run("servanda", "--help")
    assert installed.run("servanda", "--version").startswith("servanda 0.")


def test_a_benchmark_says_that_it_needs_a_checkout(installed: Environment) -> None:
    command: list[str | Path] = [installed.bin / "servanda", "bench", "wishes", "--json"]
    done = subprocess.run(command, cwd=installed.folder, capture_output=True, text=True, check=False)
    (issue,) = json.loads(done.stderr)["issues"]
    assert (done.returncode, issue["code"], done.stdout) == (2, "CHECKOUT_NEEDED", "")


def test_the_world_of_the_demo_is_in_it(installed: Environment) -> None:
    (world,) = installed.bin.parent.rglob("site-packages/scenarios/worlds/shanghai-center")
    cache = {"SERVANDA_CACHE_DIR": str(installed.folder / "cache")}
    assert installed.run("servanda", "world", "validate", world, **cache).endswith(": no mistakes\n")


def test_a_part_of_the_tests_passes_against_it(installed: Environment) -> None:
    # Without compiling: how the kernels are compiled does not depend on where they lie.
    environ = {"NUMBA_DISABLE_JIT": "1", "SERVANDA_CACHE_DIR": str(installed.folder / "cache")}
    not_here = ("-k", "not short_demo and not bench")
    told = installed.run("python", "-m", "pytest", "-p", "no:cacheprovider", *not_here, *PART_OF_THE_TESTS, **environ)
    assert " passed" in told

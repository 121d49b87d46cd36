"""`servanda-client` stands on grpcio and protobuf 7 alone, and talks to a server of the application."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from tests.scenarios.conftest import write_small_world
from tests.wheels.building import ROOT, Environment, build_wheel, empty_environment, install
from tests.wheels.contents import of_the_client, packed

IMPORT_ALL = """
import importlib, pkgutil, warnings
warnings.simplefilter("error")
import servanda.v1
for module in pkgutil.iter_modules(servanda.v1.__path__, "servanda.v1."):
    importlib.import_module(module.name)
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf import __version__
print(__version__, operations_pb2.__file__, operations_pb2_grpc.OperationsStub.__module__)
"""


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(clone / "proto", tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def about(wheel: Path) -> Distribution:
    """What the wheel says of itself."""
    (info,) = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" in name}
    return PathDistribution(zipfile.Path(wheel, f"{info}/"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Without our constraints: the newest protobuf 7 that there is, and whatever goes with it."""
    environment = empty_environment(tmp_path_factory.mktemp("empty"))
    install(environment, wheel, "protobuf>=7")
    return environment


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the small world, in the environment of the application."""
    folder = write_small_world(tmp_path_factory.mktemp("served") / "world")
    command: list[str | Path] = [Path(sys.executable).parent / "servanda", "serve", "--world", folder]
    command += ["--db", folder / "servanda.db"]
    command += ["--simulated-from", "2026-03-02T09:00:00+08:00", "--address", "127.0.0.1:0", "--json"]
    with (folder / "log").open("w") as log:
        # Without compiling: one order in a small world.
        environ = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environ)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (folder / "log").read_text()
        yield json.loads(line)["address"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_client_is_the_generated_package_and_nothing_else(wheel: Path, tracked: tuple[str, ...]) -> None:
    assert packed(wheel) == of_the_client(tracked)
    assert {"servanda/v1/py.typed", "servanda/v1/order_pb2.pyi"} <= packed(wheel)


def test_nobody_makes_the_namespace_a_package_of_its_own(wheel: Path) -> None:
    assert "servanda/__init__.py" not in packed(wheel)


def test_the_client_depends_on_grpcio_and_protobuf_alone(about: Distribution) -> None:
    assert sorted(about.requires or ()) == ["grpcio>=1.76", "protobuf<8,>=6.31.1"]


def test_client_and_application_have_one_version_and_one_licence(about: Distribution) -> None:
    application = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert about.version == application["version"]
    assert (ROOT / "proto" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_every_module_is_imported_with_protobuf_7_and_without_a_warning(installed: Environment) -> None:
    version, bundled, _ = installed.run("python", "-c", IMPORT_ALL).split()
    assert version.startswith("7.")
    assert "_bundled" in bundled


def test_the_example_buys_from_a_running_server(installed: Environment, address: str, clone: Path) -> None:
    example = clone / "proto" / "examples" / "buy.py"
    bought = ("tissues", "31.2340", "121.4701", "2026-03-02T09:00:00+08:00")
    contract_id, earliest, latest = installed.run("python", example, address, *bought).split()
    assert contract_id
    assert "2026-03-02T01:00:00Z" <= earliest < latest <= "2026-03-02T14:00:00Z"


def test_where_google_s_own_copy_is_installed_it_is_the_one_in_use(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environment = empty_environment(tmp_path_factory.mktemp("google"))
    install(environment, wheel, "grpcio-status")
    _, theirs, _ = environment.run("python", "-c", IMPORT_ALL + "import grpc_status.rpc_status").split()
    assert "_bundled" not in theirs

"""What is forgotten in a wheel is found, whatever the build was told."""

import shutil
from pathlib import Path

import pytest

from tests.wheels.building import build_wheel
from tests.wheels.contents import of_the_application, of_the_client, packed

TRACKED = (
    "LICENSE",
    "benchmarks/__init__.py",
    "docs/world.md",
    "models/__init__.py",
    "models/order.py",
    "proto/generate.py",
    "proto/servanda/v1/order_pb2.py",
    "solver/__init__.py",
    "solver/kernels/__init__.py",
    "scenarios/__init__.py",
    "scenarios/worlds/shanghai-center/streets.osm.bz2",
    "tests/models/test_order.py",
)


def test_the_application_is_every_package_with_its_data_and_no_benchmarks() -> None:
    assert of_the_application(TRACKED) == {
        "models/__init__.py",
        "models/order.py",
        "servanda/v1/order_pb2.py",
        "solver/__init__.py",
        "solver/kernels/__init__.py",
        "scenarios/__init__.py",
        "scenarios/worlds/shanghai-center/streets.osm.bz2",
    }


def test_a_package_that_is_new_has_to_be_in_the_wheel() -> None:
    assert "reports/page.py" in of_the_application([*TRACKED, "reports/__init__.py", "reports/page.py"])


def test_the_client_is_the_generated_package_alone() -> None:
    assert of_the_client(TRACKED) == {"servanda/v1/order_pb2.py"}


@pytest.mark.parametrize(
    ("edit", "lost"),
    [
        (('"scenarios", ', ""), "scenarios/"),
        (("[tool.hatch.build]\n", '[tool.hatch.build]\nexclude = ["solver/kernels"]\n'), "solver/kernels/"),
    ],
    ids=["a package", "a sub-package"],
)
def test_a_wheel_that_lacks_something_differs_from_the_repository(
    edit: tuple[str, str], lost: str, clone: Path, tracked: tuple[str, ...], tmp_path: Path
) -> None:
    spoiled = Path(shutil.copytree(clone, tmp_path / "spoiled"))
    project = (spoiled / "pyproject.toml").read_text(encoding="utf-8")
    assert edit[0] in project
    (spoiled / "pyproject.toml").write_text(project.replace(*edit), encoding="utf-8")
    missing = of_the_application(tracked) - packed(build_wheel(spoiled, tmp_path / "wheel"))
    assert missing
    assert all(file.startswith(lost) for file in missing)

"""What a wheel has to hold, told from the repository and not from what the build was told."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

STAY_BEHIND = ("benchmarks", "tests")
"""Python that is no part of the application."""


def of_the_application(tracked: Iterable[str]) -> set[str]:
    """Files of every package at the top of the repository, and of the generated one, as a wheel names them."""
    files = set(tracked)
    tops = {file.removesuffix("/__init__.py") for file in files if file.count("/") == 1 and "/__init__.py" in file}
    own = {file for file in files if file.partition("/")[0] in tops.difference(STAY_BEHIND)}
    return own | of_the_client(files)


def of_the_client(tracked: Iterable[str]) -> set[str]:
    return {file.removeprefix("proto/") for file in tracked if file.startswith("proto/servanda/")}


def packed(wheel: Path) -> set[str]:
    """What a wheel installs, without the part about the wheel itself."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}

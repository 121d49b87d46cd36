"""The wire of the last release is kept: what a client of it could not survive is refused."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The protos and what was released of them, to be changed at will."""
    shutil.copytree(ROOT / "proto", tmp_path / "proto")
    shutil.copy(ROOT / "buf.yaml", tmp_path)
    return tmp_path


def release(copy: Path, *arguments: str) -> tuple[int, str]:
    command: list[str | Path] = [sys.executable, copy / "proto" / "release.py", *arguments]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def version(copy: Path) -> str:
    return str(tomllib.loads((copy / "proto" / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def edit(copy: Path, line: str, instead: str) -> None:
    proto = copy / "proto" / "servanda" / "v1" / "place.proto"
    text = proto.read_text(encoding="utf-8")
    assert text.count(line) == 1
    proto.write_text(text.replace(line, instead), encoding="utf-8")


def test_what_is_committed_keeps_the_last_release(copy: Path) -> None:
    assert release(copy, "--check") == (0, "")


def test_a_new_field_is_welcome(copy: Path) -> None:
    edit(copy, "  string address = 4;\n", "  string address = 4;\n  string door_code = 99;\n")
    assert release(copy, "--check") == (0, "")


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ("", 'Previously present field "4" with name "address"'),
        ("  int64 address = 4;\n", 'changed type from "string" to "int64"'),
    ],
    ids=["removed", "of another type"],
)
def test_a_field_that_clients_know_is_not_touched(instead: str, said: str, copy: Path) -> None:
    edit(copy, "  string address = 4;\n", instead)
    code, told = release(copy, "--check")
    assert code == 1
    assert told.startswith("proto/servanda/v1/place.proto:")
    assert said in told


def test_a_removed_file_is_noticed(copy: Path) -> None:
    (copy / "proto" / "servanda" / "v1" / "simulation_service.proto").unlink()
    code, told = release(copy, "--check")
    assert (code, "simulation_service.proto" in told) == (1, True)


def test_a_release_keeps_the_wire_as_it_then_is(copy: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    project = copy / "proto" / "pyproject.toml"
    raised = project.read_text(encoding="utf-8").replace(f'"{version(copy)}"', '"99.10.0"')
    project.write_text(raised, encoding="utf-8")
    earlier = shutil.copy(copy / f"proto/releases/v{version(ROOT)}.binpb", copy / "proto/releases/v99.9.0.binpb")
    edit(copy, "  string address = 4;\n", "  string address = 4;\n  string door_code = 99;\n")
    assert release(copy) == (0, "")
    # From now on the new field is kept too: 99.10.0 is the last release, though 99.9.0 is the last name.
    assert (copy / "proto/releases/v99.10.0.binpb").read_bytes() != Path(earlier).read_bytes()
    edit(copy, "  string door_code = 99;\n", "")
    code, told = release(copy, "--check")
    assert (code, "door_code" in told) == (1, True)


def test_what_was_released_is_not_written_again(copy: Path) -> None:
    author = ["-c", "user.name=n", "-c", "user.email=e@localhost"]
    tag = f"v{version(copy)}"
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "-m", "Release"], ["tag", tag]):
        subprocess.run(["git", *author, *command], cwd=copy, check=True)
    edit(copy, "  string address = 4;\n", "  string address = 4;\n  string door_code = 99;\n")
    before = {image: image.read_bytes() for image in copy.glob("proto/releases/*")}
    code, told = release(copy)
    assert (code, told.startswith(f"{tag} is released;")) == (1, True)
    assert {image: image.read_bytes() for image in copy.glob("proto/releases/*")} == before

"""Keep what a release says on the wire, and hold every change to the last one.

    python proto/release.py            write proto/releases/v<version>.binpb, right before the tag is set
    python proto/release.py --check    fail if a client of the last release could not go on

The version is that of `proto/pyproject.toml`. Needs the `dev` extra: buf.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

from generate import PROTO, lay_out_imports

ROOT = PROTO.parent
RELEASES = PROTO / "releases"


def last_release() -> Path:
    """The image with the highest version, not with the last name: v0.10.0 comes after v0.9.0."""
    return max(RELEASES.glob("v*.binpb"), key=_numbers)


def _numbers(image: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in image.stem.removeprefix("v").split("."))


def breaks() -> bool:
    """Whether something is gone or changed its meaning; buf prints what, with file and line."""
    return buf("breaking", "--against", str(last_release().relative_to(ROOT))) != 0


def write() -> int:
    version = tomllib.loads((PROTO / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if tagged(version):
        sys.stderr.write(f"v{version} is released; raise the version in proto/pyproject.toml and pyproject.toml\n")
        return 1
    return buf("build", "--path", "proto/servanda", "--exclude-source-info", "-o", f"proto/releases/v{version}.binpb")


def tagged(version: str) -> bool:
    listed = subprocess.run(["git", "tag", "--list", f"v{version}"], check=True, cwd=ROOT, capture_output=True)
    return bool(listed.stdout)


def buf(*arguments: str) -> int:
    # It lies beside the interpreter, also where its folder is not on the PATH.
    return subprocess.run([Path(sys.executable).parent / "buf", *arguments], check=False, cwd=ROOT).returncode


def main() -> int:
    """Return 1 if the last release is broken, or was already released."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the last release is broken")
    asked = parser.parse_args()
    lay_out_imports()
    if breaks():
        return 1
    return 0 if asked.check else write()


if __name__ == "__main__":
    sys.exit(main())

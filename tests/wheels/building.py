"""A clean clone, the wheels built from it, and environments that have nothing else."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command that sees nothing of the checkout; its output is in the error if it fails."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=cwd, env={**clean, **environ}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def pip(*arguments: str | Path, constraints: Path | None = None) -> None:
    bound = {"PIP_CONSTRAINT": str(constraints)} if constraints else {}
    run(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments, cwd=ROOT, **bound)


def clean_clone(into: Path) -> Path:
    """The last commit alone. From the commit on its own, as a shallow checkout has no other either."""
    run("git", "clone", "--quiet", "--no-local", "--depth", "1", ROOT.as_uri(), into, cwd=ROOT)
    return into


def tracked(clone: Path) -> tuple[str, ...]:
    return tuple(run("git", "ls-files", "-z", cwd=clone).stdout.rstrip("\0").split("\0"))


def uncommitted() -> str:
    """What a clean clone does not have; empty where git does not know."""
    status = ("git", "status", "--short")
    return subprocess.run(status, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def build_wheel(project: Path, into: Path) -> Path:
    pip("wheel", "--no-deps", "--wheel-dir", into, project, constraints=ROOT / "constraints.txt")
    (wheel,) = into.glob("*.whl")
    return wheel


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment, and an empty folder to work in."""

    bin: Path
    folder: Path

    def run(self, command: str, *arguments: str | Path, **environ: str) -> str:
        return run(self.bin / command, *arguments, cwd=self.folder, **environ).stdout


def empty_environment(at: Path) -> Environment:
    """Not even pip is in it: the one of this environment installs into it."""
    run(sys.executable, "-m", "venv", "--without-pip", at / "venv", cwd=ROOT)
    (at / "folder").mkdir()
    return Environment(at / "venv" / "bin", at / "folder")


def install(environment: Environment, *what: str | Path, constraints: Path | None = None) -> None:
    # Compiled when it is imported: most of it never is.
    options = ("--python", str(environment.bin / "python"), "install", "--no-compile")
    pip(*options, *what, constraints=constraints)

"""The instances behind the committed tables, chosen before anything was measured."""

from pathlib import Path

from benchmarks.routing.runner import Wanted

LIST = Path(__file__).with_name("instances.txt")


def wanted_below(folder: Path, *, seconds: float) -> list[Wanted]:
    """The instances of the list, below this folder; each for `seconds`, some for longer once more."""
    return [_wanted(folder, line.split(), seconds) for line in _lines()]


def _lines() -> list[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _wanted(folder: Path, words: list[str], seconds: float) -> Wanted:
    name, *longer = words
    return Wanted(folder / name, (seconds, *(float(each) for each in longer if float(each) != seconds)))

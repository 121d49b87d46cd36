"""What scenarios stand on: their files may say it, and then it has to be what they are compared on."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from models.issues import InputError, Issue, IssueCode
from scenarios.whatif.scenario_files import ScenarioFile


def snapshot_of(files: Sequence[ScenarioFile], *, world: Path, plan: Path | None) -> Path | None:
    """The snapshot that all scenarios start from: the one that is given, or the one that their files name.

    Raises
    ------
    InputError
        WORLD_MISMATCH: a scenario stands on another world or snapshot; with every one of them.
    """
    named = [file for file in files if _plan(file) is not None]
    chosen = plan or (_plan(named[0]) if named else None)
    issues = [*_other_worlds(files, world), *_other_plans(named, chosen)]
    if issues:
        raise InputError(*issues)
    return chosen


def _plan(file: ScenarioFile) -> Path | None:
    base = file.scenario.base
    return _resolved(file, base.plan) if base and base.plan else None


def _resolved(file: ScenarioFile, named: str) -> Path:
    return ((file.folder or Path()) / named).resolve()


def _other_worlds(files: Sequence[ScenarioFile], world: Path) -> Iterator[Issue]:
    for file in files:
        base = file.scenario.base
        if base and base.world and (named := _resolved(file, base.world)) != world.resolve():
            yield _mismatch(file.path(("base", "world")), "world", named, world)


def _other_plans(files: Sequence[ScenarioFile], plan: Path | None) -> Iterator[Issue]:
    for file in files:
        named = _plan(file)
        if named and plan and named != plan.resolve():
            yield _mismatch(file.path(("base", "plan")), "plan", named, plan)


def _mismatch(path: str, what: str, named: Path, given: Path) -> Issue:
    return Issue(
        code=IssueCode.WORLD_MISMATCH,
        path=path,
        message=f"{what} of the base ({named}) must be the one that scenarios are compared on ({given})",
        hint="give that one, leave it out of the file, or compare the two apart",
    )

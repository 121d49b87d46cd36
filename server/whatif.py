"""The evaluation of a scenario that a process of its own carries out."""

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.evaluation import Comparison, Evaluation
from models.issues import InputError, Issue, IssueCode, StateError
from models.plan_file import PlanFile
from scenarios.whatif import Base, Budget, Progress, Runs, ScenarioFile
from scenarios.world import World, load_world
from server.promising.comparing import Ground
from solver.replanning.notebook import Notebook
from solver.stop import Stop

PROGRESS = "progress"
"""The note that says how many plans of how many there are; every other one is an evaluation, by its digest."""


@dataclass(frozen=True)
class Task:
    """All that an evaluation needs. The world is read from its folder, so that its tables are mapped and not sent."""

    folder: Path
    cache_dir: Path
    ground: Ground
    num_orders: int
    file: ScenarioFile
    seeds: tuple[int, ...]
    budget: Budget


def evaluate_task(task: Task, *, stop: Stop, notebook: Notebook) -> Comparison:
    """A scenario beside its base; what is noted already is not planned again.

    Raises
    ------
    StateError
        OPERATION_CANCELED: it was stopped.
    InputError
        WORLD_MISMATCH, or what contradicts the base.
    """

    def stop_after(seconds: float) -> Stop:
        deadline = time.monotonic() + seconds
        return lambda: stop() or time.monotonic() >= deadline

    def tell(progress: Progress) -> None:
        notebook.write(PROGRESS, f"{progress.done}/{progress.total}")

    runs = Runs(
        base_of(task),
        task.budget,
        store=_Noted(notebook, stop),
        stop_after=stop_after,
        on_progress=tell,
    )
    return runs.compare([task.file], seeds=task.seeds)[0]


def base_of(task: Task) -> Base:
    """What the scenario of a task is compared with.

    Raises
    ------
    InputError
        WORLD_MISMATCH: the files have been edited.
    """
    files = _files(task.folder, task.cache_dir)
    if files.fingerprint != task.ground.world:
        raise InputError(_edited(files, task.ground))
    return task.ground.base(files, num_orders=task.num_orders)


@cache
def _files(folder: Path, cache_dir: Path) -> World:
    return load_world(folder, cache_dir=cache_dir)


@dataclass(frozen=True)
class _Noted:
    """Evaluations in a notebook. One whose search was stopped is not what it is called, so it is not kept."""

    notebook: Notebook
    stop: Stop

    def get(self, digest: str) -> Evaluation | None:
        found = self.notebook.read(digest)
        return None if found is None else Evaluation.model_validate_json(found)

    def put(self, evaluation: Evaluation, _plan: PlanFile, /) -> None:
        if self.stop():
            raise StateError(stopped())
        self.notebook.write(evaluation.digest, evaluation.model_dump_json())


def stopped() -> Issue:
    """The operation was cancelled."""
    return Issue(
        code=IssueCode.OPERATION_CANCELED,
        path="name",
        message="the evaluation was cancelled; plans that were done are kept",
        hint="start another with a new request_id, if it is wanted after all",
    )


def _edited(files: World, ground: Ground) -> Issue:
    return Issue(
        code=IssueCode.WORLD_MISMATCH,
        path="scenario_id",
        message=f"fingerprint of the world's files ({files.fingerprint}) must be that of the scenario's ground "
        f"({ground.world})",
        hint="restore the files, or start the server anew and create the scenario again",
    )

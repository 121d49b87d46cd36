"""Scenarios times seeds, in several processes; what is done is kept, so that an interrupted run goes on."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from models.evaluation import Comparison, Evaluation
from models.issues import Conflict, InputError, Issue, IssueCode
from models.order import Order
from models.plan_file import PlanFile
from models.scenario import BASE, Scenario
from scenarios.json_files import write_plan, write_text
from scenarios.whatif.apply import apply
from scenarios.whatif.changing import Variant
from scenarios.whatif.compare import compare
from scenarios.whatif.evaluate import DEFAULT_BUDGET, Base, Budget, digest_of, evaluate, mended
from scenarios.whatif.scenario_files import ScenarioFile
from scenarios.world import load_world
from solver.stop import Stop, never

StopAfter = Callable[[float], Stop]
"""What ends a search after so many seconds. It goes to other processes by its name."""


def no_clock(_seconds: float) -> Stop:
    """For runs that end by their iterations."""
    return never


class Progress(NamedTuple):
    """How far it is: so many of so many plans are there."""

    done: int
    total: int


class Keeper(Protocol):
    """Keeps evaluations under their digests."""

    def get(self, digest: str) -> Evaluation | None: ...

    def put(self, evaluation: Evaluation, plan: PlanFile, /) -> None: ...


@dataclass(frozen=True)
class Store:
    """Evaluations and their plans in a folder, each under its digest."""

    folder: Path

    def get(self, digest: str) -> Evaluation | None:
        """None, too, if what lies there cannot be read: then it is made anew."""
        with suppress(OSError, ValidationError):
            return Evaluation.model_validate_json(self._file(digest).read_bytes())
        return None

    def put(self, evaluation: Evaluation, plan: PlanFile) -> None:
        """The evaluation last: once it is there, the plan is."""
        self._file(evaluation.digest).parent.mkdir(parents=True, exist_ok=True)
        write_plan(self.plan_of(evaluation.digest), plan)
        write_text(self._file(evaluation.digest), evaluation.model_dump_json())

    def plan_of(self, digest: str) -> Path:
        """Where the plan of an evaluation lies."""
        return self.folder / "runs" / f"{digest}.plan.json"

    def _file(self, digest: str) -> Path:
        return self.folder / "runs" / f"{digest}.json"


class _Job(NamedTuple):
    scenario: Scenario
    seed: int
    digest: str


@dataclass
class Runs:
    """Evaluates scenarios and their base with the same seeds and the same budget.

    Parameters
    ----------
    store
        Where evaluations are kept and looked up. None: only in memory.
    workers
        Processes; 1: this one.
    stop_after, on_progress
        See `StopAfter` and `Progress`.
    """

    base: Base
    budget: Budget = DEFAULT_BUDGET
    store: Keeper | None = None
    workers: int = 1
    stop_after: StopAfter = no_clock
    on_progress: Callable[[Progress], None] = lambda _progress: None
    _known: dict[str, Evaluation] = field(default_factory=dict)

    def compare(self, scenarios: Sequence[ScenarioFile | Scenario], *, seeds: Sequence[int]) -> tuple[Comparison, ...]:
        """Each scenario beside the base.

        Raises
        ------
        InputError
            With everything in any scenario that contradicts the base, before anything is planned.
        """
        files = [each if isinstance(each, ScenarioFile) else ScenarioFile(each) for each in scenarios]
        self.check(files)
        wanted = [BASE, *(each.scenario for each in files)]
        self._evaluate([self._job(scenario, seed) for scenario in wanted for seed in seeds])
        before = self.evaluations(BASE, seeds=seeds)
        return tuple(
            compare(self.base, each, before=before, after=self.evaluations(each, seeds=seeds)) for each in wanted[1:]
        )

    def check(self, files: Sequence[ScenarioFile]) -> None:
        """Find everything that contradicts, and build the travel tables that a change of streets takes.

        Raises
        ------
        InputError
            With all of it.
        """
        variants, issues = [], list[Issue]()
        self.base.check()
        for each in files:
            try:
                variants.append(apply(self.base.ground, each.scenario, path=each.path, contracts=self.base.contracts))
            except InputError as error:
                issues += error.issues
        if issues:
            raise InputError(*issues)
        for each, variant in zip(files, variants, strict=True):
            variant.world.streets.tables()
            issues += self._under_way(each, variant)
        if issues:
            raise InputError(*issues)

    def _under_way(self, file: ScenarioFile, variant: Variant) -> Iterator[Issue]:
        """What contradicts what has begun in the snapshot."""
        if self.base.snapshot is None:
            return
        try:
            mended(self.base, variant)
        except Conflict as error:
            for issue in error.issues:
                update = {"code": IssueCode.SCENARIO_CONTRADICTORY, "path": file.path(("changes",))}
                yield issue.model_copy(update={**update, "message": f"{issue.path}: {issue.message}"})

    def evaluations(self, scenario: Scenario, *, seeds: Sequence[int]) -> tuple[Evaluation, ...]:
        """Of a scenario that was evaluated, by seed."""
        found = (self._known[self._job(scenario, seed).digest] for seed in seeds)
        return tuple(each.model_copy(update={"scenario": scenario.name}) for each in found)

    def plan_of(self, evaluation: Evaluation) -> Path | None:
        """The file of its plan, if plans are kept."""
        return self.store.plan_of(evaluation.digest) if isinstance(self.store, Store) else None

    def _job(self, scenario: Scenario, seed: int) -> _Job:
        return _Job(scenario, seed, digest_of(self.base, scenario, seed=seed, budget=self.budget))

    def _evaluate(self, jobs: Sequence[_Job]) -> None:
        by_digest = {job.digest: job for job in jobs}
        for digest in by_digest:
            if digest not in self._known and self.store and (kept := self.store.get(digest)):
                self._known[digest] = kept
        missing = [job for digest, job in by_digest.items() if digest not in self._known]
        done = len(by_digest) - len(missing)
        self.on_progress(Progress(done, len(by_digest)))
        for evaluation in self._here(missing) if self.workers == 1 or len(missing) < 2 else self._in_pool(missing):
            self._known[evaluation.digest] = evaluation
            done += 1
            self.on_progress(Progress(done, len(by_digest)))

    def _here(self, jobs: Sequence[_Job]) -> Iterator[Evaluation]:
        for job in jobs:
            yield _evaluated(job, self.base, self.budget, self.store, self.stop_after)

    def _in_pool(self, jobs: Sequence[_Job]) -> Iterator[Evaluation]:
        """As each is done. Whatever ends this early, no job begins any more, and those that run are not waited for."""
        work = _Work.of(self.base, self.budget, self.store, self.stop_after)
        # Never fork: the threads of numba do not survive it.
        context = multiprocessing.get_context("forkserver")
        pool = ProcessPoolExecutor(min(self.workers, len(jobs)), context, initializer=_begin, initargs=(work,))
        running: set[Future[Evaluation]] = {pool.submit(_work, job) for job in jobs}
        finished = False
        try:
            while running:
                ready, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in ready)
            finished = True
        finally:
            pool.shutdown(wait=finished, cancel_futures=True)


def _evaluated(job: _Job, base: Base, budget: Budget, store: Keeper | None, stop_after: StopAfter) -> Evaluation:
    found = evaluate(base, job.scenario, seed=job.seed, budget=budget, stop_after=stop_after)
    if store:
        store.put(found.evaluation, found.plan_file)
    return found.evaluation


# In another process


@dataclass(frozen=True)
class _Work:
    """All that a worker needs; the world is read from its folder, so that its tables are mapped and not sent."""

    folder: Path
    cache_dir: Path
    orders: tuple[Order, ...] | None
    num_orders: int
    snapshot: PlanFile | None
    replan_every: timedelta | None
    budget: Budget
    store: Keeper | None
    stop_after: StopAfter

    @classmethod
    def of(cls, base: Base, budget: Budget, store: Keeper | None, stop_after: StopAfter) -> "_Work":
        world = base.world
        given = base.orders, base.num_orders, base.snapshot, base.replan_every
        return cls(world.folder, world.streets.cache_dir, *given, budget, store, stop_after)

    def base(self) -> Base:
        world = load_world(self.folder, cache_dir=self.cache_dir)
        return Base(world, self.orders, self.num_orders, self.snapshot, self.replan_every)


_here: list[tuple[Base, _Work]] = []
"""Of a worker: its base, read once."""


def _begin(work: _Work) -> None:
    # Ctrl-C goes to all processes of a terminal: a worker ends at once and says nothing, what it has done is kept.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _here.append((work.base(), work))


def _work(job: _Job) -> Evaluation:
    base, work = _here[-1]
    return _evaluated(job, base, work.budget, work.store, work.stop_after)

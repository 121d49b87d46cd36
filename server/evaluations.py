"""Evaluations of scenarios: beside the calls, kept as operations in the ledger, and longer-lived than the process."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple, Protocol

import structlog
from pydantic import Field

from models.base import Id, Model
from models.evaluation import Comparison, Summary
from models.issues import Conflict, InputError, Issue, IssueCode, NotFound, ServandaError, StateError
from models.scenario import BASE
from models.timing import Instant
from scenarios.whatif import Budget, ScenarioFile, apply, summary
from scenarios.whatif.evaluate import digest_of
from scenarios.whatif.scenario_text import parse_scenario
from scenarios.world import World
from server.clock import Clock
from server.jobs import MOST_ATTEMPTS, Failure, is_done, reused
from server.ledger import StoredOperation
from server.promising import Promising
from server.promising.comparing import Ground, KeptScenario, ScenarioGround, ScenarioTerms
from server.solver_process import SolverProcess
from server.turn import Turn
from server.whatif import PROGRESS, Task, stopped
from solver.replanning.notebook import Notebook
from solver.stop import Stop

KIND = "evaluation"
COMPARISON = "comparison"
"""The part of an operation that is done: everything that the evaluation came to."""

DEFAULT_NUM_ORDERS = 200

_log = structlog.get_logger("evaluations")


class EvaluationTerms(Model):
    """What is asked of an evaluation: see `EvaluateScenarioRequest` in scenario_service.proto."""

    request_id: Id
    scenario_id: Id
    seeds: Annotated[int, Field(ge=1, le=20)] = 1
    num_orders: Annotated[int, Field(ge=1, le=2000)] | None = None
    iterations: Annotated[int, Field(ge=0, le=1_000_000)] = 2000
    rounds: Annotated[int, Field(ge=0, le=20)] = 0
    offers: Annotated[int, Field(ge=0, le=500)] = 20
    time_limit: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=1))] = timedelta(seconds=30)

    @property
    def budget(self) -> Budget:
        return Budget(
            seconds=self.time_limit.total_seconds(),
            iterations=self.iterations,
            rounds=self.rounds,
            offers=self.offers,
        )


class EvaluationStage(StrEnum):
    WAITING = "WAITING"
    PLANNING = "PLANNING"
    DONE = "DONE"


class EvaluationProgress(Model):
    """The metadata of an operation: see `EvaluateScenarioMetadata` in scenario_service.proto.

    Parameters
    ----------
    attempts
        So often it has begun since a plan was done last.
    """

    stage: EvaluationStage = EvaluationStage.WAITING
    scenario_id: Id
    seeds: int
    num_orders: int | None
    iterations: int
    rounds: int
    offers: int
    time_limit: timedelta
    plans_done: int = 0
    plans_total: int = 0
    create_time: Instant
    end_time: Instant | None = None
    cancel_requested: bool = False
    attempts: int = 0

    def terms(self, operation_id: str) -> EvaluationTerms:
        """What was asked for."""
        names = EvaluationTerms.model_fields.keys() - {"request_id"}
        return EvaluationTerms(request_id=operation_id, **{name: getattr(self, name) for name in names})


class NamedComparison(NamedTuple):
    """What an evaluation came to."""

    name: str
    comparison: Comparison


class EvaluationRecords:
    """The operations as the ledger keeps them; to be called in the turn only."""

    def __init__(self, promising: Promising, clock: Clock) -> None:
        self._promising = promising
        self._clock = clock

    def admit(self, terms: EvaluationTerms) -> tuple[bool, StoredOperation]:
        """The operation of these terms, and whether it is new.

        Raises
        ------
        Conflict
            REQUEST_ID_REUSED: the request id belongs to an operation with other terms.
        NotFound
            SCENARIO_NOT_FOUND.
        InputError
            VALUE_INVALID: a number of orders for a scenario that stands on the ledger.
        """
        scenario = self._promising.scenario(terms.scenario_id)
        if scenario.ground is ScenarioGround.LEDGER and terms.num_orders is not None:
            raise InputError(_no_orders(terms.num_orders))
        if scenario.ground is ScenarioGround.WORLD and terms.num_orders is None:
            terms = terms.model_copy(update={"num_orders": DEFAULT_NUM_ORDERS})
        try:
            found = self._promising.operation(terms.request_id)
        except NotFound:
            return True, self._open(terms)
        if found.kind != KIND or progress_of(found).terms(terms.request_id) != terms:
            raise Conflict(reused(found, terms.request_id, terms))
        return False, found

    def _open(self, terms: EvaluationTerms) -> StoredOperation:
        progress = EvaluationProgress(**terms.model_dump(exclude={"request_id"}), create_time=self._clock.now())
        opened = StoredOperation(terms.request_id, KIND, progress.stage, progress.model_dump_json())
        self._promising.remember_operation(opened)
        return opened

    def operation(self, operation_id: str) -> StoredOperation:
        """An evaluation.

        Raises
        ------
        NotFound
            OPERATION_NOT_FOUND, also if it is no evaluation.
        """
        found = self._promising.operation(operation_id)
        if found.kind != KIND:
            raise NotFound(_other_kind(found))
        return found

    def begin(self, operation_id: str) -> tuple[KeptScenario, Ground]:
        """An attempt starts; gives what is to be planned.

        Raises
        ------
        StateError
            OPERATION_CANCELED. OPERATION_INTERRUPTED: too many attempts have come to nothing.
        """
        operation = self.operation(operation_id)
        progress = progress_of(operation)
        if progress.cancel_requested:
            raise StateError(stopped())
        if progress.attempts >= MOST_ATTEMPTS:
            raise StateError(_interrupted(operation_id, progress.attempts))
        self._change(operation, stage=EvaluationStage.PLANNING, attempts=progress.attempts + 1)
        scenario = self._promising.scenario(progress.scenario_id)
        return scenario, self._promising.ground(scenario.ground_digest)

    def note(self, operation_id: str, ground_digest: str, name: str, text: str) -> None:
        """Keep a plan's evaluation, or how far it is."""
        if name != PROGRESS:
            self._promising.keep_evaluation(ground_digest, name, text)
            self._change(self.operation(operation_id), attempts=0)
            return
        done, total = map(int, text.split("/"))
        self._change(self.operation(operation_id), plans_done=done, plans_total=total)

    def request_cancel(self, operation_id: str) -> StoredOperation:
        """Note that it is to stop, unless it is over."""
        operation = self.operation(operation_id)
        return operation if is_done(operation) else self._change(operation, cancel_requested=True)

    def end(self, operation_id: str, outcome: Comparison | Failure) -> None:
        """Keep what came out."""
        operation = self.operation(operation_id)
        is_failure = isinstance(outcome, Failure)
        told = outcome if isinstance(outcome, Failure) else summary(outcome)
        ended = replace(operation, **{"error" if is_failure else "result": told.model_dump_json()})
        changes = {"stage": EvaluationStage.DONE, "end_time": self._clock.now()}
        parts = {} if is_failure else {COMPARISON: outcome.model_dump_json()}
        self._promising.end_operation(_with(ended, progress_of(ended).model_copy(update=changes)), parts)

    def results(self, names: Sequence[str]) -> tuple[str, ...]:
        """What evaluations that are done came to, as JSON.

        Raises
        ------
        NotFound
            OPERATION_NOT_FOUND; REPORT_NOT_FOUND: one is not done, or has failed.
        InputError
            VALUE_INVALID: they are not of the same ground and terms, with every one that is not.
        """
        found = [self.operation(name) for name in names]
        if missing := [_no_result(n, each) for n, each in enumerate(found) if each.result is None]:
            raise NotFound(*missing)
        grounds = [self._comparable(each) for each in found]
        if other := [_other_ground(n, grounds) for n, each in enumerate(grounds) if each != grounds[0]]:
            raise InputError(*other)
        return tuple(self._promising.part(name, COMPARISON) or "" for name in names)

    def _comparable(self, operation: StoredOperation) -> str:
        """What has to be the same for two evaluations to have the same base."""
        terms = progress_of(operation).terms(operation.operation_id)
        ground = self._promising.scenario(terms.scenario_id).ground_digest
        return f"{ground} {terms.model_dump_json(exclude={'request_id', 'scenario_id'})}"

    def unfinished(self) -> tuple[EvaluationTerms, ...]:
        """What was under way or waited when the process last ended, in the order in which it came."""
        found = [(progress_of(each), each.operation_id) for each in self._open_operations()]
        found.sort(key=lambda each: (each[0].stage is EvaluationStage.WAITING, each[0].create_time, each[1]))
        return tuple(progress.terms(operation_id) for progress, operation_id in found)

    def _open_operations(self) -> Iterator[StoredOperation]:
        after = ""
        while page := self._promising.operations(after, limit=500):
            yield from (each for each in page if each.kind == KIND and not is_done(each))
            after = page[-1].operation_id

    def _change(self, operation: StoredOperation, **changes: object) -> StoredOperation:
        changed = _with(operation, progress_of(operation).model_copy(update=changes))
        self._promising.remember_operation(changed)
        return changed


class Evaluate(Protocol):
    """`server.whatif.evaluate_task`, or what stands for it in a test."""

    def __call__(self, task: Task, *, stop: Stop, notebook: Notebook) -> Comparison: ...


@dataclass(frozen=True)
class Workshop:
    """Where evaluations are carried out, and from which files."""

    new_process: Callable[[], SolverProcess]
    evaluate: Evaluate
    folder: Path
    cache_dir: Path
    watch_interval_s: float


class Evaluations:
    """Keeps scenarios, and evaluates them one after another, beside the calls."""

    def __init__(
        self, *, promising: Promising, turn: Turn, records: EvaluationRecords, workshop: Workshop, clock: Clock
    ) -> None:
        self._promising = promising
        self._turn = turn
        self._records = records
        self._workshop = workshop
        self._clock = clock
        self._solver: SolverProcess | None = None
        self._one_at_a_time = asyncio.Lock()
        self._planning: str | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # -- scenarios

    async def create(self, terms: ScenarioTerms) -> KeptScenario:
        """The scenario, new or the one that this request made before.

        Raises
        ------
        Conflict
            REQUEST_ID_REUSED.
        InputError
            With everything in the document that is wrong or contradicts the ground.
        """
        if (before := await self._turn.take(partial(self._promising.created, terms))) is not None:
            return before
        file = parse_scenario(terms.document, name="document")
        ground = await self._turn.take(partial(self._promising.ground_for, terms))
        # Beside the turn: quotes do not wait for it.
        digest = await asyncio.to_thread(_checked, file, ground, self._promising.files)
        kept = KeptScenario(
            scenario_id=terms.request_id,
            document=terms.document,
            ground=ground.kind,
            same_ground_as=terms.same_ground_as,
            name=file.scenario.name,
            description=file.scenario.description,
            ground_digest=digest,
            create_time=self._clock.now(),
        )
        return await self._turn.take(partial(self._promising.keep_scenario, terms, kept, ground))

    # -- evaluations

    async def start(self, terms: EvaluationTerms) -> StoredOperation:
        """The operation, new or the one that this request started before; see `EvaluationRecords.admit`."""
        is_new, operation = await self._turn.take(partial(self._records.admit, terms))
        if is_new:
            self._begin(progress_of(operation).terms(operation.operation_id))
        return operation

    async def go_on(self) -> None:
        """Go on with what was not done when the process last ended."""
        for terms in await self._turn.insist(self._records.unfinished):
            _log.info("going on with an evaluation", operation_id=terms.request_id)
            self._begin(terms)

    def _begin(self, terms: EvaluationTerms) -> None:
        self._tasks[terms.request_id] = asyncio.create_task(self._carry_out(terms))

    async def wait(self, operation_id: str, *, seconds: float | None) -> None:
        """Until the evaluation is done, or that many seconds; at once if there is none of that id."""
        if task := self._tasks.get(operation_id):
            await asyncio.wait([task], timeout=seconds)

    async def watch(self, operation_id: str, *, stopping: asyncio.Event) -> AsyncIterator[StoredOperation]:
        """The operation as it is, and whenever it has changed, until it is done or the server stops."""
        seen = None
        while not stopping.is_set():
            operation = await self._turn.look(partial(self._records.operation, operation_id))
            if operation != seen:
                yield operation
            if is_done(operation):
                return
            seen = operation
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), self._workshop.watch_interval_s)

    async def cancel(self, operation_id: str) -> StoredOperation:
        """Ask an evaluation to stop. What is over stays.

        Raises
        ------
        NotFound
            OPERATION_NOT_FOUND.
        """
        found = await self._turn.take(partial(self._records.request_cancel, operation_id))
        if self._planning == operation_id and self._solver:
            self._solver.stop()
        return found

    async def results(self, names: Sequence[str]) -> tuple[NamedComparison, ...]:
        """See `EvaluationRecords.results`."""
        texts = await self._turn.take(partial(self._records.results, names))
        # Beside the turn: they may be long.
        found = await asyncio.to_thread(lambda: [Comparison.model_validate_json(text) for text in texts])
        return tuple(map(NamedComparison, names, found))

    async def close(self) -> None:
        """Drop what is under way. It goes on after the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._solver:
            await asyncio.to_thread(self._solver.close)

    async def _carry_out(self, terms: EvaluationTerms) -> None:
        try:
            async with self._one_at_a_time:
                outcome = await self._outcome(terms)
            await self._turn.insist(partial(self._records.end, terms.request_id, outcome))
        finally:
            del self._tasks[terms.request_id]

    async def _outcome(self, terms: EvaluationTerms) -> Comparison | Failure:
        try:
            return await self._attempts(terms)
        except ServandaError as error:
            return Failure(issues=error.issues)
        except Exception:
            _log.exception("evaluation failed", operation_id=terms.request_id)
            return Failure(issues=(_UNFORESEEN,))

    async def _attempts(self, terms: EvaluationTerms) -> Comparison:
        """One after another, as long as the process dies and something was achieved."""
        while True:
            try:
                return await self._attempt(terms)
            except BrokenProcessPool:
                _log.warning("the process died; going on in another one", operation_id=terms.request_id)

    async def _attempt(self, terms: EvaluationTerms) -> Comparison:
        # It is started for the first evaluation only: most servers never need it.
        if self._solver is None:
            self._solver = await asyncio.to_thread(self._workshop.new_process)
        solver = self._solver
        # Before the look at `cancel_requested` in `begin`: whoever cancels after it finds us here.
        solver.allow()
        self._planning = terms.request_id
        try:
            scenario, ground = await self._turn.insist(partial(self._records.begin, terms.request_id))
            task = self._task(terms, scenario, ground)
            digests = await asyncio.to_thread(_digests, task, self._promising.files)
            known = await self._turn.insist(partial(self._promising.evaluations, scenario.ground_digest, digests))
            note = partial(self._records.note, terms.request_id, scenario.ground_digest)

            async def keep(name: str, text: str) -> None:
                await self._turn.insist(partial(note, name, text))

            work = partial(self._workshop.evaluate, task)
            return await solver.search(work, seconds=math.inf, known=known, keep=keep)
        finally:
            self._planning = None

    def _task(self, terms: EvaluationTerms, scenario: KeptScenario, ground: Ground) -> Task:
        return Task(
            folder=self._workshop.folder,
            cache_dir=self._workshop.cache_dir,
            ground=ground,
            num_orders=terms.num_orders or 0,
            file=parse_scenario(scenario.document, name="document"),
            seeds=tuple(range(1, terms.seeds + 1)),
            budget=terms.budget,
        )


def _checked(file: ScenarioFile, ground: Ground, files: World) -> str:
    """The digest of the ground, if nothing in the scenario contradicts it."""
    base = ground.base(files, num_orders=0)
    apply(base.ground, file.scenario, path=file.path, contracts=base.contracts)
    return ground.digest


def _digests(task: Task, files: World) -> tuple[str, ...]:
    base = task.ground.base(files, num_orders=task.num_orders)
    return tuple(
        digest_of(base, scenario, seed=seed, budget=task.budget)
        for scenario in (BASE, task.file.scenario)
        for seed in task.seeds
    )


def progress_of(operation: StoredOperation) -> EvaluationProgress:
    """How far an evaluation is."""
    return EvaluationProgress.model_validate_json(operation.metadata)


def summary_of(operation: StoredOperation) -> Summary | None:
    """What an evaluation came to, in a line; None until it is done."""
    return None if operation.result is None else Summary.model_validate_json(operation.result)


def _with(operation: StoredOperation, progress: EvaluationProgress) -> StoredOperation:
    return replace(operation, state=progress.stage, metadata=progress.model_dump_json())


def _no_orders(given: int) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path="num_orders",
        message=f"num_orders ({given}) must not be given for a scenario on the ledger: it plans what is there",
        hint="leave it out",
    )


def _other_kind(found: StoredOperation) -> Issue:
    return Issue(
        code=IssueCode.OPERATION_NOT_FOUND,
        path="name",
        message=f"name ({found.operation_id}) must be that of an {KIND}, and is that of a {found.kind}",
        hint="a replan is looked up by google.longrunning.Operations",
    )


def _interrupted(operation_id: str, attempts: int) -> Issue:
    return Issue(
        code=IssueCode.OPERATION_INTERRUPTED,
        path="name",
        message=f"attempts at operation ({operation_id}) that the process did not survive ({attempts}) must be "
        f"< {MOST_ATTEMPTS}",
        hint="look into the server's log for what ends it, then start another with a new request_id",
    )


def _no_result(n: int, operation: StoredOperation) -> Issue:
    return Issue(
        code=IssueCode.REPORT_NOT_FOUND,
        path=f"names[{n}]",
        message=f"operation ({operation.operation_id}) must have ended well, and is {operation.state}",
        hint="wait for the operation; if it has failed, its error says why",
    )


def _other_ground(n: int, grounds: Sequence[str]) -> Issue:
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=f"names[{n}]",
        message=f"ground and terms ({grounds[n]}) must be those of names[0] ({grounds[0]})",
        hint="create the scenario with same_ground_as, and evaluate both with the same terms",
    )


_UNFORESEEN = Issue(
    code=IssueCode.INTERNAL,
    path="name",
    message="something unforeseen has happened; plans that were done are kept",
    hint="report it with the server's log",
)

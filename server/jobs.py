"""Long work: replans that run beside the calls and are kept as operations in the ledger."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated

import structlog
from pydantic import Field

from models.base import Id, Model
from models.issues import Conflict, Issue, IssueCode, NotFound, ServandaError, StateError
from models.timing import Instant
from server.clock import Clock
from server.ledger import StoredOperation
from server.promising import Promising, Publication
from server.solver_process import SolverProcess
from server.turn import Turn

KIND = "replan"
_log = structlog.get_logger("jobs")


class ReplanTerms(Model):
    """What is asked of a replan: see `ReplanRequest` in plan_service.proto."""

    request_id: Id
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    iterations: Annotated[int, Field(ge=1, le=10_000_000)] = 2000
    time_limit: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=1))] = timedelta(seconds=60)


class ReplanStage(StrEnum):
    WAITING = "WAITING"
    SEARCHING = "SEARCHING"
    PUBLISHING = "PUBLISHING"
    DONE = "DONE"


class ReplanProgress(Model):
    """The metadata of an operation: see `ReplanMetadata` in plan_service.proto."""

    stage: ReplanStage = ReplanStage.WAITING
    seed: int
    iterations: int
    time_limit: timedelta
    create_time: Instant
    end_time: Instant | None = None
    cancel_requested: bool = False

    def is_of(self, terms: ReplanTerms) -> bool:
        return (self.seed, self.iterations, self.time_limit) == (terms.seed, terms.iterations, terms.time_limit)


class Failure(Model):
    """Why an operation has no result."""

    issues: Annotated[tuple[Issue, ...], Field(min_length=1)]


class ReplanRecords:
    """The operations as the ledger keeps them; to be called in the turn only."""

    def __init__(self, promising: Promising, clock: Clock) -> None:
        self._promising = promising
        self._clock = clock

    def admit(self, terms: ReplanTerms) -> tuple[bool, StoredOperation]:
        """The operation of these terms, and whether it is new.

        Raises
        ------
        Conflict
            REQUEST_ID_REUSED: the request id belongs to an operation with other terms.
        """
        try:
            found = self._promising.operation(terms.request_id)
        except NotFound:
            return True, self._open(terms)
        if not _progress(found).is_of(terms):
            raise Conflict(_reused(found, terms))
        return False, found

    def _open(self, terms: ReplanTerms) -> StoredOperation:
        limits = terms.model_dump(exclude={"request_id"})
        progress = ReplanProgress(**limits, create_time=self._clock.now())
        opened = StoredOperation(terms.request_id, KIND, progress.stage, progress.model_dump_json())
        self._promising.remember_operation(opened)
        return opened

    def enter(self, operation_id: str, stage: ReplanStage) -> None:
        """Go on to a stage.

        Raises
        ------
        StateError
            OPERATION_CANCELED: somebody has asked it to stop.
        """
        operation = self._promising.operation(operation_id)
        if _progress(operation).cancel_requested:
            raise StateError(_canceled(operation_id))
        self._change(operation, stage=stage)

    def request_cancel(self, operation_id: str) -> None:
        """Note that it is to stop, unless it is over."""
        operation = self._promising.operation(operation_id)
        if not _is_done(operation):
            self._change(operation, cancel_requested=True)

    def end(self, operation_id: str, outcome: Publication | Failure) -> None:
        """Keep what came out."""
        operation = self._promising.operation(operation_id)
        kept = "error" if isinstance(outcome, Failure) else "result"
        ended = replace(operation, **{kept: outcome.model_dump_json()})
        self._change(ended, stage=ReplanStage.DONE, end_time=self._clock.now())

    def end_interrupted(self) -> None:
        """Fail what was under way when the server last ended."""
        for operation in list(self._open_operations()):
            self.end(operation.operation_id, Failure(issues=(_interrupted(operation.operation_id),)))

    def _open_operations(self) -> Iterator[StoredOperation]:
        after = ""
        while page := self._promising.operations(after, limit=500):
            yield from (operation for operation in page if not _is_done(operation))
            after = page[-1].operation_id

    def _change(self, operation: StoredOperation, **changes: object) -> None:
        progress = _progress(operation).model_copy(update=changes)
        self._promising.remember_operation(
            replace(operation, state=progress.stage, metadata=progress.model_dump_json())
        )


class Replans:
    """Runs replans one after another, beside the calls."""

    def __init__(self, *, promising: Promising, turn: Turn, records: ReplanRecords, solver: SolverProcess) -> None:
        self._promising = promising
        self._turn = turn
        self._records = records
        self._solver = solver
        self._one_at_a_time = asyncio.Lock()
        self._searching: str | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, terms: ReplanTerms) -> StoredOperation:
        """The operation, new or the one that this request started before.

        Raises
        ------
        Conflict
            REQUEST_ID_REUSED: the request id belongs to an operation with other terms.
        """
        is_new, operation = await self._turn.take(partial(self._records.admit, terms))
        if is_new:
            self._tasks[terms.request_id] = asyncio.create_task(self._carry_out(terms))
        return operation

    async def wait(self, operation_id: str, *, seconds: float | None) -> None:
        """Until the operation is done, or that many seconds."""
        if task := self._tasks.get(operation_id):
            await asyncio.wait([task], timeout=seconds)

    async def cancel(self, operation_id: str) -> None:
        """Ask an operation to stop. What is published already, or over, stays.

        Raises
        ------
        NotFound
            OPERATION_NOT_FOUND.
        """
        await self._turn.take(partial(self._records.request_cancel, operation_id))
        if self._searching == operation_id:
            self._solver.stop()

    async def close(self) -> None:
        """Drop what is under way. After the next start it is shown as interrupted."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._solver.close)

    async def _carry_out(self, terms: ReplanTerms) -> None:
        try:
            async with self._one_at_a_time:
                outcome = await self._outcome(terms)
            await self._turn.insist(partial(self._records.end, terms.request_id, outcome))
        finally:
            del self._tasks[terms.request_id]

    async def _outcome(self, terms: ReplanTerms) -> Publication | Failure:
        try:
            return await self._replan(terms)
        except ServandaError as error:
            return Failure(issues=error.issues)
        except Exception:
            _log.exception("replan failed", operation_id=terms.request_id)
            return Failure(issues=(_UNFORESEEN,))

    async def _replan(self, terms: ReplanTerms) -> Publication:
        # Before the look at `cancel_requested` in `enter`: whoever cancels after it finds us here.
        self._solver.allow()
        self._searching = terms.request_id
        try:
            await self._turn.insist(partial(self._records.enter, terms.request_id, ReplanStage.SEARCHING))
            await self._turn.insist(self._promising.mend)
            problem = await self._turn.insist(self._promising.problem)
            seconds = terms.time_limit.total_seconds()
            plan = await self._solver.search(problem, seed=terms.seed, iterations=terms.iterations, seconds=seconds)
        finally:
            self._searching = None
        await self._turn.insist(partial(self._records.enter, terms.request_id, ReplanStage.PUBLISHING))
        return await self._turn.insist(partial(self._promising.publish, problem, plan))


def _progress(operation: StoredOperation) -> ReplanProgress:
    return ReplanProgress.model_validate_json(operation.metadata)


def _is_done(operation: StoredOperation) -> bool:
    return operation.result is not None or operation.error is not None


def _reused(found: StoredOperation, terms: ReplanTerms) -> Issue:
    return Issue(
        code=IssueCode.REQUEST_ID_REUSED,
        path="request_id",
        message=f"request_id ({terms.request_id}) must come with what it came with first: "
        f"{found.metadata}, not {terms.model_dump_json(exclude={'request_id'})}",
        hint="give each request its own id; repeat a request only unchanged",
    )


def _canceled(operation_id: str) -> Issue:
    return Issue(
        code=IssueCode.OPERATION_CANCELED,
        path="name",
        message=f"operation ({operation_id}) was cancelled; nothing was published",
        hint="start another with a new request_id, if it is wanted after all",
    )


def _interrupted(operation_id: str) -> Issue:
    return Issue(
        code=IssueCode.OPERATION_INTERRUPTED,
        path="name",
        message=f"the server ended before operation ({operation_id}) was done; nothing was published",
        hint="start another with a new request_id",
    )


_UNFORESEEN = Issue(
    code=IssueCode.INTERNAL,
    path="name",
    message="something unforeseen has happened; nothing was published",
    hint="report it with the server's log",
)

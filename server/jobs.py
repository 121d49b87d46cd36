"""Long work: replans that run beside the calls, are kept as operations in the ledger, and survive the process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, NamedTuple, TypeVar

import structlog
from pydantic import Field

from models.base import Id, Model
from models.disturbance import Account, ReplanReport
from models.issues import Conflict, InputError, Issue, IssueCode, NotFound, ServandaError, StateError
from models.plan import Plan
from models.problem import Problem
from models.timing import Instant
from server.clock import Clock
from server.ledger import StoredOperation, Transaction
from server.promising import Promising, Publication, Snapshot
from server.solver_process import Replan, Search, SolverProcess
from server.turn import Turn
from solver.replanning.night import REGION
from solver.replanning.promise_prices import Prices, noted_prices

T = TypeVar("T")

KIND = "replan"

MOST_ATTEMPTS = 5
"""So often in a row an attempt may end with its process, and nothing new noted; then it is no accident."""

SNAPSHOT, NOTE, PUBLISHED, REPORT = "snapshot", "note/", "published", "report"
"""Names of the parts of an operation: what it plans on, the notes of its searches, what it put in force."""

_LOOK_AT_CLOCK_S = 0.2

_log = structlog.get_logger("jobs")


class PinnedItem(Model):
    """An item that stays with who does it."""

    contract_id: Id
    item_id: Id


class ReplanTerms(Model):
    """What is asked of a replan: see `ReplanRequest` in plan_service.proto."""

    request_id: Id
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    iterations: Annotated[int, Field(ge=1, le=10_000_000)] = 2000
    time_limit: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=12))] = timedelta(seconds=60)
    until: Instant | None = None
    freeze_until: Instant | None = None
    pinned: Annotated[tuple[PinnedItem, ...], Field(max_length=10_000)] = ()
    prices: bool = False


class ReplanStage(StrEnum):
    WAITING = "WAITING"
    SEARCHING = "SEARCHING"
    PUBLISHING = "PUBLISHING"
    REPORTING = "REPORTING"
    DONE = "DONE"


class ReplanProgress(Model):
    """The metadata of an operation: see `ReplanMetadata` in plan_service.proto.

    Parameters
    ----------
    attempts
        So often it has begun since something was noted last.
    """

    stage: ReplanStage = ReplanStage.WAITING
    seed: int
    iterations: int
    time_limit: timedelta
    until: Instant | None = None
    freeze_until: Instant | None = None
    pinned: tuple[PinnedItem, ...] = ()
    prices: bool = False
    create_time: Instant
    end_time: Instant | None = None
    cancel_requested: bool = False
    regions_done: int = 0
    attempts: int = 0

    def terms(self, operation_id: str) -> ReplanTerms:
        """What was asked for."""
        names = ReplanTerms.model_fields.keys() - {"request_id"}
        return ReplanTerms(request_id=operation_id, **{name: getattr(self, name) for name in names})


class Failure(Model):
    """Why an operation has no result."""

    issues: Annotated[tuple[Issue, ...], Field(min_length=1)]


class Put(NamedTuple):
    """What was put in force, and what that moved."""

    publication: Publication
    account: Account


class _Published(Model):
    publication: Publication
    account: Account


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
        InputError
            VALUE_INVALID, REFERENCE_DANGLING: the terms do not fit the time or the plan.
        """
        try:
            found = self._promising.operation(terms.request_id)
        except NotFound:
            return True, self._open(terms)
        if found.kind != KIND or _progress(found).terms(terms.request_id) != terms:
            raise Conflict(reused(found, terms.request_id, terms))
        return False, found

    def _open(self, terms: ReplanTerms) -> StoredOperation:
        if issues := [*self._unfit(terms)]:
            raise InputError(*issues)
        limits = terms.model_dump(exclude={"request_id"})
        progress = ReplanProgress(**limits, create_time=self._clock.now())
        opened = StoredOperation(terms.request_id, KIND, progress.stage, progress.model_dump_json())
        self._promising.remember_operation(opened)
        return opened

    def _unfit(self, terms: ReplanTerms) -> Iterator[Issue]:
        now, end = self._clock.now(), self._promising.horizon.end
        if terms.until is not None and terms.until <= now:
            yield _outside("until", terms.until, f"> now ({now})", hint="give a time that lies ahead")
        if terms.freeze_until is not None and not now <= terms.freeze_until <= end:
            rule = f"in [now ({now}), the end of the horizon ({end})]"
            yield _outside("freeze_until", terms.freeze_until, rule, hint="leave it out to freeze what has begun")
        wanted = ((each.contract_id, each.item_id) for each in terms.pinned)
        for n, key in enumerate(wanted):
            if not self._promising.is_planned(*key):
                yield _not_planned(n, "/".join(key))

    def begin(self, operation_id: str) -> None:
        """An attempt starts, the first one or one after the process has ended.

        Raises
        ------
        StateError
            OPERATION_CANCELED: somebody has asked it to stop. OPERATION_INTERRUPTED: too many attempts
            have come to nothing. Neither, if it has published something.
        """
        operation = self._promising.operation(operation_id)
        progress = _progress(operation)
        if self._promising.part(operation_id, PUBLISHED) is not None:
            self._change(operation, stage=ReplanStage.REPORTING, attempts=progress.attempts + 1)
            return
        if progress.attempts >= MOST_ATTEMPTS:
            raise StateError(_interrupted(operation_id, progress.attempts))
        self.enter(operation_id, ReplanStage.SEARCHING, attempts=progress.attempts + 1)

    def may_report(self, operation_id: str) -> bool:
        """Go on to the report; False if it is to be left at what is noted."""
        operation = self._promising.operation(operation_id)
        progress = _progress(operation)
        self._change(operation, stage=ReplanStage.REPORTING)
        return not progress.cancel_requested and progress.attempts <= MOST_ATTEMPTS

    def enter(self, operation_id: str, stage: ReplanStage, **changes: object) -> None:
        """Go on to a stage.

        Raises
        ------
        StateError
            OPERATION_CANCELED: somebody has asked it to stop.
        """
        operation = self._promising.operation(operation_id)
        if _progress(operation).cancel_requested:
            raise StateError(_canceled(operation_id))
        self._change(operation, stage=stage, **changes)

    def snapshot(self, terms: ReplanTerms) -> Problem:
        """What is planned on: what an earlier attempt had, unless resources or policy have changed since."""
        kept = self._promising.part(terms.request_id, SNAPSHOT)
        if kept is not None:
            problem = self._promising.problem_of(Snapshot.model_validate_json(kept))
            if problem is not None:
                return _pinned(problem, terms)
            self._promising.remove_parts(terms.request_id)
        self._promising.mend()
        snapshot = self._promising.snapshot(freeze_until=terms.freeze_until)
        self._promising.keep_part(terms.request_id, SNAPSHOT, snapshot.model_dump_json())
        problem = self._promising.problem_of(snapshot)
        assert problem is not None, "a snapshot is of the resources and the policy in force"
        return _pinned(problem, terms)

    def notes(self, operation_id: str) -> dict[str, str]:
        """What earlier attempts have noted."""
        found = self._promising.parts(operation_id, prefix=NOTE)
        return {name.removeprefix(NOTE): text for name, text in found.items()}

    def note(self, operation_id: str, name: str, text: str) -> None:
        """Keep what a search has noted."""
        operation = self._promising.operation(operation_id)
        progress = _progress(operation)
        done = progress.regions_done + name.startswith(REGION)
        noted = _with(operation, progress.model_copy(update={"attempts": 0, "regions_done": done}))
        self._promising.keep_part(operation_id, NOTE + name, text, operation=noted)

    def publish(self, operation_id: str, problem: Problem, plan: Plan) -> Put:
        """Put a plan in force, and note in the same transaction what came of it."""
        found: list[Put] = []

        def also(publication: Publication, account: Account, tx: Transaction) -> None:
            found.append(Put(publication, account))
            kept = _Published(publication=publication, account=account)
            tx.put_part(operation_id, PUBLISHED, kept.model_dump_json())

        self._promising.publish(problem, plan, also=also)
        return found[0]

    def published(self, operation_id: str) -> Put | None:
        """What an earlier attempt put in force."""
        kept = self._promising.part(operation_id, PUBLISHED)
        if kept is None:
            return None
        found = _Published.model_validate_json(kept)
        return Put(found.publication, found.account)

    def request_cancel(self, operation_id: str) -> None:
        """Note that it is to stop, unless it is over."""
        operation = self._promising.operation(operation_id)
        if not is_done(operation):
            self._change(operation, cancel_requested=True)

    def end(self, operation_id: str, outcome: Publication | Failure, report: ReplanReport | None) -> None:
        """Keep what came out, and nothing of the way to it."""
        operation = self._promising.operation(operation_id)
        kept = "error" if isinstance(outcome, Failure) else "result"
        ended = replace(operation, **{kept: outcome.model_dump_json()})
        changes = {"stage": ReplanStage.DONE, "end_time": self._clock.now()}
        ended = _with(ended, _progress(ended).model_copy(update=changes))
        parts = {REPORT: report.model_dump_json()} if report else {}
        self._promising.end_operation(ended, parts)

    def report(self, operation_id: str) -> ReplanReport:
        """What a replan that is done has to tell.

        Raises
        ------
        NotFound
            OPERATION_NOT_FOUND. REPORT_NOT_FOUND: it is no replan, is not done, or has failed.
        """
        operation = self._promising.operation(operation_id)
        if operation.kind != KIND:
            raise NotFound(_no_replan(operation))
        kept = self._promising.part(operation_id, REPORT)
        if kept is None:
            raise NotFound(_no_report(operation_id, _progress(operation)))
        return ReplanReport.model_validate_json(kept)

    def unfinished(self) -> tuple[ReplanTerms, ...]:
        """What was under way or waited when the process last ended, in the order in which it came."""
        found = [(_progress(each), each.operation_id) for each in self._open_operations()]
        found.sort(key=lambda each: (each[0].stage is ReplanStage.WAITING, each[0].create_time, each[1]))
        return tuple(progress.terms(operation_id) for progress, operation_id in found)

    def _open_operations(self) -> Iterator[StoredOperation]:
        after = ""
        while page := self._promising.operations(after, limit=500):
            yield from (operation for operation in page if operation.kind == KIND and not is_done(operation))
            after = page[-1].operation_id

    def _change(self, operation: StoredOperation, **changes: object) -> None:
        self._promising.remember_operation(_with(operation, _progress(operation).model_copy(update=changes)))


@dataclass(frozen=True)
class Searches:
    """What the solver's process carries out; see `server.night`."""

    replan: Replan
    prices: Search[Prices]


class Replans:
    """Runs replans one after another, beside the calls."""

    def __init__(
        self,
        *,
        promising: Promising,
        turn: Turn,
        records: ReplanRecords,
        solver: SolverProcess,
        searches: Searches,
        clock: Clock,
    ) -> None:
        self._promising = promising
        self._turn = turn
        self._records = records
        self._solver = solver
        self._searches = searches
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._searching: str | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, terms: ReplanTerms) -> StoredOperation:
        """The operation, new or the one that this request started before.

        Raises
        ------
        Conflict
            REQUEST_ID_REUSED: the request id belongs to an operation with other terms.
        InputError
            The terms do not fit the time or the plan.
        """
        is_new, operation = await self._turn.take(partial(self._records.admit, terms))
        if is_new:
            self._begin(terms)
        return operation

    async def go_on(self) -> None:
        """Go on with what was not done when the process last ended."""
        for terms in await self._turn.insist(self._records.unfinished):
            _log.info("going on with a replan", operation_id=terms.request_id)
            self._begin(terms)

    def _begin(self, terms: ReplanTerms) -> None:
        self._tasks[terms.request_id] = asyncio.create_task(self._carry_out(terms))

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

    async def report(self, operation_id: str) -> ReplanReport:
        """See `ReplanRecords.report`."""
        return await self._turn.take(partial(self._records.report, operation_id))

    async def close(self) -> None:
        """Drop what is under way. It goes on after the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._solver.close)

    async def _carry_out(self, terms: ReplanTerms) -> None:
        try:
            async with self._one_at_a_time:
                outcome, report = await self._outcome(terms)
            await self._turn.insist(partial(self._records.end, terms.request_id, outcome, report))
        finally:
            del self._tasks[terms.request_id]

    async def _outcome(self, terms: ReplanTerms) -> tuple[Publication | Failure, ReplanReport | None]:
        try:
            return await self._attempts(terms)
        except ServandaError as error:
            return Failure(issues=error.issues), None
        except Exception:
            _log.exception("replan failed", operation_id=terms.request_id)
            return Failure(issues=(_UNFORESEEN,)), None

    async def _attempts(self, terms: ReplanTerms) -> tuple[Publication, ReplanReport]:
        """One after another, as long as the solver's process dies and something was achieved."""
        while True:
            try:
                return await self._attempt(terms)
            except BrokenProcessPool:
                _log.warning("the solver's process died; going on in another one", operation_id=terms.request_id)

    async def _attempt(self, terms: ReplanTerms) -> tuple[Publication, ReplanReport]:
        operation_id = terms.request_id
        # Before the look at `cancel_requested` in `begin`: whoever cancels after it finds us here.
        self._solver.allow()
        async with self._until(terms):
            await self._turn.insist(partial(self._records.begin, operation_id))
            problem = await self._turn.insist(partial(self._records.snapshot, terms))
            put = await self._turn.insist(partial(self._records.published, operation_id))
            if put is None:
                plan = await self._search(self._searches.replan, problem, terms)
                await self._turn.insist(partial(self._records.enter, operation_id, ReplanStage.PUBLISHING))
                put = await self._turn.insist(partial(self._records.publish, operation_id, problem, plan))
            report = await self._report(put, problem, terms)
        return put.publication, report

    @asynccontextmanager
    async def _until(self, terms: ReplanTerms) -> AsyncIterator[None]:
        """Searches of this block end when the time has come."""
        self._searching = terms.request_id
        watch = asyncio.create_task(self._stop_at(terms.until)) if terms.until else None
        try:
            yield
        finally:
            self._searching = None
            if watch:
                watch.cancel()

    async def _stop_at(self, until: Instant) -> None:
        while self._clock.now() < until:
            await asyncio.sleep(_LOOK_AT_CLOCK_S)
        self._solver.stop()

    async def _search(self, search: Search[T], problem: Problem, terms: ReplanTerms) -> T:
        operation_id = terms.request_id

        async def keep(name: str, text: str) -> None:
            await self._turn.insist(partial(self._records.note, operation_id, name, text))

        return await self._solver.search(
            partial(search, problem, seed=terms.seed, iterations=terms.iterations),
            seconds=terms.time_limit.total_seconds(),
            known=await self._turn.insist(partial(self._records.notes, operation_id)),
            keep=keep,
        )

    async def _report(self, put: Put, problem: Problem, terms: ReplanTerms) -> ReplanReport:
        prices = await self._prices(problem, terms) if terms.prices else Prices((), complete=True)
        return ReplanReport(
            run_id=terms.request_id,
            snapshot_time=problem.now,
            timezone=problem.catalogue.timezone,
            currency=put.publication.currency,
            seed=terms.seed,
            iterations=terms.iterations,
            contracts=len(problem.contracts),
            cost_before=put.publication.cost_before,
            cost_after=put.publication.cost_after,
            disturbance_price=problem.catalogue.policy.disturbance,
            disturbance=put.publication.disturbance,
            promise_prices=prices.found,
            complete=prices.complete,
            **dict(put.account),
        )

    async def _prices(self, problem: Problem, terms: ReplanTerms) -> Prices:
        """What keeping promises costs; what is known of it, if the search fails: the plan is published by now."""
        if await self._turn.insist(partial(self._records.may_report, terms.request_id)):
            after = await self._turn.insist(partial(self._promising.problem_after, problem))
            try:
                return await self._search(self._searches.prices, after, terms)
            except Exception:
                _log.exception("prices of promises could not be searched", operation_id=terms.request_id)
        return noted_prices(await self._turn.insist(partial(self._records.notes, terms.request_id)))


def _pinned(problem: Problem, terms: ReplanTerms) -> Problem:
    return replace(problem, pinned=frozenset((each.contract_id, each.item_id) for each in terms.pinned))


def _progress(operation: StoredOperation) -> ReplanProgress:
    return ReplanProgress.model_validate_json(operation.metadata)


def _with(operation: StoredOperation, progress: ReplanProgress) -> StoredOperation:
    return replace(operation, state=progress.stage, metadata=progress.model_dump_json())


def is_done(operation: StoredOperation) -> bool:
    """It has a result, or an error."""
    return operation.result is not None or operation.error is not None


def reused(found: StoredOperation, request_id: str, terms: Model) -> Issue:
    """The same name for other work."""
    return Issue(
        code=IssueCode.REQUEST_ID_REUSED,
        path="request_id",
        message=f"request_id ({request_id}) must come with what it came with first: "
        f"{found.kind} {found.metadata}, not {terms.model_dump_json(exclude={'request_id'})}",
        hint="give each request its own id; repeat a request only unchanged",
    )


def _outside(path: str, value: Instant, rule: str, *, hint: str) -> Issue:
    return Issue(code=IssueCode.VALUE_INVALID, path=path, message=f"{path} ({value}) must be {rule}", hint=hint)


def _not_planned(n: int, name: str) -> Issue:
    return Issue(
        code=IssueCode.REFERENCE_DANGLING,
        path=f"pinned[{n}]",
        message=f"pinned item ({name}) must be in the plan",
        hint="GetPlan shows what is planned, and by whom",
    )


def _canceled(operation_id: str) -> Issue:
    return Issue(
        code=IssueCode.OPERATION_CANCELED,
        path="name",
        message=f"operation ({operation_id}) was cancelled; nothing was published",
        hint="start another with a new request_id, if it is wanted after all",
    )


def _interrupted(operation_id: str, attempts: int) -> Issue:
    return Issue(
        code=IssueCode.OPERATION_INTERRUPTED,
        path="name",
        message=f"attempts at operation ({operation_id}) that the process did not survive ({attempts}) must be "
        f"< {MOST_ATTEMPTS}; nothing was published",
        hint="look into the server's log for what ends it, then start another with a new request_id",
    )


def _no_report(operation_id: str, progress: ReplanProgress) -> Issue:
    return Issue(
        code=IssueCode.REPORT_NOT_FOUND,
        path="name",
        message=f"operation ({operation_id}) must have published a plan and be done, and is {progress.stage}",
        hint="wait for the operation; if it has failed, its error says why",
    )


def _no_replan(operation: StoredOperation) -> Issue:
    return Issue(
        code=IssueCode.REPORT_NOT_FOUND,
        path="name",
        message=f"operation ({operation.operation_id}) must be a {KIND}, and is an {operation.kind}",
        hint="CompareScenarios tells what an evaluation came to",
    )


_UNFORESEEN = Issue(
    code=IssueCode.INTERNAL,
    path="name",
    message="something unforeseen has happened; nothing was published",
    hint="report it with the server's log",
)

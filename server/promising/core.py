"""What every use case stands on: the ledger, the books, and the steps that all of them share."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import TypeAdapter

from models.base import Model
from models.contract import Contract, ContractStatus
from models.issues import Conflict, InputError, Issue, IssueCode, NotFound, SolveError
from models.plan import Plan, Violation
from models.problem import Problem
from models.promise import PromiseState
from models.reservation import Reservation, ReservationState
from models.timing import TimeWindow
from scenarios.world import World
from server.clock import Clock
from server.ledger import Ledger, Transaction
from server.promising.books import Books, Change, Entries, ItemKey, plan_of, read_entries, unplanned_of
from server.promising.narrowing import Agenda, narrowed
from server.promising.overlay import overlaid, policy_in_force
from server.promising.papers import reissue
from server.promising.scope import affected_part
from server.promising.writing import write_change
from solver.check import check
from solver.quoting.board import Board, agreed
from solver.replanning.repair import with_states

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound=Model)

LONGEST_REQUEST_ID = 128
MICROSECOND = timedelta(microseconds=1)
NOTHING = Change()
WORLD_META = "world_fingerprint"


@dataclass(frozen=True)
class Request:
    """A mutation as it was asked for. Same id and content: the same request."""

    method: str
    request_id: str
    content: str

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


class Core:
    """State and shared steps of all use cases. Calls come one after another.

    Parameters
    ----------
    ids
        A new id with every call, which no other call gets.
    token_key
        Signs option tokens; a server with another key does not know them.

    Raises
    ------
    Conflict
        WORLD_MISMATCH: the ledger was made for another world.
    """

    def __init__(
        self,
        *,
        tenant_id: str,
        world: World,
        ledger: Ledger,
        clock: Clock,
        ids: Callable[[], str],
        token_key: bytes,
    ) -> None:
        self._tenant_id = tenant_id
        self._base = world
        self._horizon = world.horizon
        self._ledger = ledger
        self._clock = clock
        self._new_id = ids
        self._token_key = token_key
        self._narrowings = Agenda()
        now = clock.now()
        with ledger.transaction() as tx:
            _settle_in(tx, world)
            self._policy = policy_in_force(tx, world, now)
            self._supplies = {each.resource_id: each for each in tx.supplies()}
            self._world = overlaid(world, self._supplies.values(), policy=self._policy.policy)
            self._stock = {(row.site_id, row.sku_id): row for row in tx.stock()}
            held = _held(tx, now)
            entries = read_entries(tx, held)
        self._books = Books(entries, held, Board.of(self._problem(entries, plan_of(entries), now)))

    # -- one mutation

    def _once(self, request: Request, answer_type: Any, act: Callable[[Transaction, datetime], tuple[T, Change]]) -> T:
        """Do what is asked in one transaction; a request that was answered before gets that answer.

        Parameters
        ----------
        act
            Returns the answer, and what it does to the plan in force. Conditions come first,
            writing last: the change is checked and written after it.
        """
        check_request_id(request.request_id)
        now = self._present()
        adapter: TypeAdapter[T] = TypeAdapter(answer_type)
        with self._ledger.transaction() as tx:
            before = tx.recall(request.request_id, request.method, fingerprint=request.fingerprint)
            if before is not None:
                return adapter.validate_json(before)
            answer, change = act(tx, now)
            change = self._reissued(tx, change, now)
            self._write(tx, change, now)
            response = adapter.dump_json(answer).decode()
            tx.remember(
                request.request_id, request.method, fingerprint=request.fingerprint, response=response, time=now
            )
        self._books.adopt(change)
        return answer

    def _reissued(self, tx: Transaction, change: Change, now: datetime) -> Change:
        held = self._books.hold_by_contract_id.keys() - set(change.settled)
        return reissue(tx, change, self._books.entries, held=held, catalogue=self._world.catalogue, at=now)

    def _answered(self, request: Request, answer_type: type[ModelT]) -> ModelT | None:
        """What this request was answered before; None if it is new.

        Raises
        ------
        Conflict
            REQUEST_ID_REUSED.
        """
        check_request_id(request.request_id)
        with self._ledger.transaction() as tx:
            before = tx.recall(request.request_id, request.method, fingerprint=request.fingerprint)
        return None if before is None else answer_type.model_validate_json(before)

    def _write(self, tx: Transaction, change: Change, now: datetime) -> None:
        if change != NOTHING:
            self._verify(change, now)
            write_change(tx, self._books.entries, change, instance=self._books.board.instance)

    def _verify(self, change: Change, now: datetime) -> None:
        """Let the checker see all that the change can break.

        Raises
        ------
        SolveError
            PLAN_INVALID for every violation.
        """
        part = affected_part(self._frame(now), self._books.entries, change, stock=self._stock)
        refuse_invalid(check(*part))

    def _problem(self, entries: Entries, plan: Plan, now: datetime) -> Problem:
        contracts = tuple(entries.contracts[each] for each in sorted(entries.contracts))
        stock = tuple(self._stock.values())
        return replace(self._frame(now), stock=stock, contracts=contracts, initial_plan=plan)

    def _plan_in_force(self) -> Plan:
        """With its cost, and with what has a promise and no place."""
        return self._books.board.plan().model_copy(update={"unplanned": unplanned_of(self._books.entries)})

    def _frame(self, now: datetime) -> Problem:
        """What a problem is made of before there is anything to plan."""
        return Problem(
            catalogue=self._world.catalogue,
            travel=self._base.streets.tables(),
            horizon=self._horizon,
            now=now,
            freeze_until=now,
            disturbance=self._world.catalogue.policy.disturbance,
        )

    # -- expiry

    def _present(self) -> datetime:
        """The time, once every hold that ended by then has been dealt with, each as of its own end."""
        now = self._clock.now()
        for reservation in self._books.overdue(now):
            self._expire(reservation)
        due = self._narrowings.due(self._books.entries, self._world.catalogue.policy, now=now)
        for contract_id in dict.fromkeys(each.contract_id for each in due):
            windows = {each.item_id: each.window for each in due if each.contract_id == contract_id}
            self._narrow(contract_id, windows, now)
        return now

    def _narrow(self, contract_id: str, window_by_item_id: dict[str, TimeWindow], now: datetime) -> None:
        """Tell the customer of a flexible promise which part of its window is kept, now that it comes near.

        The routes of its visits count as changed: a replan that is under way knows the wide window only.
        """
        entries = self._books.entries
        resource_ids = {entries.assignments[contract_id, item_id].resource_id for item_id in window_by_item_id}
        routes = (entries.routes[each] for each in sorted(each for each in resource_ids if each))
        with self._ledger.transaction() as tx:
            contract = require_contract(tx, contract_id)
            contract = revised(contract, promises=narrowed(contract, window_by_item_id))
            tx.put_contract(contract)
            for item_id, window in window_by_item_id.items():
                tx.emit("promise.narrowed", contract_id, time=now, payload=_told(item_id, window, contract))
            change = Change(
                routes=tuple(route.model_copy(update={"version": route.version + 1}) for route in routes),
                contracts=(contract,),
            )
            self._write(tx, change, now)
        self._books.adopt(change)

    def expire_overdue(self) -> None:
        """Let go of holds that have ended. Every other call does so first; a timer may, for the vehicles' sake."""
        self._present()

    def _expire(self, reservation: Reservation) -> None:
        at, contract_id = reservation.expire_time, reservation.contract_id
        # A vehicle that would set out for it at its very end does not.
        just_before = self._horizon.instant(self._horizon.seconds(at - MICROSECOND))
        started = self._started(keys_held(reservation), just_before)
        with self._ledger.transaction() as tx:
            tx.settle_reservation(reservation.reservation_id, ReservationState.EXPIRED, now=at)
            payload = {"reservation_id": reservation.reservation_id, "given_back": str(not started).lower()}
            tx.emit("reservation.expired", contract_id, time=at, payload=payload)
            change = self._abandoned(tx, reservation) if started else self._let_go(tx, reservation, just_before)
            self._write(tx, change, just_before)
        self._books.adopt(change)

    def _abandoned(self, tx: Transaction, reservation: Reservation) -> Change:
        """Nobody confirmed, and a vehicle is on its way: it cannot be called back, the contract can.

        One that was agreed before, and was to be saved by this hold, stays: it is as much at risk as it was.
        """
        contract = require_contract(tx, reservation.contract_id)
        held = agreed(contract, reservation.option)
        if contract.status is ContractStatus.ACTIVE:
            return self._driven_at_risk(tx, held, reservation)
        canceled = revised(held, status=ContractStatus.CANCELED)
        tx.put_contract(canceled)
        tx.emit("contract.canceled", contract.contract_id, time=reservation.expire_time, payload={})
        return Change(contracts=(canceled,), settled=(contract.contract_id,))

    def _driven_at_risk(self, tx: Transaction, held: Contract, reservation: Reservation) -> Change:
        item_ids = [promise.item_id for promise in reservation.option.promises]
        driven = revised(with_states(held, dict.fromkeys(item_ids, PromiseState.AT_RISK)))
        tx.put_contract(driven)
        contract_id = driven.contract_id
        return Change(contracts=(driven,), settled=(contract_id,), found=self._lost_keys(contract_id))

    def _let_go(self, tx: Transaction, reservation: Reservation, at: datetime) -> Change:
        """What is held goes at a whole second; what was agreed before it stays."""
        contract = require_contract(tx, reservation.contract_id)
        if contract.status is not ContractStatus.ACTIVE:
            return self._removal(contract.contract_id, at)
        keys = keys_held(reservation)
        return Change(
            routes=self._books.board.without(keys, now=at),
            removed=keys,
            contracts=(contract,),
            settled=(contract.contract_id,),
        )

    def _removal(self, contract_id: str, at: datetime) -> Change:
        """Everything that the plan has of a contract, given back at a whole second."""
        keys = self._books.keys_of(contract_id)
        return Change(
            routes=self._books.board.without(keys, now=at),
            removed=keys,
            settled=(contract_id,) if contract_id in self._books.hold_by_contract_id else (),
            closed=(contract_id,) if contract_id in self._books.entries.contracts else (),
        )

    def _lost_keys(self, contract_id: str) -> tuple[ItemKey, ...]:
        """Items of a contract that lost their place, also those that another option is held for."""
        return tuple(key for key in self._books.entries.unplanned if key[0] == contract_id)

    def _second_from(self, now: datetime) -> datetime:
        """The first whole second at or after `now`: visits are planned in these, and none in the past."""
        return self._horizon.instant(self._horizon.seconds(now - MICROSECOND) + 1)

    def _started(self, keys: Iterable[ItemKey], now: datetime) -> bool:
        return any(self._books.board.started(*key, now=now) for key in keys)


def _settle_in(tx: Transaction, world: World) -> None:
    """An empty ledger becomes this world's and gets its stock; another world's is refused."""
    made_for = tx.meta(WORLD_META)
    if made_for is None:
        tx.set_meta(WORLD_META, world.fingerprint)
        tx.set_stock(world.stock)
    elif made_for != world.fingerprint:
        raise Conflict(
            Issue(
                code=IssueCode.WORLD_MISMATCH,
                path="world",
                message=f"fingerprint of {world.name} ({world.fingerprint}) must be that of the world which the "
                f"ledger was made for ({made_for})",
                hint="serve that world, or start with a new ledger",
            )
        )


def _held(tx: Transaction, now: datetime) -> tuple[Reservation, ...]:
    """Live holds, and those that ended while nobody was there to see."""
    live = (each for each in tx.live_reservations(now) if each.state is ReservationState.HELD)
    return (*live, *tx.overdue_reservations(now))


def keys_held(reservation: Reservation) -> tuple[ItemKey, ...]:
    return tuple((each.contract_id, each.item_id) for each in reservation.option.assignments)


def _told(item_id: str, window: TimeWindow, contract: Contract) -> dict[str, str]:
    ends = {"earliest": window.earliest.isoformat(), "latest": window.latest.isoformat()}
    return {"item_id": item_id, **ends, "revision": str(contract.revision)}


def check_request_id(request_id: str) -> None:
    if not request_id:
        raise InputError(
            Issue(
                code=IssueCode.FIELD_REQUIRED,
                path="request_id",
                message=f"length of request_id (0) must be in [1, {LONGEST_REQUEST_ID}]",
                hint="send a new id with every new request, and the same one when you repeat it",
            )
        )
    if len(request_id) > LONGEST_REQUEST_ID:
        raise InputError(
            Issue(
                code=IssueCode.VALUE_INVALID,
                path="request_id",
                message=f"length of request_id ({len(request_id)}) must be in [1, {LONGEST_REQUEST_ID}]",
                hint="a UUID or a ULID is long enough",
            )
        )


def refuse_invalid(violations: tuple[Violation, ...]) -> None:
    """Raise PLAN_INVALID for every violation."""
    if violations:
        raise SolveError(
            *(
                Issue(
                    code=IssueCode.PLAN_INVALID,
                    path=each.path,
                    message=f"{each.code}: {each.message}",
                    hint="nothing was changed; this is a defect of the solver, please report it",
                )
                for each in violations
            )
        )


def require_contract(tx: Transaction, contract_id: str) -> Contract:
    """The contract at its last revision.

    Raises
    ------
    NotFound
        CONTRACT_NOT_FOUND.
    """
    contract = tx.contract(contract_id)
    if contract is None:
        raise not_found(IssueCode.CONTRACT_NOT_FOUND, "contract_id", contract_id)
    return contract


def not_found(code: IssueCode, path: str, wanted_id: str) -> NotFound:
    return NotFound(
        Issue(
            code=code,
            path=path,
            message=f"{path} ({wanted_id}) must name one that this tenant has",
            hint="check the id, and the tenant",
        )
    )


def revised(contract: Contract, **changes: object) -> Contract:
    """The next revision of a contract."""
    return contract.model_copy(update={"revision": contract.revision + 1, **changes})

"""Changes of resources, stock and policy: the plan in force is mended before they take effect."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from models.base import Model
from models.catalogue import StockRow
from models.contract import Contract
from models.plan import Assignment, Unplanned, Violation
from models.problem import Problem
from models.promise import PromiseState
from models.reservation import Reservation, ReservationState
from models.supply import Repair, StoredSupply
from scenarios.world import World
from server.ledger import Transaction
from server.promising.books import Books, Change, Entries, ItemKey, key_of, plan_of
from server.promising.core import Core, Request, check_request_id, keys_held, refuse_invalid, require_contract, revised
from server.promising.scope import StockKey
from server.promising.writing import write_change
from solver.check import check, recompute_cost
from solver.quoting.board import Board, agreed
from solver.replanning.repair import Held, Repaired, repair, with_states

AnswerT = TypeVar("AnswerT", bound=Model)


@dataclass(frozen=True)
class Terms:
    """Resources and stock as they are to be."""

    supplies: Mapping[str, StoredSupply]
    world: World
    stock: Mapping[StockKey, StockRow]


@dataclass(frozen=True)
class Mended:
    """What new terms do to the plan: written, and in force as soon as the ledger has committed."""

    terms: Terms
    change: Change
    board: Board
    entries: Entries
    report: Repair


class Mending(Core):
    def mend(self) -> Repair:
        """Try to plan what is at risk once more, with resources and stock as they are."""
        now = self._present()
        if not self._books.entries.lost():
            return Repair()
        with self._ledger.transaction() as tx:
            mended = self._mended(tx, self._terms(), now)
        self._take_effect(mended)
        return mended.report

    def _amend(
        self,
        request: Request,
        answer_type: type[AnswerT],
        act: Callable[[Transaction, datetime], tuple[Terms, Callable[[Mended], AnswerT]]],
    ) -> AnswerT:
        """Change resources or stock in one transaction, and the plan with them; once for each request.

        Parameters
        ----------
        act
            Writes the new terms into the ledger; gives them, and how to answer once they are met.
        """
        check_request_id(request.request_id)
        now = self._present()
        with self._ledger.transaction() as tx:
            before = tx.recall(request.request_id, request.method, fingerprint=request.fingerprint)
            if before is not None:
                return answer_type.model_validate_json(before)
            terms, answer_of = act(tx, now)
            mended = self._mended(tx, terms, now)
            answer = answer_of(mended)
            response = answer.model_dump_json()
            tx.remember(
                request.request_id, request.method, fingerprint=request.fingerprint, response=response, time=now
            )
        self._take_effect(mended)
        return answer

    def _terms(self) -> Terms:
        """As they are."""
        return Terms(self._supplies, self._world, self._stock)

    def _take_effect(self, mended: Mended) -> None:
        self._supplies = dict(mended.terms.supplies)
        self._world = mended.terms.world
        self._stock = dict(mended.terms.stock)
        held = {each.contract_id: each for each in self._books.hold_by_contract_id.values()}
        for contract_id in mended.change.settled:
            del held[contract_id]
        mended.board.adopt(contracts=mended.change.contracts)
        self._books = Books(mended.entries, held.values(), mended.board)

    # -- what the plan has to give up, and what it finds instead

    def _mended(self, tx: Transaction, terms: Terms, now: datetime) -> Mended:
        """Write what the terms do to the plan in force.

        Raises
        ------
        Conflict
            RESOURCE_UNDER_WAY: they contradict what has started.
        """
        holds = self._books.hold_by_contract_id
        problem = self._problem_under(terms, self._books.entries, now)
        repaired = repair(
            problem,
            self._books.board,
            ranks=lambda: _by_agreement(tx.live_reservations(now)),
            holds={each.contract_id: _held(each) for each in holds.values()},
        )
        change = self._change_of(tx, repaired, now)
        entries = self._books.entries.after(change)
        if change != Change():
            self._refuse_invalid(terms, entries, now)
            write_change(tx, self._books.entries, change, instance=repaired.board.instance)
        report = self._report(repaired)
        _tell(tx, report, [holds[each] for each in repaired.revoked], now)
        return Mended(terms, change, repaired.board, entries, report)

    def _problem_under(self, terms: Terms, entries: Entries, now: datetime) -> Problem:
        at = self._second_from(now)
        frame = replace(self._frame(at), catalogue=terms.world.catalogue, stock=tuple(terms.stock.values()))
        contracts = tuple(entries.contracts[each] for each in sorted(entries.contracts))
        return replace(frame, contracts=contracts, initial_plan=plan_of(entries))

    def _refuse_invalid(self, terms: Terms, entries: Entries, now: datetime) -> None:
        refuse_invalid(self._violations_under(terms, entries, now))

    def _violations_under(self, terms: Terms, entries: Entries, now: datetime) -> tuple[Violation, ...]:
        """What the checker says of a plan, with all that has started by now in its place."""
        problem = self._problem_under(terms, entries, now)
        plan = problem.initial_plan
        plan = plan.model_copy(update={"cost": recompute_cost(problem, plan)})
        return check(replace(problem, initial_plan=plan_of(self._books.entries)), plan)

    def _change_of(self, tx: Transaction, repaired: Repaired, now: datetime) -> Change:
        revoked = [self._books.hold_by_contract_id[each] for each in repaired.revoked]
        for reservation in revoked:
            tx.settle_reservation(reservation.reservation_id, ReservationState.RELEASED, now=now)
        stated = self._with_new_states(tx, repaired)
        standing = [require_contract(tx, each) for each in repaired.revoked]
        reverted = {each.contract_id: each for each in standing if each.promises}
        added = {key_of(each) for each in repaired.added}
        change = Change(
            routes=repaired.routes,
            added=repaired.added,
            removed=repaired.removed,
            contracts=tuple((reverted | stated).values()),
            settled=repaired.revoked,
            closed=tuple(each for each in repaired.revoked if each not in reverted),
            lost=tuple(each for each in repaired.lost if self._is_news(each, repaired, reverted)),
            found=tuple(key for key in self._books.entries.lost() if key in added),
        )
        return self._reissued(tx, change, now)

    def _with_new_states(self, tx: Transaction, repaired: Repaired) -> dict[str, Contract]:
        """Contracts with other states of their promises: kept by the ledger, and as the plan has them."""
        states: defaultdict[str, dict[str, PromiseState]] = defaultdict(dict)
        for (contract_id, item_id), state in repaired.states.items():
            states[contract_id][item_id] = state
        changed = {}
        for contract_id in sorted(states):
            contract = revised(with_states(require_contract(tx, contract_id), states[contract_id]))
            tx.put_contract(contract)
            hold = None if contract_id in repaired.revoked else self._books.hold_by_contract_id.get(contract_id)
            changed[contract_id] = agreed(contract, hold.option) if hold else contract
        return changed

    def _is_news(self, lost: Unplanned, repaired: Repaired, reverted: Mapping[str, Contract]) -> bool:
        """Whether the ledger has to note it: not what was known, nor what was only held."""
        key = lost.contract_id, lost.item_id
        if self._books.entries.unplanned.get(key) == lost:
            return False
        if lost.contract_id not in repaired.revoked:
            return True
        contract = reverted.get(lost.contract_id)
        return contract is not None and any(item.item_id == lost.item_id for item in contract.items)

    def _report(self, repaired: Repaired) -> Repair:
        before = self._books.entries.assignments
        after = {key_of(each): each for each in repaired.added}
        moved = (key for key in repaired.removed if key in after and _is_elsewhere(before[key], after[key]))
        revoked = (self._books.hold_by_contract_id[each].reservation_id for each in repaired.revoked)
        return Repair(
            moved=_names(moved),
            at_risk=_names(key for key, state in repaired.states.items() if state is PromiseState.AT_RISK),
            safe=_names(key for key, state in repaired.states.items() if state is PromiseState.OPEN),
            revoked_reservation_ids=tuple(revoked),
        )


def _is_elsewhere(one: Assignment, other: Assignment) -> bool:
    return (one.site_id, one.resource_id) != (other.site_id, other.resource_id)


def _names(keys: Iterable[ItemKey]) -> tuple[str, ...]:
    return tuple("/".join(key) for key in sorted(keys))


def _held(reservation: Reservation) -> Held:
    item_ids = frozenset(item_id for _, item_id in keys_held(reservation))
    return Held(item_ids, reservation.expire_time)


def _by_agreement(reservations: Iterable[Reservation]) -> list[str]:
    """Contracts that are agreed, the one whose first option was held first at the head."""
    since: dict[str, datetime] = {}
    for each in reservations:
        if each.state is ReservationState.CONFIRMED:
            since[each.contract_id] = min(each.create_time, since.get(each.contract_id, each.create_time))
    return sorted(since, key=lambda contract_id: (since[contract_id], contract_id))


def _tell(tx: Transaction, report: Repair, revoked: Iterable[Reservation], now: datetime) -> None:
    told = (("plan.replanned", report.moved), ("promise.at_risk", report.at_risk), ("promise.safe", report.safe))
    for event_type, names in told:
        for name in names:
            contract_id, _, item_id = name.partition("/")
            tx.emit(event_type, contract_id, time=now, payload={"item_id": item_id})
    for each in revoked:
        tx.emit("reservation.revoked", each.contract_id, time=now, payload={"reservation_id": each.reservation_id})

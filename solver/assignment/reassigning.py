"""Other sources, carriers and desks for what is promised already: the first step of a replan.

Mode, level, window and fee of every item stay. Contracts of which nothing has begun may get their
goods from another site, another carrier or another desk, and hand to each other what is scarce.
"""

from dataclasses import dataclass, replace

from models.contract import Contract, ContractStatus
from models.plan import Assignment, Plan
from models.problem import Problem
from models.promise import Mode, PromiseState
from solver.assignment.candidates import Candidate
from solver.assignment.constraints import rows_of
from solver.assignment.cp_sat import decide
from solver.assignment.draft import Draft
from solver.assignment.large import MOST_EXACT, decide_many
from solver.assignment.room import TIMED
from solver.assignment.rounds import offer_of, pieces, put_into_effect
from solver.disturbance import disturbance
from solver.quoting.board import Board
from solver.quoting.bundles import Bundle, best_at_each
from solver.stop import Stop, never

MOST = 60
"""Contracts that are looked at unless it is said how many: those that cost most where they are."""

WIDTH = 4
"""Of the bundles found so far, the cheapest that a search goes on with, if more contracts than `MOST` are looked at."""

ROUNDS = 2

_OPEN_MODES = (Mode.RIDER, Mode.VAN, Mode.CARRIER, Mode.REMOTE)
"""At a counter the place is promised, a technician comes from nowhere in particular."""


@dataclass(frozen=True, slots=True)
class Look:
    """How many contracts a replan looks at: those that cost most where they are, and how long.

    Parameters
    ----------
    most
        So many of them; None: all that may come from elsewhere.
    enough
        Asked before each look. Once it says True, no other one is looked at, and it goes on with those that were.
    over
        Once it says True, nothing more is put into effect: what was, stays.
    most_exact
        Up to so many are left to CP-SAT; more are assigned by Lagrangian relaxation.
    """

    most: int | None = MOST
    enough: Stop = never
    over: Stop = never
    most_exact: int = MOST_EXACT


FEW = Look()


@dataclass(frozen=True)
class SourcesBound:
    """What other sources could save at most, if nothing else changed.

    Every contract takes one of its candidates: what it has, at what would be saved without it, or what it
    could take instead, at what that would add to the plan with everything else in it; both with the price of
    what changes hands. What is scarce is kept by rows.

    Parameters
    ----------
    lower_bound
        No choice of candidates that keeps the rows costs less, in minor units; proved.
    chosen, as_it_is
        What the cheapest choice found costs, and that of the plan in force.
    num_contracts, num_looked_at, num_candidates, num_rows
        All that are open; those of which others were looked up than the candidate that they have; what there was
        to choose from in all; and the rows.
    """

    lower_bound: int
    chosen: int
    as_it_is: int
    num_contracts: int
    num_looked_at: int
    num_candidates: int
    num_rows: int


def reassigned(problem: Problem, *, seed: int, stop: Stop, look: Look = FEW) -> Plan:
    """The plan in force with other assignments behind the same promises, if that is cheaper; else itself."""
    board = Board.of(problem)
    free = _dearest(_free(problem, board), board, problem, most=look.most)
    if not free or stop():
        return problem.initial_plan
    draft = Draft(problem, free, board=board)
    for _ in range(ROUNDS):
        if not _play(draft, look, seed=seed, stop=stop):
            break
    plan, before = draft.plan(), problem.initial_plan
    counts = plan.cost.total + disturbance(before, plan, price=problem.disturbance)
    return plan if counts < before.cost.total else before


def bound_of_sources(problem: Problem, *, seed: int, enough: Stop = never) -> SourcesBound:
    """A proved bound of what any other choice of sources costs, over all contracts of the plan in force.

    Parameters
    ----------
    enough
        Once it says True, no other contract is looked at: the rest has one candidate, what it has.
    """
    board = Board.of(problem)
    free = _free(problem, board)
    draft = Draft(problem, _dearest(free, board, problem, most=None), board=board)
    offers, num_looked_at = _offers(draft, enough)
    now = (0,) * len(offers)
    rows = rows_of(offers, draft.room)
    answer = decide_many(offers, rows, hint=now, seed=seed)
    others = len(problem.contracts) - len(offers)
    return SourcesBound(
        lower_bound=answer.bound,
        chosen=answer.cost,
        as_it_is=sum(offer[0].price for offer in offers),
        num_contracts=len(problem.contracts),
        num_looked_at=num_looked_at,
        num_candidates=sum(map(len, offers)) + others,
        num_rows=len(rows),
    )


def _play(draft: Draft, look: Look, *, seed: int, stop: Stop) -> int:
    offers, num_looked_at = _offers(draft, lambda: stop() or look.enough())
    now = (0,) * len(offers)
    if stop() or all(len(offer) == 1 for offer in offers):
        return 0
    rows = rows_of(offers, draft.room)
    if num_looked_at > look.most_exact:
        then = decide_many(offers, rows, hint=now, seed=seed, stop=stop).decision.choice
    else:
        then = decide(offers, rows, hint=now, seed=seed, stop=stop).choice
    wanted = pieces(offers, rows, now=now, then=then)
    return put_into_effect(draft, offers, wanted, now=now, then=then, stop=look.over)


def _offers(draft: Draft, enough: Stop) -> tuple[list[list[Candidate]], int]:
    """What each contract could take, in their order, and for how many others than what it has were looked up."""
    keep = best_at_each if len(draft.contracts) <= MOST else _cheapest
    offers, num_looked_at = list[list[Candidate]](), 0
    for contract_id in draft.contracts:
        if enough():
            offers.append([replace(draft.taken[contract_id], price=0)])
        else:
            offers.append(offer_of(draft, contract_id, keep=keep))
            num_looked_at += 1
    return offers, num_looked_at


def _cheapest(bundles: list[Bundle]) -> list[Bundle]:
    return sorted(bundles, key=lambda bundle: bundle.cost_units)[:WIDTH]


def dearest_not_begun(problem: Problem, board: Board, *, most: int) -> list[Contract]:
    """Contracts that could come from elsewhere: so many of those that cost most where they are."""
    return _dearest(_not_begun(problem, board), board, problem, most=most)


def _free(problem: Problem, board: Board) -> list[Contract]:
    """What was agreed to start together keeps its instant, and putting it in anew could find another: it stays."""
    return [contract for contract in _not_begun(problem, board) if not contract.same_starts]


def _not_begun(problem: Problem, board: Board) -> list[Contract]:
    """Contracts in force of which nothing has begun, and something could be done from elsewhere."""
    assignments: dict[str, list[Assignment]] = {}
    for each in problem.initial_plan.assignments:
        assignments.setdefault(each.contract_id, []).append(each)
    return [
        contract
        for contract in problem.contracts
        if contract.status is ContractStatus.ACTIVE
        and all(promise.state is PromiseState.OPEN for promise in contract.promises)
        and not any((contract.contract_id, item.item_id) in problem.pinned for item in contract.items)
        and any(each.mode in _OPEN_MODES for each in assignments.get(contract.contract_id, ()))
        and not any(_has_begun(each, board, problem) for each in assignments[contract.contract_id])
    ]


def _has_begun(assignment: Assignment, board: Board, problem: Problem) -> bool:
    """Somebody picks it, talks to the customer or is on the way."""
    booked = [use.bucket_start for use in assignment.uses if use.kind in TIMED]
    if booked and min(booked) <= problem.freeze_until:
        return True
    return board.started(assignment.contract_id, assignment.item_id, now=problem.freeze_until)


def _dearest(contracts: list[Contract], board: Board, problem: Problem, *, most: int | None) -> list[Contract]:
    """Those that would save most if they were not there, the first of them first; as they are, if they are so few."""
    if most is not None and len(contracts) <= most:
        return contracts
    draft = Draft(problem, contracts, board=board)
    return sorted(contracts, key=lambda contract: (-draft.price(contract.contract_id), contract.contract_id))[:most]

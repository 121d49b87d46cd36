"""Other sources, carriers and desks for what is promised already: the first step of a replan.

Mode, level, window and fee of every item stay. Contracts of which nothing has begun may get their
goods from another site, another carrier or another desk, and hand to each other what is scarce.
"""

from models.contract import Contract, ContractStatus
from models.plan import Assignment, Plan
from models.problem import Problem
from models.promise import Mode, PromiseState
from solver.assignment.constraints import rows_of
from solver.assignment.cp_sat import decide
from solver.assignment.draft import Draft
from solver.assignment.room import TIMED
from solver.assignment.rounds import offer_of, pieces, put_into_effect
from solver.board import Board
from solver.disturbance import disturbance
from solver.stop import Stop

MOST = 60
"""Contracts that are looked at: those that cost most where they are."""

ROUNDS = 2

_OPEN_MODES = (Mode.RIDER, Mode.VAN, Mode.CARRIER, Mode.REMOTE)
"""At a counter the place is promised, a technician comes from nowhere in particular."""


def reassigned(problem: Problem, *, seed: int, stop: Stop) -> Plan:
    """The plan in force with other assignments behind the same promises, if that is cheaper; else itself."""
    free = _dearest(problem, _free(problem))
    if not free or stop():
        return problem.initial_plan
    draft = Draft(problem, free)
    for _ in range(ROUNDS):
        if not _play(draft, seed=seed, stop=stop):
            break
    plan, before = draft.plan(), problem.initial_plan
    counts = plan.cost.total + disturbance(before, plan, price=problem.disturbance)
    return plan if counts < before.cost.total else before


def _play(draft: Draft, *, seed: int, stop: Stop) -> int:
    offers = [offer_of(draft, contract_id) for contract_id in draft.contracts]
    now = (0,) * len(offers)
    if all(len(offer) == 1 for offer in offers):
        return 0
    rows = rows_of(offers, draft.room)
    then = decide(offers, rows, hint=now, seed=seed, stop=stop).choice
    return put_into_effect(draft, offers, pieces(offers, rows, now=now, then=then), now=now, then=then)


def _free(problem: Problem) -> list[Contract]:
    """Contracts in force of which nothing has begun, and something could be done from elsewhere.

    What was agreed to start together keeps its instant, so it stays.
    """
    board = Board.of(problem)
    assignments: dict[str, list[Assignment]] = {}
    for each in problem.initial_plan.assignments:
        assignments.setdefault(each.contract_id, []).append(each)
    return [
        contract
        for contract in problem.contracts
        if contract.status is ContractStatus.ACTIVE
        and not contract.same_starts
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


def _dearest(problem: Problem, contracts: list[Contract]) -> list[Contract]:
    """Those that would save most if they were not there."""
    if len(contracts) <= MOST:
        return contracts
    draft = Draft(problem, contracts)
    dearest = sorted(contracts, key=lambda contract: (-draft.price(contract.contract_id), contract.contract_id))
    return dearest[:MOST]

"""Candidates that take just what a test is about, and drafts of the tiny world."""

from collections.abc import Sequence
from typing import Any

from models.contract import Contract
from models.plan import CapacityKind
from models.problem import Problem
from solver.assignment.candidates import Candidate, Work
from solver.assignment.constraints import Row
from solver.assignment.draft import Draft
from solver.assignment.room import Room
from tests.builders import a_contract, a_problem, at


def a_candidate(price: int = 100, **changes: Any) -> Candidate:
    return Candidate(a_contract(), (), price, **changes)


def a_room(problem: Problem | None = None) -> Room:
    """What is free in a world without contracts."""
    return Draft(problem or a_problem(), ()).room


def a_draft(contracts: Sequence[Contract], **changes: Any) -> Draft:
    return Draft(a_problem(**changes), contracts)


def picking(site_id: str, start: str, end: str, seconds: int) -> Work:
    return work((CapacityKind.PICKING.value, site_id), start, end, seconds)


def work(owner: tuple[str, str], start: str, end: str, seconds: int) -> Work:
    horizon = a_problem().horizon
    return Work(owner, horizon.seconds(at(start)), horizon.seconds(at(end)), seconds)


def keeps(rows: Sequence[Row], choice: Sequence[int | None]) -> bool:
    """Whether a choice breaks none of the rows."""
    return all(row.used(choice) <= row.at_most for row in rows)

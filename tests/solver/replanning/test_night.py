"""A replan that is killed goes on where it was, and ends with the plan that it would have ended with."""

from dataclasses import dataclass, field, replace

import pytest

from models.plan import Plan
from models.problem import Problem
from solver.check import check
from solver.regions.interface import Counted
from solver.regions.serial import Serial
from solver.replanning.night import REGION, SOURCES, NotedSteps
from solver.replanning.replan import replan_large
from tests.solver.notebooks import BlankNotebook
from tests.solver.replanning.test_replan import a_snapshot


@dataclass
class Killed(Exception):
    """In place of the end of the process."""

    notes: dict[str, str]


@dataclass
class MortalNotebook:
    """Its owner dies after so many notes."""

    most: int
    notes: dict[str, str] = field(default_factory=dict)
    written: int = 0

    def read(self, name: str) -> str | None:
        return self.notes.get(name)

    def write(self, name: str, text: str) -> None:
        self.notes[name] = text
        self.written += 1
        if self.written >= self.most:
            raise Killed(self.notes)


def replanned(problem: Problem, notebook: BlankNotebook | MortalNotebook) -> Plan:
    steps = NotedSteps(problem, notebook)
    return replan_large(problem, seed=3, effort=Counted(600), executor=Serial(), checkpoints=steps)


@pytest.mark.parametrize("died_after", [1, 2])
def test_a_replan_that_was_killed_ends_like_one_that_was_not(died_after: int) -> None:
    problem = a_snapshot()
    whole = replanned(problem, BlankNotebook())
    assert whole.cost.total < problem.initial_plan.cost.total
    with pytest.raises(Killed) as killed:
        replanned(problem, MortalNotebook(died_after))
    kept = MortalNotebook(most=99, notes=killed.value.notes)
    assert replanned(problem, kept) == whole
    assert check(problem, whole) == ()


def test_what_is_noted_is_not_done_again() -> None:
    problem = a_snapshot()
    first = MortalNotebook(most=99)
    replanned(problem, first)
    assert SOURCES in first.notes
    assert any(name.startswith(REGION) for name in first.notes)
    second = MortalNotebook(most=99, notes=dict(first.notes))
    replanned(problem, second)
    assert second.written == 0


def test_a_step_that_changed_nothing_gives_the_plan_in_force_itself() -> None:
    problem = a_snapshot()
    notebook = BlankNotebook()
    NotedSteps(problem, notebook).keep_sources(problem.initial_plan)
    assert NotedSteps(problem, notebook).sources() is problem.initial_plan


def test_another_plan_after_the_first_step_is_read_as_it_was() -> None:
    problem, notebook = a_snapshot(), BlankNotebook()
    plan = replan_large(problem, seed=3, effort=Counted(600), executor=Serial())
    NotedSteps(problem, notebook).keep_sources(plan)
    assert NotedSteps(problem, notebook).sources() == plan


def test_a_large_replan_minds_pins_and_what_a_change_of_hands_counts() -> None:
    problem = a_snapshot()
    everything = frozenset((each.contract_id, each.item_id) for each in problem.initial_plan.assignments)
    pinned = replace(problem, pinned=everything)
    assert replanned(pinned, BlankNotebook()) is problem.initial_plan
    dear = replace(problem, disturbance=10_000)
    plan = replanned(dear, BlankNotebook())
    who = [{(a.contract_id, a.item_id): a.resource_id for a in each.assignments} for each in (plan, dear.initial_plan)]
    assert who[0] == who[1]

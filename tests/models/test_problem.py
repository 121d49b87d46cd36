"""The one input of every solve and every check."""

from dataclasses import FrozenInstanceError, replace

import pytest

from models.plan import Plan
from models.problem import Problem
from tests.builders import a_problem, at


def test_a_problem_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        a_problem().now = at("08:00")  # type: ignore[misc]


def test_a_changed_problem_is_another_one_that_shares_its_parts() -> None:
    problem = a_problem()
    later = replace(problem, now=at("08:00"))
    assert (problem.now, later.now) == (at("07:00"), at("08:00"))
    assert later.travel is problem.travel
    assert later.catalogue is problem.catalogue


def test_problems_are_told_apart_by_identity_and_not_by_comparing_tables() -> None:
    problem = a_problem()
    assert problem == problem  # noqa: PLR0124
    assert problem != replace(problem)
    assert len({problem, problem, replace(problem)}) == 2


def test_there_need_be_nothing_to_plan() -> None:
    whole = a_problem()
    problem = Problem(whole.catalogue, whole.travel, whole.horizon, whole.now, whole.freeze_until)
    assert (problem.stock, problem.contracts, problem.initial_plan) == ((), (), Plan())

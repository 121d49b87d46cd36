"""A result is kept whole, or not at all."""

from pathlib import Path

import pytest

from models.issues import InputError, Issue, IssueCode
from models.plan import Plan
from models.plan_file import PlanFile
from scenarios.json_files import check_writable, read_plan, write_plan
from tests.builders import a_problem


def a_plan_file(world: str = "A street") -> PlanFile:
    problem = a_problem()
    return PlanFile(
        world=world,
        fingerprint="f",
        horizon=problem.horizon,
        now=problem.now,
        freeze_until=problem.freeze_until,
        stock=(),
        contracts=(),
        plan=Plan(),
    )


def refusal(error: pytest.ExceptionInfo[InputError]) -> Issue:
    (issue,) = error.value.issues
    assert (issue.code, issue.hint) == (IssueCode.FILE_MISSING, "correct the path")
    return issue


def test_a_plan_comes_back_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    write_plan(file, a_plan_file())
    check_writable(file)
    write_plan(file, a_plan_file("Another street"))
    assert read_plan(file) == a_plan_file("Another street")
    assert [each.name for each in tmp_path.iterdir()] == ["plan.json"]


def test_where_no_plan_can_be_written_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "plan.json"
    folder.mkdir()
    with pytest.raises(InputError) as caught:
        write_plan(folder, a_plan_file())
    assert refusal(caught).message.startswith(f"a result must be written to a folder that exists, and {folder} cannot")
    assert [each.name for each in tmp_path.iterdir()] == ["plan.json"]


def test_that_a_result_could_not_be_written_is_found_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        check_writable(tmp_path)
    assert refusal(caught).message == (
        f"a result must be written to a folder that exists, and {tmp_path} cannot be: it is a folder"
    )
    nowhere = tmp_path / "gone" / "plan.json"
    with pytest.raises(InputError) as caught:
        check_writable(nowhere)
    assert refusal(caught).message == (
        f"a result must be written to a folder that exists, and {nowhere} cannot be: "
        f"{nowhere.parent} is not there or not writable"
    )

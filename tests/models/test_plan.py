"""Costs by kind, and the file that a plan is kept in."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.issues import issues_of
from models.plan import (
    COST_KINDS,
    Assignment,
    CapacityKind,
    CapacityUse,
    Cost,
    Plan,
    ReasonCode,
    ReasonCount,
    Unplanned,
)
from models.plan_file import PlanFile
from models.promise import Mode
from tests.builders import a_planned_day, at

costs = st.builds(Cost, **{kind: st.integers(min_value=-(10**9), max_value=10**9) for kind in COST_KINDS})


def test_a_cost_has_eight_kinds_and_is_nothing_unless_told() -> None:
    assert COST_KINDS == (
        "travel",
        "labour",
        "use",
        "overtime",
        "picking",
        "handling",
        "carrier",
        "expected_compensation",
    )
    assert Cost().total == 0


def test_the_total_is_the_sum_of_all_kinds() -> None:
    assert Cost(**{kind: 10**i for i, kind in enumerate(COST_KINDS)}).total == 11_111_111


@given(costs, costs)
def test_costs_add_up_and_come_apart_kind_by_kind(one: Cost, other: Cost) -> None:
    assert (one + other).total == one.total + other.total
    assert one + other - other == one
    assert one - one == Cost()
    assert [getattr(one + other, kind) for kind in COST_KINDS] == [
        getattr(one, kind) + getattr(other, kind) for kind in COST_KINDS
    ]


def test_a_plan_may_be_empty() -> None:
    assert Plan() == Plan(routes=(), assignments=(), unplanned=(), cost=Cost())


@pytest.mark.parametrize(
    ("make", "fields", "path"),
    [
        (
            CapacityUse,
            {"kind": CapacityKind.PICKING, "owner_id": "S", "bucket_start": at("07:00"), "amount": 0},
            "amount",
        ),
        (ReasonCount, {"code": ReasonCode.NO_STOCK, "count": 0, "total": 1}, "count"),
        (ReasonCount, {"code": ReasonCode.NO_STOCK, "count": 1, "total": 0}, "total"),
        (Unplanned, {"contract_id": "C", "item_id": "i", "reasons": ()}, "reasons"),
    ],
)
def test_what_is_counted_is_at_least_one(make: Any, fields: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make(**fields)
    assert [issue.path for issue in issues_of(caught.value)] == [path]


def test_a_pickup_needs_no_resource() -> None:
    assignment = Assignment(
        contract_id="C", item_id="i", mode=Mode.PICKUP, site_id="S", ready_time=at("07:05"), planned_start=at("07:30")
    )
    assert assignment.resource_id is None


def a_plan_file() -> PlanFile:
    problem = a_planned_day().problem
    return PlanFile(
        world="A street",
        fingerprint="f" * 32,
        horizon=problem.horizon,
        now=problem.now,
        freeze_until=problem.freeze_until,
        stock=problem.stock,
        contracts=problem.contracts,
        plan=a_planned_day().plan,
    )


def test_a_plan_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(a_plan_file().model_dump_json(), encoding="utf-8")
    assert PlanFile.model_validate_json(file.read_text(encoding="utf-8")) == a_plan_file()


def test_a_plan_file_holds_the_problem_that_its_plan_solves() -> None:
    day = a_planned_day()
    problem = a_plan_file().problem(catalogue=day.problem.catalogue, travel=day.problem.travel)
    assert problem.catalogue is day.problem.catalogue
    assert problem.travel is day.problem.travel
    assert (problem.horizon, problem.now, problem.freeze_until) == (
        day.problem.horizon,
        day.problem.now,
        day.problem.freeze_until,
    )
    assert (problem.stock, problem.contracts, problem.initial_plan) == (
        day.problem.stock,
        day.problem.contracts,
        day.plan,
    )


def test_links_that_form_a_cycle_are_found_in_a_plan_file() -> None:
    values = a_plan_file().model_dump(mode="json")
    sequence = next(each for each in values["contracts"] if each["precedences"])
    link = sequence["precedences"][0]
    back = {"before_item_id": link["after_item_id"], "after_item_id": link["before_item_id"], "lag": "PT0S"}
    sequence["precedences"].append(back)
    with pytest.raises(ValidationError) as caught:
        PlanFile.model_validate(values)
    (issue,) = issues_of(caught.value, path="plan.json")
    assert (issue.code.value, issue.path) == ("LINK_CYCLE", "plan.json.contracts[3]")
    assert "i-first" in issue.message
    assert "i-second" in issue.message

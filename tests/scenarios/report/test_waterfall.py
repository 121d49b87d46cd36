"""Each kind stands on those before it, and the total on the ground."""

from models.plan import Cost
from scenarios.report.waterfall import steps_of


def test_each_kind_begins_where_the_one_before_it_ends() -> None:
    assert steps_of(Cost(travel=300, labour=500, carrier=20)) == (
        ("travel", 0, 300),
        ("labour", 300, 800),
        ("carrier", 800, 820),
        ("total", 0, 820),
    )


def test_kinds_that_cost_nothing_are_left_out() -> None:
    assert [kind for kind, _, _ in steps_of(Cost(use=5))] == ["use", "total"]


def test_a_plan_that_costs_nothing_has_no_steps() -> None:
    assert steps_of(Cost()) == ()

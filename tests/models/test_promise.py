"""What the customer is told, and what is owed for lateness."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from models.issues import issues_of
from models.promise import CompensationKind, CompensationLadder, CompensationStep, Payer, PromiseState, SameVisit
from tests.builders import a_promise


def a_step(minutes: float, amount: int, **changes: Any) -> CompensationStep:
    fields = {"kind": CompensationKind.VOUCHER, "amount": amount, "at_lateness": timedelta(minutes=minutes)}
    return CompensationStep(**{**fields, **changes})


def test_a_ladder_may_be_empty_and_is_paid_by_the_platform() -> None:
    assert (CompensationLadder().steps, CompensationLadder().cap, CompensationLadder().payer) == (
        (),
        None,
        Payer.PLATFORM,
    )


@pytest.mark.parametrize(
    "steps",
    [
        (a_step(0, 0),),
        (a_step(0, 300), a_step(15, 300)),
        (a_step(0, 300), a_step(1 / 60_000_000, 301), a_step(30, 1500)),
    ],
)
def test_a_later_step_owes_no_less(steps: tuple[CompensationStep, ...]) -> None:
    assert CompensationLadder(steps=steps).steps == steps


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            (a_step(15, 300), a_step(15, 800)),
            "step at 0:15:00 for 800 must be later than 0:15:00 and owe at least 300",
        ),
        (
            (a_step(0, 100), a_step(15, 300), a_step(5, 800)),
            "step at 0:05:00 for 800 must be later than 0:15:00 and owe at least 300",
        ),
        (
            (a_step(0, 300), a_step(15, 299)),
            "step at 0:15:00 for 299 must be later than 0:00:00 and owe at least 300",
        ),
    ],
)
def test_a_ladder_that_does_not_rise_is_refused(steps: tuple[CompensationStep, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CompensationLadder(steps=steps)
    (issue,) = issues_of(caught.value, path="ladder")
    assert (issue.code.value, issue.path, issue.message, issue.hint) == (
        "LADDER_NOT_INCREASING",
        "ladder",
        message,
        "sort the steps by lateness; a later step owes no less",
    )


def test_nobody_owes_the_merchant() -> None:
    with pytest.raises(ValidationError) as caught:
        a_promise(fee=-1, ladder={"steps": [{"kind": "CASH", "amount": -1, "at_lateness": "-PT1S"}], "cap": -1})
    assert [issue.path for issue in issues_of(caught.value)] == [
        "fee",
        "ladder.steps[0].amount",
        "ladder.steps[0].at_lateness",
        "ladder.cap",
    ]


def test_a_new_promise_is_open() -> None:
    assert a_promise().state is PromiseState.OPEN


def test_one_item_alone_is_no_same_visit() -> None:
    assert SameVisit(item_ids=("a", "b")).item_ids == ("a", "b")
    with pytest.raises(ValidationError) as caught:
        SameVisit(item_ids=("a",))
    assert [(issue.path, issue.message) for issue in issues_of(caught.value)] == [
        ("item_ids", "number of entries (1) must be >= 2")
    ]

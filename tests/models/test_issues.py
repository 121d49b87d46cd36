"""Issues, the exceptions that carry them, and how a pydantic error becomes some."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from models.base import Model
from models.issues import (
    Conflict,
    Expired,
    InputError,
    Issue,
    IssueCode,
    NotFound,
    ServandaError,
    Severity,
    SolveError,
    StateError,
    broken_rule,
    issues_of,
    join_path,
)
from models.order import Channel, Order
from models.timing import Instant, TimeWindow


class Leaf(Model):
    number: Annotated[int, Field(ge=1, le=9)]
    window: TimeWindow | None = None


class Tree(Model):
    leaves: Annotated[tuple[Leaf, ...], Field(min_length=1, max_length=3)]
    leaf_by_channel: dict[Channel, Leaf] = {}
    note: Annotated[str, Field(min_length=1, max_length=5)] = "-"
    length: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(1)
    at: Instant | None = None


def found(values: object, *, model: type[BaseModel] = Tree, path: str = "") -> list[tuple[str, str, str, str]]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    return [(each.code.value, each.path, each.message, each.hint) for each in issues_of(caught.value, path=path)]


READ_THE_DOCS = "see the field's documentation for what it may hold"


def test_all_issues_come_together_each_at_its_own_path() -> None:
    instant = datetime.fromisoformat
    early, late = instant("2026-03-02T07:00:00+00:00"), instant("2026-03-02T08:00:00+00:00")
    assert found(
        {
            "leaves": [{"number": 1}, {"number": 0}, {"number": 2, "window": {"earliest": late, "latest": early}}],
            "leaf_by_channel": {"APP": {"numbr": 3}, "WEIXIN": {"number": 4}},
            "note": "much too long",
            "colour": "green",
        }
    ) == [
        ("VALUE_INVALID", "leaves[1].number", "Input should be greater than or equal to 1, got 0", READ_THE_DOCS),
        (
            "WINDOW_REVERSED",
            "leaves[2].window",
            "earliest (2026-03-02T08:00:00+00:00) must be <= latest (2026-03-02T07:00:00+00:00)",
            "swap the two ends",
        ),
        ("FIELD_REQUIRED", "leaf_by_channel.APP.number", "field (number) must be given", "add this field"),
        (
            "FIELD_UNKNOWN",
            "leaf_by_channel.APP.numbr",
            "field (numbr) must be one that the format has",
            "remove the field or correct its name",
        ),
        (
            "VALUE_INVALID",
            "leaf_by_channel.WEIXIN",
            "Input should be 'LIVESTREAM', 'MARKETPLACE', 'APP', 'MINI_PROGRAM' or 'STORE_POS', got 'WEIXIN'",
            READ_THE_DOCS,
        ),
        ("VALUE_INVALID", "note", "length (13) must be <= 5", READ_THE_DOCS),
        (
            "FIELD_UNKNOWN",
            "colour",
            "field (colour) must be one that the format has",
            "remove the field or correct its name",
        ),
    ]


def test_the_path_of_the_whole_stands_in_front() -> None:
    assert [path for _, path, _, _ in found({"leaves": [{}]}, path="orders[3]")] == ["orders[3].leaves[0].number"]
    assert [path for _, path, _, _ in found({}, path="orders[3]")] == ["orders[3].leaves"]


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"leaves": []}, "leaves", "number of entries (0) must be >= 1"),
        ({"leaves": [{"number": 1}] * 4}, "leaves", "number of entries (4) must be <= 3"),
        ({"leaves": [{"number": 1}], "note": ""}, "note", "length (0) must be >= 1"),
        (
            {"leaves": [{"number": 1}], "length": timedelta(hours=-1)},
            "length",
            "Input should be greater than 0 seconds, got -1 day, 23:00:00",
        ),
        (
            {"leaves": "x" * 100},
            "leaves",
            "Input should be a valid tuple, got '" + "x" * 76 + "...",
        ),
    ],
)
def test_a_message_states_the_rule_and_both_values(values: object, path: str, message: str) -> None:
    assert found(values) == [("VALUE_INVALID", path, message, READ_THE_DOCS)]


def test_values_of_which_some_may_stand_somewhere_are_listed_as_they_are_written() -> None:
    class Some(Model):
        channel: Literal[Channel.APP, Channel.LIVESTREAM]

    with pytest.raises(ValidationError) as error:
        Some.model_validate({"channel": "POST"})
    [issue] = issues_of(error.value)
    assert issue.message == "Input should be 'APP' or 'LIVESTREAM', got 'POST'"


def test_a_tuple_is_not_called_too_short_for_its_bad_members() -> None:
    assert [path for _, path, _, _ in found({"leaves": [{"number": 0}]})] == ["leaves[0].number"]


def test_an_instant_without_an_offset_is_refused() -> None:
    assert found({"leaves": [{"number": 1}], "at": datetime(2026, 3, 2, 7)}) == [
        (
            "TIME_WITHOUT_ZONE",
            "at",
            "Input should have timezone info, got 2026-03-02 07:00:00",
            "write the instant with its offset, e.g. 2026-03-02T07:00:00+08:00",
        )
    ]


def test_an_empty_order_lacks_everything_that_has_no_default() -> None:
    assert [(code, path) for code, path, _, _ in found({}, model=Order, path="orders[0]")] == [
        ("FIELD_REQUIRED", f"orders[0].{name}")
        for name in ("order_id", "channel", "placed_time", "identity", "lines", "place")
    ]


@pytest.mark.parametrize(
    ("prefix", "parts", "path"),
    [
        ("", (), ""),
        ("", ("lines", 0, "quantity"), "lines[0].quantity"),
        ("orders[2]", ("lines", 0, "quantity"), "orders[2].lines[0].quantity"),
        ("", (0, 1), "[0][1]"),
        ("policy", (), "policy"),
    ],
)
def test_a_path_is_written_as_one_would_in_code(prefix: str, parts: tuple[str | int, ...], path: str) -> None:
    assert join_path(prefix, parts) == path


def an_issue(**changes: object) -> Issue:
    return Issue.model_validate({"code": "LINK_CYCLE", "path": "a[0]", "message": "no", "hint": "do", **changes})


def test_an_issue_reads_as_one_line() -> None:
    assert str(an_issue()) == "a[0]: LINK_CYCLE: no (do)"
    assert str(an_issue(hint="")) == "a[0]: LINK_CYCLE: no"
    assert an_issue().severity is Severity.ERROR


def test_an_issue_can_be_kept_in_a_set_and_not_be_changed() -> None:
    issue = an_issue()
    assert len({issue, an_issue()}) == 1
    with pytest.raises(ValidationError, match="Instance is frozen"):
        issue.path = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (InputError, ServandaError),
        (SolveError, ServandaError),
        *((each, StateError) for each in (NotFound, Conflict, Expired)),
    ],
)
def test_an_error_carries_its_issues_and_says_them(
    error: Callable[..., ServandaError], family: type[ServandaError]
) -> None:
    raised = error(an_issue(), an_issue(path="b"))
    assert isinstance(raised, family)
    assert raised.issues == (an_issue(), an_issue(path="b"))
    assert str(raised) == "a[0]: LINK_CYCLE: no (do); b: LINK_CYCLE: no (do)"


def test_the_families_do_not_overlap() -> None:
    assert not issubclass(InputError, StateError)
    assert not issubclass(SolveError, StateError | InputError)


def test_a_broken_rule_keeps_its_code_its_values_and_its_hint() -> None:
    error = broken_rule(IssueCode.VALUE_INVALID, "a ({a}) must be < b ({b})", hint="swap", a=2, b=1)
    assert error.type == "VALUE_INVALID"
    assert error.message() == "a (2) must be < b (1)"
    assert error.context == {"a": 2, "b": 1, "hint": "swap"}


def test_a_code_is_spelled_like_its_name() -> None:
    assert all(code.name == code.value for code in IssueCode)

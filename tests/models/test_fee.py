"""Fee ladders, discounts and flexible levels: what a policy may say."""

from datetime import time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from models.fee import DistanceStep, FeeLadder, FlexibilityDiscount, HourStep, Narrowing
from models.issues import Issue, IssueCode, issues_of
from models.policy import HIGHEST_FEE, ServiceLevel
from models.promise import Mode


def steps(*pairs: tuple[int, int]) -> tuple[DistanceStep, ...]:
    return tuple(DistanceStep(from_m=metres, amount=amount) for metres, amount in pairs)


def hours(*pairs: tuple[int, int]) -> tuple[HourStep, ...]:
    return tuple(HourStep(from_time=time(hour), amount=amount) for hour, amount in pairs)


def a_level(**changes: Any) -> ServiceLevel:
    fields: dict[str, Any] = {
        "service_level_id": "wide",
        "name": "Wide",
        "modes": (Mode.RIDER,),
        "slot_duration": timedelta(hours=6),
        "narrowing": Narrowing(width=timedelta(hours=2), before=timedelta(hours=1)),
    }
    return ServiceLevel(**{**fields, **changes})


def issues(make: Any, **fields: Any) -> list[Issue]:
    with pytest.raises(ValidationError) as caught:
        make(**fields)
    return list(issues_of(caught.value))


def test_a_ladder_that_rises_is_taken_as_it_is() -> None:
    ladder = FeeLadder(by_distance=steps((0, 0), (1000, 100), (2000, 100)), by_hour=hours((9, -50), (11, 100)))
    assert ladder.lowest == -50
    assert FeeLadder().lowest == 0


@pytest.mark.parametrize("later", [(1000, 200), (900, 200), (1001, 99)])
def test_a_distance_step_is_farther_than_the_one_before_and_costs_no_less(later: tuple[int, int]) -> None:
    (issue,) = issues(FeeLadder, by_distance=steps((1000, 100), later))
    assert (issue.code, issue.path) == (IssueCode.LADDER_NOT_INCREASING, "by_distance[1]")
    assert issue.message == (f"step from {later[0]} m with {later[1]} must be farther than 1000 m and at least 100")


def test_everything_that_is_wrong_with_a_ladder_comes_at_once() -> None:
    found = issues(FeeLadder, by_distance=steps((2, 0), (1, 0)), by_hour=hours((9, 0), (9, 10), (8, 0)))
    assert [(issue.code, issue.path) for issue in found] == [
        (IssueCode.LADDER_NOT_INCREASING, "by_distance[1]"),
        (IssueCode.LADDER_NOT_INCREASING, "by_hour[1]"),
        (IssueCode.LADDER_NOT_INCREASING, "by_hour[2]"),
    ]
    assert found[2].message == "from_time (08:00:00) must be later than that of the step before (09:00:00)"


def test_discounts_rise() -> None:
    found = issues(FlexibilityDiscount, stop_cost=steps((5, 9), (5, 9)), amounts=(100, 100))
    assert [(issue.path, issue.message) for issue in found] == [
        ("stop_cost[1]", "step from 5 m with 9 must be farther than 5 m and at least 9"),
        ("amounts[1]", "amount (100) must be larger than the one before (100)"),
    ]


def test_a_fee_is_never_negative_at_any_hour() -> None:
    assert a_level(fee=50, fee_ladder=FeeLadder(by_hour=hours((9, -50)))).fee == 50
    (issue,) = issues(a_level, fee=49, fee_ladder=FeeLadder(by_hour=hours((9, -50))))
    assert issue.message == "fee (49) and the lowest step of its ladder (-50) must add up to 0 or more"


def test_a_fee_is_never_so_high_that_sums_of_fees_leave_their_bounds() -> None:
    dear = FeeLadder(by_distance=steps((0, 5)), by_hour=hours((9, 4)))
    assert a_level(fee=HIGHEST_FEE - 9, fee_ladder=dear).fee == 999_999_991
    (issue,) = issues(a_level, fee=HIGHEST_FEE - 8, fee_ladder=dear)
    assert issue.message == "fee (999999992) and the highest steps of its ladder (9) must add up to at most 1000000000"


def test_a_flexible_level_has_slots_at_least_twice_as_wide_as_what_it_is_narrowed_to() -> None:
    assert a_level(slot_duration=timedelta(hours=4)).narrowing is not None
    (issue,) = issues(a_level, slot_duration=timedelta(hours=3, minutes=59))
    assert issue.message == "narrowing.width (2:00:00) must be at most half of slot_duration (3:59:00)"
    (issue,) = issues(a_level, slot_duration=None, within=timedelta(hours=8))
    assert issue.message == "narrowing.width (2:00:00) must be at most half of slot_duration (None)"


def test_only_what_is_planned_on_routes_can_be_narrowed() -> None:
    (issue,) = issues(a_level, modes=(Mode.RIDER, Mode.REMOTE, Mode.CARRIER))
    assert issue.message == ("modes of a level with narrowing must be of RIDER, TECHNICIAN, VAN, found CARRIER, REMOTE")

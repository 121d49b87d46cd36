"""What a service level may promise of the moment of asking and of the customer's limits."""

from datetime import timedelta

import pytest

from models.contract import SlaTerm
from models.promise import Mode
from models.timing import Interval
from solver.alternatives.wanted import Wanted
from tests.builders import a_rider, a_store, an_item, at, between
from tests.solver.alternatives.answers import Reason, a_board, a_level, at_home, only, refused, windows
from tests.solver.market import found_for


def test_a_limit_that_no_slot_lies_in_is_named() -> None:
    board = a_board(policy=a_level(slot_duration=timedelta(hours=2), num_slots=4))
    item = an_item(sla=SlaTerm(windows=(between("08:01", "11:59"),)))
    assert refused(board, item, Mode.RIDER) == only(Reason.OUTSIDE_LIMIT, 1, 1, "i-rice")


def test_within_is_counted_from_the_moment_of_asking() -> None:
    board = a_board(policy=a_level(within=timedelta(minutes=60)))
    assert windows(board, an_item(), now=at("07:13:20")) == [("02 07:13:20", "02 08:13:20")]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (("07:30", "09:00"), ("02 07:30:00", "02 08:00:00")),
        (("06:00", "07:45"), ("02 07:00:00", "02 07:45:00")),
        (("07:30", "07:45"), ("02 07:30:00", "02 07:45:00")),
        (("07:59:59.5", "09:00"), ("02 08:00:00", "02 08:00:00")),
    ],
)
def test_within_is_clipped_by_the_limit(limit: tuple[str, str], expected: tuple[str, str]) -> None:
    board = a_board(policy=a_level(within=timedelta(minutes=60)))
    assert windows(board, an_item(sla=SlaTerm(windows=(between(*limit),)))) == [expected]


def test_slots_are_counted_from_midnight_and_start_after_now() -> None:
    board = a_board(policy=a_level(slot_duration=timedelta(hours=2), num_slots=2))
    for now in ("07:00", "06:00:01", "07:59:59"):
        expected = [("02 08:00:00", "02 10:00:00"), ("02 10:00:00", "02 12:00:00")]
        assert windows(board, an_item(), now=at(now)) == expected
    assert windows(board, an_item(), now=at("08:00"))[0] == ("02 10:00:00", "02 12:00:00")


def test_a_slot_is_never_clipped() -> None:
    board = a_board(policy=a_level(slot_duration=timedelta(hours=2), num_slots=4))
    inside = an_item(sla=SlaTerm(windows=(between("08:00", "12:00"),)))
    assert windows(board, inside) == [("02 08:00:00", "02 10:00:00"), ("02 10:00:00", "02 12:00:00")]
    tighter = an_item(sla=SlaTerm(windows=(between("08:00:01", "12:00"),)))
    assert windows(board, tighter) == [("02 10:00:00", "02 12:00:00")]


def test_within_is_clipped_to_each_of_several_limits() -> None:
    board = a_board(policy=a_level(within=timedelta(hours=3)))
    item = at_home(("06:00", "07:20"), ("08:00", "08:30"), ("09:45", "12:00"), ("17:00", "20:00"))
    assert windows(board, item) == [
        ("02 07:00:00", "02 07:20:00"),
        ("02 08:00:00", "02 08:30:00"),
        ("02 09:45:00", "02 10:00:00"),
    ]


def test_a_slot_lies_in_one_of_several_limits() -> None:
    board = a_board(policy=a_level(slot_duration=timedelta(hours=2), num_slots=4))
    assert windows(board, at_home(("06:00", "09:59"), ("10:00", "12:00"), ("14:00", "15:59"))) == [
        ("02 10:00:00", "02 12:00:00")
    ]


def test_windows_that_are_all_over_are_no_limit_that_could_be_met() -> None:
    board = a_board(policy=a_level(within=timedelta(hours=3)))
    item = at_home(("05:00", "06:00"), ("06:10", "06:59"))
    assert refused(board, item, Mode.RIDER) == only(Reason.OUTSIDE_LIMIT, 1, 1, "i-rice")


def test_slots_go_on_after_midnight() -> None:
    night = Interval(start=at("07:00"), end=at("06:00", days=1))
    rider = a_rider("R-1", shift=night)
    board = a_board(
        policy=a_level(slot_duration=timedelta(hours=4), num_slots=2),
        sites=(a_store(hours="24/7"),),
        riders=(rider,),
        pools=(),
    )
    assert windows(board, an_item(), now=at("19:00")) == [
        ("02 20:00:00", "03 00:00:00"),
        ("03 00:00:00", "03 04:00:00"),
    ]


def test_a_promise_starts_no_earlier_than_what_comes_before_it_allows() -> None:
    board = a_board(policy=a_level(slot_duration=timedelta(hours=2), num_slots=3))
    bound = Wanted(not_before_s=board.instance.horizon.seconds(at("08:00:01")))
    found = found_for(board, an_item(), now=at("07:00"), wanted=bound)
    assert [board.instance.horizon.instant(each.window[0]) for each in found] == [at("10:00"), at("12:00")]

"""When a parcel leaves and comes, and which carriers are ruled out by what."""

from datetime import datetime, time, timedelta

import pytest

from models.contract import SlaTerm
from models.opening import PublicHolidays, Weekday, WorkingDays
from models.plan import ReasonCount
from models.promise import Mode
from models.timing import DailyHours, Horizon
from solver.kernels.arrays import COST_UNITS
from solver.quoting.board import Board
from tests.builders import a_carrier, a_catalogue, a_place, a_problem, a_square, an_item, at, between
from tests.solver.alternatives.answers import SEVEN, Reason, a_board, a_level, by_mode, only, refused, windows
from tests.solver.market import found_for

MONDAY_TO_WEDNESDAY = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY)


def test_carriers_are_counted_under_the_first_constraint_that_each_fails() -> None:
    carriers = (a_carrier("X-1", max_weight_g=4_999), a_carrier("X-2", daily_quota=0), a_carrier("X-3"))
    item = an_item(sla=SlaTerm(windows=(between("00:00", "23:00", days=1),)))
    early = a_carrier("X-3", transit_days=1)
    board = a_board(carriers=(*(each.model_copy(update={"transit_days": 1}) for each in carriers[:2]), early))
    assert by_mode(found_for(board, item, now=at("07:00")), Mode.CARRIER)
    assert refused(a_board(carriers=(*carriers[:1], board.instance.catalogue.carriers[1])), item, Mode.CARRIER) == (
        ReasonCount(code=Reason.GOODS_NOT_ACCEPTED, count=1, total=2, example_id="X-1"),
        ReasonCount(code=Reason.QUOTA_FULL, count=1, total=2, example_id="X-2"),
    )


def test_a_parcel_that_comes_too_late_is_outside_the_limit() -> None:
    item = an_item(sla=SlaTerm(windows=(between("00:00", "17:59", days=2),)))
    assert refused(a_board(), item, Mode.CARRIER) == only(Reason.OUTSIDE_LIMIT, 2, 2, "X-1")


@pytest.mark.parametrize(
    ("cut_off", "expected"),
    [(time(7, 5), ("04 09:00:00", "04 18:00:00")), (time(7, 4, 59), ("05 09:00:00", "05 18:00:00"))],
)
def test_a_parcel_leaves_on_the_day_whose_cut_off_it_makes(cut_off: time, expected: tuple[str, str]) -> None:
    board = a_board(policy=a_level(Mode.CARRIER), carriers=(a_carrier("X-1", cut_off=cut_off),))
    assert windows(board, an_item()) == [expected]


def test_arrival_hours_may_end_at_midnight() -> None:
    carrier = a_carrier("X-1", transit_days=0, delivery_hours=DailyHours(opens=time(20), closes=time(0)))
    board = a_board(policy=a_level(Mode.CARRIER), carriers=(carrier,))
    assert windows(board, an_item()) == [("02 20:00:00", "03 00:00:00")]


def test_the_quota_that_counts_is_that_of_the_day_of_dispatch() -> None:
    board = a_board(policy=a_level(Mode.CARRIER), carriers=(a_carrier("X-1", daily_quota=1),))
    item = an_item()
    (today,) = found_for(board, item, now=at("07:00"))
    assert today.uses[-1].bucket_start == at("00:00")
    board._availability.take("DEPOT", (), today.uses)
    (tomorrow,) = found_for(board, item, now=at("07:00"))
    assert tomorrow.uses[-1].bucket_start == at("00:00", days=1)
    assert windows(board, item, now=at("18:00")) == [("05 09:00:00", "05 18:00:00")]


def test_a_quota_that_is_used_up_for_days_is_what_is_named() -> None:
    board = a_board(carriers=(a_carrier("X-1", daily_quota=0),))
    assert refused(board, an_item(), Mode.CARRIER) == only(Reason.QUOTA_FULL, 1, 1, "X-1")
    soon = an_item(sla=SlaTerm(windows=(between("00:00", "23:00", days=2),)))
    assert refused(board, soon, Mode.CARRIER) == only(Reason.QUOTA_FULL, 1, 1, "X-1")


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        (tuple(Weekday), ("04 09:00:00", "04 18:00:00")),
        (MONDAY_TO_WEDNESDAY, ("04 09:00:00", "04 18:00:00")),
        ((Weekday.MONDAY, Weekday.TUESDAY, Weekday.FRIDAY), ("06 09:00:00", "06 18:00:00")),
        ((Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.SUNDAY), ("08 09:00:00", "08 18:00:00")),
        ((Weekday.MONDAY,), ("16 09:00:00", "16 18:00:00")),
    ],
)
def test_a_parcel_leaves_and_travels_on_working_days_only(
    weekdays: tuple[Weekday, ...], expected: tuple[str, str]
) -> None:
    carrier = a_carrier("X-1", collects=WorkingDays(weekdays=weekdays))
    assert windows(a_board(policy=a_level(Mode.CARRIER), carriers=(carrier,)), an_item()) == [expected]


@pytest.mark.parametrize(
    ("now", "on_holidays", "expected"),
    [
        # Friday, 13 February 2026; Saturday the 14th is worked, and the 16th to the 20th and the 23rd are off.
        ("2026-02-13", True, "2026-02-17"),
        ("2026-02-13", False, "2026-02-24"),
        ("2026-02-14", False, "2026-02-25"),
        ("2026-02-26", False, "2026-02-28"),
    ],
)
def test_holidays_and_days_worked_in_exchange_count(now: str, on_holidays: bool, expected: str) -> None:
    weekdays = tuple(Weekday)[:5]
    carrier = a_carrier("X-1", collects=WorkingDays(weekdays=weekdays, on_holidays=on_holidays))
    catalogue = a_catalogue(policy=a_level(Mode.CARRIER), carriers=(carrier,), holidays=PublicHolidays(country="CN"))
    seven = datetime.fromisoformat(f"{now}T07:00+08:00")
    horizon = Horizon(start=seven - timedelta(hours=1), end=seven + timedelta(days=1))
    board = Board.of(a_problem(catalogue=catalogue, horizon=horizon, now=seven, freeze_until=seven))
    (parcel,) = found_for(board, an_item(), now=seven)
    assert board.instance.local_date(parcel.window[0]).isoformat() == expected


def test_a_place_is_in_the_first_zone_that_holds_it_and_on_its_terms() -> None:
    near = a_square("Z-1", ends=(1, 5), transit_days=1, tariff_base=300, tariff_per_kg=0)
    far = a_square("Z-2", ends=(5, 9), tariff_base=900)
    carrier = a_carrier("X-1", zones=(near, far))
    board = a_board(policy=a_level(Mode.CARRIER), carriers=(carrier,))
    found = {crossing: found_for(board, an_item(place=a_place(crossing)), now=SEVEN)[0] for crossing in (4, 5, 6)}
    days = {crossing: board.instance.local_date(each.window[0]).day for crossing, each in found.items()}
    assert days == {4: 3, 5: 3, 6: 4}
    assert {crossing: each.uses[-1].owner_id for crossing, each in found.items()} == {4: "Z-1", 5: "Z-1", 6: "Z-2"}
    costs = {crossing: each.cost_units // COST_UNITS for crossing, each in found.items()}
    assert costs[4] == costs[5]
    assert costs[6] - costs[4] == (900 - 300) + 5 * 155


def test_a_place_in_no_zone_is_not_served() -> None:
    board = a_board(carriers=(a_carrier("X-1", zones=(a_square(ends=(1, 3)),)),))
    assert refused(board, an_item(), Mode.CARRIER) == only(Reason.OUT_OF_ZONE, 1, 1, "X-1")

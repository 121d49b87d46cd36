"""Goods that wait for their customer at a counter."""

import pytest

from models.catalogue import StockRow
from models.contract import SlaTerm
from models.plan import ReasonCount
from models.promise import Mode
from tests.builders import a_depot, a_place, a_policy, a_store, an_item, at, between
from tests.solver.alternatives.answers import FETCH, SEVEN, Reason, a_board, a_level, at_home, only, refused, windows
from tests.solver.market import found_for


def test_pickup_is_at_the_nearest_till_with_the_goods() -> None:
    near, far = a_store(site_id="NEAR", place=a_place(3)), a_store(site_id="FAR", place=a_place(6))
    item = an_item(kind=FETCH, place=a_place(4))
    stock = [StockRow(site_id=site_id, sku_id="RICE", on_hand=1) for site_id in ("NEAR", "FAR")]
    for rows, expected in ((stock, "NEAR"), (stock[1:], "FAR")):
        (alternative,) = found_for(a_board(stock=rows, sites=(near, far)), item, now=at("07:00"))
        assert (alternative.mode, alternative.site_id) == (Mode.PICKUP, expected)


def test_sites_without_a_counter_hand_nothing_over() -> None:
    board = a_board(sites=(a_store(counter_places=0), a_depot()))
    assert refused(board, an_item(kind=FETCH), Mode.PICKUP) == only(Reason.NO_COUNTER, 2, 2, "DEPOT")


def test_a_counter_is_full_when_all_its_places_are_taken() -> None:
    board = a_board(sites=(a_store(counter_places=1), a_depot()))
    item = an_item(kind=FETCH)
    (first,) = found_for(board, item, now=at("07:00"))
    board._availability.take("STORE", (), first.uses)
    assert refused(board, item, Mode.PICKUP) == (
        ReasonCount(code=Reason.COUNTER_FULL, count=1, total=2, example_id="STORE"),
        ReasonCount(code=Reason.NO_COUNTER, count=1, total=2, example_id="DEPOT"),
    )


def test_a_till_that_is_too_late_for_the_customer_is_outside_the_limit() -> None:
    item = an_item(kind=FETCH, sla=SlaTerm(windows=(between("07:00", "07:04"),)))
    assert refused(a_board(sites=(a_store(),)), item, Mode.PICKUP) == only(Reason.OUTSIDE_LIMIT, 1, 1, "STORE")


def test_goods_are_fetched_in_the_first_limit_in_which_they_are_there() -> None:
    board = a_board(policy=a_level(Mode.PICKUP))
    assert windows(board, at_home(("06:00", "07:04"), ("08:00", "09:00"), ("10:00", "12:00"))) == [
        ("02 08:00:00", "02 09:00:00")
    ]


def test_a_pickup_may_be_fetched_from_when_it_is_ready_for_as_long_as_it_is_kept() -> None:
    board = a_board(policy=a_level(Mode.PICKUP))
    item = an_item(kind=FETCH)
    assert windows(board, item) == [("02 07:05:00", "02 11:05:00")]
    assert windows(board, item, now=at("19:58")) == [("02 20:05:00", "02 22:00:00")]
    assert windows(board, item, now=at("21:58")) == [("03 06:35:00", "03 10:35:00")]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(("08:00", "09:00"), ("02 08:00:00", "02 09:00:00")), (("06:00", "07:30"), ("02 07:05:00", "02 07:30:00"))],
)
def test_a_pickup_keeps_to_the_limit(limit: tuple[str, str], expected: tuple[str, str]) -> None:
    board = a_board(policy=a_level(Mode.PICKUP))
    assert windows(board, an_item(kind=FETCH, sla=SlaTerm(windows=(between(*limit),)))) == [expected]


def test_goods_are_promised_at_a_counter_from_when_they_are_surely_there() -> None:
    # 300 s planned; 95 % of lognormal residuals with mean 1 and a variation of 0.1 are below 1.1728.
    policy = a_policy(pickup_confidence=0.95)
    (pickup,) = found_for(a_board(policy=policy), an_item(kind=FETCH), now=SEVEN)
    seconds = a_board().instance.horizon.seconds
    assert pickup.source.ready_s == seconds(at("07:05"))
    assert pickup.window[0] == seconds(at("07:05:52"))

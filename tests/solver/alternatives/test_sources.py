"""Which sites have the goods, and which are ruled out by what."""

import math
from collections.abc import Callable
from datetime import timedelta

import pytest

from models.catalogue import StockRow
from models.contract import ResourceConstraint
from models.plan import CapacityKind, ReasonCount
from models.promise import Mode
from models.resource import ResourceKind
from solver.alternatives.sources import MAX_SOURCES
from solver.availability import use_of
from solver.geometry import crow_flies_m
from tests.builders import a_depot, a_place, a_rider, a_stock, a_store, an_item, at
from tests.solver.alternatives.answers import (
    DELIVERY,
    FETCH,
    SEVEN,
    Reason,
    a_board,
    a_level,
    an_old_phone,
    by_mode,
    only,
    refused,
)
from tests.solver.market import found_for


def test_a_fifth_source_is_not_looked_at() -> None:
    sites = [a_store(site_id=f"S-{n}", place=a_place(n), radius_m={}) for n in range(1, MAX_SOURCES + 2)]
    stock = [StockRow(site_id=site.site_id, sku_id="RICE", on_hand=9) for site in sites]
    start = a_place(1)
    riders = (a_rider("R-1", start_place=start, end_place=start),)
    board = a_board(stock=stock, sites=tuple(sites), riders=riders, pools=())
    # The only rider starts at S-1, which would be cheapest for a customer next door; but 2 to 5 are nearer to his.
    found = by_mode(found_for(board, an_item(place=a_place(6)), now=at("07:00")), Mode.RIDER)
    assert {each.site_id for each in found} <= {f"S-{n}" for n in range(2, 6)}


def test_stock_is_counted_over_all_sites() -> None:
    board = a_board(stock=())
    for mode in (Mode.RIDER, Mode.VAN, Mode.CARRIER):
        assert refused(board, an_item(), mode) == only(Reason.NO_STOCK, 2, 2, "DEPOT")


def test_sites_are_counted_under_the_first_constraint_that_each_fails() -> None:
    cake = an_item(goods=[("CAKE", 1)])
    stock = [row for row in a_stock() if row.sku_id != "CAKE"]
    assert refused(a_board(stock=stock), cake, Mode.VAN) == (
        ReasonCount(code=Reason.NO_STOCK, count=1, total=2, example_id="DEPOT"),
        ReasonCount(code=Reason.NO_TEMPERATURE_ZONE, count=1, total=2, example_id="STORE"),
    )


def test_sites_that_are_not_allowed_are_counted() -> None:
    item = an_item(constraint=ResourceConstraint(allowed_site_ids=("NOWHERE",)))
    assert refused(a_board(), item, Mode.CARRIER) == only(Reason.SITE_NOT_ALLOWED, 2, 2, "STORE")


@pytest.mark.parametrize(("rounded", "fits"), [(math.ceil, True), (math.floor, False)])
def test_a_radius_binds_to_the_metre(rounded: Callable[[float], int], fits: bool) -> None:
    radius_m = rounded(crow_flies_m(a_place(1), a_place(4)))
    store = a_store(radius_m={ResourceKind.RIDER: radius_m})
    board = a_board(sites=(store,))
    if fits:
        assert by_mode(found_for(board, an_item(), now=at("07:00")), Mode.RIDER)
    else:
        assert refused(board, an_item(), Mode.RIDER) == only(Reason.OUT_OF_RADIUS, 1, 1, "STORE")


def test_a_site_that_does_not_open_again_is_closed() -> None:
    morning = "07:00-09:00"
    board = a_board(sites=(a_store(hours=morning), a_depot(hours=morning)))
    item = an_item(kind=FETCH, also=(DELIVERY,))
    late = at("23:30", days=1)
    assert refused(board, item, Mode.CARRIER, now=late) == only(Reason.SITE_CLOSED, 2, 2, "DEPOT")


def test_a_vehicle_cannot_fetch_what_is_picked_only_when_the_site_closes_for_good() -> None:
    around_the_clock = "24/7"
    slots = a_level(slot_duration=timedelta(hours=1), num_slots=3)
    board = a_board(sites=(a_store(hours=around_the_clock),), pools=(), policy=slots)
    # The last bucket of the last day that the horizon touches.
    last = at("23:55", days=1)
    assert refused(board, an_item(), Mode.RIDER, now=last) == only(Reason.SITE_CLOSED, 1, 1, "STORE")
    assert refused(board, an_item(), Mode.RIDER, now=last - timedelta(minutes=5)) == only(
        Reason.SHIFT_OVER, 2, 2, "R-1"
    )


def test_a_site_without_pickers_has_no_time_to_pick() -> None:
    board = a_board(sites=(a_store(pickers=0), a_depot(pickers=0)))
    assert refused(board, an_item(), Mode.CARRIER) == only(Reason.PICKING_FULL, 2, 2, "DEPOT")


def test_what_is_collected_goes_to_the_next_site_that_takes_it_in() -> None:
    sites = (a_store(returns_per_day=0), a_depot(returns_per_day=1))
    board = a_board(sites=sites)
    found = found_for(board, an_old_phone(), now=SEVEN)
    assert {(each.site_id, each.uses) for each in found} == {
        ("DEPOT", (use_of(CapacityKind.RETURNS, "DEPOT", at("00:00"), 1),))
    }
    board._availability.take("DEPOT", (), found[0].uses)
    assert refused(board, an_old_phone(), Mode.VAN) == only(Reason.RETURNS_FULL, 2, 2, "DEPOT")

"""Of the vehicles in radius, each is counted under what alone rules it out."""

from datetime import timedelta
from typing import Any

import pytest

from models.contract import ResourceConstraint, ServiceItem, ServiceItemKind, SlaTerm
from models.option import Refusal
from models.order import Load
from models.plan import ReasonCode, ReasonCount
from models.promise import Mode, SameVisit
from models.resource import ResourceKind
from models.timing import Interval
from tests.builders import (
    ACROSS_THE_RIVER,
    a_catalogue,
    a_contract,
    a_depot,
    a_place,
    a_problem,
    a_rider,
    a_service,
    a_service_catalogue,
    an_item,
    at,
)
from tests.solver.market import Market

HOUR = SlaTerm(service_level_id="hour")
SHORT = Interval(start=at("07:00"), end=at("07:05"))
LATER = Interval(start=at("09:00"), end=at("15:00"))


def a_market(**changes: Any) -> Market:
    """From the depot only, which delivers 3 km far by riders: 25 minutes to load, so once an hour; no vans."""
    depot = a_depot(radius_m={ResourceKind.RIDER: 3000}, setup_duration=timedelta(minutes=25))
    return Market.opened(a_problem(catalogue=a_catalogue(**{"sites": (depot,), "vans": (), "pools": (), **changes})))


def by_rider(market: Market, contract_id: str, item: ServiceItem) -> None:
    """The item is agreed on within the hour."""
    contract = a_contract(contract_id, [item])
    option = next(each for each in market.quote(contract).options if each.promises[0].service_level_id == "hour")
    market.take(contract, option)


def refusals_of(market: Market, *items: ServiceItem, **links: Any) -> tuple[Refusal, ...]:
    return market.quote(a_contract("C-9", items, **links)).refusals


def within_the_hour(market: Market, item: ServiceItem) -> dict[ReasonCode, tuple[int, int]]:
    """Count and total by code."""
    refusals = refusals_of(market, item)
    (wished,) = [each for each in refusals if each.service_level_id == "hour"]
    return {each.code: (each.count, each.total) for each in wished.reasons}


def test_each_rider_in_radius_counts_once_and_the_counts_add_up() -> None:
    riders = (
        a_rider("R-1", capacity=Load(weight_g=6000, ambient_cm3=60_000)),
        a_rider("R-2", shift=LATER),
        a_rider("R-3", shift=SHORT),
        a_rider("R-4", on_call=True),
        a_rider("R-5", start_place=a_place(8), end_place=a_place(8), shift=LATER),
    )
    market = a_market(riders=riders)
    by_rider(market, "C-1", an_item(sla=HOUR))
    assert market.board.assignments["C-1", "i-rice"].resource_id == "R-1"
    found = within_the_hour(market, an_item(sla=HOUR))
    assert found == {
        ReasonCode.LOAD_FULL: (1, 5),
        ReasonCode.ON_CALL: (1, 5),
        ReasonCode.SHIFT_OVER: (1, 5),
        ReasonCode.WINDOW_MISSED: (2, 5),
    }


def test_riders_out_of_radius_are_not_counted() -> None:
    depot = a_depot(radius_m={ResourceKind.RIDER: 900})
    near, far = a_rider("R-1", shift=LATER), a_rider("R-2", shift=LATER, start_place=a_place(8))
    found = within_the_hour(a_market(sites=(depot,), riders=(near, far)), an_item(sla=HOUR, place=a_place(3)))
    assert found == {ReasonCode.WINDOW_MISSED: (1, 1)}


def test_with_nobody_in_radius_all_are_counted() -> None:
    depot = a_depot(radius_m={ResourceKind.RIDER: 900})
    far = tuple(a_rider(f"R-{n}", shift=LATER, start_place=a_place(8)) for n in range(3))
    found = within_the_hour(a_market(sites=(depot,), riders=far), an_item(sla=HOUR, place=a_place(3)))
    assert found == {ReasonCode.WINDOW_MISSED: (3, 3)}


def test_a_rider_is_where_the_last_stop_was() -> None:
    """R-2 started far away, and is at the depot by now."""
    depot = a_depot(radius_m={ResourceKind.RIDER: 900})
    market = a_market(sites=(depot,), riders=(a_rider("R-2", start_place=a_place(8), end_place=None),))
    by_rider(market, "C-1", an_item(place=a_place(3), sla=HOUR))
    market.now = market.board.routes.route(0, version=1).visits[0].start
    assert market.board.routes.whereabouts(0, now=market.board.instance.horizon.seconds(market.now)) == a_place(2)
    assert market.board.routes.whereabouts(0, now=0) == a_place(8)


def test_a_full_vehicle_is_not_hidden_behind_a_window_missed_elsewhere_in_its_route() -> None:
    """Behind the delivery there is room, but not in time: what has to change is the load."""
    small = Load(weight_g=6000, ambient_cm3=60_000)
    market = a_market(riders=(a_rider("R-1", capacity=small),))
    by_rider(market, "C-1", an_item(sla=HOUR))
    assert within_the_hour(market, an_item(sla=HOUR)) == {ReasonCode.LOAD_FULL: (1, 1)}


def test_where_no_way_leads_it_is_unreachable() -> None:
    market = a_market(sites=(a_depot(),))
    found = within_the_hour(market, an_item(place=a_place(ACROSS_THE_RIVER), sla=HOUR))
    assert found == {ReasonCode.UNREACHABLE: (2, 2)}


def test_an_item_is_explained_though_one_before_it_is_impossible() -> None:
    heavy = an_item("i-1", goods=[("WASHER", 1)])
    late = an_item("i-2", constraint=ResourceConstraint(allowed_site_ids=("NOWHERE",)))
    fine = an_item("i-3")
    market = a_market(carriers=())
    refusals = refusals_of(market, heavy, late, fine)
    codes = {(each.item_id, each.mode): each.reasons[0].code for each in refusals}
    assert codes["i-1", Mode.RIDER] is ReasonCode.LOAD_FULL
    assert codes["i-2", Mode.RIDER] is ReasonCode.SITE_NOT_ALLOWED
    assert ("i-3", Mode.RIDER) not in codes, "it can be done by itself"
    assert ReasonCode.NOT_TOGETHER not in codes.values()


def test_items_that_fit_one_by_one_are_said_not_to_fit_together() -> None:
    """One is fetched by the customer only, the other comes; no stop can be both."""
    items = (an_item("i-1", kind=ServiceItemKind.STORE_PICKUP), an_item("i-2"))
    market = Market.opened(a_problem())
    first, *_ = refusals_of(market, *items, same_visits=(SameVisit(item_ids=("i-1", "i-2")),))
    assert first.reasons == (ReasonCount(code=ReasonCode.NOT_TOGETHER, count=2, total=2, example_id="i-2"),)


def test_technicians_are_all_in_radius() -> None:
    catalogue = a_service_catalogue()
    away = tuple(
        each.model_copy(update={"shift": Interval(start=at("05:00"), end=at("05:30"))})
        for each in catalogue.technicians
    )
    market = Market.opened(a_problem(catalogue=catalogue.model_copy(update={"technicians": away})))
    visit = a_service("i-visit", ServiceItemKind.TECHNICIAN_VISIT, minutes=30)
    (refusal,) = [each for each in refusals_of(market, visit) if each.mode is Mode.TECHNICIAN]
    assert refusal.reasons == (ReasonCount(code=ReasonCode.SHIFT_OVER, count=2, total=2, example_id="T-1"),)


@pytest.mark.parametrize("weight_g", [5000, 4999])
def test_load_binds_to_the_gram(weight_g: int) -> None:
    market = a_market(riders=(a_rider("R-1", capacity=Load(weight_g=weight_g, ambient_cm3=60_000)),))
    refused = any(each.mode is Mode.RIDER for each in refusals_of(market, an_item()))
    assert refused is (weight_g < 5000)

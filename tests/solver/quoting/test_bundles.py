"""Whole contracts: what fits item by item does not always fit together, and links are kept."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from models.catalogue import StockRow
from models.contract import Contract, Precedence, ServiceItem, ServiceItemKind, SlaTerm
from models.option import Quote
from models.order import Load
from models.plan import ReasonCode, VisitKind
from models.policy import ServiceLevel
from models.promise import Mode, SameVisit
from models.timing import seconds_of
from solver.stop import after_calls
from tests.builders import (
    a_carrier,
    a_catalogue,
    a_contract,
    a_depot,
    a_place,
    a_policy,
    a_problem,
    a_rider,
    a_stock,
    a_store,
    an_item,
    at,
    between,
)
from tests.solver.market import Market, without_times

FETCH = ServiceItemKind.STORE_PICKUP


def quoted(contract: Contract, market: Market | None = None) -> Quote:
    return (market or Market.opened(a_problem())).quote(contract)


def reasons(quote: Quote, item_id: str, mode: Mode) -> set[ReasonCode]:
    return {
        reason.code
        for refusal in quote.refusals
        for reason in refusal.reasons
        if (refusal.item_id, refusal.mode) == (item_id, mode)
    }


def fits_alone_not_together(market: Market, items: Sequence[ServiceItem]) -> Quote:
    for n, item in enumerate(items):
        assert market.quote(a_contract(f"C-{n}", [item])).options
    quote = market.quote(a_contract("C-9", items))
    assert quote.options == ()
    assert quote.refusals
    return quote


# -- together


def test_two_items_cannot_both_have_the_last_piece() -> None:
    one_left = [row.model_copy(update={"on_hand": 1}) for row in a_stock() if row.site_id == "STORE"]
    market = Market.opened(a_problem(stock=tuple(one_left)))
    quote = fits_alone_not_together(market, [an_item("i-1"), an_item("i-2", place=a_place(6))])
    assert reasons(quote, "i-2", Mode.RIDER) == {ReasonCode.NO_STOCK}


def test_one_rider_cannot_be_in_two_places_at_one_time() -> None:
    riders = (a_rider("R-1"),)
    market = Market.opened(a_problem(catalogue=a_catalogue(riders=riders, vans=(), carriers=(), pools=())))
    sharp = SlaTerm(windows=(between("07:40", "07:41"),))
    items = [an_item("i-1", place=a_place(2), sla=sharp), an_item("i-2", place=a_place(5), sla=sharp)]
    quote = fits_alone_not_together(market, items)
    assert reasons(quote, "i-2", Mode.RIDER) >= {ReasonCode.WINDOW_MISSED}


def test_one_picker_cannot_pick_for_two_in_one_bucket() -> None:
    store = a_store(pickers=1, pick_duration_per_line=timedelta(seconds=300), radius_m={})
    market = Market.opened(a_problem(catalogue=a_catalogue(sites=(store,), vans=(), carriers=(), pools=())))
    tight = SlaTerm(windows=(between("07:00", "07:20"),))
    items = [an_item(f"i-{n}", place=a_place(n), sla=tight) for n in (2, 3)]
    fits_alone_not_together(market, items)


def test_the_last_place_at_the_counter_is_for_one() -> None:
    store = a_store(counter_places=1)
    market = Market.opened(a_problem(catalogue=a_catalogue(sites=(store, a_depot()))))
    fits_alone_not_together(market, [an_item("i-1", kind=FETCH), an_item("i-2", kind=FETCH)])


def test_the_last_parcel_of_the_quota_is_for_one() -> None:
    carriers = (a_carrier("X-1", daily_quota=1),)
    market = Market.opened(a_problem(catalogue=a_catalogue(riders=(), vans=(), carriers=carriers, pools=())))
    quote = market.quote(a_contract("C-9", [an_item("i-1"), an_item("i-2")]))
    for option in quote.options:  # the other one comes a day later, and somebody has to be there again
        assert sorted(each.window.earliest for each in option.promises) == [at("09:00", days=2), at("09:00", days=3)]
        assert option.num_stops == 2
        market.take(a_contract("C-9", [an_item("i-1"), an_item("i-2")]), option)
        market.leave("C-9")
    assert quote.options
    morning = SlaTerm(windows=(between("00:00", "23:00", days=2),))
    fits_alone_not_together(market, [an_item("i-1", sla=morning), an_item("i-2", sla=morning)])


def test_what_two_items_weigh_together_has_to_fit() -> None:
    riders = (a_rider("R-1", capacity=Load(weight_g=9_999, ambient_cm3=60_000)),)
    market = Market.opened(a_problem(catalogue=a_catalogue(riders=riders, vans=(), carriers=(), pools=())))
    sharp = SlaTerm(windows=(between("07:30", "07:31"),))
    items = [an_item("i-1", sla=sharp), an_item("i-2", sla=sharp)]
    fits_alone_not_together(market, items)


def test_a_search_leaves_nothing_behind() -> None:
    market = Market.opened(a_problem())
    before = market.board.plan()
    contract = a_contract(
        "C-1", [an_item("i-1"), an_item("i-2", place=a_place(6)), an_item("i-3", goods=[("MILK", 1)])]
    )
    first = market.quote(contract)
    assert market.board.plan() == before
    assert without_times(market.quote(contract)) == without_times(first)


def test_what_is_refused_is_promised_by_no_option() -> None:
    items = [an_item("i-1", goods=[("MILK", 1)]), an_item("i-2", place=a_place(5)), an_item("i-3", place=a_place(5))]
    quote = quoted(a_contract("C-1", items))
    refused = {(each.item_id, each.mode, each.service_level_id) for each in quote.refusals}
    offered = {
        (promise.item_id, promise.mode, promise.service_level_id)
        for option in quote.options
        for promise in option.promises
    }
    assert offered
    assert not refused & offered


def test_no_bundle_is_offered_twice() -> None:
    quote = quoted(a_contract("C-1", [an_item("i-1"), an_item("i-2")]))
    shown = [
        tuple((each.item_id, each.mode, each.window, each.fee, each.place) for each in option.promises)
        for option in quote.options
    ]
    assert len(shown) == len(set(shown)) > 1


# -- one after the other


def linked(lag: timedelta, *, before: ServiceItem, after: ServiceItem) -> Contract:
    link = Precedence(before_item_id=before.item_id, after_item_id=after.item_id, lag=lag)
    return a_contract("C-1", [after, before], precedences=(link,))


@pytest.mark.parametrize("lag", [timedelta(), timedelta(minutes=9), timedelta(hours=2)])
def test_precedence_holds_between_the_promised_windows(lag: timedelta) -> None:
    service = timedelta(minutes=10)
    contract = linked(lag, before=an_item("i-before", service_duration=service), after=an_item("i-after"))
    quote = quoted(contract)
    assert quote.options
    for option in quote.options:
        promise = {each.item_id: each for each in option.promises}
        ready = promise["i-before"].window.latest + service + lag
        assert promise["i-after"].window.earliest >= ready


@pytest.mark.parametrize(("minutes", "fits"), [(59, True), (60, False)])
def test_a_lag_binds_to_the_second(minutes: int, fits: bool) -> None:
    """Before within [08:00, 08:00], a minute of service, after from 09:00:00 on."""
    before = an_item("i-before", sla=SlaTerm(windows=(between("08:00", "08:00"),)))
    after = an_item("i-after", sla=SlaTerm(windows=(between("09:00", "09:00"),)))
    # "hour" at 07:00 gives [08:00, 08:00] for the first, at most; the second needs a level that reaches 09:00.
    long = ServiceLevel(service_level_id="long", name="Long", modes=(Mode.RIDER,), within=timedelta(hours=3))
    market = Market.opened(a_problem(catalogue=a_catalogue(policy=a_policy(service_levels=(long,)))))
    contract = linked(timedelta(minutes=minutes), before=before, after=after)
    assert bool(market.quote(contract).options) is fits
    assert seconds_of(before.service_duration) == 60


def test_a_chain_of_three_is_promised_in_its_order() -> None:
    items = [an_item("i-3"), an_item("i-1"), an_item("i-2")]
    links = [
        Precedence(before_item_id=a, after_item_id=b, lag=timedelta(minutes=1))
        for a, b in (("i-1", "i-2"), ("i-2", "i-3"))
    ]
    quote = quoted(a_contract("C-1", items, precedences=tuple(links)))
    assert quote.options
    for option in quote.options:
        earliest = {each.item_id: each.window.earliest for each in option.promises}
        assert earliest["i-1"] < earliest["i-2"] < earliest["i-3"]


# -- in one visit


def test_items_of_one_visit_come_with_one_vehicle_in_a_row() -> None:
    items = [an_item(f"i-{n}", goods=[(sku, 1)]) for n, sku in enumerate(["RICE", "MILK", "LEEKS"])]
    group = SameVisit(item_ids=("i-0", "i-1", "i-2"))
    market = Market.opened(a_problem())
    market.take(a_contract("C-0", [an_item("i-before", place=a_place(5))]))
    contract = a_contract("C-1", items, same_visits=(group,))
    quote = market.quote(contract)
    assert quote.options
    for option in quote.options:
        assert len({assignment.resource_id for assignment in option.assignments}) == 1
        assert len({promise.window for promise in option.promises}) == 1
        fit = market.fit(contract, option)
        assert fit is not None
        (route,) = fit.routes
        stops = [
            n for n, visit in enumerate(route.visits) if visit.contract_id == "C-1" and visit.kind is VisitKind.DELIVERY
        ]
        assert stops == list(range(stops[0], stops[0] + 3))
    market.take(contract, quote.options[0])


@pytest.mark.parametrize("door", [3, 4, 6])
def test_what_is_taken_back_is_fetched_when_the_goods_come_whoever_is_on_the_way(door: int) -> None:
    """To a rider who is out already it would be cheaper to fetch it first, on the way to the goods."""
    place = a_place(door)
    old = an_item("i-old", goods=(), kind=ServiceItemKind.COLLECTION, place=place, load=Load(weight_g=300))
    contract = a_contract(
        "C-1", [an_item("i-new", place=place), old], same_visits=(SameVisit(item_ids=("i-new", "i-old")),)
    )
    one_rider = a_catalogue(riders=(a_rider("R-1", end_place=None),), vans=(), carriers=(), pools=())
    market = Market.opened(a_problem(catalogue=one_rider))
    market.take(a_contract("C-0", [an_item("i-before", place=a_place(5))]))
    option = next(each for each in market.quote(contract).options)
    market.take(contract, option)
    (route,) = market.board.plan().routes
    ends = [
        (visit.item_id, visit.kind) for visit in route.visits if visit.place == place and visit.contract_id == "C-1"
    ]
    assert ends == [("i-new", VisitKind.DELIVERY), ("i-old", VisitKind.PICKUP)]


def test_items_of_one_visit_that_no_vehicle_can_carry_together_are_refused() -> None:
    items = [an_item("i-frozen", goods=[("CAKE", 1)]), an_item("i-milk", goods=[("MILK", 1)])]
    vans = (
        a_catalogue()
        .vans[0]
        .model_copy(update={"capacity": Load(weight_g=10_000, ambient_cm3=10_000, frozen_cm3=10_000)}),
    )
    market = Market.opened(a_problem(catalogue=a_catalogue(vans=vans, pools=())))
    assert market.quote(a_contract("C-1", items)).options
    together = a_contract("C-2", items, same_visits=(SameVisit(item_ids=("i-frozen", "i-milk")),))
    quote = market.quote(together)
    assert quote.options == ()
    assert quote.refusals


def test_items_at_one_door_may_come_together_though_apart_would_be_cheaper() -> None:
    """Two riders pass by; whoever wants one knock at the door can have it."""
    items = [an_item("i-1", goods=[("RICE", 1)]), an_item("i-2", goods=[("MILK", 1)])]
    quote = quoted(a_contract("C-1", items))
    together = [option for option in quote.options if option.same_visits]
    assert together
    for option in together:
        assert option.num_stops == 1
        assert [set(visit.item_ids) for visit in option.same_visits] == [{"i-1", "i-2"}]


# -- running out of time


def test_with_no_time_at_all_the_first_bundle_found_is_offered() -> None:
    market = Market.opened(a_problem())
    contract = a_contract("C-1", [an_item("i-1"), an_item("i-2", place=a_place(6)), an_item("i-3", place=a_place(5))])
    quote = market.board.quote(contract, now=at("07:00"), quote_id="q", stop=after_calls(1))
    assert not quote.complete
    assert quote.options
    for option in quote.options:
        assert market.fit(contract, option) is not None


def test_with_time_enough_a_quote_is_complete() -> None:
    contract = a_contract("C-1", [an_item("i-1"), an_item("i-2")])
    quote = Market.opened(a_problem()).board.quote(contract, now=at("07:00"), quote_id="q", stop=after_calls(1000))
    assert quote.complete


def test_stock_of_two_sites_is_not_pooled() -> None:
    """One piece here and one there are two for two items, and not two for one."""
    rows = tuple(StockRow(site_id=site_id, sku_id="RICE", on_hand=1) for site_id in ("STORE", "DEPOT"))
    market = Market.opened(a_problem(stock=rows))
    assert market.quote(a_contract("C-1", [an_item("i-1"), an_item("i-2")])).options
    quote = market.quote(a_contract("C-2", [an_item(goods=[("RICE", 2)])]))
    assert quote.options == ()
    assert reasons(quote, "i-rice", Mode.RIDER) == {ReasonCode.NO_STOCK}

"""Every way to do one item, and of what is impossible, what rules how many out."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from models.catalogue import StockRow
from models.contract import ResourceConstraint, ServiceItem, ServiceItemKind, SlaTerm
from models.opening import PublicHolidays, Weekday, WorkingDays
from models.order import Channel, Load
from models.plan import CapacityKind, ReasonCode, ReasonCount
from models.policy import Policy, ServiceLevel
from models.promise import Mode, Promise
from models.resource import CostRates, ResourceKind, ResourcePool, SkillLevel
from models.timing import DailyHours, Horizon, Interval, TimeWindow
from solver.alternatives import MAX_SOURCES, Alternative, Source, Wanted, routed_work
from solver.availability import use_of
from solver.board import Board
from solver.geometry import crow_flies_m
from solver.kernels.arrays import COST_UNITS
from tests.builders import (
    ACROSS_THE_RIVER,
    a_carrier,
    a_catalogue,
    a_contract,
    a_depot,
    a_place,
    a_policy,
    a_problem,
    a_rider,
    a_square,
    a_stock,
    a_store,
    a_van,
    an_item,
    at,
    between,
)
from tests.solver.market import a_finder, found_for

Reason = ReasonCode
DELIVERY, FETCH = ServiceItemKind.DELIVERY, ServiceItemKind.STORE_PICKUP
SEVEN = at("07:00")


def a_board(*, stock: Sequence[StockRow] | None = None, **changes: Any) -> Board:
    stock = a_stock() if stock is None else tuple(stock)
    return Board.of(a_problem(catalogue=a_catalogue(**changes), stock=stock))


def refused(
    board: Board, item: ServiceItem, mode: Mode, *, level: str = "", now: datetime = SEVEN
) -> tuple[ReasonCount, ...]:
    """Why an item cannot be done in a mode, by any of its service levels or by one of them."""
    _, refusals = a_finder(board, a_contract("C-9", [item]), now=now).find(item, Wanted())
    wanted = [each for each in refusals if each.mode is mode and level in ("", each.service_level_id)]
    assert wanted, f"{mode} is refused"
    assert len({each.reasons for each in wanted}) == 1, "for the same reason whatever the level"
    return wanted[0].reasons


def only(code: ReasonCode, count: int, total: int, example_id: str) -> tuple[ReasonCount, ...]:
    return (ReasonCount(code=code, count=count, total=total, example_id=example_id),)


def by_mode(found: Sequence[Alternative], mode: Mode) -> list[Alternative]:
    return [each for each in found if each.mode is mode]


def a_level(mode: Mode = Mode.RIDER, **changes: Any) -> Policy:
    """The only level on sale; goods are promised at a counter from when they are planned to be ready."""
    fields = {"service_level_id": "only", "name": "Only", "modes": (mode,), **changes}
    return a_policy(service_levels=(ServiceLevel(**fields),), pickup_confidence=0.5)


def windows(board: Board, item: ServiceItem, *, now: datetime = SEVEN) -> list[tuple[str, str]]:
    """Local day and time of both ends of all windows found."""
    zone, instant = board.instance.catalogue.zone, board.instance.horizon.instant
    found = [(instant(a), instant(b)) for a, b in (each.window for each in found_for(board, item, now=now))]
    return [(a.astimezone(zone).strftime("%d %H:%M:%S"), b.astimezone(zone).strftime("%d %H:%M:%S")) for a, b in found]


# -- what is found


def test_each_mode_and_level_gives_its_alternatives() -> None:
    item = an_item(also=(FETCH,))
    found = found_for(a_board(), item, now=at("07:00"))
    ways = [(each.level.service_level_id, each.mode) for each in found]
    assert ways == [
        ("hour", Mode.RIDER),
        *[("slot", Mode.RIDER)] * 4,
        *[("slot", Mode.VAN)] * 4,
        ("parcel", Mode.CARRIER),
        ("fetch", Mode.PICKUP),
    ]


def test_the_cheapest_source_and_vehicle_is_found_for_a_promise() -> None:
    dear = a_rider("R-1", rates=CostRates(per_km=500, per_hour=9000))
    board = a_board(riders=(dear, a_rider("R-2")), pools=())
    riders = by_mode(found_for(board, an_item(), now=at("07:00")), Mode.RIDER)
    assert {board.instance.vehicles[each.insertion.vehicle_idx].resource_id for each in riders if each.insertion} == {
        "R-2"
    }
    # From the depot, where the rider starts: 2 blocks there, 2 back; set-ups 300 and 90, services 90 and 60.
    seconds, metres = 320 + 390 + 150, 1600
    units = metres * 130 * 3600 + seconds * 2999 * 1000 + (200 + 50 + 100) * COST_UNITS
    assert riders[0].cost_units == units
    assert riders[0].site_id == "DEPOT"


def test_a_fifth_source_is_not_looked_at() -> None:
    sites = [a_store(site_id=f"S-{n}", place=a_place(n), radius_m={}) for n in range(1, MAX_SOURCES + 2)]
    stock = [StockRow(site_id=site.site_id, sku_id="RICE", on_hand=9) for site in sites]
    start = a_place(1)
    riders = (a_rider("R-1", start_place=start, end_place=start),)
    board = a_board(stock=stock, sites=tuple(sites), riders=riders, pools=())
    # The only rider starts at S-1, which would be cheapest for a customer next door; but 2 to 5 are nearer to his.
    found = by_mode(found_for(board, an_item(place=a_place(6)), now=at("07:00")), Mode.RIDER)
    assert {each.site_id for each in found} <= {f"S-{n}" for n in range(2, 6)}


def test_pickup_is_at_the_nearest_till_with_the_goods() -> None:
    near, far = a_store(site_id="NEAR", place=a_place(3)), a_store(site_id="FAR", place=a_place(6))
    item = an_item(kind=FETCH, place=a_place(4))
    stock = [StockRow(site_id=site_id, sku_id="RICE", on_hand=1) for site_id in ("NEAR", "FAR")]
    for rows, expected in ((stock, "NEAR"), (stock[1:], "FAR")):
        (alternative,) = found_for(a_board(stock=rows, sites=(near, far)), item, now=at("07:00"))
        assert (alternative.mode, alternative.site_id) == (Mode.PICKUP, expected)


# -- what is refused: sites


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


# -- what is refused: vehicles


def test_vehicles_are_counted_per_mode_under_the_first_constraint_that_each_fails() -> None:
    frozen = an_item(goods=[("CAKE", 1)], channel=Channel.STORE_POS)
    board = a_board(sites=(a_store(), a_depot(radius_m={})))
    assert refused(board, frozen, Mode.RIDER) == only(Reason.NO_COMPARTMENT, 2, 2, "R-1")
    assert refused(board, frozen, Mode.VAN) == (
        ReasonCount(code=Reason.NO_COMPARTMENT, count=1, total=2, example_id="V-2"),
        ReasonCount(code=Reason.POOL_NOT_SHARED, count=1, total=2, example_id="V-1"),
    )


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (an_item(constraint=ResourceConstraint(excluded_ids=("R-1", "R-2"))), Reason.RESOURCE_NOT_ALLOWED),
        (an_item(constraint=ResourceConstraint(kinds=(ResourceKind.VAN,))), Reason.RESOURCE_NOT_ALLOWED),
        (an_item(constraint=ResourceConstraint(skills=(SkillLevel(skill="COLD"),))), Reason.SKILL_MISSING),
        (an_item(constraint=ResourceConstraint(crew=2)), Reason.CREW_TOO_SMALL),
        (an_item(goods=[("RICE", 5)]), Reason.LOAD_FULL),
        (an_item(place=a_place(ACROSS_THE_RIVER)), Reason.UNREACHABLE),
        (an_item(sla=SlaTerm(windows=(between("07:00", "07:04"),))), Reason.WINDOW_MISSED),
    ],
)
def test_both_riders_are_ruled_out(item: ServiceItem, reason: ReasonCode) -> None:
    board = a_board(sites=(a_store(radius_m={}), a_depot(radius_m={})))
    assert refused(board, item, Mode.RIDER, level="hour") == only(reason, 2, 2, "R-1")


def test_riders_are_ruled_out_by_the_channels_of_their_pool() -> None:
    pool = ResourcePool(pool_id="pool", name="Pool", resource_ids=("R-1", "R-2"), channels=(Channel.STORE_POS,))
    assert refused(a_board(pools=(pool,)), an_item(), Mode.RIDER) == only(Reason.POOL_NOT_SHARED, 2, 2, "R-1")


@pytest.mark.parametrize(("weight_g", "fits"), [(25_000, True), (24_999, False)])
def test_what_is_on_board_leaves_room_to_the_gram(weight_g: int, fits: bool) -> None:
    capacity = Load(weight_g=weight_g, ambient_cm3=60_000)
    board = a_board(sites=(a_store(),), riders=(a_rider("R-1", capacity=capacity),), pools=())
    seconds = board.instance.horizon.seconds
    at_noon, noon = an_item(goods=[("RICE", 4)]), (seconds(at("12:00")), seconds(at("12:00")))
    source = Source(a_store(), seconds(at("11:40")), ())
    work = routed_work(a_contract("C-1", [at_noon]), at_noon, source, window=noon, instance=board.instance)
    assert work is not None
    assert board.routes.insert(work, vehicle_idx=0, pickup_after=0, delivery_after=0, now=seconds(SEVEN))
    # 20 kg are on board until noon, and there is no time to come back for the rest.
    beside = an_item(sla=SlaTerm(windows=(between("11:57", "12:01"),)))
    found = by_mode(found_for(board, beside, now=at("11:20")), Mode.RIDER)
    assert bool(found) is fits


@pytest.mark.parametrize(("ends", "fits"), [("07:14:20", True), ("07:14:19", False)])
def test_a_shift_binds_to_the_second(ends: str, fits: bool) -> None:
    # Ready at 07:05 at the depot; service 90 s, 160 s ride, 90 s set-up, service 60 s, 160 s back.
    rider = a_rider("R-1", shift=Interval(start=at("07:00"), end=at(ends)))
    board = a_board(sites=(a_depot(),), riders=(rider,), pools=())
    if fits:
        found = by_mode(found_for(board, an_item(), now=at("07:00")), Mode.RIDER)
        assert [each.level.service_level_id for each in found] == ["hour"]
    else:
        assert refused(board, an_item(), Mode.RIDER, level="hour") == only(Reason.SHIFT_OVER, 1, 1, "R-1")


# -- what is refused: carriers


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


# -- what is refused: anything


def test_a_way_that_the_customer_does_not_want_is_refused_by_the_item_itself() -> None:
    assert refused(a_board(), an_item(), Mode.PICKUP) == only(Reason.METHOD_NOT_WANTED, 1, 1, "i-rice")
    assert refused(a_board(), an_item(kind=FETCH), Mode.VAN) == only(Reason.METHOD_NOT_WANTED, 1, 1, "i-rice")


def test_a_kind_that_is_not_planned_is_refused_in_one_sentence() -> None:
    item = an_item(kind=ServiceItemKind.TECHNICIAN_VISIT)
    found, refusals = a_finder(a_board(), a_contract("C-9", [item]), now=at("07:00")).find(item, Wanted())
    assert found == []
    ((refusal,),) = [refusals]
    assert (refusal.mode, refusal.service_level_id) == (None, None)
    assert refusal.reasons == only(Reason.KIND_NOT_PLANNED, 1, 1, "TECHNICIAN_VISIT")


def test_a_limit_that_no_slot_lies_in_is_named() -> None:
    board = a_board(policy=a_level(slot_duration=timedelta(hours=2), num_slots=4))
    item = an_item(sla=SlaTerm(windows=(between("08:01", "11:59"),)))
    assert refused(board, item, Mode.RIDER) == only(Reason.OUTSIDE_LIMIT, 1, 1, "i-rice")


@pytest.mark.parametrize("mode", [Mode.RIDER, Mode.VAN, Mode.CARRIER, Mode.PICKUP])
def test_where_there_is_nobody_that_is_what_is_said(mode: Mode) -> None:
    item = an_item(also=(FETCH,))
    nobody = only(Reason.NO_RESOURCE, 1, 1, mode.value)
    assert refused(a_board(sites=(), stock=()), item, mode) == nobody
    if mode is not Mode.PICKUP:
        assert refused(a_board(riders=(), vans=(), carriers=(), pools=()), item, mode) == nobody


# -- windows


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


def at_home(*limits: tuple[str, str]) -> ServiceItem:
    return an_item(also=(FETCH,), sla=SlaTerm(windows=tuple(between(*limit) for limit in limits)))


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


def test_goods_are_fetched_in_the_first_limit_in_which_they_are_there() -> None:
    board = a_board(policy=a_level(Mode.PICKUP))
    assert windows(board, at_home(("06:00", "07:04"), ("08:00", "09:00"), ("10:00", "12:00"))) == [
        ("02 08:00:00", "02 09:00:00")
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


MONDAY_TO_WEDNESDAY = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY)


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


def an_old_phone(**changes: Any) -> ServiceItem:
    fields: dict[str, Any] = {"kind": ServiceItemKind.COLLECTION, "goods": (), "load": Load(weight_g=300)}
    return an_item("i-old", **{**fields, **changes})


def test_what_is_collected_goes_to_the_next_site_that_takes_it_in() -> None:
    sites = (a_store(returns_per_day=0), a_depot(returns_per_day=1))
    board = a_board(sites=sites)
    found = found_for(board, an_old_phone(), now=SEVEN)
    assert {(each.site_id, each.uses) for each in found} == {
        ("DEPOT", (use_of(CapacityKind.RETURNS, "DEPOT", at("00:00"), 1),))
    }
    board._availability.take("DEPOT", (), found[0].uses)
    assert refused(board, an_old_phone(), Mode.VAN) == only(Reason.RETURNS_FULL, 2, 2, "DEPOT")


def test_what_is_collected_is_at_its_site_before_the_day_is_over() -> None:
    always = a_store(hours="24/7")
    board = a_board(sites=(always,))
    seconds = board.instance.horizon.seconds
    evening = (seconds(at("20:00")), seconds(at("22:00")))
    item = an_old_phone()
    source = Source(always, evening[0], ())
    work = routed_work(a_contract("C-1", [item]), item, source, window=evening, instance=board.instance)
    assert work is not None
    assert work.request.delivery_latest == seconds(at("00:00", days=1)) - 1


def test_goods_are_promised_at_a_counter_from_when_they_are_surely_there() -> None:
    # 300 s planned; 95 % of lognormal residuals with mean 1 and a variation of 0.1 are below 1.1728.
    policy = a_policy(pickup_confidence=0.95)
    (pickup,) = found_for(a_board(policy=policy), an_item(kind=FETCH), now=SEVEN)
    seconds = a_board().instance.horizon.seconds
    assert pickup.source.ready_s == seconds(at("07:05"))
    assert pickup.window[0] == seconds(at("07:05:52"))


# -- with a promise


def test_with_a_promise_only_what_was_promised_is_looked_for() -> None:
    board = a_board()
    window = TimeWindow(earliest=at("08:00"), latest=at("10:00"))
    promise = Promise(
        item_id="i-rice", service_level_id="slot", mode=Mode.VAN, window=window, place=a_place(4), fee=300
    )
    (alternative,) = found_for(board, an_item(), now=at("07:00"), wanted=Wanted(promise=promise))
    seconds = board.instance.horizon.seconds
    assert alternative.promise_key == (Mode.VAN, "slot", (seconds(at("08:00")), seconds(at("10:00"))))


def test_goods_too_big_for_any_compartment_are_refused_and_not_crashed_on() -> None:
    item = an_item(load=Load(weight_g=10**8, ambient_cm3=10**9))
    assert refused(a_board(), item, Mode.VAN) == only(Reason.LOAD_FULL, 2, 2, "V-1")
    assert refused(a_board(), item, Mode.CARRIER) == only(Reason.GOODS_NOT_ACCEPTED, 2, 2, "X-1")


def test_both_vans_of_another_channel_and_hot_goods_leave_riders_only() -> None:
    pools = (ResourcePool(pool_id="vans", name="Vans", resource_ids=("V-1", "V-2"), channels=(Channel.STORE_POS,)),)
    found = found_for(a_board(pools=pools, vans=(a_van("V-1"), a_van("V-2"))), an_item(), now=at("07:00"))
    assert {each.mode for each in found} == {Mode.RIDER, Mode.CARRIER}

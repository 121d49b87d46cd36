"""What is found and refused, whatever the way: the cheapest per promise, and one sentence for what nobody does."""

import pytest

from models.contract import ServiceItemKind
from models.order import Channel, Load
from models.promise import Mode, Promise
from models.resource import CostRates, ResourcePool
from models.timing import TimeWindow
from solver.alternatives.wanted import Wanted
from solver.kernels.arrays import COST_UNITS
from tests.builders import a_contract, a_place, a_rider, a_van, an_item, at
from tests.solver.alternatives.answers import FETCH, Reason, a_board, by_mode, only, refused
from tests.solver.market import a_finder, found_for


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


@pytest.mark.parametrize("mode", [Mode.RIDER, Mode.VAN, Mode.CARRIER, Mode.PICKUP])
def test_where_there_is_nobody_that_is_what_is_said(mode: Mode) -> None:
    item = an_item(also=(FETCH,))
    nobody = only(Reason.NO_RESOURCE, 1, 1, mode.value)
    assert refused(a_board(sites=(), stock=()), item, mode) == nobody
    if mode is not Mode.PICKUP:
        assert refused(a_board(riders=(), vans=(), carriers=(), pools=()), item, mode) == nobody


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

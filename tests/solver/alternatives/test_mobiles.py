"""Which vehicles are ruled out by what."""

import pytest

from models.contract import ResourceConstraint, ServiceItem, SlaTerm
from models.order import Channel, Load
from models.plan import ReasonCode, ReasonCount
from models.promise import Mode
from models.resource import ResourceKind, ResourcePool, SkillLevel
from models.timing import Interval
from solver.alternatives.alternative import Source
from solver.alternatives.routed_work import routed_work
from tests.builders import ACROSS_THE_RIVER, a_contract, a_depot, a_place, a_rider, a_store, an_item, at, between
from tests.solver.alternatives.answers import SEVEN, Reason, a_board, by_mode, only, refused
from tests.solver.market import found_for


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

"""Riders break down, shifts change, pickers fall ill: promises are kept by others, or openly at risk."""

from datetime import timedelta

import pytest

from models.contract import Contract
from models.issues import Conflict, InputError, IssueCode, NotFound
from models.order import Temperature
from models.plan import ReasonCode, Visit
from models.promise import Mode, PromiseState
from models.reservation import ReservationState
from models.supply import ResourceStatus, Whole
from models.timing import Interval
from server.promising.supplying import Put, ShiftTerms, Sighting
from tests.builders import a_catalogue, a_place, a_rider, at
from tests.server.promising.builders import MINUTE, Shop, a_site_stock, a_world, an_order
from tests.server.promising.run_time.builders import a_shift, a_status, broken, look, lost, mended, put, states
from tests.server.promising.run_time.conftest import OpenShop

OPEN, AT_RISK = PromiseState.OPEN, PromiseState.AT_RISK


@pytest.fixture
def lone_rider(open_shop: OpenShop) -> Shop:
    """A rider, no van, and all goods at the store."""
    catalogue = a_catalogue(riders=(a_rider(),), vans=(), pools=())
    return open_shop(world=a_world(catalogue=catalogue, stock=a_site_stock("STORE", RICE=9)))


def carries(shop: Shop, contract: Contract) -> list[str | None]:
    return [each.resource_id for each in shop.promising.plan().assignments if each.contract_id == contract.contract_id]


def first_visit(shop: Shop) -> tuple[str, Visit]:
    (route,) = (route for route in shop.promising.plan().routes if route.visits)
    return route.resource_id, route.visits[0]


def test_what_a_broken_rider_was_to_bring_is_brought_by_another(shop: Shop) -> None:
    contract = shop.confirmed()
    (before,) = shop.promising.plan().assignments
    repair = broken(shop, before.resource_id or "")
    (after,) = shop.promising.plan().assignments
    assert repair.moved == (f"{contract.contract_id}/{contract.items[0].item_id}",)
    assert {before.resource_id, after.resource_id} == {"R-1", "R-2"}
    assert (after.site_id, after.ready_time, after.uses) == (before.site_id, before.ready_time, before.uses)
    assert shop.promising.contract(contract.contract_id).promises == contract.promises
    look(shop)


def test_nothing_is_planned_on_a_rider_who_is_out_of_order(shop: Shop) -> None:
    broken(shop, "R-1")
    contract = shop.confirmed()
    assert carries(shop, contract) == ["R-2"]
    refusals = shop.quoted(an_order("o2", "RICE", member="m2", crossing=9)).refusals
    assert ReasonCode.OUT_OF_ORDER in {reason.code for each in refusals for reason in each.reasons}
    look(shop)


def test_without_another_rider_the_promise_is_at_risk_until_he_is_back(lone_rider: Shop) -> None:
    shop = lone_rider
    contract = shop.confirmed()
    name = f"{contract.contract_id}/{contract.items[0].item_id}"
    assert broken(shop, "R-1").at_risk == (name,)
    assert (states(shop, contract), lost(shop)) == ([AT_RISK], [name])
    (unplanned,) = shop.promising.plan().unplanned
    assert [reason.code for reason in unplanned.reasons] == [ReasonCode.OUT_OF_ORDER]
    assert all(not route.visits for route in shop.promising.plan().routes)
    look(shop)
    assert mended(shop, "R-1").safe == (name,)
    assert (states(shop, contract), lost(shop)) == ([OPEN], [])
    assert shop.event_types()[-1] == "promise.safe"
    look(shop)


def test_a_new_rider_saves_what_is_at_risk(lone_rider: Shop) -> None:
    shop = lone_rider
    contract = shop.confirmed()
    broken(shop, "R-1")
    new = Put(whole=Whole(rider=a_rider("R-9")), revision=0)
    changed = shop.promising.put_resource(new, request_id="new")
    assert (changed.supply.num_items, changed.supply.route_version) == (1, 1)
    assert carries(shop, contract) == ["R-9"]
    look(shop)


def test_what_a_rider_has_set_out_for_stays_and_is_at_risk(shop: Shop) -> None:
    contract = shop.confirmed()
    resource_id, visit = first_visit(shop)
    shop.clock.advance_to(visit.depart)
    plan = shop.promising.plan()
    assert len(broken(shop, resource_id).at_risk) == 1
    assert shop.promising.plan().routes == plan.routes
    assert (states(shop, contract), lost(shop)) == ([AT_RISK], [])
    look(shop)
    assert len(mended(shop, resource_id).safe) == 1
    assert states(shop, contract) == [OPEN]
    look(shop)


def test_what_a_rider_has_done_is_not_at_risk(shop: Shop) -> None:
    contract = shop.confirmed()
    (route,) = (route for route in shop.promising.plan().routes if route.visits)
    shop.clock.advance_to(route.visits[-1].end)
    assert broken(shop, route.resource_id).at_risk == ()
    assert states(shop, contract) == [OPEN]
    look(shop)


def test_a_removed_rider_is_gone_until_he_is_put_again(lone_rider: Shop) -> None:
    shop = lone_rider
    contract = shop.confirmed()
    removed = shop.promising.remove_resource("R-1", revision=0, request_id="off").supply
    assert (removed.status, removed.revision) == (ResourceStatus.REMOVED, 1)
    assert [each.resource_id for each in shop.promising.supplies(page_size=50).supplies] == [
        "DEPOT",
        "STORE",
        "X-1",
        "X-2",
    ]
    assert states(shop, contract) == [AT_RISK]
    with pytest.raises(InputError) as caught:
        a_status(shop, "R-1", ResourceStatus.AVAILABLE)
    assert caught.value.issues[0].path == "resource_id"
    look(shop)
    put(shop, "R-1")
    assert states(shop, contract) == [OPEN]
    look(shop)


def test_a_store_out_of_order_sends_nothing_and_its_goods_come_from_elsewhere(shop: Shop) -> None:
    contract = shop.confirmed(an_order(crossing=3))
    (before,) = shop.promising.plan().assignments
    broken(shop, before.site_id or "")
    (after,) = shop.promising.plan().assignments
    assert after.site_id != before.site_id
    assert states(shop, contract) == [OPEN]
    look(shop)


def test_goods_at_the_counter_of_a_store_that_closes_are_at_risk(shop: Shop) -> None:
    contract = shop.confirmed(mode=Mode.PICKUP)
    broken(shop, "STORE")
    assert states(shop, contract) == [AT_RISK]
    assert shop.books().reserved == {}
    look(shop)


def test_a_shorter_shift_drops_what_would_be_too_late(lone_rider: Shop) -> None:
    shop = lone_rider
    contract = shop.confirmed(an_order("o1", "RICE"))
    (route,) = shop.promising.plan().routes
    short = Interval(start=at("07:00"), end=route.visits[-1].start)
    assert len(a_shift(shop, "R-1", shift=short).repair.at_risk) == 1
    look(shop)
    long = Interval(start=at("07:00"), end=at("15:00"))
    assert len(a_shift(shop, "R-1", shift=long).repair.safe) == 1
    assert states(shop, contract) == [OPEN]
    look(shop)


def test_overtime_saves_what_is_at_risk(open_shop: OpenShop) -> None:
    rider = a_rider(max_overtime=timedelta(hours=1))
    catalogue = a_catalogue(riders=(rider,), vans=(), pools=())
    shop = open_shop(world=a_world(catalogue=catalogue, stock=a_site_stock("STORE", RICE=9)))
    shop.confirmed()
    (route,) = shop.promising.plan().routes
    end = route.visits[-1].start
    a_shift(shop, "R-1", shift=Interval(start=at("07:00"), end=end))
    assert len(lost(shop)) == 1
    assert len(a_shift(shop, "R-1", overtime=timedelta(hours=1)).repair.safe) == 1
    look(shop)


def test_somebody_on_call_comes_in(open_shop: OpenShop) -> None:
    catalogue = a_catalogue(riders=(a_rider(), a_rider("R-2", on_call=True)), vans=(), pools=())
    shop = open_shop(world=a_world(catalogue=catalogue, stock=a_site_stock("STORE", RICE=9)))
    contract = shop.confirmed()
    assert carries(shop, contract) == ["R-1"]
    broken(shop, "R-1")
    assert states(shop, contract) == [AT_RISK]
    changed = a_shift(shop, "R-2", call_in=True)
    assert changed.supply.rider is not None
    assert not changed.supply.rider.on_call
    assert carries(shop, contract) == ["R-2"]
    look(shop)


def test_a_change_that_contradicts_what_has_started_is_refused(shop: Shop) -> None:
    shop.confirmed()
    resource_id, visit = first_visit(shop)
    shop.clock.advance_to(visit.depart)
    plan = shop.promising.plan()
    with pytest.raises(Conflict) as caught:
        put(shop, resource_id, start_place=a_place(7))
    assert {issue.code for issue in caught.value.issues} == {IssueCode.RESOURCE_UNDER_WAY}
    assert shop.promising.plan() == plan
    assert shop.promising.supply(resource_id).revision == 0
    look(shop)


def test_fewer_pickers_count_from_now_on(shop: Shop) -> None:
    for n in range(3):
        shop.confirmed(an_order(f"o{n}", "LEEKS", "EGGS", "TISSUES", member=f"m{n}"), mode=Mode.PICKUP)
    shop.later(10 * MINUTE)  # their picking is over
    assert put(shop, "STORE", pickers=0).repair.at_risk == ()
    look(shop)


def test_too_few_counter_places_hit_who_was_promised_last(shop: Shop) -> None:
    first = shop.confirmed(an_order("o1", member="m1"), mode=Mode.PICKUP)
    second = shop.confirmed(an_order("o2", member="m2"), mode=Mode.PICKUP)
    put(shop, "STORE", counter_places=1)
    assert (states(shop, first), states(shop, second)) == ([OPEN], [AT_RISK])
    look(shop)


def test_two_who_come_together_stay_together(shop: Shop) -> None:
    contract = shop.confirmed(an_order("o1", "RICE", "MILK"))
    assert len(contract.items) == 2
    assert contract.same_visits
    (resource_id,) = {each.resource_id for each in shop.promising.plan().assignments}
    broken(shop, resource_id or "")
    assert len({each.resource_id for each in shop.promising.plan().assignments}) == 1
    look(shop)


def test_a_hold_moves_to_another_rider_and_none_sets_out_before_its_end(shop: Shop) -> None:
    held = shop.held()
    (before,) = shop.promising.plan().assignments
    broken(shop, before.resource_id or "")
    (route,) = (route for route in shop.promising.plan().routes if route.visits)
    assert route.resource_id != before.resource_id
    assert route.visits[0].depart >= held.expire_time
    confirmed = shop.promising.confirm(held.reservation_id, request_id="yes")
    assert confirmed.promises == held.option.promises
    look(shop)


def test_a_hold_that_nobody_can_keep_is_revoked(lone_rider: Shop) -> None:
    shop = lone_rider
    held = shop.held()
    assert broken(shop, "R-1").revoked_reservation_ids == (held.reservation_id,)
    assert shop.promising.reservation(held.reservation_id).state is ReservationState.RELEASED
    assert shop.promising.plan().assignments == ()
    with pytest.raises(Conflict):
        shop.promising.confirm(held.reservation_id, request_id="late")
    look(shop)


def test_a_replan_does_not_put_work_on_who_broke_down_meanwhile(shop: Shop) -> None:
    shop.confirmed()
    problem = shop.promising.problem()
    broken(shop, "R-2")
    published = shop.promising.publish(problem, problem.initial_plan)
    assert published.routes_changed == ()
    look(shop)


def test_positions_are_kept(shop: Shop) -> None:
    sighting = Sighting(resource_id="R-1", place=a_place(4), time=at("06:55"))
    changed = shop.promising.report(sighting, request_id="r")
    assert changed.supply.position is not None
    assert changed.supply.position.place.street_node_id == 4
    assert shop.promising.supply("R-1") == changed.supply
    again = shop.restarted()
    assert again.promising.supply("R-1") == changed.supply
    again.ledger.close()
    assert shop.promising.report(sighting, request_id="r") == changed


def test_everything_that_is_wrong_with_a_report_is_said_at_once(shop: Shop) -> None:
    nowhere = a_place(4).model_copy(update={"street_node_id": None})
    wrong = Sighting(resource_id="STORE", place=nowhere, time=at("07:01"), status=ResourceStatus.REMOVED)
    with pytest.raises(InputError) as caught:
        shop.promising.report(wrong, request_id="r")
    assert [(issue.code, issue.path) for issue in caught.value.issues] == [
        (IssueCode.VALUE_INVALID, "place"),
        (IssueCode.TIME_OUT_OF_RANGE, "time"),
        (IssueCode.VALUE_INVALID, "status"),
        (IssueCode.PLACE_NOT_REACHABLE, "place"),
    ]


@pytest.mark.parametrize(
    ("sighting", "codes"),
    [
        (Sighting(resource_id="R-1"), [IssueCode.FIELD_REQUIRED]),
        (Sighting(resource_id="R-1", place=a_place(4)), [IssueCode.FIELD_REQUIRED]),
    ],
)
def test_a_report_of_nothing_is_refused(shop: Shop, sighting: Sighting, codes: list[IssueCode]) -> None:
    with pytest.raises(InputError) as caught:
        shop.promising.report(sighting, request_id="r")
    assert [issue.code for issue in caught.value.issues] == codes


def test_a_shift_of_a_store_or_of_no_change_is_refused(shop: Shop) -> None:
    for resource_id, code in (("STORE", IssueCode.VALUE_INVALID), ("R-1", IssueCode.FIELD_REQUIRED)):
        with pytest.raises(InputError) as caught:
            shop.promising.change_shift(ShiftTerms(resource_id=resource_id), request_id="r")
        assert [issue.code for issue in caught.value.issues] == [code]


def test_a_store_keeps_the_zones_of_its_goods(shop: Shop) -> None:
    with pytest.raises(InputError) as caught:
        put(shop, "STORE", temperatures=(Temperature.AMBIENT,))
    (issue,) = caught.value.issues
    assert (issue.path, issue.message) == (
        "site.temperatures",
        "temperatures (AMBIENT) must hold those of the goods that lie at STORE, missing: CHILLED",
    )


def test_nobody_of_that_name_can_be_changed(shop: Shop) -> None:
    with pytest.raises(NotFound) as caught:
        shop.promising.remove_resource("nobody", revision=0, request_id="r")
    assert caught.value.issues[0].message == "resource_id (nobody) must name one of the 8 sites and resources"

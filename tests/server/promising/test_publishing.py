"""A replanned plan comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.contract import Contract
from models.issues import IssueCode, SolveError
from models.plan import Assignment, CapacityKind, CapacityUse, Plan, Route, Visit, VisitKind
from models.plan_file import PlanFile
from models.problem import Problem
from models.promise import Mode
from server.promising.books import Entries, key_of
from server.promising.groups import (
    Cell,
    Replanned,
    StockKey,
    has_room,
    is_in_time,
    is_still_ahead,
    is_unchanged,
    waits_for_holds,
)
from solver.check import check
from solver.replanning.replan import replan
from tests.builders import a_place, at, travel_tables
from tests.server.promising.builders import Shop, an_order


def a_busy_shop(url: str, *, num_orders: int = 8) -> tuple[Shop, list[Contract]]:
    """Leeks for as many doors, put into the routes as they came."""
    shop = Shop(url)
    doors = [a_place(3 + n % 5, snap_distance_m=10 * n) for n in range(num_orders)]
    orders = [an_order(f"o{n}", "LEEKS", member=f"m{n}", place=door) for n, door in enumerate(doors)]
    return shop, [shop.confirmed(order) for order in orders]


def improved(shop: Shop) -> tuple[Problem, Plan]:
    problem = shop.promising.problem()
    plan = replan(problem, seed=1, iterations=1000)
    assert plan.cost.total < problem.initial_plan.cost.total
    return problem, plan


def test_a_cheaper_plan_is_put_in_force_and_no_promise_moves(url: str) -> None:
    shop, contracts = a_busy_shop(url)
    problem, plan = improved(shop)
    published = shop.promising.publish(problem, plan)
    assert published.routes_changed
    assert published.routes_dropped == published.promises_moved == ()
    assert published.cost_before == problem.initial_plan.cost
    assert published.cost_after == shop.promising.plan().cost == plan.cost
    assert published.currency == "CNY"
    assert shop.promising.check() == ()
    assert [shop.promising.contract(each.contract_id) for each in contracts] == contracts
    assert "plan.replanned" in shop.event_types()


def test_what_is_published_outlives_the_process(url: str) -> None:
    shop, _ = a_busy_shop(url)
    shop.promising.publish(*improved(shop))
    assert shop.restarted().promising.plan() == shop.promising.plan()


def test_a_plan_that_saves_nothing_is_not_published(url: str) -> None:
    shop, _ = a_busy_shop(url, num_orders=2)
    problem = shop.promising.problem()
    published = shop.promising.publish(problem, problem.initial_plan)
    assert published.routes_changed == published.routes_dropped == ()
    assert published.cost_before == published.cost_after
    assert "plan.replanned" not in shop.event_types()


def test_a_route_that_changed_meanwhile_is_left_alone(url: str) -> None:
    shop, contracts = a_busy_shop(url)
    problem, plan = improved(shop)
    shop.promising.cancel(contracts[0].contract_id, request_id="r")
    before = shop.promising.plan()
    published = shop.promising.publish(problem, plan)
    assert published.routes_changed == ()
    assert published.routes_dropped == ("R-1",)
    assert shop.promising.plan() == before


def test_a_plan_that_comes_too_late_is_left_alone(url: str) -> None:
    shop, _ = a_busy_shop(url)
    problem, plan = improved(shop)
    shop.later(timedelta(minutes=15))
    before = shop.promising.plan()
    assert shop.promising.publish(problem, plan).routes_dropped == ("R-1",)
    assert shop.promising.plan() == before
    assert shop.promising.check() == ()


def test_what_has_started_stays_when_the_rest_is_replanned(url: str) -> None:
    shop, _ = a_busy_shop(url)
    shop.later(timedelta(minutes=7))
    problem = shop.promising.problem()
    started = [visit for route in problem.initial_plan.routes for visit in route.visits if visit.depart <= problem.now]
    assert started
    shop.promising.publish(problem, replan(problem, seed=1, iterations=1000))
    (route,) = shop.promising.plan().routes
    assert list(route.visits[: len(started)]) == started
    assert shop.promising.check() == ()


def test_a_plan_that_breaks_a_rule_is_refused_whole(url: str) -> None:
    shop, _ = a_busy_shop(url)
    problem, plan = improved(shop)
    before = shop.promising.plan()
    (route,) = plan.routes
    halved = plan.model_copy(update={"routes": (route.model_copy(update={"visits": route.visits[:4]}),)})
    with pytest.raises(SolveError) as caught:
        shop.promising.publish(problem, halved)
    assert {issue.code for issue in caught.value.issues} == {IssueCode.PLAN_INVALID}
    assert shop.promising.plan() == before


def test_the_plan_file_can_be_checked_elsewhere(url: str) -> None:
    shop, _ = a_busy_shop(url, num_orders=3)
    shop.later(timedelta(minutes=20))
    written = shop.promising.plan_file().model_dump_json()
    found = PlanFile.model_validate_json(written)
    assert (found.world, found.fingerprint) == ("Tiny", "tiny")
    problem = found.problem(catalogue=shop.world.catalogue, travel=travel_tables())
    assert len(problem.contracts) == 3
    assert check(problem, found.plan) == ()


# groups


def a_plan(**items_by_vehicle: str) -> Plan:
    """Routes with one delivery at 08:00 per letter, which is the contract; all that is looked at here."""
    routes, assignments = [], []
    for resource_id, letters in items_by_vehicle.items():
        routes.append(Route(resource_id=resource_id, version=3, visits=tuple(map(_visit, letters))))
        assignments += [_assignment(letter, resource_id) for letter in letters]
    return Plan(routes=tuple(routes), assignments=tuple(assignments))


def _visit(letter: str) -> Visit:
    times = dict.fromkeys(("depart", "arrival", "start", "end"), at("08:00"))
    return Visit(contract_id=letter, item_id=letter, kind=VisitKind.DELIVERY, place=a_place(4), **times)


def _assignment(letter: str, resource_id: str) -> Assignment:
    times = dict.fromkeys(("ready_time", "planned_start"), at("08:00"))
    return Assignment(
        contract_id=letter, item_id=letter, mode=Mode.RIDER, site_id="STORE", resource_id=resource_id, **times
    )


def test_routes_that_exchange_items_go_together() -> None:
    before = a_plan(R1="ab", R2="cd", R3="ef", R4="gh")
    after = a_plan(R1="a", R2="bcd", R3="fe", R4="gh")
    assert Replanned(before, after).groups() == (("R1", "R2"), ("R3",))


def test_exchanges_connect_through_other_routes() -> None:
    before = a_plan(R1="a", R2="b", R3="c")
    after = a_plan(R1="c", R2="a", R3="b")
    assert Replanned(before, after).groups() == (("R1", "R2", "R3"),)


def test_a_route_that_lost_all_its_items_is_part_of_the_exchange() -> None:
    replanned = Replanned(a_plan(R1="a", R2="b"), a_plan(R1="ab"))
    assert replanned.groups() == (("R1", "R2"),)
    assert replanned.route("R2").visits == ()
    assert replanned.version("R2") == 3


def test_an_unchanged_plan_has_no_groups() -> None:
    assert Replanned(a_plan(R1="ab"), a_plan(R1="ab")).groups() == ()


@pytest.mark.parametrize(("end_of_hold", "waits"), [("08:00:00", True), ("08:00:01", False)])
def test_a_vehicle_waits_for_the_end_of_a_hold(shop: Shop, end_of_hold: str, waits: bool) -> None:
    hold = shop.held().model_copy(update={"contract_id": "b", "expire_time": at(end_of_hold)})
    replanned = Replanned(a_plan(R1="a", R2="b"), a_plan(R1="ab"))
    assert waits_for_holds(("R1", "R2"), replanned, {"b": hold}) is waits


def with_uses(plan: Plan, contract_id: str, *starts: str) -> Plan:
    """One item of the plan with picking booked in these buckets."""
    uses = tuple(
        CapacityUse(kind=CapacityKind.PICKING, owner_id="STORE", bucket_start=at(start), amount=30) for start in starts
    )
    changed = {"uses": uses}
    assignments = [a.model_copy(update=changed) if a.contract_id == contract_id else a for a in plan.assignments]
    return plan.model_copy(update={"assignments": tuple(assignments)})


def test_who_uses_the_same_cell_otherwise_goes_together() -> None:
    before = with_uses(with_uses(a_plan(R1="a", R2="b", R3="c"), "a", "07:30"), "c", "07:40")
    after = with_uses(with_uses(with_uses(before, "a", "07:35"), "b", "07:30"), "c", "07:45")
    assert Replanned(before, after).groups() == (("R1", "R2"), ("R3",))


@pytest.mark.parametrize(("left", "fits"), [(30, True), (29, False)])
def test_a_group_needs_room_for_what_it_takes_beyond_what_it_has(left: int, fits: bool) -> None:
    plan = a_plan(R1="a")
    replanned = Replanned(with_uses(plan, "a", "07:30"), with_uses(plan, "a", "07:30", "07:35"))
    free: dict[StockKey | Cell, int] = {(CapacityKind.PICKING, "STORE", at("07:35")): left}
    assert has_room(("R1",), replanned, free.__getitem__) is fits


@pytest.mark.parametrize(("now", "ahead"), [("07:30", True), ("07:31", False)])
def test_what_is_booked_otherwise_must_not_have_begun(now: str, ahead: bool) -> None:
    plan = a_plan(R1="a")
    replanned = Replanned(with_uses(plan, "a", "07:30"), with_uses(plan, "a", "07:50"))
    assert is_still_ahead(("R1",), replanned, now=at(now)) is ahead


def test_a_group_with_a_changed_route_is_stale() -> None:
    plan = a_plan(R1="a", R2="b")
    replanned = Replanned(plan, a_plan(R1="ab"))
    entries = Entries({route.resource_id: route for route in plan.routes}, {key_of(a): a for a in plan.assignments}, {})
    assert is_unchanged(("R1", "R2"), replanned, entries)
    newer = plan.routes[1].model_copy(update={"version": 4})
    assert not is_unchanged(("R1", "R2"), replanned, replace(entries, routes={**entries.routes, "R2": newer}))
    assert not is_unchanged(("R1", "R2"), replanned, replace(entries, assignments={}))


@pytest.mark.parametrize(("now", "in_time"), [("07:59", True), ("08:00", False)])
def test_a_route_that_has_started_keeps_its_beginning(now: str, in_time: bool) -> None:
    plan = a_plan(R1="a", R2="b")
    entries = Entries({route.resource_id: route for route in plan.routes}, {}, {})
    assert is_in_time(("R1", "R2"), Replanned(plan, a_plan(R1="ba")), entries, now=at(now)) is in_time

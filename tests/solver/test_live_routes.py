"""Live routes: a change that is undone leaves nothing behind, and what is published comes back as it was."""

import numpy as np
import pytest

from models.issues import SolveError
from models.plan import Cost, Route, VisitKind
from solver.alternatives.alternative import Source
from solver.alternatives.routed_work import routed_work
from solver.instance import Instance
from solver.live_routes import ItemKey, LiveRoutes, RoutedWork
from tests.builders import a_contract, a_depot, a_place, a_planned_day, a_problem, a_store, an_item, at

RIDER, VAN = 0, 2


def some_work(instance: Instance, contract_id: str = "C-1", *, crossing: int = 4) -> RoutedWork:
    """Rice from the store, ready at 07:10, due by noon."""
    item = an_item(place=a_place(crossing))
    seconds = instance.horizon.seconds
    source = Source(a_store(), seconds(at("07:10")), ())
    window = seconds(at("07:00")), seconds(at("12:00"))
    work = routed_work(a_contract(contract_id, [item]), item, source, window=window, instance=instance)
    assert work is not None
    return work


def empty(**sizes: int) -> LiveRoutes:
    return LiveRoutes(Instance.of(a_problem()), **sizes)


def insert(routes: LiveRoutes, work: RoutedWork, *, behind: tuple[int, int] = (0, 0), now: str = "07:00") -> bool:
    now_s = routes.instance.horizon.seconds(at(now))
    return routes.insert(work, vehicle_idx=RIDER, pickup_after=behind[0], delivery_after=behind[1], now=now_s)


def contents(routes: LiveRoutes) -> list[bytes]:
    """All that the arrays hold of routes; visits without a route hold what they held last."""
    return [array.tobytes() for array in routes.arrays()[1]]


def keys_of(route: Route) -> list[tuple[ItemKey, VisitKind]]:
    return [((visit.contract_id, visit.item_id), visit.kind) for visit in route.visits]


def test_an_insertion_that_is_undone_leaves_the_arrays_as_they_were() -> None:
    routes = empty()
    assert insert(routes, some_work(routes.instance, "C-1"))
    before = contents(routes)
    saved = routes.save(RIDER)
    other = some_work(routes.instance, "C-2", crossing=6)
    assert insert(routes, other, behind=(1, 2))
    assert contents(routes) != before
    routes.forget(other.key)
    routes.restore(RIDER, saved)
    assert contents(routes) == before
    assert ("C-2", "i-rice") not in routes


def test_an_insertion_that_does_not_fit_is_undone_as_well() -> None:
    routes = empty()
    before, saved = contents(routes), routes.save(RIDER)
    work = some_work(routes.instance)
    hopeless = RoutedWork(work.key, work.request._replace(delivery_latest=0), work.stops)
    assert not insert(routes, hopeless)
    routes.forget(work.key)
    routes.restore(RIDER, saved)
    assert contents(routes) == before


def test_a_row_is_restored_after_the_arrays_have_grown() -> None:
    routes = empty(num_visits=2, num_positions=6)
    assert insert(routes, some_work(routes.instance, "C-1"))
    route, saved = routes.route(RIDER, version=1), routes.save(RIDER)
    works = [some_work(routes.instance, f"C-{n}", crossing=5) for n in range(2, 6)]
    for work in works:
        assert insert(routes, work, behind=(0, 0))
    for work in works:
        routes.forget(work.key)
    routes.restore(RIDER, saved)
    assert routes.route(RIDER, version=1) == route


def test_routes_grow_with_what_is_put_into_them() -> None:
    routes = empty(num_visits=2, num_positions=4)
    for n in range(20):
        assert insert(routes, some_work(routes.instance, f"C-{n}"), behind=(2 * n, 2 * n))
    route = routes.route(RIDER, version=1)
    expected = [((f"C-{n}", "i-rice"), kind) for n in range(20) for kind in (VisitKind.PICKUP, VisitKind.DELIVERY)]
    assert keys_of(route) == expected


def test_visit_numbers_that_were_given_back_are_used_again() -> None:
    routes = empty(num_visits=4)
    for n in range(50):
        saved, work = routes.save(RIDER), some_work(routes.instance, f"C-{n}")
        assert insert(routes, work)
        routes.forget(work.key)
        routes.restore(RIDER, saved)
    assert routes.arrays()[0].node.shape[0] == 4


def test_a_published_route_is_read_and_written_back_as_it_was() -> None:
    day = a_planned_day()
    routes, works = LiveRoutes(Instance.of(day.problem)), day_works(LiveRoutes(Instance.of(day.problem)))
    routes.load_routes(day.plan.routes, works)
    vehicles = [routes.instance.idx_by_vehicle_id[route.resource_id] for route in day.plan.routes]
    assert [routes.route(r, version=1) for r in vehicles] == list(day.plan.routes)
    assert sum((routes.cost(r) for r in vehicles), Cost()) == Cost(travel=936 + 636, labour=2084 + 1908, use=1700)


def day_works(routes: LiveRoutes) -> dict[ItemKey, RoutedWork]:
    """The works of the planned day's routes; windows are wide, starts are facts anyway."""
    day, seconds = a_planned_day(), routes.instance.horizon.seconds
    works = {}
    for each in day.plan.assignments:
        contract = day.agreed(each.contract_id)
        source = Source({"STORE": a_store(), "DEPOT": a_depot()}[each.site_id or ""], seconds(each.ready_time), ())
        window = seconds(at("07:00")), seconds(at("12:00"))
        work = routed_work(contract, contract.item(each.item_id), source, window=window, instance=routes.instance)
        assert work is not None
        works[work.key] = work
    return works


def test_an_item_may_move_from_one_route_to_another_when_both_are_loaded() -> None:
    routes = empty()
    work = some_work(routes.instance)
    assert insert(routes, work)
    route = routes.route(RIDER, version=1)
    moved = [Route(resource_id="R-1", version=2), route.model_copy(update={"resource_id": "R-2"})]
    routes.load_routes(moved, {work.key: work})
    assert [keys_of(routes.route(r, version=1)) for r in (0, 1)] == [[], keys_of(route)]
    assert routes.versions[:2] == [2, 1]


def test_what_is_taken_out_closes_the_gap() -> None:
    routes = empty()
    for n, work in enumerate([some_work(routes.instance, "C-1"), some_work(routes.instance, "C-2", crossing=6)]):
        assert insert(routes, work, behind=(2 * n, 2 * n))
    now_s = routes.instance.horizon.seconds(at("07:00"))
    routes.take_out([("C-1", "i-rice")], vehicle_idx=RIDER, now=now_s)
    closed = routes.route(RIDER, version=1)
    assert keys_of(closed) == [(("C-2", "i-rice"), VisitKind.PICKUP), (("C-2", "i-rice"), VisitKind.DELIVERY)]
    assert closed.visits[0].start == at("07:10")


def test_what_has_been_departed_for_cannot_be_taken_out() -> None:
    routes = empty()
    assert insert(routes, some_work(routes.instance))
    departs = routes.route(RIDER, version=1).visits[0].depart
    now_s = routes.instance.horizon.seconds(departs)
    assert not routes.started(("C-1", "i-rice"), vehicle_idx=RIDER, now=now_s - 1)
    assert routes.started(("C-1", "i-rice"), vehicle_idx=RIDER, now=now_s)
    with pytest.raises(SolveError) as error:
        routes.take_out([("C-1", "i-rice")], vehicle_idx=RIDER, now=now_s)
    assert [(issue.code, issue.path) for issue in error.value.issues] == [("VISIT_STARTED", "C-1/i-rice")]


def test_a_scan_costs_what_the_insertion_then_costs() -> None:
    routes = empty()
    eligible = np.ones(len(routes.instance.vehicles), dtype=np.uint8)
    now_s = routes.instance.horizon.seconds(at("07:00"))
    for n, crossing in enumerate([4, 6, 4, 3]):
        work = some_work(routes.instance, f"C-{n}", crossing=crossing)
        scan = routes.scan(work.request, eligible=eligible, now=now_s)
        before = routes.cost_units(RIDER)
        behind = int(scan.pickup_after[RIDER]), int(scan.delivery_after[RIDER])
        assert insert(routes, work, behind=behind)
        assert routes.cost_units(RIDER) - before == scan.cost[RIDER]


def test_visits_in_a_row_at_one_door_are_one_stop() -> None:
    routes = empty()
    assert insert(routes, some_work(routes.instance, "C-1"))
    assert insert(routes, some_work(routes.instance, "C-2"), behind=(1, 2))
    assert insert(routes, some_work(routes.instance, "C-3", crossing=5), behind=(1, 4))
    stops = [routes.stop_position((f"C-{n}", "i-rice"), vehicle_idx=RIDER) for n in (1, 2, 3)]
    assert stops[0] == stops[1] != stops[2]

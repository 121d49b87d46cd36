"""Each rule of the referee: kept, kept to the last unit, and broken."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.routing.instance import RoutingInstance
from benchmarks.routing.protocol import Route, Solution
from benchmarks.routing.referee import Rule, judge
from tests.benchmarks.routing.examples import a_vehicle_type, all_but, an_instance, routes

A_LINE = routes([1, 2, 3, 4])


def broken(instance: RoutingInstance, solution: Solution) -> list[Rule]:
    """The rules it breaks, each once."""
    verdict = judge(instance, solution)
    assert verdict.feasible is (verdict.cost is not None)
    return list(dict.fromkeys(breach.rule for breach in verdict.breaches))


def with_vehicles(**changes: Any) -> RoutingInstance:
    return an_instance(vehicle_types=[a_vehicle_type(**changes)])


def test_a_line_there_and_back_costs_twice_its_length() -> None:
    verdict = judge(an_instance(), A_LINE)
    assert (verdict.cost, verdict.num_vehicles, verdict.breaches) == (80, 1, ())


def test_vehicles_distance_and_duration_are_paid_at_their_rates() -> None:
    instance = with_vehicles(fixed_cost=100, cost_per_distance=3, cost_per_duration=2)
    assert judge(instance, routes([1, 2], [3, 4])).cost == 2 * 100 + 3 * (40 + 80) + 2 * (40 + 80)


def test_distances_are_those_of_the_direction_driven() -> None:
    instance = an_instance(along=(0, 10, 20))
    distance = instance.distance.copy()
    distance[2, 0] = 70
    instance = replace(instance, distance=distance)
    assert [judge(instance, routes(visits)).cost for visits in ([1, 2], [2, 1])] == [90, 40]


def test_a_vehicle_without_visits_costs_nothing() -> None:
    verdict = judge(with_vehicles(fixed_cost=100, number=1), routes([1, 2, 3, 4], []))
    assert (verdict.cost, verdict.num_vehicles) == (180, 1)


@pytest.mark.parametrize("solution", [routes([1, 2, 3, 5]), routes([1, 2, 3, -1]), routes([1], type_idx=1)])
def test_a_node_or_type_that_is_none_is_refused(solution: Solution) -> None:
    assert broken(an_instance(), solution) == [Rule.NODE]


def test_there_are_only_so_many_vehicles() -> None:
    assert broken(with_vehicles(number=2), routes([1, 2], [3, 4])) == []
    assert broken(with_vehicles(number=1), routes([1, 2], [3, 4])) == [Rule.FLEET]


@pytest.mark.parametrize("visits", [[1, 2, 3], [1, 2, 3, 4, 4], []])
def test_every_visit_is_made_once(visits: list[int]) -> None:
    assert broken(with_vehicles(capacity=(9,)), routes(visits)) == [Rule.SERVED_ONCE]


def test_a_visit_that_may_be_left_out_costs_its_prize() -> None:
    instance = an_instance(by_node={"required": {4: False}, "prize": {4: 15}})
    assert judge(instance, routes([1, 2, 3])).cost == 60 + 15
    assert judge(instance, A_LINE).cost == 80
    assert broken(instance, routes([1, 2, 4])) == [Rule.SERVED_ONCE]


def test_a_visit_that_may_be_left_out_is_not_made_twice() -> None:
    instance = an_instance(by_node={"required": {4: False}}, vehicle_types=[a_vehicle_type(capacity=(9,))])
    assert broken(instance, routes([1, 2, 3, 4, 4])) == [Rule.SERVED_ONCE]


def test_a_pair_is_in_one_route() -> None:
    instance = an_instance(pairs=[(1, 2), (3, 4)])
    assert broken(instance, routes([1, 2], [3, 4])) == []
    assert Rule.PAIRING in broken(instance, routes([1, 4], [3, 2]))


def test_half_a_pair_is_none_even_if_it_may_be_left_out() -> None:
    instance = an_instance(pairs=[(1, 2), (3, 4)], by_node={"required": {3: False, 4: False}})
    assert broken(instance, routes([1, 2])) == []
    assert broken(instance, routes([1, 2, 3])) == [Rule.PAIRING]


def test_a_pickup_comes_before_its_delivery() -> None:
    instance = an_instance(pairs=[(1, 2), (3, 4)])
    assert broken(instance, routes([1, 3, 2, 4])) == []
    assert broken(instance, routes([2, 1, 3, 4])) == [Rule.PRECEDENCE]


def test_what_the_depot_sends_fits_into_the_vehicle() -> None:
    assert broken(with_vehicles(capacity=(4,)), A_LINE) == []
    assert broken(with_vehicles(capacity=(3,)), A_LINE) == [Rule.CAPACITY]


def test_every_dimension_of_the_load_fits() -> None:
    loads = np.array([[0, 0], [-1, -3], [-1, 0], [-1, 0], [-1, 0]])
    for room, expected in ((3, []), (2, [Rule.CAPACITY])):
        assert broken(replace(with_vehicles(capacity=(4, room)), loads=loads), A_LINE) == expected


def test_what_is_picked_up_is_on_board_until_it_is_delivered() -> None:
    instance = an_instance(pairs=[(1, 2), (3, 4)], vehicle_types=[a_vehicle_type(capacity=(1,))])
    assert broken(instance, A_LINE) == []
    assert broken(instance, routes([1, 3, 2, 4])) == [Rule.CAPACITY]


def test_what_the_depot_sends_and_what_is_picked_up_share_the_room() -> None:
    instance = an_instance(pairs=[(1, 2)], vehicle_types=[a_vehicle_type(capacity=(2,))])
    assert broken(instance, routes([3, 1, 2, 4])) == []
    assert broken(instance, routes([1, 3, 2, 4])) == [Rule.CAPACITY]


def test_a_service_begins_when_its_window_is_open() -> None:
    for latest, expected in ((20, []), (19, [Rule.WINDOW])):
        assert broken(an_instance(by_node={"latest": {2: latest}}), A_LINE) == expected


def test_a_vehicle_waits_for_a_window_to_open() -> None:
    for latest, expected in ((60, []), (59, [Rule.WINDOW])):
        assert broken(an_instance(by_node={"earliest": {2: 50}, "latest": {3: latest}}), A_LINE) == expected


def test_service_takes_its_time() -> None:
    for latest, expected in ((37, []), (36, [Rule.WINDOW])):
        assert broken(an_instance(by_node={"service": {1: 7}, "latest": {3: latest}}), A_LINE) == expected


def test_travel_takes_its_duration_and_not_its_distance() -> None:
    instance = an_instance(by_node={"latest": {4: 80}})
    assert broken(replace(instance, duration=2 * instance.distance), A_LINE) == []
    assert broken(replace(instance, duration=3 * instance.distance), A_LINE) == [Rule.WINDOW]


def test_a_vehicle_is_back_at_the_end_of_its_shift_and_while_its_depot_is_open() -> None:
    for latest, expected in ((80, []), (79, [Rule.SHIFT])):
        assert broken(with_vehicles(latest=latest), A_LINE) == expected
        assert broken(an_instance(by_node={"latest": {0: latest}}), A_LINE) == expected


def test_a_vehicle_leaves_when_its_shift_begins_and_its_depot_is_open() -> None:
    for earliest, expected in ((30, []), (31, [Rule.WINDOW])):
        late = {"latest": {1: 40}}
        assert broken(an_instance(vehicle_types=[a_vehicle_type(earliest=earliest)], by_node=late), A_LINE) == expected
        assert broken(an_instance(by_node=late | {"earliest": {0: earliest}}), A_LINE) == expected


def test_an_open_end_is_where_the_last_visit_is() -> None:
    for latest, expected in ((45, []), (44, [Rule.SHIFT])):
        vehicle_type = a_vehicle_type(end=None, latest=latest)
        instance = an_instance(vehicle_types=[vehicle_type], by_node={"service": {4: 5}})
        assert broken(instance, A_LINE) == expected
    assert judge(an_instance(vehicle_types=[a_vehicle_type(end=None, cost_per_duration=1)]), A_LINE).cost == 40 + 40


def test_a_route_is_not_longer_than_it_may_be() -> None:
    for limit, expected in ((80, []), (79, [Rule.DURATION])):
        assert broken(with_vehicles(max_duration=limit), A_LINE) == expected


def test_waiting_that_a_later_start_spares_does_not_count() -> None:
    """It leaves at 90 and not at 0."""
    instance = an_instance(
        by_node={"earliest": {1: 100}}, vehicle_types=[a_vehicle_type(max_duration=80, cost_per_duration=1)]
    )
    assert judge(instance, A_LINE).cost == 80 + 80


def test_waiting_that_no_start_spares_counts() -> None:
    """It has to be at node 1 by 30, so it leaves by 20, and is back at 160."""
    windows = {"latest": {1: 30}, "earliest": {4: 120}}
    for limit, expected in ((140, []), (139, [Rule.DURATION])):
        vehicle_type = a_vehicle_type(max_duration=limit, cost_per_duration=1)
        instance = an_instance(by_node=windows, vehicle_types=[vehicle_type])
        assert broken(instance, A_LINE) == expected
        assert judge(instance, A_LINE).cost in {80 + 140, None}


def test_only_vehicles_that_serve_a_node_visit_it() -> None:
    types = [a_vehicle_type(serves=all_but(4)), a_vehicle_type()]
    instance = an_instance(vehicle_types=types)
    assert broken(instance, Solution((Route(0, (1, 2, 3)), Route(1, (4,))))) == []
    assert broken(instance, A_LINE) == [Rule.COMPATIBILITY]


def test_each_trip_has_the_room_of_the_vehicle() -> None:
    instance = with_vehicles(capacity=(2,), reload_depots=(0,), max_reloads=1)
    assert judge(instance, routes([1, 2, 0, 3, 4])).cost == 40 + 80
    assert broken(instance, routes([1, 0, 2, 3, 4])) == [Rule.CAPACITY]


def test_a_pair_stays_on_board_over_a_reload() -> None:
    instance = an_instance(
        pairs=[(1, 2)], vehicle_types=[a_vehicle_type(capacity=(2,), reload_depots=(0,), max_reloads=1)]
    )
    assert broken(instance, routes([3, 1, 0, 4, 2])) == []
    assert broken(instance, routes([1, 0, 3, 4, 2])) == [Rule.CAPACITY]


def test_a_vehicle_reloads_only_where_and_as_often_as_it_may() -> None:
    visits = routes([1, 2, 0, 3, 4])
    assert broken(with_vehicles(reload_depots=(0,), max_reloads=1), visits) == []
    assert broken(with_vehicles(reload_depots=(0,), max_reloads=0), visits) == [Rule.RELOADS]
    assert broken(with_vehicles(reload_depots=(), max_reloads=1), visits) == [Rule.RELOADS]


def test_a_trip_leaves_when_all_that_it_brings_is_there() -> None:
    """Released at 50, node 1 is reached at 60."""
    for latest, expected in ((60, []), (59, [Rule.WINDOW])):
        instance = an_instance(by_node={"release": {4: 50}, "latest": {1: latest}})
        assert broken(instance, A_LINE) == expected


def test_a_later_trip_waits_for_its_own_release_only() -> None:
    by_node = {"release": {3: 90}, "latest": {1: 10, 3: 120}}
    instance = an_instance(by_node=by_node, vehicle_types=[a_vehicle_type(reload_depots=(0,), max_reloads=1)])
    assert broken(instance, routes([1, 2, 0, 3, 4])) == []
    assert broken(instance, routes([1, 2, 3, 4])) == [Rule.WINDOW]


def test_a_release_does_not_make_a_route_longer_that_can_begin_later() -> None:
    instance = an_instance(by_node={"release": {1: 500}}, vehicle_types=[a_vehicle_type(max_duration=80)])
    assert broken(instance, A_LINE) == []


def technicians(*, tools: int = 0, parts: tuple[int, ...] = (2,)) -> RoutingInstance:
    """Node 2 needs two tools, nodes 1 and 3 two spare parts of one kind together."""
    vehicle_type = a_vehicle_type(tools=tools, parts=parts, reload_depots=(0,), max_reloads=1)
    return replace(
        an_instance(vehicle_types=[vehicle_type], by_node={"tools": {2: 0b11}}),
        parts=np.array([[0], [1], [0], [1], [0]]),
    )


def test_a_tool_is_on_board_or_from_a_depot_on_the_way() -> None:
    assert broken(technicians(tools=0b111), A_LINE) == []
    assert broken(technicians(tools=0b01), A_LINE) == [Rule.TOOLS]
    assert broken(technicians(tools=0b01), routes([1, 0, 2, 3, 4])) == []
    assert broken(technicians(tools=0b01), routes([1, 2, 0, 3, 4])) == [Rule.TOOLS]


def test_spare_parts_are_used_up_until_a_depot_on_the_way() -> None:
    assert broken(technicians(tools=0b11, parts=(2,)), A_LINE) == []
    assert broken(technicians(tools=0b11, parts=(1,)), A_LINE) == [Rule.PARTS]
    assert broken(technicians(tools=0b11, parts=(1,)), routes([1, 2, 0, 3, 4])) == []


def test_a_breach_says_the_rule_with_both_values() -> None:
    verdict = judge(an_instance(by_node={"latest": {2: 19}}), A_LINE)
    assert [str(breach) for breach in verdict.breaches] == ["WINDOW: route 0: service at node 2 (20) must begin <= 19"]

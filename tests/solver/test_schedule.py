"""When visits happen, on one street with 100 s and 1000 m from crossing to crossing."""

import numpy as np
import pytest

from models.order import LOAD_DIMENSIONS
from solver.kernels.arrays import (
    COST_UNITS,
    FIRST_BREAK,
    NEVER,
    NO_BORDER,
    NO_TRAFFIC,
    OPEN_END,
    Fleet,
    Routes,
    Travel,
    Visits,
)
from solver.kernels.breaks import settle
from solver.kernels.schedule import (
    insert_pair,
    insert_visit,
    last_started,
    refresh,
    relink,
    remove_visit,
    route_cost,
    route_totals,
)

NUM_NODES, ISLAND, DIMS = 8, 7, len(LOAD_DIMENSIONS)
SETUP, SERVICE = 20, 5


class Street:
    """One vehicle from crossing 0, and visits that are added one by one."""

    def __init__(self, *, shift_end: int = 10_000, end_node: int = OPEN_END, regular_end: int = 10_000) -> None:
        apart = np.abs(np.arange(NUM_NODES)[:, None] - np.arange(NUM_NODES)[None]).astype(np.int32)
        tables = [apart[None] * 100, apart[None] * 1000, apart[None] * 100, apart[None] * 1000]
        for table in tables:
            table[0, ISLAND, :ISLAND] = table[0, :ISLAND, ISLAND] = -1
            table.setflags(write=False)
        one = [np.array([value], dtype=np.int64) for value in (0, 0, end_node, 0, shift_end, regular_end)]
        rates = [np.array([value], dtype=np.int64) for value in (3600, 1000, 7 * COST_UNITS, 500, NEVER, 0)]
        self.travel = Travel._make([*tables, NO_TRAFFIC, NO_BORDER])
        self.fleet = Fleet._make([*one, np.full((1, DIMS), 9, dtype=np.int64), *rates])
        columns = [np.zeros(20, dtype=np.int64) for _ in range(6)]
        load, never = np.zeros((20, DIMS), dtype=np.int64), np.full(20, NEVER, dtype=np.int64)
        pickup, apart = np.zeros(20, dtype=np.int64), np.zeros(20, dtype=np.int64)
        self.visits = Visits._make([*columns, load, pickup, never, apart])
        rows = [np.zeros((1, 24), dtype=np.int64) for _ in range(7)]
        self.routes = Routes._make([np.zeros(1, dtype=np.int64), *rows, np.zeros((1, 24, DIMS), dtype=np.int64)])

    def goes_to(self, node: int, *, place: int | None = None, earliest: int = 0, latest: int = 9_999) -> int:
        """Append a visit; its number is its position less one."""
        visit = int(self.routes.length[0])
        fields = (node, node if place is None else place, earliest, latest, SERVICE, SETUP)
        for array, value in zip(self.visits[:6], fields, strict=True):
            array[visit] = value
        self.routes.visit[0, visit + 1] = visit
        self.routes.length[0] += 1
        return visit

    def rests(self, earliest: int, latest: int, duration: int) -> int:
        """Append a break."""
        number = int(self.routes.length[0])
        visit = self.goes_to(0, place=FIRST_BREAK - number, earliest=earliest, latest=latest)
        self.visits.service[visit], self.visits.setup[visit] = duration, 0
        return visit

    def settled(self, *, now: int = 0, first: int = 0) -> bool:
        return bool(settle(self.travel, self.fleet, self.visits, self.routes, 0, now, first))

    def refreshed(self, *, now: int = 0, first: int = 0) -> bool:
        return bool(refresh(self.travel, self.fleet, self.visits, self.routes, 0, now, first))

    def starts(self) -> list[int]:
        return [int(start) for start in self.routes.start[0, 1 : self.routes.length[0] + 1]]

    def sequence(self) -> list[int]:
        return [int(visit) for visit in self.routes.visit[0, 1 : self.routes.length[0] + 1]]


def test_a_start_is_departure_and_travel_and_set_up() -> None:
    street = Street()
    street.goes_to(2)
    street.goes_to(3)
    assert street.refreshed(now=50)
    assert street.starts() == [50 + 200 + SETUP, 50 + 200 + SETUP + SERVICE + 100 + SETUP]


def test_set_up_is_spent_once_per_stop() -> None:
    street = Street()
    for place in (12, 12, 13):
        street.goes_to(2, place=place)
    assert street.refreshed()
    assert street.starts() == [220, 220 + SERVICE, 220 + 2 * SERVICE + SETUP]


def test_the_first_stop_sets_up_even_where_the_vehicle_starts() -> None:
    street = Street()
    street.goes_to(0, place=0)
    assert street.refreshed()
    assert street.starts() == [SETUP]


def test_a_vehicle_waits_before_it_departs() -> None:
    street = Street()
    street.goes_to(1, earliest=1_000)
    assert street.refreshed()
    assert street.starts() == [1_000]
    departs = 1_000 - 100 - SETUP
    assert last_started(street.routes, 0, departs - 1) == 0
    assert last_started(street.routes, 0, departs) == 1


@pytest.mark.parametrize(("latest", "fits"), [(221, True), (220, True), (219, False)])
def test_a_window_binds_to_the_second(latest: int, fits: bool) -> None:
    street = Street()
    street.goes_to(2, latest=latest)
    assert street.refreshed() is fits


@pytest.mark.parametrize(("shift_end", "fits"), [(426, True), (425, True), (424, False)])
def test_the_way_home_has_to_end_within_the_shift(shift_end: int, fits: bool) -> None:
    street = Street(shift_end=shift_end, end_node=0)
    street.goes_to(2)
    assert street.refreshed() is fits


@pytest.mark.parametrize(("shift_end", "fits"), [(225, True), (224, False)])
def test_without_a_place_to_end_only_the_last_service_does(shift_end: int, fits: bool) -> None:
    street = Street(shift_end=shift_end)
    street.goes_to(2)
    assert street.refreshed() is fits


def test_a_place_that_no_way_leads_to_cannot_be_visited() -> None:
    street = Street()
    street.goes_to(ISLAND)
    assert not street.refreshed()


def test_what_the_vehicle_has_departed_for_keeps_its_start() -> None:
    street = Street()
    street.goes_to(1)
    street.goes_to(2)
    assert street.refreshed()
    first, second = street.starts()
    assert street.refreshed(now=900, first=1)
    assert street.starts() == [first, 900 + 100 + SETUP]
    assert second < 900


@pytest.mark.parametrize("seed", range(12))
def test_the_latest_start_is_the_last_second_that_keeps_the_rest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    street = Street(shift_end=4_000, end_node=int(rng.integers(ISLAND)))
    for _ in range(6):
        earliest = int(rng.integers(0, 1_500))
        street.goes_to(int(rng.integers(ISLAND)), earliest=earliest, latest=earliest + int(rng.integers(500, 4_000)))
    if not street.refreshed():
        return
    slacks = street.routes.latest_start[0, 1:7].copy()
    for k, latest in enumerate(slacks):
        earliest = int(street.visits.earliest[k])
        street.visits.earliest[k] = latest
        assert street.refreshed()
        street.visits.earliest[k] = latest + 1
        assert not street.refreshed()
        street.visits.earliest[k] = earliest


def test_what_is_put_in_can_be_taken_out() -> None:
    street = Street()
    for node in (1, 2, 3):
        street.goes_to(node)
    insert_pair(street.routes, 0, 1, 2, 10, 11)
    assert street.sequence() == [0, 10, 1, 11, 2]
    assert [remove_visit(street.routes, 0, visit) for visit in (10, 11, 12)] == [2, 3, 0]
    assert street.sequence() == [0, 1, 2]


def test_a_pickup_and_its_delivery_can_stand_in_a_row() -> None:
    street = Street()
    street.goes_to(1)
    insert_pair(street.routes, 0, 0, 0, 10, 11)
    insert_pair(street.routes, 0, 3, 3, 12, 13)
    assert street.sequence() == [10, 11, 0, 12, 13]


def test_a_route_costs_its_metres_its_work_and_one_use() -> None:
    street = Street(end_node=0)
    street.goes_to(1, earliest=5_000)
    street.goes_to(3)
    assert street.refreshed()
    metres, seconds = 6_000, 600 + 2 * (SETUP + SERVICE)
    assert route_totals(street.routes, street.visits, 0) == (metres, seconds)
    assert route_cost(street.fleet, street.routes, street.visits, 0) == 7 * COST_UNITS + metres * 3600 + seconds * 1000


def test_an_empty_route_costs_nothing_though_its_ends_are_apart() -> None:
    street = Street(end_node=5)
    assert street.refreshed()
    assert route_totals(street.routes, street.visits, 0) == (0, 0)
    assert route_cost(street.fleet, street.routes, street.visits, 0) == 0


def test_a_published_start_is_a_fact_that_relinking_keeps() -> None:
    street = Street()
    street.goes_to(1)
    street.goes_to(2)
    street.routes.start[0, 1:3] = 700, 950
    assert relink(street.travel, street.fleet, street.visits, street.routes, 0)
    assert street.starts() == [700, 950]
    assert list(street.routes.leg_s[0, 1:3]) == [120, 120]


def test_a_load_is_what_is_on_board_after_a_visit() -> None:
    street = Street()
    for load in (3, 2, -3):
        street.visits.load[street.goes_to(1)] = load
    assert street.refreshed()
    assert [list(row) for row in street.routes.load[0, 1:4]] == [[3] * DIMS, [5] * DIMS, [2] * DIMS]


# breaks


def test_a_break_is_taken_where_the_vehicle_stands() -> None:
    street = Street()
    street.goes_to(2)
    street.rests(300, 900, 60)
    street.goes_to(3)
    assert street.refreshed()
    assert street.starts() == [220, 300, 360 + 100 + SETUP]
    assert list(street.routes.node[0, :4]) == [0, 2, 2, 3]


def test_set_up_is_spent_again_behind_a_break() -> None:
    street = Street()
    street.goes_to(2, place=7)
    street.rests(0, 900, 60)
    street.goes_to(2, place=7)
    assert street.refreshed()
    assert street.starts() == [220, 225, 285 + SETUP]


def test_a_break_goes_where_the_route_ends_earliest() -> None:
    street = Street()
    street.rests(0, 5_000, 600)
    street.goes_to(1, latest=400)
    street.goes_to(2, earliest=2_000)
    assert not street.refreshed()
    assert not street.settled()
    insert_visit(street.routes, 0, 2, remove_first(street))
    assert street.settled()
    assert street.sequence() == [1, 0, 2]
    assert street.starts() == [120, 125, 2_000]


def remove_first(street: Street) -> int:
    visit = street.sequence()[0]
    remove_visit(street.routes, 0, visit)
    return visit


def test_a_break_delays_as_little_as_it_can() -> None:
    street = Street()
    street.rests(0, 5_000, 600)
    for node, earliest in ((1, 0), (2, 3_000), (3, 0)):
        street.goes_to(node, earliest=earliest)
    assert street.settled()
    assert street.sequence() == [1, 0, 2, 3]


def test_a_break_is_not_put_into_a_stop() -> None:
    street = Street()
    street.rests(0, 5_000, 600)
    street.goes_to(1, place=1)
    street.goes_to(1, place=1, earliest=3_000)
    assert street.settled()
    assert street.sequence() == [0, 1, 2]


def test_a_break_that_has_begun_stays() -> None:
    street = Street()
    street.rests(0, 5_000, 600)
    street.goes_to(1, latest=800)
    assert street.refreshed()
    assert last_started(street.routes, 0, 0) == 1
    assert street.settled(now=100, first=1)
    assert street.starts() == [0, 720]


@pytest.mark.parametrize(("latest", "fits"), [(225, True), (224, False)])
def test_a_break_starts_in_its_window(latest: int, fits: bool) -> None:
    street = Street()
    street.goes_to(2)
    street.rests(0, latest, 60)
    assert street.refreshed() is fits


def test_breaks_are_neither_paid_nor_work_and_a_route_of_breaks_costs_nothing() -> None:
    street = Street(end_node=5)
    street.rests(0, 5_000, 600)
    assert street.refreshed()
    assert route_totals(street.routes, street.visits, 0) == (0, 0)
    assert route_cost(street.fleet, street.routes, street.visits, 0) == 0
    street.goes_to(5)
    assert street.refreshed()
    assert route_totals(street.routes, street.visits, 0) == (5_000, 500 + SETUP + SERVICE)


# overtime


def test_overtime_is_paid_by_the_second_until_the_vehicle_is_home() -> None:
    street = Street(end_node=0, regular_end=300, shift_end=500)
    street.goes_to(2)
    assert street.refreshed()
    seconds = 400 + SETUP + SERVICE
    cost = 7 * COST_UNITS + 4_000 * 3600 + seconds * 1000 + (seconds - 300) * 500
    assert route_cost(street.fleet, street.routes, street.visits, 0) == cost


# time on board


def test_goods_come_on_board_late_enough_to_be_handed_over_in_time() -> None:
    street = Street()
    pickup = street.goes_to(1)
    street.goes_to(2, earliest=2_000)
    delivery = street.goes_to(3)
    street.visits.pickup[delivery], street.visits.bound[delivery] = pickup, 700
    assert street.refreshed()
    handed_over = 2_000 + SERVICE + 100 + SETUP
    assert street.starts() == [handed_over - 700 - SERVICE, 2_000, handed_over]


@pytest.mark.parametrize(("bound", "fits"), [(245, True), (244, False)])
def test_goods_that_travel_too_long_do_not_fit(bound: int, fits: bool) -> None:
    street = Street()
    pickup = street.goes_to(1)
    street.goes_to(2)
    delivery = street.goes_to(3)
    street.visits.pickup[delivery], street.visits.bound[delivery] = pickup, bound
    assert street.refreshed() is fits


def test_goods_that_are_on_board_already_cannot_wait() -> None:
    street = Street()
    pickup = street.goes_to(1)
    delivery = street.goes_to(3)
    street.visits.pickup[delivery], street.visits.bound[delivery] = pickup, 700
    assert street.refreshed()
    street.visits.earliest[delivery] = street.starts()[0] + SERVICE + 701
    assert not street.refreshed(now=200, first=1)

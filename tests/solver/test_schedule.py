"""When visits happen, on one street with 100 s and 1000 m from crossing to crossing."""

import numpy as np
import pytest

from models.order import LOAD_DIMENSIONS
from solver.kernels.arrays import COST_UNITS, NEVER, OPEN_END, Fleet, Routes, Travel, Visits
from solver.kernels.schedule import insert_pair, last_started, refresh, relink, remove_visit, route_cost, route_totals

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
        rates = [np.array([value], dtype=np.int64) for value in (3600, 1000, 7 * COST_UNITS, 500)]
        self.travel = Travel._make(tables)
        self.fleet = Fleet._make([*one, np.full((1, DIMS), 9, dtype=np.int64), *rates])
        columns = [np.zeros(20, dtype=np.int64) for _ in range(6)]
        load, never = np.zeros((20, DIMS), dtype=np.int64), np.full(20, NEVER, dtype=np.int64)
        self.visits = Visits._make([*columns, load, np.zeros(20, dtype=np.int64), never])
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

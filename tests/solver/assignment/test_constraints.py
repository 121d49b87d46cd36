"""Each constraint: no row where all can have it, a row that forbids too much, and a choice that it decides."""

import pytest

from models.plan import CapacityKind
from solver.assignment.candidates import Candidate
from solver.assignment.constraints import Row, cells, rows_of, stock, working_time
from solver.assignment.cp_sat import decide
from solver.assignment.room import Room
from tests.builders import a_carrier, a_catalogue, a_desk, a_problem, a_rider, a_service_catalogue, a_stock, at
from tests.solver.assignment.candidates import a_candidate, a_room, keeps, picking, work

RICE = ("STORE", "RICE")
RIDERS = ("RIDER", "riders")


def chosen(offers: list[list[Candidate]], rows: list[Row]) -> tuple[int | None, ...]:
    return decide(offers, rows, hint=(None,) * len(offers), seed=1).choice


def a_room_with(pieces: int) -> Room:
    return a_room(a_problem(stock=a_stock(pieces)))


# -- stock


def test_stock_for_everybody_is_no_constraint() -> None:
    offers = [[a_candidate(stock={RICE: 1})], [a_candidate(stock={RICE: 1})]]
    assert list(stock(offers, a_room_with(2))) == []


def test_two_cannot_have_the_last_piece() -> None:
    offers = [[a_candidate(stock={RICE: 1})], [a_candidate(stock={RICE: 1})]]
    rows = list(stock(offers, a_room_with(1)))
    assert not keeps(rows, (0, 0))
    assert keeps(rows, (0, None))
    assert keeps(rows, (None, 0))


def test_the_last_piece_goes_to_whom_anything_else_costs_most() -> None:
    modest = [a_candidate(100, stock={RICE: 1}), a_candidate(110)]
    needy = [a_candidate(120, stock={RICE: 1}), a_candidate(190)]
    offers = [modest, needy]
    assert chosen(offers, list(stock(offers, a_room_with(1)))) == (1, 0)


def test_a_contract_counts_with_all_that_it_takes_of_one_row() -> None:
    offers = [[a_candidate(stock={RICE: 3})], [a_candidate(stock={RICE: 2}), a_candidate()]]
    rows = list(stock(offers, a_room_with(4)))
    assert not keeps(rows, (0, 0))
    assert keeps(rows, (0, 1))


# -- cells

COUNTER = (CapacityKind.COUNTER, "STORE", at("09:00"))
PARCELS = (CapacityKind.CARRIER, "X-1", at("00:00"))


def test_places_for_everybody_are_no_constraint() -> None:
    offers = [[a_candidate(cells={COUNTER: 1})] for _ in range(3)]
    assert list(cells(offers, a_room())) == []


def test_four_cannot_wait_at_a_counter_for_three() -> None:
    offers = [[a_candidate(cells={COUNTER: 1})] for _ in range(4)]
    rows = list(cells(offers, a_room()))
    assert not keeps(rows, (0, 0, 0, 0))
    assert keeps(rows, (0, 0, None, 0))


def test_the_last_parcel_of_a_day_goes_to_whom_it_saves_most() -> None:
    problem = a_problem(catalogue=a_catalogue(carriers=(a_carrier("X-1", daily_quota=1),)))
    offers = [
        [a_candidate(50, cells={PARCELS: 1}), a_candidate(90)],
        [a_candidate(50, cells={PARCELS: 1}), a_candidate(80)],
    ]
    assert chosen(offers, list(cells(offers, a_room(problem)))) == (0, 1)


# -- working time: pickers, agents, riders


def test_pickers_with_time_enough_are_no_constraint() -> None:
    offers = [[a_candidate(works=(picking("STORE", "07:00", "07:15", 900),))] for _ in range(2)]
    assert list(working_time(offers, a_room())) == []


def test_two_pickers_cannot_do_more_than_half_an_hour_of_work_in_a_quarter() -> None:
    offers = [[a_candidate(works=(picking("STORE", "07:00", "07:15", 901),))] for _ in range(2)]
    rows = list(working_time(offers, a_room()))
    assert not keeps(rows, (0, 0))
    assert keeps(rows, (0, None))


def test_work_that_may_wait_stands_back() -> None:
    urgent = [[a_candidate(works=(picking("STORE", "07:00", "07:15", 1000),))]]
    patient = [a_candidate(works=(picking("STORE", "07:00", "07:30", 1000),))]
    assert keeps(list(working_time([*urgent, patient], a_room())), (0, 0))
    third = [a_candidate(works=(picking("STORE", "07:15", "07:30", 1700),))]
    assert not keeps(list(working_time([*urgent, patient, third], a_room())), (0, 0, 0))


def test_pickers_do_first_what_saves_most_by_it() -> None:
    def offer(now: int, later: int) -> list[Candidate]:
        soon = a_candidate(now, works=(picking("STORE", "07:00", "07:15", 1200),))
        return [soon, a_candidate(later, works=(picking("STORE", "07:00", "08:00", 1200),))]

    offers = [offer(100, 130), offer(100, 160)]
    assert chosen(offers, list(working_time(offers, a_room()))) == (1, 0)


def test_what_is_closed_is_no_time_to_work() -> None:
    offers = [[a_candidate(works=(picking("DEPOT", "06:00", "07:00", 1),))]]
    (row,) = working_time(offers, a_room())
    assert (row.at_most, keeps([row], (0,))) == (0, False)


def test_a_desk_holds_as_many_sessions_as_it_has_agents() -> None:
    session = work((CapacityKind.DESK.value, "D-1"), "10:00", "10:30", 1800)
    room = a_room(a_problem(catalogue=a_service_catalogue(desks=(a_desk("D-1"),))))
    assert list(working_time([[a_candidate(works=(session,))]] * 2, room)) == []
    rows = list(working_time([[a_candidate(works=(session,))]] * 3, room))
    assert not keeps(rows, (0, 0, 0))
    assert keeps(rows, (0, 0, None))


@pytest.mark.parametrize(("seconds", "fits"), [(3600, True), (3601, False)])
def test_a_pool_works_as_long_as_its_riders_are_on_duty(seconds: int, fits: bool) -> None:
    """Two riders from 07:00 on; before that nobody is there."""
    offers = [[a_candidate(works=(work(RIDERS, "06:30", "08:00", seconds),))] for _ in range(2)]
    assert keeps(list(working_time(offers, a_room())), (0, 0)) is fits


def test_riders_of_another_pool_are_another_owner() -> None:
    room = a_room(a_problem(catalogue=a_catalogue(riders=(a_rider("R-1"), a_rider("R-3")))))
    assert room.owner_of(0) == RIDERS
    assert room.owner_of(1) == ("RIDER", "")
    assert room.seconds(RIDERS, (7200, 10800)) == 3600


def test_all_constraints_come_together() -> None:
    candidate = a_candidate(stock={RICE: 30}, cells={COUNTER: 4}, works=(picking("STORE", "07:00", "07:15", 5000),))
    assert [row.key for row in rows_of([[candidate]], a_room())][:2] == [RICE, COUNTER]
    assert len(rows_of([[candidate]], a_room())) == 3

"""What cannot be done is left out with a reason, and what is malformed is refused: nothing crashes, nothing hangs."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.issues import InputError, IssueCode
from solver.kernels.arrays import I64, NO_BORDER
from solver.kernels.ruin_recreate import DEAREST_OPTIONAL
from solver.kernels.traffic import leave_for, start_after
from solver.routing import in_traffic
from solver.routing.answering import Answer
from solver.routing.budget import Iterations, Until
from solver.routing.faults import MOST_ALTERNATIVES, MOST_DIMENSIONS, MOST_LOOKS, faults
from solver.routing.in_traffic import clocks, leave_for_each, start_after_each
from solver.routing.left_out import MOST_SCANNED, Reason
from solver.routing.solving import solve
from solver.routing.stating import (
    ENDLESS,
    Begun,
    Break,
    Job,
    LateStep,
    OnBoard,
    Part,
    Spell,
    Statement,
    Step,
    Stop,
    Way,
    Window,
)
from tests.solver.routing.statements import a_pair, a_statement, a_stop, a_vehicle, a_visit, on_a_line
from tests.solver.routing.trial import check_answer


def answer_of(statement: Statement, *, iterations: int = 200) -> Answer:
    answer = solve(statement, seed=1, budget=Iterations(iterations))
    check_answer(statement, answer)
    return answer


def reasons(statement: Statement) -> list[tuple[str, Reason, str]]:
    return [(each.job_id, each.reason, each.message) for each in answer_of(statement).left_out]


def issues(statement: Statement) -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as refused:
        solve(statement, seed=1, budget=Iterations(1))
    return [(each.code, each.path, each.message) for each in refused.value.issues]


# -- infeasible


def test_without_vehicles_everything_is_left_out() -> None:
    assert reasons(a_statement(a_pair("J", 2, 3), vehicles=())) == [
        ("J", Reason.NO_VEHICLES, "vehicles (0) must be >= 1")
    ]


def test_without_jobs_there_is_nothing_to_do() -> None:
    answer = answer_of(a_statement())
    assert (answer.tours, answer.left_out, answer.cost.total) == ((), (), 0)


def test_without_anything_there_is_nothing_to_do() -> None:
    nothing = np.zeros((0, 0, 0), dtype=np.int32)
    assert answer_of(Statement((), (), nothing, nothing)).tours == ()


def test_what_no_vehicle_may_do_is_left_out() -> None:
    job = replace(a_visit("J", 2), vehicles=frozenset[str]())
    message = "vehicles that may do it (0 of 1, 0 down) must be >= 1"
    assert reasons(a_statement(job)) == [("J", Reason.NOT_ALLOWED, message)]


def test_what_only_a_vehicle_that_is_down_may_do_is_left_out() -> None:
    vehicles = (replace(a_vehicle(), is_down=True), a_vehicle("V2"))
    job = replace(a_visit("J", 2), vehicles=frozenset({"V1"}))
    message = "vehicles that may do it (0 of 2, 1 down) must be >= 1"
    assert reasons(a_statement(job, vehicles=vehicles)) == [("J", Reason.NOT_ALLOWED, message)]


def test_a_load_above_every_capacity_is_left_out() -> None:
    vehicles = (a_vehicle(), replace(a_vehicle("V2"), capacity=(4,)))
    found = reasons(a_statement(a_pair("J", 2, 3, load=5), a_pair("K", 2, 3, load=4), vehicles=vehicles))
    assert found == [("J", Reason.LOAD_ABOVE_CAPACITY, "load 0 (5) must be <= the capacity of V1 (2)")]


def test_where_no_way_leads_nobody_goes() -> None:
    apart = on_a_line()
    apart[:, :9, 9] = apart[:, 9, :9] = -1
    statement = replace(a_statement(a_pair("J", 2, 9), a_pair("K", 2, 3)), seconds=apart)
    assert reasons(statement) == [("J", Reason.UNREACHABLE, "there must be a way to the delivery for V1")]


def test_a_matrix_of_holes_leaves_everything_out() -> None:
    holes = np.full((1, 10, 10), -1, dtype=np.int32)
    np.fill_diagonal(holes[0], 0)
    jobs = [a_pair(f"J{n}", 2, 3) for n in range(3)]
    found = reasons(replace(a_statement(*jobs), seconds=holes))
    assert [reason for _, reason, _ in found] == [Reason.UNREACHABLE] * 3


def test_windows_that_exclude_each_other_leave_it_out() -> None:
    job = Job("J", (Way(a_stop(3, latest=400), a_stop(2, earliest=500)),))
    message = "the delivery, possible from 515 on, must begin <= 400"
    assert reasons(a_statement(job)) == [("J", Reason.WINDOWS_EXCLUDE, message)]


def test_what_nobody_reaches_in_time_is_left_out() -> None:
    job = Job("J", (Way(a_stop(9, latest=89)),))
    assert reasons(a_statement(job)) == [("J", Reason.WINDOW_MISSED, "start by V1 (90) must be <= 89")]
    assert reasons(a_statement(Job("J", (Way(a_stop(9, latest=90)),)))) == []


def test_of_several_windows_and_vehicles_the_reason_is_that_of_what_gets_furthest() -> None:
    job = Job("J", (Way(replace(a_stop(9), windows=(Window(0, 50), Window(80, 85)))),))
    vehicles = (replace(a_vehicle(), shift_start=20), replace(a_vehicle("V2"), shift_end=94))
    job = replace(job, ways=(*job.ways, Way(a_stop(9))))
    message = "end of V2 (185) must be <= the end of its shift (94)"
    assert reasons(a_statement(replace(job, vehicles=frozenset({"V2"})), vehicles=vehicles)) == [
        ("J", Reason.SHIFT_OVER, message)
    ]


def test_what_would_be_on_board_for_too_long_is_left_out() -> None:
    for longest, expected in ((10, []), (9, [Reason.ON_BOARD_TOO_LONG])):
        job = Job("J", (Way(a_stop(3), a_stop(2), max_on_board=longest),))
        assert [reason for _, reason, _ in reasons(a_statement(job))] == expected


def test_goods_that_may_come_on_board_later_do_not_wait_there() -> None:
    job = Job("J", (Way(a_stop(3, earliest=500), a_stop(2), max_on_board=10),))
    assert [each.start for each in answer_of(a_statement(job)).tours[0].visits] == [485, 500]


def test_a_span_that_is_too_long_is_left_out() -> None:
    vehicle = replace(a_vehicle(), max_span=44)
    assert reasons(a_statement(a_visit("J", 2), vehicles=(vehicle,))) == [
        ("J", Reason.SPAN_TOO_LONG, "span of V1 (45) must be <= 44")
    ]


def test_where_there_is_no_room_left_the_nearest_thing_that_lacks_is_named() -> None:
    vehicle = replace(a_vehicle(), capacity=(1,), shift_end=75)
    jobs = [Job(f"J{n}", (Way(a_stop(3), load=(1,)),)) for n in range(2)]
    left = answer_of(a_statement(*jobs, vehicles=(vehicle,))).left_out
    assert [(each.reason, each.closest) for each in left] == [(Reason.NO_ROOM, Reason.LOAD_ABOVE_CAPACITY)]


def test_only_so_many_are_looked_at_closely() -> None:
    vehicle = replace(a_vehicle(), capacity=(1,))
    jobs = [Job(f"J{n:03d}", (Way(a_stop(3), load=(1,)),)) for n in range(MOST_SCANNED + 5)]
    left = answer_of(a_statement(*jobs, vehicles=(vehicle,)), iterations=20).left_out
    assert [each.closest for each in left] == [Reason.LOAD_ABOVE_CAPACITY] * MOST_SCANNED + [None] * 4


def test_what_is_optional_and_dearer_than_its_refusal_is_left_out_with_both() -> None:
    job = replace(a_visit("J", 5), refusal=99)
    assert reasons(a_statement(job)) == [
        ("J", Reason.DEARER, "cost on V1 (100) must be < the price of leaving it out (99)")
    ]
    assert answer_of(a_statement(job)).cost.total == 99
    assert reasons(a_statement(replace(job, refusal=101))) == []


def test_what_a_search_had_no_time_for_is_said_to_be_so() -> None:
    [left] = solve(a_statement(a_visit("J", 5)), seed=1, budget=Iterations(10, stop=lambda: True)).left_out
    assert (left.reason, left.message) == (Reason.TIME_RAN_OUT, "the search ended before it was put on V1, at 100")


def test_what_was_not_tried_is_not_said_to_have_no_room() -> None:
    jobs = [a_visit(f"J{n:03d}", 5) for n in range(MOST_SCANNED + 5)]
    left = solve(a_statement(*jobs), seed=1, budget=Iterations(10, stop=lambda: True)).left_out
    assert [each.reason for each in left] == [Reason.TIME_RAN_OUT] * len(jobs)
    assert left[-1].message == "the search ended before everything was tried"


def test_behind_its_time_nobody_looks_for_further_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.routing.left_out._CELLS", 2)
    jobs = [Job(f"J{n}", (Way(a_stop(9, latest=89)),)) for n in range(4)]
    ended = Until(lambda: 2.0, start=0.0, end=1.0)
    left = solve(a_statement(*jobs), seed=1, budget=ended).left_out
    assert [each.reason for each in left] == [Reason.WINDOW_MISSED] * 2 + [Reason.TIME_RAN_OUT] * 2
    assert left[-1].message == "the time was over before anybody looked why it is left out"
    in_time = Until(lambda: 1.0, start=0.0, end=1.0)
    left = solve(a_statement(*jobs), seed=1, budget=in_time).left_out
    assert [each.reason for each in left] == [Reason.WINDOW_MISSED] * 4


def test_reasons_ask_the_clock_of_traffic_for_many_jobs_and_vehicles_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call for each job and vehicle took many seconds behind the limit; benchmarks.time_limit has the time."""
    asked = list[str]()

    def counted(name: str) -> Callable[[I64, I64, I64], I64]:
        clock: Callable[[I64, I64, I64], I64] = getattr(in_traffic, name)

        def asks(steps: I64, time: I64, seconds: I64) -> I64:
            asked.append(name)
            return clock(steps, time, seconds)

        return asks

    for name in ("arrive_each", "leave_each"):
        monkeypatch.setattr(in_traffic, name, counted(name))
    monkeypatch.setattr(in_traffic, "start_after", lambda *of: pytest.fail(f"asked for one alone: {of}"))
    jobs = [Job(f"J{n:04d}", (Way(a_stop(9, latest=89), a_stop(3)),)) for n in range(100)]
    vehicles = tuple(a_vehicle(f"V{n}") for n in range(30))
    statement = replace(a_statement(*jobs, vehicles=vehicles), traffic=(Spell(0, 50, 50, 0),))
    assert len(solve(statement, seed=1, budget=Iterations(1)).left_out) == 100
    assert 0 < len(asked) < 10


@pytest.mark.parametrize("seed", range(10))
def test_many_at_once_are_as_long_in_traffic_as_each_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spells = list[Spell]()
    for profile in range(int(rng.integers(1, 4))):
        ends = np.sort(rng.choice(900, size=2 * int(rng.integers(0, 4)), replace=False)).tolist()
        spells += [
            Spell(since, until, int(rng.integers(10, 101)), profile)
            for since, until in zip(ends[::2], ends[1::2], strict=True)
        ]
    table = np.zeros((3, 1, 1), dtype=np.int32)
    traffic = clocks(Statement((), (), table, table, traffic=tuple(spells)))
    of, setup = rng.integers(0, 3, size=(1, 9)), rng.integers(0, 30, size=(9, 1))
    time, driven = rng.integers(0, 1000, size=(9, 9)), rng.integers(0, 400, size=(9, 9))
    seconds = np.where(rng.random((9, 9)) < 0.2, 0, driven + setup)
    starts = start_after_each(traffic, of, time, seconds, setup)
    leaves = leave_for_each(traffic, of, time, seconds, setup)
    for i, j in np.ndindex(9, 9):
        leg = int(of[0, j]), 0, 0, int(time[i, j]), int(seconds[i, j]), int(setup[i, 0])
        assert starts[i, j] == start_after(traffic, NO_BORDER, *leg)
        assert leaves[i, j] == leave_for(traffic, NO_BORDER, *leg)


def test_an_instance_that_cannot_be_served_at_all_has_a_reason_for_each_job() -> None:
    jobs = [Job(f"J{n:04d}", (Way(a_stop(9, latest=89)), Way(a_stop(3), a_stop(2), (9,)))) for n in range(300)]
    found = reasons(a_statement(*jobs, vehicles=tuple(a_vehicle(f"V{n}") for n in range(20))))
    assert [reason for _, reason, _ in found] == [Reason.WINDOW_MISSED] * 300


# -- goods on board that cannot be delivered


def on_board(*jobs: Job, others: tuple[Job, ...] = (), capacity: int = 2) -> Statement:
    aboard = tuple(OnBoard(each.job_id) for each in jobs)
    return a_statement(*jobs, *others, vehicles=(replace(a_vehicle(), on_board=aboard, capacity=(capacity,)),))


def test_goods_on_board_that_a_kept_plan_delivers_by_a_way_round_are_not_stuck() -> None:
    table = on_a_line()
    table[0, 0, 3] = -1  # but by node 2 there is a way
    job, other = a_pair("J", 1, 3), a_visit("K", 2)
    planned = (Step("K"), Step("J"))
    vehicle = replace(a_vehicle(), on_board=(OnBoard("J"),), planned=planned)
    answer = answer_of(Statement((vehicle,), (job, other), table, table))
    assert not answer.left_out
    assert [each.step for each in answer.tours[0].visits] == list(planned)


def due(job_id: str, node: int, latest: int) -> Job:
    return Job(job_id, (Way(a_stop(node, latest=latest), a_stop(1), (1,)),))


def test_goods_that_can_no_longer_be_delivered_take_up_room_to_the_end() -> None:
    statement = on_board(due("A", 9, 50), others=(a_pair("J", 2, 3), a_pair("K", 2, 3, load=2)))
    assert reasons(statement) == [
        ("A", Reason.WINDOW_MISSED, "start by V1 (90) must be <= 50"),
        ("K", Reason.LOAD_ABOVE_CAPACITY, "load 0 (2) must be <= the capacity of V1 (1)"),
    ]


def test_of_goods_that_exclude_one_another_what_stays_on_board_takes_up_room() -> None:
    """Each alone could be delivered in time."""
    vehicle = replace(a_vehicle(start=5), on_board=(OnBoard("A"), OnBoard("B")))
    jobs = due("A", 9, 40), due("B", 1, 40), a_pair("K", 2, 3, load=2)
    answer = answer_of(a_statement(*jobs, vehicles=(vehicle,)))
    assert [each.job_id for each in answer.taken] in (["A"], ["B"])
    assert {each.job_id for each in answer.left_out} == {"A", "B", "K"} - {answer.taken[0].job_id}


def test_goods_on_board_of_a_vehicle_that_is_down_are_named() -> None:
    statement = on_board(due("A", 9, 500))
    down = replace(statement, vehicles=(replace(statement.vehicles[0], is_down=True),))
    message = "its goods are on board of V1, which is down"
    assert reasons(down) == [("A", Reason.NOT_ALLOWED, message)]


def test_beside_goods_that_stay_on_board_nothing_comes_that_they_are_kept_apart_from() -> None:
    stuck, soap, paint = (
        replace(job, ways=(replace(job.ways[0], goods=goods),))
        for job, goods in zip(
            (due("A", 9, 50), a_pair("J", 2, 3), a_pair("K", 2, 3)), ("food", "soap", "paint"), strict=True
        )
    )
    statement = replace(on_board(stuck, others=(soap, paint)), apart=(("food", "paint"), ("paint", "varnish")))
    assert reasons(statement) == [
        ("A", Reason.WINDOW_MISSED, "start by V1 (90) must be <= 50"),
        ("K", Reason.KEPT_APART, "goods (paint) must not be on board of V1 beside (food, varnish)"),
    ]


# -- goods kept apart, parts and traffic


def of_parts(way: Way, *more: Part, at_once: bool = True) -> Job:
    return Job("J", (replace(way, more=more, at_once=at_once),))


def test_what_is_handed_over_at_once_has_to_fit_on_board_together() -> None:
    job = of_parts(Way(a_stop(3), a_stop(1), (2,)), Part(a_stop(3), a_stop(2), (1,)))
    assert reasons(a_statement(job)) == [
        ("J", Reason.LOAD_ABOVE_CAPACITY, "load 0 (3) must be <= the capacity of V1 (2)")
    ]


def test_what_is_handed_over_at_once_must_not_have_to_be_kept_apart() -> None:
    job = of_parts(Way(a_stop(3), a_stop(1), goods="food"), Part(a_stop(3), a_stop(2), goods="paint"))
    message = "goods (food) must not be on board of V1 beside (paint)"
    assert reasons(replace(a_statement(job), apart=(("food", "paint"),))) == [("J", Reason.KEPT_APART, message)]
    one_by_one = of_parts(Way(a_stop(3), a_stop(1), goods="food"), *job.ways[0].more, at_once=False)
    assert reasons(replace(a_statement(one_by_one), apart=(("food", "paint"),))) == []


def test_of_several_parts_the_one_that_gets_least_far_is_the_reason() -> None:
    job = of_parts(Way(a_stop(3)), Part(a_stop(9, latest=89)), at_once=False)
    assert reasons(a_statement(job)) == [("J", Reason.WINDOW_MISSED, "start by V1 (90) must be <= 89")]


def test_of_several_parts_each_of_which_alone_would_fit_the_routes_lack_room_together() -> None:
    job = of_parts(Way(a_stop(9, latest=90)), Part(a_stop(8, latest=80)), at_once=False)
    [left] = answer_of(a_statement(job)).left_out
    assert (left.reason, left.closest) == (Reason.NO_ROOM, Reason.WINDOW_MISSED)


def test_optional_parts_that_are_dearer_than_their_refusal_are_left_out_with_both() -> None:
    job = replace(of_parts(Way(a_stop(2)), Part(a_stop(4)), at_once=False), refusal=79)
    message = "cost on V1 (80) must be < the price of leaving it out (79)"
    assert reasons(a_statement(job)) == [("J", Reason.DEARER, message)]
    assert reasons(a_statement(replace(job, refusal=81))) == []


def test_where_goods_of_another_class_stay_to_the_end_that_is_what_lacks_most_nearly() -> None:
    jobs = [Job(f"J{n}", (Way(a_stop(3), goods=goods),)) for n, goods in enumerate(("food", "paint"))]
    [left] = answer_of(replace(a_statement(*jobs), apart=(("food", "paint"),))).left_out
    assert (left.reason, left.closest) == (Reason.NO_ROOM, Reason.KEPT_APART)


def test_a_job_that_was_begun_by_a_vehicle_that_is_down_is_named_with_it() -> None:
    job = of_parts(Way(a_stop(1)), Part(a_stop(2)), at_once=False)
    down = replace(a_vehicle(), begun=(Begun(Step("J"), 10),), is_down=True)
    statement = a_statement(job, vehicles=(down, a_vehicle("V2")))
    assert reasons(statement) == [("J", Reason.NOT_ALLOWED, "it was begun by V1, which is down")]


@pytest.mark.parametrize(
    ("job", "vehicle", "reason", "message"),
    [
        (
            a_visit("J", 9),
            {"shift_end": 274},
            Reason.SHIFT_OVER,
            "end of V1 (275) must be <= the end of its shift (274)",
        ),
        (a_visit("J", 9), {"max_span": 274}, Reason.SPAN_TOO_LONG, "span of V1 (275) must be <= 274"),
        (Job("J", (Way(a_stop(9, latest=179)),)), {}, Reason.WINDOW_MISSED, "start by V1 (180) must be <= 179"),
        (
            Job("J", (Way(a_stop(3), a_stop(2), max_on_board=19),)),
            {},
            Reason.ON_BOARD_TOO_LONG,
            "time on board of V1 (20) must be <= 19",
        ),
        (
            Job("J", (Way(a_stop(2, latest=40), a_stop(1, earliest=20)),)),
            {},
            Reason.WINDOWS_EXCLUDE,
            "the delivery, possible from 45 on, must begin <= 40",
        ),
    ],
)
def test_in_traffic_a_reason_counts_what_ways_take_then(
    job: Job, vehicle: dict[str, int], reason: Reason, message: str
) -> None:
    """Half as fast for the first 185 s."""
    statement = a_statement(job, vehicles=(replace(a_vehicle(), **vehicle),))  # type: ignore[arg-type]
    assert reasons(statement) == []
    assert reasons(replace(statement, traffic=(Spell(0, 185, 50),))) == [("J", reason, message)]


# -- malformed


def test_a_statement_without_faults_has_no_issues() -> None:
    assert list(faults(a_statement(a_pair("J", 2, 3)))) == []


def test_all_faults_come_at_once() -> None:
    vehicle = replace(a_vehicle(), start=10, end=-2, shift_start=9, shift_end=8, cost_m=-1, capacity=(-1,), profile=1)
    stop = Stop(99, windows=(Window(5, 3),), service=-1, ladder=(LateStep(5, 5), LateStep(5, 6)))
    job = Job("J", (Way(stop, max_on_board=-1),), vehicles=frozenset({"X"}), pinned=True)
    assert issues(a_statement(job, vehicles=(vehicle,))) == [
        ("REFERENCE_DANGLING", "vehicles[V1].start", "node (10) must be >= 0 and < the number of nodes (10)"),
        ("REFERENCE_DANGLING", "vehicles[V1].end", "node (-2) must be >= 0 and < the number of nodes (10)"),
        ("REFERENCE_DANGLING", "vehicles[V1].profile", "profile (1) must be >= 0 and < the number of tables (1)"),
        ("VALUE_INVALID", "vehicles[V1].cost_m", f"cost_m (-1) must be >= 0 and <= {DEAREST_OPTIONAL - 1}"),
        ("WINDOW_REVERSED", "vehicles[V1].shift_start", "shift_start (9) must be <= shift_end (8)"),
        ("VALUE_INVALID", "vehicles[V1].capacity[0]", f"capacity[0] (-1) must be >= 0 and <= {2**40}"),
        ("REFERENCE_DANGLING", "jobs[J].vehicles", "vehicle X must be among the vehicles"),
        ("FIELD_REQUIRED", "jobs[J].home", "home (none) must be named where pinned is true"),
        ("VALUE_INVALID", "jobs[J].ways[0].max_on_board", f"max_on_board (-1) must be >= 0 and <= {ENDLESS}"),
        (
            "REFERENCE_DANGLING",
            "jobs[J].ways[0].delivery.node",
            "node (99) must be >= 0 and < the number of nodes (10)",
        ),
        ("WINDOW_REVERSED", "jobs[J].ways[0].delivery.windows[0].earliest", "earliest (5) must be <= latest (3)"),
        ("VALUE_INVALID", "jobs[J].ways[0].delivery.service", f"service (-1) must be >= 0 and <= {ENDLESS}"),
        (
            "LADDER_NOT_INCREASING",
            "jobs[J].ways[0].delivery.ladder[1]",
            "step (5 s, 6) must be later and dearer than the one before (5 s, 5)",
        ),
    ]


@pytest.mark.parametrize(
    ("entry", "said"), [(np.nan, "nan"), (-2, "-2.0"), (1.5, "1.5"), (np.inf, "inf"), (2.0**31, "2147483648.0")]
)
def test_an_entry_of_a_table_is_a_whole_number_or_no_way(entry: float, said: str) -> None:
    seconds = on_a_line().astype(float)
    seconds[0, 2, 3] = entry
    message = f"entry [0, 2, 3] ({said}) must be a whole number <= 2147483647, >= 0 or -1: no way"
    assert issues(replace(a_statement(), seconds=seconds)) == [("VALUE_INVALID", "seconds[0, 2, 3]", message)]


def test_whole_numbers_in_a_table_of_floats_are_taken() -> None:
    statement = a_statement(a_visit("J", 5))
    floats = replace(statement, seconds=statement.seconds.astype(float), metres=statement.metres.astype(float))
    assert answer_of(floats).cost == answer_of(statement).cost


def test_a_table_that_is_too_short_is_refused() -> None:
    assert issues(replace(a_statement(), metres=on_a_line(9))) == [
        ("VALUE_INVALID", "metres", "shape of metres 1 x 9 x 9 must be that of seconds 1 x 10 x 10")
    ]
    assert issues(replace(a_statement(), metres=on_a_line()[:, :9]))[0] == (
        "VALUE_INVALID",
        "metres",
        "shape 1 x 9 x 10 must be profiles x nodes x nodes",
    )


def test_a_way_from_a_node_to_itself_takes_no_time() -> None:
    seconds = on_a_line()
    seconds[0, 4, 4] = 3
    assert issues(replace(a_statement(), seconds=seconds)) == [
        ("VALUE_INVALID", "seconds", "way of node 4 to itself (3) must be 0")
    ]


def test_ids_are_there_once() -> None:
    assert issues(a_statement(a_visit("J", 2), a_visit("J", 3), vehicles=(a_vehicle(), a_vehicle()))) == [
        ("ID_DUPLICATE", "vehicles[V1]", "id V1 must be there once, not 2 times"),
        ("ID_DUPLICATE", "jobs[J]", "id J must be there once, not 2 times"),
    ]


def test_a_million_alternatives_are_refused_before_any_is_made() -> None:
    stop = replace(a_stop(2), windows=tuple(Window(n, n + 1) for n in range(1000)))
    assert issues(a_statement(Job("J", (Way(stop, stop),)))) == [
        ("VALUE_INVALID", "jobs", f"number of alternatives (1000000) must be <= {MOST_ALTERNATIVES}")
    ]


def test_alternatives_times_vehicles_are_bounded_too() -> None:
    stop = replace(a_stop(2), windows=tuple(Window(n, n + 1) for n in range(1000)))
    jobs = [Job(f"J{n:03d}", (Way(stop),)) for n in range(100)]
    vehicles = tuple(a_vehicle(f"V{n:03d}") for n in range(401))
    message = f"alternatives times vehicles (100000 x 401 = 40100000) must be <= {MOST_LOOKS}"
    assert issues(a_statement(*jobs, vehicles=vehicles)) == [("VALUE_INVALID", "jobs", message)]


def test_costs_that_64_bits_do_not_hold_are_refused() -> None:
    dear = replace(a_vehicle(), cost_m=2**40)
    message = f"the dearest way to do one job ({4 * 90 * 2**40}) must be < {DEAREST_OPTIONAL}"
    assert issues(a_statement(a_visit("J", 2), vehicles=(dear,))) == [("VALUE_INVALID", "vehicles", message)]


def test_numbers_beyond_every_bound_are_refused() -> None:
    absurd = replace(a_vehicle(), cost_use=10**30, shift_end=10**30, capacity=(10**30,))
    job = replace(a_visit("J", 2), refusal=10**30)
    assert {path for _, path, _ in issues(a_statement(job, vehicles=(absurd,), now=-(10**30)))} == {
        "now",
        "vehicles[V1].shift_end",
        "vehicles[V1].cost_use",
        "vehicles[V1].capacity[0]",
        "jobs[J].refusal",
        "vehicles",
    }


def test_sums_of_costs_stay_within_64_bits() -> None:
    """Each of them is allowed; all of them together are not."""
    overtime = replace(a_vehicle(), regular_end=0, shift_end=ENDLESS, cost_overtime=2**45)
    found = issues(a_statement(Job("J", (Way(a_stop(2, earliest=2**20, latest=2**21)),)), vehicles=(overtime,)))
    assert [(code, path) for code, path, _ in found] == [("VALUE_INVALID", "vehicles")]
    assert found[0][2].endswith(f"must be <= {2**62}")


@pytest.mark.parametrize(
    ("vehicle", "message"),
    [
        ({"planned": (Step("X"),)}, "job X, way 0 must be among the jobs"),
        ({"planned": (Step("J", 1),)}, "job J, way 1 must be among the jobs"),
        ({"planned": (Step("J"),)}, "delivery of job J must follow its pickup"),
        ({"planned": (Step("J", 0, True),)}, "pickup of job J must be followed by its delivery"),
        ({"planned": (Step("V", 0, True), Step("V"))}, "way 0 of job V must have a pickup"),
        ({"planned": (Step("V"), Step("V"))}, "delivery or visit of job V must stand in the routes once, not 2 times"),
        ({"begun": (Begun(Step("V"), -1),)}, f"start (-1) must be >= 0 and <= {ENDLESS}"),
        ({"on_board": (OnBoard("J"),), "capacity": ()}, "load 0 on board (1) must be <= capacity (0)"),
        ({"breaks": (Break(5, 3, 1),)}, "earliest (5) must be <= latest (3)"),
    ],
)
def test_routes_that_make_no_sense_are_refused(vehicle: dict[str, object], message: str) -> None:
    stated = replace(a_vehicle(), **vehicle)  # type: ignore[arg-type]
    assert [each for _, _, each in issues(a_statement(a_pair("J", 2, 3), a_visit("V", 4), vehicles=(stated,)))] == [
        message
    ]


def test_faults_of_traffic_come_at_once() -> None:
    spells = (Spell(-1, 5, 9, profile=1), Spell(7, 7, 101), Spell(10, 30, 50), Spell(29, 40, 60), Spell(30, 35, 50, 1))
    assert issues(replace(a_statement(), traffic=spells)) == [
        ("REFERENCE_DANGLING", "traffic[0].profile", "profile (1) must be >= 0 and < the number of tables (1)"),
        ("VALUE_INVALID", "traffic[0].percent", "percent (9) must be >= 10 and <= 100"),
        ("VALUE_INVALID", "traffic[0].since", f"since (-1) must be >= 0 and <= {ENDLESS}"),
        ("VALUE_INVALID", "traffic[1].percent", "percent (101) must be >= 10 and <= 100"),
        ("INTERVAL_EMPTY", "traffic[1].since", "since (7) must be < until (7)"),
        ("REFERENCE_DANGLING", "traffic[4].profile", "profile (1) must be >= 0 and < the number of tables (1)"),
        ("VALUE_INVALID", "traffic[3].since", "since (29) must be >= until of the spell before it (30)"),
    ]


def test_a_class_is_kept_apart_from_another_one_and_there_are_only_so_many() -> None:
    assert issues(replace(a_statement(), apart=(("food", "food"),))) == [
        ("VALUE_INVALID", "apart[0]", "class (food) must differ from the one that it is kept apart from (food)")
    ]
    pairs = tuple((f"A{n}", f"B{n}") for n in range(31))
    assert issues(replace(a_statement(), apart=pairs)) == [
        ("VALUE_INVALID", "apart", f"dimensions of the load + classes kept apart (1 + 62) must be <= {MOST_DIMENSIONS}")
    ]
    assert list(faults(replace(a_statement(), apart=pairs[1:]))) == []


def test_goods_on_board_that_are_kept_apart_are_refused() -> None:
    jobs = [Job(each, (Way(a_stop(3), a_stop(2), goods=each),)) for each in ("food", "paint")]
    vehicle = replace(a_vehicle(), on_board=(OnBoard("food"), OnBoard("paint")))
    statement = replace(a_statement(*jobs, vehicles=(vehicle,)), apart=(("food", "paint"),))
    message = "goods on board (food) must not be there beside others on board (paint)"
    assert issues(statement) == [("VALUE_INVALID", "vehicles[V1].on_board", message)]


def test_parts_have_faults_of_their_own() -> None:
    way = Way(a_stop(3), more=(Part(Stop(99), max_on_board=-1), Part(a_stop(2), load=(-1,))), at_once=True)
    assert issues(a_statement(Job("J", (way,)))) == [
        ("VALUE_INVALID", "jobs[J].ways[0].more[0].max_on_board", f"max_on_board (-1) must be >= 0 and <= {ENDLESS}"),
        (
            "REFERENCE_DANGLING",
            "jobs[J].ways[0].more[0].delivery.node",
            "node (99) must be >= 0 and < the number of nodes (10)",
        ),
        (
            "VALUE_INVALID",
            "jobs[J].ways[0].more[0].delivery.place",
            "place (99) must be that of the first delivery (3) where at_once is true",
        ),
        ("VALUE_INVALID", "jobs[J].ways[0].more[1].load[0]", f"load[0] (-1) must be >= 0 and <= {2**40}"),
        (
            "VALUE_INVALID",
            "jobs[J].ways[0].more[1].delivery.place",
            "place (2) must be that of the first delivery (3) where at_once is true",
        ),
    ]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            (Step("J"),),
            (Step("J", part=1),),
            "job J must be done by one vehicle in one way, not V1 by way 0 and V2 by way 0",
        ),
        ((Step("J"),), (), "planned parts of job J (1) must be all (2)"),
        ((Step("J", part=2),), (), "job J, way 0, part 2 must be among the jobs"),
        (
            (Step("J"), Step("J", part=1), Step("J", part=1)),
            (),
            "delivery or visit of part 1 of job J must stand in the routes once, not 2 times",
        ),
    ],
)
def test_parts_are_planned_all_on_one_vehicle(first: tuple[Step, ...], second: tuple[Step, ...], message: str) -> None:
    job = Job("J", (Way(a_stop(3), more=(Part(a_stop(4)),)),))
    vehicles = (replace(a_vehicle(), planned=first), replace(a_vehicle("V2"), planned=second))
    assert [each for _, _, each in issues(a_statement(job, vehicles=vehicles))] == [message]


def test_a_job_and_a_stop_say_how_and_when() -> None:
    never = Job("K", (Way(replace(a_stop(2), windows=())),))
    assert issues(a_statement(Job("J", ()), never)) == [
        (IssueCode.FIELD_REQUIRED, "jobs[J].ways", "number of ways (0) must be >= 1"),
        (IssueCode.FIELD_REQUIRED, "jobs[K].ways[0].delivery.windows", "number of windows (0) must be >= 1"),
    ]


def test_a_place_is_at_one_node() -> None:
    """There would be no way between the two."""
    away = Job("J", (Way(replace(a_stop(1), place=9)),))
    assert issues(a_statement(away, a_visit("K", 9), a_visit("L", 9))) == [
        (IssueCode.VALUE_INVALID, "places[9]", "place (9) must be at one node, not at 2: 1, 9")
    ]

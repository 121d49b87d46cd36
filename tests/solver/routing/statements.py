"""Tiny statements: a random base, and one rule after the other put on top."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from solver.routing.stating import Break, Job, LateStep, OnBoard, Part, Spell, Statement, Stop, Vehicle, Way, Window

Random = np.random.Generator
Rule = Callable[[Statement, Random], Statement]

NUM_NODES = 6


def on_a_line(num_nodes: int = 10, *, gap: int = 10) -> NDArray[np.int32]:
    """Seconds between nodes on a line, for one profile."""
    at = np.arange(num_nodes) * gap
    apart: NDArray[np.int32] = np.abs(at[:, None] - at[None]).astype(np.int32)[None]
    return apart


def a_stop(node: int, earliest: int = 0, latest: int = 100_000, *, service: int = 5) -> Stop:
    return Stop(node, windows=(Window(earliest, latest),), service=service)


def a_visit(job_id: str, node: int) -> Job:
    return Job(job_id, (Way(a_stop(node)),))


def a_pair(job_id: str, pickup: int, delivery: int, *, load: int = 1) -> Job:
    return Job(job_id, (Way(a_stop(delivery), a_stop(pickup), (load,)),))


def a_vehicle(vehicle_id: str = "V1", *, start: int = 0, end: int | None = 0) -> Vehicle:
    return Vehicle(vehicle_id, start, end, shift_end=100_000, capacity=(2,), cost_m=1)


def a_statement(*jobs: Job, vehicles: tuple[Vehicle, ...] = (a_vehicle(),), now: int = 0) -> Statement:
    """On a line of ten nodes, 10 s apart."""
    return Statement(vehicles, jobs, on_a_line(), on_a_line(), now)


def a_random_one(rng: Random, *, num_jobs: int = 3) -> Statement:
    """Pairs and single visits on a plane, on two vehicles that differ."""
    at = rng.integers(0, 100, size=(NUM_NODES, 2)).astype(float)
    apart = np.ceil(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))).astype(np.int32)[None]
    vehicles = tuple(
        Vehicle(
            f"V{n}",
            start=int(rng.integers(2)),
            end=None if rng.random() < 0.3 else 0,
            shift_end=2000,
            capacity=(int(rng.integers(1, 4)),),
            cost_m=int(rng.integers(1, 4)),
            cost_s=int(rng.integers(0, 3)),
            cost_use=int(rng.integers(0, 100)),
        )
        for n in range(2)
    )
    return Statement(vehicles, tuple(_a_job(rng, n) for n in range(num_jobs)), apart, apart)


def _a_job(rng: Random, n: int) -> Job:
    due = int(rng.integers(0, 200))
    delivery = Stop(_node(rng), windows=(Window(due, due + int(rng.integers(20, 300))),), service=5)
    pickup = Stop(_node(rng), windows=(Window(int(rng.integers(0, 50))),), service=3) if rng.random() < 0.7 else None
    return Job(f"J{n}", (Way(delivery, pickup, (1,)),), refusal=int(rng.integers(200, 500)))


def _node(rng: Random) -> int:
    return int(rng.integers(1, NUM_NODES))


def _each_job(statement: Statement, change: Callable[[Job], Job]) -> Statement:
    return replace(statement, jobs=tuple(map(change, statement.jobs)))


def _each_vehicle(statement: Statement, change: Callable[[Vehicle], Vehicle]) -> Statement:
    return replace(statement, vehicles=tuple(map(change, statement.vehicles)))


def _each_way(job: Job, change: Callable[[Way], Way]) -> Job:
    return replace(job, ways=tuple(map(change, job.ways)))


def _each_stop(way: Way, change: Callable[[Stop], Stop]) -> Way:
    pickup = None if way.pickup is None else change(way.pickup)
    return replace(way, delivery=change(way.delivery), pickup=pickup)


def several_windows(statement: Statement, rng: Random) -> Statement:
    def change(way: Way) -> Way:
        early = Window(0, int(rng.integers(10, 80)))
        return replace(way, delivery=replace(way.delivery, windows=(*way.delivery.windows, early)))

    return _each_job(statement, lambda job: _each_way(job, change))


def ladders(statement: Statement, rng: Random) -> Statement:
    def change(way: Way) -> Way:
        due = int(rng.integers(20, 80))
        first, more = int(rng.integers(10, 60)), int(rng.integers(10, 80))
        steps = (LateStep(first, int(rng.integers(5, 60))), LateStep(first + more, int(rng.integers(60, 150))))
        return replace(way, delivery=replace(way.delivery, windows=(Window(0, due),), ladder=steps))

    return _each_job(statement, lambda job: _each_way(job, change))


def pickup_choices(statement: Statement, rng: Random) -> Statement:
    def change(job: Job) -> Job:
        other = replace(job.ways[0], pickup=Stop(_node(rng), service=3), extra_cost=int(rng.integers(0, 40)))
        return replace(job, ways=(*job.ways, other)) if job.ways[0].pickup else job

    return _each_job(statement, change)


def service_by_kind(statement: Statement, rng: Random) -> Statement:
    statement = replace(statement, vehicles=tuple(replace(v, kind=f"K{n}") for n, v in enumerate(statement.vehicles)))

    def change(stop: Stop) -> Stop:
        return replace(stop, service_by_kind=(("K1", int(rng.integers(0, 80))),))

    return _each_job(statement, lambda job: _each_way(job, lambda way: _each_stop(way, change)))


def times_on_board(statement: Statement, rng: Random) -> Statement:
    return _each_job(
        statement, lambda job: _each_way(job, lambda way: replace(way, max_on_board=int(rng.integers(20, 120))))
    )


def set_ups(statement: Statement, rng: Random) -> Statement:
    """Two places where several pickups share one set-up."""

    def change(way: Way) -> Way:
        if way.pickup is None:
            return way
        return replace(way, pickup=replace(way.pickup, node=int(rng.integers(1, 3)), setup=40))

    return _each_job(statement, lambda job: _each_way(job, change))


def allowed_vehicles(statement: Statement, rng: Random) -> Statement:
    def change(job: Job) -> Job:
        one = frozenset({f"V{int(rng.integers(2))}"})
        return replace(job, vehicles=one) if rng.random() < 0.6 else job

    return _each_job(statement, change)


def releases_and_reloads(statement: Statement, rng: Random) -> Statement:
    """All goods come from the depot, which is come back to; some are there only later."""

    def change(way: Way) -> Way:
        ready = Window(int(rng.integers(0, 120)))
        return replace(way, pickup=Stop(0, windows=(ready,), is_hub=True), load=(int(rng.integers(1, 3)),))

    statement = _each_vehicle(statement, lambda v: replace(v, capacity=(2,)))
    return _each_job(statement, lambda job: _each_way(job, change))


def several_depots(statement: Statement, rng: Random) -> Statement:
    def change(job: Job) -> Job:
        way = job.ways[0]
        return replace(job, ways=tuple(replace(way, pickup=Stop(n, is_hub=True)) for n in (0, _node(rng))))

    return _each_job(statement, change)


def breaks(statement: Statement, rng: Random) -> Statement:
    def change(vehicle: Vehicle) -> Vehicle:
        earliest = int(rng.integers(20, 150))
        return replace(vehicle, breaks=(Break(earliest, earliest + int(rng.integers(20, 100)), 30),))

    return _each_vehicle(statement, change)


def overtime(statement: Statement, rng: Random) -> Statement:
    return _each_vehicle(
        statement, lambda v: replace(v, regular_end=int(rng.integers(50, 300)), cost_overtime=int(rng.integers(1, 5)))
    )


def paid_waiting(statement: Statement, rng: Random) -> Statement:
    return _each_vehicle(statement, lambda v: replace(v, cost_wait=int(rng.integers(1, 4))))


def must_jobs(statement: Statement, rng: Random) -> Statement:
    return _each_job(statement, lambda job: replace(job, refusal=None) if rng.random() < 0.5 else job)


def homes(statement: Statement, rng: Random) -> Statement:
    def change(job: Job) -> Job:
        home, is_pinned = f"V{int(rng.integers(2))}", bool(rng.random() < 0.3)
        return replace(job, home=home, disturbance=int(rng.integers(0, 80)), pinned=is_pinned)

    return _each_job(statement, change)


def dimensions(statement: Statement, rng: Random) -> Statement:
    statement = _each_vehicle(statement, lambda v: replace(v, capacity=(2, int(rng.integers(1, 4)))))
    return _each_job(statement, lambda job: _each_way(job, lambda w: replace(w, load=(1, int(rng.integers(0, 3))))))


def asymmetric(statement: Statement, rng: Random) -> Statement:
    """More one way than the other, with no shorter way round; a profile for each vehicle."""
    more = rng.integers(0, 30, size=(2, NUM_NODES, 1)).astype(np.int32)
    seconds = statement.seconds + more
    for table in seconds:
        np.fill_diagonal(table, 0)
    vehicles = tuple(replace(v, profile=n) for n, v in enumerate(statement.vehicles))
    return replace(statement, vehicles=vehicles, seconds=seconds, metres=np.concatenate([statement.metres] * 2))


def islands(statement: Statement, rng: Random) -> Statement:
    """Two nodes that only each other can be reached from."""
    seconds, cut = statement.seconds.copy(), [NUM_NODES - 2, NUM_NODES - 1]
    rest = list(range(NUM_NODES - 2))
    seconds[:, np.ix_(rest, cut)[0], np.ix_(rest, cut)[1]] = -1
    seconds[:, np.ix_(cut, rest)[0], np.ix_(cut, rest)[1]] = -1
    vehicles = (replace(statement.vehicles[0], start=cut[0], end=None), statement.vehicles[1])
    return replace(statement, seconds=seconds, vehicles=vehicles)


def on_the_way(statement: Statement, rng: Random) -> Statement:
    """The first vehicle starts in the middle of its route, with the goods of the first pair on board."""
    job = next((each for each in statement.jobs if each.ways[0].pickup), None)
    if job is None:
        return statement
    way = replace(job.ways[0], delivery=replace(job.ways[0].delivery, windows=(Window(),)))
    jobs = tuple(replace(each, ways=(way,)) if each is job else each for each in statement.jobs)
    first = replace(statement.vehicles[0], start=_node(rng), capacity=(2, 3), on_board=(OnBoard(job.job_id, since=10),))
    return replace(statement, jobs=jobs, vehicles=(first, *statement.vehicles[1:]), now=15)


def kept_apart(statement: Statement, rng: Random) -> Statement:
    """Goods of three classes, of which one must not travel with the others, and goods of none."""
    classes = [None, "food", "paint", "soap"]

    def change(job: Job) -> Job:
        goods = classes[int(rng.integers(4))]
        return _each_way(job, lambda way: replace(way, goods=goods))

    return replace(_each_job(statement, change), apart=(("food", "paint"), ("soap", "food")))


def traffic(statement: Statement, rng: Random) -> Statement:
    """One or two spells for every profile."""
    spells = list[Spell]()
    for profile in range(len(statement.seconds)):
        ends = np.sort(rng.choice(np.arange(1, 400), size=2 * int(rng.integers(1, 3)), replace=False)).tolist()
        spells += [
            Spell(since, until, int(rng.integers(20, 100)), profile)
            for since, until in zip(ends[::2], ends[1::2], strict=True)
        ]
    return replace(statement, traffic=tuple(spells))


def several_pickups(statement: Statement, rng: Random) -> Statement:
    """Each pair becomes two pickups for one delivery, half of them for one stop; each single visit a pair beside it."""

    def change(way: Way) -> Way:
        other = Stop(_node(rng), windows=(Window(int(rng.integers(0, 50))),), service=3)
        more = (Part(replace(way.delivery, service=1), other, (1,), way.max_on_board, way.goods),)
        return replace(way, more=more, at_once=bool(rng.random() < 0.5))

    statement = _each_vehicle(statement, lambda each: replace(each, capacity=tuple(2 + n for n in each.capacity)))
    return _each_job(statement, lambda job: _each_way(job, change))


def down(statement: Statement, rng: Random) -> Statement:
    return replace(statement, vehicles=(replace(statement.vehicles[0], is_down=True), *statement.vehicles[1:]))


RULES: tuple[Rule, ...] = (
    several_windows,
    ladders,
    pickup_choices,
    service_by_kind,
    times_on_board,
    set_ups,
    allowed_vehicles,
    releases_and_reloads,
    several_depots,
    breaks,
    overtime,
    paid_waiting,
    must_jobs,
    homes,
    dimensions,
    kept_apart,
    asymmetric,
    islands,
    on_the_way,
    down,
)

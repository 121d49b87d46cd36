"""Statements judged in plain Python: what an answer must keep, and the least cost by trying everything.

Shares no code with the kernels, nor with what makes alternatives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from solver.routing.answering import Answer, Cost, Rested, Taken, Tour
from solver.routing.stating import Break, Job, Part, Spell, Statement, Step, Stop, Vehicle, Way
from tests.solver.clock import Clock

MUST = 10**12
"""What is to be done and is not, in the costs here; no case comes near."""


@dataclass(frozen=True)
class Act:
    """What a route is made of: a visit of a job, or a break (without a stop)."""

    stop: Stop | None
    load: tuple[int, ...] = ()
    job_id: str = ""
    is_pickup: bool = False
    part_idx: int = 0
    part: Part | None = None
    rest: Break | None = None
    at_once: bool = False


@dataclass(frozen=True)
class At:
    """Where a route is."""

    time: int
    node: int
    place: int | None
    load: tuple[int, ...]
    goods: tuple[str, ...] = ()


@cache
def clock_of(traffic: tuple[Spell, ...], profile: int) -> Clock:
    spells = sorted((each.since, each.until, each.percent) for each in traffic if each.profile == profile)
    return Clock(spells)


def service_of(stop: Stop, vehicle: Vehicle) -> int:
    return dict(stop.service_by_kind).get(vehicle.kind, stop.service)


def place_of(stop: Stop) -> int:
    return stop.node if stop.place is None else stop.place


def lateness(stop: Stop, start: int) -> int | None:
    """What a start costs; None if it is not allowed."""
    costs = list[int]()
    for window in stop.windows:
        if window.earliest <= start <= window.latest:
            costs.append(0)
        costs += [step.cost for step in stop.ladder if window.earliest <= start <= window.latest + step.seconds]
    return min(costs, default=None)


def lateness_paid(stop: Stop, start: int, latest: int) -> int | None:
    """What a start costs that may be put off until `latest`; None if no window or step ends then."""
    steps = [(0, 0), *((step.seconds, step.cost) for step in stop.ladder)]
    met = [
        cost
        for window in stop.windows
        for late, cost in steps
        if window.earliest <= start <= latest == window.latest + late
    ]
    return min(met, default=None)


def may(job: Job, way: Way, vehicle: Vehicle) -> bool:
    named = [each for each in (job.vehicles, way.vehicles) if each is not None]
    if vehicle.is_down or not all(vehicle.vehicle_id in each for each in named):
        return False
    return not job.pinned or job.home == vehicle.vehicle_id


def added(load: tuple[int, ...], change: tuple[int, ...], sign: int) -> tuple[int, ...]:
    size = max(len(load), len(change))
    a, b = load + (0,) * (size - len(load)), change + (0,) * (size - len(change))
    return tuple(x + sign * y for x, y in zip(a, b, strict=True))


def fits(load: tuple[int, ...], vehicle: Vehicle) -> bool:
    room = vehicle.capacity + (0,) * (len(load) - len(vehicle.capacity))
    return all(x <= y for x, y in zip(load, room, strict=False))


def onto(goods: tuple[str, ...], part: Part, sign: int) -> tuple[str, ...]:
    """What classes are on board once a part has come on board, or left (-1)."""
    if part.goods is None:
        return goods
    rest = list(goods)
    if sign > 0:
        return tuple(sorted([*rest, part.goods]))
    rest.remove(part.goods)
    return tuple(rest)


def go_together(statement: Statement, goods: tuple[str, ...]) -> bool:
    return not any(one in goods and two in goods for one, two in statement.apart)


@dataclass(frozen=True)
class Leg:
    """A way and the set-up behind it; without either if it leads nowhere."""

    clock: Clock
    seconds: int = 0
    metres: int = 0
    setup: int = 0

    def start(self, departure: int) -> int:
        """When service begins."""
        return self.clock.arrive(departure, self.seconds) + self.setup

    def takes(self, start: int) -> int:
        """Of who leaves as late as that start allows."""
        return start - self.clock.leave(start - self.setup, self.seconds)


def leg(statement: Statement, vehicle: Vehicle, at: At, to: Stop) -> Leg | None:
    """None if there is no way."""
    clock = clock_of(statement.traffic, vehicle.profile)
    if at.place == place_of(to):
        return Leg(clock)
    seconds = int(statement.seconds[vehicle.profile, at.node, to.node])
    metres = int(statement.metres[vehicle.profile, at.node, to.node])
    return None if seconds < 0 or metres < 0 else Leg(clock, seconds, metres, to.setup)


def way_home(statement: Statement, vehicle: Vehicle, at: At) -> Leg | None:
    if vehicle.end is None:
        return Leg(clock_of(statement.traffic, vehicle.profile))
    return leg(statement, vehicle, At(at.time, at.node, None, ()), Stop(vehicle.end))


# -- what an answer must keep


def check_answer(statement: Statement, answer: Answer) -> None:
    """Carry the answer out.

    Raises
    ------
    AssertionError
        A rule is broken, or the cost is not what is said.
    """
    jobs = {each.job_id: each for each in statement.jobs}
    vehicles = {each.vehicle_id: each for each in statement.vehicles}
    taken = {each.job_id: each for each in answer.taken}
    left = {each.job_id for each in answer.left_out}
    steps = [each.step for v in statement.vehicles for each in v.begun if not each.step.is_pickup]
    parts = {each.job_id: {other.part for other in steps if other.job_id == each.job_id} for each in steps}
    begun = {each.job_id: each.way for each in steps if len(parts[each.job_id]) == len(parts_of(jobs, each))}
    assert set(taken) | left | set(begun) == set(jobs)
    assert not set(taken) & left
    visited = [each.step for tour in answer.tours for each in tour.visits if not each.step.is_pickup]
    whole = [(each.job_id, n) for each in answer.taken for n in range(len(jobs[each.job_id].ways[each.way].parts))]
    assert sorted((each.job_id, each.part) for each in visited if each.job_id in taken) == sorted(whole)
    tours = {each.vehicle_id: each for each in answer.tours}
    total = sum((_carried_out(statement, vehicles[v], tour, jobs, taken) for v, tour in tours.items()), Cost())
    for vehicle in statement.vehicles:
        steps = [each.step for each in tours[vehicle.vehicle_id].visits] if vehicle.vehicle_id in tours else []
        assert [each.step for each in vehicle.begun] == steps[: len(vehicle.begun)]
    for each in answer.taken:
        job, vehicle = jobs[each.job_id], vehicles[each.vehicle_id]
        has_begun = each.job_id in {*(key[0] for key in _on_board(vehicle)), *(b.step.job_id for b in vehicle.begun)}
        assert has_begun or may(job, job.ways[each.way], vehicle)
        is_moved = job.home not in (None, each.vehicle_id) and not has_begun
        total += Cost(ways=job.ways[each.way].extra_cost, disturbance=job.disturbance if is_moved else 0)
    total += Cost(ways=sum(jobs[job_id].ways[way].extra_cost for job_id, way in begun.items()))
    total += Cost(refusal=sum(jobs[each].refusal or 0 for each in left))
    assert answer.cost == total
    assert sum(each.lateness for each in answer.taken) <= answer.cost.lateness


def parts_of(jobs: dict[str, Job], step: Step) -> tuple[Part, ...]:
    return jobs[step.job_id].ways[step.way].parts


def _on_board(vehicle: Vehicle) -> dict[tuple[str, int], int]:
    """By job and part: since when."""
    return {(each.job_id, each.part): each.since for each in vehicle.on_board}


def _carried_out(
    statement: Statement, vehicle: Vehicle, tour: Tour, jobs: dict[str, Job], taken: dict[str, Taken]
) -> Cost:
    at, picked = At(vehicle.shift_start, vehicle.start, None, ()), _on_board(vehicle)
    for each in vehicle.on_board:
        part = jobs[each.job_id].ways[each.way].parts[each.part]
        at = At(at.time, at.node, None, added(at.load, part.load, 1), onto(at.goods, part, 1))
    _stand_together(jobs, tour)
    rests, seconds, metres, late = list(tour.breaks), 0, 0, 0
    done = list[tuple[int, int, int]]()  # of each act: the way to it, its latest start, how long it takes
    if set(_on_board(vehicle)) & {(each.step.job_id, each.step.part) for each in tour.visits}:
        done.append((0, max(vehicle.shift_start, statement.now), 0))  # it is on the way, and leaves no later
    for n, visited in enumerate(tour.visits):
        job, part = jobs[visited.step.job_id], parts_of(jobs, visited.step)[visited.step.part]
        key, stop = (job.job_id, visited.step.part), part.delivery
        if visited.step.is_pickup:
            assert part.pickup is not None
            stop = part.pickup
        while rests and rests[0].start < visited.start:
            done.append((0, _stated(vehicle, tour, rests[0]).latest, rests[0].end - rests[0].start))
            at = _rested(vehicle, tour, at, rests.pop(0))
        found = leg(statement, vehicle, at, stop)
        assert found is not None
        is_fact = n < len(vehicle.begun)
        assert is_fact or visited.start >= found.start(max(at.time, statement.now))
        service = service_of(stop, vehicle)
        latest = visited.start if is_fact else _latest(taken[job.job_id], visited.step)
        done.append((found.takes(visited.start), latest, service))
        # Where waiting is paid or spans are bounded, a later step of the ladder may be what leaving late needs.
        leaves_late = not is_fact and (vehicle.cost_wait or vehicle.max_span is not None)
        late_cost = lateness_paid(stop, visited.start, latest) if leaves_late else lateness(stop, visited.start)
        assert is_fact or visited.start <= latest
        assert is_fact or late_cost is not None
        late += late_cost or 0
        assert visited.end == visited.start + service
        is_pair = part.pickup is not None
        if visited.step.is_pickup:
            picked[key] = visited.end
        elif is_pair:
            assert key in picked
            assert part.max_on_board is None or visited.start - picked[key] <= part.max_on_board
        sign = -1 if is_pair and not visited.step.is_pickup else 1
        load, goods = added(at.load, part.load, sign), onto(at.goods, part, sign)
        at = At(visited.end, stop.node, place_of(stop), load, goods)
        assert is_fact or (fits(at.load, vehicle) and go_together(statement, at.goods))
        seconds, metres = seconds + found.takes(visited.start) + service, metres + found.metres
    for rest in rests:
        done.append((0, _stated(vehicle, tour, rest).latest, rest.end - rest.start))
        at = _rested(vehicle, tour, at, rest)
    home = way_home(statement, vehicle, at)
    assert home is not None
    assert home.start(at.time) == tour.end <= vehicle.shift_end
    if vehicle.max_span is not None and not vehicle.begun and not statement.traffic:
        assert (
            sum(way + took for way, _, took in done) + tour.end - at.time + _waiting(done, at.time) <= vehicle.max_span
        )
    regular = vehicle.shift_end if vehicle.regular_end is None else vehicle.regular_end
    cost = Cost(
        distance=(metres + home.metres) * vehicle.cost_m,
        time=(seconds + tour.end - at.time) * vehicle.cost_s,
        waiting=_waiting(done, at.time) * vehicle.cost_wait,
        use=vehicle.cost_use,
        overtime=max(0, tour.end - regular) * vehicle.cost_overtime,
    )
    assert tour.cost == cost
    return cost + Cost(lateness=late)


def _stand_together(jobs: dict[str, Job], tour: Tour) -> None:
    """What is delivered at once stands at one place in a row."""
    for job_id in {each.step.job_id for each in tour.visits}:
        at = [n for n, each in enumerate(tour.visits) if each.step.job_id == job_id and not each.step.is_pickup]
        if not at or not jobs[job_id].ways[tour.visits[at[0]].step.way].at_once:
            continue
        row = tour.visits[at[0] : at[-1] + 1]
        assert len({each.node for each in row}) == 1
        assert not any(row[0].start < rest.start < row[-1].start for rest in tour.breaks)


def _latest(taken: Taken, step: Step) -> int:
    [due] = [each for each in taken.due if each.part == step.part]
    if not step.is_pickup:
        return due.delivery_latest
    assert due.pickup_latest is not None
    return due.pickup_latest


def _waiting(done: list[tuple[int, int, int]], end: int) -> int:
    """How long a route with these acts waits if it leaves as late as it can for the last to be over then."""
    time = end
    for way, latest, took in reversed(done):
        time = min(time - took, latest) - way
    return end - time - sum(way + took for way, _, took in done)


def _stated(vehicle: Vehicle, tour: Tour, rest: Rested) -> Break:
    """Breaks are taken in their order; those that are over before the route goes on are none of it."""
    stated = sorted(vehicle.breaks, key=lambda each: (each.earliest, each.latest))
    return stated[tour.breaks.index(rest) - len(tour.breaks)]


def _rested(vehicle: Vehicle, tour: Tour, at: At, rest: Rested) -> At:
    each = _stated(vehicle, tour, rest)
    assert at.time <= rest.start
    assert each.earliest <= rest.start <= each.latest
    assert rest.end == rest.start + each.duration
    return At(rest.end, at.node, None, at.load, at.goods)


# -- trying everything


def cheapest(statement: Statement) -> int:
    """The least cost over every choice of ways, vehicles, orders and windows; MUST for each that cannot be done."""
    return _Everything(statement).least()


class _Everything:
    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.known = dict[tuple[str, frozenset[tuple[str, int]]], int | None]()

    def least(self) -> int:
        holder = {each.job_id: v for v in self.statement.vehicles for each in v.on_board}
        done = {each.step.job_id for v in self.statement.vehicles for each in v.begun}
        jobs = [each for each in self.statement.jobs if each.job_id not in done]
        choices = [list(self._choices(job, holder.get(job.job_id))) for job in jobs]
        best: int | None = None
        for chosen in product(*choices):
            cost = self._cost(jobs, chosen)
            if cost is not None and (best is None or cost < best):
                best = cost
        assert best is not None
        return best

    def _choices(self, job: Job, holder: Vehicle | None) -> Iterator[tuple[int, Vehicle] | None]:
        if holder is not None:
            if holder.is_down:
                yield None
                return
            yield from ((each.way, holder) for each in holder.on_board if each.job_id == job.job_id)
            return
        yield None
        for n, way in enumerate(job.ways):
            yield from ((n, vehicle) for vehicle in self.statement.vehicles if may(job, way, vehicle))

    def _cost(self, jobs: Sequence[Job], chosen: Sequence[tuple[int, Vehicle] | None]) -> int | None:
        total = 0
        for job, choice in zip(jobs, chosen, strict=True):
            if choice is None:
                total += MUST if job.refusal is None else job.refusal
                continue
            total += job.ways[choice[0]].extra_cost
            is_aboard = any(each.job_id == job.job_id for each in choice[1].on_board)
            if job.home not in (None, choice[1].vehicle_id) and not is_aboard:
                total += job.disturbance
        for vehicle in self.statement.vehicles:
            mine = {j.job_id: c[0] for j, c in zip(jobs, chosen, strict=True) if c and c[1] is vehicle}
            cost = self._route(vehicle, mine)
            if cost is None:
                return None
            total += cost
        return total

    def _route(self, vehicle: Vehicle, way_by_job: dict[str, int]) -> int | None:
        key = vehicle.vehicle_id, frozenset(way_by_job.items())
        if key not in self.known:
            self.known[key] = _Route(self.statement, vehicle, way_by_job).least()
        return self.known[key]


class _Route:
    """One vehicle, and all orders of what it does."""

    def __init__(self, statement: Statement, vehicle: Vehicle, way_by_job: dict[str, int]) -> None:
        self.statement, self.vehicle = statement, vehicle
        jobs = {each.job_id: each for each in statement.jobs}
        self.aboard = _on_board(vehicle)
        self.acts = list[Act]()
        self.load: tuple[int, ...] = ()
        self.goods: tuple[str, ...] = ()
        for job_id, n in way_by_job.items():
            way = jobs[job_id].ways[n]
            for m, part in enumerate(way.parts):
                if (job_id, m) in self.aboard:
                    self.load, self.goods = added(self.load, part.load, 1), onto(self.goods, part, 1)
                elif part.pickup is not None:
                    self.acts.append(Act(part.pickup, part.load, job_id, True, m, part))
                sign = 1 if part.pickup is None else -1
                load = added((), part.load, sign)
                self.acts.append(Act(part.delivery, load, job_id, False, m, part, at_once=way.at_once))
        if self.acts:
            self.acts += [Act(None, rest=each) for each in sorted(vehicle.breaks, key=lambda b: b.earliest)]
        self.best: int | None = None

    def least(self) -> int | None:
        if not self.acts:
            return 0
        start = max(self.vehicle.shift_start, self.statement.now) if self.aboard else self.vehicle.shift_start
        self._go(At(start, self.vehicle.start, None, self.load, self.goods), [], [], 0)
        return self.best

    def _go(self, at: At, order: list[Act], times: list[tuple[int, int]], cost: int) -> None:
        """`times`: of each act so far its least start, and its latest."""
        if self.best is not None and cost >= self.best:
            return
        if len(order) == len(self.acts):
            self._end(at, order, times, cost)
            return
        seen = {(each.job_id, each.part_idx) for each in order if each.is_pickup} | set(self.aboard)
        stays = self._stays(order)
        rests = [each for each in self.acts if each.rest and each not in order]
        for act in self.acts:
            if act in order or (act.rest and act is not rests[0]):
                continue
            is_second = act.part is not None and act.part.pickup is not None and not act.is_pickup
            if is_second and (act.job_id, act.part_idx) not in seen:
                continue
            if stays is not None and (act.stop is None or place_of(act.stop) != stays):
                continue
            self._do(act, at, order, times, cost)

    def _stays(self, order: list[Act]) -> int | None:
        """The place that must not be left yet."""
        begun = {each.job_id: each.stop for each in order if each.at_once}
        for each in self.acts:
            if each.at_once and each not in order and (stop := begun.get(each.job_id)):
                return place_of(stop)
        return None

    def _do(self, act: Act, at: At, order: list[Act], times: list[tuple[int, int]], cost: int) -> None:
        if act.rest:
            start = max(at.time, self.statement.now, act.rest.earliest)
            if start <= act.rest.latest:
                bounds = [*times, (act.rest.earliest, act.rest.latest)]
                there = At(start + act.rest.duration, at.node, None, at.load, at.goods)
                self._go(there, [*order, act], bounds, cost)
            return
        assert act.stop is not None
        assert act.part is not None
        found = leg(self.statement, self.vehicle, at, act.stop)
        load = added(at.load, act.load, 1)
        goods = onto(at.goods, act.part, 1 if act.is_pickup or act.part.pickup is None else -1)
        if found is None or not fits(load, self.vehicle) or not go_together(self.statement, goods):
            return
        service = service_of(act.stop, self.vehicle)
        arrival = found.start(max(at.time, self.statement.now))
        price = found.metres * self.vehicle.cost_m
        for window in act.stop.windows:
            for late, extra in ((0, 0), *((step.seconds, step.cost) for step in act.stop.ladder)):
                start = max(arrival, window.earliest)
                if start <= window.latest + late:
                    there = At(start + service, act.stop.node, place_of(act.stop), load, goods)
                    bounds = [*times, (window.earliest, window.latest + late)]
                    self._go(there, [*order, act], bounds, cost + price + extra)

    def _end(self, at: At, order: list[Act], times: list[tuple[int, int]], cost: int) -> None:
        home = way_home(self.statement, self.vehicle, at)
        starts = self._starts(order, times)
        if home is None or starts is None:
            return
        last = order[-1]
        took = last.rest.duration if last.rest else service_of(last.stop or Stop(0), self.vehicle)
        end = home.start(starts[-1] + took)
        legs = [each.takes(start) for each, start in zip(self._legs(order), starts, strict=True)]
        span = end - self._leaving(order, times, legs, starts[-1])
        if end > self.vehicle.shift_end or (self.vehicle.max_span is not None and span > self.vehicle.max_span):
            return
        regular = self.vehicle.shift_end if self.vehicle.regular_end is None else self.vehicle.regular_end
        work = sum(legs) + sum(map(self._took, order)) + end - starts[-1] - took
        rests = sum(each.rest.duration for each in order if each.rest)
        cost += home.metres * self.vehicle.cost_m + (work - rests) * self.vehicle.cost_s + self.vehicle.cost_use
        cost += max(0, end - regular) * self.vehicle.cost_overtime
        cost += (span - work) * self.vehicle.cost_wait
        if self.best is None or cost < self.best:
            self.best = cost

    def _legs(self, order: list[Act]) -> list[Leg]:
        at, legs = At(0, self.vehicle.start, None, ()), list[Leg]()
        for act in order:
            found = leg(self.statement, self.vehicle, at, act.stop) if act.stop else Leg(Clock())
            assert found is not None
            legs.append(found)
            at = At(0, act.stop.node, place_of(act.stop), ()) if act.stop else At(0, at.node, None, ())
        return legs

    def _took(self, act: Act) -> int:
        return act.rest.duration if act.rest else service_of(act.stop or Stop(0), self.vehicle)

    def _starts(self, order: list[Act], times: list[tuple[int, int]]) -> list[int] | None:
        """The earliest starts with which no goods wait on board for too long; None if there are none."""
        legs, least = self._legs(order), [low for low, _ in times]
        while True:
            starts, time = list[int](), self.vehicle.shift_start
            for act, way, low in zip(order, legs, least, strict=True):
                starts.append(max(way.start(max(time, self.statement.now)), low))
                time = starts[-1] + self._took(act)
            if any(start > high for start, (_, high) in zip(starts, times, strict=True)):
                return None
            raised = False
            for k, act in enumerate(order):
                bound = act.part.max_on_board if act.part and act.part.pickup and not act.is_pickup else None
                key = act.job_id, act.part_idx
                if bound is None:
                    continue
                if key in self.aboard:
                    if starts[k] - self.aboard[key] > bound:
                        return None
                    continue
                p = next(n for n, each in enumerate(order) if each.is_pickup and (each.job_id, each.part_idx) == key)
                wanted = starts[k] - bound - self._took(order[p])
                if starts[p] < wanted:
                    least[p], raised = wanted, True
            if not raised:
                return starts

    def _leaving(self, order: list[Act], times: list[tuple[int, int]], legs: list[int], last: int) -> int:
        """When it leaves the start if that is as late as it can, with the last act beginning then.

        With goods on board it is on the way.
        """
        if self.aboard:
            return max(self.vehicle.shift_start, self.statement.now)
        time = last
        for k in range(len(order) - 1, -1, -1):
            start = min(time, times[k][1])
            time = start - legs[k] - (self._took(order[k - 1]) if k else 0)
        return time


def cost_of(statement: Statement, answer: Answer) -> int:
    """With MUST for everything that is left out and should not be."""
    must = {each.job_id for each in statement.jobs if each.refusal is None}
    return answer.cost.total + MUST * sum(each.job_id in must for each in answer.left_out)


def steps_of(answer: Answer, vehicle_id: str) -> list[Step]:
    """What a vehicle does, in its order."""
    return [each.step for tour in answer.tours if tour.vehicle_id == vehicle_id for each in tour.visits]

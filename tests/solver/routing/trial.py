"""Statements judged in plain Python: what an answer must keep, and the least cost by trying everything.

Shares no code with the kernels, nor with what makes alternatives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from solver.routing.answering import Answer, Cost, Rested, Taken, Tour
from solver.routing.stating import Break, Job, Statement, Step, Stop, Vehicle, Way

MUST = 10**12
"""What is to be done and is not, in the costs here; no case comes near."""


@dataclass(frozen=True)
class Act:
    """What a route is made of: a visit of a job, or a break (without a stop)."""

    stop: Stop | None
    load: tuple[int, ...] = ()
    job_id: str = ""
    is_pickup: bool = False
    way: Way | None = None
    rest: Break | None = None


@dataclass(frozen=True)
class At:
    """Where a route is."""

    time: int
    node: int
    place: int | None
    load: tuple[int, ...]


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


def leg(statement: Statement, vehicle: Vehicle, at: At, to: Stop) -> tuple[int, int] | None:
    """Seconds with set-up, and metres; None if there is no way."""
    if at.place == place_of(to):
        return 0, 0
    seconds = int(statement.seconds[vehicle.profile, at.node, to.node])
    metres = int(statement.metres[vehicle.profile, at.node, to.node])
    return None if seconds < 0 or metres < 0 else (seconds + to.setup, metres)


def way_home(statement: Statement, vehicle: Vehicle, at: At) -> tuple[int, int] | None:
    if vehicle.end is None:
        return 0, 0
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
    begun = {each.step.job_id for v in statement.vehicles for each in v.begun if not each.step.is_pickup}
    assert set(taken) | left | begun == set(jobs)
    assert not set(taken) & left
    tours = {each.vehicle_id: each for each in answer.tours}
    total = sum((_carried_out(statement, vehicles[v], tour, jobs, taken) for v, tour in tours.items()), Cost())
    for vehicle in statement.vehicles:
        steps = [each.step for each in tours[vehicle.vehicle_id].visits] if vehicle.vehicle_id in tours else []
        assert [each.step for each in vehicle.begun] == steps[: len(vehicle.begun)]
    for each in answer.taken:
        job, vehicle = jobs[each.job_id], vehicles[each.vehicle_id]
        has_begun = each.job_id in {*_on_board(vehicle), *(done.step.job_id for done in vehicle.begun)}
        assert has_begun or may(job, job.ways[each.way], vehicle)
        is_moved = job.home not in (None, each.vehicle_id) and not has_begun
        total += Cost(ways=job.ways[each.way].extra_cost, disturbance=job.disturbance if is_moved else 0)
    total += Cost(
        ways=sum(
            jobs[each.step.job_id].ways[each.step.way].extra_cost
            for v in statement.vehicles
            for each in v.begun
            if not each.step.is_pickup
        )
    )
    total += Cost(refusal=sum(jobs[each].refusal or 0 for each in left))
    assert answer.cost == total
    assert sum(each.lateness for each in answer.taken) <= answer.cost.lateness


def _on_board(vehicle: Vehicle) -> dict[str, int]:
    """By job: since when."""
    return {each.job_id: each.since for each in vehicle.on_board}


def _carried_out(
    statement: Statement, vehicle: Vehicle, tour: Tour, jobs: dict[str, Job], taken: dict[str, Taken]
) -> Cost:
    load: tuple[int, ...] = ()
    picked = dict[str, int](_on_board(vehicle))
    for each in vehicle.on_board:
        load = added(load, jobs[each.job_id].ways[each.way].load, 1)
    at = At(vehicle.shift_start, vehicle.start, None, load)
    rests, seconds, metres, late = list(tour.breaks), 0, 0, 0
    done = list[tuple[int, int, int]]()  # of each act: the way to it, its latest start, how long it takes
    for n, visited in enumerate(tour.visits):
        job, way = jobs[visited.step.job_id], jobs[visited.step.job_id].ways[visited.step.way]
        stop = way.pickup if visited.step.is_pickup and way.pickup else way.delivery
        while rests and rests[0].start < visited.start:
            done.append((0, _stated(vehicle, tour, rests[0]).latest, rests[0].end - rests[0].start))
            at = _rested(vehicle, tour, at, rests.pop(0))
        found = leg(statement, vehicle, at, stop)
        assert found is not None
        is_fact = n < len(vehicle.begun)
        assert is_fact or visited.start >= max(at.time, statement.now) + found[0]
        service = service_of(stop, vehicle)
        latest = visited.start if is_fact else _latest(taken[job.job_id], visited.step)
        done.append((found[0], latest, service))
        # Where waiting is paid, a later step of the ladder may be what leaving late needs.
        late_cost = lateness(stop, latest if vehicle.cost_wait else visited.start)
        assert is_fact or visited.start <= latest
        assert is_fact or late_cost is not None
        late += late_cost or 0
        assert visited.end == visited.start + service
        is_pair = way.pickup is not None
        if visited.step.is_pickup:
            picked[job.job_id] = visited.end
        elif is_pair:
            assert job.job_id in picked
            assert way.max_on_board is None or visited.start - picked[job.job_id] <= way.max_on_board
        at = At(
            visited.end,
            stop.node,
            place_of(stop),
            added(at.load, way.load, -1 if is_pair and not visited.step.is_pickup else 1),
        )
        assert is_fact or fits(at.load, vehicle)
        seconds, metres = seconds + found[0] + service, metres + found[1]
    for rest in rests:
        done.append((0, _stated(vehicle, tour, rest).latest, rest.end - rest.start))
        at = _rested(vehicle, tour, at, rest)
    home = way_home(statement, vehicle, at)
    assert home is not None
    assert at.time + home[0] == tour.end <= vehicle.shift_end
    regular = vehicle.shift_end if vehicle.regular_end is None else vehicle.regular_end
    cost = Cost(
        distance=(metres + home[1]) * vehicle.cost_m,
        time=(seconds + home[0]) * vehicle.cost_s,
        waiting=_waiting(done, at.time) * vehicle.cost_wait,
        use=vehicle.cost_use,
        overtime=max(0, tour.end - regular) * vehicle.cost_overtime,
    )
    assert tour.cost == cost
    return cost + Cost(lateness=late)


def _latest(taken: Taken, step: Step) -> int:
    if not step.is_pickup:
        return taken.delivery_latest
    assert taken.pickup_latest is not None
    return taken.pickup_latest


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
    return At(rest.end, at.node, None, at.load)


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
        self.aboard = {each.job_id: each for each in vehicle.on_board}
        self.acts = list[Act]()
        self.load: tuple[int, ...] = ()
        for job_id, n in way_by_job.items():
            way = jobs[job_id].ways[n]
            if job_id in self.aboard:
                self.load = added(self.load, way.load, 1)
            elif way.pickup is not None:
                self.acts.append(Act(way.pickup, way.load, job_id, True, way))
            sign = 1 if way.pickup is None else -1
            self.acts.append(Act(way.delivery, added((), way.load, sign), job_id, False, way))
        if self.acts:
            self.acts += [Act(None, rest=each) for each in sorted(vehicle.breaks, key=lambda b: b.earliest)]
        self.best: int | None = None

    def least(self) -> int | None:
        if not self.acts:
            return 0
        start = max(self.vehicle.shift_start, self.statement.now) if self.aboard else self.vehicle.shift_start
        self._go(At(start, self.vehicle.start, None, self.load), [], [], 0)
        return self.best

    def _go(self, at: At, order: list[Act], times: list[tuple[int, int]], cost: int) -> None:
        """`times`: of each act so far its least start, and its latest."""
        if len(order) == len(self.acts):
            self._end(at, order, times, cost)
            return
        seen = {each.job_id for each in order if each.is_pickup} | set(self.aboard)
        rests = [each for each in self.acts if each.rest and each not in order]
        for act in self.acts:
            if act in order or (act.rest and act is not rests[0]):
                continue
            if act.stop and not act.is_pickup and act.way and act.way.pickup and act.job_id not in seen:
                continue
            self._do(act, at, order, times, cost)

    def _do(self, act: Act, at: At, order: list[Act], times: list[tuple[int, int]], cost: int) -> None:
        if act.rest:
            start = max(at.time, self.statement.now, act.rest.earliest)
            if start <= act.rest.latest:
                bounds = [*times, (act.rest.earliest, act.rest.latest)]
                self._go(At(start + act.rest.duration, at.node, None, at.load), [*order, act], bounds, cost)
            return
        assert act.stop is not None
        found = leg(self.statement, self.vehicle, at, act.stop)
        load = added(at.load, act.load, 1)
        if found is None or not fits(load, self.vehicle):
            return
        service = service_of(act.stop, self.vehicle)
        arrival = max(at.time, self.statement.now) + found[0]
        price = found[1] * self.vehicle.cost_m + (found[0] + service) * self.vehicle.cost_s
        for window in act.stop.windows:
            for late, extra in ((0, 0), *((step.seconds, step.cost) for step in act.stop.ladder)):
                start = max(arrival, window.earliest)
                if start <= window.latest + late:
                    there = At(start + service, act.stop.node, place_of(act.stop), load)
                    bounds = [*times, (window.earliest, window.latest + late)]
                    self._go(there, [*order, act], bounds, cost + price + extra)

    def _end(self, at: At, order: list[Act], times: list[tuple[int, int]], cost: int) -> None:
        home = way_home(self.statement, self.vehicle, at)
        starts = self._starts(order, times)
        if home is None or starts is None:
            return
        last = order[-1]
        took = last.rest.duration if last.rest else service_of(last.stop or Stop(0), self.vehicle)
        end = starts[-1] + took + home[0]
        span = end - self._leaving(order, times, end - home[0] - took)
        if end > self.vehicle.shift_end or (self.vehicle.max_span is not None and span > self.vehicle.max_span):
            return
        regular = self.vehicle.shift_end if self.vehicle.regular_end is None else self.vehicle.regular_end
        cost += home[1] * self.vehicle.cost_m + home[0] * self.vehicle.cost_s + self.vehicle.cost_use
        cost += max(0, end - regular) * self.vehicle.cost_overtime
        work = sum(self._legs(order)) + sum(map(self._took, order)) + home[0]
        cost += (span - work) * self.vehicle.cost_wait
        if self.best is None or cost < self.best:
            self.best = cost

    def _legs(self, order: list[Act]) -> list[int]:
        at, legs = At(0, self.vehicle.start, None, ()), list[int]()
        for act in order:
            found = leg(self.statement, self.vehicle, at, act.stop) if act.stop else (0, 0)
            assert found is not None
            legs.append(found[0])
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
                starts.append(max(max(time, self.statement.now) + way, low))
                time = starts[-1] + self._took(act)
            if any(start > high for start, (_, high) in zip(starts, times, strict=True)):
                return None
            raised = False
            for k, act in enumerate(order):
                bound = act.way.max_on_board if act.way and act.way.pickup and not act.is_pickup else None
                if bound is None:
                    continue
                if act.job_id in self.aboard:
                    if starts[k] - self.aboard[act.job_id].since > bound:
                        return None
                    continue
                p = next(n for n, each in enumerate(order) if each.is_pickup and each.job_id == act.job_id)
                wanted = starts[k] - bound - self._took(order[p])
                if starts[p] < wanted:
                    least[p], raised = wanted, True
            if not raised:
                return starts

    def _leaving(self, order: list[Act], times: list[tuple[int, int]], last: int) -> int:
        """When it leaves the start if that is as late as it can, with the last act beginning then."""
        legs, time = self._legs(order), last
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

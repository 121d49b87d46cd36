"""Servanda's own search on the instances that its peers are given."""

from collections.abc import Callable, Iterator
from time import perf_counter

from benchmarks.routing.engines import OWN
from benchmarks.routing.instance import ENDLESS, RoutingInstance, VehicleType
from benchmarks.routing.protocol import Route, Solution
from solver.kernels.warm_up import warm_up
from solver.routing.answering import Answer, Tour
from solver.routing.budget import Until
from solver.routing.solving import solve
from solver.routing.stating import Job, Statement, Stop, Vehicle, Way, Window

_RESERVE_S = 0.02
"""Time to write the routes down."""

_SEPARATOR = "-"


class Servanda:
    """The search of `solver.routing`. Making one compiles its kernels, or loads them."""

    def __init__(self) -> None:
        warm_up()

    @property
    def name(self) -> str:
        return OWN

    def supports(self, instance: RoutingInstance) -> str | None:
        if instance.pickups and instance.loads[list(instance.singles)].any():
            return "pairs and single visits with a load in one instance"
        return None

    def solve(
        self, instance: RoutingInstance, *, seconds: float, seed: int, watch: Callable[[int], None] = lambda _: None
    ) -> Solution:
        """See the protocol; `watch` is told the best cost after every slice: the instance's, if nothing is left out."""
        start = perf_counter()
        budget = Until(perf_counter, start, start + seconds - _RESERVE_S)
        return written(instance, solve(statement_of(instance), seed=seed, budget=budget, watch=watch))


def statement_of(instance: RoutingInstance) -> Statement:
    """The instance in the words of the front end; ids are numbers of nodes and of vehicles of a type."""
    return _Statement(instance).result()


class _Statement:
    def __init__(self, instance: RoutingInstance) -> None:
        self.instance = instance
        self.brings = _brings(instance)
        self.num_jobs = len(instance.pickups) + len(instance.singles)
        self.ids_by_type = [
            tuple(f"{t:05d}{_SEPARATOR}{n:05d}" for n in range(min(each.number, self.num_jobs)))
            for t, each in enumerate(instance.vehicle_types)
        ]
        self.allowed = dict[tuple[int, ...], frozenset[str] | None]()

    def result(self) -> Statement:
        it = self.instance
        pairs = [self._pair(n, *nodes) for n, nodes in enumerate(zip(it.pickups, it.deliveries, strict=True))]
        singles = [self._single(n, node) for n, node in enumerate(it.singles, start=len(pairs))]
        return Statement(
            vehicles=tuple(self._vehicles()),
            jobs=tuple(pairs + singles),
            seconds=it.duration[None],
            metres=it.distance[None],
        )

    # -- who

    def _vehicles(self) -> Iterator[Vehicle]:
        """Depots have windows too: for leaving, and for being back."""
        opens, closes = self.instance.earliest.tolist(), self.instance.latest.tolist()
        for ids, each in zip(self.ids_by_type, self.instance.vehicle_types, strict=True):
            start = max(each.earliest, opens[each.start])
            end = each.latest if each.end is None else min(each.latest, closes[each.end])
            for vehicle_id in ids:
                yield Vehicle(
                    vehicle_id=vehicle_id,
                    start=each.start,
                    end=each.end,
                    shift_start=start,
                    shift_end=max(start, end),
                    capacity=(*each.capacity, *each.parts),
                    cost_m=each.cost_per_distance,
                    cost_s=each.cost_per_duration,
                    cost_wait=each.cost_per_duration,
                    cost_use=each.fixed_cost,
                    max_span=each.max_duration if each.max_duration < ENDLESS else None,
                )

    def _of_types(self, types: list[int]) -> frozenset[str] | None:
        """The vehicles of these types; None: all there are."""
        key = tuple(types)
        if key not in self.allowed:
            ids = frozenset(each for t in types for each in self.ids_by_type[t])
            self.allowed[key] = None if len(types) == len(self.ids_by_type) else ids
        return self.allowed[key]

    def _that_serve(self, *nodes: int) -> list[int]:
        types = self.instance.vehicle_types
        return [t for t, each in enumerate(types) if all(each.serves[node] for node in nodes)]

    # -- what

    def _job(self, n: int, nodes: tuple[int, ...], ways: list[Way]) -> Job:
        it = self.instance
        refusal = None if it.required[nodes[-1]] else int(it.prize[nodes[-1]])
        return Job(f"{n:06d}", tuple(ways), self._of_types(self._that_serve(*nodes)), refusal)

    def _stop(self, node: int) -> Stop:
        it = self.instance
        window = Window(int(it.earliest[node]), int(it.latest[node]))
        return Stop(node, windows=(window,), service=int(it.service[node]))

    def _at_depot(self, depot: int, release: int) -> Stop:
        it = self.instance
        window = Window(max(int(it.earliest[depot]), release), int(it.latest[depot]))
        return Stop(depot, windows=(window,), is_hub=True)

    def _pair(self, n: int, pickup: int, delivery: int) -> Job:
        load = tuple(self.instance.loads[pickup].tolist())
        return self._job(n, (pickup, delivery), [Way(self._stop(delivery), self._stop(pickup), load)])

    def _single(self, n: int, node: int) -> Job:
        return self._job(n, (node,), [*self._from_stock(node), *self._from_depots(node)])

    def _from_stock(self, node: int) -> Iterator[Way]:
        """By who has it all from the start: what is on board then and what is gone by the end are the same sum."""
        it = self.instance
        if self.brings and (it.release[node] or not _is_technical(it)):
            return
        load = (*(-it.loads[node]).tolist(), *it.parts[node].tolist())
        types = [t for t, each in enumerate(it.vehicle_types) if not int(it.tools[node]) & ~each.tools]
        yield Way(self._stop(node), load=load, vehicles=self._of_types(types))

    def _from_depots(self, node: int) -> Iterator[Way]:
        """By who comes by a depot before: goods are on board from there, tools and parts are had there for good."""
        it = self.instance
        if not self.brings:
            return
        has_needs = bool(it.tools[node] or it.parts[node].any() or it.release[node])
        if _is_technical(it) and not has_needs:
            return
        for depot in it.depots:
            types = [t for t, each in enumerate(it.vehicle_types) if depot in _loads_at(it, each)]
            if types:
                pickup = self._at_depot(depot, int(it.release[node]))
                load = tuple((-it.loads[node]).tolist())
                yield Way(self._stop(node), pickup, load, vehicles=self._of_types(types))


def _is_technical(instance: RoutingInstance) -> bool:
    return bool(instance.tools.any() or instance.parts.any())


def _brings(instance: RoutingInstance) -> bool:
    """Whether trips bring goods from a depot that a vehicle may come back to, or that are not there from the start."""
    return any(t.reload_depots for t in instance.vehicle_types) or bool(instance.release.any())


def _loads_at(instance: RoutingInstance, each: VehicleType) -> tuple[int, ...]:
    """Tools and parts are had from a depot on the way only, goods where the vehicle starts as well."""
    return each.reload_depots if _is_technical(instance) else (each.start, *each.reload_depots)


def written(instance: RoutingInstance, answer: Answer) -> Solution:
    """Routes as sequences of nodes; pickups at a depot are one visit there, and no visit where the first trip begins.

    To have tools and parts from the depot that it starts at, a vehicle has to visit it.
    """
    return Solution(tuple(_route(instance, tour) for tour in answer.tours))


def _route(instance: RoutingInstance, tour: Tour) -> Route:
    type_idx, depots, nodes = int(tour.vehicle_id.split(_SEPARATOR)[0]), set(instance.depots), list[int]()
    start = -1 if _is_technical(instance) else instance.vehicle_types[type_idx].start
    for visited in tour.visits:
        if visited.node not in depots or visited.node != (nodes[-1] if nodes else start):
            nodes.append(visited.node)
    return Route(type_idx, tuple(nodes))

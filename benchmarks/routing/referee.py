"""The independent checker of benchmark solutions: plain Python, nothing shared with any engine.

Contracts and their plans have a checker of their own (`solver.check`); it needs streets and clock
times. Public instances have neither, so this is the one that says "feasible" of them. It believes
nothing but the order of the visits: loads, times and costs are computed here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from benchmarks.routing.instance import RoutingInstance, VehicleType
from benchmarks.routing.protocol import Route, Solution


class Rule(StrEnum):
    """What a solution may break."""

    NODE = "NODE"
    """A node or a vehicle type that the instance does not have."""
    FLEET = "FLEET"
    """More vehicles of a type than there are."""
    SERVED_ONCE = "SERVED_ONCE"
    """A required visit is missing, or any visit stands there twice."""
    COMPATIBILITY = "COMPATIBILITY"
    """A vehicle visits a node that it must not: site, or skill."""
    PAIRING = "PAIRING"
    """Pickup and delivery in two routes, or one of them nowhere."""
    PRECEDENCE = "PRECEDENCE"
    """A delivery before its pickup."""
    CAPACITY = "CAPACITY"
    WINDOW = "WINDOW"
    """A service that begins too late."""
    SHIFT = "SHIFT"
    """A vehicle that leaves or is back too late."""
    DURATION = "DURATION"
    RELOADS = "RELOADS"
    """A depot on the way that the vehicle may not visit, or not so often."""
    TOOLS = "TOOLS"
    PARTS = "PARTS"


@dataclass(frozen=True, slots=True)
class Breach:
    rule: Rule
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a solution is worth.

    Parameters
    ----------
    cost
        In integer units of the instance; None if it breaks a rule.
    num_vehicles
        That visit anything.
    """

    cost: int | None
    num_vehicles: int
    breaches: tuple[Breach, ...]

    @property
    def feasible(self) -> bool:
        return not self.breaches


def judge(instance: RoutingInstance, solution: Solution) -> Verdict:
    """Check every rule, and compute the cost if none is broken."""
    if breaches := tuple(_strangers(instance, solution)):
        return Verdict(None, len(solution.routes), breaches)
    used = [route for route in solution.routes if route.visits]
    breaches = (*_fleet(instance, used), *_coverage(instance, used))
    for route_idx, route in enumerate(used):
        breaches += tuple(_RouteCheck(instance, route, route_idx).breaches())
    cost = None if breaches else _cost(instance, used)
    return Verdict(cost, len(used), breaches)


def _strangers(instance: RoutingInstance, solution: Solution) -> Iterator[Breach]:
    for route in solution.routes:
        if not 0 <= route.type_idx < len(instance.vehicle_types):
            yield Breach(Rule.NODE, f"vehicle type ({route.type_idx}) must be < {len(instance.vehicle_types)}")
        for node in route.visits:
            if not 0 <= node < instance.num_nodes:
                yield Breach(Rule.NODE, f"node ({node}) must be < {instance.num_nodes}")


def _fleet(instance: RoutingInstance, routes: Sequence[Route]) -> Iterator[Breach]:
    for type_idx, used in sorted(Counter(route.type_idx for route in routes).items()):
        number = instance.vehicle_types[type_idx].number
        if used > number:
            yield Breach(Rule.FLEET, f"vehicles of type {type_idx} ({used}) must be <= {number}")


def _coverage(instance: RoutingInstance, routes: Sequence[Route]) -> Iterator[Breach]:
    """Every visit once; a pair whole and in order."""
    times = Counter(node for route in routes for node in route.visits)
    for node in instance.visits:
        least, allowed = (1, "1") if instance.required[node] else (0, "0 or 1")
        if not least <= times[node] <= 1:
            yield Breach(Rule.SERVED_ONCE, f"visits of node {node} ({times[node]}) must be {allowed}")
    places = {
        node: (route_idx, position)
        for route_idx, route in enumerate(routes)
        for position, node in enumerate(route.visits)
    }
    for pickup, delivery in zip(instance.pickups, instance.deliveries, strict=True):
        first, second = places.get(pickup), places.get(delivery)
        if first is None and second is None:
            continue
        if first is None or second is None or first[0] != second[0]:
            yield Breach(Rule.PAIRING, f"pickup {pickup} and delivery {delivery} must be in the same route")
        elif first[1] > second[1]:
            yield Breach(Rule.PRECEDENCE, f"pickup {pickup} must come before delivery {delivery}")


@dataclass(frozen=True, slots=True)
class _RouteCheck:
    """The rules of one route."""

    instance: RoutingInstance
    route: Route
    route_idx: int

    @property
    def vehicle(self) -> VehicleType:
        return self.instance.vehicle_types[self.route.type_idx]

    def breaches(self) -> Iterator[Breach]:
        yield from self._compatibility()
        yield from self._reloads()
        yield from self._loads()
        yield from self._belongings()
        yield from self._times()

    def _breach(self, rule: Rule, message: str) -> Breach:
        return Breach(rule, f"route {self.route_idx}: {message}")

    def _compatibility(self) -> Iterator[Breach]:
        for node in self.route.visits:
            if not self.vehicle.serves[node]:
                message = f"node {node} must be one that vehicle type {self.route.type_idx} serves"
                yield self._breach(Rule.COMPATIBILITY, message)

    def _reloads(self) -> Iterator[Breach]:
        stops = [node for node in self.route.visits if node in self.instance.depots]
        if len(stops) > self.vehicle.max_reloads:
            message = f"depots on the way ({len(stops)}) must be <= {self.vehicle.max_reloads}"
            yield self._breach(Rule.RELOADS, message)
        for depot in stops:
            if depot not in self.vehicle.reload_depots:
                yield self._breach(Rule.RELOADS, f"depot {depot} must be one that this vehicle may visit on the way")

    def _trips(self) -> list[list[int]]:
        """The visits between depots."""
        trips = [list[int]()]
        for node in self.route.visits:
            if node in self.instance.depots:
                trips.append([])
            else:
                trips[-1].append(node)
        return trips

    def _loads(self) -> Iterator[Breach]:
        """What is brought from the depot is on board from its trip's start; pairs may stay on board over a reload."""
        singles = set(self.instance.singles)
        for dimension, capacity in enumerate(self.vehicle.capacity):
            changes = self.instance.loads[:, dimension].tolist()
            paired = 0
            for trip in self._trips():
                fetched = -sum(changes[node] for node in trip if node in singles)
                most = paired + fetched
                for node in trip:
                    fetched, paired = (
                        (fetched + changes[node], paired) if node in singles else (fetched, paired + changes[node])
                    )
                    most = max(most, fetched + paired)
                if most > capacity:
                    yield self._breach(Rule.CAPACITY, f"load {dimension} ({most}) must be <= {capacity}")

    def _belongings(self) -> Iterator[Breach]:
        """Tools stay, parts are used up, and after a depot there is no lack of either."""
        left = list(self.vehicle.parts)
        for node in self._trips()[0]:
            if missing := int(self.instance.tools[node]) & ~self.vehicle.tools:
                yield self._breach(Rule.TOOLS, f"tools at node {node} ({missing:b}) must be on board or from a depot")
            for kind, used in enumerate(self.instance.parts[node].tolist()):
                left[kind] -= used
                if used and left[kind] < 0:
                    message = f"spare parts {kind} used up to node {node} must be <= {self.vehicle.parts[kind]}"
                    yield self._breach(Rule.PARTS, message)

    def _times(self) -> Iterator[Breach]:
        """The duration is looked at only where the times can be kept at all."""
        late = list(self._late())
        yield from late
        duration = _shortest_duration(self.instance, self.route)
        if duration > self.vehicle.max_duration and not late:
            yield self._breach(Rule.DURATION, f"duration ({duration}) must be <= {self.vehicle.max_duration}")

    def _late(self) -> Iterator[Breach]:
        begins = _earliest_begins(self.instance, self.route)
        for node, begin in zip(self.route.visits, begins[1:], strict=False):
            if begin > int(self.instance.latest[node]):
                message = f"service at node {node} ({begin}) must begin <= {int(self.instance.latest[node])}"
                yield self._breach(Rule.WINDOW, message)
        for what, begin, latest in zip(("leaving", "being back"), (begins[0], begins[-1]), self._ends(), strict=True):
            if begin > latest:
                yield self._breach(Rule.SHIFT, f"{what} ({begin}) must be <= {latest}")

    def _ends(self) -> tuple[int, int]:
        """The latest leaving and being back."""
        return _latest_leaving(self.instance, self.vehicle), _latest_return(self.instance, self.vehicle)


def _latest_leaving(instance: RoutingInstance, vehicle: VehicleType) -> int:
    return min(vehicle.latest, int(instance.latest[vehicle.start]))


def _latest_return(instance: RoutingInstance, vehicle: VehicleType) -> int:
    return vehicle.latest if vehicle.end is None else min(vehicle.latest, int(instance.latest[vehicle.end]))


def _stops(instance: RoutingInstance, route: Route) -> list[int]:
    """Start, visits and, where it is fixed, the end."""
    vehicle = instance.vehicle_types[route.type_idx]
    return [vehicle.start, *route.visits, *([] if vehicle.end is None else [vehicle.end])]


def _leg(instance: RoutingInstance, frm: int, to: int) -> int:
    """Service at one stop and the way to the next; leaving a depot takes no service."""
    service = 0 if frm in instance.depots else int(instance.service[frm])
    return service + int(instance.duration[frm, to])


def _releases(instance: RoutingInstance, route: Route) -> list[int]:
    """By trip: when all that it brings is there."""
    releases = [0]
    for node in route.visits:
        if node in instance.depots:
            releases.append(0)
        else:
            releases[-1] = max(releases[-1], int(instance.release[node]))
    return releases


def _earliest_begins(instance: RoutingInstance, route: Route) -> list[int]:
    """When service begins at each stop, each as early as can be; at depots, when it leaves.

    With an open end the last entry is when the last service ends.
    """
    vehicle = instance.vehicle_types[route.type_idx]
    releases = iter(_releases(instance, route))
    stops = _stops(instance, route)
    begins = [max(vehicle.earliest, int(instance.earliest[vehicle.start]), next(releases))]
    for frm, to in pairwise(stops):
        begin = max(begins[-1] + _leg(instance, frm, to), int(instance.earliest[to]))
        is_reload = to in instance.depots and len(begins) <= len(route.visits)
        begins.append(max(begin, next(releases)) if is_reload else begin)
    if vehicle.end is None:
        begins.append(begins[-1] + int(instance.service[stops[-1]]))
    return begins


def _shortest_duration(instance: RoutingInstance, route: Route) -> int:
    """From leaving to being back, if it leaves as late as it can without being back later."""
    vehicle = instance.vehicle_types[route.type_idx]
    stops = _stops(instance, route)
    back = _earliest_begins(instance, route)[-1]
    late = back - (int(instance.service[stops[-1]]) if vehicle.end is None else 0)
    for frm, to in reversed(list(pairwise(stops))):
        late = min(late - _leg(instance, frm, to), int(instance.latest[frm]))
    return back - min(late, _latest_leaving(instance, vehicle))


def _cost(instance: RoutingInstance, routes: Sequence[Route]) -> int:
    """Vehicles, distance, duration, and the prizes of what is left out."""
    cost = 0
    for route in routes:
        vehicle = instance.vehicle_types[route.type_idx]
        stops = _stops(instance, route)
        distance = sum(int(instance.distance[frm, to]) for frm, to in pairwise(stops))
        cost += vehicle.fixed_cost + vehicle.cost_per_distance * distance
        if vehicle.cost_per_duration:
            cost += vehicle.cost_per_duration * _shortest_duration(instance, route)
    visited = {node for route in routes for node in route.visits}
    return cost + sum(int(instance.prize[node]) for node in instance.visits if node not in visited)

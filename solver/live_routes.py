"""The routes in force as arrays that quotes try insertions on."""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from models.issues import Issue, IssueCode, SolveError
from models.place import Place
from models.plan import Cost, PlacedBreak, Route, Visit, VisitKind
from models.resource import Break
from models.timing import seconds_of
from solver.instance import Instance
from solver.kernels.arrays import COST_UNITS, FIRST_BREAK, I64, NEVER, NO_VISIT, OPEN_END, U8, Request, Routes, Visits
from solver.kernels.breaks import settle
from solver.kernels.insertion import NUM_DETOURS, scan
from solver.kernels.schedule import (
    count_started,
    insert_pair,
    insert_visit,
    is_idle,
    last_started,
    overtime_seconds,
    relink,
    remove_visit,
    route_cost,
    route_totals,
)

ItemKey = tuple[str, str]
"""(contract_id, item_id)"""

_SPARE_POSITIONS = 4


class Stop(NamedTuple):
    """One visit of an item: what happens there, where, and whether the customer is met."""

    kind: VisitKind
    place: Place
    at_customer: bool


@dataclass(frozen=True, slots=True)
class RoutedWork:
    """One item on one vehicle, and its one or two visits in their order."""

    key: ItemKey
    request: Request
    stops: tuple[Stop, ...]


class Scan(NamedTuple):
    """Result of a scan, each [R]: cost in COST_UNITS (NEVER: impossible), positions, and why not."""

    cost: I64
    pickup_after: I64
    delivery_after: I64
    reason: I64


class SavedRow(NamedTuple):
    """A route as it was, to undo a trial."""

    length: int
    row: tuple[I64, ...]


class LiveRoutes:
    """Every vehicle's route, changed in place; each change can be undone."""

    def __init__(self, instance: Instance, *, num_visits: int = 256, num_positions: int = 32) -> None:
        self.instance = instance
        self.versions = [0] * len(instance.vehicles)
        self.work_by_visit: dict[int, tuple[RoutedWork, Stop]] = {}
        self._visits_by_key: dict[ItemKey, tuple[int, ...]] = {}
        self._free = list(range(num_visits - 1, -1, -1))
        self._visits = _empty_visits(num_visits, instance.num_load_dimensions)
        self._routes = _empty_routes(len(instance.vehicles), num_positions, instance.num_load_dimensions)
        self._breaks = [self._register_breaks(r) for r in range(len(instance.vehicles))]
        for r in range(len(instance.vehicles)):
            self._lay_idle(r)

    def copy(self, instance: Instance) -> "LiveRoutes":
        """The same routes of the same people, on arrays of their own; other shifts leave other slack."""
        copied = copy(self)
        copied.instance = instance
        copied.versions, copied._free = list(self.versions), list(self._free)
        copied.work_by_visit, copied._visits_by_key = dict(self.work_by_visit), dict(self._visits_by_key)
        copied._visits = Visits._make([array.copy() for array in self._visits])
        copied._routes = Routes._make([array.copy() for array in self._routes])
        for r in range(len(instance.vehicles)) if instance.fleet is not self.instance.fleet else ():
            copied._relink(r)
        return copied

    def __contains__(self, key: ItemKey) -> bool:
        return key in self._visits_by_key

    def scan(self, request: Request, *, eligible: U8, now: int, behind: int = 0) -> Scan:
        """The cheapest insertion into the route of every eligible vehicle, behind a position of it."""
        result = Scan(*(np.full(len(self.versions), value, dtype=np.int64) for value in (NEVER, -1, -1, 0)))
        travel, fleet, visits, routes = self.instance.travel, self.instance.fleet, self._visits, self._routes
        first, candidates = np.maximum(self.num_started(now=now), behind), np.flatnonzero(eligible)
        detours = np.empty((routes.visit.shape[1], NUM_DETOURS), dtype=np.int64)
        scan(
            travel, fleet, visits, routes, request, candidates, len(candidates), first, now, NEVER, False, *result,
            detours,
        )  # fmt: skip
        return result

    def insert(self, work: RoutedWork, *, vehicle_idx: int, pickup_after: int, delivery_after: int, now: int) -> bool:
        """Put an item's visits into a route; False, with nothing to undo but the row, if it does not fit."""
        numbers = self.register(work)
        return self.put(
            numbers, vehicle_idx=vehicle_idx, pickup_after=pickup_after, delivery_after=delivery_after, now=now
        )

    def put(
        self, numbers: Sequence[int], *, vehicle_idx: int, pickup_after: int, delivery_after: int, now: int
    ) -> bool:
        """The same with visits that have numbers."""
        self._make_room(vehicle_idx)
        first = last_started(self._routes, vehicle_idx, now)
        if len(numbers) == 1:
            insert_visit(self._routes, vehicle_idx, delivery_after, numbers[0])
        else:
            insert_pair(self._routes, vehicle_idx, pickup_after, delivery_after, *numbers)
        return self._settle(vehicle_idx, now=now, first=first)

    def take_out(self, keys: Sequence[ItemKey], *, vehicle_idx: int, now: int) -> None:
        """Take the visits of items out of a route and close the gaps; undone by `restore`.

        All at once: with one gap closed, what stood behind it may be departed for at this very moment.

        Raises
        ------
        SolveError
            The vehicle has departed for one of them.
        """
        first = last_started(self._routes, vehicle_idx, now)
        for key in keys:
            if self.started(key, vehicle_idx=vehicle_idx, now=now):
                raise SolveError(_started(key))
        for visit in (visit for key in keys for visit in self._visits_by_key[key]):
            remove_visit(self._routes, vehicle_idx, visit)
        if self.is_idle(vehicle_idx):
            self._lay_idle(vehicle_idx)
        else:
            self._settle(vehicle_idx, now=now, first=first)

    def register(self, work: RoutedWork) -> tuple[int, ...]:
        """Give an item's visits numbers in the arrays; no route has them yet."""
        if len(self._free) < len(work.stops):
            self._grow_visits()
        numbers = tuple(self._free.pop() for _ in work.stops)
        request = work.request
        fields_and_loads = ((request[:6], request.load), (request[6:12], -request.load))
        for number, stop, (fields, load) in zip(numbers, work.stops, fields_and_loads[-len(numbers) :], strict=True):
            _set_visit(self._visits, number, fields, load)
            self.work_by_visit[number] = (work, stop)
        self._visits.pickup[numbers[-1]] = numbers[0]
        self._visits.bound[numbers[-1]] = request.max_on_board
        self._visits.apart[list(numbers)] = request.apart
        self._visits_by_key[work.key] = numbers
        return numbers

    def register_beside(self, work: RoutedWork) -> tuple[int, ...]:
        """Numbers for another way to do an item, beside those that it goes by. See `go_by`."""
        goes_by = self._visits_by_key[work.key]
        numbers = self.register(work)
        self._visits_by_key[work.key] = goes_by
        return numbers

    def go_by(self, key: ItemKey, numbers: tuple[int, ...]) -> None:
        """Let an item go by the numbers that its route has now, of those that were registered for it."""
        self._visits_by_key[key] = numbers

    def forget(self, key: ItemKey) -> None:
        """Give the item's visit numbers back; no route may hold them."""
        for visit in self._visits_by_key.pop(key):
            del self.work_by_visit[visit]
            self._free.append(visit)

    def save(self, vehicle_idx: int) -> SavedRow:
        row = tuple(array[vehicle_idx].copy() for array in self._routes[1:])
        return SavedRow(int(self._routes.length[vehicle_idx]), row)

    def restore(self, vehicle_idx: int, saved: SavedRow) -> None:
        self._routes.length[vehicle_idx] = saved.length
        for array, row in zip(self._routes[1:], saved.row, strict=True):
            array[vehicle_idx, : row.shape[0]] = row

    def started(self, key: ItemKey, *, vehicle_idx: int, now: int) -> bool:
        """Whether the vehicle has departed for the item's first visit."""
        first = last_started(self._routes, vehicle_idx, now)
        first_visit = self._visits_by_key[key][0]
        return bool(np.any(self._routes.visit[vehicle_idx, 1 : first + 1] == first_visit))

    def has_set_out_for_customer(self, key: ItemKey, *, vehicle_idx: int, now: int) -> bool:
        """Whether the vehicle has departed for the visit at which the item's customer is met."""
        return self.service_position(key, vehicle_idx=vehicle_idx) <= last_started(self._routes, vehicle_idx, now)

    def num_started(self, *, now: int) -> I64:
        """For every vehicle, the position of the last visit that it has departed for."""
        first = np.zeros(len(self.versions), dtype=np.int64)
        count_started(self._routes, now, first)
        return first

    def whereabouts(self, vehicle_idx: int, *, now: int) -> Place:
        """The place of the last visit that the vehicle has departed for; before the first, its start."""
        position = last_started(self._routes, vehicle_idx, now)
        while self._routes.place[vehicle_idx, position] <= FIRST_BREAK:
            position -= 1
        if position == 0:
            return self.instance.vehicles[vehicle_idx].start_place
        return self.work_by_visit[int(self._routes.visit[vehicle_idx, position])][1].place

    def service_start(self, key: ItemKey, *, vehicle_idx: int) -> int:
        """When the item's service at the customer starts."""
        return int(self._routes.start[vehicle_idx, self.service_position(key, vehicle_idx=vehicle_idx)])

    def service_position(self, key: ItemKey, *, vehicle_idx: int) -> int:
        """Where in the route the item's customer is met."""
        return self._position(self.at_customer(key), vehicle_idx)

    def at_customer(self, key: ItemKey) -> int:
        """The number of the visit in the arrays at which an item's customer is met."""
        return next(visit for visit in self._visits_by_key[key] if self.work_by_visit[visit][1].at_customer)

    def stop_position(self, key: ItemKey, *, vehicle_idx: int) -> int:
        """Where the stop begins at which the item's customer is met: visits in a row at one place are one stop."""
        visit = self.at_customer(key)
        place, sequence = self._visits.place, self._routes.visit[vehicle_idx]
        position = self._position(visit, vehicle_idx)
        while position > 1 and place[sequence[position - 1]] == place[visit]:
            position -= 1
        return position

    def work(self, key: ItemKey) -> RoutedWork | None:
        """An item's visits as they were put in; None if no route has them."""
        numbers = self._visits_by_key.get(key)
        return self.work_by_visit[numbers[0]][0] if numbers else None

    def keys_of(self, vehicle_idx: int) -> Iterator[ItemKey]:
        """Of every visit of a route its item; breaks have none."""
        for visit in self._routes.visit[vehicle_idx, 1 : self._routes.length[vehicle_idx] + 1]:
            if int(visit) in self.work_by_visit:
                yield self.work_by_visit[int(visit)][0].key

    def service_starts(self, vehicle_idx: int) -> Iterator[tuple[ItemKey, int]]:
        """Of every item of a route when its service at the customer starts."""
        length = self._routes.length[vehicle_idx]
        visits, starts = (
            array[vehicle_idx, 1 : length + 1].tolist() for array in (self._routes.visit, self._routes.start)
        )
        for visit, start in zip(visits, starts, strict=True):
            work_and_stop = self.work_by_visit.get(visit)
            if work_and_stop is not None and work_and_stop[1].at_customer:
                yield work_and_stop[0].key, start

    def visits_of(self, key: ItemKey) -> tuple[int, int]:
        """The numbers of an item's two visits in the arrays; the first is NO_VISIT if it has only one."""
        numbers = self._visits_by_key[key]
        return (NO_VISIT, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])

    def arrays(self, *, spare_positions: int = 0) -> tuple[Visits, Routes]:
        """The arrays themselves, with room for that many more visits in every route."""
        self._widen(int(self._routes.length.max(initial=0)) + spare_positions + _SPARE_POSITIONS)
        return self._visits, self._routes

    def replace(self, routes: Routes) -> None:
        """Take over other routes of the same visits."""
        self._routes = routes

    def metres(self, vehicle_idx: int) -> int:
        return int(route_totals(self._routes, self._visits, vehicle_idx)[0])

    def added_metres(self, request: Request, *, vehicle_idx: int, pickup_after: int, delivery_after: int) -> int:
        """By how much the route gets longer with a request behind these positions, which must be possible."""
        first, last = request[:2], request[6:8]
        if request.pickup_node == NO_VISIT:
            return self._detour(vehicle_idx, delivery_after, last)
        if delivery_after < self._behind_breaks(vehicle_idx, pickup_after):
            return self._detour(vehicle_idx, pickup_after, first, last)
        return self._detour(vehicle_idx, pickup_after, first) + self._detour(vehicle_idx, delivery_after, last)

    def _detour(self, r: int, k: int, *via: tuple[int, ...]) -> int:
        """Metres from position k to the next stop by these (node, place), less the way there now."""
        onward = self._behind_breaks(r, k)
        points = [self._point(r, k), *via, self._point(r, onward)]
        distance = self.instance.travel.distance[self.instance.fleet.profile[r]]
        metres = sum(
            int(distance[a_node, b_node])
            for (a_node, a_place), (b_node, b_place) in pairwise(points)
            if b_node != OPEN_END and a_place != b_place
        )
        return metres - (0 if self.is_idle(r) else int(self._routes.leg_m[r, onward]))

    def _point(self, r: int, k: int) -> tuple[int, int]:
        """Node and place of a position of a route."""
        return int(self._routes.node[r, k]), int(self._routes.place[r, k])

    def _behind_breaks(self, r: int, k: int) -> int:
        """The first position behind k that is no break."""
        onward = k + 1
        while self._routes.place[r, onward] <= FIRST_BREAK:
            onward += 1
        return onward

    def is_idle(self, vehicle_idx: int) -> bool:
        """Whether a vehicle has no visits."""
        return bool(is_idle(self._visits, self._routes, vehicle_idx))

    def work_s(self, vehicle_idx: int) -> int:
        """Seconds of travel, set-up and service."""
        return int(route_totals(self._routes, self._visits, vehicle_idx)[1])

    def latest_start(self, key: ItemKey, *, vehicle_idx: int) -> int:
        """When the item's first visit has to start at the latest, with the route as it is."""
        return int(self._routes.latest_start[vehicle_idx, self._position(self._visits_by_key[key][0], vehicle_idx)])

    def cost_units(self, vehicle_idx: int) -> int:
        return int(route_cost(self.instance.fleet, self._routes, self._visits, vehicle_idx))

    def cost(self, vehicle_idx: int) -> Cost:
        """What the route costs, rounded once per kind."""
        if self.is_idle(vehicle_idx):
            return Cost()
        metres, seconds = route_totals(self._routes, self._visits, vehicle_idx)
        fleet = self.instance.fleet
        overtime_s = overtime_seconds(fleet, self._visits, self._routes, vehicle_idx)
        return Cost(
            travel=_to_minor(int(metres) * int(fleet.cost_m[vehicle_idx])),
            labour=_to_minor(int(seconds) * int(fleet.cost_s[vehicle_idx])),
            use=_to_minor(int(fleet.cost_use[vehicle_idx])),
            overtime=_to_minor(int(overtime_s) * int(fleet.cost_overtime[vehicle_idx])),
        )

    def load_routes(self, routes: Sequence[Route], works: dict[ItemKey, RoutedWork]) -> None:
        """Take over published routes as they are, starts included; items may have moved between them.

        Raises
        ------
        SolveError
            A route has not the breaks of its vehicle: PLAN_INVALID.
        """
        indices = [self.instance.idx_by_vehicle_id[route.resource_id] for route in routes]
        for key in {key for r in indices for key in self.keys_of(r)}:
            self.forget(key)
        for r, route in zip(indices, routes, strict=True):
            self._load_route(r, route, works)

    def _load_route(self, r: int, route: Route, works: dict[ItemKey, RoutedWork]) -> None:
        self.versions[r] = route.version
        if not route.visits:
            self._lay_idle(r)
            return
        if len(route.breaks) != len(self._breaks[r]):
            raise SolveError(_breaks_missing(route, len(self._breaks[r])))
        breaks = list(zip(self._breaks[r], route.breaks, strict=True))
        steps: list[tuple[int, datetime]] = []
        for visit in route.visits:
            while breaks and breaks[0][1].start < visit.depart:
                number, placed = breaks.pop(0)
                steps.append((number, placed.start))
            steps.append((self._number_of(visit, works), visit.start))
        steps += [(number, placed.start) for number, placed in breaks]
        self.lay(r, [(number, self.instance.horizon.seconds(start)) for number, start in steps])

    def _number_of(self, visit: Visit, works: dict[ItemKey, RoutedWork]) -> int:
        key = (visit.contract_id, visit.item_id)
        numbers = self._visits_by_key.get(key) or self.register(works[key])
        return next(number for number in numbers if self.work_by_visit[number][1].kind is visit.kind)

    def _lay_idle(self, r: int) -> None:
        """Without visits, breaks are taken as early as they may start."""
        self.lay(r, [(number, int(self._visits.earliest[number])) for number in self._breaks[r]])

    def lay(self, r: int, steps: Sequence[tuple[int, int]]) -> None:
        """A route of these visits and breaks, each with its start."""
        self._make_room(r, num_visits=len(steps))
        self._routes.length[r] = len(steps)
        for k, (number, start) in enumerate(steps, start=1):
            self._routes.visit[r, k], self._routes.start[r, k] = number, start
        self._relink(r)

    def route(self, vehicle_idx: int, *, version: int) -> Route:
        """The route as it is in the arrays now."""
        metres, seconds = route_totals(self._routes, self._visits, vehicle_idx)
        positions = range(1, int(self._routes.length[vehicle_idx]) + 1)
        breaks = [k for k in positions if self._routes.place[vehicle_idx, k] <= FIRST_BREAK]
        return Route(
            resource_id=self.instance.vehicles[vehicle_idx].resource_id,
            version=version,
            visits=tuple(self._visit(vehicle_idx, k) for k in positions if k not in breaks),
            breaks=() if len(breaks) == len(positions) else tuple(self._break(vehicle_idx, k) for k in breaks),
            distance_m=int(metres),
            work_s=int(seconds),
        )

    def _break(self, r: int, k: int) -> PlacedBreak:
        start, instant = int(self._routes.start[r, k]), self.instance.horizon.instant
        return PlacedBreak(
            start=instant(start), end=instant(start + int(self._visits.service[self._routes.visit[r, k]]))
        )

    def _visit(self, r: int, k: int) -> Visit:
        routes, instant = self._routes, self.instance.horizon.instant
        visit = int(routes.visit[r, k])
        work, stop = self.work_by_visit[visit]
        start, leg = int(routes.start[r, k]), int(routes.leg_s[r, k])
        at_same_place = k > 1 and self._visits.place[routes.visit[r, k - 1]] == self._visits.place[visit]
        setup = 0 if at_same_place else int(self._visits.setup[visit])
        return Visit(
            contract_id=work.key[0],
            item_id=work.key[1],
            kind=stop.kind,
            place=stop.place,
            depart=instant(start - leg),
            arrival=instant(start - setup),
            start=instant(start),
            end=instant(start + int(self._visits.service[visit])),
        )

    def _position(self, visit: int, r: int) -> int:
        return 1 + int(np.flatnonzero(self._routes.visit[r, 1 : self._routes.length[r] + 1] == visit)[0])

    def _register_breaks(self, r: int) -> tuple[int, ...]:
        """The breaks of a vehicle's shift, as visits that are its own for good."""
        return tuple(self._register_break(each) for each in self.instance.vehicles[r].breaks)

    def _register_break(self, each: Break) -> int:
        if not self._free:
            self._grow_visits()
        number, horizon = self._free.pop(), self.instance.horizon
        window = (horizon.seconds_up(each.window.earliest), horizon.seconds(each.window.latest))
        no_load = np.zeros(self.instance.num_load_dimensions, dtype=np.int64)
        fields = (0, FIRST_BREAK - number, *window, seconds_of(each.duration), 0)
        _set_visit(self._visits, number, fields, no_load)
        return number

    def _settle(self, r: int, *, now: int, first: int) -> bool:
        instance = self.instance
        return bool(settle(instance.travel, instance.fleet, self._visits, self._routes, r, now, first))

    def _relink(self, r: int) -> None:
        instance = self.instance
        if not relink(instance.travel, instance.fleet, self._visits, self._routes, r):
            raise SolveError(_no_way(instance.vehicles[r].resource_id))

    def _make_room(self, r: int, num_visits: int = 0) -> None:
        self._widen(max(num_visits, int(self._routes.length[r])) + _SPARE_POSITIONS)

    def _widen(self, wanted: int) -> None:
        positions = self._routes.visit.shape[1]
        if wanted > positions:
            grown = _empty_routes(len(self.versions), 2 * wanted, self.instance.num_load_dimensions)
            grown.length[:] = self._routes.length
            for old, new in zip(self._routes[1:], grown[1:], strict=True):
                new[:, :positions] = old
            self._routes = grown

    def _grow_visits(self) -> None:
        size = self._visits.node.shape[0]
        grown = _empty_visits(2 * size, self.instance.num_load_dimensions)
        for old, new in zip(self._visits, grown, strict=True):
            new[:size] = old
        self._visits = grown
        self._free = list(range(2 * size - 1, size - 1, -1)) + self._free


def _set_visit(visits: Visits, idx: int, fields: tuple[int, ...], load: I64) -> None:
    """`Request` names a visit's six numbers in the order of `Visits`."""
    for array, value in zip(visits[:6], fields, strict=True):
        array[idx] = value
    visits.load[idx], visits.bound[idx], visits.apart[idx] = load, NEVER, 0


def _empty_visits(size: int, num_dims: int) -> Visits:
    columns = [np.zeros(size, dtype=np.int64) for _ in range(6)]
    load, never = np.zeros((size, num_dims), dtype=np.int64), np.full(size, NEVER, dtype=np.int64)
    pickup, apart = (np.zeros(size, dtype=np.int64) for _ in range(2))
    return Visits._make([*columns, load, pickup, never, apart])


def _empty_routes(num_vehicles: int, positions: int, num_dims: int) -> Routes:
    shape = (num_vehicles, positions)
    rows = [np.zeros(shape, dtype=np.int64) for _ in range(7)]
    load = np.zeros((*shape, num_dims), dtype=np.int64)
    return Routes._make([np.zeros(num_vehicles, dtype=np.int64), *rows, load])


def _to_minor(cost_units: int) -> int:
    return (2 * cost_units + COST_UNITS) // (2 * COST_UNITS)


def _started(key: ItemKey) -> Issue:
    return Issue(
        code=IssueCode.VISIT_STARTED,
        path="/".join(key),
        message="visits to remove (1) must not have started, its vehicle has departed (1)",
        hint="cancel before the vehicle departs",
    )


def _breaks_missing(route: Route, num_breaks: int) -> Issue:
    return Issue(
        code=IssueCode.PLAN_INVALID,
        path=f"routes[{route.resource_id}].breaks",
        message=f"placed breaks ({len(route.breaks)}) must be those of the shift ({num_breaks})",
        hint="the shift changed under a published route: replan it",
    )


def _no_way(resource_id: str) -> Issue:
    return Issue(
        code=IssueCode.PLAN_INVALID,
        path=f"routes[{resource_id}]",
        message="every leg must be reachable, found one that is not",
        hint="the road network changed under a published route: replan it",
    )

"""A plan beside everything it refers to, looked up once and shared by all rules.

Nothing here judges. What a plan names and the problem does not hold is None, so that every
rule can go on and the one rule about that reference reports it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from models.contract import Contract, Demand, ServiceItem
from models.order import Sku
from models.place import Place
from models.plan import Assignment, CapacityKind, CapacityUse, Plan, Route, Visit, VisitKind
from models.problem import Problem
from models.promise import Mode, Promise
from models.resource import Carrier, Site, Vehicle
from models.timing import seconds_of
from solver.check.hours import OpeningHours
from solver.check.ways import Leg, Ways, same_place

Key = tuple[str, str]
"""(contract_id, item_id)"""

Cell = tuple[str, datetime]
"""(owner_id, bucket_start)"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VEHICLE_MODES = (Mode.RIDER, Mode.VAN)


class Asked(NamedTuple):
    """An item of a contract, whether it is assigned or not."""

    key: Key
    contract: Contract
    item: ServiceItem
    promise: Promise | None
    demands: tuple[Demand, ...]

    @property
    def path(self) -> str:
        return f"contracts[{self.contract.contract_id}].items[{self.item.item_id}]"


class Placed(NamedTuple):
    """An assignment of an item that exists, with what it names; None where there is no such thing."""

    key: Key
    assignment: Assignment
    contract: Contract
    item: ServiceItem
    promise: Promise | None
    demands: tuple[Demand, ...]
    site: Site | None
    vehicle: Vehicle | None
    carrier: Carrier | None

    @property
    def path(self) -> str:
        return path_of(self.assignment)

    def uses(self, kind: CapacityKind) -> list[CapacityUse]:
        return [use for use in self.assignment.uses if use.kind is kind]

    @property
    def resource(self) -> Vehicle | Carrier | None:
        return self.vehicle or self.carrier


class Step(NamedTuple):
    """A visit of a route with the way to it, its set-up and its service as they must be.

    `leg` is None where no way leads or the vehicle does not exist; `service` is None if the
    item or its site does not exist. All durations are whole seconds.
    """

    route: Route
    vehicle: Vehicle | None
    idx: int
    visit: Visit
    previous: Visit | None
    placed: Placed | None
    leg: Leg | None
    setup: int
    service: int | None

    @property
    def path(self) -> str:
        return f"routes[{self.route.resource_id}].visits[{self.idx}]"


class Drive(NamedTuple):
    """A route; `home` is the way to the vehicle's `end_place`, None if there is none to go."""

    route: Route
    vehicle: Vehicle | None
    steps: tuple[Step, ...]
    home: Leg | None

    @property
    def path(self) -> str:
        return f"routes[{self.route.resource_id}]"

    @property
    def goes_home(self) -> bool:
        return bool(self.steps) and self.vehicle is not None and self.vehicle.end_place is not None

    @property
    def distance_m(self) -> int:
        return sum(step.leg.metres for step in self.steps if step.leg) + (self.home.metres if self.home else 0)

    @property
    def work_s(self) -> int:
        travel = sum(step.leg.seconds for step in self.steps if step.leg) + (self.home.seconds if self.home else 0)
        return travel + sum(step.setup + (step.service or 0) for step in self.steps)


class Haul(NamedTuple):
    """An item on a vehicle and its visits, in whichever routes they are."""

    placed: Placed
    pickups: list[Step]
    deliveries: list[Step]


class Picking(NamedTuple):
    """An assignment and its picking."""

    placed: Placed
    uses: list[CapacityUse]


class _Stay(NamedTuple):
    """Seconds that a vehicle spends at a site."""

    setup: int
    handover: int


def path_of(assignment: Assignment) -> str:
    return f"assignments[{assignment.contract_id}/{assignment.item_id}]"


@dataclass(frozen=True, eq=False)
class Case:
    """The plan under check; lookups are made on first use."""

    problem: Problem
    plan: Plan

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        return tuple(each for contract in self.problem.contracts for each in _asked(contract))

    @cached_property
    def asked_by_key(self) -> dict[Key, Asked]:
        return {each.key: each for each in self.asked}

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Of every assignment whose item exists."""
        return tuple(placed for each in self.plan.assignments if (placed := self._placed(each)))

    def _placed(self, assignment: Assignment) -> Placed | None:
        asked = self.asked_by_key.get((assignment.contract_id, assignment.item_id))
        if asked is None:
            return None
        catalogue, resource_id, mode = self.problem.catalogue, assignment.resource_id or "", assignment.mode
        return Placed(
            asked.key,
            assignment,
            asked.contract,
            asked.item,
            asked.promise,
            asked.demands,
            catalogue.site_by_id.get(assignment.site_id),
            catalogue.vehicle_by_id.get(resource_id) if mode in VEHICLE_MODES else None,
            catalogue.carrier_by_id.get(resource_id) if mode is Mode.CARRIER else None,
        )

    @cached_property
    def placed_by_key(self) -> dict[Key, Placed]:
        """The first assignment of each item."""
        return {each.key: each for each in reversed(self.placed)}

    @cached_property
    def cells(self) -> dict[CapacityKind, dict[Cell, int]]:
        """What all assignments together take out of each capacity cell, by kind."""
        cells: dict[CapacityKind, dict[Cell, int]] = {kind: {} for kind in CapacityKind}
        for assignment in self.plan.assignments:
            for use in assignment.uses:
                cell, taken = (use.owner_id, use.bucket_start), cells[use.kind]
                taken[cell] = taken.get(cell, 0) + use.amount
        return cells

    @cached_property
    def goods(self) -> tuple[tuple[Placed, Sku, int], ...]:
        """Every assigned demand whose SKU exists, with its quantity."""
        skus = self.problem.catalogue.sku_by_id
        return tuple(
            (placed, sku, demand.quantity)
            for placed in self.placed
            for demand in placed.demands
            if (sku := skus.get(demand.sku_id))
        )

    @cached_property
    def pickings(self) -> tuple[Picking, ...]:
        return tuple(Picking(placed, placed.uses(CapacityKind.PICKING)) for placed in self.placed)

    @cached_property
    def frozen(self) -> dict[str, tuple[Visit, ...]]:
        """The visits in force that must stay, by vehicle."""
        freeze_until = self.problem.freeze_until
        return {
            route.resource_id: tuple(visit for visit in route.visits if visit.depart <= freeze_until)
            for route in self.problem.initial_plan.routes
        }

    @cached_property
    def hours(self) -> OpeningHours:
        return OpeningHours(self.problem.catalogue.zone)

    @cached_property
    def drives(self) -> tuple[Drive, ...]:
        ways = Ways(self.problem.travel)
        return tuple(self._drive(route, ways) for route in self.plan.routes)

    def _drive(self, route: Route, ways: Ways) -> Drive:
        vehicle = self.problem.catalogue.vehicle_by_id.get(route.resource_id)
        steps = tuple(self._steps(route, vehicle, ways))
        home = None
        if vehicle and vehicle.end_place and steps:
            home = ways.leg(vehicle.profile, steps[-1].visit.place, vehicle.end_place)
        return Drive(route, vehicle, steps, home)

    def _steps(self, route: Route, vehicle: Vehicle | None, ways: Ways) -> Iterator[Step]:
        previous: Visit | None = None
        here = vehicle.start_place if vehicle else None
        for idx, visit in enumerate(route.visits):
            placed = self.placed_by_key.get((visit.contract_id, visit.item_id))
            leg = ways.leg(vehicle.profile, here, visit.place) if vehicle and here else None
            setup, service = self._stay(visit, placed)
            if previous and same_place(previous.place, visit.place):
                setup = 0
            yield Step(route, vehicle, idx, visit, previous, placed, leg, setup, service)
            previous, here = visit, visit.place

    def _stay(self, visit: Visit, placed: Placed | None) -> tuple[int, int | None]:
        """Seconds of set-up and of service."""
        if placed is None:
            return 0, None
        if visit.kind is VisitKind.DELIVERY:
            return self._door_setup(placed.item.place), seconds_of(placed.item.service_duration)
        if placed.site is None:
            return 0, None
        return self._stay_by_site_id[placed.site.site_id]

    @cached_property
    def _stay_by_site_id(self) -> dict[str, _Stay]:
        return {
            site.site_id: _Stay(seconds_of(site.setup_duration), seconds_of(site.handover_duration))
            for site in self.problem.catalogue.sites
        }

    def _door_setup(self, place: Place) -> int:
        """Set-up plus the walk from the street and back, whole seconds."""
        speed = self.problem.catalogue.policy.walking_speed_mm_per_s
        return self._customer_setup + -(-2 * 1000 * place.snap_distance_m // speed)

    @cached_property
    def _customer_setup(self) -> int:
        return seconds_of(self.problem.catalogue.policy.customer_setup)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for drive in self.drives for step in drive.steps)

    @cached_property
    def steps_by_key(self) -> dict[Key, list[Step]]:
        """Visits of each item, as they stand in the plan."""
        by_key: defaultdict[Key, list[Step]] = defaultdict(list)
        for step in self.steps:
            by_key[step.visit.contract_id, step.visit.item_id].append(step)
        return dict(by_key)

    @cached_property
    def hauls(self) -> tuple[Haul, ...]:
        """Of every assigned item that goes by rider or van."""
        return tuple(self._haul(placed) for placed in self.placed if placed.assignment.mode in VEHICLE_MODES)

    def _haul(self, placed: Placed) -> Haul:
        steps = self.steps_by_key.get(placed.key, [])
        pickups = [step for step in steps if step.visit.kind is VisitKind.PICKUP]
        deliveries = [step for step in steps if step.visit.kind is VisitKind.DELIVERY]
        return Haul(placed, pickups, deliveries)


def _asked(contract: Contract) -> Iterator[Asked]:
    promise_by_item_id = {promise.item_id: promise for promise in contract.promises}
    demand_by_id = {demand.demand_id: demand for demand in contract.demands}
    for item in contract.items:
        demands = tuple([demand_by_id[each] for each in item.demand_ids if each in demand_by_id])
        yield Asked((contract.contract_id, item.item_id), contract, item, promise_by_item_id.get(item.item_id), demands)


def bucket_idx(instant: datetime, bucket: timedelta) -> int:
    """Number of the bucket that an instant lies in, counted from the Unix epoch."""
    return (instant - EPOCH) // bucket


def is_aligned(instant: datetime, bucket: timedelta) -> bool:
    """Whether a bucket starts at an instant."""
    return not (instant - EPOCH) % bucket


@lru_cache(maxsize=8192)
def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)

"""A plan beside everything it refers to, looked up once and shared by all rules.

Nothing here judges. What a plan names and the problem does not hold is None, so that every
rule can go on and the one rule about that reference reports it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from models.contract import GOODS_KINDS, Contract, Demand, ServiceItem, ServiceItemKind
from models.order import Sku
from models.place import Place
from models.plan import Assignment, CapacityKind, CapacityUse, PlacedBreak, Plan, Route, Visit, VisitKind
from models.problem import Problem
from models.promise import Mode, Promise, PromiseState
from models.resource import Carrier, Desk, Site, Technician, Vehicle
from models.timing import seconds_of
from solver.check.hours import OpeningHours
from solver.check.traffic import Traffic
from solver.check.ways import Leg, Ways, same_place

Key = tuple[str, str]
"""(contract_id, item_id)"""

Cell = tuple[str, datetime]
"""(owner_id, bucket_start)"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
VEHICLE_MODES = (Mode.RIDER, Mode.VAN)

KINDS_BY_MODE = {
    Mode.RIDER: (ServiceItemKind.DELIVERY, ServiceItemKind.COLLECTION),
    Mode.VAN: (ServiceItemKind.DELIVERY, ServiceItemKind.COLLECTION),
    Mode.CARRIER: (ServiceItemKind.DELIVERY,),
    Mode.PICKUP: (ServiceItemKind.STORE_PICKUP,),
    Mode.TECHNICIAN: (ServiceItemKind.TECHNICIAN_VISIT,),
    Mode.REMOTE: (ServiceItemKind.REMOTE_SESSION,),
    Mode.DIGITAL: (ServiceItemKind.DIGITAL,),
}
"""The kinds of item that each mode can do."""

VISITS_BY_MODE = {
    Mode.RIDER: (VisitKind.PICKUP, VisitKind.DELIVERY),
    Mode.VAN: (VisitKind.PICKUP, VisitKind.DELIVERY),
    Mode.TECHNICIAN: (VisitKind.SERVICE,),
}
"""The visits that an item has, one of each kind; the other modes have none."""

Mobile = Vehicle | Technician
Resource = Mobile | Carrier | Desk


class Asked(NamedTuple):
    """An item of a contract, whether it is assigned or not."""

    key: Key
    contract: Contract
    item: ServiceItem
    promise: Promise | None
    demands: tuple[Demand, ...]

    @property
    def is_at_risk(self) -> bool:
        return self.promise is not None and self.promise.state is PromiseState.AT_RISK

    @property
    def path(self) -> str:
        return f"contracts[{self.contract.contract_id}].items[{self.item.item_id}]"


class Placed(NamedTuple):
    """An assignment of an item that exists, with what it names; None where there is no such thing.

    `resource` is one that its mode can use. `done_as` is the first of the item's kinds that the
    mode can do; if there is none, what the mode usually does.
    """

    key: Key
    assignment: Assignment
    contract: Contract
    item: ServiceItem
    promise: Promise | None
    demands: tuple[Demand, ...]
    site: Site | None
    resource: Resource | None
    done_as: ServiceItemKind

    @property
    def path(self) -> str:
        return path_of(self.assignment)

    def uses(self, kind: CapacityKind) -> list[CapacityUse]:
        return [use for use in self.assignment.uses if use.kind is kind]

    @property
    def carrier(self) -> Carrier | None:
        return self.resource if isinstance(self.resource, Carrier) else None

    @property
    def hands_over_goods(self) -> bool:
        """Whether its demands are picked at a site and go to the customer."""
        return self.done_as in GOODS_KINDS

    @property
    def is_collection(self) -> bool:
        return self.done_as is ServiceItemKind.COLLECTION

    @property
    def door_visit(self) -> VisitKind:
        """The kind of its visit at the customer's place."""
        if self.assignment.mode is Mode.TECHNICIAN:
            return VisitKind.SERVICE
        return VisitKind.PICKUP if self.is_collection else VisitKind.DELIVERY


class Step(NamedTuple):
    """A visit of a route with the way to it, its set-up and its service as they must be.

    `leg` is None where no way leads or nobody drives the route; `service` is None if the
    item or its site does not exist. All durations are whole seconds. `rested` says that a break comes
    between it and the visit before.
    """

    route: Route
    mobile: Mobile | None
    idx: int
    visit: Visit
    previous: Visit | None
    rested: bool
    placed: Placed | None
    leg: Leg | None
    setup: int
    service: int | None

    @property
    def path(self) -> str:
        return f"routes[{self.route.resource_id}].visits[{self.idx}]"


class Drive(NamedTuple):
    """A route of a vehicle or technician; `home` is the way to its `end_place`, None if there is none to go."""

    route: Route
    mobile: Mobile | None
    steps: tuple[Step, ...]
    home: Leg | None

    @property
    def path(self) -> str:
        return f"routes[{self.route.resource_id}]"

    @property
    def end(self) -> datetime | None:
        """When the last visit or break is over and the way home is driven; None without visits."""
        if not self.steps:
            return None
        return last_done(self.route) + seconds(self.home.seconds if self.home else 0)

    @property
    def goes_home(self) -> bool:
        return bool(self.steps) and self.mobile is not None and self.mobile.end_place is not None

    @property
    def distance_m(self) -> int:
        return sum(step.leg.metres for step in self.steps if step.leg) + (self.home.metres if self.home else 0)

    @property
    def work_s(self) -> int:
        travel = sum(step.leg.seconds for step in self.steps if step.leg) + (self.home.seconds if self.home else 0)
        return travel + sum(step.setup + (step.service or 0) for step in self.steps)


class Trip(NamedTuple):
    """An item that somebody travels for, and its visits, in whichever routes they are."""

    placed: Placed
    steps: tuple[Step, ...]

    def of(self, kind: VisitKind) -> list[Step]:
        return [step for step in self.steps if step.visit.kind is kind]

    @property
    def at_door(self) -> list[Step]:
        return self.of(self.placed.door_visit)

    @property
    def at_site(self) -> list[Step]:
        """Where goods come on board for the customer, or where what was collected leaves it."""
        if self.placed.assignment.mode not in VEHICLE_MODES:
            return []
        return self.of(VisitKind.DELIVERY if self.placed.is_collection else VisitKind.PICKUP)


class Picking(NamedTuple):
    """An assignment and its picking."""

    placed: Placed
    uses: list[CapacityUse]


class _Stay(NamedTuple):
    """Seconds that a vehicle spends at a site."""

    setup: int
    handover: int


def last_done(route: Route) -> datetime:
    """When the last visit or break of a route with visits is over."""
    return max([route.visits[-1].end, *(each.end for each in route.breaks)])


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
        return Placed(
            asked.key,
            assignment,
            asked.contract,
            asked.item,
            asked.promise,
            asked.demands,
            self.problem.catalogue.site_by_id.get(assignment.site_id or ""),
            self._resource_by_id[assignment.mode].get(assignment.resource_id or ""),
            _done_as(asked.item, assignment.mode),
        )

    @cached_property
    def _resource_by_id(self) -> dict[Mode, Mapping[str, Resource]]:
        """For each mode, the resources that it can use."""
        catalogue = self.problem.catalogue
        return {
            Mode.RIDER: catalogue.vehicle_by_id,
            Mode.VAN: catalogue.vehicle_by_id,
            Mode.TECHNICIAN: {each.resource_id: each for each in catalogue.technicians},
            Mode.CARRIER: catalogue.carrier_by_id,
            Mode.REMOTE: catalogue.desk_by_id,
            Mode.PICKUP: {},
            Mode.DIGITAL: {},
        }

    @cached_property
    def lost(self) -> frozenset[Key]:
        """Unplanned items whose promise is at risk, as the customer has been told."""
        unplanned = {(each.contract_id, each.item_id) for each in self.plan.unplanned}
        return frozenset(each.key for each in self.asked if each.key in unplanned and each.is_at_risk)

    @cached_property
    def placed_by_key(self) -> dict[Key, Placed]:
        """The first assignment of each item."""
        return {each.key: each for each in reversed(self.placed)}

    @cached_property
    def cells(self) -> dict[CapacityKind, dict[Cell, int]]:
        """What all assignments together take out of each capacity cell, by kind.

        What is at risk may lack just this. A bucket that had ended when its owner was changed is
        not judged by what the owner is now.
        """
        cells: dict[CapacityKind, dict[Cell, int]] = {kind: {} for kind in CapacityKind}
        for assignment in self.plan.assignments:
            asked = self.asked_by_key.get((assignment.contract_id, assignment.item_id))
            for use in () if asked and asked.is_at_risk else assignment.uses:
                cell, taken = (use.owner_id, use.bucket_start), cells[use.kind]
                if not self._is_older_than_its_owner(use):
                    taken[cell] = taken.get(cell, 0) + use.amount
        return cells

    def _is_older_than_its_owner(self, use: CapacityUse) -> bool:
        changed = self.problem.catalogue.changed_time_by_id.get(use.owner_id)
        return changed is not None and use.bucket_start + self._bucket_by_kind.get(use.kind, _DAY) <= changed

    @cached_property
    def _bucket_by_kind(self) -> dict[CapacityKind, timedelta]:
        """All others are counted by the day."""
        policy = self.problem.catalogue.policy
        return {
            CapacityKind.PICKING: policy.pick_bucket,
            CapacityKind.COUNTER: policy.counter_bucket,
            CapacityKind.DESK: policy.desk_bucket,
        }

    @cached_property
    def goods(self) -> tuple[tuple[Placed, Sku, int], ...]:
        """Every demand that is handed over and whose SKU exists, with its quantity."""
        skus = self.problem.catalogue.sku_by_id
        return tuple(
            (placed, sku, demand.quantity)
            for placed in self.placed
            if placed.hands_over_goods
            for demand in placed.demands
            if (sku := skus.get(demand.sku_id))
        )

    @cached_property
    def pickings(self) -> tuple[Picking, ...]:
        """Of every assignment that hands over goods; nothing is picked for the others."""
        return tuple(
            Picking(placed, placed.uses(CapacityKind.PICKING)) for placed in self.placed if placed.hands_over_goods
        )

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
        return OpeningHours(self.problem.catalogue.zone, self.problem.catalogue.holidays)

    @cached_property
    def _traffic(self) -> Traffic:
        return Traffic(self.problem, self.hours)

    @cached_property
    def drives(self) -> tuple[Drive, ...]:
        ways = Ways(self.problem.travel)
        return tuple(self._drive(route, ways) for route in self.plan.routes)

    def _drive(self, route: Route, ways: Ways) -> Drive:
        mobile = self.problem.catalogue.mobile_by_id.get(route.resource_id)
        steps = tuple(self._steps(route, mobile, ways))
        end_place = mobile.end_place if mobile else None
        home = self._home(route, mobile, end_place, ways) if mobile and end_place and steps else None
        return Drive(route, mobile, steps, home)

    def _home(self, route: Route, mobile: Mobile, end_place: Place, ways: Ways) -> Leg | None:
        here, profile = route.visits[-1].place, mobile.profile
        leg = ways.leg(profile, here, end_place)
        if leg is None:
            return None
        done = last_done(route)
        seconds = self._traffic.seconds_from(profile, leg.seconds, done, origin=here, destination=end_place)
        return leg._replace(seconds=seconds)

    def _steps(self, route: Route, mobile: Mobile | None, ways: Ways) -> Iterator[Step]:
        previous: Visit | None = None
        here = mobile.start_place if mobile else None
        for idx, visit in enumerate(route.visits):
            placed = self.placed_by_key.get((visit.contract_id, visit.item_id))
            leg = ways.leg(mobile.profile, here, visit.place) if mobile and here else None
            if mobile and here and leg:
                seconds = self._traffic.seconds_to(
                    mobile.profile, leg.seconds, visit.arrival, origin=here, destination=visit.place
                )
                leg = leg._replace(seconds=seconds)
            setup, service = self._stay(visit, placed)
            rested = any(_between(each, previous, visit) for each in route.breaks)
            if previous and same_place(previous.place, visit.place) and not rested:
                setup = 0
            yield Step(route, mobile, idx, visit, previous, rested, placed, leg, setup, service)
            previous, here = visit, visit.place

    def _stay(self, visit: Visit, placed: Placed | None) -> tuple[int, int | None]:
        """Seconds of set-up and of service."""
        if placed is None:
            return 0, None
        if visit.kind is placed.door_visit:
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
    def trips(self) -> tuple[Trip, ...]:
        """Of every assigned item that is done by rider, van or technician."""
        return tuple(self.trip(placed) for placed in self.placed if placed.assignment.mode in VISITS_BY_MODE)

    def trip(self, placed: Placed) -> Trip:
        return Trip(placed, tuple(self.steps_by_key.get(placed.key, ())))


def _between(each: PlacedBreak, previous: Visit | None, visit: Visit) -> bool:
    """Whether a break comes behind the one visit and before the other."""
    return each.start < visit.depart and (previous is None or previous.depart <= each.start)


def _asked(contract: Contract) -> Iterator[Asked]:
    promise_by_item_id = {promise.item_id: promise for promise in contract.promises}
    demand_by_id = {demand.demand_id: demand for demand in contract.demands}
    for item in contract.items:
        demands = tuple([_pieces(item, demand_by_id[each]) for each in item.demand_ids if each in demand_by_id])
        yield Asked((contract.contract_id, item.item_id), contract, item, promise_by_item_id.get(item.item_id), demands)


def _pieces(item: ServiceItem, demand: Demand) -> Demand:
    """What the item brings of a demand: all of it, unless it says how many."""
    pieces = item.quantities.get(demand.demand_id)
    return demand if pieces is None else demand.model_copy(update={"quantity": pieces})


def _done_as(item: ServiceItem, mode: Mode) -> ServiceItemKind:
    kinds = KINDS_BY_MODE[mode]
    return next((kind for kind in (item.kind, *item.also) if kind in kinds), kinds[0])


def bucket_idx(instant: datetime, bucket: timedelta) -> int:
    """Number of the bucket that an instant lies in, counted from the Unix epoch."""
    return (instant - EPOCH) // bucket


def is_aligned(instant: datetime, bucket: timedelta) -> bool:
    """Whether a bucket starts at an instant."""
    return not (instant - EPOCH) % bucket


@lru_cache(maxsize=8192)
def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)

"""A tiny world to test with, and a valid plan in it whose every figure is small enough to check by hand.

One street with the crossings 1 to 8, a block of 400 m apart, and crossing 9 across the river,
where no bike gets. A store, a depot with a frozen zone, two riders, a cold van and one
without a cold box, two carriers. `a_planned_day()` plans four contracts in it.
`a_serviced_day()` adds a technician, a desk and two contracts with every kind of service.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from models.catalogue import Catalogue, StockRow
from models.contract import (
    Contract,
    Demand,
    JoinedOrder,
    JoinReason,
    Precedence,
    ResourceConstraint,
    ServiceItem,
    ServiceItemKind,
    SlaTerm,
)
from models.order import Channel, Load, Sku, Temperature
from models.place import Place
from models.plan import Assignment, CapacityKind, CapacityUse, Cost, PlacedBreak, Plan, Route, Visit, VisitKind
from models.policy import Policy, ServiceLevel
from models.problem import Problem
from models.promise import Mode, Promise, SameStart, SameVisit
from models.resource import (
    Carrier,
    CostRates,
    Desk,
    ResourceKind,
    ResourcePool,
    Rider,
    Site,
    SiteKind,
    SkillLevel,
    Technician,
    TravelProfile,
    Van,
    Vehicle,
)
from models.timing import DailyHours, Horizon, Interval, TimeWindow
from models.traffic import TrafficSpell
from models.travel import PROFILES, UNREACHABLE, TravelTables
from models.zone import CarrierZone, Corner

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 2)
CROSSINGS = range(1, 10)
ACROSS_THE_RIVER = 9
HOURS_2 = timedelta(hours=2)


def at(clock: str, *, days: int = 0) -> datetime:
    """That time of day in Shanghai, on the day of the tests or some days later."""
    return datetime.combine(DAY + timedelta(days=days), time.fromisoformat(clock), ZONE).astimezone(UTC)


def between(earliest: str, latest: str, *, days: int = 0) -> TimeWindow:
    return TimeWindow(earliest=at(earliest, days=days), latest=at(latest, days=days))


def a_place(crossing: int, *, snap_distance_m: int = 0) -> Place:
    """That far north of a crossing."""
    return Place(
        lat=31.2 + 9e-6 * snap_distance_m,
        lon=121.4 + 0.0042 * crossing,
        street_node_id=crossing,
        snap_distance_m=snap_distance_m,
    )


def way(profile: TravelProfile, origin: int, destination: int) -> tuple[int, int] | None:
    """Seconds and metres along the street; by car it is farther and slower back than forth."""
    blocks = destination - origin
    if profile is TravelProfile.BIKE:
        return None if ACROSS_THE_RIVER in (origin, destination) else (80 * abs(blocks), 400 * abs(blocks))
    return (60 * blocks, 400 * blocks) if blocks >= 0 else (-75 * blocks, -450 * blocks)


@cache
def travel_tables() -> TravelTables:
    ways = [[[way(profile, a, b) or (UNREACHABLE,) * 2 for b in CROSSINGS] for a in CROSSINGS] for profile in PROFILES]
    return TravelTables(
        node_ids=np.array(CROSSINGS, dtype=np.int64),
        duration_s=np.array(ways, dtype=np.int32)[..., 0],
        distance_m=np.array(ways, dtype=np.int32)[..., 1],
        points=np.array([(each.lat, each.lon) for each in map(a_place, CROSSINGS)]),
    )


def a_sku(sku_id: str = "RICE", **changes: Any) -> Sku:
    return Sku(**{"sku_id": sku_id, "name": sku_id, "category": "food", "weight_g": 500, "volume_cm3": 800, **changes})


@cache
def skus() -> tuple[Sku, ...]:
    return (
        a_sku("CAKE", temperature=Temperature.FROZEN, weight_g=1200, volume_cm3=4000),
        a_sku("MILK", temperature=Temperature.CHILLED, weight_g=1030, volume_cm3=1100),
        a_sku("LEEKS", weight_g=400, volume_cm3=1500),
        a_sku("EGGS", weight_g=650, volume_cm3=1300, fragile=True),
        a_sku("TISSUES", weight_g=900, volume_cm3=9000),
        a_sku("BOOK", weight_g=915, volume_cm3=1600),
        a_sku("RICE", weight_g=5000, volume_cm3=6000),
        a_sku("WASHER", weight_g=62_000, volume_cm3=430_000),
    )


def a_store(**changes: Any) -> Site:
    """At crossing 1; two pickers, a line takes one of them half a minute; a counter for three."""
    fields = {
        "site_id": "STORE",
        "kind": SiteKind.STORE,
        "name": "Store",
        "place": a_place(1),
        "temperatures": (Temperature.AMBIENT, Temperature.CHILLED),
        "hours": "06:30-22:00",
        "pickers": 2,
        "pick_duration_per_line": timedelta(seconds=30),
        "setup_duration": timedelta(seconds=120),
        "handover_duration": timedelta(seconds=60),
        "counter_places": 3,
        "radius_m": {ResourceKind.RIDER: 2500},
    }
    return Site(**{**fields, **changes})


def a_depot(**changes: Any) -> Site:
    """At crossing 2, with a frozen zone and no counter."""
    fields = {
        "site_id": "DEPOT",
        "kind": SiteKind.WAREHOUSE,
        "name": "Depot",
        "place": a_place(2),
        "temperatures": (Temperature.AMBIENT, Temperature.FROZEN),
        "hours": "07:00-20:00",
        "pickers": 3,
        "pick_duration_per_line": timedelta(seconds=45),
        "setup_duration": timedelta(seconds=300),
        "handover_duration": timedelta(seconds=90),
        "radius_m": {ResourceKind.VAN: 8000, ResourceKind.CARRIER: 50_000},
    }
    return Site(**{**fields, **changes})


def a_rider(resource_id: str = "R-1", **changes: Any) -> Rider:
    """Starts and ends at crossing 2; 20 kg, a small chilled compartment."""
    fields = {
        "resource_id": resource_id,
        "name": resource_id,
        "profile": TravelProfile.BIKE,
        "start_place": a_place(2),
        "end_place": a_place(2),
        "shift": Interval(start=at("07:00"), end=at("15:00")),
        "rates": CostRates(per_km=130, per_hour=2999, per_use=200),
        "capacity": Load(weight_g=20_000, ambient_cm3=60_000, chilled_cm3=10_000),
    }
    return Rider(**{**fields, **changes})


def a_van(resource_id: str = "V-1", **changes: Any) -> Van:
    """Starts at crossing 3 and ends where it is; has a cold box and the skill COLD at level 2."""
    fields = {
        "resource_id": resource_id,
        "name": resource_id,
        "profile": TravelProfile.CAR,
        "start_place": a_place(3),
        "shift": Interval(start=at("07:00"), end=at("17:00")),
        "skills": (SkillLevel(skill="COLD", level=2),),
        "rates": CostRates(per_km=310, per_hour=6000, per_use=1500),
        "capacity": Load(weight_g=500_000, ambient_cm3=2_000_000, chilled_cm3=200_000, frozen_cm3=200_000),
    }
    return Van(**{**fields, **changes})


def a_carrier(resource_id: str = "X-1", **changes: Any) -> Carrier:
    """Leaves at 18:00, arrives two days later from 09:00 to 18:00."""
    fields = {
        "resource_id": resource_id,
        "name": resource_id,
        "max_weight_g": 10_000,
        "tariff_base": 600,
        "tariff_per_kg": 155,
        "cut_off": time(18),
        "transit_days": 2,
        "delivery_hours": DailyHours(opens=time(9), closes=time(18)),
        "daily_quota": 50,
    }
    return Carrier(**{**fields, **changes})


def a_square(
    zone_id: str = "Z-1", *, ends: tuple[int, int] = (6, 8), north: float = 31.3, **changes: Any
) -> CarrierZone:
    """From one crossing to another, south to north."""
    (west, east), south = (a_place(end).lon for end in ends), 31.1
    corners = [(south, west), (south, east), (north, east), (north, west)]
    area = tuple(Corner(lat=lat, lon=lon) for lat, lon in corners)
    return CarrierZone(zone_id=zone_id, area=area, **changes)


def a_technician(resource_id: str = "T-1", **changes: Any) -> Technician:
    """Starts and ends at crossing 8, by car; plumbing at level 2, a drill and a gauge."""
    fields = {
        "resource_id": resource_id,
        "name": resource_id,
        "profile": TravelProfile.CAR,
        "start_place": a_place(8),
        "end_place": a_place(8),
        "shift": Interval(start=at("08:00"), end=at("17:00")),
        "skills": (SkillLevel(skill="PLUMBING", level=2),),
        "tools": ("DRILL", "GAUGE"),
        "rates": CostRates(per_km=310, per_hour=9000, per_use=1000),
    }
    return Technician(**{**fields, **changes})


def a_desk(resource_id: str = "D-1", **changes: Any) -> Desk:
    """Two agents who know washers at level 1, from 09:00 to 18:00."""
    fields = {
        "resource_id": resource_id,
        "name": resource_id,
        "skills": (SkillLevel(skill="WASHERS"),),
        "concurrency": 2,
        "hours": "09:00-18:00",
    }
    return Desk(**{**fields, **changes})


def a_peak(start: str = "07:30", end: str = "09:30", percent: int = 50, **changes: Any) -> TrafficSpell:
    """Cars are slow."""
    fields = {
        "profiles": (TravelProfile.CAR,),
        "start": time.fromisoformat(start),
        "end": time.fromisoformat(end),
        "speed_percent": percent,
    }
    return TrafficSpell(**{**fields, **changes})


def a_policy(**changes: Any) -> Policy:
    fields = {
        "currency": "CNY",
        "service_levels": (
            ServiceLevel(
                service_level_id="hour", name="Within the hour", modes=(Mode.RIDER,), within=timedelta(hours=1), fee=600
            ),
            ServiceLevel(
                service_level_id="slot",
                name="Two-hour slot",
                modes=(Mode.RIDER, Mode.VAN),
                slot_duration=HOURS_2,
                num_slots=4,
                fee=300,
            ),
            ServiceLevel(service_level_id="parcel", name="Parcel", modes=(Mode.CARRIER,), fee=800),
            ServiceLevel(service_level_id="fetch", name="Fetch it", modes=(Mode.PICKUP,)),
        ),
        "picking_per_line": 50,
        "handling_per_item": {Mode.RIDER: 100, Mode.VAN: 150, Mode.CARRIER: 80, Mode.PICKUP: 40},
        "residual_cv": {Mode.RIDER: 0.2, Mode.VAN: 0.25, Mode.CARRIER: 0.1, Mode.PICKUP: 0.1},
        "co2_g_per_km": {ResourceKind.RIDER: 10, ResourceKind.VAN: 180},
        "co2_g_per_parcel": 250,
        "customer_setup": timedelta(seconds=90),
        "customer_handover": timedelta(seconds=60),
    }
    return Policy(**{**fields, **changes})


def a_catalogue(**changes: Any) -> Catalogue:
    fields = {
        "timezone": "Asia/Shanghai",
        "skus": skus(),
        "sites": (a_store(), a_depot()),
        "riders": (a_rider("R-1"), a_rider("R-2")),
        "vans": (a_van("V-1"), a_van("V-2", capacity=Load(weight_g=500_000, ambient_cm3=2_000_000), skills=())),
        "carriers": (a_carrier("X-1"), a_carrier("X-2")),
        "pools": (
            ResourcePool(pool_id="riders", name="Riders", resource_ids=("R-1", "R-2")),
            ResourcePool(
                pool_id="cold", name="Cold vans", resource_ids=("V-1",), channels=(Channel.LIVESTREAM, Channel.APP)
            ),
        ),
        "policy": a_policy(),
    }
    return Catalogue(**{**fields, **changes})


def a_service_catalogue(**changes: Any) -> Catalogue:
    """`a_catalogue()` with two technicians, two desks and levels for what they do."""
    policy = a_policy()
    levels = (
        ServiceLevel(
            service_level_id="visit", name="A technician comes", modes=(Mode.TECHNICIAN,), slot_duration=HOURS_2
        ),
        ServiceLevel(service_level_id="call", name="An agent calls", modes=(Mode.REMOTE,), slot_duration=HOURS_2),
        ServiceLevel(service_level_id="mail", name="At once", modes=(Mode.DIGITAL,), within=timedelta(minutes=5)),
    )
    fields = {
        "technicians": (a_technician("T-1"), a_technician("T-2")),
        "desks": (a_desk("D-1"), a_desk("D-2")),
        "policy": a_policy(
            service_levels=(*policy.service_levels, *levels),
            handling_per_item={**policy.handling_per_item, Mode.TECHNICIAN: 60, Mode.REMOTE: 30, Mode.DIGITAL: 5},
            residual_cv={**policy.residual_cv, Mode.TECHNICIAN: 0.2, Mode.REMOTE: 0.1, Mode.DIGITAL: 0.1},
        ),
    }
    return a_catalogue(**{**fields, **changes})


def a_stock(on_hand: int = 20) -> tuple[StockRow, ...]:
    """Each SKU at each site that has its zone."""
    return tuple(
        StockRow(site_id=site.site_id, sku_id=sku.sku_id, on_hand=on_hand)
        for site in (a_store(), a_depot())
        for sku in skus()
        if sku.temperature in site.temperatures
    )


def an_item(
    item_id: str = "i-rice", *, goods: Sequence[tuple[str, int]] = (("RICE", 1),), **changes: Any
) -> ServiceItem:
    """A delivery to crossing 4 of `goods`, pairs of SKU and quantity; the demands are `a_contract`'s."""
    sku_by_id = {sku.sku_id: sku for sku in skus()}
    fields = {
        "item_id": item_id,
        "kind": ServiceItemKind.DELIVERY,
        "channel": Channel.APP,
        "demand_ids": tuple(f"{item_id}:{sku_id}:{quantity}" for sku_id, quantity in goods),
        "place": a_place(4),
        "load": sum((sku_by_id[sku_id].load(quantity) for sku_id, quantity in goods), Load()),
        "service_duration": timedelta(seconds=60),
    }
    return ServiceItem(**{**fields, **changes})


def a_promise(item_id: str = "i-rice", **changes: Any) -> Promise:
    fields = {
        "item_id": item_id,
        "service_level_id": "slot",
        "mode": Mode.RIDER,
        "window": between("07:00", "09:00"),
        "place": a_place(4),
        "fee": 300,
    }
    return Promise(**{**fields, **changes})


def a_contract(contract_id: str = "C-1", items: Iterable[ServiceItem] | None = None, **changes: Any) -> Contract:
    """A contract of `items` built by `an_item`, with the demands that they name."""
    items = (an_item(),) if items is None else tuple(items)
    order_id = f"{contract_id}-order"
    demands = tuple(_demand(demand_id, order_id) for item in items for demand_id in item.demand_ids)
    joined = JoinedOrder(
        order_id=order_id, channel=Channel.APP, joined_time=at("06:40"), reasons=(JoinReason.FIRST_ORDER,)
    )
    fields = {
        "contract_id": contract_id,
        "tenant_id": "tenant",
        "customer_id": f"{contract_id}-customer",
        "created_time": at("06:40"),
        "orders": (joined,),
        "demands": demands,
        "items": items,
    }
    return Contract(**{**fields, **changes})


def _demand(demand_id: str, order_id: str) -> Demand:
    _, sku_id, quantity = demand_id.split(":")
    return Demand(demand_id=demand_id, order_id=order_id, line_id=demand_id, sku_id=sku_id, quantity=int(quantity))


def a_problem(**changes: Any) -> Problem:
    """At 07:00, with nothing to plan yet."""
    fields: dict[str, Any] = {
        "catalogue": a_catalogue(),
        "travel": travel_tables(),
        "horizon": Horizon(start=at("06:00"), end=at("00:00", days=1)),
        "now": at("07:00"),
        "freeze_until": at("07:00"),
        "stock": a_stock(),
    }
    return Problem(**{**fields, **changes})


class Call(NamedTuple):
    """What a vehicle or technician does next: at a site, or else at the item's place.

    If `kind` is not given, it fetches goods at a site, or hands them over at the item's place.
    """

    contract: Contract
    item_id: str
    site: Site | None = None
    not_before: datetime | None = None
    kind: VisitKind | None = None

    @property
    def visit_kind(self) -> VisitKind:
        return self.kind or (VisitKind.PICKUP if self.site else VisitKind.DELIVERY)

    @property
    def place(self) -> Place:
        return self.site.place if self.site else self.contract.item(self.item_id).place


def a_route(
    vehicle: Vehicle | Technician, calls: Sequence[Call], *, depart: datetime, policy: Policy | None = None
) -> Route:
    """Drive to one call after the other, as early as possible; waits before it departs."""
    policy = policy or a_policy()
    visits: list[Visit] = []
    here, clock, distance_m, work = vehicle.start_place, depart, 0, timedelta()
    for call in calls:
        travel, metres = _way(vehicle, here, call.place)
        setup, service = _stay(call, policy)
        if visits and here == call.place:
            setup = timedelta()
        leave = max(clock, (call.not_before or clock) - travel - setup)
        start = leave + travel + setup
        visits.append(
            Visit(
                contract_id=call.contract.contract_id,
                item_id=call.item_id,
                kind=call.visit_kind,
                place=call.place,
                depart=leave,
                arrival=leave + travel,
                start=start,
                end=start + service,
            )
        )
        here, clock, distance_m, work = (
            call.place,
            start + service,
            distance_m + metres,
            work + travel + setup + service,
        )
    if vehicle.end_place and visits:
        travel, metres = _way(vehicle, here, vehicle.end_place)
        distance_m, work = distance_m + metres, work + travel
    return Route(
        resource_id=vehicle.resource_id,
        version=1,
        visits=tuple(visits),
        distance_m=distance_m,
        work_s=int(work.total_seconds()),
    )


def _way(vehicle: Vehicle | Technician, origin: Place, destination: Place) -> tuple[timedelta, int]:
    assert origin.street_node_id
    assert destination.street_node_id
    found = way(vehicle.profile, origin.street_node_id, destination.street_node_id)
    assert found, "a route is built along ways that exist"
    return timedelta(seconds=found[0]), found[1]


def _stay(call: Call, policy: Policy) -> tuple[timedelta, timedelta]:
    if call.site:
        return call.site.setup_duration, call.site.handover_duration
    walk = math.ceil(2 * call.place.snap_distance_m * 1000 / policy.walking_speed_mm_per_s)
    return policy.customer_setup + timedelta(seconds=walk), call.contract.item(call.item_id).service_duration


def an_assignment(
    contract: Contract,
    item_id: str,
    *,
    site: Site,
    picked: datetime,
    resource_id: str | None = None,
    route: Route | None = None,
) -> Assignment:
    """Of an item with a promise, picked in the one bucket from `picked` on; `route` for a rider or van."""
    promise = next(promise for promise in contract.promises if promise.item_id == item_id)
    lines = len(contract.demands_of(contract.item(item_id)))
    picking = CapacityUse(
        kind=CapacityKind.PICKING,
        owner_id=site.site_id,
        bucket_start=picked,
        amount=lines * int(site.pick_duration_per_line.total_seconds()),
    )
    return Assignment(
        contract_id=contract.contract_id,
        item_id=item_id,
        mode=promise.mode,
        site_id=site.site_id,
        resource_id=resource_id,
        ready_time=picked + timedelta(minutes=5),
        planned_start=_at_door(route, contract, item_id).start if route else promise.window.earliest,
        uses=(picking, *_counter(promise, site), *_parcel(promise, resource_id)),
    )


def a_service_assignment(
    contract: Contract,
    item_id: str,
    *,
    resource_id: str | None = None,
    site: Site | None = None,
    route: Route | None = None,
    start: datetime | None = None,
) -> Assignment:
    """Of an item that hands over no goods; `site` for a collection, `start` (or the window's) for a session."""
    promise = next(promise for promise in contract.promises if promise.item_id == item_id)
    start = _at_door(route, contract, item_id).start if route else start or promise.window.earliest
    end = start + contract.item(item_id).service_duration
    desk_id = resource_id if promise.mode is Mode.REMOTE else None
    return Assignment(
        contract_id=contract.contract_id,
        item_id=item_id,
        mode=promise.mode,
        site_id=site.site_id if site else None,
        resource_id=resource_id,
        ready_time=promise.window.earliest,
        planned_start=start,
        uses=(*(_session(desk_id, start, end) if desk_id else ()), *(_returned(site) if site else ())),
    )


def _session(desk_id: str, start: datetime, end: datetime) -> Iterable[CapacityUse]:
    """Five minutes each; the session starts on one."""
    while start < end:
        yield CapacityUse(kind=CapacityKind.DESK, owner_id=desk_id, bucket_start=start, amount=1)
        start += timedelta(minutes=5)


def _returned(site: Site) -> Iterable[CapacityUse]:
    yield CapacityUse(kind=CapacityKind.RETURNS, owner_id=site.site_id, bucket_start=at("00:00"), amount=1)


def _at_door(route: Route, contract: Contract, item_id: str) -> Visit:
    """The visit for an item at the item's place."""
    kinds = {
        ServiceItemKind.TECHNICIAN_VISIT: VisitKind.SERVICE,
        ServiceItemKind.COLLECTION: VisitKind.PICKUP,
    }
    wanted = contract.contract_id, item_id, kinds.get(contract.item(item_id).kind, VisitKind.DELIVERY)
    return next(visit for visit in route.visits if (visit.contract_id, visit.item_id, visit.kind) == wanted)


def _counter(promise: Promise, site: Site) -> Iterable[CapacityUse]:
    """Half-hours of the window, which starts on a half-hour."""
    start = promise.window.earliest
    while promise.mode is Mode.PICKUP and start <= promise.window.latest:
        yield CapacityUse(kind=CapacityKind.COUNTER, owner_id=site.site_id, bucket_start=start, amount=1)
        start += timedelta(minutes=30)


def _parcel(promise: Promise, carrier_id: str | None) -> Iterable[CapacityUse]:
    if promise.mode is Mode.CARRIER and carrier_id:
        yield CapacityUse(kind=CapacityKind.CARRIER, owner_id=carrier_id, bucket_start=at("00:00"), amount=1)


@dataclass(frozen=True)
class Scene:
    """A problem and a plan of it. Each method gives the same scene with one thing changed, unvalidated."""

    problem: Problem
    plan: Plan

    def given(self, **changes: Any) -> "Scene":
        return replace(self, problem=replace(self.problem, **changes))

    def planned(self, **changes: Any) -> "Scene":
        return replace(self, plan=self.plan.model_copy(update=changes))

    def route(self, resource_id: str, /, **changes: Any) -> "Scene":
        return self.planned(routes=_changed(self.plan.routes, changes, resource_id=resource_id))

    def visit(self, resource_id: str, idx: int, /, **changes: Any) -> "Scene":
        visits = list(self.visits(resource_id))
        visits[idx] = visits[idx].model_copy(update=changes)
        return self.route(resource_id, visits=tuple(visits))

    def visits(self, resource_id: str) -> tuple[Visit, ...]:
        return next(route.visits for route in self.plan.routes if route.resource_id == resource_id)

    def assignment(self, contract_id: str, item_id: str, /, **changes: Any) -> "Scene":
        assignments = _changed(self.plan.assignments, changes, contract_id=contract_id, item_id=item_id)
        return self.planned(assignments=assignments)

    def assigned(self, contract_id: str, item_id: str) -> Assignment:
        wanted = contract_id, item_id
        return next(each for each in self.plan.assignments if (each.contract_id, each.item_id) == wanted)

    def use(self, contract_id: str, item_id: str, idx: int, /, **changes: Any) -> "Scene":
        uses = list(self.assigned(contract_id, item_id).uses)
        uses[idx] = uses[idx].model_copy(update=changes)
        return self.assignment(contract_id, item_id, uses=tuple(uses))

    def contract(self, contract_id: str, /, **changes: Any) -> "Scene":
        return self.given(contracts=_changed(self.problem.contracts, changes, contract_id=contract_id))

    def agreed(self, contract_id: str) -> Contract:
        return next(each for each in self.problem.contracts if each.contract_id == contract_id)

    def item(self, contract_id: str, item_id: str, /, **changes: Any) -> "Scene":
        return self.contract(contract_id, items=_changed(self.agreed(contract_id).items, changes, item_id=item_id))

    def promise(self, contract_id: str, item_id: str, /, **changes: Any) -> "Scene":
        promises = _changed(self.agreed(contract_id).promises, changes, item_id=item_id)
        return self.contract(contract_id, promises=promises)

    def catalogue(self, **changes: Any) -> "Scene":
        # Built anew: a copy would keep the lookups that the old one has cached.
        fields = {name: getattr(self.problem.catalogue, name) for name in Catalogue.model_fields}
        return self.given(catalogue=Catalogue.model_construct(**{**fields, **changes}))

    def site(self, site_id: str, /, **changes: Any) -> "Scene":
        return self.catalogue(sites=_changed(self.problem.catalogue.sites, changes, site_id=site_id))

    def rider(self, resource_id: str, /, **changes: Any) -> "Scene":
        return self.catalogue(riders=_changed(self.problem.catalogue.riders, changes, resource_id=resource_id))

    def van(self, resource_id: str, /, **changes: Any) -> "Scene":
        return self.catalogue(vans=_changed(self.problem.catalogue.vans, changes, resource_id=resource_id))

    def technician(self, resource_id: str, /, **changes: Any) -> "Scene":
        technicians = _changed(self.problem.catalogue.technicians, changes, resource_id=resource_id)
        return self.catalogue(technicians=technicians)

    def desk(self, resource_id: str, /, **changes: Any) -> "Scene":
        return self.catalogue(desks=_changed(self.problem.catalogue.desks, changes, resource_id=resource_id))

    def policy(self, **changes: Any) -> "Scene":
        return self.catalogue(policy=self.problem.catalogue.policy.model_copy(update=changes))

    def carrier(self, resource_id: str, /, **changes: Any) -> "Scene":
        return self.catalogue(carriers=_changed(self.problem.catalogue.carriers, changes, resource_id=resource_id))

    def sku(self, sku_id: str, /, **changes: Any) -> "Scene":
        return self.catalogue(skus=_changed(self.problem.catalogue.skus, changes, sku_id=sku_id))

    def on_hand(self, site_id: str, sku_id: str, pieces: int) -> "Scene":
        return self.given(stock=_changed(self.problem.stock, {"on_hand": pieces}, site_id=site_id, sku_id=sku_id))


def _changed(models: Sequence[Any], changes: dict[str, Any], **wanted: str) -> tuple[Any, ...]:
    """The models, with the one that has the wanted ids changed."""
    hits = [all(getattr(each, name) == value for name, value in wanted.items()) for each in models]
    assert sum(hits) == 1, f"{wanted} must name one model, names {sum(hits)}"
    return tuple(each.model_copy(update=changes) if hit else each for each, hit in zip(models, hits, strict=True))


def groceries() -> Contract:
    """A frozen cake by van, vegetables by rider to the same door, tissues fetched at the store."""
    door = a_place(5, snap_distance_m=30)
    cake = an_item(
        "i-cake",
        goods=[("CAKE", 1)],
        channel=Channel.LIVESTREAM,
        place=door,
        constraint=ResourceConstraint(
            skills=(SkillLevel(skill="COLD", level=2),),
            kinds=(ResourceKind.VAN,),
            allowed_ids=("V-1", "V-2"),
            excluded_ids=("R-2",),
            allowed_site_ids=("DEPOT",),
        ),
        sla=SlaTerm(windows=(between("07:35", "10:00"),)),
    )
    leeks = an_item("i-leeks", goods=[("LEEKS", 2), ("EGGS", 1)], place=door, also=(ServiceItemKind.STORE_PICKUP,))
    tissues = an_item(
        "i-tissues",
        goods=[("TISSUES", 1)],
        kind=ServiceItemKind.STORE_PICKUP,
        channel=Channel.STORE_POS,
        place=a_place(3),
        service_duration=timedelta(),
    )
    promises = (
        a_promise("i-cake", mode=Mode.VAN, window=between("07:35", "10:00"), place=door),
        a_promise("i-leeks", service_level_id="hour", window=between("07:00", "07:27:52"), place=door, fee=600),
        a_promise(
            "i-tissues",
            service_level_id="fetch",
            mode=Mode.PICKUP,
            window=between("07:30", "11:30"),
            place=a_store().place,
            fee=0,
        ),
    )
    return a_contract("C-1", (cake, leeks, tissues), promises=promises)


def a_book() -> Contract:
    """Three books by parcel."""
    place = a_place(7)
    promise = a_promise(
        "i-book",
        service_level_id="parcel",
        mode=Mode.CARRIER,
        window=between("09:00", "18:00", days=2),
        place=place,
        fee=800,
    )
    return a_contract("C-2", [an_item("i-book", goods=[("BOOK", 3)], place=place)], promises=(promise,))


def a_breakfast() -> Contract:
    """Milk and rice that have to come together."""
    place = a_place(4, snap_distance_m=13)
    return a_contract(
        "C-3",
        [an_item("i-milk", goods=[("MILK", 2)], place=place), an_item("i-rice", place=place)],
        same_visits=(SameVisit(item_ids=("i-milk", "i-rice")),),
        promises=(a_promise("i-milk", place=place), a_promise("i-rice", place=place)),
    )


def a_sequence() -> Contract:
    """Rice by rider, and more of it by van, nine minutes after that is done at the earliest."""
    place = a_place(6)
    return a_contract(
        "C-4",
        [an_item("i-first", place=place), an_item("i-second", goods=[("RICE", 4)], place=place)],
        precedences=(Precedence(before_item_id="i-first", after_item_id="i-second", lag=timedelta(minutes=9)),),
        promises=(
            a_promise("i-first", window=between("07:30", "07:50"), place=place),
            a_promise("i-second", mode=Mode.VAN, window=between("08:00", "10:00"), place=place),
        ),
    )


def a_planned_day() -> Scene:
    """Four contracts, planned; it is 07:20, R-1 is at its fourth visit and V-1 at its first, and all that is frozen."""
    catalogue, store, depot = a_catalogue(), a_store(), a_depot()
    one, two, three, four = contracts = groceries(), a_book(), a_breakfast(), a_sequence()
    rider = a_route(
        catalogue.riders[0],
        [
            Call(one, "i-leeks", store),
            Call(three, "i-milk", store),
            Call(three, "i-rice", store),
            Call(three, "i-milk"),
            Call(three, "i-rice"),
            Call(one, "i-leeks"),
            Call(four, "i-first", store),
            Call(four, "i-first"),
        ],
        depart=at("07:10"),
    )
    van = a_route(
        catalogue.vans[0],
        [
            Call(one, "i-cake", depot),
            Call(four, "i-second", depot),
            Call(one, "i-cake", not_before=at("07:35")),
            Call(four, "i-second", not_before=at("08:00")),
        ],
        depart=at("07:15"),
    )
    picked = at("07:05")
    assignments = (
        an_assignment(one, "i-cake", site=depot, resource_id="V-1", picked=picked, route=van),
        an_assignment(one, "i-leeks", site=store, resource_id="R-1", picked=picked, route=rider),
        an_assignment(one, "i-tissues", site=store, picked=picked),
        an_assignment(two, "i-book", site=depot, resource_id="X-1", picked=picked),
        an_assignment(three, "i-milk", site=store, resource_id="R-1", picked=picked, route=rider),
        an_assignment(three, "i-rice", site=store, resource_id="R-1", picked=picked, route=rider),
        an_assignment(four, "i-first", site=store, resource_id="R-1", picked=picked, route=rider),
        an_assignment(four, "i-second", site=depot, resource_id="V-1", picked=picked, route=van),
    )
    cost = Cost(travel=936 + 636, labour=2084 + 1908, use=200 + 1500, picking=9 * 50, handling=820, carrier=600 + 425)
    plan = Plan(routes=(rider, van), assignments=assignments, cost=cost)
    problem = a_problem(
        catalogue=catalogue, contracts=contracts, now=at("07:20"), freeze_until=at("07:20"), initial_plan=plan
    )
    return Scene(problem, plan)


def a_service(item_id: str, kind: ServiceItemKind, *, minutes: int = 0, **changes: Any) -> ServiceItem:
    """An item that hands over no goods, at crossing 5."""
    fields = {
        "goods": (),
        "kind": kind,
        "place": a_place(5, snap_distance_m=30),
        "service_duration": timedelta(minutes=minutes),
    }
    return an_item(item_id, **{**fields, **changes})


def a_washer() -> Contract:
    """A washer, and all that comes with it.

    The van takes the old one along. A technician installs it an hour after that at the earliest
    and then checks the pipes; an agent explains it, and the manual is sent.
    """
    door = a_place(5, snap_distance_m=30)
    skilled = ResourceConstraint(
        skills=(SkillLevel(skill="PLUMBING", level=2),),
        tools=("DRILL",),
        kinds=(ResourceKind.TECHNICIAN,),
        allowed_ids=("T-1", "T-2"),
        excluded_ids=("V-1",),
        allowed_site_ids=("DEPOT",),
    )
    agents = ResourceConstraint(skills=(SkillLevel(skill="WASHERS"),), kinds=(ResourceKind.DESK,))
    items = (
        an_item("i-washer", goods=[("WASHER", 1)], place=door, service_duration=timedelta(minutes=10)),
        a_service(
            "i-old",
            ServiceItemKind.COLLECTION,
            minutes=5,
            load=Load(weight_g=70_000, ambient_cm3=500_000),
            constraint=ResourceConstraint(allowed_site_ids=("DEPOT",)),
        ),
        a_service("i-install", ServiceItemKind.TECHNICIAN_VISIT, minutes=60, constraint=skilled),
        a_service("i-pipes", ServiceItemKind.TECHNICIAN_VISIT, minutes=10),
        a_service("i-talk", ServiceItemKind.REMOTE_SESSION, minutes=12, constraint=agents),
        a_service("i-manual", ServiceItemKind.DIGITAL, load=Load(weight_g=1)),
    )
    morning, noon = between("08:00", "10:00"), between("11:10", "13:10")
    return a_contract(
        "C-5",
        items,
        precedences=(Precedence(before_item_id="i-washer", after_item_id="i-install", lag=timedelta(hours=1)),),
        same_visits=(SameVisit(item_ids=("i-washer", "i-old")), SameVisit(item_ids=("i-pipes", "i-install"))),
        promises=(
            a_promise("i-washer", mode=Mode.VAN, window=morning, place=door),
            a_promise("i-old", mode=Mode.VAN, window=morning, place=door),
            a_promise("i-install", service_level_id="visit", mode=Mode.TECHNICIAN, window=noon, place=door),
            a_promise("i-pipes", service_level_id="visit", mode=Mode.TECHNICIAN, window=noon, place=door),
            a_promise(
                "i-talk", service_level_id="call", mode=Mode.REMOTE, window=between("13:10", "15:10"), place=door
            ),
            a_promise(
                "i-manual", service_level_id="mail", mode=Mode.DIGITAL, window=between("07:30", "07:35"), place=door
            ),
        ),
    )


def a_return() -> Contract:
    """Goods that go back to the store, from farther away than it delivers, and a call about them."""
    place = a_place(8)
    back = a_service(
        "i-back", ServiceItemKind.COLLECTION, minutes=2, place=place, load=Load(weight_g=4000, ambient_cm3=5000)
    )
    call = a_service("i-call", ServiceItemKind.REMOTE_SESSION, minutes=5, place=place)
    return a_contract(
        "C-6",
        [back, call],
        promises=(
            a_promise("i-back", window=between("09:00", "11:00"), place=place),
            a_promise(
                "i-call", service_level_id="call", mode=Mode.REMOTE, window=between("13:30", "15:30"), place=place
            ),
        ),
    )


def a_break(start: str, end: str) -> PlacedBreak:
    return PlacedBreak(start=at(start), end=at(end))


def a_job_for_two() -> Scene:
    """T-1 and T-2 start at 10:00 to lift what takes two, each from where they live."""
    door, ids = a_place(5, snap_distance_m=30), ("i-lift", "i-hold")
    items = [a_service(item_id, ServiceItemKind.TECHNICIAN_VISIT, minutes=30) for item_id in ids]
    terms = {"service_level_id": "visit", "mode": Mode.TECHNICIAN, "window": between("09:00", "11:00"), "place": door}
    contract = a_contract(
        "C-7",
        items,
        promises=tuple(a_promise(item_id, **terms) for item_id in ids),
        same_starts=(SameStart(item_ids=ids),),
    )
    catalogue = a_service_catalogue()
    routes = tuple(
        a_route(
            technician,
            [Call(contract, item_id, not_before=at("10:00"), kind=VisitKind.SERVICE)],
            depart=at("08:00"),
        )
        for technician, item_id in zip(catalogue.technicians, ids, strict=True)
    )
    assignments = tuple(
        a_service_assignment(contract, item_id, resource_id=route.resource_id, route=route)
        for item_id, route in zip(ids, routes, strict=True)
    )
    cost = Cost(travel=2 * 791, labour=2 * 5863, use=2 * 1000, handling=2 * 60)
    plan = Plan(routes=routes, assignments=assignments, cost=cost)
    problem = a_problem(catalogue=catalogue, contracts=(contract,), now=at("07:20"), freeze_until=at("07:20"))
    return Scene(problem, plan)


def a_serviced_day() -> Scene:
    """The planned day, in which V-2 and R-2 collect, T-1 installs and D-1 holds two sessions, at 13:30 both at once."""
    day, catalogue, store, depot = a_planned_day(), a_service_catalogue(), a_store(), a_depot()
    one, two = contracts = a_washer(), a_return()
    van = a_route(
        catalogue.vans[1],
        [
            Call(one, "i-washer", depot),
            Call(one, "i-washer", not_before=at("08:00")),
            Call(one, "i-old", kind=VisitKind.PICKUP),
            Call(one, "i-old", depot, kind=VisitKind.DELIVERY),
        ],
        depart=at("07:30"),
    )
    rider = a_route(
        catalogue.riders[1],
        [
            Call(two, "i-back", not_before=at("09:00"), kind=VisitKind.PICKUP),
            Call(two, "i-back", store, kind=VisitKind.DELIVERY),
        ],
        depart=at("07:30"),
    )
    technician = a_route(
        catalogue.technicians[0],
        [
            Call(one, "i-install", not_before=at("11:10"), kind=VisitKind.SERVICE),
            Call(one, "i-pipes", kind=VisitKind.SERVICE),
        ],
        depart=at("08:00"),
    )
    assignments = (
        an_assignment(one, "i-washer", site=depot, resource_id="V-2", picked=at("07:05"), route=van),
        a_service_assignment(one, "i-old", site=depot, resource_id="V-2", route=van),
        a_service_assignment(one, "i-install", resource_id="T-1", route=technician),
        a_service_assignment(one, "i-pipes", resource_id="T-1", route=technician),
        a_service_assignment(one, "i-talk", resource_id="D-1", start=at("13:20")),
        a_service_assignment(one, "i-manual"),
        a_service_assignment(two, "i-back", site=store, resource_id="R-2", route=rider),
        a_service_assignment(two, "i-call", resource_id="D-1"),
    )
    more = Cost(
        travel=930 + 728 + 791,
        labour=3833 + 1258 + 11_863,
        use=1500 + 200 + 1000,
        picking=50,
        handling=2 * 150 + 100 + 2 * 60 + 2 * 30 + 5,
    )
    return day.given(catalogue=catalogue, contracts=(*day.problem.contracts, *contracts)).planned(
        routes=(*day.plan.routes, van, rider, technician),
        assignments=(*day.plan.assignments, *assignments),
        cost=day.plan.cost + more,
    )

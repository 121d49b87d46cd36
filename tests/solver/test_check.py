"""The checker finds every seeded defect, and nothing in a valid plan."""

from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial, reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contract import ContractStatus, Precedence, ResourceConstraint, ServiceItemKind, SlaTerm
from models.fee import Narrowing
from models.opening import PublicHolidays, Weekday, WorkingDays
from models.order import LOAD_DIMENSIONS, Channel, Hazard, Temperature
from models.plan import (
    COST_KINDS,
    Assignment,
    CapacityKind,
    CapacityUse,
    PlacedBreak,
    Plan,
    ReasonCode,
    ReasonCount,
    Unplanned,
    VisitKind,
)
from models.promise import Mode, PromiseState, SameVisit
from models.resource import Break, CostRates, ResourceKind, ResourcePool, SkillLevel
from models.timing import Interval, TimeWindow
from models.zone import CarrierZone, Corner
from solver.check import RULES, ViolationCode, check, moved_promises, recompute_cost
from solver.check.case import Case
from tests.builders import (
    ACROSS_THE_RIVER,
    Call,
    Scene,
    a_break,
    a_contract,
    a_depot,
    a_job_for_two,
    a_place,
    a_planned_day,
    a_problem,
    a_promise,
    a_rider,
    a_route,
    a_serviced_day,
    a_square,
    a_store,
    a_van,
    an_assignment,
    an_item,
    at,
    between,
    skus,
)

DAY = a_planned_day()
SERVICES = a_serviced_day()
SECOND = timedelta(seconds=1)
BOOK = ("C-2", "i-book")


def zone_use(zone_id: str = "Z-1", *, days: int = 0, amount: int = 1) -> CapacityUse:
    return CapacityUse(
        kind=CapacityKind.CARRIER_ZONE, owner_id=zone_id, bucket_start=at("00:00", days=days), amount=amount
    )


def a_zoned_day() -> Scene:
    """The planned day; the carrier delivers around crossing 7 only, where the book goes."""
    scene = DAY.carrier("X-1", zones=(a_square("Z-0", ends=(1, 6)), a_square()))
    return scene.assignment(*BOOK, uses=(*scene.assigned(*BOOK).uses, zone_use()))


def zoned(*zones: CarrierZone) -> Callable[[Scene], Scene]:
    return lambda s: s.carrier("X-1", zones=zones)


def working(*weekdays: Weekday, on_holidays: bool = True) -> Callable[[Scene], Scene]:
    return lambda s: s.carrier(
        "X-1", collects=WorkingDays(weekdays=weekdays or tuple(Weekday), on_holidays=on_holidays)
    )


def off(*days: date, made_up: date | None = None) -> Callable[[Scene], Scene]:
    """A country whose holidays are those days, and whose carriers respect them."""

    class Calendar(PublicHolidays):
        def __contains__(self, day: date) -> bool:
            return day in days

        def is_made_up_for(self, day: date) -> bool:
            return day == made_up

    calendar = Calendar(country="CN")
    return lambda s: working(Weekday.MONDAY, Weekday.WEDNESDAY, Weekday.TUESDAY, on_holidays=False)(
        s.catalogue(holidays=calendar)
    )


def a_triangle(*, beyond: float) -> CarrierZone:
    """Below a slanted line through crossing 7, or so far south of it."""
    here = a_place(7)
    corners = [
        (here.lat - 0.25 - beyond, here.lon - 0.5),
        (here.lat - 1, here.lon),
        (here.lat + 0.25 - beyond, here.lon + 0.5),
    ]
    return CarrierZone(zone_id="Z-1", area=tuple(Corner(lat=lat, lon=lon) for lat, lon in corners))


def a_day_at_hand() -> Scene:
    """The planned day; nothing that comes from the depot takes time to pick."""
    scene = DAY.site("DEPOT", pick_duration_per_line=timedelta(0))
    for key in (("C-1", "i-cake"), BOOK, ("C-4", "i-second")):
        uses = (use for use in scene.assigned(*key).uses if use.kind is not CapacityKind.PICKING)
        scene = scene.assignment(*key, uses=tuple(uses))
    return scene


AT_HAND = a_day_at_hand()
ZONED = a_zoned_day()
Code = ViolationCode
Mutation = Callable[[Scene], Scene]
CASES: list[Any] = []
"""(expected code, defect, valid scene): one entry for each sentence of the rules at least."""
BINDING: list[Any] = []
"""(change that brings a limit to exactly what the plan needs, valid scene)."""


def defect(name: str, code: ViolationCode, mutation: Mutation, *, scene: Scene = DAY) -> None:
    CASES.append(pytest.param(code, mutation, scene, id=name.replace(" ", "-")))


def binding(name: str, change: Mutation, *, scene: Scene = DAY) -> None:
    BINDING.append(pytest.param(change, scene, id=name.replace(" ", "-")))


flaw = partial(defect, scene=SERVICES)
unfit = partial(defect, scene=ZONED)
just = partial(binding, scene=SERVICES)


def codes_of(scene: Scene) -> set[str]:
    return {violation.code for violation in check(scene.problem, scene.plan)}


def later(scene: Scene, resource_id: str, idx: int, **seconds: int) -> Scene:
    """One visit with some of its instants moved by so many seconds."""
    visit = scene.visits(resource_id)[idx]
    return scene.visit(resource_id, idx, **{name: getattr(visit, name) + by * SECOND for name, by in seconds.items()})


def without_assignment(scene: Scene, item_id: str) -> Scene:
    return scene.planned(assignments=tuple(each for each in scene.plan.assignments if each.item_id != item_id))


def with_assignment(scene: Scene, assignment: Assignment) -> Scene:
    return scene.planned(assignments=(*scene.plan.assignments, assignment))


def unplanned(scene: Scene, contract_id: str, item_id: str) -> Scene:
    reason = ReasonCount(code=ReasonCode.NO_STOCK, count=1, total=1)
    entry = Unplanned(contract_id=contract_id, item_id=item_id, reasons=(reason,))
    return scene.planned(unplanned=(*scene.plan.unplanned, entry))


def without_visit(scene: Scene, resource_id: str, idx: int) -> Scene:
    visits = scene.visits(resource_id)
    return scene.route(resource_id, visits=visits[:idx] + visits[idx + 1 :])


def reordered(scene: Scene, resource_id: str, order: tuple[int, ...]) -> Scene:
    visits = scene.visits(resource_id)
    return scene.route(resource_id, visits=tuple(visits[idx] for idx in order))


def with_use(scene: Scene, contract_id: str, item_id: str, use: CapacityUse) -> Scene:
    return scene.assignment(contract_id, item_id, uses=(*scene.assigned(contract_id, item_id).uses, use))


def constrained(scene: Scene, item_id: str, contract_id: str = "C-1", **changes: Any) -> Scene:
    constraint = scene.agreed(contract_id).item(item_id).constraint.model_copy(update=changes)
    return scene.item(contract_id, item_id, constraint=constraint)


def loaded(scene: Scene, contract_id: str, item_id: str, **more: int) -> Scene:
    load = scene.agreed(contract_id).item(item_id).load
    changes = {name: getattr(load, name) + by for name, by in more.items()}
    return scene.item(contract_id, item_id, load=load.model_copy(update=changes))


def roomy(scene: Scene, resource_id: str, **changes: int) -> Scene:
    vehicle = scene.problem.catalogue.vehicle_by_id[resource_id]
    change = scene.rider if vehicle.kind is ResourceKind.RIDER else scene.van
    return change(resource_id, capacity=vehicle.capacity.model_copy(update=changes))


def limited(scene: Scene, *windows: TimeWindow) -> Scene:
    return scene.item("C-1", "i-cake", sla=SlaTerm(windows=windows))


def costing(scene: Scene, **more: int) -> Scene:
    cost = scene.plan.cost
    return scene.planned(cost=cost.model_copy(update={name: getattr(cost, name) + by for name, by in more.items()}))


def heavier(dimension: str) -> Mutation:
    return lambda s: loaded(s, "C-1", "i-leeks", **{dimension: 1})


def dearer(kind: str, *, by: int) -> Mutation:
    return lambda s: costing(s, **{kind: by})


def summed(scene: Scene, resource_id: str, **more: int) -> Scene:
    route = next(route for route in scene.plan.routes if route.resource_id == resource_id)
    return scene.route(resource_id, **{name: getattr(route, name) + by for name, by in more.items()})


def shared(channels: tuple[Channel, ...], *resource_ids: str) -> tuple[ResourcePool, ...]:
    return (ResourcePool(pool_id="pool", name="Pool", resource_ids=resource_ids, channels=channels),)


def open_from(opens: time, closes: time = time(22)) -> str:
    return f"{opens:%H:%M}-{closes:%H:%M}"


def both(one: str, other: str) -> str:
    return f"{one}, {other}"


def carrier_use(resource_id: str = "X-1", *, days: int = 0, amount: int = 1) -> CapacityUse:
    return CapacityUse(
        kind=CapacityKind.CARRIER, owner_id=resource_id, bucket_start=at("00:00", days=days), amount=amount
    )


def retaken(scene: Scene, use: CapacityUse) -> Scene:
    return scene.assignment(*BOOK, uses=(*scene.assigned(*BOOK).uses[:-1], use))


def returns_use(site_id: str, *, days: int = 0, amount: int = 1) -> CapacityUse:
    return CapacityUse(kind=CapacityKind.RETURNS, owner_id=site_id, bucket_start=at("00:00", days=days), amount=amount)


def returned(use: CapacityUse) -> Mutation:
    return lambda s: s.assignment(*BACK, uses=(use,))


def counter_use(clock: str, *, amount: int = 1) -> CapacityUse:
    return CapacityUse(kind=CapacityKind.COUNTER, owner_id="STORE", bucket_start=at(clock), amount=amount)


TALK, MANUAL, PIPES, BACK = ("C-5", "i-talk"), ("C-5", "i-manual"), ("C-5", "i-pipes"), ("C-6", "i-back")
PICKING = CapacityUse(kind=CapacityKind.PICKING, owner_id="DEPOT", bucket_start=at("07:10"), amount=1)


def desk_use(clock: str) -> CapacityUse:
    return CapacityUse(kind=CapacityKind.DESK, owner_id="D-1", bucket_start=at(clock), amount=1)


# Of an item of the washer's contract:
def kind_of(item_id: str, kind: ServiceItemKind) -> Mutation:
    return lambda s: s.item("C-5", item_id, kind=kind)


def by(item_id: str, resource_id: str | None) -> Mutation:
    return lambda s: s.assignment("C-5", item_id, resource_id=resource_id)


def window_of(item_id: str, earliest: str, latest: str) -> Mutation:
    return lambda s: s.promise("C-5", item_id, window=between(earliest, latest))


def place_of(item_id: str, crossing: int) -> Mutation:
    return lambda s: s.promise("C-5", item_id, place=a_place(crossing))


def ready(item_id: str, clock: str) -> Mutation:
    return lambda s: s.assignment("C-5", item_id, ready_time=at(clock))


def taking(item_id: str, use: CapacityUse) -> Mutation:
    return lambda s: with_use(s, "C-5", item_id, use)


def demanding(item_id: str) -> Mutation:
    return lambda s: s.item("C-5", item_id, demand_ids=s.agreed("C-5").item("i-washer").demand_ids)


def together(*item_ids: str) -> Mutation:
    return lambda s: s.contract("C-5", same_visits=(SameVisit(item_ids=item_ids),))


def without(scene: Scene, each_id: str) -> Scene:
    return scene.catalogue(unavailable_ids=frozenset({each_id}))


def at_risk(scene: Scene, contract_id: str, item_id: str) -> Scene:
    return scene.promise(contract_id, item_id, state=PromiseState.AT_RISK)


def lost(scene: Scene, contract_id: str, item_id: str) -> Scene:
    """An item that left the plan, as the customer has been told."""
    scene = unplanned(without_assignment(at_risk(scene, contract_id, item_id), item_id), contract_id, item_id)
    return scene.planned(cost=recompute_cost(scene.problem, scene.plan))


def gone_at(scene: Scene, clock: str) -> Scene:
    """The same day, looked at when everything that departs has departed."""
    return scene.given(now=at(clock), freeze_until=at("23:00"), initial_plan=scene.plan)


def shrunk(scene: Scene, site_id: str, *, since: str, **changes: Any) -> Scene:
    return scene.site(site_id, **changes).catalogue(changed_time_by_id={site_id: at(since)})


def unhandled(mode: Mode) -> Mutation:
    return lambda s: costing(s, handling=-s.problem.catalogue.policy.handling_per_item[mode])


# R1
defect("an item with a promise that nobody does", Code.ITEM_NOT_ASSIGNED, lambda s: without_assignment(s, "i-book"))
defect(
    "a promised item left unplanned",
    Code.ITEM_NOT_ASSIGNED,
    lambda s: unplanned(without_assignment(s, "i-book"), "C-2", "i-book"),
)
defect("an item assigned twice", Code.ITEM_ASSIGNED_TWICE, lambda s: with_assignment(s, s.assigned("C-2", "i-book")))
defect(
    "an item in neither list",
    Code.ITEM_UNACCOUNTED,
    lambda s: without_assignment(s.contract("C-2", promises=()), "i-book"),
)
defect(
    "an assignment of no contract",
    Code.ITEM_UNKNOWN,
    lambda s: with_assignment(s, s.assigned("C-2", "i-book").model_copy(update={"contract_id": "C-9"})),
)
defect(
    "an assignment of no item of its contract",
    Code.ITEM_UNKNOWN,
    lambda s: with_assignment(s, s.assigned("C-2", "i-book").model_copy(update={"item_id": "i-lost"})),
)
defect("an unplanned item of no contract", Code.ITEM_UNKNOWN, lambda s: unplanned(s, "C-9", "i-book"))
defect("an item assigned and unplanned", Code.ITEM_ASSIGNED_AND_UNPLANNED, lambda s: unplanned(s, "C-2", "i-book"))
defect(
    "half a contract",
    Code.CONTRACT_SPLIT,
    lambda s: unplanned(without_assignment(s.contract("C-1", promises=()), "i-tissues"), "C-1", "i-tissues"),
)
defect("another mode than promised", Code.MODE_NOT_PROMISED, lambda s: s.promise("C-3", "i-milk", mode=Mode.VAN))
# R2
defect(
    "a pickup of what was to be delivered",
    Code.MODE_UNFIT,
    lambda s: s.item("C-1", "i-tissues", kind=ServiceItemKind.DELIVERY),
)
defect(
    "a delivery of what was to be fetched",
    Code.MODE_UNFIT,
    lambda s: s.item("C-3", "i-milk", kind=ServiceItemKind.STORE_PICKUP),
)
defect(
    "a parcel of what was to be fetched",
    Code.MODE_UNFIT,
    lambda s: s.item("C-2", "i-book", kind=ServiceItemKind.STORE_PICKUP),
)
defect(
    "a service level that is not sold",
    Code.SERVICE_LEVEL_UNKNOWN,
    lambda s: s.promise("C-2", "i-book", service_level_id="drone"),
)
defect(
    "a service level kept by another mode",
    Code.SERVICE_LEVEL_WITHOUT_MODE,
    lambda s: s.promise("C-1", "i-cake", service_level_id="hour"),
)
# R3
defect("a site that does not exist", Code.SITE_UNKNOWN, lambda s: s.assignment("C-2", "i-book", site_id="MOON"))
defect("a rider's site that does not exist", Code.SITE_UNKNOWN, lambda s: s.assignment("C-3", "i-milk", site_id="MOON"))
defect(
    "a site that is not allowed",
    Code.SITE_NOT_ALLOWED,
    lambda s: constrained(s, "i-cake", allowed_site_ids=("STORE",)),
)
defect(
    "frozen goods from a site without that zone",
    Code.SITE_WITHOUT_ZONE,
    lambda s: s.site("DEPOT", temperatures=(Temperature.AMBIENT, Temperature.CHILLED)),
)
defect("a SKU that does not exist", Code.SKU_UNKNOWN, lambda s: s.catalogue(skus=skus()[1:]))
defect("one piece more than on hand", Code.STOCK_EXCEEDED, lambda s: s.on_hand("STORE", "LEEKS", 1))
defect("stock taken twice by two contracts", Code.STOCK_EXCEEDED, lambda s: s.on_hand("STORE", "RICE", 1))
defect("stock with no row", Code.STOCK_EXCEEDED, lambda s: s.given(stock=()))
defect(
    "a place beyond the riders' radius",
    Code.OUT_OF_RADIUS,
    lambda s: s.site("STORE", radius_m={ResourceKind.RIDER: 1990}),
)
defect(
    "a place beyond the vans' radius", Code.OUT_OF_RADIUS, lambda s: s.site("DEPOT", radius_m={ResourceKind.VAN: 1190})
)
defect(
    "a place beyond the parcels' radius",
    Code.OUT_OF_RADIUS,
    lambda s: s.site("DEPOT", radius_m={ResourceKind.CARRIER: 1990}),
)
# R4
defect("picking at another site", Code.PICKING_ELSEWHERE, lambda s: s.use("C-3", "i-milk", 0, owner_id="DEPOT"))
defect(
    "picking one second off its bucket",
    Code.PICKING_NOT_ALIGNED,
    lambda s: s.use("C-3", "i-milk", 0, bucket_start=at("07:05:01")),
)
defect("a picker-second too few", Code.PICKING_AMOUNT_WRONG, lambda s: s.use("C-1", "i-leeks", 0, amount=59))
defect("a picker-second too many", Code.PICKING_AMOUNT_WRONG, lambda s: s.use("C-1", "i-tissues", 0, amount=31))
defect("nothing picked", Code.PICKING_AMOUNT_WRONG, lambda s: s.assignment("C-2", "i-book", uses=(carrier_use(),)))
defect(
    "ready a second before it is picked",
    Code.READY_TIME_WRONG,
    lambda s: s.assignment("C-2", "i-book", ready_time=at("07:09:59")),
)
defect(
    "ready later than it is picked",
    Code.READY_TIME_WRONG,
    lambda s: s.assignment("C-1", "i-tissues", ready_time=at("07:15")),
)
defect(
    "ready after the first of two buckets",
    Code.READY_TIME_WRONG,
    lambda s: with_use(
        s.use("C-1", "i-leeks", 0, amount=30),
        "C-1",
        "i-leeks",
        CapacityUse(kind=CapacityKind.PICKING, owner_id="STORE", bucket_start=at("07:10"), amount=30),
    ),
)
defect(
    "picked a second before there was a contract",
    Code.PICKING_TOO_EARLY,
    lambda s: s.contract("C-2", created_time=at("07:05:01")),
)
defect(
    "ready without picking a second before there was a contract",
    Code.PICKING_TOO_EARLY,
    lambda s: s.contract("C-2", created_time=at("07:10:01")),
    scene=AT_HAND,
)
binding(
    "ready without picking when the contract is made",
    lambda s: s.contract("C-2", created_time=at("07:10")),
    scene=AT_HAND,
)
defect("a bucket with too few pickers", Code.PICKING_OVERBOOKED, lambda s: s.site("STORE", pickers=0))
defect(
    "a bucket open one second too short",
    Code.PICKING_OVERBOOKED,
    lambda s: s.site("STORE", pickers=1, hours=open_from(time(7, 8))),
)
defect(
    "picking before the site opens",
    Code.PICKING_OVERBOOKED,
    lambda s: s.site("DEPOT", hours=open_from(time(7, 10))),
)
# R5
defect(
    "a rider who does not exist",
    Code.RESOURCE_UNKNOWN,
    lambda s: s.assignment("C-3", "i-milk", resource_id="R-9"),
)
defect("a route of nobody", Code.RESOURCE_UNKNOWN, lambda s: s.route("R-1", resource_id="R-9"))
defect("a carrier that is none", Code.RESOURCE_UNKNOWN, lambda s: s.assignment("C-2", "i-book", resource_id="R-1"))
defect("a delivery by nobody", Code.RESOURCE_UNKNOWN, lambda s: s.assignment("C-3", "i-milk", resource_id=None))
defect(
    "a resource where the customer comes",
    Code.RESOURCE_UNEXPECTED,
    lambda s: s.assignment("C-1", "i-tissues", resource_id="R-1"),
)
defect(
    "a van that is a rider",
    Code.RESOURCE_KIND_WRONG,
    lambda s: s.assignment("C-1", "i-cake", resource_id="R-1"),
)
defect("two routes of one rider", Code.ROUTE_DUPLICATE, lambda s: s.planned(routes=(*s.plan.routes, s.plan.routes[0])))
defect("a delivery without a visit", Code.VISIT_MISSING, lambda s: without_visit(s, "R-1", 7))
defect("a delivery that is never picked up", Code.VISIT_MISSING, lambda s: without_visit(s, "V-1", 0))
defect(
    "the same visit twice",
    Code.VISIT_DUPLICATE,
    lambda s: s.route("R-1", visits=(*s.visits("R-1"), s.visits("R-1")[-1])),
)
defect("a visit for what is not assigned", Code.VISIT_UNASSIGNED, lambda s: without_assignment(s, "i-first"))
defect("a visit for no item at all", Code.VISIT_UNASSIGNED, lambda s: s.visit("R-1", 7, item_id="i-lost"))
defect("a visit for a parcel", Code.VISIT_UNEXPECTED, lambda s: s.assignment("C-4", "i-first", mode=Mode.CARRIER))
defect(
    "a visit for what the customer fetches",
    Code.VISIT_UNEXPECTED,
    lambda s: s.visit("R-1", 7, contract_id="C-1", item_id="i-tissues"),
)
defect("a delivery at the wrong door", Code.VISIT_MISPLACED, lambda s: s.visit("R-1", 7, place=a_place(7)))
defect("a pickup at the wrong site", Code.VISIT_MISPLACED, lambda s: s.visit("V-1", 0, place=a_place(1)))
defect(
    "a door a hair beside the right one",
    Code.VISIT_MISPLACED,
    lambda s: s.visit("R-1", 7, place=a_place(6).model_copy(update={"lat": 31.2000001})),
)
defect(
    "visits in the route of another",
    Code.VISIT_ON_OTHER_ROUTE,
    lambda s: s.assignment("C-4", "i-first", resource_id="R-2"),
)
defect("a delivery before its pickup", Code.VISIT_ORDER_WRONG, lambda s: reordered(s, "R-1", (0, 1, 2, 3, 4, 5, 7, 6)))
defect(
    "a planned start one second off",
    Code.PLANNED_START_WRONG,
    lambda s: s.assignment("C-1", "i-leeks", planned_start=at("07:27:51")),
)
defect(
    "a pickup one second before the goods are ready",
    Code.PICKUP_BEFORE_READY,
    lambda s: s.assignment("C-1", "i-leeks", ready_time=at("07:13:21")),
)
defect(
    "a pickup one second before the site opens",
    Code.SITE_CLOSED,
    lambda s: s.site("DEPOT", hours=open_from(time(7, 22))),
)
defect(
    "a pickup at the second the site closes",
    Code.SITE_CLOSED,
    lambda s: s.site("STORE", hours=open_from(time(6, 30), time(7, 36))),
)
# R6
defect(
    "a departure one second before the shift",
    Code.DEPART_BEFORE_SHIFT,
    lambda s: s.rider("R-1", shift=Interval(start=at("07:10:01"), end=at("15:00"))),
)
defect(
    "a departure one second before the visit before has ended",
    Code.DEPART_BEFORE_END,
    lambda s: later(s, "R-1", 5, depart=-1),
)
defect("an arrival one second too early", Code.ARRIVAL_WRONG, lambda s: later(s, "R-1", 5, arrival=-1))
defect("an arrival one second too late", Code.ARRIVAL_WRONG, lambda s: later(s, "V-1", 2, arrival=1))
defect("a first way that is left out", Code.ARRIVAL_WRONG, lambda s: s.rider("R-1", start_place=a_place(1)))
defect(
    "a way driven in the wrong direction",
    Code.ARRIVAL_WRONG,
    lambda s: s.van("V-1", start_place=a_place(1)),
)
defect("a set-up at a door one second short", Code.START_BEFORE_SETUP, lambda s: later(s, "R-1", 5, start=-1, end=-1))
defect("a set-up at a site one second short", Code.START_BEFORE_SETUP, lambda s: later(s, "V-1", 0, start=-1, end=-1))
defect(
    "a site's set-up that takes longer",
    Code.START_BEFORE_SETUP,
    lambda s: s.site("STORE", setup_duration=timedelta(seconds=120, microseconds=1)),
)
defect(
    "a walk to the door that takes longer",
    Code.START_BEFORE_SETUP,
    lambda s: s.item("C-3", "i-milk", place=a_place(4, snap_distance_m=14)),
)
defect("a service at a door one second short", Code.END_WRONG, lambda s: later(s, "R-1", 7, end=-1))
defect("a handover one second long", Code.END_WRONG, lambda s: later(s, "V-1", 1, end=1))
defect(
    "a way through the river",
    Code.LEG_UNREACHABLE,
    lambda s: s.visit("R-1", 7, place=a_place(ACROSS_THE_RIVER)),
)
defect(
    "a start across the river", Code.LEG_UNREACHABLE, lambda s: s.rider("R-1", start_place=a_place(ACROSS_THE_RIVER))
)
defect(
    "a way home through the river", Code.LEG_UNREACHABLE, lambda s: s.rider("R-1", end_place=a_place(ACROSS_THE_RIVER))
)
defect("a crossing that is not on the map", Code.LEG_UNREACHABLE, lambda s: s.visit("V-1", 3, place=a_place(77)))
defect(
    "a place that is not snapped to the street",
    Code.LEG_UNREACHABLE,
    lambda s: s.visit("V-1", 3, place=a_place(6).model_copy(update={"street_node_id": None})),
)
defect(
    "home one second after the shift",
    Code.SHIFT_OVERRUN,
    lambda s: s.rider("R-1", shift=Interval(start=at("07:00"), end=at("07:51:41"))),
)
defect(
    "the last visit one second after the shift",
    Code.SHIFT_OVERRUN,
    lambda s: s.van("V-1", shift=Interval(start=at("07:00"), end=at("08:00:59"))),
)
# R7; the rider leaves the store with 3 pieces of i-leeks, 2 of i-milk and 1 of i-rice
defect("one gram over", Code.LOAD_EXCEEDED, lambda s: roomy(s, "R-1", weight_g=8509))
defect("one cubic centimetre over, ambient", Code.LOAD_EXCEEDED, lambda s: roomy(s, "R-1", ambient_cm3=10_299))
defect("one cubic centimetre over, chilled", Code.LOAD_EXCEEDED, lambda s: roomy(s, "R-1", chilled_cm3=2199))
defect("frozen goods without a cold box", Code.LOAD_EXCEEDED, lambda s: roomy(s, "V-1", frozen_cm3=0))
for dimension in LOAD_DIMENSIONS:
    defect(
        f"a load not that of the demands in {dimension}",
        Code.LOAD_WRONG,
        heavier(dimension),
    )
# R8
defect("a skill at too low a level", Code.SKILL_MISSING, lambda s: s.van("V-1", skills=(SkillLevel(skill="COLD"),)))
defect("a skill that is missing", Code.SKILL_MISSING, lambda s: s.van("V-1", skills=()))
defect(
    "a skill asked of a carrier",
    Code.SKILL_MISSING,
    lambda s: constrained(s, "i-book", "C-2", skills=(SkillLevel(skill="COLD"),)),
)
defect(
    "a kind that is not allowed",
    Code.RESOURCE_KIND_NOT_ALLOWED,
    lambda s: constrained(s, "i-cake", kinds=(ResourceKind.RIDER, ResourceKind.CARRIER)),
)
defect("a van that is not allowed", Code.RESOURCE_NOT_ALLOWED, lambda s: constrained(s, "i-cake", allowed_ids=("V-2",)))
defect("a van that is excluded", Code.RESOURCE_EXCLUDED, lambda s: constrained(s, "i-cake", excluded_ids=("V-1",)))
defect("goods for two by a rider alone", Code.CREW_TOO_SMALL, lambda s: constrained(s, "i-leeks", crew=2))
defect("a piece for two that the item says one carries", Code.CREW_TOO_SMALL, lambda s: s.sku("LEEKS", crew=2))
defect("a piece for three by two", Code.CREW_TOO_SMALL, lambda s: s.van("V-1", crew_size=2).sku("CAKE", crew=3))
defect("a parcel for two", Code.CREW_TOO_SMALL, lambda s: constrained(s, "i-book", "C-2", crew=2))
defect(
    "a rider's pool for another channel",
    Code.POOL_NOT_SHARED,
    lambda s: s.catalogue(pools=shared((Channel.MARKETPLACE,), "R-1")),
)
defect(
    "a carrier's pool for another channel",
    Code.POOL_NOT_SHARED,
    lambda s: s.catalogue(pools=shared((Channel.LIVESTREAM,), "X-1")),
)
# R9
defect(
    "a second before the promised window",
    Code.WINDOW_MISSED,
    lambda s: s.promise("C-1", "i-cake", window=between("07:35:01", "10:00")),
)
defect(
    "a second after the promised window",
    Code.WINDOW_MISSED,
    lambda s: s.promise("C-1", "i-leeks", window=between("07:00", "07:27:51")),
)
defect(
    "a promised window that is in none of the limits but in all of them together",
    Code.WINDOW_OUTSIDE_LIMIT,
    lambda s: limited(s, between("07:00", "08:00"), between("08:00:01", "10:00")),
)
defect(
    "promised a second before the limit",
    Code.WINDOW_OUTSIDE_LIMIT,
    lambda s: s.promise("C-1", "i-cake", window=between("07:34:59", "10:00")),
)
defect(
    "promised a second after the limit",
    Code.WINDOW_OUTSIDE_LIMIT,
    lambda s: s.promise("C-1", "i-cake", window=between("07:35", "10:00:01")),
)
defect("promised to another door", Code.PROMISE_PLACE_WRONG, lambda s: s.promise("C-3", "i-milk", place=a_place(5)))
defect(
    "a parcel promised to another door",
    Code.PROMISE_PLACE_WRONG,
    lambda s: s.promise("C-2", "i-book", place=a_place(5)),
)
defect(
    "to be fetched at another site", Code.PROMISE_PLACE_WRONG, lambda s: s.promise("C-1", "i-tissues", place=a_place(3))
)


def flexible(window: TimeWindow | None, *, level: bool = True) -> Mutation:
    """The milk of C-3 at a level that may be narrowed, from that window."""

    def mutation(scene: Scene) -> Scene:
        policy = scene.problem.catalogue.policy
        narrowing = Narrowing(width=timedelta(hours=1), before=timedelta(hours=1)) if level else None
        kept = scene.agreed("C-3").promises
        wide = next(each for each in kept if each.item_id == "i-milk").service_level_id
        levels = tuple(
            each.model_copy(update={"narrowing": narrowing} if each.service_level_id == wide else {})
            for each in policy.service_levels
        )
        flexible_scene = scene.catalogue(policy=policy.model_copy(update={"service_levels": levels}))
        return flexible_scene.promise("C-3", "i-milk", narrowed_from=window)

    return mutation


def around_milk(*, earlier: timedelta = timedelta(0), later: timedelta = timedelta(0)) -> TimeWindow:
    window = next(each.window for each in DAY.agreed("C-3").promises if each.item_id == "i-milk")
    return TimeWindow(earliest=window.earliest - earlier, latest=window.latest + later)


defect(
    "narrowed to begin a second too early", Code.NARROWED_WRONGLY, flexible(around_milk(earlier=-SECOND, later=SECOND))
)
defect("narrowed to end a second too late", Code.NARROWED_WRONGLY, flexible(around_milk(earlier=SECOND, later=-SECOND)))
defect("narrowed at a level that is not flexible", Code.NARROWED_WRONGLY, flexible(around_milk(), level=False))
binding("narrowed to all of the wide window", flexible(around_milk()))
# R10
defect("a pickup without a counter", Code.COUNTER_MISSING, lambda s: s.site("STORE", counter_places=0))
defect("a place at another counter", Code.COUNTER_USE_WRONG, lambda s: s.use("C-1", "i-tissues", 1, owner_id="DEPOT"))
defect("two places for one item", Code.COUNTER_USE_WRONG, lambda s: s.use("C-1", "i-tissues", 1, amount=2))
defect(
    "a place one second off its bucket",
    Code.COUNTER_USE_WRONG,
    lambda s: s.use("C-1", "i-tissues", 1, bucket_start=at("07:30:01")),
)
defect(
    "no place in the last half-hour",
    Code.COUNTER_USE_WRONG,
    lambda s: s.assignment("C-1", "i-tissues", uses=s.assigned("C-1", "i-tissues").uses[:-1]),
)
defect(
    "a place after the last half-hour",
    Code.COUNTER_USE_WRONG,
    lambda s: with_use(s, "C-1", "i-tissues", counter_use("12:00")),
)
defect(
    "a half-hour twice and one not at all",
    Code.COUNTER_USE_WRONG,
    lambda s: s.use("C-1", "i-tissues", 2, bucket_start=at("07:30")),
)
defect(
    "a window one second longer than its places",
    Code.COUNTER_USE_WRONG,
    lambda s: s.promise("C-1", "i-tissues", window=between("07:29:59", "11:30")),
)
defect(
    "a counter that is full",
    Code.COUNTER_OVERBOOKED,
    lambda s: with_use(s, "C-1", "i-tissues", counter_use("07:30", amount=3)),
)
defect(
    "fetched a second before it is ready",
    Code.FETCH_BEFORE_READY,
    lambda s: s.assignment("C-1", "i-tissues", ready_time=at("07:30:01")),
)
defect(
    "fetched a second before the store opens",
    Code.FETCH_OUTSIDE_HOURS,
    lambda s: s.site("STORE", hours=open_from(time(7, 31))),
)
defect(
    "fetched a second after the store closes",
    Code.FETCH_OUTSIDE_HOURS,
    lambda s: s.site("STORE", hours=open_from(time(6, 30), time(11, 29))),
)
defect(
    "fetched over the lunch break",
    Code.FETCH_OUTSIDE_HOURS,
    lambda s: s.site("STORE", hours=both(open_from(time(6, 30), time(9)), open_from(time(9, 1)))),
)
defect(
    "a pickup not planned from its first second",
    Code.PLANNED_START_WRONG,
    lambda s: s.assignment("C-1", "i-tissues", planned_start=at("07:30:01")),
)
defect(
    "a counter for what a rider brings",
    Code.CAPACITY_USE_UNEXPECTED,
    lambda s: with_use(s, "C-3", "i-milk", counter_use("07:30")),
)
# R11
defect(
    "a temperature that is not accepted",
    Code.GOODS_NOT_ACCEPTED,
    lambda s: s.sku("BOOK", temperature=Temperature.CHILLED),
)
defect("fragile goods that are not accepted", Code.GOODS_NOT_ACCEPTED, lambda s: s.sku("BOOK", fragile=True))
defect("a hazard that is not accepted", Code.GOODS_NOT_ACCEPTED, lambda s: s.sku("BOOK", hazard=Hazard.BATTERY))
defect("a parcel one gram too heavy", Code.PARCEL_TOO_HEAVY, lambda s: s.carrier("X-1", max_weight_g=2744))
defect(
    "no parcel of the day's quota",
    Code.DISPATCH_USE_WRONG,
    lambda s: s.assignment("C-2", "i-book", uses=s.assigned("C-2", "i-book").uses[:1]),
)
defect("two parcels of the day's quota", Code.DISPATCH_USE_WRONG, lambda s: s.use("C-2", "i-book", 1, amount=2))
defect(
    "parcels of two days' quota", Code.DISPATCH_USE_WRONG, lambda s: with_use(s, "C-2", "i-book", carrier_use(days=1))
)
defect("a parcel of another carrier", Code.DISPATCH_USE_WRONG, lambda s: s.use("C-2", "i-book", 1, owner_id="X-2"))
defect(
    "a day that does not start at midnight",
    Code.DISPATCH_USE_WRONG,
    lambda s: s.use("C-2", "i-book", 1, bucket_start=at("00:00:01")),
)
defect(
    "a day that starts at midnight elsewhere",
    Code.DISPATCH_USE_WRONG,
    lambda s: s.use("C-2", "i-book", 1, bucket_start=at("08:00")),
)
defect("a quota that is used up", Code.QUOTA_EXCEEDED, lambda s: s.carrier("X-1", daily_quota=0))
defect("ready a second after the cut-off", Code.CUT_OFF_MISSED, lambda s: s.carrier("X-1", cut_off=time(7, 9, 59)))
defect(
    "a parcel promised for another day",
    Code.TRANSIT_WINDOW_WRONG,
    lambda s: s.promise("C-2", "i-book", window=between("09:00", "18:00", days=1)),
)
defect(
    "a parcel promised a second too early",
    Code.TRANSIT_WINDOW_WRONG,
    lambda s: s.promise("C-2", "i-book", window=between("09:00", "17:59:59", days=2)),
)
defect(
    "a parcel planned a second late",
    Code.PLANNED_START_WRONG,
    lambda s: s.assignment("C-2", "i-book", planned_start=at("09:00:01", days=2)),
)
defect(
    "a parcel's quota for what a rider brings",
    Code.CAPACITY_USE_UNEXPECTED,
    lambda s: with_use(s, "C-3", "i-milk", carrier_use()),
)
# R11, zones and working days; the book is dispatched on a Monday and arrives on Wednesday
MONDAY, TUESDAY, WEDNESDAY = Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY
unfit("a place in no zone", Code.OUT_OF_ZONE, zoned(a_square("Z-0", ends=(1, 6))))
unfit("a place on the far side of a diagonal", Code.OUT_OF_ZONE, zoned(a_triangle(beyond=1e-9)))
unfit(
    "a parcel into a zone without a place of its quota",
    Code.ZONE_USE_WRONG,
    lambda s: s.assignment(*BOOK, uses=s.assigned(*BOOK).uses[:-1]),
)
unfit("a parcel into the second zone that holds its place", Code.ZONE_USE_WRONG, zoned(a_square("Z-0"), a_square()))
unfit("two places of a zone", Code.ZONE_USE_WRONG, lambda s: with_use(s, *BOOK, zone_use()))
unfit("a place of a zone for two", Code.ZONE_USE_WRONG, lambda s: retaken(s, zone_use(amount=2)))
unfit("a place of a zone on another day", Code.ZONE_USE_WRONG, lambda s: retaken(s, zone_use(days=1)))
defect("a place of a zone without zones", Code.ZONE_USE_WRONG, lambda s: with_use(s, *BOOK, zone_use()))
unfit("more parcels than the zone takes", Code.QUOTA_EXCEEDED, zoned(a_square(daily_quota=0)))
unfit("a day more of transit into the zone", Code.TRANSIT_WINDOW_WRONG, zoned(a_square(transit_days=3)))
unfit("a dearer parcel into the zone", Code.COST_WRONG, zoned(a_square(tariff_base=601)))
unfit("a dearer kilogram into the zone", Code.COST_WRONG, zoned(a_square(tariff_per_kg=156)))
defect("a dispatch on a day off", Code.DISPATCH_DAY_WRONG, working(TUESDAY, WEDNESDAY))
defect("transit on a day off", Code.TRANSIT_WINDOW_WRONG, working(MONDAY, WEDNESDAY))
defect("a delivery on a day off", Code.TRANSIT_WINDOW_WRONG, working(MONDAY, TUESDAY))
defect("a dispatch on a holiday", Code.DISPATCH_DAY_WRONG, off(date(2026, 3, 2)))
defect("transit on a holiday", Code.TRANSIT_WINDOW_WRONG, off(date(2026, 3, 3)))
defect(
    "a parcel's place of a zone for a rider",
    Code.CAPACITY_USE_UNEXPECTED,
    lambda s: with_use(s, "C-1", "i-leeks", zone_use()),
)
# R12
defect(
    "promised a second before the lag is over",
    Code.PRECEDENCE_BROKEN,
    lambda s: s.promise("C-4", "i-first", window=between("07:30", "07:50:01")),
)
defect(
    "a later item promised a second too early",
    Code.PRECEDENCE_BROKEN,
    lambda s: s.promise("C-4", "i-second", window=between("07:59:59", "10:00")),
)
defect(
    "a service that makes the next wait longer",
    Code.PRECEDENCE_BROKEN,
    lambda s: s.item("C-4", "i-first", service_duration=timedelta(seconds=61)),
)
defect(
    "items of one visit by two vehicles",
    Code.SAME_VISIT_SPLIT,
    lambda s: s.contract("C-1", same_visits=(SameVisit(item_ids=("i-cake", "i-leeks")),)),
)
defect(
    "items of one visit, one of them fetched",
    Code.SAME_VISIT_SPLIT,
    lambda s: s.contract("C-1", same_visits=(SameVisit(item_ids=("i-leeks", "i-tissues")),)),
)
defect(
    "items of one visit with another between",
    Code.SAME_VISIT_APART,
    lambda s: reordered(s, "R-1", (0, 1, 2, 3, 5, 4, 6, 7)),
)
defect(
    "items of one visit at two doors",
    Code.SAME_VISIT_APART,
    lambda s: s.visit("R-1", 4, place=a_place(4, snap_distance_m=13).model_copy(update={"lon": 121.5})),
)
# R13
defect("a frozen visit a second later", Code.FROZEN_VISIT_CHANGED, lambda s: later(s, "V-1", 0, end=1))
defect("a frozen visit at another place", Code.FROZEN_VISIT_CHANGED, lambda s: s.visit("R-1", 0, place=a_place(3)))
defect("a frozen visit for another item", Code.FROZEN_VISIT_CHANGED, lambda s: s.visit("R-1", 0, item_id="i-tissues"))
defect("a frozen visit that is gone", Code.FROZEN_VISIT_CHANGED, lambda s: without_visit(s, "R-1", 0))
defect("a frozen route that is gone", Code.FROZEN_VISIT_CHANGED, lambda s: s.planned(routes=s.plan.routes[:1]))
defect(
    "a pinned item by another rider",
    Code.PINNED_ITEM_MOVED,
    lambda s: s.given(pinned=frozenset({("C-1", "i-cake")})).assignment("C-1", "i-cake", resource_id="R-1"),
)
defect(
    "frozen visits in another order", Code.FROZEN_VISIT_CHANGED, lambda s: reordered(s, "R-1", (0, 2, 1, 3, 4, 5, 6, 7))
)
defect(
    "a visit frozen at the very second",
    Code.FROZEN_VISIT_CHANGED,
    lambda s: later(s.given(freeze_until=at("07:22:45")), "V-1", 1, depart=1),
)
defect(
    "a departure a second in the past",
    Code.DEPART_IN_THE_PAST,
    lambda s: s.given(now=at("07:22:46")),
)
defect(
    "a departure in the past that nothing froze",
    Code.DEPART_IN_THE_PAST,
    lambda s: s.given(initial_plan=Plan()),
)
# R19
defect(
    "a picker less while goods are picked",
    Code.PICKING_OVERBOOKED,
    lambda s: shrunk(s, "DEPOT", since="07:09:59", pickers=0),
)
defect("a rider out of order with a visit ahead", Code.RESOURCE_OUT_OF_ORDER, lambda s: without(s, "R-1"))
defect("a van out of order with a visit ahead", Code.RESOURCE_OUT_OF_ORDER, lambda s: without(s, "V-1"))
defect("a carrier out of order before its cut-off", Code.RESOURCE_OUT_OF_ORDER, lambda s: without(s, "X-1"))
defect("a depot out of order with goods to fetch", Code.SITE_OUT_OF_ORDER, lambda s: without(s, "DEPOT"))
defect("a store out of order with goods at its counter", Code.SITE_OUT_OF_ORDER, lambda s: without(s, "STORE"))
flaw("a desk out of order before its session", Code.RESOURCE_OUT_OF_ORDER, lambda s: without(s, "D-1"))
# R14
defect("a metre too few", Code.DISTANCE_WRONG, lambda s: summed(s, "R-1", distance_m=-1))
defect("the way home not counted", Code.DISTANCE_WRONG, lambda s: summed(s, "R-1", distance_m=-1600))
defect("a second of work too many", Code.WORK_WRONG, lambda s: summed(s, "V-1", work_s=1))
defect("waiting counted as work", Code.WORK_WRONG, lambda s: summed(s, "V-1", work_s=1615))
defect("metres in a route without visits", Code.DISTANCE_WRONG, lambda s: s.route("V-1", visits=()))
for kind in COST_KINDS:
    defect(f"one minor unit too much {kind}", Code.COST_WRONG, dearer(kind, by=1))
    defect(f"one minor unit too little {kind}", Code.COST_WRONG, dearer(kind, by=-1))
defect(
    "a half rounded down",
    Code.COST_WRONG,
    lambda s: costing(s.van("V-1", rates=CostRates(per_km=310, per_hour=6000, per_use=1500)), travel=-1),
)


# R2, of services
flaw("a technician for a delivery", Code.MODE_UNFIT, kind_of("i-install", ServiceItemKind.DELIVERY))
flaw("a session for a technician's visit", Code.MODE_UNFIT, kind_of("i-talk", ServiceItemKind.TECHNICIAN_VISIT))
flaw("a document for a session", Code.MODE_UNFIT, kind_of("i-manual", ServiceItemKind.REMOTE_SESSION))
flaw("a technician for a session", Code.MODE_UNFIT, kind_of("i-pipes", ServiceItemKind.REMOTE_SESSION))
flaw("a van for what is digital", Code.MODE_UNFIT, kind_of("i-old", ServiceItemKind.DIGITAL))
flaw("a parcel that is collected", Code.MODE_UNFIT, lambda s: s.item("C-2", "i-book", kind=ServiceItemKind.COLLECTION))
flaw("a counter that collects", Code.MODE_UNFIT, lambda s: s.item("C-1", "i-tissues", kind=ServiceItemKind.COLLECTION))
flaw(
    "a technician by the level of a call",
    Code.SERVICE_LEVEL_WITHOUT_MODE,
    lambda s: s.promise("C-5", "i-install", service_level_id="call"),
)
# R15
flaw("a technician who does not exist", Code.RESOURCE_UNKNOWN, by("i-install", "T-9"))
flaw("a technician who is a rider", Code.RESOURCE_UNKNOWN, by("i-install", "R-1"))
flaw("a technician who is a desk", Code.RESOURCE_UNKNOWN, by("i-install", "D-1"))
flaw("a technician's visit by nobody", Code.RESOURCE_UNKNOWN, by("i-install", None))
flaw("a delivery by a technician", Code.RESOURCE_UNKNOWN, by("i-washer", "T-1"))
flaw("a technician who never comes", Code.VISIT_MISSING, lambda s: without_visit(s, "T-1", 1))
flaw(
    "a technician who comes twice",
    Code.VISIT_DUPLICATE,
    lambda s: s.route("T-1", visits=(*s.visits("T-1"), s.visits("T-1")[-1])),
)
flaw("a technician who delivers", Code.VISIT_UNEXPECTED, lambda s: s.visit("T-1", 0, kind=VisitKind.DELIVERY))
flaw("a technician who only picks up", Code.VISIT_MISSING, lambda s: s.visit("T-1", 1, kind=VisitKind.PICKUP))
flaw("a van that does a service", Code.VISIT_UNEXPECTED, lambda s: s.visit("V-2", 1, kind=VisitKind.SERVICE))
flaw("a technician at the wrong door", Code.VISIT_MISPLACED, lambda s: s.visit("T-1", 1, place=a_place(6)))
flaw("a visit in another technician's route", Code.VISIT_ON_OTHER_ROUTE, by("i-install", "T-2"))
flaw(
    "a technician's visit in a van's route",
    Code.VISIT_ON_OTHER_ROUTE,
    lambda s: s.visit("V-2", 3, contract_id="C-5", item_id="i-pipes", kind=VisitKind.SERVICE),
)
flaw(
    "two routes of one technician",
    Code.ROUTE_DUPLICATE,
    lambda s: s.planned(routes=(*s.plan.routes, s.plan.routes[-1])),
)
flaw("a technician a second too early", Code.WINDOW_MISSED, window_of("i-install", "11:10:01", "13:10"))
flaw("a technician a second too late", Code.WINDOW_MISSED, window_of("i-pipes", "11:10", "12:09:59"))
flaw(
    "a technician planned a second off",
    Code.PLANNED_START_WRONG,
    lambda s: s.assignment("C-5", "i-install", planned_start=at("11:10:01")),
)
flaw("a technician's service a second short", Code.END_WRONG, lambda s: later(s, "T-1", 1, end=-1))
flaw("a technician's set-up a second short", Code.START_BEFORE_SETUP, lambda s: later(s, "T-1", 0, start=-1, end=-1))
flaw(
    "a technician with too low a level",
    Code.SKILL_MISSING,
    lambda s: s.technician("T-1", skills=(SkillLevel(skill="PLUMBING"),)),
)
flaw("a technician without the skill", Code.SKILL_MISSING, lambda s: s.technician("T-1", skills=()))
flaw("a collection without a place", Code.RETURNS_USE_WRONG, lambda s: s.assignment(*BACK, uses=()))
flaw("a collection with two places", Code.RETURNS_USE_WRONG, lambda s: with_use(s, *BACK, returns_use("STORE")))
for name, use in {
    "at another site": returns_use("DEPOT"),
    "on another day": returns_use("STORE", days=1),
    "for two": returns_use("STORE", amount=2),
}.items():
    flaw(f"a place {name}", Code.RETURNS_USE_WRONG, returned(use))
flaw("more than the site takes in", Code.RETURNS_OVERBOOKED, lambda s: s.site("STORE", returns_per_day=0))
flaw("a place for what is handed over", Code.CAPACITY_USE_UNEXPECTED, taking("i-washer", returns_use("DEPOT")))
flaw("a technician alone for two", Code.CREW_TOO_SMALL, lambda s: constrained(s, "i-install", "C-5", crew=2))
flaw("a collection for two by one", Code.CREW_TOO_SMALL, lambda s: constrained(s, "i-old", "C-5", crew=2))
flaw("an agent alone for two", Code.CREW_TOO_SMALL, lambda s: constrained(s, "i-talk", "C-5", crew=2))
flaw("a technician without tools", Code.TOOL_MISSING, lambda s: s.technician("T-1", tools=()))
flaw(
    "a technician without one of two tools",
    Code.TOOL_MISSING,
    lambda s: constrained(s, "i-install", "C-5", tools=("DRILL", "LADDER")),
)
flaw(
    "a technician where a desk is asked for",
    Code.RESOURCE_KIND_NOT_ALLOWED,
    lambda s: constrained(s, "i-install", "C-5", kinds=(ResourceKind.DESK,)),
)
flaw(
    "a technician who is not allowed",
    Code.RESOURCE_NOT_ALLOWED,
    lambda s: constrained(s, "i-install", "C-5", allowed_ids=("T-2",)),
)
flaw(
    "a technician who is excluded",
    Code.RESOURCE_EXCLUDED,
    lambda s: constrained(s, "i-install", "C-5", excluded_ids=("T-1",)),
)
flaw(
    "a technician's pool for another channel",
    Code.POOL_NOT_SHARED,
    lambda s: s.catalogue(pools=shared((Channel.MARKETPLACE,), "T-1")),
)
flaw(
    "a site for a technician's visit", Code.SITE_UNEXPECTED, lambda s: s.assignment("C-5", "i-install", site_id="DEPOT")
)
flaw("picking for a technician", Code.CAPACITY_USE_UNEXPECTED, taking("i-install", PICKING))
flaw("a counter for a technician", Code.CAPACITY_USE_UNEXPECTED, lambda s: with_use(s, *PIPES, counter_use("11:30")))
flaw("a desk for a technician", Code.CAPACITY_USE_UNEXPECTED, taking("i-pipes", desk_use("11:10")))
flaw("a technician ready before the window", Code.READY_TIME_WRONG, ready("i-install", "11:09:59"))
flaw("a technician ready in the window", Code.READY_TIME_WRONG, ready("i-pipes", "12:10"))
flaw(
    "a technician a second before the shift",
    Code.DEPART_BEFORE_SHIFT,
    lambda s: s.technician("T-1", shift=Interval(start=at("11:03:56"), end=at("17:00"))),
)
flaw(
    "a technician home a second after the shift",
    Code.SHIFT_OVERRUN,
    lambda s: s.technician("T-1", shift=Interval(start=at("08:00"), end=at("12:22:59"))),
)
flaw("a technician who leaves too early", Code.DEPART_BEFORE_END, lambda s: later(s, "T-1", 1, depart=-1))
flaw(
    "a technician's way that is left out",
    Code.ARRIVAL_WRONG,
    lambda s: s.technician("T-1", start_place=a_place(5)),
)
flaw("a technician at no crossing", Code.LEG_UNREACHABLE, lambda s: s.technician("T-1", end_place=a_place(77)))
flaw(
    "goods on board of a technician",
    Code.LOAD_EXCEEDED,
    lambda s: s.visit("T-1", 1, item_id="i-washer", kind=VisitKind.PICKUP),
)
flaw(
    "goods on board of a technician after a visit",
    Code.LOAD_EXCEEDED,
    lambda s: loaded(s, "C-5", "i-install", weight_g=10**6, ambient_cm3=10**6).visit(
        "T-1", 1, item_id="i-washer", kind=VisitKind.PICKUP
    ),
)
flaw("goods of a technician's visit", Code.DEMAND_UNEXPECTED, demanding("i-install"))
flaw("a technician promised elsewhere", Code.PROMISE_PLACE_WRONG, place_of("i-install", 6))
flaw(
    "a frozen technician a second longer",
    Code.FROZEN_VISIT_CHANGED,
    lambda s: later(s.given(initial_plan=s.plan, freeze_until=at("11:03:55")), "T-1", 0, end=1),
)
flaw(
    "a technician who left in the past",
    Code.DEPART_IN_THE_PAST,
    lambda s: s.given(initial_plan=s.plan, freeze_until=at("11:03:54"), now=at("11:03:56")),
)
flaw("a technician's metre too few", Code.DISTANCE_WRONG, lambda s: summed(s, "T-1", distance_m=-1))
flaw("a technician's second too few", Code.WORK_WRONG, lambda s: summed(s, "T-1", work_s=-1))
flaw("a technician who is not paid", Code.COST_WRONG, lambda s: costing(s, labour=-11_863))
flaw("a technician's half rounded down", Code.COST_WRONG, lambda s: costing(s, travel=-1))
flaw("a technician used for nothing", Code.COST_WRONG, lambda s: costing(s, use=-1000))
for mode in (Mode.TECHNICIAN, Mode.REMOTE, Mode.DIGITAL):
    flaw(f"a {mode} item handled for nothing", Code.COST_WRONG, unhandled(mode))
# R16
flaw("a collection by a technician", Code.RESOURCE_UNKNOWN, by("i-old", "T-1"))
flaw("a van's collection by a rider", Code.RESOURCE_KIND_WRONG, by("i-old", "R-2"))
flaw("a collection that goes nowhere", Code.SITE_UNKNOWN, lambda s: s.assignment("C-5", "i-old", site_id=None))
flaw("a delivery from nowhere", Code.SITE_UNKNOWN, lambda s: s.assignment("C-5", "i-washer", site_id=None))
flaw("a collection to the moon", Code.SITE_UNKNOWN, lambda s: s.assignment("C-5", "i-old", site_id="MOON"))
flaw(
    "a collection to a site that is not allowed",
    Code.SITE_NOT_ALLOWED,
    lambda s: constrained(s, "i-old", "C-5", allowed_site_ids=("STORE",)),
)
flaw("a collection at the wrong door", Code.VISIT_MISPLACED, lambda s: s.visit("V-2", 2, place=a_place(6)))
flaw("a collection brought to another site", Code.VISIT_MISPLACED, lambda s: s.visit("V-2", 3, place=a_place(1)))
flaw(
    "a collection the wrong way round",
    Code.VISIT_MISPLACED,
    lambda s: s.visit("R-2", 0, kind=VisitKind.DELIVERY).visit("R-2", 1, kind=VisitKind.PICKUP),
)
flaw("a collection brought before it is fetched", Code.VISIT_ORDER_WRONG, lambda s: reordered(s, "R-2", (1, 0)))
flaw("a collection that is never fetched", Code.VISIT_MISSING, lambda s: without_visit(s, "V-2", 2))
flaw("a collection that is never brought", Code.VISIT_MISSING, lambda s: without_visit(s, "R-2", 1))
flaw(
    "a collection fetched twice",
    Code.VISIT_DUPLICATE,
    lambda s: s.route("R-2", visits=(s.visits("R-2")[0], *s.visits("R-2"))),
)
flaw("a collection in another's route", Code.VISIT_ON_OTHER_ROUTE, lambda s: s.assignment(*BACK, resource_id="R-1"))
flaw("a collection a second too early", Code.WINDOW_MISSED, window_of("i-old", "08:10:01", "10:00"))
flaw("a collection a second too late", Code.WINDOW_MISSED, window_of("i-old", "08:00", "08:09:59"))
flaw(
    "a collection planned when it is brought",
    Code.PLANNED_START_WRONG,
    lambda s: s.assignment("C-5", "i-old", planned_start=at("08:23:45")),
)
flaw(
    "a collection brought at the second the site closes",
    Code.SITE_CLOSED,
    lambda s: s.site("DEPOT", hours=open_from(time(7), time(8, 23))),
)
flaw(
    "a collection brought a second before the site opens",
    Code.SITE_CLOSED,
    lambda s: s.site("STORE", hours=both(open_from(time(7), time(9)), open_from(time(9, 14)))),
)
flaw("a collection's door without set-up", Code.START_BEFORE_SETUP, lambda s: later(s, "R-2", 0, start=-1, end=-1))
flaw("a collection's site without set-up", Code.START_BEFORE_SETUP, lambda s: later(s, "V-2", 3, start=-1, end=-1))
flaw("a collection loaded too fast", Code.END_WRONG, lambda s: later(s, "V-2", 2, end=-1))
flaw("a collection unloaded too fast", Code.END_WRONG, lambda s: later(s, "V-2", 3, end=-1))
flaw("a collection one gram too heavy", Code.LOAD_EXCEEDED, lambda s: roomy(s, "V-2", weight_g=69_999))
flaw("a collection too large", Code.LOAD_EXCEEDED, lambda s: roomy(s, "V-2", ambient_cm3=499_999))
flaw(
    "a collection on board with what it replaces",
    Code.LOAD_EXCEEDED,
    lambda s: reordered(roomy(s, "V-2", weight_g=131_999), "V-2", (0, 2, 1, 3)),
)
flaw("picking for a collection", Code.CAPACITY_USE_UNEXPECTED, taking("i-old", PICKING))
flaw("a counter for a collection", Code.CAPACITY_USE_UNEXPECTED, lambda s: with_use(s, *BACK, counter_use("09:00")))
flaw("a collection ready when it is fetched", Code.READY_TIME_WRONG, ready("i-old", "08:10"))
flaw("goods of a collection", Code.DEMAND_UNEXPECTED, demanding("i-old"))
flaw("a collection promised at the site", Code.PROMISE_PLACE_WRONG, place_of("i-old", 2))
flaw(
    "a delivery beyond the radius of a collection",
    Code.OUT_OF_RADIUS,
    lambda s: s.site("DEPOT", radius_m={ResourceKind.VAN: 1190}),
)
# R12, of services
flaw("a collection by another than the delivery", Code.SAME_VISIT_SPLIT, by("i-old", "V-1"))
flaw("a visit of two technicians", Code.SAME_VISIT_SPLIT, by("i-pipes", "T-2"))
flaw("a visit and a session at once", Code.SAME_VISIT_SPLIT, together("i-install", "i-talk"))
flaw("a visit and a document at once", Code.SAME_VISIT_SPLIT, together("i-manual", "i-install"))
flaw("a collection with a site in between", Code.SAME_VISIT_APART, lambda s: reordered(s, "V-2", (1, 0, 2, 3)))
flaw(
    "a collection beside its delivery only at the site",
    Code.SAME_VISIT_APART,
    lambda s: reordered(s, "V-2", (2, 3, 0, 1)),
)
flaw(
    "a collection at another door than the delivery",
    Code.SAME_VISIT_APART,
    lambda s: s.visit("V-2", 2, place=a_place(5, snap_distance_m=31)),
)
flaw(
    "a technician's two items at two doors",
    Code.SAME_VISIT_APART,
    lambda s: s.visit("T-1", 1, place=a_place(5, snap_distance_m=31)),
)
flaw(
    "a technician's two items with another between",
    Code.SAME_VISIT_APART,
    lambda s: s.route("T-1", visits=(s.visits("T-1")[0], s.visits("V-2")[1], s.visits("T-1")[1])),
)
flaw("an installation before the lag is over", Code.PRECEDENCE_BROKEN, window_of("i-washer", "08:00", "10:00:01"))
# R17
flaw("a desk that does not exist", Code.RESOURCE_UNKNOWN, by("i-talk", "D-9"))
flaw("a desk that is a technician", Code.RESOURCE_UNKNOWN, by("i-talk", "T-1"))
flaw("a session with nobody", Code.RESOURCE_UNKNOWN, by("i-talk", None))
flaw("a desk without the skill", Code.SKILL_MISSING, lambda s: s.desk("D-1", skills=()))
flaw(
    "a desk with too low a level",
    Code.SKILL_MISSING,
    lambda s: constrained(s, "i-talk", "C-5", skills=(SkillLevel(skill="WASHERS", level=2),)),
)
flaw(
    "a desk where a technician is asked for",
    Code.RESOURCE_KIND_NOT_ALLOWED,
    lambda s: constrained(s, "i-talk", "C-5", kinds=(ResourceKind.TECHNICIAN,)),
)
flaw(
    "a desk that is not allowed",
    Code.RESOURCE_NOT_ALLOWED,
    lambda s: constrained(s, "i-talk", "C-5", allowed_ids=("D-2",)),
)
flaw(
    "a desk that is excluded", Code.RESOURCE_EXCLUDED, lambda s: constrained(s, "i-talk", "C-5", excluded_ids=("D-1",))
)
flaw(
    "a desk's pool for another channel",
    Code.POOL_NOT_SHARED,
    lambda s: s.catalogue(pools=shared((Channel.MARKETPLACE,), "D-1")),
)
flaw("a session a second too early", Code.WINDOW_MISSED, window_of("i-talk", "13:20:01", "15:10"))
flaw("a session a second too late", Code.WINDOW_MISSED, window_of("i-talk", "13:10", "13:19:59"))
flaw(
    "a session a second off its bucket",
    Code.SESSION_NOT_ALIGNED,
    lambda s: s.assignment("C-5", "i-talk", planned_start=at("13:20:01")),
)
flaw(
    "a session off a longer bucket",
    Code.SESSION_NOT_ALIGNED,
    lambda s: s.policy(desk_bucket=timedelta(minutes=15)),
)
flaw("a session of another desk", Code.DESK_USE_WRONG, lambda s: s.use(*TALK, 1, owner_id="D-2"))
flaw("a session that counts twice", Code.DESK_USE_WRONG, lambda s: s.use(*TALK, 1, amount=2))
flaw("a session's use off its bucket", Code.DESK_USE_WRONG, lambda s: s.use(*TALK, 1, bucket_start=at("13:25:01")))
flaw("a session that counts nothing", Code.DESK_USE_WRONG, lambda s: s.assignment(*TALK, uses=()))
flaw(
    "a session without its last minutes",
    Code.DESK_USE_WRONG,
    lambda s: s.assignment(*TALK, uses=s.assigned(*TALK).uses[:-1]),
)
flaw(
    "a session without its first minutes",
    Code.DESK_USE_WRONG,
    lambda s: s.assignment(*TALK, uses=s.assigned(*TALK).uses[1:]),
)
flaw("a desk after the session", Code.DESK_USE_WRONG, taking("i-talk", desk_use("13:35")))
flaw(
    "five minutes twice and five not at all",
    Code.DESK_USE_WRONG,
    lambda s: s.use(*TALK, 2, bucket_start=at("13:25")),
)
flaw(
    "a session longer than its minutes",
    Code.DESK_USE_WRONG,
    lambda s: s.item("C-5", "i-talk", service_duration=timedelta(minutes=15, microseconds=1)),
)
flaw(
    "a session planned after its minutes",
    Code.DESK_USE_WRONG,
    lambda s: s.assignment(*TALK, planned_start=at("13:25")),
)
flaw("one agent for two sessions", Code.DESK_OVERBOOKED, lambda s: s.desk("D-1", concurrency=1))
flaw(
    "one session too many",
    Code.DESK_OVERBOOKED,
    lambda s: with_use(s, "C-6", "i-call", desk_use("13:30")),
)
flaw(
    "a session before the desk opens",
    Code.SESSION_OUTSIDE_HOURS,
    lambda s: s.desk("D-1", hours=open_from(time(13, 21))),
)
flaw(
    "a session a second after the desk closes",
    Code.SESSION_OUTSIDE_HOURS,
    lambda s: s.desk("D-1", hours=open_from(time(9), time(13, 34))),
)
flaw(
    "a session over the desk's break",
    Code.SESSION_OUTSIDE_HOURS,
    lambda s: s.desk("D-1", hours=both(open_from(time(9), time(13, 25)), open_from(time(13, 26)))),
)
flaw(
    "a session in the hours of a site with the desk's id",
    Code.SESSION_OUTSIDE_HOURS,
    lambda s: by("i-talk", "STORE")(s.desk("D-1", resource_id="STORE", hours=open_from(time(14)))),
)
flaw("a site for a session", Code.SITE_UNEXPECTED, lambda s: s.assignment(*TALK, site_id="STORE"))
flaw("a visit for a session", Code.VISIT_UNEXPECTED, lambda s: s.visit("T-1", 1, item_id="i-talk"))
flaw("picking for a session", Code.CAPACITY_USE_UNEXPECTED, taking("i-talk", PICKING))
flaw("a counter for a session", Code.CAPACITY_USE_UNEXPECTED, taking("i-talk", counter_use("13:30")))
flaw("a desk for a delivery", Code.CAPACITY_USE_UNEXPECTED, taking("i-washer", desk_use("08:00")))
flaw("a session ready when it starts", Code.READY_TIME_WRONG, ready("i-talk", "13:20"))
flaw("goods of a session", Code.DEMAND_UNEXPECTED, demanding("i-talk"))
flaw("a session promised elsewhere", Code.PROMISE_PLACE_WRONG, place_of("i-talk", 6))
# R18
flaw("a document sent by a desk", Code.RESOURCE_UNEXPECTED, by("i-manual", "D-1"))
flaw("a document sent from a site", Code.SITE_UNEXPECTED, lambda s: s.assignment(*MANUAL, site_id="STORE"))
flaw("a desk for a document", Code.CAPACITY_USE_UNEXPECTED, taking("i-manual", desk_use("07:30")))
flaw("picking for a document", Code.CAPACITY_USE_UNEXPECTED, taking("i-manual", PICKING))
flaw("a parcel for a document", Code.CAPACITY_USE_UNEXPECTED, taking("i-manual", carrier_use()))
flaw(
    "a visit for a document",
    Code.VISIT_UNEXPECTED,
    lambda s: s.visit("R-2", 1, contract_id="C-5", item_id="i-manual"),
)
flaw(
    "a document sent a second late",
    Code.PLANNED_START_WRONG,
    lambda s: s.assignment(*MANUAL, planned_start=at("07:30:01")),
)
flaw("a document ready a second late", Code.READY_TIME_WRONG, ready("i-manual", "07:30:01"))
flaw("goods of a document", Code.DEMAND_UNEXPECTED, demanding("i-manual"))
flaw("a document promised elsewhere", Code.PROMISE_PLACE_WRONG, place_of("i-manual", 6))
flaw("a document that nobody sends", Code.ITEM_NOT_ASSIGNED, lambda s: without_assignment(s, "i-manual"))
# R7, where goods are still handed over
flaw("a delivery as heavy as it likes", Code.LOAD_WRONG, lambda s: loaded(s, "C-5", "i-washer", weight_g=1))
# R20


def in_parts(*item_ids: str, contract_id: str) -> Mutation:
    """Items of one contract, as if they were what became of one basket."""
    return lambda s: reduce(lambda t, each: t.item(contract_id, each, split_of="i-basket"), item_ids, s)


def demanded(scene: Scene, item_id: str, *more: str) -> Scene:
    """An item of C-3 with demands of other items as well."""
    contract = scene.agreed("C-3")
    wanted = tuple(each for name in (item_id, *more) for each in contract.item(name).demand_ids)
    return scene.item("C-3", item_id, demand_ids=wanted)


SPLIT = in_parts("i-milk", "i-rice", contract_id="C-3")(DAY.policy(max_split=2))
DIVIDED = (
    SPLIT.policy(divide_lines=True)
    .item("C-3", "i-rice", demand_ids=("i-rice:RICE:1", "i-milk:MILK:2"), quantities={"i-milk:MILK:2": 1})
    .item("C-3", "i-milk", quantities={"i-milk:MILK:2": 1})
)
broken = partial(defect, scene=SPLIT)
broken("a line that no part brings", Code.DEMAND_LOST, lambda s: s.item("C-3", "i-rice", demand_ids=()))
broken("a line that two parts bring", Code.DEMAND_DOUBLED, lambda s: demanded(s, "i-milk", "i-rice"))
broken("one part too many", Code.SPLIT_TOO_FAR, lambda s: s.policy(max_split=1))
broken(
    "a line divided without leave",
    Code.LINE_DIVIDED,
    lambda s: s.item("C-3", "i-milk", quantities={"i-milk:MILK:2": 2}),
)
defect(
    "a piece that no part brings",
    Code.DEMAND_LOST,
    lambda s: s.item("C-3", "i-milk", quantities={"i-milk:MILK:2": 0}),
    scene=DIVIDED,
)
defect(
    "a piece that two parts bring", Code.DEMAND_DOUBLED, lambda s: s.item("C-3", "i-milk", quantities={}), scene=DIVIDED
)


# R21; V-1 rests between its two customers, from 07:36 to 07:46, and behind the last
RESTS = (a_break("07:36", "07:46"), a_break("08:01", "08:16"))
RESTED = DAY.van(
    "V-1",
    breaks=(
        Break(window=between("07:36", "07:45"), duration=timedelta(minutes=10)),
        Break(window=between("08:01", "08:30"), duration=timedelta(minutes=15)),
    ),
).route("V-1", breaks=RESTS)
RESTED_BEFORE = SERVICES.technician(
    "T-1", breaks=(Break(window=between("10:00", "10:30"), duration=timedelta(minutes=20)),)
).route("T-1", breaks=(a_break("10:00", "10:20"),))
rest = partial(defect, scene=RESTED)


def resting(*breaks: PlacedBreak, resource_id: str = "V-1") -> Mutation:
    return lambda scene: scene.route(resource_id, breaks=breaks)


def in_force(scene: Scene) -> Scene:
    """It is 07:50: the first break is over, and all of that is in force."""
    return scene.given(initial_plan=scene.plan, now=at("07:50"), freeze_until=at("07:50"))


def idle_before(scene: Scene) -> Scene:
    """It is 10:10, and T-1 had no visits before: the break was taken as early as it might start."""
    routes = tuple(route for route in scene.plan.routes if route.resource_id != "T-1")
    before = scene.plan.model_copy(update={"routes": routes})
    return scene.given(initial_plan=before, now=at("10:10"), freeze_until=at("10:10"))


def rested_at_the_depot(scene: Scene) -> Scene:
    """V-1 rests for a minute between what it fetches at the depot, and goes on at once."""
    minute = Break(window=between("07:22", "07:23"), duration=timedelta(minutes=1))
    rested = scene.van("V-1", breaks=(minute,)).route("V-1", breaks=(a_break("07:22:45", "07:23:45"),))
    return later(rested, "V-1", 1, depart=60, arrival=60, start=60, end=60)


def rested_within_a_visit(scene: Scene) -> Scene:
    second = Break(window=between("12:10", "12:10"), duration=SECOND)
    rested = scene.technician("T-1", breaks=(second,)).route("T-1", breaks=(a_break("12:10", "12:10:01"),))
    return later(rested, "T-1", 1, depart=1, arrival=1, start=141, end=141)


rest("a break that is left out", Code.BREAK_MISSING, resting(RESTS[0]))
rest("a break too many", Code.BREAK_UNEXPECTED, resting(*RESTS, a_break("08:30", "08:45")))
rest("a break of a route without visits", Code.BREAK_UNEXPECTED, lambda s: s.route("V-1", visits=()))
rest("a break a second too early", Code.BREAK_OUTSIDE_WINDOW, resting(RESTS[0], a_break("08:00:59", "08:15:59")))
rest("a break a second too late", Code.BREAK_OUTSIDE_WINDOW, resting(a_break("07:45:01", "07:55:01"), RESTS[1]))
rest("a break a second too short", Code.BREAK_DURATION_WRONG, resting(a_break("07:36", "07:45:59"), RESTS[1]))
rest("a break a second too long", Code.BREAK_DURATION_WRONG, resting(RESTS[0], a_break("08:01", "08:16:01")))
rest("a visit that goes on in a break", Code.BREAK_OVERLAPPED, lambda s: later(s, "V-1", 2, end=1))
rest("a break that is driven through", Code.BREAK_OVERLAPPED, lambda s: later(s, "V-1", 3, depart=-691))
rest(
    "a visit of no length in a break",
    Code.BREAK_OVERLAPPED,
    lambda s: s.visit("V-1", 3, depart=at("07:40"), arrival=at("07:40"), start=at("07:40"), end=at("07:40")),
)
rest("two breaks at once", Code.BREAK_OVERLAPPED, resting(a_break("08:01", "08:11"), a_break("08:10:59", "08:25:59")))
rest(
    "a break that has begun and is moved",
    Code.FROZEN_BREAK_CHANGED,
    lambda s: resting(a_break("07:36:01", "07:46:01"), RESTS[1])(in_force(s)),
)
rest("a break that has begun and is gone", Code.FROZEN_BREAK_CHANGED, lambda s: resting(RESTS[1])(in_force(s)))
rest("a break that began in the past", Code.BREAK_IN_THE_PAST, lambda s: s.given(now=at("07:36:01")))
defect(
    "a later break in the past of who had no visits",
    Code.BREAK_IN_THE_PAST,
    lambda s: resting(a_break("10:00:01", "10:20:01"), resource_id="T-1")(idle_before(s)),
    scene=RESTED_BEFORE,
)
defect("no set-up behind a break", Code.START_BEFORE_SETUP, rested_at_the_depot)
flaw("a break within a visit of two items", Code.SAME_VISIT_APART, rested_within_a_visit)
rest(
    "a last break that outlasts the shift",
    Code.SHIFT_OVERRUN,
    lambda s: s.van("V-1", shift=Interval(start=at("07:00"), end=at("08:15:59"))),
)
binding(
    "shift with its last break",
    lambda s: s.van("V-1", shift=Interval(start=at("07:00"), end=at("08:16"))),
    scene=RESTED,
)
binding("breaks that have begun", in_force, scene=RESTED)
binding("break of who had no visits", idle_before, scene=RESTED_BEFORE)
defect("a van at home", Code.RESOURCE_ON_CALL, lambda s: s.van("V-1", on_call=True).given(freeze_until=at("07:14")))
flaw("a technician at home", Code.RESOURCE_ON_CALL, lambda s: s.technician("T-1", on_call=True))
# R22; the cake is on board from 07:22:45 to 07:35
IN_TIME = timedelta(minutes=12, seconds=15)
HURRY = DAY.sku("CAKE", max_on_board=IN_TIME).item("C-1", "i-cake", max_on_board=IN_TIME)


def hurried(bound: timedelta) -> Mutation:
    return lambda scene: scene.sku("CAKE", max_on_board=bound).item("C-1", "i-cake", max_on_board=bound)


defect("goods on board a second too long", Code.ON_BOARD_TOO_LONG, hurried(IN_TIME - SECOND))
defect(
    "a collection on board a second too long",
    Code.ON_BOARD_TOO_LONG,
    lambda s: s.item("C-5", "i-old", max_on_board=timedelta(seconds=524)),
    scene=SERVICES,
)
defect(
    "a bound that the goods do not have",
    Code.MAX_ON_BOARD_WRONG,
    lambda s: s.item("C-1", "i-leeks", max_on_board=timedelta(hours=9)),
)
defect(
    "a bound that is forgotten",
    Code.MAX_ON_BOARD_WRONG,
    lambda s: s.item("C-1", "i-cake", max_on_board=None),
    scene=HURRY,
)
defect(
    "a bound that is not the least",
    Code.MAX_ON_BOARD_WRONG,
    lambda s: (
        s.sku("LEEKS", max_on_board=timedelta(hours=2))
        .sku("EGGS", max_on_board=timedelta(hours=3))
        .item("C-1", "i-leeks", max_on_board=timedelta(hours=3))
    ),
)
binding("time on board", hurried(IN_TIME))
just("time of a collection on board", lambda s: s.item("C-5", "i-old", max_on_board=timedelta(seconds=525)))
# R23
PAIR = a_job_for_two()
apart = partial(defect, scene=PAIR)
apart(
    "one of two a second later",
    Code.SAME_START_APART,
    lambda s: later(s, "T-2", 0, depart=1, arrival=1, start=1, end=1),
)
apart("one of two who never comes", Code.SAME_START_APART, lambda s: s.route("T-2", visits=()))
apart("one for two", Code.SAME_START_SHARED, lambda s: s.assignment("C-7", "i-hold", resource_id="T-1"))
apart(
    "two windows for what starts together",
    Code.SAME_START_WINDOWS,
    lambda s: s.promise("C-7", "i-hold", window=between("09:00", "11:00:01")),
)
binding("overtime", lambda s: overtime(s, end="07:59", by=timedelta(minutes=2)))
defect("overtime by a second", Code.SHIFT_OVERRUN, lambda s: overtime(s, end="07:59", by=timedelta(seconds=119)))
defect(
    "overtime that is not paid", Code.COST_WRONG, lambda s: overtime(s, end="07:59", by=timedelta(minutes=2), rate=30)
)


def overtime(scene: Scene, *, end: str, by: timedelta, rate: int = 0) -> Scene:
    """V-1, which is done at 08:01, has a shift that is over before."""
    rates = scene.problem.catalogue.vehicle_by_id["V-1"].rates.model_copy(update={"per_overtime_hour": rate})
    shift = Interval(start=at("07:00"), end=at(end))
    return scene.van("V-1", shift=shift, overtime=by, rates=rates)


@pytest.mark.parametrize(("code", "mutation", "scene"), CASES)
def test_a_seeded_defect_is_found(code: ViolationCode, mutation: Mutation, scene: Scene) -> None:
    assert code not in codes_of(scene)
    assert code in codes_of(mutation(scene))


def test_every_code_has_a_seeded_defect() -> None:
    assert {case.values[0] for case in CASES} == set(ViolationCode)


def test_every_code_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "checker.md").read_text()
    assert [code for code in ViolationCode if f"`{code}`" not in text] == []


def test_a_valid_plan_has_no_violation() -> None:
    for scene in (DAY, SERVICES):
        assert check(scene.problem, scene.plan) == ()


def test_the_valid_plan_has_an_item_of_every_kind_and_mode() -> None:
    assert {item.kind for contract in SERVICES.problem.contracts for item in contract.items} == set(ServiceItemKind)
    assert {assignment.mode for assignment in SERVICES.plan.assignments} == set(Mode)


def test_an_empty_plan_of_no_contracts_is_valid() -> None:
    assert check(a_problem(), Plan()) == ()


def test_an_item_without_a_promise_may_stay_unplanned() -> None:
    scene = unplanned(Scene(a_problem(contracts=(a_contract(),)), Plan()), "C-1", "i-rice")
    assert codes_of(scene) == set()


binding("as many parts as there may be", lambda s: s, scene=SPLIT)
binding("parts of two orders", in_parts("i-first", contract_id="C-4"), scene=SPLIT)
# Bring limits to exactly what the plan needs: a rule that is one off on the strict side fails here.
binding("stock", lambda s: s.on_hand("STORE", "LEEKS", 2).on_hand("STORE", "RICE", 2))
binding("contract created when picking starts", lambda s: s.contract("C-2", created_time=at("07:05")))
binding("pickers", lambda s: s.site("STORE", pickers=1, hours=open_from(time(7, 7))))
binding("opening", lambda s: s.site("DEPOT", hours=open_from(time(7, 7), time(7, 23))))
binding("hours that meet", lambda s: s.site("STORE", hours=both(open_from(time(6), time(9)), open_from(time(9)))))
binding("counter hours", lambda s: s.site("STORE", hours=open_from(time(7), time(11, 30))))
binding("counter places", lambda s: s.site("STORE", counter_places=1))
binding("quota", lambda s: s.carrier("X-1", daily_quota=1))
binding("cut-off", lambda s: s.carrier("X-1", cut_off=time(7, 10)))
binding("parcel weight", lambda s: s.carrier("X-1", max_weight_g=2745))
binding("shift of the rider", lambda s: s.rider("R-1", shift=Interval(start=at("07:10"), end=at("07:51:42"))))
binding("shift of the van", lambda s: s.van("V-1", shift=Interval(start=at("07:15"), end=at("08:01"))))
binding("weight on board", lambda s: roomy(s, "R-1", weight_g=8510))
binding("volumes on board", lambda s: roomy(s, "R-1", ambient_cm3=10_300, chilled_cm3=2200))
binding("cold box", lambda s: roomy(s, "V-1", frozen_cm3=4000))
binding("freeze at a departure", lambda s: s.given(now=at("07:22:45"), freeze_until=at("07:22:44")))
binding("radius", lambda s: s.site("STORE", radius_m={ResourceKind.RIDER: 2000}))
binding("pool of the channel", lambda s: s.catalogue(pools=shared((Channel.APP,), "R-1", "X-1")))
binding("skill above the level", lambda s: s.van("V-1", skills=(SkillLevel(skill="COLD", level=3),)))


binding("second of two limits", lambda s: limited(s, between("06:00", "07:00"), between("07:35", "10:00")))
binding("first of two limits", lambda s: limited(s, between("07:35", "10:00"), between("17:00", "20:00")))
limit = partial(binding, scene=ZONED)
limit("quota of the zone", zoned(a_square(daily_quota=1)))
limit("place on the border of the zone", zoned(a_square(ends=(6, 7))))
limit("place on the corner of the zone", zoned(a_square(ends=(6, 7), north=31.2)))
limit("place on a diagonal", zoned(a_triangle(beyond=0)))
limit("first of two zones that hold the place", zoned(a_square(), a_square("Z-2")))
limit("terms of the zone that are the carrier's", zoned(a_square(transit_days=2, tariff_base=600, tariff_per_kg=155)))
binding("working days of the carrier", working(MONDAY, TUESDAY, WEDNESDAY))
binding("holidays of others", lambda s: s.carrier("X-1", collects=WorkingDays()))
binding("a holiday after the arrival", off(date(2026, 3, 5)))
binding(
    "weekend worked in exchange",
    lambda s: working(MONDAY, TUESDAY, on_holidays=False)(off(made_up=date(2026, 3, 4))(s)),
)
just("places among the returns", lambda s: s.site("DEPOT", returns_per_day=1).site("STORE", returns_per_day=1))
binding("crew of two", lambda s: constrained(s.van("V-1", crew_size=2), "i-cake", crew=2))
binding("piece for a crew of two", lambda s: s.van("V-1", crew_size=2).sku("CAKE", crew=2))
binding("piece for two that is fetched", lambda s: s.sku("TISSUES", crew=2))
just("crew of the technician", lambda s: constrained(s.technician("T-1", crew_size=2), "i-install", "C-5", crew=2))
just("shift of the technician", lambda s: s.technician("T-1", shift=Interval(start=at("11:03:55"), end=at("12:23"))))
just("window of the technician", window_of("i-install", "11:10", "11:10"))
just("last second for the technician", window_of("i-pipes", "11:10", "12:10"))
just("skill of the technician", lambda s: s.technician("T-1", skills=(SkillLevel(skill="PLUMBING", level=3),)))
just("tools of the technician", lambda s: s.technician("T-1", tools=("DRILL",)))
just("pool of the technician", lambda s: s.catalogue(pools=shared((Channel.APP,), "T-1", "D-1")))
just("freeze at a technician's departure", lambda s: s.given(initial_plan=s.plan, freeze_until=at("11:03:55")))
just("weight of the collection", lambda s: roomy(s, "V-2", weight_g=70_000))
just("volume of the collection", lambda s: roomy(s, "V-2", ambient_cm3=500_000))
just("last second for the collection", window_of("i-old", "08:00", "08:10"))
just("site that opens for the collection", lambda s: split_hours(s, "DEPOT", time(8), time(8, 23)))
just("site that closes on the collection", lambda s: s.site("DEPOT", hours=open_from(time(7), time(8, 24))))
just("site that delivers nowhere collects", lambda s: s.site("STORE", radius_m={ResourceKind.RIDER: 2000}))
just("installation right after the lag", window_of("i-washer", "08:00", "10:00"))
binding(
    "rider that breaks down once it has set out for all",
    lambda s: without(s.given(freeze_until=s.visits("R-1")[6].depart), "R-1"),
)
binding("carrier that stops at its cut-off", lambda s: without(gone_at(s, "18:00"), "X-1"))
just("desk that closes when its sessions have begun", lambda s: without(gone_at(s, "13:30"), "D-1"))
binding("item at risk", lambda s: lost(s, "C-2", "i-book"))
binding("item at risk beside others of its contract", lambda s: lost(s, "C-1", "i-tissues"))
binding("missing goods of what is at risk", lambda s: at_risk(s, "C-2", "i-book").on_hand("DEPOT", "BOOK", 0))
binding("missing parcels for what is at risk", lambda s: at_risk(s, "C-2", "i-book").carrier("X-1", daily_quota=0))
binding("pickers who left when all was picked", lambda s: shrunk(s, "DEPOT", since="07:10", pickers=0))
just("hours of the desk", lambda s: s.desk("D-1", hours=open_from(time(13, 20), time(13, 35))))
just("hours of the desk that meet", lambda s: split_hours(s, "D-1", time(13, 25), time(13, 25)))
just("window of the session", lambda s: ready("i-talk", "13:20")(window_of("i-talk", "13:20", "13:20")(s)))
just("session to the end of its bucket", lambda s: lasting(s, timedelta(minutes=15)))
just("session a second into its bucket", lambda s: lasting(s, timedelta(minutes=10, seconds=1)))
just("session that takes no time", lambda s: lasting(s.assignment(*TALK, uses=()), timedelta(0)))
just("delivery that could be a collection", lambda s: s.item("C-5", "i-washer", also=(ServiceItemKind.COLLECTION,)))
just("collection that could be a delivery", lambda s: s.item("C-5", "i-old", also=(ServiceItemKind.DELIVERY,)))
just(
    "collection in place of a visit",
    lambda s: s.item("C-5", "i-old", kind=ServiceItemKind.TECHNICIAN_VISIT, also=(ServiceItemKind.COLLECTION,)),
)
just("load of what is not handed over", lambda s: loaded(s, "C-5", "i-install", weight_g=10**8))
just("tools that no vehicle has", lambda s: constrained(s, "i-washer", "C-5", tools=("DRILL",)))
just("sites allowed where there is none", lambda s: constrained(s, "i-talk", "C-5", allowed_site_ids=("STORE",)))
just("document that nobody is allowed to send", lambda s: constrained(s, "i-manual", "C-5", allowed_ids=("D-9",)))


def split_hours(scene: Scene, house_id: str, closes: time, opens: time) -> Scene:
    hours = both(open_from(time(7), closes), open_from(opens))
    return scene.desk(house_id, hours=hours) if house_id.startswith("D-") else scene.site(house_id, hours=hours)


def lasting(scene: Scene, duration: timedelta) -> Scene:
    return scene.item("C-5", "i-talk", service_duration=duration)


@pytest.mark.parametrize(("change", "scene"), BINDING)
def test_a_limit_met_exactly_is_no_violation(change: Mutation, scene: Scene) -> None:
    exact = change(scene)
    assert check(exact.problem, exact.plan) == ()


def test_what_is_collected_may_come_on_board_before_what_is_delivered() -> None:
    washer, depot = SERVICES.agreed("C-5"), a_depot()
    calls = [
        Call(washer, "i-washer", depot),
        Call(washer, "i-old", not_before=at("08:00"), kind=VisitKind.PICKUP),
        Call(washer, "i-washer"),
        Call(washer, "i-old", depot, kind=VisitKind.DELIVERY),
    ]
    route = a_route(SERVICES.problem.catalogue.vans[1], calls, depart=at("07:30"))
    scene = roomy(SERVICES, "V-2", weight_g=132_000, ambient_cm3=930_000).route("V-2", visits=route.visits)
    scene = scene.assignment("C-5", "i-old", planned_start=at("08:00"))
    scene = scene.assignment("C-5", "i-washer", planned_start=at("08:05"))
    assert check(scene.problem, scene.plan) == ()


def test_items_without_a_promise_may_be_served_at_any_time() -> None:
    scene = SERVICES.contract("C-5", promises=()).assignment("C-5", "i-old", ready_time=at("09:00"))
    assert codes_of(scene) == set()


@pytest.mark.parametrize("item_id", ["i-old", "i-install", "i-talk", "i-manual"])
def test_goods_of_a_service_are_paid_but_neither_picked_nor_taken_from_stock(item_id: str) -> None:
    assert codes_of(demanding(item_id)(SERVICES)) == {"DEMAND_UNEXPECTED", "COST_WRONG"}


def test_services_beside_an_empty_catalogue_are_reported_and_crash_nothing() -> None:
    scene = SERVICES.catalogue(sites=(), riders=(), vans=(), technicians=(), desks=())
    assert {"SITE_UNKNOWN", "RESOURCE_UNKNOWN", "COST_WRONG"} <= codes_of(scene)


def test_a_resource_in_a_closed_and_in_an_open_pool_is_open() -> None:
    pools = (
        *shared((Channel.STORE_POS,), "R-1"),
        ResourcePool(pool_id="open", name="Open", resource_ids=("R-1",)),
    )
    assert codes_of(DAY.catalogue(pools=pools)) == set()


def test_constraints_on_resources_do_not_bind_a_customer_who_fetches() -> None:
    constraint = ResourceConstraint(kinds=(ResourceKind.VAN,), allowed_ids=("V-2",))
    assert codes_of(DAY.item("C-1", "i-tissues", constraint=constraint)) == set()


def test_a_store_that_never_closes_hands_over_across_midnight() -> None:
    scene = DAY.site("STORE", hours="00:00-24:00")
    window = between("07:30", "11:30").model_copy(update={"latest": at("01:00", days=1)})
    assert ViolationCode.FETCH_OUTSIDE_HOURS not in codes_of(scene.promise("C-1", "i-tissues", window=window))


def test_a_part_of_a_plan_can_be_checked_on_its_own() -> None:
    scene = DAY
    contracts = tuple(each for each in scene.problem.contracts if each.contract_id == "C-2")
    part = scene.planned(routes=(), assignments=(scene.assigned("C-2", "i-book"),))
    part = part.given(contracts=contracts, initial_plan=Plan())
    part = part.planned(cost=recompute_cost(part.problem, part.plan))
    assert check(part.problem, part.plan) == ()


def test_all_violations_come_at_once_each_with_its_path_and_both_values() -> None:
    scene = later(DAY.carrier("X-1", max_weight_g=2744), "R-1", 7, end=-1)
    found = {violation.code: violation for violation in check(scene.problem, scene.plan)}
    assert set(found) == {"PARCEL_TOO_HEAVY", "END_WRONG"}
    assert found["PARCEL_TOO_HEAVY"].path == "assignments[C-2/i-book]"
    assert found["PARCEL_TOO_HEAVY"].message == "weight (2745 g) must be <= max_weight_g of X-1 (2744)"
    assert found["END_WRONG"].path == "routes[R-1].visits[7]"
    assert found["END_WRONG"].message == (
        "end (2026-03-01 23:46:21+00:00) must be start (2026-03-01 23:45:22+00:00) + service (60 s)"
    )


def test_a_plan_beside_an_empty_catalogue_is_reported_and_crashes_nothing() -> None:
    scene = DAY.catalogue(skus=(), sites=(), riders=(), vans=(), carriers=(), pools=())
    assert {"SITE_UNKNOWN", "RESOURCE_UNKNOWN", "SKU_UNKNOWN", "COST_WRONG"} <= codes_of(scene)


def test_a_plan_beside_no_contracts_is_reported_and_crashes_nothing() -> None:
    assert {"ITEM_UNKNOWN", "VISIT_UNASSIGNED"} <= codes_of(DAY.given(contracts=()))


def test_links_to_nothing_crash_nothing() -> None:
    links = {
        "precedences": (Precedence(before_item_id="i-lost", after_item_id="i-gone", lag=timedelta()),),
        "same_visits": (SameVisit(item_ids=("i-lost", "i-gone")),),
    }
    assert codes_of(DAY.contract("C-2", **links)) == set()


def test_the_cost_is_recomputed_from_the_streets_and_not_from_what_is_stated() -> None:
    scene = DAY
    lying = costing(summed(scene, "R-1", distance_m=5000, work_s=-900), travel=-500)
    assert recompute_cost(lying.problem, lying.plan) == scene.plan.cost


def test_a_neighbour_in_the_same_house_takes_no_visit_apart() -> None:
    group = (SameVisit(item_ids=("i-1", "i-2")),)
    promises = (a_promise("i-1"), a_promise("i-2"))
    ours = a_contract("C-1", [an_item("i-1"), an_item("i-2")], same_visits=group, promises=promises)
    theirs = a_contract("C-2", promises=(a_promise(),))
    stops = [(ours, "i-1"), (theirs, "i-rice"), (ours, "i-2")]
    calls = [*(Call(*stop, a_store()) for stop in stops), *(Call(*stop) for stop in stops)]
    route = a_route(a_rider("R-1"), calls, depart=at("07:10"))
    picked: dict[str, Any] = {"site": a_store(), "picked": at("07:05"), "resource_id": "R-1", "route": route}
    assignments = tuple(an_assignment(*stop, **picked) for stop in stops)
    problem = a_problem(contracts=(ours, theirs))
    plan = Plan(routes=(route,), assignments=assignments)
    assert check(problem, plan.model_copy(update={"cost": recompute_cost(problem, plan)})) == ()


def test_a_route_without_visits_costs_nothing() -> None:
    scene = DAY
    empty = a_route(a_rider("R-2"), (), depart=at("07:00"))
    assert codes_of(scene.planned(routes=(*scene.plan.routes, empty))) == set()


def test_a_promise_that_changes_has_moved() -> None:
    changes: tuple[dict[str, Any], ...] = (
        {"window": between("07:00", "07:27:53")},
        {"place": a_place(6)},
        {"mode": Mode.VAN},
        {"fee": 601},
        {"service_level_id": "slot"},
    )
    for change in changes:
        after = DAY.promise("C-1", "i-leeks", **change).problem.contracts
        assert moved_promises(DAY.problem.contracts, after) == ("C-1/i-leeks",)


def test_a_promise_that_is_gone_has_moved() -> None:
    after = DAY.contract("C-3", promises=()).problem.contracts
    assert moved_promises(DAY.problem.contracts, after) == ("C-3/i-milk", "C-3/i-rice")


def test_a_promise_moves_in_an_active_contract_whatever_its_revision() -> None:
    day = DAY.contract("C-2", status=ContractStatus.ACTIVE)
    after = day.contract("C-2", revision=2).promise("C-2", "i-book", fee=0)
    assert moved_promises(day.problem.contracts, after.problem.contracts) == ("C-2/i-book",)


def test_no_promise_moves_with_a_new_revision_or_a_closed_contract() -> None:
    revised = DAY.contract("C-2", revision=2).promise("C-2", "i-book", fee=0)
    assert moved_promises(DAY.problem.contracts, revised.problem.contracts) == ()
    assert moved_promises(DAY.problem.contracts, DAY.problem.contracts[1:]) == ()
    assert moved_promises(DAY.problem.contracts, DAY.problem.contracts) == ()


def narrowed_day(window: TimeWindow, **changes: Any) -> Scene:
    """The milk's promise after it was narrowed from the window that was agreed."""
    active = DAY.contract("C-3", status=ContractStatus.ACTIVE, revision=2)
    return active.promise("C-3", "i-milk", window=window, narrowed_from=around_milk(), **changes)


def test_to_narrow_a_promise_within_its_window_is_no_move() -> None:
    agreed = DAY.contract("C-3", status=ContractStatus.ACTIVE)
    inner = around_milk(earlier=-SECOND, later=-SECOND)
    assert moved_promises(agreed.problem.contracts, narrowed_day(inner).problem.contracts) == ()
    assert moved_promises(narrowed_day(inner).problem.contracts, narrowed_day(inner).problem.contracts) == ()


def test_a_promise_that_is_narrowed_beyond_itself_or_twice_or_in_secret_has_moved() -> None:
    agreed = DAY.contract("C-3", status=ContractStatus.ACTIVE)
    inner, innermost = around_milk(earlier=-SECOND, later=-SECOND), around_milk(earlier=-2 * SECOND, later=-SECOND)
    outside = narrowed_day(around_milk(earlier=SECOND))
    dearer = narrowed_day(inner, fee=12345)
    secretly = narrowed_day(inner).contract("C-3", revision=1)
    for after in (outside, dearer, secretly):
        assert moved_promises(agreed.problem.contracts, after.problem.contracts) == ("C-3/i-milk",)
    again = narrowed_day(innermost).contract("C-3", revision=3)
    assert moved_promises(narrowed_day(inner).problem.contracts, again.problem.contracts) == ("C-3/i-milk",)


@st.composite
def hand_scheduled(draw: st.DrawFn) -> Scene:
    """Up to three vehicles that each drive some deliveries, two at a time, with what they do as the promise."""
    catalogue, store = DAY.problem.catalogue, a_store()
    contracts, routes, assignments = [], [], []
    doors = st.builds(a_place, st.integers(1, 6), snap_distance_m=st.integers(0, 90))
    for vehicle in catalogue.vehicles[:3]:
        mode = Mode[vehicle.kind.name]
        calls = []
        for number in range(draw(st.integers(0, 3))):
            door = draw(doors)
            service = timedelta(seconds=draw(st.integers(0, 400)))
            item = an_item(goods=draw(baskets()), place=door, service_duration=service)
            wide = a_promise(mode=mode, place=door, window=between("07:00", "15:00"))
            contracts.append(a_contract(f"{vehicle.resource_id}-{number}", [item], promises=(wide,)))
            calls.append(contracts[-1])
        route = a_route(vehicle, _interleaved(calls, draw), depart=at("07:10") + draw(st.integers(0, 3600)) * SECOND)
        routes.append(route)
        assignments += [
            an_assignment(one, "i-rice", site=store, resource_id=vehicle.resource_id, picked=at("07:05"), route=route)
            for one in calls
        ]
    problem = a_problem(catalogue=catalogue, contracts=tuple(_tightened(contracts, assignments)))
    plan = Plan(routes=tuple(routes), assignments=tuple(assignments))
    return Scene(problem, plan.model_copy(update={"cost": recompute_cost(problem, plan)}))


def baskets() -> st.SearchStrategy[list[tuple[str, int]]]:
    sku_ids = st.sampled_from(["MILK", "LEEKS", "EGGS", "TISSUES"])
    # Nine baskets of two lines stay within the stock and within what two pickers do in one bucket.
    return st.lists(sku_ids, min_size=1, max_size=2, unique=True).map(lambda ids: [(sku_id, 1) for sku_id in ids])


def _interleaved(contracts: list[Any], draw: st.DrawFn) -> list[Call]:
    """Pick up one or two at a time, then deliver them, in either order."""
    calls: list[Call] = []
    rest = list(contracts)
    while rest:
        trip, rest = rest[: (size := draw(st.integers(1, 2)))], rest[size:]
        calls += [Call(contract, "i-rice", a_store()) for contract in trip]
        calls += [Call(contract, "i-rice") for contract in draw(st.permutations(trip))]
    return calls


def _tightened(contracts: list[Any], assignments: list[Assignment]) -> list[Any]:
    """Each promise for exactly the second that the plan has."""
    start_by_id = {each.contract_id: each.planned_start for each in assignments}
    return [
        contract.model_copy(
            update={
                "promises": tuple(
                    promise.model_copy(
                        update={
                            "window": promise.window.model_copy(update=dict.fromkeys(("earliest", "latest"), start))
                        }
                    )
                    for promise in contract.promises
                )
            }
        )
        for contract in contracts
        if (start := start_by_id[contract.contract_id])
    ]


@given(hand_scheduled())
def test_a_plan_scheduled_by_hand_has_no_violation(scene: Scene) -> None:
    assert check(scene.problem, scene.plan) == ()


@given(
    hand_scheduled().filter(lambda scene: scene.plan.assignments),
    st.data(),
    st.sampled_from(["depart", "arrival", "start", "end"]),
    st.integers(-600, 600).filter(bool),
)
def test_an_instant_that_is_moved_is_detected(scene: Scene, data: st.DataObject, name: str, by: int) -> None:
    route = data.draw(st.sampled_from([route for route in scene.plan.routes if route.visits]))
    idx = data.draw(st.integers(0, len(route.visits) - 1))
    assert codes_of(later(scene, route.resource_id, idx, **{name: by}))


@given(hand_scheduled().filter(lambda scene: scene.plan.assignments), st.data(), st.integers(1, 600))
def test_a_visit_that_is_put_off_is_detected(scene: Scene, data: st.DataObject, by: int) -> None:
    route = data.draw(st.sampled_from([route for route in scene.plan.routes if route.visits]))
    idx = data.draw(st.integers(0, len(route.visits) - 1))
    assert codes_of(later(scene, route.resource_id, idx, depart=by, arrival=by, start=by, end=by))


def test_every_rule_finds_a_defect_of_its_own() -> None:
    idle = set(RULES)
    for code, mutation, valid in (case.values for case in CASES):
        scene = mutation(valid)
        case = Case(scene.problem, scene.plan)
        idle -= {rule for rule in idle if code in {violation.code for violation in rule(case)}}
    assert idle == set()


def test_travel_is_looked_up_by_the_profile_of_the_vehicle() -> None:
    scene = DAY
    by_bike = a_van("V-1").model_copy(update={"profile": a_rider().profile})
    assert ViolationCode.ARRIVAL_WRONG in codes_of(scene.catalogue(vans=(by_bike,)))

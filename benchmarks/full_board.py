"""A board as full as asked for: every vehicle has so many visits, all promised, and the checker agrees.

The streets, sites, goods, prices and vehicles are the demo world's; its riders and vans come again
and again until there are enough, on duty all day, and sites have stock and pickers for all of it.
One order after another is put into a route where it is cheapest, until the route is full: half of
them may come within one hour, half within six.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, islice
from typing import TypeVar

import numpy as np
from numpy.random import Generator

from benchmarks.kernel_scan import fleet_of
from models.catalogue import Catalogue, StockRow
from models.contract import Contract, ContractStatus, Demand, JoinedOrder, JoinReason, ServiceItem, ServiceItemKind
from models.issues import InputError, Issue, IssueCode
from models.order import Channel, Sku, Temperature
from models.place import Place
from models.plan import Assignment, Plan
from models.problem import Problem
from models.promise import Mode, Promise
from models.resource import Site, TravelProfile, Vehicle
from models.timing import TimeWindow
from models.travel import PROFILES
from scenarios.world import World
from solver.alternatives.alternative import Source
from solver.alternatives.routed_work import routed_work
from solver.availability import Availability
from solver.check import recompute_cost
from solver.geometry import crow_flies_m
from solver.instance import Instance
from solver.kernels.arrays import NEVER
from solver.live_routes import LiveRoutes, RoutedWork
from solver.quoting.board import as_routed

ChoiceT = TypeVar("ChoiceT")

HOUR_S = 3600
LEVELS = (("within-hour", HOUR_S), ("half-day", 6 * HOUR_S))
"""Names of the demo's levels, and how long the windows are that are promised by them."""

NEAREST_DOORS = 400
MOST_TRIES = 400
MOST_AGAIN = 50
_AT_WORK = {"on_call": False}
PIECES, PICKERS = 10_000, 200
"""At every site, so that goods and picking are never short: here it is vehicles that count."""


@dataclass(frozen=True)
class Ordered:
    """One order as it would be agreed, and what it asks of a route."""

    contract: Contract
    assignment: Assignment
    work: RoutedWork


class Filling:
    """Routes in the making; every draw comes from one source."""

    def __init__(self, world: World, *, num_vehicles: int, seed: int) -> None:
        self._random: Generator = np.random.default_rng(seed)
        self._numbers = count()
        self.problem = _empty_problem(world, num_vehicles)
        self._instance = Instance.of(self.problem)
        self._free = Availability(self._instance, self.problem)
        self._routes = LiveRoutes(self._instance)
        self._doors = {site.site_id: _doors_of(site, world) for site in self.problem.catalogue.sites}
        self._orders: dict[int, list[Ordered]] = {}

    def fill(self, vehicle_idx: int, *, num_requests: int) -> None:
        """Put in what fits until the route is full; begin anew if it gets stuck.

        Raises
        ------
        InputError
            There is no room for so many, however often it is tried.
        """
        for _ in range(MOST_AGAIN):
            if self._filled(vehicle_idx, num_requests):
                return
            most = len(self._orders[vehicle_idx])
            self._empty(vehicle_idx)
        raise InputError(
            Issue(
                code=IssueCode.VALUE_INVALID,
                path="visits",
                message=f"requests of one vehicle ({num_requests}) must fit into its day, and {most} did",
                hint="ask for fewer visits",
            )
        )

    def planned(self) -> Problem:
        """Everything as a problem whose initial plan is in force, at the start of the day."""
        instance = self._instance
        orders = [order for of_vehicle in self._orders.values() for order in of_vehicle]
        routes = tuple(self._routes.route(r, version=1) for r in sorted(self._orders))
        contracts = {order.contract.contract_id: order.contract for order in orders}
        assignments = as_routed((order.assignment for order in orders), routes, contracts)
        plan = Plan(
            routes=tuple(sorted(routes, key=lambda route: instance.idx_by_vehicle_id[route.resource_id])),
            assignments=tuple(sorted(assignments, key=lambda each: (each.contract_id, each.item_id))),
        )
        ordered = tuple(contracts[each] for each in sorted(contracts))
        problem = replace(self.problem, contracts=ordered, initial_plan=plan)
        return replace(problem, initial_plan=plan.model_copy(update={"cost": recompute_cost(problem, plan)}))

    # -- inside

    def _filled(self, vehicle_idx: int, num_requests: int) -> bool:
        taken = self._orders.setdefault(vehicle_idx, [])
        eligible = np.zeros(len(self._instance.vehicles), dtype=np.uint8)
        eligible[vehicle_idx] = 1
        for number in islice(self._numbers, MOST_TRIES):
            order = self._order(number, self.problem.catalogue.vehicles[vehicle_idx])
            scan = self._routes.scan(order.work.request, eligible=eligible, now=0)
            if scan.cost[vehicle_idx] < NEVER:
                self._routes.insert(
                    order.work,
                    vehicle_idx=vehicle_idx,
                    pickup_after=int(scan.pickup_after[vehicle_idx]),
                    delivery_after=int(scan.delivery_after[vehicle_idx]),
                    now=0,
                )
                self._free.take(order.assignment.site_id, order.contract.demands, order.assignment.uses)
                taken.append(order)
            if len(taken) == num_requests:
                return True
        return False

    def _empty(self, vehicle_idx: int) -> None:
        orders = self._orders.pop(vehicle_idx)
        self._routes.take_out([order.work.key for order in orders], vehicle_idx=vehicle_idx, now=0)
        for order in orders:
            self._routes.forget(order.work.key)
            self._free.take(order.assignment.site_id, order.contract.demands, order.assignment.uses, sign=-1)
        self._orders[vehicle_idx] = []

    def _order(self, number: int, vehicle: Vehicle) -> Ordered:
        """One piece for a door near a site: picked at some time of the day, and promised from half an hour later on."""
        random, horizon = self._random, self._instance.horizon
        site = self._pick(self.problem.catalogue.sites)
        door = self._pick(self._doors[site.site_id])
        sku = self._pick(self.problem.catalogue.skus)
        level_id, width_s = LEVELS[number % len(LEVELS)]
        asked_s = int(random.integers(HOUR_S, horizon.seconds(horizon.end) - width_s - 2 * HOUR_S))
        picked = self._free.picking(site, 1, from_s=asked_s)
        assert picked is not None, f"{site.site_id} has pickers for all"
        opens_s = picked[0] + HOUR_S // 2
        window = TimeWindow(earliest=horizon.instant(opens_s), latest=horizon.instant(opens_s + width_s))
        contract = self._contract(
            f"C-{number:06}", sku, door, window=window, level_id=level_id, mode=Mode(vehicle.kind)
        )
        source = Source(site, *picked)
        work = routed_work(
            contract,
            contract.items[0],
            source,
            window=(opens_s, opens_s + width_s),
            instance=self._instance,
        )
        assert work is not None, f"{site.site_id} is open when its goods are ready"
        assignment = Assignment(
            contract_id=contract.contract_id,
            item_id=contract.items[0].item_id,
            mode=contract.promises[0].mode,
            site_id=site.site_id,
            resource_id=vehicle.resource_id,
            ready_time=horizon.instant(picked[0]),
            planned_start=window.earliest,
            uses=picked[1],
        )
        return Ordered(contract, assignment, work)

    def _contract(self, name: str, sku: Sku, door: Place, *, window: TimeWindow, level_id: str, mode: Mode) -> Contract:
        start = self._instance.horizon.start
        demand = Demand(demand_id=f"{name}.d", order_id=f"{name}.o", line_id="1", sku_id=sku.sku_id, quantity=1)
        item = ServiceItem(
            item_id=f"{name}.i",
            kind=ServiceItemKind.DELIVERY,
            channel=Channel.APP,
            demand_ids=(demand.demand_id,),
            place=door,
            load=sku.load(1),
            service_duration=timedelta(minutes=1),
            max_on_board=sku.max_on_board,
        )
        promise = Promise(item_id=item.item_id, service_level_id=level_id, mode=mode, window=window, place=door, fee=0)
        joined = JoinedOrder(
            order_id=demand.order_id, channel=Channel.APP, joined_time=start, reasons=(JoinReason.FIRST_ORDER,)
        )
        return Contract(
            contract_id=name,
            tenant_id="benchmark",
            customer_id=name,
            status=ContractStatus.ACTIVE,
            created_time=start,
            orders=(joined,),
            demands=(demand,),
            items=(item,),
            promises=(promise,),
        )

    def _pick(self, choices: Sequence[ChoiceT]) -> ChoiceT:
        return choices[int(self._random.integers(len(choices)))]


def full_board(world: World, *, num_vehicles: int, num_visits: int, broken: Collection[int], seed: int) -> Problem:
    """A problem whose plan is in force: nobody has set out yet.

    Parameters
    ----------
    num_visits
        Of each vehicle, two a request.
    broken
        Vehicles that have as many requests as the others have visits.

    Raises
    ------
    InputError
        A day is too short for so many visits.
    """
    filling = Filling(world, num_vehicles=num_vehicles, seed=seed)
    for vehicle_idx in range(num_vehicles):
        filling.fill(vehicle_idx, num_requests=num_visits if vehicle_idx in broken else num_visits // 2)
    return filling.planned()


def _empty_problem(world: World, num_vehicles: int) -> Problem:
    riders, vans = fleet_of(world, num_vehicles)
    goods = tuple(sku for sku in world.catalogue.skus if _is_plain(sku))
    sites = tuple(site.model_copy(update={"pickers": PICKERS}) for site in world.catalogue.sites)
    # Built anew: a copy would keep the lookups that the old one has cached.
    catalogue = Catalogue(
        timezone=world.catalogue.timezone,
        holidays=world.catalogue.holidays,
        skus=goods,
        sites=sites,
        riders=tuple(rider.model_copy(update=_AT_WORK) for rider in riders),
        vans=tuple(van.model_copy(update=_AT_WORK) for van in vans),
        policy=world.catalogue.policy,
    )
    stock = tuple(StockRow(site_id=site.site_id, sku_id=sku.sku_id, on_hand=PIECES) for site in sites for sku in goods)
    start = world.horizon.start
    return Problem(catalogue, world.streets.tables(), world.horizon, now=start, freeze_until=start, stock=stock)


def _is_plain(sku: Sku) -> bool:
    """What every vehicle may carry and every site can hold."""
    return sku.temperature is Temperature.AMBIENT and sku.crew == 1 and sku.max_on_board is None


def _doors_of(site: Site, world: World) -> tuple[Place, ...]:
    """The crossings that are nearest by car, as far as every vehicle may bring goods from there."""
    tables = world.streets.tables()
    seconds = tables.duration_s[
        PROFILES.index(TravelProfile.CAR), tables.idx_by_node_id[site.place.street_node_id or 0]
    ]
    by_car = np.flatnonzero(world.streets.network.snappable & (seconds >= 0))
    nearest = by_car[np.argsort(seconds[by_car], kind="stable")[:NEAREST_DOORS]]
    places = (_crossing(int(node), world) for node in nearest)
    radius_m = min(site.radius_m.values(), default=NEVER)
    return tuple(place for place in places if crow_flies_m(site.place, place) <= radius_m)


def _crossing(node: int, world: World) -> Place:
    lat, lon = world.streets.network.point(node)
    return Place(lat=lat, lon=lon, street_node_id=int(world.streets.tables().node_ids[node]))

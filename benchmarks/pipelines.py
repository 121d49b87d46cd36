"""A morning of the demo planned whole, beside two steps: the nearest source first, then a peer's routes.

Both sides keep the same promises to the same customers: the windows, modes and fees that the whole
plan came to. In the pipelines everything that a rider or van brings comes from the nearest site
that has it in time, order by order as they came; then a routing engine plans the routes of the same
vehicles. What goes by parcel or is fetched at a counter is the same on both sides. Every plan is
written down as a plan of the world, verified by the checker, and costed by it.

What no engine of these can carry is taken out on both sides before anything is planned: breaks,
bounds on the time on board, services and what is bound to them, people on call, vans of several
prices. That items of one basket come in one visit binds the whole plan only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from benchmarks.figures import WORLD, Figures, machine
from benchmarks.quote import morning_of
from benchmarks.routing.engines import check_engines, load_engine
from benchmarks.routing.instance import Convention, Ints, RoutingInstance, VehicleType
from benchmarks.routing.protocol import RoutingEngine, Solution
from models.contract import Contract, ServiceItemKind
from models.issues import InputError
from models.order import Order
from models.plan import Assignment, CapacityKind, Plan, Unplanned
from models.problem import Problem
from models.promise import Mode, PromiseState
from models.resource import ResourceKind, Site
from scenarios.batch import plan_world
from scenarios.generate_orders import generate_morning
from scenarios.world import World, load_world
from solver.alternatives.alternative import Source
from solver.alternatives.facts import ItemFacts, vehicle_reasons
from solver.alternatives.routed_work import routed_work
from solver.availability import Availability
from solver.board import as_routed
from solver.cache import cache_dir
from solver.check import check, recompute_cost
from solver.instance import Instance
from solver.kernels import warm_up
from solver.kernels.arrays import COST_UNITS, NEVER
from solver.kernels.breaks import settle
from solver.live_routes import ItemKey, LiveRoutes, RoutedWork
from solver.repair import with_states

ROUTED = (Mode.RIDER, Mode.VAN)
REFUSED = 5000
"""Minor units for what a pipeline does not bring: dearer than any way."""

GRAIN = 100
"""Units of an engine's cost in a minor unit."""

ENDLESS_S = 2**30
FAR = 10**7
"""Seconds, and units of cost, of a way that there is not."""


@dataclass(frozen=True)
class Morning:
    """What both sides start from, and the whole plan."""

    problem: Problem
    """With the promises of the whole plan, and without any plan in force."""

    plan: Plan
    left_out: int
    refused: int
    seconds: float


@dataclass(frozen=True)
class Sourced:
    """Where the goods of each item come from: its assignment, as yet without anybody who brings it."""

    assignments: Mapping[ItemKey, Assignment]
    works: Mapping[ItemKey, RoutedWork]
    moved: int
    """How many come from another site than in the whole plan."""


def measure(
    num_orders: int, *, seed: int, seconds: float, iterations: int, rounds: int, engines: Sequence[str]
) -> Figures:
    """The whole plan, and a row for each engine behind nearest sources.

    Raises
    ------
    InputError
        An engine is unknown or not installed.
    """
    if issues := check_engines(engines):
        raise InputError(*issues)
    warm_up()
    morning = planned_whole(num_orders, seed=seed, iterations=iterations, rounds=rounds)
    ours = recompute_cost(morning.problem, morning.plan).total
    sourced = nearest_sources(morning)
    rows = [_row(morning, sourced, load_engine(name), seconds=seconds, seed=seed) for name in engines]
    return {
        "contracts": len(morning.problem.contracts),
        "left_out": morning.left_out,
        "refused": morning.refused,
        "brought": len(sourced.assignments),
        "other_source": sourced.moved,
        "ours": ours,
        "ours_seconds": round(morning.seconds, 1),
        "ours_violations": len(check(morning.problem, morning.plan)),
        "rows": rows,
        "summary": [
            {"pipeline": row["engine"], "cost": row["cost"], "ours": ours, "ratio": round(ours / row["cost"], 4)}
            for row in rows
            if row["supported"]
        ],
        "seconds": seconds,
        "seed": seed,
        "machine": machine(),
    }


# -- the whole plan


def planned_whole(num_orders: int, *, seed: int, iterations: int, rounds: int) -> Morning:
    world = plain(load_world(WORLD, cache_dir=cache_dir()))
    orders, left_out = deliveries_alone(world, seed=seed, num_orders=num_orders)
    began = perf_counter()
    planned = plan_world(world, orders, seed=seed, iterations=iterations, rounds=rounds)
    seconds = perf_counter() - began
    contracts = tuple(each.model_copy(update={"same_visits": ()}) for each in planned.problem.contracts)
    problem = replace(planned.problem, contracts=contracts, initial_plan=Plan())
    return Morning(problem, planned.plan, left_out, len(planned.refused), seconds)


def plain(world: World) -> World:
    """The world without what peers cannot carry."""
    catalogue = world.catalogue
    at_work = {"breaks": (), "overtime": world.horizon.start - world.horizon.start}
    rates = catalogue.vans[0].rates
    changes = {
        "skus": tuple(sku.model_copy(update={"max_on_board": None}) for sku in catalogue.skus),
        "riders": tuple(each.model_copy(update=at_work) for each in catalogue.riders if not each.on_call),
        "vans": tuple(
            each.model_copy(update={**at_work, "rates": rates}) for each in catalogue.vans if not each.on_call
        ),
        "technicians": (),
        "pools": (),
    }
    return replace(world, catalogue=catalogue.model_copy(update=changes))


def deliveries_alone(world: World, *, seed: int, num_orders: int) -> tuple[tuple[Order, ...], int]:
    """The orders of contracts that are deliveries and nothing else; and how many contracts are not."""
    contracts = morning_of(world, seed=seed, num_orders=num_orders)
    kept = [each for each in contracts if all(item.kind is ServiceItemKind.DELIVERY for item in each.items)]
    order_ids = {order.order_id for contract in kept for order in contract.orders}
    orders = generate_morning(world, seed=seed, num_orders=num_orders)
    return tuple(order for order in orders if order.order_id in order_ids), len(contracts) - len(kept)


# -- the first step


def nearest_sources(morning: Morning) -> Sourced:
    """Order by order, as they came: the nearest site that has the goods, and has them ready in time."""
    problem = morning.problem
    instance = Instance.of(problem)
    free = Availability(instance, problem)
    contracts = {contract.contract_id: contract for contract in problem.contracts}
    before = {(each.contract_id, each.item_id): each for each in morning.plan.assignments}
    for key, each in before.items():
        if each.mode not in ROUTED:
            free.take(each.site_id, contracts[key[0]].demands_of(contracts[key[0]].item(key[1])), each.uses)
    assignments, works = dict[ItemKey, Assignment](), dict[ItemKey, RoutedWork]()
    for key in sorted(
        (key for key, each in before.items() if each.mode in ROUTED), key=lambda key: _asked(contracts[key[0]])
    ):
        assignments[key], works[key] = _nearest(contracts[key[0]], before[key], instance, free)
    moved = sum(assignments[key].site_id != before[key].site_id for key in assignments)
    return Sourced(assignments, works, moved)


def _asked(contract: Contract) -> tuple[object, str]:
    return max(order.joined_time for order in contract.orders), contract.contract_id


def _nearest(
    contract: Contract, before: Assignment, instance: Instance, free: Availability
) -> tuple[Assignment, RoutedWork]:
    """The item's source, taken from what is free; that of the whole plan, if no other is in time."""
    item = contract.item(before.item_id)
    promise = next(each for each in contract.promises if each.item_id == item.item_id)
    window = instance.horizon.seconds(promise.window.earliest), instance.horizon.seconds(promise.window.latest)
    asked_s = instance.horizon.seconds_up(max(order.joined_time for order in contract.orders))
    facts = ItemFacts.of(item, contract, instance=instance)
    for distance_m, site in facts.sites:
        radius_m = site.radius_m.get(ResourceKind(before.mode.value), NEVER) + item.constraint.extra_radius_m
        if distance_m > radius_m or not free.has_stock(site.site_id, facts.demands):
            continue
        picked = free.picking(site, len(item.demand_ids), from_s=asked_s)
        if picked is None:
            continue
        work = routed_work(contract, item, Source(site, *picked), window=window, instance=instance)
        if work is not None and _in_time(work, before.mode, instance):
            free.take(site.site_id, facts.demands, picked[1])
            ready = instance.horizon.instant(picked[0])
            changes = {"site_id": site.site_id, "ready_time": ready, "uses": picked[1]}
            return before.model_copy(update=changes), work
    kept = _source_of(before, instance)
    work = routed_work(contract, item, kept, window=window, instance=instance)
    assert work is not None, "the whole plan has it fetched there"
    free.take(before.site_id, facts.demands, before.uses)
    return before, work


def _source_of(assignment: Assignment, instance: Instance) -> Source:
    site: Site = instance.catalogue.site_by_id[assignment.site_id or ""]
    uses = tuple(use for use in assignment.uses if use.kind is CapacityKind.PICKING)
    return Source(site, instance.horizon.seconds(assignment.ready_time), uses)


def _in_time(work: RoutedWork, mode: Mode, instance: Instance) -> bool:
    """Whether who waits at the site when the goods are ready is at the door in time."""
    request = work.request
    profile = instance.fleet.profile[instance.vehicles_of(ResourceKind(mode.value))][0]
    way = int(instance.travel.duration[profile, request.pickup_node, request.delivery_node])
    ready = request.pickup_earliest + request.pickup_service
    return way >= 0 and ready + way + request.delivery_setup <= request.delivery_latest


# -- the second step


@dataclass(frozen=True)
class Fleet:
    """The vehicles of one kind and what they bring, as one instance for all engines."""

    instance: RoutingInstance
    vehicles: tuple[int, ...]
    keys: tuple[ItemKey, ...]


def fleets(morning: Morning, sourced: Sourced, live: LiveRoutes) -> Iterator[Fleet]:
    """Riders and vans apart: promises say which of the two comes."""
    for mode in ROUTED:
        keys = tuple(key for key, each in sourced.assignments.items() if each.mode is mode)
        span = live.instance.vehicles_of(ResourceKind(mode.value))
        if keys:
            yield _fleet(mode, keys, tuple(range(span.start, span.stop)), morning, sourced, live.instance)


def _fleet(
    mode: Mode,
    keys: tuple[ItemKey, ...],
    vehicles: tuple[int, ...],
    morning: Morning,
    sourced: Sourced,
    instance: Instance,
) -> Fleet:
    contracts = {contract.contract_id: contract for contract in morning.problem.contracts}
    requests = [sourced.works[key].request for key in keys]
    fleet = instance.fleet
    ends = [int(node) for r in vehicles for node in (fleet.start_node[r], fleet.end_node[r])]
    num_depots, num_nodes = len(ends), len(ends) + 2 * len(keys)
    halves = [half for request in requests for half in (request[:6], request[6:12])]
    columns = np.array([(node, -1 - n, 0, ENDLESS_S, 0, 0) for n, node in enumerate(ends)] + halves, dtype=np.int64)
    loads = np.zeros((num_nodes, fleet.capacity.shape[1]), dtype=np.int64)
    loads[num_depots::2] = [request.load for request in requests]
    loads[num_depots + 1 :: 2] = [-request.load for request in requests]
    duration, cost = _arcs(columns, instance, vehicles[0])
    serves = np.ones((len(vehicles), num_nodes), dtype=np.bool_)
    for n, key in enumerate(keys):
        cannot = vehicle_reasons(contracts[key[0]].item(key[1]), instance)
        serves[[i for i, r in enumerate(vehicles) if r in cannot], num_depots + 2 * n : num_depots + 2 * n + 2] = False
    pickups = tuple(range(num_depots, num_nodes, 2))
    none = np.zeros(num_nodes, dtype=np.int64)
    made = RoutingInstance(
        name=mode.value,
        set_name="pipelines",
        convention=Convention.EXACT,
        vehicle_types=tuple(
            VehicleType(
                number=1,
                start=2 * i,
                end=2 * i + 1,
                capacity=tuple(fleet.capacity[r].tolist()),
                earliest=int(fleet.shift_start[r]),
                latest=int(fleet.shift_end[r]),
                fixed_cost=int(fleet.cost_use[r]) * GRAIN // COST_UNITS,
                serves=serves[i],
            )
            for i, r in enumerate(vehicles)
        ),
        distance=cost,
        duration=duration,
        depots=tuple(range(num_depots)),
        pickups=pickups,
        deliveries=tuple(node + 1 for node in pickups),
        loads=loads,
        earliest=columns[:, 2].copy(),
        latest=columns[:, 3].copy(),
        service=columns[:, 4].copy(),
        release=none,
        required=np.ones(num_nodes, dtype=np.bool_),
        prize=none,
        tools=none,
        parts=np.zeros((num_nodes, 0), dtype=np.int64),
    )
    return Fleet(made, vehicles, keys)


def _arcs(columns: Ints, instance: Instance, vehicle_idx: int) -> tuple[Ints, Ints]:
    """Seconds with the set-up at their end, and what they cost; to an end that is open nothing leads.

    Who waits is not paid, so money hangs on the way alone, and every engine sees all of it.
    """
    node, place, setup = columns[:, 0], columns[:, 1], columns[:, 5]
    profile = instance.fleet.profile[vehicle_idx]
    at = np.maximum(node, 0)
    seconds = instance.travel.duration[profile][np.ix_(at, at)].astype(np.int64)
    metres = instance.travel.distance[profile][np.ix_(at, at)].astype(np.int64)
    none = seconds < 0
    same = place[:, None] == place[None, :]
    seconds = np.where(same, 0, seconds + setup[None, :])
    metres = np.where(same, 0, metres)
    cost_m, cost_s = (int(column[vehicle_idx]) for column in (instance.fleet.cost_m, instance.fleet.cost_s))
    cost = (GRAIN * (metres * cost_m + seconds * cost_s) + COST_UNITS // 2) // COST_UNITS
    open_end = node < 0
    for table in (seconds, cost):
        table[none & ~same] = FAR
        table[:, open_end] = table[open_end, :] = 0
    return seconds, cost


def _row(morning: Morning, sourced: Sourced, engine: RoutingEngine, *, seconds: float, seed: int) -> Figures:
    """One pipeline: what it costs with what it leaves out, and what the checker says."""
    live = LiveRoutes(Instance.of(morning.problem))
    parts = list(fleets(morning, sourced, live))
    if reasons := [reason for part in parts if (reason := engine.supports(part.instance))]:
        return {"engine": engine.name, "supported": False, "reason": "; ".join(dict.fromkeys(reasons))}
    began = perf_counter()
    solutions = [engine.solve(part.instance, seconds=seconds, seed=seed) for part in parts]
    took = perf_counter() - began
    served = {key for part, found in zip(parts, solutions, strict=True) for key in _lay(live, part, found, sourced)}
    problem, plan = _plan(morning, sourced, live, served)
    violations = check(problem, plan)
    unserved = len(sourced.assignments) - len(served)
    return {
        "engine": engine.name,
        "supported": True,
        "cost": plan.cost.total + REFUSED * unserved,
        "unserved": unserved,
        "vehicles": sum(bool(route.visits) for route in plan.routes),
        "violations": len(violations),
        "wall_seconds": round(took, 1),
    }


def _lay(live: LiveRoutes, part: Fleet, solution: Solution, sourced: Sourced) -> Iterator[ItemKey]:
    """The items of a solution's routes, laid into the live routes; a route that breaks a rule is left out whole."""
    num_depots, instance = len(part.instance.depots), live.instance
    for found in solution.routes:
        nodes = [node - num_depots for node in found.visits]
        keys = dict.fromkeys(part.keys[node // 2] for node in nodes)
        for key in keys:
            live.register(sourced.works[key])
        visits, routes = live.arrays(spare_positions=len(nodes))
        r = part.vehicles[found.type_idx]
        routes.length[r] = len(nodes)
        routes.visit[r, 1 : len(nodes) + 1] = [live.visits_of(part.keys[node // 2])[node % 2] for node in nodes]
        if settle(instance.travel, instance.fleet, visits, routes, r, 0, 0):
            yield from keys
        else:
            routes.length[r] = 0
            settle(instance.travel, instance.fleet, visits, routes, r, 0, 0)


def _plan(morning: Morning, sourced: Sourced, live: LiveRoutes, served: Iterable[ItemKey]) -> tuple[Problem, Plan]:
    """The pipeline's plan of the world; what it does not bring is unplanned, its promise at risk."""
    served = set(served)
    missing = sorted(sourced.assignments.keys() - served)
    contracts = {contract.contract_id: contract for contract in morning.problem.contracts}
    for contract_id, item_id in missing:
        contracts[contract_id] = with_states(contracts[contract_id], {item_id: PromiseState.AT_RISK})
    routes = tuple(live.route(r, version=1) for r in range(len(live.instance.vehicles)) if not live.is_idle(r))
    others = [each for each in morning.plan.assignments if each.mode not in ROUTED]
    assignments = [*others, *(each for key, each in sourced.assignments.items() if key in served)]
    # Nobody is shown these: why an engine left something out, it does not say.
    unplanned = [Unplanned.model_construct(contract_id=key[0], item_id=key[1], reasons=()) for key in missing]
    plan = Plan(
        routes=routes,
        assignments=tuple(
            sorted(as_routed(assignments, routes, contracts), key=lambda each: (each.contract_id, each.item_id))
        ),
        unplanned=(*morning.plan.unplanned, *unplanned),
    )
    problem = replace(morning.problem, contracts=tuple(contracts.values()))
    return problem, plan.model_copy(update={"cost": recompute_cost(problem, plan)})

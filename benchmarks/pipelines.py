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

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter

from benchmarks.figures import WORLD, Figures, machine
from benchmarks.fleet_instance import Fleet, fleets
from benchmarks.nearest_source import ROUTED, Sourced, nearest_sources
from benchmarks.quote import morning_of
from benchmarks.routing.engines import check_engines, load_engine
from benchmarks.routing.protocol import RoutingEngine, Solution
from models.contract import ServiceItemKind
from models.issues import InputError
from models.order import Order
from models.plan import Plan, Unplanned
from models.problem import Problem
from models.promise import PromiseState
from scenarios.batch import plan_world
from scenarios.generate_orders import generate_morning
from scenarios.world import World, load_world
from solver.cache import cache_dir
from solver.check import check, recompute_cost
from solver.instance import Instance
from solver.kernels import warm_up
from solver.kernels.breaks import settle
from solver.live_routes import ItemKey, LiveRoutes
from solver.quoting.board import as_routed
from solver.replanning.repair import with_states

REFUSED = 5000
"""Minor units for what a pipeline does not bring: dearer than any way."""


@dataclass(frozen=True)
class Morning:
    """What both sides start from, and the whole plan."""

    problem: Problem
    """With the promises of the whole plan, and without any plan in force."""

    plan: Plan
    left_out: int
    refused: int
    seconds: float


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
    sourced = nearest_sources(morning.problem, morning.plan)
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
    at_work = {"breaks": (), "overtime": timedelta()}
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


def _row(morning: Morning, sourced: Sourced, engine: RoutingEngine, *, seconds: float, seed: int) -> Figures:
    """One pipeline: what it costs with what it leaves out, and what the checker says."""
    live = LiveRoutes(Instance.of(morning.problem))
    contracts = {contract.contract_id: contract for contract in morning.problem.contracts}
    parts = list(fleets(sourced, contracts, live.instance))
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


def _plan(morning: Morning, sourced: Sourced, live: LiveRoutes, served: Collection[ItemKey]) -> tuple[Problem, Plan]:
    """The pipeline's plan of the world; what it does not bring is unplanned, its promise at risk."""
    missing = sorted(key for key in sourced.assignments if key not in served)
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

"""The first of two steps: where goods come from, decided before anybody knows who brings them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.contract import Contract
from models.plan import Assignment, CapacityKind, Plan
from models.problem import Problem
from models.promise import Mode
from models.resource import ResourceKind, Site
from solver.alternatives.alternative import Source
from solver.alternatives.facts import ItemFacts
from solver.alternatives.routed_work import routed_work
from solver.availability import Availability
from solver.instance import Instance
from solver.kernels.arrays import NEVER
from solver.live_routes import ItemKey, RoutedWork

ROUTED = (Mode.RIDER, Mode.VAN)


@dataclass(frozen=True)
class Sourced:
    """Where the goods of each item come from: its assignment, as yet without anybody who brings it."""

    assignments: Mapping[ItemKey, Assignment]
    works: Mapping[ItemKey, RoutedWork]
    moved: int
    """How many come from another site than in the whole plan."""


def nearest_sources(problem: Problem, plan: Plan) -> Sourced:
    """Order by order, as they came: the nearest site that has the goods, and has them ready in time."""
    instance = Instance.of(problem)
    free = Availability(instance, problem)
    contracts = {contract.contract_id: contract for contract in problem.contracts}
    before = {(each.contract_id, each.item_id): each for each in plan.assignments}
    for key, each in before.items():
        if each.mode not in ROUTED:
            free.take(each.site_id, contracts[key[0]].demands_of(contracts[key[0]].item(key[1])), each.uses)
    assignments, works = dict[ItemKey, Assignment](), dict[ItemKey, RoutedWork]()
    routed = [key for key, each in before.items() if each.mode in ROUTED]
    for key in sorted(routed, key=lambda key: (_asked(contracts[key[0]]), *key)):
        assignments[key], works[key] = _nearest(contracts[key[0]], before[key], instance, free)
    moved = sum(assignments[key].site_id != before[key].site_id for key in assignments)
    return Sourced(assignments, works, moved)


def _asked(contract: Contract) -> datetime:
    return max(order.joined_time for order in contract.orders)


def _nearest(
    contract: Contract, before: Assignment, instance: Instance, free: Availability
) -> tuple[Assignment, RoutedWork]:
    """The item's source, taken from what is free; that of the whole plan, if no other is in time."""
    sources = _sources(contract, before, instance, free)
    in_time = (each for each in sources if _is_in_time(contract, before, each, instance))
    source = next(in_time, _source_of(before, instance))
    work = _work(contract, before, source, instance)
    assert work is not None, "the whole plan has it fetched there"
    site_id = source.site.site_id if source.site else None
    free.take(site_id, contract.demands_of(contract.item(before.item_id)), source.uses)
    ready = instance.horizon.instant(source.ready_s)
    return before.model_copy(update={"site_id": site_id, "ready_time": ready, "uses": source.uses}), work


def _work(contract: Contract, before: Assignment, source: Source, instance: Instance) -> RoutedWork | None:
    promise = next(each for each in contract.promises if each.item_id == before.item_id)
    window = instance.horizon.seconds(promise.window.earliest), instance.horizon.seconds(promise.window.latest)
    return routed_work(contract, contract.item(before.item_id), source, window=window, instance=instance)


def _sources(contract: Contract, before: Assignment, instance: Instance, free: Availability) -> Iterator[Source]:
    """Sites that have the goods, nearest first, within the radius that they deliver in."""
    item = contract.item(before.item_id)
    facts = ItemFacts.of(item, contract, instance=instance)
    for distance_m, site in facts.sites:
        reach_m = site.radius_m.get(ResourceKind(before.mode.value), NEVER) + item.constraint.extra_radius_m
        if distance_m <= reach_m and free.has_stock(site.site_id, facts.demands):
            picked = free.picking(site, len(item.demand_ids), from_s=instance.horizon.seconds_up(_asked(contract)))
            if picked is not None:
                yield Source(site, *picked)


def _source_of(assignment: Assignment, instance: Instance) -> Source:
    site: Site = instance.catalogue.site_by_id[assignment.site_id or ""]
    uses = tuple(use for use in assignment.uses if use.kind is CapacityKind.PICKING)
    return Source(site, instance.horizon.seconds(assignment.ready_time), uses)


def _is_in_time(contract: Contract, before: Assignment, source: Source, instance: Instance) -> bool:
    """Whether who waits at the site when the goods are ready is at the door in time."""
    work = _work(contract, before, source, instance)
    if work is None:
        return False
    request = work.request
    profile = instance.fleet.profile[instance.vehicles_of(ResourceKind(before.mode.value))][0]
    way = int(instance.travel.duration[profile, request.pickup_node, request.delivery_node])
    ready = request.pickup_earliest + request.pickup_service
    return way >= 0 and ready + way + request.delivery_setup <= request.delivery_latest

"""The part of the plan that a change can break, cut out so that it can be checked on its own.

In it are all items that share a site, a carrier or a route with what changed, and the whole
routes of those. Contracts are cut down to these items. Whatever is left out takes nothing
from what is in: stock and capacity belong to a site or a carrier, time to a route.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from models.catalogue import StockRow
from models.contract import Contract
from models.plan import Assignment, Plan
from models.problem import Problem
from models.promise import Mode
from server.promising.books import Change, Entries, ItemKey, demands_by_site, key_of, plan_of
from solver.check import recompute_cost

StockKey = tuple[str, str]
"""(site_id, sku_id)"""


def affected_part(
    problem: Problem, before: Entries, change: Change, *, stock: Mapping[StockKey, StockRow]
) -> tuple[Problem, Plan]:
    """The problem that the affected part of the plan has to solve, and that part after the change.

    Parameters
    ----------
    problem
        Catalogue, travel and time; contracts, stock and plan are added.
    """
    after = before.after(change)
    resource_ids, keys = _affected(after, change)
    wanted = {key: after.assignments[key] for key in sorted(keys) if key in after.assignments}
    contracts = tuple(_cut(after.contracts[each], keys) for each in sorted({key[0] for key in keys}))
    part = Entries({each: after.routes[each] for each in resource_ids if each in after.routes}, wanted, {})
    in_force = Entries({each: before.routes[each] for each in resource_ids if each in before.routes}, {}, {})
    rows = tuple(stock[each] for each in sorted(_goods(wanted.values(), after.contracts)) if each in stock)
    scoped = replace(problem, contracts=contracts, stock=rows, initial_plan=plan_of(in_force))
    plan = plan_of(part)
    return scoped, plan.model_copy(update={"cost": recompute_cost(scoped, plan)})


def _affected(after: Entries, change: Change) -> tuple[set[str], set[ItemKey]]:
    """Vehicles and items. What only leaves takes nothing from anybody but its route."""
    changed_ids = {contract.contract_id for contract in change.contracts}
    changed = [each for each in after.assignments.values() if each.contract_id in changed_ids]
    site_ids = {each.site_id for each in (*changed, *change.added)}
    carrier_ids = {each.resource_id for each in (*changed, *change.added) if each.mode is Mode.CARRIER}
    sharing = [
        each
        for each in after.assignments.values()
        if each.site_id in site_ids or (each.mode is Mode.CARRIER and each.resource_id in carrier_ids)
    ]
    resource_ids = {route.resource_id for route in change.routes} | set(_vehicle_ids(sharing))
    routes = [after.routes[each] for each in resource_ids if each in after.routes]
    on_routes = {(visit.contract_id, visit.item_id) for route in routes for visit in route.visits}
    return resource_ids, on_routes | {key_of(each) for each in sharing}


def _goods(assignments: Iterable[Assignment], contracts: Mapping[str, Contract]) -> set[StockKey]:
    return {(site_id, demand.sku_id) for site_id, demand in demands_by_site(assignments, contracts)}


def _vehicle_ids(assignments: Iterable[Assignment]) -> Iterable[str]:
    return (each.resource_id for each in assignments if each.resource_id and each.mode is not Mode.CARRIER)


def _cut(contract: Contract, keys: set[ItemKey]) -> Contract:
    """The contract with these items only. Nothing of it is shown to anybody: it need not be valid."""
    return contract.part({each.item_id for each in contract.items if (contract.contract_id, each.item_id) in keys})

"""The part of a plan that one new contract can break, cut out so that it can be checked on its own.

In it are the routes that changed, and all that shares a piece of stock or a capacity cell with
what is new, with the whole routes of those. Of the shared cells and stock nothing is missing;
elsewhere a part takes less than the whole, so no violation is made up by the cut.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from models.catalogue import StockRow
from models.contract import Contract
from models.plan import Assignment, Plan, Route, Violation
from models.problem import Problem
from solver.check import check, recompute_cost
from solver.live_routes import ItemKey

if TYPE_CHECKING:
    from solver.quoting.board import Board


@dataclass(frozen=True)
class Verdict:
    """What the checker says of a changed plan, and what the change costs by its own reckoning."""

    violations: tuple[Violation, ...]
    added_cost: int


def judge(
    before: "Board", after: "Board", changed: Sequence[Route], keys: Iterable[ItemKey], *, now: datetime
) -> Verdict:
    """Let the checker look at a board after a change, which may have its own catalogue.

    Parameters
    ----------
    changed
        The routes that changed.
    keys
        The items that are new in the plan, or planned in another way.
    now
        What departs later is not frozen.
    """
    resource_ids, in_part = _part(after, changed, tuple(keys))
    problem = Problem(
        after.instance.catalogue,
        after.instance.tables,
        after.instance.horizon,
        now=now,
        freeze_until=now,
        stock=_stock(after, in_part),
        contracts=_cut(after, in_part),
        initial_plan=Plan(routes=_routes(before, resource_ids)),
    )
    plan = _plan(after, resource_ids, in_part)
    cost = recompute_cost(problem, plan)
    old = _plan(before, resource_ids, in_part)
    old_cost = recompute_cost(replace(problem, catalogue=before.instance.catalogue), old)
    return Verdict(check(problem, plan.model_copy(update={"cost": cost})), cost.total - old_cost.total)


def _part(board: "Board", changed: Sequence[Route], keys: tuple[ItemKey, ...]) -> tuple[list[str], set[ItemKey]]:
    new = [board.assignments[key] for key in keys]
    cells = {_cell for each in new for _cell in _cells(board, each)}
    sharing = [each for each in board.assignments.values() if not cells.isdisjoint(_cells(board, each))]
    resource_ids = {route.resource_id for route in changed}
    resource_ids |= {each.resource_id or "" for each in sharing if _key(each) in board.routes}
    ordered = sorted(resource_ids)
    on_routes = {(visit.contract_id, visit.item_id) for route in _routes(board, ordered) for visit in route.visits}
    return ordered, on_routes | {_key(each) for each in sharing} | set(keys)


def _cells(board: "Board", assignment: Assignment) -> set[object]:
    cells: set[object] = {(use.kind, use.owner_id, use.bucket_start) for use in assignment.uses}
    contract = board.contracts[assignment.contract_id]
    demands = contract.demands_of(contract.item(assignment.item_id))
    return cells | {(assignment.site_id, demand.sku_id) for demand in demands}


def _key(assignment: Assignment) -> ItemKey:
    return assignment.contract_id, assignment.item_id


def _routes(board: "Board", resource_ids: Iterable[str]) -> tuple[Route, ...]:
    indices = [board.instance.idx_by_vehicle_id[each] for each in resource_ids]
    return tuple(board.routes.route(r, version=board.routes.versions[r]) for r in indices)


def _plan(board: "Board", resource_ids: Iterable[str], keys: set[ItemKey]) -> Plan:
    assignments = tuple(board.assignments[key] for key in sorted(keys) if key in board.assignments)
    return Plan(routes=_routes(board, resource_ids), assignments=assignments)


def _stock(board: "Board", keys: set[ItemKey]) -> tuple[StockRow, ...]:
    """What is free, and what the part takes."""
    taken = Counter[tuple[str, str]]()
    for assignment in (board.assignments[key] for key in sorted(keys) if key in board.assignments):
        contract = board.contracts[assignment.contract_id]
        for demand in contract.demands_of(contract.item(assignment.item_id)):
            taken[assignment.site_id or "", demand.sku_id] += demand.quantity
    return tuple(
        StockRow(site_id=site_id, sku_id=sku_id, on_hand=max(0, pieces + board.pieces(site_id, sku_id)))
        for (site_id, sku_id), pieces in taken.items()
        if site_id
    )


def _cut(board: "Board", keys: set[ItemKey]) -> tuple[Contract, ...]:
    """The contracts with the part's items only. Nobody is shown them: they need not be valid."""
    item_ids: dict[str, set[str]] = {}
    for contract_id, item_id in sorted(keys):
        item_ids.setdefault(contract_id, set()).add(item_id)
    return tuple(_whole(board.contracts[each].part(item_ids[each])) for each in item_ids)


def _whole(contract: Contract) -> Contract:
    """With the demands of its own items only: what others bring is not missing."""
    brought = Counter[str]()
    for demand in (demand for item in contract.items for demand in contract.demands_of(item)):
        brought[demand.demand_id] += demand.quantity
    demands = (each.model_copy(update={"quantity": brought[each.demand_id]}) for each in contract.demands)
    return contract.model_copy(update={"demands": tuple(each for each in demands if each.quantity)})

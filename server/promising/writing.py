"""A change of the plan in force, put into the ledger: stock, capacity, assignments and routes together."""

from collections.abc import Iterable, Mapping

from models.contract import Contract
from models.plan import Assignment
from server.ledger import StockQuantity, Transaction
from server.promising.books import Change, Entries, demands_by_site
from solver.capacity import capacity_of
from solver.instance import Instance


def write_change(tx: Transaction, before: Entries, change: Change, *, instance: Instance) -> None:
    """Write all of it.

    Raises
    ------
    Conflict
        CAPACITY_TAKEN, ROUTE_OUTDATED: another process was faster.
    """
    after = before.after(change)
    leaving = [before.assignments[key] for key in change.removed]
    # What leaves goes first: what comes may need its place.
    tx.give_stock_back(_goods(leaving, before.contracts))
    tx.give_capacity_back(use for each in leaving for use in each.uses)
    tx.take_stock(_goods(change.added, after.contracts))
    tx.take_capacity((use for each in change.added for use in each.uses), lambda use: capacity_of(use, instance))
    tx.remove_assignments(key for key in change.removed if key not in after.assignments)
    tx.put_assignments(each for key, each in after.assignments.items() if before.assignments.get(key) != each)
    tx.remove_unplanned(key for key in before.unplanned if key not in after.unplanned)
    tx.put_unplanned(change.lost)
    for route in change.routes:
        tx.publish_route(route)


def _goods(assignments: Iterable[Assignment], contracts: Mapping[str, Contract]) -> list[StockQuantity]:
    return [(site_id, each.sku_id, each.quantity) for site_id, each in demands_by_site(assignments, contracts)]

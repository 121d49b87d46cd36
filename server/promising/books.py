"""The plan in force, in memory: what the ledger says, in the form that questions are answered from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.contract import Contract, Demand
from models.plan import Assignment, Plan, Route, Unplanned
from models.reservation import Reservation
from server.ledger import Transaction
from solver.quoting.board import Board, agreed, as_routed

ItemKey = tuple[str, str]
"""(contract_id, item_id)"""


@dataclass(frozen=True)
class Change:
    """What one use case does to the plan in force.

    Parameters
    ----------
    routes
        Whole, each with the version after the stored one.
    added, removed
        Assignments, and the items that leave the plan; an item in both is assigned anew.
    contracts
        Contracts whose promises, agreed or held, the plan keeps from now on.
    held
        New holds.
    settled
        Contracts whose hold has ended.
    closed
        Contracts that the plan need not keep any more.
    lost
        Items that have a promise and no place in the plan.
    found
        Items that were lost and have a place again, for good.
    """

    routes: tuple[Route, ...] = ()
    added: tuple[Assignment, ...] = ()
    removed: tuple[ItemKey, ...] = ()
    contracts: tuple[Contract, ...] = ()
    held: tuple[Reservation, ...] = ()
    settled: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    lost: tuple[Unplanned, ...] = ()
    found: tuple[ItemKey, ...] = ()


@dataclass(frozen=True)
class Entries:
    """Routes by vehicle, assignments by item, and the contracts that they serve by id.

    `unplanned` holds the items that lost their place. One that another option is held for stands there
    until that is confirmed, and has an assignment as well.
    """

    routes: dict[str, Route]
    assignments: dict[ItemKey, Assignment]
    contracts: dict[str, Contract]
    unplanned: dict[ItemKey, Unplanned] = field(default_factory=dict)

    def lost(self) -> dict[ItemKey, Unplanned]:
        """Items without a place. What was divided for a hold is not among them."""
        return {
            key: each
            for key, each in self.unplanned.items()
            if key not in self.assignments and any(item.item_id == key[1] for item in self.contracts[key[0]].items)
        }

    def after(self, change: Change) -> "Entries":
        """What they would be after a change. Assignments follow the routes that their items are on."""
        gone = set(change.removed)
        assignments = {key: each for key, each in self.assignments.items() if key not in gone}
        assignments |= {key_of(each): each for each in change.added}
        on_routes = {(visit.contract_id, visit.item_id) for route in change.routes for visit in route.visits}
        added = {each.contract_id: each for each in change.contracts}
        to_move = [assignments[key] for key in sorted(on_routes) if key in assignments]
        moved = as_routed(to_move, change.routes, self.contracts | added)
        contracts = {key: each for key, each in self.contracts.items() if key not in change.closed}
        settled = set(change.found)
        unplanned = {key: each for key, each in self.unplanned.items() if key not in settled and key[0] in contracts}
        return Entries(
            routes=self.routes | {route.resource_id: route for route in change.routes},
            assignments=assignments | {key_of(each): each for each in moved},
            contracts=contracts | added,
            unplanned=unplanned | {(each.contract_id, each.item_id): each for each in change.lost},
        )


def key_of(assignment: Assignment) -> ItemKey:
    return assignment.contract_id, assignment.item_id


class Books:
    """Entries, live holds and the board, changed together once the ledger has committed."""

    def __init__(self, entries: Entries, held: Iterable[Reservation], board: Board) -> None:
        self.entries = entries
        self.hold_by_contract_id = {each.contract_id: each for each in held}
        self.board = board

    def adopt(self, change: Change) -> None:
        """Take over what the ledger has committed."""
        self.board.adopt(routes=change.routes, added=change.added, removed=change.removed, contracts=change.contracts)
        self.entries = self.entries.after(change)
        for contract_id in change.settled:
            del self.hold_by_contract_id[contract_id]
        self.hold_by_contract_id.update({each.contract_id: each for each in change.held})

    def overdue(self, now: datetime) -> list[Reservation]:
        """Holds that have ended, the earliest end first."""
        ended = [each for each in self.hold_by_contract_id.values() if each.expire_time <= now]
        return sorted(ended, key=lambda each: (each.expire_time, each.reservation_id))

    def keys_of(self, contract_id: str) -> tuple[ItemKey, ...]:
        """The contract's items that are in the plan."""
        return tuple(sorted(key for key in self.entries.assignments if key[0] == contract_id))


def read_entries(tx: Transaction, held: Iterable[Reservation]) -> Entries:
    """The plan in force as the ledger has it.

    A contract that is only held has no promises of its own yet: its hold says what they would be.
    """
    option_by_contract_id = {each.contract_id: each.option for each in held}
    assignments = {key_of(each): each for each in tx.assignments()}
    unplanned = {(each.contract_id, each.item_id): each for each in tx.unplanned()}
    contracts = {}
    for contract_id in sorted({contract_id for contract_id, _ in (*assignments, *unplanned)}):
        contract = tx.contract(contract_id)
        assert contract is not None, f"{contract_id} is in the plan and not in the ledger"
        option = option_by_contract_id.get(contract_id)
        contracts[contract_id] = agreed(contract, option) if option else contract
    return Entries({route.resource_id: route for route in tx.routes()}, assignments, contracts, unplanned)


def demands_by_site(
    assignments: Iterable[Assignment], contracts: Mapping[str, Contract]
) -> Iterator[tuple[str, Demand]]:
    """Every demand of assigned items, beside the site that it is served from; what has no site has no demands."""
    for each in assignments:
        contract = contracts[each.contract_id]
        for demand in contract.demands_of(contract.item(each.item_id)):
            yield each.site_id or "", demand


def plan_of(entries: Entries) -> Plan:
    """The plan, its cost left out."""
    return Plan(
        routes=tuple(entries.routes[resource_id] for resource_id in sorted(entries.routes)),
        assignments=tuple(entries.assignments[key] for key in sorted(entries.assignments)),
        unplanned=unplanned_of(entries),
    )


def unplanned_of(entries: Entries) -> tuple[Unplanned, ...]:
    """What has a promise and no place in the plan, in the order of contract and item."""
    lost = entries.lost()
    return tuple(lost[key] for key in sorted(lost))

"""A plan in the making: contracts are put in, taken out and changed, and what is no gain is undone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from models.contract import Contract
from models.plan import Assignment, CapacityKind, Plan, ReasonCount, Route, Unplanned
from models.problem import Problem
from models.promise import Mode
from models.timing import seconds_of
from solver.assignment.candidates import Candidate, Guide, Reader, Work
from solver.assignment.room import TIMED, Room, StockKey, busy_spans
from solver.availability import Cell
from solver.live_routes import ItemKey
from solver.quoting.board import Board
from solver.quoting.bundles import BundleSearch, Keep, best_at_each, nothing_fits
from solver.quoting.options import item_cost
from solver.quoting.splits import Splitter

Score = tuple[int, int, int]
"""Contracts without a promise, wishes missed, cost: the smaller the better, in this order."""


@dataclass
class _Journal:
    """What was there before the changes that are on trial: routes with their cost, and what contracts had."""

    routes: dict[str, tuple[Route, int]] = field(default_factory=dict)
    taken: dict[str, Candidate | None] = field(default_factory=dict)


class Draft:
    """The plan of a problem, and the contracts in or on top of it that are planned together.

    Parameters
    ----------
    problem
        Contracts of it that are not planned here stay as they are.
    contracts
        What is to be planned, in the order of arrival. What has promises keeps them.
    board
        Of the problem, if there is one already; the draft changes it.
    """

    def __init__(self, problem: Problem, contracts: Sequence[Contract], *, board: Board | None = None) -> None:
        self.problem, self.contracts = problem, {contract.contract_id: contract for contract in contracts}
        self.board = Board.of(problem) if board is None else board
        instance = self.board.instance
        busy = busy_spans(problem.initial_plan.routes, instance, without=self.contracts)
        self.room = Room(instance, self.board.free(), busy)
        self.taken: dict[str, Candidate] = {}
        # What departs at the very moment of the freeze stays, so nothing is to depart before the second after it.
        self._now_s = instance.horizon.seconds_up(problem.freeze_until) + 1
        self._journal = _Journal()
        self._home: defaultdict[str, dict[str, Assignment]] = defaultdict(dict)
        for assignment in problem.initial_plan.assignments:
            self._home[assignment.contract_id][assignment.item_id] = assignment
        for each in contracts:
            self._start_with(each, tuple(self._home.get(each.contract_id, {}).values()))

    def _start_with(self, contract: Contract, assignments: Sequence[Assignment]) -> None:
        """What is in the plan already counts as taken here, and as free for who is planned together."""
        if not assignments:
            return
        stock, cells = Counter[StockKey](), Counter[Cell]()
        for each in assignments:
            demands = contract.demands_of(contract.item(each.item_id))
            self.room.free.take(each.site_id, demands, each.uses, sign=-1)
            for demand in demands:
                stock[each.site_id or "", demand.sku_id] += demand.quantity
            for use in (use for use in each.uses if use.kind not in TIMED):
                cells[use.kind, use.owner_id, use.bucket_start] += use.amount
        self.taken[contract.contract_id] = Candidate(
            contract,
            tuple(assignments),
            price=0,
            item_cost=sum(self._item_cost(contract, each) for each in assignments),
            stock=dict(stock),
            cells=dict(cells),
            works=tuple(work for each in assignments for work in self._works_of(each)),
        )

    def _item_cost(self, contract: Contract, assignment: Assignment) -> int:
        instance = self.board.instance
        carrier = instance.catalogue.carrier_by_id.get(assignment.resource_id or "")
        return item_cost(contract.item(assignment.item_id), assignment.mode, instance, carrier).total

    def _works_of(self, assignment: Assignment) -> Iterable[Work]:
        """The work of pickers and agents, at the time at which it is booked."""
        policy, seconds = self.board.instance.catalogue.policy, self.board.instance.horizon.seconds
        for use in assignment.uses:
            if use.kind in TIMED:
                is_picking = use.kind is CapacityKind.PICKING
                bucket_s = seconds_of(policy.pick_bucket if is_picking else policy.desk_bucket)
                start_s, amount = seconds(use.bucket_start), use.amount if is_picking else use.amount * bucket_s
                yield Work((use.kind.value, use.owner_id), start_s, start_s + bucket_s, amount)

    # -- looking

    def candidates(self, contract_id: str, *, keep: Keep = best_at_each) -> list[Candidate]:
        """Ways to serve a contract on the routes as they are, as if it alone were planned, the best first.

        Parameters
        ----------
        keep
            Which of the bundles found so far a search goes on with.
        """
        searches = self._searches(contract_id, alone=True, by_source=True)
        for search in searches:
            search.keep = keep
        found = [each for search in searches for each in self._reader(search).all()]
        return sorted(found, key=lambda candidate: candidate.rank)

    def _searches(self, contract_id: str, *, by_source: bool, alone: bool = False) -> list[BundleSearch]:
        """For the contract whole, and parted if no site has all of its goods."""
        contract = self.contracts[contract_id]
        free = self.room.free if alone else self.board.free()
        splitter = Splitter(contract, self.board.instance, free)
        parted = () if contract.promises else splitter.splits(splitter.scattered())
        return [self._search(each, by_source=by_source, alone=alone) for each in (contract, *parted)]

    def _search(self, contract: Contract, *, by_source: bool = False, alone: bool = False) -> BundleSearch:
        return self.board.search(
            contract,
            now_s=self._now_s,
            asked_s=self._asked_s(contract),
            promises={promise.item_id: promise for promise in contract.promises},
            availability=self.room.free if alone else None,
            by_source=by_source,
        )

    def _reader(self, search: BundleSearch) -> Reader:
        home = self._home.get(search.contract.contract_id, {})
        asked_s, price = self._asked_s(search.contract), self.problem.disturbance
        return Reader(self.board, search, self.room, asked_s, home, price)

    def _asked_s(self, contract: Contract) -> int:
        """From when on a contract can be planned: not before its last order has come."""
        return max(self._now_s, *(self.board.instance.horizon.seconds_up(each.joined_time) for each in contract.orders))

    def price(self, contract_id: str) -> int:
        """What a contract that may move costs where it is: what would be saved without it."""
        saved = self.board.saved_without(self._keys(contract_id), now=self.problem.freeze_until)
        return saved + self.taken[contract_id].item_cost

    def score(self) -> Score:
        missed = sum(each.missed for each in self.taken.values())
        return len(self.contracts) - len(self.taken), missed, self.board.plan().cost.total

    # -- changing

    def put(self, candidate: Candidate) -> bool:
        """Put a contract in as a candidate says: its promises, from its sites. False if that does not fit."""
        search = self._search(narrowed(candidate))
        for bundle in sorted(search.run(), key=lambda bundle: bundle.cost_units):
            found = self._reader(search).read(bundle)
            if found is not None:
                kept = replace(found, contract=candidate.contract, missed=candidate.missed)
                self._adopt(kept, self.board.routes_with(search, bundle))
                return True
        return False

    def put_best(self, contract_id: str, guide: Guide) -> bool:
        """Put a contract in by the best way that is free now; False if there is none."""
        return self._put_best(contract_id, guide, narrow=True) or self._put_best(contract_id, guide, narrow=False)

    def _put_best(self, contract_id: str, guide: Guide, *, narrow: bool) -> bool:
        """Narrow: going on with the best few only, which can lead into a dead end."""
        found = []
        for search in self._searches(contract_id, by_source=bool(guide.worth)):
            searched = search.contract
            if narrow:
                search.keep = partial(guide.keep, contract=searched)
            found += [(guide.rank(bundle, searched), search, bundle) for bundle in search.run()]
        for _, search, bundle in sorted(found, key=lambda each: each[0]):
            candidate = self._reader(search).read(bundle)
            if candidate is not None:
                self._adopt(candidate, self.board.routes_with(search, bundle))
                return True
        return False

    def take_out(self, *contract_ids: str) -> None:
        """Take out contracts that may move.

        All at once: with one gap closed, what stood behind it may be departed for at this very moment.
        """
        keys = [key for contract_id in contract_ids for key in self._keys(contract_id)]
        routes = self.board.without(keys, now=self.problem.freeze_until)
        for contract_id in contract_ids:
            self._note(contract_id, routes)
            del self.taken[contract_id]
        self.board.adopt(routes=routes, removed=keys)

    def may_move(self, contract_id: str) -> bool:
        """Whether a contract is in the draft and no vehicle sets out for it before the plan can be changed."""
        now = self.problem.freeze_until
        return contract_id in self.taken and not any(
            self.board.started(*key, now=now) for key in self._keys(contract_id)
        )

    def _adopt(self, candidate: Candidate, routes: tuple[Route, ...]) -> None:
        self._note(candidate.contract.contract_id, routes)
        self.board.adopt(routes=routes, added=candidate.assignments, contracts=(candidate.contract,))
        self.taken[candidate.contract.contract_id] = candidate

    def _keys(self, contract_id: str) -> list[ItemKey]:
        return [(contract_id, each.item_id) for each in self.taken[contract_id].assignments]

    # -- on trial

    def begin(self) -> None:
        """What is changed from now on can be undone, until the next beginning."""
        self._journal = _Journal()

    def gain(self) -> Score:
        """By how much the draft is better than at the beginning: served contracts, wishes met, money."""
        routes, before = self._journal.routes, self._journal.taken
        idx = self.board.instance.idx_by_vehicle_id
        saved = sum(cost - self.board.routes.cost(idx[each]).total for each, (_, cost) in routes.items())
        served = missed = 0
        for contract_id, old in before.items():
            new = self.taken.get(contract_id)
            served += (new is not None) - (old is not None)
            missed += (old.missed if old else 0) - (new.missed if new else 0)
            saved += (old.item_cost if old else 0) - (new.item_cost if new else 0)
        return served, missed, saved

    def undo(self) -> None:
        """Everything as it was at the beginning."""
        routes, before = self._journal.routes, self._journal.taken
        removed = [key for each in before if each in self.taken for key in self._keys(each)]
        back = {contract_id: old for contract_id, old in before.items() if old is not None}
        for contract_id in before:
            self.taken.pop(contract_id, None)
        self.taken.update(back)
        self.board.adopt(removed=removed)  # before the contracts change back: they may have been in other parts
        self.board.adopt(
            routes=[route for route, _ in routes.values()],
            added=[assignment for old in back.values() for assignment in old.assignments],
            contracts=[old.contract for old in back.values()],
        )
        self.begin()

    def _note(self, contract_id: str, routes: Iterable[Route]) -> None:
        """How things are before a contract and these routes change."""
        self._journal.taken.setdefault(contract_id, self.taken.get(contract_id))
        for route in routes:
            r = self.board.instance.idx_by_vehicle_id[route.resource_id]
            if route.resource_id not in self._journal.routes:
                now = self.board.routes.route(r, version=self.board.routes.versions[r])
                self._journal.routes[route.resource_id] = now, self.board.routes.cost(r).total

    # -- the result

    def agreed(self) -> tuple[Contract, ...]:
        """The contracts in the order of arrival, with promises where they got some."""
        return tuple(
            self.taken[contract_id].contract if contract_id in self.taken else contract
            for contract_id, contract in self.contracts.items()
        )

    def plan(self) -> Plan:
        """Everything that is in the draft; a route that is not as it was has the version after the one in force."""
        unplanned = (*self.problem.initial_plan.unplanned, *self._unplanned())
        return numbered(self.board.plan().model_copy(update={"unplanned": unplanned}), self.problem.initial_plan)

    def _unplanned(self) -> Iterable[Unplanned]:
        for contract_id, contract in self.contracts.items():
            if contract_id not in self.taken:
                reasons = self._reasons(contract)
                anybody = tuple(reason for each in reasons.values() for reason in each)
                for item in contract.items:
                    own = reasons.get(item.item_id, anybody)
                    yield Unplanned(contract_id=contract_id, item_id=item.item_id, reasons=own)

    def _reasons(self, contract: Contract) -> dict[str, tuple[ReasonCount, ...]]:
        """By item, what rules it out on the plan as it is."""
        search = self._search(contract)
        search.run()
        reasons: dict[str, tuple[ReasonCount, ...]] = {}
        for refusal in search.refusals() or (nothing_fits(contract),):
            reasons[refusal.item_id] = (*reasons.get(refusal.item_id, ()), *refusal.reasons)
        return reasons


def numbered(plan: Plan, before: Plan) -> Plan:
    """The plan with routes as they come after those of another: unchanged, or with the next version."""
    old = {route.resource_id: route for route in before.routes}
    routes = [_next_after(old.get(each.resource_id, Route(resource_id=each.resource_id)), each) for each in plan.routes]
    return plan.model_copy(update={"routes": tuple(route for route in routes if route.version)})


def _next_after(old: Route, new: Route) -> Route:
    if new.model_copy(update={"version": old.version}) == old:
        return old
    return new.model_copy(update={"version": old.version + 1})


def narrowed(candidate: Candidate) -> Contract:
    """The contract as agreed, its items bound to the sites, carriers and desks of the candidate."""
    assignment_by_item_id = {each.item_id: each for each in candidate.assignments}
    items = []
    for item in candidate.contract.items:
        assignment = assignment_by_item_id[item.item_id]
        bound: dict[str, tuple[str, ...]] = {}
        if assignment.site_id is not None:
            bound["allowed_site_ids"] = (assignment.site_id,)
        if assignment.mode in (Mode.CARRIER, Mode.REMOTE) and assignment.resource_id is not None:
            bound["allowed_ids"] = (assignment.resource_id,)
        items.append(item.model_copy(update={"constraint": item.constraint.model_copy(update=bound)}))
    return candidate.contract.model_copy(update={"items": tuple(items)})

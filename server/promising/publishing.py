"""A replanned plan comes back, and what of it still fits becomes the plan in force."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

from models.disturbance import Account, Exchange
from models.explanation import Move
from models.plan import Cost, Plan, Violation
from models.plan_file import PlanFile
from models.problem import Problem
from server.ledger import Transaction
from server.promising.books import Change, ItemKey, plan_of
from server.promising.core import NOTHING, Core, refuse_invalid
from server.promising.groups import (
    Cell,
    Group,
    Replanned,
    StockKey,
    has_room,
    is_in_time,
    is_still_ahead,
    is_unchanged,
    items_on,
    waits_for_holds,
    who,
)
from server.promising.results import Publication
from server.promising.writing import write_change
from solver.check import check, moved_promises, recompute_cost
from solver.disturbance import (
    contract_changes,
    disturbance,
    is_handover,
    move_of,
    resource_changes,
    site_changes,
)
from solver.quoting.board import Board

Also = Callable[[Publication, Account, Transaction], None]


class Publishing(Core):
    # -- asking

    def plan(self) -> Plan:
        """The plan in force, with its cost."""
        self._present()
        return self._plan_in_force()

    def problem(self) -> Problem:
        """The plan in force and everything that a replan may look at, as of the next whole second."""
        now = self._second_from(self._present())
        return self._problem(self._books.entries, self._plan_in_force(), now)

    def check(self) -> tuple[Violation, ...]:
        """What the independent checker says of the plan in force."""
        problem = self.problem()
        return check(problem, problem.initial_plan)

    def plan_file(self) -> PlanFile:
        """The plan in force with all that it takes to check it elsewhere."""
        problem = self.problem()
        return PlanFile(
            world=self._world.name,
            fingerprint=self._world.fingerprint,
            horizon=problem.horizon,
            now=problem.now,
            freeze_until=problem.freeze_until,
            stock=problem.stock,
            contracts=problem.contracts,
            plan=problem.initial_plan,
        )

    # -- publishing

    def publish(self, problem: Problem, plan: Plan, *, also: Also | None = None) -> Publication:
        """Take over a plan that was made for a snapshot, as far as it still fits.

        Routes that exchange items go together, all of such a group or none. A group is left out
        if one of its routes has changed since the snapshot, if its visits no longer lie ahead,
        or if a vehicle would set out for a hold before that has ended; all are, if resources or
        stock have changed. What comes from another site, carrier or desk goes together with all that
        takes or gives the same stock and capacity, and is left out if somebody has begun with it or
        has taken it. If what is left saves no more than it disturbs, nothing is published.

        Parameters
        ----------
        also
            Writes what else is to be kept of it, in the same transaction.

        Raises
        ------
        SolveError
            PLAN_INVALID: what is left breaks a rule or moves a promise; nothing is published.
        """
        now = self._present()
        refuse_invalid(check(problem, plan))
        replanned = Replanned(problem.initial_plan, plan, problem.contracts)
        groups = replanned.groups()
        supplied = self._is_supplied_as(problem)
        taken = [each for each in groups if supplied and self._still_fits(each, replanned, now)]
        cost_before = self._books.board.plan().cost
        change, cost_after = self._improving(self._change(taken, replanned), cost_before, now)
        moves = [*self._moves(change)]
        count = sum(map(is_handover, moves))
        published = Publication(
            routes_changed=tuple(route.resource_id for route in change.routes),
            routes_dropped=tuple(
                sorted(each for group in groups if group not in taken for each in group if replanned.drives(each))
            ),
            promises_moved=moved_promises(problem.contracts, self._books.entries.contracts.values()),
            cost_before=cost_before,
            cost_after=cost_after,
            currency=self._world.catalogue.policy.currency,
            changed_hands=count,
            disturbance=count * self._world.catalogue.policy.disturbance,
        )
        self._put_in_force(change, now, partial(also, published, self._account(moves, taken, change)) if also else None)
        return published

    def _is_supplied_as(self, problem: Problem) -> bool:
        """Whether there are the same resources and stock as when the replan began."""
        return problem.catalogue is self._world.catalogue and problem.stock == tuple(self._stock.values())

    def _still_fits(self, group: Group, replanned: Replanned, now: datetime) -> bool:
        entries, holds = self._books.entries, self._books.hold_by_contract_id
        return (
            is_unchanged(group, replanned, entries)
            and is_in_time(group, replanned, entries, now=now)
            and waits_for_holds(group, replanned, holds)
            and is_still_ahead(group, replanned, now=now)
            and has_room(group, replanned, self._free)
        )

    def _free(self, taken: StockKey | Cell) -> int:
        """What is left of a stock row or a cell."""
        board = self._books.board
        return board.pieces(*taken) if len(taken) == 2 else board.left(taken)

    def _change(self, groups: list[Group], replanned: Replanned) -> Change:
        mobile_ids = sorted(each for group in groups for each in group if replanned.drives(each))
        routes = tuple(
            replanned.route(each).model_copy(update={"version": replanned.version(each) + 1}) for each in mobile_ids
        )
        in_force = self._books.entries.assignments
        changed = items_on(routes) | {key for group in groups for key in replanned.rebooked(group)}
        keys = [key for key in sorted(changed) if replanned.assignments[key] != in_force[key]]
        return Change(routes=routes, added=tuple(replanned.assignments[key] for key in keys), removed=tuple(keys))

    def _improving(self, change: Change, cost_before: Cost, now: datetime) -> tuple[Change, Cost]:
        """The change, proved to keep every rule, and the cost with it; nothing if it saves no more than it disturbs."""
        after = self._books.entries.after(change)
        before = plan_of(self._books.entries)
        problem = self._problem(after, before, now)
        plan = plan_of(after)
        plan = plan.model_copy(update={"cost": recompute_cost(problem, plan)})
        counts = disturbance(before, plan, price=self._world.catalogue.policy.disturbance)
        if plan.cost.total + counts >= cost_before.total:
            return NOTHING, cost_before
        refuse_invalid(check(problem, plan))
        return change, plan.cost

    def _put_in_force(self, change: Change, now: datetime, also: Callable[[Transaction], None] | None) -> None:
        if change == NOTHING and also is None:
            return
        with self._ledger.transaction() as tx:
            if change != NOTHING:
                change = self._reissued(tx, change, now)
                write_change(tx, self._books.entries, change, instance=self._books.board.instance)
            disturbed = sorted({each.contract_id for each in change.added})
            for contract_id in disturbed:
                tx.emit("plan.replanned", contract_id, time=now, payload={"routes": str(len(change.routes))})
            if also:
                also(tx)
        self._books.adopt(change)

    # -- what that changes

    def _moves(self, change: Change) -> Iterator[Move]:
        before, after = self._books.entries.assignments, self._books.entries.after(change).assignments
        for key in sorted(before):
            old, new = before[key], after[key]
            if (old.resource_id, old.site_id, old.planned_start) != (new.resource_id, new.site_id, new.planned_start):
                yield move_of(old, new)

    def _account(self, moves: Sequence[Move], taken: Sequence[Group], change: Change) -> Account:
        """What changes, by exchange, contract, resource and site."""
        before, after = self._books.entries.routes, {route.resource_id: route for route in change.routes}
        board = self._books.board.copy()
        board.adopt(routes=change.routes, added=change.added, removed=change.removed)
        exchanges = (self._exchange(group, moves, board) for group in taken if change != NOTHING)
        return Account(
            exchanges=tuple(sorted((each for each in exchanges if each.moves), key=lambda each: -each.saved)),
            contract_changes=contract_changes(moves),
            resource_changes=resource_changes(
                moves,
                distance_before_m=lambda each: before[each].distance_m if each in before else 0,
                distance_after_m=lambda each: (
                    after[each].distance_m if each in after else before[each].distance_m if each in before else 0
                ),
            ),
            site_changes=site_changes(moves),
        )

    def _exchange(self, group: Group, moves: Iterable[Move], after: Board) -> Exchange:
        inside = tuple(move for move in moves if who(move.to_resource_id, (move.contract_id, move.item_id)) in group)
        keys = [(move.contract_id, move.item_id) for move in inside]
        return Exchange(
            resource_ids=group,
            moves=inside,
            changed_hands=sum(map(is_handover, inside)),
            saved=_cost_of(self._books.board, group, keys) - _cost_of(after, group, keys),
        )


def _cost_of(board: Board, group: Group, keys: Iterable[ItemKey]) -> int:
    """Of the routes of a group, and of items beside the way."""
    idx_by_id = board.instance.idx_by_vehicle_id
    on_routes = sum(board.routes.cost(idx_by_id[each]).total for each in group if each in idx_by_id)
    return on_routes + sum(board.cost_beside_the_way(*key) for key in keys)

"""A replanned plan comes back, and what of it still fits becomes the plan in force."""

from datetime import datetime

from models.plan import Plan, Violation
from models.plan_file import PlanFile
from models.problem import Problem
from server.promising.books import Change, plan_of
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
)
from server.promising.results import Publication
from server.promising.writing import write_change
from solver.check import check, moved_promises, recompute_cost


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

    def publish(self, problem: Problem, plan: Plan) -> Publication:
        """Take over a plan that was made for a snapshot, as far as it still fits.

        Routes that exchange items go together, all of such a group or none. A group is left out
        if one of its routes has changed since the snapshot, if its visits no longer lie ahead,
        or if a vehicle would set out for a hold before that has ended; all are, if resources or
        stock have changed. What comes from another site, carrier or desk goes together with all that
        takes or gives the same stock and capacity, and is left out if somebody has begun with it or
        has taken it. If what is left does not make the plan cheaper, nothing is published.

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
        change = self._improving(self._change(taken, replanned), cost_before.total, now)
        self._put_in_force(change, now)
        return Publication(
            routes_changed=tuple(route.resource_id for route in change.routes),
            routes_dropped=tuple(
                sorted(each for group in groups if group not in taken for each in group if replanned.drives(each))
            ),
            promises_moved=moved_promises(problem.contracts, self._books.entries.contracts.values()),
            cost_before=cost_before,
            cost_after=self._books.board.plan().cost,
            currency=self._world.catalogue.policy.currency,
        )

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

    def _improving(self, change: Change, cost_before: int, now: datetime) -> Change:
        """The change, proved to keep every rule; nothing if it saves nothing."""
        after = self._books.entries.after(change)
        problem = self._problem(after, plan_of(self._books.entries), now)
        plan = plan_of(after)
        plan = plan.model_copy(update={"cost": recompute_cost(problem, plan)})
        if plan.cost.total >= cost_before:
            return NOTHING
        refuse_invalid(check(problem, plan))
        return change

    def _put_in_force(self, change: Change, now: datetime) -> None:
        if change == NOTHING:
            return
        with self._ledger.transaction() as tx:
            change = self._reissued(tx, change, now)
            write_change(tx, self._books.entries, change, instance=self._books.board.instance)
            disturbed = sorted({each.contract_id for each in change.added})
            for contract_id in disturbed:
                tx.emit("plan.replanned", contract_id, time=now, payload={"routes": str(len(change.routes))})
        self._books.adopt(change)

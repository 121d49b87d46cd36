"""Why this resource and not that one: the other one is tried, on a copy of the plan.

The item leaves the copy, with all that has to come along, and is planned anew where it was forced
to, for the same promise. If that does not fit, one item at a time makes room for it and goes where
it is cheapest for its own promise. What comes out is checked like any plan.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.contract import Contract, ServiceItem
from models.explanation import Explanation, Move
from models.issues import Issue, IssueCode, SolveError
from models.option import Refusal
from models.plan import Assignment, Plan, ReasonCode, ReasonCount, Route
from models.promise import Mode
from models.resource import Carrier, Desk, Technician, Vehicle
from solver.alternatives.eligibility import carrier_reason, desk_reason, mobile_reason, site_reason
from solver.alternatives.wanted import Wanted
from solver.disturbance import move_of
from solver.live_routes import ItemKey
from solver.quoting.board import Board
from solver.quoting.part import judge
from solver.stop import Stop, never

MAX_TO_MAKE_ROOM = 12
"""Items of the forced resource that are tried to make room, those that are due next to the item first."""


@dataclass(frozen=True)
class Forced:
    """What is to do the item; one of the two."""

    resource_id: str | None = None
    site_id: str | None = None

    @property
    def name(self) -> str:
        return self.resource_id or self.site_id or ""

    def constrain(self, item: ServiceItem) -> ServiceItem:
        """The item, by this resource or from this site alone."""
        field, value = ("allowed_ids", self.resource_id) if self.resource_id else ("allowed_site_ids", self.site_id)
        return item.model_copy(update={"constraint": item.constraint.model_copy(update={field: (value,)})})

    def is_used_by(self, assignment: Assignment) -> bool:
        return self.name == (assignment.resource_id if self.resource_id else assignment.site_id)


class Explainer:
    """Forces one item of a board, which stays as it is."""

    def __init__(self, board: Board, key: ItemKey, forced: Forced, *, now: datetime, stop: Stop = never) -> None:
        self._board, self._key, self._forced, self._now, self._stop = board, key, forced, now, stop
        self._contract = board.contracts[key[0]]
        self._item = self._contract.item(key[1])
        self._assignment = board.assignments[key]
        self._catalogue = board.instance.catalogue

    def explain(self) -> Explanation:
        """What the plan would be; promises and what has started stay as they are.

        Raises
        ------
        SolveError
            VISIT_STARTED: somebody has set out for the item, or for one that has to come along.
            PLAN_INVALID: the checker refuses the other plan, a defect.
        """
        if self._forced.is_used_by(self._assignment):
            return self._explanation(feasible=True)
        if (reason := self._never()) is not None:
            return self._explanation(feasible=False, reasons=(self._counted(reason),))
        loose = self._without(self._board, self._bound(self._key))
        refusals = self._force(loose)
        if not refusals:
            return self._of_plan(loose)
        roomy = min(self._with_room(loose), key=lambda board: board.plan().cost.total, default=None)
        if roomy is not None:
            return self._of_plan(roomy)
        return self._explanation(feasible=False, reasons=self._reasons(loose, refusals))

    # -- what can never be

    def _never(self) -> ReasonCode | None:
        """What rules the forced one out whatever the plan looks like."""
        skus = [self._catalogue.sku_by_id[each.sku_id] for each in self._contract.demands_of(self._item)]
        if self._forced.site_id is not None:
            site = self._catalogue.site_by_id[self._forced.site_id]
            return site_reason(site, self._item, skus)
        resource = _resource(self._board, self._forced.name)
        mode = Mode.REMOTE if isinstance(resource, Desk) else Mode(resource.kind)
        if mode is not self._assignment.mode:
            return ReasonCode.METHOD_NOT_WANTED
        if isinstance(resource, Carrier):
            return carrier_reason(resource, self._item, skus, self._catalogue)
        if isinstance(resource, Desk):
            return desk_reason(resource, self._item, self._catalogue)
        return mobile_reason(resource, self._item, self._catalogue)

    # -- moving things on copies

    def _bound(self, key: ItemKey) -> tuple[ItemKey, ...]:
        """The item, and those that come in one visit or start with it."""
        contract = self._board.contracts[key[0]]
        groups = [group.item_ids for group in contract.same_visits]
        found = _together(key[1], [*groups, *(group.item_ids for group in contract.same_starts)])
        return tuple((key[0], item.item_id) for item in contract.items if item.item_id in found)

    def _without(self, board: Board, keys: tuple[ItemKey, ...]) -> Board:
        left = board.copy()
        left.adopt(routes=board.without(keys, now=self._now), removed=keys)
        return left

    def _force(self, board: Board) -> tuple[Refusal, ...]:
        """Put in all that has to come along, the item itself by whom it is forced to; or say why that cannot be."""
        return self._refit(board, self._bound(self._key), self._constrained())

    def _constrained(self) -> Contract:
        """One visit is one resource: then all of it is forced."""
        visit = _together(self._key[1], [group.item_ids for group in self._contract.same_visits])
        forced = visit if self._forced.resource_id else {self._key[1]}
        items = (self._forced.constrain(each) if each.item_id in forced else each for each in self._contract.items)
        return self._contract.model_copy(update={"items": tuple(items)})

    def _refit(self, board: Board, keys: tuple[ItemKey, ...], contract: Contract) -> tuple[Refusal, ...]:
        item_ids = {item_id for _, item_id in keys}
        kept = (key for key in keys if key != self._key or self._forced.site_id is None)
        picked = {key[1]: self._board.assignments[key] for key in kept}  # what is picked already is not picked twice
        return board.keep_promises(contract.part(item_ids), now=self._now, picked=picked)

    def _with_room(self, board: Board) -> Iterator[Board]:
        """Plans in which one other item left the forced resource so that this one fits."""
        for keys in self._may_make_room(board):
            if self._stop():
                return
            roomy = self._without(board, keys)
            if not self._force(roomy) and not self._refit(roomy, keys, self._board.contracts[keys[0][0]]):
                yield roomy

    def _may_make_room(self, board: Board) -> list[tuple[ItemKey, ...]]:
        """What has not started and is done by the forced resource, nearest in time to the item first."""
        own = set(self._bound(self._key))
        on_it = [
            key
            for key, each in board.assignments.items()
            if each.resource_id == self._forced.resource_id and key in board.routes and key not in own
        ]
        start = self._assignment.planned_start
        on_it.sort(key=lambda key: (abs(board.assignments[key].planned_start - start), key))
        groups = dict.fromkeys(self._bound(key) for key in on_it)
        free = (keys for keys in groups if not any(board.started(*key, now=self._now) for key in keys))
        return [keys for keys in free if own.isdisjoint(keys)][:MAX_TO_MAKE_ROOM]

    # -- the answer

    def _of_plan(self, after: Board) -> Explanation:
        moves = tuple(self._moves(after))
        keys = [(each.contract_id, each.item_id) for each in moves]
        routes = _changed_routes(self._board.plan(), after.plan())
        verdict = judge(self._board, after, routes, keys, now=self._now)
        if verdict.violations:
            raise SolveError(*(_invalid(f"{each.code}: {each.message}", each.path) for each in verdict.violations))
        difference = after.plan().cost - self._board.plan().cost
        if verdict.added_cost != difference.total:
            raise SolveError(
                _invalid(f"cost ({difference.total}) must be as recomputed ({verdict.added_cost})", "cost")
            )
        return self._explanation(feasible=True, cost_difference=difference, moves=moves)

    def _moves(self, after: Board) -> Iterator[Move]:
        """The item itself, then the others in the order of their ids."""
        for key in sorted(self._board.assignments, key=lambda key: (key != self._key, key)):
            old, new = self._board.assignments[key], after.assignments[key]
            if (old.resource_id, old.site_id, old.planned_start) != (new.resource_id, new.site_id, new.planned_start):
                yield move_of(old, new)

    def _explanation(self, *, feasible: bool, **more: object) -> Explanation:
        return Explanation.model_validate(
            {
                "contract_id": self._key[0],
                "item_id": self._key[1],
                "resource_id": self._forced.resource_id,
                "site_id": self._forced.site_id,
                "assigned_resource_id": self._assignment.resource_id,
                "assigned_site_id": self._assignment.site_id,
                "feasible": feasible,
                "currency": self._catalogue.policy.currency,
                **more,
            }
        )

    def _reasons(self, board: Board, refusals: tuple[Refusal, ...]) -> tuple[ReasonCount, ...]:
        """Why the forced one cannot, beside those that were ruled out by forcing."""
        own = [each for refusal in self._refusals_of_one(board) or refusals for each in refusal.reasons]
        ruled_out = ReasonCode.RESOURCE_NOT_ALLOWED if self._forced.resource_id else ReasonCode.SITE_NOT_ALLOWED
        codes = dict.fromkeys(each.code for each in own if each.code is not ruled_out)
        return tuple(map(self._counted, codes)) or tuple(own)

    def _refusals_of_one(self, board: Board) -> tuple[Refusal, ...]:
        """What keeps a vehicle or technician from the item alone."""
        vehicle_idx = board.instance.idx_by_vehicle_id.get(self._forced.resource_id or "")
        if vehicle_idx is None:
            return ()
        contract, now_s = self._constrained(), board.instance.horizon.seconds_up(self._now)
        promise = next(each for each in contract.promises if each.item_id == self._key[1])
        finder = board.search(contract, now_s=now_s, asked_s=now_s).finder
        return finder.find(contract.item(self._key[1]), Wanted(vehicle_idx=vehicle_idx, promise=promise))[1]

    def _counted(self, code: ReasonCode) -> ReasonCount:
        return ReasonCount(code=code, count=1, total=1, example_id=self._forced.name)


def _resource(board: Board, resource_id: str) -> Vehicle | Technician | Carrier | Desk:
    catalogue = board.instance.catalogue
    tables: tuple[Mapping[str, Vehicle | Technician | Carrier | Desk], ...] = (
        catalogue.mobile_by_id,
        catalogue.carrier_by_id,
        catalogue.desk_by_id,
    )
    return next(table[resource_id] for table in tables if resource_id in table)


def _together(item_id: str, groups: Iterable[tuple[str, ...]]) -> set[str]:
    """Everything that groups tie to an item, directly or through others."""
    found, groups = {item_id}, list(groups)
    while more := {each for group in groups if not found.isdisjoint(group) for each in group} - found:
        found |= more
    return found


def _changed_routes(before: Plan, after: Plan) -> list[Route]:
    old = {route.resource_id: route.visits for route in before.routes}
    return [route for route in after.routes if route.visits != old.get(route.resource_id, ())]


def _invalid(message: str, path: str) -> Issue:
    return Issue(
        code=IssueCode.PLAN_INVALID,
        path=path,
        message=message,
        hint="nothing was changed; this is a defect of the solver, please report it",
    )

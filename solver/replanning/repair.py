"""What a change of resources, stock or hours makes impossible, and other ways to keep the same promises.

The independent checker says which rules the plan in force breaks under the new catalogue. What has
not started and is to blame leaves the plan; then each item is fitted again for the promise that it
has, those of the contract that was agreed first before the others. What finds no place is lost: it
is unplanned, and its promise at risk. What has started stays where it is, at risk if it has to be.

If all that has changed is that people who travel are out of order, nobody need be asked what is to
blame: it is what they have not started. A breakdown is then repaired on a copy of the board, and
takes as long as it takes to find other places for their items, however large the plan is.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from models.catalogue import Catalogue
from models.contract import Contract, order_by_precedence
from models.issues import Conflict, Issue, IssueCode
from models.plan import Assignment, CapacityKind, CapacityUse, Plan, ReasonCount, Route, Unplanned, Violation
from models.problem import Problem
from models.promise import Mode, PromiseState
from solver.capacity import capacity_of
from solver.check import check, recompute_cost
from solver.instance import Instance
from solver.live_routes import ItemKey
from solver.quoting.board import Board, as_routed
from solver.replanning.making_room import make_room
from solver.routing.budget import Iterations

_MOST_SHOWN = 5
_EFFORTS, _SEED = ((8, 400), (24, 3_000)), 1
"""Vehicles nearby, and iterations, of the searches that make room: some milliseconds, and only then some hundred."""
_PARCELS = (CapacityKind.CARRIER, CapacityKind.CARRIER_ZONE)
_ROUTED = (Mode.RIDER, Mode.VAN, Mode.TECHNICIAN)


@dataclass(frozen=True)
class Held:
    """What is held for a contract and not confirmed: which items, until when."""

    item_ids: frozenset[str]
    until: datetime


@dataclass(frozen=True)
class Repaired:
    """What has to change so that the plan keeps every rule, and the board of the plan after it.

    Parameters
    ----------
    routes
        Changed ones, whole, each with the version after the one in force.
    removed, added
        Assignments that end, and new ones; of an item that was fitted again, both.
    lost
        Every item that is unplanned now, whether it was before or not.
    states
        Promises of contracts that are agreed, whose state is another one now.
    revoked
        Contracts whose hold cannot be kept: nothing is held for them any more.
    """

    board: Board
    routes: tuple[Route, ...]
    removed: tuple[ItemKey, ...]
    added: tuple[Assignment, ...]
    lost: tuple[Unplanned, ...]
    states: dict[ItemKey, PromiseState]
    revoked: tuple[str, ...]


def repair(
    problem: Problem,
    before: Board,
    *,
    ranks: Callable[[], Sequence[str]],
    holds: Mapping[str, Held] | None = None,
    more_has_changed: bool = False,
) -> Repaired:
    """Make the plan in force fit a problem that has changed.

    Parameters
    ----------
    problem
        As it is after the change; its `initial_plan` is in force, `now` is a whole second.
    before
        The board of the plan in force, as it was.
    ranks
        Contracts, that which was agreed first at the head: it keeps what it has longest. Asked only
        if somebody has to give something up.
    holds
        By contract; their items are fitted last, and no vehicle sets out for them before their end.
    more_has_changed
        Than catalogue and stock: ways that `before` knows of already, or what contracts allow.

    Raises
    ------
    Conflict
        RESOURCE_UNDER_WAY: the change contradicts what has started.
    """
    return _Repair(problem, before, ranks, holds or {}, more_has_changed).run()


@dataclass
class _Repair:
    problem: Problem
    before: Board
    ranks: Callable[[], Sequence[str]]
    holds: Mapping[str, Held]
    more_has_changed: bool
    victims: dict[ItemKey, None] = field(default_factory=dict)
    endangered: set[ItemKey] = field(default_factory=set)
    lost: dict[ItemKey, tuple[ReasonCount, ...]] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    """Vehicles whose routes may have changed."""

    def __post_init__(self) -> None:
        plan, at_risk = self.problem.initial_plan, PromiseState.AT_RISK
        self.agreed = {contract.contract_id: contract for contract in self.problem.contracts}
        self.at_risk = {
            (contract_id, promise.item_id)
            for contract_id, contract in self.agreed.items()
            for promise in contract.promises
            if promise.state is at_risk
        }
        # What was at risk is judged anew: else the checker would go on overlooking it.
        hopeful = {each: _hopeful(self.agreed[each]) for each in sorted({key[0] for key in self.at_risk})}
        self.contracts = self.agreed | hopeful
        self.assignments = self.before.assignments
        self.routes = {route.resource_id: route for route in plan.routes}
        self.lost = {(each.contract_id, each.item_id): each.reasons for each in plan.unplanned}

    def run(self) -> Repaired:
        self.endangered |= self._under_way_with_what_is_out_of_order()
        people_alone = self._only_people_are_out()
        board = self._without_who_is_out() if people_alone else self._without_what_is_to_blame()
        self._fit_again(board)
        if people_alone:  # only then the goods are still where they were to come from
            self._make_room(board)
        self._refuse_endangered_holds()
        return self._repaired(board)

    # -- a breakdown

    def _only_people_are_out(self) -> bool:
        """Whether nothing else has changed, and the plan in force was valid without a doubt."""
        old, new = self.before.instance.catalogue, self.problem.catalogue
        people = {mobile.resource_id for mobile in new.mobiles}
        return (
            not self.more_has_changed
            and new.unavailable_ids - old.unavailable_ids <= people
            and self.at_risk.isdisjoint(self.assignments)
            and self.before.is_of(replace(self.problem, catalogue=new.model_copy(update=_outages_of(old))))
        )

    def _without_who_is_out(self) -> Board:
        """The board without all that they have not started."""
        board = self.before.with_out_of_order(self.problem.catalogue)
        for r in board.instance.out_of_order:
            for key in dict.fromkeys(board.routes.keys_of(r)):
                self._take_out(key)
        self._leave(board, tuple(self.victims), routes=self.before.without(self.victims, now=self.problem.now))
        return board

    # -- what cannot stay

    def _without_what_is_to_blame(self) -> Board:
        """The board of what is left when the checker has nothing to say any more."""
        self._take_out_what_is_to_blame()
        board = Board.of(self._pruned())
        self._touch(board, (self.assignments[key].resource_id for key in self.victims))
        return board

    def _take_out_what_is_to_blame(self) -> None:
        while violations := self._violations():
            known = len(self.victims), len(self.endangered)
            for violation in violations:
                self._blame(violation)
            if known == (len(self.victims), len(self.endangered)):
                raise Conflict(*map(_contradiction, violations[:_MOST_SHOWN]))

    def _violations(self) -> tuple[Violation, ...]:
        pruned = self._pruned()
        plan = pruned.initial_plan
        plan = plan.model_copy(update={"cost": recompute_cost(pruned, plan)})
        return check(replace(pruned, initial_plan=self.problem.initial_plan), plan)

    def _pruned(self) -> Problem:
        """The problem with what is left of the plan, told that the rest is at risk."""
        routes = self.before.without(self.victims, now=self.problem.now)
        left = [each for key, each in self.assignments.items() if key not in self.victims]
        moved = {(each.contract_id, each.item_id): each for each in as_routed(left, routes, self.contracts)}
        by_id = self.routes | {route.resource_id: route for route in routes}
        gone = self.lost | {key: self.lost.get(key, _WITHOUT_REASON) for key in self.victims}
        plan = Plan(
            routes=tuple(by_id[each] for each in sorted(by_id)),
            assignments=tuple(moved[key] for key in sorted(moved)),
            unplanned=tuple(_unplanned(key, gone[key]) for key in sorted(gone)),
        )
        at_risk = gone.keys() | self.endangered
        contracts = tuple(_stated(each, at_risk) for each in self.contracts.values())
        return replace(self.problem, contracts=contracts, initial_plan=plan)

    def _blame(self, violation: Violation) -> None:
        """Find out what has to go, or is in danger, because of a violation."""
        path = violation.path
        if match := re.fullmatch(r"stock\[([^/]+)/([^/]+)\]", path):
            self._cut_stock(*match.groups())
        elif match := re.fullmatch(r"cells\[(\w+)/(.+)/([^/]+)\]", path):
            kind, owner_id, start = match.groups()
            self._cut_cell(CapacityKind(kind), owner_id, datetime.fromisoformat(start))
        else:
            for key in self._named_in(path):
                self._take_out(key)

    def _named_in(self, path: str) -> list[ItemKey]:
        if match := re.match(r"assignments\[([^/]+)/([^\]]+)\]", path):
            return [(match[1], match[2])]
        if match := re.match(r"routes\[([^\]]+)\]", path):
            route = self.routes.get(match[1])
            return list(dict.fromkeys((each.contract_id, each.item_id) for each in route.visits)) if route else []
        if match := re.match(r"contracts\[([^\]]+)\]\.items\[([^\]]+)\]", path):
            return [(match[1], match[2])]
        if match := re.match(r"contracts\[([^\]]+)\]\.(same_visits|same_starts)\[(\d+)\]", path):
            links = getattr(self.contracts[match[1]], match[2])
            return [(match[1], item_id) for item_id in links[int(match[3])].item_ids]
        return []

    def _take_out(self, key: ItemKey) -> bool:
        """An item and those that are bound to it leave the plan, unless one of them has started."""
        unit = self._unit(key)
        if key not in self.assignments or any(map(self._has_started, unit)):
            return False
        self.victims.update(dict.fromkeys(unit))
        return True

    def _cut_stock(self, site_id: str, sku_id: str) -> None:
        taken = {key: self._pieces(key, site_id, sku_id) for key in self.assignments}
        on_hand = sum(row.on_hand for row in self.problem.stock if (row.site_id, row.sku_id) == (site_id, sku_id))
        self._cut({key: pieces for key, pieces in taken.items() if pieces}, on_hand)

    def _pieces(self, key: ItemKey, site_id: str, sku_id: str) -> int:
        if self.assignments[key].site_id != site_id:
            return 0
        contract = self.contracts[key[0]]
        demands = contract.demands_of(contract.item(key[1]))
        return sum(demand.quantity for demand in demands if demand.sku_id == sku_id)

    def _cut_cell(self, kind: CapacityKind, owner_id: str, start: datetime) -> None:
        wanted = kind, owner_id, start
        taken: defaultdict[ItemKey, int] = defaultdict(int)
        for key, assignment in self.assignments.items():
            for use in assignment.uses:
                if (use.kind, use.owner_id, use.bucket_start) == wanted:
                    taken[key] += use.amount
        cell = CapacityUse(kind=kind, owner_id=owner_id, bucket_start=start, amount=1)
        self._cut(taken, capacity_of(cell, self.instance))

    def _cut(self, taken: Mapping[ItemKey, int], room: int) -> None:
        """What was agreed last goes first; what has started cannot go, and is only in danger."""
        counted = {key: n for key, n in taken.items() if key not in self.victims and key not in self.endangered}
        over = sum(counted.values()) - room
        for key in sorted(counted, key=self._firmness, reverse=True):
            if over <= 0:
                return
            if not self._take_out(key):
                self.endangered.add(key)
            over -= counted[key]

    def _firmness(self, key: ItemKey) -> tuple[bool, bool, int, str]:
        """The larger, the sooner it has to go: what has not started, holds, what was agreed last."""
        return (not self._has_started(key), self._is_held(key), self.rank_by_contract_id.get(key[0], -1), key[1])

    # -- what has started

    def _has_started(self, key: ItemKey) -> bool:
        assignment = self.assignments.get(key)
        if assignment is None:
            return False
        if assignment.mode in _ROUTED:
            return self.before.started(*key, now=self.problem.now)
        return begins(assignment, self.contracts[key[0]], self.problem.catalogue) <= self.problem.now

    def _under_way_with_what_is_out_of_order(self) -> set[ItemKey]:
        """Items with a visit still to be done by who, or at a site that, is out of order."""
        out, now = self.problem.catalogue.unavailable_ids, self.problem.now
        found = set()
        sites_out = not out.isdisjoint(self.problem.catalogue.site_by_id)
        for route in self.routes.values() if sites_out else [self.routes[each] for each in self.routes.keys() & out]:
            for visit in route.visits:
                key = visit.contract_id, visit.item_id
                site_id = self.assignments[key].site_id
                at_site = site_id is not None and visit.place != self.contracts[key[0]].item(key[1]).place
                if visit.end > now and (route.resource_id in out or (at_site and site_id in out)):
                    found.add(key)
        return {key for key in found if any(map(self._has_started, self._unit(key)))}

    def _refuse_endangered_holds(self) -> None:
        if held := sorted({key[0] for key in self.endangered if self._is_held(key)}):
            raise Conflict(*map(_held_under_way, held[:_MOST_SHOWN]))

    def _is_held(self, key: ItemKey) -> bool:
        return key[0] in self.holds and key[1] in self.holds[key[0]].item_ids

    # -- other resources for the same promises

    def _fit_again(self, board: Board) -> None:
        """Try every lost item; where a hold has to go, its place may do for another one."""
        self.lost |= dict.fromkeys(self.victims, _WITHOUT_REASON)
        while True:
            for unit in self._units():
                self._fit_unit(board, unit)
            failed = {key[0] for key in self.lost if self._is_held(key)} - set(self.revoked)
            if not failed:
                return
            for contract_id in sorted(failed):
                self._revoke(board, contract_id)

    def _units(self) -> list[list[ItemKey]]:
        units: dict[ItemKey, list[ItemKey]] = {}
        for key in sorted(self.lost, key=self._precedence):
            if not any(key in unit for unit in units.values()):
                units[key] = [each for each in self._unit(key) if each in self.lost]
        return list(units.values())

    def _precedence(self, key: ItemKey) -> tuple[bool, int, str, int]:
        """Confirmed before held, what was agreed first before what came later, in the contract's order."""
        order = order_by_precedence(self.contracts[key[0]])
        return self._is_held(key), self.rank_by_contract_id.get(key[0], -1), key[0], order.index(key[1])

    def _fit_unit(self, board: Board, unit: list[ItemKey]) -> None:
        contract_id = unit[0][0]
        if contract_id in self.revoked and self._is_held(unit[0]):
            return
        part = self.contracts[contract_id].part({item_id for _, item_id in unit})
        picked = {key[1]: self.assignments[key] for key in unit if key in self.assignments}
        now = max(self.problem.now, self.holds[contract_id].until) if self._is_held(unit[0]) else self.problem.now
        # A plan that was made in one go knows orders that have not come yet: nothing is done for them before.
        now = max(now, *(order.joined_time for order in self.contracts[contract_id].orders))
        refused = board.keep_promises(part, now=now, picked=picked)
        if refused:
            reasons = {
                key: tuple(r for each in refused if each.item_id == key[1] for r in each.reasons) for key in unit
            }
            self.lost |= {key: _merged(reasons[key] or refused[0].reasons) for key in unit}
        else:
            self._touch(board, (board.assignments[key].resource_id for key in unit))
            for key in unit:
                del self.lost[key]

    def _make_room(self, board: Board) -> None:
        """Where nothing can be put in as the routes stand, others nearby change hands; holds stay where they are."""
        held = {(contract_id, item_id) for contract_id, hold in self.holds.items() for item_id in hold.item_ids}
        for most_vehicles, iterations in _EFFORTS:
            keys = [key for key in sorted(self.lost, key=self._precedence) if self._may_be_put_in(key)]
            routes = make_room(
                board,
                [self.assignments[key] for key in keys],
                now=self.problem.now,
                fixed=held,
                most_vehicles=most_vehicles,
                seed=_SEED,
                budget=Iterations(iterations),
            )
            self._touch(board, (route.resource_id for route in routes))
            for key in keys:
                if key in board.assignments:
                    del self.lost[key]

    def _may_be_put_in(self, key: ItemKey) -> bool:
        """What somebody would have brought, by itself and for somebody who has confirmed."""
        assignment = self.assignments.get(key)
        routed = assignment is not None and assignment.mode in _ROUTED
        return routed and not self._is_held(key) and len(self._unit(key)) == 1

    def _revoke(self, board: Board, contract_id: str) -> None:
        """Everything that is held for a contract goes."""
        keys = [(contract_id, item_id) for item_id in sorted(self.holds[contract_id].item_ids)]
        self.revoked.append(contract_id)
        planned = [key for key in keys if key not in self.lost]
        if any(map(self._has_started, planned)):
            raise Conflict(_held_under_way(contract_id))
        self._leave(board, planned, routes=board.without(planned, now=self.problem.now))
        self.victims.update(dict.fromkeys(planned))
        self.lost |= dict.fromkeys(planned, self.lost[next(key for key in keys if key in self.lost)])

    # -- what came of it

    def _leave(self, board: Board, keys: Collection[ItemKey], *, routes: Collection[Route]) -> None:
        """Items leave the board; the routes are those without them."""
        board.adopt(routes=routes, removed=keys)
        self._touch(board, (route.resource_id for route in routes))

    def _touch(self, board: Board, resource_ids: Iterable[str | None]) -> None:
        """Some of them may have changed; those who do not travel have no route."""
        index = board.instance.idx_by_vehicle_id
        self.touched |= {index[each] for each in resource_ids if each in index}

    def _repaired(self, board: Board) -> Repaired:
        planned = board.assignments
        was_lost = {(each.contract_id, each.item_id) for each in self.problem.initial_plan.unplanned}
        return Repaired(
            board=board,
            routes=tuple(self._changed_routes(board)),
            removed=tuple(sorted(self.victims)),
            added=tuple(planned[key] for key in sorted(self.victims.keys() | was_lost) if key in planned),
            lost=tuple(_unplanned(key, self.lost[key]) for key in sorted(self.lost)),
            states=dict(self._states()),
            revoked=tuple(sorted(self.revoked)),
        )

    def _changed_routes(self, board: Board) -> Iterator[Route]:
        """Whole, with the next version, which the board is told as well."""
        for r in sorted(self.touched):
            resource_id = board.instance.vehicles[r].resource_id
            old = self.routes.get(resource_id) or Route(resource_id=resource_id)
            new = board.routes.route(r, version=old.version + 1)
            same = (new.visits, new.breaks) == (old.visits, old.breaks)
            board.routes.versions[r] = old.version if same else new.version
            if not same:
                yield new

    def _states(self) -> Iterator[tuple[ItemKey, PromiseState]]:
        """Of what is agreed: a hold promises nothing yet, and what it had revoked is as it was."""
        for key in sorted(self.lost.keys() | self.endangered | self.at_risk):
            promise = next((each for each in self.agreed[key[0]].promises if each.item_id == key[1]), None)
            in_danger = key in self.lost or key in self.endangered
            state = PromiseState.AT_RISK if in_danger else PromiseState.OPEN
            if promise and promise.state in _UNSETTLED and promise.state is not state and not self._is_held(key):
                yield key, state

    # -- lookups

    @cached_property
    def instance(self) -> Instance:
        return Instance.of(self.problem)

    @cached_property
    def rank_by_contract_id(self) -> dict[str, int]:
        return {contract_id: n for n, contract_id in enumerate(self.ranks())}

    def _unit(self, key: ItemKey) -> list[ItemKey]:
        """Items that come or start together, in the order of the contract."""
        contract, together = self.contracts[key[0]], {key[1]}
        links = [set(link.item_ids) for link in contract.same_visits]
        links += [set(link.item_ids) for link in contract.same_starts]
        while any(link & together and not link <= together for link in links):
            together = together.union(*(link for link in links if link & together))
        return [(key[0], item.item_id) for item in contract.items if item.item_id in together]


def begins(assignment: Assignment, contract: Contract, catalogue: Catalogue) -> datetime:
    """From when on what nobody travels for can no longer be changed; parcels and what is fetched have left then."""
    if assignment.mode is Mode.PICKUP:
        return next(each.window.latest for each in contract.promises if each.item_id == assignment.item_id)
    if assignment.mode is Mode.CARRIER:
        carrier = catalogue.carrier_by_id[assignment.resource_id or ""]
        days = [use.bucket_start for use in assignment.uses if use.kind in _PARCELS]
        return datetime.combine(days[0].astimezone(catalogue.zone).date(), carrier.cut_off, tzinfo=catalogue.zone)
    return assignment.planned_start


def _outages_of(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    return {"unavailable_ids": catalogue.unavailable_ids}


_WITHOUT_REASON: tuple[ReasonCount, ...] = ()
_UNSETTLED = (PromiseState.OPEN, PromiseState.AT_RISK)


def _unplanned(key: ItemKey, reasons: tuple[ReasonCount, ...]) -> Unplanned:
    # Without reasons while it is not known yet whether it finds another place: nobody is shown this.
    return Unplanned.model_construct(contract_id=key[0], item_id=key[1], reasons=reasons)


def _stated(contract: Contract, at_risk: Iterable[ItemKey]) -> Contract:
    states = {key[1]: PromiseState.AT_RISK for key in at_risk if key[0] == contract.contract_id}
    return contract if not states else with_states(contract, states)


def _hopeful(contract: Contract) -> Contract:
    at_risk = [each.item_id for each in contract.promises if each.state is PromiseState.AT_RISK]
    return with_states(contract, dict.fromkeys(at_risk, PromiseState.OPEN)) if at_risk else contract


def with_states(contract: Contract, states: Mapping[str, PromiseState]) -> Contract:
    """The contract with other states of some of its promises, by item."""
    promises = tuple(
        each.model_copy(update={"state": states.get(each.item_id, each.state)}) for each in contract.promises
    )
    return contract.model_copy(update={"promises": promises})


def _merged(reasons: tuple[ReasonCount, ...]) -> tuple[ReasonCount, ...]:
    """One entry a code: that which rules out most."""
    by_code: dict[str, ReasonCount] = {}
    for each in sorted(reasons, key=lambda reason: -reason.count):
        by_code.setdefault(each.code, each)
    return tuple(by_code.values())


def _contradiction(violation: Violation) -> Issue:
    return Issue(
        code=IssueCode.RESOURCE_UNDER_WAY,
        path=violation.path,
        message=f"what has started must stay valid, and would break {violation.code}: {violation.message}",
        hint="nothing was changed; make this change when that is done",
    )


def _held_under_way(contract_id: str) -> Issue:
    return Issue(
        code=IssueCode.RESOURCE_UNDER_WAY,
        path=f"contracts[{contract_id}]",
        message=f"number of holds that somebody has set out for (1, of {contract_id}) must be 0",
        hint="nothing was changed; try again when the hold is confirmed or has ended",
    )

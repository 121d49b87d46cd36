"""A board that contracts come to: they ask, take an option, go away again, and the checker looks on."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from models.contract import Contract, ContractStatus, ServiceItem
from models.option import Quote, SlaOption
from models.plan import Plan
from models.problem import Problem
from solver.alternatives.alternative import Alternative
from solver.alternatives.finder import Finder
from solver.alternatives.inquiry import Inquiry
from solver.alternatives.wanted import Wanted
from solver.check import check, recompute_cost
from solver.quoting.board import Board, Fit
from tests.builders import a_catalogue, a_contract, a_problem


def quote(board: Board, contract: Contract, *, now: datetime) -> Quote:
    return board.quote(contract, now=now, quote_id=f"q.{contract.contract_id}")


def a_board(**changes: Any) -> Board:
    """An empty board of the tiny world; the changes are the catalogue's."""
    return Board.of(a_problem(catalogue=a_catalogue(**changes)))


def a_finder(board: Board, contract: Contract, *, now: datetime, wait: timedelta = timedelta()) -> Finder:
    now_s = board.instance.horizon.seconds(now)
    wait_s = int(wait.total_seconds())
    free = board._availability
    return Finder(Inquiry(contract, board.instance, board.routes, free, now_s=now_s + wait_s, asked_s=now_s))


def found_for(board: Board, item: ServiceItem, *, now: datetime, wanted: Wanted | None = None) -> list[Alternative]:
    """The alternatives of an item, as the only one of its contract."""
    return a_finder(board, a_contract("C-9", [item]), now=now).find(item, wanted or Wanted())[0]


def without_times(quote: Quote) -> dict[str, Any]:
    return quote.model_dump(exclude={"create_time", "expire_time"})


@dataclass
class Market:
    """A board with all that was agreed on it.

    Parameters
    ----------
    before
        The plan that was in force before the last change: its started visits have to stay.
    """

    problem: Problem
    now: datetime
    board: Board
    contracts: dict[str, Contract] = field(default_factory=dict)
    before: Plan = field(default_factory=Plan)

    @classmethod
    def opened(cls, problem: Problem) -> "Market":
        contracts = {contract.contract_id: contract for contract in problem.contracts}
        return cls(problem, problem.now, Board.of(problem), contracts, problem.initial_plan)

    def quote(self, contract: Contract) -> Quote:
        return quote(self.board, contract, now=self.now)

    def fit(self, contract: Contract, option: SlaOption) -> Fit | None:
        """As the server does: no vehicle sets out before a quote of this moment has expired."""
        expires = self.now + self.problem.catalogue.policy.quote_ttl
        return self.board.fit(contract, option, now=expires)

    def take(self, contract: Contract, option: SlaOption | None = None) -> Contract:
        """Agree on an option, the cheapest one if none is given."""
        option = option or min(self.quote(contract).options, key=lambda option: option.cost.total)
        fit = self.fit(contract, option)
        assert fit is not None, f"{option.option_id} of {contract.contract_id} no longer fits"
        return self.agree(fit)

    def agree(self, fit: Fit) -> Contract:
        self.before = self.board.plan()
        agreed = fit.contract.model_copy(update={"status": ContractStatus.ACTIVE})
        self.contracts[agreed.contract_id] = agreed
        self.board.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(agreed,))
        self.look()
        return agreed

    def leave(self, contract_id: str) -> None:
        """A contract goes, with all its items; none may have started."""
        self.before = self.board.plan()
        keys = [(contract_id, item.item_id) for item in self.contracts.pop(contract_id).items]
        self.board.adopt(routes=self.board.without(keys, now=self.now), removed=keys)
        self.look()

    def adopt(self, plan: Plan) -> None:
        """Put another plan of the same contracts in force."""
        self.before = self.board.plan()
        old = {route.resource_id: route for route in self.before.routes}
        routes = [route for route in plan.routes if route != old.get(route.resource_id)]
        keys = [(each.contract_id, each.item_id) for each in plan.assignments]
        self.board.adopt(routes=routes, added=plan.assignments, removed=keys)
        self.look()

    def snapshot(self) -> Problem:
        """What a replan gets."""
        return replace(
            self.problem,
            contracts=tuple(self.contracts.values()),
            now=self.now,
            freeze_until=self.now,
            initial_plan=self.board.plan(),
        )

    def look(self) -> None:
        """The checker looks at the plan in force, with what had started before the change."""
        plan = self.board.plan()
        problem = replace(self.snapshot(), initial_plan=self._without_gone(self.before))
        assert check(problem, plan) == ()
        assert plan.cost == recompute_cost(problem, plan)

    def _without_gone(self, plan: Plan) -> Plan:
        """Routes count for the frozen part only, and nothing that started may go."""
        return plan.model_copy(update={"assignments": _of(plan.assignments, self.contracts)})


def _of(assignments: Iterable[Any], contracts: dict[str, Contract]) -> tuple[Any, ...]:
    return tuple(each for each in assignments if each.contract_id in contracts)

"""Plan a world's orders in one go, without a server.

Orders arrive at their placed times and join contracts as ever. When the last order of a
contract has come, the contract is quoted and takes its cheapest option. In the end everything
is planned anew, as if all had been known from the start of the horizon.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from models.contract import Contract, ContractStatus
from models.issues import InputError, Issue, IssueCode
from models.option import Quote, SlaOption
from models.order import Order
from models.plan import Plan, ReasonCode, ReasonCount, Unplanned, Violation
from models.plan_file import PlanFile
from models.problem import Problem
from scenarios.order_book import contracts_of
from scenarios.world import World
from solver.board import Board
from solver.check import check
from solver.replan import replan
from solver.stop import Stop, never

TENANT_ID = "local"


@dataclass(frozen=True, eq=False)
class PlannedWorld:
    """What became of the orders.

    Parameters
    ----------
    problem
        All contracts, those without a feasible option too; its initial plan is what the
        contracts took one after another.
    quotes
        One per contract of the problem, in the same order: that in which they were asked.
    plan
        After replanning.
    violations
        What the checker finds in the plan; none, unless there is a defect.
    """

    problem: Problem
    quotes: tuple[Quote, ...]
    plan: Plan
    violations: tuple[Violation, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """Ids of the contracts that got no promise."""
        return tuple(contract.contract_id for contract in self.problem.contracts if not contract.promises)


def plan_file(world: World, problem: Problem, plan: Plan) -> PlanFile:
    """The plan with all that is needed to check it later."""
    return PlanFile(
        world=world.name,
        fingerprint=world.fingerprint,
        horizon=problem.horizon,
        now=problem.now,
        freeze_until=problem.freeze_until,
        stock=problem.stock,
        contracts=problem.contracts,
        plan=plan,
    )


def check_file(world: World, stored: PlanFile) -> tuple[Violation, ...]:
    """Every rule that a stored plan breaks.

    Raises
    ------
    InputError
        WORLD_MISMATCH: the plan was made for another world, or for this one before it was edited.
    """
    if stored.fingerprint != world.fingerprint:
        raise InputError(
            Issue(
                code=IssueCode.WORLD_MISMATCH,
                path="fingerprint",
                message=f"fingerprint of the plan's world ({stored.fingerprint}) must be that of {world.name} "
                f"({world.fingerprint})",
                hint="check the plan against the files that it was made with, or plan anew",
            )
        )
    return check(stored.problem(catalogue=world.catalogue, travel=world.streets.tables()), stored.plan)


def plan_world(
    world: World,
    orders: Sequence[Order],
    *,
    seed: int,
    iterations: int,
    budget: Callable[[], Stop] = lambda: never,
) -> PlannedWorld:
    """Form contracts, take the cheapest option of each, replan, check.

    Parameters
    ----------
    budget
        Called when the replanning begins; what it gives ends it. Quotes are searched to their end.

    Raises
    ------
    InputError
        With every issue of every order.
    """
    contracts = _in_turn(contracts_of(orders, world, tenant_id=TENANT_ID, new_id=_numbered("id")))
    board = Board.of(_problem(world, ()))
    answers = [_quote_and_take(board, contract) for contract in contracts]
    taken = tuple(contract for contract, _ in answers)
    quotes = tuple(quote for _, quote in answers)
    start = board.plan().model_copy(update={"unplanned": tuple(_unplanned(quotes, taken))})
    problem = replace(_problem(world, taken), initial_plan=start)
    plan = replan(problem, seed=seed, iterations=iterations, stop=budget())
    return PlannedWorld(problem, quotes, plan, check(problem, plan))


def quote_orders(world: World, orders: Sequence[Order], *, stop: Stop = never) -> tuple[tuple[Contract, Quote], ...]:
    """What could be promised for these orders in an empty world; every contract by itself.

    Raises
    ------
    InputError
        With every issue of every order.
    """
    contracts = _in_turn(contracts_of(orders, world, tenant_id=TENANT_ID, new_id=_numbered("id")))
    board = Board.of(_problem(world, ()))
    return tuple((contract, _quote(board, contract, stop)) for contract in contracts)


def _problem(world: World, contracts: tuple[Contract, ...]) -> Problem:
    start = world.horizon.start
    return Problem(
        catalogue=world.catalogue,
        travel=world.streets.tables(),
        horizon=world.horizon,
        now=start,
        freeze_until=start,
        stock=world.stock,
        contracts=contracts,
    )


def _in_turn(contracts: Iterable[Contract]) -> list[Contract]:
    return sorted(contracts, key=lambda contract: (_asked(contract), contract.contract_id))


def _asked(contract: Contract) -> datetime:
    return max(order.joined_time for order in contract.orders)


def _numbered(prefix: str) -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers):05d}"


def _quote(board: Board, contract: Contract, stop: Stop = never) -> Quote:
    return board.quote(contract, now=_asked(contract), quote_id=f"q.{contract.contract_id}", stop=stop)


def _quote_and_take(board: Board, contract: Contract) -> tuple[Contract, Quote]:
    """The contract as it is after it took its cheapest option that still fits, if there is one."""
    quote = _quote(board, contract)
    for option in sorted(quote.options, key=_price):
        if (fit := board.fit(contract, option, now=quote.expire_time)) is not None:
            agreed = fit.contract.model_copy(update={"status": ContractStatus.ACTIVE})
            board.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(agreed,))
            return agreed, quote
    return contract, quote


def _price(option: SlaOption) -> tuple[int, str]:
    return option.cost.total, option.option_id


def _unplanned(quotes: Iterable[Quote], contracts: Iterable[Contract]) -> Iterator[Unplanned]:
    for quote, contract in zip(quotes, contracts, strict=True):
        if not contract.promises:
            for item in contract.items:
                reasons = _reasons(quote, item.item_id)
                yield Unplanned(contract_id=contract.contract_id, item_id=item.item_id, reasons=reasons)


def _reasons(quote: Quote, item_id: str) -> tuple[ReasonCount, ...]:
    """Of the item itself, or where nothing rules it out, of the items that it would come with."""
    own = [reason for refusal in quote.refusals if refusal.item_id == item_id for reason in refusal.reasons]
    anybody = [reason for refusal in quote.refusals for reason in refusal.reasons]
    return tuple(own or anybody or [ReasonCount(code=ReasonCode.TIME_RAN_OUT, count=1, total=1)])

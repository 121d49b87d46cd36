"""Plan a world's orders in one go, without a server.

Orders arrive at their placed times and join contracts as ever. Then all contracts are planned
together, as if they had been known from the start of the horizon: each gets the cheapest promise
that meets its wish and goes with the others', none from before its last order had come. In the end
the routes are searched once more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from models.contract import Contract, ContractStatus
from models.issues import InputError, Issue, IssueCode
from models.option import Quote
from models.order import Order
from models.plan import Plan, Violation
from models.plan_file import PlanFile
from models.problem import Problem
from scenarios.order_book import contracts_of
from scenarios.world import World
from solver.assignment import ROUNDS, Assigned, assign
from solver.check import check
from solver.quoting.board import Board
from solver.replanning.replan import replan
from solver.stop import Stop, never

TENANT_ID = "local"


@dataclass(frozen=True, eq=False)
class PlannedWorld:
    """What became of the orders.

    Parameters
    ----------
    problem
        All contracts, those without a feasible option too; its initial plan is the one that they
        were assigned in.
    assigned
        How that came about.
    plan
        After replanning.
    violations
        What the checker finds in the plan; none, unless there is a defect.
    """

    problem: Problem
    assigned: Assigned
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
    check_world(world, stored)
    return check(stored.problem(catalogue=world.catalogue, travel=world.streets.tables()), stored.plan)


def check_world(world: World, stored: PlanFile) -> None:
    """Refuse a plan of another world.

    Raises
    ------
    InputError
        WORLD_MISMATCH: it was made for another one, or for this one before it was edited.
    """
    if stored.fingerprint != world.fingerprint:
        raise InputError(
            Issue(
                code=IssueCode.WORLD_MISMATCH,
                path="fingerprint",
                message=f"fingerprint of the plan's world ({stored.fingerprint}) must be that of {world.name} "
                f"({world.fingerprint})",
                hint="give the folder of the world that it was made with, as it was then, or plan anew",
            )
        )


def plan_world(
    world: World,
    orders: Sequence[Order],
    *,
    seed: int,
    iterations: int,
    rounds: int = ROUNDS,
    budget: Callable[[], Stop] = lambda: never,
) -> PlannedWorld:
    """Form contracts, plan them together, search the routes once more, check.

    Parameters
    ----------
    rounds
        Of the assignment; 0: one contract after another takes the best that is left.
    budget
        Called when the assignment begins and when the search of the routes does; what it gives
        ends them. First come, first served is planned to its end.

    Raises
    ------
    InputError
        With every issue of every order.
    """
    contracts = contracts_of(orders, world, tenant_id=TENANT_ID, new_id=_numbered("id"))
    return plan_contracts(world, contracts, seed=seed, iterations=iterations, rounds=rounds, budget=budget)


def plan_contracts(
    world: World,
    contracts: Iterable[Contract],
    *,
    seed: int,
    iterations: int,
    rounds: int = ROUNDS,
    budget: Callable[[], Stop] = lambda: never,
) -> PlannedWorld:
    """Plan contracts that are formed already: see `plan_world`."""
    assigned = assign(empty_problem(world), in_turn(contracts), seed=seed, rounds=rounds, stop=budget())
    problem = replace(
        empty_problem(world), contracts=tuple(map(promised, assigned.contracts)), initial_plan=assigned.plan
    )
    plan = replan(problem, seed=seed, iterations=iterations, stop=budget())
    return PlannedWorld(problem, assigned, plan, check(problem, plan))


def promised(contract: Contract) -> Contract:
    """The contract as it is once its customer has agreed to the promises, if it got some."""
    return contract.model_copy(update={"status": ContractStatus.ACTIVE}) if contract.promises else contract


def quote_orders(world: World, orders: Sequence[Order], *, stop: Stop = never) -> tuple[tuple[Contract, Quote], ...]:
    """What could be promised for these orders in an empty world; every contract by itself.

    Raises
    ------
    InputError
        With every issue of every order.
    """
    contracts = in_turn(contracts_of(orders, world, tenant_id=TENANT_ID, new_id=_numbered("id")))
    board = Board.of(empty_problem(world))
    return tuple((contract, _quote(board, contract, stop)) for contract in contracts)


def empty_problem(world: World) -> Problem:
    """The world at the start of its horizon, before anybody has asked for anything."""
    start = world.horizon.start
    return Problem(
        catalogue=world.catalogue,
        travel=world.streets.tables(),
        horizon=world.horizon,
        now=start,
        freeze_until=start,
        stock=world.stock,
    )


def in_turn(contracts: Iterable[Contract]) -> list[Contract]:
    """In the order in which they ask."""
    return sorted(contracts, key=lambda contract: (asked_time(contract), contract.contract_id))


def asked_time(contract: Contract) -> datetime:
    """When its last order came."""
    return max(order.joined_time for order in contract.orders)


def _numbered(prefix: str) -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers):05d}"


def _quote(board: Board, contract: Contract, stop: Stop = never) -> Quote:
    return board.quote(contract, now=asked_time(contract), quote_id=f"q.{contract.contract_id}", stop=stop)

"""A scenario with one seed: planned by the solver, checked by the checker, counted."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from models.base import Model
from models.contract import Contract, ContractStatus, ServiceItem
from models.evaluation import Evaluation, OfferedOption, Offers
from models.option import SlaOption
from models.order import Order
from models.plan import Cost, Plan, Violation
from models.plan_file import PlanFile
from models.problem import Problem
from models.promise import PromiseState
from models.scenario import Scenario
from scenarios.batch import TENANT_ID, check_world, plan_contracts, plan_file
from scenarios.generate_orders import generate_morning
from scenarios.one_by_one import plan_one_by_one
from scenarios.order_book import OrderBook, contracts_of
from scenarios.whatif import figures
from scenarios.whatif.apply import apply
from scenarios.whatif.changing import Variant
from scenarios.world import World
from solver.check import check
from solver.quoting.board import Board
from solver.replanning.repair import repair, with_states
from solver.replanning.replan import replan
from solver.stop import Stop, never

FORMAT = 2
"""Counts up when the same scenario, seed and budget give another evaluation; what was kept before is void then."""


class Budget(Model):
    """How much is searched: the same for base and scenario.

    Parameters
    ----------
    seconds
        Each search ends after that time; None: by `iterations` alone, so that results can be repeated.
        Where the plan is searched anew as orders come, the searches share it.
    iterations
        Of the search of the routes, at most; likewise.
    rounds
        Of planning contracts together; 0: one after another, as always where they are planned as they come.
    offers
        Contracts for which all options are looked up.
    """

    seconds: float | None = None
    iterations: int = 2000
    rounds: int = 0
    offers: int = 20


DEFAULT_BUDGET = Budget()


@dataclass(frozen=True, eq=False)
class Base:
    """What scenarios are compared with: a world and its demand, or a snapshot.

    Parameters
    ----------
    orders
        The same ones for every seed. None: `num_orders` generated ones, others for every seed.
    snapshot
        A plan in force: its contracts keep their promises, and only what has not begun may change.
    replan_every
        Orders are planned as they come, and the plan is searched anew so often, unless a scenario says
        otherwise. None: all in one go. With a snapshot nobody comes, and it says nothing.
    """

    world: World
    orders: tuple[Order, ...] | None = None
    num_orders: int = 200
    snapshot: PlanFile | None = None
    replan_every: timedelta | None = None

    @property
    def ground(self) -> World:
        """The world that changes are applied to: with the stock of the snapshot, if there is one."""
        return self.world if self.snapshot is None else replace(self.world, stock=self.snapshot.stock)

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """What is promised already."""
        return self.snapshot.contracts if self.snapshot else ()

    def demand(self, seed: int) -> tuple[Order, ...]:
        """The orders of a seed: always those of the base's world, whatever a scenario makes of them."""
        if self.orders is not None:
            return self.orders
        return generate_morning(self.world, seed=seed, num_orders=self.num_orders)

    def check(self) -> None:
        """Find out before anything is planned whether it is whole.

        Raises
        ------
        InputError
            WORLD_MISMATCH: the snapshot is another world's. Or every issue of every order that was given.
        """
        if self.snapshot is not None:
            check_world(self.world, self.snapshot)
        if self.orders is not None:
            contracts_of(self.orders, self.world, tenant_id=TENANT_ID, new_id=_ids_after(self.orders[0]))

    @property
    def fingerprint(self) -> str:
        parts = [self.world.fingerprint, self.world.policy_fingerprint, str(self.num_orders)]
        parts += [order.model_dump_json() for order in self.orders or ()]
        parts += [self.snapshot.model_dump_json()] if self.snapshot else []
        parts += [f"replan every {self.replan_every}"] if self.replan_every else []
        return _digest(*parts)


def digest_of(base: Base, scenario: Scenario, *, seed: int, budget: Budget) -> str:
    """Names everything that an evaluation depends on; the scenario's name is no part of it."""
    changes = [change.model_dump_json() for change in scenario.changes]
    return _digest(str(FORMAT), base.fingerprint, *changes, f"seed {seed}", budget.model_dump_json())


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part.encode()).digest())
    return digest.hexdigest()[:32]


@dataclass(frozen=True, eq=False)
class Evaluated:
    """An evaluation, and the plan that it is about: `plan_file` has all that a page or a check needs."""

    evaluation: Evaluation
    plan_file: PlanFile
    variant: Variant


def evaluate(
    base: Base,
    scenario: Scenario,
    *,
    seed: int,
    budget: Budget = DEFAULT_BUDGET,
    stop_after: Callable[[float], Stop] = lambda _seconds: never,
) -> Evaluated:
    """Plan a scenario, check the plan, and count what it comes to.

    Parameters
    ----------
    stop_after
        Gives what ends a search after so many seconds; asked only if the budget has seconds.

    Raises
    ------
    InputError
        With everything in the scenario that contradicts the base.
    """
    digest = digest_of(base, scenario, seed=seed, budget=budget)
    variant = apply(base.ground, scenario, contracts=base.contracts)
    if scenario.changes:
        variant = variant.with_world(fingerprint=digest)

    def limit(searches: int = 1) -> Stop:
        return never if budget.seconds is None else stop_after(budget.seconds / searches)

    make = _planned if base.snapshot is None else _replanned
    made = make(base, variant, seed=seed, budget=budget, limit=limit)
    evaluation = _counted(made, scenario=scenario.name, seed=seed)
    evaluation = evaluation.model_copy(
        update={"digest": digest, "offers": _offers(made, seed=seed, most=budget.offers)},
    )
    return Evaluated(evaluation, plan_file(variant.world, made.problem, made.plan), variant)


@dataclass(frozen=True, eq=False)
class _Made:
    """A plan, and the problem that it solves.

    Parameters
    ----------
    asked
        Contracts that could be asked for, without promises: their options are looked up.
    violations
        What the checker finds.
    """

    problem: Problem
    plan: Plan
    asked: Sequence[Contract]
    violations: tuple[Violation, ...]


_Limit = Callable[[int], Stop]
"""What ends a search that is one of so many."""


def _planned(base: Base, variant: Variant, *, seed: int, budget: Budget, limit: _Limit) -> _Made:
    contracts = contracts_in(variant, variant.orders(base.demand(seed), seed=seed))
    if every := variant.replan_every or base.replan_every:
        day = plan_one_by_one(
            variant.world, contracts, replan_every=every, seed=seed, iterations=budget.iterations, budget=limit
        )
        return _Made(day.problem, day.plan, contracts, day.violations)
    done = plan_contracts(
        variant.world,
        contracts,
        seed=seed,
        iterations=budget.iterations,
        rounds=budget.rounds,
        budget=partial(limit, 1),
    )
    return _Made(done.problem, done.plan, contracts, done.violations)


def contracts_in(variant: Variant, orders: Sequence[Order]) -> tuple[Contract, ...]:
    """The contracts that orders come to, named by their first order: the same customer, the same name."""
    book, on_sale = OrderBook(), {level.service_level_id for level in variant.catalogue.policy.service_levels}
    for order in orders:
        wish = order.service_level_id if order.service_level_id in on_sale else None
        wished = order.model_copy(update={"service_level_id": wish})
        book.take(wished, variant.world, tenant_id=TENANT_ID, new_id=_ids_after(order))
    return tuple(variant.fenced(contract) for contract in book.contract_by_id.values())


def _ids_after(order: Order) -> Callable[[], str]:
    digest, numbers = hashlib.sha256(order.order_id.encode()).hexdigest()[:16], count(1)
    return lambda: f"{digest}.{next(numbers)}"


def _replanned(base: Base, variant: Variant, *, seed: int, budget: Budget, limit: _Limit) -> _Made:
    problem = mended(base, variant)
    plan = replan(problem, seed=seed, iterations=budget.iterations, stop=limit(1))
    return _Made(problem, plan, tuple(_next_customers(problem)), check(problem, plan))


def _next_customers(problem: Problem) -> Iterator[Contract]:
    """For every contract somebody else at the same door who asks for the same now, unless it would be too late."""
    for contract in problem.contracts:
        if all(_is_open(item, problem.freeze_until) for item in contract.items):
            new = {"contract_id": f"{contract.contract_id[:_MOST_ID]}+next", "status": ContractStatus.DRAFT}
            yield contract.model_copy(update={**new, "promises": (), "documents": (), "linked_contract_ids": ()})


_MOST_ID = 59
"""Of a contract's id, so that there is room for something behind it."""


def _is_open(item: ServiceItem, now: datetime) -> bool:
    """Whether some of the customer's own limits is not over."""
    return not item.sla.windows or item.sla.windows[-1].latest > now


def mended(base: Base, variant: Variant) -> Problem:
    """The snapshot as the scenario has it: what that makes impossible is planned anew for the same promises.

    What finds no place is unplanned, and its promise at risk.

    Raises
    ------
    Conflict
        RESOURCE_UNDER_WAY: the scenario contradicts what has begun.
    """
    world, snapshot = variant.world, base.snapshot
    assert snapshot is not None
    # The board knows of the new ways already: what they change is for the checker to find.
    catalogue = base.world.catalogue.model_copy(update={"traffic": world.catalogue.traffic})
    before = snapshot.problem(catalogue=catalogue, travel=world.streets.tables())
    contracts = tuple(variant.fenced(contract) for contract in snapshot.contracts)
    problem = replace(before, catalogue=world.catalogue, stock=world.stock, contracts=contracts)
    ranks = tuple(contract.contract_id for contract in sorted(contracts, key=lambda each: each.created_time))
    other_ways = world.streets.key != base.world.streets.key or catalogue != base.world.catalogue
    more = other_ways or contracts != snapshot.contracts
    repaired = repair(problem, Board.of(before), ranks=lambda: ranks, more_has_changed=more)
    stated = tuple(_stated(contract, repaired.states) for contract in contracts)
    plan = repaired.board.plan().model_copy(update={"unplanned": repaired.lost})
    return replace(problem, contracts=stated, initial_plan=plan)


def _stated(contract: Contract, states: Mapping[tuple[str, str], PromiseState]) -> Contract:
    own = {item_id: state for (contract_id, item_id), state in states.items() if contract_id == contract.contract_id}
    return with_states(contract, own) if own else contract


def _counted(made: _Made, *, scenario: str, seed: int) -> Evaluation:
    problem, plan, catalogue = made.problem, made.plan, made.problem.catalogue
    got = figures.outcomes(problem, plan)
    promised = [item for each in got for item in each.items]
    kept = sum(item.p_on_time >= catalogue.policy.recommended_confidence for item in promised)
    return Evaluation(
        digest="",
        scenario=scenario,
        seed=seed,
        currency=catalogue.policy.currency,
        cost=plan.cost + Cost(expected_compensation=figures.compensation(problem, plan)),
        fees=sum(item.fee for item in promised),
        kept=kept,
        at_risk=len(promised) - kept,
        refused=sum(not each.items for each in got),
        on_time=sum(item.p_on_time for item in promised) / len(promised) if promised else 1.0,
        distance_m=figures.distance_m(plan),
        co2_g=figures.co2_g(plan, catalogue),
        utilisation=figures.utilisation(problem, plan),
        contracts=got,
        violations=made.violations,
    )


def _offers(made: _Made, *, seed: int, most: int) -> Offers:
    """What some contracts would be shown if all others were in the plan as they are."""
    problem = replace(made.problem, initial_plan=made.plan)
    drawn = sorted(made.asked, key=lambda contract: _digest(f"{seed}", contract.contract_id))[:most]
    board, options = Board.of(problem), list[OfferedOption]()
    for contract in drawn:
        without = board.copy()
        keys = [key for key in board.assignments if key[0] == contract.contract_id]
        without.adopt(routes=without.without(keys, now=problem.now), removed=keys)
        quote = without.offer(contract, now=figures.asked_time(contract, problem), quote_id=contract.contract_id)
        options += [_offered(contract, option) for option in quote.options]
    return Offers(contracts=len(drawn), options=tuple(options))


def _offered(contract: Contract, option: SlaOption) -> OfferedOption:
    return OfferedOption(
        contract_id=contract.contract_id,
        archetypes=option.archetypes,
        recommended=option.recommended,
        fee=option.fee,
        cost=option.cost.total,
        p_on_time=option.p_on_time,
    )

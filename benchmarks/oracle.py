"""How far the engine is from plans that are proved to be cheapest, on small instances.

Same promises: contracts come one by one, each takes the cheapest option that meets its wish; then
the plan is replanned, as in the service. The oracle gets the same promises and everything else free.

Same contracts: all are known and planned together, as by `servanda plan`. Whom that refuses the
oracle may serve beside the others, by any promise that was on offer in an empty town.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from benchmarks.figures import Figures, machine
from benchmarks.small_town import SmallInstance, small_instance, washer, with_goods_apart
from models.contract import Contract, ContractStatus
from models.problem import Problem
from solver.assignment import ROUNDS, assign
from solver.check import check, recompute_cost
from solver.kernels import warm_up
from solver.oracle import Answer, Verdict, most_served, solve
from solver.quoting.board import Board, agreed
from solver.replanning.replan import replan

ITERATIONS = 4000
COUPLED_CONTRACTS = 3
"""Goods and a technician afterwards: of such contracts, few make routes that are hard to prove."""


@dataclass(frozen=True)
class Compared:
    """One instance.

    Parameters
    ----------
    engine_cost
        Of the engine's plan, recomputed by the checker.
    bound
        No plan behind the same promises costs less; `verdict` PROVED: one costs just that.
    violations
        What the checker finds in both plans.
    serves_more
        The oracle could serve somebody else beside those whom the engine serves; None: not known.
    """

    seed: int
    engine_cost: int
    bound: int
    verdict: Verdict
    violations: int
    serves_more: bool | None

    @property
    def gap(self) -> float:
        """Share of the bound by which the engine's plan is dearer."""
        return self.engine_cost / self.bound - 1 if self.bound else 0.0

    @property
    def is_proved(self) -> bool:
        return self.verdict is Verdict.PROVED

    @property
    def is_below(self) -> bool:
        return self.engine_cost < self.bound

    @property
    def differs(self) -> bool:
        """In who can be served: more, or not even those whom the engine serves."""
        return self.verdict is Verdict.IMPOSSIBLE or bool(self.serves_more)


@dataclass(frozen=True, eq=False)
class Served:
    """What the engine made of an instance: the problem as promised, with its plan in force, and whom it refused."""

    problem: Problem
    refused: tuple[Contract, ...]


def measure(
    seed: int,
    num_instances: int,
    *,
    num_contracts: int,
    effort: float,
    iterations: int = ITERATIONS,
    apart: bool = False,
) -> Figures:
    """Gaps are shares of the optimum, over instances whose optimum is proved."""
    warm_up()
    seeds = range(seed, seed + num_instances)
    found = [
        compare(each, num_contracts=num_contracts, effort=effort, iterations=iterations, apart=apart) for each in seeds
    ]
    coupled = [cost for each in seeds if (cost := precedence_cost(each, effort=effort)) is not None]
    return {
        **figures_of(found),
        "contracts": num_contracts,
        "precedence_cost": round(mean(coupled), 5) if coupled else None,
        "precedence_instances": len(coupled),
        "keep_apart": apart,
        "seed": seed,
        "iterations": iterations,
        "effort": effort,
        "machine": machine(),
    }


def figures_of(found: Sequence[Compared]) -> Figures:
    """Instances that are not proved in time count with their bound: nobody may be below it."""
    proved = [each for each in found if each.is_proved]
    gaps = {each.seed: round(each.gap, 5) for each in proved if each.gap}
    return {
        "instances": len(found),
        "mean_gap": round(mean(each.gap for each in proved), 5) if proved else None,
        "max_gap": max(gaps.values(), default=0.0) if proved else None,
        "below_optimum": sum(each.is_below for each in found),
        "verdict_differences": sum(each.differs for each in found),
        "unproved": len(found) - len(proved),
        "undecided": sum(each.serves_more is None for each in found),
        "checker_violations": sum(each.violations for each in found),
        "at_optimum": sum(each.engine_cost == each.bound for each in proved),
        "gap_by_seed": gaps,
        "differing_seeds": [each.seed for each in found if each.differs],
    }


def compare(
    seed: int, *, num_contracts: int, effort: float, iterations: int = ITERATIONS, apart: bool = False
) -> Compared:
    """The engine's plan of an instance against the oracle's answer.

    Parameters
    ----------
    apart
        Some goods must not travel together.
    """
    instance = small_instance(seed, num_contracts=num_contracts)
    instance = with_goods_apart(instance) if apart else instance
    served = serve(instance, seed=seed, rounds=0)
    problem = served.problem
    plan = replan(problem, seed=seed, iterations=iterations)
    answer = solve(problem, seed=seed, effort=effort)
    plans = [(problem, plan)] + ([(answer.problem, answer.plan)] if answer.plan else [])
    return Compared(
        seed=seed,
        engine_cost=recompute_cost(problem, plan).total,
        bound=answer.bound,
        verdict=answer.verdict,
        violations=sum(len(check(*each)) for each in plans),
        # Planned together, no fewer are served: nobody to look for where nobody was refused one by one.
        serves_more=bool(served.refused) and _serves_more(instance, seed=seed, effort=effort),
    )


def serve(instance: SmallInstance, *, seed: int, rounds: int) -> Served:
    """Promises for as many as the engine can serve: together in some rounds, or one after the other in none."""
    assigned = assign(instance.problem, instance.contracts, seed=seed, rounds=rounds)
    agreed_on = tuple(_active(contract) for contract in assigned.contracts if contract.promises)
    refused = tuple(contract for contract in assigned.contracts if not contract.promises)
    start = assigned.plan.model_copy(update={"unplanned": ()})
    return Served(replace(instance.problem, contracts=agreed_on, initial_plan=start), refused)


def _active(contract: Contract) -> Contract:
    return contract.model_copy(update={"status": ContractStatus.ACTIVE})


def _serves_more(instance: SmallInstance, *, seed: int, effort: float) -> bool | None:
    """Whether somebody could be served beside those whom the engine serves when it plans all together."""
    served = serve(instance, seed=seed, rounds=ROUNDS)
    offers = [offer for contract in served.refused if (offer := [*_offers(instance, contract)])]
    if not offers:
        return False
    contracts = (*served.problem.contracts, *(each for offer in offers for each in offer))
    groups = [[each.contract_id for each in offer] for offer in offers]
    problem = replace(served.problem, contracts=contracts)
    most = most_served(problem, alternatives=groups, seed=seed, effort=effort)
    return None if most is None else most > 0


def _offers(instance: SmallInstance, contract: Contract) -> Iterator[Contract]:
    """The contract with the promises of each option that it would get if it were alone."""
    asked = max(order.joined_time for order in contract.orders)
    quote = Board.of(instance.problem).quote(contract, now=asked, quote_id="q")
    for n, option in enumerate(quote.options):
        yield agreed(contract, option).model_copy(update={"contract_id": f"{contract.contract_id}@{n}"})


def precedence_cost(seed: int, *, effort: float) -> float | None:
    """What it costs that a technician waits for the end of a promised window, not of the delivery itself.

    Both plans are proved to be cheapest; in the second, of each delivery and its installation only
    the order and the lag bind, within the span of their promised windows. None: not proved in time,
    or nothing to link.
    """
    instance = small_instance(seed, num_contracts=COUPLED_CONTRACTS, scenes=(washer,))
    problem = serve(instance, seed=seed, rounds=0).problem
    if not problem.contracts:
        return None
    promised, exact = (solve(problem, exact=each, seed=seed, effort=effort) for each in (False, True))
    if not _proved(promised, exact) or not exact.cost:
        return None
    return promised.cost / exact.cost - 1


def _proved(*answers: Answer) -> bool:
    return all(answer.verdict is Verdict.PROVED for answer in answers)

"""Ask the oracle about a tiny world, and let the checker look at what it says."""

from typing import Any

from models.contract import Contract, ServiceItem
from models.problem import Problem
from solver.check import check, recompute_cost
from solver.oracle import Answer, Verdict, solve
from tests.builders import (
    a_catalogue,
    a_contract,
    a_depot,
    a_problem,
    a_promise,
    a_rider,
    a_stock,
    an_item,
    between,
)


def answered(problem: Problem, **changes: Any) -> Answer:
    """What the oracle says; of a plan, that it is valid and costs what was said."""
    answer = solve(problem, **changes)
    assert answer.verdict in (Verdict.PROVED, Verdict.IMPOSSIBLE)
    if answer.plan:
        assert check(answer.problem, answer.plan) == ()
        assert answer.plan.cost == recompute_cost(answer.problem, answer.plan)
        assert answer.cost == answer.bound
    return answer


def is_possible(problem: Problem, **changes: Any) -> bool:
    return answered(problem, **changes).verdict is Verdict.PROVED


def asked(*contracts: Contract, stock: int = 20, **changes: Any) -> Problem:
    """One rider, one depot beside him, and these contracts; the changes are the catalogue's."""
    fields = {"riders": (a_rider("R-1"),), "vans": (), "sites": (a_depot(),), "pools": (), **changes}
    return a_problem(catalogue=a_catalogue(**fields), contracts=contracts, stock=a_stock(stock))


def promised(contract_id: str, *items: tuple[ServiceItem, dict[str, Any]], **links: Any) -> Contract:
    """Items, and what is said of each one's promise."""
    promises = tuple(a_promise(item.item_id, **{"place": item.place, **said}) for item, said in items)
    return a_contract(contract_id, [item for item, _ in items], promises=promises, **links)


def rice(contract_id: str = "C-1", *, until: str = "09:00", **changes: Any) -> Contract:
    """5 kg to crossing 4, until then."""
    return promised(contract_id, (an_item(**changes), {"window": between("07:00", until)}))

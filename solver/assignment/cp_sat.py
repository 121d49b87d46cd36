"""Which bundle each contract takes, decided for all together by CP-SAT.

One literal per bundle and one for "none": `exactly_one` over each contract, one linear row per
thing that is shared. Over single lines and sites with penalties for splits the same decision stays
25 % above its bound at 500 orders; over bundles it is proved for thousands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from solver.assignment.candidates import Candidate
from solver.assignment.constraints import Offers, Row
from solver.stop import Stop, never

Choice = tuple[int | None, ...]
"""For each contract the number of its candidate; None: it is not served."""

EFFORT = 20.0
"""Deterministic time of one decision: some seconds, and the same result on every machine."""


@dataclass(frozen=True)
class Prices:
    """What counts in a choice: first who is served, then whose wish is met, then money."""

    offers: Offers

    @cached_property
    def wish(self) -> int:
        """More than all money that is decided about."""
        ranges = ((max(0, *prices), min(0, *prices)) for offer in self.offers if (prices := [c.price for c in offer]))
        return 1 + sum(most - least for most, least in ranges)

    @cached_property
    def refusal(self) -> int:
        """More than all wishes and all money."""
        return self.wish * (1 + sum(max((each.missed for each in offer), default=0) for offer in self.offers))

    def of(self, candidate: Candidate) -> int:
        return candidate.price + self.wish * candidate.missed

    def of_choice(self, contract_idx: int, candidate_idx: int | None) -> int:
        return self.refusal if candidate_idx is None else self.of(self.offers[contract_idx][candidate_idx])

    def total(self, choice: Sequence[int | None]) -> int:
        return sum(self.of_choice(c, b) for c, b in enumerate(choice))


@dataclass(frozen=True)
class Decision:
    """The best choice found, and whether it is proved to be the best."""

    choice: Choice
    proved: bool


def decide(
    offers: Offers, rows: Sequence[Row], *, hint: Choice, seed: int, effort: float = EFFORT, stop: Stop = never
) -> Decision:
    """The cheapest choice that keeps every row; the hint, if time allows no other.

    The result depends on the arguments alone, unless `stop` ends it early.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    taken = [[model.new_bool_var(f"x{c}_{b}") for b in range(len(offer))] for c, offer in enumerate(offers)]
    none = [model.new_bool_var(f"u{c}") for c in range(len(offers))]
    for literals, refused in zip(taken, none, strict=True):
        model.add_exactly_one([*literals, refused])
    for row in rows:
        literals = [taken[c][b] for c, b, _ in row.terms]
        model.add(cp_model.LinearExpr.weighted_sum(literals, [amount for _, _, amount in row.terms]) <= row.at_most)
    prices = Prices(offers)
    literals = [literal for xs in taken for literal in xs] + none
    weights = [prices.of(each) for offer in offers for each in offer] + [prices.refusal] * len(none)
    model.minimize(cp_model.LinearExpr.weighted_sum(literals, weights))
    for literals, refused, b in zip(taken, none, hint, strict=True):
        for n, literal in enumerate(literals):
            model.add_hint(literal, n == b)
        model.add_hint(refused, b is None)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (2**31 - 1)
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = effort

    class _Interrupt(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            if stop():
                self.stop_search()

    status = solver.solve(model, _Interrupt())
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Decision(hint, proved=False)
    choice = tuple(next((b for b, literal in enumerate(xs) if solver.boolean_value(literal)), None) for xs in taken)
    return Decision(choice, proved=status == cp_model.OPTIMAL)

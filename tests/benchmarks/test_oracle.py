"""The engine against proven optima, on small instances with every kind of work."""

import json
from collections import Counter

import pytest

from benchmarks.oracle import Compared, compare, figures_of, precedence_cost, serve
from benchmarks.small_town import SCENES, small_instance
from models.contract import ServiceItemKind
from server.cli import run
from solver.assignment.reassigning import reassigned
from solver.check import check
from solver.oracle import Verdict
from solver.replanning import replan as replanning
from solver.replanning.replan import replan
from solver.stop import never

EFFORT = 3.0


@pytest.fixture(scope="module", params=[(20, 4, False), (8, 6, True)], ids=["together", "apart"])
def found(request: pytest.FixtureRequest) -> list[Compared]:
    num_instances, num_contracts, apart = request.param
    return [
        compare(seed, num_contracts=num_contracts, effort=EFFORT, iterations=1000, apart=apart)
        for seed in range(num_instances)
    ]


def test_nearly_all_is_proved(found: list[Compared]) -> None:
    assert Counter(each.verdict for each in found)[Verdict.PROVED] >= len(found) - 2


def test_the_engine_is_never_below_the_proven_optimum(found: list[Compared]) -> None:
    assert [each.seed for each in found if each.is_below] == []


def test_whom_the_engine_serves_the_oracle_can_serve(found: list[Compared]) -> None:
    assert [each.seed for each in found if each.verdict is Verdict.IMPOSSIBLE] == []


def test_whom_the_engine_refuses_the_oracle_cannot_serve_either(found: list[Compared]) -> None:
    assert [each.seed for each in found if each.serves_more is not False] == []


def test_both_plans_pass_the_checker(found: list[Compared]) -> None:
    assert [each.seed for each in found if each.violations] == []


def test_every_kind_of_item_is_asked_for() -> None:
    contracts = small_instance(1, num_contracts=len(SCENES)).contracts
    assert {item.kind for contract in contracts for item in contract.items} == set(ServiceItemKind)


def test_an_instance_depends_on_its_seed_alone() -> None:
    one, same, other = (small_instance(seed, num_contracts=5) for seed in (3, 3, 4))
    assert one.contracts == same.contracts
    assert one.problem.stock == same.problem.stock
    assert one.contracts != other.contracts


def a_comparison(**changes: object) -> Compared:
    fields = {
        "seed": 1,
        "engine_cost": 105,
        "bound": 100,
        "verdict": Verdict.PROVED,
        "violations": 0,
        "serves_more": False,
    }
    return Compared(**{**fields, **changes})  # type: ignore[arg-type]


def test_an_engine_that_beats_a_proof_is_counted() -> None:
    figures = figures_of([a_comparison(), a_comparison(engine_cost=99, seed=2)])
    assert (figures["below_optimum"], figures["max_gap"]) == (1, 0.05)


def test_what_is_not_proved_has_no_gap_but_a_bound() -> None:
    unproved = a_comparison(verdict=Verdict.FOUND, engine_cost=200)
    figures = figures_of([a_comparison(), unproved])
    assert (figures["unproved"], figures["mean_gap"], figures["below_optimum"]) == (1, 0.05, 0)


@pytest.mark.parametrize("changes", [{"verdict": Verdict.IMPOSSIBLE}, {"serves_more": True}])
def test_a_difference_in_who_is_served_is_counted(changes: dict[str, object]) -> None:
    assert figures_of([a_comparison(), a_comparison(**changes)])["verdict_differences"] == 1


def test_waiting_for_a_promised_window_is_never_cheaper_than_for_the_delivery_itself() -> None:
    costs = [cost for seed in range(4) if (cost := precedence_cost(seed, effort=EFFORT)) is not None]
    assert costs
    assert min(costs) >= 0


def test_the_command_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    run(["bench", "oracle", "--instances", "1", "--contracts", "2", "--effort", "2", "--json"])
    figures = json.loads(capsys.readouterr().out)
    assert (figures["instances"], figures["below_optimum"]) == (1, 0)
    assert {"mean_gap", "max_gap", "verdict_differences"} <= figures.keys()


def test_an_old_phone_goes_to_the_site_that_the_courier_passes_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    """New and old phone are handed over in one visit. Taken out whole, both go back to where the new one is nearest."""
    problem = serve(small_instance(121, num_contracts=8), seed=121, rounds=0).problem
    plan = replan(problem, seed=121, iterations=1000)
    assert check(problem, plan) == ()
    monkeypatch.setattr(replanning, "take_one_by_one", lambda *_: None)
    assert plan.cost.total < replan(problem, seed=121, iterations=1000).cost.total


@pytest.mark.parametrize("seed", [12, 162, 170])
def test_sites_and_routes_that_pay_only_together_change_together(seed: int) -> None:
    """Two vans' work on one of them from the other site, a courier who goes to one site only, an old phone."""
    problem = serve(small_instance(seed, num_contracts=8), seed=seed, rounds=0).problem
    plan = replan(problem, seed=seed, iterations=4000)
    assert check(problem, plan) == ()
    before = {(each.contract_id, each.item_id): each.site_id for each in problem.initial_plan.assignments}
    assert any(before[each.contract_id, each.item_id] != each.site_id for each in plan.assignments)
    assert plan.cost.total < reassigned(problem, seed=seed, stop=never).cost.total

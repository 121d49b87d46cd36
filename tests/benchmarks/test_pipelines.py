"""The nearest source first, then routes: what peers are given is the whole plan's world, and so is what they cost."""

import json

import numpy as np
import pytest

from benchmarks.fleet_instance import fleets
from benchmarks.nearest_source import ROUTED, Sourced, nearest_sources
from benchmarks.pipelines import Morning, planned_whole
from benchmarks.routing.own import Servanda
from benchmarks.routing.referee import judge
from models.plan import CapacityKind
from server.cli import run
from server.exit_codes import ExitCode
from solver.check import check
from solver.geometry import crow_flies_m
from solver.instance import Instance


@pytest.fixture(scope="module")
def morning() -> Morning:
    return planned_whole(20, seed=1, iterations=100, rounds=0)


@pytest.fixture(scope="module")
def sourced(morning: Morning) -> Sourced:
    return nearest_sources(morning.problem, morning.plan)


def test_the_whole_plan_is_valid_and_has_deliveries_alone(morning: Morning) -> None:
    assert check(morning.problem, morning.plan) == ()
    assert {item.kind.value for contract in morning.problem.contracts for item in contract.items} == {"DELIVERY"}


def test_goods_come_from_a_site_no_farther_than_that_of_the_whole_plan(morning: Morning, sourced: Sourced) -> None:
    contracts = {contract.contract_id: contract for contract in morning.problem.contracts}
    sites = morning.problem.catalogue.site_by_id
    routed = [each for each in morning.plan.assignments if each.mode in ROUTED]
    assert len(routed) == len(sourced.assignments) > 0
    for before in routed:
        after = sourced.assignments[before.contract_id, before.item_id]
        door = contracts[before.contract_id].item(before.item_id).place
        near, far = (sites[each.site_id or ""].place for each in (after, before))
        assert crow_flies_m(near, door) <= crow_flies_m(far, door)
        assert all(use.kind is CapacityKind.PICKING for use in after.uses)


def test_routes_that_the_referee_accepts_cost_as_much_as_the_plan(morning: Morning, sourced: Sourced) -> None:
    instance = Instance.of(morning.problem)
    contracts = {contract.contract_id: contract for contract in morning.problem.contracts}
    engine = Servanda()
    for part in fleets(sourced, contracts, instance):
        verdict = judge(part.instance, engine.solve(part.instance, seconds=0.3, seed=1))
        assert verdict.breaches == ()
        assert verdict.cost


def test_visits_at_one_place_are_one_stop_and_an_open_end_is_no_way_off(morning: Morning, sourced: Sourced) -> None:
    contracts = {contract.contract_id: contract for contract in morning.problem.contracts}
    part = next(fleets(sourced, contracts, Instance.of(morning.problem)))
    durations = part.instance.duration
    assert np.all(durations.diagonal() == 0)
    assert np.all(durations[:, 1] == 0)  # riders go home on their own time
    first, second = part.instance.pickups[:2]
    same_site = len({sourced.assignments[key].site_id for key in part.keys[:2]}) == 1
    assert (durations[first, second] == 0) is np.bool_(same_site)


def test_the_command_prints_a_row_for_each_engine(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--orders", "15", "--seconds", "0.3", "--iterations", "100", "--rounds", "0"]
    assert run(["bench", "pipelines", *few, "--engine", "servanda", "--engine", "commiv", "--json"]) is ExitCode.DONE
    figures = json.loads(capsys.readouterr().out)
    own, peer = figures["rows"]
    assert (own["engine"], own["supported"], own["violations"], own["unserved"]) == ("servanda", True, 0, 0)
    assert (peer["supported"], "several depots" in peer["reason"]) == (False, True)
    assert figures["summary"] == [
        {
            "pipeline": "servanda",
            "cost": own["cost"],
            "ours": figures["ours"],
            "ratio": round(figures["ours"] / own["cost"], 4),
        }
    ]

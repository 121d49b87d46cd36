"""A board that is full and valid, vehicles that break down on it, and what becomes of their work."""

import json
from dataclasses import replace

import pytest

from benchmarks.figures import WORLD
from benchmarks.full_board import full_board
from benchmarks.repair import could_be_kept, num_violations
from models.issues import InputError
from models.problem import Problem
from scenarios.world import World, load_world
from server.cli import run
from server.exit_codes import ExitCode
from solver.cache import cache_dir
from solver.check import check
from solver.quoting.board import Board
from solver.replanning.repair import Repaired, repair

NUM_VEHICLES, BROKEN, VAN, VISITS = 3, 1, 2, 24


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(WORLD, cache_dir=cache_dir())


@pytest.fixture(scope="module")
def crowded(world: World) -> Problem:
    """Two riders and a van, so full that not all of a rider's work can simply be put in elsewhere."""
    return full_board(world, num_vehicles=NUM_VEHICLES, num_visits=VISITS, broken={BROKEN}, seed=1)


def broken_down(problem: Problem, vehicle_idx: int = BROKEN) -> tuple[Problem, Repaired]:
    out = frozenset({problem.catalogue.mobiles[vehicle_idx].resource_id})
    after = replace(problem, catalogue=problem.catalogue.model_copy(update={"unavailable_ids": out}))
    ranks = [contract.contract_id for contract in problem.contracts]
    return after, repair(after, Board.of(problem), ranks=lambda: ranks)


def test_every_route_has_its_visits_and_the_checker_agrees(crowded: Problem) -> None:
    visits = [len(route.visits) for route in crowded.initial_plan.routes]
    assert visits == [2 * VISITS if r == BROKEN else VISITS for r in range(NUM_VEHICLES)]
    assert check(crowded, crowded.initial_plan) == ()


def test_the_same_seed_gives_the_same_board(world: World, crowded: Problem) -> None:
    again = full_board(world, num_vehicles=NUM_VEHICLES, num_visits=VISITS, broken={BROKEN}, seed=1)
    assert again.initial_plan == crowded.initial_plan


def test_more_visits_than_a_day_has_room_for_are_refused(world: World) -> None:
    with pytest.raises(InputError, match=r"requests of one vehicle \(300\) must fit into its day"):
        full_board(world, num_vehicles=1, num_visits=600, broken=(), seed=1)


def test_what_others_change_hands_for_is_kept(crowded: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    after, with_room = broken_down(crowded)
    monkeypatch.setattr("solver.replanning.repair._EFFORTS", ())
    _, by_insertion = broken_down(crowded)
    assert len(with_room.lost) < len(by_insertion.lost)
    assert num_violations(after, with_room) == num_violations(after, by_insertion) == 0


def test_what_could_be_kept_is_found_by_a_search_of_its_own(crowded: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    _, with_room = broken_down(crowded)
    monkeypatch.setattr("solver.replanning.repair._EFFORTS", ())
    after, by_insertion = broken_down(crowded)
    assert could_be_kept(after, by_insertion, seconds=1) >= len(by_insertion.lost) - len(with_room.lost)


def test_what_nobody_else_can_do_is_lost_and_could_not_be_kept(crowded: Problem) -> None:
    after, outcome = broken_down(crowded, VAN)
    assert len(outcome.lost) == VISITS // 2
    assert could_be_kept(after, outcome, seconds=0.1) == 0


def test_the_command_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--vehicles", "12", "--visits", "6", "--repeats", "2", "--search-seconds", "0.1"]
    assert run(["bench", "repair", *few, "--json"]) is ExitCode.DONE
    figures = json.loads(capsys.readouterr().out)
    assert (figures["breakdowns"], figures["taken_over"], figures["checker_violations"]) == (2, 12, 0)
    assert {"p50_ms", "p99_ms", "lost", "could_be_kept"} <= figures.keys()

"""Replans by regions: cheaper, the same whoever searches, and never done twice."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import NoReturn, cast

import pytest
from numba.core.dispatcher import Dispatcher

from models.plan import Plan
from models.problem import Problem
from solver.kernels.ruin_recreate import improve
from solver.regions.interface import Answer, Counted, Effort, Executor, InMemory, RegionResult, Task, Timed
from solver.regions.serial import Serial
from solver.replanning.replan import replan_large
from solver.stop import Stop, after_calls, never
from tests.solver.regions.evenings import REGION, an_evening, checked

ITERATIONS = Counted(1200)


def replanned(
    problem: Problem,
    *,
    executor: Executor | None = None,
    checkpoints: InMemory | None = None,
    effort: Effort = ITERATIONS,
    stop: Stop = never,
) -> Plan:
    plan = replan_large(
        problem,
        seed=1,
        effort=effort,
        executor=executor or Serial(),
        checkpoints=checkpoints,
        stop=stop,
        region_size=REGION,
    )
    return checked(problem, plan)


@dataclass
class Backwards:
    """Takes several tasks at once and answers the last one first."""

    workers: int = 3

    def map(
        self, function: Callable[[Task, Stop], Answer], tasks: Iterable[Task], *, stop: Stop
    ) -> Iterator[tuple[int, Answer]]:
        for number, task in reversed(list(enumerate(tasks))):
            yield number, function(task, stop)

    def close(self) -> None:
        pass


class Sent(Serial):
    """Tasks reach the search as they come out of another machine's memory: arrays can only be read."""

    def map(
        self, function: Callable[[Task, Stop], Answer], tasks: Iterable[Task], *, stop: Stop
    ) -> Iterator[tuple[int, Answer]]:
        return super().map(function, map(sent, tasks), stop=stop)


def sent(task: Task) -> Task:
    buffers = list[pickle.PickleBuffer]()
    message = pickle.dumps(task, protocol=5, buffer_callback=buffers.append)
    arrived: Task = pickle.loads(message, buffers=[bytes(each) for each in buffers])
    return arrived


def test_no_kernel_is_compiled_anew_for_what_is_sent_from_elsewhere() -> None:
    problem, kernel = an_evening(), cast("Dispatcher", improve)
    in_line = replanned(problem)
    compiled_before = kernel.signatures
    assert replanned(problem, executor=Sent()) == in_line
    assert kernel.signatures == compiled_before


def nobody(*_: object) -> NoReturn:
    pytest.fail("what is known must not be searched")


def test_an_evening_gets_cheaper_region_by_region() -> None:
    kept = InMemory()
    plan = replanned(an_evening(), checkpoints=kept)
    assert plan.cost.total < an_evening().initial_plan.cost.total
    assert {result.key.round for result in kept.results.values()} == {0, 1, 2}
    for n in range(3):
        assert len([result for result in kept.results.values() if result.key.round == n]) >= 2
    assert all(result.cost_after <= result.cost_before for result in kept.results.values())
    assert sum(result.iterations for result in kept.results.values()) >= 1000


def test_who_answers_first_does_not_matter() -> None:
    assert replanned(an_evening(), executor=Backwards()) == replanned(an_evening())


def test_a_region_that_finds_nothing_leaves_its_routes_as_they_were() -> None:
    problem, plan = an_evening(), an_evening().initial_plan
    for _ in range(8):
        before, plan = plan, replanned(replace(problem, initial_plan=plan))
        if plan is before:
            return
    pytest.fail("no plan is ever the best")


def test_what_is_known_is_not_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = InMemory()
    plan = replanned(an_evening(), checkpoints=kept)
    monkeypatch.setattr("solver.regions.rounds.search_region", nobody)
    assert replanned(an_evening(), checkpoints=kept) == plan


@pytest.mark.parametrize("num_known", [1, 3, 5, 7])
def test_a_run_that_was_killed_goes_on_where_it_was(num_known: int) -> None:
    whole = InMemory()
    plan = replanned(an_evening(), checkpoints=whole)
    assert whole.plan is not None
    stored = [each.model_dump_json() for each in whole.results.values()][:num_known]
    results = [RegionResult.model_validate_json(each) for each in stored]
    half = InMemory(Plan.model_validate_json(whole.plan.model_dump_json()), {each.key.digest: each for each in results})
    assert replanned(an_evening(), checkpoints=half) == plan
    assert len(half.results) == len(whole.results)


def test_another_seed_is_another_search() -> None:
    kept = InMemory()
    replanned(an_evening(), checkpoints=kept)
    num_known = len(kept.results)
    replan_large(an_evening(), seed=2, effort=ITERATIONS, executor=Serial(), checkpoints=kept, region_size=REGION)
    assert len(kept.results) == 2 * num_known


def test_seconds_are_shared_out_so_that_all_is_over_when_it_was_said() -> None:
    """The clock ticks once per question, so how often it is asked is how long everything takes."""
    ticks, kept = count(), InMemory()
    replanned(an_evening(), effort=Timed(3000, lambda: float(next(ticks))), checkpoints=kept)
    assert 2700 <= next(ticks) <= 3100
    results = list(kept.results.values())
    per_item = [each.seconds / each.num_requests for each in results]
    assert len(results) >= 6
    assert max(per_item) < 1.2 * min(per_item)


def test_seconds_do_not_count_what_other_workers_do_meanwhile() -> None:
    """All regions at once: the one with most to do gets the whole round."""
    ticks, kept = count(), InMemory()
    replanned(
        an_evening(),
        effort=Timed(600, lambda: float(next(ticks))),
        executor=Backwards(workers=100),
        checkpoints=kept,
    )
    first_round = [each for each in kept.results.values() if each.key.round == 0]
    most = max(each.num_requests for each in first_round)
    for each in first_round:
        assert each.seconds == pytest.approx(200 * each.num_requests / most, rel=0.1)


def test_a_stop_ends_the_night_with_a_plan_that_is_whole() -> None:
    for calls in (1, 4, 20):
        replanned(an_evening(), effort=Counted(10**9), stop=after_calls(calls))

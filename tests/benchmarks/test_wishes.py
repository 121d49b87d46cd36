"""The bench of ways out finds those that do not work or cost something else."""

import json
from dataclasses import replace

import pytest

from benchmarks import wishes
from benchmarks.wishes import Counts, Day, Taken, take
from models.contract import Contract, SlaTerm
from models.option import Relaxation, WayOut
from models.plan import Cost
from models.problem import Problem
from models.timing import Interval
from server.cli import run
from tests.builders import a_catalogue, a_contract, a_problem, a_rider, an_item, at
from tests.solver.market import Market

LATE_RIDER = a_rider("R-1", shift=Interval(start=at("08:30"), end=at("15:00")))
WISH = a_contract("C-1", [an_item(sla=SlaTerm(service_level_id="hour"))])
CONTRACT_IDS = ("C-2", "C-3", "C-4")


def a_busy_problem() -> Problem:
    """Nobody can come within the hour, unless R-2 is called in."""
    riders = (LATE_RIDER, a_rider("R-2", on_call=True))
    return a_problem(catalogue=a_catalogue(riders=riders, vans=(), pools=()))


def way_out(relaxation: Relaxation) -> WayOut:
    ways = Market.opened(a_busy_problem()).quote(WISH).ways_out
    return next(way for way in ways if way.relaxation is relaxation)


def taken(way: WayOut, contract: Contract = WISH) -> Taken:
    problem = a_busy_problem()
    return take(problem, contract, way, now=problem.now)


def priced(way: WayOut, factor: float) -> WayOut:
    """The same at another price, its change of the use of vehicles scaled."""
    cost = way.option.cost
    more = Cost(use=round((cost.total - cost.expected_compensation) * (factor - 1)))
    return way.model_copy(update={"option": way.option.model_copy(update={"cost": cost + more})})


@pytest.mark.parametrize("relaxation", [Relaxation.ON_CALL, Relaxation.LATER_PROMISE])
def test_what_is_shown_works_and_costs_what_was_said(relaxation: Relaxation) -> None:
    assert taken(way_out(relaxation)) == Taken(works=True, cost_off=False)


def test_a_rider_whom_nobody_calls_does_not_come() -> None:
    sabotaged = way_out(Relaxation.ON_CALL).model_copy(update={"shift_change": None})
    assert taken(sabotaged) == Taken(works=False, cost_off=True)


def test_a_promise_that_nobody_can_keep_does_not_work() -> None:
    way = way_out(Relaxation.LATER_PROMISE)
    (promise,) = way.option.promises
    now = promise.window.model_copy(update={"earliest": at("07:00"), "latest": at("07:05")})
    promises = (promise.model_copy(update={"window": now}),)
    sabotaged = way.model_copy(update={"option": way.option.model_copy(update={"promises": promises})})
    assert not taken(sabotaged).works


@pytest.mark.parametrize(("factor", "off"), [(0.995, False), (0.98, True), (1.02, True)])
def test_a_price_that_is_off_by_more_than_one_percent_is_found(factor: float, off: bool) -> None:
    assert taken(priced(way_out(Relaxation.LATER_PROMISE), factor)) == Taken(works=True, cost_off=off)


def test_every_way_out_of_a_refused_wish_is_counted() -> None:
    problem, counts = a_busy_problem(), Counts()
    day = Day(problem)
    for contract_id in CONTRACT_IDS:
        day.ask(replace_id(WISH, contract_id), counts, now=problem.now)
    assert counts.refused == len(CONTRACT_IDS)
    assert counts.shown[Relaxation.ON_CALL] == len(CONTRACT_IDS)
    assert (counts.works, counts.cost_off, counts.without_way_out) == (counts.shown.total(), 0, 0)


def test_a_wish_without_a_way_out_is_counted_too() -> None:
    problem = replace(a_busy_problem(), stock=())
    counts = Counts()
    Day(problem).ask(WISH, counts, now=problem.now)
    assert (counts.refused, counts.without_way_out, counts.shown.total()) == (1, 1, 0)


def replace_id(contract: Contract, contract_id: str) -> Contract:
    return contract.model_copy(update={"contract_id": contract_id})


@pytest.mark.parametrize(("works", "cost_off", "code"), [(3, 0, 0), (2, 0, 1), (3, 1, 1)])
def test_the_command_fails_if_one_does_not_hold(
    works: int, cost_off: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {"refused": 2, "shown": 3, "works": works, "cost_off": cost_off}
    monkeypatch.setattr(wishes, "measure", lambda _seed, _count: figures)
    assert run(["bench", "wishes", "--count", "2", "--json"]) == code
    assert json.loads(capsys.readouterr().out) == figures

"""What a change makes impossible is found by the checker, and promised items find another place or none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.catalogue import Catalogue
from models.contract import Contract
from models.issues import Conflict, IssueCode
from models.plan import Plan, ReasonCode
from models.problem import Problem
from models.promise import PromiseState
from solver.check import check, recompute_cost
from solver.replanning.repair import Held, Repaired, repair, with_states
from tests.builders import a_catalogue, a_contract, a_place, a_problem, a_rider, a_store, an_item, at
from tests.solver.market import Market

NAMES = ("C-1", "C-2", "C-3")


def a_market(**changes: Any) -> Market:
    """Three contracts, each with rice for one door, in a world of riders only."""
    catalogue = a_catalogue(**{"vans": (), "carriers": (), "pools": (), **changes})
    market = Market.opened(a_problem(catalogue=catalogue, now=at("07:00")))
    for n, name in enumerate(NAMES):
        market.take(a_contract(name, [an_item(f"i-{name}", place=a_place(3 + n))]))
    return market


def without(catalogue: Catalogue, *ids: str) -> Catalogue:
    return catalogue.model_copy(update={"unavailable_ids": frozenset(ids)})


def repaired(market: Market, *, now: datetime | None = None, **changes: Any) -> Repaired:
    problem = after(market, now=now, **changes)
    return repair(problem, market.board, ranks=lambda: NAMES)


def after(market: Market, *, now: datetime | None = None, **changes: Any) -> Problem:
    return replace(market.snapshot(), now=now or market.now, freeze_until=now or market.now, **changes)


def look(market: Market, outcome: Repaired, **changes: Any) -> Plan:
    """The plan after the repair: the checker finds nothing, and the board holds the same."""
    problem = after(market, **changes)
    contracts = []
    for contract in market.contracts.values():
        states = {item_id: state for (name, item_id), state in outcome.states.items() if name == contract.contract_id}
        contracts.append(with_states(contract, states))
    plan = outcome.board.plan().model_copy(update={"unplanned": outcome.lost})
    assert check(replace(problem, contracts=tuple(contracts)), plan) == ()
    assert plan.cost == recompute_cost(replace(problem, contracts=tuple(contracts)), plan)
    versions = {route.resource_id: route.version for route in problem.initial_plan.routes}
    assert all(route.version == versions.get(route.resource_id, 0) + 1 for route in outcome.routes)
    return plan


def lost(outcome: Repaired) -> list[str]:
    return [each.contract_id for each in outcome.lost]


def test_a_change_that_breaks_nothing_changes_nothing() -> None:
    market = a_market()
    outcome = repaired(market, catalogue=without(market.problem.catalogue, "X-1"))
    assert (outcome.routes, outcome.removed, outcome.added, outcome.lost, outcome.states) == ((), (), (), (), {})
    assert outcome.board.plan() == market.board.plan()


def test_what_a_rider_was_to_bring_is_brought_by_the_other() -> None:
    market = a_market()
    busy = next(route.resource_id for route in market.board.plan().routes if route.visits)
    changed = without(market.problem.catalogue, busy)
    outcome = repaired(market, catalogue=changed)
    plan = look(market, outcome, catalogue=changed)
    assert (lost(outcome), outcome.states) == ([], {})
    assert {each.resource_id for each in plan.assignments} == {"R-1", "R-2"} - {busy}


def test_without_any_rider_everything_is_lost_with_the_reason() -> None:
    market = a_market()
    changed = without(market.problem.catalogue, "R-1", "R-2")
    outcome = repaired(market, catalogue=changed)
    plan = look(market, outcome, catalogue=changed)
    assert lost(outcome) == list(NAMES)
    assert {reason.code for each in outcome.lost for reason in each.reasons} == {ReasonCode.OUT_OF_ORDER}
    assert set(outcome.states.values()) == {PromiseState.AT_RISK}
    assert plan.assignments == ()


@pytest.mark.parametrize(("pieces", "keep"), [(3, NAMES), (2, NAMES[:2]), (1, NAMES[:1]), (0, ())])
def test_what_was_agreed_first_keeps_its_goods(pieces: int, keep: Sequence[str]) -> None:
    market = a_market(sites=(a_store(),))
    rows = [row.model_copy(update={"on_hand": pieces}) if row.sku_id == "RICE" else row for row in market.problem.stock]
    stock = tuple(row for row in rows if row.site_id == "STORE")
    outcome = repaired(market, stock=stock)
    plan = look(market, outcome, stock=stock)
    assert [each.contract_id for each in plan.assignments] == list(keep)
    assert lost(outcome) == [name for name in NAMES if name not in keep]


def test_what_has_started_stays_and_is_at_risk() -> None:
    market = a_market()
    first = next(route for route in market.board.plan().routes if route.visits)
    now = first.visits[0].depart
    changed = without(market.problem.catalogue, first.resource_id)
    outcome = repaired(market, now=now, catalogue=changed)
    look(market, outcome, now=now, catalogue=changed)
    key = first.visits[0].contract_id, first.visits[0].item_id
    assert outcome.states[key] is PromiseState.AT_RISK
    assert key not in outcome.removed


def test_a_change_that_only_what_has_started_could_answer_for_is_refused() -> None:
    market = a_market()
    first = next(route for route in market.board.plan().routes if route.visits)
    riders = tuple(a_rider(name, start_place=a_place(7)) for name in ("R-1", "R-2"))
    changed = market.problem.catalogue.model_copy(update={"riders": riders})
    with pytest.raises(Conflict) as caught:
        repaired(market, now=first.visits[0].depart, catalogue=changed)
    assert {issue.code for issue in caught.value.issues} == {IssueCode.RESOURCE_UNDER_WAY}


def test_a_hold_gives_way_and_leaves_no_promise_at_risk() -> None:
    market = a_market(sites=(a_store(),))
    stock = tuple(
        row.model_copy(update={"on_hand": 2})
        for row in market.problem.stock
        if (row.site_id, row.sku_id) == ("STORE", "RICE")
    )
    holds = {"C-1": Held(frozenset({"i-C-1"}), until=at("07:10"))}
    outcome = repair(after(market, stock=stock), market.board, ranks=lambda: ("C-2", "C-3"), holds=holds)
    assert outcome.revoked == ("C-1",)
    assert outcome.states == {}
    assert [each.contract_id for each in outcome.board.plan().assignments] == ["C-2", "C-3"]


def test_what_was_lost_before_is_tried_again() -> None:
    market = a_market()
    gone = without(market.problem.catalogue, "R-1", "R-2")
    first = repaired(market, catalogue=gone)
    contracts = tuple(_stated(each, first) for each in market.contracts.values())
    plan = first.board.plan().model_copy(update={"unplanned": first.lost})
    back = replace(after(market), contracts=contracts, initial_plan=plan)
    second = repair(back, first.board, ranks=lambda: NAMES)
    assert second.lost == ()
    assert set(second.states.values()) == {PromiseState.OPEN}
    assert check(replace(back, contracts=tuple(market.contracts.values())), second.board.plan()) == ()


def _stated(contract: Contract, outcome: Repaired) -> Contract:
    return with_states(contract, {item_id: state for (_, item_id), state in outcome.states.items()})


def test_no_vehicle_sets_out_for_a_hold_before_its_end() -> None:
    market = a_market()
    busy = next(route.resource_id for route in market.board.plan().routes if route.visits)
    until = market.now + timedelta(minutes=12)
    holds = {name: Held(frozenset({f"i-{name}"}), until=until) for name in NAMES}
    changed = without(market.problem.catalogue, busy)
    outcome = repair(after(market, catalogue=changed), market.board, ranks=list, holds=holds)
    departs = [visit.depart for route in outcome.routes for visit in route.visits]
    assert departs
    assert min(departs) >= until


@pytest.mark.parametrize("out", [("R-1",), ("R-2",), ("R-1", "R-2")])
@pytest.mark.parametrize("minutes", [0, 25])
def test_a_breakdown_needs_no_checker_to_come_to_the_same(
    out: Sequence[str], minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = a_market()
    now = market.now + timedelta(minutes=minutes)
    changes: dict[str, Any] = {"catalogue": without(market.problem.catalogue, *out), "now": now}
    quick = repaired(market, **changes)
    look(market, quick, **changes)
    monkeypatch.setattr("solver.replanning.repair._Repair._only_people_are_out", lambda _: False)
    thorough = repaired(market, **changes)
    assert replace(quick, board=thorough.board) == thorough
    assert quick.board.plan() == thorough.board.plan()


def test_a_breakdown_asks_no_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    market = a_market()
    monkeypatch.setattr("solver.replanning.repair._Repair._violations", pytest.fail)
    assert repaired(market, catalogue=without(market.problem.catalogue, "R-1")).added


def test_goods_stay_where_they_are_picked_while_somebody_can_fetch_them_there() -> None:
    market = a_market()
    before = {each.contract_id: each for each in market.board.plan().assignments}
    busy = next(route.resource_id for route in market.board.plan().routes if route.visits)
    outcome = repaired(market, catalogue=without(market.problem.catalogue, busy))
    assert outcome.added
    for each in outcome.added:
        assert (each.site_id, each.uses) == (before[each.contract_id].site_id, before[each.contract_id].uses)

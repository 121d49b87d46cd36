"""Why this resource and not that one: it is tried, on a copy, and the checker has a look."""

from typing import Any

import pytest

from models.contract import Contract, ServiceItemKind
from models.explanation import Explanation
from models.issues import IssueCode, SolveError
from models.order import Load
from models.plan import Cost, ReasonCode, ReasonCount, Violation
from models.promise import Mode, SameVisit
from models.resource import CostRates
from models.timing import Interval
from solver.quoting import explain
from solver.quoting.explain import Explainer, Forced
from solver.quoting.part import Verdict
from tests.builders import (
    a_catalogue,
    a_contract,
    a_place,
    a_problem,
    a_rider,
    a_service,
    a_service_catalogue,
    an_item,
    at,
)
from tests.solver.market import Market

DEAR = CostRates(per_km=300, per_hour=6000, per_use=400)


def a_market(**changes: Any) -> Market:
    """Two riders, of whom R-2 is dear; no vans."""
    fields = {"riders": (a_rider("R-1"), a_rider("R-2", rates=DEAR)), "vans": (), "pools": ()}
    return Market.opened(a_problem(catalogue=a_catalogue(**{**fields, **changes})))


def taken(market: Market, contract: Contract, *, mode: Mode = Mode.RIDER) -> Contract:
    """By the cheapest option in which every item is done that way."""
    options = [
        option for option in market.quote(contract).options if {promise.mode for promise in option.promises} == {mode}
    ]
    return market.take(contract, min(options, key=lambda option: option.cost.total))


def forced(market: Market, contract_id: str, item_id: str, **forced: str) -> Explanation:
    before = market.board.plan()
    found = Explainer(market.board, (contract_id, item_id), Forced(**forced), now=market.now).explain()
    assert market.board.plan() == before, "nothing in force changes"
    again = Explainer(market.board, (contract_id, item_id), Forced(**forced), now=market.now).explain()
    assert again == found
    return found


def one(code: ReasonCode, name: str) -> tuple[ReasonCount, ...]:
    return (ReasonCount(code=code, count=1, total=1, example_id=name),)


def test_forcing_another_rider_costs_what_that_rider_costs_more() -> None:
    market = a_market()
    taken(market, a_contract("C-1"))
    found = forced(market, "C-1", "i-rice", resource_id="R-2")
    assert (found.assigned_resource_id, found.resource_id, found.feasible) == ("R-1", "R-2", True)
    # From the depot, where both start: 1600 m, and 320 + 390 + 150 s of work; see `alternatives/test_finder.py`.
    assert found.cost_difference == Cost(travel=480 - 208, labour=1433 - 716, use=200)
    (move,) = found.moves
    assert (move.from_resource_id, move.to_resource_id) == ("R-1", "R-2")
    assert move.start_before == move.start_after


def test_whoever_does_it_anyway_costs_nothing_more() -> None:
    market = a_market()
    taken(market, a_contract("C-1"))
    found = forced(market, "C-1", "i-rice", resource_id="R-1")
    assert (found.feasible, found.cost_difference, found.moves) == (True, Cost(), ())


def test_forcing_another_site_says_who_would_fetch_it_there() -> None:
    market = a_market()
    taken(market, a_contract("C-1"))
    found = forced(market, "C-1", "i-rice", site_id="STORE")
    assert found.assigned_site_id == "DEPOT"
    assert found.feasible
    assert (found.moves[0].from_site_id, found.moves[0].to_site_id) == ("DEPOT", "STORE")
    assert found.cost_difference.total > 0


def test_another_carrier_is_a_matter_of_the_tariff() -> None:
    market = a_market(riders=())
    taken(market, a_contract("C-1"), mode=Mode.CARRIER)
    found = forced(market, "C-1", "i-rice", resource_id="X-2")
    assert (found.feasible, found.cost_difference) == (True, Cost())
    assert found.moves[0].to_resource_id == "X-2"


def test_another_desk_holds_the_same_session() -> None:
    market = Market.opened(a_problem(catalogue=a_service_catalogue(), now=at("08:00"), freeze_until=at("08:00")))
    call = a_contract("C-1", [a_service("i-call", ServiceItemKind.REMOTE_SESSION, minutes=10)])
    market.take(call)
    used = market.board.assignments["C-1", "i-call"].resource_id
    other = {"D-1": "D-2", "D-2": "D-1"}[used or ""]
    found = forced(market, "C-1", "i-call", resource_id=other)
    assert (found.feasible, found.moves[0].to_resource_id) == (True, other)


def test_one_visit_moves_as_a_whole() -> None:
    market = a_market()
    items = [an_item("i-1"), an_item("i-2", goods=[("LEEKS", 1)])]
    taken(market, a_contract("C-1", items, same_visits=(SameVisit(item_ids=("i-1", "i-2")),)))
    found = forced(market, "C-1", "i-2", resource_id="R-2")
    assert [(move.item_id, move.to_resource_id) for move in found.moves] == [("i-2", "R-2"), ("i-1", "R-2")]


# -- making room


def two_busy_riders() -> Market:
    """Each has time for one delivery, to C-1 and C-2, and for no more."""
    short = Interval(start=at("07:00"), end=at("07:20"))
    market = a_market(riders=(a_rider("R-1", shift=short), a_rider("R-2", shift=short)))
    for number in (1, 2):
        taken(market, a_contract(f"C-{number}", [an_item(place=a_place(number + 2))]))
    assert [each.resource_id for each in market.board.assignments.values()] == ["R-1", "R-2"]
    return market


def test_another_item_makes_room_if_it_takes_that() -> None:
    found = forced(two_busy_riders(), "C-1", "i-rice", resource_id="R-2")
    assert found.feasible
    assert [(move.contract_id, move.to_resource_id) for move in found.moves] == [("C-1", "R-2"), ("C-2", "R-1")]
    assert found.cost_difference == Cost(), "they are alike"


def test_nobody_makes_room_when_the_caller_has_no_time() -> None:
    market = two_busy_riders()
    asked = Explainer(market.board, ("C-1", "i-rice"), Forced("R-2"), now=market.now, stop=lambda: True)
    found = asked.explain()
    assert (found.feasible, found.reasons) == (False, one(ReasonCode.SHIFT_OVER, "R-2"))


# -- when it cannot be


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"shift": Interval(start=at("07:00"), end=at("07:05"))}, ReasonCode.SHIFT_OVER),
        ({"shift": Interval(start=at("12:00"), end=at("15:00"))}, ReasonCode.WINDOW_MISSED),
        ({"on_call": True}, ReasonCode.ON_CALL),
        ({"capacity": Load(weight_g=1)}, ReasonCode.NO_COMPARTMENT),
    ],
)
def test_what_rules_the_other_one_out_is_named(change: dict[str, Any], code: ReasonCode) -> None:
    rider = a_rider("R-2", **change)
    market = a_market(riders=(a_rider("R-1"), rider))
    taken(market, a_contract("C-1"))
    found = forced(market, "C-1", "i-rice", resource_id="R-2")
    assert not found.feasible
    assert (found.cost_difference, found.moves) == (Cost(), ())
    assert found.reasons == one(code, "R-2")


def test_a_promise_by_rider_is_not_kept_by_a_van() -> None:
    market = Market.opened(a_problem())
    taken(market, a_contract("C-1"))
    found = forced(market, "C-1", "i-rice", resource_id="V-1")
    assert (found.feasible, found.reasons) == (False, one(ReasonCode.METHOD_NOT_WANTED, "V-1"))


def test_a_site_without_the_zone_is_named() -> None:
    market = Market.opened(a_problem())
    taken(market, a_contract("C-1", [an_item("i-milk", goods=[("MILK", 1)])]))
    found = forced(market, "C-1", "i-milk", site_id="DEPOT")
    assert found.reasons == one(ReasonCode.NO_TEMPERATURE_ZONE, "DEPOT")


def test_a_site_that_has_none_left_is_named() -> None:
    stock = tuple(row for row in a_problem().stock if (row.site_id, row.sku_id) != ("STORE", "RICE"))
    market = Market.opened(a_problem(stock=stock))
    taken(market, a_contract("C-1"))
    assert forced(market, "C-1", "i-rice", site_id="STORE").reasons == one(ReasonCode.NO_STOCK, "STORE")


def test_what_has_started_stays() -> None:
    market = a_market()
    taken(market, a_contract("C-1"))
    market.now = market.board.assignments["C-1", "i-rice"].planned_start
    with pytest.raises(SolveError) as caught:
        Explainer(market.board, ("C-1", "i-rice"), Forced("R-2"), now=market.now).explain()
    assert [issue.code for issue in caught.value.issues] == [IssueCode.VISIT_STARTED]


@pytest.mark.parametrize(
    "verdict", [Verdict((Violation(code="X", path="p", message="broken"),), 1189), Verdict((), 1190)]
)
def test_a_plan_that_the_checker_refuses_is_a_defect(monkeypatch: pytest.MonkeyPatch, verdict: Verdict) -> None:
    market = a_market()
    taken(market, a_contract("C-1"))
    monkeypatch.setattr(explain, "judge", lambda *_, **__: verdict)
    with pytest.raises(SolveError) as caught:
        Explainer(market.board, ("C-1", "i-rice"), Forced("R-2"), now=market.now).explain()
    assert [issue.code for issue in caught.value.issues] == [IssueCode.PLAN_INVALID]

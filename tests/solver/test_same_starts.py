"""Two resources at one place and time: jobs for two, and technicians who start with the delivery."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from models.contract import Contract, ServiceItemKind
from models.plan import Plan, ReasonCode
from models.promise import Mode, SameStart
from solver.quoting.board import Board
from solver.replanning.replan import replan
from tests.builders import (
    a_contract,
    a_place,
    a_problem,
    a_service,
    a_service_catalogue,
    a_technician,
    an_item,
    at,
)
from tests.solver.market import Market

VISIT = ServiceItemKind.TECHNICIAN_VISIT
DOOR = a_place(5, snap_distance_m=30)


def a_market(*technicians: Any) -> Market:
    catalogue = a_service_catalogue(technicians=technicians or (a_technician("T-1"), a_technician("T-2")))
    return Market.opened(a_problem(catalogue=catalogue))


def a_job_for_two(contract_id: str = "C-1", **changes: Any) -> Contract:
    items = [a_service(item_id, VISIT, minutes=40, **changes) for item_id in ("i-lift", "i-hold")]
    return a_contract(contract_id, items, same_starts=(SameStart(item_ids=("i-lift", "i-hold")),))


def a_screen_and_its_technician(
    contract_id: str = "C-1", *, kind: ServiceItemKind = ServiceItemKind.DELIVERY
) -> Contract:
    items = [
        an_item("i-screen", goods=[("WASHER", 1)], place=DOOR, kind=kind),
        a_service("i-mount", VISIT, minutes=60),
    ]
    return a_contract("C-1", items, same_starts=(SameStart(item_ids=("i-screen", "i-mount")),))


def starts(plan: Plan, contract_id: str = "C-1") -> dict[str, datetime]:
    return {
        route.resource_id: visit.start
        for route in plan.routes
        for visit in route.visits
        if visit.contract_id == contract_id and visit.place == DOOR
    }


def test_two_technicians_start_a_job_for_two_at_one_instant() -> None:
    market = a_market()
    agreed = market.take(a_job_for_two())
    found = starts(market.board.plan())
    assert found.keys() == {"T-1", "T-2"}
    assert len(set(found.values())) == 1
    first, second = agreed.promises
    assert (first.mode, first.window) == (second.mode, second.window) == (Mode.TECHNICIAN, first.window)


def test_a_technician_starts_when_the_van_hands_over() -> None:
    market = a_market()
    market.take(a_screen_and_its_technician())
    found = starts(market.board.plan())
    assert sorted(resource_id[0] for resource_id in found) == ["T", "V"]
    assert len(set(found.values())) == 1


def test_they_start_when_the_later_one_can() -> None:
    """T-2 does not work before nine."""
    late = a_technician("T-2", shift=a_technician().shift.model_copy(update={"start": at("09:00")}))
    market = a_market(a_technician("T-1"), late)
    market.take(a_job_for_two())
    assert min(starts(market.board.plan()).values()) >= at("09:00")


def test_one_technician_is_not_enough_for_two() -> None:
    quote = a_market(a_technician("T-1")).quote(a_job_for_two())
    assert quote.options == ()
    assert quote.refusals[0].reasons[0].code is ReasonCode.NOT_TOGETHER


def test_what_is_fetched_at_a_counter_starts_with_nobody() -> None:
    fetched = a_screen_and_its_technician(kind=ServiceItemKind.STORE_PICKUP)
    assert a_market().quote(fetched).options == ()


def test_the_start_stays_where_it_is_when_others_come_and_go() -> None:
    market = a_market()
    market.take(a_job_for_two())
    before = starts(market.board.plan())
    for number in (2, 3, 4):
        visit = a_service("i-visit", VISIT, minutes=30, place=a_place(number))
        market.take(a_contract(f"C-{number}", [visit]))
    market.leave("C-3")
    assert starts(market.board.plan()) == before


def test_the_start_survives_a_restart_and_a_replan() -> None:
    market = a_market()
    market.take(a_screen_and_its_technician())
    for number in (2, 3):
        market.take(a_contract(f"C-{number}", [a_service("i-visit", VISIT, minutes=30, place=a_place(3 + number))]))
    before = starts(market.board.plan())
    assert Board.of(market.snapshot()).plan() == market.board.plan()
    plan = replan(replace(market.snapshot()), seed=1, iterations=300)
    assert starts(plan) == before


def test_what_fits_while_it_is_quoted_fits_when_it_is_held() -> None:
    market = a_market()
    for number in range(1, 4):
        contract = a_job_for_two(f"C-{number}")
        for option in market.quote(contract).options:
            assert market.fit(contract, option) is not None
        market.take(contract)

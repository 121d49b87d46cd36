"""Days cut into spans: nothing is lost, nothing overlaps, and goods on board are known."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from models.plan import PlacedBreak
from scenarios.report.work import Doing, Span, Work
from tests.builders import Scene, a_break, a_planned_day, at
from tests.scenarios.report.builders import a_work


def of(work: Work, resource_id: str) -> list[Span]:
    return [span for span in work.spans if span.resource_id == resource_id]


def seconds(spans: list[Span], *doings: Doing) -> float:
    return sum((span.end - span.start).total_seconds() for span in spans if span.doing in doings)


def test_spans_of_a_day_follow_each_other_without_gap_or_overlap(work: Work) -> None:
    for _, route in work.routes:
        day = of(work, route.resource_id)
        assert [other.start for _, other in pairwise(day)] == [one.end for one, _ in pairwise(day)]


def test_travel_set_up_and_service_are_the_seconds_that_the_route_is_paid_for(work: Work) -> None:
    busy = (Doing.TRAVEL, Doing.SETUP, Doing.PICKUP, Doing.DELIVERY, Doing.SERVICE)
    for _, route in work.routes:
        assert seconds(of(work, route.resource_id), *busy) == route.work_s


def test_waiting_before_a_departure_is_a_span(work: Work) -> None:
    # V-2 is loaded before 07:50 and at the door, one minute and a half before set-up is done, at 08:00.
    (wait,) = [span for span in of(work, "V-2") if span.doing is Doing.WAITING]
    loaded, handed_over = (visit for visit in work.routes[3][1].visits[:2])
    assert (wait.start, wait.end) == (loaded.end, handed_over.depart)
    assert handed_over.start == at("08:00")


def test_a_break_is_no_waiting(day: Scene, street_cache: Path) -> None:
    route = next(route for route in a_planned_day().plan.routes if route.resource_id == "V-1")
    gap = next(pair for pair in pairwise(route.visits) if pair[1].depart - pair[0].end >= timedelta(minutes=5))
    start = gap[0].end
    rested = a_planned_day().route("V-1", breaks=(PlacedBreak(start=start, end=start + timedelta(minutes=5)),))
    work = a_work(rested, street_cache)
    before = seconds(of(a_work(a_planned_day(), street_cache), "V-1"), Doing.WAITING)
    assert seconds(of(work, "V-1"), Doing.BREAK) == 300
    assert seconds(of(work, "V-1"), Doing.WAITING) == before - 300


def test_time_before_the_first_departure_and_after_the_last_work_is_no_waiting(street_cache: Path) -> None:
    rested = a_planned_day().route("V-1", breaks=(a_break("06:40", "06:50"), a_break("12:00", "12:10")))
    day = of(a_work(rested, street_cache), "V-1")
    assert (day[0].doing, day[-1].doing) == (Doing.BREAK, Doing.BREAK)
    plain = of(a_work(a_planned_day(), street_cache), "V-1")
    assert seconds(day, Doing.WAITING) == seconds(plain, Doing.WAITING)


def test_a_way_belongs_to_the_visit_it_leads_to_and_to_the_goods_on_board(work: Work) -> None:
    legs = [leg.span for leg in work.legs if leg.span.resource_id == "V-1"]
    # Both are fetched at the depot; C-1 is handed over first, and then only C-4 is on board.
    assert legs[0].contract_ids == ("C-1",)
    assert [leg for leg in legs if "C-1" in leg.contract_ids] == legs[:2]
    assert [leg for leg in legs if "C-4" in leg.contract_ids] == legs[1:3]


def test_the_way_home_is_a_leg_of_nobodys_contract(work: Work) -> None:
    for mobile, route in work.routes:
        legs = [leg for leg in work.legs if leg.span.resource_id == route.resource_id]
        goes_home = mobile.end_place is not None
        assert (legs[-1].span.contract_ids == ()) == goes_home


def test_goods_are_fetched_at_sites_and_what_is_collected_is_brought_to_one(work: Work) -> None:
    at_sites = {(call.resource_id, call.visit.item_id, call.visit.kind.value): call.site_id for call in work.calls}
    assert at_sites["V-2", "i-washer", "PICKUP"] == "DEPOT"
    assert at_sites["V-2", "i-washer", "DELIVERY"] is None
    assert at_sites["V-2", "i-old", "PICKUP"] is None
    assert at_sites["V-2", "i-old", "DELIVERY"] == "DEPOT"
    assert at_sites["T-1", "i-install", "SERVICE"] is None


def test_sessions_of_desks_are_work_too(work: Work) -> None:
    assert [(span.resource_id, span.item_id) for span in work.sessions] == [("D-1", "i-talk"), ("D-1", "i-call")]
    assert [span.end - span.start for span in work.sessions] == [timedelta(minutes=12), timedelta(minutes=5)]


@pytest.mark.parametrize("doing", [each for each in Doing if each not in (Doing.BREAK, Doing.SESSION)])
def test_the_day_has_every_kind_of_span(doing: Doing, work: Work) -> None:
    assert doing in {span.doing for span in work.spans}

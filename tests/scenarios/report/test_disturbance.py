"""The disturbance report as a page: all of it is there, nothing runs, and what others wrote is text."""

import pytest

from models.disturbance import (
    ContractChange,
    Exchange,
    MoveNotMade,
    PromisePrice,
    ReplanReport,
    ResourceChange,
    SiteChange,
)
from models.explanation import Move
from models.language import Language
from models.plan import Cost
from scenarios.report.disturbance import MOST_ROWS, disturbance_page
from scenarios.world import World
from tests.builders import at
from tests.scenarios.report.builders import EVIL
from tests.scenarios.report.test_page import read

A_MOVE = Move(
    contract_id="C-1",
    item_id="i-cake",
    from_resource_id="R-1",
    to_resource_id="R-2",
    from_site_id="STORE",
    to_site_id="DEPOT",
    start_before=at("08:10"),
    start_after=at("08:20"),
)
A_LATE_MOVE = A_MOVE.model_copy(update={"item_id": "i-late", "start_after": at("11:11")})


def a_report(**changes: object) -> ReplanReport:
    known = {
        "run_id": "night-1",
        "snapshot_time": at("02:30"),
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "seed": 1,
        "iterations": 2000,
        "contracts": 3,
        "cost_before": Cost(travel=5000, labour=7000),
        "cost_after": Cost(travel=4000, labour=7000),
        "disturbance_price": 30,
        "disturbance": 30,
        "exchanges": (Exchange(resource_ids=("R-1", "R-2"), moves=(A_MOVE,), changed_hands=1, saved=1000),),
        "contract_changes": (ContractChange(contract_id="C-1", changed_hands=1, retimed=0),),
        "resource_changes": (
            ResourceChange(
                resource_id="R-2", gained=1, lost=0, retimed=2, distance_before_m=1500, distance_after_m=900
            ),
        ),
        "site_changes": (SiteChange(site_id="DEPOT", gained=1, lost=0),),
        "promise_prices": (
            PromisePrice(
                service_level_id="hour",
                promises=22,
                days=2,
                cost_kept=Cost(travel=11_000),
                cost_relaxed=Cost(travel=10_001),
                not_made=(MoveNotMade(move=A_LATE_MOVE, earliest=at("08:00"), latest=at("09:00")),),
            ),
        ),
    }
    return ReplanReport.model_validate({**known, **changes})


@pytest.mark.parametrize("language", Language)
def test_the_page_tells_all_of_the_report_and_runs_nothing(language: Language) -> None:
    page = disturbance_page(a_report(), world=None, language=language)
    skeleton = read(page)
    for told in ("night-1", "10.00", "0.30", "C-1", "i-cake", "R-1 → R-2", "STORE → DEPOT", "1.5 → 0.9"):
        assert told in skeleton.text, told
    for told in ("hour", "22", "110.00", "100.01", "9.99", "5.00", "03-02 08:00 - 03-02 09:00", "i-late"):
        assert told in skeleton.text, told
    tags = {tag for tag, _ in skeleton.elements}
    assert tags.isdisjoint({"script", "iframe", "form", "object"})
    policies = [attributes["content"] for tag, attributes in skeleton.elements if "http-equiv" in attributes and tag]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_a_night_without_a_cheaper_plan_says_so() -> None:
    empty = a_report(exchanges=(), contract_changes=(), resource_changes=(), site_changes=(), promise_prices=())
    text = read(disturbance_page(empty, world=None, language=Language.EN)).text
    assert "no cheaper plan was found" in text
    assert "No kind was searched" in text


def test_prices_that_are_missing_are_not_passed_over() -> None:
    text = read(disturbance_page(a_report(complete=False), world=None, language=Language.EN)).text
    assert "Time ran out" in text


def test_names_of_the_world_are_text(world: World) -> None:
    site = world.catalogue.sites[0].model_copy(update={"name": EVIL})
    evil = World(**{**vars(world), "catalogue": world.catalogue.model_copy(update={"sites": (site,)})})
    report = a_report(site_changes=(SiteChange(site_id=site.site_id, gained=1, lost=0),))
    skeleton = read(disturbance_page(report, world=evil, language=Language.EN))
    assert EVIL in skeleton.text
    assert not any(tag == "img" for tag, _ in skeleton.elements)


def test_a_long_table_is_cut_and_says_so() -> None:
    changes = tuple(ContractChange(contract_id=f"C-{n}", changed_hands=1, retimed=0) for n in range(MOST_ROWS + 5))
    text = read(disturbance_page(a_report(contract_changes=changes), world=None, language=Language.EN)).text
    assert "and 5 more" in text
    assert f"C-{MOST_ROWS}" not in text

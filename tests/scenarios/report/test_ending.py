"""What a played morning ends with is on its page: the night, and the plan without its busiest store."""

import re
from typing import Any

import pytest

from models.disturbance import ContractChange, Exchange
from models.evaluation import Difference
from models.language import Language
from models.morning import BeforeAndAfter, ClosedStore, MovedItem
from models.plan import Cost
from models.plan_file import PlanFile
from scenarios.report.ending import MOST_EXCHANGES, MOST_MOVED
from scenarios.report.work import Work
from scenarios.world import World
from tests.builders import Scene, at
from tests.scenarios.report.builders import EVIL, a_morning, a_plan_file, an_evil_plan
from tests.scenarios.report.test_disturbance import A_MOVE, a_report
from tests.scenarios.report.test_page import write

MOVED = MovedItem(
    contract_id="C-2",
    item_id="i-book",
    from_resource_id="R-1",
    to_resource_id="R-2",
    from_site_id="STORE",
    to_site_id="DEPOT",
)


def a_closed_store(**changes: Any) -> ClosedStore:
    known: dict[str, Any] = {
        "scenario": "close-busiest-store",
        "site_id": "STORE",
        "time": at("08:00"),
        "items": 3,
        "seeds": (1, 2, 3),
        "iterations": 400,
        "cost_before": Cost(travel=5000, labour=7000),
        "cost_after": Cost(travel=6000, labour=7050),
        "cost_difference": Difference(mean=1050, low=900, high=1200),
        "promises": {
            "kept": BeforeAndAfter(before=5, after=14 / 3),
            "at_risk": BeforeAndAfter(before=0, after=1 / 3),
            "refused": BeforeAndAfter(before=0, after=0),
        },
        "moved": (MOVED,),
        "checker_violations": 0,
    }
    return ClosedStore(**{**known, **changes})


def ended(day: Scene, **changes: Any) -> PlanFile:
    known = {"night": a_report(), "closed_store": a_closed_store()}
    return a_plan_file(day, morning=a_morning(day).model_copy(update={**known, **changes}))


def text_of(world: World, stored: PlanFile, language: Language = Language.EN) -> str:
    return re.sub(r"\s+", " ", write(world, stored, language).text)


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        (Language.EN, ("The night", "What if the busiest store closed", "What would move")),
        (Language.ZH, ("夜间重排", "假如最忙的门店关闭", "将会变动的服务项")),
    ],
)
def test_night_and_closed_store_are_on_the_page(
    language: Language, titles: tuple[str, ...], day: Scene, work: Work
) -> None:
    text = text_of(work.world, ended(day), language)
    assert [title for title in titles if title not in text] == []
    for told in ("50.00 40.00 -10.00", "120.00 110.00 -10.00", "50.00 60.00 10.00", "120.00 130.50 10.50", "R-1 → R-2"):
        assert told in text, told


def test_a_morning_without_them_has_no_such_sections(day: Scene, work: Work) -> None:
    page = write(work.world, ended(day, night=None, closed_store=None))
    ids = {attributes.get("id") for _, attributes in page.elements}
    links = {attributes.get("href") for _, attributes in page.elements}
    assert ids.isdisjoint({"night", "closed-store"})
    assert links.isdisjoint({"#night", "#closed-store"})


def test_promises_kept_and_at_risk_stand_side_by_side(day: Scene, work: Work) -> None:
    text = text_of(work.world, ended(day))
    assert "of at least 90 % 5 4.7 -0.3" in text
    assert "without a place 0 0.3 0.3" in text
    assert "contracts refused 0 0 0" in text


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (
            (1050, 900, 1200),
            "would cost 10.50 CNY more (95 % interval of the difference over the seeds: 9.00 to 12.00)",
        ),
        ((-50, -70, -30), "cost 0.50 CNY less (95 % interval of the difference over the seeds: -0.70 to -0.30)"),
        ((10, -20, 40), "could tell from luck: 0.10 CNY (95 % interval over the seeds: -0.20 to 0.40)"),
    ],
)
def test_more_or_less_is_said_only_where_the_interval_says_it(
    ends: tuple[int, int, int], said: str, day: Scene, work: Work
) -> None:
    mean, low, high = ends
    costs = {"cost_before": Cost(travel=5000), "cost_after": Cost(travel=5000 + mean)}
    found = a_closed_store(**costs, cost_difference=Difference(mean=mean, low=low, high=high))
    assert said in text_of(work.world, ended(day, closed_store=found))


def test_an_item_that_finds_no_place_is_said_to_be_at_risk(day: Scene, work: Work) -> None:
    lost = MOVED.model_copy(update={"to_resource_id": None, "to_site_id": None})
    assert "nobody: at risk" in text_of(work.world, ended(day, closed_store=a_closed_store(moved=(lost,))))


def test_a_night_that_found_nothing_and_ran_out_of_time_says_so(day: Scene, work: Work) -> None:
    idle = a_report(exchanges=(), contract_changes=(), promise_prices=(), complete=False)
    text = text_of(work.world, ended(day, night=idle))
    for said in ("no cheaper plan was found", "Time ran out", "No kind was searched"):
        assert said in text


def test_long_lists_are_cut_and_say_so(day: Scene, work: Work) -> None:
    exchange = Exchange(resource_ids=("R-1", "R-2"), moves=(A_MOVE,), changed_hands=1, saved=1000)
    night = a_report(
        exchanges=(exchange,) * (MOST_EXCHANGES + 7),
        contract_changes=(ContractChange(contract_id="C-1", changed_hands=1, retimed=0),),
    )
    closed = a_closed_store(moved=(MOVED,) * (MOST_MOVED + 9))
    text = text_of(work.world, ended(day, night=night, closed_store=closed))
    assert "and 7 more" in text
    assert "and 9 more" in text


def test_names_of_stores_and_goods_are_text(day: Scene, work: Work) -> None:
    world, stored = an_evil_plan(day, work.world.folder)
    assert stored.morning
    morning = stored.morning.model_copy(update={"night": a_report(), "closed_store": a_closed_store()})
    page = write(world, stored.model_copy(update={"morning": morning}))
    assert f"What if the busiest store closed: {EVIL}" in page.text
    assert {tag for tag, _ in page.elements}.isdisjoint({"img", "iframe", "object"})


def test_the_file_of_a_plan_keeps_how_its_morning_ended(day: Scene) -> None:
    stored = ended(day)
    assert PlanFile.model_validate_json(stored.model_dump_json()) == stored

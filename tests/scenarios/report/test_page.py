"""The page as text: everything is in it, in both languages, and what others wrote is never code."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from models.language import Language
from models.plan import Cost, ReasonCode, ReasonCount, Unplanned, Violation
from models.plan_file import PlanFile
from scenarios.batch import check_file
from scenarios.report.page import page_of
from scenarios.report.work import Work
from scenarios.world import World
from tests.builders import Scene
from tests.scenarios.report.builders import EVIL, a_morning, a_plan_file, an_evil_plan


class Skeleton(HTMLParser):
    """Elements and their attributes, and the text outside of scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.data = "", ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.text += " "
        if tag in ("script", "style"):
            self._inside.append(str(dict(attrs).get("id", tag)))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.text += data
        elif self._inside[-1] == "pickable":
            self.data += data


def read(page: str) -> Skeleton:
    skeleton = Skeleton()
    skeleton.feed(page)
    return skeleton


def write(world: World, stored: PlanFile, language: Language = Language.EN, **given: Any) -> Skeleton:
    return read(page_of(world, stored, violations=given.get("violations", ()), language=language))


@pytest.fixture(scope="session")
def played(work: Work, day: Scene) -> PlanFile:
    return a_plan_file(day, morning=a_morning(day))


@pytest.mark.parametrize("language", Language)
def test_every_part_is_on_the_page_in_both_languages(language: Language, work: Work, played: PlanFile) -> None:
    page = write(work.world, played, language)
    ids = {str(attributes["id"]) for _, attributes in page.elements if "id" in attributes}
    assert {"map", "timeline", "rows", "cost", "load", "stories", "unplanned", "picked"} <= ids
    titles = {
        Language.EN: ("The routes along the streets", "Cost by kind", "Rice for two", "Every item of the plan"),
        Language.ZH: ("沿实际街道的路线", "按类别的成本", "Rice for two", "每个服务项都已排入"),
    }
    assert [title for title in titles[language] if title not in page.text] == []
    assert ("html", {"lang": {"en": "en", "zh": "zh-CN"}[language]}) in page.elements


def test_nothing_on_the_page_is_fetched_from_elsewhere(work: Work, played: PlanFile) -> None:
    page = write(work.world, played)
    assert [attributes for _, attributes in page.elements if attributes.get("src") or attributes.get("action")] == []
    links = {str(attributes["href"]) for _, attributes in page.elements if attributes.get("href")}
    assert {link for link in links if not link.startswith(("#", "data:"))} == set()
    (policy,) = (each["content"] for tag, each in page.elements if tag == "meta" and "http-equiv" in each)
    assert str(policy).startswith("default-src 'none'")


def test_options_say_what_was_recommended_and_taken_and_what_it_costs(work: Work, played: PlanFile) -> None:
    text = re.sub(r"\s+", " ", write(work.world, played).text)
    assert "1 cheapest recommended meets the wish taken 2 stops 6.00 12.34 95.0 % 53" in text
    assert "2 fastest 1 stop 8.00 15.00 99.0 % 60 against the recommended one 1 h earlier +2.00 +2.66 +7" in text


def test_without_a_morning_the_page_says_that_there_are_no_stories(work: Work) -> None:
    text = write(work.world, work.stored).text
    assert "This plan comes with no stories" in text
    assert "refused" not in text


def test_unplanned_items_are_listed_with_their_reasons(day: Scene, work: Work) -> None:
    reasons = (
        ReasonCount(code=ReasonCode.OUT_OF_RADIUS, count=5, total=7, example_id="STORE"),
        ReasonCount(code=ReasonCode.NO_STOCK, count=2, total=7),
    )
    lost = (Unplanned(contract_id="C-2", item_id="i-book", reasons=reasons),)
    left = tuple(each for each in day.plan.assignments if each.contract_id != "C-2")
    page = write(work.world, a_plan_file(day.planned(unplanned=lost, assignments=left)))
    text = re.sub(r"\s+", " ", page.text)
    assert "BOOK delivery out of radius 5 of 7 such as STORE no stock 2 of 7" in text
    assert "Every item" not in text


def test_a_reason_stands_once_with_the_way_that_it_rules_out_most_of(day: Scene, work: Work) -> None:
    code = ReasonCode.SHIFT_OVER
    shares = ((1, 4), (2, 3), (1, 4), (3, 5))
    reasons = tuple(ReasonCount(code=code, count=count, total=total) for count, total in shares)
    lost = (Unplanned(contract_id="C-2", item_id="i-book", reasons=reasons),)
    left = tuple(each for each in day.plan.assignments if each.contract_id != "C-2")
    page = write(work.world, a_plan_file(day.planned(unplanned=lost, assignments=left))).text
    assert [text in page for text in ("2 of 3", "1 of 4", "3 of 5")] == [True, False, False]


def test_contracts_that_were_refused_in_the_morning_are_listed_with_their_reasons(work: Work, played: PlanFile) -> None:
    text = re.sub(r"\s+", " ", write(work.world, played).text)
    assert "o-9 o-9.ambient rider, hour; van, slot shift over 3 of 3 such as R-1" in text


def test_violations_are_on_the_page_in_so_many_words(work: Work) -> None:
    broken = Violation(code="COST_WRONG", path="cost", message="travel (1) must be 2")
    text = write(work.world, work.stored, violations=(broken,)).text
    assert "finds 1 violations in this plan. The first: COST_WRONG: travel (1) must be 2" in text
    assert "finds no violation" not in text


def test_an_empty_plan_gives_a_page_without_empty_charts(day: Scene, work: Work) -> None:
    empty = a_plan_file(day.planned(routes=(), assignments=(), cost=Cost()), contracts=())
    text = write(work.world, empty).text
    for said in ("No vehicle has a visit", "Nobody has work in this plan", "The plan costs nothing"):
        assert said in text


def test_names_from_the_world_and_from_orders_are_text_and_never_code(day: Scene, street_cache: Path) -> None:
    world, stored = an_evil_plan(day, street_cache)
    assert check_file(world, stored) == ()
    html = page_of(world, stored, violations=(), language=Language.EN)
    page = read(html)
    assert "onerror" not in {name for _, attributes in page.elements for name in attributes}
    assert {tag for tag, _ in page.elements}.isdisjoint({"img", "iframe", "object"})
    assert "<img src=x" not in html
    assert EVIL in page.text
    pickable = json.loads(page.data)
    assert EVIL in pickable["vehicle"]["R-1"]["said"]
    assert EVIL in {cell for row in pickable["vehicle"]["R-1"]["rows"] for cell in row if isinstance(cell, str)}

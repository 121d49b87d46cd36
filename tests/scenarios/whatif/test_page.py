"""The comparison page: everything is on it in both languages, nothing is fetched, and names are never code."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.browser import Page
from models.language import Language
from models.scenario import BASE, Scenario
from scenarios.report.wording import Words
from scenarios.whatif import Base, Budget, Goal, Runs, Store, Sweep
from scenarios.whatif.page import Told, write_comparison
from scenarios.whatif.page.busy import Hours, hours_by_cell, points_by_cell
from scenarios.whatif.page.cost import steps_between
from scenarios.whatif.page.curves import points_of
from scenarios.whatif.page.page import MOST_SHOWN, goal_text, shown_of
from scenarios.world import World
from tests.browser import a_browser
from tests.scenarios.report.builders import EVIL
from tests.scenarios.whatif.conftest import a_scenario

BUDGET = Budget(iterations=5, offers=2)
OPENED = {"change": "open_site", "site_id": "new-store", "like": "store-01", "place": {"lat": 31.2377, "lon": 121.5015}}
CHANGES = (
    {"change": "close_site", "site_id": "store-01"},
    {**OPENED, "name": EVIL},
    {"change": "multiply_demand", "factor": 2},
)


@pytest.fixture(scope="module")
def evil_town(town: World) -> World:
    """Every site's name is code wherever it is not treated as text, and so is the world's."""
    sites = tuple(site.model_copy(update={"name": EVIL}) for site in town.catalogue.sites)
    return replace(town, name=EVIL, catalogue=town.catalogue.model_copy(update={"sites": sites}))


@pytest.fixture(scope="module")
def one(evil_town: World, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One scenario, one seed."""
    scenario = a_scenario(*CHANGES, name="many-things").model_copy(update={"description": EVIL})
    return told(Base(evil_town, num_orders=6), [scenario], tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def swept(town: World, tmp_path_factory: pytest.TempPathFactory) -> Told:
    sweep = Sweep.parse("riders=6..8:2")
    folder, goal = tmp_path_factory.mktemp("swept"), Goal("on_time", 0.1)
    found = told(Base(town, num_orders=6), sweep.scenarios(town, BASE), folder, seeds=(1, 2))
    return replace(found, sweep=sweep, goal=goal)


def told(
    base: Base, scenarios: list[Scenario] | tuple[Scenario, ...], folder: Path, seeds: tuple[int, ...] = (1,)
) -> Told:
    runs = Runs(base, BUDGET, store=Store(folder))
    return Told(base, scenarios, runs.compare(scenarios, seeds=seeds), Store(folder))


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with a_browser() as page:
        yield page


def written(told: Told, language: Language = Language.EN) -> Path:
    """Its page; a page takes seconds, and is written once."""
    file = told.store.folder / f"{language}.html"
    if not file.exists():
        write_comparison(file, told, language=language)
    return file


def opened(browser: Page, told: Told, language: Language = Language.EN) -> Page:
    browser.open(written(told, language))
    return browser


@pytest.mark.parametrize("language", Language)
def test_the_page_opens_without_an_error_and_asks_no_network(language: Language, browser: Page, one: Told) -> None:
    page = opened(browser, one, language)
    assert page.messages() == []
    assert [url for url in page.requests() if not url.startswith(("file:", "data:", "blob:"))] == []
    text = page.ask("document.body.innerText")
    said = {
        Language.EN: (
            "Where the difference in cost comes from",
            "Options offered",
            "percentage points",
            "new orders",
            "close_site",
        ),
        Language.ZH: ("成本差异的来源", "提供的方案", "百分点", "新增订单", "close_site"),
    }
    assert [each for each in said[language] if each not in text] == []
    assert not re.search(r"undefined|NaN|\bNone\b", text)


def test_names_stay_text(browser: Page, one: Told) -> None:
    page = opened(browser, one)
    assert EVIL in page.ask("document.body.innerText")
    assert page.ask("document.body.dataset.evil || ''") == ""
    assert page.ask("document.images.length") == 0
    assert "<img src=x" not in written(one).read_text(encoding="utf-8")


def test_a_sweep_shows_one_value_at_a_time_with_all_its_charts(browser: Page, swept: Told) -> None:
    page = opened(browser, swept)
    shown = "[...document.querySelectorAll('.panel')].filter(each => each.offsetHeight).map(each => each.dataset.panel)"
    assert page.ask(shown) == ["0"]
    page.run("document.querySelector('button[data-show=\"1\"]').click()")
    assert page.ask(shown) == ["1"]
    page.wait("Bokeh.documents[0].get_model_by_name('map-1-after').inner_width > 300")
    names = set(page.ask("Bokeh.documents[0].roots().map(root => root.name)"))
    sides = {f"{chart}-1-{side}" for chart in ("map", "hours", "timeline", "busy") for side in ("before", "after")}
    assert {"curve-cost", "curve-share", "cost-1", "busy-1-difference"} | sides <= names
    assert page.messages() == []


def test_every_pool_has_a_shade_for_every_hour_at_work_on_either_side(browser: Page, swept: Told) -> None:
    page, comparison = opened(browser, swept), swept.comparisons[0]
    columns = "Bokeh.documents[0].get_model_by_name('busy-0-{}').renderers[0].data_source.data"
    drawn: dict[str, dict[tuple[str, int], str]] = {}
    for what in ("before", "after", "difference"):
        data = columns.format(what)
        pools, hours, texts = (page.ask(f"[...{data}['{name}']]") for name in ("pool", "hour", "text"))
        drawn[what] = {(pool, int(hour)): text for pool, hour, text in zip(pools, hours, texts, strict=True)}
    for what, evaluations in (("before", comparison.base_evaluations), ("after", comparison.evaluations)):
        shares = {cell: f"{each.percent:.0f}" for cell, each in hours_by_cell(evaluations).items()}
        assert shares == drawn[what]
        assert any(text not in ("0", "100") for text in shares.values())
    assert drawn["difference"].keys() == drawn["before"].keys() & drawn["after"].keys()
    assert any(text.startswith("-") or text.startswith("+") for text in drawn["difference"].values())


def test_the_difference_is_in_points_and_only_where_both_sides_have_somebody() -> None:
    before = {("vans", 9): Hours(900, 3600), ("vans", 10): Hours(0, 3600), ("old", 9): Hours(10, 20)}
    after = {("vans", 9): Hours(2700, 3600), ("vans", 10): Hours(0, 7200), ("new", 9): Hours(10, 20)}
    assert points_by_cell(before, after) == {("vans", 9): 50.0, ("vans", 10): 0.0}


def test_a_pixel_is_as_many_metres_upwards_as_across(browser: Page, swept: Told) -> None:
    page = opened(browser, swept)
    across, up = page.run("""
        const map = Bokeh.documents[0].get_model_by_name("map-0-after");
        return [[map.x_range, map.inner_width], [map.y_range, map.inner_height]].map(
            ([range, pixels]) => (range.end - range.start) / pixels);
    """)
    assert across == pytest.approx(up, rel=0.01)


def test_the_cheapest_that_reaches_the_goal_is_named(swept: Told) -> None:
    assert swept.goal is not None
    cheapest = swept.goal.cheapest(swept.comparisons)
    assert cheapest is not None
    named = f"the cheapest scenario that reaches it is {cheapest.scenario}."
    assert named in goal_text(swept, Words(Language.EN))
    assert named in written(swept).read_text(encoding="utf-8")
    assert "no scenario reaches it" in goal_text(replace(swept, goal=Goal("on_time", 1.0)), Words(Language.EN))


def test_the_steps_of_the_cost_lead_from_the_base_to_the_scenario(one: Told) -> None:
    [comparison] = one.comparisons
    first, *kinds, last = steps_between(comparison)
    assert (first[2], last[2]) == (comparison.base_evaluations[0].cost.total, comparison.evaluations[0].cost.total)
    assert [start for _, start, _ in kinds] == [first[2], *(end for _, _, end in kinds[:-1])]
    assert kinds[-1][2] == last[2]
    old, new = comparison.base_evaluations[0].cost, comparison.evaluations[0].cost
    assert {kind: end - start for kind, start, end in kinds} == {
        kind: part for kind in type(old).model_fields if (part := getattr(new, kind) - getattr(old, kind))
    }


def test_a_curve_has_the_means_and_the_interval_of_the_difference_around_them(swept: Told) -> None:
    assert swept.sweep is not None
    points = points_of(swept.sweep, swept.comparisons, lambda each: each.cost.total)
    assert [point.value for point in points] == [6, 8]
    for point, comparison in zip(points, swept.comparisons, strict=True):
        cost = comparison.differences["cost"]
        assert point.mean == pytest.approx(sum(each.cost.total for each in comparison.evaluations) / 2)
        assert point.high - point.low == pytest.approx(cost.high - cost.low)


def test_of_many_scenarios_some_have_maps_and_the_cheapest_is_among_them(swept: Told) -> None:
    first, second = swept.comparisons
    dearer = [first.model_copy(update={"scenario": f"s-{n}"}) for n in range(20)]
    cost = second.differences["cost"].model_copy(update={"mean": -1e9})
    dearer[7] = second.model_copy(update={"differences": {**second.differences, "cost": cost}})
    shown = shown_of(replace(swept, comparisons=dearer))
    assert len(shown) <= MOST_SHOWN
    assert {0, 7, 19} <= set(shown)

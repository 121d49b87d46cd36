"""The page in a real browser: no error, no request, and picking works in map and timeline alike."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.actions.action_builder import ActionBuilder

from benchmarks.browser import Page
from models.language import Language
from models.plan_file import PlanFile
from scenarios.report import write_report
from scenarios.report.work import Work
from scenarios.world import World
from tests.browser import a_browser
from tests.builders import ACROSS_THE_RIVER, Scene, a_place
from tests.scenarios.report.builders import EVIL, a_morning, a_plan_file, a_world, an_evil_plan

Show = Callable[..., Page]
SHOWN = """
function shown(node) {
    const below = [...(node.shadowRoot ? node.shadowRoot.childNodes : []), ...node.childNodes];
    const tooltip = node.classList && [...node.classList].some(name => name.startsWith("bk-tooltip"));
    return (tooltip ? node.textContent : "") + below.map(shown).join(" ");
}
"""
"""Text of all tooltips: Bokeh keeps them in shadow roots."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with a_browser() as page:
        yield page


@pytest.fixture
def show(browser: Page, tmp_path: Path) -> Show:
    def opened(world: World, stored: PlanFile, language: Language = Language.EN) -> Page:
        file = tmp_path / "report.html"
        write_report(file, world=world, stored=stored, violations=(), language=language)
        browser.open(file)
        return browser

    return opened


@pytest.fixture(scope="module")
def file(work: Work, day: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of everything that may be picked."""
    written = tmp_path_factory.mktemp("report") / "report.html"
    stored = a_plan_file(day, morning=a_morning(day))
    write_report(written, world=work.world, stored=stored, violations=(), language=Language.EN)
    return written


@pytest.fixture
def page(browser: Page, file: Path) -> Page:
    """That page with nothing picked. It is loaded once, unless another was opened since."""
    if browser.ask("location.href") != file.as_uri():
        browser.open(file)
    browser.run("document.getElementById('pick-clear').click()")
    return browser


def picked(page: Page, name: str, column: str) -> set[str]:
    """What is highlighted: the values of a column in the rows that are."""
    script = """
        const source = Bokeh.documents[0].get_model_by_name(arguments[0]);
        return source.selected.indices.map(row => source.data[arguments[1]][row]);
    """
    return set(page.run(script, name, column))


def choose(page: Page, kind: str, text: str) -> None:
    script = (
        "const i = document.getElementById(arguments[0]); i.value = arguments[1]; i.dispatchEvent(new Event('change'))"
    )
    page.run(script, f"pick-{kind}", text)


def move(page: Page, chart: str, x: float, y: float | str) -> ActionBuilder:
    """The mouse to where a chart has these coordinates."""
    script = """
        const view = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name(arguments[0]));
        view.el.scrollIntoView({block: "center", behavior: "instant"});
        const box = view.canvas_view.el.getBoundingClientRect();
        return [box.x + view.frame.x_scale.compute(arguments[1]), box.y + view.frame.y_scale.compute(arguments[2])];
    """
    left, top = page.run(script, chart, x, y)
    actions = ActionBuilder(page.chrome)
    actions.pointer_action.move_to_location(round(left), round(top))  # type: ignore[no-untyped-call]
    return actions


def click(page: Page, chart: str, x: float, y: float | str) -> None:
    actions = move(page, chart, x, y)
    actions.pointer_action.click()
    actions.perform()
    page.wait("document.body.dataset.picked")


@pytest.mark.parametrize("language", Language)
def test_the_page_opens_without_an_error_and_asks_no_network(
    language: Language, show: Show, work: Work, day: Scene
) -> None:
    opened = show(work.world, a_plan_file(day, morning=a_morning(day)), language)
    assert opened.messages() == []
    assert [url for url in opened.requests() if not url.startswith(("file:", "data:", "blob:"))] == []
    assert [url for url in opened.requests() if url.startswith("file:")] == []


def test_the_log_would_tell_of_errors_and_requests(browser: Page, tmp_path: Path) -> None:
    file = tmp_path / "loud.html"
    file.write_text("<img src='http://example.invalid/x.png'><script>document.body.dataset.ready = 1; lost()</script>")
    browser.open(file)
    assert any("lost is not defined" in message for message in browser.messages())
    assert "http://example.invalid/x.png" in browser.requests()


def test_every_chart_is_drawn(page: Page) -> None:
    charts = page.ask("Bokeh.documents[0].roots().map(root => [root.name, root.inner_width, root.inner_height])")
    assert {name for name, _, _ in charts} >= {"map", "hours", "timeline", "waterfall", "load-RIDER", "load-VAN"}
    assert [name for name, width, height in charts if width < 100 or height < 8] == []


def test_the_axis_stands_over_the_bars(page: Page) -> None:
    script = """
        return ["hours", "timeline"].map(name => {
            const view = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name(name));
            const left = view.canvas_view.el.getBoundingClientRect().x;
            return [left + view.frame.bbox.left, left + view.frame.bbox.right];
        });
    """
    axis, bars = page.run(script)
    assert axis == bars


def test_a_vehicle_that_is_chosen_is_picked_in_map_and_timeline(page: Page) -> None:
    choose(page, "vehicle", "V-1")
    assert [picked(page, name, "resource") for name in ("legs", "stops", "bars")] == [{"V-1"}] * 3
    assert page.ask("document.querySelectorAll('#picked tbody tr').length") == 4
    assert set(page.ask("Bokeh.documents[0].get_model_by_name('numbers').data.text")) == {"1-2", "3", "4"}
    assert page.messages() == []


@pytest.mark.parametrize("text", ["C-5", "o-washer"])
def test_a_contract_is_picked_by_its_id_and_by_its_orders(text: str, page: Page, work: Work) -> None:
    order_id = work.contract_by_id["C-5"].orders[0].order_id
    choose(page, "contract", order_id if text.startswith("o-") else text)
    assert page.ask("document.body.dataset.picked") == "contract C-5"
    assert picked(page, "bars", "resource") == {"V-2", "T-1", "D-1"}
    assert picked(page, "legs", "resource") == {"V-2", "T-1"}
    assert page.ask("document.querySelectorAll('#picked tbody tr').length") == 6


def test_a_contract_without_a_place_in_the_timeline_fades_all_of_it(page: Page) -> None:
    choose(page, "contract", "C-2")
    assert picked(page, "bars", "contracts") == {""}
    assert picked(page, "stops", "contracts") == {"C-2"}


def test_what_is_clicked_in_the_map_is_picked_in_the_timeline(page: Page) -> None:
    stops = page.ask("Bokeh.documents[0].get_model_by_name('stops').data")
    row = stops["contracts"].index("C-6")
    click(page, "map", stops["x"][row], stops["y"][row])
    assert page.ask("document.body.dataset.picked") == "contract C-6"
    assert {"R-2"} <= picked(page, "bars", "resource")


def test_what_is_clicked_in_the_timeline_is_picked_in_the_map(page: Page) -> None:
    bars = page.ask("Bokeh.documents[0].get_model_by_name('bars').data")
    row = next(n for n, title in enumerate(bars["title"]) if bars["row"][n] == "T-1" and title.startswith("Service"))
    click(page, "timeline", (bars["start"][row] + bars["end"][row]) / 2, "T-1")
    assert page.ask("document.body.dataset.picked") == "contract C-5"
    assert picked(page, "legs", "resource") == {"V-2", "T-1"}


def test_show_all_gives_everything_back(page: Page) -> None:
    frame = "(r => [r.start, r.end])(Bokeh.documents[0].get_model_by_name('map').x_range)"
    before = page.ask(frame)
    choose(page, "vehicle", "R-2")
    assert page.ask(frame) != before
    page.run("document.getElementById('pick-clear').click()")
    assert [picked(page, name, "resource") for name in ("legs", "stops", "bars")] == [set(), set(), set()]
    assert page.ask(frame) == before


def test_what_is_not_there_is_said_not_to_be(page: Page) -> None:
    choose(page, "vehicle", "constructor")
    assert page.ask("document.getElementById('picked').textContent") == "There is none of that name."


def test_a_story_is_shown_on_the_map(page: Page) -> None:
    page.run("document.querySelector('button[data-pick]').click()")
    assert page.ask("document.body.dataset.picked") == "contract C-1"


def test_evil_names_stay_text_in_tables_tooltips_and_details(show: Show, day: Scene, street_cache: Path) -> None:
    opened = show(*an_evil_plan(day, street_cache))
    choose(opened, "vehicle", "R-1")
    stops = opened.ask("Bokeh.documents[0].get_model_by_name('stops').data")
    row = next(n for n, title in enumerate(stops["title"]) if EVIL in title)
    move(opened, "map", stops["x"][row], stops["y"][row]).perform()
    opened.wait(f"({SHOWN})(document).includes('onerror')")  # as text, in a tooltip
    assert opened.ask("document.body.dataset.evil || ''") == ""
    assert opened.ask("document.images.length") == 0
    assert opened.messages() == []


def test_a_plan_with_a_leg_that_has_no_way_opens(show: Show, day: Scene, street_cache: Path) -> None:
    scene = day.visit("R-1", 3, place=a_place(ACROSS_THE_RIVER))
    opened = show(a_world(scene, street_cache), a_plan_file(scene))
    assert opened.messages() == []


def test_an_empty_plan_opens(show: Show, day: Scene, work: Work) -> None:
    opened = show(work.world, a_plan_file(day.planned(routes=(), assignments=()), contracts=()))
    assert opened.messages() == []
    assert not re.search("undefined|NaN", opened.ask("document.body.innerText"))

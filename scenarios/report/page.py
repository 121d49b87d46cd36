"""The page as a whole: charts by Bokeh, everything else by a template, put into one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bokeh.embed import components
from bokeh.model import Model
from bokeh.models import Range1d
from bokeh.resources import Resources
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from models.language import Language
from models.money import amount
from models.morning import Figures
from models.plan import Violation, VisitKind
from models.plan_file import PlanFile
from models.resource import ResourceKind
from scenarios.json_files import write_text
from scenarios.report.details import details_of
from scenarios.report.ending import closed_store_view, night_view
from scenarios.report.load import COLOUR_BY_USE, HOUR, hours_of, load_panel
from scenarios.report.local_clock import LocalClock
from scenarios.report.look import COLOUR_BY_DOING, COLOUR_BY_KIND, INK, QUIET, SHIFT
from scenarios.report.refused import refused_items, unplanned_items
from scenarios.report.stories import Storyteller, views_of
from scenarios.report.street_map import street_map
from scenarios.report.timeline import rows_of, timeline
from scenarios.report.waterfall import waterfall
from scenarios.report.wording import Words
from scenarios.report.work import Doing, Work
from scenarios.world import World

_WHO_TRAVELS = (ResourceKind.RIDER, ResourceKind.VAN, ResourceKind.TECHNICIAN)


def write_report(
    file: Path, *, world: World, stored: PlanFile, violations: Sequence[Violation], language: Language
) -> None:
    """Write the page: the whole file or, if that fails, leave the old one as it was.

    Parameters
    ----------
    world
        The one that the plan was made for.
    violations
        What the checker found in the plan.

    Raises
    ------
    InputError
        FILE_MISSING: it cannot be written there.
    """
    write_text(file, page_of(world, stored, violations=violations, language=language))


def page_of(world: World, stored: PlanFile, *, violations: Sequence[Violation], language: Language) -> str:
    """The page's HTML."""
    words, work = Words(language), Work(world, stored)
    clock = LocalClock.at(stored.now.astimezone(world.catalogue.zone))
    charts = _charts(work, clock, words)
    script, slots = components(charts, wrap_script=False)
    pages = Environment(loader=PackageLoader("scenarios"), autoescape=select_autoescape(), trim_blocks=True)
    currency, morning = world.catalogue.policy.currency, stored.morning
    night = night_view(morning.night, work, words) if morning and morning.night else None
    closed = closed_store_view(morning.closed_store, work, clock, words) if morning and morning.closed_store else None
    return pages.get_template("report.html").render(
        t=words,
        language="zh-CN" if language is Language.ZH else "en",
        world=world,
        day=words.day(clock.local(stored.now)),
        now=clock.text(stored.now),
        offset=clock.offset,
        currency=currency,
        violations=violations,
        figures=_figures(work, words, currency),
        morning=_morning(morning.figures, words, currency) if morning else (),
        night=night,
        closed=closed,
        slots=slots,
        loads=[name for name in charts if name.startswith("load-")],
        has_calls=bool(work.calls),
        kinds=[(words.code("resource", kind), COLOUR_BY_KIND[kind]) for kind in _WHO_TRAVELS],
        stops=stop_colours(words),
        doings=[
            *((words.code("doing", each), colour) for each, colour in COLOUR_BY_DOING.items()),
            (words("doing.SHIFT"), SHIFT),
        ],
        uses=[(words.code("load", use), colour) for use, colour in COLOUR_BY_USE.items()],
        stories=views_of(morning.stories if morning else (), Storyteller(work, clock, words)),
        unplanned=tuple(unplanned_items(work, words)),
        played=morning is not None,
        refused=tuple(refused_items(morning, words)) if morning else (),
        pickable=details_of(work, clock, words),
        bokeh=Markup(bokeh_script()),
        script=Markup(script),
    )


def stop_colours(words: Words) -> list[tuple[str, str]]:
    """The legend of the map: kinds of visits, what has none, and last the sites."""
    visits = [(words.code("doing", kind), COLOUR_BY_DOING[Doing(kind)]) for kind in VisitKind]
    return [*visits, (words("map.other"), QUIET), (words("map.site"), INK)]


def bokeh_script() -> str:
    """Bokeh itself, and of it only what draws charts."""
    scripts = Resources(mode="inline", components=["bokeh"]).js_raw
    return "\n".join(script.replace("</script", "<\\/script") for script in scripts)


def _charts(work: Work, clock: LocalClock, words: Words) -> dict[str, Model]:
    """By name: a chart that would be empty is left out, and the page says so instead."""
    charts: dict[str, Model] = {"map": street_map(work, clock, words)}
    if rows := rows_of(work, words):
        charts["hours"], charts["timeline"] = timeline(work, rows, clock, words)
    if work.stored.plan.cost.total:
        charts["waterfall"] = waterfall(work.stored.plan.cost, work.world.catalogue.policy.currency, words)
    return charts | _loads(work, clock, words)


def _loads(work: Work, clock: LocalClock, words: Words) -> dict[str, Model]:
    found = {kind: hours_of(work, kind, clock) for kind in _WHO_TRAVELS}
    starts = [hour.start for hours in found.values() for hour in hours]
    if not starts:
        return {}
    x_range = Range1d(start=clock.milliseconds(min(starts)), end=clock.milliseconds(max(starts) + HOUR))
    return {f"load-{kind}": load_panel(kind, hours, x_range, clock, words) for kind, hours in found.items() if hours}


@dataclass(frozen=True)
class Tile:
    """A figure and what it counts."""

    value: str
    name: str


def _figures(work: Work, words: Words, currency: str) -> tuple[Tile, ...]:
    plan = work.stored.plan
    at_work = len(work.routes) + len({span.resource_id for span in work.sessions})
    km = sum(route.distance_m for route in plan.routes) / 1000
    return (
        Tile(f"{len(work.stored.contracts):,}", words("figure.contracts")),
        Tile(f"{len(plan.assignments):,}", words("figure.items")),
        Tile(f"{len(plan.unplanned):,}", words("figure.unplanned")),
        Tile(f"{at_work:,}", words("figure.resources")),
        Tile(f"{km:,.0f}", words("figure.distance")),
        Tile(amount(plan.cost.total, currency), words("figure.cost", currency=currency)),
    )


def _morning(figures: Figures, words: Words, currency: str) -> tuple[Tile, ...]:
    saved = figures.cost_before_replan - figures.cost_after_replan
    return (
        Tile(f"{figures.orders:,}", words("morning.orders")),
        Tile(f"{figures.contracts:,}", words("morning.contracts")),
        Tile(f"{figures.confirmed:,}", words("morning.confirmed")),
        Tile(f"{figures.declined:,}", words("morning.declined")),
        Tile(f"{figures.refused:,}", words("morning.refused")),
        Tile(f"{figures.promises_moved:,}", words("morning.moved")),
        Tile(amount(saved, currency), words("morning.saved", currency=currency)),
        Tile(f"{figures.quote_p50_ms:,.0f}", words("morning.quote", p99=f"{figures.quote_p99_ms:,.0f}")),
    )

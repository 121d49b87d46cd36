"""The comparison as a whole: charts by Bokeh, everything else by a template, put into one file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bokeh.embed import components
from bokeh.model import Model
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from models.evaluation import Comparison
from models.language import Language
from models.resource import ResourceKind
from models.scenario import Change, Scenario
from scenarios.json_files import read_plan, write_text
from scenarios.report.local_clock import LocalClock
from scenarios.report.look import COLOUR_BY_DOING, COLOUR_BY_KIND, MARK, SHIFT
from scenarios.report.page import bokeh_script, stop_colours
from scenarios.report.wording import Words
from scenarios.report.work import Work
from scenarios.whatif.apply import apply
from scenarios.whatif.changing import Variant
from scenarios.whatif.compare import touches
from scenarios.whatif.evaluate import Base
from scenarios.whatif.page import tables
from scenarios.whatif.page.busy import busy_charts
from scenarios.whatif.page.cost import cost_bridge
from scenarios.whatif.page.curves import curves
from scenarios.whatif.page.maps import NEW, OUT, backdrop_of, map_pair
from scenarios.whatif.page.pairs import Pair
from scenarios.whatif.page.timelines import timeline_pair
from scenarios.whatif.runs import Store
from scenarios.whatif.sweep import Goal, Sweep

MOST_SHOWN = 6
"""Scenarios with maps and timelines; all of them are in the table, the curves and the files."""
_MOST_LISTED = 5
_WHO_TRAVELS = (ResourceKind.RIDER, ResourceKind.VAN, ResourceKind.TECHNICIAN)


@dataclass(frozen=True, eq=False)
class Told:
    """What the page tells of.

    Parameters
    ----------
    comparisons
        Of these scenarios, in the same order.
    store
        Where their plans lie.
    sweep
        If the scenarios are values of a quantity; one after another, if it is on top of several.
    goal
        What the cheapest is to reach.
    """

    base: Base
    scenarios: Sequence[Scenario]
    comparisons: Sequence[Comparison]
    store: Store
    sweep: Sweep | None = None
    goal: Goal | None = None


def write_comparison(file: Path, told: Told, *, language: Language) -> None:
    """Write the page: the whole file or, if that fails, leave the old one as it was.

    Raises
    ------
    InputError
        FILE_MISSING: it cannot be written there.
    """
    write_text(file, page_of(told, language=language))


def page_of(told: Told, *, language: Language) -> str:
    """The page's HTML."""
    words, numbers = Words(language), shown_of(told)
    pairs = [_pair(told, n) for n in numbers]
    stored = pairs[0].before.stored
    clock = LocalClock.at(stored.now.astimezone(told.base.world.catalogue.zone))
    charts = _charts(told, pairs, clock, words)
    script, slots = components(charts, wrap_script=False)
    pages = Environment(loader=PackageLoader("scenarios"), autoescape=select_autoescape(), trim_blocks=True)
    first, world = told.comparisons[0], told.base.world
    return pages.get_template("comparison.html").render(
        t=words,
        language="zh-CN" if language is Language.ZH else "en",
        world=world,
        day=words.day(clock.local(stored.now)),
        offset=clock.offset,
        currency=world.catalogue.policy.currency,
        seeds=first.seeds,
        violations=_violations(told),
        goal=goal_text(told, words),
        base_cells=tables.base_cells(first, words),
        rows=[_row(told, n, words) for n in range(len(told.comparisons))],
        hidden=len(told.comparisons) - len(numbers),
        panels=[_panel(told, n, pair, clock=clock, words=words) for n, pair in zip(numbers, pairs, strict=True)],
        slots=slots,
        asks_now=told.base.snapshot is not None,
        kinds=[(words.code("resource", kind), COLOUR_BY_KIND[kind]) for kind in _WHO_TRAVELS],
        stops=stop_colours(words),
        marks=[(words("whatif.mark_changed"), MARK), (words("whatif.mark_out"), OUT), (words("whatif.mark_new"), NEW)],
        doings=[
            *((words.code("doing", each), colour) for each, colour in COLOUR_BY_DOING.items()),
            (words("doing.SHIFT"), SHIFT),
            (words("whatif.mark_promise"), MARK),
        ],
        bokeh=Markup(bokeh_script()),
        script=Markup(script),
    )


def shown_of(told: Told) -> tuple[int, ...]:
    """Positions of the scenarios with maps: all, or some from the first to the last with the cheapest among them."""
    count = len(told.comparisons)
    if count <= MOST_SHOWN:
        return tuple(range(count))
    spread = {round(n * (count - 1) / (MOST_SHOWN - 2)) for n in range(MOST_SHOWN - 1)}
    cheapest = _cheapest(told)
    return tuple(sorted(spread if cheapest is None else spread | {cheapest}))


def _cheapest(told: Told) -> int | None:
    found = told.goal.cheapest(told.comparisons) if told.goal else None
    return next((n for n, each in enumerate(told.comparisons) if each is found), None)


def _pair(told: Told, n: int) -> Pair:
    base, comparison, scenario = told.base, told.comparisons[n], told.scenarios[n]
    was, now = Variant(base.ground), apply(base.ground, scenario, contracts=base.contracts)
    plans = [
        read_plan(told.store.plan_of(each[0].digest)) for each in (comparison.base_evaluations, comparison.evaluations)
    ]
    return Pair(
        comparison=comparison,
        before=Work(was.world, plans[0]),
        after=Work(now.world, plans[1]),
        was=was,
        now=now,
        touched=frozenset().union(*touches(base, scenario)),
    )


def _charts(told: Told, pairs: Sequence[Pair], clock: LocalClock, words: Words) -> dict[str, Model]:
    """By name: a chart that would be empty is left out."""
    charts: dict[str, Model] = {}
    if told.sweep:
        cost, share = curves(told.sweep, told.comparisons, goal=told.goal, words=words)
        charts = {"curve-cost": cost, "curve-share": share}
    backdrop = backdrop_of(pairs)
    for n, pair in enumerate(pairs):
        charts[f"map-{n}-before"], charts[f"map-{n}-after"] = map_pair(pair, clock, words, backdrop)
        for side, (axis, bars) in zip(("before", "after"), timeline_pair(pair, clock, words), strict=False):
            charts[f"hours-{n}-{side}"], charts[f"timeline-{n}-{side}"] = axis, bars
        charts[f"cost-{n}"] = cost_bridge(pair.comparison, words)
        charts |= {f"busy-{n}-{what}": chart for what, chart in busy_charts(pair.comparison, words).items()}
    for name, chart in charts.items():
        chart.name = name
    return charts


def _violations(told: Told) -> int:
    evaluations = [
        *told.comparisons[0].base_evaluations,
        *(one for each in told.comparisons for one in each.evaluations),
    ]
    return sum(len(each.violations) for each in evaluations)


def goal_text(told: Told, words: Words) -> str:
    """Which scenario reaches the goal, if there is one and if one does."""
    if told.goal is None:
        return ""
    found = _cheapest(told)
    goal = ", ".join(
        words("whatif.goal", name=words(f"whatif.curve_{each.name}"), share=f"{100 * each.share:g} %")
        for each in told.goal.all
    )
    if found is None:
        return words("whatif.goal_missed", goal=goal)
    return words("whatif.goal_reached", goal=goal, scenario=told.comparisons[found].scenario)


def _row(told: Told, n: int, words: Words) -> dict[str, Any]:
    comparison = told.comparisons[n]
    return {
        "name": comparison.scenario,
        "description": comparison.description,
        "cells": tables.cells_of(comparison, words),
        "changed": tables.count(len(comparison.changes) / len(comparison.seeds)),
        "is_cheapest": n == _cheapest(told),
    }


def _panel(told: Told, n: int, pair: Pair, *, clock: LocalClock, words: Words) -> dict[str, Any]:
    comparison, changes = pair.comparison, told.scenarios[n].changes
    return {
        **_row(told, n, words),
        "steps": [_change_text(change) for change in changes],
        "resourced": tables.count(comparison.resourced / len(comparison.seeds)),
        "pools": tuple(tables.pools_of(comparison)),
        "offers": tuple(tables.offers_of(comparison, words)),
        "asked": comparison.evaluations[0].offers.contracts,
        "causes": tuple(tables.causes_of(comparison, words)),
        "changes": tuple(tables.changes_of(pair, changes, clock, words)),
        "unlisted": max(0, len(comparison.changes) - tables.MOST_CHANGES),
    }


def _change_text(change: Change) -> tuple[str, str]:
    """Its name, and its fields much as a scenario file would have them."""
    fields = change.model_dump(mode="json", exclude_defaults=True, exclude={"change"})
    short = {name: _shortened(field) for name, field in fields.items()}
    return change.change, json.dumps(short, ensure_ascii=False).replace('"', "")[1:-1]


def _shortened(field: Any) -> Any:
    is_long = isinstance(field, list) and len(field) > _MOST_LISTED
    return [*field[:_MOST_LISTED], f"… {len(field)}"] if is_long else field

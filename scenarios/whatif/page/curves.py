"""Curves of a sweep: what the day costs, and how good it is, over the quantity."""

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import NamedTuple

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, DataRange1d, HoverTool, NumeralTickFormatter
from bokeh.models.annotations import Span, Title
from bokeh.models.renderers import DataRenderer
from bokeh.plotting import figure

from models.evaluation import Comparison, Evaluation
from models.money import num_decimals
from scenarios.report.look import FONT, INK, QUIET, a_figure
from scenarios.report.wording import Words
from scenarios.whatif.compare import difference
from scenarios.whatif.page.maps import NEW
from scenarios.whatif.sweep import GOALS, Goal, Sweep

_COLOURS = ("#1f77b4", "#d1495b", "#7b3fa0", "#0b8a8f", "#e9a23b")
_Figure = Callable[[Evaluation], float]


class Point(NamedTuple):
    """A value of the quantity, what it comes to, and the interval of that against the base."""

    value: int
    mean: float
    low: float
    high: float


def points_of(sweep: Sweep, comparisons: Sequence[Comparison], figure_of: _Figure) -> tuple[Point, ...]:
    """The base's mean plus the difference with its interval: the customers of a seed are the same on both sides."""
    return tuple(_point(*each, figure_of) for each in zip(sweep.values, comparisons, strict=True))


def _point(at: int, comparison: Comparison, figure_of: _Figure) -> Point:
    before, after = (list(map(figure_of, each)) for each in (comparison.base_evaluations, comparison.evaluations))
    found = difference([new - old for old, new in zip(before, after, strict=True)])
    start = fmean(before)
    return Point(at, start + found.mean, start + found.low, start + found.high)


def curves(
    sweep: Sweep, comparisons: Sequence[Comparison], *, goal: Goal | None, words: Words
) -> tuple[figure, figure]:
    """Cost, and the share that is to be reached: the first of the goal; on time, unless there is one.

    Parameters
    ----------
    comparisons
        One for each value; if several scenarios are swept, one after the other.
    """
    currency = comparisons[0].evaluations[0].currency
    units, name = float(10 ** num_decimals(currency)), goal.name if goal else "on_time"
    cheapest = goal.cheapest(comparisons) if goal else None

    def cost_of(evaluation: Evaluation) -> float:
        return evaluation.cost.total / units

    cost = _curve(words("whatif.curve_cost", currency=currency), sweep, comparisons, cost_of, words)
    share = _curve(words(f"whatif.curve_{name}"), sweep, comparisons, GOALS[name], words)
    cost.yaxis.formatter = NumeralTickFormatter(format="0,0")
    share.yaxis.formatter = NumeralTickFormatter(format="0.0 %")
    if goal:
        share.add_layout(Span(location=goal.share, dimension="width", line_color=NEW, line_dash="dotted", line_width=2))
    if cheapest:
        for chart, figure_of in ((cost, cost_of), (share, GOALS[name])):
            point = _value_of(cheapest, sweep, comparisons), fmean(map(figure_of, cheapest.evaluations))
            _mark(chart, point, sweep, words("whatif.cheapest", name=cheapest.scenario))
    return cost, share


def _curve(title: str, sweep: Sweep, comparisons: Sequence[Comparison], figure_of: _Figure, words: Words) -> figure:
    across = DataRange1d(range_padding=0.08)
    chart = a_figure(name="curve", height=300, x_range=across, min_border_left=70, min_border_right=20)
    chart.title = Title(text=title, text_font=FONT, text_font_size="13px", text_color=INK)
    chart.xaxis.axis_label = words.code("sweep", sweep.quantity)
    chart.xaxis.axis_label_text_font = FONT
    chart.xaxis.axis_label_text_font_style = "normal"
    chart.xaxis.ticker = list(sweep.values) if len(sweep.values) <= 12 else chart.xaxis.ticker
    base = fmean(map(figure_of, comparisons[0].base_evaluations))
    chart.add_layout(Span(location=base, dimension="width", line_color=QUIET, line_dash="dashed"))
    dots: list[DataRenderer] = []
    for n, part in enumerate(_parts(sweep, comparisons)):
        points, colour = points_of(sweep, part, figure_of), _COLOURS[n % len(_COLOURS)]
        names = [each.scenario for each in part]
        columns = dict(zip(Point._fields, map(list, zip(*points, strict=True)), strict=True))
        source = ColumnDataSource({**columns, "name": names})
        chart.varea("value", "low", "high", source=source, fill_color=colour, fill_alpha=0.14)
        chart.line("value", "mean", source=source, line_color=colour, line_width=2)
        dots.append(chart.scatter("value", "mean", source=source, size=8, color=colour))
    chart.add_tools(
        HoverTool(renderers=dots, tooltips=[("", "@name"), ("", "@mean{0,0.000} (@low{0,0.000}, @high{0,0.000})")])
    )
    return chart


def _parts(sweep: Sweep, comparisons: Sequence[Comparison]) -> list[Sequence[Comparison]]:
    """Scenario by scenario."""
    size = len(sweep.values)
    return [comparisons[start : start + size] for start in range(0, len(comparisons), size)]


def _value_of(one: Comparison, sweep: Sweep, comparisons: Sequence[Comparison]) -> int:
    number = next(n for n, each in enumerate(comparisons) if each is one)
    return sweep.values[number % len(sweep.values)]


def _mark(chart: figure, point: tuple[int, float], sweep: Sweep, text: str) -> None:
    x, y = point
    chart.scatter([x], [y], marker="star", size=22, fill_color=NEW, line_color="#ffffff")
    chart.text(
        [x],
        [y],
        text=[text],
        text_font=value(FONT),
        text_font_size="12px",
        text_font_style="bold",
        text_color=NEW,
        text_align="right" if 2 * x > sweep.values[0] + sweep.values[-1] else "left",
        y_offset=-14,
    )

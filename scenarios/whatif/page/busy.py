"""How busy every pool is in every hour: a map of shades for the base, one for the scenario, one of the difference."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FactorRange, HoverTool
from bokeh.plotting import figure

from models.evaluation import Comparison, Evaluation
from scenarios.report.look import FONT, INK, PAPER, a_figure
from scenarios.report.wording import Words

_BUSY, _LESS, _MORE = "#1f5f99", "#0b8a8f", "#c7781a"
_LEAST_DARK = 10.0
"""Percent or points: the darkest shade stands for the most there is, and for no less than this."""
_ROW, _AROUND = 30, 34
"""Pixels of a row, and above and below all of them."""

Cell = tuple[str, int]
"""Pool and local hour."""


class Hours(NamedTuple):
    """Of a pool in one hour, over all seeds: seconds of work, and of those who could have done some."""

    busy_s: int
    available_s: int

    @property
    def percent(self) -> float:
        return 100 * self.busy_s / self.available_s


def hours_by_cell(evaluations: Sequence[Evaluation]) -> dict[Cell, Hours]:
    """Only hours in which anybody of the pool is at work."""
    busy, available = Counter[Cell](), Counter[Cell]()
    for each in (hour for evaluation in evaluations for hour in evaluation.utilisation):
        busy[each.pool_id, each.hour] += each.busy_s
        available[each.pool_id, each.hour] += each.available_s
    return {cell: Hours(busy[cell], available[cell]) for cell in sorted(available) if available[cell]}


def points_by_cell(before: Mapping[Cell, Hours], after: Mapping[Cell, Hours]) -> dict[Cell, float]:
    """Scenario minus base in percentage points, where the pool is at work on both sides."""
    return {cell: after[cell].percent - hours.percent for cell, hours in before.items() if cell in after}


def busy_charts(comparison: Comparison, words: Words) -> dict[str, figure]:
    """By what they show: `before`, `after`, `difference`. Same rows, same hours; none if nobody is at work."""
    before, after = map(hours_by_cell, (comparison.base_evaluations, comparison.evaluations))
    if not before and not after:
        return {}
    axes = _Axes.of([*before, *after])
    points = points_by_cell(before, after)
    most = _darkest(each.percent for each in (*before.values(), *after.values()))
    most_points = _darkest(map(abs, points.values()))
    return {
        "before": _sides(before, axes, words, most=most),
        "after": _sides(after, axes, words, most=most),
        "difference": _drawn(
            {cell: _Shade(_signed(each), each / most_points) for cell, each in points.items()},
            axes,
            tips={cell: words("whatif.busy_points", points=_signed(each)) for cell, each in points.items()},
        ),
    }


def _darkest(values: Iterable[float]) -> float:
    return max(_LEAST_DARK, *values)


class _Axes(NamedTuple):
    pool_ids: tuple[str, ...]
    hours: tuple[int, ...]

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> "_Axes":
        hours = [hour for _, hour in cells]
        return cls(tuple(sorted({pool_id for pool_id, _ in cells})), tuple(range(min(hours), max(hours) + 1)))


class _Shade(NamedTuple):
    text: str
    weight: float
    """From -1 to 1: how far from paper."""


def _sides(hours: Mapping[Cell, Hours], axes: _Axes, words: Words, *, most: float) -> figure:
    shades = {cell: _Shade(f"{each.percent:.0f}", each.percent / most) for cell, each in hours.items()}
    tips = {
        cell: words(
            "whatif.busy_hours",
            percent=f"{each.percent:.1f}",
            busy=f"{each.busy_s / 3600:.1f}",
            available=f"{each.available_s / 3600:.1f}",
        )
        for cell, each in hours.items()
    }
    return _drawn(shades, axes, tips=tips, colours=(_BUSY, _BUSY))


def _drawn(
    shades: Mapping[Cell, _Shade],
    axes: _Axes,
    *,
    tips: Mapping[Cell, str],
    colours: tuple[str, str] = (_LESS, _MORE),
) -> figure:
    names = {hour: f"{hour:02d}" for hour in axes.hours}
    chart = a_figure(
        name="busy",
        height=_AROUND + _ROW * len(axes.pool_ids),
        x_range=FactorRange(factors=list(names.values())),
        y_range=FactorRange(factors=list(reversed(axes.pool_ids))),
        x_axis_location="above",
        min_border_right=4,
    )
    chart.grid.visible = False
    chart.axis.axis_line_color = chart.axis.major_tick_line_color = None
    source = ColumnDataSource(
        {
            "pool": [pool_id for pool_id, _ in shades],
            "hour": [names[hour] for _, hour in shades],
            "text": [shade.text for shade in shades.values()],
            "colour": [_mixed(shade.weight, colours) for shade in shades.values()],
            "ink": [PAPER if abs(shade.weight) > 0.55 else INK for shade in shades.values()],
            "span": [f"{hour:02d}:00-{hour + 1:02d}:00" for _, hour in shades],
            "said": [tips[cell] for cell in shades],
        }
    )
    squares = chart.rect("hour", "pool", 0.94, 0.9, source=source, fill_color="colour", line_color=None)
    chart.text(
        "hour",
        "pool",
        text="text",
        source=source,
        text_color="ink",
        text_font=value(FONT),
        text_font_size="11px",
        text_align="center",
        text_baseline="middle",
    )
    chart.add_tools(HoverTool(renderers=[squares], tooltips=[("", "@pool · @span"), ("", "@said")]))
    return chart


def _signed(points: float) -> str:
    """Whole percentage points; 0 without a sign."""
    return f"{round(points):+d}" if round(points) else "0"


def _mixed(weight: float, colours: tuple[str, str]) -> str:
    """So much of the colour, the rest near paper: less is the first, more the second."""
    colour = colours[0] if weight < 0 else colours[1]
    parts = [round(_EMPTY + (int(colour[at : at + 2], 16) - _EMPTY) * abs(weight)) for at in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


_EMPTY = 0xF1
"""Of red, green and blue where there is nothing to do."""

"""The plan's cost by kind as a waterfall: each kind stands on those before it."""

from collections.abc import Mapping, Sequence

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter, Range1d
from bokeh.plotting import figure

from models.money import amount, num_decimals
from models.plan import COST_KINDS, Cost
from scenarios.report.look import FONT, INK, QUIET, a_figure
from scenarios.report.wording import Words

_KIND, _TOTAL = "#1f77b4", "#1d2733"


def steps_of(cost: Cost) -> tuple[tuple[str, int, int], ...]:
    """Kind, from and to, in minor units: every kind that is not 0, then the total."""
    steps, sum_so_far = [], 0
    for kind in COST_KINDS:
        if part := getattr(cost, kind):
            steps.append((kind, sum_so_far, sum_so_far + part))
            sum_so_far += part
    return (*steps, ("total", 0, cost.total)) if steps else ()


def waterfall(cost: Cost, currency: str, words: Words) -> figure:
    """A chart of `steps_of` a cost that is not 0."""
    steps = steps_of(cost)
    parts = [end - start for _, start, end in steps]
    chart = draw_steps(
        steps,
        currency=currency,
        columns={
            "name": [words.code("cost", kind) for kind, _, _ in steps],
            "text": [amount(part, currency) for part in parts],
            "share": [f"{100 * part / (cost.total or 1):.1f} %" for part in parts],
            "colour": [_TOTAL if kind == "total" else _KIND for kind, _, _ in steps],
        },
    )
    chart.add_tools(
        HoverTool(tooltips=[("", "@name"), (currency, "@text"), (words("cost.share"), "@share")], mode="vline")
    )
    return chart


def draw_steps(steps: Sequence[tuple[str, int, int]], *, currency: str, columns: Mapping[str, list[str]]) -> figure:
    """Bars from one amount to another, each at the height of the one before it.

    Parameters
    ----------
    columns
        `name`, `text` and `colour` of each step, and what else a tooltip says.
    """
    units, names = 10 ** num_decimals(currency), columns["name"]
    source = ColumnDataSource(
        {
            "bottom": [start / units for _, start, _ in steps],
            "top": [end / units for _, _, end in steps],
            "label_at": [max(start, end) / units for _, start, end in steps],
            **columns,
        }
    )
    chart = a_figure(name="waterfall", height=330, x_range=names, min_border_left=70, min_border_right=20)
    chart.vbar(x="name", bottom="bottom", top="top", width=0.62, source=source, fill_color="colour", line_color=None)
    for (_, _, level), name, after in zip(steps, names, names[1:], strict=False):
        chart.line([name, after], [level / units] * 2, line_color=QUIET, line_dash="dotted", line_width=1)
    chart.text(
        x="name",
        y="label_at",
        text="text",
        source=source,
        text_align="center",
        text_baseline="bottom",
        y_offset=-3,
        text_font=value(FONT),
        text_font_size="13px",
        text_color=INK,
    )
    chart.xgrid.visible = False
    lowest = min(0, *(min(start, end) for _, start, end in steps)) / units
    highest = max(max(start, end) for _, start, end in steps) / units
    chart.y_range = Range1d(start=lowest, end=highest * 1.12)
    chart.yaxis.formatter = NumeralTickFormatter(format="0,0")
    return chart

"""From the base's cost to the scenario's, kind by kind."""

from statistics import fmean

from bokeh.models import HoverTool, Range1d
from bokeh.plotting import figure

from models.evaluation import Comparison
from models.money import amount, num_decimals
from models.plan import COST_KINDS
from scenarios.report.look import INK
from scenarios.report.waterfall import draw_steps
from scenarios.report.wording import Words
from scenarios.whatif.page.maps import NEW, OUT

Step = tuple[str, int, int]


def steps_between(comparison: Comparison) -> tuple[Step, ...]:
    """The base's total, every kind that is different, the scenario's total; means over the seeds in minor units.

    Sums are rounded and not parts, so that the last step ends where the scenario does.
    """
    start = sum_so_far = fmean(each.cost.total for each in comparison.base_evaluations)
    steps: list[Step] = [("before", 0, round(start))]
    for kind in COST_KINDS:
        if part := comparison.differences[f"cost.{kind}"].mean:
            steps.append((kind, round(sum_so_far), round(sum_so_far + part)))
            sum_so_far += part
    return (*steps, ("after", 0, round(sum_so_far)))


def cost_bridge(comparison: Comparison, words: Words) -> figure:
    """A waterfall of `steps_between`. Its axis is cut: the differences are small beside the totals."""
    steps, currency = steps_between(comparison), comparison.evaluations[0].currency
    kinds, ends = steps[1:-1], (steps[0], steps[-1])
    texts = [_signed(end - start, currency) for _, start, end in kinds]
    chart = draw_steps(
        steps,
        currency=currency,
        columns={
            "name": [
                words("whatif.base"),
                *(words.code("cost", kind) for kind, _, _ in kinds),
                words("whatif.scenario"),
            ],
            "text": [amount(ends[0][2], currency), *texts, amount(ends[1][2], currency)],
            "colour": [INK, *(OUT if end > start else NEW for _, start, end in kinds), INK],
        },
    )
    chart.y_range = _cut(steps, 10 ** num_decimals(currency))
    chart.add_tools(HoverTool(tooltips=[("", "@name"), (currency, "@text")], mode="vline"))
    return chart


def _cut(steps: tuple[Step, ...], units: int) -> Range1d:
    levels = [end / units for _, _, end in steps]
    span = max(levels) - min(levels) or max(levels) * 0.1 or 1.0
    return Range1d(start=max(0.0, min(levels) - span), end=max(levels) + 0.25 * span)


def _signed(minor_units: int, currency: str) -> str:
    return f"{'+' if minor_units > 0 else ''}{amount(minor_units, currency)}"

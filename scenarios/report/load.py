"""How busy each kind of resource is in each hour, and how much is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bokeh.models import (
    ColumnDataSource,
    DatetimeTicker,
    DatetimeTickFormatter,
    HoverTool,
    NumeralTickFormatter,
    Range1d,
)
from bokeh.models.annotations import Title
from bokeh.plotting import figure

from models.resource import ResourceKind
from scenarios.report.local_clock import LocalClock
from scenarios.report.look import COLOUR_BY_DOING, FONT, INK, SHIFT, a_figure
from scenarios.report.wording import Words
from scenarios.report.work import Doing, Mobile, Span, Work

HOUR = timedelta(hours=1)


class Use(StrEnum):
    """What becomes of an hour on shift."""

    TRAVEL = "TRAVEL"
    WORK = "WORK"
    BREAK = "BREAK"
    WAITING = "WAITING"
    FREE = "FREE"


BUSY = (Use.TRAVEL, Use.WORK)
COLOUR_BY_USE = {
    Use.TRAVEL: COLOUR_BY_DOING[Doing.TRAVEL],
    Use.WORK: COLOUR_BY_DOING[Doing.DELIVERY],
    Use.BREAK: COLOUR_BY_DOING[Doing.BREAK],
    Use.WAITING: COLOUR_BY_DOING[Doing.WAITING],
    Use.FREE: SHIFT,
}
_USE_BY_DOING = {
    Doing.TRAVEL: Use.TRAVEL,
    Doing.SETUP: Use.WORK,
    Doing.PICKUP: Use.WORK,
    Doing.DELIVERY: Use.WORK,
    Doing.SERVICE: Use.WORK,
    Doing.BREAK: Use.BREAK,
    Doing.WAITING: Use.WAITING,
}


@dataclass(frozen=True)
class Hour:
    """Seconds of all of a kind in `[start, start + 1 h)`: on shift, and by use."""

    start: datetime
    on_shift_s: float
    used_s: dict[Use, float]

    def share(self, *uses: Use) -> float:
        return sum(self.used_s[use] for use in uses) / self.on_shift_s if self.on_shift_s else 0.0


def hours_of(work: Work, kind: ResourceKind, clock: LocalClock) -> tuple[Hour, ...]:
    """The hours of the local clock in which somebody of a kind is on shift.

    Who is on call counts only with work. Work outside of the shift counts as shift.
    """
    mobiles = [each for each in work.world.catalogue.mobiles if each.kind is kind]
    at_work = {mobile.resource_id for mobile, _ in work.routes}
    mobiles = [each for each in mobiles if each.resource_id in at_work or not each.on_call]
    ids = {mobile.resource_id for mobile in mobiles}
    spans = [span for span in work.spans if span.resource_id in ids]
    return tuple(_hours(mobiles, spans, clock))


def _hours(mobiles: Sequence[Mobile], spans: Sequence[Span], clock: LocalClock) -> Iterator[Hour]:
    shifts = [(mobile.shift.start, mobile.shift.end + mobile.overtime) for mobile in mobiles]
    ends = [*shifts, *((span.start, span.end) for span in spans)]
    if not ends:
        return
    start = clock.local(min(end for end, _ in ends)).replace(minute=0, second=0, microsecond=0)
    last = max(end for _, end in ends)
    while start < last:
        used = dict.fromkeys(Use, 0.0)
        for span in spans:
            used[_USE_BY_DOING[span.doing]] += _overlap_s(span.start, span.end, start)
        on_shift = max(sum(_overlap_s(*shift, start) for shift in shifts), sum(used.values()))
        used[Use.FREE] = on_shift - sum(used.values())
        if on_shift:
            yield Hour(start, on_shift, used)
        start += HOUR


def _overlap_s(start: datetime, end: datetime, hour: datetime) -> float:
    return max(0.0, (min(end, hour + HOUR) - max(start, hour)).total_seconds())


def load_panel(kind: ResourceKind, hours: Sequence[Hour], x_range: Range1d, clock: LocalClock, words: Words) -> figure:
    """A column for each hour, stacked by use to the whole of the hours on shift."""
    shares = {use: [round(hour.share(use), 4) for hour in hours] for use in Use}
    source = ColumnDataSource(
        {
            "hour": [clock.milliseconds(hour.start + HOUR / 2) for hour in hours],
            "title": [clock.span(hour.start, hour.start + HOUR) for hour in hours],
            "on_shift": [f"{hour.on_shift_s / 3600:.1f}" for hour in hours],
            "busy": [f"{100 * hour.share(*BUSY):.0f} %" for hour in hours],
            "slack": [f"{100 * hour.share(Use.WAITING, Use.FREE):.0f} %" for hour in hours],
            **{f"{use}_text": [f"{100 * share:.0f} %" for share in shares[use]] for use in Use},
            **{str(use): share for use, share in shares.items()},
        }
    )
    chart = a_figure(
        name=f"load-{kind}",
        height=230,
        x_axis_type="datetime",
        x_range=x_range,
        y_range=Range1d(start=0, end=1),
        min_border_left=46,
    )
    chart.title = Title(text=_title(kind, hours, words), text_font=FONT, text_font_size="13px", text_color=INK)
    colours = [COLOUR_BY_USE[use] for use in Use]
    width = HOUR.total_seconds() * 880
    chart.vbar_stack([*Use], x="hour", width=width, source=source, fill_color=colours, line_color=None)
    chart.xaxis.formatter = DatetimeTickFormatter(hours="%H:%M", days="%m-%d")
    chart.xaxis.ticker = DatetimeTicker(desired_num_ticks=6)
    chart.yaxis.formatter = NumeralTickFormatter(format="0 %")
    chart.xgrid.visible = False
    rows = [(words.code("load", use), f"@{use}_text") for use in Use]
    rows += [(words("load.on_shift"), "@on_shift"), (words("load.busy"), "@busy"), (words("load.slack"), "@slack")]
    chart.add_tools(HoverTool(tooltips=[("", "@title"), *rows]))
    return chart


def _title(kind: ResourceKind, hours: Sequence[Hour], words: Words) -> str:
    on_shift = sum(hour.on_shift_s for hour in hours)
    busy = sum(hour.used_s[use] for hour in hours for use in BUSY)
    share = round(100 * busy / on_shift) if on_shift else 0
    return words("load.panel", kind=words.code("resource", kind), busy=share, hours=round(on_shift / 3600))

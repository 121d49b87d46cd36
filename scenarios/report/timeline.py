"""The timeline: a row per resource with work, a bar per span."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import nan
from typing import Any, NamedTuple

from bokeh.models import ColumnDataSource, DatetimeTickFormatter, FactorRange, HoverTool, Range1d, TapTool
from bokeh.models.annotations import Span as Rule
from bokeh.plotting import figure

from scenarios.report.local_clock import LocalClock
from scenarios.report.look import COLOUR_BY_DOING, INK, MARK, SHIFT, a_figure, pickable
from scenarios.report.names import contract_name
from scenarios.report.wording import Words
from scenarios.report.work import Span, Work

ROW_PX = 17
_LEFT_PX = 118
"""Of both charts, so that the axis above stands over the bars."""
_MAX_LABEL = 15


class Row(NamedTuple):
    """A row of the timeline: its label, and what is done in it."""

    label: str
    spans: tuple[Span, ...]


def rows_of(work: Work, words: Words) -> tuple[Row, ...]:
    """Those who travel in the order of the world's resources, then desks, a row for each session at a time."""
    spans: dict[str, list[Span]] = {mobile.resource_id: [] for mobile, _ in work.routes}
    for span in work.spans:
        spans[span.resource_id].append(span)
    mobiles = (Row(resource_id, tuple(each)) for resource_id, each in spans.items())
    return (*mobiles, *_desk_rows(work, words))


def _desk_rows(work: Work, words: Words) -> Iterator[Row]:
    by_desk: dict[str, list[Span]] = {}
    for span in work.sessions:
        by_desk.setdefault(span.resource_id, []).append(span)
    for desk_id, sessions in sorted(by_desk.items()):
        lanes = _lanes(sessions)
        for number, lane in enumerate(lanes, start=1):
            label = words("timeline.lane", desk=desk_id, lane=number) if len(lanes) > 1 else desk_id
            yield Row(label, tuple(lane))


def _lanes(sessions: Iterable[Span]) -> list[list[Span]]:
    """As few rows as sessions overlap: each takes the one that is free first."""
    lanes: list[list[Span]] = []
    free: list[tuple[Any, int]] = []
    for span in sessions:
        if free and free[0][0] <= span.start:
            _, number = heapq.heappop(free)
        else:
            number = len(lanes)
            lanes.append([])
        lanes[number].append(span)
        heapq.heappush(free, (span.end, number))
    return lanes


def timeline(
    work: Work,
    rows: Sequence[Row],
    clock: LocalClock,
    words: Words,
    *,
    x_range: Range1d | None = None,
    is_marked: Callable[[Span], bool] = lambda _span: False,
) -> tuple[figure, figure]:
    """The axis and the bars, two charts that move together: the page keeps the axis in sight.

    The data of the bars are called `bars`.

    Parameters
    ----------
    x_range
        Of timelines that move together. None: from the first shift or work to the last.
    is_marked
        Says of which spans the bars have an edge in `MARK`.
    """
    x_range = x_range or hours_of(clock, (work, rows))
    labels = [row.label for row in rows]
    axis = _axis(x_range, clock)
    chart = a_figure(
        name="timeline",
        height=ROW_PX * len(rows) + 12,
        x_range=x_range,
        y_range=FactorRange(factors=labels[::-1], range_padding=0.2, range_padding_units="absolute"),
        x_axis_type="datetime",
        tools="xpan",
        min_border_left=_LEFT_PX,
        min_border_right=40,
        min_border_top=0,
        min_border_bottom=4,
    )
    chart.xaxis.visible = False
    chart.ygrid.visible = False
    chart.yaxis.major_label_overrides = {label: _short(label) for label in labels if label != _short(label)}
    _draw_shifts(chart, work, clock)
    bars = chart.hbar(
        y="row",
        left="start",
        right="end",
        height=0.74,
        source=_bars(work, rows, clock, words, is_marked=is_marked),
        fill_color="colour",
        line_color="edge",
        line_width=1.6,
        nonselection_fill_alpha=0.12,
        selection_line_color=INK,
    )
    chart.add_layout(Rule(location=clock.milliseconds(clock.now), dimension="height", line_color=INK, line_width=1.5))
    chart.add_tools(
        TapTool(renderers=[bars]),
        HoverTool(renderers=[bars], tooltips=[("", "@title"), ("", "@said")], point_policy="follow_mouse"),
    )
    return axis, chart


def _short(label: str) -> str:
    return label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 1]}…"


def _axis(x_range: Range1d, clock: LocalClock) -> figure:
    axis = a_figure(
        name="hours",
        height=70,
        x_range=x_range,
        y_range=Range1d(start=0, end=1),
        x_axis_location="above",
        x_axis_type="datetime",
        tools="xpan,xzoom_in,xzoom_out,reset",
        toolbar_location="above",
        min_border_left=_LEFT_PX,
        min_border_right=40,
        min_border_top=0,
        min_border_bottom=0,
    )
    axis.yaxis.visible, axis.grid.visible = False, False
    axis.xaxis.formatter = DatetimeTickFormatter(
        hourmin="%H:%M", hours="%H:%M", minutes="%H:%M", days="%m-%d", minsec="%H:%M:%S", seconds="%H:%M:%S"
    )
    axis.scatter([clock.milliseconds(clock.now)], [0.3], marker="inverted_triangle", size=9, color=INK)
    return axis


def hours_of(clock: LocalClock, *parts: tuple[Work, Sequence[Row]]) -> Range1d:
    """From the first shift or work to the last, of those with work."""
    ends = [end for _, rows in parts for row in rows for span in row.spans for end in (span.start, span.end)]
    mobiles = [mobile for work, _ in parts for mobile, _ in work.routes]
    ends += [end for mobile in mobiles for end in (mobile.shift.start, mobile.shift.end + mobile.overtime)]
    ends = ends or [end for work, _ in parts for end in (work.stored.horizon.start, work.stored.horizon.end)]
    margin = (max(ends) - min(ends)) * 0.01
    first, last = clock.milliseconds(min(ends) - margin), clock.milliseconds(max(ends) + margin)
    return Range1d(start=first, end=last, bounds=(first, last))


def _draw_shifts(chart: figure, work: Work, clock: LocalClock) -> None:
    mobiles = [mobile for mobile, _ in work.routes]
    source = ColumnDataSource(
        {
            "row": [mobile.resource_id for mobile in mobiles],
            "start": [clock.milliseconds(mobile.shift.start) for mobile in mobiles],
            "end": [clock.milliseconds(mobile.shift.end + mobile.overtime) for mobile in mobiles],
        }
    )
    chart.hbar(y="row", left="start", right="end", height=0.92, source=source, fill_color=SHIFT, line_color=None)


def _bars(
    work: Work, rows: Sequence[Row], clock: LocalClock, words: Words, *, is_marked: Callable[[Span], bool]
) -> ColumnDataSource:
    spans = [(row.label, span) for row in rows for span in row.spans if span.end > span.start]
    columns: dict[str, list[Any]] = {
        "row": [label for label, _ in spans],
        "start": [clock.milliseconds(span.start) for _, span in spans],
        "end": [clock.milliseconds(span.end) for _, span in spans],
        "colour": [COLOUR_BY_DOING[span.doing] for _, span in spans],
        "edge": [MARK if is_marked(span) else None for _, span in spans],
        "resource": [span.resource_id for _, span in spans],
        "contracts": [" ".join(span.contract_ids) for _, span in spans],
        "own": [int(bool(span.item_id)) for _, span in spans],
        "title": [f"{words.code('doing', span.doing)} {clock.span(span.start, span.end)}" for _, span in spans],
        "said": [" · ".join((span.resource_id, *_whose(work, span))) for _, span in spans],
    }
    nowhere = {**dict.fromkeys(columns, ""), "start": nan, "end": nan, "colour": INK, "edge": None, "own": 0}
    nowhere["row"] = rows[0].label if rows else ""
    return pickable("bars", columns, nowhere=nowhere)


def _whose(work: Work, span: Span) -> Iterator[str]:
    """Of a visit or session, the contract that it is for."""
    if span.item_id:
        yield from (contract_name(work.contract_by_id[each]) for each in span.contract_ids)

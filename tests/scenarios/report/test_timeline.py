"""Who has a row, and what is in it."""

from bokeh.models import ColumnDataSource

from models.language import Language
from scenarios.report.local_clock import LocalClock
from scenarios.report.timeline import rows_of, timeline
from scenarios.report.wording import Words
from scenarios.report.work import Doing, Work

ENGLISH = Words(Language.EN)


def test_everybody_with_work_has_a_row_and_nobody_else(work: Work) -> None:
    at_once = ["D-1 (1)", "D-1 (2)"]
    assert [row.label for row in rows_of(work, ENGLISH)] == ["R-1", "R-2", "V-1", "V-2", "T-1", *at_once]


def test_sessions_at_one_time_have_rows_of_their_own(work: Work) -> None:
    desks = [row for row in rows_of(work, ENGLISH) if row.label.startswith("D-1")]
    assert [[span.item_id for span in row.spans] for row in desks] == [["i-talk"], ["i-call"]]


def test_every_span_is_a_bar_in_local_time(work: Work, clock: LocalClock) -> None:
    rows = rows_of(work, ENGLISH)
    _, chart = timeline(work, rows, clock, ENGLISH)
    source = chart.select_one({"name": "bars"})
    assert isinstance(source, ColumnDataSource)
    bars = source.data
    spans = [span for row in rows for span in row.spans if span.end > span.start]
    assert len(bars["row"]) == len(spans) + 1  # and the one that is nowhere
    first = next(n for n, span in enumerate(spans) if span.doing is Doing.SESSION)
    assert bars["title"][first] == "Remote session 13:20-13:32"
    assert bars["start"][first] / 60_000 % (24 * 60) == 13 * 60 + 20


def test_the_axis_moves_with_the_bars(work: Work, clock: LocalClock) -> None:
    axis, chart = timeline(work, rows_of(work, ENGLISH), clock, ENGLISH)
    assert axis.x_range is chart.x_range

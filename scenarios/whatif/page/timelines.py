"""Two timelines with the same rows and hours."""

from collections.abc import Sequence

from bokeh.plotting import figure

from scenarios.report.local_clock import LocalClock
from scenarios.report.timeline import Row, hours_of, rows_of, timeline
from scenarios.report.wording import Words
from scenarios.whatif.page.pairs import Pair


def timeline_pair(pair: Pair, clock: LocalClock, words: Words) -> tuple[tuple[figure, figure], ...]:
    """Axis and bars of the base, and of the scenario; none if nobody has work in either."""
    before, after = (rows_of(work, words) for work in pair.works)
    labels = _ordered(pair, before, after)
    if not labels:
        return ()
    parts = [(work, _filled(rows, labels)) for work, rows in zip(pair.works, (before, after), strict=True)]
    x_range = hours_of(clock, *parts)
    return tuple(timeline(work, rows, clock, words, x_range=x_range, is_marked=pair.is_changed) for work, rows in parts)


def _ordered(pair: Pair, *sides: tuple[Row, ...]) -> list[str]:
    """Of both sides, those who travel first, in the order of the world's resources."""
    mobiles = (mobile.resource_id for work in pair.works for mobile in work.world.catalogue.mobiles)
    ranks = {resource_id: n for n, resource_id in enumerate(dict.fromkeys(mobiles))}
    labels = dict.fromkeys(row.label for rows in sides for row in rows)
    return sorted(labels, key=lambda label: ranks.get(label, len(ranks)))


def _filled(rows: tuple[Row, ...], labels: Sequence[str]) -> tuple[Row, ...]:
    """A row for everybody, an empty one for who has work on the other side only."""
    row_by_label = {row.label: row for row in rows}
    return tuple(row_by_label.get(label, Row(label, ())) for label in labels)

"""Rows as tables in Markdown: `python -m benchmarks.routing.tables rows.jsonl`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.routing.engines import OWN
from benchmarks.routing.rows import Row, read_rows
from benchmarks.routing.summary import Score, rank, scores_of, summarise
from models.issues import ServandaError


def tables(rows: Sequence[Row]) -> str:
    """The summary, then the median cost of each engine on each instance."""
    summary = summarise(rows)
    parts = ["\n".join(_engines(summary["engines"]))]
    if summary["own"]:
        parts.append("\n".join(_own(summary["own"])))
    if summary["less_time"]:
        parts.append("\n".join(_less_time(summary["less_time"])))
    parts += ["\n".join(_instances(some)) for some in _by_set(scores_of(rows))]
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield from (_line(head), _line(["---"] * len(head)), *map(_line, rows))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _engines(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    head = ("set", "seconds", "engine", "solved", "mean gap", "median gap", "mean ratio", "median ratio", "longest run")
    return _table(head, map(_engine, entries))


def _engine(entry: dict[str, Any]) -> Sequence[str]:
    before = (entry["set"], f"{entry['seconds']:g}", entry["engine"])
    if entry["not_supported"] == entry["instances"]:
        return *before, "not supported", "", "", "", "", ""
    return (
        *before,
        f"{entry['solved']} of {entry['instances']}",
        *(_percent(entry[key]) for key in ("mean_gap", "median_gap")),
        *(_ratio(entry[key]) for key in ("mean_ratio", "median_ratio")),
        f"{entry['max_wall_seconds']:.1f} s",
    )


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} %"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _own(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    head = ("set", "seconds", f"{OWN} at least as good as the best peer")
    return _table(
        head,
        ((it["set"], f"{it['seconds']:g}", f"{it['at_least_as_good']} of {it['compared']}") for it in entries),
    )


def _less_time(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    head = ("set", "peer", f"{OWN} in less time at least as good", "mean ratio to the peer")
    return _table(
        head,
        (
            (
                it["set"],
                f"{it['engine']}, {it['seconds']:g} s",
                f"{it['at_least_as_good']} of {it['compared']}, in {it['own_seconds']:g} s",
                _ratio(it["mean_ratio"]),
            )
            for it in entries
        ),
    )


def _by_set(scores: Iterable[Score]) -> Iterator[list[Score]]:
    return (list(some) for _, some in groupby(scores, key=lambda it: (it.set, it.seconds)))


def _instances(scores: Sequence[Score]) -> Iterator[str]:
    """An instance a line; the best cost of a line is bold."""
    engines = sorted({score.engine for score in scores}, key=rank)
    head = (f"{scores[0].set}, {scores[0].seconds:g} s", "best known", *engines)
    lines = list[Sequence[str]]()
    for instance, some in groupby(scores, key=lambda it: it.instance):
        by_engine = {score.engine: score for score in some}
        known = next(iter(by_engine.values())).best_known
        cells = (_cost(by_engine.get(engine)) for engine in engines)
        lines.append((instance, "" if known is None else f"{known:,.10g}", *cells))
    return _table(head, lines)


def _cost(score: Score | None) -> str:
    if score is None:
        return ""
    if not score.solved:
        return "not feasible" if score.supported else "not supported"
    cost = f"{score.cost:,.1f}"
    return f"**{cost}**" if score.ratio == 1 else cost


def main(file: Annotated[Path, typer.Argument(metavar="ROWS", help="What --out wrote.")]) -> None:
    """Print the tables of a run in Markdown."""
    try:
        rows = read_rows(file)
    except ServandaError as error:
        sys.stderr.write("\n".join(map(str, error.issues)) + "\n")
        raise typer.Exit(2) from error
    sys.stdout.write(tables(rows) + "\n")


if __name__ == "__main__":
    typer.run(main)

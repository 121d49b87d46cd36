"""What the rows of a run come to: medians over the seeds, then means over the instances."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf, isfinite
from statistics import mean, median
from typing import Any

from benchmarks.routing.engines import ENGINES, OWN
from benchmarks.routing.rows import Row


@dataclass(frozen=True, slots=True)
class Score:
    """One engine on one instance.

    Parameters
    ----------
    cost
        The median over the seeds, a seed without a feasible solution counting as endlessly dear.
    ratio
        To the best median of any engine for the same instance and time.
    """

    set: str
    instance: str
    seconds: float
    engine: str
    cost: float
    ratio: float
    best_known: float | None
    wall_seconds: float
    supported: bool

    @property
    def solved(self) -> bool:
        return isfinite(self.cost)

    @property
    def gap(self) -> float | None:
        """In per cent."""
        return 100 * (self.cost / self.best_known - 1) if self.best_known and self.solved else None


def scores_of(rows: Iterable[Row]) -> list[Score]:
    """One for each instance, time and engine, in that order."""
    ordered = sorted(rows, key=lambda row: (row.set, row.seconds, row.instance, rank(row.engine)))
    scores = list[Score]()
    for (set_name, seconds, instance), of_instance in groupby(
        ordered, key=lambda row: (row.set, row.seconds, row.instance)
    ):
        by_engine = {engine: list(some) for engine, some in groupby(of_instance, key=lambda row: row.engine)}
        costs = {engine: median(_cost(row) for row in some) for engine, some in by_engine.items()}
        best = min(costs.values())
        scores += [
            Score(
                set_name,
                instance,
                seconds,
                engine,
                cost=costs[engine],
                ratio=costs[engine] / best if isfinite(costs[engine]) and best else inf,
                best_known=some[0].best_known,
                wall_seconds=max(row.wall_seconds or 0 for row in some),
                supported=some[0].supported,
            )
            for engine, some in by_engine.items()
        ]
    return scores


def _cost(row: Row) -> float:
    return inf if row.cost is None else row.cost


def rank(engine: str) -> int:
    """Its place in tables: the own engine first."""
    names = [OWN, *(name for name in ENGINES if name != OWN)]
    return names.index(engine) if engine in names else len(names)


def summarise(rows: Iterable[Row]) -> dict[str, Any]:
    """By set, time and engine; where the own engine took part, also how it stands to the best peer."""
    scores = scores_of(rows)
    return {
        "engines": [_engine(some) for some in _grouped(scores, lambda it: (it.set, it.seconds, rank(it.engine)))],
        "own": [_own(some) for some in _grouped(scores, lambda it: (it.set, it.seconds)) if _has_own(some)],
        "less_time": list(_less_time(scores)),
    }


def _grouped(scores: Iterable[Score], key: Callable[[Score], Any]) -> Iterator[list[Score]]:
    return (list(some) for _, some in groupby(sorted(scores, key=key), key=key))


def _engine(scores: Sequence[Score]) -> dict[str, Any]:
    """Gaps and ratios are over what it solved; read them with `solved`."""
    solved = [score for score in scores if score.solved]
    gaps = [score.gap for score in solved if score.gap is not None]
    ratios = [score.ratio for score in solved]
    return {
        "set": scores[0].set,
        "seconds": scores[0].seconds,
        "engine": scores[0].engine,
        "instances": len(scores),
        "not_supported": sum(not score.supported for score in scores),
        "solved": len(solved),
        "mean_gap": _rounded(gaps, mean),
        "median_gap": _rounded(gaps, median),
        "mean_ratio": _rounded(ratios, mean),
        "median_ratio": _rounded(ratios, median),
        "max_wall_seconds": max(score.wall_seconds for score in scores),
    }


def _rounded(values: Sequence[float], of: Callable[[Sequence[float]], float]) -> float | None:
    return round(of(values), 4) if values else None


def _has_own(scores: Iterable[Score]) -> bool:
    return any(score.engine == OWN for score in scores)


def _own(scores: Sequence[Score]) -> dict[str, Any]:
    """On how many instances no peer's median is better; instances that no peer solved are not compared."""
    by_instance = _grouped(scores, lambda it: it.instance)
    pairs = [pair for some in by_instance if _has_own(some) and isfinite((pair := _own_and_best_peer(some))[1])]
    return {
        "set": scores[0].set,
        "seconds": scores[0].seconds,
        "compared": len(pairs),
        "at_least_as_good": sum(own <= peer for own, peer in pairs),
    }


def _own_and_best_peer(scores: Iterable[Score]) -> tuple[float, float]:
    own, peer = inf, inf
    for score in scores:
        if score.engine == OWN:
            own = score.cost
        else:
            peer = min(peer, score.cost)
    return own, peer


def _less_time(scores: Sequence[Score]) -> Iterator[dict[str, Any]]:
    """The own engine with the least time against each peer with the most, where an instance has both."""
    cost = {(score.set, score.instance, score.engine, score.seconds): score.cost for score in scores}
    times = sorted({score.seconds for score in scores})
    for set_name in sorted({score.set for score in scores}):
        for engine in sorted({score.engine for score in scores} - {OWN}, key=rank):
            pairs = [
                (own, peer)
                for (of_set, instance, of, seconds), own in cost.items()
                if (of_set, of, seconds) == (set_name, OWN, times[0])
                if isfinite(peer := cost.get((set_name, instance, engine, times[-1]), inf))
            ]
            if pairs and len(times) > 1:
                yield {
                    "set": set_name,
                    "engine": engine,
                    "own_seconds": times[0],
                    "seconds": times[-1],
                    "compared": len(pairs),
                    "at_least_as_good": sum(own <= peer for own, peer in pairs),
                    "mean_ratio": _rounded([own / peer for own, peer in pairs if isfinite(own)], mean),
                }

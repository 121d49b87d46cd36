"""Rounds of regions: cut, search side by side, put together, and again with other borders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heapreplace

import numpy as np
from numpy.typing import NDArray

from solver.geometry import flat_m
from solver.kernels.arrays import I64
from solver.quoting.board import Board
from solver.regions.borders import regions
from solver.regions.interface import Checkpoints, Counted, Effort, Executor, NewRoute, RegionKey, RegionResult, Timed
from solver.regions.searching import RegionAnswer, RegionTask, digest_of, search_region, task_of
from solver.routing.of_plan import SPARE_POSITIONS, RoutedPlan
from solver.stop import Stop

ROUNDS = 3

REGION = 300
"""Items in a region unless the caller says otherwise: see docs/night.md."""

_SEEDS_OF_A_ROUND = 100_000


@dataclass(frozen=True)
class Rounds:
    """Improves the routes of a board, round after round.

    Parameters
    ----------
    plan
        Of the board as it is at first.
    region_size
        About so many items that can move are a region.
    """

    board: Board
    plan: RoutedPlan
    seed: int
    executor: Executor
    checkpoints: Checkpoints
    stop: Stop
    region_size: int = REGION

    def run(self, effort: Effort) -> None:
        """All rounds. What is known already is not searched again."""
        count = max(1, round(int(self.plan.movable.sum()) / self.region_size))
        for n, share in enumerate(_of_rounds(effort, count=ROUNDS if count > 1 else 1)):
            if self.stop():
                return
            a_round = _Round(self, n, share, num_regions=count)
            for number, answer in self.executor.map(search_region, a_round.tasks(), stop=self.stop):
                a_round.take(number, answer)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What it takes to read the answer to a task."""

    key: RegionKey
    num_requests: int
    vehicles: I64
    visits: I64


class _Round:
    """Regions with borders of their own: those that take longest first, so that nobody waits long for the last."""

    def __init__(self, rounds: Rounds, number: int, effort: Effort, *, num_regions: int) -> None:
        self._board, self._rounds, self._number = rounds.board, rounds, number
        plan = rounds.plan
        self._served_by = plan.served_by(self._board.routes.arrays()[1])
        weights = np.bincount(self._served_by[plan.movable > 0], minlength=len(plan.first))
        pieces = regions(_middles(self._board), weights, count=num_regions, round_number=number)
        weighed = [(int(weights[vehicles].sum()), n, vehicles) for n, vehicles in enumerate(pieces)]
        self._regions = sorted((each for each in weighed if each[0]), key=lambda each: (-each[0], each[1]))
        shares = [weight for weight, _, _ in self._regions]
        self._efforts = _of_regions(effort, shares, workers=rounds.executor.workers)
        self._sent: list[_Sent] = []

    def tasks(self) -> Iterator[RegionTask]:
        """Of what is not known yet; what is known changes the routes at once."""
        for (weight, n, vehicles), effort in zip(self._regions, self._efforts, strict=True):
            _, routes = self._board.routes.arrays(spare_positions=SPARE_POSITIONS)
            part = self._rounds.plan.part(routes, vehicles, served_by=self._served_by)
            seed = self._rounds.seed + _SEEDS_OF_A_ROUND * self._number + n
            task = task_of(part.routing, seed=seed, effort=effort)
            key = RegionKey(round=self._number, region=n, digest=digest_of(task))
            sent = _Sent(key, weight, part.vehicles, part.visits)
            if (known := self._rounds.checkpoints.region(key)) is not None:
                self._lay(known.routes, sent)
                continue
            self._sent.append(sent)
            yield task

    def take(self, number: int, answer: RegionAnswer) -> None:
        """Keep an answer, and let the routes follow it."""
        sent = self._sent[number]
        vehicles = self._board.instance.vehicles
        result = RegionResult(
            key=sent.key,
            num_requests=sent.num_requests,
            cost_before=answer.cost_before,
            cost_after=answer.cost_after,
            iterations=answer.iterations,
            seconds=max(0.0, answer.seconds),
            routes=tuple(
                NewRoute(
                    resource_id=vehicles[sent.vehicles[row.vehicle_idx]].resource_id,
                    visits=row.visits,
                    starts=row.starts,
                )
                for row in answer.rows
            ),
        )
        self._rounds.checkpoints.keep_region(result)
        self._lay(result.routes, sent)

    def _lay(self, routes: Sequence[NewRoute], sent: _Sent) -> None:
        for each in routes:
            visits = sent.visits[list(each.visits)].tolist()
            vehicle_idx = self._board.instance.idx_by_vehicle_id[each.resource_id]
            self._board.routes.lay(vehicle_idx, list(zip(visits, each.starts, strict=True)))


def _middles(board: Board) -> NDArray[np.float64]:
    """[R, 2]: the middle of each route, in metres; of who has nothing to do, where he starts."""
    visits, routes = board.routes.arrays()
    works, vehicles = board.routes.work_by_visit, board.instance.vehicles
    metres = flat_m([*(stop.place for _, stop in works.values()), *(each.start_place for each in vehicles)])
    of_visit = np.full((len(visits.node), 2), np.nan)  # a break is nowhere
    of_visit[list(works)] = metres[: len(works)]
    middles = metres[len(works) :]
    for r, length in enumerate(routes.length):
        stops = of_visit[routes.visit[r, 1 : length + 1]]
        stops = stops[~np.isnan(stops[:, 0])]
        if len(stops):
            middles[r] = stops.mean(axis=0)
    return middles


# -- who gets how much


def _of_rounds(effort: Effort, *, count: int) -> Iterator[Effort]:
    """The same for each; of seconds, what the rounds before have left."""
    if isinstance(effort, Counted):
        yield from [Counted(effort.iterations // count)] * count
        return
    end = effort.clock() + effort.seconds
    for n in range(count):
        yield Timed(max(0.0, end - effort.clock()) / (count - n), effort.clock)


def _of_regions(effort: Effort, weights: Sequence[int], *, workers: int) -> list[Effort]:
    """In proportion to what can move. Seconds are such that all workers together need as long as the effort says."""
    if isinstance(effort, Counted):
        return [Counted(effort.iterations * weight // sum(weights)) for weight in weights]
    loads = [0] * workers
    for weight in weights:  # each goes to whoever is free first
        heapreplace(loads, loads[0] + weight)
    return [replace(effort, seconds=effort.seconds * weight / max(loads)) for weight in weights]

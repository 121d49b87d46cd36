"""Routing by regions: what a region's search gives back, who carries it out, and how a run goes on after an end.

A large plan is replanned in two steps (`solver.replanning.replan.replan_large`): sources first, then routes, by
regions and in rounds. A region is a set of whole routes that lie near each other, searched alone;
every round draws the borders anew. What a region found depends on its inputs alone, never on who
carried it out, on the number of workers or on which region was done first. So it can be kept, and a
run that was killed goes on: it asks `Checkpoints` before it searches.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Protocol, TypeVar

from pydantic import Field

from models.base import Id, Model
from models.plan import Plan
from solver.stop import Stop

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class RegionKey(Model):
    """Which search it was, whatever run it belonged to.

    Parameters
    ----------
    round, region
        From 0; they are for people and for the order. Equal digests are enough for equal results.
    digest
        SHA-256 of all that the search depends on: routes, visits, ways, who may do what, seed and
        iterations. Seconds are not in it: a result that took longer or shorter is as good a plan.
    """

    round: Annotated[int, Field(ge=0)]
    region: Annotated[int, Field(ge=0)]
    digest: str


class NewRoute(Model):
    """A route that a region's search changed.

    Parameters
    ----------
    visits
        Numbers of the visits and breaks within the region, in their new order; with equal
        digests equal numbers mean the same.
    starts
        When each of them starts, in seconds from the horizon's start.
    """

    resource_id: Id
    visits: tuple[int, ...]
    starts: tuple[int, ...]


class RegionResult(Model):
    """What the search of one region found. Goes to JSON and back (`model_dump_json`, `model_validate_json`).

    Parameters
    ----------
    num_requests
        Items in the region that could move.
    cost_before, cost_after
        Of the region's routes, in the kernels' `COST_UNITS`; after is never more than before.
    seconds
        How long it took; 0 without a clock.
    routes
        Those that changed; none if nothing cheaper was found.
    """

    key: RegionKey
    num_requests: Annotated[int, Field(ge=0)]
    cost_before: int
    cost_after: int
    iterations: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0)] = 0.0
    routes: tuple[NewRoute, ...] = ()


class Checkpoints(Protocol):
    """What an earlier attempt at the same run has done already, and where this one keeps what it does.

    All of it is called in the process and the thread that called `replan_large`, between searches.
    """

    def sources(self) -> Plan | None:
        """The plan after the first step; None if that has to be done."""

    def keep_sources(self, plan: Plan) -> None:
        """The first step is done. The plan may be the one in force itself."""

    def region(self, key: RegionKey) -> RegionResult | None:
        """What is known of a region; None if it has to be searched."""

    def keep_region(self, result: RegionResult) -> None:
        """A region is done. They come in any order within a round, and round after round."""


@dataclass
class InMemory:
    """Checkpoints that end with the process: also those of a run that keeps none."""

    plan: Plan | None = None
    results: dict[str, RegionResult] = field(default_factory=dict)

    def sources(self) -> Plan | None:
        return self.plan

    def keep_sources(self, plan: Plan) -> None:
        self.plan = plan

    def region(self, key: RegionKey) -> RegionResult | None:
        return self.results.get(key.digest)

    def keep_region(self, result: RegionResult) -> None:
        self.results[result.key.digest] = result


@dataclass(frozen=True, slots=True)
class Counted:
    """So many iterations in all, shared out over rounds and regions by what can move: reproducible."""

    iterations: int


@dataclass(frozen=True, slots=True)
class Timed:
    """So many seconds of the routing step in all, whatever the number of workers.

    Parameters
    ----------
    clock
        In seconds. It goes to other processes by its name: `time.monotonic` does, a lambda does not.
    """

    seconds: float
    clock: Callable[[], float]


Effort = Counted | Timed


class Executor(Protocol):
    """Carries out tasks that do not know each other: here, in other processes, on other machines."""

    @property
    def workers(self) -> int:
        """How many tasks are carried out at a time."""

    def map(
        self, function: Callable[[Task, Stop], Answer], tasks: Iterable[Task], *, stop: Stop
    ) -> Iterator[tuple[int, Answer]]:
        """Each task's number with its answer, as they come.

        A task whose worker dies is carried out again, so a function must do nothing but answer.

        Parameters
        ----------
        function
            At the top level of a module: it goes to other processes by its name. Ends early when
            the `stop` that it is given says so, with what it has by then.
        tasks
            Taken when there is somebody to carry them out, so that not all of them exist at once.
        stop
            Asked all the time. Once it says True, what has begun is ended, and what has not begun
            may be left out: then its number never comes.
        """

    def close(self) -> None:
        """End all workers and wait for that."""

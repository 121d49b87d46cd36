"""One quantity over a range, and the cheapest value that is good enough."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from models.evaluation import Comparison, Evaluation
from models.issues import InputError, Issue, IssueCode
from models.resource import ResourceKind
from models.scenario import BASE, AddResources, Change, ChangeStock, MultiplyDemand, RemoveResources, Scenario
from scenarios.whatif.apply import apply
from scenarios.whatif.changing import LIST_BY_KIND, there
from scenarios.world import World

MOST_VALUES = 200
_KIND_BY_LIST = {name: kind for kind, name in LIST_BY_KIND.items()}
PERCENT = ("demand", "stock")
QUANTITIES = (*_KIND_BY_LIST, *PERCENT)
"""Riders, vans and technicians by number, those on call aside; demand and stock in percent."""
_LARGEST = {**dict.fromkeys(_KIND_BY_LIST, 10_000), "demand": 1000, "stock": 100_000}
"""What the changes that make it can say."""
_MOST_NAME = 64
"""Characters of an id."""

_SWEEP = re.compile(r"(\w+)=(\d+)\.\.(\d+)(?::(\d+))?")
_GOAL = re.compile(r"(\w+)=(\d*\.?\d+)")


@dataclass(frozen=True)
class Sweep:
    """A quantity, and the values that it takes."""

    quantity: str
    values: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Sweep":
        """`riders=60..100:10`; without a step, every whole number.

        Raises
        ------
        InputError
            VALUE_INVALID.
        """
        match = _SWEEP.fullmatch(text)
        if match is None or match[1] not in QUANTITIES:
            rule = f"sweep ({text}) must be NAME=FROM..TO or NAME=FROM..TO:STEP with one of {', '.join(QUANTITIES)}"
            raise InputError(_invalid("sweep", rule, hint="for example riders=60..100:10"))
        first, last, step = int(match[2]), int(match[3]), int(match[4] or 1)
        number = len(range(first, last + 1, step)) if step else 0
        if not 1 <= number <= MOST_VALUES:
            rule = f"number of values of the sweep {text} ({number}) must be in [1, {MOST_VALUES}]"
            raise InputError(_invalid("sweep", rule, hint="give a rising range, and a step of at least 1"))
        if last > (most := _LARGEST[match[1]]):
            rule = f"end of the sweep {text} ({last}) must be <= {most:,}"
            raise InputError(_invalid("sweep", rule, hint="give a smaller end"))
        return cls(match[1], tuple(range(first, last + 1, step)))

    def scenarios(self, world: World, on: Scenario) -> tuple[Scenario, ...]:
        """One for each value, on top of a scenario.

        Raises
        ------
        InputError
            VALUE_INVALID: no scenario could have such a name.
        """
        prefix = "" if on.name == BASE.name else f"{on.name}."
        names = [f"{prefix}{self.quantity}-{value}" for value in self.values]
        if len(names[-1]) > _MOST_NAME:
            rule = f"number of characters of the name {names[-1]} ({len(names[-1])}) must be <= {_MOST_NAME}"
            raise InputError(_invalid("sweep", rule, hint=f"give {on.name} a shorter name"))
        left = _left_by(on, world)
        return tuple(
            on.model_copy(
                update={
                    "name": name,
                    "description": f"{on.description} {self.quantity}: {value}".strip(),
                    "changes": (*on.changes, *self._changes(value, left)),
                }
            )
            for name, value in zip(names, self.values, strict=True)
        )

    def _changes(self, value: int, world: World) -> tuple[Change, ...]:
        if self.quantity == "demand":
            return () if value == 100 else (MultiplyDemand(factor=value / 100),)
        if self.quantity == "stock":
            return () if value == 100 else (ChangeStock(factor=value / 100),)
        return _number_of(_KIND_BY_LIST[self.quantity], value, world)


def _left_by(scenario: Scenario, world: World) -> World:
    """The world as a scenario has it, so that a number is that number on top of it, too.

    If the scenario contradicts the world, whoever compares it says so with file and line.
    """
    try:
        return apply(world, scenario).world
    except InputError:
        return world


def _number_of(kind: ResourceKind, value: int, world: World) -> tuple[Change, ...]:
    """So many of a kind, those on call aside."""
    ready = tuple(each.resource_id for each in there(world.catalogue, kind) if not each.on_call)
    missing = value - len(ready)
    if missing > 0:
        return (AddResources(kind=kind, count=missing),)
    if missing < 0:
        return (RemoveResources(kind=kind, count=-missing, resource_ids=ready),)
    return ()


GOALS: dict[str, Callable[[Evaluation], float]] = {
    "on_time": lambda each: each.on_time if each.kept + each.at_risk else 0.0,
    "kept": lambda each: each.kept / max(1, each.kept + each.at_risk),
    "served": lambda each: 1 - each.refused / max(1, len(each.contracts)),
}
"""Shares that a sweep may have to reach: of promises on time, of promises that are not at risk, of contracts served.

Where nobody is promised anything, nothing is on time.
"""


@dataclass(frozen=True)
class Goal:
    """A share that is to be reached, as a mean over the seeds.

    Parameters
    ----------
    besides
        What is to be reached as well. Whoever is refused costs nothing and is never late, so that the
        cheapest that is on time may be the one that serves fewest.
    """

    name: str
    share: float
    besides: tuple["Goal", ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Goal":
        """`on_time=0.98`, or several: `on_time=0.98,served=1`.

        Raises
        ------
        InputError
            VALUE_INVALID.
        """
        first, *others = (cls._one(part, text) for part in text.split(","))
        return cls(first.name, first.share, tuple(others))

    @classmethod
    def _one(cls, part: str, text: str) -> "Goal":
        match = _GOAL.fullmatch(part)
        if match is None or match[1] not in GOALS or float(match[2]) > 1:
            rule = (
                f"reach ({text}) must be NAME=SHARE, or several with commas between, "
                f"with one of {', '.join(GOALS)} and a share in [0, 1]"
            )
            raise InputError(_invalid("reach", rule, hint="for example on_time=0.98 or on_time=0.98,served=1"))
        return cls(match[1], float(match[2]))

    @property
    def all(self) -> tuple["Goal", ...]:
        """This one and those besides."""
        return (self, *self.besides)

    def share_of(self, comparison: Comparison) -> float:
        """Of this one, without those besides."""
        return fmean(map(GOALS[self.name], comparison.evaluations))

    def is_reached(self, comparison: Comparison) -> bool:
        return all(each.share_of(comparison) >= each.share for each in self.all)

    def cheapest(self, comparisons: Sequence[Comparison]) -> Comparison | None:
        """Of those that reach it, the one with the least mean cost; of equal ones the first."""
        reached = [each for each in comparisons if self.is_reached(each)]
        return min(reached, key=lambda each: each.differences["cost"].mean, default=None)


def _invalid(path: str, message: str, *, hint: str) -> Issue:
    return Issue(code=IssueCode.VALUE_INVALID, path=path, message=message, hint=hint)

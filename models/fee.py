"""Fees by a published ladder: the same place, time and service level give the same fee to everyone."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from models.base import Model
from models.issues import IssueCode, broken_rule
from models.money import MinorUnits
from models.timing import Duration, TimeWindow

GRAIN = timedelta(minutes=5)
"""Windows that promises are narrowed to begin on such a grain of their slot."""


class DistanceStep(Model):
    """From `from_m` metres on, as the crow flies from the nearest site to the customer's place, `amount` counts."""

    from_m: Annotated[int, Field(ge=0)]
    amount: Annotated[MinorUnits, Field(ge=0)]


class HourStep(Model):
    """From the local time `from_time` on, `amount` counts; off-peak it may be negative."""

    from_time: time
    amount: MinorUnits


class FeeLadder(Model):
    """What is added to a level's fee. Of each list the last step that is reached counts, no step: nothing.

    Parameters
    ----------
    by_distance
        Rising in metres; a step never costs less than the one before.
    by_hour
        By the local time at which the promised window opens, each day anew, rising in time.
    """

    by_distance: tuple[DistanceStep, ...] = ()
    by_hour: tuple[HourStep, ...] = ()

    @model_validator(mode="after")
    def _rising(self) -> Self:
        errors = [*distance_errors("by_distance", self.by_distance)]
        for i, (low, high) in enumerate(pairwise(self.by_hour)):
            if low.from_time >= high.from_time:
                rule = "from_time ({high}) must be later than that of the step before ({low})"
                error = _not_increasing(rule, low=low.from_time.isoformat(), high=high.from_time.isoformat())
                errors.append(InitErrorDetails(type=error, loc=("by_hour", i + 1), input=high))
        if errors:
            raise ValidationError.from_exception_data("FeeLadder", errors)
        return self

    @property
    def lowest(self) -> int:
        """The least that the ladder ever adds."""
        cheapest_hour = min((step.amount for step in self.by_hour), default=0)
        return min(cheapest_hour, 0)

    @property
    def highest(self) -> int:
        """The most that the ladder ever adds."""
        farthest = max((step.amount for step in self.by_distance), default=0)
        dearest_hour = max((step.amount for step in self.by_hour), default=0)
        return farthest + max(dearest_hour, 0)


def distance_errors(field: str, steps: tuple[DistanceStep, ...]) -> Iterator[InitErrorDetails]:
    """Steps that are no farther than the one before, or cost less."""
    for i, (low, high) in enumerate(pairwise(steps)):
        if low.from_m >= high.from_m or low.amount > high.amount:
            error = _not_increasing(
                "step from {high} m with {high_amount} must be farther than {low} m and at least {low_amount}",
                low=low.from_m,
                high=high.from_m,
                low_amount=low.amount,
                high_amount=high.amount,
            )
            yield InitErrorDetails(type=error, loc=(field, i + 1), input=high)


class Narrowing(Model):
    """A flexible promise: wide at first, narrowed to a slot around the planned start before it begins.

    Parameters
    ----------
    width
        Length of the window that it is narrowed to; at most half of the level's `slot_duration`.
    before
        How long before the narrow window opens the customer hears of it, at the latest.
    """

    width: Annotated[Duration, Field(ge=GRAIN)]
    before: Duration

    def window(self, wide: TimeWindow, planned: Sequence[datetime]) -> TimeWindow:
        """The window around these starts of one visit, all within the wide one; it begins on a grain of that."""
        earliest = min(planned) - self.width / 2
        earliest -= (earliest - wide.earliest) % GRAIN
        earliest = max(wide.earliest, min(earliest, wide.latest - self.width))
        return TimeWindow(earliest=earliest, latest=max(earliest + self.width, *planned))


class FlexibilityDiscount(Model):
    """What of the cost that a wide window saves is given back to the customer.

    A stop whose window is `n` times as wide shares its tour with `n` times as many others, and the
    way per stop falls with the square root of their density. So a flexible level of slots `w`,
    narrowed to `v`, saves `stop_cost * (1 - sqrt(v / w))` on average. The discount is `share` of it,
    rounded down to one of `amounts`. It depends on place and level alone, never on the plan.

    Parameters
    ----------
    share
        In [0, 1].
    stop_cost
        What travel and work of one more stop in a window of the narrow width cost on average, by
        the distance to the nearest site.
    amounts
        The discounts that are published, rising; none: no discount.

    References
    ----------
    Daganzo (1984): The distance traveled to visit N points with a maximum of C stops per vehicle.
    doi:10.1287/trsc.18.4.331
    """

    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    stop_cost: tuple[DistanceStep, ...] = ()
    amounts: tuple[Annotated[MinorUnits, Field(gt=0)], ...] = ()

    @model_validator(mode="after")
    def _rising(self) -> Self:
        errors = [*distance_errors("stop_cost", self.stop_cost)]
        for i, (low, high) in enumerate(pairwise(self.amounts)):
            if low >= high:
                rule = "amount ({high}) must be larger than the one before ({low})"
                error = _not_increasing(rule, low=low, high=high)
                errors.append(InitErrorDetails(type=error, loc=("amounts", i + 1), input=high))
        if errors:
            raise ValidationError.from_exception_data("FlexibilityDiscount", errors)
        return self


def _not_increasing(rule: str, **values: object) -> PydanticCustomError:
    return broken_rule(
        IssueCode.LADDER_NOT_INCREASING, rule, hint="sort the steps; a later step costs no less", **values
    )

"""How fast streets are at which time of the day, everywhere or in an area."""

from collections.abc import Iterable
from datetime import time
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from models.area import Area
from models.base import Model
from models.issues import IssueCode, broken_rule
from models.opening import WorkingDays
from models.resource import TravelProfile


class TrafficSpell(Model):
    """A time of the day at which some move more slowly than the travel tables say.

    What is slower is the speed, not the way: who is still under way when the spell ends goes on as fast
    as the streets then allow. So nobody who leaves later is there earlier.

    Parameters
    ----------
    profiles
        Who moves more slowly.
    days
        On which local days.
    start, end
        Local times `[start, end)`; an end of 00:00 is the midnight that ends the day. Of spells that
        overlap, the slowest counts.
    speed_percent
        Of the speed that the travel tables are made with.
    area
        Of a way, what cannot be driven outside is slow: at its start as long as it takes on free streets to the
        nearest crossing outside, at its end as long as from there, in the middle nothing; all of it if these come
        to as much as the way. None: all of every way.

    References
    ----------
    Ichoua, S., Gendreau, M., and Potvin, J.-Y. (2003). Vehicle dispatching with time-dependent travel times.
    European Journal of Operational Research 144(2). doi:10.1016/S0377-2217(02)00147-9
    """

    profiles: Annotated[tuple[TravelProfile, ...], Field(min_length=1, max_length=len(TravelProfile))]
    days: WorkingDays = WorkingDays()
    start: time
    end: time
    speed_percent: Annotated[int, Field(ge=10, le=100)]
    area: Area | None = None

    @field_validator("start", "end")
    @classmethod
    def _local(cls, clock: time) -> time:
        if clock.tzinfo is not None:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "time ({clock}) must be a local time",
                hint="write it without an offset",
                clock=clock.isoformat(),
            )
        return clock

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.end != time(0) and self.start >= self.end:
            raise broken_rule(
                IssueCode.INTERVAL_EMPTY,
                "start ({start}) must be < end ({end})",
                hint="split what crosses midnight into two entries",
                start=self.start.isoformat(),
                end=self.end.isoformat(),
            )
        return self


def areas_of(profile: TravelProfile, traffic: Iterable[TrafficSpell]) -> tuple[Area | None, ...]:
    """Where a profile is slow at some time, each once; there may be one such area, or else None: everywhere."""
    return tuple({spell.area: None for spell in traffic if profile in spell.profiles})


def _one_area(traffic: tuple[TrafficSpell, ...]) -> tuple[TrafficSpell, ...]:
    for profile in TravelProfile:
        if (count := len(areas_of(profile, traffic))) > 1:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "number of areas in which {profile} is slow ({count}) must be 1; everywhere counts as one",
                hint="give all spells of a profile the same area, or none of them",
                profile=profile.value,
                count=count,
            )
    return traffic


Traffic = Annotated[tuple[TrafficSpell, ...], Field(max_length=100), AfterValidator(_one_area)]
"""All spells of a city; none: streets are always as fast as the travel tables say."""

"""What does the work: sites, riders, vans, technicians, carriers, desks, and pools of them."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from models.base import Attributes, Id, Model, Name
from models.issues import IssueCode, broken_rule
from models.money import Rate
from models.opening import HoursExpression, WorkingDays
from models.order import Channel, Crew, Load, Temperature
from models.place import Place
from models.timing import DailyHours, Duration, Interval, TimeWindow
from models.zone import CarrierZone


class ResourceKind(StrEnum):
    RIDER = "RIDER"
    VAN = "VAN"
    TECHNICIAN = "TECHNICIAN"
    CARRIER = "CARRIER"
    DESK = "DESK"


class TravelProfile(StrEnum):
    BIKE = "BIKE"
    CAR = "CAR"


class SkillLevel(Model):
    """A skill and its level: what a resource has, or the least that an item needs."""

    skill: Id
    level: Annotated[int, Field(ge=1, le=5)] = 1


class SiteKind(StrEnum):
    WAREHOUSE = "WAREHOUSE"
    STORE = "STORE"


class Site(Model):
    """A warehouse or store: holds stock, picks it, and may hand it over at a counter.

    Parameters
    ----------
    temperatures
        The zones it has; goods are stocked in the zone of their own temperature.
    pickers, pick_duration_per_line
        Picking capacity: `pickers` lines at a time, each for that long, in opening hours.
    setup_duration, handover_duration
        What a vehicle spends here once per stop, and per item that it picks up.
    counter_places
        Orders that can wait for their customers at one time; 0: no store pickup.
    hours, holiday_hours
        When it is open; `holiday_hours`, if given, in their place from midnight to midnight of each
        public holiday of `Catalogue.holidays`.
    returns_per_day
        Collected items that it takes in on a local day; None: not limited.
    radius_m
        How far from here each kind of resource delivers, as the crow flies; no entry: not limited.
    """

    site_id: Id
    kind: SiteKind
    name: Name
    place: Place
    temperatures: tuple[Temperature, ...]
    hours: HoursExpression
    holiday_hours: HoursExpression | None = None
    pickers: Annotated[int, Field(ge=0, le=1000)]
    pick_duration_per_line: Duration
    setup_duration: Duration
    handover_duration: Duration
    counter_places: Annotated[int, Field(ge=0, le=10_000)] = 0
    returns_per_day: Annotated[int, Field(ge=0, le=10**6)] | None = None
    radius_m: dict[ResourceKind, Annotated[int, Field(ge=0)]] = {}
    attributes: Attributes = {}


class CostRates(Model):
    """Integer minor units. An hour is an hour of travel, set-up and service; waiting is not paid."""

    per_km: Rate = 0
    per_hour: Rate = 0
    per_use: Rate = 0
    per_overtime_hour: Rate = 0


class Break(Model):
    """Rest in a shift, taken where the resource stands. It is not paid.

    Parameters
    ----------
    window
        When it may start.
    """

    window: TimeWindow
    duration: Annotated[Duration, Field(gt=timedelta(0))]

    @property
    def latest_end(self) -> datetime:
        return self.window.latest + self.duration


class MobileResource(Model):
    """What every resource that travels has.

    Parameters
    ----------
    end_place
        Where it has to be when the shift ends; None: it ends where its last visit is.
    shift
        It leaves its start no earlier than the start and is done before the end.
    breaks
        In the shift, overtime aside, and in order: none can start before the one before it is over.
    max_overtime, overtime
        By how much the shift may be extended, and by how much it has been: what was agreed for today.
        Work behind the shift's end costs `rates.per_overtime_hour` on top.
    on_call
        At home until somebody calls: no plan counts on this one.
    crew_size
        People on board. They come, work and go together; `rates` are those of all of them.
    """

    resource_id: Id
    name: Name
    profile: TravelProfile
    start_place: Place
    end_place: Place | None = None
    shift: Interval
    breaks: tuple[Break, ...] = ()
    max_overtime: Duration = timedelta(0)
    overtime: Duration = timedelta(0)
    on_call: bool = False
    crew_size: Crew = 1
    skills: tuple[SkillLevel, ...] = ()
    rates: CostRates
    attributes: Attributes = {}

    @model_validator(mode="after")
    def _shift_holds_its_parts(self) -> Self:
        if errors := [*_shift_errors(self)]:
            raise ValidationError.from_exception_data(type(self).__name__, errors)
        return self


def _shift_errors(mobile: MobileResource) -> Iterator[InitErrorDetails]:
    """Overtime beyond what is allowed, and breaks that are no part of the shift or overlap."""
    if mobile.overtime > mobile.max_overtime:
        error = broken_rule(
            IssueCode.OVERTIME_EXCEEDED,
            "overtime ({overtime}) must be <= max_overtime ({max_overtime})",
            hint="extend the shift by less, or raise max_overtime",
            overtime=str(mobile.overtime),
            max_overtime=str(mobile.max_overtime),
        )
        yield InitErrorDetails(type=error, loc=("overtime",), input=mobile.overtime)
    for n, each in enumerate(mobile.breaks):
        if each.window.earliest < mobile.shift.start or each.latest_end > mobile.shift.end:
            yield _misplaced(
                each,
                n,
                "[{earliest}, {latest_end}) of a break must lie in the shift [{start}, {end})",
                start=mobile.shift.start.isoformat(),
                end=mobile.shift.end.isoformat(),
            )
    for n, (one, other) in enumerate(pairwise(mobile.breaks), start=1):
        if other.window.earliest < one.latest_end:
            rule = "earliest ({earliest}) of a break must be >= the latest end of the one before ({before})"
            yield _misplaced(other, n, rule, before=one.latest_end.isoformat())


def _misplaced(each: Break, n: int, rule: str, **values: str) -> InitErrorDetails:
    earliest, latest_end = each.window.earliest.isoformat(), each.latest_end.isoformat()
    error = broken_rule(
        IssueCode.BREAK_MISPLACED,
        rule,
        hint="move the window or shorten the break",
        earliest=earliest,
        latest_end=latest_end,
        **values,
    )
    return InitErrorDetails(type=error, loc=("breaks", n), input=each)


class Rider(MobileResource):
    kind: Literal[ResourceKind.RIDER] = ResourceKind.RIDER
    capacity: Load


class Van(MobileResource):
    kind: Literal[ResourceKind.VAN] = ResourceKind.VAN
    capacity: Load


class Technician(MobileResource):
    kind: Literal[ResourceKind.TECHNICIAN] = ResourceKind.TECHNICIAN
    tools: tuple[Id, ...] = ()


Vehicle = Rider | Van
"""A mobile resource that carries goods."""


class Carrier(Model):
    """A parcel carrier that collects at a cut-off and delivers some days later.

    Parameters
    ----------
    cut_off
        Local time of day by which a parcel must be picked to leave that day.
    collects
        Its working days. A parcel that is not ready by the cut-off of one leaves on the next.
    transit_days, delivery_hours
        The parcel arrives that many working days later within those local hours; 0: on the same day.
    daily_quota
        Parcels a day.
    zones
        Where it delivers: a place is in the first one that holds it. None: everywhere.
    """

    resource_id: Id
    kind: Literal[ResourceKind.CARRIER] = ResourceKind.CARRIER
    name: Name
    temperatures: tuple[Temperature, ...] = (Temperature.AMBIENT,)
    accepts_fragile: bool = False
    accepts_hazard: bool = False
    max_weight_g: Annotated[int, Field(gt=0)]
    tariff_base: Rate
    tariff_per_kg: Rate
    cut_off: time
    collects: WorkingDays = WorkingDays()
    transit_days: Annotated[int, Field(ge=0, le=30)]
    delivery_hours: DailyHours
    daily_quota: Annotated[int, Field(ge=0)]
    zones: Annotated[tuple[CarrierZone, ...], Field(max_length=100)] = ()
    attributes: Attributes = {}


class Desk(Model):
    """Remote agents who hold sessions by phone or video; `hours` and `holiday_hours` as of a site."""

    resource_id: Id
    kind: Literal[ResourceKind.DESK] = ResourceKind.DESK
    name: Name
    skills: tuple[SkillLevel, ...] = ()
    concurrency: Annotated[int, Field(ge=1, le=10_000)]
    hours: HoursExpression
    holiday_hours: HoursExpression | None = None
    attributes: Attributes = {}


class ResourcePool(Model):
    """Interchangeable resources. A pool with `channels` works for items of those channels only."""

    pool_id: Id
    name: Name
    resource_ids: tuple[Id, ...]
    channels: tuple[Channel, ...] = ()

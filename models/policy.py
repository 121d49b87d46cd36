"""Service levels, fees, cost rates and the other figures that a merchant decides."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import Id, Model, Name
from models.contract import ServiceItemKind
from models.issues import IssueCode, broken_rule
from models.money import Currency, MinorUnits, Rate
from models.order import Load, check_distinct
from models.promise import CompensationLadder, Mode
from models.resource import ResourceKind, SkillLevel
from models.timing import Duration


class ServiceLevel(Model):
    """A kind of promise that is on sale.

    Parameters
    ----------
    modes
        By which means it may be kept.
    within
        The promised window is `[now, now + within]`.
    slot_duration, num_slots
        The promised window is one of the next `num_slots` slots of that length, counted from
        local midnight, whose start lies after now. Give either `within` or slots, or neither:
        then the carrier's arrival hours, or `Policy.pickup_hold` at a counter, are the window.
    fee
        What the customer pays, once per stop.
    """

    service_level_id: Id
    name: Name
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)]
    within: Duration | None = None
    slot_duration: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=1))] | None = None
    num_slots: Annotated[int, Field(ge=1, le=48)] = 1
    fee: Annotated[MinorUnits, Field(ge=0)] = 0
    ladder: CompensationLadder = CompensationLadder()

    @model_validator(mode="after")
    def _one_kind_of_window(self) -> Self:
        if self.within is not None and self.slot_duration is not None:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "give within ({within}) or slot_duration ({slot}), not both",
                hint="remove one of the two",
                within=str(self.within),
                slot=str(self.slot_duration),
            )
        return self


class PackItem(Model):
    """A service that comes with goods of a category.

    Parameters
    ----------
    name
        Names the item within its order line.
    skills, tools
        What a technician or desk must have.
    load
        What a collection takes back, per piece bought.
    after_delivery, lag
        The item starts only after the goods are there, and no earlier than `lag` after that.
    with_delivery
        A collection in the same visit as the delivery.
    """

    name: Id
    kind: ServiceItemKind
    service_duration: Duration
    skills: tuple[SkillLevel, ...] = ()
    tools: tuple[Id, ...] = ()
    load: Load = Load()
    service_level_id: Id | None = None
    after_delivery: bool = False
    lag: Duration = timedelta(0)
    with_delivery: bool = False


class ServicePack(Model):
    """What comes with every line of goods of one category."""

    category: Name
    items: Annotated[tuple[PackItem, ...], Field(min_length=1, max_length=10)]


class Policy(Model):
    """The merchant's rules. Amounts are minor units of `currency`.

    Parameters
    ----------
    picking_per_line
        Cost of picking one order line.
    handling_per_item
        Cost of packing and handing over one service item, by mode.
    residual_cv
        Coefficient of variation of the actual lead time around the planned one, by mode.
    co2_g_per_km, co2_g_per_parcel
        Emission factors: of each kind of vehicle, and of a carrier's parcel.
    customer_setup, customer_handover
        Time at a customer's door: once per stop, and per item handed over.
    walking_speed_mm_per_s
        For the metres between a customer's place and the street: there and back, part of the set-up.
    service_packs
        Services that come with goods, by the category of the SKU.
    pick_bucket, counter_bucket, desk_bucket
        Grain of the picking, counter and desk capacity.
    pickup_hold
        How long goods wait at a counter for their customer.
    pickup_confidence
        A pickup is promised from the time at which the goods are ready with that probability.
    merge_window
        How long a contract that is DRAFT or QUOTED takes in further orders of its customer.
    quote_ttl, hold_ttl
        How long a quote's options and a hold stand.
    hold_tolerance_percent, hold_tolerance_amount
        A hold whose insertion has meanwhile become dearer still succeeds if it costs at most
        the quoted cost plus the larger of the two.
    max_snap_m
        A place farther than that from the street network is refused.
    same_door_m
        Places of one customer that lie no farther apart are one door, located twice.
    """

    currency: Currency
    service_levels: Annotated[tuple[ServiceLevel, ...], Field(min_length=1, max_length=50)]
    service_packs: tuple[ServicePack, ...] = ()
    picking_per_line: Rate
    handling_per_item: dict[Mode, Rate]
    residual_cv: dict[Mode, Annotated[float, Field(gt=0, le=5)]]
    co2_g_per_km: dict[ResourceKind, Annotated[int, Field(ge=0)]]
    co2_g_per_parcel: Annotated[int, Field(ge=0)]
    customer_setup: Duration
    customer_handover: Duration
    walking_speed_mm_per_s: Annotated[int, Field(ge=100, le=10_000)] = 1200
    pick_bucket: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(hours=1))] = timedelta(minutes=5)
    counter_bucket: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=1))] = timedelta(minutes=30)
    desk_bucket: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(hours=1))] = timedelta(minutes=5)
    pickup_hold: Duration = timedelta(hours=4)
    pickup_confidence: Annotated[float, Field(ge=0.5, le=0.999)] = 0.95
    merge_window: Duration = timedelta(minutes=30)
    quote_ttl: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(seconds=120))] = timedelta(seconds=120)
    hold_ttl: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(days=1))] = timedelta(minutes=10)
    hold_tolerance_percent: Annotated[int, Field(ge=0, le=1000)] = 10
    hold_tolerance_amount: Annotated[MinorUnits, Field(ge=0)] = 100
    max_snap_m: Annotated[int, Field(ge=0)] = 500
    same_door_m: Annotated[int, Field(ge=0, le=200)] = 25
    max_options: Annotated[int, Field(ge=1, le=20)] = 6

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_distinct("category", [pack.category for pack in self.service_packs])
        check_distinct("service_level_id", [level.service_level_id for level in self.service_levels])
        modes = {mode for level in self.service_levels for mode in level.modes}
        for table in ("handling_per_item", "residual_cv"):
            if missing := sorted(modes - set(getattr(self, table))):
                raise broken_rule(
                    IssueCode.FIELD_REQUIRED,
                    "{table} must have an entry for each of the {count} modes on sale, missing: {missing}",
                    hint="add the missing modes",
                    table=table,
                    count=len(modes),
                    missing=", ".join(missing),
                )
        return self

    def service_level(self, service_level_id: str) -> ServiceLevel | None:
        return next((level for level in self.service_levels if level.service_level_id == service_level_id), None)

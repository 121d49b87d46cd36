"""Service levels, fees, cost rates and the other figures that a merchant decides."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from models.base import AttributeKey, Id, Model, Name
from models.contract import GOODS_KINDS, ServiceItemKind
from models.document import DocumentRule
from models.fee import FeeLadder, FlexibilityDiscount, Narrowing
from models.issues import IssueCode, broken_rule
from models.money import Currency, MinorUnits, Rate
from models.order import Crew, Load, check_distinct
from models.promise import CompensationLadder, Mode
from models.resource import ResourceKind, SkillLevel
from models.timing import Duration

NARROWABLE = frozenset({Mode.RIDER, Mode.VAN, Mode.TECHNICIAN})
"""Whose start a replan may still move: the others stay where they are."""

HIGHEST_FEE = 10**9
"""Of one stop, in minor units: sums over all that a day sells stay within bounds."""


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
    fee, fee_ladder
        What the customer pays, once per stop: `fee` and what the ladder adds for place and time,
        in all from 0 to 1,000,000,000.
    ladder
        What is owed for lateness.
    narrowing
        The level is flexible: its slots are wide and cheaper (`Policy.flexibility`), and narrowed later.
    """

    service_level_id: Id
    name: Name
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)]
    within: Duration | None = None
    slot_duration: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=1))] | None = None
    num_slots: Annotated[int, Field(ge=1, le=48)] = 1
    fee: Annotated[MinorUnits, Field(ge=0)] = 0
    fee_ladder: FeeLadder = FeeLadder()
    ladder: CompensationLadder = CompensationLadder()
    narrowing: Narrowing | None = None

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

    @model_validator(mode="after")
    def _adds_up_to_a_fee(self) -> Self:
        if self.fee + self.fee_ladder.lowest < 0:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "fee ({fee}) and the lowest step of its ladder ({lowest}) must add up to 0 or more",
                hint="raise the fee or the step",
                fee=self.fee,
                lowest=self.fee_ladder.lowest,
            )
        if self.fee + self.fee_ladder.highest > HIGHEST_FEE:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "fee ({fee}) and the highest steps of its ladder ({highest}) must add up to at most {most}",
                hint="lower the fee or the steps: they are in minor units",
                fee=self.fee,
                highest=self.fee_ladder.highest,
                most=HIGHEST_FEE,
            )
        return self

    @model_validator(mode="after")
    def _can_be_narrowed(self) -> Self:
        if self.narrowing is None:
            return self
        if unfit := sorted(set(self.modes) - NARROWABLE):
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "modes of a level with narrowing must be of {fit}, found {unfit}",
                hint="put the other modes into a level of their own",
                fit=", ".join(sorted(NARROWABLE)),
                unfit=", ".join(unfit),
            )
        if self.slot_duration is None or 2 * self.narrowing.width > self.slot_duration:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "narrowing.width ({width}) must be at most half of slot_duration ({slot})",
                hint="give longer slots, or a smaller width",
                width=str(self.narrowing.width),
                slot=str(self.slot_duration),
            )
        return self


_MODES_BY_KIND = {
    ServiceItemKind.TECHNICIAN_VISIT: frozenset({Mode.TECHNICIAN}),
    ServiceItemKind.COLLECTION: frozenset({Mode.RIDER, Mode.VAN}),
    ServiceItemKind.REMOTE_SESSION: frozenset({Mode.REMOTE}),
    ServiceItemKind.DIGITAL: frozenset({Mode.DIGITAL}),
}
"""By which modes a service that comes with goods can be done."""


class PackItem(Model):
    """A service that comes with goods of a category.

    Parameters
    ----------
    name
        Names the item within its order line.
    kind
        Any but DELIVERY and STORE_PICKUP, which hand over goods.
    skills, tools
        What a technician or desk must have.
    crew
        People whom a visit or collection takes.
    load
        What a collection takes back, per piece bought.
    goods_class
        Of a collection: the class of what it takes back, for `Policy.keep_apart`.
    after_delivery, lag
        The item starts only after the goods are there, and no earlier than `lag` after that.
    with_delivery
        A collection in the same visit as the delivery.
    same_start
        A technician who starts when the delivery does.
    """

    name: Id
    kind: ServiceItemKind
    service_duration: Duration
    skills: tuple[SkillLevel, ...] = ()
    tools: tuple[Id, ...] = ()
    crew: Crew = 1
    load: Load = Load()
    goods_class: Id | None = None
    service_level_id: Id | None = None
    after_delivery: bool = False
    lag: Duration = timedelta(0)
    with_delivery: bool = False
    same_start: bool = False

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if errors := [*_misfits(self)]:
            raise ValidationError.from_exception_data("PackItem", errors)
        return self


def _misfits(item: PackItem) -> Iterator[InitErrorDetails]:
    """What an item of that kind cannot have, each at its own field."""
    visit, collection = ServiceItemKind.TECHNICIAN_VISIT, ServiceItemKind.COLLECTION
    if item.kind in GOODS_KINDS:
        yield _misfit(item, "kind", f"must be one of {', '.join(_MODES_BY_KIND)}", hint="goods are lines of an order")
    if item.tools and item.kind is not visit:
        yield _misfit(item, "tools", f"need kind {visit}, not {item.kind}", hint="remove the tools")
    if item.crew > 1 and item.kind not in (visit, collection):
        yield _misfit(item, "crew", f"needs kind {visit} or {collection}, not {item.kind}", hint="remove the crew")
    if item.load != Load() and item.kind is not collection:
        yield _misfit(item, "load", f"needs kind {collection}, not {item.kind}", hint="remove the load")
    if item.goods_class and item.kind is not collection:
        yield _misfit(item, "goods_class", f"needs kind {collection}, not {item.kind}", hint="remove the class")
    if item.with_delivery and item.kind is not collection:
        hint = "use after_delivery, or same_start for a technician: nobody else comes with the goods"
        yield _misfit(item, "with_delivery", f"needs kind {collection}, not {item.kind}", hint=hint)
    if item.with_delivery and item.after_delivery:
        yield _misfit(item, "with_delivery", "and after_delivery (True) exclude each other", hint="remove one of them")
    if item.same_start and item.kind is not visit:
        hint = "use with_delivery for a collection, after_delivery for the rest"
        yield _misfit(item, "same_start", f"needs kind {visit}, not {item.kind}", hint=hint)
    if item.same_start and item.after_delivery:
        yield _misfit(item, "same_start", "and after_delivery (True) exclude each other", hint="remove one of them")
    if item.lag and not item.after_delivery:
        yield _misfit(
            item, "lag", "needs after_delivery (True), not False", hint="add after_delivery or remove the lag"
        )


def _misfit(item: PackItem, field: str, rule: str, *, hint: str) -> InitErrorDetails:
    value = getattr(item, field)
    said = ", ".join(value) if isinstance(value, tuple) else str(value)
    error = broken_rule(
        IssueCode.VALUE_INVALID, "{field} ({said}) {rule}", hint=hint, field=field, said=said, rule=rule
    )
    return InitErrorDetails(type=error, loc=(field,), input=value)


class ServicePack(Model):
    """What comes with every line of goods of one category."""

    category: Name
    items: Annotated[tuple[PackItem, ...], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _names_distinct(self) -> Self:
        check_distinct("name", [item.name for item in self.items])
        return self


def _two_classes(pair: tuple[str, ...]) -> tuple[str, ...]:
    if pair[0] == pair[1]:
        raise broken_rule(
            IssueCode.VALUE_INVALID,
            "classes of a pair ({one}, {other}) must differ",
            hint="goods of one class may always travel together; remove the pair",
            one=pair[0],
            other=pair[1],
        )
    return pair


ApartPair = Annotated[tuple[Id, ...], Field(min_length=2, max_length=2), AfterValidator(_two_classes)]


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
    customer_handover_per_root_piece
        On top for every item: this, times the square root of its number of pieces. A hundred parcels
        take longer than one, but not a hundred times as long.
    walking_speed_mm_per_s
        For the metres between a customer's place and the street: there and back, part of the set-up.
    service_packs
        Services that come with goods, by the category of the SKU.
    max_split
        Parcels that the goods of one order may come in, once some of them are split over sites;
        1: nothing is split.
    split_by
        The SKU attribute by which goods are parted first; None: by what the sites have alone.
    divide_lines
        The pieces of one order line may come from several sites.
    keep_apart
        Pairs of goods classes that must not be on board of one vehicle at the same time.
    documents
        Which goods need which papers from each source, beside the waybill.
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
    max_ways_out
        How many ways out of a refused wish a quote shows at most; 0: none is searched.
    max_extra_radius_m
        How far beyond its radius a site may deliver as a way out.
    max_snap_m
        A place farther than that from the street network is refused.
    same_door_m
        Places of one customer that lie no farther apart are one door, located twice.
    flexibility
        The discount of levels with `narrowing`.
    waiting_per_hour
        What an hour until the last promised end counts when an option is recommended: the one with
        the least cost and waiting, among those that meet the wish if any does, and not a flexible
        one if there is another.
    recommended_confidence
        An option with an item that is less likely to be on time is recommended only if there is
        none whose items all are that likely.
    max_counter_offers
        How many counter-offers are answered for one contract.
    disturbance
        What it counts in a replan if an item changes hands: another resource does it, or it comes
        from another site. Nobody pays it, so it is no part of a plan's cost; a replan has to save
        more than that.
    """

    currency: Currency
    service_levels: Annotated[tuple[ServiceLevel, ...], Field(min_length=1, max_length=50)]
    service_packs: tuple[ServicePack, ...] = ()
    max_split: Annotated[int, Field(ge=1, le=10)] = 1
    split_by: AttributeKey | None = None
    divide_lines: bool = False
    keep_apart: Annotated[tuple[ApartPair, ...], Field(max_length=20)] = ()
    documents: tuple[DocumentRule, ...] = ()
    picking_per_line: Rate
    handling_per_item: dict[Mode, Rate]
    residual_cv: dict[Mode, Annotated[float, Field(gt=0, le=5)]]
    co2_g_per_km: dict[ResourceKind, Annotated[int, Field(ge=0)]]
    co2_g_per_parcel: Annotated[int, Field(ge=0)]
    customer_setup: Duration
    customer_handover: Duration
    customer_handover_per_root_piece: Duration = timedelta(0)
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
    flexibility: FlexibilityDiscount = FlexibilityDiscount()
    waiting_per_hour: Rate = 500
    recommended_confidence: Annotated[float, Field(ge=0, le=1)] = 0.9
    max_counter_offers: Annotated[int, Field(ge=0, le=50)] = 5
    disturbance: Rate = 0
    max_ways_out: Annotated[int, Field(ge=0, le=20)] = 6
    max_extra_radius_m: Annotated[int, Field(ge=0, le=100_000)] = 0

    @field_validator("service_levels")
    @classmethod
    def _distinct(cls, levels: tuple[ServiceLevel, ...]) -> tuple[ServiceLevel, ...]:
        check_distinct("service_level_id", [level.service_level_id for level in levels])
        return levels

    @field_validator("service_packs")
    @classmethod
    def _distinct_packs(cls, packs: tuple[ServicePack, ...]) -> tuple[ServicePack, ...]:
        check_distinct("category", [pack.category for pack in packs])
        return packs

    @field_validator("keep_apart")
    @classmethod
    def _distinct_pairs(cls, pairs: tuple[ApartPair, ...]) -> tuple[ApartPair, ...]:
        check_distinct("pair of keep_apart", [" ".join(sorted(pair)) for pair in pairs])
        return pairs

    @model_validator(mode="after")
    def _complete(self) -> Self:
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
        if errors := [*self._pack_errors()]:
            raise ValidationError.from_exception_data("Policy", errors)
        return self

    def _pack_errors(self) -> Iterator[InitErrorDetails]:
        """Services in packs that no level on sale promises, each at its own path."""
        for p, pack in enumerate(self.service_packs):
            for i, item in enumerate(pack.items):
                loc = ("service_packs", p, "items", i)
                if item.service_level_id is None:
                    if not any(_may_promise(level, item.kind) for level in self.service_levels):
                        yield InitErrorDetails(type=_no_level(item.kind), loc=(*loc, "kind"), input=item.kind)
                elif error := self._wrong_level(item.service_level_id, item.kind):
                    yield InitErrorDetails(type=error, loc=(*loc, "service_level_id"), input=item.service_level_id)

    def _wrong_level(self, wish: str, kind: ServiceItemKind) -> PydanticCustomError | None:
        level = self.service_level(wish)
        if level is None:
            return broken_rule(
                IssueCode.SERVICE_LEVEL_UNKNOWN,
                "service_level_id ({wish}) must be one of {known}",
                hint="correct the id or add the level",
                wish=wish,
                known=", ".join(each.service_level_id for each in self.service_levels),
            )
        if not _may_promise(level, kind):
            return broken_rule(
                IssueCode.VALUE_INVALID,
                "modes of {wish} ({modes}) must have one of {fitting}, by which a {kind} is done",
                hint="name a level that has one, or add the mode to this one",
                wish=wish,
                modes=", ".join(level.modes),
                fitting=", ".join(sorted(_MODES_BY_KIND[kind])),
                kind=kind.value,
            )
        return None

    @property
    def apart_by_class(self) -> dict[str, frozenset[str]]:
        """By class that is in a pair: what must not be on board with it."""
        pairs = [*self.keep_apart, *(pair[::-1] for pair in self.keep_apart)]
        return {each: frozenset(other for one, other in pairs if one == each) for each in sorted({a for a, _ in pairs})}

    def clash(self, goods_classes: Iterable[str]) -> bool:
        """Whether goods of these classes must not travel together."""
        classes = frozenset(goods_classes)
        return any(classes.issuperset(pair) for pair in self.keep_apart)

    def service_pack(self, category: str) -> ServicePack | None:
        return next((pack for pack in self.service_packs if pack.category == category), None)

    def service_level(self, service_level_id: str) -> ServiceLevel | None:
        return next((level for level in self.service_levels if level.service_level_id == service_level_id), None)


def _may_promise(level: ServiceLevel, kind: ServiceItemKind) -> bool:
    return not _MODES_BY_KIND[kind].isdisjoint(level.modes)


def _no_level(kind: ServiceItemKind) -> PydanticCustomError:
    return broken_rule(
        IssueCode.FIELD_REQUIRED,
        "a {kind} must have a service level with one of the modes {fitting}; none on sale has one",
        hint="add a level with such a mode, or remove the item from the pack",
        kind=kind.value,
        fitting=", ".join(sorted(_MODES_BY_KIND[kind])),
    )

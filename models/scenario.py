"""What-if: a base and an ordered list of typed changes to it."""

from datetime import time, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.area import Area
from models.base import AttributeKey, AttributeValue, Id, Model, Name
from models.fee import FeeLadder
from models.issues import IssueCode, broken_rule, one_of
from models.money import MinorUnits, Rate
from models.order import Channel, Quantity
from models.place import Place
from models.policy import ServiceLevel
from models.promise import CompensationLadder
from models.resource import ResourceKind, SkillLevel, TravelProfile
from models.timing import Duration

Factor = Annotated[float, Field(ge=0, le=10)]
Share = Annotated[float, Field(gt=0, le=1)]
SignedDuration = Annotated[timedelta, Field(ge=-timedelta(days=1), le=timedelta(days=1))]
Mobile = Literal[ResourceKind.RIDER, ResourceKind.VAN, ResourceKind.TECHNICIAN]
Count = Annotated[int, Field(ge=1, le=10_000)]


def _some_of(model: Model, *names: str) -> None:
    """Refuse a model of which none of these fields is given: it would change nothing."""
    if all(getattr(model, name) in (None, (), {}) for name in names):
        raise broken_rule(
            IssueCode.FIELD_REQUIRED,
            "number of {names} that are given ({count}) must be >= 1",
            hint="say what is to change, or remove the change",
            names=", ".join(names),
            count=0,
        )


class Hours(Model):
    """A part of the day in local time, `[from_time, until_time)`; None: from, or to, midnight."""

    from_time: time | None = None
    until_time: time | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.from_time and self.until_time and self.from_time >= self.until_time:
            raise broken_rule(
                IssueCode.INTERVAL_EMPTY,
                "from_time ({start}) must be < until_time ({end})",
                hint="split hours that cross midnight into two changes",
                start=self.from_time.isoformat(),
                end=self.until_time.isoformat(),
            )
        return self


class OrdersWhere(Hours):
    """Which orders a change is about: those that meet all that is given.

    Parameters
    ----------
    channels
        None: all.
    area
        Of the customer's place.
    from_time, until_time
        Local time at which they are placed.
    """

    channels: tuple[Channel, ...] = ()
    area: Area | None = None


# Sites and stock


class CloseSite(Model):
    """A site is closed for the whole day: nothing is fetched, picked or taken back there."""

    change: Literal["close_site"] = "close_site"
    site_id: Id


class OpenSite(Model):
    """A closed site opens again; or a new one opens, with the stock, hours and people of another.

    Parameters
    ----------
    like
        Site that the new one is like, stock included. None: the site is there, and closed.
    place, name
        Of the new one.
    """

    change: Literal["open_site"] = "open_site"
    site_id: Id
    like: Id | None = None
    place: Place | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _new_one_is_somewhere(self) -> Self:
        if (self.like is None) != (self.place is None) or (self.name is not None and self.like is None):
            raise broken_rule(
                IssueCode.FIELD_REQUIRED,
                "like ({like}), place ({place}) and the name are those of a new site: give like and place together",
                hint="give both for a new site, neither for one that opens again",
                like=str(self.like),
                place=str(self.place),
            )
        return self


class ChangeStock(Model):
    """Pieces on hand of some goods at some sites: multiplied, or set.

    Parameters
    ----------
    site_ids, sku_ids, categories
        Which rows of the stock; none: all.
    factor
        Rounded down to whole pieces.
    pieces
        In each of the rows; where a site of `site_ids` has no row for one of `sku_ids`, it gets one.
    """

    change: Literal["change_stock"] = "change_stock"
    site_ids: tuple[Id, ...] = ()
    sku_ids: tuple[Id, ...] = ()
    categories: tuple[Name, ...] = ()
    factor: Annotated[float, Field(ge=0, le=1000)] | None = None
    pieces: Annotated[int, Field(ge=0, le=10**9)] | None = None

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        one_of(self, "factor", "pieces")
        return self


# Riders, vans, technicians


class MobilesWhere(Model):
    """Which riders, vans or technicians a change is about: those of a kind that meet all that is given.

    Parameters
    ----------
    resource_ids
        None: all of the kind that are there.
    start_area
        Where their shift starts.
    """

    kind: Mobile
    resource_ids: tuple[Id, ...] = ()
    start_area: Area | None = None


class AddResources(Model):
    """More riders, vans or technicians, each like one that is there and in the same pools.

    Parameters
    ----------
    like
        Whom they are like, in turn. None: those of the kind who are there and not on call, evenly.
    at_sites
        Where they start and, if those whom they are like go home, end: at these sites in turn.
        None: where those do.
    """

    change: Literal["add_resources"] = "add_resources"
    kind: Mobile
    count: Count
    like: tuple[Id, ...] = ()
    at_sites: tuple[Id, ...] = ()


class RemoveResources(MobilesWhere):
    """Fewer riders, vans or technicians.

    Parameters
    ----------
    count
        So many of those that are meant, evenly. None: all of them.
    """

    change: Literal["remove_resources"] = "remove_resources"
    count: Count | None = None


class Retrain(MobilesWhere):
    """Riders, vans or technicians get skills or, technicians only, tools.

    Parameters
    ----------
    skills
        Each at that level at least; who is better stays so.
    """

    change: Literal["retrain"] = "retrain"
    skills: tuple[SkillLevel, ...] = ()
    tools: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _learns_something(self) -> Self:
        _some_of(self, "skills", "tools")
        return self


class ShiftTimes(MobilesWhere):
    """Shifts start and end later or, negative, earlier. Breaks move with the start.

    Parameters
    ----------
    start_by, end_by
        `PT1H`, or `-PT30M`.
    """

    change: Literal["shift_times"] = "shift_times"
    start_by: SignedDuration = timedelta(0)
    end_by: SignedDuration = timedelta(0)

    @model_validator(mode="after")
    def _moves_something(self) -> Self:
        if not self.start_by and not self.end_by:
            _some_of(self.model_copy(update={"start_by": None, "end_by": None}), "start_by", "end_by")
        return self


# Pools


class SharePool(Model):
    """The members of some pools work for more channels, whatever they were kept for.

    Parameters
    ----------
    pool_ids
        None: all pools.
    channels
        That they work for from now on, too; none: all channels.
    """

    change: Literal["share_pool"] = "share_pool"
    pool_ids: tuple[Id, ...] = ()
    channels: tuple[Channel, ...] = ()


class PoolPart(Model):
    """A part of a pool, and whom it works for.

    Parameters
    ----------
    pool_id
        Of the part.
    share
        Of the members that are left, by number; dealt out in turn, so that every part has some of each
        neighbourhood.
    resource_ids, start_area
        Instead: these members, or those that start there.
    channels
        It works for these only; none: for all.
    attribute, values
        It works only for goods whose SKUs all have one of these values of an attribute: a brand.
    area
        It works only for customers who live there.
    """

    pool_id: Id
    share: Share | None = None
    resource_ids: tuple[Id, ...] = ()
    start_area: Area | None = None
    channels: tuple[Channel, ...] = ()
    attribute: AttributeKey | None = None
    values: tuple[AttributeValue, ...] = ()
    area: Area | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        one_of(self, "share", "resource_ids", "start_area")
        if (self.attribute is None) != (not self.values):
            raise broken_rule(
                IssueCode.FIELD_REQUIRED,
                "attribute ({attribute}) and values ({values}) must be given together",
                hint="add the other one, or remove both",
                attribute=str(self.attribute),
                values=", ".join(self.values),
            )
        return self


class SplitPool(Model):
    """A pool falls into parts that do not help each other: by channel, by brand or by area.

    Members that are in no part work for nobody. Shares must add up to at most 1.
    """

    change: Literal["split_pool"] = "split_pool"
    pool_id: Id
    parts: Annotated[tuple[PoolPart, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _no_more_than_there_is(self) -> Self:
        total = sum(part.share or 0 for part in self.parts)
        if total > 1 + 1e-9:
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "shares of all parts ({total}) must add up to at most 1",
                hint="lower some of them",
                total=round(total, 4),
            )
        return self


# Demand


class MultiplyDemand(OrdersWhere):
    """More or fewer orders of some kind: who orders in the base still orders as far as the factor allows.

    Parameters
    ----------
    factor
        0.8: one in five is gone; 1.5: every other one comes with a second order like it, of another
        customer who lives where one of these does.
    """

    change: Literal["multiply_demand"] = "multiply_demand"
    factor: Factor


class ShiftDemand(OrdersWhere):
    """Orders come at another time or by another channel.

    Parameters
    ----------
    share
        Of the orders that are meant.
    by
        Later or, negative, earlier; their windows move along. Never out of the horizon.
    to_channel
        By which they come instead.
    """

    change: Literal["shift_demand"] = "shift_demand"
    share: Share = 1
    by: SignedDuration = timedelta(0)
    to_channel: Channel | None = None

    @model_validator(mode="after")
    def _shifts_something(self) -> Self:
        if not self.by:
            _some_of(self.model_copy(update={"by": None}), "by", "to_channel")
        return self


class Promotion(OrdersWhere):
    """A promotion of some goods: more orders with them, a gift in each, or a pre-sale.

    Parameters
    ----------
    sku_ids
        What is promoted: orders with one of these are meant.
    factor
        Of the number of these orders.
    gift_sku_id, gift_quantity
        Added to each of them, a line of its own: it comes with the rest, or beside it if it must.
    deposit_time, balance_time
        Pre-sale: these orders are known from the deposit on, and delivered from the payment of the
        balance on.
    balance_paid
        Share of those who paid the deposit that pays the balance; the other orders are gone.
    deliver_within
        After `balance_time`.
    """

    change: Literal["promotion"] = "promotion"
    sku_ids: Annotated[tuple[Id, ...], Field(min_length=1)]
    factor: Factor = 1
    gift_sku_id: Id | None = None
    gift_quantity: Quantity = 1
    deposit_time: time | None = None
    balance_time: time | None = None
    balance_paid: Share = 1
    deliver_within: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(hours=4)

    @model_validator(mode="after")
    def _deposit_before_balance(self) -> Self:
        if (self.deposit_time is None) != (self.balance_time is None) or (
            self.deposit_time and self.balance_time and self.deposit_time >= self.balance_time
        ):
            raise broken_rule(
                IssueCode.VALUE_INVALID,
                "deposit_time ({deposit}) must be given with balance_time ({balance}), and earlier",
                hint="give both in order for a pre-sale, neither for an ordinary promotion",
                deposit=str(self.deposit_time),
                balance=str(self.balance_time),
            )
        return self


# What is on sale, and on what terms


class PutServiceLevel(Model):
    """A service level that is new, or takes the place of the one with the same id."""

    change: Literal["service_level"] = "service_level"
    level: ServiceLevel


class WithdrawServiceLevel(Model):
    """A service level is not on sale any more."""

    change: Literal["withdraw_service_level"] = "withdraw_service_level"
    service_level_id: Id


class ChangeFee(Model):
    """What customers pay for a service level.

    Parameters
    ----------
    amount
        Instead of its fee.
    fee_ladder
        Instead of its ladder of places and hours.
    """

    change: Literal["fee"] = "fee"
    service_level_id: Id
    amount: Annotated[MinorUnits, Field(ge=0)] | None = None
    fee_ladder: FeeLadder | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        _some_of(self, "amount", "fee_ladder")
        return self


class ChangeLateness(Model):
    """What is owed when a service level is late."""

    change: Literal["lateness_ladder"] = "lateness_ladder"
    service_level_id: Id
    ladder: CompensationLadder


class ChangePolicy(Model):
    """Switches of the policy; what is not given stays.

    Parameters
    ----------
    merge
        Whether orders of one customer join one contract. `true` needs a `merge_window`, here or in the policy.
    merge_window
        How long a contract takes in further orders.
    replan_every
        Orders are promised as they come, and the plan is searched anew so often. Not with a snapshot: no
        order comes there.
    max_split, divide_lines, waiting_per_hour
        As in the policy.
    """

    change: Literal["policy"] = "policy"
    merge: bool | None = None
    merge_window: Duration | None = None
    replan_every: Annotated[Duration, Field(ge=timedelta(minutes=1))] | None = None
    max_split: Annotated[int, Field(ge=1, le=10)] | None = None
    divide_lines: bool | None = None
    waiting_per_hour: Rate | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        _some_of(self, "merge", "merge_window", "replan_every", "max_split", "divide_lines", "waiting_per_hour")
        return self


class ChangeCarrier(Model):
    """Tariff and quota of a parcel carrier, or of one of its zones.

    Parameters
    ----------
    zone_id
        None: the carrier as a whole.
    tariff_base, tariff_per_kg, daily_quota
        What is not given stays.
    """

    change: Literal["carrier"] = "carrier"
    resource_id: Id
    zone_id: Id | None = None
    tariff_base: Rate | None = None
    tariff_per_kg: Rate | None = None
    daily_quota: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        _some_of(self, "tariff_base", "tariff_per_kg", "daily_quota")
        return self


# Streets


class TravelFactor(Hours):
    """Ways take longer or shorter: weather or traffic, by profile, everywhere or in an area, all day or at some hours.

    Parameters
    ----------
    from_time, until_time
        Local time, on every day. What is slower then is the speed: see `TrafficSpell`. With hours factors are
        at least 1.
    duration_factor
        By profile: what the time on every street is multiplied by.
    area
        All day: streets of which both ends lie there. With hours: as in `TrafficSpell`. None: all.
    """

    change: Literal["travel_factor"] = "travel_factor"
    duration_factor: Annotated[dict[TravelProfile, Annotated[float, Field(ge=0.1, le=10)]], Field(min_length=1)]
    area: Area | None = None


class CloseRoad(Model):
    """Streets are closed, to all or to some: a bridge, a tunnel, a whole area.

    Parameters
    ----------
    name
        Of the streets as the extract has it: `name`, `bridge:name`, `tunnel:name` or `name:en` of its ways.
    area
        Streets of which both ends lie there.
    profiles
        To whom; none: to all.
    """

    change: Literal["close_road"] = "close_road"
    name: Name | None = None
    area: Area | None = None
    profiles: tuple[TravelProfile, ...] = ()

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        one_of(self, "name", "area")
        return self


Change = Annotated[
    CloseSite
    | OpenSite
    | ChangeStock
    | AddResources
    | RemoveResources
    | Retrain
    | ShiftTimes
    | SharePool
    | SplitPool
    | MultiplyDemand
    | ShiftDemand
    | Promotion
    | PutServiceLevel
    | WithdrawServiceLevel
    | ChangeFee
    | ChangeLateness
    | ChangePolicy
    | ChangeCarrier
    | TravelFactor
    | CloseRoad,
    Field(discriminator="change"),
]


class ScenarioBase(Model):
    """What a scenario changes, where the file says it; both are relative to the scenario's file.

    Parameters
    ----------
    world
        Folder of a world.
    plan
        Snapshot: a file that `servanda plan` or the demo wrote, or the plan in force of a server.
        None: generated or given orders are planned anew.
    """

    world: str | None = None
    plan: str | None = None


class Scenario(Model):
    """A what-if.

    Parameters
    ----------
    base
        None: what the scenario is evaluated on is said elsewhere.
    changes
        Applied in their order. None: the base itself.
    """

    name: Id
    description: str = ""
    base: ScenarioBase | None = None
    changes: tuple[Change, ...] = ()


BASE = Scenario(name="base", description="Nothing changes.")

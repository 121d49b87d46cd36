"""What could be promised now: options with their costs, in a quote that holds nothing."""

import math
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.contract import ServiceItem
from models.money import Currency, MinorUnits
from models.plan import Assignment, Cost, ReasonCount
from models.promise import Mode, Payer, Promise, SameVisit
from models.timing import Duration, Instant


class Archetype(StrEnum):
    CHEAPEST = "CHEAPEST"
    FASTEST = "FASTEST"
    CONSOLIDATED = "CONSOLIDATED"
    PICKUP = "PICKUP"
    GREENEST = "GREENEST"
    FLEXIBLE = "FLEXIBLE"
    """A window at least twice as wide as that of the recommended option, narrowed later."""


Probability = Annotated[float, Field(ge=0, le=1)]


class Comparison(Model):
    """What an option gains and loses against the recommended one: always this one minus that one.

    Parameters
    ----------
    fee, cost
        Minor units.
    minutes_later
        Between the last promised ends, each cut to the minute; negative: earlier.
    co2_g, num_stops
        Grams, and times that somebody has to be there.
    """

    fee: int
    cost: int
    minutes_later: int
    co2_g: int
    num_stops: int


class SlaOption(Model):
    """One bundle that is shown, priced and could be promised: a promise for every item.

    Parameters
    ----------
    archetypes
        What it is best at among the options of its quote.
    recommended
        Exactly one option of a quote is: see `Policy.waiting_per_hour`.
    compared
        Against the recommended option of the same quote; None in no quote.
    fee
        What the customer pays: the sum of the promises' fees.
    cost
        What it costs us over the plan as it stands, by kind.
    assignments
        Who would do it now. A hold keeps promises and fee; the resources may differ.
    parts
        Items that stand in the place of those of the contract that no single site serves
        (`ServiceItem.split_of`); they become the contract's when it is confirmed.
    p_on_time_by_item_id, p_on_time
        Probability that service starts by the promised end; of the whole contract, its lower
        bound whatever the dependence: 1 - sum(1 - p) (Frechet), at least 0.
    expected_compensation_by_payer
        The cost's expected compensation, by who would pay it.
    same_visits
        Items that come together, at one stop; part of what is agreed when it is confirmed.
    apart
        Same visits of the contract that are given up with it.
    amended
        Items of the contract of which something is given up with it, as they are then: another
        source, another method, a wider window. Same ids; they replace the contract's when it is
        confirmed.
    num_stops
        Times that somebody has to be there: at the door or at a counter.
    meets_wish
        Every item gets the service level that was asked for, where one was.
    token
        Signed by the server; what `hold` takes. Empty inside the solver.
    """

    option_id: Id
    archetypes: tuple[Archetype, ...] = ()
    recommended: bool = False
    compared: Comparison | None = None
    promises: Annotated[tuple[Promise, ...], Field(min_length=1)]
    assignments: tuple[Assignment, ...]
    fee: Annotated[MinorUnits, Field(ge=0)]
    currency: Currency
    cost: Cost
    expected_compensation_by_payer: dict[Payer, Annotated[MinorUnits, Field(gt=0)]] = {}
    same_visits: tuple[SameVisit, ...] = ()
    apart: tuple[SameVisit, ...] = ()
    amended: tuple[ServiceItem, ...] = ()
    parts: tuple[ServiceItem, ...] = ()
    p_on_time_by_item_id: dict[Id, Probability]
    p_on_time: Probability
    co2_g: int
    num_stops: Annotated[int, Field(ge=0)]
    meets_wish: bool
    token: str = ""


class Refusal(Model):
    """What cannot be offered, and what rules it out, counted over all sites and resources.

    Parameters
    ----------
    mode, service_level_id
        The way that is impossible; None: every way.
    """

    item_id: Id
    mode: Mode | None = None
    service_level_id: Id | None = None
    reasons: Annotated[tuple[ReasonCount, ...], Field(min_length=1)]


class Relaxation(StrEnum):
    """What is given up, or done on top, so that something works after all. Stable by promise."""

    LATER_PROMISE = "LATER_PROMISE"
    """Another service level or a later window than was asked for."""
    OTHER_SOURCE = "OTHER_SOURCE"
    """A site that the item's constraint rules out, or that lies beyond its radius."""
    SPLIT = "SPLIT"
    """In several parcels, or at several times, what was to come together."""
    PICKUP = "PICKUP"
    """The customer fetches it."""
    ON_CALL = "ON_CALL"
    """A resource that is at home is called in."""
    OVERTIME = "OVERTIME"
    """A shift is extended."""
    HIGHER_FEE = "HIGHER_FEE"
    """More than the highest fee that was wished for."""


class ShiftChange(Model):
    """What has to be agreed with a resource before a way out can be held."""

    resource_id: Id
    call_in: bool = False
    overtime: Duration = timedelta(0)


class WayOut(Model):
    """The nearest thing that works instead of a refused wish: applied, planned and checked, not guessed.

    Parameters
    ----------
    item_id
        The item whose wish is refused; of several, the first.
    option
        What could be promised then, whole. It has a token where it can be held at once.
    extra_cost, extra_fee
        Against the cheapest option of the quote; without one, those of the option itself.
        Minor units; negative where it is cheaper.
    minutes_later
        By how much a promised end lies behind the end that was wished for, the largest over all
        items with a wish, rounded up; 0: not at all. The promised end of a `PICKUP` is the start
        of its window, when the goods are there.
    shift_change
        For ON_CALL and OVERTIME: make it with `ResourceService.ChangeShift`, then quote again.
    """

    relaxation: Relaxation
    item_id: Id
    option: SlaOption
    extra_cost: int
    extra_fee: int
    minutes_later: int = 0
    shift_change: ShiftChange | None = None


class Quote(Model):
    """The options of one contract at one revision. No option: `refusals` say why.

    Parameters
    ----------
    ways_out
        If a wish is refused: what would work instead, nearest first.
    """

    quote_id: Id
    contract_id: Id
    contract_revision: Annotated[int, Field(ge=1)]
    options: tuple[SlaOption, ...]
    refusals: tuple[Refusal, ...]
    ways_out: tuple[WayOut, ...] = ()
    create_time: Instant
    expire_time: Instant
    complete: bool = True
    """False: the caller's deadline ended the search; these are the best so far."""


def percent(probability: float) -> str:
    """Rounded down to a tenth of a percent: 0.9999 is not shown as certainty."""
    return f"{math.floor(probability * 1000 + 1e-9) / 10:.1f} %"

"""What a plan comes to, and what is different between two plans."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.money import MinorUnits
from models.option import Archetype, Probability
from models.order import Channel
from models.plan import Cost, ReasonCount, Violation
from models.promise import Mode
from models.timing import TimeWindow


class PromisedItem(Model):
    """One item of a contract as it was promised and planned.

    Parameters
    ----------
    fee
        Minor units.
    p_on_time
        Probability that it is kept in time; 0 for a promise that is not in the plan.
    reasons
        Of a promise that is not in the plan: what rules it out.
    """

    item_id: Id
    channel: Channel
    service_level_id: Id
    mode: Mode
    window: TimeWindow
    fee: MinorUnits
    sku_ids: tuple[Id, ...] = ()
    site_id: Id | None = None
    resource_id: Id | None = None
    p_on_time: Probability
    reasons: tuple[ReasonCount, ...] = ()


class ContractOutcome(Model):
    """What one contract got.

    Parameters
    ----------
    items
        None: it was refused.
    reasons
        Of a refusal, by all its items.
    """

    contract_id: Id
    order_ids: tuple[Id, ...]
    items: tuple[PromisedItem, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()


class Utilisation(Model):
    """How busy a pool was in one hour.

    Parameters
    ----------
    pool_id
        `-`: those in no pool.
    hour
        Local, 0 to 23.
    busy_s, available_s
        Seconds of travel, set-up and service; and of shifts without the breaks, over all members.
    """

    pool_id: str
    hour: Annotated[int, Field(ge=0, le=23)]
    busy_s: Annotated[int, Field(ge=0)]
    available_s: Annotated[int, Field(ge=0)]

    @property
    def share(self) -> float:
        return self.busy_s / self.available_s if self.available_s else 0.0


class OfferedOption(Model):
    """One option that a contract would be shown with all others planned."""

    contract_id: Id
    archetypes: tuple[Archetype, ...]
    recommended: bool
    fee: MinorUnits
    cost: MinorUnits
    p_on_time: Probability


class Offers(Model):
    """Options that some of the contracts would be shown, each with all others in the plan.

    Parameters
    ----------
    contracts
        How many were asked for: the same in base and scenario, as far as they are in both.
    """

    contracts: Annotated[int, Field(ge=0)] = 0
    options: tuple[OfferedOption, ...] = ()


class Evaluation(Model):
    """A scenario with one seed: planned, checked and counted.

    Parameters
    ----------
    digest
        Names what was planned: the base's files, the changes, the seed and the budget.
    cost
        Of the plan by kind, and what lateness will cost on average.
    fees
        What customers pay.
    kept, at_risk
        Promises, one per item, that are on time with at least `Policy.recommended_confidence`, and
        with less; a promise of the base that is not in the plan is at risk.
    refused
        Contracts without a promise.
    on_time
        Expected share of the promises that are kept in time; 1 if there is none.
    """

    digest: str
    scenario: Id
    seed: int
    currency: str
    cost: Cost
    fees: MinorUnits
    kept: Annotated[int, Field(ge=0)]
    at_risk: Annotated[int, Field(ge=0)]
    refused: Annotated[int, Field(ge=0)]
    on_time: Probability
    distance_m: Annotated[int, Field(ge=0)]
    co2_g: Annotated[int, Field(ge=0)]
    utilisation: tuple[Utilisation, ...]
    offers: Offers = Offers()
    contracts: tuple[ContractOutcome, ...]
    violations: tuple[Violation, ...]


class Cause(StrEnum):
    """Why a contract is not as it was. Stable by promise."""

    ORDER_NEW = "ORDER_NEW"
    """Its orders come in the scenario only, or others came to it."""
    ORDER_GONE = "ORDER_GONE"
    """Its orders do not come in the scenario."""
    SITE_OUT = "SITE_OUT"
    """The site that it was served from is closed, or has none of its goods any more."""
    RESOURCE_OUT = "RESOURCE_OUT"
    """Who did it is not there, has other shifts or skills, or does not work for its channel, brand or area any more."""
    LEVEL_CHANGED = "LEVEL_CHANGED"
    """The service level that it was promised has other terms, or is not on sale."""
    REFUSED = "REFUSED"
    """It gets no promise; `reasons` say what rules it out."""
    SERVED = "SERVED"
    """It was refused in the base, and gets a promise."""
    DISPLACED = "DISPLACED"
    """What it had is possible still, each part by itself: work of others or other ways lead to another plan."""


class Side(Model):
    """What a contract got on one side of a comparison; no item: refused, or not there."""

    items: tuple[PromisedItem, ...] = ()
    fee: MinorUnits = 0


class ContractChange(Model):
    """A contract that is promised something else, and why.

    Parameters
    ----------
    because_of
        Position in `Scenario.changes` of those that name what it was served by, or that made or
        took its orders.
    """

    seed: int
    contract_id: Id
    cause: Cause
    because_of: tuple[int, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    before: Side
    after: Side


class Difference(Model):
    """Scenario minus base, over the seeds: the mean and its interval of 95 %.

    With one seed there is no interval: both ends are the difference.
    """

    mean: float
    low: float
    high: float


class Comparison(Model):
    """A scenario beside its base, over all seeds.

    Parameters
    ----------
    evaluations, base_evaluations
        By seed, in the same order: the two of one seed have the same customers.
    differences
        By the name of the figure, see `FIGURES`; money by kind as `cost.travel`.
    changes
        Contracts that are promised something else, seed by seed.
    resourced
        Contracts whose promise is the same, and who keeps it is another site or resource; over all seeds.
    """

    scenario: Id
    description: str = ""
    seeds: tuple[int, ...]
    base_evaluations: tuple[Evaluation, ...]
    evaluations: tuple[Evaluation, ...]
    differences: dict[str, Difference]
    changes: tuple[ContractChange, ...]
    resourced: Annotated[int, Field(ge=0)]


class Summary(Model):
    """One line of a comparison: means over the seeds, money in minor units.

    Parameters
    ----------
    cost_difference, cost_difference_low, cost_difference_high
        Against the base, seed by seed, with the interval of 95 %.
    checker_violations
        Over all seeds, those of the base too.
    """

    scenario: Id
    seeds: int
    cost: float
    cost_difference: float
    cost_difference_low: float
    cost_difference_high: float
    kept: float
    at_risk: float
    refused: float
    on_time: float
    km: float
    changed_contracts: float
    checker_violations: int

"""The disturbance report: what a replan moved, what that saved, and what the promises that it kept cost."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, computed_field, model_validator

from models.base import Id, Model
from models.catalogue import Timezone
from models.explanation import Move
from models.money import Currency, MinorUnits, round_half_up
from models.plan import Cost
from models.timing import Instant

Count = Annotated[int, Field(ge=0)]


class Exchange(Model):
    """Moves that were published together: they hand items or what is scarce to each other.

    Parameters
    ----------
    resource_ids
        Whose work changes.
    changed_hands
        How many of the moved items changed hands; the others start at another time only.
    saved
        Of routes and items together; 0 or less, if the exchange came along with others for their sake.
    """

    resource_ids: tuple[str, ...]
    moves: tuple[Move, ...]
    changed_hands: Count
    saved: MinorUnits


class ContractChange(Model):
    """What changed behind one contract: items that changed hands, and those at another time only."""

    contract_id: Id
    changed_hands: Count
    retimed: Count


class ResourceChange(Model):
    """What changed for who works: items that came, went, or stayed at another time; metres of its route."""

    resource_id: Id
    gained: Count
    lost: Count
    retimed: Count
    distance_before_m: Count = 0
    distance_after_m: Count = 0


class SiteChange(Model):
    """What changed for a site: items that get their goods from it now, and items that do not any more."""

    site_id: Id
    gained: Count
    lost: Count


class MoveNotMade(Model):
    """A move that would save something and would leave the promised window, so it was not made."""

    move: Move
    earliest: Instant
    latest: Instant


class PromisePrice(Model):
    """What it costs to keep the promises of one kind: an estimate by two searches of the same budget.

    Parameters
    ----------
    area_site_id
        Customers to whom this site is the nearest; None: everywhere.
    promises
        Those whose window was opened, to the end of the local day on which it begins.
    days
        Local days on which these windows begin.
    cost_kept, cost_relaxed
        Of the best plans found, with these promises and without.
    not_made
        What leaves its promised window in the cheaper plan.
    """

    service_level_id: Id
    area_site_id: Id | None = None
    promises: Annotated[int, Field(ge=1)]
    days: Annotated[int, Field(ge=1)]
    cost_kept: Cost
    cost_relaxed: Cost
    not_made: tuple[MoveNotMade, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_what_follows(cls, values: Any) -> Any:
        """What is written for its readers follows from the costs, and is not read back."""
        if not isinstance(values, Mapping):
            return values
        return {name: value for name, value in values.items() if name not in ("price", "price_per_day")}

    @computed_field  # type: ignore[prop-decorator]
    @property
    def price(self) -> int:
        return self.cost_kept.total - self.cost_relaxed.total

    @computed_field  # type: ignore[prop-decorator]
    @property
    def price_per_day(self) -> int:
        return round_half_up(self.price, self.days)


class Account(Model):
    """What one publication moved. The exchange that saved most comes first."""

    exchanges: tuple[Exchange, ...] = ()
    contract_changes: tuple[ContractChange, ...] = ()
    resource_changes: tuple[ResourceChange, ...] = ()
    site_changes: tuple[SiteChange, ...] = ()


class ReplanReport(Account):
    """What one replan did, and what its promises cost. `version` is of this format.

    Parameters
    ----------
    snapshot_time
        When the plan was taken that it planned on.
    iterations
        Of the replan, and of each search for a promise's price.
    contracts
        Open ones, in the snapshot.
    disturbance_price, disturbance
        What an item that changes hands counts, and what all of them did. Nobody pays it.
    complete
        False: time ran out, or it was cancelled, before all prices that were asked for were searched.
    """

    version: Literal[1] = 1
    run_id: Id
    snapshot_time: Instant
    timezone: Timezone
    currency: Currency
    seed: Count
    iterations: Count
    contracts: Count
    cost_before: Cost
    cost_after: Cost
    disturbance_price: MinorUnits
    disturbance: MinorUnits
    promise_prices: tuple[PromisePrice, ...] = ()
    complete: bool = True

"""What the use cases answer, where no model of `models/` says it."""

from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.contract import Contract, ContractStatus, JoinReason
from models.issues import Issue
from models.money import Currency, MinorUnits
from models.plan import Cost
from models.plan_file import PlanFile
from models.promise import PromiseState
from models.supply import StockLevel, Supply
from models.timing import Instant


class Submitted(Model):
    """Where an order is now.

    Parameters
    ----------
    reasons
        Why it is in this contract.
    linked_contract_ids
        Contracts of the customer that are agreed or held already, beside which this one was opened.
    issues
        Warnings, for example IDENTITY_CONFLICT: a key of the order leads to another customer.
    """

    order_id: Id
    contract_id: Id
    contract_revision: Annotated[int, Field(ge=1)]
    reasons: tuple[JoinReason, ...]
    linked_contract_ids: tuple[Id, ...] = ()
    issues: tuple[Issue, ...] = ()


class Standing(Model):
    """What a ledger holds that is not done with.

    Parameters
    ----------
    contracts
        By status, those that are neither fulfilled, breached nor canceled; 0 where there is none.
    promises
        By state, those that are still to be kept: OPEN and AT_RISK.
    holds
        Reservations that are held at this moment.
    """

    contracts: dict[ContractStatus, int]
    promises: dict[PromiseState, int]
    holds: int


class Detached(Model):
    """An order that has a contract of its own now."""

    order_id: Id
    contract_id: Id
    from_contract_id: Id


class Page(Model):
    """Contracts in the order of their ids; no `next_page_token`: these were the last."""

    contracts: tuple[Contract, ...]
    next_page_token: str = ""


class SupplyPage(Model):
    """Sites and resources in the order of kind and id; no `next_page_token`: these were the last."""

    supplies: tuple[Supply, ...]
    next_page_token: str = ""


class StockPage(Model):
    """Stock in the order of site and SKU; no `next_page_token`: these were the last."""

    levels: tuple[StockLevel, ...]
    next_page_token: str = ""


class Event(Model):
    """Something that happened. `cursor` says where to go on reading."""

    cursor: str
    event_type: str
    contract_id: str
    time: Instant
    payload: dict[str, str]


class Snapshot(Model):
    """The plan in force at one moment, to plan on for a long time.

    Parameters
    ----------
    supplied
        Names the resources and the policy of that moment, which are not in it.
    """

    supplied: str
    file: PlanFile


class Publication(Model):
    """What came of a replanned plan.

    Parameters
    ----------
    routes_changed
        Vehicles whose route is a new one.
    routes_dropped
        Vehicles whose new route was not taken over: theirs, or one that they exchange items with,
        had changed since the replan began, or the time for it had passed.
    promises_moved
        `contract_id/item_id`; always empty, or nothing would have been published.
    cost_before, cost_after
        Of the whole plan.
    changed_hands, disturbance
        Items that another resource does now, or that come from another site, and what that counts by
        the policy. Nobody pays it.
    """

    routes_changed: tuple[Id, ...]
    routes_dropped: tuple[Id, ...]
    promises_moved: tuple[str, ...]
    cost_before: Cost
    cost_after: Cost
    currency: Currency
    changed_hands: Annotated[int, Field(ge=0)] = 0
    disturbance: MinorUnits = 0

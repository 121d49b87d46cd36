"""What the customer was told, and what is owed when it is not kept."""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.base import Id, Model
from models.issues import IssueCode, broken_rule
from models.money import MinorUnits
from models.place import Place
from models.timing import Duration, TimeWindow


class CompensationKind(StrEnum):
    CASH = "CASH"
    VOUCHER = "VOUCHER"
    POINTS = "POINTS"
    FEE_WAIVER = "FEE_WAIVER"


class Payer(StrEnum):
    PLATFORM = "PLATFORM"
    MERCHANT = "MERCHANT"
    CARRIER = "CARRIER"


class CompensationStep(Model):
    """Once service starts more than `at_lateness` after the promised end, `amount` is owed in all."""

    kind: CompensationKind
    amount: Annotated[MinorUnits, Field(ge=0)]
    at_lateness: Duration


class CompensationLadder(Model):
    """Steps in order of lateness; the last step that is reached counts, never more than `cap`."""

    steps: tuple[CompensationStep, ...] = ()
    cap: Annotated[MinorUnits, Field(ge=0)] | None = None
    payer: Payer = Payer.PLATFORM

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for low, high in pairwise(self.steps):
            if low.at_lateness >= high.at_lateness or low.amount > high.amount:
                raise broken_rule(
                    IssueCode.LADDER_NOT_INCREASING,
                    "step at {high} for {high_amount} must be later than {low} and owe at least {low_amount}",
                    hint="sort the steps by lateness; a later step owes no less",
                    low=str(low.at_lateness),
                    high=str(high.at_lateness),
                    low_amount=low.amount,
                    high_amount=high.amount,
                )
        return self


class Mode(StrEnum):
    """How an item is done."""

    RIDER = "RIDER"
    VAN = "VAN"
    CARRIER = "CARRIER"
    PICKUP = "PICKUP"
    TECHNICIAN = "TECHNICIAN"
    REMOTE = "REMOTE"
    DIGITAL = "DIGITAL"


class ItemGroup(Model):
    """Items of a contract that are bound to each other."""

    item_ids: Annotated[tuple[Id, ...], Field(min_length=2)]


class SameVisit(ItemGroup):
    """Items that one resource does at one stop."""


class SameStart(ItemGroup):
    """Items that start at one instant, each by a resource of its own: a job for two, or goods and a technician.

    Their promised windows are equal.
    """


class PromiseState(StrEnum):
    OPEN = "OPEN"
    KEPT = "KEPT"
    AT_RISK = "AT_RISK"
    BROKEN = "BROKEN"


LIVE_STATES = (PromiseState.OPEN, PromiseState.AT_RISK)
"""Of what is still to be kept."""


class Promise(Model):
    """When, where, how and for what fee an item is done.

    A promise *moved* when window, place, mode or fee changed without a revision of the
    contract that the customer accepted. The resource behind it is no part of the promise.

    Parameters
    ----------
    window
        When service starts; for `PICKUP`, when the goods may be fetched; for `CARRIER`, when
        the parcel arrives; for `DIGITAL`, when it is sent.
    place
        The customer's place; for `PICKUP`, the store.
    fee
        What the customer pays for this item's service, in minor units of the policy's currency.
    narrowed_from
        The wide window that was agreed, once a flexible promise has been narrowed to `window`.
    """

    item_id: Id
    service_level_id: Id
    mode: Mode
    window: TimeWindow
    place: Place
    fee: Annotated[MinorUnits, Field(ge=0)]
    ladder: CompensationLadder = CompensationLadder()
    state: PromiseState = PromiseState.OPEN
    narrowed_from: TimeWindow | None = None

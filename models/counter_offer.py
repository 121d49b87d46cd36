"""What a client names as important, and what it is answered: rounds of a negotiation."""

from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.money import MinorUnits
from models.option import Quote
from models.promise import Mode, SameVisit
from models.timing import Instant


class Wish(Model):
    """What matters to the customer; everything that is not given is left open.

    Parameters
    ----------
    latest_end
        No promised window ends later.
    max_fee
        The highest fee of the whole option, in minor units of the policy's currency.
    apart_item_ids
        Items that need not come in one visit with others, though the contract says so.
    together
        Groups of items that one vehicle brings or collects at one stop.
    unwanted_modes
        By none of these.
    service_level_id
        Every item that this level can do gets it.
    """

    latest_end: Instant | None = None
    max_fee: Annotated[MinorUnits, Field(ge=0)] | None = None
    apart_item_ids: tuple[Id, ...] = ()
    together: tuple[SameVisit, ...] = ()
    unwanted_modes: tuple[Mode, ...] = ()
    service_level_id: Id | None = None


NO_WISH = Wish()
"""Everything is left open."""


class CounterOfferRound(Model):
    """One round: what was wished for, when and by whom, and what was answered.

    Parameters
    ----------
    number
        1, 2, 3 ... within the contract.
    asked_by
        Whom the client named as the one who asks; empty: nobody.
    quote
        The best options under the wish; without any, its refusals and ways out. In a round that is
        read back, options have no tokens.
    rounds_left
        So many more are answered for this contract.
    """

    contract_id: Id
    number: Annotated[int, Field(ge=1)]
    asked_by: Id | None = None
    create_time: Instant
    wish: Wish
    quote: Quote
    rounds_left: Annotated[int, Field(ge=0)]

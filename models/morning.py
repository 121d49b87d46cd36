"""What came before a plan, where orders were played one after another: how it went, and what was followed."""

from models.base import Id, Model, Name
from models.option import Quote, Refusal, SlaOption
from models.order import Order


class Figures(Model):
    """`result.json`: counts, money in minor units, milliseconds and seconds.

    Parameters
    ----------
    declined, refused
        Contracts whose customer took no option, and those that there was no option for.
    cost_before_replan, cost_after_replan
        Of the same open contracts, summed over all replans.
    stories_ok
        Stories whose customer got what he must.
    """

    orders: int
    contracts: int
    options: int
    confirmed: int
    declined: int
    refused: int
    checker_violations: int
    cost_before_replan: int
    cost_after_replan: int
    promises_moved: int
    stories_ok: int
    quote_p50_ms: float
    quote_p99_ms: float
    seconds: float


class ToldStory(Model):
    """A customer's orders, what could be promised, and what was taken.

    Parameters
    ----------
    name, title
        What the story is called by programs and by people.
    quote, chosen
        The last quote of the contract that the orders are in, and the option that the customer took.
    """

    name: Id
    title: Name
    orders: tuple[Order, ...]
    quote: Quote | None = None
    chosen: SlaOption | None = None


class RefusedContract(Model):
    """A contract that there was no option for, and why."""

    contract_id: Id
    order_ids: tuple[Id, ...]
    refusals: tuple[Refusal, ...]


class Morning(Model):
    """A played morning: no part of what the checker reads."""

    figures: Figures
    stories: tuple[ToldStory, ...] = ()
    refused: tuple[RefusedContract, ...] = ()

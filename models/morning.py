"""What came before a plan, where orders were played one after another: how it went, and what was followed."""

from typing import Annotated

from pydantic import Field

from models.base import Id, Model, Name
from models.disturbance import ReplanReport
from models.evaluation import Difference
from models.option import Quote, Refusal, SlaOption
from models.order import Order
from models.plan import Cost
from models.timing import Instant


class Figures(Model):
    """`result.json`: counts, money in minor units, milliseconds and seconds.

    Parameters
    ----------
    declined, refused
        Contracts whose customer took no option, and those that there was no option for.
    cost_before_replan, cost_after_replan
        Of the same open contracts, summed over all replans of the morning; the night's is apart.
    promises_moved
        By all of them, the night's too.
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


class MovedItem(Model):
    """An item behind the same promise that another resource or site keeps now; nobody: it is at risk."""

    contract_id: Id
    item_id: Id
    from_resource_id: Id | None = None
    to_resource_id: Id | None = None
    from_site_id: Id | None = None
    to_site_id: Id | None = None


class BeforeAndAfter(Model):
    """A figure of the base and of the scenario, as means over the seeds."""

    before: float
    after: float


class ClosedStore(Model):
    """What the plan in force would be without its busiest store: both sides are searched alike.

    Parameters
    ----------
    site_id, time
        Which store closes, and when. What has begun there is brought to its end.
    items
        So many items that nobody has set out for, or fetched at its counter, come from there.
    seeds, iterations
        Of the searches; with several seeds the luck of the search shows in the interval.
    cost_before, cost_after
        Means over the seeds by kind, rounded.
    cost_difference
        Of the totals, seed by seed.
    promises
        `kept`, `at_risk` and `refused`, which count promises and contracts.
    moved
        With the first seed.
    checker_violations
        Of all plans, the base's too.
    """

    scenario: Id
    site_id: Id
    time: Instant
    items: Annotated[int, Field(ge=0)]
    seeds: tuple[int, ...]
    iterations: int
    cost_before: Cost
    cost_after: Cost
    cost_difference: Difference
    promises: dict[str, BeforeAndAfter]
    moved: tuple[MovedItem, ...] = ()
    checker_violations: Annotated[int, Field(ge=0)]


class Morning(Model):
    """A played morning: no part of what the checker reads.

    Parameters
    ----------
    night
        What one long replan of the plan that the morning left did: the plan beside it is what came out.
    closed_store
        A what-if on that plan.
    """

    figures: Figures
    stories: tuple[ToldStory, ...] = ()
    refused: tuple[RefusedContract, ...] = ()
    night: ReplanReport | None = None
    closed_store: ClosedStore | None = None

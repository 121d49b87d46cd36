"""Why this resource and not that one: what a plan would be with the other one."""

from models.base import Id, Model
from models.money import Currency
from models.plan import Cost, ReasonCount
from models.timing import Instant


class Move(Model):
    """An assignment that is not as it was: another resource, another site or another start."""

    contract_id: Id
    item_id: Id
    from_resource_id: Id | None = None
    to_resource_id: Id | None = None
    from_site_id: Id | None = None
    to_site_id: Id | None = None
    start_before: Instant
    start_after: Instant


class Explanation(Model):
    """What it takes to have an item of the plan in force done by another resource, or from another site.

    Every promise stays as it is. The other plan was really made, on a copy, and checked.

    Parameters
    ----------
    resource_id, site_id
        What was forced; one of the two.
    assigned_resource_id, assigned_site_id
        What the plan in force has.
    feasible
        There is such a plan.
    cost_difference
        Cost of that plan minus cost of the plan in force, by kind; nothing if there is none.
    moves
        Assignments that differ in it, that of the item first.
    reasons
        If there is none: what rules it out, counted over the items that would have to go together.
    """

    contract_id: Id
    item_id: Id
    resource_id: Id | None = None
    site_id: Id | None = None
    assigned_resource_id: Id | None = None
    assigned_site_id: Id | None = None
    feasible: bool
    cost_difference: Cost = Cost()
    currency: Currency
    moves: tuple[Move, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()

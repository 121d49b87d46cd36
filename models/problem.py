"""One immutable snapshot: all that a solve may look at."""

from dataclasses import dataclass, field
from datetime import datetime

from models.catalogue import Catalogue, StockRow
from models.contract import Contract
from models.plan import Plan
from models.timing import Horizon
from models.travel import TravelTables


@dataclass(frozen=True, eq=False)
class Problem:
    """The input of every solve and of every check.

    Parameters
    ----------
    now
        What is known and done at this instant; nothing can be planned before it.
    freeze_until
        A visit whose vehicle departs for it at or before this instant stays as it is.
    contracts
        Open contracts. `Contract.promises` holds what is accepted or held; items without a
        promise are still to be planned.
    stock
        Pieces on hand, before what the plan's assignments take.
    initial_plan
        The plan in force. Its frozen part binds; the rest is a place to start from.
    pinned
        `(contract_id, item_id)` of items that stay with who does them by the initial plan, and come from
        the same site. Their times may change.
    disturbance
        What it counts if an item changes hands: somebody else than by the initial plan does it, or it
        comes from another site. In minor units, and no part of a plan's cost; 0 while nobody has been
        told of the initial plan.
    """

    catalogue: Catalogue
    travel: TravelTables
    horizon: Horizon
    now: datetime
    freeze_until: datetime
    stock: tuple[StockRow, ...] = ()
    contracts: tuple[Contract, ...] = ()
    initial_plan: Plan = field(default_factory=Plan)
    pinned: frozenset[tuple[str, str]] = frozenset()
    disturbance: int = 0

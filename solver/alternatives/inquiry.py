"""What a finder is asked."""

from dataclasses import KW_ONLY, dataclass

from models.contract import Contract
from models.counter_offer import NO_WISH, Wish
from models.policy import Policy
from solver.availability import Availability
from solver.instance import Instance
from solver.live_routes import LiveRoutes


@dataclass(frozen=True)
class Inquiry:
    """A contract that is asked about at one moment, and the plan as it stands.

    Parameters
    ----------
    now_s
        The moment the plan can still be changed from; nothing departs or is picked before.
    asked_s
        The moment that windows like "within the hour" are counted from.
    by_source
        Find the same promise from each site and by each carrier or desk, not only the cheapest of them.
    wish
        What a counter-offer asks of the promises: their end, modes and level.
    only_wished
        Of an item that asks for a level, look at this level alone.
    priced
        Say what each alternative costs the customer and the climate; to keep what is promised, nobody need know.
    """

    contract: Contract
    instance: Instance
    routes: LiveRoutes
    availability: Availability
    _: KW_ONLY
    now_s: int
    asked_s: int
    by_source: bool = False
    wish: Wish = NO_WISH
    only_wished: bool = False
    priced: bool = True

    @property
    def policy(self) -> Policy:
        return self.instance.catalogue.policy

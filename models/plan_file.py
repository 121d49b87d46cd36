"""A plan with everything that it takes to check it, beside the world that it was made for."""

from models.base import Model, Name
from models.catalogue import Catalogue, StockRow
from models.contract import Contract
from models.morning import Morning
from models.plan import Plan
from models.problem import Problem
from models.timing import Horizon, Instant
from models.travel import TravelTables


class PlanFile(Model):
    """What `plan.json` holds.

    Parameters
    ----------
    world, fingerprint
        The world's name, and what names the content of its files.
    stock
        Pieces on hand, before what the plan takes.
    contracts
        Those that the plan serves, with their promises.
    morning
        How the orders came and what became of them, where they were played; None for a plan made in one go.
    """

    world: Name
    fingerprint: str
    horizon: Horizon
    now: Instant
    freeze_until: Instant
    stock: tuple[StockRow, ...]
    contracts: tuple[Contract, ...]
    plan: Plan
    morning: Morning | None = None

    def problem(self, *, catalogue: Catalogue, travel: TravelTables) -> Problem:
        """The problem that the plan has to solve: itself is the plan in force."""
        return Problem(
            catalogue=catalogue,
            travel=travel,
            horizon=self.horizon,
            now=self.now,
            freeze_until=self.freeze_until,
            stock=self.stock,
            contracts=self.contracts,
            initial_plan=self.plan,
        )

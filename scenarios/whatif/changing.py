"""What the changes of a scenario work on, and how they say that they contradict it."""

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from models.area import Area
from models.catalogue import Catalogue, StockRow
from models.contract import Contract
from models.issues import Issue, IssueCode
from models.order import Order
from models.place import Place
from models.policy import Policy
from models.resource import ResourceKind, Rider, Technician, Van
from models.scenario import MobilesWhere
from scenarios.documents import Loc
from scenarios.streets import Streets
from scenarios.world import World
from solver.geometry import within

DemandStep = Callable[[Sequence[Order]], tuple[Order, ...]]
"""Orders as a change leaves them; what it draws belongs to an order, not to its turn."""


@dataclass(frozen=True)
class Fence:
    """Resources that work for some items only.

    Parameters
    ----------
    serves
        Says of an item, by its contract and its position there, whether they may do it.
    """

    resource_ids: frozenset[str]
    serves: Callable[[Contract, int], bool]


@dataclass(frozen=True, eq=False)
class Variant:
    """A world as a scenario has it, and what the scenario does to orders and contracts.

    Parameters
    ----------
    demand
        What happens to the orders of a morning, in this order, given a seed.
    replan_every
        Orders are planned as they come, and the plan is searched anew so often. None: as in the base.
    """

    world: World
    demand: tuple[Callable[[int], DemandStep], ...] = ()
    fences: tuple[Fence, ...] = ()
    replan_every: timedelta | None = None

    @property
    def catalogue(self) -> Catalogue:
        return self.world.catalogue

    def with_catalogue(self, **changes: Any) -> "Variant":
        return self.with_world(catalogue=self.catalogue.model_copy(update=changes))

    def with_world(self, **changes: Any) -> "Variant":
        return replace(self, world=replace(self.world, **changes))

    def with_policy(self, policy: Policy) -> "Variant":
        return self.with_catalogue(policy=policy)

    def with_stock(self, stock: Iterable[StockRow]) -> "Variant":
        return self.with_world(stock=tuple(stock))

    def with_streets(self, streets: Streets) -> "Variant":
        return self.with_world(streets=streets)

    def orders(self, orders: Sequence[Order], *, seed: int) -> tuple[Order, ...]:
        """The orders of the base as the scenario has them, in the order of time."""
        for step in self.demand:
            orders = step(seed)(orders)
        return tuple(sorted(orders, key=lambda order: (order.placed_time, order.order_id)))

    def fenced(self, contract: Contract) -> Contract:
        """The contract with nobody at its items who works for others only."""
        items = []
        for n, item in enumerate(contract.items):
            shut = sorted(each for fence in self.fences if not fence.serves(contract, n) for each in fence.resource_ids)
            excluded = tuple(dict.fromkeys((*item.constraint.excluded_ids, *shut)))
            constraint = item.constraint.model_copy(update={"excluded_ids": excluded})
            items.append(item.model_copy(update={"constraint": constraint}) if shut else item)
        return contract.model_copy(update={"items": tuple(items)})


@dataclass(frozen=True)
class Wrong:
    """What contradicts, and at which field of its change."""

    loc: Loc
    issue: Issue


class Contradiction(Exception):
    """A change that cannot be made; carries everything that speaks against it."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__(*wrong)
        self.wrong = wrong


def contradicts(*loc: str | int, message: str, hint: str) -> Wrong:
    """The world is such that the change makes no sense."""
    return Wrong(loc, Issue(code=IssueCode.SCENARIO_CONTRADICTORY, path="", message=message, hint=hint))


def unknown(*loc: str | int, what: str, value: str, known: Collection[str]) -> Wrong:
    """An id that names nothing."""
    nearest = difflib.get_close_matches(value, sorted(known), n=1)
    return Wrong(
        loc,
        Issue(
            code=IssueCode.REFERENCE_DANGLING,
            path="",
            message=f"{what} ({value}) must be one of the {len(known)} in this world",
            hint=f"did you mean {nearest[0]}?" if nearest else "correct the id",
        ),
    )


def check_known(field: str, ids: Iterable[str], *, what: str, known: Collection[str]) -> None:
    """Refuse ids that name nothing, all at once.

    Raises
    ------
    Contradiction
        With every one of them.
    """
    wrong = [unknown(field, n, what=what, value=each, known=known) for n, each in enumerate(ids) if each not in known]
    if wrong:
        raise Contradiction(*wrong)


def lies_in(area: Area | None, place: Place) -> bool:
    """Whether a place in any datum lies in an area; everything lies in None."""
    if area is None:
        return True
    at = place.to_wgs84()
    return bool(within(area, np.array([[at.lat, at.lon]]))[0])


LIST_BY_KIND = {ResourceKind.RIDER: "riders", ResourceKind.VAN: "vans", ResourceKind.TECHNICIAN: "technicians"}


def there(catalogue: Catalogue, kind: ResourceKind) -> tuple[Rider | Van | Technician, ...]:
    """Those of a kind that work today: neither removed nor out of order."""
    everybody: tuple[Rider | Van | Technician, ...] = getattr(catalogue, LIST_BY_KIND[kind])
    return tuple(each for each in everybody if each.resource_id not in catalogue.unavailable_ids)


def meant(where: MobilesWhere, catalogue: Catalogue) -> tuple[Rider | Van | Technician, ...]:
    """Those whom a change is about.

    Raises
    ------
    Contradiction
        An id is unknown or of somebody who is not there, or nobody is left.
    """
    present = there(catalogue, where.kind)
    known = {each.resource_id for each in present}
    check_known("resource_ids", where.resource_ids, what=f"{where.kind.lower()} at work", known=known)
    chosen = set(where.resource_ids) or known
    found = tuple(
        each for each in present if each.resource_id in chosen and lies_in(where.start_area, each.start_place)
    )
    if not found:
        hint = "widen the area, or choose others"
        message = f"number of {LIST_BY_KIND[where.kind]} that the change is about (0) must be >= 1"
        raise Contradiction(contradicts(message=message, hint=hint))
    return found


def evenly(count: int, of: int) -> list[int]:
    """So many positions of a list, spread over its length."""
    return [n * of // count for n in range(count)]

"""The bundles that a contract can choose from when several are planned together.

A candidate is searched on the routes as they stand, with the other contracts in them, so that it
costs what it adds to this plan; but as if the others took no stock and no capacity: who gets what
is scarce is not decided by who came first.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from models.contract import Contract
from models.option import SlaOption
from models.plan import Assignment, CapacityKind
from models.resource import Carrier
from models.timing import seconds_of
from solver.alternatives.alternative import Alternative
from solver.assignment.room import TIMED, Owner, Room, StockKey
from solver.availability import Cell
from solver.disturbance import has_changed_hands
from solver.kernels.arrays import COST_UNITS
from solver.quoting.board import Board, agreed
from solver.quoting.bundles import Bundle, BundleSearch
from solver.quoting.options import OptionMaker, meets_wish

GUIDED_WIDTH = 4
"""Of the bundles found so far, how many a search for the one best goes on with."""


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of its owner's time, to be spent between two instants."""

    owner: Owner
    earliest_s: int
    latest_s: int
    seconds: int


@dataclass(frozen=True)
class Candidate:
    """One bundle of a contract.

    Parameters
    ----------
    contract
        As it would be agreed, with promises.
    price
        What it adds to the plan's cost, in minor units, and what it disturbs.
    item_cost
        What of that does not depend on any route; also what counts of what changes hands.
    missed
        Items that would not get the service level that was asked for.
    stock, cells, works
        What it takes of what all share.
    """

    contract: Contract
    assignments: tuple[Assignment, ...]
    price: int
    item_cost: int = 0
    missed: int = 0
    stock: dict[StockKey, int] = field(default_factory=dict)
    cells: dict[Cell, int] = field(default_factory=dict)
    works: tuple[Work, ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        """The smaller the better: wishes missed, then money."""
        return self.missed, self.price


@dataclass(frozen=True)
class Guide:
    """What a contract is to look for by itself: its wish, then the least cost, scarce things at their worth.

    Parameters
    ----------
    worth
        Of stock and cells, in minor units: what taking one costs somebody else.
    """

    worth: Mapping[Hashable, float] = field(default_factory=dict)

    def rank(self, bundle: Bundle, contract: Contract) -> tuple[int, float]:
        missed = sum(not meets_wish(each.item, each.level.service_level_id) for each in bundle.chosen)
        return missed, bundle.cost_units + COST_UNITS * self._toll(bundle, contract)

    def keep(self, bundles: list[Bundle], contract: Contract) -> list[Bundle]:
        return sorted(bundles, key=lambda bundle: self.rank(bundle, contract))[:GUIDED_WIDTH]

    def _toll(self, bundle: Bundle, contract: Contract) -> float:
        if not self.worth:
            return 0.0
        used = (*stock_of(bundle, contract).items(), *cells_of(bundle).items())
        return sum(amount * self.worth.get(key, 0.0) for key, amount in used)


def stock_of(bundle: Bundle, contract: Contract) -> Counter[StockKey]:
    """Pieces that a bundle takes."""
    stock: Counter[StockKey] = Counter()
    for each in bundle.chosen:
        for demand in contract.demands_of(each.item):
            stock[each.site_id or "", demand.sku_id] += demand.quantity
    return stock


def cells_of(bundle: Bundle) -> Counter[Cell]:
    """What a bundle takes of the cells that its promises name."""
    cells: Counter[Cell] = Counter()
    for use in (use for each in bundle.chosen for use in each.uses if use.kind not in TIMED):
        cells[use.kind, use.owner_id, use.bucket_start] += use.amount
    return cells


@dataclass(frozen=True)
class Reader:
    """Reads what the bundles of one search mean for everybody else.

    Parameters
    ----------
    home, disturbance
        What the plan in force has of the contract, by item, and what it counts if an item changes hands.
    """

    board: Board
    search: BundleSearch
    room: Room
    asked_s: int
    home: Mapping[str, Assignment] = field(default_factory=dict)
    disturbance: int = 0

    def all(self) -> list[Candidate]:
        """Every bundle of the search as a candidate, the best first."""
        found = (self.read(bundle) for bundle in self.search.run())
        return sorted((each for each in found if each is not None), key=lambda candidate: candidate.rank)

    def read(self, bundle: Bundle) -> Candidate | None:
        """None if the bundle does not fit after all."""
        contract, board = self.search.contract, self.board
        maker = OptionMaker(contract, board.instance, board.routes, self.search.trial, asked_s=self.asked_s)
        option = maker.make(bundle, option_id=contract.contract_id)
        if option is None:
            return None
        disturbed = self._disturbance(option.assignments)
        return Candidate(
            contract=contract if contract.promises else agreed(contract, option),
            assignments=option.assignments,
            # Forecasts are not part of a plan's cost.
            price=option.cost.total - option.cost.expected_compensation + disturbed,
            item_cost=option.cost.picking + option.cost.handling + option.cost.carrier + disturbed,
            missed=_missed(contract, option),
            stock=dict(stock_of(bundle, contract)),
            cells=dict(cells_of(bundle)),
            works=tuple(self._works(bundle)),
        )

    def _disturbance(self, assignments: Iterable[Assignment]) -> int:
        moved = (each.item_id in self.home and has_changed_hands(self.home[each.item_id], each) for each in assignments)
        return self.disturbance * sum(moved)

    def _works(self, bundle: Bundle) -> Iterator[Work]:
        vehicles = sorted({each.insertion.vehicle_idx for each in bundle.chosen if each.insertion})
        routes = self.board.routes
        before = {r: routes.work_s(r) for r in vehicles}
        with self.search.trial.applied(bundle):
            added = {r: routes.work_s(r) - before[r] for r in vehicles}
            due = [self._due_s(each) for each in bundle.chosen]
        for each, due_s in zip(bundle.chosen, due, strict=True):
            yield from self._timed(each, due_s)
        for r in vehicles:
            served = [each for each in bundle.chosen if each.insertion and each.insertion.vehicle_idx == r]
            earliest_s = min(each.window[0] if each.site_id is None else self.asked_s for each in served)
            latest_s = max(each.window[1] + seconds_of(each.item.service_duration) for each in served)
            yield Work(self.room.owner_of(r), earliest_s, latest_s, max(0, added[r]))

    def _due_s(self, each: Alternative) -> int:
        """When the goods have to be picked at the latest."""
        if each.insertion is not None:
            return self.board.routes.latest_start(each.insertion.work.key, vehicle_idx=each.insertion.vehicle_idx)
        if isinstance(each.performer, Carrier):
            parcel = next(use for use in each.uses if use.kind is CapacityKind.CARRIER)
            instance = self.board.instance
            day = instance.local_date(instance.horizon.seconds(parcel.bucket_start))
            return instance.local_seconds(day, each.performer.cut_off)
        return each.window[0]

    def _timed(self, each: Alternative, due_s: int) -> Iterator[Work]:
        picking_s = sum(use.amount for use in each.uses if use.kind is CapacityKind.PICKING)
        if picking_s:
            yield Work((CapacityKind.PICKING.value, each.site_id or ""), self.asked_s, due_s, picking_s)
        if each.performer is not None and any(use.kind is CapacityKind.DESK for use in each.uses):
            duration_s = seconds_of(each.item.service_duration)
            owner = (CapacityKind.DESK.value, each.performer.resource_id)
            yield Work(owner, max(self.asked_s, each.window[0]), each.window[1] + duration_s, duration_s)


def _missed(contract: Contract, option: SlaOption) -> int:
    return sum(not meets_wish(contract.item(each.item_id), each.service_level_id) for each in option.promises)

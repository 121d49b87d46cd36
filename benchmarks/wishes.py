"""Whether every way out of a refused wish works, and costs what was said.

Contracts of generated mornings ask for more than a busy day has. Each way out that a quote shows
is taken on another path: a new problem with the shift change, a new board, a new quote and a fit
as a hold makes it; then the checker looks at the whole plan, and its cost is compared.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from time import perf_counter

from benchmarks.figures import WORLD, Figures, machine
from models.catalogue import Catalogue
from models.contract import GOODS_KINDS, Contract, ServiceItem, ServiceItemKind, SlaTerm
from models.option import WayOut
from models.problem import Problem
from models.promise import SameVisit
from models.timing import TimeWindow
from scenarios.batch import TENANT_ID
from scenarios.generate_orders import generate_orders
from scenarios.order_book import contracts_of
from scenarios.world import World, load_world
from solver.cache import cache_dir
from solver.check import check
from solver.kernels import warm_up
from solver.quoting.board import Board
from solver.quoting.shifts import with_shifts
from solver.quoting.ways_out import is_refused

MORNING = (timedelta(hours=11, minutes=30), timedelta(hours=14, minutes=15))
ORDERS_A_MORNING = 240
ONE_OF = 5
"""Of five riders and vans one is at work, so that a morning of few orders is a busy one."""

COST_TOLERANCE = 0.01


@dataclass(frozen=True)
class Taken:
    """What became of a way out that somebody took.

    Parameters
    ----------
    works
        It could be agreed on, with the promises that were shown, and the checker has nothing against it.
    cost_off
        The plan became dearer by another amount than was said, by more than 1 %.
    """

    works: bool
    cost_off: bool


@dataclass
class Counts:
    refused: int = 0
    without_way_out: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    works: int = 0
    cost_off: int = 0


def take(problem: Problem, contract: Contract, way: WayOut, *, now: datetime) -> Taken:
    """Make the change for real, in a world of its own, and agree on the way out there."""
    changes = [way.shift_change] if way.shift_change else []
    problem = replace(problem, catalogue=with_shifts(problem.catalogue, changes), now=now, freeze_until=now)
    board = Board.of(problem)
    before = board.plan()
    fit = board.fit(contract, way.option, now=now + problem.catalogue.policy.quote_ttl)
    if fit is None or (way.shift_change is not None and not _is_quoted(board, contract, way, now=now)):
        return Taken(works=False, cost_off=True)
    board.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(fit.contract,))
    plan, contracts = board.plan(), (*problem.contracts, fit.contract)
    violations = check(replace(problem, contracts=contracts, initial_plan=before), plan)
    said = way.option.cost.total - way.option.cost.expected_compensation
    real = plan.cost.total - before.cost.total
    works = not violations and fit.contract.promises == way.option.promises
    return Taken(works=works, cost_off=abs(real - said) > COST_TOLERANCE * abs(real))


def _is_quoted(board: Board, contract: Contract, way: WayOut, *, now: datetime) -> bool:
    """Whether a new quote meets the wish, or has an option at all, now that the shift is changed."""
    again = board.offer(contract, now=now, quote_id="again")
    return bool(again.options) and (not way.option.meets_wish or not is_refused(again))


class Day:
    """One generated morning: contracts ask for more than there is, and take what they get."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._board = Board.of(problem)
        self._agreed: list[Contract] = []

    def ask(self, contract: Contract, counts: Counts, *, now: datetime) -> None:
        """Quote a wish, and take every way out that is shown if it is refused."""
        quote = self._board.quote(contract, now=now, quote_id=f"q.{contract.contract_id}")
        if is_refused(quote):
            counts.refused += 1
            counts.without_way_out += not quote.ways_out
            snapshot = replace(self._problem, contracts=tuple(self._agreed), initial_plan=self._board.plan())
            for way in quote.ways_out:
                taken = take(snapshot, contract, way, now=now)
                counts.shown[way.relaxation] += 1
                counts.works += taken.works
                counts.cost_off += taken.cost_off
        for option in sorted(quote.options, key=lambda option: (option.cost.total, option.option_id)):
            fit = self._board.fit(contract, option, now=quote.expire_time)
            if fit is not None:
                self._board.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(fit.contract,))
                self._agreed.append(fit.contract)
                return


def demanding(contract: Contract, random: Random, *, asked: datetime) -> Contract:
    """The contract with a wish on top that is hard to meet on a busy day."""
    wish = random.choice((_within_the_hour, _early, _brought, _from_one_site, _by_rider_together))
    return wish(contract, random, asked)


def _within_the_hour(contract: Contract, _random: Random, _asked: datetime) -> Contract:
    return _with_goods(contract, lambda item: {"sla": item.sla.model_copy(update={"service_level_id": "within-hour"})})


def _early(contract: Contract, random: Random, asked: datetime) -> Contract:
    """Over in less than an hour, whatever the level."""
    end = asked + timedelta(minutes=random.randint(20, 70))
    limit = SlaTerm(windows=(TimeWindow(earliest=asked, latest=end),))
    return _with_goods(contract, lambda _: {"sla": limit})


def _brought(contract: Contract, random: Random, asked: datetime) -> Contract:
    """Not fetched, by no means."""
    brought = _with_goods(contract, lambda _: {"kind": ServiceItemKind.DELIVERY, "also": ()})
    return _within_the_hour(brought, random, asked)


def _from_one_site(contract: Contract, random: Random, asked: datetime) -> Contract:
    site_id = f"warehouse-{random.randint(1, 5)}"
    constrained = _with_goods(
        contract, lambda item: {"constraint": item.constraint.model_copy(update={"allowed_site_ids": (site_id,)})}
    )
    return _within_the_hour(constrained, random, asked)


def _by_rider_together(contract: Contract, random: Random, asked: datetime) -> Contract:
    goods = tuple(item.item_id for item in contract.items if item.kind in GOODS_KINDS)
    if len(goods) > 1 and not contract.same_visits:
        contract = contract.model_copy(update={"same_visits": (SameVisit(item_ids=goods),)})
    return _brought(contract, random, asked)


def _with_goods(contract: Contract, changes: Callable[[ServiceItem], dict[str, object]]) -> Contract:
    items = (item.model_copy(update=changes(item)) if item.kind in GOODS_KINDS else item for item in contract.items)
    return contract.model_copy(update={"items": tuple(items)})


def _contracts(world: World, *, seed: int) -> list[tuple[datetime, Contract]]:
    """A morning's contracts with their wishes, in the order in which they ask."""
    midnight = world.horizon.start.astimezone(world.catalogue.zone).replace(hour=0, minute=0, second=0)
    start, end = (midnight + each for each in MORNING)
    orders = generate_orders(world, seed=seed, num_orders=ORDERS_A_MORNING, start=start, end=end)
    ids = count()
    contracts = contracts_of(orders, world, tenant_id=TENANT_ID, new_id=lambda: f"id-{next(ids):06}")
    asking = ((max(order.joined_time for order in each.orders), each) for each in contracts)
    random = Random(f"{seed} wishes")
    return [
        (asked, demanding(contract, random, asked=asked))
        for asked, contract in sorted(asking, key=lambda each: (each[0], each[1].contract_id))
    ]


def _short_staffed(catalogue: Catalogue) -> Catalogue:
    """Most are away; who is on call can be called in."""
    riders = [each for each in catalogue.riders if not each.on_call][ONE_OF - 2 :: ONE_OF]
    on_call = [each for each in catalogue.riders if each.on_call]
    return catalogue.model_copy(update={"riders": (*riders, *on_call), "vans": catalogue.vans[::ONE_OF]})


def _all_that_ask(problem: Problem, world: World, *, seed: int) -> Iterator[tuple[Day, datetime, Contract]]:
    for number in count(seed):
        day = Day(problem)
        for asked, contract in _contracts(world, seed=number):
            yield day, asked, contract


def measure(seed: int, wanted: int) -> Figures:
    """Ask until so many wishes were refused."""
    world = load_world(WORLD, cache_dir=cache_dir())
    warm_up()
    start, began = world.horizon.start, perf_counter()
    tables = world.streets.tables()
    problem = Problem(
        _short_staffed(world.catalogue), tables, world.horizon, now=start, freeze_until=start, stock=world.stock
    )
    counts, asked = Counts(), 0
    for day, now, contract in _all_that_ask(problem, world, seed=seed):
        if counts.refused >= wanted:
            break
        day.ask(contract, counts, now=now)
        asked += 1
    return {
        "refused": counts.refused,
        "shown": counts.shown.total(),
        "works": counts.works,
        "cost_off": counts.cost_off,
        "without_way_out": counts.without_way_out,
        "shown_by_relaxation": {name: counts.shown[name] for name in sorted(counts.shown)},
        "asked": asked,
        "seconds": round(perf_counter() - began, 1),
        "seed": seed,
        "machine": machine(),
    }

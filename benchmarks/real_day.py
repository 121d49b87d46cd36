"""A day of real orders of two channels: planned in one go, then promised one by one as they come.

The folder has the form of the public last-mile challenge of Cainiao (Tianchi race 231581).
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter
from typing import Annotated, Any

import typer

from benchmarks.figures import WORLD, Figures, percentiles_ms, show
from benchmarks.lastmile import Day, read_day, whole_id
from models.contract import Contract
from models.issues import ServandaError, StateError
from models.option import Quote, SlaOption
from models.order import Order
from models.plan import Plan, VisitKind
from scenarios.batch import plan_world
from scenarios.replan_times import REPLAN_EVERY, replan_times
from server.cli.printing import report
from server.clock import SimulatedClock
from server.exit_codes import exit_code_of
from server.ledger import Ledger
from server.promising import Promising
from solver.cache import cache_dir
from solver.kernels import warm_up
from solver.replanning.replan import replan
from solver.stop import Stop

NUM_COURIERS = 60
ROAD = WORLD / "streets.osm.bz2"
TENANT_ID = "day"

ITERATIONS = 800
"""Of a replan between two orders: a second or two."""

ASSIGNING = 1 / 3
"""Of the time for the plan in one go, the share that ends before the search of the routes begins."""

_ENDLESS = 10**6
"""Steps of a search that its time ends."""


@dataclass
class Run:
    """One way through the day.

    Parameters
    ----------
    reasons
        By the id of an order that got no promise: the codes of what ruled it out.
    """

    plan: Plan
    contracts: Sequence[Contract]
    num_violations: int
    reasons: dict[str, tuple[str, ...]]
    quote_seconds: list[float] = field(default_factory=list)


def in_one_go(day: Day, *, seconds: float, seed: int) -> Run:
    """Everything is known in the morning: who serves what is decided for all orders together, then where routes go.

    With couriers to spare the routes need all of the time; with too few, more orders are served if they
    leave a part of it to the assignment.
    """
    ends = iter((_after(seconds * ASSIGNING), _after(seconds)))
    planned = plan_world(day.world, day.orders, seed=seed, iterations=_ENDLESS, budget=lambda: next(ends))
    reasons: dict[str, tuple[str, ...]] = {}
    wholes = {order.order_id: whole_id(order) for order in day.orders}
    contracts = {contract.contract_id: contract for contract in planned.problem.contracts}
    for left in planned.problem.initial_plan.unplanned:
        codes = tuple(dict.fromkeys(reason.code.value for reason in left.reasons))
        reasons |= dict.fromkeys({wholes[each.order_id] for each in contracts[left.contract_id].orders}, codes)
    return Run(planned.plan, planned.problem.contracts, len(planned.violations), reasons)


def _after(seconds: float) -> Stop:
    end = monotonic() + seconds
    return lambda: monotonic() >= end


def one_by_one(day: Day, ledger: Ledger, *, seed: int, replan_every: timedelta | None = REPLAN_EVERY) -> Run:
    """Each order asks when it may be picked up, and takes the cheapest of what can be promised then.

    Parameters
    ----------
    replan_every
        How often the routes are planned anew for the promises that stand; None: never.
    """
    numbers = count(1)
    clock = SimulatedClock(day.orders[0].placed_time if day.orders else day.world.horizon.start)
    promising = Promising(
        tenant_id=TENANT_ID,
        world=day.world,
        ledger=ledger,
        clock=clock,
        ids=lambda: f"id-{next(numbers):06}",
        token_key=b"a benchmark has no secrets to it",
    )
    reasons: dict[str, tuple[str, ...]] = {}
    seconds = list[float]()
    times = deque(replan_times(clock.now(), day.end, every=replan_every) if replan_every else ())
    for whole, parts in groupby(day.orders, key=whole_id):
        orders = tuple(parts)
        while times and times[0] < orders[0].placed_time:
            clock.advance_to(times.popleft())
            _replan(promising, seed=seed)
        clock.advance_to(orders[0].placed_time)
        if refused := promise(promising, orders, seconds):
            reasons[whole] = refused
    return Run(promising.plan(), promising.problem().contracts, len(promising.check()), reasons, seconds)


def _replan(promising: Promising, *, seed: int) -> None:
    problem = promising.problem()
    promising.publish(problem, replan(problem, seed=seed, iterations=ITERATIONS))


def promise(promising: Promising, orders: Sequence[Order], seconds: list[float]) -> tuple[str, ...]:
    """Submit, quote, hold, confirm; why that is impossible, if it is.

    Parameters
    ----------
    seconds
        Takes in how long the quote took.
    """
    name = orders[0].order_id
    (contract_id,) = {each.contract_id for each in promising.submit(orders, request_id=f"submit-{name}")}
    began = perf_counter()
    quote = promising.quote(contract_id)
    seconds.append(perf_counter() - began)
    if not quote.options:
        return _codes(quote)
    option = min(quote.options, key=_price)
    try:
        hold = promising.hold(option.token, request_id=f"hold-{name}")
    except StateError as error:
        return tuple(issue.code.value for issue in error.issues)
    promising.confirm(hold.reservation_id, request_id=f"confirm-{name}")
    return ()


def _price(option: SlaOption) -> tuple[int, str]:
    return option.cost.total, option.option_id


def _codes(quote: Quote) -> tuple[str, ...]:
    """What rules the contract out, the most frequent reason first."""
    times = Counter[str]()
    for refusal in quote.refusals:
        for reason in refusal.reasons:
            times[reason.code.value] += reason.count
    return tuple(code for code, _ in times.most_common()) or ("TIME_RAN_OUT",)


# -- figures


def figures(day: Day, run: Run) -> Figures:
    """What became of the orders; each counts once, whatever parts it came in."""
    routes = [route for route in run.plan.routes if route.visits]
    served = set(_served(day, run))
    return {
        "orders": day.num_orders,
        "served": len(served),
        "refused": day.num_orders - len(served),
        "on_time": len(served - set(_late(day, run))),
        "vehicles": len(routes),
        "cost": run.plan.cost.total,
        "km": round(sum(route.distance_m for route in routes) / 1000, 1),
        "checker_violations": run.num_violations,
    }


def _served(day: Day, run: Run) -> Iterator[str]:
    """Orders of which every item is in the plan."""
    wholes = {order.order_id: whole_id(order) for order in day.orders}
    assigned = {(each.contract_id, each.item_id) for each in run.plan.assignments}
    for contract in run.contracts:
        if all((contract.contract_id, item.item_id) in assigned for item in contract.items):
            yield from (wholes[each.order_id] for each in contract.orders)


def _late(day: Day, run: Run) -> Iterator[str]:
    """Orders that are fetched too early, or reach the customer after they are due; by the visits alone."""
    order_by_id = {order.order_id: order for order in day.orders}
    order_id_by_item = {
        (contract.contract_id, item.item_id): contract.demands_of(item)[0].order_id
        for contract in run.contracts
        for item in contract.items
    }
    for route in run.plan.routes:
        for visit in route.visits:
            order = order_by_id[order_id_by_item[visit.contract_id, visit.item_id]]
            due = order.windows[-1].latest if order.windows else day.end
            if visit.start < order.placed_time if visit.kind is VisitKind.PICKUP else visit.start > due:
                yield whole_id(order)


def unserved(day: Day, run: Run) -> list[dict[str, Any]]:
    """Every order that is not served, and why."""
    reasons = {**day.rejected, **run.reasons}
    return [{"order_id": each, "reasons": list(reasons[each])} for each in sorted(reasons)]


def measure(folder: Path, *, road: Path, seconds: float, seed: int, num_couriers: int, replan_minutes: int) -> Figures:
    """Both ways through the day, each with its figures, and why orders are not served."""
    warm_up()
    with TemporaryDirectory(prefix="servanda-day-") as name:
        into = Path(name) / "world"
        into.mkdir()
        day = read_day(folder, into=into, road=road, num_couriers=num_couriers, cache_dir=cache_dir())
        batch = in_one_go(day, seconds=seconds, seed=seed)
        with Ledger.open(f"sqlite:///{name}/ledger.db", tenant_id=TENANT_ID) as ledger:
            online = one_by_one(day, ledger, seed=seed, replan_every=timedelta(minutes=replan_minutes) or None)
    quotes = percentiles_ms(online.quote_seconds)
    return {
        "batch": figures(day, batch),
        "online": {**figures(day, online), "quote_p50_ms": quotes["p50_ms"], "quote_p99_ms": quotes["p99_ms"]},
        "unserved": {"batch": unserved(day, batch), "online": unserved(day, online)},
    }


def main(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the orders.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    road: Annotated[Path, typer.Option(help="OpenStreetMap extract, .osm or .osm.bz2.")] = ROAD,
    seconds: Annotated[float, typer.Option(help="For the plan in one go.")] = 60,
    seed: Annotated[int, typer.Option(help="Of the search.")] = 1,
    couriers: Annotated[int, typer.Option(help="How many start at the depots.")] = NUM_COURIERS,
    replan_minutes: Annotated[
        int, typer.Option(min=0, help="While orders come one by one: how often routes are replanned; 0: never.")
    ] = REPLAN_EVERY // timedelta(minutes=1),
) -> None:
    """Plan a day of real orders in one go, then promise them one by one."""
    try:
        found = measure(
            folder, road=road, seconds=seconds, seed=seed, num_couriers=couriers, replan_minutes=replan_minutes
        )
    except ServandaError as error:
        report(error.issues, as_json=as_json)
        raise typer.Exit(exit_code_of(error)) from error
    show(found, as_json=as_json)


if __name__ == "__main__":
    typer.run(main)

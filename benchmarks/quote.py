"""How long a quote takes in process, by the number of items, while the plan of a morning fills up.

Every contract takes its cheapest option, so that the routes get as long as in the demo.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Annotated

import typer

from benchmarks.figures import Figures, machine, percentiles_ms, show
from benchmarks.worlds import size_of, world_of
from models.contract import Contract
from models.problem import Problem
from scenarios.batch import TENANT_ID
from scenarios.generate_orders import generate_morning
from scenarios.order_book import contracts_of
from scenarios.world import World
from solver.kernels import warm_up
from solver.quoting.board import Board

MANY_ITEMS = 4


@dataclass
class Times:
    """Seconds of quotes by number of items, of fits, and how many options there were."""

    quotes: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    fits: list[float] = field(default_factory=list)
    num_options: int = 0


def morning_of(world: World, *, seed: int, num_orders: int) -> list[Contract]:
    """The contracts of a generated morning, in the order in which they ask."""
    orders = generate_morning(world, seed=seed, num_orders=num_orders)
    ids = iter(range(10**9))
    contracts = contracts_of(orders, world, tenant_id=TENANT_ID, new_id=lambda: f"id-{next(ids):06}")
    return sorted(contracts, key=lambda contract: (_asked(contract), contract.contract_id))


def _asked(contract: Contract) -> datetime:
    return max(order.joined_time for order in contract.orders)


def quote_and_take(board: Board, contract: Contract, times: Times) -> None:
    start = perf_counter()
    quote = board.quote(contract, now=_asked(contract), quote_id="q")
    times.quotes[min(len(contract.items), MANY_ITEMS)].append(perf_counter() - start)
    times.num_options += len(quote.options)
    for option in sorted(quote.options, key=lambda option: (option.cost.total, option.option_id)):
        start = perf_counter()
        fit = board.fit(contract, option, now=quote.expire_time)
        times.fits.append(perf_counter() - start)
        if fit is not None:
            board.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(fit.contract,))
            return


def measure(world: World, *, seed: int, num_orders: int) -> Figures:
    warm_up()
    start = world.horizon.start
    tables = world.streets.tables()
    board = Board.of(Problem(world.catalogue, tables, world.horizon, now=start, freeze_until=start, stock=world.stock))
    times = Times()
    contracts = morning_of(world, seed=seed, num_orders=num_orders)
    for contract in contracts:
        quote_and_take(board, contract, times)
    names = {n: f"{n} item{'s' if n > 1 else ''}{' or more' if n == MANY_ITEMS else ''}" for n in sorted(times.quotes)}
    return {
        "orders": num_orders,
        "riders": len(world.catalogue.riders),
        "sites": len(world.catalogue.sites),
        "contracts": len(contracts),
        "options": times.num_options,
        "plan_cost": board.plan().cost.total,
        "seed": seed,
        "machine": machine(),
        "all quotes": percentiles_ms(second for each in times.quotes.values() for second in each),
        **{name: percentiles_ms(times.quotes[n]) for n, name in names.items()},
        "holds": percentiles_ms(times.fits),
    }


def main(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    seed: Annotated[int, typer.Option(help="Of the orders.")] = 1,
    orders: Annotated[int, typer.Option(help="How many orders the morning has.")] = 600,
    riders: Annotated[int | None, typer.Option(help="With --sites: of a generated world; else the demo's.")] = None,
    sites: Annotated[int | None, typer.Option(help="With --riders: of a generated world; else the demo's.")] = None,
) -> None:
    """Time quotes and the fits of holds over a morning, without server and ledger."""
    with world_of(size_of(orders, riders, sites), seed=seed) as world:
        show(measure(world, seed=seed, num_orders=orders), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)

"""The plan that a night begins with: thousands of contracts with promises, a third of them with riders and vans.

Contracts come in the order in which they ask. Each takes the cheapest of a few options that a narrow
search of the board finds, and holds it, as a client would. So that a third has something in a route,
whoever comes while there are more than that is looked at without riders, vans and technicians first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.quote import morning_of
from models.contract import Contract, ContractStatus
from models.counter_offer import Wish
from models.problem import Problem
from models.promise import Mode
from scenarios.batch import plan_file
from scenarios.generate_world import Size, generate_world
from scenarios.json_files import read_plan, write_plan
from scenarios.world import World, load_world
from solver.cache import cache_dir
from solver.quoting.board import Board
from solver.stop import never

IN_ROUTES = (Mode.RIDER, Mode.VAN, Mode.TECHNICIAN)

ORDERS_PER_CONTRACT = 1.6
"""Of the world's morning: some join a contract, and some contracts get no promise."""

CONTRACTS_PER_SITE, RIDERS_PER_CONTRACT = 80, 0.03


@dataclass(frozen=True)
class Evening:
    """What the night is given, and how many of its contracts have something in a route."""

    problem: Problem
    routed: int


def size_for(num_contracts: int) -> Size:
    """A world in which so many contracts fit, a third of them in routes."""
    return Size(
        orders=round(num_contracts * ORDERS_PER_CONTRACT),
        riders=max(40, round(num_contracts * RIDERS_PER_CONTRACT)),
        sites=max(60, num_contracts // CONTRACTS_PER_SITE),
    )


def evening_of(num_contracts: int, *, seed: int, folder: Path) -> Evening:
    """The plan in this folder, or a new one that is kept there beside its world."""
    size, kept = size_for(num_contracts), folder / f"{num_contracts}-contracts-seed-{seed}"
    kept.mkdir(parents=True, exist_ok=True)
    world_folder, file = kept / "world", kept / "plan.json"
    if world_folder.exists():
        world = load_world(world_folder, cache_dir=cache_dir())
    else:
        world = generate_world(size, seed=seed, out=world_folder, cache_dir=cache_dir()).world
    if not file.exists():
        problem = _planned(world, size, num_contracts=num_contracts, seed=seed)
        write_plan(file, plan_file(world, problem, problem.initial_plan))
    problem = read_plan(file).problem(catalogue=world.catalogue, travel=world.streets.tables())
    return Evening(problem, _num_routed(problem))


def _num_routed(problem: Problem) -> int:
    return len({each.contract_id for each in problem.initial_plan.assignments if each.mode in IN_ROUTES})


def _planned(world: World, size: Size, *, num_contracts: int, seed: int) -> Problem:
    start = world.horizon.start
    empty = Problem(world.catalogue, world.streets.tables(), world.horizon, start, start, stock=world.stock)
    board = Board.of(empty)
    taken = list[Contract]()
    num_routed = 0
    for contract in morning_of(world, seed=seed, num_orders=size.orders):
        if len(taken) == num_contracts:
            break
        agreed = next(_ways(board, contract, fleet_first=3 * num_routed <= len(taken)), None)
        if agreed is not None:
            taken.append(agreed)
            num_routed += any((agreed.contract_id, item.item_id) in board.routes for item in agreed.items)
    return replace(empty, contracts=tuple(taken), initial_plan=board.plan())


def _ways(board: Board, contract: Contract, *, fleet_first: bool) -> Iterator[Contract]:
    """The contract as agreed, once it is on the board."""
    asked = max(order.joined_time for order in contract.orders)
    others = Wish(unwanted_modes=IN_ROUTES)
    for wish in (Wish(),) if fleet_first else (others, Wish()):
        options = board.probe(contract, now=asked, quote_id="q", stop=never, wish=wish, only_wished=False)
        for option in sorted(options, key=lambda each: (each.cost.total, each.option_id)):
            fit = board.fit(contract, option, now=asked)
            if fit is not None:
                agreed = fit.contract.model_copy(update={"status": ContractStatus.ACTIVE})
                board.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(agreed,))
                yield agreed

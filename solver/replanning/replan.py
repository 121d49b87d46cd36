"""A cheaper plan for the same promises: sources and routes change, promises never do."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from models.plan import Assignment, Plan, Route
from models.problem import Problem
from solver.assignment.draft import numbered
from solver.assignment.reassigning import MOST, Look, reassigned
from solver.disturbance import disturbance
from solver.kernels.arrays import OPEN_END
from solver.quoting.board import Board, as_routed
from solver.regions.interface import Checkpoints, Counted, Effort, Executor, InMemory, Timed
from solver.regions.rounds import REGION, Rounds
from solver.regions.serial import Serial
from solver.replanning.one_by_one import take_one_by_one
from solver.replanning.spare_sources import spare_sources
from solver.routing.budget import Budget, Iterations
from solver.routing.of_plan import SPARE_POSITIONS, RoutedPlan
from solver.routing.search import SETTINGS, search
from solver.stop import Stop, never

ONE_SEARCH = 600
"""Up to so many items that can move are searched at once; more than that by regions. See docs/night.md."""

ITERATIONS_PER_LOOK = 100
"""When iterations are counted, for each so many one contract may come from elsewhere, and never fewer than `MOST`."""

LOOKS, SOURCES = 0.3, 0.5
"""Of the seconds of the routes, when a clock counts: until then contracts are looked at, and sources changed."""


def replan(problem: Problem, *, seed: int, iterations: int, stop: Stop = never) -> Plan:
    """Look for a cheaper plan behind the same promises: other sources first, then other routes.

    What has started by `problem.freeze_until` stays, and so does who does a pinned item; mode, level,
    window and fee of every item stay. What has not begun may come from another site, by another
    carrier or desk; after that an item may go to any vehicle of its mode that is allowed to take it.
    Cheaper is what saves more than `problem.disturbance` for all that changes hands. The result
    depends on the problem, the seed and the iterations alone, unless `stop` ends it early.

    Returns
    -------
    Plan
        `problem.initial_plan` itself, if nothing cheaper was found.
    """
    if not iterations or stop():
        return problem.initial_plan
    start = reassigned(problem, seed=seed, stop=stop)

    def search_routes(board: Board, plan: RoutedPlan) -> tuple[Assignment, ...]:
        if plan.movable.sum() > ONE_SEARCH:
            Rounds(board, plan, seed, Serial(), InMemory(), stop).run(Counted(iterations))
            return ()
        with_sources = replace(problem, initial_plan=start)
        spares = spare_sources(board, with_sources, most=MOST)
        plan = plan.or_from(spares, board, with_sources, home=problem.initial_plan)
        take_one_by_one(board, plan)
        return _search_at_once(board, plan, seed=seed, budget=Iterations(iterations, stop))

    return _rerouted(problem, start, search_routes)


def replan_large(
    problem: Problem,
    *,
    seed: int,
    effort: Effort,
    executor: Executor,
    stop: Stop = never,
    checkpoints: Checkpoints | None = None,
    region_size: int = REGION,
) -> Plan:
    """Like `replan`, with the routes searched by regions, side by side.

    Parameters
    ----------
    effort
        Of the search of the routes. Counted iterations give the same plan for the same problem and
        seed, whoever the executor is and however many workers it has. The search of sources comes on
        top: of more contracts, the more iterations there are, or for a share of the seconds.
    checkpoints
        What is there already is not done again.
    region_size
        About so many items that can move are searched together.

    Returns
    -------
    Plan
        `problem.initial_plan` itself, if nothing cheaper was found. Never dearer.
    """
    kept = checkpoints or InMemory()
    start = kept.sources()
    if start is None:
        start = reassigned(problem, seed=seed, stop=stop, look=look_of(effort))
        if not stop():
            kept.keep_sources(start)

    def search_routes(board: Board, plan: RoutedPlan) -> tuple[Assignment, ...]:
        Rounds(board, plan, seed, executor, kept, stop, region_size).run(effort)
        return ()

    return _rerouted(problem, start, search_routes)


def look_of(effort: Effort) -> Look:
    """How many contracts the first step looks at beside such a search of routes; the clock runs from now on."""
    if not isinstance(effort, Timed):
        return Look(most=max(MOST, effort.iterations // ITERATIONS_PER_LOOK))
    began = effort.clock()

    def after(share: float) -> Stop:
        return lambda: effort.clock() - began >= share * effort.seconds

    return Look(most=None, enough=after(LOOKS), over=after(SOURCES))


SearchRoutes = Callable[[Board, RoutedPlan], tuple[Assignment, ...]]
"""Changes the routes of a board; returns what comes from another source in them, as it is to be assigned."""


def _rerouted(problem: Problem, start: Plan, search_routes: SearchRoutes) -> Plan:
    """The plan with other sources, and then with the routes that a search makes of its board's."""
    with_sources = replace(problem, initial_plan=start)
    board = Board.of(with_sources)
    plan = RoutedPlan.of(board, with_sources, home=problem.initial_plan)
    if plan.movable.any():
        from_elsewhere = search_routes(board, plan)
        start = _better(start, _with_routes_of(board, with_sources, from_elsewhere), problem)
    return start if start is problem.initial_plan else numbered(start, problem.initial_plan)


def _search_at_once(board: Board, plan: RoutedPlan, *, seed: int, budget: Budget) -> tuple[Assignment, ...]:
    _, routes = board.routes.arrays(spare_positions=SPARE_POSITIONS)
    routing, _, _, nodes = plan.whole(routes)
    settings = SETTINGS._replace(near=SETTINGS.near * plan.ways_per_request)
    found = search(routing, seed=seed, budget=budget, settings=settings)
    best = found.routes
    board.routes.replace(best._replace(node=np.where(best.node == OPEN_END, OPEN_END, nodes[best.node])))
    taken = [spare for way in found.chosen.tolist() for spare in plan.spares[way]]
    for spare in taken:
        board.routes.go_by(spare.key, spare.visits)
    return tuple(spare.assignment for spare in taken)


def _better(one: Plan, other: Plan, problem: Problem) -> Plan:
    """The second, if it costs less with what it disturbs in the plan in force."""
    home = problem.initial_plan
    counts = [each.cost.total + disturbance(home, each, price=problem.disturbance) for each in (one, other)]
    return other if counts[1] < counts[0] else one


def _with_routes_of(board: Board, problem: Problem, from_elsewhere: Iterable[Assignment]) -> Plan:
    """The initial plan with the routes of a board; those that did not change keep their version."""
    before = problem.initial_plan
    other = {(each.contract_id, each.item_id): each for each in from_elsewhere}
    assignments = (other.get((each.contract_id, each.item_id), each) for each in before.assignments)
    routes_before = {route.resource_id: route for route in before.routes}
    changed = {}
    for r, vehicle in enumerate(board.instance.vehicles):
        old = routes_before.get(vehicle.resource_id, Route(resource_id=vehicle.resource_id))
        new = board.routes.route(r, version=old.version + 1)
        if (new.visits, new.breaks) != (old.visits, old.breaks):
            changed[vehicle.resource_id] = new
    contracts = {contract.contract_id: contract for contract in problem.contracts}
    routes = {**routes_before, **changed}
    return Plan(
        routes=tuple(routes[v.resource_id] for v in board.instance.vehicles if v.resource_id in routes),
        assignments=as_routed(assignments, changed.values(), contracts),
        unplanned=before.unplanned,
        cost=board.plan().cost,
    )

"""What it costs to keep each kind of promise, found by searching a plan without it.

The plan is searched twice from the same start, with the same seed and iterations: as it is, and as
if the promises of one kind were open until the end of their day. A plan that keeps them is one
without them too, so the price is never negative. Neither search is exhaustive, so it is an estimate.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.contract import Contract, ContractStatus
from models.disturbance import MoveNotMade, PromisePrice
from models.plan import Assignment, Plan
from models.policy import NARROWABLE
from models.problem import Problem
from models.promise import Promise, PromiseState
from models.timing import TimeWindow
from solver.check import check
from solver.disturbance import ItemKey, move_of
from solver.geometry import crow_flies_m
from solver.replanning.notebook import Notebook
from solver.replanning.replan import replan
from solver.stop import Stop

PRICE = "price/"
"""How the names of notes begin."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Those that were searched to their end, and whether that is all of them."""

    found: tuple[PromisePrice, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """Promises of one service level, everywhere or around one site."""

    service_level_id: str
    area_site_id: str | None = None

    @property
    def name(self) -> str:
        return f"{PRICE}{self.service_level_id}/{self.area_site_id or ''}"


def promise_prices(
    problem: Problem, *, seed: int, iterations: int, most_areas: int, stop: Stop, notebook: Notebook
) -> Prices:
    """The price of each service level, and of those in the areas that have most promises.

    Parameters
    ----------
    problem
        Its initial plan is in force and searched already.
    most_areas
        How many pairs of level and area, beside the levels themselves.
    stop
        What has not been searched to its end by then is left out.
    notebook
        Where results go as they come, and come from if they are there.
    """
    promises = _openable(problem)
    kinds = _kinds(problem, promises, most_areas=most_areas)
    found: list[PromisePrice] = []
    as_it_is: Plan | None = None
    for kind, keys in kinds.items():
        known = notebook.read(kind.name)
        if known is None:
            as_it_is = as_it_is or replan(problem, seed=seed, iterations=iterations, stop=stop)
            price = _price(problem, kind, keys, as_it_is, seed=seed, iterations=iterations, stop=stop)
            if stop():
                break
            known = price.model_dump_json()
            notebook.write(kind.name, known)
        found.append(PromisePrice.model_validate_json(known))
    return Prices(tuple(found), complete=len(found) == len(kinds))


def noted_prices(notes: Mapping[str, str]) -> Prices:
    """What a search that has failed had noted."""
    found = (PromisePrice.model_validate_json(text) for name, text in notes.items() if name.startswith(PRICE))
    return Prices(tuple(found), complete=False)


def _price(
    problem: Problem,
    kind: Kind,
    keys: frozenset[ItemKey],
    as_it_is: Plan,
    *,
    seed: int,
    iterations: int,
    stop: Stop,
) -> PromisePrice:
    relaxed = replace(problem, contracts=tuple(_opened(each, keys, problem) for each in problem.contracts))
    plan = replan(relaxed, seed=seed, iterations=iterations, stop=stop)
    if violations := check(relaxed, plan):
        raise AssertionError(f"a plan without {kind.name} breaks {violations[0].code} at {violations[0].path}")
    best = min((as_it_is, plan), key=lambda each: each.cost.total)
    windows = [promise.window for key, promise in _promises(problem.contracts) if key in keys]
    zone = problem.catalogue.zone
    return PromisePrice(
        service_level_id=kind.service_level_id,
        area_site_id=kind.area_site_id,
        promises=len(keys),
        days=len({window.earliest.astimezone(zone).date() for window in windows}),
        cost_kept=as_it_is.cost,
        cost_relaxed=best.cost,
        not_made=tuple(_not_made(problem, best)),
    )


def _not_made(problem: Problem, plan: Plan) -> Iterator[MoveNotMade]:
    """What starts outside of its promised window in a plan that need not keep it."""
    windows = {key: promise.window for key, promise in _promises(problem.contracts)}
    before = {_key(each): each for each in problem.initial_plan.assignments}
    for after in plan.assignments:
        window = windows.get(_key(after))
        if window is not None and after.mode in NARROWABLE and after.planned_start not in window:
            move = move_of(before[_key(after)], after)
            yield MoveNotMade(move=move, earliest=window.earliest, latest=window.latest)


# -- which promises could be opened, and of what kind they are


def _openable(problem: Problem) -> dict[ItemKey, Promise]:
    """Promises of a start at the door that lies ahead, and that nothing else of the contract hangs on."""
    modes = {_key(each): each.mode for each in problem.initial_plan.assignments}
    return {
        key: promise
        for contract in problem.contracts
        if contract.status is ContractStatus.ACTIVE
        for key, promise in _promises([contract])
        if promise.state is PromiseState.OPEN
        and modes.get(key) in NARROWABLE
        and promise.window.latest > problem.freeze_until
        and key[1] not in _tied(contract)
        and _open_window(contract, promise, problem) != promise.window
    }


def _tied(contract: Contract) -> set[str]:
    """Items whose windows must fit each other."""
    ids = {item_id for link in contract.precedences for item_id in (link.before_item_id, link.after_item_id)}
    return ids.union(*(group.item_ids for group in (*contract.same_starts, *contract.same_visits)))


def _kinds(problem: Problem, promises: Mapping[ItemKey, Promise], *, most_areas: int) -> dict[Kind, frozenset[ItemKey]]:
    """Levels with the most promises first, then the areas with the most."""
    levels: defaultdict[Kind, set[ItemKey]] = defaultdict(set)
    areas: defaultdict[Kind, set[ItemKey]] = defaultdict(set)
    for key, promise in promises.items():
        levels[Kind(promise.service_level_id)].add(key)
        areas[Kind(promise.service_level_id, _area(promise, problem))].add(key)
    ordered = [*_by_size(levels), *_by_size(areas)[:most_areas]]
    return {kind: frozenset(keys) for kind, keys in ordered}


def _by_size(found: Mapping[Kind, set[ItemKey]]) -> list[tuple[Kind, set[ItemKey]]]:
    return sorted(found.items(), key=lambda each: (-len(each[1]), each[0].name))


def _area(promise: Promise, problem: Problem) -> str:
    """The nearest site, as the crow flies."""
    sites = problem.catalogue.sites
    return min(sites, key=lambda site: (crow_flies_m(site.place, promise.place), site.site_id)).site_id


# -- contracts with open windows


def _opened(contract: Contract, keys: frozenset[ItemKey], problem: Problem) -> Contract:
    if not any((contract.contract_id, promise.item_id) in keys for promise in contract.promises):
        return contract
    promises = tuple(
        promise.model_copy(update={"window": _open_window(contract, promise, problem), "narrowed_from": None})
        if (contract.contract_id, promise.item_id) in keys
        else promise
        for promise in contract.promises
    )
    return contract.model_copy(update={"promises": promises})


def _open_window(contract: Contract, promise: Promise, problem: Problem) -> TimeWindow:
    """Until the local day ends, the horizon does, or the customer's own limit."""
    window = promise.window
    ends = [_end_of_day(window.earliest, problem), problem.horizon.end]
    limits = contract.item(promise.item_id).sla.windows
    ends += [limit.latest for limit in limits if window.within(limit)]
    latest = max(window.latest, min(ends))
    return TimeWindow(earliest=window.earliest, latest=latest)


def _end_of_day(instant: datetime, problem: Problem) -> datetime:
    zone = problem.catalogue.zone
    day = instant.astimezone(zone).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone) - timedelta(seconds=1)


def _promises(contracts: Iterable[Contract]) -> Iterator[tuple[ItemKey, Promise]]:
    for contract in contracts:
        for promise in contract.promises:
            yield (contract.contract_id, promise.item_id), promise


def _key(assignment: Assignment) -> ItemKey:
    return assignment.contract_id, assignment.item_id

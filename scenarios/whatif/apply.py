"""A world with the changes of a scenario made: pure, and with everything that contradicts reported at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from models.contract import Contract, ServiceItem
from models.issues import InputError, Issue, IssueCode, join_path
from models.promise import LIVE_STATES, Mode
from models.resource import ResourceKind
from models.scenario import (
    AddResources,
    ChangeCarrier,
    ChangeFee,
    ChangeLateness,
    ChangePolicy,
    ChangeStock,
    CloseRoad,
    CloseSite,
    MultiplyDemand,
    OpenSite,
    Promotion,
    PutServiceLevel,
    RemoveResources,
    Retrain,
    Scenario,
    SharePool,
    ShiftDemand,
    ShiftTimes,
    SplitPool,
    TravelFactor,
    WithdrawServiceLevel,
)
from scenarios.documents import Loc
from scenarios.whatif import demand, people, pools, roads, sites, terms
from scenarios.whatif.changing import Contradiction, Variant, there
from scenarios.world import World
from solver.alternatives.eligibility import mobile_reason

_OF_WORLD: dict[type[Any], Callable[[Variant, Any], Variant]] = {
    CloseSite: sites.close_site,
    OpenSite: sites.open_site,
    ChangeStock: sites.change_stock,
    AddResources: people.add_resources,
    RemoveResources: people.remove_resources,
    Retrain: people.retrain,
    ShiftTimes: people.shift_times,
    SharePool: pools.share_pool,
    SplitPool: pools.split_pool,
    PutServiceLevel: terms.put_service_level,
    WithdrawServiceLevel: terms.withdraw_service_level,
    ChangeFee: terms.change_fee,
    ChangeLateness: terms.change_lateness,
    ChangePolicy: terms.change_policy,
    ChangeCarrier: terms.change_carrier,
    TravelFactor: roads.travel_factor,
    CloseRoad: roads.close_road,
}
_OF_DEMAND: dict[type[Any], Callable[[Variant, Any, int], Variant]] = {
    MultiplyDemand: demand.multiply_demand,
    ShiftDemand: demand.shift_demand,
    Promotion: demand.promotion,
}
"""These draw, and each draws by its position."""


def plain_path(loc: Loc) -> str:
    """Where a field stands in a scenario that is in no file: `changes[2].site_id`."""
    return join_path("", loc)


def apply(
    world: World, scenario: Scenario, *, path: Callable[[Loc], str] = plain_path, contracts: Sequence[Contract] = ()
) -> Variant:
    """The world as the scenario has it; the world itself stays as it is.

    Parameters
    ----------
    path
        Where a field of the scenario stands, with file and line.
    contracts
        Of a snapshot: what is promised already. Some vehicle or technician must be left for each item.

    Raises
    ------
    InputError
        With everything that contradicts the world. What contradicts is left out before the next change is looked at.
    """
    variant, issues = Variant(world), list[Issue]()
    for position, change in enumerate(scenario.changes):
        before = variant
        try:
            variant = _made(variant, change, position)
        except Contradiction as error:
            for wrong in error.wrong:
                where = path(("changes", position, *wrong.loc))
                issues.append(wrong.issue.model_copy(update={"path": where}))
            continue
        if contracts and variant.replan_every != before.replan_every:
            issues.append(_nobody_comes(path(("changes", position, "replan_every")), variant))
        for message in _nobody_left(before, variant, contracts):
            issues.append(_no_one(path(("changes", position)), message))
    if issues:
        raise InputError(*issues)
    return variant


def steps(world: World, scenario: Scenario) -> tuple[Variant, ...]:
    """The world itself, then as it is after each change of a scenario that contradicts nothing."""
    found = [Variant(world)]
    for position, change in enumerate(scenario.changes):
        found.append(_made(found[-1], change, position))
    return tuple(found)


def _made(variant: Variant, change: Any, position: int) -> Variant:
    if type(change) in _OF_DEMAND:
        return _OF_DEMAND[type(change)](variant, change, position)
    return _OF_WORLD[type(change)](variant, change)


_KIND_BY_MODE = {
    Mode.RIDER: ResourceKind.RIDER,
    Mode.VAN: ResourceKind.VAN,
    Mode.TECHNICIAN: ResourceKind.TECHNICIAN,
}


def _nobody_left(before: Variant, after: Variant, contracts: Iterable[Contract]) -> Iterator[str]:
    """Promised items that somebody could do before a change, and nobody after it."""
    for contract in contracts:
        for promise in contract.promises:
            kind = _KIND_BY_MODE.get(promise.mode)
            if kind is None or promise.state not in LIVE_STATES:
                continue
            position = next(n for n, each in enumerate(contract.items) if each.item_id == promise.item_id)
            able = [_able(each.fenced(contract).items[position], kind, each) for each in (before, after)]
            if able[0] and not able[1]:
                item = contract.items[position]
                yield (
                    f"number of {kind.lower()}s that can do {contract.contract_id}/{item.item_id}, which is promised "
                    f"by {promise.mode}{_cold(item)}, (0) must be >= 1; before the change it was {able[0]}"
                )


def _able(item: ServiceItem, kind: ResourceKind, variant: Variant) -> int:
    return sum(mobile_reason(each, item, variant.catalogue) is None for each in there(variant.catalogue, kind))


def _cold(item: ServiceItem) -> str:
    return ", frozen" if item.load.frozen_cm3 else ", chilled" if item.load.chilled_cm3 else ""


def _nobody_comes(path: str, variant: Variant) -> Issue:
    return Issue(
        code=IssueCode.SCENARIO_CONTRADICTORY,
        path=path,
        message=f"replan_every ({variant.replan_every}) needs orders that come, and a snapshot has none",
        hint="remove it, or take the world with its orders as the base",
    )


def _no_one(path: str, message: str) -> Issue:
    return Issue(
        code=IssueCode.SCENARIO_CONTRADICTORY,
        path=path,
        message=message,
        hint="leave or add somebody who can, or take a base without this promise",
    )

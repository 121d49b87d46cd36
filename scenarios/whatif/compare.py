"""Scenario and base side by side: differences with their interval, and which contracts change and why."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import fmean, stdev

from models.catalogue import Catalogue
from models.evaluation import (
    Cause,
    Comparison,
    ContractChange,
    ContractOutcome,
    Difference,
    Evaluation,
    PromisedItem,
    Side,
    Summary,
)
from models.order import Channel
from models.plan import COST_KINDS
from models.scenario import Change, ChangePolicy, MultiplyDemand, Promotion, Scenario, ShiftDemand
from scenarios.whatif.apply import apply, steps
from scenarios.whatif.changing import Variant
from scenarios.whatif.evaluate import Base

FIGURES: dict[str, Callable[[Evaluation], float]] = {
    "cost": lambda each: each.cost.total,
    **{f"cost.{kind}": (lambda each, kind=kind: getattr(each.cost, kind)) for kind in COST_KINDS},  # type: ignore[misc]
    "cost_per_served": lambda each: _ratio(each.cost.total, len(each.contracts) - each.refused),
    "fees": lambda each: each.fees,
    "contracts": lambda each: len(each.contracts),
    "served": lambda each: len(each.contracts) - each.refused,
    "kept": lambda each: each.kept,
    "at_risk": lambda each: each.at_risk,
    "refused": lambda each: each.refused,
    "on_time": lambda each: each.on_time,
    "km": lambda each: each.distance_m / 1000,
    "co2_g": lambda each: each.co2_g,
    "options_per_contract": lambda each: _ratio(len(each.offers.options), each.offers.contracts),
    "fee_per_option": lambda each: _mean([option.fee for option in each.offers.options]),
    "fee_recommended": lambda each: _mean([option.fee for option in each.offers.options if option.recommended]),
}
"""What is compared of two evaluations, by name."""

CONFIDENCE = 0.95


def _ratio(part: float, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def compare(base: Base, scenario: Scenario, *, before: Sequence[Evaluation], after: Sequence[Evaluation]) -> Comparison:
    """A scenario beside its base.

    Parameters
    ----------
    before, after
        Evaluations of the base and of the scenario, by seed in the same order.
    """
    was, now = Variant(base.ground), apply(base.ground, scenario, contracts=base.contracts)
    pairs = list(zip(before, after, strict=True))
    touched = touches(base, scenario)
    changes = [change for old, new in pairs for change in _changes(old, new, was, now, touched)]
    return Comparison(
        scenario=scenario.name,
        description=scenario.description,
        seeds=tuple(each.seed for each in after),
        base_evaluations=tuple(before),
        evaluations=tuple(after),
        differences={
            name: difference([figure(new) - figure(old) for old, new in pairs]) for name, figure in FIGURES.items()
        },
        changes=tuple(changes),
        resourced=sum(_resourced(old, new) for old, new in pairs),
    )


def difference(values: Sequence[float]) -> Difference:
    """Mean and interval of paired differences, by Student's t distribution."""
    mean = fmean(values)
    margin = 0.0
    if len(values) > 1:
        # scipy.stats takes half a second to import, and only several seeds need it.
        from scipy.stats import t  # noqa: PLC0415

        quantile = float(t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
        margin = quantile * stdev(values) / math.sqrt(len(values))
    return Difference(mean=mean, low=mean - margin, high=mean + margin)


def summary(comparison: Comparison) -> Summary:
    """The line of a comparison that `servanda whatif` prints."""
    seeds = len(comparison.seeds)
    cost = comparison.differences["cost"]

    def mean(name: str) -> float:
        return rounded(fmean(FIGURES[name](each) for each in comparison.evaluations))

    both = (*comparison.base_evaluations, *comparison.evaluations)
    return Summary(
        scenario=comparison.scenario,
        seeds=seeds,
        cost=mean("cost"),
        cost_difference=rounded(cost.mean),
        cost_difference_low=rounded(cost.low),
        cost_difference_high=rounded(cost.high),
        kept=mean("kept"),
        at_risk=mean("at_risk"),
        refused=mean("refused"),
        on_time=fmean(each.on_time for each in comparison.evaluations),
        km=mean("km"),
        changed_contracts=rounded(len(comparison.changes) / seeds),
        checker_violations=sum(len(each.violations) for each in both),
    )


def rounded(value: float) -> float:
    """To a thousandth: a mean over seeds is no more certain than that."""
    return round(value, 3)


# Which contracts change, and why


def touches(base: Base, scenario: Scenario) -> tuple[frozenset[str], ...]:
    """By change: ids of the sites, resources and levels that are not as before, and `orders` if demand is not."""
    found = []
    for change, (before, after) in zip(scenario.changes, pairwise(steps(base.ground, scenario)), strict=True):
        ids = frozenset(_differing(before, after))
        found.append(ids | {ORDERS} if _is_of_orders(change) else ids)
    return tuple(found)


def _is_of_orders(change: Change) -> bool:
    """Whether other orders come, or others of them make a contract."""
    if isinstance(change, ChangePolicy):
        return change.merge is not None or change.merge_window is not None
    return isinstance(change, MultiplyDemand | ShiftDemand | Promotion)


ORDERS = "*orders"
"""No id: it begins with no letter or digit."""
STREETS = "*streets"


def _differing(before: Variant, after: Variant) -> Iterator[str]:
    old, new = _parts(before), _parts(after)
    yield from (each for each in old.keys() | new.keys() if old.get(each) != new.get(each))
    yield from before.catalogue.unavailable_ids ^ after.catalogue.unavailable_ids
    rows = ({(row.site_id, row.sku_id): row.on_hand for row in each.world.stock} for each in (before, after))
    had, has = rows
    yield from {site_id for site_id, sku_id in had.keys() | has.keys() if _other(had, has, (site_id, sku_id))}
    if (before.world.streets.key, before.catalogue.traffic) != (after.world.streets.key, after.catalogue.traffic):
        yield STREETS


def _other(had: dict[tuple[str, str], int], has: dict[tuple[str, str], int], key: tuple[str, str]) -> bool:
    return had.get(key) != has.get(key)


def _parts(variant: Variant) -> dict[str, object]:
    """Everything in a catalogue that an item can be served by, with the pools that it is in."""
    catalogue = variant.catalogue
    found: dict[str, object] = {
        resource_id: (each, _channels(resource_id, catalogue)) for resource_id, each in _resources(variant).items()
    }
    found |= dict(catalogue.site_by_id)
    return found | {f"level {level.service_level_id}": level for level in catalogue.policy.service_levels}


def _channels(resource_id: str, catalogue: Catalogue) -> tuple[tuple[str, ...], ...]:
    return tuple(pool.channels for pool in catalogue.pools_by_resource_id.get(resource_id, ()))


def _changes(
    old: Evaluation, new: Evaluation, was: Variant, now: Variant, touched: Sequence[frozenset[str]]
) -> Iterator[ContractChange]:
    before = {each.contract_id: each for each in old.contracts}
    after = {each.contract_id: each for each in new.contracts}
    for contract_id in sorted(before.keys() | after.keys()):
        one, other = before.get(contract_id), after.get(contract_id)
        if one and other and _promises(one) == _promises(other) and one.order_ids == other.order_ids:
            continue
        yield ContractChange(
            seed=new.seed,
            contract_id=contract_id,
            cause=_cause(one, other, was, now),
            because_of=_because_of(one, other, touched),
            reasons=other.reasons if other and not other.items else (),
            before=_side(one),
            after=_side(other),
        )


def _side(outcome: ContractOutcome | None) -> Side:
    items = outcome.items if outcome else ()
    return Side(items=items, fee=sum(item.fee for item in items))


_PROMISED = ("item_id", "service_level_id", "mode", "window", "fee")


def _promises(outcome: ContractOutcome) -> list[tuple[object, ...]]:
    """What the customer was told; a promise that is not in the plan any more differs from one that is."""
    return [
        (*(getattr(item, name) for name in _PROMISED), item.resource_id is None and item.site_id is None)
        for item in outcome.items
    ]


def _served_by(outcome: ContractOutcome) -> list[tuple[str | None, str | None]]:
    return [(item.site_id, item.resource_id) for item in outcome.items]


def _resourced(old: Evaluation, new: Evaluation) -> int:
    after = {each.contract_id: each for each in new.contracts}
    both = ((one, after[one.contract_id]) for one in old.contracts if one.contract_id in after)
    return sum(_promises(one) == _promises(other) and _served_by(one) != _served_by(other) for one, other in both)


def _cause(one: ContractOutcome | None, other: ContractOutcome | None, was: Variant, now: Variant) -> Cause:
    if one is None or (other is not None and set(other.order_ids) - set(one.order_ids)):
        return Cause.ORDER_NEW
    if other is None or set(one.order_ids) - set(other.order_ids):
        return Cause.ORDER_GONE
    if not other.items:
        return Cause.REFUSED
    if not one.items:
        return Cause.SERVED
    return _lost(one.items, was, now)


def _lost(items: Iterable[PromisedItem], was: Variant, now: Variant) -> Cause:
    """What an item had that is not to be had any more: the level first, then the site, then the resource."""
    old, new = _parts(was), _parts(now)
    out = now.catalogue.unavailable_ids
    levels = {f"level {item.service_level_id}" for item in items}
    if any(old.get(each) != new.get(each) for each in levels):
        return Cause.LEVEL_CHANGED
    if any(item.site_id in out or _sold_out(item, now) for item in items if item.site_id):
        return Cause.SITE_OUT
    if any(_out(item.resource_id, item.channel, was, now) for item in items if item.resource_id):
        return Cause.RESOURCE_OUT
    return Cause.DISPLACED


def _out(resource_id: str, channel: Channel, was: Variant, now: Variant) -> bool:
    """Whether a resource is not there, not as it was, or does not work any more for what it worked for."""
    old, new = (_resources(each).get(resource_id) for each in (was, now))
    pools = now.catalogue.pools_by_resource_id.get(resource_id, ())
    works = not pools or any(not pool.channels or channel in pool.channels for pool in pools)
    return resource_id in now.catalogue.unavailable_ids or old != new or not works


def _resources(variant: Variant) -> dict[str, object]:
    """Everybody by id, and whom a fence keeps them for."""
    catalogue = variant.catalogue
    fences = {each: n for n, fence in enumerate(variant.fences) for each in fence.resource_ids}
    return {
        each.resource_id: (each, fences.get(each.resource_id))
        for each in (*catalogue.mobiles, *catalogue.carriers, *catalogue.desks)
    }


def _sold_out(item: PromisedItem, now: Variant) -> bool:
    on_hand = {row.sku_id: row.on_hand for row in now.world.stock if row.site_id == item.site_id}
    return any(not on_hand.get(sku_id) for sku_id in item.sku_ids)


def _because_of(
    one: ContractOutcome | None, other: ContractOutcome | None, touched: Sequence[frozenset[str]]
) -> tuple[int, ...]:
    """The changes that name what the contract was or is served by, or that made or took its orders."""
    items = [item for each in (one, other) if each for item in each.items]
    ids = {each for item in items for each in (item.site_id, item.resource_id, f"level {item.service_level_id}")}
    if one is None or other is None or one.order_ids != other.order_ids:
        ids.add(ORDERS)
    return tuple(n for n, each in enumerate(touched) if each & ids)

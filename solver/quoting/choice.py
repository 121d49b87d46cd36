"""Which options are shown: the best of each kind, and how each compares with the recommended one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from models.option import Archetype, Comparison, SlaOption
from models.policy import Policy
from models.promise import Mode, Promise

Rank = Callable[[SlaOption], tuple[float, ...]]
"""Smaller is better."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def choose(options: Iterable[SlaOption], policy: Policy, *, now: datetime) -> tuple[SlaOption, ...]:
    """Pareto-best and different from each other, the cheapest first; exactly one is recommended.

    An option is dropped if another is at least as good in cost, fee, promised end, CO2, stops,
    ways to a counter, chance and in meeting the wish, and no two show the same promises. Where more are left than the
    policy shows, the recommended one comes first, then those that are best at most.
    """
    best = _pareto_best(options)
    if not best:
        return ()
    recommended = _best(best, lambda option: _advice(option, policy, now))
    labels = _archetypes(best, recommended, policy)
    best.sort(key=lambda option: (option is not recommended, -len(labels[option.option_id]), *_by_cost(option)))
    shown = sorted(best[: policy.max_options], key=_by_cost)
    return tuple(_presented(each, recommended, labels[each.option_id]) for each in shown)


def compare(option: SlaOption, recommended: SlaOption) -> Comparison:
    """What an option gains and loses against the recommended one."""
    return Comparison(
        fee=option.fee - recommended.fee,
        cost=option.cost.total - recommended.cost.total,
        minutes_later=_minute(latest_end(option)) - _minute(latest_end(recommended)),
        co2_g=option.co2_g - recommended.co2_g,
        num_stops=option.num_stops - recommended.num_stops,
    )


def latest_end(option: SlaOption) -> datetime:
    return max(promise.window.latest for promise in option.promises)


def _minute(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(minutes=1)


def _presented(option: SlaOption, recommended: SlaOption, archetypes: tuple[Archetype, ...]) -> SlaOption:
    changes = {"recommended": option is recommended, "compared": compare(option, recommended)}
    return option.model_copy(update={"archetypes": archetypes, **changes})


def _by_cost(option: SlaOption) -> tuple[int, str]:
    return option.cost.total, option.option_id


def _best(options: Sequence[SlaOption], rank: Rank) -> SlaOption:
    return min(options, key=lambda option: (*rank(option), option.option_id))


def _advice(option: SlaOption, policy: Policy, now: datetime) -> tuple[float, ...]:
    """The wish first, then a window that is not wide, then what will surely be kept, then cost and waiting together."""
    unsure = min(option.p_on_time_by_item_id.values()) < policy.recommended_confidence
    waiting = policy.waiting_per_hour * ((latest_end(option) - now) / timedelta(hours=1))
    flexible = bool(_flexible_promises(option, policy))
    return not option.meets_wish, flexible, unsure, option.cost.total + waiting, option.num_stops, option.fee


# -- Pareto


def _pareto_best(options: Iterable[SlaOption]) -> list[SlaOption]:
    distinct: dict[object, SlaOption] = {}
    for option in sorted(options, key=_by_cost):
        distinct.setdefault(_shown(option), option)
    merits = {option.option_id: _merits(option) for option in distinct.values()}
    return [
        each
        for each in distinct.values()
        if not any(_dominates(other, merits[each.option_id]) for other in merits.values())
    ]


def _shown(option: SlaOption) -> object:
    return tuple(
        (each.item_id, each.mode, each.window.earliest, each.window.latest, each.fee, each.place.lat, each.place.lon)
        for each in option.promises
    )


def _merits(option: SlaOption) -> tuple[float, ...]:
    """Smaller is better, in every place."""
    risk = round(1 - option.p_on_time, 2)
    ours, theirs = (option.cost.total, option.co2_g, risk), (option.fee, option.num_stops, _num_pickups(option))
    return (*ours, *theirs, *_ends(option), not option.meets_wish)


def _ends(option: SlaOption) -> tuple[float, float]:
    """The last promised end, and the sum of all of them."""
    ends = [promise.window.latest.timestamp() for promise in option.promises]
    return max(ends), sum(ends)


def _dominates(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


# -- archetypes


def _archetypes(
    options: Sequence[SlaOption], recommended: SlaOption, policy: Policy
) -> dict[str, tuple[Archetype, ...]]:
    """By option id. An archetype that no option can differ in is on none."""
    labels: dict[str, list[Archetype]] = {option.option_id: [] for option in options}
    for archetype, candidates, rank in _contests(options, recommended, policy):
        if candidates:
            labels[_best(candidates, rank).option_id].append(archetype)
    return {option_id: tuple(found) for option_id, found in labels.items()}


def _contests(
    options: Sequence[SlaOption], recommended: SlaOption, policy: Policy
) -> Iterable[tuple[Archetype, Sequence[SlaOption], Rank]]:
    """Each archetype, who may be it, and what it is best at."""
    together = [option for option in options if option.num_stops < len(option.promises)]
    at_counter = [option for option in options if _num_pickups(option)]
    differ_in_co2 = len({option.co2_g for option in options}) > 1
    flexible = [option for option in options if _is_flexible(option, recommended, policy)]
    yield Archetype.CHEAPEST, options, lambda option: (option.cost.total,)
    yield Archetype.FASTEST, options, lambda option: (*_ends(option), option.cost.total)
    yield Archetype.CONSOLIDATED, together, lambda option: (option.num_stops, option.cost.total)
    if len(at_counter) < len(options):
        yield Archetype.PICKUP, at_counter, lambda option: (-_num_pickups(option), option.cost.total)
    yield Archetype.GREENEST, options if differ_in_co2 else (), lambda option: (option.co2_g, option.cost.total)
    yield Archetype.FLEXIBLE, flexible, lambda option: (option.fee, option.cost.total)


def _num_pickups(option: SlaOption) -> int:
    return sum(promise.mode is Mode.PICKUP for promise in option.promises)


def _is_flexible(option: SlaOption, recommended: SlaOption, policy: Policy) -> bool:
    """Every promise that is narrowed later is at least twice as wide as the recommended one for the item."""
    promises = _flexible_promises(option, policy)
    width_by_item_id = {each.item_id: _width(each) for each in recommended.promises}
    return bool(promises) and all(
        each.item_id in width_by_item_id and _width(each) >= 2 * width_by_item_id[each.item_id] for each in promises
    )


def _flexible_promises(option: SlaOption, policy: Policy) -> list[Promise]:
    flexible = {level.service_level_id for level in policy.service_levels if level.narrowing is not None}
    return [promise for promise in option.promises if promise.service_level_id in flexible]


def _width(promise: Promise) -> timedelta:
    return promise.window.latest - promise.window.earliest

"""Changes of pools: who works for whom."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from models.catalogue import Catalogue
from models.contract import Contract, Demand, ServiceItem
from models.order import Channel
from models.resource import ResourcePool
from models.scenario import PoolPart, SharePool, SplitPool
from scenarios.whatif.changing import Contradiction, Fence, Variant, check_known, contradicts, lies_in, unknown


def share_pool(variant: Variant, change: SharePool) -> Variant:
    catalogue = variant.catalogue
    known = {pool.pool_id for pool in catalogue.pools}
    check_known("pool_ids", change.pool_ids, what="pool", known=known)
    chosen = set(change.pool_ids) or known
    pools = tuple(_opened(pool, change.channels) if pool.pool_id in chosen else pool for pool in catalogue.pools)
    members = {each for pool in catalogue.pools if pool.pool_id in chosen for each in pool.resource_ids}
    fences = tuple(replace(each, resource_ids=each.resource_ids - members) for each in variant.fences)
    if pools == catalogue.pools and fences == variant.fences:
        message = f"number of pools among {', '.join(sorted(chosen))} that work for more channels then (0) must be >= 1"
        hint = "they are shared already: remove the change, or split them first"
        raise Contradiction(contradicts(message=message, hint=hint))
    return replace(variant.with_catalogue(pools=pools), fences=fences)


def _opened(pool: ResourcePool, channels: tuple[Channel, ...]) -> ResourcePool:
    """A pool without channels works for all; one with channels for these too."""
    if not pool.channels:
        return pool
    return pool.model_copy(update={"channels": tuple(dict.fromkeys((*pool.channels, *channels))) if channels else ()})


def split_pool(variant: Variant, change: SplitPool) -> Variant:
    catalogue = variant.catalogue
    by_id = {pool.pool_id: pool for pool in catalogue.pools}
    if change.pool_id not in by_id:
        raise Contradiction(unknown("pool_id", what="pool", value=change.pool_id, known=by_id))
    pool = by_id.pop(change.pool_id)
    for n, part in enumerate(change.parts):
        if part.pool_id in by_id:
            message = f"pool_id ({part.pool_id}) must be new, and there is such a pool"
            raise Contradiction(contradicts("parts", n, "pool_id", message=message, hint="choose another id"))
        by_id[part.pool_id] = pool
    members = _dealt(pool, change.parts, catalogue)
    _check_brands(change.parts, catalogue)
    new = [_part(pool, part, ids) for part, ids in zip(change.parts, members, strict=True)]
    nobodys = [each for each in pool.resource_ids if not any(each in ids for ids in members)]
    others = tuple(each for each in catalogue.pools if each is not pool)
    fences = tuple(_fences(change.parts, members, catalogue))
    split = variant.with_catalogue(
        pools=(*others, *new), unavailable_ids=catalogue.unavailable_ids | _alone(nobodys, others)
    )
    return replace(split, fences=(*variant.fences, *fences))


def _alone(resource_ids: Sequence[str], pools: Sequence[ResourcePool]) -> set[str]:
    """Those in no other pool either: without a pool they would work for everybody."""
    return {each for each in resource_ids if not any(each in pool.resource_ids for pool in pools)}


def _dealt(pool: ResourcePool, parts: Sequence[PoolPart], catalogue: Catalogue) -> list[tuple[str, ...]]:
    """The members of each part: those named or found first, then what is left by shares."""
    left = list(pool.resource_ids)
    members: list[list[str]] = [[] for _ in parts]
    for n, part in enumerate(parts):
        if part.share is None:
            members[n] = _chosen(pool, part, n, catalogue)
            taken = [each for each in members[n] if each not in left]
            if taken:
                message = f"{', '.join(taken)} must be in one part only"
                raise Contradiction(contradicts("parts", n, message=message, hint="remove them from one of the two"))
            left = [each for each in left if each not in members[n]]
    due = [0.0] * len(parts)
    for resource_id in left:
        due = [owed + (part.share or 0) for owed, part in zip(due, parts, strict=True)]
        first = max(range(len(parts)), key=lambda n: (due[n], -n))
        if due[first] >= 1 - 1e-9 or sum(part.share or 0 for part in parts) >= 1 - 1e-9:
            members[first].append(resource_id)
            due[first] -= 1
    for n, each in enumerate(members):
        if not each:
            message = f"number of members of {parts[n].pool_id} (0) must be >= 1"
            raise Contradiction(contradicts("parts", n, message=message, hint="raise its share, or name members"))
    return [tuple(each) for each in members]


def _chosen(pool: ResourcePool, part: PoolPart, n: int, catalogue: Catalogue) -> list[str]:
    if part.start_area is not None:
        mobiles = catalogue.mobile_by_id
        return [
            each
            for each in pool.resource_ids
            if each in mobiles and lies_in(part.start_area, mobiles[each].start_place)
        ]
    wrong = [
        unknown("parts", n, "resource_ids", m, what=f"member of {pool.pool_id}", value=each, known=pool.resource_ids)
        for m, each in enumerate(part.resource_ids)
        if each not in pool.resource_ids
    ]
    if wrong:
        raise Contradiction(*wrong)
    return [*part.resource_ids]


def _part(pool: ResourcePool, part: PoolPart, members: tuple[str, ...]) -> ResourcePool:
    update = {"pool_id": part.pool_id, "name": f"{pool.name}: {part.pool_id}", "resource_ids": members}
    return pool.model_copy(update={**update, "channels": part.channels or pool.channels})


def _check_brands(parts: Sequence[PoolPart], catalogue: Catalogue) -> None:
    for n, part in enumerate(parts):
        if part.attribute is None:
            continue
        known = {sku.attributes[part.attribute] for sku in catalogue.skus if part.attribute in sku.attributes}
        wrong = [
            unknown("parts", n, "values", m, what=f"value of {part.attribute}", value=each, known=known)
            for m, each in enumerate(part.values)
            if each not in known
        ]
        if wrong:
            raise Contradiction(*wrong)


def _fences(parts: Sequence[PoolPart], members: Sequence[tuple[str, ...]], catalogue: Catalogue) -> Sequence[Fence]:
    return [
        Fence(frozenset(ids), _serves(part, catalogue))
        for part, ids in zip(parts, members, strict=True)
        if part.attribute is not None or part.area is not None
    ]


def _serves(part: PoolPart, catalogue: Catalogue) -> Callable[[Contract, int], bool]:
    def serves(contract: Contract, n: int) -> bool:
        item = contract.items[n]
        return lies_in(part.area, item.place) and (
            part.attribute is None or _values(contract, item, part.attribute, catalogue) <= set(part.values)
        )

    return serves


def _values(contract: Contract, item: ServiceItem, attribute: str, catalogue: Catalogue) -> set[str | None]:
    """What the goods of an item, or those that a service comes with, have of an attribute."""
    ids = {*item.demand_ids, *item.for_demand_ids}
    goods: list[Demand] = [demand for demand in contract.demands if demand.demand_id in ids]
    return {catalogue.sku_by_id[demand.sku_id].attributes.get(attribute) for demand in goods}

"""What rules a resource or a site out for an item, whatever the plan looks like."""

from collections.abc import Iterable

from models.catalogue import Catalogue
from models.contract import ServiceItem
from models.order import LOAD_DIMENSIONS, Hazard, Load, Sku
from models.plan import ReasonCode
from models.policy import Policy
from models.resource import Carrier, Desk, ResourceKind, Site, SkillLevel, Technician, Vehicle


def mobile_reason(mobile: Vehicle | Technician, item: ServiceItem, catalogue: Catalogue) -> ReasonCode | None:
    """Why a vehicle or technician can never do an item; None if it can.

    On call is the last thing that is asked: whoever is, could do the item if called.
    """
    if mobile.resource_id in catalogue.unavailable_ids:
        return ReasonCode.OUT_OF_ORDER
    reason = reason_beside_load(mobile, item, catalogue)
    if isinstance(mobile, Technician) or reason is not None:
        return reason or _on_call(mobile)
    return load_reason(item, mobile.capacity, catalogue.policy) or _on_call(mobile)


def _on_call(mobile: Vehicle | Technician) -> ReasonCode | None:
    return ReasonCode.ON_CALL if mobile.on_call else None


def reason_beside_load(mobile: Vehicle | Technician, item: ServiceItem, catalogue: Catalogue) -> ReasonCode | None:
    """Why a vehicle or technician can never do an item, its load, being out of order and on call aside.

    It follows from the item's channel and constraint alone.
    """
    if not _allowed(mobile.resource_id, mobile.kind, item):
        return ReasonCode.RESOURCE_NOT_ALLOWED
    if not _shared(catalogue, mobile.resource_id, item):
        return ReasonCode.POOL_NOT_SHARED
    return _unskilled_reason(mobile, item)


def _unskilled_reason(mobile: Vehicle | Technician, item: ServiceItem) -> ReasonCode | None:
    if not _skilled(mobile.skills, item):
        return ReasonCode.SKILL_MISSING
    if mobile.crew_size < item.constraint.crew:
        return ReasonCode.CREW_TOO_SMALL
    if isinstance(mobile, Technician) and not set(item.constraint.tools) <= set(mobile.tools):
        return ReasonCode.TOOL_MISSING
    return None


def clash_at_once(item: ServiceItem, policy: Policy) -> bool:
    """Whether an item's own goods must not travel together: the policy is younger than the order."""
    return len(item.goods_classes) > 1 and bool(policy.clash(item.goods_classes))


def load_reason(item: ServiceItem, capacity: Load, policy: Policy) -> ReasonCode | None:
    """Why the goods cannot even go into an empty vehicle; None if they can."""
    load = item.load
    if clash_at_once(item, policy):
        return ReasonCode.KEPT_APART
    if (
        load.weight_g <= capacity.weight_g
        and load.ambient_cm3 <= capacity.ambient_cm3
        and load.chilled_cm3 <= capacity.chilled_cm3
        and load.frozen_cm3 <= capacity.frozen_cm3
    ):
        return None  # nearly always, and asked of every vehicle for every item
    wanted = [(getattr(load, name), getattr(capacity, name)) for name in LOAD_DIMENSIONS]
    if any(each and not room for each, room in wanted):
        return ReasonCode.NO_COMPARTMENT
    return ReasonCode.LOAD_FULL


def desk_reason(desk: Desk, item: ServiceItem, catalogue: Catalogue) -> ReasonCode | None:
    """Why a desk can never hold an item's session; None if it can."""
    if desk.resource_id in catalogue.unavailable_ids:
        return ReasonCode.OUT_OF_ORDER
    if not _allowed(desk.resource_id, desk.kind, item):
        return ReasonCode.RESOURCE_NOT_ALLOWED
    if not _shared(catalogue, desk.resource_id, item):
        return ReasonCode.POOL_NOT_SHARED
    if not _skilled(desk.skills, item):
        return ReasonCode.SKILL_MISSING
    return _alone_reason(item)


def _alone_reason(item: ServiceItem) -> ReasonCode | None:
    """Carriers and desks send one person."""
    return ReasonCode.CREW_TOO_SMALL if item.constraint.crew > 1 else None


def _skilled(skills: Iterable[SkillLevel], item: ServiceItem) -> bool:
    if not item.constraint.skills:
        return True
    level_by_skill = {each.skill: each.level for each in skills}
    return all(level_by_skill.get(needed.skill, 0) >= needed.level for needed in item.constraint.skills)


def carrier_reason(carrier: Carrier, item: ServiceItem, skus: Iterable[Sku], catalogue: Catalogue) -> ReasonCode | None:
    """Why a carrier can never take an item; None if it can. A carrier has no skills."""
    if carrier.resource_id in catalogue.unavailable_ids:
        return ReasonCode.OUT_OF_ORDER
    if not _allowed(carrier.resource_id, carrier.kind, item):
        return ReasonCode.RESOURCE_NOT_ALLOWED
    if not _shared(catalogue, carrier.resource_id, item):
        return ReasonCode.POOL_NOT_SHARED
    if item.constraint.skills:
        return ReasonCode.SKILL_MISSING
    if item.load.weight_g > carrier.max_weight_g or not all(_accepts(carrier, sku) for sku in skus):
        return ReasonCode.GOODS_NOT_ACCEPTED
    return _alone_reason(item)


def site_reason(site: Site, item: ServiceItem, skus: Iterable[Sku]) -> ReasonCode | None:
    """Why a site can never be the source of an item's goods; None if it can."""
    allowed = item.constraint.allowed_site_ids
    if allowed and site.site_id not in allowed:
        return ReasonCode.SITE_NOT_ALLOWED
    if any(sku.temperature not in site.temperatures for sku in skus):
        return ReasonCode.NO_TEMPERATURE_ZONE
    return None


def _accepts(carrier: Carrier, sku: Sku) -> bool:
    return (
        sku.temperature in carrier.temperatures
        and (carrier.accepts_fragile or not sku.fragile)
        and (carrier.accepts_hazard or sku.hazard is Hazard.NONE)
    )


def _allowed(resource_id: str, kind: ResourceKind, item: ServiceItem) -> bool:
    constraint = item.constraint
    return (
        (not constraint.kinds or kind in constraint.kinds)
        and (not constraint.allowed_ids or resource_id in constraint.allowed_ids)
        and resource_id not in constraint.excluded_ids
    )


def _shared(catalogue: Catalogue, resource_id: str, item: ServiceItem) -> bool:
    """Whether one of the resource's pools works for the item's channel; in no pool, it works for all."""
    pools = catalogue.pools_by_resource_id.get(resource_id, ())
    return not pools or any(not pool.channels or item.channel in pool.channels for pool in pools)


def twins(mobiles: Iterable[Vehicle | Technician], catalogue: Catalogue) -> tuple[int, ...]:
    """Of each an index: equal for those that `mobile_reason` tells apart by their ids only."""
    index_by_traits: dict[tuple[object, ...], int] = {}
    return tuple(index_by_traits.setdefault(_traits(each, catalogue), len(index_by_traits)) for each in mobiles)


def _traits(mobile: Vehicle | Technician, catalogue: Catalogue) -> tuple[object, ...]:
    return (
        mobile.kind,
        mobile.on_call,
        mobile.resource_id in catalogue.unavailable_ids,
        mobile.skills,
        mobile.crew_size,
        mobile.tools if isinstance(mobile, Technician) else mobile.capacity,
        tuple(pool.pool_id for pool in catalogue.pools_by_resource_id.get(mobile.resource_id, ())),
    )

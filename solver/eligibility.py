"""What rules a resource or a site out for an item, whatever the plan looks like."""

from collections.abc import Iterable

from models.catalogue import Catalogue
from models.contract import ServiceItem
from models.order import LOAD_DIMENSIONS, Hazard, Sku
from models.plan import ReasonCode
from models.resource import Carrier, ResourceKind, Site, Vehicle


def vehicle_reason(vehicle: Vehicle, item: ServiceItem, catalogue: Catalogue) -> ReasonCode | None:
    """Why a vehicle can never do an item; None if it can."""
    if not _allowed(vehicle.resource_id, vehicle.kind, item):
        return ReasonCode.RESOURCE_NOT_ALLOWED
    if not _shared(catalogue, vehicle.resource_id, item):
        return ReasonCode.POOL_NOT_SHARED
    level_by_skill = {each.skill: each.level for each in vehicle.skills}
    if any(level_by_skill.get(needed.skill, 0) < needed.level for needed in item.constraint.skills):
        return ReasonCode.SKILL_MISSING
    wanted = [(getattr(item.load, name), getattr(vehicle.capacity, name)) for name in LOAD_DIMENSIONS]
    if any(load and not capacity for load, capacity in wanted):
        return ReasonCode.NO_COMPARTMENT
    if any(load > capacity for load, capacity in wanted):
        return ReasonCode.LOAD_FULL
    return None


def carrier_reason(carrier: Carrier, item: ServiceItem, skus: Iterable[Sku], catalogue: Catalogue) -> ReasonCode | None:
    """Why a carrier can never take an item; None if it can. A carrier has no skills."""
    if not _allowed(carrier.resource_id, carrier.kind, item):
        return ReasonCode.RESOURCE_NOT_ALLOWED
    if not _shared(catalogue, carrier.resource_id, item):
        return ReasonCode.POOL_NOT_SHARED
    if item.constraint.skills:
        return ReasonCode.SKILL_MISSING
    if item.load.weight_g > carrier.max_weight_g or not all(_accepts(carrier, sku) for sku in skus):
        return ReasonCode.GOODS_NOT_ACCEPTED
    return None


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

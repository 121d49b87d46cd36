"""How much each capacity cell holds, whatever is taken of it."""

from models.plan import CapacityKind, CapacityUse
from models.timing import seconds_of
from solver.instance import Instance

UNLIMITED = 10**9
"""What a cell without a limit holds."""


def or_unlimited(limit: int | None) -> int:
    return UNLIMITED if limit is None else limit


def capacity_of(use: CapacityUse, instance: Instance) -> int:
    """How much the cell of a use holds."""
    catalogue = instance.catalogue
    if use.kind is CapacityKind.PICKING:
        return catalogue.site_by_id[use.owner_id].pickers * _open_seconds(use, instance)
    if use.kind is CapacityKind.COUNTER:
        return catalogue.site_by_id[use.owner_id].counter_places
    if use.kind is CapacityKind.DESK:
        return catalogue.desk_by_id[use.owner_id].concurrency
    if use.kind is CapacityKind.RETURNS:
        return or_unlimited(catalogue.site_by_id[use.owner_id].returns_per_day)
    if use.kind is CapacityKind.CARRIER_ZONE:
        zone = catalogue.carrier_zone_by_id.get(use.owner_id)
        return or_unlimited(zone.daily_quota) if zone else 0  # a carrier may give up a zone while we plan
    return catalogue.carrier_by_id[use.owner_id].daily_quota


def _open_seconds(use: CapacityUse, instance: Instance) -> int:
    start = instance.horizon.seconds(use.bucket_start)
    end = start + seconds_of(instance.catalogue.policy.pick_bucket)
    spans = instance.hours_by_owner_id[use.owner_id]
    return sum(max(0, min(end, closes) - max(start, opens)) for opens, closes in spans)

"""What does not change about an item while its contract is quoted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from models.contract import Contract, Demand, ServiceItem
from models.order import Sku
from models.plan import ReasonCode
from models.resource import Site, Technician
from solver.alternatives.eligibility import clash_at_once, load_reason, reason_beside_load, site_reason
from solver.geometry import crow_flies_m
from solver.instance import Instance
from solver.kernels.arrays import U8


@dataclass(frozen=True)
class ItemFacts:
    """Who may do an item and where its goods may come from, whatever the plan.

    Parameters
    ----------
    sites
        Those that may have the goods and how far off they are, in metres as the crow flies: nearest first.
    eligible
        Per vehicle: 1 for those that may do it.
    """

    demands: tuple[Demand, ...]
    skus: tuple[Sku, ...]
    sites: tuple[tuple[float, Site], ...]
    site_reasons: dict[str, ReasonCode]
    eligible: U8
    vehicle_reasons: dict[int, ReasonCode]

    @classmethod
    def of(
        cls, item: ServiceItem, contract: Contract, *, instance: Instance, among: Sequence[Site] | None = None
    ) -> Self:
        """Look an item up.

        Parameters
        ----------
        among
            The sites that are looked at; None: all.
        """
        catalogue = instance.catalogue
        demands = contract.demands_of(item)
        skus = tuple(catalogue.sku_by_id[demand.sku_id] for demand in demands)
        site_reasons, sites = {}, []
        for site in catalogue.sites if among is None else among:
            if site.site_id in catalogue.unavailable_ids:
                site_reasons[site.site_id] = ReasonCode.OUT_OF_ORDER
            elif (reason := site_reason(site, item, skus)) is None:
                sites.append((crow_flies_m(site.place, item.place), site))
            else:
                site_reasons[site.site_id] = reason
        reasons = vehicle_reasons(item, instance)
        eligible = np.ones(len(instance.vehicles), dtype=np.uint8)
        eligible[list(reasons)] = 0
        sites.sort(key=lambda each: (each[0], each[1].site_id))
        return cls(demands, skus, tuple(sites), site_reasons, eligible, reasons)


def vehicle_reasons(item: ServiceItem, instance: Instance) -> dict[int, ReasonCode]:
    """`mobile_reason` of everybody who cannot do an item; what many items ask alike is looked up once."""
    reasons = _reasons_beside_load(item, instance) | dict.fromkeys(instance.out_of_order, ReasonCode.OUT_OF_ORDER)
    policy = instance.catalogue.policy
    too_much = (instance.load_of(item) > instance.fleet.capacity).any(axis=1) | clash_at_once(item, policy)
    for r in np.flatnonzero(too_much).tolist():
        vehicle = instance.vehicles[r]
        if not isinstance(vehicle, Technician) and r not in reasons:
            reason = load_reason(item, vehicle.capacity, policy)
            assert reason is not None
            reasons[r] = reason
    for r in instance.on_call:
        reasons.setdefault(r, ReasonCode.ON_CALL)
    return reasons


def _reasons_beside_load(item: ServiceItem, instance: Instance) -> dict[int, ReasonCode]:
    asked = item.channel, item.constraint
    if asked not in instance.reasons_by_asked:
        instance.reasons_by_asked[asked] = {
            r: reason
            for r, vehicle in enumerate(instance.vehicles)
            if (reason := reason_beside_load(vehicle, item, instance.catalogue)) is not None
        }
    return instance.reasons_by_asked[asked]

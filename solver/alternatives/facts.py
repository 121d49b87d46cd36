"""What does not change about an item while its contract is quoted."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from models.contract import Contract, Demand, ServiceItem
from models.order import Sku
from models.plan import ReasonCode
from models.resource import Site
from solver.eligibility import mobile_reason, site_reason
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
    def of(cls, item: ServiceItem, contract: Contract, *, instance: Instance) -> Self:
        catalogue = instance.catalogue
        demands = contract.demands_of(item)
        skus = tuple(catalogue.sku_by_id[demand.sku_id] for demand in demands)
        site_reasons, sites = {}, []
        for site in catalogue.sites:
            if site.site_id in catalogue.unavailable_ids:
                site_reasons[site.site_id] = ReasonCode.OUT_OF_ORDER
            elif (reason := site_reason(site, item, skus)) is None:
                sites.append((crow_flies_m(site.place, item.place), site))
            else:
                site_reasons[site.site_id] = reason
        reasons = {
            r: reason
            for r, vehicle in enumerate(instance.vehicles)
            if (reason := mobile_reason(vehicle, item, catalogue)) is not None
        }
        eligible = np.ones(len(instance.vehicles), dtype=np.uint8)
        eligible[list(reasons)] = 0
        sites.sort(key=lambda each: (each[0], each[1].site_id))
        return cls(demands, skus, tuple(sites), site_reasons, eligible, reasons)

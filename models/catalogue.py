"""Every resource that the contracts of a tenant can draw on, in one place."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from models.base import Id, Model
from models.issues import Issue, IssueCode, broken_rule
from models.opening import PublicHolidays
from models.order import Sku
from models.policy import Policy
from models.resource import Carrier, Desk, ResourcePool, Rider, Site, Technician, Van, Vehicle
from models.timing import Instant
from models.traffic import Traffic
from models.zone import CarrierZone


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise broken_rule(
            IssueCode.VALUE_INVALID,
            "timezone ({name}) must be one of the {count} names of the IANA database",
            hint="for example Asia/Shanghai",
            name=name,
            count=len(available_timezones()),
        )
    return name


Timezone = Annotated[str, AfterValidator(_known_zone)]


class StockRow(Model):
    """Pieces of one SKU at one site; what contracts have reserved is not taken off."""

    site_id: Id
    sku_id: Id
    on_hand: Annotated[int, Field(ge=0, le=10**9)]


class Catalogue(Model):
    """SKUs, sites, resources, pools and policy.

    Parameters
    ----------
    unavailable_ids
        Sites and resources that are out of order or were removed. What has started with one of them
        stays as it is; nothing else is planned on it.
    changed_time_by_id
        When a site, carrier or desk was given another capacity at run time; what it held before
        that is not judged by what it holds now.

    traffic
        When who moves more slowly than the travel tables say.

    References between its parts are not checked on construction, so that all that dangle can
    be reported together: see `catalogue_issues`.
    """

    timezone: Timezone
    holidays: PublicHolidays | None = None
    traffic: Traffic = ()
    skus: tuple[Sku, ...]
    sites: tuple[Site, ...]
    riders: tuple[Rider, ...] = ()
    vans: tuple[Van, ...] = ()
    technicians: tuple[Technician, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    desks: tuple[Desk, ...] = ()
    pools: tuple[ResourcePool, ...] = ()
    unavailable_ids: frozenset[Id] = frozenset()
    changed_time_by_id: dict[Id, Instant] = {}
    policy: Policy

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def vehicles(self) -> tuple[Vehicle, ...]:
        """Riders, then vans."""
        return self.riders + self.vans

    @cached_property
    def mobiles(self) -> tuple[Vehicle | Technician, ...]:
        """Everybody who travels: riders, then vans, then technicians."""
        return self.vehicles + self.technicians

    @cached_property
    def sku_by_id(self) -> dict[str, Sku]:
        return {sku.sku_id: sku for sku in self.skus}

    @cached_property
    def site_by_id(self) -> dict[str, Site]:
        return {site.site_id: site for site in self.sites}

    @cached_property
    def vehicle_by_id(self) -> dict[str, Vehicle]:
        return {vehicle.resource_id: vehicle for vehicle in self.vehicles}

    @cached_property
    def mobile_by_id(self) -> dict[str, Vehicle | Technician]:
        return {mobile.resource_id: mobile for mobile in self.mobiles}

    @cached_property
    def desk_by_id(self) -> dict[str, Desk]:
        return {desk.resource_id: desk for desk in self.desks}

    @cached_property
    def carrier_zone_by_id(self) -> dict[str, CarrierZone]:
        """The zones of all carriers."""
        return {zone.zone_id: zone for carrier in self.carriers for zone in carrier.zones}

    @cached_property
    def carrier_by_id(self) -> dict[str, Carrier]:
        return {carrier.resource_id: carrier for carrier in self.carriers}

    @cached_property
    def pools_by_resource_id(self) -> dict[str, tuple[ResourcePool, ...]]:
        """Only resources that are in a pool have an entry."""
        members = {resource_id for pool in self.pools for resource_id in pool.resource_ids}
        return {each: tuple(pool for pool in self.pools if each in pool.resource_ids) for each in members}

    def resource_ids(self) -> Iterator[str]:
        """Ids of everything that is a resource, in the order of the fields."""
        for group in (self.riders, self.vans, self.technicians, self.carriers, self.desks):
            yield from (resource.resource_id for resource in group)


def catalogue_issues(catalogue: Catalogue, stock: Iterable[StockRow] = ()) -> tuple[Issue, ...]:
    """Duplicate ids and references to nothing, all of them; paths are those of the fields."""
    return (*_duplicates(catalogue, stock := tuple(stock)), *_dangling(catalogue, stock))


def _duplicates(catalogue: Catalogue, stock: tuple[StockRow, ...]) -> Iterator[Issue]:
    groups: dict[str, list[tuple[str, str]]] = {
        "sku_id": [(f"skus[{i}]", sku.sku_id) for i, sku in enumerate(catalogue.skus)],
        "site_id": [(f"sites[{i}]", site.site_id) for i, site in enumerate(catalogue.sites)],
        "resource_id": [
            (f"{field}[{i}]", resource.resource_id)
            for field in ("riders", "vans", "technicians", "carriers", "desks")
            for i, resource in enumerate(getattr(catalogue, field))
        ],
        "zone_id": [
            (f"carriers[{i}].zones[{j}]", zone.zone_id)
            for i, carrier in enumerate(catalogue.carriers)
            for j, zone in enumerate(carrier.zones)
        ],
        "pool_id": [(f"pools[{i}]", pool.pool_id) for i, pool in enumerate(catalogue.pools)],
        "sku_id of the site": [(f"stock[{i}]", f"{row.site_id} {row.sku_id}") for i, row in enumerate(stock)],
    }
    for field, entries in groups.items():
        times = Counter(each for _, each in entries)
        first: dict[str, str] = {}
        for path, each in entries:
            if times[each] > 1 and first.setdefault(each, path) != path:
                yield Issue(
                    code=IssueCode.ID_DUPLICATE,
                    path=path,
                    message=f"{field} ({each}) must be distinct, and is the same as that of {first[each]}",
                    hint="rename or remove one of the two",
                )


def _dangling(catalogue: Catalogue, stock: tuple[StockRow, ...]) -> Iterator[Issue]:
    resources = set(catalogue.resource_ids())
    for p, pool in enumerate(catalogue.pools):
        for r, resource_id in enumerate(pool.resource_ids):
            if resource_id not in resources:
                yield _nowhere(f"pools[{p}].resource_ids[{r}]", "resource", resource_id, len(resources))
    for i, row in enumerate(stock):
        if row.site_id not in catalogue.site_by_id:
            yield _nowhere(f"stock[{i}].site_id", "site", row.site_id, len(catalogue.sites))
        sku = catalogue.sku_by_id.get(row.sku_id)
        if sku is None:
            yield _nowhere(f"stock[{i}].sku_id", "SKU", row.sku_id, len(catalogue.skus))
        elif (site := catalogue.site_by_id.get(row.site_id)) and sku.temperature not in site.temperatures:
            yield Issue(
                code=IssueCode.VALUE_INVALID,
                path=f"stock[{i}]",
                message=f"temperature of {row.sku_id} ({sku.temperature}) must be a zone of {row.site_id} "
                f"({', '.join(site.temperatures)})",
                hint="add the zone to the site or stock the SKU elsewhere",
            )


def _nowhere(path: str, what: str, each: str, known: int) -> Issue:
    return Issue(
        code=IssueCode.REFERENCE_DANGLING,
        path=path,
        message=f"{what} ({each}) must be one of the {known} in this world",
        hint="correct the id or add what it names",
    )

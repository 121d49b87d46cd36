"""What can be wrong with a change of resources or stock, all of it at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from models.catalogue import Catalogue, StockRow
from models.issues import InputError, Issue, IssueCode, NotFound, issues_of
from models.place import Place
from models.resource import Carrier, MobileResource, Site
from models.supply import FIELD_BY_KIND, ResourceStatus, StockLine, StoredSupply, SupplyKind, Whole
from scenarios.streets import Streets

_PLACES = ("place", "start_place", "end_place")
_MOVING = "RIDER, VAN, TECHNICIAN"


def placed(whole: Whole, *, streets: Streets, max_snap_m: int) -> tuple[Whole, list[Issue]]:
    """A site or resource with its places on the streets, and those that are not near any."""
    field, resource = FIELD_BY_KIND[whole.kind], whole.resource
    places, issues = {}, list[Issue]()
    for name in _PLACES:
        place = getattr(resource, name, None)
        if place is not None:
            try:
                places[name] = streets.snap(place, max_snap_m=max_snap_m, path=f"{field}.{name}")
            except InputError as error:
                issues += error.issues
    return whole.model_copy(update={field: resource.model_copy(update=places)}), issues


def whole_issues(
    whole: Whole, known: Mapping[str, StoredSupply], *, catalogue: Catalogue, stock: Iterable[StockRow]
) -> Iterator[Issue]:
    """What is wrong with a site or resource beside its places."""
    field, resource = FIELD_BY_KIND[whole.kind], whole.resource
    there = known.get(whole.resource_id)
    if there is not None and there.kind is not whole.kind:
        id_field = "site_id" if whole.kind is SupplyKind.SITE else "resource_id"
        yield Issue(
            code=IssueCode.ID_DUPLICATE,
            path=f"{field}.{id_field}",
            message=f"{id_field} ({whole.resource_id}) must be new or that of a {whole.kind}, "
            f"and is that of a {there.kind}",
            hint="choose another id",
        )
    if isinstance(resource, Site):
        yield from _zone_issues(resource, catalogue, stock)
    if isinstance(resource, Carrier):
        yield from _area_issues(resource, catalogue)


def _zone_issues(site: Site, catalogue: Catalogue, stock: Iterable[StockRow]) -> Iterator[Issue]:
    skus = catalogue.sku_by_id
    stored = {skus[row.sku_id].temperature for row in stock if row.site_id == site.site_id and row.on_hand}
    if missing := sorted(stored - set(site.temperatures)):
        yield Issue(
            code=IssueCode.VALUE_INVALID,
            path="site.temperatures",
            message=f"temperatures ({', '.join(site.temperatures)}) must hold those of the goods that lie at "
            f"{site.site_id}, missing: {', '.join(missing)}",
            hint="count the goods down to 0 first, or keep the zone",
        )


def _area_issues(carrier: Carrier, catalogue: Catalogue) -> Iterator[Issue]:
    others = (each for each in catalogue.carriers if each.resource_id != carrier.resource_id)
    owners = {zone.zone_id: each.resource_id for each in others for zone in each.zones}
    for n, zone in enumerate(carrier.zones):
        owner = owners.setdefault(zone.zone_id, f"zones[{n}]")
        if owner != f"zones[{n}]":
            yield Issue(
                code=IssueCode.ID_DUPLICATE,
                path=f"carrier.zones[{n}].zone_id",
                message=f"zone_id ({zone.zone_id}) must be distinct over all carriers, and is one of {owner}",
                hint="rename one of the two",
            )


def shift_issues(stored: StoredSupply, changes: Mapping[str, object]) -> Iterator[Issue]:
    """What is wrong with a change of a shift."""
    if not isinstance(stored.resource, MobileResource):
        yield Issue(
            code=IssueCode.VALUE_INVALID,
            path="resource_id",
            message=f"kind of {stored.resource_id} ({stored.kind}) must be one of {_MOVING}, which have shifts",
            hint="change hours and quotas of others with PutResource",
        )
        return
    if not changes:
        yield Issue(
            code=IssueCode.FIELD_REQUIRED,
            path="shift",
            message="number of changes (0) must be >= 1 of shift, overtime and call_in",
            hint="say what is agreed about the shift",
        )
    try:
        type(stored.resource).model_validate({**dict(stored.resource), **changes})
    except ValidationError as error:
        yield from issues_of(error)


def sighting_issues(
    stored: StoredSupply, place: Place | None, time: datetime | None, *, status: ResourceStatus | None, now: datetime
) -> Iterator[Issue]:
    """What is wrong with a report about somebody, beside where the place lies."""
    if place is None and status is None:
        yield _nothing_seen()
    if place is not None:
        yield from _place_issues(stored, time)
    if time is not None and time > now:
        yield Issue(
            code=IssueCode.TIME_OUT_OF_RANGE,
            path="time",
            message=f"time ({time.isoformat()}) must be <= now ({now.isoformat()})",
            hint="report what was seen, not what is expected",
        )
    if ResourceStatus.REMOVED in (status, stored.status):
        asked = status is ResourceStatus.REMOVED
        yield Issue(
            code=IssueCode.VALUE_INVALID,
            path="status" if asked else "resource_id",
            message=f"status {'' if asked else f'of {stored.resource_id} '}({ResourceStatus.REMOVED}) must be one of "
            f"{ResourceStatus.AVAILABLE}, {ResourceStatus.OUT_OF_ORDER}",
            hint="RemoveResource removes it, PutResource brings it back",
        )


def _place_issues(stored: StoredSupply, time: datetime | None) -> Iterator[Issue]:
    if not isinstance(stored.resource, MobileResource):
        yield Issue(
            code=IssueCode.VALUE_INVALID,
            path="place",
            message=f"kind of {stored.resource_id} ({stored.kind}) must be one of {_MOVING}, who move",
            hint="report the status only",
        )
    if time is None:
        yield Issue(
            code=IssueCode.FIELD_REQUIRED,
            path="time",
            message="field (time) must be given with a place",
            hint="say when they were there",
        )


def _nothing_seen() -> Issue:
    return Issue(
        code=IssueCode.FIELD_REQUIRED,
        path="place",
        message="number of things seen (0) must be >= 1 of place and status",
        hint="say where it is, or how",
    )


def stock_issues(site_id: str, lines: Sequence[StockLine], *, least: int, catalogue: Catalogue) -> Iterator[Issue]:
    """What is wrong with goods that were received or counted."""
    site = catalogue.site_by_id.get(site_id)
    if site is None:
        yield _dangling("site_id", "site", site_id, len(catalogue.sites))
    times = Counter(line.sku_id for line in lines)
    for n, line in enumerate(lines):
        path = f"lines[{n}]"
        sku = catalogue.sku_by_id.get(line.sku_id)
        if sku is None:
            yield _dangling(f"{path}.sku_id", "SKU", line.sku_id, len(catalogue.skus))
        elif site is not None and sku.temperature not in site.temperatures:
            yield Issue(
                code=IssueCode.VALUE_INVALID,
                path=f"{path}.sku_id",
                message=f"temperature of {line.sku_id} ({sku.temperature}) must be a zone of {site_id} "
                f"({', '.join(site.temperatures)})",
                hint="add the zone to the site, or put the goods elsewhere",
            )
        if times[line.sku_id] > 1:
            yield Issue(
                code=IssueCode.ID_DUPLICATE,
                path=f"{path}.sku_id",
                message=f"sku_id ({line.sku_id}) must be distinct, and stands {times[line.sku_id]} times",
                hint="add the pieces up into one line",
            )
        if line.pieces < least:
            yield Issue(
                code=IssueCode.QUANTITY_NOT_POSITIVE,
                path=f"{path}.pieces",
                message=f"pieces ({line.pieces}) must be >= {least}",
                hint="leave out what did not come",
            )


def _dangling(path: str, what: str, each: str, known: int) -> Issue:
    return Issue(
        code=IssueCode.REFERENCE_DANGLING,
        path=path,
        message=f"{what} ({each}) must be one of the {known} in this world",
        hint="correct the id or add what it names",
    )


def unknown_resource(resource_id: str, known: int) -> NotFound:
    return NotFound(
        Issue(
            code=IssueCode.RESOURCE_NOT_FOUND,
            path="resource_id",
            message=f"resource_id ({resource_id}) must name one of the {known} sites and resources",
            hint="list what there is",
        )
    )

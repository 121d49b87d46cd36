"""Changes of sites and stock."""

import math

from models.catalogue import StockRow
from models.issues import InputError
from models.resource import Site
from models.scenario import ChangeStock, CloseSite, OpenSite
from scenarios.whatif.changing import Contradiction, Variant, Wrong, check_known, contradicts, unknown


def close_site(variant: Variant, change: CloseSite) -> Variant:
    catalogue = variant.catalogue
    _known_site(change.site_id, variant, "site_id")
    if change.site_id in catalogue.unavailable_ids:
        message = f"site ({change.site_id}) must be open, and is closed already"
        raise Contradiction(contradicts("site_id", message=message, hint="remove one of the two changes"))
    return variant.with_catalogue(unavailable_ids=catalogue.unavailable_ids | {change.site_id})


def open_site(variant: Variant, change: OpenSite) -> Variant:
    return _reopened(variant, change) if change.like is None else _founded(variant, change, change.like)


def _reopened(variant: Variant, change: OpenSite) -> Variant:
    catalogue = variant.catalogue
    _known_site(change.site_id, variant, "site_id")
    if change.site_id not in catalogue.unavailable_ids:
        message = f"site ({change.site_id}) must be closed, and is open"
        raise Contradiction(contradicts("site_id", message=message, hint="give like and place for a new site"))
    return variant.with_catalogue(unavailable_ids=catalogue.unavailable_ids - {change.site_id})


def _founded(variant: Variant, change: OpenSite, like: str) -> Variant:
    catalogue = variant.catalogue
    _known_site(like, variant, "like")
    if change.site_id in catalogue.site_by_id:
        message = f"site_id ({change.site_id}) must be new, and this world has such a site"
        raise Contradiction(contradicts("site_id", message=message, hint="choose another id"))
    assert change.place is not None
    try:
        place = variant.world.snap(change.place)
    except InputError as error:
        raise Contradiction(*(Wrong(("place",), issue) for issue in error.issues)) from error
    model = catalogue.site_by_id[like]
    name = change.name or f"{model.name} ({change.site_id})"
    site: Site = model.model_copy(update={"site_id": change.site_id, "place": place, "name": name})
    stock = [row.model_copy(update={"site_id": site.site_id}) for row in variant.world.stock if row.site_id == like]
    opened = variant.with_catalogue(sites=(*catalogue.sites, site))
    return opened.with_stock((*variant.world.stock, *stock))


def change_stock(variant: Variant, change: ChangeStock) -> Variant:
    catalogue = variant.catalogue
    categories = {sku.category for sku in catalogue.skus}
    check_known("site_ids", change.site_ids, what="site", known=catalogue.site_by_id)
    check_known("sku_ids", change.sku_ids, what="SKU", known=catalogue.sku_by_id)
    check_known("categories", change.categories, what="category", known=categories)
    rows = [_restocked(row, change) if _is_meant(row, change, variant) else row for row in variant.world.stock]
    if change.pieces is not None:
        rows += _new_rows(variant, change, change.pieces)
    if rows == [*variant.world.stock]:
        message = "number of stock rows that change (0) must be >= 1"
        raise Contradiction(contradicts(message=message, hint="name other sites or goods, or another amount"))
    return variant.with_stock(rows)


def _is_meant(row: StockRow, change: ChangeStock, variant: Variant) -> bool:
    category = variant.catalogue.sku_by_id[row.sku_id].category
    wanted = ((row.site_id, change.site_ids), (row.sku_id, change.sku_ids), (category, change.categories))
    return all(not allowed or each in allowed for each, allowed in wanted)


def _restocked(row: StockRow, change: ChangeStock) -> StockRow:
    pieces = math.floor(row.on_hand * (change.factor or 0)) if change.pieces is None else change.pieces
    return row.model_copy(update={"on_hand": pieces})


def _new_rows(variant: Variant, change: ChangeStock, pieces: int) -> list[StockRow]:
    """Goods that are named, at sites that are named and have none of them yet but the zone for it."""
    present = {(row.site_id, row.sku_id) for row in variant.world.stock}
    found = []
    for site in (variant.catalogue.site_by_id[site_id] for site_id in change.site_ids):
        for sku in (variant.catalogue.sku_by_id[sku_id] for sku_id in change.sku_ids):
            fits = sku.temperature in site.temperatures and (not change.categories or sku.category in change.categories)
            if fits and (site.site_id, sku.sku_id) not in present:
                found.append(StockRow(site_id=site.site_id, sku_id=sku.sku_id, on_hand=pieces))
    return found


def _known_site(site_id: str, variant: Variant, field: str) -> None:
    known = variant.catalogue.site_by_id
    if site_id not in known:
        raise Contradiction(unknown(field, what="site", value=site_id, known=known))

"""Short ways to change resources and stock, and to see what that did."""

from typing import Any

from models.contract import Contract
from models.promise import PromiseState
from models.supply import FIELD_BY_KIND, Repair, ResourceStatus, StockChanged, StockLine, SupplyChanged, Whole
from server.promising.stocking import Goods
from server.promising.supplying import Put, ShiftTerms, Sighting
from tests.server.promising.builders import Shop


def a_count(shop: Shop, site_id: str, **pieces: int) -> StockChanged:
    return shop.promising.count_stock(goods(site_id, **pieces), request_id=shop.request_id())


def a_receipt(shop: Shop, site_id: str, **pieces: int) -> StockChanged:
    return shop.promising.receive_stock(goods(site_id, **pieces), request_id=shop.request_id())


def goods(site_id: str, **pieces: int) -> Goods:
    return Goods(site_id=site_id, lines=tuple(StockLine(sku_id=sku_id, pieces=n) for sku_id, n in pieces.items()))


def a_status(shop: Shop, resource_id: str, status: ResourceStatus) -> Repair:
    sighting = Sighting(resource_id=resource_id, status=status)
    return shop.promising.report(sighting, request_id=shop.request_id()).repair


def broken(shop: Shop, resource_id: str) -> Repair:
    return a_status(shop, resource_id, ResourceStatus.OUT_OF_ORDER)


def mended(shop: Shop, resource_id: str) -> Repair:
    return a_status(shop, resource_id, ResourceStatus.AVAILABLE)


def a_shift(shop: Shop, resource_id: str, **changes: Any) -> SupplyChanged:
    terms = ShiftTerms(resource_id=resource_id, **changes)
    return shop.promising.change_shift(terms, request_id=shop.request_id())


def put(shop: Shop, resource_id: str, **changes: Any) -> SupplyChanged:
    """A site or resource with some of its fields changed."""
    before = shop.promising.supply(resource_id)
    field = FIELD_BY_KIND[before.kind]
    whole = Whole(**{field: before.resource.model_copy(update=changes)})
    return shop.promising.put_resource(Put(whole=whole, revision=before.revision), request_id=shop.request_id())


def states(shop: Shop, contract: Contract) -> list[PromiseState]:
    return [promise.state for promise in shop.promising.contract(contract.contract_id).promises]


def lost(shop: Shop) -> list[str]:
    """Items that are unplanned, and the first reason of each."""
    return [f"{each.contract_id}/{each.item_id}" for each in shop.promising.plan().unplanned]


def look(shop: Shop) -> None:
    """The checker finds nothing, and a restart changes nothing."""
    assert shop.promising.check() == ()
    again = shop.restarted()
    assert again.promising.plan() == shop.promising.plan()
    assert again.promising.problem().contracts == shop.promising.problem().contracts
    assert again.promising.problem().stock == shop.promising.problem().stock
    assert again.promising.check() == ()
    again.ledger.close()

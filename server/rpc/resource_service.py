"""`servanda.v1.ResourceService`."""

from functools import partial

from servanda.v1 import resource_pb2, resource_service_pb2
from servanda.v1.resource_service_pb2_grpc import ResourceServiceServicer

from models.supply import FIELD_BY_KIND, Whole
from server.promising import Promising
from server.promising.stocking import Goods
from server.promising.supplying import Put, ShiftTerms, Sighting
from server.rpc import requests
from server.rpc.convert import read, write
from server.rpc.outcome import Context
from server.turn import Turn


class ResourceService(ResourceServiceServicer):
    def __init__(self, promising: Promising, turn: Turn) -> None:
        self._promising = promising
        self._turn = turn

    async def ListResources(
        self, request: resource_service_pb2.ListResourcesRequest, context: Context
    ) -> resource_service_pb2.ListResourcesResponse:
        ask = read(requests.ListResources, request)
        look = partial(
            self._promising.supplies,
            kinds=ask.kinds,
            show_removed=ask.show_removed,
            page_size=ask.page_size or requests.DEFAULT_PAGE_SIZE,
            page_token=ask.page_token,
        )
        return write(resource_service_pb2.ListResourcesResponse, await self._turn.take(look))

    async def GetResource(
        self, request: resource_service_pb2.GetResourceRequest, context: Context
    ) -> resource_pb2.Supply:
        ask = read(requests.NamesResource, request)
        return write(resource_pb2.Supply, await self._turn.take(partial(self._promising.supply, ask.resource_id)))

    async def PutResource(
        self, request: resource_service_pb2.PutResourceRequest, context: Context
    ) -> resource_service_pb2.SupplyChanged:
        ask = read(requests.PutResource, request)
        put = Put(whole=Whole(**{name: getattr(ask, name) for name in FIELD_BY_KIND.values()}), revision=ask.revision)
        changed = await self._turn.take(partial(self._promising.put_resource, put, request_id=ask.request_id))
        return write(resource_service_pb2.SupplyChanged, changed)

    async def RemoveResource(
        self, request: resource_service_pb2.RemoveResourceRequest, context: Context
    ) -> resource_service_pb2.SupplyChanged:
        ask = read(requests.RemoveResource, request)
        remove = partial(
            self._promising.remove_resource, ask.resource_id, revision=ask.revision, request_id=ask.request_id
        )
        return write(resource_service_pb2.SupplyChanged, await self._turn.take(remove))

    async def ChangeShift(
        self, request: resource_service_pb2.ChangeShiftRequest, context: Context
    ) -> resource_service_pb2.SupplyChanged:
        ask = read(requests.ChangeShift, request)
        terms = ShiftTerms.model_validate(ask.model_dump(exclude={"request_id"}))
        changed = await self._turn.take(partial(self._promising.change_shift, terms, request_id=ask.request_id))
        return write(resource_service_pb2.SupplyChanged, changed)

    async def ReportPosition(
        self, request: resource_service_pb2.ReportPositionRequest, context: Context
    ) -> resource_service_pb2.SupplyChanged:
        ask = read(requests.ReportPosition, request)
        sighting = Sighting.model_validate(ask.model_dump(exclude={"request_id"}))
        changed = await self._turn.take(partial(self._promising.report, sighting, request_id=ask.request_id))
        return write(resource_service_pb2.SupplyChanged, changed)

    async def ReceiveStock(
        self, request: resource_service_pb2.ReceiveStockRequest, context: Context
    ) -> resource_service_pb2.StockChanged:
        ask = read(requests.MovesStock, request)
        goods = Goods(site_id=ask.site_id, lines=ask.lines)
        changed = await self._turn.take(partial(self._promising.receive_stock, goods, request_id=ask.request_id))
        return write(resource_service_pb2.StockChanged, changed)

    async def CountStock(
        self, request: resource_service_pb2.CountStockRequest, context: Context
    ) -> resource_service_pb2.StockChanged:
        ask = read(requests.MovesStock, request)
        goods = Goods(site_id=ask.site_id, lines=ask.lines)
        changed = await self._turn.take(partial(self._promising.count_stock, goods, request_id=ask.request_id))
        return write(resource_service_pb2.StockChanged, changed)

    async def ListStock(
        self, request: resource_service_pb2.ListStockRequest, context: Context
    ) -> resource_service_pb2.ListStockResponse:
        ask = read(requests.ListStock, request)
        look = partial(
            self._promising.stock_levels,
            site_id=ask.site_id or "",
            sku_ids=ask.sku_ids,
            page_size=ask.page_size or requests.DEFAULT_PAGE_SIZE,
            page_token=ask.page_token,
        )
        return write(resource_service_pb2.ListStockResponse, await self._turn.take(look))

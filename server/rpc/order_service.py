"""`servanda.v1.OrderService`."""

from functools import partial

from servanda.v1 import order_pb2, order_service_pb2
from servanda.v1.order_service_pb2_grpc import OrderServiceServicer

from models.issues import InputError
from scenarios.legible import LegibleOrders
from server.promising import Promising
from server.rpc import requests
from server.rpc.convert import read, read_legible, write
from server.rpc.outcome import Context
from server.turn import Turn


class OrderService(OrderServiceServicer):
    def __init__(self, promising: Promising, turn: Turn) -> None:
        self._promising = promising
        self._turn = turn

    async def SubmitOrders(
        self, request: order_service_pb2.SubmitOrdersRequest, context: Context
    ) -> order_service_pb2.SubmitOrdersResponse:
        ask = await self._read(request)
        submitted = await self._turn.take(partial(self._promising.submit, ask.orders, request_id=ask.request_id))
        told = [write(order_service_pb2.SubmittedOrder, each) for each in submitted]
        return order_service_pb2.SubmitOrdersResponse(orders=told)

    async def _read(self, request: order_service_pb2.SubmitOrdersRequest) -> requests.SubmitOrders:
        try:
            return read(requests.SubmitOrders, request)
        except InputError as error:
            # Whoever mends what is illegible is to know at once what is wrong with the rest.
            orders = read_legible(LegibleOrders, request).orders
            more = await self._turn.take(partial(self._promising.legible_issues, orders))
            raise InputError(*error.issues, *more) from error

    async def DetachOrder(
        self, request: order_service_pb2.DetachOrderRequest, context: Context
    ) -> order_service_pb2.DetachOrderResponse:
        ask = read(requests.DetachOrder, request)
        detached = await self._turn.take(partial(self._promising.detach, ask.order_id, request_id=ask.request_id))
        return write(order_service_pb2.DetachOrderResponse, detached)

    async def GetOrder(self, request: order_service_pb2.GetOrderRequest, context: Context) -> order_pb2.Order:
        ask = read(requests.NamesOrder, request)
        return write(order_pb2.Order, await self._turn.take(partial(self._promising.order, ask.order_id)))

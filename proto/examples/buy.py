"""Buy one piece: submit an order, hold and confirm the cheapest promise, print it.

python proto/examples/buy.py 127.0.0.1:50051 soft-tissues 31.2304 121.4737 2026-03-02T07:00:00+08:00
"""

import sys
import uuid

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from servanda.v1 import contract_service_pb2 as calls
from servanda.v1 import contract_service_pb2_grpc, order_pb2, order_service_pb2, order_service_pb2_grpc, place_pb2

address, sku_id, lat, lon, placed = sys.argv[1:]
placed_time = Timestamp()
placed_time.FromJsonString(placed)
channel = grpc.insecure_channel(address)
contracts = contract_service_pb2_grpc.ContractServiceStub(channel)
order = order_pb2.Order(
    order_id=f"app-{uuid.uuid4()}",
    channel=order_pb2.CHANNEL_APP,
    placed_time=placed_time,
    identity=order_pb2.Identity(phone="13800000017"),
    lines=[order_pb2.OrderLine(line_id="1", sku_id=sku_id, quantity=1)],
    place=place_pb2.Place(lat=float(lat), lon=float(lon), datum=place_pb2.DATUM_WGS84),
    method=order_pb2.METHOD_ANY,
)
request = order_service_pb2.SubmitOrdersRequest(orders=[order], request_id=str(uuid.uuid4()))
submitted = order_service_pb2_grpc.OrderServiceStub(channel).SubmitOrders(request, timeout=10)
quote = contracts.QuoteContract(calls.QuoteContractRequest(contract_id=submitted.orders[0].contract_id), timeout=10)
cheapest = min(quote.options, key=lambda option: option.fee)
hold = calls.HoldOptionRequest(option_token=cheapest.token, request_id=str(uuid.uuid4()))
held = contracts.HoldOption(hold, timeout=10)
confirm = calls.ConfirmReservationRequest(reservation_id=held.reservation_id, request_id=str(uuid.uuid4()))
contract = contracts.ConfirmReservation(confirm, timeout=10)
for promise in contract.promises:
    window = promise.window
    print(contract.contract_id, window.earliest.ToJsonString(), window.latest.ToJsonString())

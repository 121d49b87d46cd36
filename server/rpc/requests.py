"""What each method asks for. The rules of proto/servanda/v1/*_service.proto, as models."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.contract import ContractStatus
from models.counter_offer import Wish
from models.order import Order
from models.place import Place
from models.supply import ResourceStatus, StockLine, SupplyKind, Whole
from models.timing import Duration, Instant, Interval

Opaque = Annotated[str, Field(max_length=1000)]


class Nothing(Model):
    """A request without fields: even so, a field that is not known is refused."""


class SubmitOrders(Model):
    orders: Annotated[tuple[Order, ...], Field(min_length=1, max_length=100)]
    request_id: Id


class NamesOrder(Model):
    order_id: Id


class DetachOrder(NamesOrder):
    request_id: Id


class NamesContract(Model):
    contract_id: Id


class Explain(NamesContract):
    item_id: Id
    resource_id: Id | None = None
    site_id: Id | None = None


class CancelContract(NamesContract):
    request_id: Id


class CounterOffer(NamesContract):
    wish: Wish
    asked_by: Id | None = None
    request_id: Id


class HoldOption(Model):
    option_token: Annotated[str, Field(max_length=100_000)]
    request_id: Id


class NamesReservation(Model):
    reservation_id: Id


class SettleReservation(NamesReservation):
    request_id: Id


class ListContracts(Model):
    statuses: tuple[ContractStatus, ...] = ()
    page_size: Annotated[int, Field(ge=0, le=500)] = 0
    page_token: Opaque = ""


class WatchContracts(Model):
    cursor: Opaque = ""
    contract_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()


class ListResources(Model):
    kinds: tuple[SupplyKind, ...] = ()
    show_removed: bool = False
    page_size: Annotated[int, Field(ge=0, le=500)] = 0
    page_token: Opaque = ""


class NamesResource(Model):
    resource_id: Id


class PutResource(Whole):
    revision: Annotated[int, Field(ge=0)] = 0
    request_id: Id


class RemoveResource(NamesResource):
    revision: Annotated[int, Field(ge=0)] = 0
    request_id: Id


class ChangeShift(NamesResource):
    shift: Interval | None = None
    overtime: Duration | None = None
    call_in: bool = False
    request_id: Id


class ReportPosition(NamesResource):
    place: Place | None = None
    time: Instant | None = None
    status: ResourceStatus | None = None
    request_id: Id


class MovesStock(Model):
    site_id: Id
    lines: Annotated[tuple[StockLine, ...], Field(min_length=1, max_length=1000)]
    request_id: Id


class ListStock(Model):
    site_id: Id | None = None
    sku_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
    page_size: Annotated[int, Field(ge=0, le=500)] = 0
    page_token: Opaque = ""


class NamesScenario(Model):
    scenario_id: Id


class ListScenarios(Model):
    page_size: Annotated[int, Field(ge=0, le=500)] = 0
    page_token: Opaque = ""


class AdvanceClock(Model):
    time: Instant


OperationName = Annotated[str, Field(pattern=r"^operations/[^/]+$", max_length=100)]


class NamesOperation(Model):
    name: OperationName


class CompareScenarios(Model):
    names: Annotated[tuple[OperationName, ...], Field(min_length=1, max_length=10)]


class WaitForOperation(NamesOperation):
    timeout: Annotated[timedelta, Field(ge=timedelta(0))] | None = None


class ListOperations(Model):
    name: Annotated[str, Field(pattern=r"^(operations)?$")] = ""
    filter: Annotated[str, Field(max_length=0)] = ""
    page_size: Annotated[int, Field(ge=0, le=500)] = 0
    page_token: Opaque = ""
    return_partial_success: bool = False


DEFAULT_PAGE_SIZE = 50

"""Calls to a running server, its messages and errors turned back into ours."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NoReturn

import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf.message import Message
from grpc_status import rpc_status
from servanda.v1 import (
    contract_pb2,
    contract_service_pb2,
    contract_service_pb2_grpc,
    order_pb2,
    order_service_pb2,
    order_service_pb2_grpc,
    plan_service_pb2,
    plan_service_pb2_grpc,
    simulation_service_pb2,
    simulation_service_pb2_grpc,
)

from models.base import Model
from models.contract import Contract, ContractStatus
from models.disturbance import ReplanReport
from models.explanation import Explanation
from models.issues import InputError, ServandaError, StateError
from models.money import Currency
from models.option import Quote
from models.order import Order
from models.plan import Cost, Plan, Violation
from models.reservation import Reservation
from server.exit_codes import ServerUnreachable
from server.jobs import ReplanTerms
from server.promising import Submitted
from server.rpc.convert import read, write
from server.rpc.status import issues_in

_POLL_MS = 1000


class Replanned(Model):
    """What a replan did, as its operation tells."""

    routes_changed: tuple[str, ...]
    routes_dropped: tuple[str, ...]
    promises_moved: tuple[str, ...]
    cost_before: Cost
    cost_after: Cost
    currency: Currency
    changed_hands: int
    disturbance: int


class ServerClient:
    """An order management system's view of a server: one call, one method.

    Every method raises InputError or StateError with the issues of the server's answer, and
    ServerUnreachable where nobody answers, not in time, or somebody who does not know the method.

    Parameters
    ----------
    timeout_s
        Deadline of every call; of a replan, of its end.
    """

    def __init__(self, address: str, *, timeout_s: float) -> None:
        self._address, self._timeout_s = address, timeout_s
        self._channel = grpc.insecure_channel(address)
        self._orders = order_service_pb2_grpc.OrderServiceStub(self._channel)
        self._contracts = contract_service_pb2_grpc.ContractServiceStub(self._channel)
        self._plans = plan_service_pb2_grpc.PlanServiceStub(self._channel)
        self._operations = operations_pb2_grpc.OperationsStub(self._channel)
        self._simulation = simulation_service_pb2_grpc.SimulationServiceStub(self._channel)
        self.quote_seconds: list[float] = []
        """How long each quote took, from the call to its answer."""

    def __enter__(self) -> "ServerClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def advance(self, instant: datetime) -> None:
        """Set the clock of a server on simulated time."""
        request = simulation_service_pb2.AdvanceClockRequest()
        request.time.FromDatetime(instant)
        self._call(self._simulation.AdvanceClock, request)

    def submit(self, orders: Sequence[Order], *, request_id: str) -> tuple[Submitted, ...]:
        """Hand orders over; each says which contract it is in and why."""
        messages = [write(order_pb2.Order, order) for order in orders]
        request = order_service_pb2.SubmitOrdersRequest(orders=messages, request_id=request_id)
        answer = self._call(self._orders.SubmitOrders, request)
        return tuple(read(Submitted, each) for each in answer.orders)

    def quote(self, contract_id: str) -> Quote:
        """What could be promised for a contract now."""
        request = contract_service_pb2.QuoteContractRequest(contract_id=contract_id)
        began = time.perf_counter()
        answer = self._call(self._contracts.QuoteContract, request)
        self.quote_seconds.append(time.perf_counter() - began)
        return read(Quote, answer)

    def hold(self, option_token: str, *, request_id: str) -> Reservation:
        """Set an option aside."""
        request = contract_service_pb2.HoldOptionRequest(option_token=option_token, request_id=request_id)
        return read(Reservation, self._call(self._contracts.HoldOption, request))

    def confirm(self, reservation_id: str, *, request_id: str) -> Contract:
        """Make a hold's promises binding."""
        request = contract_service_pb2.ConfirmReservationRequest(reservation_id=reservation_id, request_id=request_id)
        return read(Contract, self._call(self._contracts.ConfirmReservation, request))

    def contracts(self, statuses: Sequence[ContractStatus] = ()) -> tuple[Contract, ...]:
        """All contracts in these states, page by page."""
        numbers = [contract_pb2.ContractStatus.Value(f"CONTRACT_STATUS_{status.value}") for status in statuses]
        found: list[Contract] = []
        token = ""
        while True:
            request = contract_service_pb2.ListContractsRequest(statuses=numbers, page_size=200, page_token=token)
            page = self._call(self._contracts.ListContracts, request)
            found += [read(Contract, each) for each in page.contracts]
            token = page.next_page_token
            if not token:
                return tuple(found)

    def plan(self) -> Plan:
        """The plan in force."""
        return read(Plan, self._call(self._plans.GetPlan, plan_service_pb2.GetPlanRequest()))

    def check(self) -> tuple[Violation, ...]:
        """What the server's checker finds in the plan in force."""
        answer = self._call(self._plans.CheckPlan, plan_service_pb2.CheckPlanRequest())
        return tuple(read(Violation, each) for each in answer.violations)

    def explain(self, contract_id: str, item_id: str, *, resource_id: str = "", site_id: str = "") -> Explanation:
        """What it takes to have an item done by another resource, or from another site."""
        forced = {"resource_id": resource_id or None, "site_id": site_id or None}
        request = plan_service_pb2.ExplainRequest(contract_id=contract_id, item_id=item_id, **forced)
        return read(Explanation, self._call(self._plans.Explain, request))

    def replan(self, *, request_id: str, seed: int, iterations: int) -> Replanned:
        """Replan and wait for the end."""
        terms = ReplanTerms(request_id=request_id, seed=seed, iterations=iterations)
        return self.replan_by(terms, patience_s=self._timeout_s)

    def replan_by(self, terms: ReplanTerms, *, patience_s: float | None = None) -> Replanned:
        """Replan, or go on waiting for the replan of that id, until it is done.

        Parameters
        ----------
        patience_s
            None: however long that takes.
        """
        operation = self._call(self._plans.Replan, write(plan_service_pb2.ReplanRequest, terms))
        deadline = None if patience_s is None else time.monotonic() + patience_s
        while not operation.done:
            if deadline is not None and time.monotonic() > deadline:
                raise ServerUnreachable(self._address, f"{operation.name} is not done after {patience_s} s")
            wait = operations_pb2.WaitOperationRequest(name=operation.name)
            wait.timeout.FromMilliseconds(_POLL_MS)
            operation = self._call(self._operations.WaitOperation, wait)
        if operation.HasField("error"):
            raise StateError(*issues_in(operation.error))
        response = plan_service_pb2.ReplanResponse()
        operation.response.Unpack(response)
        return read(Replanned, response)

    def replan_report(self, request_id: str) -> ReplanReport:
        """What a replan that is done moved, and what the promises cost that it kept."""
        request = plan_service_pb2.GetReplanReportRequest(name=f"operations/{request_id}")
        return read(ReplanReport, self._call(self._plans.GetReplanReport, request))

    def _call(self, method: Callable[..., Any], request: Message) -> Any:
        try:
            return method(request, timeout=self._timeout_s)
        except grpc.RpcError as error:
            self._raise_ours(error)

    def _raise_ours(self, error: grpc.RpcError) -> NoReturn:
        status = rpc_status.from_call(error)
        issues = issues_in(status) if status else ()
        if not issues:
            raise ServerUnreachable(self._address, f"{error.code().name}, {error.details()}") from error
        raise _family(error.code())(*issues) from error


def _family(code: grpc.StatusCode) -> type[ServandaError]:
    return InputError if code is grpc.StatusCode.INVALID_ARGUMENT else StateError

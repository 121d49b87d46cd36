"""`google.longrunning.Operations` over the operations in the ledger."""

import base64
import binascii
from functools import partial

import grpc
from google.longrunning import operations_pb2
from google.longrunning.operations_pb2_grpc import OperationsServicer
from google.protobuf.empty_pb2 import Empty
from servanda.v1 import plan_service_pb2, scenario_service_pb2

from models.issues import InputError, StateError
from server import evaluations
from server.evaluations import Evaluations
from server.jobs import Failure, ReplanProgress, Replans
from server.ledger import StoredOperation
from server.promising import Promising, Publication
from server.promising.paging import bad_token
from server.rpc import requests
from server.rpc.convert import read, write
from server.rpc.outcome import Context
from server.rpc.status import status_of
from server.turn import Turn

PREFIX = "operations/"


class OperationsService(OperationsServicer):  # type: ignore[misc]  # its code has no stub
    def __init__(self, promising: Promising, turn: Turn, *, replans: Replans, evaluations: Evaluations) -> None:
        self._promising = promising
        self._turn = turn
        self._replans = replans
        self._evaluations = evaluations

    async def GetOperation(
        self, request: operations_pb2.GetOperationRequest, context: Context
    ) -> operations_pb2.Operation:
        return await self._operation(operation_id_in(read(requests.NamesOperation, request)))

    async def ListOperations(
        self, request: operations_pb2.ListOperationsRequest, context: Context
    ) -> operations_pb2.ListOperationsResponse:
        ask = read(requests.ListOperations, request)
        size, after = ask.page_size or requests.DEFAULT_PAGE_SIZE, _after(ask.page_token)
        # One more than the page, to know whether there is another.
        found = await self._turn.take(partial(self._promising.operations, after, limit=size + 1))
        page = [operation_message(each) for each in found[:size]]
        token = _token(found[size - 1].operation_id) if len(found) > size else ""
        return operations_pb2.ListOperationsResponse(operations=page, next_page_token=token)

    async def WaitOperation(
        self, request: operations_pb2.WaitOperationRequest, context: Context
    ) -> operations_pb2.Operation:
        ask = read(requests.WaitForOperation, request)
        seconds = ask.timeout.total_seconds() if ask.timeout is not None else None
        # One of the two has it, and the other one does not wait.
        await self._replans.wait(operation_id_in(ask), seconds=seconds)
        await self._evaluations.wait(operation_id_in(ask), seconds=seconds)
        return await self._operation(operation_id_in(ask))

    async def CancelOperation(self, request: operations_pb2.CancelOperationRequest, context: Context) -> Empty:
        operation_id = operation_id_in(read(requests.NamesOperation, request))
        found = await self._turn.take(partial(self._promising.operation, operation_id))
        await (self._evaluations if found.kind == evaluations.KIND else self._replans).cancel(operation_id)
        return Empty()

    async def DeleteOperation(self, request: operations_pb2.DeleteOperationRequest, context: Context) -> Empty:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "operations are part of the record and cannot be deleted")

    async def _operation(self, operation_id: str) -> operations_pb2.Operation:
        found = await self._turn.take(partial(self._promising.operation, operation_id))
        return operation_message(found)


def operation_message(operation: StoredOperation) -> operations_pb2.Operation:
    """An operation as it is kept, with typed metadata and response."""
    message = _evaluation(operation) if operation.kind == evaluations.KIND else _replan(operation)
    message.name = PREFIX + operation.operation_id
    message.done = operation.result is not None or operation.error is not None
    if operation.error is not None:
        failure = Failure.model_validate_json(operation.error)
        message.error.CopyFrom(status_of(StateError(*failure.issues)))
    return message


def _replan(operation: StoredOperation) -> operations_pb2.Operation:
    message = operations_pb2.Operation()
    progress = ReplanProgress.model_validate_json(operation.metadata)
    message.metadata.Pack(write(plan_service_pb2.ReplanMetadata, progress))
    if operation.result is not None:
        published = Publication.model_validate_json(operation.result)
        message.response.Pack(write(plan_service_pb2.ReplanResponse, published))
    return message


def _evaluation(operation: StoredOperation) -> operations_pb2.Operation:
    message = operations_pb2.Operation()
    progress = evaluations.progress_of(operation)
    message.metadata.Pack(write(scenario_service_pb2.EvaluateScenarioMetadata, progress))
    if (summary := evaluations.summary_of(operation)) is not None:
        told = write(scenario_service_pb2.ScenarioSummary, summary)
        message.response.Pack(scenario_service_pb2.EvaluateScenarioResponse(summary=told))
    return message


def operation_id_in(ask: requests.NamesOperation) -> str:
    return ask.name.removeprefix(PREFIX)


def _token(operation_id: str) -> str:
    return base64.urlsafe_b64encode(operation_id.encode()).decode()


def _after(page_token: str) -> str:
    try:
        return base64.b64decode(page_token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InputError(bad_token(page_token)) from error

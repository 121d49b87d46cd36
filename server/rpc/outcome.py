"""Around every call: errors become statuses, and one line goes into the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
import structlog
from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status

from models.issues import InputError, Issue, IssueCode, ServandaError, StateError
from server.rpc.status import DETAILS_KEY, status_of, unforeseen_status

_OURS = ("/servanda.v1.", "/google.longrunning.")
_STATUS_CODE_BY_NUMBER = {code.value[0]: code for code in grpc.StatusCode}
_log = structlog.get_logger("rpc")

# In quotes, since these classes are generic in their stubs only.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class TooLarge(StateError):
    """The message is larger than this server takes."""


class Outcome(grpc.aio.ServerInterceptor):
    """Turns what a servicer raises into a rich status. A servicer itself knows of no status.

    Parameters
    ----------
    most_bytes
        A larger request is refused unread.
    """

    def __init__(self, *, most_bytes: int) -> None:
        self._most_bytes = most_bytes

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith(_OURS):
            return handler
        serializers = (_forgiving(handler.request_deserializer, self._most_bytes), handler.response_serializer)
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(_streaming(handler.unary_stream, method), *serializers)
        return grpc.unary_unary_rpc_method_handler(_answering(handler.unary_unary, method), *serializers)


def _forgiving(deserialize: Any, most_bytes: int) -> Any:
    """Gives the error as if it were the request: what gRPC says of it by itself has no details."""

    def read(data: bytes) -> Any:
        if len(data) > most_bytes:
            return TooLarge(_too_large(len(data), most_bytes))
        try:
            return deserialize(data)
        except DecodeError:
            return InputError(_no_message(len(data)))

    return read


def _too_large(num_bytes: int, most_bytes: int) -> Issue:
    return Issue(
        code=IssueCode.MESSAGE_TOO_LARGE,
        path="",
        message=f"size of the request ({num_bytes} bytes) must be <= {most_bytes}",
        hint="send fewer orders a call",
    )


def _no_message(num_bytes: int) -> Issue:
    return Issue(
        code=IssueCode.SYNTAX_INVALID,
        path="",
        message=f"the request ({num_bytes} bytes) must be a message of the type that the method takes",
        hint="use stubs made from the proto files of the server's version",
    )


def _readable(request: Any) -> Any:
    if isinstance(request, ServandaError):
        raise request
    return request


def _answering(answer: Any, method: str) -> Any:
    async def call(request: Any, context: Context) -> Any:
        async with _Told(method, context):
            return await answer(_readable(request), context)

    return call


def _streaming(stream: Any, method: str) -> Any:
    async def call(request: Any, context: Context) -> AsyncIterator[Any]:
        async with _Told(method, context):
            async for message in stream(_readable(request), context):
                yield message

    return call


class _Told:
    """Tells the caller and the log how the body ended."""

    def __init__(self, method: str, context: Context) -> None:
        self._context = context
        self._log = _log.bind(method=method)
        self._begun = time.perf_counter()

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case None:
                self._write("OK")
            case ServandaError():
                await self._refuse(error)
            case grpc.aio.AbortError():
                self._write("ABORTED_BY_METHOD")
            case asyncio.CancelledError() | GeneratorExit():
                self._write("CANCELLED")
            case _:
                self._log.error("unforeseen", exc_info=error)
                await self._abort(unforeseen_status())

    async def _refuse(self, error: ServandaError) -> None:
        status = status_of(error)
        # Codes and paths only: a message may quote what the caller sent, such as a phone number.
        issues = [f"{issue.path}: {issue.code}" for issue in error.issues[:5]]
        self._write(_STATUS_CODE_BY_NUMBER[status.code].name, issues=issues)
        if _STATUS_CODE_BY_NUMBER[status.code] is grpc.StatusCode.INTERNAL:
            self._log.error("defect", exc_info=error)
        await self._abort(status)

    async def _abort(self, status: Status) -> None:
        details = ((DETAILS_KEY, status.SerializeToString()),)
        await self._context.abort(_STATUS_CODE_BY_NUMBER[status.code], status.message, details)

    def _write(self, outcome: str, **more: object) -> None:
        milliseconds = round((time.perf_counter() - self._begun) * 1000, 1)
        self._log.info("call", outcome=outcome, ms=milliseconds, **more)

"""The answers in docs/calls.md, as a running server gives them.

A section of the page is `### Method` below `## package.Service`; in it, blocks of JSON are a request and
its answer by turns. Of an answer the page shows what its author chose: the fields that stand there, of a
list the entries before a last "...", and for a text that is never the same "..." or a name, `<contract>`,
that later calls know it by. Played again, everything else in an answer is written anew.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.longrunning import operations_pb2
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from servanda.v1 import (
    contract_service_pb2,
    order_service_pb2,
    plan_service_pb2,
    policy_service_pb2,
    resource_service_pb2,
    scenario_service_pb2,
    simulation_service_pb2,
)

FILES = (
    order_service_pb2,
    contract_service_pb2,
    plan_service_pb2,
    resource_service_pb2,
    policy_service_pb2,
    scenario_service_pb2,
    simulation_service_pb2,
    operations_pb2,
    health_pb2,
    reflection_pb2,
)
"""Where the services of a server are defined."""

Json = Any
Call = Callable[[str, str, Json], Json]

_SECTION = re.compile(r"^## ([\w.]+)$|^### (\w+)$|^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WIDTH = 110
_TIMEOUT_S = 120
_MORE = "..."


def every_method() -> tuple[tuple[str, str], ...]:
    """Service and method of each call that a server answers."""
    services: list[ServiceDescriptor] = [each for file in FILES for each in file.DESCRIPTOR.services_by_name.values()]
    return tuple((service.full_name, method.name) for service in services for method in service.methods)


def shown_methods(page: str) -> tuple[tuple[str, str], ...]:
    """Service and method of each section of the page."""
    return tuple((service, method) for service, method, _ in _blocks(page))


def played(page: str, call: Call) -> str:
    """The page with the answers that the calls give now.

    Raises
    ------
    ValueError
        An answer lacks a field or an entry that the page shows.
    """
    names: dict[str, str] = {}
    fresh = iter(
        [text for service, method, blocks in _blocks(page) for text in _play(service, method, blocks, call, names)]
    )
    return _SECTION.sub(lambda found: f"```json\n{next(fresh)}\n```" if found[3] else found[0], page)


def _blocks(page: str) -> Iterator[tuple[str, str, list[str]]]:
    sections: list[tuple[str, str, list[str]]] = []
    service = ""
    for found in _SECTION.finditer(page):
        if found[1]:
            service = found[1]
        elif found[2]:
            sections.append((service, found[2], []))
        else:
            sections[-1][2].append(found[3])
    return iter(sections)


def _play(service: str, method: str, blocks: list[str], call: Call, names: dict[str, str]) -> Iterator[str]:
    for request, answer in zip(blocks[::2], blocks[1::2], strict=True):
        asked = json.loads(request)
        answered = call(service, method, _known(asked, names))
        yield laid_out(asked)
        try:
            yield laid_out(_refilled(json.loads(answer), answered, names))
        except ValueError as error:
            raise ValueError(f"{method} must answer what the page shows: {error}") from error


def _known(value: Json, names: dict[str, str]) -> Json:
    """A request with names replaced by what they stand for."""
    match value:
        case dict():
            return {key: _known(each, names) for key, each in value.items()}
        case list():
            return [_known(each, names) for each in value]
        case str():
            return names.get(value, value)
    return value


def _refilled(shown: Json, answered: Json, names: dict[str, str]) -> Json:
    """What is shown of an answer, with the values that it has."""
    match shown, answered:
        case dict(), dict():
            if missing := shown.keys() - answered.keys():
                raise ValueError(f"no {', '.join(sorted(missing))} in {json.dumps(answered, ensure_ascii=False)}")
            return {key: _refilled(each, answered[key], names) for key, each in shown.items()}
        case list(), list():
            return _refilled_list(shown, answered, names)
        case str(), _ if shown == _MORE:
            return shown
        case str(), _ if shown.startswith("<"):
            return shown if names.setdefault(shown, answered) == answered else answered
    return answered


def _refilled_list(shown: list[Json], answered: list[Json], names: dict[str, str]) -> list[Json]:
    more = shown[-1:] == [_MORE]
    entries = shown[:-1] if more else shown
    if len(answered) < len(entries) or (len(answered) > len(entries) and not more):
        raise ValueError(f"{len(entries)} entries, not {len(answered)}")
    return [_refilled(each, found, names) for each, found in zip(entries, answered, strict=False)] + shown[
        len(entries) :
    ]


def laid_out(value: Json, *, indent: int = 0) -> str:
    """JSON that breaks only the lines that are too long."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {laid_out(each, indent=indent + 2)}" for key, each in value.items()]
    else:
        parts = [laid_out(each, indent=indent + 2) for each in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{inner}" + f",\n{inner}".join(parts) + f"\n{outer}{last}"


def caller(channel: grpc.Channel) -> Call:
    """Calls by names, in the JSON of Protocol Buffers with the field names of the .proto files."""

    def call(service: str, method: str, request: Json) -> Json:
        found = descriptor_pool.Default().FindServiceByName(service).methods_by_name[method]
        try:
            answer = _answer(channel, found, request)
        except grpc.RpcError as error:
            return {"status": error.code().name, "message": error.details()}
        return json_format.MessageToDict(answer, preserving_proto_field_name=True)

    return call


def _answer(channel: grpc.Channel, method: MethodDescriptor, request: Json) -> Any:
    """The answer, of a stream the first one."""
    asked, answered = (message_factory.GetMessageClass(each) for each in (method.input_type, method.output_type))
    message = json_format.ParseDict(request, asked())
    path = f"/{method.containing_service.full_name}/{method.name}"
    if not method.server_streaming:
        return channel.unary_unary(path, asked.SerializeToString, answered.FromString)(message, timeout=_TIMEOUT_S)
    if method.client_streaming:
        stream = channel.stream_stream(path, asked.SerializeToString, answered.FromString)(
            iter([message]), timeout=_TIMEOUT_S
        )
    else:
        stream = channel.unary_stream(path, asked.SerializeToString, answered.FromString)(message, timeout=_TIMEOUT_S)
    first = next(iter(stream))
    stream.cancel()
    return first

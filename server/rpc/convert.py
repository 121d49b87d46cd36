"""Messages to models and back, compiled once per message type from its descriptor.

A field of a message is the field of the model with the same name, so a path in an issue means the
same to both sides. Rules live in the models alone. Added here is only what the wire can hold and a
model cannot: a Timestamp outside of every calendar, an enum number without a name, unknown fields.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.unknown_fields import UnknownFieldSet
from pydantic import BaseModel, ValidationError

from models.base import Model
from models.issues import InputError, Issue, IssueCode, issues_of, join_path
from models.timing import EARLIEST_INSTANT, LATEST_INSTANT

ModelT = TypeVar("ModelT", bound=BaseModel)
MessageT = TypeVar("MessageT", bound=Message)
Values = dict[str, Any]
Read = Callable[[Any, str, list[Issue]], Any]
Write = Callable[[Any], Any]

ABSENT = object()
"""What a reader returns for a field that the model is not to see."""


def read(model: type[ModelT], message: Message) -> ModelT:
    """The model that a message holds.

    Raises
    ------
    InputError
        With every issue of the message, each at its path in the message.
    """
    issues: list[Issue] = []
    values = _read_message(message, "", issues)
    try:
        found = model.model_validate(values)
    except ValidationError as error:
        seen = {issue.path for issue in issues}
        issues += [issue for issue in issues_of(error) if issue.path not in seen]
    if issues:
        raise InputError(*issues)
    return found


def read_legible(model: type[ModelT], message: Message) -> ModelT:
    """A model that takes anything, from a message that `read` refuses."""
    return model.model_validate(_read_message(message, "", []))


def write(message_type: type[MessageT], model: object, **more: object) -> MessageT:
    """The message for a model; `more` holds values of top-level fields that the model does not have."""
    descriptor: Any = message_type.DESCRIPTOR
    return message_type(**_values_for(descriptor, model, more))


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    is_map: bool
    is_repeated: bool
    may_be_unset: bool
    read: Read
    write: Write


@cache
def _fields(descriptor: Descriptor) -> tuple[_Field, ...]:
    return tuple(_compile(field) for field in descriptor.fields)


def _compile(field: FieldDescriptor) -> _Field:
    return _Field(
        name=field.name,
        is_map=field.message_type is not None and field.message_type.GetOptions().map_entry,
        is_repeated=field.is_repeated,
        may_be_unset=field.has_presence,
        read=_reader(field),
        write=_writer(field),
    )


# from a message


def _read_message(message: Message, path: str, issues: list[Issue]) -> Values:
    issues.extend(_unknown_fields(message, path))
    values: Values = {}
    for field in _fields(message.DESCRIPTOR):
        if field.name in _COMPUTED.get(message.DESCRIPTOR.full_name, ()):
            continue
        if field.may_be_unset and not message.HasField(field.name):
            continue
        value = _read_field(field, getattr(message, field.name), join_path(path, [field.name]), issues)
        if value is not ABSENT:
            values[field.name] = value
    return values


def _read_field(field: _Field, raw: Any, path: str, issues: list[Issue]) -> Any:
    if field.is_map:
        return dict(raw)
    if field.is_repeated:
        return [field.read(each, f"{path}[{place}]", issues) for place, each in enumerate(raw)]
    return field.read(raw, path, issues)


def _reader(field: FieldDescriptor) -> Read:
    if field.message_type is not None:
        return _READER_BY_MESSAGE.get(field.message_type.full_name, _read_message)
    if field.enum_type is not None:
        return _enum_reader(field.enum_type)
    if field.type == FieldDescriptor.TYPE_STRING and not (field.has_presence or field.is_repeated):
        return _read_string
    return _read_as_it_is


def _read_as_it_is(raw: Any, _path: str, _issues: list[Issue]) -> Any:
    return raw


def _read_string(raw: str, _path: str, _issues: list[Issue]) -> Any:
    # On the wire an empty string without presence cannot be told from one that was not sent.
    return raw or ABSENT


def _read_timestamp(raw: Timestamp, path: str, issues: list[Issue]) -> Any:
    if not (_EARLIEST_S <= raw.seconds < _LATEST_S and 0 <= raw.nanos < 10**9):
        issues.append(
            Issue(
                code=IssueCode.TIME_OUT_OF_RANGE,
                path=path,
                message=f"timestamp ({raw.seconds} s, {raw.nanos} ns) must be in [{_EARLIEST_S} s, {_LATEST_S} s), "
                "nanos in [0, 999999999]",
                hint="check the unit (seconds, not milliseconds) and the year",
            )
        )
        return ABSENT
    return _EPOCH + timedelta(seconds=raw.seconds, microseconds=raw.nanos // 1000)


def _read_duration(raw: Duration, path: str, issues: list[Issue]) -> Any:
    if abs(raw.seconds) > _LONGEST_S or abs(raw.nanos) >= 10**9 or raw.seconds * raw.nanos < 0:
        issues.append(
            Issue(
                code=IssueCode.TIME_OUT_OF_RANGE,
                path=path,
                message=f"duration ({raw.seconds} s, {raw.nanos} ns) must be at most {_LONGEST_S} s, "
                "nanos of the same sign and in [-999999999, 999999999]",
                hint="check the unit (seconds, not milliseconds)",
            )
        )
        return ABSENT
    return timedelta(seconds=raw.seconds, microseconds=int(raw.nanos / 1000))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_EARLIEST_S = (EARLIEST_INSTANT - _EPOCH) // _SECOND
_LATEST_S = (LATEST_INSTANT - _EPOCH) // _SECOND
_LONGEST_S = 315_576_000_000
"""10,000 years: what google.protobuf.Duration may hold."""

_READER_BY_MESSAGE: Mapping[str, Read] = {
    Timestamp.DESCRIPTOR.full_name: _read_timestamp,
    Duration.DESCRIPTOR.full_name: _read_duration,
}


def _enum_reader(enum: EnumDescriptor) -> Read:
    name_by_number = {number: name for name, number in _numbers(enum).items()}
    names = ", ".join(name_by_number.values())

    def read_enum(raw: int, path: str, issues: list[Issue]) -> Any:
        if raw in name_by_number:
            return name_by_number[raw]
        issues.append(
            Issue(
                code=IssueCode.VALUE_INVALID if raw else IssueCode.FIELD_REQUIRED,
                path=path,
                message=f"{enum.name} ({raw or 'unspecified'}) must be one of {names}",
                hint="name one; an unspecified value has no meaning",
            )
        )
        return ABSENT

    return read_enum


def _unknown_fields(message: Message, path: str) -> Iterator[Issue]:
    fields: Any = UnknownFieldSet(message)  # a sequence, which its stub does not say
    for unknown in fields:
        yield Issue(
            code=IssueCode.FIELD_UNKNOWN,
            path=path,
            message=f"{message.DESCRIPTOR.full_name} must have no field that this server does not know, "
            f"found number {unknown.field_number}",
            hint="use the proto files of the server's version",
        )


# to a message


def _values_for(descriptor: Descriptor, model: object, more: Mapping[str, object]) -> Values:
    computed = _COMPUTED.get(descriptor.full_name) or {}
    values: Values = {}
    for field in _fields(descriptor):
        value = more[field.name] if field.name in more else _value(model, field.name, computed)
        if value is not None:
            values[field.name] = _write_field(field, value)
    return values


def _value(model: object, name: str, computed: Mapping[str, Callable[[Any], Any]]) -> Any:
    return computed[name](model) if name in computed else getattr(model, name)


def _write_field(field: _Field, value: Any) -> Any:
    if field.is_map:
        return _write_map(value)
    if field.is_repeated:
        return [field.write(each) for each in value]
    return field.write(value)


def _write_map(value: Any) -> dict[str, Any]:
    """A dict as it is; a model of amounts (`Cost`) by its fields, without those that are 0."""
    if isinstance(value, Model):
        return {name: amount for name, amount in value if amount}
    return {str(key): each for key, each in value.items()}


def _writer(field: FieldDescriptor) -> Write:
    if field.message_type is not None:
        return _message_writer(field.message_type)
    if field.enum_type is not None:
        return _enum_writer(field.enum_type)
    return _write_plain


def _write_plain(value: Any) -> Any:
    """Local times of day are text on the wire: `08:00`."""
    return value.isoformat() if isinstance(value, time) else value


def _message_writer(descriptor: Descriptor) -> Write:
    if descriptor.full_name in _WRITER_BY_MESSAGE:
        return _WRITER_BY_MESSAGE[descriptor.full_name]
    message_type: Any = GetMessageClass(descriptor)
    return lambda model: message_type(**_values_for(descriptor, model, {}))


def _write_timestamp(instant: datetime) -> Timestamp:
    since = instant - _EPOCH
    return Timestamp(seconds=since // _SECOND, nanos=since.microseconds * 1000)


def _write_duration(duration: timedelta) -> Duration:
    seconds, rest = divmod(duration, _SECOND)
    return Duration(seconds=seconds, nanos=rest.microseconds * 1000)


_WRITER_BY_MESSAGE: Mapping[str, Write] = {
    Timestamp.DESCRIPTOR.full_name: _write_timestamp,
    Duration.DESCRIPTOR.full_name: _write_duration,
}


def _enum_writer(enum: EnumDescriptor) -> Write:
    numbers = _numbers(enum)
    return lambda value: numbers[str(value)]


@cache
def _numbers(enum: EnumDescriptor) -> Mapping[str, int]:
    """Number by name as the models spell it: CHANNEL_APP is APP."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {value.name.removeprefix(prefix): value.number for value in enum.values if value.number}


def enum_names(enum: EnumDescriptor) -> frozenset[str]:
    """The names that a `StrEnum` for this enum has to have."""
    return frozenset(_numbers(enum))


def _not_given(model: object) -> Any:
    raise TypeError(f"write() of a {type(model).__name__} needs this field as a keyword")


_COMPUTED: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "servanda.v1.SlaOption": {
        "earliest_fulfillment_time": lambda option: min(each.window.earliest for each in option.promises),
        "latest_fulfillment_time": lambda option: max(each.window.latest for each in option.promises),
        "cost_total": lambda option: option.cost.total,
    },
    "servanda.v1.Explanation": {"cost_difference_total": lambda found: found.cost_difference.total},
    "servanda.v1.PromisePrice": {
        "price": lambda found: found.price,
        "price_per_day": lambda found: found.price_per_day,
    },
    "servanda.v1.Plan": {"cost_total": lambda plan: plan.cost.total, "currency": _not_given},
}
"""Fields that a message has and its model has not: they go out and are never read."""

"""Errors to gRPC statuses with rich details: see `IssueList` in proto/servanda/v1/issue.proto."""

from collections.abc import Iterator, Mapping, Sequence

import grpc
from google.protobuf.any_pb2 import Any as Detail
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from servanda.v1 import issue_pb2

from models.issues import Expired, InputError, Issue, IssueCode, NotFound, ServandaError, SolveError, StateError
from server.rpc.convert import write

DETAILS_KEY = "grpc-status-details-bin"
"""The trailing metadata that carries a `google.rpc.Status`; its name is fixed by gRPC."""

DOMAIN = "servanda.v1"
MOST_BYTES = 4096
"""Of a serialized status. gRPC refuses headers of more than 8 KiB, in which it is base64."""

LONGEST = {"path": 120, "message": 300, "hint": 120}
"""Characters of an issue in a status, so that one issue always fits, even in Chinese."""

LONGEST_SUMMARY = 160
"""Characters; gRPC sends it once more, at up to nine bytes each."""

_CODE_BY_ISSUE: Mapping[IssueCode, grpc.StatusCode] = {
    IssueCode.CAPACITY_TAKEN: grpc.StatusCode.ABORTED,
    IssueCode.OPTION_OUTDATED: grpc.StatusCode.ABORTED,
    IssueCode.CONTRACT_OUTDATED: grpc.StatusCode.ABORTED,
    IssueCode.ROUTE_OUTDATED: grpc.StatusCode.ABORTED,
    IssueCode.RESOURCE_OUTDATED: grpc.StatusCode.ABORTED,
    IssueCode.OPERATION_INTERRUPTED: grpc.StatusCode.ABORTED,
    IssueCode.OPERATION_CANCELED: grpc.StatusCode.CANCELLED,
    IssueCode.REQUEST_ID_REUSED: grpc.StatusCode.ALREADY_EXISTS,
    IssueCode.ORDER_ALREADY_SUBMITTED: grpc.StatusCode.ALREADY_EXISTS,
    IssueCode.MESSAGE_TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    IssueCode.QUEUE_FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
    IssueCode.LEDGER_BUSY: grpc.StatusCode.UNAVAILABLE,
    IssueCode.LEDGER_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    IssueCode.PLAN_INVALID: grpc.StatusCode.INTERNAL,
    IssueCode.INTERNAL: grpc.StatusCode.INTERNAL,
}
"""What the code alone decides, whatever the family of the error."""

_CODE_BY_FAMILY: Sequence[tuple[type[ServandaError], grpc.StatusCode]] = (
    (InputError, grpc.StatusCode.INVALID_ARGUMENT),
    (NotFound, grpc.StatusCode.NOT_FOUND),
    (Expired, grpc.StatusCode.FAILED_PRECONDITION),
    (StateError, grpc.StatusCode.FAILED_PRECONDITION),
    (SolveError, grpc.StatusCode.INTERNAL),
)


def code_of(error: ServandaError) -> grpc.StatusCode:
    """The status code of an error; bad input is INVALID_ARGUMENT whatever is wrong with it."""
    by_family = next((code for family, code in _CODE_BY_FAMILY if isinstance(error, family)), grpc.StatusCode.INTERNAL)
    if by_family in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL):
        return by_family
    return _CODE_BY_ISSUE.get(error.issues[0].code, by_family)


def status_of(error: ServandaError) -> Status:
    """The whole story, or its beginning where it is too long for a response header."""
    return _status(code_of(error), error.issues)


def unforeseen_status() -> Status:
    """For an exception that nobody foresaw. Its text stays in the log: it may name what is not the caller's."""
    return _status(grpc.StatusCode.INTERNAL, _unforeseen())


def issues_in(status: Status) -> tuple[Issue, ...]:
    """The issues that a status carries: the reverse of `status_of`."""
    found = issue_pb2.IssueList()
    for detail in status.details:
        if detail.Unpack(found):
            break
    return tuple(_issue(each) for each in found.issues)


def _issue(message: issue_pb2.Issue) -> Issue:
    # A newer server may send a code that this version does not know.
    code = IssueCode(message.code) if message.code in set(IssueCode) else IssueCode.INTERNAL
    return Issue(code=code, path=message.path, message=message.message, hint=message.hint)


def _unforeseen() -> tuple[Issue, ...]:
    return (
        Issue(
            code=IssueCode.INTERNAL,
            path="",
            message="something unforeseen has happened; nothing was written",
            hint="report it with the server's log",
        ),
    )


def _status(code: grpc.StatusCode, issues: Sequence[Issue]) -> Status:
    carried = len(issues)
    while carried > 1 and _draw(code, issues, carried).ByteSize() > MOST_BYTES:
        carried = carried * 3 // 4
    return _draw(code, issues, carried)


def _draw(code: grpc.StatusCode, issues: Sequence[Issue], carried: int) -> Status:
    more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    status = Status(code=code.value[0], message=_cut(str(issues[0]), LONGEST_SUMMARY) + more)
    for detail in _details(code, issues, carried):
        packed = Detail()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def _details(code: grpc.StatusCode, issues: Sequence[Issue], carried: int) -> Iterator[Message]:
    yield ErrorInfo(reason=issues[0].code, domain=DOMAIN, metadata={"issues": str(len(issues))})
    shown = [_shortened(issue) for issue in issues[:carried]]
    yield issue_pb2.IssueList(issues=[write(issue_pb2.Issue, issue) for issue in shown])
    if code is grpc.StatusCode.INVALID_ARGUMENT:
        yield BadRequest(field_violations=[_violation(issue) for issue in shown])


def _violation(issue: Issue) -> BadRequest.FieldViolation:
    description = f"{issue.message} ({issue.hint})" if issue.hint else issue.message
    return BadRequest.FieldViolation(field=issue.path, reason=issue.code, description=description)


def _shortened(issue: Issue) -> Issue:
    return issue.model_copy(update={name: _cut(getattr(issue, name), most) for name, most in LONGEST.items()})


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."

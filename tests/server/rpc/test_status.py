"""Every error has its status, and its details tell the whole story."""

from base64 import b64encode
from urllib.parse import quote

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from models.issues import Conflict, Expired, InputError, Issue, IssueCode, NotFound, ServandaError, SolveError
from server.rpc.status import MOST_BYTES, issues_in, status_of, unforeseen_status
from server.turn import QueueFull


def an_issue(code: IssueCode = IssueCode.VALUE_INVALID, path: str = "orders[0].lines[0]", text: str = "rule") -> Issue:
    return Issue(code=code, path=path, message=text, hint="do this")


FAMILIES: list[tuple[type[ServandaError], IssueCode, grpc.StatusCode]] = [
    (InputError, IssueCode.SKU_UNKNOWN, grpc.StatusCode.INVALID_ARGUMENT),
    (InputError, IssueCode.OPTION_TOKEN_FOREIGN, grpc.StatusCode.INVALID_ARGUMENT),
    (NotFound, IssueCode.CONTRACT_NOT_FOUND, grpc.StatusCode.NOT_FOUND),
    (Expired, IssueCode.OPTION_EXPIRED, grpc.StatusCode.FAILED_PRECONDITION),
    (Expired, IssueCode.RESERVATION_EXPIRED, grpc.StatusCode.FAILED_PRECONDITION),
    (Conflict, IssueCode.CAPACITY_TAKEN, grpc.StatusCode.ABORTED),
    (Conflict, IssueCode.OPTION_OUTDATED, grpc.StatusCode.ABORTED),
    (Conflict, IssueCode.ROUTE_OUTDATED, grpc.StatusCode.ABORTED),
    (Conflict, IssueCode.CONTRACT_STATUS, grpc.StatusCode.FAILED_PRECONDITION),
    (Conflict, IssueCode.VISIT_STARTED, grpc.StatusCode.FAILED_PRECONDITION),
    (Conflict, IssueCode.REQUEST_ID_REUSED, grpc.StatusCode.ALREADY_EXISTS),
    (Conflict, IssueCode.ORDER_ALREADY_SUBMITTED, grpc.StatusCode.ALREADY_EXISTS),
    (Conflict, IssueCode.LEDGER_BUSY, grpc.StatusCode.UNAVAILABLE),
    (QueueFull, IssueCode.QUEUE_FULL, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (SolveError, IssueCode.PLAN_INVALID, grpc.StatusCode.INTERNAL),
]


@pytest.mark.parametrize(("family", "code", "expected"), FAMILIES, ids=[code for _, code, _ in FAMILIES])
def test_family_and_code_decide_the_status(
    family: type[ServandaError], code: IssueCode, expected: grpc.StatusCode
) -> None:
    assert status_of(family(an_issue(code))).code == expected.value[0]


def details_of(status: Status) -> tuple[ErrorInfo, BadRequest]:
    info, bad = ErrorInfo(), BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    return info, bad


def test_bad_input_names_every_field_with_code_and_description() -> None:
    issues = (an_issue(), an_issue(IssueCode.FIELD_REQUIRED, "request_id", "Field required"))
    status = status_of(InputError(*issues))
    info, bad = details_of(status)
    assert (info.domain, info.reason, dict(info.metadata)) == ("servanda.v1", "VALUE_INVALID", {"issues": "2"})
    assert [(each.field, each.reason, each.description) for each in bad.field_violations] == [
        ("orders[0].lines[0]", "VALUE_INVALID", "rule (do this)"),
        ("request_id", "FIELD_REQUIRED", "Field required (do this)"),
    ]
    assert issues_in(status) == issues
    assert status.message == "orders[0].lines[0]: VALUE_INVALID: rule (do this) (and 1 more)"


def test_a_state_error_has_no_bad_fields() -> None:
    _, bad = details_of(status_of(Conflict(an_issue(IssueCode.CAPACITY_TAKEN))))
    assert not bad.field_violations


@pytest.mark.parametrize("number", [1, 20, 5000])
def test_a_status_fits_into_a_response_header_however_much_is_wrong(number: int) -> None:
    issues = [an_issue(path=f"orders[{place}].place", text="错" * 5000) for place in range(number)]
    status = status_of(InputError(*issues))
    assert status.ByteSize() <= MOST_BYTES
    assert len(b64encode(status.SerializeToString())) + len(quote(status.message)) < 8 * 1024 - 500
    assert issues_in(status)[0].path == "orders[0].place"
    assert details_of(status)[0].metadata["issues"] == str(number)


def test_an_unforeseen_exception_says_nothing_of_itself() -> None:
    status = unforeseen_status()
    assert status.code == grpc.StatusCode.INTERNAL.value[0]
    assert [issue.code for issue in issues_in(status)] == [IssueCode.INTERNAL]


def test_a_code_of_a_newer_server_is_readable_all_the_same() -> None:
    status = status_of(InputError(an_issue()))
    newer = Status.FromString(status.SerializeToString().replace(b"VALUE_INVALID", b"VALUE_UNHEARD"))
    assert [issue.code for issue in issues_in(newer)] == [IssueCode.INTERNAL]

"""What is wrong with an input, and the exceptions that carry it.

    ServandaError
    +-- InputError       bad input; carries every `Issue` found
    +-- SolveError       a solver broke its own rules (a defect of ours)
    +-- StateError       the input is fine, the state of the ledger is not
        +-- NotFound
        +-- Conflict     somebody else took it, or it changed meanwhile: try again
        +-- Expired      a quote or a hold is past its `expire_time`

A business "no" is none of these: it is data (`models.plan.Unplanned`, `models.option.Refusal`).
"""

import re
from collections.abc import Iterable
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError


class Severity(StrEnum):
    ERROR = "ERROR"
    WARNING = "WARNING"


class IssueCode(StrEnum):
    """Stable by promise: a code is never renamed and never changes its meaning."""

    # shape of the input
    FIELD_REQUIRED = "FIELD_REQUIRED"
    FIELD_UNKNOWN = "FIELD_UNKNOWN"
    VALUE_INVALID = "VALUE_INVALID"
    SYNTAX_INVALID = "SYNTAX_INVALID"
    FILE_MISSING = "FILE_MISSING"
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    # rules of one value
    ID_DUPLICATE = "ID_DUPLICATE"
    REFERENCE_DANGLING = "REFERENCE_DANGLING"
    TIME_OUT_OF_RANGE = "TIME_OUT_OF_RANGE"
    TIME_WITHOUT_ZONE = "TIME_WITHOUT_ZONE"
    INTERVAL_EMPTY = "INTERVAL_EMPTY"
    WINDOW_REVERSED = "WINDOW_REVERSED"
    WINDOWS_OVERLAP = "WINDOWS_OVERLAP"
    HOURS_INVALID = "HOURS_INVALID"
    RING_INVALID = "RING_INVALID"
    WINDOW_IN_THE_PAST = "WINDOW_IN_THE_PAST"
    QUANTITY_NOT_POSITIVE = "QUANTITY_NOT_POSITIVE"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    PLACE_OUT_OF_RANGE = "PLACE_OUT_OF_RANGE"
    PLACE_NOT_REACHABLE = "PLACE_NOT_REACHABLE"
    LINK_CYCLE = "LINK_CYCLE"
    LADDER_NOT_INCREASING = "LADDER_NOT_INCREASING"
    BREAK_MISPLACED = "BREAK_MISPLACED"
    OVERTIME_EXCEEDED = "OVERTIME_EXCEEDED"
    # orders and customers
    SKU_UNKNOWN = "SKU_UNKNOWN"
    SERVICE_LEVEL_UNKNOWN = "SERVICE_LEVEL_UNKNOWN"
    ORDER_WITHOUT_IDENTITY = "ORDER_WITHOUT_IDENTITY"
    ORDER_ALREADY_SUBMITTED = "ORDER_ALREADY_SUBMITTED"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    IDENTITY_CONFLICT = "IDENTITY_CONFLICT"
    ORDER_NOT_DETACHABLE = "ORDER_NOT_DETACHABLE"
    # options, reservations, contracts
    OPTION_TOKEN_INVALID = "OPTION_TOKEN_INVALID"
    OPTION_TOKEN_FOREIGN = "OPTION_TOKEN_FOREIGN"
    OPTION_EXPIRED = "OPTION_EXPIRED"
    OPTION_OUTDATED = "OPTION_OUTDATED"
    CAPACITY_TAKEN = "CAPACITY_TAKEN"
    CONTRACT_NOT_FOUND = "CONTRACT_NOT_FOUND"
    CONTRACT_STATUS = "CONTRACT_STATUS"
    WISH_CONTRADICTORY = "WISH_CONTRADICTORY"
    COUNTER_OFFERS_USED_UP = "COUNTER_OFFERS_USED_UP"
    RESERVATION_NOT_FOUND = "RESERVATION_NOT_FOUND"
    RESERVATION_EXPIRED = "RESERVATION_EXPIRED"
    RESERVATION_STATE = "RESERVATION_STATE"
    VISIT_STARTED = "VISIT_STARTED"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    PAGE_TOKEN_INVALID = "PAGE_TOKEN_INVALID"
    CURSOR_INVALID = "CURSOR_INVALID"
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
    CLOCK_BACKWARDS = "CLOCK_BACKWARDS"
    WORLD_MISMATCH = "WORLD_MISMATCH"
    ADDRESS_NOT_LOOPBACK = "ADDRESS_NOT_LOOPBACK"
    # resources and policy at run time
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    RESOURCE_OUTDATED = "RESOURCE_OUTDATED"
    RESOURCE_UNDER_WAY = "RESOURCE_UNDER_WAY"
    POLICY_CONFLICT = "POLICY_CONFLICT"
    # scenarios
    SCENARIO_CONTRADICTORY = "SCENARIO_CONTRADICTORY"
    CHANGE_NOT_SUPPORTED = "CHANGE_NOT_SUPPORTED"
    SCENARIO_NOT_FOUND = "SCENARIO_NOT_FOUND"
    # the ledger
    CONTRACT_OUTDATED = "CONTRACT_OUTDATED"
    ROUTE_OUTDATED = "ROUTE_OUTDATED"
    LEDGER_BUSY = "LEDGER_BUSY"
    LEDGER_LOCKED = "LEDGER_LOCKED"
    LEDGER_UNAVAILABLE = "LEDGER_UNAVAILABLE"
    # the command line
    SERVER_UNREACHABLE = "SERVER_UNREACHABLE"
    ENGINE_NOT_INSTALLED = "ENGINE_NOT_INSTALLED"
    CHECKOUT_NEEDED = "CHECKOUT_NEEDED"
    # the server
    QUEUE_FULL = "QUEUE_FULL"
    ADDRESS_IN_USE = "ADDRESS_IN_USE"
    OPERATION_CANCELED = "OPERATION_CANCELED"
    OPERATION_INTERRUPTED = "OPERATION_INTERRUPTED"
    REPORT_NOT_FOUND = "REPORT_NOT_FOUND"
    # the oracle
    ORACLE_SCOPE = "ORACLE_SCOPE"
    # ours
    PLAN_INVALID = "PLAN_INVALID"
    INTERNAL = "INTERNAL"


class Issue(BaseModel, frozen=True):
    """One thing that is wrong.

    Parameters
    ----------
    path
        Where: `orders[2].lines[0].quantity`, or `file:line` with the field for a world file.
    message
        The rule with both values: `earliest (5) must be <= latest (3)`.
    hint
        What to do about it.
    """

    code: IssueCode
    severity: Severity = Severity.ERROR
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.code}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class ServandaError(Exception):
    """Root of all errors; always carries at least one issue."""

    def __init__(self, *issues: Issue) -> None:
        super().__init__("; ".join(map(str, issues)))
        self.issues = issues


class InputError(ServandaError):
    """The input breaks a rule. All issues of one input come together."""


class SolveError(ServandaError):
    """A solver produced something that the checker refuses."""


class StateError(ServandaError):
    """The input is well formed but does not fit the state of things."""


class NotFound(StateError):
    """No such thing for this tenant."""


class Conflict(StateError):
    """It changed or was taken meanwhile."""


class Expired(StateError):
    """Its `expire_time` has passed."""


def broken_rule(code: IssueCode, message: str, *, hint: str, **values: Any) -> PydanticCustomError:
    """The error that a validator raises: `message` is a template over `values`."""
    return PydanticCustomError(code.value, message, {**values, "hint": hint})


def one_of(model: BaseModel, *names: str) -> None:
    """Refuse a model of which not exactly one of these fields is given."""
    given = [name for name in names if getattr(model, name) not in (None, ())]
    if len(given) != 1:
        raise broken_rule(
            IssueCode.FIELD_REQUIRED,
            "number of {names} that are given ({count}) must be 1",
            hint="give exactly one of them",
            names=", ".join(names),
            count=len(given),
        )


_OWN_CODES = frozenset(code.value for code in IssueCode)
_CODE_BY_PYDANTIC_TYPE = {
    "missing": (IssueCode.FIELD_REQUIRED, "add this field"),
    "extra_forbidden": (IssueCode.FIELD_UNKNOWN, "remove the field or correct its name"),
    "timezone_aware": (
        IssueCode.TIME_WITHOUT_ZONE,
        "write the instant with its offset, e.g. 2026-03-02T07:00:00+08:00",
    ),
}
_OF_A_KEY = "[key]"
"""Stands last in pydantic's path to a key of a mapping; the key itself stands before it."""


def issues_of(error: ValidationError, *, path: str = "") -> tuple[Issue, ...]:
    """Every issue of a pydantic error; `path` goes in front of each."""
    return tuple(_issue(details, path) for details in error.errors(include_url=False) if not _is_echo(details))


def _is_echo(details: Any) -> bool:
    # pydantic counts only the valid members of a tuple and calls it too short beside what is wrong in it.
    return details["type"] == "too_short" and bool(len(details["input"]) >= details["ctx"]["min_length"])


def _issue(details: Any, prefix: str) -> Issue:
    kind = str(details["type"])
    path = join_path(prefix, (step for step in details["loc"] if step != _OF_A_KEY))
    if kind in _OWN_CODES:
        return Issue(code=IssueCode(kind), path=path, message=details["msg"], hint=details["ctx"]["hint"])
    code, hint = _CODE_BY_PYDANTIC_TYPE.get(
        kind, (IssueCode.VALUE_INVALID, "see the field's documentation for what it may hold")
    )
    return Issue(code=code, path=path, message=_rule(kind, details), hint=hint)


def _rule(kind: str, details: Any) -> str:
    """The rule with both values, where pydantic gives one only."""
    match kind:
        case "missing":
            return f"field ({details['loc'][-1]}) must be given"
        case "extra_forbidden":
            return f"field ({details['loc'][-1]}) must be one that the format has"
        case "too_long" | "too_short":
            return f"number of entries ({len(details['input'])}) must be {_bound(details)}"
        case "string_too_long" | "string_too_short":
            return f"length ({len(details['input'])}) must be {_bound(details)}"
        case "literal_error":
            # What may stand there, without the name that it has in Python.
            expected = re.sub(r"<[\w.]+: ('[^']*')>", r"\1", details["ctx"]["expected"])
            return f"Input should be {expected}, got {_shorten(details.get('input'))}"
    return f"{details['msg']}, got {_shorten(details.get('input'))}"


def _bound(details: Any) -> str:
    least, most = (details["ctx"].get(name) for name in ("min_length", "max_length"))
    return f">= {least}" if most is None else f"<= {most}"


def _shorten(value: object, most: int = 80) -> str:
    text = str(value) if isinstance(value, date | time | timedelta) else repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def join_path(prefix: str, parts: Iterable[str | int]) -> str:
    """`orders` + ("lines", 0, "quantity") -> `orders.lines[0].quantity`."""
    path = prefix
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path

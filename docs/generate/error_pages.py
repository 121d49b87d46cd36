"""A page for each code of an issue, and their index, from the registry `models/issue_catalogue.py`."""

from collections.abc import Iterator
from itertools import groupby

from models.issue_catalogue import ISSUE_CATALOGUE, CodeEntry
from models.issues import (
    Conflict,
    Expired,
    InputError,
    Issue,
    IssueCode,
    NotFound,
    ServandaError,
    SolveError,
    StateError,
)
from server.exit_codes import ServerUnreachable, exit_code_of
from server.rpc.status import code_of

WRITTEN = "<!-- Written by `python -m docs.generate` from models/issue_catalogue.py; do not edit. -->"

_KINDS: tuple[tuple[type[ServandaError], str], ...] = (
    (InputError, "Bad input"),
    (NotFound, "State: not found"),
    (Expired, "State: expired"),
    (Conflict, "State: conflict"),
    (StateError, "State"),
    (SolveError, "A defect of ours"),
    (ServerUnreachable, "No answer"),
)


def error_pages() -> Iterator[tuple[str, str]]:
    """Name within docs/errors/ and text of each page, the index first."""
    yield "README.md", _index()
    for entry in ISSUE_CATALOGUE:
        yield f"{entry.code}.md", _page(entry)


def _index() -> str:
    groups = groupby(ISSUE_CATALOGUE, key=lambda entry: entry.group)
    tables = "\n".join(_table(group, tuple(entries)) for group, entries in groups)
    return (
        f"{WRITTEN}\n\n# Issue codes\n\nEach code has a page of its own, with an example, its gRPC status and its exit "
        f"code. What an issue is, and all other codes: [Errors](../errors.md).\n\n{tables}"
    )


def _table(group: str, entries: tuple[CodeEntry, ...]) -> str:
    rows = "".join(f"| [`{each.code}`]({each.code}.md) | {each.cause} | {each.action} |\n" for each in entries)
    return f"## {group}\n\n| code | cause | action |\n|---|---|---|\n{rows}"


def _page(entry: CodeEntry) -> str:
    example = Issue(code=entry.code, path=entry.path, message=entry.message)
    return (
        f"{WRITTEN}\n\n# {entry.code}\n\n**Cause.** {entry.cause}\n\n**Action.** {entry.action}\n\n"
        f"For example, path and message:\n\n```\n{example}\n```\n\n"
        f"{_outcomes(entry)}\n[All issue codes](README.md) · [Errors](../errors.md)\n"
    )


def _outcomes(entry: CodeEntry) -> str:
    said = f"{entry.comes_as}\n\n" if entry.comes_as else ""
    if not entry.raised_as:
        return f"{entry.comes_as}\n"
    head = "| | exit code |\n|---|---|\n" if entry.local else "| | gRPC status | exit code |\n|---|---|---|\n"
    return said + head + "".join(_outcome(error, local=entry.local) for error in _errors(entry))


def _errors(entry: CodeEntry) -> Iterator[ServandaError]:
    if entry.code is IssueCode.SERVER_UNREACHABLE:
        yield ServerUnreachable(entry.path, entry.message)
    for family in entry.raised_as if entry.code is not IssueCode.SERVER_UNREACHABLE else ():
        yield family(Issue(code=entry.code, path=entry.path, message=entry.message))


def _outcome(error: ServandaError, *, local: bool) -> str:
    kind = next(kind for family, kind in _KINDS if isinstance(error, family))
    status = "" if local else f" `{code_of(error).name}` |"
    return f"| {kind} |{status} {exit_code_of(error)} |\n"

"""JSON files that a person hands over: orders and plans."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from models.issues import InputError, Issue, IssueCode, issues_of
from models.order import Order
from models.plan_file import PlanFile

_ORDERS = TypeAdapter(dict[str, tuple[Order, ...]])


def read_orders(file: Path) -> tuple[Order, ...]:
    """Read a list of orders, or `{"orders": [...]}`.

    Raises
    ------
    InputError
        FILE_MISSING, SYNTAX_INVALID with the line, or every issue of every order.
    """
    orders, issues = list[Order](), list[Issue]()
    for position, entry in enumerate(_entries(file)):
        try:
            # Through JSON and not through Python: only there may an instant or a duration be text.
            orders.append(Order.model_validate_json(json.dumps(entry)))
        except ValidationError as error:
            issues += issues_of(error, path=f"{file} orders[{position}]")
    if issues:
        raise InputError(*issues)
    return tuple(orders)


def _entries(file: Path) -> list[Any]:
    content = _read(file)
    entries = content.get("orders") if isinstance(content, dict) and set(content) == {"orders"} else content
    if not isinstance(entries, list) or not entries:
        found = "no order" if entries == [] else f"a JSON {type(entries).__name__}"
        message = f'a file of orders must hold a list of at least one order or {{"orders": [...]}}, and holds {found}'
        raise InputError(_issue(IssueCode.VALUE_INVALID, str(file), message, hint="docs/wire.md shows an order"))
    return entries


def read_plan(file: Path) -> PlanFile:
    """Read what `write_plan` wrote.

    Raises
    ------
    InputError
        FILE_MISSING, SYNTAX_INVALID with the line, or every issue of every field.
    """
    try:
        return PlanFile.model_validate_json(json.dumps(_read(file)))
    except ValidationError as error:
        raise InputError(*issues_of(error, path=str(file))) from error


def write_plan(file: Path, plan: PlanFile) -> None:
    """Write the whole file or, if that fails, leave the old one as it was.

    Raises
    ------
    InputError
        FILE_MISSING: it cannot be written there.
    """
    write_text(file, plan.model_dump_json(indent=1))


def write_orders(file: Path, orders: Iterable[Order]) -> None:
    """Write what `read_orders` reads: the whole file or, if that fails, leave the old one as it was.

    Raises
    ------
    InputError
        FILE_MISSING: it cannot be written there.
    """
    document = _ORDERS.dump_json({"orders": tuple(orders)}, exclude_defaults=True, indent=1)
    write_text(file, document.decode())


def write_text(file: Path, text: str) -> None:
    """Write the whole file or, if that fails, leave the old one as it was.

    Raises
    ------
    InputError
        FILE_MISSING: it cannot be written there.
    """
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise InputError(not_writable(file, str(error.strerror))) from error


def check_writable(file: Path) -> None:
    """Find out before the work begins that its result could not be kept.

    Raises
    ------
    InputError
        FILE_MISSING.
    """
    if file.is_dir():
        raise InputError(not_writable(file, "it is a folder"))
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise InputError(not_writable(file, f"{file.parent} is not there or not writable"))


def not_writable(file: Path, why: str) -> Issue:
    """A result cannot be kept where it should be."""
    message = f"a result must be written to a folder that exists, and {file} cannot be: {why}"
    return _issue(IssueCode.FILE_MISSING, str(file), message, hint="correct the path")


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"a file must exist and be readable, and {file} is not: {error.strerror}"
        raise InputError(_issue(IssueCode.FILE_MISSING, str(file), message, hint="correct the path")) from error
    except json.JSONDecodeError as error:
        message = f"a file must be JSON: {error.msg} in column {error.colno}"
        raise InputError(_syntax(f"{file}:{error.lineno}", message)) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise InputError(_syntax(str(file), f"a file must be JSON in UTF-8: {error}")) from error


def _syntax(path: str, message: str) -> Issue:
    return _issue(IssueCode.SYNTAX_INVALID, path, message, hint="correct the file at this line")


def _issue(code: IssueCode, path: str, message: str, *, hint: str) -> Issue:
    return Issue(code=code, path=path, message=message, hint=hint)

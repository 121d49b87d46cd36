"""What a command says, and how: text for people, JSON for programs."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.issues import Issue

if TYPE_CHECKING:
    from models.plan import Violation


def print_text(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


def print_json(document: Any) -> None:
    """Models and everything that JSON knows, on one line: a stream of documents stays readable by line."""
    print_text(json.dumps(document, default=_plain, ensure_ascii=False))


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json")


def report(issues: Sequence[Issue], *, as_json: bool) -> None:
    if as_json:
        text = json.dumps({"issues": [issue.model_dump(mode="json") for issue in issues]}, ensure_ascii=False)
    else:
        text = "\n".join(map(str, issues))
    sys.stderr.write(text + "\n")


def print_violations(violations: "Sequence[Violation]") -> None:
    for violation in violations:
        print_text(f"{violation.path}: {violation.code}: {violation.message}")
    print_text(f"{len(violations)} violations")

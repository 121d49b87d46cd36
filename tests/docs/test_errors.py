"""The enums, the registry of codes, the pages and docs/errors.md say the same."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_core import PydanticKnownError

from docs.generate.error_pages import error_pages
from models.issue_catalogue import ISSUE_CATALOGUE, CodeEntry
from models.issues import IssueCode
from models.plan import ReasonCode
from server.exit_codes import ExitCode

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ERRORS = (DOCS / "errors.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
LEAST_OF_ITS_OWN = 8
"""Characters that a template has of its own to be one of a message."""


def section(title: str) -> str:
    """The text under a heading of the second level."""
    return re.split(r"^## ", ERRORS.split(f"\n## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_issue_code_stands_once_in_the_registry() -> None:
    codes = [entry.code for entry in ISSUE_CATALOGUE]
    missing = set(IssueCode) - set(codes)
    assert missing == set(), "add a CodeEntry to models/issue_catalogue.py, then run python -m docs.generate"
    assert len(codes) == len(set(codes))


def test_every_issue_code_has_the_page_that_the_registry_says_and_there_is_no_other() -> None:
    present = {file.name: file.read_text(encoding="utf-8") for file in (DOCS / "errors").iterdir()}
    assert present == dict(error_pages()), "run python -m docs.generate"


def test_the_groups_of_the_registry_are_not_torn_apart() -> None:
    groups = [entry.group for entry in ISSUE_CATALOGUE]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)


def test_every_reason_code_is_explained_once_and_nothing_else_is() -> None:
    documented = [code for code, _, _ in ROW.findall(section("Reason codes"))]
    assert sorted(documented) == sorted(ReasonCode), "add a row to the reason codes of docs/errors.md"


def test_every_code_has_a_cause_and_an_action_in_whole_sentences() -> None:
    entries = [(entry.code, entry.cause, entry.action) for entry in ISSUE_CATALOGUE]
    for code, cause, action in entries + ROW.findall(section("Reason codes")):
        assert cause.endswith("."), code
        assert action.endswith("."), code


def test_every_code_says_how_it_comes() -> None:
    assert [entry.code for entry in ISSUE_CATALOGUE if not entry.raised_as and not entry.comes_as] == []


@pytest.mark.parametrize("entry", ISSUE_CATALOGUE, ids=lambda entry: str(entry.code))
def test_the_example_of_a_code_is_a_message_that_the_code_base_makes(entry: CodeEntry) -> None:
    assert any(template.fullmatch(entry.message) for template in TEMPLATES), entry.message


def test_every_exit_code_is_explained() -> None:
    documented = re.findall(r"^\| (\d+) \| .+\. \|$", section("Exit codes of `servanda`"), flags=re.MULTILINE)
    assert [int(code) for code in documented] == sorted(ExitCode)


def templates() -> Iterator[re.Pattern[str]]:
    """Every text in the code base that a message may have been made from; values stand for anything."""
    packages = [ROOT / name for name in ("models", "solver", "scenarios", "server", "benchmarks")]
    for file in (file for package in packages for file in package.rglob("*.py")):
        if file.name != "issue_catalogue.py":
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                yield from template_of(node)
    # The one message that pydantic words: see `models.issues`.
    yield from template_of(ast.Constant(PydanticKnownError("timezone_aware").message() + ", got {value}"))


def template_of(node: ast.AST) -> Iterator[re.Pattern[str]]:
    match node:
        case ast.JoinedStr(values=values):
            parts = [str(value.value) if isinstance(value, ast.Constant) else None for value in values]
        case ast.Constant(value=str() as text):
            parts = [part if n % 2 == 0 else None for n, part in enumerate(re.split(r"(\{\w+\})", text))]
        case _:
            return
    if sum(len(part.strip(" ()")) for part in parts if part) >= LEAST_OF_ITS_OWN:
        text = "".join(".*" if part is None else re.escape(part) for part in parts)
        yield re.compile(rf"{text}( \(.*\))?", re.DOTALL)


TEMPLATES = tuple(templates())

"""docs/errors.md and the code say the same."""

import re
from pathlib import Path

import pytest

from models.issues import IssueCode
from models.plan import ReasonCode
from server.exit_codes import ExitCode

ERRORS = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def section(title: str) -> str:
    """The text under a heading of the second level."""
    return re.split(r"^## ", ERRORS.split(f"\n## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize(("title", "codes"), [("Issue codes", IssueCode), ("Reason codes", ReasonCode)])
def test_every_code_is_explained_once_and_nothing_else_is(title: str, codes: type[IssueCode | ReasonCode]) -> None:
    documented = [code for code, _, _ in ROW.findall(section(title))]
    assert sorted(documented) == sorted(codes)


@pytest.mark.parametrize("title", ["Issue codes", "Reason codes"])
def test_every_code_has_a_cause_and_an_action_in_whole_sentences(title: str) -> None:
    for code, cause, action in ROW.findall(section(title)):
        assert cause.endswith("."), code
        assert action.endswith("."), code


def test_every_exit_code_is_explained() -> None:
    documented = re.findall(r"^\| (\d+) \| .+\. \|$", section("Exit codes of `servanda`"), flags=re.MULTILINE)
    assert [int(code) for code in documented] == sorted(ExitCode)

"""docs/calls.md has an example of every call, and its answers are what a server answers."""

from docs.generate.calls import every_method, shown_methods
from docs.generate.pages import CALLS, DOCS, played_calls

PAGE = (DOCS / CALLS).read_text(encoding="utf-8")


def test_every_call_has_one_example_and_nothing_else_has() -> None:
    assert sorted(shown_methods(PAGE)) == sorted(every_method()), "add a section to docs/calls.md, or remove it"


def test_the_answers_are_those_of_a_server() -> None:
    assert played_calls() == PAGE, "if the new answers are right: python -m docs.generate --calls"

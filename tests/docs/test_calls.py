"""docs/calls.md has an example of every call, and its answers are what a server answers."""

import pytest

from docs.generate.calls import Call, Json, every_method, played, shown_methods
from docs.generate.pages import CALLS, DOCS, played_calls

PAGE = (DOCS / CALLS).read_text(encoding="utf-8")


def test_every_call_has_one_example_and_nothing_else_has() -> None:
    assert sorted(shown_methods(PAGE)) == sorted(every_method()), "add a section to docs/calls.md, or remove it"


def test_the_answers_are_those_of_a_server() -> None:
    assert played_calls() == PAGE, "if the new answers are right: python -m docs.generate --calls"


SECTION = """## a.Service
### Ask
```json
{"id": "<thing>"}
```
```json
{"id": "<thing>", "n": 0, "list": [{"x": 0}, "..."], "token": "..."}
```
"""


ANSWER = {"id": "7", "n": 5, "list": [{"x": 1, "y": 2}, {"x": 3}], "token": "abc", "hidden": 1}


def answering(*answers: Json) -> Call:
    """A server that gives these answers, one after another."""
    left = iter(answers)

    def call(service: str, method: str, request: Json) -> Json:
        return next(left)

    return call


def test_what_an_answer_shows_is_written_anew_and_the_rest_of_it_is_not_shown() -> None:
    assert '{"id": "<thing>", "n": 5, "list": [{"x": 1}, "..."], "token": "..."}' in played(SECTION, answering(ANSWER))


def test_a_name_stands_for_one_value_only() -> None:
    twice = SECTION + SECTION.replace("## a.Service", "").replace("### Ask", "### Again")
    page = played(twice, answering(ANSWER, ANSWER | {"id": "8"}))
    assert page.count('{"id": "<thing>", "n"') == 1
    assert '{"id": "8", "n"' in page


@pytest.mark.parametrize("answer", [ANSWER | {"list": []}, {"id": "7"}])
def test_an_answer_that_lacks_what_is_shown_is_reported(answer: Json) -> None:
    with pytest.raises(ValueError, match=r"^Ask must answer what the page shows: "):
        played(SECTION, answering(answer))

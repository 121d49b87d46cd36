"""A scenario as JSON text, from whoever is not on this machine: bounded, and with the path to what is wrong."""

import json
from functools import partial
from typing import Any, NoReturn

from pydantic import ValidationError

from models.issues import InputError, Issue, IssueCode, join_path
from models.scenario import Scenario
from scenarios.documents import Loc
from scenarios.whatif.scenario_files import ScenarioFile, located

MOST_CHANGES = 200


def parse_scenario(text: str, *, name: str) -> ScenarioFile:
    """The scenario that a text holds.

    Not YAML: a file of a few lines can, by its aliases, stand for more than any memory holds.

    Parameters
    ----------
    name
        What paths begin with.

    Raises
    ------
    InputError
        SYNTAX_INVALID, or every issue of every field.
    """
    path = partial(_path, name)
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(_not_json(name, error)) from error
    if issues := _beyond(data, name):
        raise InputError(*issues)
    try:
        return ScenarioFile(Scenario.model_validate(data), path)
    except ValidationError as error:
        raise InputError(*located(error, path)) from error


def _path(name: str, loc: Loc) -> str:
    return join_path(name, loc)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(
            f"a key must stand once in an object, and {next(k for k in keys if keys.count(k) > 1)} does not"
        )
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _beyond(data: Any, name: str) -> list[Issue]:
    """What a file may say, and a text from elsewhere may not."""
    if not isinstance(data, dict):
        return []
    issues = []
    if data.get("base") is not None:
        message = f"{name}.base must not be given: its files would be those of this machine"
        hint = "say by the request's ground what the scenario stands on"
        issues.append(Issue(code=IssueCode.VALUE_INVALID, path=f"{name}.base", message=message, hint=hint))
    changes = data.get("changes")
    if isinstance(changes, list) and len(changes) > MOST_CHANGES:
        message = f"number of changes ({len(changes)}) must be <= {MOST_CHANGES}"
        hint = "make fewer and larger changes"
        issues.append(Issue(code=IssueCode.VALUE_INVALID, path=f"{name}.changes", message=message, hint=hint))
    return issues


def _not_json(name: str, error: Exception) -> Issue:
    said = "nested too deep" if isinstance(error, RecursionError) else str(error)[:200]
    return Issue(
        code=IssueCode.SYNTAX_INVALID,
        path=name,
        message=f"{name} must be a scenario in JSON: {said}",
        hint="send what the scenario's file says as JSON",
    )

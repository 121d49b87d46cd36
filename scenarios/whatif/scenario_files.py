"""Scenarios in YAML: read with file and line, found in the library by name, described by a JSON Schema."""

import difflib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from models.base import Model
from models.issues import InputError, Issue, IssueCode, issues_of
from models.scenario import Change, Scenario
from scenarios.documents import Loc, read_yaml, unknown_field
from scenarios.whatif.apply import plain_path
from scenarios.world_files import known_fields, schema_of

LIBRARY = Path(__file__).parents[1] / "library"
SCHEMA = LIBRARY / "schema" / "scenario.json"

MODEL_BY_CHANGE: dict[str, type[Model]] = {
    model.model_fields["change"].default: model for model in get_args(get_args(Change)[0])
}
"""What `change:` may say, and what the change then holds."""


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario, and where its fields stand, for those who find fault with it."""

    scenario: Scenario
    path: Callable[[Loc], str] = plain_path
    folder: Path | None = None


def library() -> tuple[str, ...]:
    """Names of the scenarios that come with Servanda, for the demo's world."""
    return tuple(sorted(file.stem for file in LIBRARY.glob("*.yaml")))


def read_scenario(named: str | Path) -> ScenarioFile:
    """A scenario from a file, or from the library by its name.

    Raises
    ------
    InputError
        FILE_MISSING, SYNTAX_INVALID, or every issue of every field with file and line.
    """
    document = read_yaml(_file(named))
    issues = list(document.issues)
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        raise InputError(*issues, *located(error, document.path)) from error
    if issues:
        raise InputError(*issues)
    return ScenarioFile(scenario, document.path, _file(named).parent)


def read_scenarios(named: Sequence[str | Path]) -> tuple[ScenarioFile, ...]:
    """Several, with all that is wrong with any of them; their names must be distinct.

    Raises
    ------
    InputError
        See `read_scenario`; ID_DUPLICATE.
    """
    found, issues = list[ScenarioFile](), list[Issue]()
    for each in named:
        try:
            found.append(read_scenario(each))
        except InputError as error:
            issues += error.issues
    first: dict[str, str] = {"base": "the base"}
    for file in found:
        name, path = file.scenario.name, file.path(("name",))
        if name in first:
            message = f"name ({name}) must be distinct, and is the same as that of {first[name]}"
            issues.append(Issue(code=IssueCode.ID_DUPLICATE, path=path, message=message, hint="rename one of the two"))
        first[name] = path
    if issues:
        raise InputError(*issues)
    return tuple(found)


def _file(named: str | Path) -> Path:
    file = Path(named)
    if file.is_file():
        return file
    if str(named) in library():
        return LIBRARY / f"{named}.yaml"
    nearest = difflib.get_close_matches(str(named), library(), n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"the library has {', '.join(library())}"
    message = f"a scenario must be a file or the name of one in the library, and {named} is neither"
    raise InputError(Issue(code=IssueCode.FILE_MISSING, path=str(named), message=message, hint=hint))


def located(error: ValidationError, path: Callable[[Loc], str]) -> list[Issue]:
    """What is wrong with a scenario, where it stands."""
    found = []
    for details, issue in zip(error.errors(include_url=False), issues_of(error), strict=True):
        tagged = tuple(step for step in details["loc"] if step != "[key]")
        loc = _untagged(tagged)
        if issue.code is IssueCode.FIELD_UNKNOWN:
            found.append(unknown_field(path(loc), str(loc[-1]), _known(tagged)))
        elif details["type"] in ("union_tag_invalid", "union_tag_not_found"):
            found.append(_unknown_change(path((*loc, "change")), details["input"]))
        else:
            found.append(issue.model_copy(update={"path": path(loc)}))
    return found


def _untagged(loc: Loc) -> Loc:
    """Without what `change:` says, which pydantic puts behind the position of a change."""
    return (*loc[:2], *loc[3:]) if len(loc) > 2 and loc[0] == "changes" else loc


def _known(tagged: Loc) -> tuple[str, ...]:
    if len(tagged) > 3 and tagged[0] == "changes":
        return known_fields(MODEL_BY_CHANGE[str(tagged[2])], tagged[3:-1])
    return known_fields(Scenario, tagged[:-1])


def _unknown_change(path: str, given: Any) -> Issue:
    value = given.get("change") if isinstance(given, dict) else given
    nearest = difflib.get_close_matches(str(value), MODEL_BY_CHANGE, n=1)
    return Issue(
        code=IssueCode.VALUE_INVALID,
        path=path,
        message=f"change ({value}) must be one of {', '.join(MODEL_BY_CHANGE)}",
        hint=f"did you mean {nearest[0]}?" if nearest else "docs/whatif.md says what each of them does",
    )


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of a scenario's file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema_of(Scenario)}


def write_schema() -> None:
    """Write the schema to the file that the first line of every scenario in the library names."""
    SCHEMA.parent.mkdir(exist_ok=True)
    SCHEMA.write_text(json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

"""Files of a world as plain data in which every value still knows its line."""

import csv
import difflib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from models.issues import InputError, Issue, IssueCode, join_path

Loc = tuple[str | int, ...]
"""The way to a value: keys of mappings and positions in lists."""


@dataclass(frozen=True)
class Document:
    """What a file says, on which line it says it, and what is wrong with its form."""

    name: str
    data: Any
    line: Callable[[Loc], int]
    issues: tuple[Issue, ...] = ()

    def path(self, loc: Loc) -> str:
        """`sites.yaml:12 sites[3].place.lat`."""
        return f"{self.name}:{self.line(loc)} {join_path('', loc)}".rstrip()


def read_yaml(file: Path, *, cache_dir: Path | None = None) -> Document:
    """Read a YAML 1.2 file; of a key that a mapping has twice, the last counts and is an issue.

    Parameters
    ----------
    cache_dir
        Keeps what a file in good form says as JSON, by the digest of its text: to read a large
        YAML file takes seconds, and it is read on every start. None: nothing is kept.

    Raises
    ------
    InputError
        FILE_MISSING or SYNTAX_INVALID.
    """
    text = _text(file)
    kept = cache_dir and cache_dir / f"document-{_FORMAT}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    if kept and kept.exists():
        # Lines are asked for only when something is wrong with what the file says.
        root_of = cache(lambda: _composed(file.name, text))
        return Document(file.name, json.loads(kept.read_bytes()), lambda loc: _line(root_of(), loc))
    root, reader = _composed(file.name, text), _Reader(file.name)
    data = reader.plain(root, ())
    if kept and not reader.issues:
        _keep(kept, data)
    return Document(file.name, data, lambda loc: _line(root, loc), tuple(reader.issues))


_FORMAT = 1
"""Counts up when what is kept of a file changes its meaning."""


def _composed(name: str, text: str) -> Node | None:
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise InputError(_not_yaml(name, error)) from error
    return root


def _keep(file: Path, data: Any) -> None:
    """Write a file whole: two processes may both be at it, and both write the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(data), encoding="utf-8")
    unfinished.replace(file)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(missing_file(file.name)) from error
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(_syntax(file.name, f"a file must be text in UTF-8: {error}")) from error


def missing_file(name: str) -> Issue:
    return Issue(
        code=IssueCode.FILE_MISSING,
        path=name,
        message=f"a world must have the file {name}, and this folder has none",
        hint="create it; a list may be empty",
    )


def _syntax(path: str, message: str) -> Issue:
    return Issue(code=IssueCode.SYNTAX_INVALID, path=path, message=message, hint="correct the file at this line")


def _not_yaml(name: str, error: YAMLError) -> Issue:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return _syntax(name, f"a file must be YAML: {' '.join(str(error).split())}")
    mark = error.problem_mark
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return _syntax(f"{name}:{mark.line + 1}", f"a file must be YAML: {said} in column {mark.column + 1}")


@dataclass
class _Reader:
    """Turns YAML nodes into plain data. Times stay text: what they mean, the models decide."""

    name: str
    issues: list[Issue] = field(default_factory=list)
    made: dict[int, Any] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)

    def plain(self, node: Node | None, loc: Loc) -> Any:
        if node is None or isinstance(node, ScalarNode):
            return None if node is None else _scalar(node)
        if id(node) in self.open:
            path = f"{self.name}:{node.start_mark.line + 1} {join_path('', loc)}"
            raise InputError(_syntax(path, "an alias must not stand inside its own anchor"))
        if id(node) not in self.made:
            self.open.add(id(node))
            self.made[id(node)] = self._collection(node, loc)
            self.open.discard(id(node))
        return self.made[id(node)]

    def _collection(self, node: Node, loc: Loc) -> Any:
        if isinstance(node, SequenceNode):
            return [self.plain(each, (*loc, idx)) for idx, each in enumerate(node.value)]
        data: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value in node.value:
            key = str(key_node.value)
            if key in data:
                self._report_twice(key_node, (*loc, key), lines[key])
            lines[key] = key_node.start_mark.line + 1
            data[key] = self.plain(value, (*loc, key))
        return data

    def _report_twice(self, node: Node, loc: Loc, first_line: int) -> None:
        path = f"{self.name}:{node.start_mark.line + 1} {join_path('', loc)}"
        message = f"a key must stand once in a mapping, and {loc[-1]} stands on line {first_line} too"
        hint = "remove or rename one of the two"
        self.issues.append(Issue(code=IssueCode.ID_DUPLICATE, path=path, message=message, hint=hint))


def _scalar(node: ScalarNode) -> Any:
    text = str(node.value)
    match str(node.tag).rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text, 0) if text.lstrip("+-")[:2] in ("0x", "0o", "0b") else int(text)
        case "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _line(root: Node | None, loc: Loc) -> int:
    """Line of the key or list entry that `loc` ends at, or of the last one on the way that exists."""
    line, node = (1 if root is None else root.start_mark.line + 1), root
    for part in loc:
        marked, node = _step(node, part)
        if marked is None:
            break
        line = marked.start_mark.line + 1
    return line


def _step(node: Node | None, part: str | int) -> tuple[Node | None, Node | None]:
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), (None, None))
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None, None


def read_csv(file: Path, *, key: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Document:
    """Read a CSV file with a header as `{key: [row, ...]}`; an empty cell is left out of its row.

    Parameters
    ----------
    required, optional
        Columns that must and that may stand in the header. With `attributes` among them, a
        column `attributes.x` goes into the attributes of its row.

    Raises
    ------
    InputError
        FILE_MISSING or SYNTAX_INVALID. A column that is unknown, missing or there twice, and a
        row of another length, are issues of the document; the row is left out.
    """
    numbered = _numbered_rows(file) or [(1, [])]
    header, rows = numbered[0][1], numbered[1:]
    issues = (*_header_issues(file.name, header, required, optional), *_length_issues(file.name, header, rows))
    whole = [(line, cells) for line, cells in rows if len(cells) == len(header)]
    lines = [line for line, _ in whole]
    data = {key: [_row(header, cells, known=(*required, *optional)) for _, cells in whole]}
    return Document(file.name, data, lambda loc: _line_of_row(lines, loc), issues)


def _line_of_row(lines: list[int], loc: Loc) -> int:
    row = loc[1] if len(loc) > 1 else None
    return lines[row] if isinstance(row, int) else 1


def _numbered_rows(file: Path) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, with the line on which each ends."""
    reader = csv.reader(_text(file).splitlines(keepends=True), strict=True)
    try:
        return [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        raise InputError(_syntax(f"{file.name}:{reader.line_num}", f"a file must be CSV: {error}")) from error


def _header_issues(
    name: str, header: list[str], required: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[Issue]:
    path, known = f"{name}:1", (*required, *optional)
    if not header:
        yield _syntax(path, f"the first line must name the columns {', '.join(required)}, and the file is empty")
    for column in sorted({each for each in header if header.count(each) > 1}):
        yield _syntax(path, f"a column must stand once in the header, and {column} stands {header.count(column)} times")
    for column in header:
        if column.partition(".")[0] not in known:
            yield unknown_field(f"{path} {column}", column, known)
    for column in required if header else ():
        if column not in header:
            message = f"the header must name {column}, and names {', '.join(header)}"
            yield Issue(code=IssueCode.FIELD_REQUIRED, path=f"{path} {column}", message=message, hint="add this column")


def unknown_field(path: str, name: str, known: Iterable[str]) -> Issue:
    """A field that nothing reads, with the name that was probably meant."""
    known = sorted(known)
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return Issue(
        code=IssueCode.FIELD_UNKNOWN,
        path=path,
        message=f"field ({name}) must be one of {', '.join(known)}",
        hint=f"did you mean {nearest[0]}?" if nearest else "remove the field or correct its name",
    )


def _length_issues(name: str, header: list[str], rows: list[tuple[int, list[str]]]) -> Iterator[Issue]:
    for line, cells in rows:
        if len(cells) != len(header):
            yield _syntax(
                f"{name}:{line}", f"number of cells ({len(cells)}) must be that of the header ({len(header)})"
            )


def _row(header: list[str], cells: list[str], *, known: tuple[str, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, cell in zip(header, cells, strict=True):
        outer, dot, inner = column.partition(".")
        if cell and dot and outer in known:
            row.setdefault(outer, {})[inner] = cell
        elif cell and column in known:
            row[column] = cell
    return row

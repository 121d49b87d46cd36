"""Pillac's format: technicians with skills, tools and spare parts, from their homes, with a depot on the way.

References
----------
Pillac, Gueret, Medaglia 2013, doi 10.1007/s11590-012-0567-4.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.routing.formats.lines import MOST_COUNTED, Findings, Line
from benchmarks.routing.formats.nodes import Node, assemble
from benchmarks.routing.instance import Convention, RoutingInstance, VehicleType
from models.issues import IssueCode

_COLUMNS = ("id", "x", "y", "earliest", "latest", "service")
_ROW = re.compile(r"(?P<head>[^\[]*)\[(?P<skills>[^\]]*)\]\s*\[(?P<tools>[^\]]*)\]\s*\[(?P<parts>[^\]]*)\]\s*")
_MOST_KINDS = 62
"""Tools are bits of an integer."""


@dataclass(frozen=True, slots=True)
class _Row:
    node: Node
    skills: frozenset[int]


def recognised(lines: Sequence[Line]) -> bool:
    """It has a line that begins with `CREW COUNT`."""
    return any(line.words[:2] == ("CREW", "COUNT") for line in lines[:6])


def read(name: str, lines: Sequence[Line], findings: Findings) -> RoutingInstance:
    """The instance; its cost is the working time, of which the service is the same in every plan.

    Raises
    ------
    InputError
        Every issue of every line.
    """
    starts = {line.words[0]: idx for idx, line in reversed(list(enumerate(lines)))}
    if "ID" not in starts or starts["CREW"] + 1 == len(lines):
        message = "the file must have lines that begin with `CREW COUNT` and with `ID`, each above its values"
        findings.add(None, IssueCode.SYNTAX_INVALID, message, hint="restore the heading")
        findings.stop_here()
    head = lines[starts["CREW"] + 1]
    crew, _, tools, parts = findings.numbers(head, ("crew", "skills", "tools", "parts")) or (1, 0, 0, 0)
    num_technicians = findings.count(head, crew, "number of technicians")
    kinds = findings.whole(head, tools, "tools"), findings.whole(head, parts, "parts", most=MOST_COUNTED)
    body = lines[starts["ID"] + 1 :]
    rows = [row for idx, line in enumerate(body) if (row := _row(line, idx, kinds=kinds, findings=findings))]
    if len(body) <= num_technicians + 1:
        message = (
            f"number of rows ({len(body)}) must be > that of the depot and the technicians ({num_technicians + 1})"
        )
        findings.add(None, IssueCode.SYNTAX_INVALID, message, hint="restore the file from the instance's source")
    findings.stop_here()
    depot, technicians, requests = rows[0], rows[1 : num_technicians + 1], rows[num_technicians + 1 :]
    scale = Convention.WORKING_TIME.scale
    return assemble(
        name,
        Convention.WORKING_TIME,
        [depot.node, *(row.node for row in (*technicians, *requests))],
        findings=findings,
        vehicle_types=[_technician(idx, row, rows) for idx, row in enumerate(technicians, start=1)],
        depots=range(len(technicians) + 1),
        constant=sum(round(row.node.service * scale) for row in requests),
    )


def _row(line: Line, expected: int, *, kinds: tuple[int, int], findings: Findings) -> _Row | None:
    match = _ROW.fullmatch(line.text)
    if match is None:
        message = "a row must be six numbers and then skills, tools and spare parts, each in brackets"
        findings.add(line, IssueCode.SYNTAX_INVALID, message, hint="restore the line from the instance's source")
        return None
    head = findings.numbers(Line(line.number, tuple(match["head"].split())), _COLUMNS)
    skills, tools, parts = (_list(line, match[what], what, findings) for what in ("skills", "tools", "parts"))
    if head is None:
        return None
    node_id, x, y, earliest, latest, service = head
    findings.in_order(line, node_id, expected)
    for tool in tools:
        if not tool < min(kinds[0], _MOST_KINDS):
            message = f"tool ({tool}) must be < the number of tools ({kinds[0]}) and < {_MOST_KINDS}"
            findings.add(line, IssueCode.VALUE_INVALID, message, hint="correct it")
    if parts and len(parts) != kinds[1]:
        message = f"number of spare parts ({len(parts)}) must be that of their kinds ({kinds[1]}), or 0"
        findings.add(line, IssueCode.VALUE_INVALID, message, hint="give a number for every kind")
    node = Node(
        line,
        x,
        y,
        earliest=earliest,
        latest=latest,
        service=service,
        tools=sum(1 << tool for tool in {tool for tool in tools if tool < _MOST_KINDS}),
        parts=parts or (0,) * kinds[1],
    )
    return _Row(node, frozenset(skills))


def _list(line: Line, text: str, what: str, findings: Findings) -> tuple[int, ...]:
    words = text.replace(",", " ").split()
    if not all(word.isdecimal() for word in words):
        message = f"{what} ([{text}]) must be whole numbers >= 0, with commas between"
        findings.add(line, IssueCode.SYNTAX_INVALID, message, hint="correct the list")
        return ()
    return tuple(map(int, words))


def _technician(idx: int, row: _Row, rows: Sequence[_Row]) -> VehicleType:
    scale = Convention.WORKING_TIME.scale
    return VehicleType(
        1,
        start=idx,
        end=idx,
        capacity=(0,),
        serves=np.array([other.skills <= row.skills for other in rows]),
        earliest=round(row.node.earliest * scale),
        latest=round(row.node.latest * scale),
        cost_per_distance=0,
        cost_per_duration=1,
        reload_depots=(0,),
        max_reloads=len(rows),
        tools=row.node.tools,
        parts=row.node.parts,
    )

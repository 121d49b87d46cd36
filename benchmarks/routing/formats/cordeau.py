"""Cordeau's format of the multi-depot problem with time windows."""

from collections.abc import Sequence

from benchmarks.routing.formats.lines import Findings, Line
from benchmarks.routing.formats.nodes import Node, anywhere, assemble
from benchmarks.routing.instance import ENDLESS, Convention, RoutingInstance, VehicleType
from models.issues import IssueCode

MDVRPTW = 6
"""The number of this problem in the first column of the file."""

_HEAD = ("type", "vehicles a depot", "customers", "depots")
_BEFORE_LIST = 7
"""Columns of a row before its list of visit combinations; the last of them says how many these are."""


def recognised(lines: Sequence[Line]) -> bool:
    """Four columns in the first line, two in the second."""
    return [len(line.words) for line in lines[:2]] == [4, 2]


def read(name: str, lines: Sequence[Line], findings: Findings) -> RoutingInstance:
    """The instance, in exact distances.

    Raises
    ------
    InputError
        Every issue of every line.
    """
    problem, number, customers, depots = (
        findings.count(lines[0], value, what)
        for value, what in zip(findings.numbers(lines[0], _HEAD) or (MDVRPTW, 1, 1, 1), _HEAD, strict=True)
    )
    if problem != MDVRPTW:
        message = f"type ({problem}) must be {MDVRPTW}: several depots, with time windows"
        findings.add(lines[0], IssueCode.VALUE_INVALID, message, hint="the other problems of this format are not read")
    limits = [findings.numbers(line, ("duration", "capacity")) for line in lines[1 : 1 + depots]]
    for line, limit in zip(lines[1:], limits, strict=False):
        findings.not_negative(line, limit[0] if limit else 0, "duration")
        findings.whole(line, limit[1] if limit else 0, "capacity")
    rows = lines[1 + depots :]
    if len(rows) != customers + depots:
        message = f"number of rows ({len(rows)}) must be that of the customers and depots ({customers + depots})"
        findings.add(None, IssueCode.SYNTAX_INVALID, message, hint="restore the file from the instance's source")
    nodes = [node for idx, line in enumerate(rows, start=1) if (node := _node(line, idx, findings))]
    findings.stop_here()
    vehicle_types = [
        VehicleType(
            number,
            start=depot,
            end=depot,
            capacity=(int(limit[1]),),
            serves=anywhere(len(nodes)),
            max_duration=round(limit[0] * Convention.EXACT.scale) or ENDLESS,
        )
        for depot, limit in enumerate(limits, start=customers)
        if limit
    ]
    return assemble(
        name,
        Convention.EXACT,
        nodes,
        findings=findings,
        vehicle_types=vehicle_types,
        depots=range(customers, customers + depots),
    )


def _node(line: Line, expected: int, findings: Findings) -> Node | None:
    head = findings.numbers(
        Line(line.number, line.words[:_BEFORE_LIST]), ("id", "x", "y", "service", "demand", "frequency", "combinations")
    )
    if head is None:
        return None
    node_id, x, y, service, demand, _, combinations = head
    findings.in_order(line, node_id, expected)
    findings.not_negative(line, demand, "demand")
    combinations = findings.whole(line, combinations, "combinations")
    after = Line(line.number, line.words[_BEFORE_LIST + combinations :])
    window = findings.numbers(after, ("earliest", "latest"))
    if window is None:
        return None
    return Node(line, x, y, load=-demand, earliest=window[0], latest=window[1], service=service)

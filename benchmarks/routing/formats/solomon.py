"""Solomon's format, and Gehring and Homberger's: vehicles from one depot, windows at the customers."""

from collections.abc import Sequence

from benchmarks.routing.formats.lines import Findings, Line
from benchmarks.routing.formats.nodes import Node, anywhere, assemble
from benchmarks.routing.instance import Convention, RoutingInstance, VehicleType
from models.issues import IssueCode

COLUMNS = ("id", "x", "y", "demand", "ready", "due", "service")


def recognised(lines: Sequence[Line]) -> bool:
    """It has a line `VEHICLE` and a line `CUSTOMER`."""
    return {("VEHICLE",), ("CUSTOMER",)} <= {line.words for line in lines[:9]}


def read(name: str, lines: Sequence[Line], findings: Findings) -> RoutingInstance:
    """The instance, in the DIMACS convention.

    Raises
    ------
    InputError
        Every issue of every line.
    """
    starts = {line.words[0]: idx for idx, line in reversed(list(enumerate(lines)))}
    if "NUMBER" not in starts or "CUST" not in starts or starts["NUMBER"] + 1 == len(lines):
        message = "the file must have a line `NUMBER CAPACITY` and one that begins with `CUST`, each above its values"
        findings.add(None, IssueCode.SYNTAX_INVALID, message, hint="restore the heading")
        findings.stop_here()
    fleet = lines[starts["NUMBER"] + 1]
    number, capacity = findings.numbers(fleet, ("number", "capacity")) or (1, 1)
    number = findings.count(fleet, number, "number of vehicles")
    capacity = findings.whole(fleet, capacity, "capacity")
    nodes = _nodes(lines[starts["CUST"] + 1 :], findings)
    vehicle_type = VehicleType(number=number, start=0, end=0, capacity=(capacity,), serves=anywhere(len(nodes)))
    return assemble(name, Convention.DIMACS, nodes, findings=findings, vehicle_types=[vehicle_type], depots=[0])


def _nodes(lines: Sequence[Line], findings: Findings) -> list[Node]:
    nodes = list[Node]()
    for expected, line in enumerate(lines):
        if (row := findings.numbers(line, COLUMNS)) is None:
            continue
        node_id, x, y, demand, ready, due, service = row
        findings.in_order(line, node_id, expected)
        findings.not_negative(line, demand, "demand")
        nodes.append(Node(line, x, y, load=-demand, earliest=ready, latest=due, service=service))
    return nodes

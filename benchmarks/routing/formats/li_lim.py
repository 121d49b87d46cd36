"""Li and Lim's format: pairs of a pickup and a delivery on one vehicle."""

from collections.abc import Iterator, Sequence

from benchmarks.routing.formats.lines import Findings, Line
from benchmarks.routing.formats.nodes import Node, anywhere, assemble
from benchmarks.routing.instance import Convention, RoutingInstance, VehicleType
from models.issues import IssueCode

COLUMNS = ("id", "x", "y", "load", "ready", "due", "service", "pickup", "delivery")


def recognised(lines: Sequence[Line]) -> bool:
    """Three columns in the first line, nine in the second."""
    return [len(line.words) for line in lines[:2]] == [3, len(COLUMNS)]


def read(name: str, lines: Sequence[Line], findings: Findings) -> RoutingInstance:
    """The instance, in exact distances: published values count vehicles first, and are never compared.

    Raises
    ------
    InputError
        Every issue of every line.
    """
    number, capacity, speed = findings.numbers(lines[0], ("number", "capacity", "speed")) or (1, 1, 1)
    number = findings.count(lines[0], number, "number of vehicles")
    capacity = findings.whole(lines[0], capacity, "capacity")
    if speed not in {0, 1}:
        message = f"speed ({speed:g}) must be 1, or 0, which some published files have and nobody heeds"
        findings.add(lines[0], IssueCode.VALUE_INVALID, message, hint="set it to 1 and multiply the times by it")
    rows = [(line, findings.numbers(line, COLUMNS)) for line in lines[1:]]
    whole = [(line, row) for line, row in rows if row is not None]
    for expected, (line, row) in enumerate(whole):
        findings.in_order(line, row[0], expected)
    findings.stop_here()
    nodes = [
        Node(line, x, y, load=load, earliest=ready, latest=due, service=service)
        for line, (_, x, y, load, ready, due, service, _, _) in whole
    ]
    return assemble(
        name,
        Convention.EXACT,
        nodes,
        findings=findings,
        vehicle_types=[VehicleType(number, start=0, end=0, capacity=(capacity,), serves=anywhere(len(nodes)))],
        depots=[0],
        pairs=list(_pairs(whole, findings)),
    )


def _pairs(rows: Sequence[tuple[Line, tuple[float, ...]]], findings: Findings) -> Iterator[tuple[int, int]]:
    for line, (node, _, _, load, _, _, _, pickup, delivery) in rows[1:]:
        halves = [int(other) for other in (pickup, delivery) if other]
        if len(halves) != 1 or not 0 < halves[0] < len(rows):
            message = f"pickup ({pickup:g}) and delivery ({delivery:g}) must be 0 and the number of another row"
            findings.add(
                line, IssueCode.REFERENCE_DANGLING, message, hint="a pickup names its delivery, and it the pickup"
            )
            continue
        partner_line, partner = rows[halves[0]]
        if partner[7 if delivery else 8] != node:
            message = f"row {halves[0]} must name row {node:g} as its partner, as that names it"
            findings.add(
                partner_line,
                IssueCode.REFERENCE_DANGLING,
                message,
                hint="a pickup names its delivery, and it the pickup",
            )
        elif delivery and (load < 0 or load != -partner[3]):
            message = (
                f"load of the pickup ({load:g}) must be >= 0, and the delivery's ({partner[3]:g}) the same with a minus"
            )
            findings.add(line, IssueCode.VALUE_INVALID, message, hint="correct one of the two")
        elif delivery:
            yield int(node), halves[0]

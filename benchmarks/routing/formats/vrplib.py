"""The dialect of VRPLIB that PyVRP reads: depots, trips, release times, sites, prizes.

What PyVRP would ignore silently is refused here: an instance without one of its rules is another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from benchmarks.routing.formats.lines import Findings, Line
from benchmarks.routing.formats.nodes import Node, assemble
from benchmarks.routing.instance import ENDLESS, Bools, Convention, RoutingInstance, VehicleType
from models.issues import IssueCode

_EXACT_TYPES = frozenset({"SDVRPTW", "MDVRPTW"})
"""Problems whose values are published in exact distances; of all others in the DIMACS convention."""

_TEXTS = ("NAME", "COMMENT", "TYPE", "EDGE_WEIGHT_TYPE")
_NUMBERS = (
    "DIMENSION",
    "VEHICLES",
    "CAPACITY",
    "SERVICE_TIME",
    "VEHICLES_MAX_DURATION",
    "VEHICLES_MAX_RELOADS",
    "VEHICLES_FIXED_COST",
    "VEHICLES_UNIT_DISTANCE_COST",
)
_BY_NODE = {
    "NODE_COORD_SECTION": 2,
    "DEMAND_SECTION": 1,
    "SERVICE_TIME_SECTION": 1,
    "TIME_WINDOW_SECTION": 2,
    "RELEASE_TIME_SECTION": 1,
    "PRIZE_SECTION": 1,
}
"""Sections with a row a node, and how many numbers follow its number."""
_BY_VEHICLE = (
    "CAPACITY_SECTION",
    "VEHICLES_DEPOT_SECTION",
    "VEHICLES_RELOAD_DEPOT_SECTION",
    "VEHICLES_ALLOWED_CLIENTS_SECTION",
)
_RESTORE = "restore it from the instance's source"


@dataclass(slots=True)
class _File:
    """What the file says, word by word."""

    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    sections: dict[str, list[Line]] = field(default_factory=dict)


def recognised(lines: Sequence[Line]) -> bool:
    """It begins with `NAME`, and has a line `DIMENSION`."""
    keys = {line.words[0].rstrip(":") for line in lines[:20]}
    return bool(lines) and lines[0].words[0].rstrip(":") == "NAME" and "DIMENSION" in keys


def read(name: str, lines: Sequence[Line], findings: Findings) -> RoutingInstance:
    """The instance, in the convention that this type's values are published in.

    Raises
    ------
    InputError
        Every issue of every line.
    """
    file = _split(lines, findings)
    _check(file, findings)
    findings.stop_here()
    convention = Convention.EXACT if file.texts.get("TYPE") in _EXACT_TYPES else Convention.DIMACS
    num_nodes = int(file.numbers["DIMENSION"])
    columns = {key: _by_node(file, key, num_nodes, findings) for key in _BY_NODE if key in file.sections}
    num_depots = _num_depots(file, findings)
    findings.stop_here()
    nodes = _nodes(file, columns, num_depots=num_depots, num_nodes=num_nodes)
    vehicle_types = _vehicle_types(file, num_nodes, num_depots, convention.scale, findings)
    return assemble(
        name,
        convention,
        nodes,
        findings=findings,
        vehicle_types=vehicle_types,
        depots=range(num_depots),
    )


def _split(lines: Sequence[Line], findings: Findings) -> _File:
    """Specifications, and sections with their rows."""
    file = _File()
    rows = list[Line]()
    for line in lines:
        key, _, value = line.text.partition(":")
        key = key.strip()
        if key == "EOF":
            break
        if key in _TEXTS:
            file.texts[key] = value.strip()
        elif key in _NUMBERS:
            if (number := findings.number(line, value.strip(), key)) is not None:
                file.numbers[key] = number
        elif key in _BY_NODE or key in _BY_VEHICLE or key == "DEPOT_SECTION":
            rows = file.sections[key] = []
        elif line.text[0].isalpha():
            message = f"specification or section ({key}) must be one that is understood"
            hint = "an instance without it would be another one; take an instance that does without"
            findings.add(line, IssueCode.FIELD_UNKNOWN, message, hint=hint)
            rows = []
        else:
            whole = [findings.number(line, word, "value") for word in line.words]
            if None not in whole:
                rows.append(line)
    return file


def _check(file: _File, findings: Findings) -> None:
    if not file.sections.get("NODE_COORD_SECTION"):
        message = "section (NODE_COORD_SECTION) must be given"
        findings.add(None, IssueCode.FIELD_REQUIRED, message, hint=_RESTORE)
    for key in ("DIMENSION", "VEHICLES"):
        findings.count(None, file.numbers.get(key, 1 if key == "VEHICLES" else 0), key)
    for key in ("CAPACITY", "VEHICLES_MAX_RELOADS", "VEHICLES_UNIT_DISTANCE_COST"):
        findings.whole(None, file.numbers.get(key, 0), key)
    for key in ("SERVICE_TIME", "VEHICLES_MAX_DURATION", "VEHICLES_FIXED_COST"):
        if (value := file.numbers.get(key, 0)) < 0:
            findings.add(None, IssueCode.VALUE_INVALID, f"{key} ({value:g}) must be >= 0", hint="correct it")
    kind = file.texts.get("EDGE_WEIGHT_TYPE")
    if kind != "EUC_2D":
        message = f"EDGE_WEIGHT_TYPE ({kind}) must be EUC_2D"
        findings.add(None, IssueCode.VALUE_INVALID, message, hint="distances are computed from coordinates")


def _num_depots(file: _File, findings: Findings) -> int:
    """Of a file that says nothing of depots, the first node is the only one."""
    lines = file.sections.get("DEPOT_SECTION", [])
    numbers = [float(line.words[0]) for line in lines]
    depots = [findings.whole(line, each, "depot") for line, each in zip(lines, numbers, strict=True) if each > 0] or [1]
    if depots != list(range(1, len(depots) + 1)):
        message = f"depots ({', '.join(map(str, depots))}) must be the first nodes, 1 and up, in order"
        findings.add(lines[0], IssueCode.VALUE_INVALID, message, hint=_RESTORE)
    return len(depots)


def _by_node(file: _File, key: str, num_nodes: int, findings: Findings) -> list[tuple[float, ...]]:
    """The values of each node."""
    lines = file.sections[key]
    if len(lines) != num_nodes:
        message = f"number of rows in {key} ({len(lines)}) must be DIMENSION ({num_nodes})"
        findings.add(lines[0] if lines else None, IssueCode.SYNTAX_INVALID, message, hint=_RESTORE)
    names = ("node", *(f"value {idx}" for idx in range(1, _BY_NODE[key] + 1)))
    rows = list[tuple[float, ...]]()
    for expected, line in enumerate(lines, start=1):
        if row := findings.numbers(line, names):
            findings.in_order(line, row[0], expected)
            rows.append(row[1:])
            if key in {"DEMAND_SECTION", "PRIZE_SECTION"}:
                findings.not_negative(line, row[1], key)
    return rows


def _nodes(
    file: _File, columns: Mapping[str, Sequence[tuple[float, ...]]], *, num_depots: int, num_nodes: int
) -> list[Node]:
    def column(key: str, default: tuple[float, ...]) -> Sequence[tuple[float, ...]]:
        return columns.get(key, [default] * num_nodes)

    uniform = file.numbers.get("SERVICE_TIME", 0)
    endless = ENDLESS / Convention.EXACT.scale
    nodes = list[Node]()
    for idx, (line, place, demand, service, window, release, prize) in enumerate(
        zip(
            file.sections["NODE_COORD_SECTION"],
            columns["NODE_COORD_SECTION"],
            column("DEMAND_SECTION", (0,)),
            column("SERVICE_TIME_SECTION", (uniform,)),
            column("TIME_WINDOW_SECTION", (0, endless)),
            column("RELEASE_TIME_SECTION", (0,)),
            column("PRIZE_SECTION", (0,)),
            strict=True,
        )
    ):
        is_depot = idx < num_depots
        nodes.append(
            Node(
                line,
                place[0],
                place[1],
                load=-demand[0],
                earliest=window[0],
                latest=window[1],
                service=0 if is_depot else service[0],
                release=release[0],
                # As PyVRP reads it: a visit without a prize is required.
                prize=prize[0] or None,
            )
        )
    return nodes


@dataclass(frozen=True, slots=True)
class _Vehicle:
    """What may differ from vehicle to vehicle."""

    capacity: int
    depot: int
    reload_depots: tuple[int, ...]
    clients: tuple[int, ...] | None


def _vehicle_types(file: _File, num_nodes: int, num_depots: int, scale: int, findings: Findings) -> list[VehicleType]:
    vehicles = _vehicles(file, num_nodes, num_depots, findings)
    findings.stop_here()
    numbers = file.numbers
    return [
        VehicleType(
            len(list(alike)),
            start=vehicle.depot,
            end=vehicle.depot,
            capacity=(vehicle.capacity,),
            serves=_serves(vehicle, num_nodes, num_depots),
            max_duration=round(numbers["VEHICLES_MAX_DURATION"] * scale)
            if "VEHICLES_MAX_DURATION" in numbers
            else ENDLESS,
            fixed_cost=round(numbers.get("VEHICLES_FIXED_COST", 0) * scale),
            cost_per_distance=round(numbers.get("VEHICLES_UNIT_DISTANCE_COST", 1)),
            reload_depots=vehicle.reload_depots,
            max_reloads=int(numbers.get("VEHICLES_MAX_RELOADS", num_nodes)) if vehicle.reload_depots else 0,
        )
        for vehicle, alike in groupby(vehicles)
    ]


def _serves(vehicle: _Vehicle, num_nodes: int, num_depots: int) -> Bools:
    serves = np.full(num_nodes, vehicle.clients is None)
    serves[:num_depots] = True
    serves[list(vehicle.clients or ())] = True
    return serves


def _vehicles(file: _File, num_nodes: int, num_depots: int, findings: Findings) -> list[_Vehicle]:
    number = int(file.numbers.get("VEHICLES", num_nodes - num_depots))
    rows = {key: _by_vehicle(file, key, number, findings) for key in _BY_VEHICLE if key in file.sections}
    for key, most in (
        ("VEHICLES_DEPOT_SECTION", num_depots),
        ("VEHICLES_RELOAD_DEPOT_SECTION", num_depots),
        ("VEHICLES_ALLOWED_CLIENTS_SECTION", num_nodes),
    ):
        for line, values in zip(file.sections.get(key, ()), rows.get(key, ()), strict=True):
            for value in values:
                if not 1 <= value <= most:
                    message = f"node ({value}) must be between 1 and {most}"
                    findings.add(line, IssueCode.REFERENCE_DANGLING, message, hint=_RESTORE)
    findings.stop_here()
    capacity = int(file.numbers.get("CAPACITY", ENDLESS))

    def of(key: str, idx: int, default: tuple[int, ...]) -> tuple[int, ...]:
        return rows[key][idx] if key in rows else default

    return [
        _Vehicle(
            capacity=of("CAPACITY_SECTION", idx, (capacity,))[0],
            depot=of("VEHICLES_DEPOT_SECTION", idx, (1,))[0] - 1,
            reload_depots=tuple(node - 1 for node in of("VEHICLES_RELOAD_DEPOT_SECTION", idx, ())),
            clients=(
                tuple(node - 1 for node in rows["VEHICLES_ALLOWED_CLIENTS_SECTION"][idx])
                if "VEHICLES_ALLOWED_CLIENTS_SECTION" in rows
                else None
            ),
        )
        for idx in range(number)
    ]


def _by_vehicle(file: _File, key: str, number: int, findings: Findings) -> list[tuple[int, ...]]:
    """What follows the number of each vehicle; a list may be as long as it likes, and empty where it lists nodes."""
    lines = file.sections[key]
    if len(lines) != number:
        message = f"number of rows in {key} ({len(lines)}) must be VEHICLES ({number})"
        findings.add(lines[0] if lines else None, IssueCode.SYNTAX_INVALID, message, hint=_RESTORE)
    one = key in {"CAPACITY_SECTION", "VEHICLES_DEPOT_SECTION"}
    rows = list[tuple[int, ...]]()
    for expected, line in enumerate(lines, start=1):
        numbers = tuple(map(float, line.words))
        findings.in_order(line, numbers[0], expected)
        if one and len(numbers) != 2:
            message = f"number of columns ({len(numbers)}) must be 2: the vehicle's number and a value"
            findings.add(line, IssueCode.SYNTAX_INVALID, message, hint=_RESTORE)
        rows.append(tuple(findings.whole(line, each, key) for each in numbers[1:]))
    return rows

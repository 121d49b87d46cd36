"""Nodes of a file, and the arrays they become."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.routing.formats.lines import MOST_COUNTED, Findings, Line
from benchmarks.routing.instance import Bools, Convention, Ints, RoutingInstance, VehicleType
from models.issues import IssueCode

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Node:
    """A depot or a visit, in the units of the file.

    Parameters
    ----------
    line
        Where it stands in the file.
    load
        What the visit changes on board.
    prize
        What leaving it out costs; None: it must not be left out.
    """

    line: Line
    x: float
    y: float
    load: float = 0
    earliest: float = 0
    latest: float = 0
    service: float = 0
    release: float = 0
    prize: float | None = None
    tools: int = 0
    parts: tuple[int, ...] = ()


def assemble(
    name: str,
    convention: Convention,
    nodes: Sequence[Node],
    *,
    findings: Findings,
    vehicle_types: Sequence[VehicleType],
    depots: Sequence[int],
    pairs: Sequence[tuple[int, int]] = (),
    constant: int = 0,
) -> RoutingInstance:
    """The instance of these nodes; travel takes as long as it is far.

    Raises
    ------
    InputError
        Every issue found before, and every window that is reversed.
    """
    _check(nodes, set(depots), findings)
    arcs = arcs_of(nodes, convention)
    scale = convention.scale
    return RoutingInstance(
        name=name,
        set_name="",
        convention=convention,
        vehicle_types=tuple(vehicle_types),
        distance=arcs,
        duration=arcs,
        depots=tuple(depots),
        pickups=tuple(pickup for pickup, _ in pairs),
        deliveries=tuple(delivery for _, delivery in pairs),
        loads=scaled((node.load for node in nodes), 1)[:, np.newaxis],
        earliest=scaled((node.earliest for node in nodes), scale),
        latest=scaled((node.latest for node in nodes), scale),
        service=scaled((node.service for node in nodes), scale),
        release=scaled((node.release for node in nodes), scale),
        required=np.array([node.prize is None for node in nodes]),
        prize=scaled((node.prize or 0 for node in nodes), scale),
        tools=np.array([node.tools for node in nodes], dtype=np.int64),
        parts=np.array([node.parts for node in nodes], dtype=np.int64),
        constant=constant,
    )


def _check(nodes: Sequence[Node], depots: set[int], findings: Findings) -> None:
    if len(nodes) > MOST_COUNTED:
        message = f"number of rows ({len(nodes)}) must be <= {MOST_COUNTED}"
        findings.add(None, IssueCode.VALUE_INVALID, message, hint="take a smaller instance")
    if len(nodes) <= len(depots):
        findings.add(
            None,
            IssueCode.VALUE_INVALID,
            "number of visits (0) must be >= 1",
            hint="the file ends too early: restore it from the instance's source",
        )
    for node in nodes:
        if node.latest < node.earliest:
            message = f"earliest ({node.earliest:g}) must be <= latest ({node.latest:g})"
            findings.add(node.line, IssueCode.WINDOW_REVERSED, message, hint="swap the two ends")
        for value, what in ((abs(node.load), "load"), *((float(each), "number of spare parts") for each in node.parts)):
            findings.whole(node.line, value, what)
        for value, what in ((node.service, "service"), (node.earliest, "earliest"), (node.release, "release time")):
            if value < 0:
                message = f"{what} ({value:g}) must be >= 0"
                findings.add(node.line, IssueCode.VALUE_INVALID, message, hint="correct it")
    findings.stop_here()


def arcs_of(nodes: Sequence[Node], convention: Convention) -> Ints:
    """From each node to each other, in integer units."""
    x, y = np.array([(node.x, node.y) for node in nodes], dtype=np.float64).T
    # The root of a sum of squares and not hypot: it is exact where the sum is a square, and so is its floor.
    straight: Floats = np.sqrt((x[:, np.newaxis] - x) ** 2 + (y[:, np.newaxis] - y) ** 2)
    if convention is Convention.DIMACS:
        return np.asarray(np.floor(convention.scale * straight), dtype=np.int64)
    return np.asarray(np.rint(convention.scale * straight), dtype=np.int64)


def scaled(values: Iterable[float], scale: int) -> Ints:
    """Rounded to integer units."""
    return np.rint(scale * np.array(list(values), dtype=np.float64)).astype(np.int64)


def anywhere(num_nodes: int) -> Bools:
    """Of a vehicle that may visit every node."""
    return np.ones(num_nodes, dtype=np.bool_)

"""Tiny instances of our own making, and the files that they could come from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations, permutations, product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.routing.instance import Convention, RoutingInstance, VehicleType
from benchmarks.routing.protocol import Route, Solution
from benchmarks.routing.referee import judge

SOLOMON = """TOY

VEHICLE
NUMBER     CAPACITY
  3         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME

    0      0         0          0          0       200          0
    1      3         4          4          0       100          5
    2      6         8          4         20       100          5
    3      0        10          4          0       100          5
    4      1         1          2          0       100          5
    5      2         2          2          0       100          5
"""
"""Nodes 1 and 2 lie 5 and 10 from the depot, on one line; 14 of load fit into two vehicles."""

LI_LIM = """3	10	1
0	0	0	0	0	200	0	0	0
1	3	4	4	0	100	5	0	2
2	6	8	-4	20	100	5	1	0
3	0	10	4	0	100	5	0	4
4	1	1	-4	0	100	5	3	0
"""

CORDEAU = """6 2 3 2
60 10
60 10
1 3.0 4.0 5 4 1 2 1 2 0 100
2 6.0 8.0 5 4 1 2 1 2 20 100
3 0.0 10.0 5 4 1 2 1 2 0 100
4 0.0 0.0 0 0 0 0 0 200
5 0.0 9.0 0 0 0 0 0 200
"""

TRIPS = """NAME: TOY
COMMENT: made up
TYPE: MTVRPTWR
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 4
VEHICLES: 1
CAPACITY: 10
SERVICE_TIME: 5
NODE_COORD_SECTION
1	0	0
2	3	4
3	6	8
4	0	10
DEMAND_SECTION
1	0
2	6
3	6
4	4
TIME_WINDOW_SECTION
1	0	200
2	0	100
3	0	100
4	0	100
RELEASE_TIME_SECTION
1	0
2	0
3	40
4	0
VEHICLES_RELOAD_DEPOT_SECTION
1	1
DEPOT_SECTION
1
-1
EOF
"""
"""One vehicle, 16 of load, so two trips; what node 3 gets is there from 40 on."""

SITES = """NAME : TOY
TYPE : SDVRPTW
EDGE_WEIGHT_TYPE : EUC_2D
DIMENSION : 4
VEHICLES : 3
VEHICLES_MAX_DURATION : 60
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
4 0 10
DEMAND_SECTION
1 0
2 6
3 6
4 4
SERVICE_TIME_SECTION
1 0
2 5
3 5
4 5
TIME_WINDOW_SECTION
1 0 200
2 0 100
3 0 100
4 0 100
CAPACITY_SECTION
1 10
2 10
3 20
VEHICLES_ALLOWED_CLIENTS_SECTION
1 2 3
2 2 3
3 4
EOF
"""

PRIZES = """NAME: TOY
TYPE: PCVRPTW
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 3
VEHICLES: 1
CAPACITY: 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 60 80
DEMAND_SECTION
1 0
2 6
3 4
PRIZE_SECTION
1 0
2 0
3 7
DEPOT_SECTION
1
EOF
"""
"""Node 3 is a hundred away, and worth 7."""

PILLAC = """TOY

INFO
CREW COUNT  SKILLS  TOOLS   SPARE PARTS
2      2       2       2

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0    0     10    0      230    0      [] 	[] 	[]
1    0     0     0      230    0      [0,1] 	[0] 	[1,0]
2    10    0     0      230    0      [1] 	[0,1] 	[0,5]
3    3     4     50     60     10     [0] 	[0] 	[1,0]
4    6     8     0      200    10     [1] 	[] 	[0,1]
"""

FILES = {
    "solomon.txt": SOLOMON,
    "li_lim.txt": LI_LIM,
    "cordeau.txt": CORDEAU,
    "trips.vrp": TRIPS,
    "sites.vrp": SITES,
    "prizes.vrp": PRIZES,
    "pillac.txt": PILLAC,
}


def write(folder: Path, name: str, text: str | None = None) -> Path:
    """One of the files above, or this text."""
    file = folder / name
    file.write_text(FILES[name] if text is None else text, encoding="utf-8")
    return file


def an_instance(
    *,
    along: Sequence[int] = (0, 10, 20, 30, 40),
    pairs: Sequence[tuple[int, int]] = (),
    vehicle_types: Sequence[VehicleType] = (),
    by_node: Mapping[str, Mapping[int, Any]] | None = None,
    **changes: Any,
) -> RoutingInstance:
    """A depot, node 0, and visits along a line, each with a load of 1, open all day, without service.

    Parameters
    ----------
    along
        Where each node lies.
    by_node
        By array of the instance: what is different, by node.
    """
    number = len(along)
    loads = np.array([[0], *([[-1]] * (number - 1))])
    for pickup, delivery in pairs:
        loads[pickup], loads[delivery] = 1, -1
    arcs = np.abs(np.subtract.outer(np.array(along), np.array(along)))
    instance = RoutingInstance(
        name="line",
        set_name="made-up",
        convention=Convention.EXACT,
        vehicle_types=tuple(vehicle_types) or (a_vehicle_type(number),),
        distance=arcs,
        duration=arcs,
        depots=(0,),
        pickups=tuple(pickup for pickup, _ in pairs),
        deliveries=tuple(delivery for _, delivery in pairs),
        loads=loads,
        earliest=np.zeros(number, dtype=np.int64),
        latest=np.full(number, 1000),
        service=np.zeros(number, dtype=np.int64),
        release=np.zeros(number, dtype=np.int64),
        required=np.ones(number, dtype=np.bool_),
        prize=np.zeros(number, dtype=np.int64),
        tools=np.zeros(number, dtype=np.int64),
        parts=np.zeros((number, 0), dtype=np.int64),
    )
    for name, values in (by_node or {}).items():
        for node, value in values.items():
            getattr(instance, name)[node] = value
    return replace(instance, **changes)


def a_vehicle_type(num_nodes: int = 5, **changes: Any) -> VehicleType:
    """Two vehicles from node 0 and back to it, with room for four."""
    fields: dict[str, Any] = {
        "number": 2,
        "start": 0,
        "end": 0,
        "capacity": (4,),
        "serves": np.ones(num_nodes, dtype=np.bool_),
    }
    return VehicleType(**fields | changes)


def all_but(*nodes: int, num_nodes: int = 5) -> Any:
    """Of a vehicle that serves every other node."""
    return np.array([node not in nodes for node in range(num_nodes)])


def routes(*visits: Sequence[int], type_idx: int = 0) -> Solution:
    """Each by a vehicle of the same type."""
    return Solution(tuple(Route(type_idx, tuple(each)) for each in visits))


def least_cost(instance: RoutingInstance) -> int | None:
    """Of all solutions there are; None: not one is feasible. For a handful of visits.

    Every order of the visits that are made; to each of them the vehicle goes on or another one begins, straight
    or by a depot.
    """
    types = range(len(instance.vehicle_types))
    optional = [node for node in instance.visits if not instance.required[node]]
    by = (None, *sorted({depot for each in instance.vehicle_types for depot in each.reload_depots}))
    costs = list[int]()
    for left_out in chain.from_iterable(combinations(optional, number) for number in range(len(optional) + 1)):
        made = [node for node in instance.visits if node not in left_out]
        for order in permutations(made):
            joints_of = [product((True,), by), *(product((False, True), by) for _ in order[1:])]
            for joints in product(*joints_of):
                vehicles = _split(order, joints)
                for of in product(types, repeat=len(vehicles)):
                    solution = Solution(tuple(Route(idx, visits) for idx, visits in zip(of, vehicles, strict=True)))
                    if (cost := judge(instance, solution).cost) is not None:
                        costs.append(cost)
    return min(costs, default=None)


def _split(order: Sequence[int], joints: Sequence[tuple[bool, int | None]]) -> list[tuple[int, ...]]:
    """Whether another vehicle goes to each visit, and by which depot."""
    vehicles = list[list[int]]()
    for node, (is_another, depot) in zip(order, joints, strict=True):
        if is_another:
            vehicles.append([])
        vehicles[-1] += [node] if depot is None else [depot, node]
    return [tuple(visits) for visits in vehicles]

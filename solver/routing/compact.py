"""What a search gets: only the vehicles, visits and nodes that occur, and near nodes side by side.

What a search looks up in a row of a table are the nodes of a route, most of which are near one
another. In the order of a tour they share cache lines; in the order of their numbers they do not.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.kernels.arrays import I64, NO_VISIT, OPEN_END, Fleet, Routes, Travel, Visits


class Compact(NamedTuple):
    """The same with other numbers for nodes; `nodes` has the old one of each."""

    travel: Travel
    fleet: Fleet
    visits: Visits
    routes: Routes
    nodes: I64


class Cut(NamedTuple):
    """Some vehicles with their routes, and only these visits, compact.

    `number` [N + 1] has the new number of each visit before: NO_VISIT for one that was left out, and, as the last,
    for NO_VISIT itself.
    """

    compact: Compact
    number: I64


def cut_out(
    travel: Travel, fleet: Fleet, visits: Visits, routes: Routes, *, vehicles: I64, kept: NDArray[np.integer]
) -> Cut:
    """Cut out these vehicles, with visits that are all that their routes have, and maybe more."""
    number = np.full(len(visits.node) + 1, NO_VISIT, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    some = Fleet._make([array[vehicles] for array in fleet])
    small = compact(travel, some, _only(visits, kept, number), _rows(routes, vehicles, number))
    return Cut(small, number)


def _only(visits: Visits, kept: NDArray[np.integer], number: I64) -> Visits:
    some = Visits._make([array[kept] for array in visits])
    return some._replace(pickup=np.maximum(number[some.pickup], 0))  # of a break anything stands there


def _rows(routes: Routes, vehicles: I64, number: I64) -> Routes:
    some = Routes._make([np.ascontiguousarray(array[vehicles]) for array in routes])
    behind = np.arange(some.visit.shape[1]) > some.length[:, None]  # there stands anything
    visit = np.where(behind, 0, number[some.visit])
    visit[:, 0] = 0
    return some._replace(visit=visit)


def compact(travel: Travel, fleet: Fleet, visits: Visits, routes: Routes) -> Compact:
    """Renumber the nodes that occur, and keep only their ways."""
    occurring = np.unique(np.concatenate([visits.node, fleet.start_node, fleet.end_node[fleet.end_node != OPEN_END]]))
    nodes = occurring[_tour(travel.distance[0][np.ix_(occurring, occurring)])]
    number = np.zeros(int(occurring.max(initial=0)) + 1, dtype=np.int64)
    number[nodes] = np.arange(len(nodes))

    def renumbered(each: I64) -> I64:
        known = np.clip(each, 0, len(number) - 1)  # behind a route's end stands anything
        return np.where(each == OPEN_END, OPEN_END, number[known]).astype(np.int64)

    return Compact(
        _tables(travel, nodes),
        fleet._replace(start_node=renumbered(fleet.start_node), end_node=renumbered(fleet.end_node)),
        visits._replace(node=renumbered(visits.node)),
        routes._replace(node=renumbered(routes.node)),
        nodes,
    )


def _tables(travel: Travel, nodes: I64) -> Travel:
    """The ways between these nodes; tables that say the same are one, which a cache holds more of."""
    tables = list[NDArray[np.int32]]()
    for table in (travel.duration, travel.distance):
        tables.append(_shared(table.take(nodes, axis=1).take(nodes, axis=2), tables))
    for table in (tables[0], tables[1]):
        tables.append(_shared(table.transpose(0, 2, 1), tables))
    for table in tables:
        table.setflags(write=False)  # as the mapped ones are: the kernels are compiled for one type only
    border = travel.border.take(nodes, axis=2) if travel.border.shape[2] else travel.border
    return Travel._make([*tables, travel.traffic, border])


def _shared(table: NDArray[np.int32], tables: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    """A table in one piece: the one of these that says the same, or else its own."""
    same = next((each for each in tables if _says(each, table)), None)
    return np.ascontiguousarray(table) if same is None else same


def _says(one: NDArray[np.int32], other: NDArray[np.int32]) -> bool:
    """Whether two tables are the same; most that are not differ in their first row."""
    return np.array_equal(one[:, :1], other[:, :1]) and np.array_equal(one, other)


def _tour(distance: NDArray[np.int32]) -> I64:
    """An order in which each node is followed by the nearest of the rest."""
    apart = distance.astype(np.float32)
    apart[apart < 0] = np.finfo(np.float32).max
    order, left = np.zeros(len(apart), dtype=np.int64), np.ones(len(apart), dtype=bool)
    here = 0
    for n in range(len(apart)):
        order[n], left[here] = here, False
        row = np.where(left, apart[here], np.inf)
        here = int(np.argmin(row))
    return order

"""Goods on board that cannot be delivered any more: they stay there, and take up room."""

from collections.abc import Collection

import numpy as np

from solver.kernels.arrays import I64, NO_VISIT
from solver.kernels.breaks import settle
from solver.kernels.ruin_recreate import LEFT_OUT, NOBODY
from solver.kernels.schedule import remove_visit
from solver.routing.expanding import Expanded
from solver.routing.left_out import LeftOut, ruled_out
from solver.routing.search import Routed


def make_room_for_stuck(expanded: Expanded) -> dict[int, LeftOut]:
    """Take the room of goods that not even an empty vehicle can deliver; nobody looks for a place for them.

    What a planned route that is kept does deliver is none of them: there may be a way round.

    Returns the reasons by request.
    """
    requests, chosen = expanded.routing.requests, expanded.routing.chosen
    waiting = [q for q in _aboard(expanded) if chosen[q] == LEFT_OUT]
    reasons = {q: reason for q in waiting if (reason := ruled_out(expanded, q)) is not None}
    for q in reasons:
        capacity = expanded.routing.fleet.capacity[_holder(expanded, q)]
        capacity -= _load(expanded, q)
        capacity[_excluded(expanded, q)] = 0
        requests.eligible[int(requests.first[q]) : int(requests.first[q + 1])] = 0
    return reasons


def relieve(expanded: Expanded, routed: Routed, *, stuck_before: Collection[int]) -> None:
    """Take out of the routes what has no room beside goods that the search could not deliver after all."""
    stuck = np.zeros_like(expanded.routing.fleet.capacity)
    for q in _aboard(expanded):
        if routed.chosen[q] == LEFT_OUT and q not in stuck_before:
            stuck[_holder(expanded, q)] += _load(expanded, q)
            expanded.routing.fleet.capacity[_holder(expanded, q), _excluded(expanded, q)] = 0
    for r in np.flatnonzero(stuck.any(axis=1)).tolist():
        while (full := _too_much(expanded, routed, r, stuck[r])) is not None:
            _take_out(expanded, routed, full, r)


def _aboard(expanded: Expanded) -> list[int]:
    return [q for q, job in enumerate(expanded.jobs) if expanded.is_aboard(job)]


def _holder(expanded: Expanded, q: int) -> int:
    return expanded.bound[expanded.jobs[q].job_id][0]


def _load(expanded: Expanded, q: int) -> I64:
    """What of it is on board now; the first alternative says it as well as any."""
    requests = expanded.routing.requests
    a = int(requests.first[q])
    parts = expanded.alternatives[a].parts
    aboard = [int(requests.first_part[a]) + n for n, each in enumerate(parts) if each.is_on_board]
    load: I64 = expanded.routing.visits.load[requests.pickup[aboard]].sum(axis=0)
    return load


def _excluded(expanded: Expanded, q: int) -> list[int]:
    """Dimensions of what must not come beside it."""
    alternative = expanded.alternatives[int(expanded.routing.requests.first[q])]
    parts = expanded.way_of(alternative).parts
    return [d for each in alternative.parts if each.is_on_board for d in expanded.excluded(parts[each.part_idx].goods)]


def _too_much(expanded: Expanded, routed: Routed, r: int, stuck: I64) -> int | None:
    """The request that comes on board where there is no room, if there is one."""
    routing, routes = expanded.routing, routed.routes
    for k in range(int(routing.first[r]) + 1, int(routes.length[r]) + 1):
        visit = int(routes.visit[r, k])
        is_full = (routes.load[r, k] + stuck > routing.fleet.capacity[r]).any()
        if is_full and (routing.visits.load[visit] > 0).any() and expanded.steps[visit] is not None:
            return int(routing.requests.of_visit[visit])
    return None


def _take_out(expanded: Expanded, routed: Routed, q: int, r: int) -> None:
    routing, requests, a = expanded.routing, expanded.routing.requests, int(routed.chosen[q])
    parts = slice(int(requests.first_part[a]), int(requests.first_part[a + 1]))
    for visit in (*requests.pickup[parts].tolist(), *requests.delivery[parts].tolist()):
        if visit != NO_VISIT:
            remove_visit(routed.routes, r, visit)
    settle(routing.travel, routing.fleet, routing.visits, routed.routes, r, routing.now, int(routing.first[r]))
    routed.chosen[q], routed.vehicle[q] = LEFT_OUT, NOBODY

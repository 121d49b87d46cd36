"""Each item by itself from the source that is cheapest while all others stay as they are.

A search of routes takes out whole requests, so of one visit all items, and puts each back where it is
cheapest by itself: there the rest may not fit. Here one item changes its site, and nothing else moves.
"""

from dataclasses import dataclass

import numpy as np

from solver.quoting.board import Board
from solver.routing.of_plan import RoutedPlan, Spare


def take_one_by_one(board: Board, plan: RoutedPlan) -> None:
    """Let items come from other sources where that saves; the board has the routes, `plan` the ways.

    An item stays with its vehicle, and at the stop of what comes with it. Of one visit only one item changes.
    """
    for q, vehicle_idx in enumerate(plan.served_by(board.routes.arrays()[1]).tolist()):
        taken = int(plan.first_way[q])
        for way in range(taken + 1, int(plan.first_way[q + 1])):
            changed = {spare.key for spare in (*plan.spares[taken], *plan.spares[way])}
            if len(changed) == 1 and _Change(board, plan, q, vehicle_idx).made(taken, way):
                taken = way


@dataclass(frozen=True, eq=False)
class _Change:
    """Of one item of a request, by the vehicle that does it."""

    board: Board
    plan: RoutedPlan
    q: int
    vehicle_idx: int

    def made(self, old: int, new: int) -> bool:
        """Whether an item now comes as the new way says; if not, all is as it was."""
        (spare,), routes, r = self.plan.spares[new], self.board.routes, self.vehicle_idx
        before, saved, had = routes.cost_units(r), routes.save(r), routes.visits_of(spare.key)
        routes.take_out([spare.key], vehicle_idx=r, now=self.plan.now_s)
        routes.go_by(spare.key, spare.visits)
        if self._fits(spare) and self._is_one_stop():
            added = routes.cost_units(r) - before + int(self.plan.extra_cost[new] - self.plan.extra_cost[old])
            if added < 0:
                return True
        routes.restore(r, saved)
        routes.go_by(spare.key, had)
        return False

    def _fits(self, spare: Spare) -> bool:
        """Whether the visits are in the route now, where they cost least."""
        routes, r, now_s = self.board.routes, self.vehicle_idx, self.plan.now_s
        alone = np.zeros(len(self.plan.first), dtype=np.uint8)
        alone[r] = 1
        work, _ = routes.work_by_visit[spare.visits[0]]
        scan = routes.scan(work.request, eligible=alone, now=now_s)
        i, j = int(scan.pickup_after[r]), int(scan.delivery_after[r])
        return j >= 0 and routes.put(spare.visits, vehicle_idx=r, pickup_after=i, delivery_after=j, now=now_s)

    def _is_one_stop(self) -> bool:
        """Whether the items of the request are at one stop at the customer's."""
        routes = self.board.routes
        return len({routes.stop_position(key, vehicle_idx=self.vehicle_idx) for key in self.plan.keys[self.q]}) == 1

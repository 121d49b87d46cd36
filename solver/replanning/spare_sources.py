"""Other sites for what is promised, kept free while routes are searched: who comes, when and from where is one choice.

Sources that are chosen before the routes stay where these routes want them, and routes that are searched
afterwards where those sources are: what is better only if both change is never seen. So before a search,
stock, picking and room for returns are set aside at other sites, for one contract after another. Whatever
the search then chooses can be done, as nobody was given what another one could take; the rest was never gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from models.contract import Contract
from models.plan import Assignment
from models.problem import Problem
from models.promise import Mode
from solver.alternatives.alternative import Source
from solver.assignment.reassigning import dearest_not_begun
from solver.availability import Availability
from solver.live_routes import ItemKey
from solver.quoting.board import Board
from solver.routing.of_plan import Spare

OTHERS = 2
"""Sites beside its own that an item could come from, or go to: the nearest."""

_CARRIED = (Mode.RIDER, Mode.VAN)


def spare_sources(board: Board, problem: Problem, *, most: int) -> dict[ItemKey, tuple[Spare, ...]]:
    """Other sources of what is carried and has not begun; the board has visits there, which no route has.

    Parameters
    ----------
    problem
        Its initial plan is the one on the board.
    most
        So many contracts, those that cost most where they are.
    """
    seeking = _Seeking(board, board.free(), board.instance.horizon.seconds_up(problem.freeze_until) + 1)
    found: dict[ItemKey, tuple[Spare, ...]] = {}
    for contract in dearest_not_begun(problem, board, most=most):
        found |= seeking.of_contract(contract)
    return found


@dataclass(frozen=True, eq=False)
class _Seeking:
    """What nobody has, and what is found there.

    Parameters
    ----------
    free
        What is left when all that was found is taken.
    now_s
        Nothing is picked earlier.
    """

    board: Board
    free: Availability
    now_s: int

    def of_contract(self, contract: Contract) -> dict[ItemKey, tuple[Spare, ...]]:
        keys = [(contract.contract_id, promise.item_id) for promise in contract.promises if promise.mode in _CARRIED]
        return {key: found for key in keys if (found := tuple(islice(self._of_item(contract, key), OTHERS)))}

    def _of_item(self, contract: Contract, key: ItemKey) -> Iterator[Spare]:
        item, assignment = contract.item(key[1]), self.board.assignments[key]
        for source in self._sources(contract, key):
            work = None if _site_id(source) == assignment.site_id else self.board.work_from(source, key)
            if work is not None:
                self.free.take(_site_id(source), contract.demands_of(item), source.uses)
                yield Spare(self._from(source, assignment), self.board.routes.register_beside(work))

    def _sources(self, contract: Contract, key: ItemKey) -> list[Source]:
        """As a quote would find them, with all that was set aside so far gone."""
        promise = next(each for each in contract.promises if each.item_id == key[1])
        joined = (self.board.instance.horizon.seconds_up(order.joined_time) for order in contract.orders)
        asked_s = max(self.now_s, *joined)
        search = self.board.search(contract, now_s=self.now_s, asked_s=asked_s, availability=self.free)
        return search.finder.sources(contract.item(key[1]), promise)

    def _from(self, source: Source, assignment: Assignment) -> Assignment:
        ready_time = self.board.instance.horizon.instant(source.ready_s)
        changes = {"site_id": _site_id(source), "ready_time": ready_time, "uses": source.uses}
        return assignment.model_copy(update=changes)


def _site_id(source: Source) -> str | None:
    return source.site.site_id if source.site else None

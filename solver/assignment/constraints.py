"""What contracts that are planned together share: each constraint as rows over the choice of bundles.

Every contract takes one of its candidates or none. A row says that the candidates taken use at
most so much of something; rows that no choice could break are left out. The same rows go to
CP-SAT and, relaxed, to HiGHS.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from solver.assignment.candidates import Candidate, Work
from solver.assignment.room import Owner, Room

GRAIN_S = 900
"""Spans of time are compared in quarters of an hour, rounded outwards: a little less strict, far fewer rows."""

Offers = Sequence[Sequence[Candidate]]
"""For each contract, the candidates that it can choose from."""

Term = tuple[int, int, int]
"""Contract, candidate, amount."""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Row:
    """`sum(amount * chosen) <= at_most`."""

    key: Hashable
    terms: tuple[Term, ...]
    at_most: int

    def used(self, choice: Sequence[int | None]) -> int:
        return sum(amount for c, b, amount in self.terms if choice[c] == b)

    def amount(self, contract_idx: int, candidate_idx: int | None) -> int:
        """What one contract takes with one of its candidates."""
        return self._amounts.get((contract_idx, candidate_idx), 0)

    @cached_property
    def _amounts(self) -> dict[tuple[int, int | None], int]:
        return {(c, b): amount for c, b, amount in self.terms}


def rows_of(offers: Offers, room: Room) -> tuple[Row, ...]:
    """Every constraint that could be broken."""
    return tuple(row for constraint in (stock, cells, working_time) for row in constraint(offers, room))


def stock(offers: Offers, room: Room) -> Iterator[Row]:
    """Pieces taken of an SKU at a site <= what is free there."""
    yield from _binding(offers, lambda candidate: candidate.stock, room.pieces)


def cells(offers: Offers, room: Room) -> Iterator[Row]:
    """Amounts taken of a cell that a promise names, like a carrier's day or a counter's hour <= what is left of it."""
    yield from _binding(offers, lambda candidate: candidate.cells, room.amount)


def working_time(offers: Offers, room: Room) -> Iterator[Row]:
    """Work that has to be done between a and b <= the time that its owner has between a and b, for all a < b.

    Of pickers, agents and pools of vehicles. Necessary for a schedule; that there is one is
    found out when the plan is made.

    References
    ----------
    Horn, W. A. (1974). doi:10.1002/nav.3800210113
    """
    works: defaultdict[Owner, list[tuple[int, int, Work]]] = defaultdict(list)
    for c, candidates in enumerate(offers):
        for b, candidate in enumerate(candidates):
            for work in candidate.works:
                works[work.owner].append((c, b, work))
    for owner in sorted(works):
        yield from _crowded(owner, works[owner], room)


def _crowded(owner: Owner, works: list[tuple[int, int, Work]], room: Room) -> Iterator[Row]:
    from_s = np.array([work.earliest_s // GRAIN_S * GRAIN_S for _, _, work in works])
    until_s = np.array([-(-work.latest_s // GRAIN_S) * GRAIN_S for _, _, work in works])
    seconds = np.array([work.seconds for _, _, work in works])
    pairs, pair = np.unique([(c, b) for c, b, _ in works], axis=0, return_inverse=True)
    first_pair = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1))
    ends = np.unique(until_s)
    for start in np.unique(from_s).tolist():
        later = np.flatnonzero(from_s >= start)
        by_end = later[np.argsort(until_s[later], kind="stable")]
        total = np.cumsum(seconds[by_end])
        for end, count in zip(
            ends.tolist(), np.searchsorted(until_s[by_end], ends, side="right").tolist(), strict=True
        ):
            if not count or not total[count - 1] or total[count - 1] <= (room_s := room.seconds(owner, (start, end))):
                continue  # all candidates together take no less than one of each contract
            inside = by_end[:count]
            amount = np.zeros(len(pairs), dtype=np.int64)
            np.add.at(amount, pair[inside], seconds[inside])
            if np.maximum.reduceat(amount, first_pair).sum() > room_s:
                named = np.unique(pair[inside])
                terms = zip(*pairs[named].T.tolist(), amount[named].tolist(), strict=True)
                yield Row((*owner, start, end), tuple(terms), room_s)


def _binding(offers: Offers, uses: Callable[[Candidate], Mapping[K, int]], room: Callable[[K], int]) -> Iterator[Row]:
    """A row for everything that could be taken more of than there is."""
    terms: defaultdict[K, Counter[tuple[int, int]]] = defaultdict(Counter)
    for c, candidates in enumerate(offers):
        for b, candidate in enumerate(candidates):
            for key, amount in uses(candidate).items():
                terms[key][c, b] += amount
    for key in sorted(terms, key=str):
        if _most(terms[key]) > (free := room(key)):
            yield Row(key, tuple((c, b, amount) for (c, b), amount in sorted(terms[key].items())), free)


def _most(terms: Mapping[tuple[int, int], int]) -> int:
    """The most that a choice can take: of each contract, its greediest candidate."""
    most = Counter[int]()
    for (c, _), amount in terms.items():
        most[c] = max(most[c], amount)
    return most.total()

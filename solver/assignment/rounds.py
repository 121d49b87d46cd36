"""Contracts planned together: CP-SAT chooses among bundles, the routes answer with what they really cost.

A round looks up what every contract could take on the plan as it stands, with the others in it,
lets CP-SAT choose for all at once (Lagrangian relaxation, if they are very many), and puts the choice
into effect piece by piece: contracts that hand something scarce to each other together, every other
one by itself. Then neighbours are planned anew together, scarce things at the worth that the linear
relaxation gives them. Whatever turns out to be no gain is undone, so that nothing is ever worse than
first come, first served.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from models.contract import Contract
from models.plan import Plan
from models.problem import Problem
from solver.assignment.candidates import Candidate, Guide
from solver.assignment.constraints import Offers, Row, rows_of
from solver.assignment.cp_sat import Choice, Prices, decide
from solver.assignment.draft import Draft, Score
from solver.assignment.highs import relax
from solver.assignment.large import MOST_EXACT, decide_many
from solver.assignment.neighbourhoods import neighbourhoods_of
from solver.quoting.board import Board
from solver.quoting.bundles import Keep, best_at_each
from solver.stop import Stop, never

ROUNDS = 3
TRIES = 1
"""Neighbourhoods per contract and round: of later ones, few are a gain before prices are looked up anew."""

NO_GAIN = (0, 0, 0)


@dataclass(frozen=True)
class Round:
    """What one round did.

    Parameters
    ----------
    num_candidates, num_rows
        Bundles that there were to choose from, and constraints that some choice would break.
    bound
        No choice among these bundles costs less; `chosen` is what the one taken would cost. Both in
        minor units, with refusals and missed wishes at their price, which is lower for very many contracts
        (`FinitePrices`): a statement about this choice, not about the plan.
    proved
        It is proved that no choice is better.
    num_scarce
        Stock rows, cells and spans that the relaxation finds worth anything.
    num_wanted, num_moved
        Contracts that were to take another bundle, and those that did so to a gain.
    num_replanned
        Neighbourhoods that were planned anew to a gain.
    score
        Of the plan after the round.
    """

    num_candidates: int
    num_rows: int
    bound: float
    chosen: int
    proved: bool
    num_scarce: int
    num_wanted: int
    num_moved: int
    num_replanned: int
    score: Score


@dataclass(frozen=True)
class Assigned:
    """Contracts planned together.

    Parameters
    ----------
    contracts
        As they came, with promises where they got some.
    plan
        That of the problem with these contracts in it; what could not be planned is listed with reasons.
    first_come, score
        Of the plan in which one after another took the best that was left, and of this one.
    rounds
        What each round did; none: first come, first served.
    """

    contracts: tuple[Contract, ...]
    plan: Plan
    first_come: Score
    score: Score
    rounds: tuple[Round, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """Ids of the contracts that got no promise."""
        return tuple(contract.contract_id for contract in self.contracts if not contract.promises)

    @property
    def bound(self) -> float | None:
        """Of the last choice among bundles."""
        return self.rounds[-1].bound if self.rounds else None


def assign(
    problem: Problem,
    contracts: Sequence[Contract],
    *,
    seed: int,
    rounds: int = ROUNDS,
    tries: int = TRIES,
    most_exact: int = MOST_EXACT,
    board: Board | None = None,
    stop: Stop = never,
) -> Assigned:
    """Plan contracts together on top of a plan in force: serve as many as possible, then as wished, then cheaply.

    Every contract is planned as if it asked when its last order came, or at `problem.freeze_until`
    if that is later; who came first counts for nothing. The result depends on the arguments
    alone, unless `stop` ends it early.

    Parameters
    ----------
    contracts
        In the order of arrival, without promises, none of them in the problem.
    rounds
        At most; 0 is first come, first served. It ends with a round that is no gain.
    tries
        Neighbourhoods per contract and round.
    most_exact
        Up to so many contracts are left to CP-SAT; more are assigned by Lagrangian relaxation.
    board
        Of the problem, if there is one already; it has the contracts on it afterwards.
    """
    draft = Draft(problem, contracts, board=board)
    for contract_id in draft.contracts:
        draft.put_best(contract_id, Guide())
    scores = [draft.score()]
    played: list[Round] = []
    random = Random(f"{seed} assignment")
    while len(played) < rounds and (offers := _offers(draft, stop)) is not None:
        choose = choose_exactly if len(offers) <= most_exact else choose_among_many
        played.append(_play(draft, offers, random, choose, seed=seed, tries=tries, stop=stop))
        scores.append(played[-1].score)
        if scores[-1] == scores[-2]:
            break
    return Assigned(draft.agreed(), draft.plan(), scores[0], scores[-1], tuple(played))


def _offers(draft: Draft, stop: Stop) -> Offers | None:
    """What every contract could choose from; None if time is up before all is known."""
    offers: list[list[Candidate]] = []
    for contract_id in draft.contracts:
        if stop():
            return None
        offers.append(offer_of(draft, contract_id))
    return offers or None


@dataclass(frozen=True)
class Chosen:
    """What every contract is to take, what that would cost, and the bound for it; `worth` is that of scarce rows."""

    choice: Choice
    proved: bool
    bound: float
    cost: int
    worth: Mapping[Hashable, float]


class Choose(Protocol):
    """A way to choose for all contracts at once."""

    def __call__(self, offers: Offers, rows: Sequence[Row], *, hint: Choice, seed: int, stop: Stop) -> Chosen: ...


def choose_exactly(offers: Offers, rows: Sequence[Row], *, hint: Choice, seed: int, stop: Stop) -> Chosen:
    """By CP-SAT; the bound and what is scarce from the linear relaxation."""
    relaxation = relax(offers, rows)
    decision = decide(offers, rows, hint=hint, seed=seed, stop=stop)
    cost = Prices(offers).total(decision.choice)
    return Chosen(decision.choice, decision.proved, relaxation.bound, cost, relaxation.worth)


def choose_among_many(offers: Offers, rows: Sequence[Row], *, hint: Choice, seed: int, stop: Stop) -> Chosen:
    """By Lagrangian relaxation, all of it."""
    answer = decide_many(offers, rows, hint=hint, seed=seed, stop=stop)
    return Chosen(answer.decision.choice, answer.decision.proved, answer.bound, answer.cost, answer.worth)


def _play(draft: Draft, offers: Offers, random: Random, choose: Choose, *, seed: int, tries: int, stop: Stop) -> Round:
    rows = rows_of(offers, draft.room)
    now: Choice = tuple(0 if contract_id in draft.taken else None for contract_id in draft.contracts)
    chosen = choose(offers, rows, hint=now, seed=seed, stop=stop)
    wanted = pieces(offers, rows, now=now, then=chosen.choice)
    num_moved = put_into_effect(draft, offers, wanted, now=now, then=chosen.choice)
    guide = Guide({key: worth for key, worth in chosen.worth.items() if worth > 0})
    return Round(
        num_candidates=sum(map(len, offers)),
        num_rows=len(rows),
        bound=chosen.bound,
        chosen=chosen.cost,
        proved=chosen.proved,
        num_scarce=len(guide.worth),
        num_wanted=sum(map(len, wanted)),
        num_moved=num_moved,
        num_replanned=_replan_neighbours(draft, random, guide, count=tries * len(offers), stop=stop),
        score=draft.score(),
    )


def offer_of(draft: Draft, contract_id: str, *, keep: Keep = best_at_each) -> list[Candidate]:
    """What a contract has, at what it costs with all others in the plan, then what else it could take."""
    taken = draft.taken.get(contract_id)
    if taken is None:
        return draft.candidates(contract_id, keep=keep)
    if not draft.may_move(contract_id):
        return [replace(taken, price=0)]
    draft.begin()
    draft.take_out(contract_id)
    _, _, price = draft.gain()
    found = draft.candidates(contract_id, keep=keep)
    draft.undo()
    return [replace(taken, price=price), *found]


def pieces(offers: Offers, rows: Sequence[Row], *, now: Choice, then: Choice) -> list[tuple[int, ...]]:
    """The contracts that change, those together that hand something scarce to each other; the most gain first."""
    changed = [c for c, (old, new) in enumerate(zip(now, then, strict=True)) if old != new]
    group = {c: {c} for c in changed}
    for row in rows:
        near = group.keys() & {c for c, _, _ in row.terms}
        rise = {c: row.amount(c, then[c]) - row.amount(c, now[c]) for c in near}
        taken = sum(amount for amount in rise.values() if amount > 0)
        if taken and row.used(now) + taken > row.at_most:
            united = set[int]().union(*(group[c] for c in near if rise[c]))
            group.update(dict.fromkeys(united, united))
    prices = Prices(offers)
    gain = {c: prices.of_choice(c, now[c]) - prices.of_choice(c, then[c]) for c in changed}
    found = {tuple(sorted(each)) for each in group.values()}
    return sorted(found, key=lambda piece: (-sum(gain[c] for c in piece), piece))


def put_into_effect(
    draft: Draft, offers: Offers, wanted: Sequence[tuple[int, ...]], *, now: Choice, then: Choice, stop: Stop = never
) -> int:
    """Change the contracts of each piece together, where that is a gain; how many changed until it was stopped."""
    ids, num_moved = tuple(draft.contracts), 0
    for piece in wanted:
        if stop():
            break
        served = [ids[c] for c in piece if now[c] is not None]
        if not all(map(draft.may_move, served)):
            continue
        draft.begin()
        draft.take_out(*served)
        for c in piece:
            b = then[c]
            if b is not None and not draft.put(offers[c][b]):
                draft.put_best(ids[c], Guide())
        if draft.gain() > NO_GAIN:
            num_moved += len(piece)
        else:
            draft.undo()
    return num_moved


def _replan_neighbours(draft: Draft, random: Random, guide: Guide, *, count: int, stop: Stop) -> int:
    near, num_gains = neighbourhoods_of(draft), 0
    for _ in range(count):
        if stop():
            break
        drawn = [each for each in near.draw(random) if each not in draft.taken or draft.may_move(each)]
        draft.begin()
        draft.take_out(*(each for each in drawn if each in draft.taken))
        for contract_id in drawn:
            draft.put_best(contract_id, guide)
        if draft.gain() > NO_GAIN:
            num_gains += 1
        else:
            draft.undo()
    return num_gains

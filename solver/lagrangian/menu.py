"""What contracts can choose from, as arrays, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.issues import InputError, Issue, IssueCode
from solver.kernels.arrays import I64
from solver.lagrangian.kernels import Arrays

MOST_MONEY = 2**60
"""All refusals together, in minor units: sums stay within 64 bits."""


@dataclass(frozen=True, eq=False)
class Menu:
    """N contracts with M options, under R rows. Every contract takes one of its options or is refused.

    Parameters
    ----------
    first_option
        [N + 1]; the options of contract c are first_option[c] to first_option[c + 1] - 1. It may have none.
    cost, refusal
        [M] and [N], in minor units.
    first_use
        [M + 1]; the uses of option o are first_use[o] to first_use[o + 1] - 1.
    row, amount
        Of each use, which row it takes how much of: pieces, minutes, parcels. Positive; no row twice in an option.
    capacity
        [R], what all contracts together can take of each row.

    Raises
    ------
    InputError
        With every rule that is broken.
    """

    first_option: I64
    cost: I64
    refusal: I64
    first_use: I64
    row: I64
    amount: I64
    capacity: I64

    def __post_init__(self) -> None:
        issues = [*_of_shape(self)] or [*_of_values(self)]
        if issues:
            raise InputError(*issues)

    @property
    def num_contracts(self) -> int:
        return len(self.refusal)

    @property
    def num_options(self) -> int:
        return len(self.cost)

    @property
    def num_rows(self) -> int:
        return len(self.capacity)

    @cached_property
    def arrays(self) -> Arrays:
        """As the kernels take them; what alone takes more of a row than there is costs no less than a refusal."""
        contract = np.repeat(np.arange(self.num_contracts, dtype=np.int32), np.diff(self.first_option))
        row = np.ascontiguousarray(self.row, dtype=np.int32)
        wide = (self.first_option, self.cost, self.refusal, self.first_use, self.amount, self.capacity)
        first_option, cost, refusal, first_use, amount, capacity = (
            np.ascontiguousarray(each, dtype=np.int64) for each in wide
        )
        uses = np.flatnonzero(amount > capacity[row])
        impossible = np.searchsorted(first_use, uses, side="right") - 1
        cost = cost.copy()
        cost[impossible] = np.maximum(cost[impossible], refusal[contract[impossible]])
        return Arrays(first_option, contract, cost, refusal, first_use, row, amount, capacity)

    @cached_property
    def largest_money(self) -> int:
        """The largest cost or refusal, above or below zero."""
        return max((int(np.abs(each).max()) for each in (self.cost, self.refusal) if len(each)), default=0)

    def scale(self, most: int) -> int:
        """The largest power of two up to `most` with which all money together stays within 64 bits."""
        scale = most
        while scale > 1 and scale * (self.num_contracts + 1) * self.largest_money >= 4 * MOST_MONEY:
            scale //= 2
        return scale

    @cached_property
    def spread(self) -> float:
        """What a refusal costs more than the cheapest option, on average over contracts that would take one."""
        cheapest = self.refusal.astype(np.int64).copy()
        np.minimum.at(cheapest, self.arrays.contract, self.arrays.cost)
        saved = (self.refusal - cheapest).astype(np.float64)
        return float(saved[saved > 0].mean()) if np.any(saved > 0) else 1.0

    def cost_of(self, chosen: I64) -> int:
        """What a choice costs, refusals at their price."""
        served = chosen >= 0
        return int(self.cost[chosen[served]].sum()) + int(self.refusal[~served].sum())

    def keeps(self, chosen: I64) -> bool:
        """Whether a choice takes no more of any row than there is."""
        lengths = np.diff(self.first_use)
        taken = np.zeros(self.num_options, dtype=bool)
        taken[chosen[chosen >= 0]] = True
        uses = np.repeat(taken, lengths)
        load = np.zeros(self.num_rows, dtype=np.int64)
        np.add.at(load, self.row[uses], self.amount[uses])
        return bool(np.all(load <= self.capacity))


def _of_shape(menu: Menu) -> Iterator[Issue]:
    lengths = {"cost": len(menu.cost), "amount": len(menu.amount), "row": len(menu.row)}
    yield from _delimits("first_option", menu.first_option, menu.num_contracts, lengths["cost"])
    yield from _delimits("first_use", menu.first_use, lengths["cost"], lengths["row"])
    if lengths["amount"] != lengths["row"]:
        yield _invalid(
            "amount",
            f"amount ({lengths['amount']}) must have as many entries as row ({lengths['row']})",
            "give one amount for each use",
        )


def _delimits(name: str, first: I64, num_owners: int, num_owned: int) -> Iterator[Issue]:
    if len(first) != num_owners + 1 or first[0] != 0 or first[-1] != num_owned or np.any(np.diff(first) < 0):
        yield _invalid(
            name,
            f"{name} must rise from 0 to {num_owned} in {num_owners + 1} entries, but has {len(first)}"
            + (f" from {first[0]} to {first[-1]}" if len(first) else ""),
            "start with 0 and add what each one has",
        )


def _of_values(menu: Menu) -> Iterator[Issue]:
    yield from _each("capacity", menu.capacity, menu.capacity < 0, "must be >= 0", "nothing left is 0")
    yield from _each("amount", menu.amount, menu.amount <= 0, "must be > 0", "leave out what is not taken")
    outside = (menu.row < 0) | (menu.row >= menu.num_rows)
    yield from _each("row", menu.row, outside, f"must be in 0..{menu.num_rows - 1}", "name a row that has a capacity")
    yield from _twice(menu)
    if (menu.num_contracts + 1) * menu.largest_money >= MOST_MONEY:
        yield _invalid(
            "cost",
            f"contracts ({menu.num_contracts}) times the largest cost or refusal ({menu.largest_money})"
            f" must be < {MOST_MONEY}",
            "price refusals by what they lose, not by a number larger than all",
        )


def _each(
    name: str, values: I64, wrong: np.ndarray[tuple[int], np.dtype[np.bool_]], rule: str, hint: str
) -> Iterator[Issue]:
    """One issue for the first of them, which says how many there are."""
    at = np.flatnonzero(wrong)
    if len(at):
        others = f", and {len(at) - 1} more" if len(at) > 1 else ""
        yield _invalid(f"{name}[{at[0]}]", f"{name} ({values[at[0]]}) {rule}{others}", hint)


def _twice(menu: Menu) -> Iterator[Issue]:
    option = np.repeat(np.arange(menu.num_options), np.diff(menu.first_use))
    key = option * max(1, menu.num_rows) + menu.row
    key.sort()
    again = np.flatnonzero(key[1:] == key[:-1])
    if len(again):
        o, r = divmod(int(key[again[0]]), max(1, menu.num_rows))
        yield _invalid(f"option[{o}]", f"option {o} must name row {r} once, but names it twice", "add the amounts up")


def _invalid(path: str, message: str, hint: str) -> Issue:
    return Issue(code=IssueCode.VALUE_INVALID, path=path, message=message, hint=hint)

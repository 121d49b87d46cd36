"""Menus that are small enough to look at every choice, and an independent look at them."""

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

import numpy as np

from solver.kernels.arrays import I64
from solver.lagrangian import Menu

Option = tuple[int, dict[int, int]]
"""Its cost, and what it takes of which row."""


def a_menu(offers: Sequence[Sequence[Option]], capacity: Sequence[int], refusal: Sequence[int]) -> Menu:
    options = [option for offer in offers for option in offer]
    return Menu(
        first_option=_first(map(len, offers)),
        cost=_column(cost for cost, _ in options),
        refusal=_column(refusal),
        first_use=_first(len(uses) for _, uses in options),
        row=_column(row for _, uses in options for row in uses),
        amount=_column(amount for _, uses in options for amount in uses.values()),
        capacity=_column(capacity),
    )


def _column(values: object) -> I64:
    return np.array(list(values), dtype=np.int64)  # type: ignore[call-overload]


def _first(lengths: object) -> I64:
    return np.concatenate(([0], np.cumsum(_column(lengths)))).astype(np.int64)


def a_random_menu(seed: int, *, num_contracts: int, num_rows: int = 4, num_options: int = 4) -> Menu:
    """Some contracts without options, some costs below zero or above the refusal, some rows without anything."""
    random = Random(seed)
    offers = [
        [
            (
                random.randint(-50, 400),
                {r: random.randint(1, 5) for r in range(num_rows) if random.random() < 0.5},
            )
            for _ in range(random.randint(0, num_options))
        ]
        for _ in range(num_contracts)
    ]
    capacity = [random.randint(0, max(1, 2 * num_contracts)) for _ in range(num_rows)]
    return a_menu(offers, capacity, [random.randint(0, 800) for _ in range(num_contracts)])


def every_choice(menu: Menu) -> Iterator[I64]:
    """All that keep the rows."""
    first = menu.first_option.tolist()
    offers = [[-1, *range(first[c], first[c + 1])] for c in range(menu.num_contracts)]
    for each in product(*offers):
        chosen = np.array(each, dtype=np.int64)
        if keeps(menu, chosen):
            yield chosen


def keeps(menu: Menu, chosen: I64) -> bool:
    load = [0] * menu.num_rows
    for o in chosen.tolist():
        if o >= 0:
            for u in range(menu.first_use[o], menu.first_use[o + 1]):
                load[menu.row[u]] += int(menu.amount[u])
    return all(taken <= there for taken, there in zip(load, menu.capacity.tolist(), strict=True))


def cost(menu: Menu, chosen: I64) -> int:
    return sum(int(menu.refusal[c] if o < 0 else menu.cost[o]) for c, o in enumerate(chosen.tolist()))

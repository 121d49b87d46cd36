"""Instances of the assignment: many contracts with a few options each, under scarce shared rows.

A town of square zones with a site in each. A contract is one SKU, or two, of a zone, and wants a slot of
the day. Of every eight options, six are deliveries by the zone's fleet, from one of the four nearest
sites and in or around the wanted slot; one is a parcel, which costs more and needs no fleet, and one is
fetched by the customer, who gets something for it. So every option takes pieces of its site's stock
of each SKU and minutes of the pickers there in that slot; a delivery takes minutes of the zone's
fleet in its slot too.

How much there is follows from what would be taken if everybody took each of the own options equally
often, times a factor below and a lognormal one for each row: some rows are empty soon, others never.
"""

from dataclasses import dataclass

import numpy as np

from solver.kernels.arrays import I64
from solver.lagrangian.menu import Menu

PER_ZONE = 2500
"""Contracts."""

NUM_SLOTS, NUM_SKUS, NUM_NEAR = 8, 100, 4

STOCK, PICKING, FLEET = 1.05, 1.10, 0.80
"""Of what would be taken: some stock is in the wrong place, and the fleet is for four in five at most."""

UNEVEN = 0.3
"""Standard deviation of the logarithm of what a row has, compared with what it is to have."""

DELIVERY, PARCEL, FETCHED = 0, 1, 2

MODES = (DELIVERY, DELIVERY, DELIVERY, PARCEL, FETCHED, DELIVERY, DELIVERY, DELIVERY)
"""Of the options of every contract, over and over."""

RUSH = np.array((1, 2, 3, 2, 1, 2, 4, 3)) / 18
"""How the slots are wanted: most before noon and in the evening."""


@dataclass(frozen=True, eq=False)
class Town:
    """Where things are.

    Parameters
    ----------
    near, metres
        [zones, NUM_NEAR], the sites nearest to each zone, and how far they are.
    """

    near: I64
    metres: I64

    @property
    def num_zones(self) -> int:
        return len(self.near)


@dataclass(frozen=True, eq=False)
class Goods:
    """What each contract [N, 2] wants: SKUs, and how many pieces of each; 0: the second is not wanted."""

    sku: I64
    pieces: I64


@dataclass(frozen=True, eq=False)
class Ways:
    """The options [N, options]: from which site, in which slot, how, how far, how far from the slot that is wanted."""

    zone: I64
    site: I64
    slot: I64
    mode: I64
    metres: I64
    shift: I64

    @property
    def fleet_minutes(self) -> I64:
        return np.where(self.mode == DELIVERY, 6 + self.metres // 250, 0)


def generate(num_contracts: int, num_options: int, *, seed: int) -> Menu:
    """The same arrays for the same arguments."""
    random = np.random.default_rng([seed, num_contracts, num_options])
    town = _town(max(2, round((num_contracts / PER_ZONE) ** 0.5)))
    ways = _ways(town, random, shape=(num_contracts, num_options))
    goods = _goods(random, num_contracts)
    all_pieces = goods.pieces.sum(axis=1)
    picking = np.broadcast_to(2 + 2 * all_pieces[:, None], ways.site.shape)
    rows, amounts = _uses(town, ways, goods, picking)
    kept = amounts > 0
    return Menu(
        first_option=np.arange(num_contracts + 1) * num_options,
        cost=(_costs(ways, all_pieces, picking) + random.integers(0, 60, size=ways.site.shape)).ravel(),
        refusal=1800 + random.integers(0, 3000, size=num_contracts) + 300 * all_pieces,
        first_use=np.concatenate(([0], np.cumsum(kept.sum(axis=1)))),
        row=rows[kept],
        amount=amounts[kept],
        capacity=_capacity(town, random, rows, amounts, num_options=num_options),
    )


def _town(side: int) -> Town:
    """Square zones of a kilometre with a site in the middle of each."""
    y, x = np.divmod(np.arange(side * side), side)
    metres = (1000 * np.hypot(x[:, None] - x, y[:, None] - y)).astype(np.int64) + 500
    near = np.argsort(metres, axis=1, kind="stable")[:, :NUM_NEAR]
    return Town(near, np.take_along_axis(metres, near, axis=1))


def _ways(town: Town, random: np.random.Generator, *, shape: tuple[int, int]) -> Ways:
    zone = random.integers(town.num_zones, size=shape[0])[:, None]
    rank = random.integers(NUM_NEAR, size=shape)
    wanted = random.choice(NUM_SLOTS, size=shape[0], p=RUSH)[:, None]
    shift = random.choice([0, 1, -1, 2, -2], size=shape, p=[0.4, 0.2, 0.2, 0.1, 0.1])
    shift[:, 0] = 0
    slot = np.clip(wanted + shift, 0, NUM_SLOTS - 1)
    mode = np.broadcast_to(np.resize(MODES, shape[1]), shape)
    return Ways(zone, town.near[zone, rank], slot, mode, town.metres[zone, rank], np.abs(slot - wanted))


def _goods(random: np.random.Generator, num_contracts: int) -> Goods:
    """The n-th SKU is wanted 1/n as often as the first; three in ten contracts want a second one."""
    popularity = 1 / np.arange(1, NUM_SKUS + 1)
    sku = random.choice(NUM_SKUS, size=(num_contracts, 2), p=popularity / popularity.sum())
    pieces = random.integers(1, 4, size=(num_contracts, 2))
    pieces[:, 1] *= (random.random(num_contracts) < 0.3) & (sku[:, 0] != sku[:, 1])
    return Goods(sku, pieces)


def _costs(ways: Ways, all_pieces: I64, picking: I64) -> I64:
    """In minor units: picking, then the fleet and a discount for another slot, or a tariff, or a gift."""
    delivery = 25 * ways.fleet_minutes + 90 * ways.shift
    parcel = np.broadcast_to(700 + 60 * all_pieces[:, None], picking.shape)
    fetched = 350 + ways.metres // 10
    return np.asarray(120 + 10 * picking + np.choose(ways.mode, (delivery, parcel, fetched)), dtype=np.int64)


def _uses(town: Town, ways: Ways, goods: Goods, picking: I64) -> tuple[I64, I64]:
    """[N * options, 4]: rows and amounts of two SKUs, of picking and of the fleet; an amount of 0 is no use."""
    shape, stock = ways.site.shape, town.num_zones * NUM_SKUS
    cells = town.num_zones * NUM_SLOTS
    rows = (
        ways.site * NUM_SKUS + goods.sku[:, 0, None],
        ways.site * NUM_SKUS + goods.sku[:, 1, None],
        stock + ways.site * NUM_SLOTS + ways.slot,
        stock + cells + ways.zone * NUM_SLOTS + ways.slot,
    )
    pieces = [np.broadcast_to(goods.pieces[:, n, None], shape) for n in (0, 1)]
    amounts = (*pieces, picking, ways.fleet_minutes)
    return np.stack(rows, axis=2).reshape(-1, 4), np.stack(amounts, axis=2).reshape(-1, 4)


def _capacity(town: Town, random: np.random.Generator, rows: I64, amounts: I64, *, num_options: int) -> I64:
    factors = np.repeat((STOCK, PICKING, FLEET), town.num_zones * np.array((NUM_SKUS, NUM_SLOTS, NUM_SLOTS)))
    taken = np.bincount(rows.ravel(), weights=amounts.ravel(), minlength=len(factors)) / num_options
    uneven = random.lognormal(0.0, UNEVEN, size=len(factors))
    capacity: I64 = np.floor(taken * factors * uneven).astype(np.int64)
    return capacity

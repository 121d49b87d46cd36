"""Whatever happens to resources and stock, the plan stays valid and nobody is silently lost."""

import random
from collections import Counter
from contextlib import suppress
from itertools import count

import pytest

from models.issues import StateError
from models.plan import Plan
from models.promise import PromiseState
from server.promising.books import demands_by_site
from tests.server.promising.builders import MINUTE, Shop, an_order
from tests.server.promising.run_time.builders import a_count, broken, look, mended

RESOURCES = ("R-1", "R-2", "V-1", "V-2", "X-1", "STORE", "DEPOT")


class Day:
    """A shop to which things happen at random."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.dice, self.numbers = shop, random.Random(seed), count(1)
        self.tokens: list[str] = []
        self.held: list[str] = []

    def quote(self) -> None:
        n = next(self.numbers)
        options = self.shop.quoted(an_order(f"o{n}", "LEEKS", member=f"m{n}", crossing=3 + n % 3)).options
        self.tokens += [self.dice.choice(options).token] if options else []

    def hold(self) -> None:
        if self.tokens:
            token = self.tokens.pop(self.dice.randrange(len(self.tokens)))
            self.held.append(self.shop.promising.hold(token, request_id=self.shop.request_id()).reservation_id)

    def confirm(self) -> None:
        if self.held:
            self.shop.promising.confirm(self.held.pop(0), request_id=self.shop.request_id())

    def count(self) -> None:
        a_count(self.shop, self.dice.choice(("STORE", "DEPOT")), LEEKS=self.dice.randrange(4))

    def break_down(self) -> None:
        broken(self.shop, self.dice.choice(RESOURCES))

    def mend(self) -> None:
        mended(self.shop, self.dice.choice(RESOURCES))

    def wait(self) -> None:
        self.shop.later(MINUTE * self.dice.randrange(1, 4))

    def go_on(self) -> None:
        acts = (self.quote, self.hold, self.confirm, self.count, self.break_down, self.mend, self.wait)
        with suppress(StateError):  # taken, expired, outdated or under way: nothing was changed
            self.dice.choices(acts, weights=(3, 3, 3, 2, 1, 1, 1))[0]()


@pytest.mark.parametrize("seed", range(4))
def test_the_plan_stays_valid_and_every_promise_is_planned_or_openly_at_risk(shop: Shop, seed: int) -> None:
    day = Day(shop, seed)
    for _ in range(40):
        day.go_on()
        assert shop.promising.check() == ()
    _look_at_the_promises(shop, shop.promising.plan())
    _look_at_the_stock(shop)
    look(shop)


def _look_at_the_promises(shop: Shop, plan: Plan) -> None:
    contracts = shop.promising.contracts(page_size=100).contracts
    promised = {(each.contract_id, promise.item_id): promise for each in contracts for promise in each.promises}
    planned = {(each.contract_id, each.item_id) for each in plan.assignments}
    lost = {(each.contract_id, each.item_id) for each in plan.unplanned}
    assert promised.keys() <= planned | lost
    assert not planned & lost
    assert all(promised[key].state is PromiseState.AT_RISK for key in lost)


def _look_at_the_stock(shop: Shop) -> None:
    problem = shop.promising.problem()
    contracts = {contract.contract_id: contract for contract in problem.contracts}
    taken = Counter[tuple[str, str]]()
    for site_id, demand in demands_by_site(problem.initial_plan.assignments, contracts):
        taken[site_id, demand.sku_id] += demand.quantity
    levels = shop.promising.stock_levels(page_size=100).levels
    assert {(each.site_id, each.sku_id): each.reserved for each in levels if each.reserved} == dict(taken)
    assert all(each.reserved - each.shortage <= each.on_hand for each in levels)

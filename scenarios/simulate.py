"""A morning in simulated time: orders arrive, customers choose, routes are replanned.

The simulator drives the real use cases through `Promises`; it knows neither gRPC nor a clock.
Every random draw belongs to an order or a customer, not to the turn in which it is made, so two
policies meet the same customers.

References
----------
The choice is a multinomial logit, drawn by the Gumbel trick: Gumbel, E. J. (1954). Statistical
theory of extreme values. NBS Applied Mathematics Series 33.
"""

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from random import Random
from typing import Protocol

from models.contract import Contract
from models.issues import IssueCode, StateError
from models.option import Quote, SlaOption
from models.order import Order
from models.plan import Cost, Violation
from models.promise import Mode
from models.reservation import Reservation
from scenarios.replan_times import replan_times

MAX_TRIES = 3
"""Quotes that a customer waits for when somebody else is faster with a hold."""

_WORTH_ANOTHER_QUOTE = {IssueCode.CAPACITY_TAKEN, IssueCode.OPTION_OUTDATED, IssueCode.OPTION_EXPIRED}


class Joined(Protocol):
    """The contract that an order is in."""

    @property
    def order_id(self) -> str: ...
    @property
    def contract_id(self) -> str: ...


class Replanned(Protocol):
    """What a replan did."""

    @property
    def promises_moved(self) -> Sequence[str]: ...
    @property
    def cost_before(self) -> Cost: ...
    @property
    def cost_after(self) -> Cost: ...


class Promises(Protocol):
    """The use cases that a simulation needs."""

    def advance(self, instant: datetime) -> None: ...
    def submit(self, orders: Sequence[Order], *, request_id: str) -> Sequence[Joined]: ...
    def quote(self, contract_id: str) -> Quote: ...
    def hold(self, option_token: str, *, request_id: str) -> Reservation: ...
    def confirm(self, reservation_id: str, *, request_id: str) -> Contract: ...
    def replan(self, *, request_id: str, seed: int, iterations: int) -> Replanned: ...
    def check(self) -> Sequence[Violation]: ...


@dataclass(frozen=True)
class Taste:
    """What customers care about: utilities per yuan, hour and trip, before a standard Gumbel draw.

    Parameters
    ----------
    flexible_share, per_hour_flexible
        Share of the customers who are at home all day, and what an hour is to them.
    green_share, per_kg_co2_green
        Share of the customers who mind CO2, and by how much.
    leave
        Utility of taking no option at all.
    """

    per_fee_unit: float = -0.004
    per_hour: float = -0.5
    per_pickup: float = -0.8
    per_extra_stop: float = -0.3
    wish_met: float = 1.5
    flexible_share: float = 0.2
    per_hour_flexible: float = -0.05
    green_share: float = 0.1
    per_kg_co2_green: float = -8.0
    leave: float = -4.0

    def utility(self, option: SlaOption, now: datetime, *, flexible: bool = False, green: bool = False) -> float:
        latest = max(promise.window.latest for promise in option.promises)
        hours = min((latest - now) / timedelta(hours=1), 12.0)
        num_pickups = sum(promise.mode is Mode.PICKUP for promise in option.promises)
        return (
            self.per_fee_unit * option.fee
            + (self.per_hour_flexible if flexible else self.per_hour) * hours
            + (self.per_kg_co2_green * option.co2_g / 1000 if green else 0.0)
            + self.per_pickup * num_pickups
            + self.per_extra_stop * (option.num_stops - 1)
            + self.wish_met * option.meets_wish
        )


class Outcome(StrEnum):
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    """The customer took no option."""
    REFUSED = "REFUSED"
    """There was no option to take."""


@dataclass
class Result:
    """What became of a simulated morning."""

    num_orders: int = 0
    num_options: int = 0
    outcome_by_contract_id: dict[str, Outcome] = field(default_factory=dict)
    quote_by_contract_id: dict[str, Quote] = field(default_factory=dict)
    chosen_by_contract_id: dict[str, SlaOption] = field(default_factory=dict)
    contract_id_by_order_id: dict[str, str] = field(default_factory=dict)
    replans: list[Replanned] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        return sum(each is outcome for each in self.outcome_by_contract_id.values())


class _Step(Protocol):
    def __call__(self, now: datetime) -> None: ...


class Simulation:
    """Plays orders against the use cases.

    Parameters
    ----------
    patience
        By order id: how long the customer takes to decide after that order, where it is not
        to be drawn. The last order of a contract counts.
    always_buys
        Ids of orders whose customer takes one of the options in any case.
    on_progress
        Called with the simulated time and the result so far.
    """

    def __init__(
        self,
        promises: Promises,
        *,
        seed: int,
        iterations: int,
        taste: Taste = Taste(),
        patience: Mapping[str, timedelta] | None = None,
        always_buys: frozenset[str] = frozenset(),
        on_progress: Callable[[datetime, Result], None] = lambda _now, _result: None,
    ) -> None:
        self.result = Result()
        self._promises, self._seed, self._iterations = promises, seed, iterations
        self._taste, self._patience, self._always_buys = taste, patience or {}, always_buys
        self._on_progress = on_progress
        self._agenda: list[tuple[datetime, int, _Step]] = []
        self._numbers = count()
        self._last_order_by_contract_id: dict[str, Order] = {}

    def run(self, orders: Sequence[Order], *, start: datetime, end: datetime) -> Result:
        """Play everything that happens from `start` to `end`; customers who still think finish."""
        for order in orders:
            self._plan(order.placed_time, lambda now, order=order: self._arrive(order, now))
        for n, at in enumerate(replan_times(start, end), 1):
            self._plan(at, lambda _now, n=n: self._replan(n))
        while self._agenda:
            now, _, step = heapq.heappop(self._agenda)
            self._promises.advance(now)
            step(now)
            self._on_progress(now, self.result)
        return self.result

    def _plan(self, time: datetime, step: _Step) -> None:
        heapq.heappush(self._agenda, (time, next(self._numbers), step))

    def _arrive(self, order: Order, now: datetime) -> None:
        [joined] = self._promises.submit([order], request_id=f"submit-{order.order_id}")
        self.result.num_orders += 1
        self.result.contract_id_by_order_id[order.order_id] = joined.contract_id
        self._last_order_by_contract_id[joined.contract_id] = order
        quote = self._ask(joined.contract_id)
        if quote.options:
            self._plan(now + self._thinking(order), lambda at: self._decide(order, joined.contract_id, quote, at))
        else:
            self.result.outcome_by_contract_id[joined.contract_id] = Outcome.REFUSED

    def _ask(self, contract_id: str) -> Quote:
        quote = self._promises.quote(contract_id)
        self.result.num_options += len(quote.options)
        self.result.quote_by_contract_id[contract_id] = quote
        return quote

    def _thinking(self, order: Order) -> timedelta:
        if order.order_id in self._patience:
            return self._patience[order.order_id]
        seconds = self._random(order, "thinks").lognormvariate(math.log(40), 0.5)
        return timedelta(seconds=round(min(seconds, 115)))

    def _decide(self, order: Order, contract_id: str, quote: Quote, now: datetime) -> None:
        if self._last_order_by_contract_id[contract_id] is not order:
            return  # another order has joined since, and its quote is the one that counts
        for attempt in range(MAX_TRIES):
            if now >= quote.expire_time or attempt:
                quote = self._ask(contract_id)
            if not quote.options:
                self.result.outcome_by_contract_id[contract_id] = Outcome.REFUSED
                return
            chosen = self._choose(order, quote, now)
            if chosen is None:
                self.result.outcome_by_contract_id[contract_id] = Outcome.DECLINED
                return
            if self._take(order, contract_id, chosen, attempt):
                return
        self.result.outcome_by_contract_id[contract_id] = Outcome.REFUSED

    def _choose(self, order: Order, quote: Quote, now: datetime) -> SlaOption | None:
        """The option of highest utility, or None if leaving is better."""
        taste = self._taste
        flexible = self._random(order, "flexible").random() < taste.flexible_share
        green = self._random(order, "green").random() < taste.green_share
        scored = [
            (taste.utility(each, now, flexible=flexible, green=green) + self._luck(order, _name(each)), each)
            for each in quote.options
        ]
        best, option = max(scored, key=lambda each: each[0])
        leaving = self._taste.leave + self._luck(order, "leave")
        return option if best >= leaving or order.order_id in self._always_buys else None

    def _take(self, order: Order, contract_id: str, option: SlaOption, attempt: int) -> bool:
        name = f"{order.order_id}-{attempt}"
        try:
            reservation = self._promises.hold(option.token, request_id=f"hold-{name}")
        except StateError as error:
            if any(issue.code in _WORTH_ANOTHER_QUOTE for issue in error.issues):
                return False
            raise
        self._promises.confirm(reservation.reservation_id, request_id=f"confirm-{name}")
        self.result.outcome_by_contract_id[contract_id] = Outcome.CONFIRMED
        self.result.chosen_by_contract_id[contract_id] = option
        return True

    def _replan(self, number: int) -> None:
        name = f"replan-{number}"
        self.result.replans.append(
            self._promises.replan(request_id=name, seed=self._seed + number, iterations=self._iterations)
        )
        self.result.violations.extend(self._promises.check())

    def _luck(self, order: Order, name: str) -> float:
        draw = self._random(order, name).random()
        return -math.log(-math.log(max(draw, 1e-12)))

    def _random(self, order: Order, purpose: str) -> Random:
        return Random(f"{self._seed}/{order.order_id}/{purpose}")


def _name(option: SlaOption) -> str:
    """The same for the same promises, whatever quote they are in."""
    return "+".join(f"{each.item_id}:{each.service_level_id}:{each.mode}" for each in option.promises)

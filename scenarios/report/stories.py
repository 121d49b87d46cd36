"""The stories: orders of a customer, the options they were quoted, and what the plan makes of the one they took."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from models.contract import Contract
from models.money import amount
from models.morning import ToldStory
from models.option import Quote, SlaOption, percent
from models.promise import CompensationLadder, CompensationStep
from scenarios.report.local_clock import LocalClock
from scenarios.report.names import item_name, item_names, sku_name
from scenarios.report.wording import Words
from scenarios.report.work import Work


@dataclass(frozen=True)
class PartView:
    """A promise of an option."""

    item: str
    by: str
    site: str
    level: str
    promised: str
    fee: str
    on_time: str


@dataclass(frozen=True)
class OptionView:
    """An option, every figure as text; `compared` against the recommended one, empty for that one itself."""

    number: int
    names: tuple[str, ...]
    recommended: bool
    taken: bool
    meets_wish: bool
    fee: str
    cost: str
    on_time: str
    co2: str
    stops: str
    compared: tuple[str, ...]
    parts: tuple[PartView, ...]


@dataclass(frozen=True)
class DeedView:
    """An item as the plan has it."""

    item: str
    by: str
    site: str
    who: str
    starts: str
    papers: str


@dataclass(frozen=True)
class StoryView:
    """`contract_id` is empty where the plan has no such contract."""

    title: str
    contract_id: str
    orders: tuple[tuple[str, str, str], ...]
    options: tuple[OptionView, ...]
    ladders: tuple[str, ...]
    deeds: tuple[DeedView, ...]


@dataclass(frozen=True)
class Storyteller:
    """Puts stories into words."""

    work: Work
    clock: LocalClock
    words: Words

    def view(self, story: ToldStory) -> StoryView:
        contract = self.work.contract_by_id.get(story.quote.contract_id) if story.quote else None
        quoted = contract and story.quote
        return StoryView(
            title=self.words.named(f"story.{story.name}", story.title),
            contract_id=contract.contract_id if contract else "",
            orders=tuple(self._orders(story, contract)),
            options=tuple(self._options(contract, story)) if contract and quoted else (),
            ladders=tuple(self._ladders(story.quote)) if story.quote else (),
            deeds=tuple(self._deeds(contract)) if contract else (),
        )

    def _orders(self, story: ToldStory, contract: Contract | None) -> Iterator[tuple[str, str, str]]:
        reasons = {each.order_id: each.reasons for each in contract.orders} if contract else {}
        for order in story.orders:
            goods = ", ".join(
                f"{line.quantity} × {sku_name(self.work.world, line.sku_id, self.words)}" for line in order.lines
            )
            why = ", ".join(self.words.code("join", each) for each in reasons.get(order.order_id, ()))
            yield self.words.code("channel", order.channel), goods, why

    def _options(self, contract: Contract, story: ToldStory) -> Iterator[OptionView]:
        for number, option in enumerate(story.quote.options if story.quote else (), start=1):
            taken = story.chosen is not None and story.chosen.promises == option.promises
            yield OptionView(
                number=number,
                names=tuple(self.words.code("archetype", each) for each in option.archetypes),
                recommended=option.recommended,
                taken=taken,
                meets_wish=option.meets_wish,
                fee=amount(option.fee, option.currency),
                cost=amount(option.cost.total, option.currency),
                on_time=percent(option.p_on_time),
                co2=str(option.co2_g),
                stops=self.words("option.stop")
                if option.num_stops == 1
                else self.words("option.stops", n=option.num_stops),
                compared=self._compared(option),
                parts=tuple(self._parts(contract, option)),
            )

    def _compared(self, option: SlaOption) -> tuple[str, ...]:
        """Minutes, fee, cost, CO2."""
        compared = option.compared
        if compared is None or option.recommended:
            return ()
        money = (_signed(each, option.currency) for each in (compared.fee, compared.cost))
        return (self.words.later(compared.minutes_later), *money, f"{compared.co2_g:+d}")

    def _parts(self, contract: Contract, option: SlaOption) -> Iterator[PartView]:
        names = item_names(self.work.world, contract, option, self.words)
        site_by_item = {each.item_id: each.site_id or "" for each in option.assignments}
        for promise in option.promises:
            yield PartView(
                item=names.get(promise.item_id, promise.item_id),
                by=self.words.code("mode", promise.mode),
                site=site_by_item.get(promise.item_id, ""),
                level=promise.service_level_id,
                promised=self.clock.window(promise.window),
                fee=amount(promise.fee, option.currency),
                on_time=percent(option.p_on_time_by_item_id[promise.item_id]),
            )

    def _ladders(self, quote: Quote) -> Iterator[str]:
        """What is owed for lateness, once per level."""
        promises = [(option.currency, promise) for option in quote.options for promise in option.promises]
        ladders = {promise.service_level_id: (promise.ladder, currency) for currency, promise in promises}
        for level, (ladder, currency) in sorted(ladders.items()):
            if ladder.steps:
                yield self.words("option.late", level=level, steps=self._owed(ladder, currency))

    def _owed(self, ladder: CompensationLadder, currency: str) -> str:
        return ", ".join(self._step(step, currency) for step in ladder.steps)

    def _step(self, step: CompensationStep, currency: str) -> str:
        return self.words(
            "option.from_minute" if step.at_lateness else "option.at_once",
            kind=self.words.code("compensation", step.kind),
            amount=amount(step.amount, currency),
            minutes=step.at_lateness // timedelta(minutes=1),
        )

    def _deeds(self, contract: Contract) -> Iterator[DeedView]:
        for item in contract.items:
            each = self.work.assignment_by_key.get((contract.contract_id, item.item_id))
            if each:
                papers = (paper for paper in contract.documents if paper.item_id == item.item_id)
                yield DeedView(
                    item=item_name(self.work.world, contract, item, self.words),
                    by=self.words.code("mode", each.mode),
                    site=each.site_id or "",
                    who=each.resource_id or "",
                    starts=self.clock.text(each.planned_start),
                    papers=", ".join(f"{self.words.code('paper', one.kind)} {one.document_id}" for one in papers),
                )


def views_of(stories: Iterable[ToldStory], teller: Storyteller) -> tuple[StoryView, ...]:
    return tuple(map(teller.view, stories))


def _signed(minor_units: int, currency: str) -> str:
    return f"{'+' if minor_units > 0 else ''}{amount(minor_units, currency)}"

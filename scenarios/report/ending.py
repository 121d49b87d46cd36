"""What a played morning ends with: the night's replan, and the plan without its busiest store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.disturbance import ReplanReport
from models.money import amount
from models.morning import ClosedStore, MovedItem
from scenarios.report.disturbance import (
    CostRow,
    ExchangeView,
    PriceView,
    ReplanView,
    change_text,
    cost_rows,
)
from scenarios.report.local_clock import LocalClock
from scenarios.report.names import contract_name, item_name
from scenarios.report.wording import Words
from scenarios.report.work import Work

MOST_EXCHANGES, MOST_MOVED = 12, 40
"""On this page; all of them are in the plan's file."""


@dataclass(frozen=True)
class NightView:
    """The night in a few tables; `more` exchanges are left out."""

    lead: str
    costs: tuple[CostRow, ...]
    exchanges: tuple[ExchangeView, ...]
    more: int
    prices: tuple[PriceView, ...]
    note: str
    complete: bool


@dataclass(frozen=True)
class PromiseRow:
    name: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True)
class MovedRow:
    contract: str
    item: str
    site: str
    who: str


@dataclass(frozen=True)
class ClosedStoreView:
    """The two plans beside each other; `more` moved items are left out."""

    title: str
    lead: str
    verdict: str
    costs: tuple[CostRow, ...]
    promises: tuple[PromiseRow, ...]
    moved: tuple[MovedRow, ...]
    more: int


def night_view(report: ReplanReport, work: Work, words: Words) -> NightView:
    view = ReplanView(report, work.world, words, names=_names(work))
    exchanges = tuple(map(view.exchange, report.exchanges[:MOST_EXCHANGES]))
    hands = sum(each.changed_hands for each in report.contract_changes)
    saved = view.money(report.cost_before.total - report.cost_after.total)
    return NightView(
        lead=words(
            "night.lead",
            contracts=report.contracts,
            saved=saved,
            currency=report.currency,
            hands=hands,
            disturbance=view.money(report.disturbance),
        ),
        costs=tuple(view.costs()),
        exchanges=exchanges,
        more=len(report.exchanges) - len(exchanges),
        prices=tuple(map(view.price, report.promise_prices)),
        note=words("price.note", iterations=report.iterations, seed=report.seed),
        complete=report.complete,
    )


def closed_store_view(found: ClosedStore, work: Work, clock: LocalClock, words: Words) -> ClosedStoreView:
    store = _site(work, found.site_id)
    currency = work.world.catalogue.policy.currency
    rows = tuple(_moved(found.moved[:MOST_MOVED], work, words))
    return ClosedStoreView(
        title=words("closed.title", store=store),
        lead=words(
            "closed.lead",
            store=store,
            time=clock.text(found.time),
            items=found.items,
            seeds=len(found.seeds),
            iterations=found.iterations,
        ),
        verdict=_verdict(found, currency, words),
        costs=tuple(cost_rows(found.cost_before, found.cost_after, currency, words)),
        promises=tuple(_promises(found, work, words)),
        moved=rows,
        more=len(found.moved) - len(rows),
    )


def _verdict(found: ClosedStore, currency: str, words: Words) -> str:
    """In which direction the difference goes is said only if the interval says it."""
    mean = found.cost_after.total - found.cost_before.total
    low, high = round(found.cost_difference.low), round(found.cost_difference.high)
    key = "closed.dearer" if low > 0 else "closed.cheaper" if high < 0 else "closed.open"
    shown = {"mean": mean, "less": -mean, "low": low, "high": high}
    return words(key, currency=currency, **{name: amount(each, currency) for name, each in shown.items()})


def _promises(found: ClosedStore, work: Work, words: Words) -> Iterator[PromiseRow]:
    confidence = round(100 * work.world.catalogue.policy.recommended_confidence)
    for name, each in found.promises.items():
        parts = (f"{value:.1f}".removesuffix(".0") for value in (each.before, each.after, each.after - each.before))
        yield PromiseRow(words(f"closed.{name}", confidence=confidence), *parts)


def _moved(items: tuple[MovedItem, ...], work: Work, words: Words) -> Iterator[MovedRow]:
    for each in items:
        contract = work.contract_by_id[each.contract_id]
        nobody = each.to_resource_id is None and each.to_site_id is None
        who = change_text(each.from_resource_id or "", each.to_resource_id or "")
        yield MovedRow(
            contract=contract_name(contract),
            item=item_name(work.world, contract, contract.item(each.item_id), words),
            site=change_text(_site(work, each.from_site_id), _site(work, each.to_site_id)),
            who=words("closed.nobody") if nobody else who,
        )


def _site(work: Work, site_id: str | None) -> str:
    site = work.world.catalogue.site_by_id.get(site_id or "")
    return site.name if site else site_id or ""


def _names(work: Work) -> Mapping[str, str]:
    return {contract_id: contract_name(contract) for contract_id, contract in work.contract_by_id.items()}

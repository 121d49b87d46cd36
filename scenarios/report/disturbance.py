"""The disturbance report as a page: what a replan moved, what that saved, and what its promises cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, select_autoescape

from models.disturbance import Exchange, MoveNotMade, PromisePrice, ReplanReport
from models.explanation import Move
from models.language import Language
from models.money import amount
from models.plan import COST_KINDS
from scenarios.report.wording import Words
from scenarios.world import World

MOST_ROWS = 200
"""Of one table; the page says how many there are."""


@dataclass(frozen=True)
class CostRow:
    kind: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True)
class MoveRow:
    """`promised`: the window, where the move would leave it."""

    contract_id: str
    item_id: str
    who: str
    site: str
    start: str
    promised: str = ""


@dataclass(frozen=True)
class ExchangeView:
    who: str
    saved: str
    rows: tuple[MoveRow, ...]


@dataclass(frozen=True)
class PriceView:
    """What the promises of one level in one area cost; `kept` and `relaxed` are the two plans."""

    level: str
    area: str
    promises: int
    kept: str
    relaxed: str
    price: str
    per_day: str
    rows: tuple[MoveRow, ...]


def disturbance_page(report: ReplanReport, *, world: World | None, language: Language) -> str:
    """The page's HTML: without scripts, and with nothing to fetch.

    Parameters
    ----------
    world
        For the names of sites and service levels; without it they go by their ids.
    """
    words, view = Words(language), _View(report, world, Words(language))
    pages = Environment(loader=PackageLoader("scenarios"), autoescape=select_autoescape(), trim_blocks=True)
    return pages.get_template("disturbance.html").render(
        t=words,
        language="zh-CN" if language is Language.ZH else "en",
        report=report,
        lead=view.lead(),
        saved=view.money(report.cost_before.total - report.cost_after.total),
        disturbed=view.money(report.disturbance),
        changed_hands=sum(each.changed_hands for each in report.contract_changes),
        costs=tuple(view.costs()),
        exchanges=tuple(map(view.exchange, report.exchanges[:MOST_ROWS])),
        contract_changes=report.contract_changes[:MOST_ROWS],
        resource_changes=report.resource_changes[:MOST_ROWS],
        site_changes=[(view.site(each.site_id), each.gained, each.lost) for each in report.site_changes[:MOST_ROWS]],
        prices=tuple(map(view.price, report.promise_prices)),
        most=MOST_ROWS,
    )


class _View:
    """Figures as people read them."""

    def __init__(self, report: ReplanReport, world: World | None, words: Words) -> None:
        self._report, self._words = report, words
        self._zone = ZoneInfo(report.timezone)
        self._sites = {site.site_id: site.name for site in world.catalogue.sites} if world else {}
        levels = world.catalogue.policy.service_levels if world else ()
        self._levels = {level.service_level_id: level.name for level in levels}

    def lead(self) -> str:
        day = self._report.snapshot_time.astimezone(self._zone)
        return self._words(
            "disturbance.lead",
            run=self._report.run_id,
            day=self._words.day(day),
            now=f"{day:%H:%M}",
            contracts=self._report.contracts,
            currency=self._report.currency,
        )

    def money(self, minor_units: int) -> str:
        return amount(minor_units, self._report.currency)

    def site(self, site_id: str | None) -> str:
        return self._sites.get(site_id or "", site_id or "")

    def costs(self) -> Iterator[CostRow]:
        before, after = self._report.cost_before, self._report.cost_after
        for kind in (*COST_KINDS, "total"):
            old, new = getattr(before, kind), getattr(after, kind)
            if old or new:
                name = self._words.code("cost", kind)
                yield CostRow(name, self.money(old), self.money(new), self.money(new - old))

    def exchange(self, exchange: Exchange) -> ExchangeView:
        rows = tuple(self._row(move) for move in exchange.moves[:MOST_ROWS])
        return ExchangeView(", ".join(exchange.resource_ids), self.money(exchange.saved), rows)

    def price(self, price: PromisePrice) -> PriceView:
        area = self.site(price.area_site_id) if price.area_site_id else self._words("price.everywhere")
        return PriceView(
            level=self._levels.get(price.service_level_id, price.service_level_id),
            area=area,
            promises=price.promises,
            kept=self.money(price.cost_kept.total),
            relaxed=self.money(price.cost_relaxed.total),
            price=self.money(price.price),
            per_day=self.money(price.price_per_day),
            rows=tuple(self._not_made(each) for each in price.not_made[:MOST_ROWS]),
        )

    def _not_made(self, each: MoveNotMade) -> MoveRow:
        row = self._row(each.move)
        return MoveRow(
            row.contract_id,
            row.item_id,
            row.who,
            row.site,
            row.start,
            f"{self._time(each.earliest)} - {self._time(each.latest)}",
        )

    def _row(self, move: Move) -> MoveRow:
        return MoveRow(
            contract_id=move.contract_id,
            item_id=move.item_id,
            who=_change(move.from_resource_id or "", move.to_resource_id or ""),
            site=_change(self.site(move.from_site_id), self.site(move.to_site_id)),
            start=_change(self._time(move.start_before), self._time(move.start_after)),
        )

    def _time(self, instant: datetime) -> str:
        return f"{instant.astimezone(self._zone):%m-%d %H:%M}"


def _change(before: str, after: str) -> str:
    return before if before == after else f"{before or '-'} → {after or '-'}"

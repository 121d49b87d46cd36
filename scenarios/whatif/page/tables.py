"""The tables of the page, every figure as text: means over the seeds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean

from models.evaluation import Comparison, ContractChange, Difference, Evaluation, OfferedOption, PromisedItem, Side
from models.money import amount
from models.option import Archetype, percent
from models.scenario import Change
from scenarios.report.local_clock import LocalClock
from scenarios.report.wording import Words
from scenarios.whatif.compare import FIGURES, difference
from scenarios.whatif.page.pairs import Pair

MOST_CHANGES = 200
"""Contracts that are listed of one scenario; of the others it is said how many there are."""

_Figure = Callable[[Evaluation], float]


@dataclass(frozen=True)
class Cell:
    """A figure of a scenario, and how much more or less it is than the base's.

    Parameters
    ----------
    interval
        Of the difference; empty with one seed.
    is_better
        None where there is no difference, where its interval holds 0, or where neither is good by itself.
    """

    name: str
    value: str
    difference: str = ""
    interval: str = ""
    is_better: bool | None = None


@dataclass(frozen=True)
class _Column:
    name: str
    figure: _Figure
    text: Callable[[float], str]
    more_is: int = 0
    """1: better, -1: worse."""


def busy(evaluation: Evaluation) -> float:
    """Share of all pools' hours."""
    available = sum(each.available_s for each in evaluation.utilisation)
    return sum(each.busy_s for each in evaluation.utilisation) / available if available else 0.0


def _columns(currency: str) -> tuple[_Column, ...]:
    def money(value: float) -> str:
        return amount(round(value), currency)

    def share(value: float) -> str:
        return f"{100 * value:.1f} %"

    return (
        _Column("cost", FIGURES["cost"], money, -1),
        _Column("fees", FIGURES["fees"], money),
        _Column("kept", FIGURES["kept"], count, 1),
        _Column("at_risk", FIGURES["at_risk"], count, -1),
        _Column("refused", FIGURES["refused"], count, -1),
        _Column("on_time", FIGURES["on_time"], share, 1),
        _Column("km", FIGURES["km"], count, -1),
        _Column("co2", lambda each: each.co2_g / 1000, count, -1),
        _Column("busy", busy, share),
    )


def count(value: float) -> str:
    """A mean of numbers: `1,204`, `2.7`."""
    return f"{value:,.1f}".removesuffix(".0")


def cells_of(comparison: Comparison, words: Words) -> tuple[Cell, ...]:
    """What a scenario comes to, beside the base."""
    currency = comparison.evaluations[0].currency
    return tuple(_cell(column, comparison, currency, words) for column in _columns(currency))


def base_cells(comparison: Comparison, words: Words) -> tuple[Cell, ...]:
    currency = comparison.evaluations[0].currency
    return tuple(
        Cell(
            words(f"whatif.{each.name}", currency=currency), each.text(_mean(each.figure, comparison.base_evaluations))
        )
        for each in _columns(currency)
    )


def _mean(figure: _Figure, evaluations: Sequence[Evaluation]) -> float:
    return fmean(map(figure, evaluations))


def _cell(column: _Column, comparison: Comparison, currency: str, words: Words) -> Cell:
    pairs = zip(comparison.base_evaluations, comparison.evaluations, strict=True)
    found: Difference = difference([column.figure(new) - column.figure(old) for old, new in pairs])
    text, low, high = (_signed(column.text(value), value) for value in (found.mean, found.low, found.high))
    is_same, is_clear = _is_zero(text), not found.low <= 0 <= found.high
    return Cell(
        name=words(f"whatif.{column.name}", currency=currency),
        value=column.text(_mean(column.figure, comparison.evaluations)),
        difference="" if is_same else text,
        interval=words("whatif.interval", low=low, high=high) if len(comparison.seeds) > 1 and not is_same else "",
        is_better=(found.mean > 0) == (column.more_is > 0) if column.more_is and is_clear and not is_same else None,
    )


def _signed(text: str, value: float) -> str:
    """With a sign, unless it is shown as 0."""
    if _is_zero(text):
        return text.lstrip("-")
    return f"+{text}" if value > 0 else text


def _is_zero(text: str) -> bool:
    return not any(each in "123456789" for each in text)


# -- pools and options


def pools_of(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    """Pool, and how busy it is in the base and in the scenario."""
    both = comparison.base_evaluations, comparison.evaluations
    ids = {each.pool_id for evaluation in chain(*both) for each in evaluation.utilisation}
    for pool_id in sorted(ids):
        before, after = (_pool_share(evaluations, pool_id) for evaluations in both)
        yield pool_id, before, after


def _pool_share(evaluations: Iterable[Evaluation], pool_id: str) -> str:
    hours = [each for evaluation in evaluations for each in evaluation.utilisation if each.pool_id == pool_id]
    available = sum(each.available_s for each in hours)
    return f"{100 * sum(each.busy_s for each in hours) / available:.1f} %" if available else "-"


@dataclass(frozen=True)
class OfferRow:
    """Options of a kind: how many, and their mean fee, cost and P(on time), each in the base and in the scenario."""

    name: str
    number: tuple[str, str]
    fee: tuple[str, str]
    cost: tuple[str, str]
    on_time: tuple[str, str]


def offers_of(comparison: Comparison, words: Words) -> Iterator[OfferRow]:
    """The recommended ones, those of each archetype, and all."""
    currency, both = comparison.evaluations[0].currency, (comparison.base_evaluations, comparison.evaluations)
    fits: list[tuple[str, Callable[[OfferedOption], bool]]] = [
        (words("option.recommended"), lambda each: each.recommended),
        *(
            (words.code("archetype", archetype), lambda each, archetype=archetype: archetype in each.archetypes)
            for archetype in Archetype
        ),
        (words("whatif.all_options"), lambda _: True),
    ]
    for name, fit in fits:
        sides = [[each for one in part for each in one.offers.options if fit(each)] for part in both]
        if any(sides):
            seeds = len(comparison.seeds)
            cells = zip(*(_offer_cells(options, currency, seeds) for options in sides), strict=True)
            yield OfferRow(name, *cells)


def _offer_cells(options: Sequence[OfferedOption], currency: str, seeds: int) -> tuple[str, ...]:
    if not options:
        return "0", "-", "-", "-"
    fee, cost = (round(fmean(values)) for values in zip(*((each.fee, each.cost) for each in options), strict=True))
    on_time = percent(fmean(each.p_on_time for each in options))
    return count(len(options) / seeds), amount(fee, currency), amount(cost, currency), on_time


# -- contracts that change


@dataclass(frozen=True)
class ChangeRow:
    """A contract, why it is not as it was, and what it gets on either side."""

    seed: int
    contract: str
    cause: str
    because: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    fee: str


def causes_of(comparison: Comparison, words: Words) -> Iterator[tuple[str, str]]:
    """How many contracts change for each cause, the most frequent first."""
    counts: dict[str, int] = {}
    for change in comparison.changes:
        counts[change.cause] = counts.get(change.cause, 0) + 1
    for cause, number in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        yield words.code("cause", cause), count(number / len(comparison.seeds))


def changes_of(pair: Pair, changes: Sequence[Change], clock: LocalClock, words: Words) -> Iterator[ChangeRow]:
    """At most `MOST_CHANGES` of them."""
    currency = pair.comparison.evaluations[0].currency
    names = {
        each.contract_id: ", ".join(each.order_ids)
        for evaluation in (*pair.comparison.base_evaluations, *pair.comparison.evaluations)
        for each in evaluation.contracts
    }
    for change in pair.comparison.changes[:MOST_CHANGES]:
        before, after = _different(*(tuple(_lines(side, clock, words)) for side in (change.before, change.after)))
        yield ChangeRow(
            seed=change.seed,
            contract=names[change.contract_id],
            cause=words.code("cause", change.cause),
            because=", ".join(f"{n + 1} {changes[n].change}" for n in change.because_of),
            before=before,
            after=after or tuple(_reasons(change, words)),
            fee=f"{amount(change.before.fee, currency)} → {amount(change.after.fee, currency)}",
        )


def _different(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is on one side only; all of a side where that would leave nothing of it."""
    old = tuple(line for line in before if line not in after)
    new = tuple(line for line in after if line not in before)
    return old or before, new or after


def _lines(side: Side, clock: LocalClock, words: Words) -> Iterator[str]:
    for item in side.items:
        yield " · ".join(filter(None, (*_promised(item, clock, words), item.site_id, item.resource_id)))


def _promised(item: PromisedItem, clock: LocalClock, words: Words) -> tuple[str, ...]:
    return item.service_level_id, words.code("mode", item.mode), clock.window(item.window)


def _reasons(change: ContractChange, words: Words) -> Iterator[str]:
    for code in dict.fromkeys(reason.code for reason in change.reasons):
        yield words.code("reason", code)

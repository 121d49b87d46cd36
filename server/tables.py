"""Options, refusals and costs as tables for a terminal."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich import box
from rich.markup import escape
from rich.table import Table

from models.option import Quote, Refusal, SlaOption
from models.plan import COST_KINDS, Cost
from models.promise import CompensationLadder
from models.timing import Horizon, TimeWindow
from scenarios.overview import Overview

_NO_TITLES: Mapping[str, str] = {}
_NUM_DECIMALS = dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0)
_NUM_DECIMALS |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)


def option_table(quote: Quote, zone: ZoneInfo, currency: str, *, titles: Mapping[str, str] = _NO_TITLES) -> Table:
    """One block per option: a line for the whole, then one per promise.

    Parameters
    ----------
    zone
        Windows are shown in its local time.
    titles
        What to call an item, by its id; without an entry its id.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"Options of contract {quote.contract_id}")
    for name in ("Option", "By", "From", "Promised"):
        table.add_column(name, overflow="fold")
    for name in (f"Fee {currency}", f"Cost {currency}", "On time", "CO2 g"):
        table.add_column(name, justify="right")
    table.add_column("If late")
    for number, option in enumerate(quote.options, start=1):
        for cells in (_whole(number, option), *_parts(option, titles, quote.create_time.astimezone(zone))):
            table.add_row(*cells)
        table.add_section()
    return table


def _whole(number: int, option: SlaOption) -> tuple[str, ...]:
    stops = f"{option.num_stops} {'stop' if option.num_stops == 1 else 'stops'}"
    return (
        f"[bold]{number} {', '.join(option.archetypes)}".rstrip(),
        "",
        "",
        stops,
        f"[bold]{amount(option.fee, option.currency)}",
        f"[bold]{amount(option.cost.total, option.currency)}",
        f"[bold]{percent(option.p_on_time)}",
        str(option.co2_g),
        "",
    )


def _parts(option: SlaOption, titles: Mapping[str, str], today: datetime) -> Iterator[tuple[str, ...]]:
    site_by_item = {assignment.item_id: assignment.site_id for assignment in option.assignments}
    for promise in option.promises:
        yield (
            f"  {_title(promise.item_id, titles)}",
            promise.mode,
            site_by_item.get(promise.item_id, ""),
            span(promise.window, today),
            amount(promise.fee, option.currency),
            "",
            percent(option.p_on_time_by_item_id[promise.item_id]),
            "",
            compensation(promise.ladder, option.currency),
        )


def _title(item_id: str, titles: Mapping[str, str]) -> str:
    # A name from a world file may hold square brackets, which rich would read as markup.
    return escape(titles.get(item_id, item_id))


def compensation(ladder: CompensationLadder, currency: str) -> str:
    """`5.00 VOUCHER after 15 min, 20.00 VOUCHER after 60 min`."""
    return ", ".join(
        f"{amount(step.amount, currency)} {step.kind} after {step.at_lateness // timedelta(minutes=1)} min"
        for step in ladder.steps
    )


def refusal_table(quote: Quote, *, titles: Mapping[str, str] = _NO_TITLES) -> Table:
    """What cannot be offered: each constraint with how many resources it blocks."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"Not possible for contract {quote.contract_id}")
    for name in ("Item", "By", "Level", "Blocked by"):
        table.add_column(name, overflow="fold")
    for refusal in quote.refusals:
        table.add_row(
            _title(refusal.item_id, titles),
            refusal.mode or "any",
            refusal.service_level_id or "any",
            _reasons(refusal),
        )
    return table


def _reasons(refusal: Refusal) -> str:
    return ", ".join(f"{reason.code} {reason.count} of {reason.total}" for reason in refusal.reasons)


def cost_table(cost_by_name: Mapping[str, Cost], currency: str, *, title: str = "Cost by kind") -> Table:
    """One row per cost, one column per kind, and the total."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{title}, {currency}")
    table.add_column("")
    for kind in (*COST_KINDS, "total"):
        table.add_column(kind.replace("_", " "), justify="right")
    for name, cost in cost_by_name.items():
        amounts = [amount(getattr(cost, kind), currency) for kind in (*COST_KINDS, "total")]
        table.add_row(name, *amounts)
    return table


def overview_table(seen: Overview) -> Table:
    """What a world holds: a row per field."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False, title=seen.name)
    for name in Overview.model_fields:
        if name != "name":
            table.add_row(name.replace("_", " "), escape(_value(getattr(seen, name))))
    return table


def _value(value: object) -> str:
    match value:
        case Horizon():
            return f"[{value.start.isoformat()}, {value.end.isoformat()})"
        case dict():
            return ", ".join(f"{count} {key}" for key, count in value.items())
        case tuple():
            return ", ".join(value)
    return str(value)


def amount(minor_units: int, currency: str) -> str:
    """`1234` CNY -> `12.34`: by the decimals of the currency in ISO 4217."""
    decimals = _NUM_DECIMALS.get(currency, 2)
    whole, part = divmod(abs(minor_units), 10**decimals)
    sign = "-" if minor_units < 0 else ""
    return f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"


def percent(probability: float) -> str:
    """Rounded down to a tenth of a percent: 0.9999 is not shown as certainty."""
    return f"{math.floor(probability * 1000 + 1e-9) / 10:.1f} %"


def span(window: TimeWindow, today: datetime) -> str:
    """`07:30-08:15`, with the date in front of each end that is not of `today`, in the zone of `today`."""
    earliest, latest = (end.astimezone(today.tzinfo) for end in (window.earliest, window.latest))
    start = _clock(earliest, today)
    return f"{start}-{_clock(latest, earliest)}"


def _clock(instant: datetime, today: datetime) -> str:
    return f"{instant:%H:%M}" if instant.date() == today.date() else f"{instant:%m-%d %H:%M}"

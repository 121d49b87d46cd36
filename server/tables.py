"""Options, refusals and costs as tables for a terminal."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.disturbance import ReplanReport
from models.explanation import Explanation, Move
from models.money import amount
from models.morning import Figures
from models.option import Quote, Refusal, SlaOption, WayOut, percent
from models.plan import COST_KINDS, Cost
from models.promise import CompensationLadder
from models.timing import Horizon, TimeWindow
from scenarios.overview import Overview
from scenarios.stories import Told

_NO_TITLES: Mapping[str, str] = {}


def wide_console() -> Console:
    """A console for tables. A pipe has no width of its own and gets enough of it."""
    found = Console()
    return found if found.is_terminal else Console(width=120)


def option_table(
    quote: Quote, zone: ZoneInfo | None, currency: str, *, titles: Mapping[str, str] = _NO_TITLES
) -> Table:
    """One block per option: a line for the whole, then one per promise.

    Parameters
    ----------
    zone
        Windows are shown in its local time; None: in that of this machine.
    titles
        What to call an item or a demand, by its id; without an entry its id. A part of a split is
        called by its demands.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"Options of contract {quote.contract_id}")
    table.add_column("Option", overflow="fold")
    for name in ("By", "Site", "Level", "Promised"):
        table.add_column(name, no_wrap=True)
    for name in (f"Fee {currency}", f"Cost {currency}", "On time", "CO2 g"):
        table.add_column(name, justify="right", no_wrap=True)
    today = quote.create_time.astimezone(zone)
    for number, option in enumerate(quote.options, start=1):
        for cells in (_whole(number, option), *_gains(option), *_parts(option, titles, today)):
            table.add_row(*cells)
        table.add_section()
    table.caption, table.caption_justify = "\n".join(_ladders(quote)), "left"
    return table


def _whole(number: int, option: SlaOption) -> tuple[str, ...]:
    names = ", ".join((*option.archetypes, *(["recommended"] if option.recommended else [])))
    return (
        f"[bold]{number} {names}".rstrip(),
        "",
        "",
        "",
        f"{option.num_stops} {'stop' if option.num_stops == 1 else 'stops'}",
        f"[bold]{amount(option.fee, option.currency)}",
        f"[bold]{amount(option.cost.total, option.currency)}",
        f"[bold]{percent(option.p_on_time)}",
        str(option.co2_g),
    )


def _gains(option: SlaOption) -> Iterator[tuple[str, ...]]:
    """What an option gains and loses against the recommended one; nothing for that one itself."""
    compared = option.compared
    if compared is not None and not option.recommended:
        yield (
            "  difference",
            "",
            "",
            "",
            later(compared.minutes_later),
            signed(compared.fee, option.currency),
            signed(compared.cost, option.currency),
            "",
            f"{compared.co2_g:+d}",
        )


def _parts(option: SlaOption, titles: Mapping[str, str], today: datetime) -> Iterator[tuple[str, ...]]:
    # A technician, a desk and what is digital come from nowhere.
    site_by_item = {each.item_id: each.site_id or "" for each in option.assignments}
    parts = {part.item_id: ", ".join(titles.get(each, each) for each in part.demand_ids) for part in option.parts}
    for promise in option.promises:
        yield (
            f"  {_title(promise.item_id, {**titles, **parts})}",
            promise.mode,
            site_by_item.get(promise.item_id, ""),
            promise.service_level_id,
            span(promise.window, today),
            amount(promise.fee, option.currency),
            "",
            percent(option.p_on_time_by_item_id[promise.item_id]),
            "",
        )


def _ladders(quote: Quote) -> Iterator[str]:
    """What is owed for lateness, once per level."""
    promises = ((option.currency, promise) for option in quote.options for promise in option.promises)
    ladder_by_level = {promise.service_level_id: (promise.ladder, currency) for currency, promise in promises}
    for level, (ladder, currency) in sorted(ladder_by_level.items()):
        if ladder.steps:
            yield f"If {level} is late: {compensation(ladder, currency)}"


def _title(item_id: str, titles: Mapping[str, str]) -> str:
    # A name from a world file may hold square brackets, which rich would read as markup.
    return escape(titles.get(item_id, item_id))


def compensation(ladder: CompensationLadder, currency: str) -> str:
    """`VOUCHER 3.00, 8.00 from 15 min, CASH 20.00 from 60 min`."""
    kinds = [step.kind for step in ladder.steps]
    return ", ".join(
        (f"{step.kind} " if kinds[:n][-1:] != [step.kind] else "")
        + amount(step.amount, currency)
        + (f" from {step.at_lateness // timedelta(minutes=1)} min" if step.at_lateness else "")
        for n, step in enumerate(ladder.steps)
    )


def refusal_table(quote: Quote, *, titles: Mapping[str, str] = _NO_TITLES) -> Table:
    """What cannot be offered: each constraint with how many sites and resources it blocks."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"Not possible for contract {quote.contract_id}")
    for name in ("Item", "By", "Level", "Blocked by"):
        table.add_column(name, overflow="fold")
    levels_by_row: dict[tuple[str, str, str], list[str]] = {}
    for refusal in quote.refusals:
        row = (_title(refusal.item_id, titles), refusal.mode or "any", _reasons(refusal))
        levels_by_row.setdefault(row, []).append(refusal.service_level_id or "any")
    for (item, mode, reasons), levels in levels_by_row.items():
        table.add_row(item, mode, ", ".join(levels), reasons)
    return table


def _reasons(refusal: Refusal) -> str:
    return ", ".join(f"{reason.code} {reason.count} of {reason.total}" for reason in refusal.reasons)


def way_out_table(quote: Quote, *, titles: Mapping[str, str] = _NO_TITLES) -> Table:
    """What would work instead of a refused wish, nearest first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"Ways out for contract {quote.contract_id}")
    for name in ("Way out", "Item", "Takes"):
        table.add_column(name, overflow="fold")
    for name in ("Later", "Fee", "Cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for way in quote.ways_out:
        money = (_signed(each, way.option.currency) for each in (way.extra_fee, way.extra_cost))
        later = f"{way.minutes_later} min" if way.minutes_later else ""
        table.add_row(way.relaxation, _title(way.item_id, titles), _takes(way), later, *money)
    return table


def _takes(way: WayOut) -> str:
    change = way.shift_change
    if change is None:
        return ", ".join(dict.fromkeys(f"{each.service_level_id} by {each.mode}" for each in way.option.promises))
    if change.call_in:
        return f"{change.resource_id} comes in"
    return f"{change.resource_id} stays {change.overtime // timedelta(minutes=1)} min longer"


def _signed(minor_units: int, currency: str) -> str:
    return f"{'+' if minor_units >= 0 else '-'}{amount(abs(minor_units), currency)}"


def explanation_text(found: Explanation) -> str:
    """What forcing costs and whom it moves, or why it cannot be."""
    forced = found.resource_id or found.site_id or ""
    instead = found.assigned_resource_id if found.resource_id else found.assigned_site_id
    if not found.feasible:
        reasons = ", ".join(each.code for each in found.reasons)
        return f"{forced} instead of {instead or 'nobody'} is impossible: {reasons}"
    moves = "".join(f"\n  {_move(each)}" for each in found.moves)
    difference = _signed(found.cost_difference.total, found.currency)
    return f"{forced} instead of {instead or 'nobody'} costs {difference} and moves {len(found.moves)}{moves}"


def _move(move: Move) -> str:
    who = f"{move.from_resource_id or '-'} -> {move.to_resource_id or '-'}"
    site = f", from {move.to_site_id}" if move.to_site_id != move.from_site_id else ""
    minutes = round((move.start_after - move.start_before) / timedelta(minutes=1))
    return f"{move.contract_id}/{move.item_id}: {who}{site}, {minutes:+} min"


def cost_table(cost_by_name: Mapping[str, Cost], currency: str, *, title: str = "Cost by kind") -> Table:
    """One row per cost; a column for each kind that is not always 0, and the total."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"{title}, {currency}")
    table.add_column("")
    kinds = [kind for kind in COST_KINDS if any(getattr(cost, kind) for cost in cost_by_name.values())]
    for kind in (*kinds, "total"):
        table.add_column(kind.removeprefix("expected_"), justify="right", no_wrap=True)
    for name, cost in cost_by_name.items():
        table.add_row(name, *(amount(getattr(cost, kind), currency) for kind in (*kinds, "total")))
    return table


def price_table(report: ReplanReport) -> Table:
    """What it costs to keep each kind of promise, a day."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=f"Price of promises a day (estimated), {report.currency}")
    for name in ("level", "around", "promises", "price", "moves not made"):
        table.add_column(name, justify="left" if name in ("level", "around") else "right", no_wrap=True)
    for each in report.promise_prices:
        price = amount(each.price_per_day, report.currency)
        area = each.area_site_id or "everywhere"
        table.add_row(each.service_level_id, area, str(each.promises), price, str(len(each.not_made)))
    return table


def titles_of(told: Told) -> dict[str, str]:
    """Goods by their SKUs, services by their name in the pack."""
    titles = {f"{order.order_id}.{line.line_id}": line.sku_id for order in told.story.orders for line in order.lines}
    for item in told.contract.items if told.contract else ():
        if item.demand_ids:
            titles[item.item_id] = ", ".join(titles[each] for each in item.demand_ids)
        else:
            titles[item.item_id] = item.item_id.rpartition(".")[2]
    return titles


def orders_text(told: Told) -> str:
    """Which orders came, and why they are in one contract."""
    joined = {each.order_id: each for each in told.contract.orders} if told.contract else {}
    lines = []
    for order in told.story.orders:
        goods = ", ".join(f"{line.quantity} {line.sku_id}" for line in order.lines)
        why = ", ".join(joined[order.order_id].reasons) if order.order_id in joined else "in a contract of its own"
        lines.append(f"  {order.channel}: {goods} ({why})")
    return "\n".join(lines)


def chosen_text(quote: Quote, chosen: SlaOption | None) -> str:
    """Which of the options was taken, by its number in the table."""
    number = next((n for n, option in enumerate(quote.options, start=1) if chosen and _same(option, chosen)), None)
    return f"The customer takes option {number}." if number else "The customer takes no option."


def papers_text(told: Told) -> str:
    """The papers of a story's goods: one line for each source and parcel."""
    if told.contract is None:
        return ""
    names, papers = titles_of(told), dict[str, list[str]]()
    for paper in told.contract.documents:
        kind = paper.kind.replace("_", " ").lower()
        papers.setdefault(f"{paper.site_id}, {names[paper.item_id]}", []).append(f"{kind} {paper.document_id}")
    return "\n".join(f"  {source}: {', '.join(each)}" for source, each in papers.items())


def _same(option: SlaOption, chosen: SlaOption) -> bool:
    # A hold may change who does it and what that costs, but never what was promised.
    return option.promises == chosen.promises


def figures_table(figures: Figures, currency: str) -> Table:
    """What a demo came to: a row per figure."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False, title="The morning")
    table.add_column()
    table.add_column(justify="right")
    for name, value in figures.model_dump().items():
        text = f"{amount(value, currency)} {currency}" if name.startswith("cost_") else str(value)
        table.add_row(name.replace("_", " "), text)
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


def signed(minor_units: int, currency: str) -> str:
    """`120` CNY -> `+1.20`: what is paid more."""
    return f"{'+' if minor_units > 0 else ''}{amount(minor_units, currency)}"


def later(minutes: int) -> str:
    """`95` -> `1 h 35 min later`."""
    hours, rest = divmod(abs(minutes), 60)
    length = " ".join(text for number, text in ((hours, f"{hours} h"), (rest, f"{rest} min")) if number)
    return f"{length} {'later' if minutes > 0 else 'earlier'}" if minutes else "as soon"


def span(window: TimeWindow, today: datetime) -> str:
    """`07:30-08:15`, with the date in front of each end that is not of `today`, in the zone of `today`."""
    earliest, latest = (end.astimezone(today.tzinfo) for end in (window.earliest, window.latest))
    start = _clock(earliest, today)
    return f"{start}-{_clock(latest, earliest)}"


def _clock(instant: datetime, today: datetime) -> str:
    return f"{instant:%H:%M}" if instant.date() == today.date() else f"{instant:%m-%d %H:%M}"

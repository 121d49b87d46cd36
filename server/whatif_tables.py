"""Comparisons of scenarios as a table for a terminal."""

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from models.evaluation import Comparison, Summary
from models.money import amount
from scenarios.whatif import summary
from server.tables import signed


def whatif_table(comparisons: Sequence[Comparison]) -> Table:
    """One row for the base, one for each scenario."""
    currency = comparisons[0].evaluations[0].currency
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Scenarios and their base, means over the seeds")
    table.add_column("Scenario", overflow="fold")
    heads = (f"Cost {currency}", "Difference", "95 %", "Kept", "At risk", "Refused", "On time", "km", "Changed")
    for name in heads:
        table.add_column(name, justify="right", no_wrap=True)
    first = comparisons[0]
    itself = first.model_copy(update={"scenario": "base", "evaluations": first.base_evaluations, "changes": ()})
    table.add_row(*_cells(summary(itself), currency, with_difference=False))
    for each in comparisons:
        table.add_row(*_cells(summary(each), currency, with_difference=True))
    return table


def _cells(line: Summary, currency: str, *, with_difference: bool) -> tuple[str, ...]:
    low, high = (signed(round(end), currency) for end in (line.cost_difference_low, line.cost_difference_high))
    return (
        escape(line.scenario),
        amount(round(line.cost), currency),
        signed(round(line.cost_difference), currency) if with_difference else "",
        f"{low} to {high}" if with_difference and line.seeds > 1 else "",
        *(f"{value:g}" for value in (line.kept, line.at_risk, line.refused)),
        f"{line.on_time:.1%}".replace("%", " %"),
        f"{line.km:.1f}",
        f"{line.changed_contracts:g}" if with_difference else "",
    )

"""One look at the plan for one item: what all ways of doing it share."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from models.contract import ServiceItem
from models.plan import ReasonCode
from solver.alternatives.alternative import Source, Window
from solver.alternatives.facts import ItemFacts
from solver.alternatives.inquiry import Inquiry
from solver.alternatives.wanted import Wanted
from solver.live_routes import RoutedWork, Scan

ScanKey = tuple[str | None, int, Window, int]
"""Site, when the goods are ready, promised window, and the position to stay behind."""

Scans = dict[ScanKey, tuple[RoutedWork, Scan]]
"""The visits that were scanned for, and where they go best on each vehicle."""

Explained = dict[Hashable, dict[str, ReasonCode]]
"""Of each way of doing an item, what rules out which vehicle."""


@dataclass
class Look:
    """One look at the plan for one item, with what was found out on the way.

    Parameters
    ----------
    scans
        Of all vehicles; later looks at the same routes use them too.
    explained
        What all looks found out together.
    kept
        Where its goods are picked, or are to be: there they need not be picked again.
    start_s
        To start with others: at that second.
    apart_from
        Vehicles that do not count: those who do the others.
    """

    inquiry: Inquiry
    item: ServiceItem
    facts: ItemFacts
    wanted: Wanted
    scans: Scans
    explained: Explained
    kept: Source | None = None
    start_s: int | None = None
    apart_from: tuple[int, ...] = ()
    sources: dict[str, Source | ReasonCode] = field(default_factory=dict)

"""The two plans that a scenario's maps and timelines lay side by side."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from models.evaluation import Comparison, ContractChange
from models.place import Place
from scenarios.report.work import Leg, Span, Work
from scenarios.whatif.changing import Variant

LegKey = tuple[str, Place, Place]


@dataclass(frozen=True, eq=False)
class Pair:
    """Base and scenario with the first seed.

    Parameters
    ----------
    touched
        Ids of sites and resources that the scenario has made different.
    """

    comparison: Comparison
    before: Work
    after: Work
    was: Variant
    now: Variant
    touched: frozenset[str]

    @property
    def works(self) -> tuple[Work, Work]:
        return self.before, self.after

    @cached_property
    def change_by_contract_id(self) -> dict[str, ContractChange]:
        seed = self.comparison.seeds[0]
        return {each.contract_id: each for each in self.comparison.changes if each.seed == seed}

    @cached_property
    def _in_both(self) -> frozenset[LegKey]:
        before, after = (frozenset(map(_key, work.legs)) for work in self.works)
        return before & after

    def is_in_both(self, leg: Leg) -> bool:
        """Whether somebody goes from here to there in both plans."""
        return _key(leg) in self._in_both

    def is_changed(self, span: Span) -> bool:
        """Whether a visit or session is for a contract that is promised something else."""
        return bool(span.item_id) and not self.change_by_contract_id.keys().isdisjoint(span.contract_ids)


def _key(leg: Leg) -> LegKey:
    return leg.span.resource_id, leg.origin, leg.destination


def places_in(works: Iterable[Work]) -> Iterator[Place]:
    """Where there is anything to see."""
    for work in works:
        yield from (site.place for site in work.world.catalogue.sites)
        yield from (item.place for contract in work.stored.contracts for item in contract.items)

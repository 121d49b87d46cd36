"""What is asked for an item, in which order."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

from models.contract import ServiceItem
from models.option import Refusal
from models.plan import ReasonCode, ReasonCount
from models.policy import ServiceLevel
from models.promise import Mode, Promise
from solver.alternatives.alternative import Alternative, Source
from solver.alternatives.carriers import by_carriers
from solver.alternatives.counters import at_counters
from solver.alternatives.desks import at_desks
from solver.alternatives.digital import sent
from solver.alternatives.facts import ItemFacts
from solver.alternatives.inquiry import Inquiry
from solver.alternatives.look import Explained, Look, Scans
from solver.alternatives.mobiles import by_mobiles, by_mobiles_with_others, sources_and_windows
from solver.alternatives.routed_work import routed_work
from solver.alternatives.tally import Tally
from solver.alternatives.valuation import Valuation
from solver.alternatives.wanted import Wanted
from solver.alternatives.ways import TRAVELLING, may_be_done_by, ways
from solver.alternatives.windows import promised_window


class Finder:
    """Finds the alternatives of one contract's items at one moment."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry, self._valuation = inquiry, Valuation(inquiry)
        self._kept: dict[str, Source] = {}
        self._facts: dict[str, ItemFacts] = {}
        self._scans: dict[Hashable, Scans] = {}
        self._explained: Explained = {}

    def find(
        self, item: ServiceItem, wanted: Wanted, *, routed: Hashable = ()
    ) -> tuple[list[Alternative], tuple[Refusal, ...]]:
        """The cheapest alternative per promise, in the order of the policy, and what is impossible.

        Parameters
        ----------
        routed
            Names what is in the routes on trial: with the same name they are the same, and what
            was found out about them is not asked again.
        """
        look = self._look(item, wanted, routed)
        found: list[Alternative] = []
        refusals: list[Refusal] = []
        for level, mode in ways(look):
            tally = Tally()
            alternatives = list(_one_way(look, level, mode, tally))
            found += alternatives
            if not alternatives:
                way = {"mode": mode, "service_level_id": level.service_level_id}
                reasons = tally.counts() or _one(ReasonCode.NO_RESOURCE, example_id=mode)
                refusals.append(Refusal(item_id=item.item_id, reasons=reasons, **way))
        if not found and not refusals:
            reasons = _one(ReasonCode.KIND_NOT_PLANNED, example_id=item.kind)
            refusals.append(Refusal(item_id=item.item_id, reasons=reasons))
        return self._cheapest(found, by_source=self._inquiry.by_source), tuple(refusals)

    def find_at(
        self, item: ServiceItem, wanted: Wanted, start_s: int, *, apart_from: Iterable[int], routed: Hashable
    ) -> list[Alternative]:
        """The cheapest alternative per promise whose service starts at that second, with others.

        Parameters
        ----------
        wanted
            Its window is that of the others. A level with slots may promise it, whichever its own are.
        apart_from
            The vehicles that do the others.
        """
        look = self._look(item, wanted, routed, start_s=start_s, apart_from=tuple(sorted(apart_from)))
        modes = [(level, mode) for level, mode in ways(look) if may_be_done_by(mode, look) and mode in TRAVELLING]
        found = (each for level, mode in modes for each in by_mobiles_with_others(look, level, mode))
        return self._cheapest(found, by_source=False)

    def starting_at(self, alternative: Alternative, start_s: int) -> Alternative | None:
        """The same, but so that its service starts at that second; None if its site is closed before."""
        inquiry, window = self._inquiry, (start_s, start_s)
        work = routed_work(
            inquiry.contract, alternative.item, alternative.source, window=window, instance=inquiry.instance
        )
        if work is None or alternative.insertion is None:
            return None
        return replace(alternative, insertion=replace(alternative.insertion, work=work), start_s=start_s)

    def keep(self, item_id: str, source: Source) -> None:
        """Say that an item's goods are picked, or are to be, at a site: there they need not be picked again."""
        self._kept[item_id] = source

    def stay_with(self, item_id: str, source: Source) -> None:
        """The same, and that no other site is looked at."""
        self.keep(item_id, source)
        inquiry, among = self._inquiry, [source.site] if source.site else []
        item = inquiry.contract.item(item_id)
        self._facts[item_id] = ItemFacts.of(item, inquiry.contract, instance=inquiry.instance, among=among)

    def sources(self, item: ServiceItem, promise: Promise) -> list[Source]:
        """Where its goods could come from, or go to, if somebody travels for it as promised: the nearest first."""
        look = self._look(item, Wanted(promise=promise), ())
        pairs = sources_and_windows(look, promise.mode, [promised_window(look, promise)], Tally())
        return [source for source, _ in pairs]

    def num_eligible(self, item: ServiceItem) -> int:
        """How many vehicles may do an item, whatever their routes."""
        return int(self._facts_of(item).eligible.sum())

    def _look(
        self,
        item: ServiceItem,
        wanted: Wanted,
        routed: Hashable,
        *,
        start_s: int | None = None,
        apart_from: tuple[int, ...] = (),
    ) -> Look:
        return Look(
            self._inquiry,
            item,
            facts=self._facts_of(item),
            wanted=wanted,
            scans=self._scans.setdefault((item.item_id, routed, start_s, apart_from), {}),
            explained=self._explained,
            kept=self._kept.get(item.item_id),
            start_s=start_s,
            apart_from=apart_from,
        )

    def _facts_of(self, item: ServiceItem) -> ItemFacts:
        if item.item_id not in self._facts:
            self._facts[item.item_id] = ItemFacts.of(item, self._inquiry.contract, instance=self._inquiry.instance)
        return self._facts[item.item_id]

    def _cheapest(self, alternatives: Iterable[Alternative], *, by_source: bool) -> list[Alternative]:
        """The cheapest per promise, or also per source; of equals the first, and all in the order of the first."""
        cheapest: dict[Hashable, Alternative] = {}
        for each in alternatives:
            key = each.source_key if by_source else each.promise_key
            known = cheapest.get(key)
            if known is None or each.cost_units < known.cost_units:
                cheapest[key] = each
        found = list(cheapest.values())
        return [self._valuation.valued(each) for each in found] if self._inquiry.priced else found


def _one_way(look: Look, level: ServiceLevel, mode: Mode, tally: Tally) -> Iterator[Alternative]:
    if not may_be_done_by(mode, look):
        tally.rule_out(look.item.item_id, ReasonCode.METHOD_NOT_WANTED)
    elif mode is Mode.PICKUP:
        yield from at_counters(look, level, tally)
    elif mode is Mode.CARRIER:
        yield from by_carriers(look, level, tally)
    elif mode is Mode.REMOTE:
        yield from at_desks(look, level, tally)
    elif mode is Mode.DIGITAL:
        yield from sent(look, level, tally)
    else:
        yield from by_mobiles(look, level, mode, tally)


def _one(code: ReasonCode, *, example_id: str) -> tuple[ReasonCount, ...]:
    return (ReasonCount(code=code, count=1, total=1, example_id=example_id),)

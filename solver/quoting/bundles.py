"""Whole contracts: one alternative per item, tried together.

Items that fit one by one can be impossible together (one route, one stock row, one picking
bucket), so every step of the search really applies what was chosen before it, and undoes it
afterwards.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from models.contract import Contract, ServiceItem, ServiceItemKind, order_by_precedence
from models.option import Refusal
from models.plan import ReasonCode, ReasonCount
from models.promise import Mode, Promise
from models.timing import seconds_of
from solver.alternatives.alternative import Alternative
from solver.alternatives.finder import Finder
from solver.alternatives.wanted import Wanted
from solver.alternatives.ways import KINDS_BY_MODE
from solver.availability import Availability
from solver.geometry import place_key
from solver.live_routes import LiveRoutes, SavedRow
from solver.stop import Stop

BEAM_WIDTH = 16

START_STEP_S, MAX_STARTS = 600, 12
"""What has to start together is tried every ten minutes, so often."""


@dataclass(frozen=True)
class Bundle:
    """The alternatives chosen so far, in the order in which they are applied."""

    chosen: tuple[Alternative, ...] = ()
    cost_units: int = 0

    @property
    def latest_end(self) -> int:
        return max((each.window[1] for each in self.chosen), default=0)

    @property
    def total_end(self) -> int:
        return sum(each.window[1] for each in self.chosen)

    @property
    def num_pickups(self) -> int:
        return sum(each.mode is Mode.PICKUP for each in self.chosen)

    @property
    def num_parcels(self) -> int:
        return sum(each.mode is Mode.CARRIER for each in self.chosen)

    @property
    def num_flexible(self) -> int:
        return sum(each.level.narrowing is not None for each in self.chosen)

    @property
    def co2_mg(self) -> int:
        """As it was when each was added; an option counts the whole routes."""
        return sum(each.co2_mg for each in self.chosen)

    @property
    def num_stops(self) -> int:
        """At most so many people are met: one per vehicle, counter, session; a parcel is somebody too."""
        return len(self._fee_by_stop)

    @property
    def fee(self) -> int:
        """What the customer pays if each vehicle comes once: a stop costs its dearest level."""
        return sum(self._fee_by_stop.values())

    @cached_property
    def _fee_by_stop(self) -> dict[object, int]:
        fees: dict[object, int] = {}
        for each in self.chosen:
            stop = each.insertion.vehicle_idx if each.insertion else each.stop_key
            fees[stop] = max(fees.get(stop, 0), each.fee)
        return fees

    @property
    def routed(self) -> Hashable:
        """Equal for bundles that change the routes in the same way."""
        return tuple(
            (each.item.item_id, each.window, each.start_s, each.source.ready_s, each.site_id, *each.insertion.position)
            for each in self.chosen
            if each.insertion is not None
        )

    def of(self, item_id: str) -> Alternative | None:
        return next((each for each in self.chosen if each.item.item_id == item_id), None)

    def plus(self, alternative: Alternative) -> "Bundle":
        return Bundle((*self.chosen, alternative), self.cost_units + alternative.cost_units)

    def replaced(self, alternatives: Mapping[str, Alternative]) -> "Bundle":
        """With other alternatives for some of its items, at the same cost."""
        return Bundle(tuple(alternatives.get(each.item.item_id, each) for each in self.chosen), self.cost_units)


Keep = Callable[[list[Bundle]], list[Bundle]]
Rank = Callable[[Bundle], tuple[int, ...]]
_RANKS: tuple[tuple[int, Rank], ...] = (
    (4, lambda bundle: (bundle.cost_units,)),
    (3, lambda bundle: (bundle.latest_end, bundle.total_end, bundle.cost_units)),
    (2, lambda bundle: (bundle.num_stops, bundle.cost_units)),
    (2, lambda bundle: (bundle.fee, bundle.latest_end, bundle.cost_units)),
    (2, lambda bundle: (bundle.co2_mg, bundle.cost_units)),
    (2, lambda bundle: (-bundle.num_flexible, bundle.fee, bundle.cost_units)),
    (1, lambda bundle: (-bundle.num_pickups, bundle.cost_units)),
    (1, lambda bundle: (-bundle.num_parcels, bundle.fee, bundle.cost_units)),
)
"""How many of the beam are kept for being best at what, so that every archetype survives."""


class Trial:
    """Applies bundles to the live routes, and takes them back unless they are to stay."""

    def __init__(self, contract: Contract, routes: LiveRoutes, availability: Availability, *, now_s: int) -> None:
        self._contract, self._now_s = contract, now_s
        self._routes, self._availability = routes, availability

    @contextmanager
    def applied(self, bundle: Bundle) -> Iterator[bool]:
        """The bundle in the plan for the time of a `with`; the value says whether all of it fits."""
        undo: list[_Applied] = []
        try:
            yield self._apply_each(bundle, undo)
        finally:
            self._take_back_each(undo)

    def put_in(self, bundle: Bundle) -> bool:
        """The bundle in the plan for good; False, and nothing has changed, if not all of it fits."""
        undo: list[_Applied] = []
        fits = self._apply_each(bundle, undo)
        if not fits:
            self._take_back_each(undo)
        return fits

    def _apply_each(self, bundle: Bundle, undo: list["_Applied"]) -> bool:
        """Go on as long as it fits, and say in `undo` how far."""
        for alternative in bundle.chosen:
            saved, fits = self._apply(alternative)
            undo.append((alternative, saved))
            if not fits:
                return False
        return True

    def _take_back_each(self, undo: list["_Applied"]) -> None:
        for alternative, saved in reversed(undo):
            self._take_back(alternative, saved)

    def _apply(self, alternative: Alternative) -> tuple[SavedRow | None, bool]:
        demands = self._contract.demands_of(alternative.item)
        self._availability.take(alternative.site_id, demands, alternative.uses)
        insertion = alternative.insertion
        if insertion is None:
            return None, True
        saved = self._routes.save(insertion.vehicle_idx)
        fits = self._routes.insert(
            insertion.work,
            vehicle_idx=insertion.vehicle_idx,
            pickup_after=insertion.pickup_after,
            delivery_after=insertion.delivery_after,
            now=self._now_s,
        )
        return saved, fits

    def _take_back(self, alternative: Alternative, saved: SavedRow | None) -> None:
        demands = self._contract.demands_of(alternative.item)
        self._availability.take(alternative.site_id, demands, alternative.uses, sign=-1)
        if alternative.insertion is not None and saved is not None:
            self._routes.forget(alternative.insertion.work.key)
            self._routes.restore(alternative.insertion.vehicle_idx, saved)


_Applied = tuple[Alternative, SavedRow | None]
"""What is in the plan, and the route as it was before."""

_Way = tuple[str, Mode | None, str | None]
"""Item, mode and service level."""


@dataclass
class BundleSearch:
    """Beam search over the items of a contract in the order of their precedence.

    Parameters
    ----------
    keep
        Which of the bundles found so far are gone on with.
    """

    contract: Contract
    finder: Finder
    trial: Trial
    routes: LiveRoutes
    stop: Stop
    promises: Mapping[str, Promise] = field(default_factory=dict)
    max_fee: int | None = None
    keep: Keep = field(default_factory=lambda: best_at_each)
    complete: bool = True
    _too_dear: Refusal | None = None
    _refusals: dict[_Way, Refusal] = field(default_factory=dict)
    _found: set[_Way] = field(default_factory=set)

    def run(self) -> list[Bundle]:
        """Whole bundles that fit, none twice; with the caller's time up, those that are whole by then."""
        beam = [Bundle()]
        for item in self._in_order():
            beam = self._extend(beam, item)
            if not beam and self.complete and not self._is_explained(item):
                self._extend([Bundle()], item)  # all is lost: it is looked at by itself, to say why
        return beam

    def refusals(self) -> tuple[Refusal, ...]:
        """The ways that were impossible with all that was tried before them."""
        refused = tuple(refusal for way, refusal in self._refusals.items() if way not in self._found)
        return refused if self._too_dear is None else (self._too_dear, *refused)

    @property
    def is_too_dear(self) -> bool:
        return self._too_dear is not None

    def _is_explained(self, item: ServiceItem) -> bool:
        """Whether anything is known of the item: ways that are possible, or why one is not."""
        return any(item_id == item.item_id for item_id, _, _ in (*self._refusals, *self._found))

    @property
    def finds_each(self) -> bool:
        """Every item can be done by itself: if no bundle is found all the same, they do not go together."""
        return {item.item_id for item in self.contract.items} <= {item_id for item_id, _, _ in self._found}

    def _in_order(self) -> list[ServiceItem]:
        """What must wait comes behind what it waits for, and before what is free: a dead end is soon found.

        Without anything that waits, what few vehicles can do comes first. A hold must come to the
        same order: same visits do not count, for the option that is held adds some.
        """
        links = self.contract.precedences
        if links:
            bound = {each for link in links for each in (link.before_item_id, link.after_item_id)}
            ordered = [self.contract.item(item_id) for item_id in order_by_precedence(self.contract)]
            return sorted(ordered, key=lambda item: item.item_id not in bound)
        return sorted(self.contract.items, key=self.finder.num_eligible)

    def _extend(self, beam: list[Bundle], item: ServiceItem) -> list[Bundle]:
        longer: list[Bundle] = []
        for bundle in beam:
            if self.stop() and longer:
                self.complete = False
                break
            longer.extend(self._extensions(bundle, item))
        return self.keep(self._affordable(longer, item))

    def _affordable(self, bundles: list[Bundle], item: ServiceItem) -> list[Bundle]:
        """What lies within the highest fee; with more items, no bundle gets cheaper."""
        if self.max_fee is None:
            return bundles
        affordable = [bundle for bundle in bundles if bundle.fee <= self.max_fee]
        if bundles and not affordable:
            self._too_dear = too_dear(item.item_id, count=len(bundles))
        return affordable

    def _extensions(self, bundle: Bundle, item: ServiceItem) -> Iterator[Bundle]:
        if (partner := self._partner(bundle, item)) is not None and partner.insertion is None:
            return  # one visit needs a vehicle
        if self._started_with(bundle, item):
            yield from self._starting_together(bundle, item)
            return
        with self.trial.applied(bundle) as fits:
            if not fits:
                return
            wanted = self._wanted(bundle, item)
            alternatives, refusals = self.finder.find(item, wanted, routed=bundle.routed)
            alternatives += self._joining(bundle, item, wanted)
        self._note(alternatives, refusals)
        alone = not any(item.item_id in group.item_ids for group in self.contract.same_starts)
        for alternative in alternatives:
            if alternative.insertion is None and not alone:
                continue  # what starts with others needs somebody who comes
            longer = bundle.plus(alternative)
            if self._keeps_same_visit(longer, item):
                yield longer

    def _note(self, alternatives: Iterable[Alternative], refusals: Iterable[Refusal]) -> None:
        """What was possible at all, and what was not."""
        for refusal in refusals:
            self._refusals.setdefault((refusal.item_id, refusal.mode, refusal.service_level_id), refusal)
        self._found.update((each.item.item_id, each.mode, each.level.service_level_id) for each in alternatives)

    # -- what starts at one instant

    def _started_with(self, bundle: Bundle, item: ServiceItem) -> list[Alternative]:
        """What is chosen already for the items that this one starts with."""
        groups = (group.item_ids for group in self.contract.same_starts if item.item_id in group.item_ids)
        others = dict.fromkeys(each for group in groups for each in group if each != item.item_id)
        return [chosen for each in others if (chosen := bundle.of(each)) is not None]

    def _starting_together(self, bundle: Bundle, item: ServiceItem) -> Iterator[Bundle]:
        """Longer bundles at the first start at which the item can be done with what it has to start with."""
        others = self._started_with(bundle, item)
        for start_s in self._starts(bundle, others):
            found = [each for each in self._starting_at(bundle, item, start_s) if self._keeps_same_visit(each, item)]
            if found:
                self._note([each.chosen[-1] for each in found], ())
                yield from found
                return
        with self.trial.applied(bundle):  # to say why: by itself it may well be possible
            self._note(*self.finder.find(item, Wanted(promise=self.promises.get(item.item_id)), routed=bundle.routed))

    def _starts(self, bundle: Bundle, others: list[Alternative]) -> list[int]:
        """When the others start as they are chosen, and then every few minutes while they may."""
        with self.trial.applied(bundle) as fits:
            starts = [
                self.routes.service_start(each.insertion.work.key, vehicle_idx=each.insertion.vehicle_idx)
                for each in others
                if each.insertion and fits
            ]
        if not starts:
            return []
        first, latest = max(starts), min(each.window[1] for each in others)
        later = range(first - first % START_STEP_S + START_STEP_S, latest + 1, START_STEP_S)
        return [first, *islice(later, MAX_STARTS - 1)]

    def _starting_at(self, bundle: Bundle, item: ServiceItem, start_s: int) -> Iterator[Bundle]:
        """The others stay where they are in their routes, and start at that second."""
        others = self._started_with(bundle, item)
        moved = [self.finder.starting_at(each, start_s) for each in others]
        pinned = bundle.replaced({each.item.item_id: each for each in moved if each is not None})
        if None in moved:
            return
        with self.trial.applied(pinned) as fits:
            if not fits:
                return
            wanted = replace(self._wanted(pinned, item), window=others[0].window)
            vehicles = [each.insertion.vehicle_idx for each in others if each.insertion]
            found = self.finder.find_at(item, wanted, start_s, apart_from=vehicles, routed=pinned.routed)
        yield from (pinned.plus(each) for each in found)

    # -- what shares a stop

    def _joining(self, bundle: Bundle, item: ServiceItem, wanted: Wanted) -> list[Alternative]:
        """Ways to come with a vehicle that comes to the same place anyway, dearer ones too.

        What is collected in one visit with goods may be fetched before they are handed over as well:
        a quote that did not ask for one visit can have found that.
        """
        if wanted.vehicle_idx is not None:
            first = replace(wanted, behind=0)
            return self.finder.find(item, first, routed=bundle.routed)[0] if wanted.behind else []
        if not {item.kind, *item.also} & KINDS_BY_MODE[Mode.RIDER]:
            return []
        coming = [each for each in bundle.chosen if place_key(each.item.place) == place_key(item.place)]
        vehicles = dict.fromkeys(each.insertion.vehicle_idx for each in coming if each.insertion)
        found = (self.finder.find(item, replace(wanted, vehicle_idx=r), routed=bundle.routed)[0] for r in vehicles)
        return [alternative for alternatives in found for alternative in alternatives]

    def _wanted(self, bundle: Bundle, item: ServiceItem) -> Wanted:
        partner = self._partner(bundle, item)
        return Wanted(
            not_before_s=self._not_before_s(bundle, item),
            vehicle_idx=partner.insertion.vehicle_idx if partner and partner.insertion else None,
            window=partner.window if partner else None,
            behind=self._behind(partner, item),
            promise=self.promises.get(item.item_id),
        )

    def _partner(self, bundle: Bundle, item: ServiceItem) -> Alternative | None:
        """What is chosen already for an item of the same visit."""
        return next((bundle.of(each) for each in self._same_visit(item) if bundle.of(each)), None)

    def _behind(self, partner: Alternative | None, item: ServiceItem) -> int:
        if item.kind is not ServiceItemKind.COLLECTION or partner is None or partner.insertion is None:
            return 0
        insertion = partner.insertion
        return self.routes.service_position(insertion.work.key, vehicle_idx=insertion.vehicle_idx)

    def _not_before_s(self, bundle: Bundle, item: ServiceItem) -> int:
        bound = 0
        for link in self.contract.precedences:
            before = bundle.of(link.before_item_id) if link.after_item_id == item.item_id else None
            if before is not None:
                end = before.window[1] + seconds_of(before.item.service_duration)
                bound = max(bound, end + seconds_of(link.lag))
        return bound

    def _same_visit(self, item: ServiceItem) -> tuple[str, ...]:
        groups = (group.item_ids for group in self.contract.same_visits if item.item_id in group.item_ids)
        return tuple(each for group in groups for each in group if each != item.item_id)

    def _keeps_same_visit(self, bundle: Bundle, item: ServiceItem) -> bool:
        """Items of one visit go on one vehicle and are one stop."""
        if not any(bundle.of(each) for each in self._same_visit(item)):
            return True
        insertion = bundle.chosen[-1].insertion
        if insertion is None:
            return False
        group = {*self._same_visit(item), item.item_id}
        keys = [(self.contract.contract_id, each.item.item_id) for each in bundle.chosen if each.item.item_id in group]
        with self.trial.applied(bundle) as fits:
            stops = {self.routes.stop_position(key, vehicle_idx=insertion.vehicle_idx) for key in keys if fits}
        return len(stops) == 1


def nothing_fits(contract: Contract) -> Refusal:
    """When every item fits by itself and not all of them do together."""
    num_items, last = len(contract.items), contract.items[-1].item_id
    reason = ReasonCount(code=ReasonCode.NOT_TOGETHER, count=num_items, total=num_items, example_id=last)
    return Refusal(item_id=last, reasons=(reason,))


def too_dear(item_id: str, *, count: int) -> Refusal:
    """When every way to do an item with those before it costs more than was wished for."""
    reason = ReasonCount(code=ReasonCode.FEE_ABOVE_LIMIT, count=count, total=count, example_id=item_id)
    return Refusal(item_id=item_id, reasons=(reason,))


def best_at_each(bundles: list[Bundle]) -> list[Bundle]:
    """The beam that a customer can choose from: for everything that an option can be best at, some."""
    kept: dict[int, Bundle] = {}
    for count, rank in _RANKS:
        by_rank = sorted(range(len(bundles)), key=lambda n: (*rank(bundles[n]), n))
        for n in by_rank[:count]:
            kept.setdefault(n, bundles[n])
    left = sorted((n for n in range(len(bundles)) if n not in kept), key=lambda n: (bundles[n].cost_units, n))
    for n in left[: max(0, BEAM_WIDTH - len(kept))]:
        kept[n] = bundles[n]
    return list(kept.values())


def nearest_and_cheapest(bundles: list[Bundle]) -> list[Bundle]:
    """A narrow beam, for those who want to know whether there is anything at all."""
    cheapest = sorted(range(len(bundles)), key=lambda n: (bundles[n].cost_units, n))
    nearest = sorted(range(len(bundles)), key=lambda n: (bundles[n].latest_end, bundles[n].cost_units, n))
    return [bundles[n] for n in dict.fromkeys((*cheapest[:3], *nearest[:3]))]

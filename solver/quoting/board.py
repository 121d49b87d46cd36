"""The plan in force, ready to answer: what could be promised now, and does it still fit?

The board is a cache of the ledger: it is built from a `Problem`, and changed with `adopt` only
after the ledger has committed. `quote`, `fit` and `without` leave it as it was. `keep_promises` changes
it as well: it is for scratch copies.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Self

from models.catalogue import Catalogue
from models.contract import Contract, ServiceItem, ServiceItemKind
from models.counter_offer import NO_WISH, Wish
from models.option import Quote, Refusal, SlaOption
from models.plan import Assignment, CapacityKind, Cost, Plan, Route, Visit, VisitKind
from models.policy import Policy
from models.problem import Problem
from models.promise import Promise
from models.timing import seconds_of
from solver.alternatives.alternative import Source, Window
from solver.alternatives.finder import Finder
from solver.alternatives.inquiry import Inquiry
from solver.alternatives.routed_work import routed_work
from solver.availability import Availability, Cell, use_of
from solver.capacity import capacity_of
from solver.instance import Instance
from solver.live_routes import ItemKey, LiveRoutes, RoutedWork
from solver.quoting import ways_out
from solver.quoting.bundles import (
    Bundle,
    BundleSearch,
    Keep,
    Trial,
    best_at_each,
    nearest_and_cheapest,
    nothing_fits,
    too_dear,
)
from solver.quoting.choice import choose
from solver.quoting.options import OptionMaker, item_cost
from solver.quoting.splits import Splitter, with_parts
from solver.quoting.ways_out import is_refused
from solver.quoting.wishes import given_up, under
from solver.stop import Stop, never


@dataclass(frozen=True)
class Fit:
    """An option as it fits now, and the routes that it changes, as they would be."""

    contract: Contract
    option: SlaOption
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class _Look:
    """A search that has run, and every option that it found."""

    search: BundleSearch
    options: tuple[SlaOption, ...]

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        fits_apart = not self.options and self.search.finds_each and not self.search.is_too_dear
        return ((nothing_fits(self.search.contract),) if fits_apart else ()) + self.search.refusals()


class Board:
    """Live routes, free capacity and who does what. One thread at a time."""

    def __init__(self, instance: Instance, availability: Availability, *, routes: LiveRoutes | None = None) -> None:
        self.instance = instance
        self._availability = availability
        self.routes = LiveRoutes(instance) if routes is None else routes
        self._contracts: dict[str, Contract] = {}
        self._assignments: dict[ItemKey, Assignment] = {}

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """The board of a plan in force. The plan must be valid: see `solver.check`."""
        instance = Instance.of(problem)
        board = cls(instance, Availability(instance, problem))
        plan = problem.initial_plan
        board.adopt(routes=plan.routes, added=plan.assignments, contracts=problem.contracts)
        return board

    def copy(self, *, catalogue: Catalogue | None = None) -> Self:
        """The same board on a scratch copy, whose changes nobody else sees.

        Parameters
        ----------
        catalogue
            Others than the board's own, of the same people: their shifts may differ.
        """
        return self._copied(self.instance if catalogue is None else self.instance.under(catalogue))

    def _copied(self, instance: Instance) -> Self:
        copied = type(self)(instance, self._availability.copy(instance), routes=self.routes.copy(instance))
        copied._contracts = dict(self._contracts)
        copied._assignments = dict(self._assignments)
        return copied

    def with_out_of_order(self, catalogue: Catalogue) -> Self:
        """The same board on a scratch copy, under a catalogue that differs by what is out of order alone."""
        return self._copied(self.instance.with_out_of_order(catalogue))

    def is_of(self, problem: Problem) -> bool:
        """Whether a problem has the catalogue, the ways and the stock that this board stands on."""
        instance = self.instance
        return (
            problem.travel is instance.tables
            and problem.horizon == instance.horizon
            and problem.stock == self._availability.stock
            and problem.catalogue == instance.catalogue
        )

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """Those that were ever adopted, by id."""
        return self._contracts

    def pieces(self, site_id: str, sku_id: str) -> int:
        """What is free of one SKU at one site."""
        return self._availability.pieces(site_id, sku_id)

    def left(self, cell: Cell) -> int:
        """What is left of a cell."""
        kind, owner_id, start = cell
        return capacity_of(use_of(kind, owner_id, start, 1), self.instance) - self._availability.used(cell)

    @property
    def assignments(self) -> Mapping[ItemKey, Assignment]:
        """What is in force, by item."""
        return self._assignments

    # -- asking

    def quote(
        self, contract: Contract, *, now: datetime, quote_id: str, stop: Stop = never, wish: Wish = NO_WISH
    ) -> Quote:
        """The options of a contract at this moment; if a wish is refused, the ways out. Holds nothing.

        See `offer`.
        """
        quote = self.offer(contract, now=now, quote_id=quote_id, stop=stop, wish=wish)
        if not is_refused(quote):
            return quote
        found = ways_out.Search(self, contract, quote, wish, now, stop).run()
        return quote.model_copy(update={"ways_out": found, "complete": quote.complete and not stop()})

    def offer(
        self, contract: Contract, *, now: datetime, quote_id: str, stop: Stop = never, wish: Wish = NO_WISH
    ) -> Quote:
        """The options of a contract at this moment, without ways out of a wish that none of them meets.

        An option is planned as if it were held at the very end of the quote's life, so that
        waiting costs it nothing: only somebody else's hold can.

        Parameters
        ----------
        wish
            What the search itself has to keep: only what does is tried.
        """
        policy, wished = self.instance.catalogue.policy, under(contract, wish)
        asked_s = self.instance.horizon.seconds_up(now)
        look = partial(self._look, asked_s=asked_s, stop=stop, wish=wish)
        whole = look(wished, quote_id=quote_id)
        splitter = Splitter(wished, self.instance, self._availability)
        to_split = splitter.scattered() or _worth_splitting(wished, whole.options)
        looks = [whole]
        for n, split in enumerate(splitter.splits(to_split), 1):
            looks.append(look(split, quote_id=f"{quote_id}.s{n}"))
        found = [option for each in looks for option in each.options]
        fitting = [each.model_copy(update={"apart": given_up(contract, wish)}) for each in found]
        affordable = [each for each in fitting if wish.max_fee is None or each.fee <= wish.max_fee]
        options, refusals = choose(affordable, policy, now=now), whole.refusals
        if fitting and not affordable:
            refusals = (too_dear(contract.items[-1].item_id, count=len(fitting)), *refusals)
        if not fitting:
            refusals += (*splitter.refusals(to_split), *(refusal for each in looks[1:] for refusal in each.refusals))
        return Quote(
            quote_id=quote_id,
            contract_id=contract.contract_id,
            contract_revision=contract.revision,
            options=options,
            refusals=tuple(dict.fromkeys(refusals)),
            create_time=now,
            expire_time=now + policy.quote_ttl,
            complete=all(each.search.complete for each in looks),
        )

    def probe(
        self, contract: Contract, *, now: datetime, quote_id: str, stop: Stop, wish: Wish, only_wished: bool
    ) -> tuple[SlaOption, ...]:
        """A few options from a narrow search: is there anything, and what is nearest and cheapest?

        Parameters
        ----------
        only_wished
            Of an item that asks for a level, look at this level alone.
        """
        asked_s, wished = self.instance.horizon.seconds_up(now), under(contract, wish)
        splitter = Splitter(wished, self.instance, self._availability)
        look = partial(self._look, asked_s=asked_s, stop=stop, wish=wish, only_wished=only_wished)
        variants = splitter.splits(splitter.scattered()) or (wished,)  # what no site holds whole is not tried whole
        looks = [look(each, quote_id=f"{quote_id}.{n}", keep=nearest_and_cheapest) for n, each in enumerate(variants)]
        found = [option for each in looks for option in each.options]
        fitting = [each.model_copy(update={"apart": given_up(contract, wish)}) for each in found]
        return tuple(each for each in fitting if wish.max_fee is None or each.fee <= wish.max_fee)

    def _look(
        self,
        contract: Contract,
        *,
        asked_s: int,
        quote_id: str,
        stop: Stop,
        wish: Wish,
        only_wished: bool = False,
        keep: Keep = best_at_each,
    ) -> "_Look":
        """What could be promised for a contract as it is, whole or split."""
        now_s = asked_s + seconds_of(self.instance.catalogue.policy.quote_ttl)
        search = self.search(contract, now_s=now_s, asked_s=asked_s, stop=stop, wish=wish, only_wished=only_wished)
        search.keep = keep
        maker = OptionMaker(contract, self.instance, self.routes, search.trial, asked_s=asked_s)
        made = (maker.make(bundle, option_id=f"{quote_id}.{n}") for n, bundle in enumerate(search.run()))
        return _Look(search, tuple(option for option in made if option is not None))

    def fit(self, contract: Contract, option: SlaOption, *, now: datetime) -> Fit | None:
        """The same promises for the same fee on the plan as it is now; None if that is impossible.

        Resources may differ from the quoted ones, and the cost may be higher by what the policy
        tolerates.

        Parameters
        ----------
        now
            No vehicle sets out earlier. With the quote's `expire_time`, an option that nobody has
            interfered with always fits.
        """
        most = _tolerated(option, self.instance.catalogue.policy)
        for fit in self._fits(agreed(contract, option), option_id=option.option_id, now=now):
            if _operating(fit.option.cost) <= most:
                kept = {name: getattr(option, name) for name in _KEPT}
                return replace(fit, option=fit.option.model_copy(update=kept))
        return None

    def _fits(self, contract: Contract, *, option_id: str, now: datetime) -> Iterator[Fit]:
        """Ways to keep the contract's promises, the cheapest first."""
        search, maker = self._to_keep(contract, now=now)
        for bundle in _cheapest_first(search.run()):
            made = maker.make(bundle, option_id=option_id)
            if made is not None:
                yield Fit(contract=contract, option=made, routes=self.routes_with(search, bundle))

    def _to_keep(self, contract: Contract, *, now: datetime, priced: bool = True) -> tuple[BundleSearch, OptionMaker]:
        """The search for bundles that keep a contract's promises, and who writes them down."""
        now_s = self.instance.horizon.seconds_up(now)
        promises = {promise.item_id: promise for promise in contract.promises}
        search = self.search(contract, now_s=now_s, asked_s=now_s, promises=promises, priced=priced)
        return search, OptionMaker(contract, self.instance, self.routes, search.trial, asked_s=now_s)

    def keep_promises(
        self, contract: Contract, *, now: datetime, picked: Mapping[str, Assignment]
    ) -> tuple[Refusal, ...]:
        """Put a contract's items in where its promises are kept at least cost; the board has the outcome.

        Parameters
        ----------
        picked
            What did the items before: goods stay where they are picked, or are to be, if anybody can fetch them
            there, and come from another site only if nobody can.

        Returns
        -------
        What rules it out, and the board is as it was; nothing if the promises are kept.
        """
        kept = {item_id: source for item_id, each in picked.items() if (source := self._picked(each)) is not None}
        refusals: tuple[Refusal, ...] = ()
        for place in (Finder.stay_with, Finder.keep) if kept else (Finder.keep,):
            search, maker = self._to_keep(contract, now=now, priced=False)
            for item_id, source in kept.items():
                place(search.finder, item_id, source)
            fitting = next(filter(search.trial.put_in, _cheapest_first(search.run())), None)
            if fitting is not None:
                self._follow(maker.assignments(fitting))
                return ()
            refusals = search.refusals()
        return refusals or (nothing_fits(contract),)

    def _follow(self, added: Collection[Assignment]) -> None:
        """The routes have these already; a visit put in before others has moved those."""
        self._assignments |= {(each.contract_id, each.item_id): each for each in added}
        index, instant = self.instance.idx_by_vehicle_id, self.instance.horizon.instant
        for r in {index[each.resource_id]: None for each in added if each.resource_id in index}:
            self.routes.versions[r] += 1
            for key, start_s in self.routes.service_starts(r):
                if (start := instant(start_s)) != self._assignments[key].planned_start:
                    self._assignments[key] = self._assignments[key].model_copy(update={"planned_start": start})

    def _picked(self, assignment: Assignment) -> Source | None:
        """Where an item's goods are picked, if that can stay as it is."""
        uses = tuple(use for use in assignment.uses if use.kind is CapacityKind.PICKING)
        if assignment.site_id is None or not uses or not self._availability.has_room(uses):
            return None
        site = self.instance.catalogue.site_by_id[assignment.site_id]
        return Source(site, self.instance.horizon.seconds(assignment.ready_time), uses)

    def free(self) -> Availability:
        """A copy of what is free, to be taken from on its own."""
        return self._availability.copy(self.instance)

    def routes_with(self, search: BundleSearch, bundle: Bundle) -> tuple[Route, ...]:
        """The routes that a bundle changes, as they would be."""
        with search.trial.applied(bundle):
            vehicles = sorted({each.insertion.vehicle_idx for each in bundle.chosen if each.insertion})
            return tuple(self.routes.route(r, version=self.routes.versions[r] + 1) for r in vehicles)

    def without(self, keys: Collection[ItemKey], *, now: datetime) -> tuple[Route, ...]:
        """The routes of these items as they would be without them.

        Raises
        ------
        SolveError
            The vehicle has departed for one of the visits: VISIT_STARTED.
        """
        routes = self.routes
        return tuple(routes.route(r, version=routes.versions[r] + 1) for r in self._taking_out(keys, now=now))

    def saved_without(self, keys: Collection[ItemKey], *, now: datetime) -> int:
        """By how much the routes of these items would be cheaper without them, in minor units.

        Raises
        ------
        SolveError
            The vehicle has departed for one of the visits: VISIT_STARTED.
        """
        before = {r: self.routes.cost(r).total for r in self._keys_by_vehicle(keys)}
        return sum(before[r] - self.routes.cost(r).total for r in self._taking_out(keys, now=now))

    def started(self, contract_id: str, item_id: str, *, now: datetime) -> bool:
        """Whether a vehicle has departed for the item."""
        key = (contract_id, item_id)
        now_s = self.instance.horizon.seconds(now)
        return key in self.routes and self.routes.started(key, vehicle_idx=self._vehicle_idx(key), now=now_s)

    def begun_at_customer(self, contract_id: str, *, now: datetime) -> dict[str, datetime]:
        """When service starts, by item, at those of a contract's customers that somebody has set out for."""
        now_s = self.instance.horizon.seconds(now)
        keys = [(contract_id, item.item_id) for item in self._contracts[contract_id].items]
        return {
            key[1]: self._assignments[key].planned_start
            for key in keys
            if key in self._assignments
            and key in self.routes
            and self.routes.has_set_out_for_customer(key, vehicle_idx=self._vehicle_idx(key), now=now_s)
        }

    def plan(self) -> Plan:
        """Everything that is in force, with its cost."""
        vehicles = range(len(self.instance.vehicles))
        routes = [self.routes.route(r, version=self.routes.versions[r]) for r in vehicles]
        cost = sum((self.routes.cost(r) for r in vehicles), Cost())
        cost = sum((self._item_cost(each) for each in self._assignments.values()), cost)
        return Plan(
            routes=tuple(route for route in routes if route.version),
            assignments=tuple(self._assignments[key] for key in sorted(self._assignments)),
            cost=cost,
        )

    def work_of(self, key: ItemKey) -> RoutedWork:
        """The visits of an item as its assignment and promise ask for them."""
        assignment = self._assignments[key]
        sites, seconds = self.instance.catalogue.site_by_id, self.instance.horizon.seconds
        site = sites[assignment.site_id] if assignment.site_id else None
        work = self.work_from(Source(site, seconds(assignment.ready_time)), key)
        assert work is not None, f"{assignment.site_id} does not open after {assignment.ready_time}"
        return work

    def work_from(self, source: Source, key: ItemKey) -> RoutedWork | None:
        """The visits of an item if it came from another source; None if that does not open any more."""
        assignment = self._assignments[key]
        contract = self._contracts[assignment.contract_id]
        window = self._start_window(assignment, contract)
        return routed_work(contract, contract.item(assignment.item_id), source, window=window, instance=self.instance)

    def has_room_for(self, assignment: Assignment) -> bool:
        """Whether its stock and capacity are free."""
        contract = self._contracts[assignment.contract_id]
        demands = contract.demands_of(contract.item(assignment.item_id))
        in_stock = assignment.site_id is None or self._availability.has_stock(assignment.site_id, demands)
        return in_stock and self._availability.has_room(assignment.uses)

    # -- changing

    def adopt(
        self,
        *,
        routes: Iterable[Route] = (),
        added: Sequence[Assignment] = (),
        removed: Collection[ItemKey] = (),
        contracts: Iterable[Contract] = (),
    ) -> None:
        """Take over what the ledger has committed.

        Parameters
        ----------
        routes
            Changed routes, whole; the assignments of all their items follow them.
        added, removed
            Items that are new in the plan, and items that left it. Name an item in both to
            replace its assignment.
        contracts
            The contracts of `added`, with their promises.
        """
        contracts = tuple(contracts)
        self._contracts.update({contract.contract_id: contract for contract in contracts})
        for key in removed:
            self._take(self._assignments.pop(key), sign=-1)
        for assignment in added:
            self._assignments[assignment.contract_id, assignment.item_id] = assignment
            self._take(assignment)
        routes = tuple(routes)
        self._retime(routes)
        new = {(each.contract_id, each.item_id) for each in added}
        changed = {contract.contract_id for contract in contracts}
        works: dict[ItemKey, RoutedWork] = {}
        for route in routes:
            for visit in route.visits:
                key = (visit.contract_id, visit.item_id)
                if key not in works:
                    same = None if key in new or key[0] in changed else self.routes.work(key)
                    works[key] = same or self.work_of(key)
        self.routes.load_routes(routes, works)

    # -- inside

    def search(
        self,
        contract: Contract,
        *,
        now_s: int,
        asked_s: int,
        stop: Stop = never,
        promises: dict[str, Promise] | None = None,
        wish: Wish = NO_WISH,
        availability: Availability | None = None,
        by_source: bool = False,
        only_wished: bool = False,
        priced: bool = True,
    ) -> BundleSearch:
        """The search for the bundles of a contract, ready to run.

        Parameters
        ----------
        availability
            What is free, if it is not what the plan leaves.
        by_source, only_wished, priced
            See `Inquiry`.
        """
        free = availability or self._availability
        inquiry = Inquiry(
            contract,
            self.instance,
            self.routes,
            free,
            now_s=now_s,
            asked_s=asked_s,
            by_source=by_source,
            wish=wish,
            only_wished=only_wished,
            priced=priced,
        )
        trial = Trial(contract, self.routes, free, now_s=now_s)
        return BundleSearch(contract, Finder(inquiry), trial, self.routes, stop, promises or {}, wish.max_fee)

    def _vehicle_idx(self, key: ItemKey) -> int:
        return self.instance.idx_by_vehicle_id[self._assignments[key].resource_id or ""]

    def _keys_by_vehicle(self, keys: Collection[ItemKey]) -> dict[int, list[ItemKey]]:
        """The routed ones of these items, by who does them."""
        keys_by_vehicle: dict[int, list[ItemKey]] = {}
        for key in keys:
            if key in self.routes:
                keys_by_vehicle.setdefault(self._vehicle_idx(key), []).append(key)
        return dict(sorted(keys_by_vehicle.items()))

    def _taking_out(self, keys: Collection[ItemKey], *, now: datetime) -> Iterator[int]:
        """The vehicles of these items, each while its route is without them; afterwards it is as it was."""
        now_s = self.instance.horizon.seconds(now)
        for r, theirs in self._keys_by_vehicle(keys).items():
            saved = self.routes.save(r)
            try:
                self.routes.take_out(theirs, vehicle_idx=r, now=now_s)
                yield r
            finally:
                self.routes.restore(r, saved)

    def _take(self, assignment: Assignment, *, sign: int = 1) -> None:
        contract = self._contracts[assignment.contract_id]
        demands = contract.demands_of(contract.item(assignment.item_id))
        self._availability.take(assignment.site_id, demands, assignment.uses, sign=sign)

    def cost_beside_the_way(self, contract_id: str, item_id: str) -> int:
        """What an item of the plan costs beside routes: picking, handling, a carrier's tariff."""
        return self._item_cost(self._assignments[contract_id, item_id]).total

    def _item_cost(self, assignment: Assignment) -> Cost:
        item = self._contracts[assignment.contract_id].item(assignment.item_id)
        carrier = self.instance.catalogue.carrier_by_id.get(assignment.resource_id or "")
        return item_cost(item, assignment.mode, self.instance, carrier)

    def _retime(self, routes: tuple[Route, ...]) -> None:
        """A visit put in before others moves them: their assignments follow."""
        keys = dict.fromkeys((visit.contract_id, visit.item_id) for route in routes for visit in route.visits)
        for assignment in as_routed((self._assignments[key] for key in keys), routes, self._contracts):
            self._assignments[assignment.contract_id, assignment.item_id] = assignment

    def _start_window(self, assignment: Assignment, contract: Contract) -> Window:
        """The promised window; of what starts with others the start that was found for all of them."""
        seconds = self.instance.horizon.seconds
        if any(assignment.item_id in group.item_ids for group in contract.same_starts):
            return seconds(assignment.planned_start), seconds(assignment.planned_start)
        promise = next(each for each in contract.promises if each.item_id == assignment.item_id)
        return seconds(promise.window.earliest), seconds(promise.window.latest)


def _worth_splitting(contract: Contract, options: Collection[SlaOption]) -> tuple[str, ...]:
    """What could come from one site, but not as it was asked for: more than one site may do better."""
    if any(option.meets_wish for option in options):
        return ()
    return tuple(item.item_id for item in contract.items if not options or item.sla.service_level_id)


_KEPT = (
    "promises",
    "fee",
    "archetypes",
    "recommended",
    "compared",
    "same_visits",
    "apart",
    "amended",
    "parts",
    "meets_wish",
)
"""Of an option, what a hold keeps; the rest is as it fits now."""


def agreed(contract: Contract, option: SlaOption) -> Contract:
    """The contract with what an option promises: parts and windows, what comes together, what no longer has to."""
    kept = tuple(group for group in contract.same_visits if group not in option.apart)
    amended = {item.item_id: item for item in option.amended}
    items = tuple(amended.get(item.item_id, item) for item in contract.items)
    contract = with_parts(contract.model_copy(update={"items": items, "same_visits": kept}), option.parts)
    together = dict.fromkeys((*contract.same_visits, *option.same_visits))
    stay = _promises_beside(contract, option)
    return contract.model_copy(update={"promises": (*stay, *option.promises), "same_visits": tuple(together)})


def _promises_beside(contract: Contract, option: SlaOption) -> tuple[Promise, ...]:
    """Those of items that the option is not about: it may be for what is at risk only."""
    item_ids = {item.item_id for item in contract.items} - {promise.item_id for promise in option.promises}
    return tuple(promise for promise in contract.promises if promise.item_id in item_ids)


def as_routed(
    assignments: Iterable[Assignment], routes: Iterable[Route], contracts: Mapping[str, Contract]
) -> tuple[Assignment, ...]:
    """The assignments with vehicle and planned start as these routes have them; others as they are."""
    served = {
        (visit.contract_id, visit.item_id): {"resource_id": route.resource_id, "planned_start": visit.start}
        for route in routes
        for visit in route.visits
        if _at_customer(visit, contracts[visit.contract_id].item(visit.item_id))
    }
    return tuple(each.model_copy(update=served.get((each.contract_id, each.item_id))) for each in assignments)


def _at_customer(visit: Visit, item: ServiceItem) -> bool:
    """Goods are handed over to the customer, or taken from; a technician works nowhere else."""
    return visit.kind is not (VisitKind.DELIVERY if item.kind is ServiceItemKind.COLLECTION else VisitKind.PICKUP)


def _cheapest_first(bundles: Iterable[Bundle]) -> list[Bundle]:
    return sorted(bundles, key=lambda bundle: bundle.cost_units)


def _operating(cost: Cost) -> int:
    return cost.total - cost.expected_compensation


def _tolerated(option: SlaOption, policy: Policy) -> int:
    quoted = _operating(option.cost)
    return quoted + max(quoted * policy.hold_tolerance_percent // 100, policy.hold_tolerance_amount)

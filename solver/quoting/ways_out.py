"""Ways out of a refused wish: each is applied on a copy of the plan, planned there, and checked.

What is searched is bounded: for each relaxation that the refusals give hope for, at most one
narrow search on a scratch board, for an option that keeps the rest of the wish, and one fit of that option as a
hold would make it, of the smallest change that it needs. Only what the independent checker
accepts is shown, at the price that the checker reckons.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from models.catalogue import Catalogue
from models.contract import GOODS_KINDS, Contract, ServiceItem, ServiceItemKind
from models.counter_offer import Wish
from models.option import Quote, Relaxation, ShiftChange, SlaOption, WayOut
from models.plan import Assignment, ReasonCode
from models.promise import Mode, Promise
from models.resource import ResourceKind
from models.timing import TimeWindow, seconds_of
from solver.alternatives.windows import level_windows
from solver.geometry import crow_flies_m
from solver.quoting.part import judge
from solver.quoting.shifts import with_shifts
from solver.stop import Stop

if TYPE_CHECKING:
    from solver.quoting.board import Board, Fit

OVERTIME_STEP_S = 300
"""Overtime is agreed in steps of five minutes."""

MUCH_LATER = timedelta(days=7)
"""By how much a limit is moved to find the nearest promise behind it."""


@dataclass(frozen=True)
class _Attempt:
    """A wish of which one thing is given up, and the board that it is tried on."""

    relaxation: Relaxation
    board: "Board"
    contract: Contract
    wish: Wish
    shifts: tuple[ShiftChange, ...] = ()


@dataclass(frozen=True)
class Search:
    """The ways out of one quote whose wish none of its options meets.

    Parameters
    ----------
    quote
        What was found without giving anything up.
    wish
        What the quote was searched under, beside what the contract itself asks for.
    """

    board: "Board"
    contract: Contract
    quote: Quote
    wish: Wish
    now: datetime
    stop: Stop

    def run(self) -> tuple[WayOut, ...]:
        """The nearest first: the least late, brought before fetched, then the cheapest; so many as the policy shows.

        With the caller's time up, those that are verified by then.
        """
        most = self.board.instance.catalogue.policy.max_ways_out
        found = list(self._found()) if most else []
        found.sort(key=_nearness)
        return tuple(found[:most])

    def _found(self) -> Iterator[WayOut]:
        shown = dict(self._of_the_quote())
        for relaxation, option in shown.items():
            yield from self._verified(relaxation, self.board, option, None)
        for attempt in self._attempts():
            if self.stop():
                return
            if attempt.relaxation not in shown:
                yield from self._tried(attempt)

    # -- what the quote itself offers

    def _of_the_quote(self) -> Iterator[tuple[Relaxation, SlaOption]]:
        """The nearest option that is later, and the nearest that the customer fetches."""
        for relaxation, fetched in ((Relaxation.LATER_PROMISE, False), (Relaxation.PICKUP, True)):
            options = [each for each in self.quote.options if self._is_fetched(each) is fetched]
            if options:
                yield relaxation, min(options, key=self._distance)

    def _is_fetched(self, option: SlaOption) -> bool:
        """Whether something that was wished for otherwise waits at a counter."""
        item_by_id = {item.item_id: item for item in (*self.contract.items, *option.parts)}
        return any(
            promise.mode is Mode.PICKUP
            and item_by_id[promise.item_id].sla.service_level_id not in (None, promise.service_level_id)
            for promise in option.promises
        )

    def _distance(self, option: SlaOption) -> tuple[int, int, str]:
        return self._minutes_later(option), option.cost.total, option.option_id

    # -- what is tried

    def _attempts(self) -> Iterator[_Attempt]:
        """Each relaxation once, in the order in which the customer is least bothered."""
        yield from self._other_sources()
        yield from self._apart()
        yield from self._shifts()
        if not self.quote.options:
            yield from self._later()
            yield from self._dearer()
        yield from self._fetched()

    def _other_sources(self) -> Iterator[_Attempt]:
        extra_m = self.board.instance.catalogue.policy.max_extra_radius_m
        extra_m = extra_m if self._may_be_to_blame(ReasonCode.OUT_OF_RADIUS) else 0
        items = tuple(_from_anywhere(item, extra_m) for item in self.contract.items)
        if items != self.contract.items:
            yield self._attempt(Relaxation.OTHER_SOURCE, items=items)

    def _may_be_to_blame(self, code: ReasonCode) -> bool:
        """Whether the refusals of what was wished for name it; items that only fail together name nothing."""
        wished = {
            (item.item_id, item.sla.service_level_id or self.wish.service_level_id) for item in self.contract.items
        }
        refused = [
            each
            for each in self.quote.refusals
            if not self.quote.options or (each.item_id, each.service_level_id) in wished
        ]
        codes = {reason.code for each in refused for reason in each.reasons}
        return not codes or ReasonCode.NOT_TOGETHER in codes or code in codes

    def _apart(self) -> Iterator[_Attempt]:
        bound = {item_id for group in self.contract.same_visits for item_id in group.item_ids}
        loose = tuple(item.item_id for item in self.contract.items if item.item_id in bound)
        if self.wish.together or not bound <= set(self.wish.apart_item_ids):
            yield self._attempt(Relaxation.SPLIT, wish=self._wish(apart_item_ids=loose, together=()))

    def _shifts(self) -> Iterator[_Attempt]:
        """Everybody who may be called in or stay longer, tried at once: the search picks whom it wants."""
        for relaxation, changes in _offered_shifts(self.board.instance.catalogue).items():
            if self._may_be_to_blame(_SHIFT_REASONS[relaxation]):
                board = self.board.copy(catalogue=with_shifts(self.board.instance.catalogue, changes))
                yield replace(self._attempt(relaxation), board=board, shifts=changes)

    def _later(self) -> Iterator[_Attempt]:
        items = tuple(_at_any_later_time(item) for item in self.contract.items)
        wish = self._wish(latest_end=None, service_level_id=None)
        if items != self.contract.items or wish != self.wish:
            yield self._attempt(Relaxation.LATER_PROMISE, items=items, wish=wish)

    def _dearer(self) -> Iterator[_Attempt]:
        if self.wish.max_fee is not None:
            yield self._attempt(Relaxation.HIGHER_FEE, wish=self._wish(max_fee=None))

    def _fetched(self) -> Iterator[_Attempt]:
        """All goods at counters; what fetches only some of them is among the options of the quote."""
        items = tuple(_fetched_as_well(item) for item in self.contract.items)
        collects = any(item.kind is ServiceItemKind.COLLECTION for item in items)
        modes = (Mode.CARRIER,) if collects else (Mode.CARRIER, Mode.RIDER, Mode.VAN)
        wish = self._wish(unwanted_modes=modes, service_level_id=None)
        if any(ServiceItemKind.STORE_PICKUP in (item.kind, *item.also) for item in items):
            yield self._attempt(Relaxation.PICKUP, items=items, wish=wish)

    def _attempt(
        self, relaxation: Relaxation, *, items: tuple[ServiceItem, ...] = (), wish: Wish | None = None
    ) -> _Attempt:
        contract = self.contract.model_copy(update={"items": items or self.contract.items})
        return _Attempt(relaxation, self.board, contract, wish or self.wish)

    def _wish(self, **changes: object) -> Wish:
        return self.wish.model_copy(update=changes)

    # -- trying

    def _tried(self, attempt: _Attempt) -> Iterator[WayOut]:
        quote_id = f"{self.quote.quote_id}.{attempt.relaxation.lower().replace('_', '-')}"
        found = attempt.board.probe(
            attempt.contract,
            now=self.now,
            quote_id=quote_id,
            stop=self.stop,
            wish=attempt.wish,
            only_wished=self._has_to_meet_the_wish(attempt),
        )
        options = [option for option in found if self._would_do(option, attempt)]
        for option in sorted(options, key=lambda option: (not option.meets_wish, self._distance(option)))[:1]:
            if attempt.shifts:
                yield from self._with_one_shift(attempt, option)
            else:
                yield from self._verified(attempt.relaxation, self.board, self._amended(option), None)

    def _would_do(self, option: SlaOption, attempt: _Attempt) -> bool:
        if attempt.shifts and len(_changed_of(option, attempt.shifts)) != 1:
            return False
        if option.parts and attempt.contract.items != self.contract.items:
            return False  # what is amended is an item of the contract, and a part is none yet
        if attempt.relaxation is Relaxation.PICKUP:
            return any(promise.mode is Mode.PICKUP for promise in option.promises)
        return option.meets_wish or not self._has_to_meet_the_wish(attempt)

    def _has_to_meet_the_wish(self, attempt: _Attempt) -> bool:
        """Where nothing works, anything that does is a way out."""
        return bool(self.quote.options) and attempt.relaxation is not Relaxation.PICKUP

    def _with_one_shift(self, attempt: _Attempt, option: SlaOption) -> Iterator[WayOut]:
        """Only the one that the option uses, and no longer than it takes."""
        (change,) = _changed_of(option, attempt.shifts)
        if change.overtime:
            fit = attempt.board.fit(self.contract, option, now=self.quote.expire_time)
            change = change.model_copy(update={"overtime": _overtime(self.board, fit, change)}) if fit else change
        catalogue = self.board.instance.catalogue
        if with_shifts(catalogue, [change]) != catalogue:
            board = self.board.copy(catalogue=with_shifts(catalogue, [change]))
            yield from self._verified(attempt.relaxation, board, option, change)

    def _verified(
        self, relaxation: Relaxation, board: "Board", option: SlaOption, change: ShiftChange | None
    ) -> Iterator[WayOut]:
        """The way out, if a hold of the option succeeds there and the checker has nothing against the plan."""
        fit = board.fit(self.contract, option, now=self.quote.expire_time)
        if fit is None or (change is not None and not _changed_of(fit.option, (change,))):
            return
        after = board.copy()
        after.adopt(routes=fit.routes, added=fit.option.assignments, contracts=(fit.contract,))
        keys = [(each.contract_id, each.item_id) for each in fit.option.assignments]
        verdict = judge(self.board, after, fit.routes, keys, now=self.now)
        held = _as_held(option, fit)
        if not verdict.violations and verdict.added_cost == held.cost.total - held.cost.expected_compensation:
            yield self._way_out(relaxation, held, change)

    def _way_out(self, relaxation: Relaxation, option: SlaOption, change: ShiftChange | None) -> WayOut:
        cheapest = min(self.quote.options, key=lambda each: each.cost.total, default=None)
        return WayOut(
            relaxation=relaxation,
            item_id=self._refused_item_id(),
            option=option,
            extra_cost=option.cost.total - (cheapest.cost.total if cheapest else 0),
            extra_fee=option.fee - (cheapest.fee if cheapest else 0),
            minutes_later=self._minutes_later(option),
            shift_change=change,
        )

    def _refused_item_id(self) -> str:
        """The first item that no option gives what was asked for; without options, the first that is refused."""
        if not self.quote.options:
            return self.quote.refusals[0].item_id if self.quote.refusals else self.contract.items[0].item_id
        wished = [item for item in self.contract.items if item.sla.service_level_id]
        refused = (item for item in wished if not any(_gets_its_level(item, each) for each in self.quote.options))
        return next(refused, wished[0] if wished else self.contract.items[0]).item_id

    def _amended(self, option: SlaOption) -> SlaOption:
        """With the least that has to change about the contract's items so that they may be promised so."""
        assignments = {each.item_id: each for each in option.assignments}
        promises = {each.item_id: each for each in option.promises}
        items = (
            (item, self._amended_item(item, promises[item.item_id], assignments[item.item_id]))
            for item in self.contract.items
            if item.item_id in promises
        )
        return option.model_copy(update={"amended": tuple(new for old, new in items if new != old)})

    def _amended_item(self, item: ServiceItem, promise: Promise, assignment: Assignment) -> ServiceItem:
        changes: dict[str, object] = {}
        if promise.mode is Mode.PICKUP and ServiceItemKind.STORE_PICKUP not in (item.kind, *item.also):
            changes["also"] = (*item.also, ServiceItemKind.STORE_PICKUP)
        windows = item.sla.windows
        if windows and not any(promise.window.within(window) for window in windows):
            changes["sla"] = item.sla.model_copy(update={"windows": (promise.window,)})
        if constraint := self._wider_source(item, assignment):
            changes["constraint"] = item.constraint.model_copy(update=constraint)
        return item.model_copy(update=changes) if changes else item

    def _wider_source(self, item: ServiceItem, assignment: Assignment) -> dict[str, object]:
        site = self.board.instance.catalogue.site_by_id.get(assignment.site_id or "")
        if site is None:
            return {}
        changes: dict[str, object] = {}
        allowed = item.constraint.allowed_site_ids
        if allowed and site.site_id not in allowed:
            changes["allowed_site_ids"] = (*allowed, site.site_id)
        radius_m = site.radius_m.get(ResourceKind(assignment.mode)) if assignment.mode in _DELIVERING else None
        if radius_m is not None and item.kind is not ServiceItemKind.COLLECTION:
            beyond_m = ceil(crow_flies_m(site.place, item.place) - radius_m)
            if beyond_m > item.constraint.extra_radius_m:
                changes["extra_radius_m"] = beyond_m
        return changes

    # -- how far from the wish

    def _minutes_later(self, option: SlaOption) -> int:
        item_by_id = {item.item_id: item for item in (*self.contract.items, *option.parts)}
        ends = ((promise, self._wished_end(item_by_id[promise.item_id])) for promise in option.promises)
        late = [_end(promise) - end for promise, end in ends if end is not None]
        return max(0, ceil(max(late, default=timedelta(0)) / timedelta(minutes=1)))

    def _wished_end(self, item: ServiceItem) -> datetime | None:
        """Until when the item was wished for; a part of a split asks for what the whole did."""
        level_id = item.sla.service_level_id or self.wish.service_level_id or ""
        ends = [self._last_end_of(level_id), self.wish.latest_end]
        ends.append(max((window.latest for window in item.sla.windows), default=None))
        return min((end for end in ends if end is not None), default=None)

    def _last_end_of(self, level_id: str) -> datetime | None:
        instance = self.board.instance
        level = instance.catalogue.policy.service_level(level_id)
        if level is None:
            return None
        windows = level_windows(level, instance, asked_s=instance.horizon.seconds_up(self.now))
        last = max((latest for _, latest in windows), default=None)
        return None if last is None else instance.horizon.instant(last)


_SHIFT_REASONS = {Relaxation.OVERTIME: ReasonCode.SHIFT_OVER, Relaxation.ON_CALL: ReasonCode.ON_CALL}
"""What must have ruled somebody in radius out for a change of shifts to help."""

_DELIVERING = (Mode.RIDER, Mode.VAN, Mode.CARRIER)


def _nearness(way: WayOut) -> tuple[int, bool, int, str]:
    """The smaller, the less it bothers the customer."""
    return way.minutes_later, way.relaxation is Relaxation.PICKUP, way.extra_cost, way.relaxation


def is_refused(quote: Quote) -> bool:
    """Whether no option gives what was asked for."""
    return not any(option.meets_wish for option in quote.options)


def _as_held(option: SlaOption, fit: "Fit") -> SlaOption:
    """Priced as a hold makes it now; its chances are those of the quote."""
    cost = fit.option.cost.model_copy(update={"expected_compensation": option.cost.expected_compensation})
    now = {name: getattr(fit.option, name) for name in ("assignments", "co2_g", "num_stops")}
    return option.model_copy(update={"cost": cost, "archetypes": (), "recommended": False, "compared": None, **now})


def _end(promise: Promise) -> datetime:
    """Of a pickup, when the goods are there."""
    return promise.window.earliest if promise.mode is Mode.PICKUP else promise.window.latest


def _gets_its_level(item: ServiceItem, option: SlaOption) -> bool:
    return any(
        promise.item_id == item.item_id and promise.service_level_id == item.sla.service_level_id
        for promise in option.promises
    )


def _from_anywhere(item: ServiceItem, extra_m: int) -> ServiceItem:
    if not {item.kind, *item.also} & GOODS_KINDS:
        return item
    extra_m = max(extra_m, item.constraint.extra_radius_m)
    constraint = item.constraint.model_copy(update={"allowed_site_ids": (), "extra_radius_m": extra_m})
    return item.model_copy(update={"constraint": constraint})


def _at_any_later_time(item: ServiceItem) -> ServiceItem:
    if not item.sla.windows:
        return item
    first = min(window.earliest for window in item.sla.windows)
    last = max(window.latest for window in item.sla.windows)
    later = TimeWindow(earliest=first, latest=last + MUCH_LATER)
    return item.model_copy(update={"sla": item.sla.model_copy(update={"windows": (later,)})})


def _fetched_as_well(item: ServiceItem) -> ServiceItem:
    if item.kind is not ServiceItemKind.DELIVERY or ServiceItemKind.STORE_PICKUP in item.also:
        return item
    return item.model_copy(update={"also": (*item.also, ServiceItemKind.STORE_PICKUP)})


def _offered_shifts(catalogue: Catalogue) -> dict[Relaxation, tuple[ShiftChange, ...]]:
    """Who may stay longer, and who may be called in; a relaxation that nobody offers is left out."""
    offered = {
        Relaxation.OVERTIME: [
            ShiftChange(resource_id=each.resource_id, overtime=each.max_overtime)
            for each in catalogue.mobiles
            if each.max_overtime > each.overtime and not each.on_call
        ],
        Relaxation.ON_CALL: [
            ShiftChange(resource_id=each.resource_id, call_in=True) for each in catalogue.mobiles if each.on_call
        ],
    }
    return {relaxation: tuple(changes) for relaxation, changes in offered.items() if changes}


def _changed_of(option: SlaOption, changes: tuple[ShiftChange, ...]) -> tuple[ShiftChange, ...]:
    """The changes of those who do something of the option."""
    at_work = {each.resource_id for each in option.assignments}
    return tuple(change for change in changes if change.resource_id in at_work)


def _overtime(board: "Board", fit: "Fit", change: ShiftChange) -> timedelta:
    """How long past the shift the changed route lasts, in whole steps; at most what may be offered."""
    mobile = board.instance.catalogue.mobile_by_id[change.resource_id]
    route = next(route for route in fit.routes if route.resource_id == change.resource_id)
    past_s = seconds_of(route.visits[-1].end - mobile.shift.end) + route.way_home_s
    steps = -(-max(0, past_s) // OVERTIME_STEP_S)
    return max(mobile.overtime, min(change.overtime, timedelta(seconds=steps * OVERTIME_STEP_S)))

"""From bundles to options that a customer can choose from: promises, costs, fees, chances."""

from collections.abc import Sequence

from models.contract import Contract, ServiceItem
from models.option import SlaOption
from models.plan import Assignment, Cost
from models.promise import Mode, Payer, Promise, SameVisit
from models.resource import Carrier, Desk
from models.timing import TimeWindow
from solver.alternatives.alternative import Alternative, Insertion
from solver.alternatives.lateness import expected_compensation, p_on_time
from solver.alternatives.parcels import tariff
from solver.instance import Instance
from solver.live_routes import LiveRoutes
from solver.quoting.bundles import Bundle, Trial


class OptionMaker:
    """Turns bundles of one contract into options, on the plan as it stands."""

    def __init__(
        self, contract: Contract, instance: Instance, routes: LiveRoutes, trial: Trial, *, asked_s: int
    ) -> None:
        self._contract, self._instance = contract, instance
        self._routes, self._trial, self._asked_s = routes, trial, asked_s
        self._policy = instance.catalogue.policy

    def make(self, bundle: Bundle, *, option_id: str) -> SlaOption | None:
        """The option, or None if the bundle does not fit after all."""
        vehicles = _vehicles(bundle)
        before = {r: (self._routes.cost(r), self._routes.metres(r)) for r in vehicles}
        with self._trial.applied(bundle) as fits:
            if not fits:
                return None
            stops = self._stops(bundle)
            starts = [self._planned_start_s(each) for each in bundle.chosen]
            assignments = self.assignments(bundle)
            cost = sum((self._routes.cost(r) - before[r][0] for r in vehicles), Cost())
            metres = {r: self._routes.metres(r) - before[r][1] for r in vehicles}
        promises = self._promises(bundle, stops)
        forecasts = [self._forecast(*each) for each in zip(bundle.chosen, promises, starts, strict=True)]
        chances = {each.item.item_id: chance for each, (chance, _) in zip(bundle.chosen, forecasts, strict=True)}
        owed = _by_payer(promises, [compensation for _, compensation in forecasts])
        return SlaOption(
            option_id=option_id,
            promises=promises,
            assignments=assignments,
            fee=sum(promise.fee for promise in promises),
            currency=self._policy.currency,
            cost=cost + self._item_costs(bundle) + Cost(expected_compensation=sum(owed.values())),
            expected_compensation_by_payer=owed,
            same_visits=_same_visits(bundle, stops),
            parts=tuple(item for item in self._contract.items if item.split_of),
            p_on_time_by_item_id=chances,
            p_on_time=max(0.0, 1 - sum(1 - chance for chance in chances.values())),
            co2_g=self._co2_g(bundle, metres),
            num_stops=len(set(stops)),
            meets_wish=all(meets_wish(each.item, each.level.service_level_id) for each in bundle.chosen),
        )

    def assignments(self, bundle: Bundle) -> tuple[Assignment, ...]:
        """Who does what of a bundle that is in the plan."""
        return tuple(self._assignment(each, self._planned_start_s(each)) for each in bundle.chosen)

    def _planned_start_s(self, alternative: Alternative) -> int:
        insertion = alternative.insertion
        if insertion is None:
            return alternative.window[0] if alternative.start_s is None else alternative.start_s
        return self._routes.service_start(insertion.work.key, vehicle_idx=insertion.vehicle_idx)

    def _stops(self, bundle: Bundle) -> list[object]:
        """For each item, what names its stop: equal for items handed over, fetched or posted together."""
        return [self._vehicle_stop(each.insertion) if each.insertion else each.stop_key for each in bundle.chosen]

    def _vehicle_stop(self, insertion: Insertion) -> object:
        vehicle_idx = insertion.vehicle_idx
        return vehicle_idx, self._routes.stop_position(insertion.work.key, vehicle_idx=vehicle_idx)

    def _promises(self, bundle: Bundle, stops: list[object]) -> tuple[Promise, ...]:
        """One per item. A stop costs its dearest level's fee, carried by the first item there."""
        fee_by_stop: dict[object, int] = {}
        for alternative, stop in zip(bundle.chosen, stops, strict=True):
            fee_by_stop[stop] = max(fee_by_stop.get(stop, 0), alternative.fee)
        return tuple(
            self._promise(alternative, fee=fee_by_stop.pop(stop, 0))
            for alternative, stop in zip(bundle.chosen, stops, strict=True)
        )

    def _promise(self, alternative: Alternative, *, fee: int) -> Promise:
        instant = self._instance.horizon.instant
        earliest, latest = alternative.window
        site = alternative.source.site
        place = site.place if site and alternative.mode is Mode.PICKUP else alternative.item.place
        ladder = alternative.level.ladder if alternative.level.ladder.steps else alternative.item.sla.ladder
        return Promise(
            item_id=alternative.item.item_id,
            service_level_id=alternative.level.service_level_id,
            mode=alternative.mode,
            window=TimeWindow(earliest=instant(earliest), latest=instant(latest)),
            place=place,
            fee=fee,
            ladder=ladder,
        )

    def _forecast(self, alternative: Alternative, promise: Promise, start_s: int) -> tuple[float, float]:
        """Chance to be on time, and the compensation expected."""
        cv = self._policy.residual_cv[alternative.mode]
        planned_s, promised_s = start_s - self._asked_s, alternative.window[1] - self._asked_s
        if alternative.mode is Mode.PICKUP:  # late is when the goods are not there when the window opens
            planned_s, promised_s = alternative.source.ready_s - self._asked_s, alternative.window[0] - self._asked_s
        chance = p_on_time(planned_s, promised_s, cv)
        return chance, expected_compensation(promise.ladder, planned_s, promised_s, cv)

    def _assignment(self, alternative: Alternative, start_s: int) -> Assignment:
        instant = self._instance.horizon.instant
        insertion = alternative.insertion
        performer = self._instance.vehicles[insertion.vehicle_idx] if insertion else alternative.performer
        return Assignment(
            contract_id=self._contract.contract_id,
            item_id=alternative.item.item_id,
            mode=alternative.mode,
            site_id=alternative.site_id,
            resource_id=performer.resource_id if performer else None,
            ready_time=instant(alternative.source.ready_s),
            planned_start=instant(start_s),
            uses=alternative.uses,
        )

    def _item_costs(self, bundle: Bundle) -> Cost:
        costs = (item_cost(each.item, each.mode, self._instance, each.performer) for each in bundle.chosen)
        return sum(costs, Cost())

    def _co2_g(self, bundle: Bundle, metres: dict[int, int]) -> int:
        per_km = self._policy.co2_g_per_km
        driven = sum(m * per_km.get(self._instance.vehicles[r].kind, 0) for r, m in metres.items())
        parcels = sum(each.mode is Mode.CARRIER for each in bundle.chosen)
        return round(driven / 1000) + parcels * self._policy.co2_g_per_parcel


def _by_payer(promises: Sequence[Promise], expected: Sequence[float]) -> dict[Payer, int]:
    """Expected compensation by who would pay it, rounded once per payer; who would pay nothing is left out."""
    owed: dict[Payer, float] = {}
    for promise, amount in zip(promises, expected, strict=True):
        owed[promise.ladder.payer] = owed.get(promise.ladder.payer, 0.0) + amount
    return {payer: round(owed[payer]) for payer in Payer if round(owed.get(payer, 0.0))}


def _same_visits(bundle: Bundle, stops: list[object]) -> tuple[SameVisit, ...]:
    """The items that a vehicle hands over at one stop, where there are several."""
    items_by_stop: dict[object, list[str]] = {}
    for alternative, stop in zip(bundle.chosen, stops, strict=True):
        if alternative.insertion is not None:
            items_by_stop.setdefault(stop, []).append(alternative.item.item_id)
    return tuple(SameVisit(item_ids=tuple(items)) for items in items_by_stop.values() if len(items) > 1)


def item_cost(item: ServiceItem, mode: Mode, instance: Instance, performer: Carrier | Desk | None) -> Cost:
    """What an item costs beside its route."""
    policy = instance.catalogue.policy
    return Cost(
        picking=len(item.demand_ids) * policy.picking_per_line,
        handling=policy.handling_per_item[mode],
        carrier=tariff(performer, item, instance) if isinstance(performer, Carrier) else 0,
    )


def meets_wish(item: ServiceItem, service_level_id: str) -> bool:
    return item.sla.service_level_id in (None, service_level_id)


def _vehicles(bundle: Bundle) -> list[int]:
    return sorted({each.insertion.vehicle_idx for each in bundle.chosen if each.insertion})

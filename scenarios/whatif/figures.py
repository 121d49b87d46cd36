"""What a plan comes to: chances, use of pools by hour, kilometres, CO2."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from models.catalogue import Catalogue
from models.contract import Contract
from models.evaluation import ContractOutcome, PromisedItem, Utilisation
from models.plan import Assignment, Plan, Route
from models.problem import Problem
from models.promise import Mode, Promise
from models.resource import Technician, Vehicle
from models.timing import Interval
from solver.alternatives.lateness import expected_compensation, p_on_time

_HOUR = timedelta(hours=1)
NO_POOL = "-"
Key = tuple[str, str]


def asked_time(contract: Contract, problem: Problem) -> datetime:
    """From when on a contract could be planned: when its last order had come."""
    return max(problem.freeze_until, *(order.joined_time for order in contract.orders))


def outcomes(problem: Problem, plan: Plan) -> tuple[ContractOutcome, ...]:
    """What every contract got."""
    assignments = {(each.contract_id, each.item_id): each for each in plan.assignments}
    reasons = {(each.contract_id, each.item_id): each.reasons for each in plan.unplanned}
    found = []
    for contract in problem.contracts:
        items = [
            _promised(promise, contract, problem, assignments.get((contract.contract_id, promise.item_id)))
            for promise in contract.promises
        ]
        keys = [(contract.contract_id, item.item_id) for item in contract.items]
        found.append(
            ContractOutcome(
                contract_id=contract.contract_id,
                order_ids=tuple(sorted(order.order_id for order in contract.orders)),
                items=tuple(
                    each.model_copy(update={"reasons": reasons.get((contract.contract_id, each.item_id), ())})
                    for each in items
                ),
                reasons=tuple(dict.fromkeys(reason for key in keys for reason in reasons.get(key, ()))),
            )
        )
    return tuple(found)


def _promised(promise: Promise, contract: Contract, problem: Problem, assignment: Assignment | None) -> PromisedItem:
    item = contract.item(promise.item_id)
    skus = {each.sku_id for each in contract.demands_of(item)}
    return PromisedItem(
        item_id=promise.item_id,
        channel=item.channel,
        service_level_id=promise.service_level_id,
        mode=promise.mode,
        window=promise.window,
        fee=promise.fee,
        sku_ids=tuple(sorted(skus)),
        site_id=assignment.site_id if assignment else None,
        resource_id=assignment.resource_id if assignment else None,
        p_on_time=_chance(promise, contract, problem, assignment) if assignment else 0.0,
    )


def _chance(promise: Promise, contract: Contract, problem: Problem, assignment: Assignment) -> float:
    planned_s, promised_s = _lead_times(promise, contract, problem, assignment)
    return p_on_time(planned_s, promised_s, problem.catalogue.policy.residual_cv[promise.mode])


def _lead_times(promise: Promise, contract: Contract, problem: Problem, assignment: Assignment) -> tuple[float, float]:
    """Seconds from the asking to the planned start and to the promised end; at a counter, until the goods are there."""
    asked = asked_time(contract, problem)
    if promise.mode is Mode.PICKUP:
        planned, promised = assignment.ready_time, promise.window.earliest
    else:
        planned, promised = assignment.planned_start, promise.window.latest
    return (planned - asked).total_seconds(), (promised - asked).total_seconds()


def compensation(problem: Problem, plan: Plan) -> int:
    """What lateness will cost on average, over all promises that are in the plan."""
    assignments = {(each.contract_id, each.item_id): each for each in plan.assignments}
    cv, owed = problem.catalogue.policy.residual_cv, 0.0
    for contract in problem.contracts:
        for promise in contract.promises:
            assignment = assignments.get((contract.contract_id, promise.item_id))
            if assignment is not None and promise.ladder.steps:
                lead = _lead_times(promise, contract, problem, assignment)
                owed += expected_compensation(promise.ladder, *lead, cv[promise.mode])
    return round(owed)


def distance_m(plan: Plan) -> int:
    return sum(route.distance_m for route in plan.routes)


def co2_g(plan: Plan, catalogue: Catalogue) -> int:
    policy, mobiles = catalogue.policy, catalogue.mobile_by_id
    grams = sum(route.distance_m * policy.co2_g_per_km.get(mobiles[route.resource_id].kind, 0) for route in plan.routes)
    parcels = sum(each.mode is Mode.CARRIER for each in plan.assignments)
    return round(grams / 1000) + parcels * policy.co2_g_per_parcel


def utilisation(problem: Problem, plan: Plan) -> tuple[Utilisation, ...]:
    """By pool and local hour: how much of the time of shifts is travel, set-up and service."""
    catalogue = problem.catalogue
    busy, free = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    routes = {route.resource_id: route for route in plan.routes}
    for mobile in _counted(catalogue, routes):
        pool_id = _pool_id(mobile.resource_id, catalogue)
        route = routes.get(mobile.resource_id, Route(resource_id=mobile.resource_id))
        _spread(busy, pool_id, ((each.depart, each.end) for each in route.visits), catalogue)
        shift = Interval(start=mobile.shift.start, end=mobile.shift.end + mobile.overtime)
        _spread(free, pool_id, [(shift.start, shift.end)], catalogue)
        rests = [(each.start, each.end) for each in route.breaks] or [
            (each.window.earliest, each.window.earliest + each.duration) for each in mobile.breaks
        ]
        _spread(free, pool_id, rests, catalogue, sign=-1)
    return tuple(
        Utilisation(pool_id=pool_id, hour=hour, busy_s=busy[pool_id, hour], available_s=max(0, free[pool_id, hour]))
        for pool_id, hour in sorted(free.keys() | busy.keys())
    )


def _counted(catalogue: Catalogue, routes: Mapping[str, Route]) -> Iterator[Vehicle | Technician]:
    """Those at work: not who is away, nor who is at home until somebody calls."""
    for mobile in catalogue.mobiles:
        works = bool(routes.get(mobile.resource_id, Route(resource_id=mobile.resource_id)).visits)
        if works or not (mobile.on_call or mobile.resource_id in catalogue.unavailable_ids):
            yield mobile


def _pool_id(resource_id: str, catalogue: Catalogue) -> str:
    pools = catalogue.pools_by_resource_id.get(resource_id, ())
    return pools[0].pool_id if pools else NO_POOL


def _spread(
    counter: Counter[tuple[str, int]],
    pool_id: str,
    spans: Sequence[tuple[datetime, datetime]] | Iterator[tuple[datetime, datetime]],
    catalogue: Catalogue,
    *,
    sign: int = 1,
) -> None:
    """Add the seconds of spans to the local hours in which they lie."""
    for start, end in spans:
        at = start.astimezone(catalogue.zone)
        while at < end:
            until = min(end, at.replace(minute=0, second=0, microsecond=0) + _HOUR)
            counter[pool_id, at.hour] += sign * round((until - at).total_seconds())
            at = until.astimezone(catalogue.zone)

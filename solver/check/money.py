"""R14: the sums that money hangs on, and the money, to the minor unit."""

from collections.abc import Iterator
from typing import NamedTuple

from models.money import round_half_up
from models.plan import COST_KINDS, Cost, Plan, Violation
from models.problem import Problem
from models.timing import seconds_of
from solver.check.case import Case, Drive, Placed
from solver.check.codes import ViolationCode, violation
from solver.check.zones import terms_of, zone_at


def recompute_cost(problem: Problem, plan: Plan) -> Cost:
    """What a plan costs, from its routes' places and the rates; what is stated in it is not read.

    A part that refers to nothing (a route of nobody, a leg that leads nowhere) costs nothing;
    `check` reports it.
    """
    return _cost(Case(problem, plan))


def distances_are_the_sums(case: Case) -> Iterator[Violation]:
    for drive in case.drives:
        if drive.mobile and drive.route.distance_m != drive.distance_m:
            yield violation(
                ViolationCode.DISTANCE_WRONG,
                f"{drive.path}.distance_m",
                f"distance_m ({drive.route.distance_m}) must be the sum over the legs ({drive.distance_m})",
            )


def work_is_the_sum(case: Case) -> Iterator[Violation]:
    for drive in case.drives:
        if drive.mobile and drive.route.work_s != drive.work_s:
            yield violation(
                ViolationCode.WORK_WRONG,
                f"{drive.path}.work_s",
                f"work_s ({drive.route.work_s}) must be the sum of travel, set-up and service ({drive.work_s})",
            )


def costs_are_the_sums(case: Case) -> Iterator[Violation]:
    cost = _cost(case)
    for kind in COST_KINDS:
        stated, right = getattr(case.plan.cost, kind), getattr(cost, kind)
        if stated != right:
            yield violation(
                ViolationCode.COST_WRONG, f"cost.{kind}", f"{kind} ({stated}) must be the recomputed amount ({right})"
            )


def _cost(case: Case) -> Cost:
    routes = [_route_cost(drive) for drive in case.drives]
    rates = case.problem.catalogue.policy.handling_per_item
    return Cost(
        travel=sum(route.travel for route in routes),
        labour=sum(route.labour for route in routes),
        use=sum(route.use for route in routes),
        overtime=sum(route.overtime for route in routes),
        picking=sum(len(placed.demands) for placed in case.placed) * case.problem.catalogue.policy.picking_per_line,
        handling=sum(rates.get(placed.assignment.mode, 0) for placed in case.placed),
        carrier=sum(_tariff(placed) for placed in case.placed),
    )


class _RouteCost(NamedTuple):
    travel: int = 0
    labour: int = 0
    use: int = 0
    overtime: int = 0


def _route_cost(drive: Drive) -> _RouteCost:
    if drive.mobile is None or drive.end is None:
        return _RouteCost()
    rates = drive.mobile.rates
    overtime_s = max(0, seconds_of(drive.end - drive.mobile.shift.end))
    return _RouteCost(
        travel=round_half_up(drive.distance_m * rates.per_km, 1000),
        labour=round_half_up(drive.work_s * rates.per_hour, 3600),
        use=rates.per_use,
        overtime=round_half_up(overtime_s * rates.per_overtime_hour, 3600),
    )


def _tariff(placed: Placed) -> int:
    carrier = placed.carrier
    if carrier is None:
        return 0
    terms = terms_of(carrier, zone_at(carrier, placed.item.place))
    return terms.tariff_base + round_half_up(placed.item.load.weight_g * terms.tariff_per_kg, 1000)


RULES = (distances_are_the_sums, work_is_the_sum, costs_are_the_sums)

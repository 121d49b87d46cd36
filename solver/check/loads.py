"""R7: what is on board fits, compartment by compartment."""

from collections.abc import Iterator, Mapping

from models.order import LOAD_DIMENSIONS, Load, Sku
from models.plan import Violation, VisitKind
from solver.check.case import Case, Drive, Placed
from solver.check.codes import ViolationCode, violation

Amounts = tuple[int, ...]
"""One amount per load dimension."""

NOTHING: Amounts = (0,) * len(LOAD_DIMENSIONS)


def loads_fit(case: Case) -> Iterator[Violation]:
    for drive in case.drives:
        yield from _overloads(drive)


def _overloads(drive: Drive) -> Iterator[Violation]:
    if drive.vehicle is None:
        return
    on_board, capacity = NOTHING, _amounts(drive.vehicle.capacity)
    for step in drive.steps:
        if step.placed is None:
            continue
        sign = 1 if step.visit.kind is VisitKind.PICKUP else -1
        on_board = _plus(on_board, _amounts(step.placed.item.load), times=sign)
        for name, amount, most in zip(LOAD_DIMENSIONS, on_board, capacity, strict=True):
            if amount > most:
                yield violation(
                    ViolationCode.LOAD_EXCEEDED,
                    step.path,
                    f"{name} on board ({amount}) must be <= capacity of {drive.route.resource_id} ({most})",
                )


def loads_are_those_of_the_demands(case: Case) -> Iterator[Violation]:
    skus = case.problem.catalogue.sku_by_id
    for placed in case.placed:
        amounts = _demanded(placed, skus)
        for name, stated, amount in zip(LOAD_DIMENSIONS, _amounts(placed.item.load), amounts, strict=True):
            if stated != amount:
                yield violation(
                    ViolationCode.LOAD_WRONG,
                    f"contracts[{placed.contract.contract_id}].items[{placed.item.item_id}].load.{name}",
                    f"{name} ({stated}) must be the sum over the demands ({amount})",
                )


def _demanded(placed: Placed, skus: Mapping[str, Sku]) -> Amounts:
    total = NOTHING
    for demand in placed.demands:
        sku = skus.get(demand.sku_id)
        if sku:
            total = _plus(total, _piece(sku), times=demand.quantity)
    return total


def _piece(sku: Sku) -> Amounts:
    compartment = f"{sku.temperature.value.lower()}_cm3"
    return sku.weight_g, *(sku.volume_cm3 if name == compartment else 0 for name in LOAD_DIMENSIONS[1:])


def _plus(one: Amounts, other: Amounts, *, times: int) -> Amounts:
    return tuple(a + times * b for a, b in zip(one, other, strict=True))


def _amounts(load: Load) -> Amounts:
    return load.weight_g, load.ambient_cm3, load.chilled_cm3, load.frozen_cm3


RULES = (loads_fit, loads_are_those_of_the_demands)

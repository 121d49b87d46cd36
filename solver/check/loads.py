"""R7: what is on board fits, compartment by compartment; a technician carries nothing."""

from collections.abc import Iterator, Mapping

from models.order import LOAD_DIMENSIONS, Load, Sku, Temperature
from models.plan import Violation, VisitKind
from models.resource import Technician
from solver.check.case import Case, Drive, Mobile, Placed, Step
from solver.check.codes import ViolationCode, violation

Amounts = tuple[int, int, int, int]
"""One amount per load dimension. The sums are spelled out: these are the checker's innermost loops."""


NOTHING: Amounts = (0, 0, 0, 0)
SIGNS = {VisitKind.PICKUP: 1, VisitKind.DELIVERY: -1, VisitKind.SERVICE: 0}
COMPARTMENTS = (Temperature.AMBIENT, Temperature.CHILLED, Temperature.FROZEN)
"""In the order of the load dimensions that follow the weight."""


def loads_fit(case: Case) -> Iterator[Violation]:
    for drive in case.drives:
        yield from _overloads(drive)


def _overloads(drive: Drive) -> Iterator[Violation]:
    if drive.mobile is None:
        return
    most_g, most_ambient, most_chilled, most_frozen = capacity = _capacity(drive.mobile)
    weight_g = ambient = chilled = frozen = 0
    for step in drive.steps:
        if step.placed is None:
            continue
        load, sign = step.placed.item.load, SIGNS[step.visit.kind]
        weight_g += sign * load.weight_g
        ambient += sign * load.ambient_cm3
        chilled += sign * load.chilled_cm3
        frozen += sign * load.frozen_cm3
        if weight_g > most_g or ambient > most_ambient or chilled > most_chilled or frozen > most_frozen:
            yield from _overload(step, (weight_g, ambient, chilled, frozen), capacity)


def _capacity(mobile: Mobile) -> Amounts:
    return NOTHING if isinstance(mobile, Technician) else _amounts(mobile.capacity)


def _overload(step: Step, on_board: Amounts, capacity: Amounts) -> Iterator[Violation]:
    for name, amount, most in zip(LOAD_DIMENSIONS, on_board, capacity, strict=True):
        if amount > most:
            yield violation(
                ViolationCode.LOAD_EXCEEDED,
                step.path,
                f"{name} on board ({amount}) must be <= capacity of {step.route.resource_id} ({most})",
            )


def loads_are_those_of_the_demands(case: Case) -> Iterator[Violation]:
    pieces = {sku.sku_id: _piece(sku) for sku in {sku.sku_id: sku for _, sku, _ in case.goods}.values()}
    for placed in case.placed:
        if not placed.hands_over_goods:
            continue
        stated, right = _amounts(placed.item.load), _demanded(placed, pieces)
        if stated == right:
            continue
        for name, amount, demanded in zip(LOAD_DIMENSIONS, stated, right, strict=True):
            if amount != demanded:
                yield violation(
                    ViolationCode.LOAD_WRONG,
                    f"contracts[{placed.contract.contract_id}].items[{placed.item.item_id}].load.{name}",
                    f"{name} ({amount}) must be the sum over the demands ({demanded})",
                )


def _demanded(placed: Placed, pieces: Mapping[str, Amounts]) -> Amounts:
    weight_g = ambient = chilled = frozen = 0
    for demand in placed.demands:
        piece = pieces.get(demand.sku_id, NOTHING)
        weight_g += demand.quantity * piece[0]
        ambient += demand.quantity * piece[1]
        chilled += demand.quantity * piece[2]
        frozen += demand.quantity * piece[3]
    return weight_g, ambient, chilled, frozen


def _piece(sku: Sku) -> Amounts:
    ambient, chilled, frozen = (sku.volume_cm3 if sku.temperature is each else 0 for each in COMPARTMENTS)
    return sku.weight_g, ambient, chilled, frozen


def _amounts(load: Load) -> Amounts:
    return load.weight_g, load.ambient_cm3, load.chilled_cm3, load.frozen_cm3


RULES = (loads_fit, loads_are_those_of_the_demands)

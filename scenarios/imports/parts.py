"""Orders that are larger than any vehicle, in equal parts."""

from collections.abc import Iterable, Iterator

from models.catalogue import Catalogue
from models.order import LOAD_DIMENSIONS, Load, Method, Order, OrderLine
from scenarios.consignments import consignments

PART_OF, NUM_PARTS = "import.part_of", "import.parts"
"""Attributes of a part: the id of the whole order, and how many parts it has."""


def parts_of(order: Order, catalogue: Catalogue) -> tuple[Order, ...]:
    """The order itself, or as few equal parts of it as fit a vehicle each.

    Every line is divided: no two parts differ by more than a piece of it. Who fetches the goods at
    a store needs no vehicle, and goods of which no vehicle takes a single piece stay as they are.
    """
    if order.method is Method.STORE_PICKUP or _fits(order.lines, catalogue):
        return (order,)
    most = max(line.quantity for line in order.lines)
    for num_parts in range(max(2, _fewest(order, catalogue)), most + 1):
        # Of every line the first part has as much as any other.
        if _fits(_share(order, 0, num_parts), catalogue):
            return tuple(_part(order, n, num_parts) for n in range(num_parts))
    return (order,)


def _part(order: Order, n: int, num_parts: int) -> Order:
    attributes = order.attributes | {PART_OF: order.order_id, NUM_PARTS: str(num_parts)}
    return order.model_copy(
        update={
            "order_id": f"{order.order_id}.p{n + 1}",
            "lines": _share(order, n, num_parts),
            "attributes": attributes,
        }
    )


def _share(order: Order, n: int, num_parts: int) -> tuple[OrderLine, ...]:
    shares = ((line, (line.quantity + num_parts - 1 - n) // num_parts) for line in order.lines)
    return tuple(line.model_copy(update={"quantity": pieces}) for line, pieces in shares if pieces)


def _loads(lines: Iterable[OrderLine], catalogue: Catalogue) -> Iterator[Load]:
    """What travels together."""
    for each in consignments(lines, catalogue):
        yield sum((sku.load(line.quantity) for line, sku in each.goods), Load())


def _fits(lines: Iterable[OrderLine], catalogue: Catalogue) -> bool:
    return all(
        any(
            all(getattr(load, name) <= getattr(vehicle.capacity, name) for name in LOAD_DIMENSIONS)
            for vehicle in catalogue.vehicles
        )
        for load in _loads(lines, catalogue)
    )


def _fewest(order: Order, catalogue: Catalogue) -> int:
    """Fewer parts than that cannot fit, by the largest room in each dimension."""
    room = {
        name: max((getattr(each.capacity, name) for each in catalogue.vehicles), default=0) for name in LOAD_DIMENSIONS
    }
    return max(
        -(-getattr(load, name) // room[name]) if room[name] else 1
        for load in _loads(order.lines, catalogue)
        for name in LOAD_DIMENSIONS
    )
